"""Run a network in NumPy: the same graph that the costs are read from, with numbers in it.

    >>> from convcost import models, numpy_run
    >>> net = models.mobilenet_v2(resolution=32, num_classes=10)
    >>> weights = numpy_run.random_weights(net)
    >>> import numpy
    >>> numpy_run.run(net, numpy.ones((1, 3, 32, 32), "float32"), weights).shape
    (1, 10)

Weights are a dictionary of arrays, named (`"stage1.conv1.weight"`) and shaped as in the `state_dict` of
`torch_bridge.to_torch(network)`. A network trained there runs here, and the other way round.
"""

from functools import reduce
from math import prod

import numpy as np

from . import numpy_functions as functions
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
            known = ", ".join(KINDS)
            raise ConvcostError(f"{node.name}: no NumPy version of {node.kind}; there is one of {known}")
        tensors = {name: arrays[f"{node.name}.{name}"] for name in tensor_shapes(node)}
        maps[node.name] = KINDS[node.kind](node.layer, tensors, *[maps[name] for name in reads])
        for name in () if every_layer else drops:
            del maps[name]
    if every_layer:
        return {node.name: maps[node.name] for node in network.layers}
    return maps[outputs[0]] if len(outputs) == 1 else tuple(maps[name] for name in outputs)


