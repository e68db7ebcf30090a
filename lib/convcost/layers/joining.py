"""Layers that only rearrange or join maps."""

from math import prod

from ..errors import ConvcostError
from .base import Layer, at_least, listed, spatial


def widest(shapes, verb):
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

    def output_shape(self, *shapes):
        if all([shape == shapes[0] for shape in shapes]):
            return shapes[0]
        return widest(shapes, "added")

    def operations(self, *shapes):
        return {"additions": (len(shapes) - 2) * prod(shapes[-1])}


class Subtract(Add):
    """The difference of two maps, element by element."""

    short_name = "sub"
    written = "-"
    arity = 2

    def output_shape(self, x, y):
        return widest((x, y), "subtracted")


class Multiply(Layer):
    """Element-wise product of a map and a gate: of the map's shape, one value per channel (squeeze and excite), or
    one per position. In general an axis of one place is repeated.
    """

    short_name = "mul"
    written = "*"
    arity = 2
    in_place = True

    def output_shape(self, x, gate):
        try:
            return x if gate == x else widest((x, gate), "multiplied")
        except ConvcostError:
            raise ConvcostError(
                f"a gate has the map's shape, one value per channel or one per position, got {listed((x, gate))}"
            ) from None

    def operations(self, x, gate, y):
        return {"multiplications": prod(y)}


class Quotient(Layer):
    """The quotient of two maps, element by element; an axis of one place is repeated."""

    short_name = "div"
    written = "/"
    arity = 2
    in_place = True

    def output_shape(self, x, y):
        return widest((x, y), "divided")

    def operations(self, x, divisor, y):
        return {"divisions": prod(y)}


class Maximum(Layer):
    """Element-wise maximum of maps of one shape (maxout)."""

    short_name = "max"
    written = "torch.maximum"
    arity = None
    in_place = True
    output_shape = Add.output_shape

    def operations(self, *shapes):
        return {"comparisons": (len(shapes) - 2) * prod(shapes[-1])}


class Minimum(Maximum):
    """Element-wise minimum of maps of one shape."""

    short_name = "min"
    written = "torch.minimum"


class SelectChannels(Layer):
    """Some of the channels, in the given order: `channels` is a tuple or range of their numbers, from 0, each once."""

    channels: tuple
    short_name = "select"
    written = "[]"
    is_view = True

    def output_shape(self, x):
        chosen, count = tuple(self.channels), spatial(x)[0]
        whole = all([isinstance(c, int) and 0 <= c < count for c in chosen])
        if not chosen or not whole or len(set(chosen)) < len(chosen):
            raise ConvcostError(f"channels must be different ones among 0 to {count - 1} of its {count} input channels")
        return (len(chosen), *x[1:])


class ZeroPad2d(Layer):
    """Zeros around each channel; padding is (left, right, top, bottom), as in torch. A negative number crops."""

    padding: tuple
    short_name = "pad"
    has_window = True

    def window(self):
        left, _, top, _ = self.padding
        return (1, 1), (1, 1), (top, left), (1, 1)

    def output_shape(self, x):
        channels, height, width = spatial(x)
        if not isinstance(self.padding, (tuple, list)) or len(self.padding) != 4:
            raise ConvcostError(f"padding must be four whole numbers (left, right, top, bottom), not {self.padding!r}")
        left, right, top, bottom = [at_least("padding", p, -max(height, width)) for p in self.padding]
        new_height, new_width = height + top + bottom, width + left + right
        if new_height < 1 or new_width < 1:
            raise ConvcostError(f"padding {self.padding!r} leaves nothing of a map of {height}x{width}")
        return (channels, new_height, new_width)


class ConstantPad2d(ZeroPad2d):
    """Borders of a number around each channel; padding as in `ZeroPad2d`."""

    padding: tuple
    value: float
    short_name = "pad"


class _Border(ZeroPad2d):
    """Borders of the map's own values; padding is (left, right, top, bottom)."""

    reach = None  # of the border over the sides of the map

    def output_shape(self, x):
        shape = super().output_shape(x)
        left, right, top, bottom = self.padding
        for sides, size in (((left, right), x[2]), ((top, bottom), x[1])):
            if self.reach is not None and max(sides) > size - self.reach:
                raise ConvcostError(f"padding {self.padding!r} needs more than a map of {x[1]}x{x[2]} has")
        return shape


