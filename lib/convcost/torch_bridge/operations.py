"""Which layer each of torch's own operations is: f(recorder, output, *arguments) -> the feature map it makes.

The names are those of the few operations (ATen) that all of torch's functions, methods and modules end in, without
the `_` of the versions that work in place. A result may be a `Value` where the output is laid out otherwise.
"""

import torch

from ..layers import (
    GELU, AdaptiveAvgPool2d, AdaptiveMaxPool2d, Add, AvgPool2d, BatchNorm1d, BatchNorm2d, Concat, Conv2d,
    ConvTranspose2d, Divide, GroupNorm, Hardsigmoid, Hardswish, LayerNorm, LeakyReLU, Linear, LogSoftmax, Maximum,
    MaxPool2d, Multiply, PReLU, ReLU, ReLU6, Scale, Shift, Sigmoid, SiLU, Softmax, Tanh, Upsample,
)
from .layout import Value, expanded, words

# Only move elements: followed by number. Padding, which adds some, is in OPERATIONS.
MOVES = {
    "alias", "channel_shuffle", "clone", "detach", "expand", "flip", "index", "index_select", "permute",
    "pixel_shuffle", "pixel_unshuffle", "repeat", "roll", "select", "slice", "split", "split_with_sizes", "squeeze",
    "t", "transpose", "unbind", "unfold", "unsqueeze", "view", "_reshape_alias", "_to_copy", "_unsafe_view",
}

# Look at a map's shape alone.
MAKES_CONSTANTS = {
    "empty_like", "full_like", "new_empty", "new_empty_strided", "new_full", "new_ones", "new_zeros", "ones_like",
    "rand_like", "randn_like", "zeros_like",
}


def short(pair):
    """[3, 3] -> 3, [1, 7] -> (1, 7): as a definition writes it; torch leaves a second, equal number out."""
    first, second = pair if len(pair) == 2 else (pair[0], pair[0])
    return first if first == second else (first, second)


def as_strided(r, y, x, size, stride, *_):
    """What torch does to a mean over a map laid out channels last: its one position is marked as laid out so."""
    value = r.values[id(x)]
    if tuple(size) != (1, value.map.elements, 1, 1):
        raise r.error(f"no layer kind for the operation {r.now} of {words(x.shape)} to {words(size)}")
    return Value(value.map, value.order, value.place)


def each(layer):
    """An element by element layer, which may leave a map laid out as it is."""
    return lambda r, y, x, *_, **__: on_elements(r, layer, x)


def on_elements(r, layer, x, weights=()):
    value = r.values[id(x)]
    if not value.is_complete():
        r.map(x)
        value = r.values[id(x)]
    return Value(r.add(layer, value.map, weights=weights), value.order, value.place)


def on_channels(r, layer, x, axis, weights=()):
    """A layer that works along the channels, at each position by itself."""
    axis = axis % x.dim()
    if r.values[id(x)].channel_axis(x.shape) != axis:
        if axis != 1:
            raise r.error(f"no layer kind for the operation {r.now} along axis {axis} of {words(x.shape)}")
        r.map(x)
    value = r.values[id(x)]
    return Value(r.add(layer, value.map, weights=weights), value.order, value.place)


def convolution(r, y, x, weight, bias, stride, padding, dilation, transposed, output_padding, groups):
    if len(stride) != 2:
        raise r.error(f"no layer kind for the operation convolution in {len(stride)} dimensions")
    if id(weight) in r.values:
        raise r.error("no layer kind for the operation convolution with a feature map as its kernel")
    channels, kernel = y.shape[1], short(weight.shape[2:])
    stride, padding, dilation = short(stride), short(padding), short(dilation)
    if transposed:
        layer = ConvTranspose2d(
            channels, kernel, stride, padding, short(output_padding), dilation, groups, bias is not None
        )
    else:
        layer = Conv2d(channels, kernel, stride, padding, dilation, groups, bias is not None)
    return r.add(layer, r.map(x), weights=(weight, bias))


def mm(r, y, x, weight, bias=None):
    """A fully connected layer; at each position of a map by itself it is a 1x1 convolution."""
    if id(x) not in r.values or id(weight) in r.values:
        raise r.error(f"no layer kind for the operation {r.now} of two feature maps, or from the right")
    value, weights = r.values[id(x)], (weight, bias)
    if len(x) == 1:
        return r.add(Linear(y.shape[1], bias is not None), r.map(x), weights=weights)
    if value.channel_axis(x.shape) != 1 or len(value.map.shape) != 3:
        raise r.error(f"no layer kind for the operation {r.now} on {words(x.shape)} made of {words(value.map.shape)}")
    made = r.add(Conv2d(y.shape[1], 1, bias=bias is not None), value.map, weights=weights)
    return Value(made, torch.arange(made.elements).reshape(y.shape[1], -1).T, value.place)


