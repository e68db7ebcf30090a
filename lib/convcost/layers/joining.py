"""Layers that only rearrange or join maps."""

from math import prod

from ..errors import ConvcostError
from ..feature_map import FeatureMap
from .base import Layer, Numbers, Shape, Sides, at_least, listed, spatial


def widest(shapes: tuple[Shape, ...], verb: str) -> Shape:
    """Return the shape of maps joined element by element: along each axis of one size, or of one place."""
    sizes = [max(axis) for axis in zip(*shapes)]
    ranks = {len(shape) for shape in shapes}
    if len(ranks) > 1 or any(n not in (1, size) for shape in shapes for n, size in zip(shape, sizes)):
        raise ConvcostError(f"only maps of one shape can be {verb}, got {listed(shapes)}")
    return tuple(sizes)


class Add(Layer):
    """Element-wise sum of maps of one shape: the residual connection. An axis of one place is repeated."""

    short_name = "add"
    written = "+"
    arity = None
    in_place = True

    def output_shape(self, *shapes: Shape) -> Shape:
        if all(shape == shapes[0] for shape in shapes):
            return shapes[0]
        return widest(shapes, "added")

    def operations(self, *shapes: Shape) -> dict[str, int]:
        return {"additions": (len(shapes) - 2) * prod(shapes[-1])}


def _add(x, other):
    """Return the sum of two maps: `x + other` is the layer `Add`."""
    return Add()(x, other)


FeatureMap.__add__ = _add  # given from here, since a map stands below the layers and knows none


class Subtract(Add):
    """The difference of two maps, element by element."""

    short_name = "sub"
    written = "-"
    arity = 2

    def output_shape(self, x: Shape, y: Shape) -> Shape:
        return widest((x, y), "subtracted")


class Multiply(Layer):
    """Element-wise product of a map and a gate: of the map's shape, one value per channel (squeeze and excite), or
    one per position. In general an axis of one place is repeated.
    """

    short_name = "mul"
    written = "*"
    arity = 2
    in_place = True

    def output_shape(self, x: Shape, gate: Shape) -> Shape:
        try:
            return x if gate == x else widest((x, gate), "multiplied")
        except ConvcostError:
            raise ConvcostError(
                f"a gate has the map's shape, one value per channel or one per position, got {listed((x, gate))}"
            ) from None

    def operations(self, x: Shape, gate: Shape, y: Shape) -> dict[str, int]:
        return {"multiplications": prod(y)}


class Quotient(Layer):
    """The quotient of two maps, element by element; an axis of one place is repeated."""

    short_name = "div"
    written = "/"
    arity = 2
    in_place = True

    def output_shape(self, x: Shape, y: Shape) -> Shape:
        return widest((x, y), "divided")

    def operations(self, x: Shape, divisor: Shape, y: Shape) -> dict[str, int]:
        return {"divisions": prod(y)}


class Maximum(Layer):
    """Element-wise maximum of maps of one shape (maxout)."""

    short_name = "max"
    written = "torch.maximum"
    arity = None
    in_place = True
    output_shape = Add.output_shape

    def operations(self, *shapes: Shape) -> dict[str, int]:
        return {"comparisons": (len(shapes) - 2) * prod(shapes[-1])}


class Minimum(Maximum):
    """Element-wise minimum of maps of one shape."""

    short_name = "min"
    written = "torch.minimum"


class SelectChannels(Layer):
    """Some of the channels, in the given order.

    channels: a tuple or range of their numbers, from 0, each once.
    """

    channels: Numbers | range
    short_name = "select"
    written = "[]"
    is_view = True

    def output_shape(self, x: Shape) -> Shape:
        chosen, count = tuple(self.channels), spatial(x)[0]
        whole = all(isinstance(c, int) and 0 <= c < count for c in chosen)
        if not chosen or not whole or len(set(chosen)) < len(chosen):
            raise ConvcostError(f"channels must be different ones among 0 to {count - 1} of its {count} input channels")
        return (len(chosen), *x[1:])


