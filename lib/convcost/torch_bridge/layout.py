"""What a tensor holds while a torch module runs: the elements of one feature map, in some order.

Code that only moves elements (view, transpose, slice, expand) is followed by its effect on the places of the
elements: each axis of a tensor is a row of digits (size, stride), most significant first, and an element's place in
the map is the offset plus the sum of its digits times their strides. Nothing here grows with the map. A movement
that digits cannot describe gives None, and the recorder makes a layer of what was moved so far.
"""

from collections.abc import Iterable, Sequence
from math import prod

from ..feature_map import FeatureMap, Shape

Digits = tuple[tuple[int, int], ...]  # (size, stride) of each


def shape_text(shape: Iterable[int]) -> str:
    """(1, 64, 56, 56) -> 1x64x56x56"""
    return "x".join(map(str, shape)) or "one number"


def merged(digits: Iterable[tuple[int, int]]) -> Digits:
    """Return the digits with neighbours that count on from each other joined, and those of size 1 left out."""
    result = []
    for size, stride in digits:
        if size == 1:
            continue
        if result and result[-1][1] == size * stride:
            result[-1] = (result[-1][0] * size, stride)
        else:
            result.append((size, stride))
    return tuple(result)


def contiguous(shape: Sequence[int]) -> Digits:
    """Return one digit for each axis of a map, as its elements lie in memory."""
    strides, step = [], 1
    for size in reversed(shape):
        strides.append(step)
        step *= size
    return tuple(zip(shape, reversed(strides)))


