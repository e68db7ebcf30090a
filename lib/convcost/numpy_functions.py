"""Layers in NumPy that the reference layers do not have: f(*input arrays, options) -> output array, N first.

Shapes and meaning are those of the layer kinds of the same name.
"""

import numpy as np

from . import reference


def adaptive_avg_pool2d(x, n):
    """Window i of n on an axis of `size` cells goes from floor(i size / n) to ceil((i + 1) size / n)."""
    def windows(size):
        return [slice(i * size // n, -(-(i + 1) * size // n)) for i in range(n)]

    return np.block([
        [reference.global_avg_pool2d(x[:, :, rows, columns]) for columns in windows(x.shape[3])]
        for rows in windows(x.shape[2])
    ])


def zero_pad2d(x, left, right, top, bottom):
    """A negative number crops."""
    height, width = x.shape[2:]
    x = x[:, :, max(-top, 0) : height + min(bottom, 0), max(-left, 0) : width + min(right, 0)]
    return np.pad(x, [(0, 0), (0, 0), *[(max(a, 0), max(b, 0)) for a, b in ((top, bottom), (left, right))]])


def zero_pad_channels(x, out_channels, stride):
    new_channels = out_channels - x.shape[1]
    return np.pad(x[:, :, ::stride, ::stride], ((0, 0), (0, new_channels), (0, 0), (0, 0)))


def radial_basis(x, centres):
    return np.square(x[:, None] - centres).sum(axis=-1)


def squash(x, dim):
    """s |s| / (1 + |s|^2) for each capsule s."""
    capsules = x.reshape(len(x), -1, dim, *x.shape[2:])
    squared = np.square(capsules).sum(axis=2, keepdims=True)
    return (capsules * (np.sqrt(squared) / (1 + squared))).reshape(x.shape)


def capsules_to_channels(x, dim):
    return np.moveaxis(x.reshape(len(x), -1, dim, *x.shape[2:]), 2, -1).reshape(len(x), -1, 1, 1)


def routing(x, capsules, dim, iterations):
    predictions = x.reshape(len(x), -1, capsules, dim)
    logits = np.zeros_like(predictions[..., :1])
    for iteration in range(iterations):
        weighted = reference.softmax(logits, axis=2) * predictions
        above = squash(weighted.sum(axis=1).reshape(len(x), -1, 1, 1), dim)
        if iteration < iterations - 1:
            agreement = predictions * above.reshape(len(x), 1, capsules, dim)
            logits = logits + agreement.sum(axis=-1, keepdims=True)
    return above


def capsule_lengths(x, dim):
    return np.sqrt(np.square(x.reshape(len(x), -1, dim, *x.shape[2:])).sum(axis=2))


def keep_longest(x, lengths):
    capsules = x.reshape(len(x), lengths.shape[1], -1, *x.shape[2:])
    longest = np.arange(lengths.shape[1])[:, None, None] == lengths.argmax(axis=1)[:, None]
    return (capsules * longest[:, :, None]).reshape(x.shape)
