"""Layers that torch.nn does not have; shapes and meaning are those of the layer kinds of the same name."""

from functools import reduce

from convcost.extras import torch
from torch import nn


class Function(nn.Module):
    """A function without weights as a module."""

    def __init__(self, function, *options):
        super().__init__()
        self.function, self.options = function, options

    def forward(self, *maps):
        return self.function(*maps, *self.options)

    def extra_repr(self):
        return ", ".join([getattr(self.function, "__name__", "function"), *map(str, self.options)])


class ScaleShift(nn.Module):
    """A scale and a shift for each channel."""

    def __init__(self, channels):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.ones(channels)), nn.Parameter(torch.zeros(channels))

    def forward(self, x):
        return x * self.weight[:, None, None] + self.bias[:, None, None]


class Constant(nn.Module):
    """Element by element with a stored tensor: `operation` is torch.add, torch.mul or torch.div."""

    def __init__(self, operation, shape, trained):
        super().__init__()
        self.operation = operation
        if trained:
            self.weight = nn.Parameter(torch.ones(shape))
        else:
            self.register_buffer("weight", torch.ones(shape))

    def forward(self, x):
        return self.operation(x, self.weight)


class LayerNorm(nn.LayerNorm):
    """Layer normalisation over the channels of a map, which torch wants last."""

    def __init__(self, channels, elementwise_affine, bias):
        super().__init__(channels, elementwise_affine=elementwise_affine, bias=bias)

    def forward(self, x):
        return super().forward(x.movedim(1, -1)).movedim(-1, 1)


class RadialBasis(nn.Module):
    """The squared distance to fixed vectors, here random ones of -1 and 1 until their bitmaps are loaded."""

    def __init__(self, features, out_features):
        super().__init__()
        self.register_buffer("centres", torch.randn(out_features, features).sign())

    def forward(self, x):
        return (x.unsqueeze(1) - self.centres).square().sum(dim=-1)


def add(*maps):
    return reduce(torch.add, maps)


def concat(*maps):
    return torch.cat(maps, dim=1)


def concat_along(axis):
    return Function(lambda *maps: torch.cat(maps, dim=axis + 1))


class ConcatStored(nn.Module):
    """A map between stored values along an axis."""

    def __init__(self, before, axis, shape, trained):
        super().__init__()
        self.before, self.axis = before, axis
        self.weight = nn.Parameter(torch.ones(shape)) if trained else nn.Buffer(torch.ones(shape))

    def forward(self, x):
        stored = self.weight.expand(len(x), *self.weight.shape)
        front, back = stored.tensor_split([self.before], dim=self.axis + 1)
        return torch.cat([front, x, back], dim=self.axis + 1)


class Stored(nn.Module):
    """Values that do not depend on the image."""

    def __init__(self, shape, trained):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(shape)) if trained else nn.Buffer(torch.ones(shape))

    def forward(self, x):
        return self.weight.repeat(len(x), *[1] * self.weight.dim())  # torch's counter takes no view of a parameter


class RMSNorm(nn.RMSNorm):
    """Over the channels of a map, which torch wants last."""

    def forward(self, x):
        return super().forward(x.movedim(1, -1)).movedim(-1, 1)


class Reduction(nn.Module):
    """A function of torch over some axes of a map, which stay with one place."""

    def __init__(self, function, axes):
        super().__init__()
        self.function, self.axes = function, [axis + 1 for axis in axes]

    def forward(self, x):
        return self.function(x, dim=self.axes, keepdim=True)


def antialiased(x, size, mode):
    return nn.functional.interpolate(x, size=size, mode=mode, antialias=True)


def vector_norm(x, ord, axes):
    return torch.linalg.vector_norm(x, ord, [axis + 1 for axis in axes], keepdim=True)


def softmax(x, axes, log):
    """Over several axes at once."""
    last = [axis + 1 for axis in axes]
    moved = x.movedim(last, list(range(-len(last), 0)))
    flat = moved.flatten(-len(last))
    flat = flat.log_softmax(-1) if log else flat.softmax(-1)
    return flat.view(moved.shape).movedim(list(range(-len(last), 0)), last)


def scatter(x, part, digits, offset):
    sizes, strides = [n for n, _ in digits], [step for _, step in digits]
    images = [
        image.flatten().clone().as_strided_scatter(values.reshape(sizes), sizes, strides, offset).view(image.shape)
        for image, values in zip(x, part)
    ]
    return torch.stack(images)


def rearranged(layer):
    """A flip counts backwards, which torch's strides cannot: there the axis is turned after it was taken."""
    turned = [i for i, (_, step) in enumerate(layer.digits) if step < 0]
    offset = layer.offset + sum([(n - 1) * step for n, step in layer.digits if step < 0])
    sizes = [n for n, _ in layer.digits]

    def run(x):
        flat = x.flatten(1)[:, offset:]
        strides = [flat.stride(0), *[abs(step) for _, step in layer.digits]]
        taken = flat.as_strided((len(x), *sizes), strides, flat.storage_offset())
        return taken.flip([i + 1 for i in turned]).reshape(len(x), *layer.shape)

    return Function(run)


def maximum(*maps):
    return reduce(torch.maximum, maps)


def minimum(*maps):
    return reduce(torch.minimum, maps)


def select_channels(x, channels):
    return x[:, channels]


def zero_pad_channels(x, new_channels, stride):
    return nn.functional.pad(x[:, :, ::stride, ::stride], (0, 0, 0, 0, 0, new_channels))


def unflatten(x, shape):
    return x.reshape(len(x), *shape)


def squash(x, dim):
    capsules = x.unflatten(1, (-1, dim))
    lengths = torch.linalg.vector_norm(capsules, dim=2, keepdim=True)
    return (capsules * lengths / (1 + lengths**2)).flatten(1, 2)


def capsules_to_channels(x, dim):
    return x.unflatten(1, (-1, dim)).movedim(2, -1).flatten(1)[:, :, None, None]


def routing(x, capsules, dim, iterations):
    """No matrix products, so that torch's counter sees no multiply-accumulates here either."""
    predictions = x.view(len(x), -1, capsules, dim)
    logits = torch.zeros_like(predictions[..., :1])
    for iteration in range(iterations):
        sums = (logits.softmax(dim=2) * predictions).sum(dim=1)
        above = squash(sums.flatten(1)[:, :, None, None], dim)
        if iteration < iterations - 1:
            logits = logits + (predictions * above.view_as(sums).unsqueeze(1)).sum(dim=-1, keepdim=True)
    return above


def capsule_lengths(x, dim):
    return torch.linalg.vector_norm(x.unflatten(1, (-1, dim)), dim=2)


def keep_longest(x, lengths):
    longest = nn.functional.one_hot(lengths.argmax(dim=1), lengths.shape[1]).movedim(-1, 1)
    return (x.unflatten(1, (lengths.shape[1], -1)) * longest.unsqueeze(2)).flatten(1, 2)