class ReflectionPad2d(_Border):
    """The map mirrored at its edges, the edge itself not repeated."""

    padding: tuple
    short_name = "pad"
    reach = 1


class ReplicationPad2d(_Border):
    """The values at the edges repeated."""

    padding: tuple
    short_name = "pad"


class CircularPad2d(_Border):
    """The values of the opposite edge, as on a torus."""

    padding: tuple
    short_name = "pad"
    reach = 0


class Roll(Layer):
    """Every place moved on by as many places as `shifts` says for each axis, in a circle (shifted windows)."""

    shifts: tuple
    short_name = "roll"
    written = "torch.roll"
    is_global = True

    def output_shape(self, x):
        if len(self.shifts) != len(x):
            raise ConvcostError(f"shifts must name {len(x)} numbers for a map of {listed([x])}, not {self.shifts!r}")
        return x


class Concat(Layer):
    """Maps stacked along the channels, or rows of features one after the other; axis 1 or 2: below or beside each
    other.
    """

    axis: int = 0
    short_name = "concat"
    written = "torch.cat"
    arity = None

    def output_shape(self, *shapes):
        axis, first = at_least("axis", self.axis, 0), shapes[0]
        rest = {(*shape[:axis], *shape[axis + 1 :]) for shape in shapes}
        if len(rest) > 1 or axis >= len(first):
            raise ConvcostError(f"only maps of one height and width can be stacked, got {listed(shapes)}")
        return (*first[:axis], sum([shape[axis] for shape in shapes]), *first[axis + 1 :])


class ConcatStored(Layer):
    """A map between stored values along an axis (0: channels, 1: rows, 2: columns), `before` of them in front and
    `after` behind: class tokens, coordinates. trained: the stored tensor is a parameter.
    """

    before: int
    after: int = 0
    axis: int = 0
    trained: bool = True
    short_name = "concat"
    written = "torch.cat"
    is_global = True

    def output_shape(self, x):
        axis, more = at_least("axis", self.axis, 0), at_least("before", self.before, 0) + at_least("after", self.after, 0)
        if axis >= len(x):
            raise ConvcostError(f"axis={axis} is not one of a map of {listed([x])}")
        return (*x[:axis], x[axis] + more, *x[axis + 1 :])

    def stored(self, x):
        return {"weight": (*x[: self.axis], self.before + self.after, *x[self.axis + 1 :])}

    def weights(self, x):
        return self.stored(x) if self.trained else {}

    def buffers(self, x):
        return {} if self.trained else self.stored(x)


class Stored(Layer):
    """Values that the network stores, whatever the image is: the state in which a recurrent layer starts, a table that
    further layers are computed from. trained: they are parameters.
    """

    shape: tuple
    trained: bool = True
    short_name = "stored"
    written = "own code"
    is_global = True

    def output_shape(self, x):
        return tuple([at_least("shape", size, 1) for size in self.shape])

    def weights(self, x):
        return {"weight": tuple(self.shape)} if self.trained else {}

    def buffers(self, x):
        return {} if self.trained else {"weight": tuple(self.shape)}


class IndexSelect(Layer):
    """Some places of an axis (0: channels, 1: rows, 2: columns) in the given order, repeated or not."""

    axis: int
    indices: tuple
    short_name = "select"
    written = "[]"
    is_global = True

    def output_shape(self, x):
        axis, indices = at_least("axis", self.axis, 0), tuple(self.indices)
        if axis >= len(x) or not indices or any([not isinstance(i, int) or not 0 <= i < x[axis] for i in indices]):
            raise ConvcostError(f"indices must be places on axis {axis} of a map of {listed([x])}")
        return (*x[:axis], len(indices), *x[axis + 1 :])


class ChannelShuffle(Layer):
    """Channels dealt out so that each group of the next layer hears every group of the last: reshape to
    (groups, channels / groups), transpose, flatten. It moves data and computes nothing.
    """

    groups: int
    short_name = "shuffle"

    def output_shape(self, x):
        if spatial(x)[0] % at_least("groups", self.groups, 1):
            raise ConvcostError(f"groups={self.groups} must divide its {x[0]} input channels")
        return x