def random_weights(network, seed=0, dtype="float32"):
    """Return {`layer name.tensor name`: array} for every layer, batch norm's running statistics included.

    Drawn so that values neither vanish nor explode on their way (He et al. 2015: variance 2 / fan-in), and so
    that every tensor makes a difference: no bias is zero, no scale is one.
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
    """Return {name: shape} of all that a layer stores: its parameters, and what is not trained."""
    return {**node.weights, **node.layer.buffers(*[x.shape for x in node.inputs])}


def matching(weights, shapes):
    """Return {name: array} for every name of `shapes`; an error names one that is missing or misshaped."""
    for name, shape in shapes.items():
        found = tuple(weights[name].shape) if name in weights else None
        if found != tuple(shape):
            trouble = "is missing" if found is None else f"has shape {found}"
            raise ConvcostError(f"weights: {name} {trouble}; it must have shape {tuple(shape)}")
    return {name: weights[name] for name in shapes}


def _shapes(network):
    return {f"{node.name}.{name}": s for node in network.layers for name, s in tensor_shapes(node).items()}


def _conv2d(layer, w, x):
    _, stride, padding, dilation = layer.window()
    return reference.conv2d(x, w["weight"], w.get("bias"), stride, padding, dilation, layer.groups)


def _pool(function, layer, x):
    kernel, stride, padding, _ = layer.window()
    return function(x, kernel, stride, padding, ceil_mode=layer.ceil_mode)


def _adaptive(reduce, layer, x):
    return functions.adaptive_pool2d(reduce, x, pair("output_size", layer.output_size))


# Layer kind -> what it does: f(layer, {tensor name: array}, *input arrays) -> output array.
KINDS = {
    "AdaptiveAvgPool2d": lambda layer, w, x: _adaptive(np.mean, layer, x),
    "AdaptiveMaxPool2d": lambda layer, w, x: _adaptive(np.max, layer, x),
    "Add": lambda layer, w, *xs: reduce(np.add, xs),
    "AvgPool2d": lambda layer, w, x: _pool(reference.avg_pool2d, layer, x),
    "BatchNorm1d": lambda layer, w, x: reference.batch_norm(x, **w),
    "BatchNorm2d": lambda layer, w, x: reference.batch_norm(x, **w),
    "CapsuleLengths": lambda layer, w, x: functions.capsule_lengths(x, layer.dim),
    "CapsulesToChannels": lambda layer, w, x: functions.capsules_to_channels(x, layer.dim),
    "ChannelShuffle": lambda layer, w, x: reference.channel_shuffle(x, layer.groups),
    "Concat": lambda layer, w, *xs: np.concatenate(xs, axis=layer.axis + 1),
    "Conv2d": _conv2d,
    "ConvTranspose2d": lambda layer, w, x: functions.conv_transpose2d(
        x, w["weight"], w.get("bias"), *layer.spread()[1:], layer.groups
    ),
    "Divide": lambda layer, w, x: x / w["weight"],
    "Flatten": lambda layer, w, x: x.reshape(len(x), -1),
    "GELU": lambda layer, w, x: functions.gelu(x) if layer.approximate == "none" else functions.gelu_tanh(x),
    "GroupNorm": lambda layer, w, x: functions.group_norm(x, layer.num_groups, **w),
    "Hardsigmoid": lambda layer, w, x: functions.hardsigmoid(x),
    "Hardswish": lambda layer, w, x: x * functions.hardsigmoid(x),
    "KeepLongest": lambda layer, w, x, lengths: functions.keep_longest(x, lengths),
    "LayerNorm": lambda layer, w, x: (
        functions.layer_norm_of_a_map(x, **w) if layer.whole else functions.layer_norm(x, **w)
    ),
    "LeakyReLU": lambda layer, w, x: functions.leaky_relu(x, layer.negative_slope),
    "Linear": lambda layer, w, x: reference.linear(x, **w),
    "LocalResponseNorm": lambda layer, w, x: reference.local_response_norm(x, **layer.options()),
    "LogSoftmax": lambda layer, w, x: functions.log_softmax_over(x, layer.axes),
    "Maximum": lambda layer, w, *xs: reduce(np.maximum, xs),
    "MaxPool2d": lambda layer, w, x: _pool(reference.max_pool2d, layer, x),
    "Multiply": lambda layer, w, x, gate: x * gate,
    "PReLU": lambda layer, w, x: functions.leaky_relu(x, functions.per_channel(w["weight"], x)),
    "RadialBasis": lambda layer, w, x: functions.radial_basis(x, **w),
    "ReLU": lambda layer, w, x: reference.relu(x),
    "ReLU6": lambda layer, w, x: reference.relu6(x),
    "Routing": lambda layer, w, x: functions.routing(x, **layer.options()),
    "Scale": lambda layer, w, x: x * w["weight"],
    "ScaleShift": lambda layer, w, x: reference.scale_and_shift(x, w["weight"], w["bias"]),
    "SelectChannels": lambda layer, w, x: x[:, list(layer.channels)],
    "Shift": lambda layer, w, x: x + w["weight"],
    "SiLU": lambda layer, w, x: x * reference.sigmoid(x),
    "Sigmoid": lambda layer, w, x: reference.sigmoid(x),
    "Softmax": lambda layer, w, x: functions.softmax(x, layer.axes),
    "Squash": lambda layer, w, x: functions.squash(x, layer.dim),
    "Tanh": lambda layer, w, x: reference.tanh(x),
    "Unflatten": lambda layer, w, x: x.reshape(len(x), *layer.shape),
    "Upsample": lambda layer, w, x: (
        functions.antialiased(x, pair("size", layer.size), layer) if layer.antialias
        else functions.bicubic(x, pair("size", layer.size)) if layer.mode == "bicubic"
        else functions.upsample(x, pair("size", layer.size), layer.mode)
    ),
    "ZeroPad2d": lambda layer, w, x: functions.zero_pad2d(x, *layer.padding),
    "ZeroPadChannels": lambda layer, w, x: functions.zero_pad_channels(x, layer.out_channels, layer.stride),
    # What torch code has besides.
    "Amax": lambda layer, w, x: functions.reduced(np.max, x, layer.axes),
    "Amin": lambda layer, w, x: functions.reduced(np.min, x, layer.axes),
    "CELU": lambda layer, w, x: functions.elu(x, layer.alpha, layer.alpha),
    "CircularPad2d": lambda layer, w, x: functions.border(x, *layer.padding, "wrap"),
    "ConcatStored": lambda layer, w, x: functions.concat_stored(x, w["weight"], layer.before, layer.axis),
    "ConstantPad2d": lambda layer, w, x: functions.border(
        x, *layer.padding, "constant", constant_values=layer.value
    ),
    "ELU": lambda layer, w, x: functions.elu(x, layer.alpha),
    "Elementwise": lambda layer, w, x: functions.ELEMENTWISE[layer.function](x),
    "Fold": lambda layer, w, x: functions.fold(x, pair("output_size", layer.output_size), *layer.window()),
    "GLU": lambda layer, w, x: functions.glu(x),
    "Hardshrink": lambda layer, w, x: functions.hardshrink(x, layer.lambd),
    "Hardtanh": lambda layer, w, x: np.clip(x, layer.min_val, layer.max_val),
    "IndexSelect": lambda layer, w, x: x.take(layer.indices, layer.axis + 1),
    "InstanceNorm2d": lambda layer, w, x: functions.instance_norm(x, **w),
    "LogSigmoid": lambda layer, w, x: functions.log_sigmoid(x),
    "MatMul": lambda layer, w, x, y: x @ y,
    "Mean": lambda layer, w, x: functions.reduced(np.mean, x, layer.axes),
    "Minimum": lambda layer, w, *xs: reduce(np.minimum, xs),
    "Mish": lambda layer, w, x: functions.mish(x),
    "PixelShuffle": lambda layer, w, x: functions.pixel_shuffle(x, layer.upscale_factor),
    "PixelUnshuffle": lambda layer, w, x: functions.pixel_unshuffle(x, layer.downscale_factor),
    "Power": lambda layer, w, x: x**layer.exponent,
    "Quotient": lambda layer, w, x, y: x / y,
    "RMSNorm": lambda layer, w, x: functions.rms_norm(x, **w),
    "Rearrange": lambda layer, w, x: functions.rearrange(x, **layer.options()),
    "ReflectionPad2d": lambda layer, w, x: functions.border(x, *layer.padding, "reflect"),
    "ReplicationPad2d": lambda layer, w, x: functions.border(x, *layer.padding, "edge"),
    "Roll": lambda layer, w, x: functions.roll(x, layer.shifts),
    "SELU": lambda layer, w, x: functions.selu(x),
    "Scatter": lambda layer, w, x, part: functions.scatter(x, part, layer.digits, layer.offset),
    "Softplus": lambda layer, w, x: functions.softplus(x, layer.beta, layer.threshold),
    "Softshrink": lambda layer, w, x: functions.softshrink(x, layer.lambd),
    "Std": lambda layer, w, x: functions.reduced(np.std, x, layer.axes, ddof=1),
    "Stored": lambda layer, w, x: np.broadcast_to(w["weight"], (len(x), *layer.shape)),
    "Subtract": lambda layer, w, x, y: x - y,
    "Sum": lambda layer, w, x: functions.reduced(np.sum, x, layer.axes),
    "Threshold": lambda layer, w, x: np.where(x > layer.threshold, x, layer.value),
    "Var": lambda layer, w, x: functions.reduced(np.var, x, layer.axes, ddof=1),
    "Unfold": lambda layer, w, x: functions.unfold(x, *layer.window()),
    "VectorNorm": lambda layer, w, x: functions.vector_norm(x, layer.axes, layer.ord),
    "View": lambda layer, w, x: x.reshape(len(x), *layer.shape),
}
