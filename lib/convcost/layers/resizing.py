"""Maps made larger, or smaller, without weights."""

from math import prod

from ..errors import ConvcostError
from .base import Layer, pair, spatial


class Upsample(Layer):
    """Each channel at another size (a number, or height and width). mode: "nearest" repeats cells and computes
    nothing; "bilinear" weights the four nearest cells of each output, "bicubic" sixteen.
    """

    CELLS = {"nearest": 1, "bilinear": 4, "bicubic": 16}
    size: int
    mode: str = "nearest"
    short_name = "up"
    has_window = True

    def window(self):
        raise ConvcostError("the receptive field of a network that enlarges its maps is not counted")

    def output_shape(self, x):
        if self.mode not in self.CELLS:
            raise ConvcostError(f"mode must be 'nearest', 'bilinear' or 'bicubic', not {self.mode!r}")
        return (spatial(x)[0], *pair("size", self.size))

    def operations(self, x, y):
        cells, n = self.CELLS[self.mode], prod(y)
        return {} if cells == 1 else {"multiplications": cells * n, "additions": (cells - 1) * n}