def addmm(r, y, bias, x, weight, beta=1, alpha=1):
    if beta != 1 or alpha != 1 or id(bias) in r.values:
        raise r.error("no layer kind for the operation addmm with factors, or a feature map as its bias")
    return mm(r, y, x, weight, bias)


def batch_norm(r, y, x, weight, bias, mean, variance, training, *_):
    if mean is None or training and not r.module.training:
        raise r.error("no layer kind for the operation batch_norm by the statistics of the image itself")
    kind = BatchNorm1d if x.dim() == 2 else BatchNorm2d
    return r.add(kind(affine=weight is not None), r.map(x), weights=(weight, bias))


def layer_norm(r, y, x, shape, weight, bias, *_):
    if len(shape) == 1:
        return on_channels(r, LayerNorm(weight is not None, bias is not None or weight is None), x, -1, (weight, bias))
    if len(shape) != x.dim() - 1:
        raise r.error(f"no layer kind for the operation layer_norm over {tuple(shape)} of {words(x.shape)}")
    made = r.add(GroupNorm(1, affine=False), r.map(x))
    for kind, tensor in ((Scale, weight), (Shift, bias)):
        made = made if tensor is None else r.add(kind(made.shape), made, weights=(tensor,))
    return made


def group_norm(r, y, x, weight, bias, n, channels, positions, groups, *_):
    return r.add(GroupNorm(groups, affine=weight is not None), r.map(x), weights=(weight, bias))


def max_pool(r, y, x, kernel, stride=(), padding=(0,), dilation=(1,), ceil_mode=False):
    if short(dilation) != 1:
        raise r.error(f"no layer kind for the operation max_pool2d with dilation {short(dilation)}")
    return r.add(MaxPool2d(short(kernel), short(stride or kernel), short(padding), ceil_mode), r.map(x))


def avg_pool(r, y, x, kernel, stride=(), padding=(0,), ceil_mode=False, *_):
    return r.add(AvgPool2d(short(kernel), short(stride or kernel), short(padding), ceil_mode), r.map(x))


def adaptive(kind):
    return lambda r, y, x, size: r.add(kind(short(size)), r.map(x))


def over_positions(everywhere, along):
    """A mean or maximum over both axes of a map, or over one of them."""
    def reduce(r, y, x, axes=(), keepdim=False, **_):
        value, axes = r.values[id(x)], sorted(axis % x.dim() for axis in axes)
        channel = value.channel_axis(x.shape)
        others = [axis for axis in range(1, x.dim()) if axis != channel]
        if channel and len(value.map.shape) == 3 and axes == others:
            return r.add(everywhere, value.map)
        if value.order is None and value.map.shape[2:] == (1,) and tuple(x.shape[1:]) == value.map.shape[:2]:
            if axes == [2]:  # the other axis has been averaged before
                return r.add(along((value.map.height, 1)), value.map)
        if value.order is None and x.dim() == 4 and axes in ([2], [3]):
            x = r.map(x)
            return r.add(along((x.height, 1) if axes == [2] else (1, x.width)), x)
        raise r.error(f"no layer kind for the operation {r.now} over axes {axes} of {words(x.shape)}")

    return reduce


def pad(r, y, x, padding, value=0.0):
    if value:
        raise r.error(f"no layer kind for the operation constant_pad_nd with {value}: only zeros are known")
    before = r.values[id(x)]
    numbers = torch.nn.functional.pad(before.numbers(x.shape), list(padding), value=-1)
    return before.moved(numbers, r.stack[-1])


def cat(r, y, tensors, axis=0):
    tensors = [t for t in tensors if t.numel()]
    if axis % y.dim() != 1 or y.dim() not in (2, 4) or any(id(t) not in r.values for t in tensors):
        shapes = ", ".join(words(t.shape) for t in tensors)
        stored = " with a parameter" if any(id(t) not in r.values for t in tensors) else ""
        raise r.error(f"no layer kind for the operation cat{stored} along axis {axis} of {shapes}")
    maps = [r.map(t) for t in tensors]
    return maps[0] if len(maps) == 1 else r.add(Concat(), *maps)


def joined(kind, scalar):
    """An operation on two maps of one shape, or on a map and a constant."""
    def join(r, y, a, b, alpha=1, **_):
        if alpha != 1:
            raise r.error(f"no layer kind for the operation {r.now} with alpha={alpha}")
        maps = [id(t) in r.values for t in (a, b)]
        if not all(maps):
            x, constant = (a, b) if maps[0] else (b, a)
            return with_constant(r, scalar, x, constant)
        if kind is None:
            raise r.error(f"no layer kind for the operation {r.now} of two feature maps")
        first, second = r.values[id(a)], r.values[id(b)]
        if a.shape == b.shape and first.same_order(second) and first.is_complete():
            return Value(r.add(kind(), first.map, second.map), first.order, first.place)
        if kind is Multiply:
            return gated(r, y, a, b)
        return r.add(kind(), r.map(a), r.map(b))

    return join