class ZeroPad2d(Layer):
    """Zeros around each channel. padding: (left, right, top, bottom), as in torch; a negative number crops."""

    padding: Numbers
    short_name = "pad"
    has_window = True

    def window(self) -> Sides:
        left, _, top, _ = self.padding
        return (1, 1), (1, 1), (top, left), (1, 1)

    def output_shape(self, x: Shape) -> Shape:
        channels, height, width = spatial(x)
        if not isinstance(self.padding, (tuple, list)) or len(self.padding) != 4:
            raise ConvcostError(f"padding must be four whole numbers (left, right, top, bottom), not {self.padding!r}")
        left, right, top, bottom = [at_least("padding", p, -max(height, width)) for p in self.padding]
        new_height, new_width = height + top + bottom, width + left + right
        if new_height < 1 or new_width < 1:
            raise ConvcostError(f"padding {self.padding!r} leaves nothing of a map of {height}x{width}")
        return (channels, new_height, new_width)


class Concat(Layer):
    """Maps stacked along the channels, or rows of features one after the other.

    axis: 0 for that, 1 to put maps below each other, 2 beside each other.
    """

    axis: int = 0
    short_name = "concat"
    written = "torch.cat"
    arity = None

    def output_shape(self, *shapes: Shape) -> Shape:
        axis, first = at_least("axis", self.axis, 0), shapes[0]
        rest = {(*shape[:axis], *shape[axis + 1 :]) for shape in shapes}
        if len(rest) > 1 or axis >= len(first):
            raise ConvcostError(f"only maps of one height and width can be stacked, got {listed(shapes)}")
        return (*first[:axis], sum([shape[axis] for shape in shapes]), *first[axis + 1 :])


class ChannelShuffle(Layer):
    """Channels dealt out so that each group of the next layer hears every group of the last: reshape to
    (groups, channels / groups), transpose, flatten. It moves data and computes nothing. groups: a divisor of the
    channels.
    """

    groups: int
    short_name = "shuffle"

    def output_shape(self, x: Shape) -> Shape:
        if spatial(x)[0] % at_least("groups", self.groups, 1):
            raise ConvcostError(f"groups={self.groups} must divide its {x[0]} input channels")
        return x


class ZeroPadChannels(Layer):
    """Identity with a stride, channels of zeros appended: the parameter-free shortcut "option A" of ResNet.

    out_channels: channels afterwards, not fewer than before; stride: every how many rows and columns are kept.
    """

    out_channels: int
    stride: int = 1
    short_name = "pad"
    written = "F.pad"
    has_window = True
    kernel_size, padding, dilation = 1, 0, 1

    def output_shape(self, x: Shape) -> Shape:
        channels, height, width = spatial(x)
        stride = at_least("stride", self.stride, 1)
        if at_least("out_channels", self.out_channels, 1) < channels:
            raise ConvcostError(f"out_channels={self.out_channels} is fewer than its {channels} input channels")
        return (self.out_channels, -(-height // stride), -(-width // stride))


class Flatten(Layer):
    """The map as one row of features, channel by channel."""

    short_name = "flatten"
    is_view = True
    is_global = True

    def output_shape(self, *shapes: Shape) -> Shape:
        return (prod(shapes[0]),)


class Unflatten(Layer):
    """Features, channel by channel, as a map: what Flatten undoes. shape: (channels, height, width)."""

    shape: Numbers
    short_name = "unflatten"
    is_view = True
    is_global = True

    def output_shape(self, x: Shape) -> Shape:
        shape = tuple([at_least("shape", size, 1) for size in self.shape])
        if len(shape) != 3 or prod(shape) != prod(x):
            raise ConvcostError(f"shape {self.shape!r} must be (channels, height, width) of {prod(x)} elements in all")
        return shape
