"""What a convention can count besides the operations of a layer: f(node) -> a whole number, for one image.

The first ones are plain sizes. Those after them exist because a tool counts so, right or wrong, and say so.
"""

from math import prod

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..layers.base import Node


def own_params(node: "Node") -> int:
    """Elements of the layer's own weights, also where another layer shares them."""
    return sum([prod(shape) for shape in node.layer.weights(*[x.shape for x in node.inputs]).values()])


def covered(node: "Node") -> int:
    """Input cells that the steps of a window cover: outputs x vertical stride x horizontal stride."""
    _, (vertical, horizontal), _, _ = node.layer.window()
    return node.output_elements * vertical * horizontal


def biases(node: "Node") -> int:
    """Additions of a bias: one for each output of a layer that has one."""
    return node.output_elements if getattr(node.layer, "bias", False) else 0


def scaled(node: "Node") -> int:
    """Values that a normalisation multiplies by a trained scale."""
    layer = node.layer
    return node.output_elements if getattr(layer, "affine", getattr(layer, "elementwise_affine", False)) else 0


def shifted(node: "Node") -> int:
    """Values to which a layer normalisation adds a trained shift."""
    return scaled(node) if getattr(node.layer, "bias", True) else 0


def positions(node: "Node") -> int:
    """Height x width of the output map; 1 for flat features."""
    return prod(node.output.shape[1:])


def vectors(node: "Node") -> int:
    """Vectors that a softmax or a layer normalisation treats each by itself, mostly one at each position."""
    return node.layer.vectors(node.output.shape) if hasattr(node.layer, "vectors") else 0


def einsum_steps(node: "Node") -> int:
    """Two for each multiply-accumulate and one more, to four digits: as NumPy describes the contraction, whose text
    calflops reads.
    """
    return int(float(f"{2 * node.macs + 1:.3e}"))


def nearest(node: "Node") -> int:
    """Outputs of an enlargement that repeats cells."""
    return node.output_elements if node.layer.mode == "nearest" else 0


def bilinear(node: "Node") -> int:
    """Outputs of an enlargement that weights four cells."""
    layer = node.layer
    return node.output_elements if layer.mode == "bilinear" and not layer.antialias else 0


def bicubic(node: "Node") -> int:
    """Outputs of an enlargement that weights sixteen cells."""
    layer = node.layer
    return node.output_elements if layer.mode == "bicubic" and not layer.antialias else 0


def window_cells(node: "Node") -> int:
    """Cells in all windows of a pooling, padding included; what lies beyond it (ceil_mode) is left out."""
    (channels, *sizes), cells = node.inputs[0].shape, 1
    for size, count, kernel, stride, padding in zip(sizes, node.output.shape[1:], *node.layer.window()[:3]):
        ends = [min(i * stride + kernel, size + 2 * padding) - i * stride for i in range(count)]
        cells *= sum(ends)
    return channels * cells


def mean_windows(node: "Node") -> int:
    """Cells of an adaptive pooling, each window taken as input side / output side, fractions and all, plus the
    outputs: cut to a whole number at the end, in floating point, as thop does.
    """
    (_, height, width), (_, rows, columns) = node.inputs[0].shape, node.output.shape
    return int(((height / rows) * (width / columns) + 1) * node.output_elements)


def even_windows(node: "Node") -> int:
    """Cells of an adaptive pooling, each side of a window taken as the quotient, or where that leaves a remainder
    as the remainder + 1, as torchscan does.
    """
    sides = zip(node.inputs[0].shape[1:], node.output.shape[1:])
    return node.output_elements * prod([i // o if i % o == 0 else i % o + 1 for i, o in sides])


def kernel_number(node: "Node") -> int:
    """Outputs of a pooling times `kernel_size` as it is written: a side where it is one number, as torchscan does."""
    kernel = node.layer.kernel_size
    return node.output_elements * (kernel if isinstance(kernel, int) else prod(kernel))


def gathered(node: "Node") -> int:
    """Weights times output positions: a convolution's multiply-accumulates. For a transposed one it is the slip of
    several tools, right only at stride 1 without padding cut off: its weights are used at each input position.
    """
    return prod(node.layer.weights(*[x.shape for x in node.inputs])["weight"]) * positions(node)


def gathered_by_shape(node: "Node") -> int:
    """As `gathered`, and times the groups where a transposed convolution changes the channels: torchprofile tells
    it from a plain one by the first axis of its weights.
    """
    keeps_channels = node.inputs[0].channels == node.output.channels
    return gathered(node) * (1 if keeps_channels else node.layer.groups)


def regrouped(node: "Node") -> int:
    """A transposed convolution's multiply-accumulates divided by its groups once more, as calflops does: none at all
    for a depthwise one.
    """
    kernel = prod(node.layer.spread()[0])
    return node.input_elements * kernel * (node.output.channels // node.layer.groups // node.layer.groups)


def misplaced_biases(node: "Node") -> int:
    """Additions of a transposed convolution's bias, at the output positions of a plain one, as calflops does."""
    if not node.layer.bias:
        return 0
    kernel, stride, padding, _, dilation = node.layer.spread()
    sides = zip(node.inputs[0].shape[1:], kernel, stride, padding, dilation)
    sizes = [(n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, s, p, d in sides]
    return node.output.channels // node.layer.groups * prod(sizes)


def padded_channels(node: "Node") -> int:
    """Cells that a local response normalisation averages over: the map with channels of zeros on both sides."""
    return (node.output.channels + node.layer.size - 1) * positions(node)


def once(node: "Node") -> int:
    """1 for each layer."""
    return 1


MEASURES = {
    "outputs": lambda node: node.output_elements,
    "inputs": lambda node: node.input_elements,
    "params": lambda node: node.params,
    "channels": lambda node: node.output.channels,
    **{
        f.__name__: f
        for f in (
            own_params,
            covered,
            biases,
            scaled,
            shifted,
            positions,
            vectors,
            einsum_steps,
            nearest,
            bilinear,
            bicubic,
            window_cells,
            mean_windows,
            even_windows,
            kernel_number,
            gathered,
            gathered_by_shape,
            regrouped,
            misplaced_biases,
            padded_channels,
            once,
        )
    },
}