def gated(r, y, a, b):
    """A map and its gate, in either order, the gate perhaps repeated to the map's size."""
    shape = tuple(y.shape[1:])
    for x, gate in ((a, b), (b, a)):
        value = r.values[id(gate)]
        small = expanded(value, shape) if gate.shape == y.shape and y.numel() > value.map.elements else None
        if small is not None:
            smaller = torch.empty(1, *small, device="meta")
            r.bind(smaller, Value(value.map, None, value.place))
            return r.add(Multiply(), r.map(x), r.map(smaller))
    return r.add(Multiply(), *[r.map(t) for t in ((a, b) if a.shape == y.shape else (b, a))])


def with_constant(r, kind, x, constant):
    """A map and a number or a stored tensor; adding 0 or multiplying by 1 is nothing."""
    value, tensor = r.values[id(x)], isinstance(constant, torch.Tensor)
    if not tensor and constant == (0 if kind is Shift else 1):
        return Value(value.map, value.order, value.place)
    shape, trained = (1,), bool(tensor and r.constants.get(id(constant)))
    if tensor and constant.numel() > 1:
        axis, sizes = value.channel_axis(x.shape), (1,) * (x.dim() - constant.dim()) + tuple(constant.shape)
        if axis is None and value.order is not None or len(sizes) > x.dim():
            raise r.error(f"no layer kind for the operation {r.now} of {words(x.shape)} and {words(constant.shape)}")
        wide = [i for i, size in enumerate(sizes) if size > 1]
        full = value.map.shape
        if wide == [axis]:
            shape = (full[0], *[1] * (len(full) - 1))
        elif axis and axis not in wide and len(wide) == x.dim() - 2:
            shape = (1, *full[1:])
        else:
            shape = full
    return on_elements(r, kind(shape, trained), x, weights=(constant,) if trained else ())


def divide(r, y, a, b, **options):
    if id(a) not in r.values or options:
        raise r.error("no layer kind for the operation div by a feature map, or rounded")
    return joined(None, Divide)(r, y, a, b)


def subtract(r, y, a, b, alpha=1):
    return joined(None, Shift)(r, y, a, b, alpha)


def clamped(r, y, x, low=None, high=None):
    """ReLU and ReLU6, spelled as limits."""
    if low != 0 or high not in (None, 6):
        raise r.error(f"no layer kind for the operation {r.now} to {low} and {high}: ReLU is 0 and none, ReLU6 0 and 6")
    return on_elements(r, ReLU() if high is None else ReLU6(), x)


def prelu(r, y, x, weight):
    return on_channels(r, PReLU(weight.numel()), x, 1, (weight,))


def gelu(r, y, x, approximate="none"):
    if approximate != "none":
        raise r.error(f"no layer kind for the operation gelu with approximate={approximate!r}")
    return on_elements(r, GELU(), x)


def upsample(mode):
    return lambda r, y, x, *_, **__: r.add(Upsample(short(y.shape[2:]), mode), r.map(x))


OPERATIONS = {
    "_adaptive_avg_pool2d": adaptive(AdaptiveAvgPool2d),
    "_log_softmax": lambda r, y, x, axis, *_: on_channels(r, LogSoftmax(), x, axis),
    "_native_batch_norm_legit_no_training": lambda r, y, x, w, b, m, v, *_: batch_norm(r, y, x, w, b, m, v, False),
    "_prelu_kernel": prelu,
    "_softmax": lambda r, y, x, axis, *_: on_channels(r, Softmax(), x, axis),
    "adaptive_max_pool2d": adaptive(AdaptiveMaxPool2d),
    "add": joined(Add, Shift),
    "addmm": addmm,
    "amax": over_positions(AdaptiveMaxPool2d(1), MaxPool2d),
    "as_strided": as_strided,
    "avg_pool2d": avg_pool,
    "cat": cat,
    "clamp": clamped,
    "clamp_min": clamped,
    "constant_pad_nd": pad,
    "convolution": convolution,
    "div": divide,
    "gelu": gelu,
    "hardsigmoid": each(Hardsigmoid()),
    "hardswish": each(Hardswish()),
    "hardtanh": clamped,
    "leaky_relu": lambda r, y, x, slope=0.01: on_elements(r, LeakyReLU(slope), x),
    "max_pool2d_with_indices": max_pool,
    "maximum": joined(Maximum, None),
    "mean": over_positions(AdaptiveAvgPool2d(1), AvgPool2d),
    "mm": mm,
    "mul": joined(Multiply, Scale),
    "native_batch_norm": batch_norm,
    "native_group_norm": group_norm,
    "native_layer_norm": layer_norm,
    "relu": each(ReLU()),
    "rsub": subtract,
    "sigmoid": each(Sigmoid()),
    "silu": each(SiLU()),
    "sub": subtract,
    "tanh": each(Tanh()),
    "upsample_bilinear2d": upsample("bilinear"),
    "upsample_nearest2d": upsample("nearest"),
}
