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
    "Concat": lambda layer, w, *xs: np.concatenate(xs, axis=1),
    "Conv2d": _conv2d,
    "ConvTranspose2d": lambda layer, w, x: functions.conv_transpose2d(
        x, w["weight"], w.get("bias"), *layer.spread()[1:], layer.groups
    ),
    "Divide": lambda layer, w, x: x / w["weight"],
    "Flatten": lambda layer, w, x: x.reshape(len(x), -1),
    "GELU": lambda layer, w, x: functions.gelu(x),
    "GroupNorm": lambda layer, w, x: functions.group_norm(x, layer.num_groups, **w),
    "Hardsigmoid": lambda layer, w, x: functions.hardsigmoid(x),
    "Hardswish": lambda layer, w, x: x * functions.hardsigmoid(x),
    "KeepLongest": lambda layer, w, x, lengths: functions.keep_longest(x, lengths),
    "LayerNorm": lambda layer, w, x: functions.layer_norm(x, **w),
    "LeakyReLU": lambda layer, w, x: functions.leaky_relu(x, layer.negative_slope),
    "Linear": lambda layer, w, x: reference.linear(x, **w),
    "LocalResponseNorm": lambda layer, w, x: reference.local_response_norm(x, **layer.options()),
    "LogSoftmax": lambda layer, w, x: functions.log_softmax(x),
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
    "Softmax": lambda layer, w, x: reference.softmax(x, axis=1),
    "Squash": lambda layer, w, x: functions.squash(x, layer.dim),
    "Tanh": lambda layer, w, x: reference.tanh(x),
    "Unflatten": lambda layer, w, x: x.reshape(len(x), *layer.shape),
    "Upsample": lambda layer, w, x: functions.upsample(x, pair("size", layer.size), layer.mode),
    "ZeroPad2d": lambda layer, w, x: functions.zero_pad2d(x, *layer.padding),
    "ZeroPadChannels": lambda layer, w, x: functions.zero_pad_channels(x, layer.out_channels, layer.stride),
}
