"""Elements moved, repeated or stored: views, transposes, windows, pixels, stored values; nothing is computed."""

from math import prod

from ..errors import ConvcostError
from .base import Layer, Numbers, Shape, Sides, at_least, listed, spatial


def reshaped(shape: Shape, x: Shape) -> Shape:
    """Return a shape as a tuple, once it is sure that it holds as many elements as x."""
    shape = tuple([at_least("shape", size, 1) for size in shape])
    if prod(shape) != prod(x):
        raise ConvcostError(f"shape {shape!r} must have {prod(x)} elements in all")
    return shape


class View(Layer):
    """The same elements, in their order, under another shape: tokens, windows. shape: of the output."""

    shape: Numbers
    short_name = "view"
    written = "torch.reshape"
    is_view = True
    is_global = True

    def output_shape(self, x: Shape) -> Shape:
        return reshaped(self.shape, x)


class Rearrange(Layer):
    """Elements in another order, some left out or repeated: a transpose, windows, a flip. It moves data and
    computes nothing.

    shape: of the output; digits: the sizes and strides, as pairs, of the elements as `torch.as_strided` takes them
    from the flat map before they get their shape; offset: the first place there.
    """

    shape: Numbers
    digits: tuple[tuple[int, int], ...]
    offset: int = 0
    short_name = "rearrange"
    written = "torch.as_strided"
    is_global = True

    def output_shape(self, x: Shape) -> Shape:
        shape = tuple([at_least("shape", size, 1) for size in self.shape])
        reach = [(size - 1) * stride for size, stride in self.digits]
        low = self.offset + sum([far for far in reach if far < 0])
        high = self.offset + sum([far for far in reach if far > 0])
        if low < 0 or high >= prod(x) or prod([size for size, _ in self.digits]) != prod(shape):
            raise ConvcostError(f"{self.digits!r} from {self.offset} is no part of a map of {prod(x)} elements")
        return shape


class Scatter(Layer):
    """A map with the values of another one written over some of its places. It moves data.

    digits: the sizes and strides, as pairs, of these places, as `torch.as_strided_scatter` takes them in the flat
    map; offset: the first of them.
    """

    digits: tuple[tuple[int, int], ...]
    offset: int = 0
    short_name = "scatter"
    written = "torch.as_strided_scatter"
    arity = 2
    is_global = True

    def output_shape(self, x: Shape, part: Shape) -> Shape:
        high = self.offset + sum([(size - 1) * stride for size, stride in self.digits])
        if not 0 <= self.offset <= high < prod(x) or prod([size for size, _ in self.digits]) != prod(part):
            where = f"{self.digits!r} from {self.offset}"
            raise ConvcostError(f"{where} is no place for {prod(part)} of {prod(x)} values")
        return x


class Roll(Layer):
    """Every place moved on in a circle (shifted windows). shifts: by how many places, for each axis of the map."""

    shifts: Numbers
    short_name = "roll"
    written = "torch.roll"
    is_global = True

    def output_shape(self, x: Shape) -> Shape:
        if len(self.shifts) != len(x):
            wanted = f"{len(x)} numbers for a map of {listed([x])}"
            raise ConvcostError(f"shifts must name {wanted}, not {self.shifts!r}")
        return x


class IndexSelect(Layer):
    """Some places of an axis in the given order, repeated or not.

    axis: 0 for channels, 1 for rows, 2 for columns; indices: the places, from 0.
    """

    axis: int
    indices: Numbers
    short_name = "select"
    written = "[]"
    is_global = True

    def output_shape(self, x: Shape) -> Shape:
        axis, indices = at_least("axis", self.axis, 0), tuple(self.indices)
        if axis >= len(x) or not indices or any(not isinstance(i, int) or not 0 <= i < x[axis] for i in indices):
            raise ConvcostError(f"indices must be places on axis {axis} of a map of {listed([x])}")
        return (*x[:axis], len(indices), *x[axis + 1 :])


class PixelShuffle(Layer):
    """Channels in blocks of r x r pixels: (C r^2, H, W) -> (C, H r, W r) (Shi et al. 2016). It moves data.

    upscale_factor: r.
    """

    upscale_factor: int
    short_name = "shuffle"
    has_window = True

    def window(self) -> Sides:
        raise ConvcostError("the receptive field of a network that enlarges its maps is not counted")

    def output_shape(self, x: Shape) -> Shape:
        r, (channels, height, width) = at_least("upscale_factor", self.upscale_factor, 1), spatial(x)
        if channels % r**2:
            raise ConvcostError(f"upscale_factor={r}: its square must divide its {channels} input channels")
        return (channels // r**2, height * r, width * r)


class PixelUnshuffle(Layer):
    """Blocks of r x r pixels as channels, also called space to depth: (C, H r, W r) -> (C r^2, H, W).

    downscale_factor: r.
    """

    downscale_factor: int
    short_name = "unshuffle"
    has_window = True

    def window(self) -> Sides:
        side = self.downscale_factor, self.downscale_factor
        return side, side, (0, 0), (1, 1)

    def output_shape(self, x: Shape) -> Shape:
        r, (channels, height, width) = at_least("downscale_factor", self.downscale_factor, 1), spatial(x)
        if height % r or width % r:
            raise ConvcostError(f"downscale_factor={r} must divide the sides of its input {height}x{width}")
        return (channels * r**2, height // r, width // r)


class Stored(Layer):
    """Values that the network stores, whatever the image is: the state in which a recurrent layer starts, a table
    that further layers are computed from. shape: of the output; trained: they are parameters.
    """

    shape: Numbers
    trained: bool = True
    short_name = "stored"
    written = "own code"
    is_global = True

    def output_shape(self, x: Shape) -> Shape:
        return tuple([at_least("shape", size, 1) for size in self.shape])

    def weights(self, x: Shape) -> dict[str, Shape]:
        return {"weight": tuple(self.shape)} if self.trained else {}

    def buffers(self, x: Shape) -> dict[str, Shape]:
        return {} if self.trained else {"weight": tuple(self.shape)}


class ConcatStored(Layer):
    """A map between stored values along an axis: class tokens, coordinates.

    before: how many stand in front; after: how many behind; axis: 0 for channels, 1 for rows, 2 for columns;
    trained: the stored tensor is a parameter.
    """

    before: int
    after: int = 0
    axis: int = 0
    trained: bool = True
    short_name = "concat"
    written = "torch.cat"
    is_global = True

    def output_shape(self, x: Shape) -> Shape:
        axis = at_least("axis", self.axis, 0)
        more = at_least("before", self.before, 0) + at_least("after", self.after, 0)
        if axis >= len(x):
            raise ConvcostError(f"axis={axis} is not one of a map of {listed([x])}")
        return (*x[:axis], x[axis] + more, *x[axis + 1 :])

    def stored(self, x: Shape) -> dict[str, Shape]:
        return {"weight": (*x[: self.axis], self.before + self.after, *x[self.axis + 1 :])}

    def weights(self, x: Shape) -> dict[str, Shape]:
        return self.stored(x) if self.trained else {}

    def buffers(self, x: Shape) -> dict[str, Shape]:
        return {} if self.trained else self.stored(x)
