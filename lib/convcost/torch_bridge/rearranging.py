"""Which layers a movement amounts to: three lines of view, transpose and view are one `ChannelShuffle`."""

from math import prod

from ..feature_map import Shape
from ..layers import (
    ChannelShuffle,
    Flatten,
    Layer,
    PixelShuffle,
    PixelUnshuffle,
    Rearrange,
    SelectChannels,
    Unflatten,
    View,
    ZeroPad2d,
    ZeroPadChannels,
)
from .layout import Value, contiguous, merged


def movement(value: Value, shape: Shape) -> list[Layer]:
    """Return the layers that turn a value's map into a map of this shape; none if it is that map already."""
    source, layout = value.map.shape, value.layout
    if layout is None:
        if source == shape:
            return []
        return [Flatten() if len(shape) == 1 else Unflatten(shape) if len(shape) == 3 else View(shape)]
    if len(shape) == 1 and layout.is_complete(value.map.elements):
        return [Flatten()]  # in another order, at the same cost
    seen = layout.view(shape)
    if len(source) == len(shape) == 3 and seen is not None:
        dims = seen.dims
        named = (
            _shuffle(layout, dims, source) or _pixels(layout, dims, source) or _cut(layout.offset, dims, source, shape)
        )
        if named:
            return named
    return [Rearrange(shape, layout.digits(), layout.offset)]


def is_shuffle(value: Value) -> bool:
    """Whether a tensor of (1, C, H, W) holds a map with its channels, or blocks of pixels, dealt out anew."""
    layout, source = value.layout, value.map.shape
    return bool(_shuffle(layout, layout.dims[1:], source) or _pixels(layout, layout.dims[1:], source))


def _shuffle(layout, dims, source):
    """Whole channels dealt out anew."""
    channels, area, digits = source[0], source[1] * source[2], dims[0]
    if layout.offset or len(digits) != 2 or not _same_positions(dims, source):
        return None
    (each, step), (groups, far) = digits
    if step == area and far == each * area and groups * each == channels:
        return [ChannelShuffle(groups)]
    return None


def _same_positions(dims, source):
    axes = contiguous(source)
    return dims[1] == merged([axes[1]]) and dims[2] == merged([axes[2]])


def _pixels(layout, dims, source):
    """Blocks of factor x factor pixels into channels, or back."""
    channels, height, width = source
    area, (_, rows, columns) = height * width, [prod([n for n, _ in digits]) for digits in dims]
    for larger, smaller, kind in ((rows, height, PixelShuffle), (height, rows, PixelUnshuffle)):
        factor = larger // smaller if larger > smaller else 0
        if (
            factor
            and larger == smaller * factor
            and sorted((columns, width)) == [min(columns, width), min(columns, width) * factor]
        ):
            if kind is PixelShuffle:
                wanted = (
                    [(channels // factor**2, factor**2 * area)],
                    [(height, width), (factor, factor * area)],
                    [(width, 1), (factor, area)],
                )
            else:
                wanted = [(channels, area), (factor, width), (factor, 1)], [(rows, factor * width)], [(columns, factor)]
            if layout.offset == 0 and dims == tuple([merged(digits) for digits in wanted]):
                return [kind(factor)]
    return None


def _cut(offset, dims, source, shape):
    """A part of the channels, rows and columns, perhaps every second one."""
    (channels, height, width), area = source, source[1] * source[2]
    if any(len(digits) > 1 for digits in dims[1:]):
        return None
    first, top, left = offset // area, offset % area // width, offset % width
    (rows, down), (columns, right) = [digits[0] if digits else (1, 0) for digits in dims[1:]]
    if down % width or down < 0 or right < 0:
        return None
    strides = {step for n, step in ((rows, down // width), (columns, right)) if n > 1} or {1}
    chosen = [first + far // area for far in _sums(dims[0])]
    if len(strides) > 1 or 0 in strides or any(far % area for far in _sums(dims[0])):
        return None
    if len(set(chosen)) < len(chosen) or min(chosen) < 0 or max(chosen) >= channels:
        return None
    (stride,) = strides
    bottom = min(height, top + rows * stride)
    end = min(width, left + columns * stride)
    if -(-(bottom - top) // stride) != rows or -(-(end - left) // stride) != columns:
        return None
    layers = []
    if chosen != list(range(channels)):
        run = range(chosen[0], chosen[0] + len(chosen))
        layers.append(SelectChannels(run if chosen == list(run) else tuple(chosen)))
    if (top, left, bottom, end) != (0, 0, height, width):
        layers.append(ZeroPad2d((-left, end - width, -top, bottom - height)))
    if stride > 1:
        layers.append(ZeroPadChannels(len(chosen), stride))
    return layers or None


def _sums(digits):
    """Return the sums of all combinations of the digits, in order."""
    sums = [0]
    for size, stride in digits:
        sums = [before + i * stride for before in sums for i in range(size)]
    return sums
