"""Borders around maps, and rows of zeros anywhere."""

from ...layers import (
    CircularPad2d,
    ConstantPad2d,
    ReflectionPad2d,
    ReplicationPad2d,
    ZeroPad2d,
    ZeroPadChannels,
)
from ..layout import Value, following, shape_text
from ..rearranging import movement
from .orientation import oriented
from .registry import operation


@operation("constant_pad_nd(x, pad, value)")
def constant_pad(recorder, output, x, padding, value=0.0):
    """torch names pairs (before, after) from the last axis on."""
    pairs = [(0, 0)] * (x.dim() - len(padding) // 2) + list(zip(padding[-2::-2], padding[::-2]))
    before = recorder.values[id(x)]
    if value == 0 and pairs[2:] == [(0, 0), (0, 0)] and pairs[0] == (0, 0) and min(pairs[1]) >= 0:
        strided = _strided(recorder, before, x)
        if strided:
            return recorder.add(ZeroPadChannels(output.shape[1], strided), before.map)
    made, groups = oriented(recorder, x)
    if len(made.shape) == 3 and all(pair == (0, 0) or len(group) == 1 for pair, group in zip(pairs, groups)):
        on = {group[0]: pair for pair, group in zip(pairs, groups) if pair != (0, 0)}
        made = _padded(recorder, made, [on.get(axis, (0, 0)) for axis in range(3)], value)
        return Value(made, following(groups, made.shape), recorder.stack[-1])
    shape, sides = _runs(x.shape, pairs)
    if len(shape) > 3:
        raise recorder.error(
            f"no layer kind for the operation constant_pad_nd of {shape_text(x.shape)} to {shape_text(output.shape)}"
        )
    return _padded(recorder, recorder.shaped(before, shape), sides, value)


def _runs(shape, pairs):
    """Return the shape of a map in which neighbouring axes without padding are one, and the pairs of its axes."""
    sizes, sides = [], []
    for size, pair in zip(shape, pairs):
        if sides and pair == sides[-1] == (0, 0):
            sizes[-1] *= size
        else:
            sizes.append(size)
            sides.append(pair)
    missing = max(3 - len(sizes), 0)
    return (*[1] * missing, *sizes), [(0, 0)] * missing + sides


def _padded(recorder, made, sides, value):
    channels, rows, columns = sides
    if min(channels) < 0 or (value and channels != (0, 0)):
        raise recorder.error(f"no layer kind for the operation constant_pad_nd of channels by {channels} with {value}")
    if channels != (0, 0):
        made = recorder.add(ZeroPadChannels(made.channels + sum(channels)), made)
    if rows != (0, 0) or columns != (0, 0):
        around = (*columns, *rows)
        made = recorder.add(ConstantPad2d(around, value) if value else ZeroPad2d(around), made)
    return made


def _strided(recorder, value, x):
    """Return the stride of every second row and column of a map, 1 for all of them: shortcut A of ResNet."""
    if x.dim() != 4 or x.shape[0] != 1 or len(value.map.shape) != 3:
        return 0
    layers = movement(value, tuple(x.shape[1:]))
    if not layers:
        return 1
    return layers[0].stride if len(layers) == 1 and isinstance(layers[0], ZeroPadChannels) else 0


def _border(kind):
    def pad(recorder, output, x, padding):
        return recorder.add(kind(tuple(padding)), recorder.image(x))

    return pad


operation("reflection_pad2d(x, padding)")(_border(ReflectionPad2d))
operation("replication_pad2d(x, padding)")(_border(ReplicationPad2d))


def circular_pad(recorder, x, padding):
    """Taken whole, since torch writes it piece by piece into an empty tensor."""
    if len(padding) != 4:
        raise recorder.error(f"no layer kind for the operation pad in mode 'circular' of {shape_text(x.shape)}")
    return recorder.add(CircularPad2d(tuple(padding)), recorder.image(x))
