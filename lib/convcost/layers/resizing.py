"""Maps made larger, or smaller, without weights."""

from math import prod

from ..errors import ConvcostError
from .base import Layer, Pair, Shape, Sides, pair, spatial
from .convolution import window_shape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal


class Upsample(Layer):
    """Each channel at another size.

    size: of the output, one number or (height, width); mode: "nearest" repeats cells and computes nothing,
    "bilinear" weights the four nearest cells of each output, "bicubic" sixteen; antialias: a smaller map is made of
    all cells in reach: two or four, times the factor by which it shrinks, in each direction.
    """

    CELLS = {"nearest": 1, "bilinear": 4, "bicubic": 16}
    size: Pair
    mode: "Literal['nearest', 'bilinear', 'bicubic']" = "nearest"
    antialias: bool = False
    short_name = "up"
    has_window = True

    def window(self) -> Sides:
        raise ConvcostError("the receptive field of a network that enlarges its maps is not counted")

    def output_shape(self, x: Shape) -> Shape:
        if self.mode not in self.CELLS:
            raise ConvcostError(f"mode must be 'nearest', 'bilinear' or 'bicubic', not {self.mode!r}")
        if self.antialias and self.mode == "nearest":
            raise ConvcostError("antialias is for modes 'bilinear' and 'bicubic'")
        return (spatial(x)[0], *pair("size", self.size))

    def reach(self, old: int, new: int) -> list[tuple[int, int]]:
        """Return, for each place of the new side, the first and the end of the old places in reach."""
        scale = old / new
        support = self.CELLS[self.mode] ** 0.5 / 2 * max(scale, 1)
        centres = [scale * (i + 0.5) for i in range(new)]
        return [(max(int(c - support + 0.5), 0), min(int(c + support + 0.5), old)) for c in centres]

    def operations(self, x: Shape, y: Shape) -> dict[str, int]:
        cells, n = self.CELLS[self.mode], prod(y)
        if self.antialias:
            rows, columns = [sum([end - start for start, end in self.reach(*sides)]) for sides in zip(x[1:], y[1:])]
            return {"multiplications": y[0] * rows * columns, "additions": y[0] * rows * columns - n}
        return {} if cells == 1 else {"multiplications": cells * n, "additions": (cells - 1) * n}


class Unfold(Layer):
    """The cells of each window as one column: (C, H, W) -> (C k^2, windows). It moves data.

    kernel_size, stride, padding and dilation: of the window, as in `Conv2d`.
    """

    kernel_size: Pair
    stride: Pair = 1
    padding: Pair = 0
    dilation: Pair = 1
    short_name = "unfold"
    is_global = True

    def output_shape(self, x: Shape) -> Shape:
        rows, columns = window_shape(self, x, self.dilation)
        return (x[0] * prod(pair("kernel_size", self.kernel_size)), rows * columns)


class Fold(Layer):
    """Columns of windows put back into a map, added up where windows overlap: what Unfold undoes.

    output_size: of that map, one number or (height, width); kernel_size, stride, padding and dilation: of the
    window, as in `Conv2d`.
    """

    output_size: Pair
    kernel_size: Pair
    stride: Pair = 1
    padding: Pair = 0
    dilation: Pair = 1
    short_name = "fold"
    is_global = True

    def output_shape(self, x: Shape) -> Shape:
        cells, size = prod(pair("kernel_size", self.kernel_size)), pair("output_size", self.output_size)
        rows, columns = window_shape(self, (1, *size), self.dilation)
        if len(x) != 2 or x[0] % cells or x[1] != rows * columns:
            windows = rows * columns
            raise ConvcostError(f"needs columns of {cells} cells a channel, one for each of {windows} windows")
        return (x[0] // cells, *size)

    def operations(self, x: Shape, y: Shape) -> dict[str, int]:
        return {"additions": prod(x)}
