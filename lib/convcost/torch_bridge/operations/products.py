"""Convolutions and matrix products, with the multiply-accumulates that torch spends on each."""

from math import prod

from ...layers import Add, Conv2d, ConvTranspose2d, Linear, MatMul, Multiply, Scale, Shift
from ..layout import Layout, Value
from .arithmetic import joined
from .orientation import channels_at, channels_first, short
from .registry import operation, product


@product("convolution(x, weight, bias, stride, padding, dilation, transposed, output_padding, groups)")
def _convolution_macs(y, x, weight, bias, stride, padding, dilation, transposed, *_):
    positions = (x if transposed else y).shape
    return positions[0] * prod(weight.shape) * prod(positions[2:])


@product("mm(a, b)", "bmm(a, b)")
def _mm_macs(y, a, b):
    return prod(y.shape) * a.shape[-1]


@product("addmm(bias, a, b)", "baddbmm(bias, a, b)", first=1)
def _addmm_macs(y, bias, a, b, **_):
    return prod(y.shape) * a.shape[-1]


@operation("convolution(x, weight, bias, stride, padding, dilation, transposed, output_padding, groups)")
def convolution(r, y, x, weight, bias, stride, padding, dilation, transposed, output_padding, groups):
    if len(stride) > 2:
        raise r.error(f"no layer kind for the operation convolution in {len(stride)} dimensions")
    if id(weight) in r.values or id(bias) in r.values:
        raise r.error("no layer kind for the operation convolution with a feature map as its kernel")
    if id(x) not in r.values:
        raise r.error("no layer kind for the operation convolution")
    if len(stride) == 1:  # over a row: the same over a map of one column
        stride, padding, dilation, output_padding = (
            [*stride, 1],
            [*padding, 0],
            [*dilation, 1],
            [*output_padding, 0],
        )
    pieces, groups = y.shape[0], groups * y.shape[0]  # windows have the same filters, each its own group
    channels, kernel = y.shape[1] * pieces, short((*weight.shape[2:], 1)[:2])
    stride, padding, dilation = short(stride), short(padding), short(dilation)
    if transposed:
        layer = ConvTranspose2d(
            channels, kernel, stride, padding, short(output_padding), dilation, groups, bias is not None
        )
    else:
        layer = Conv2d(channels, kernel, stride, padding, dilation, groups, bias is not None)
    return r.add(layer, r.image(x), weights=(weight, bias))


@operation("mm(a, b)")
def mm(r, y, a, b, bias=None):
    """A fully connected layer; at each position of a map by itself it is a 1x1 convolution."""
    if id(a) in r.values and id(b) in r.values:
        return two_maps(r, a, b, (1,))
    weights = (b if id(a) in r.values else a, bias)
    x, axis = (a, 1) if id(a) in r.values else (b, 0)
    if x.shape[1 - axis] == 1:
        made = r.shaped(r.values[id(x)], (x.shape[axis],))
        return r.add(Linear(y.shape[axis], bias is not None), made, weights=weights)
    return at_positions(r, x, axis, y.shape[axis], weights)


def at_positions(r, x, axis, features, weights):
    """A fully connected layer along one axis of a matrix, at every place of the other."""
    value = r.values[id(x)]
    layer, axes = Conv2d(features, 1, bias=weights[1] is not None), value.axes(x.shape)
    if (
        len(value.map.shape) == 3
        and axes is not None
        and axes[axis] == (0,)
        and list(axes[1 - axis]) == [i for i in (1, 2) if value.map.shape[i] > 1]  # the positions, in their order
    ):
        made = r.add(layer, value.map, weights=weights)
        return Value(made, channels_at(x.shape, axis, features), value.place)
    made = r.add(layer, channels_first(r, x, axis), weights=weights)
    return Value(made, channels_at(x.shape, axis, features), value.place)


@operation("addmm(bias, a, b)")
def addmm(r, y, bias, a, b, beta=1, alpha=1):
    if beta != 1 or alpha != 1 or any(id(t) in r.values for t in (bias, b)):
        return with_sum(r, y, bias, mm(r, y, a, b), beta, alpha)
    return mm(r, y, a, b, bias)


@operation("baddbmm(bias, a, b)")
def baddbmm(r, y, bias, a, b, beta=1, alpha=1):
    return with_sum(r, y, bias, bmm(r, y, a, b), beta, alpha)


def with_sum(r, y, bias, made, beta, alpha):
    """beta * bias + alpha * product"""
    if beta not in (0, 1):
        raise r.error(f"no layer kind for the operation {r.now} with beta={beta}")
    product = r.temporary(made, y.shape)
    if alpha != 1:
        product = r.temporary(joined(r, y, product, alpha, Multiply, Scale), y.shape)
    return joined(r, y, product, bias, Add, Shift) if beta else r.values[id(product)]


@operation("bmm(a, b)")
def bmm(r, y, a, b):
    """Products of matrices in pairs: of two maps as in attention, or of a map and stored weights, in groups."""
    if id(a) in r.values and id(b) in r.values:
        return two_maps(r, a, b, y.shape[:1])
    x, weight, axis = (a, b, 2) if id(a) in r.values else (b, a, 1)
    groups, rows = len(x), x.shape[3 - axis]
    value = r.values[id(x)]
    order = (0, axis, 3 - axis)
    layout = value.laid(x.shape).permute(order)
    made = r.shaped(Value(value.map, layout, value.place), (groups * x.shape[axis], rows, 1))
    features = y.shape[axis]
    made = r.add(Conv2d(groups * features, 1, groups=groups, bias=False), made, weights=(weight,))
    return Value(made, Layout.whole((groups, features, rows)).permute(order), r.stack[-1])


def two_maps(r, a, b, batch):
    first, second = [r.shaped(r.values[id(t)], (*batch, *t.shape[-2:])) for t in (a, b)]
    return Value(r.add(MatMul(), first, second), None, r.stack[-1])