class Layout:
    """Digits of each axis of a tensor, and an offset."""

    __slots__ = ("dims", "offset")

    def __init__(self, dims: Iterable[Digits], offset: int = 0):
        self.dims, self.offset = tuple(dims), offset

    @classmethod
    def whole(cls, shape: Iterable[int]) -> "Layout":
        """A tensor of this shape with all elements in their order."""
        return cls([merged([digit]) for digit in contiguous(shape)])

    def __eq__(self, other):
        return isinstance(other, Layout) and (self.dims, self.offset) == (other.dims, other.offset)

    @property
    def shape(self) -> Shape:
        return tuple([prod([size for size, _ in digits]) for digits in self.dims])

    def digits(self) -> Digits:
        """Return the digits of all axes, joined where they count on."""
        return merged([digit for digits in self.dims for digit in digits])

    def in_order(self, elements: int) -> bool:
        """Whether all elements are there in their order."""
        return self.offset == 0 and self.digits() == merged([(elements, 1)])

    def is_complete(self, elements: int) -> bool:
        """Whether every element is there once."""
        digits = sorted(self.digits(), key=lambda digit: digit[1])
        return self.offset == 0 and merged(reversed(digits)) == merged([(elements, 1)])

    def permute(self, order: Iterable[int]) -> "Layout":
        return Layout([self.dims[axis] for axis in order], self.offset)

    def view(self, shape: Sequence[int]) -> "Layout | None":
        """The same elements under another shape; None if that would cut a digit."""
        digits, dims = list(self.digits()), []
        for wanted in reversed(shape):
            taken = []
            while wanted > 1:
                size, stride = digits.pop()
                if wanted % size == 0:
                    taken.append((size, stride))
                    wanted //= size
                elif size % wanted == 0:
                    taken.append((wanted, stride))
                    digits.append((size // wanted, stride * wanted))
                    wanted = 1
                else:
                    return None
            dims.append(merged(reversed(taken)))
        return Layout(reversed(dims), self.offset)

    def slice(self, axis: int, start: int, count: int, step: int) -> "Layout | None":
        """Some of the places of one axis; None if they cannot be told by digits."""
        found = _cut(self.dims[axis], start, count, step)
        if found is None:
            return None
        digits, moved = found
        return Layout([*self.dims[:axis], merged(digits), *self.dims[axis + 1 :]], self.offset + moved)

    def without(self, axis: int) -> "Layout":
        return Layout([d for i, d in enumerate(self.dims) if i != axis], self.offset)

    def flip(self, axes: Iterable[int]) -> "Layout":
        dims, offset = list(self.dims), self.offset
        for axis in axes:
            offset += sum([(size - 1) * stride for size, stride in dims[axis]])
            dims[axis] = tuple([(size, -stride) for size, stride in dims[axis]])
        return Layout(dims, offset)

    def expand(self, shape: Sequence[int]) -> "Layout":
        """Repeat axes of one place, new ones in front included, to the given shape."""
        old = ((),) * (len(shape) - len(self.dims)) + self.dims
        dims = [((size, 0),) if not digits and size > 1 else digits for size, digits in zip(shape, old)]
        return Layout(dims, self.offset)

    def repeat(self, times: Sequence[int]) -> "Layout":
        old = ((),) * (len(times) - len(self.dims)) + self.dims
        dims = [merged([(n, 0), *digits]) for n, digits in zip(times, old)]
        return Layout(dims, self.offset)

    def windows(self, axis: int, count: int, size: int, step: int, stride: int) -> "Layout":
        """Replace an axis by `count` windows of `size` places, each `step` after the last; a window's axis comes
        last.
        """
        windows = merged([(count, step * stride)])
        return Layout([*self.dims[:axis], windows, *self.dims[axis + 1 :], merged([(size, stride)])], self.offset)

    def unexpanded(self) -> "Layout":
        """Return the layout with axes that only repeat reduced to one place."""
        return Layout([() if all(s == 0 for _, s in digits) else digits for digits in self.dims], self.offset)

    def axes(self, shape: Shape) -> list[tuple[int, ...]] | None:
        """Return for each axis of the tensor the axes of the map that it runs over, in order and whole: (0,) for
        the channels, (1, 2) for all positions; None if some axis runs over something else. Axes of size 1 are left
        out.
        """
        if self.offset:
            return None
        ends = {(size * stride, stride): [axis] for axis, (size, stride) in enumerate(contiguous(shape)) if size > 1}
        kept = [(axis, digit) for axis, digit in enumerate(contiguous(shape)) if digit[0] > 1]
        for i in range(len(kept)):
            for j in range(i + 1, len(kept)):
                span = kept[i][1][0] * kept[i][1][1], kept[j][1][1]
                ends[span] = [axis for axis, _ in kept[i : j + 1]]
        groups, seen = [], 0
        for digits in self.dims:
            group = []
            for size, stride in digits:
                if (size * stride, stride) not in ends:
                    return None
                group += ends[size * stride, stride]
            groups.append(tuple(group))
            seen += len(group)
        return groups if seen == len(kept) and len({a for g in groups for a in g}) == seen else None


def _cut(digits, start, count, step):
    """Return (digits, offset) of `count` places from `start`, each `step` after the last; None if it is no row."""
    if not digits:
        return (), 0
    (_, stride), rest = digits[0], digits[1:]
    below = prod([n for n, _ in rest])
    if not rest:
        return ((count, stride * step),), start * stride
    if start // below == (start + (count - 1) * step) // below:
        found = _cut(rest, start % below, count, step)
        return None if found is None else (found[0], found[1] + start // below * stride)
    if step == 1 and start % below == 0 and count % below == 0:
        return ((count // below, stride), *rest), start // below * stride
    if step % below == 0 and start % below == 0:
        return ((count, stride * (step // below)),), start // below * stride
    return None


def following(groups: Iterable[Sequence[int]], shape: Shape) -> Layout:
    """Return the layout of a tensor whose axes run over these axes of a map of this shape."""
    digits = contiguous(shape)
    return Layout([merged([digits[axis] for axis in group]) for group in groups])


class Value:
    """The elements of a feature map in a tensor of any shape.

    map: the feature map; layout: None for all elements in their order; place: where in the module it was last
    moved.
    """

    __slots__ = ("layout", "map", "place")

    def __init__(self, map: FeatureMap, layout: Layout | None = None, place: tuple | None = None):
        self.map, self.place = map, place
        self.layout = None if layout is None or layout.in_order(map.elements) else layout

    def laid(self, shape: Iterable[int]) -> Layout:
        """Return the layout of a tensor of this shape."""
        return Layout.whole(shape) if self.layout is None else self.layout

    def is_complete(self) -> bool:
        return self.layout is None or self.layout.is_complete(self.map.elements)

    def axes(self, shape: Iterable[int]) -> list[tuple[int, ...]] | None:
        """Return for each axis of a tensor of this shape which axes of the map it is, or None: `Layout.axes`."""
        return self.laid(shape).axes(self.map.shape)
