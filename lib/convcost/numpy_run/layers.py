"""What each layer kind does with arrays, by the reference layers where they have it."""

from functools import reduce

from convcost.extras import numpy as np

from .. import reference
from ..layers.base import pair
from . import functions


def _conv2d(layer, w, x):
    _, stride, padding, dilation = layer.window()
    return reference.conv2d(x, w["weight"], w.get("bias"), stride, padding, dilation, layer.groups)


def _pool(function, layer, x):
    kernel, stride, padding, _ = layer.window()
    return function(x, kernel, stride, padding, ceil_mode=layer.ceil_mode)


def _adaptive(reduce, layer, x):
    return functions.adaptive_pool2d(reduce, x, pair("output_size", layer.output_size))


# Layer kind -> what it does: f(layer, {tensor name: array}, *input arrays) -> output array.
FUNCTION_OF_KIND = {
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
        functions.antialiased(x, pair("size", layer.size), layer)
        if layer.antialias
        else functions.bicubic(x, pair("size", layer.size))
        if layer.mode == "bicubic"
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
    "ConstantPad2d": lambda layer, w, x: functions.border(x, *layer.padding, "constant", constant_values=layer.value),
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
