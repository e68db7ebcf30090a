"""A layer in words: what kind it is, what stands in its box, what is folded into the box before it."""

from math import prod

NORMS = {
    "BatchNorm2d": "BN",
    "BatchNorm1d": "BN",
    "GroupNorm": "GN",
    "LayerNorm": "LN",
    "InstanceNorm2d": "IN",
    "RMSNorm": "RMS norm",
    "LocalResponseNorm": "LRN",
}
ACTIVATIONS = {"Hardswish": "h-swish", "Hardsigmoid": "h-sigmoid", "LeakyReLU": "leaky ReLU"} | {
    name: name for name in ("CELU", "ELU", "GELU", "Mish", "PReLU", "ReLU", "ReLU6", "SELU", "SiLU")
}
OTHERS = {"Sigmoid": "sigmoid", "Tanh": "tanh", "Softmax": "softmax", "Flatten": "", "View": ""}
FOLDED = NORMS | ACTIVATIONS | OTHERS
JOINTS = {"Add": "+", "Subtract": "-", "Multiply": "×", "Quotient": "/", "Maximum": "max", "Minimum": "min"}


def engineering(value: float) -> str:
    """Return a number in short form: 1.94 G, 86.7 M, 590 k."""
    for size, letter in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if abs(value) >= size:
            return f"{value / size:.3g}{letter}"
    return f"{value:.3g}"


def kind_of(node) -> str:
    """Return what a layer does, a key of `colours.FILLS`: a convolution of one pixel is pointwise, say."""
    if node.kind == "Conv2d":
        channels, groups = node.inputs[0].shape[0], node.layer.groups
        if groups > 1:
            return "depthwise" if groups == channels else "group"
        return "pointwise" if pair(node.layer.kernel_size) == (1, 1) else "conv"
    if node.kind == "ConvTranspose2d":
        return "conv"
    if node.kind == "Linear":
        return "dense"
    if "Pool" in node.kind:
        return "pool"
    if len(node.inputs) > 1:
        return "join"
    return "other" if node.operations or node.params else "move"


def pieces(node) -> list[str]:
    """Return a layer in words, for its box: ["3×3 depthwise", "stride 2"]."""
    layer, options = node.layer, node.layer.options()
    if node.kind in FOLDED:
        return [FOLDED[node.kind] or "flatten"]
    if node.kind in ("Conv2d", "ConvTranspose2d"):
        kind = kind_of(node)
        name = {"conv": "convolution", "group": "conv"}.get(kind, kind)
        if node.kind == "ConvTranspose2d":
            name = "transposed convolution"
        said = [f"{by(layer.kernel_size)} {name}"] + [f"{layer.groups} groups"] * (kind == "group")
        return said + steps(layer.stride, "stride") + steps(layer.dilation, "dilation")
    if node.kind == "Linear":
        return ["fully connected"]
    if "Pool" in node.kind:
        name = "max pooling" if "Max" in node.kind else "average pooling"
        if "kernel_size" in options:
            return [f"{by(layer.kernel_size)} {name}", *steps(layer.stride, "stride")]
        return [f"global {name}"] if node.output.shape[1:] == (1, 1) else [f"{name} to {by(node.output.shape[1:])}"]
    return [_other(node)]


def _other(node):
    layer, channels = node.layer, node.inputs[0].shape[0]
    if node.kind == "ChannelShuffle":
        return "channel shuffle"
    if node.kind == "SelectChannels":
        chosen = list(layer.channels)
        if chosen == list(range(chosen[0], chosen[0] + len(chosen))):
            end = "first" if chosen[0] == 0 else "last" if chosen[-1] == channels - 1 else "next"
            return f"{end} {len(chosen)} channels"
        return f"{len(chosen)} of {channels} channels"
    if node.kind == "ZeroPadChannels":
        return "zeros for new channels"
    if node.kind == "ZeroPad2d":
        return "shift or pad"
    if node.kind == "Concat":
        return "concatenate"
    return JOINTS.get(node.kind) or spaced(node.kind)


def spaced(name: str) -> str:
    """Return the name of a kind as words: KeepLongest is keep longest."""
    return "".join([f" {c.lower()}" if c.isupper() and i else c.lower() for i, c in enumerate(name)])


def pair(value) -> tuple[int, int]:
    """Return an option that is one number or (vertical, horizontal) as the latter."""
    return (value, value) if isinstance(value, int) else tuple(value)


def by(value) -> str:
    """Return a size as words: 3×3."""
    return "×".join(map(str, pair(value)))


def steps(value, name):
    """Return ["stride 2"], or nothing where it is 1."""
    value = pair(value)
    return [] if value == (1, 1) else [f"{name} {value[0] if value[0] == value[1] else by(value)}"]


def shape_words(shape) -> str:
    """Return a map's shape as words, height×width×channels; of flat features their number."""
    return f"{shape[1]}×{shape[2]}×{shape[0]}" if len(shape) == 3 else f"{prod(shape)}"


MEASURES = {name: name for name in ("weights", "activations")} | {
    "params": "parameters",
    "macs": "MACs",
    "flops": "FLOPs",
}


def price_words(part, measures) -> list[str]:
    """Return what a network or a part of one costs: ["73.7 k parameters", "231 M MACs"]."""
    return [f"{engineering(getattr(part, name))} {MEASURES[name]}" for name in measures]