class ZeroPadChannels(Layer):
    """Identity with a stride, channels of zeros appended: the parameter-free shortcut "option A" of ResNet."""

    out_channels: int
    stride: int = 1
    short_name = "pad"
    written = "F.pad"
    has_window = True
    kernel_size, padding, dilation = 1, 0, 1

    def output_shape(self, x):
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

    def output_shape(self, *shapes):
        return (prod(shapes[0]),)


class Unflatten(Layer):
    """Features, channel by channel, as a map of the given shape (channels, height, width): what Flatten undoes."""

    shape: tuple
    short_name = "unflatten"
    is_view = True
    is_global = True

    def output_shape(self, x):
        shape = tuple([at_least("shape", size, 1) for size in self.shape])
        if len(shape) != 3 or prod(shape) != prod(x):
            raise ConvcostError(f"shape {self.shape!r} must be (channels, height, width) of {prod(x)} elements in all")
        return shape


class View(Layer):
    """The same elements, in their order, under another shape: tokens, windows."""

    shape: tuple
    short_name = "view"
    written = "torch.reshape"
    is_view = True
    is_global = True

    def output_shape(self, x):
        return reshaped(self.shape, x)


class Rearrange(Layer):
    """Elements in another order, some left out or repeated: a transpose, windows, a flip. It moves data and computes
    nothing. `digits` are the sizes and strides, `offset` the first place, of the elements as `torch.as_strided` takes
    them from the flat map; then they get their shape.
    """

    shape: tuple
    digits: tuple
    offset: int = 0
    short_name = "rearrange"
    written = "torch.as_strided"
    is_global = True

    def output_shape(self, x):
        shape = tuple([at_least("shape", size, 1) for size in self.shape])
        reach = [(size - 1) * stride for size, stride in self.digits]
        low = self.offset + sum([far for far in reach if far < 0])
        high = self.offset + sum([far for far in reach if far > 0])
        if low < 0 or high >= prod(x) or prod([size for size, _ in self.digits]) != prod(shape):
            raise ConvcostError(f"{self.digits!r} from {self.offset} is no part of a map of {prod(x)} elements")
        return shape


class Scatter(Layer):
    """A map with the values of another one written over some of its places: `digits` are the sizes and strides,
    `offset` the first of these places, as `torch.as_strided_scatter` takes them in the flat map. It moves data.
    """

    digits: tuple
    offset: int = 0
    short_name = "scatter"
    written = "torch.as_strided_scatter"
    arity = 2
    is_global = True

    def output_shape(self, x, part):
        high = self.offset + sum([(size - 1) * stride for size, stride in self.digits])
        if not 0 <= self.offset <= high < prod(x) or prod([size for size, _ in self.digits]) != prod(part):
            raise ConvcostError(f"{self.digits!r} from {self.offset} is no place for {prod(part)} of {prod(x)} values")
        return x


class PixelShuffle(Layer):
    """Channels in blocks of r x r pixels: (C r^2, H, W) -> (C, H r, W r) (Shi et al. 2016). It moves data."""

    upscale_factor: int
    short_name = "shuffle"
    has_window = True

    def window(self):
        raise ConvcostError("the receptive field of a network that enlarges its maps is not counted")

    def output_shape(self, x):
        r, (channels, height, width) = at_least("upscale_factor", self.upscale_factor, 1), spatial(x)
        if channels % r**2:
            raise ConvcostError(f"upscale_factor={r}: its square must divide its {channels} input channels")
        return (channels // r**2, height * r, width * r)


class PixelUnshuffle(Layer):
    """Blocks of r x r pixels as channels, also called space to depth: (C, H r, W r) -> (C r^2, H, W)."""

    downscale_factor: int
    short_name = "unshuffle"
    has_window = True

    def window(self):
        side = self.downscale_factor, self.downscale_factor
        return side, side, (0, 0), (1, 1)

    def output_shape(self, x):
        r, (channels, height, width) = at_least("downscale_factor", self.downscale_factor, 1), spatial(x)
        if height % r or width % r:
            raise ConvcostError(f"downscale_factor={r} must divide the sides of its input {height}x{width}")
        return (channels * r**2, height // r, width // r)


def reshaped(shape, x):
    """Return a shape as a tuple, once it is sure that it holds as many elements as x."""
    shape = tuple([at_least("shape", size, 1) for size in shape])
    if prod(shape) != prod(x):
        raise ConvcostError(f"shape {shape!r} must have {prod(x)} elements in all")
    return shape
