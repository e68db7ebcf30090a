"""Run a network in NumPy: the same graph that the costs are read from, with numbers in it.

    >>> from convcost import models, numpy_run
    >>> net = models.mobilenet_v2(resolution=32, num_classes=10)
    >>> weights = numpy_run.random_weights(net)
    >>> import numpy
    >>> numpy_run.run(net, numpy.ones((1, 3, 32, 32), "float32"), weights).shape
    (1, 10)

Weights are a dictionary of arrays, named and shaped as in the `state_dict` of `torch_bridge.to_torch(network)`
(`"stage1.conv1.weight"`); a network trained there runs here, and the other way round.
"""

from math import prod

import numpy as np

from . import reference
from .errors import ConvcostError
from .layers.base import pair
from .schedule import INPUT, schedule


def run(network, x, weights, every_layer=False):
    """Return the output array of a network, batch norm as at inference; a tuple where it has several outputs.

    x: (N, C, H, W), any N, the rest as the network was defined for; weights: see `random_weights`.
    every_layer: return {layer name: its output array} instead.
    """
    x = np.asarray(x)
    if x.shape[1:] != network.input_shape:
        wanted = ", ".join(map(str, network.input_shape))
        raise ConvcostError(f"{network.name}: needs an input of shape (N, {wanted}), got {x.shape}")
    arrays = matching(weights, _shapes(network))
    steps, outputs = schedule(network)
    maps = {INPUT: x}
    for node, reads, drops in steps:
        if node.kind not in KINDS:
            raise ConvcostError(f"{node.name}: no NumPy version of {node.kind}; there is one of {', '.join(KINDS)}")
        tensors = {name: arrays[f"{node.name}.{name}"] for name in tensor_shapes(node)}
        maps[node.name] = KINDS[node.kind](node.layer, tensors, *[maps[name] for name in reads])
        for name in () if every_layer else drops:
            del maps[name]
    if every_layer:
        return {node.name: maps[node.name] for node in network.layers}
    return maps[outputs[0]] if len(outputs) == 1 else tuple(maps[name] for name in outputs)


def random_weights(network, seed=0, dtype="float32"):
    """Return weights for every layer, {`layer name.tensor name`: array}, batch norm's running statistics included.

    Drawn so that values neither vanish nor explode on their way (He et al. 2015: variance 2 / fan-in), and so that
    every tensor makes a difference: no bias is zero, no scale is one.
    """
    random = np.random.default_rng(seed)
    weights = {}
    for name, shape in _shapes(network).items():
        if len(shape) > 1:
            array = random.standard_normal(shape, dtype) * (2 / prod(shape[1:])) ** 0.5
        elif name.endswith((".weight", ".running_var")):
            array = random.uniform(0.5, 1.5, shape)
        else:
            array = random.normal(0, 0.1, shape)
        weights[name] = array.astype(dtype, copy=False)
    return weights


def tensor_shapes(node):
    """Return {name: shape} of everything that a layer stores: its parameters, and batch norm's running statistics."""
    statistics = ("running_mean", "running_var") if node.kind == "BatchNorm2d" else ()
    return {**node.weights, **{name: node.weights["weight"] for name in statistics}}


def matching(weights, shapes):
    """Return {name: array} for every name of `shapes`; an error names one that is missing or has another shape."""
    for name, shape in shapes.items():
        found = tuple(weights[name].shape) if name in weights else None
        if found != tuple(shape):
            raise ConvcostError(
                f"weights: {name} {f'has shape {found}' if found else 'is missing'}; it must have shape {tuple(shape)}"
            )
    return {name: weights[name] for name in shapes}


def _shapes(network):
    return {f"{node.name}.{name}": s for node in network.layers for name, s in tensor_shapes(node).items()}


def _conv2d(layer, w, x):
    stride, padding, dilation = pair("", layer.stride), pair("", layer.padding, 0), pair("", layer.dilation)
    return reference.conv2d(x, w["weight"], w.get("bias"), stride, padding, dilation, layer.groups)


def _window(layer):
    """Return the options of a pooling layer as the reference layers take them."""
    sizes = pair("", layer.kernel_size), pair("", layer.stride), pair("", layer.padding, 0)
    return dict(zip(("kernel_size", "stride", "padding"), sizes), ceil_mode=layer.ceil_mode)


def _adaptive_avg_pool2d(layer, w, x):
    """Window i of n on an axis of `size` cells goes from floor(i size / n) to ceil((i + 1) size / n), as in torch."""
    def windows(size):
        return [slice(i * size // n, -(-(i + 1) * size // n)) for i in range(n)]

    n, (height, width) = layer.output_size, x.shape[2:]
    return np.block([
        [reference.global_avg_pool2d(x[:, :, rows, columns]) for columns in windows(width)]
        for rows in windows(height)
    ])


def _zero_pad_channels(layer, w, x):
    new_channels = layer.out_channels - x.shape[1]
    return np.pad(x[:, :, :: layer.stride, :: layer.stride], ((0, 0), (0, new_channels), (0, 0), (0, 0)))


# Layer kind -> what it does: f(layer, {tensor name: array}, *input arrays) -> output array.
KINDS = {
    "AdaptiveAvgPool2d": _adaptive_avg_pool2d,
    "Add": lambda layer, w, *xs: sum(xs[1:], start=xs[0]),
    "AvgPool2d": lambda layer, w, x: reference.avg_pool2d(x, **_window(layer)),
    "BatchNorm2d": lambda layer, w, x: reference.batch_norm(x, **w),
    "ChannelShuffle": lambda layer, w, x: reference.channel_shuffle(x, layer.groups),
    "Concat": lambda layer, w, *xs: np.concatenate(xs, axis=1),
    "Conv2d": _conv2d,
    "Flatten": lambda layer, w, x: x.reshape(len(x), -1),
    "Linear": lambda layer, w, x: reference.linear(x, **w),
    "LocalResponseNorm": lambda layer, w, x: reference.local_response_norm(x, **layer.options()),
    "MaxPool2d": lambda layer, w, x: reference.max_pool2d(x, **_window(layer)),
    "ReLU": lambda layer, w, x: reference.relu(x),
    "ReLU6": lambda layer, w, x: reference.relu6(x),
    "Softmax": lambda layer, w, x: reference.softmax(x, axis=1),
    "ZeroPadChannels": _zero_pad_channels,
}
