"""Convolutions and matrix products, with the multiply-accumulates that torch spends on each."""

from math import prod

from ...layers import Add, Conv2d, ConvTranspose2d, Linear, MatMul, Multiply, Scale, Shift
from ..layout import Layout, Value
from .arithmetic import joined
from .orientation import channels_at, channels_first, short
from .registry import operation, product


@product("convolution(x, weight, bias, stride, padding, dilation, transposed, output_padding, groups)")
def _convolution_macs(output, x, weight, bias, stride, padding, dilation, transposed, *_):
    positions = (x if transposed else output).shape
    return positions[0] * prod(weight.shape) * prod(positions[2:])


@product("mm(a, b)", "bmm(a, b)")
def _mm_macs(output, a, b):
    return prod(output.shape) * a.shape[-1]


@product("addmm(bias, a, b)", "baddbmm(bias, a, b)", first=1)
def _addmm_macs(output, bias, a, b, **_):
    return prod(output.shape) * a.shape[-1]


@operation("convolution(x, weight, bias, stride, padding, dilation, transposed, output_padding, groups)")
def convolution(recorder, output, x, weight, bias, stride, padding, dilation, transposed, output_padding, groups):
    if len(stride) > 2:
        raise recorder.error(f"no layer kind for the operation convolution in {len(stride)} dimensions")
    if id(weight) in recorder.values or id(bias) in recorder.values:
        raise recorder.error("no layer kind for the operation convolution with a feature map as its kernel")
    if id(x) not in recorder.values:
        raise recorder.error("no layer kind for the operation convolution")
    if len(stride) == 1:  # over a row: the same over a map of one column
        stride, padding, dilation, output_padding = (
            [*stride, 1],
            [*padding, 0],
            [*dilation, 1],
            [*output_padding, 0],
        )
    pieces, groups = output.shape[0], groups * output.shape[0]  # windows have the same filters, each its own group
    channels, kernel = output.shape[1] * pieces, short((*weight.shape[2:], 1)[:2])
    stride, padding, dilation = short(stride), short(padding), short(dilation)
    if transposed:
        layer = ConvTranspose2d(
            channels, kernel, stride, padding, short(output_padding), dilation, groups, bias is not None
        )
    else:
        layer = Conv2d(channels, kernel, stride, padding, dilation, groups, bias is not None)
    return recorder.add(layer, recorder.image(x), weights=(weight, bias))


@operation("mm(a, b)")
def mm(recorder, output, a, b, bias=None):
    """A fully connected layer; at each position of a map by itself it is a 1x1 convolution."""
    if id(a) in recorder.values and id(b) in recorder.values:
        return two_maps(recorder, a, b, (1,))
    weights = (b if id(a) in recorder.values else a, bias)
    x, axis = (a, 1) if id(a) in recorder.values else (b, 0)
    if x.shape[1 - axis] == 1:
        made = recorder.shaped(recorder.values[id(x)], (x.shape[axis],))
        return recorder.add(Linear(output.shape[axis], bias is not None), made, weights=weights)
    return at_positions(recorder, x, axis, output.shape[axis], weights)


def at_positions(recorder, x, axis, features, weights):
    """A fully connected layer along one axis of a matrix, at every place of the other."""
    value = recorder.values[id(x)]
    layer, axes = Conv2d(features, 1, bias=weights[1] is not None), value.axes(x.shape)
    if (
        len(value.map.shape) == 3
        and axes is not None
        and axes[axis] == (0,)
        and list(axes[1 - axis]) == [i for i in (1, 2) if value.map.shape[i] > 1]  # the positions, in their order
    ):
        made = recorder.add(layer, value.map, weights=weights)
        return Value(made, channels_at(x.shape, axis, features), value.place)
    made = recorder.add(layer, channels_first(recorder, x, axis), weights=weights)
    return Value(made, channels_at(x.shape, axis, features), value.place)


@operation("addmm(bias, a, b)")
def addmm(recorder, output, bias, a, b, beta=1, alpha=1):
    if beta != 1 or alpha != 1 or any(id(t) in recorder.values for t in (bias, b)):
        return with_sum(recorder, output, bias, mm(recorder, output, a, b), beta, alpha)
    return mm(recorder, output, a, b, bias)


@operation("baddbmm(bias, a, b)")
def baddbmm(recorder, output, bias, a, b, beta=1, alpha=1):
    return with_sum(recorder, output, bias, bmm(recorder, output, a, b), beta, alpha)


def with_sum(recorder, output, bias, made, beta, alpha):
    """beta * bias + alpha * product"""
    if beta not in (0, 1):
        raise recorder.error(f"no layer kind for the operation {recorder.now} with beta={beta}")
    product = recorder.temporary(made, output.shape)
    if alpha != 1:
        product = recorder.temporary(joined(recorder, output, product, alpha, Multiply, Scale), output.shape)
    return joined(recorder, output, product, bias, Add, Shift) if beta else recorder.values[id(product)]


@operation("bmm(a, b)")
def bmm(recorder, output, a, b):
    """Products of matrices in pairs: of two maps as in attention, or of a map and stored weights, in groups."""
    if id(a) in recorder.values and id(b) in recorder.values:
        return two_maps(recorder, a, b, output.shape[:1])
    x, weight, axis = (a, b, 2) if id(a) in recorder.values else (b, a, 1)
    groups, rows = len(x), x.shape[3 - axis]
    value = recorder.values[id(x)]
    order = (0, axis, 3 - axis)
    layout = value.laid(x.shape).permute(order)
    made = recorder.shaped(Value(value.map, layout, value.place), (groups * x.shape[axis], rows, 1))
    features = output.shape[axis]
    made = recorder.add(Conv2d(groups * features, 1, groups=groups, bias=False), made, weights=(weight,))
    return Value(made, Layout.whole((groups, features, rows)).permute(order), recorder.stack[-1])


def two_maps(recorder, a, b, batch):
    first, second = [recorder.shaped(recorder.values[id(t)], (*batch, *t.shape[-2:])) for t in (a, b)]
    return Value(recorder.add(MatMul(), first, second), None, recorder.stack[-1])
