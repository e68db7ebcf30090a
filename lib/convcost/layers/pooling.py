"""Pooling: one value for each window, the largest or the mean."""

from ..errors import ConvcostError
from .base import Layer, Pair, Shape, pair, spatial
from .convolution import window_shape


class _Pool(Layer):
    """A window that slides over each channel by itself; the stride is the kernel size unless given."""

    short_name = "pool"
    has_window = True
    dilation = 1

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        if self.stride is None:
            self.__dict__["stride"] = self.kernel_size

    def output_shape(self, x: Shape) -> Shape:
        kernel, padding = pair("kernel_size", self.kernel_size), pair("padding", self.padding, 0)
        if 2 * padding[0] > kernel[0] or 2 * padding[1] > kernel[1]:
            raise ConvcostError(f"padding {self.padding} is more than half of kernel {self.kernel_size}")
        return (x[0], *window_shape(self, x, ceil_mode=self.ceil_mode))

    def steps(self, y: Shape):
        """Return (outputs, joins): the windows, and the two-operand steps that reduce all of them."""
        kernel_height, kernel_width = pair("kernel_size", self.kernel_size)
        outputs = y[0] * y[1] * y[2]
        return outputs, outputs * (kernel_height * kernel_width - 1)


class MaxPool2d(_Pool):
    """Largest value of each window, per channel; padded cells are compared too.

    kernel_size: sides of the window; stride: cells from one window to the next, the kernel size unless given;
    padding: cells around the map on each side, at most half of the kernel; each is one number or (vertical,
    horizontal). ceil_mode: whether a last, partly filled window counts.
    """

    kernel_size: Pair
    stride: Pair | None = None
    padding: Pair = 0
    ceil_mode: bool = False

    def operations(self, x: Shape, y: Shape) -> dict[str, int]:
        return {"comparisons": self.steps(y)[1]}


class AvgPool2d(_Pool):
    """Mean of each window, per channel; padded cells count as zeros.

    kernel_size: sides of the window; stride: cells from one window to the next, the kernel size unless given;
    padding: cells around the map on each side, at most half of the kernel; each is one number or (vertical,
    horizontal). ceil_mode: whether a last, partly filled window counts.
    """

    kernel_size: Pair
    stride: Pair | None = None
    padding: Pair = 0
    ceil_mode: bool = False

    def operations(self, x: Shape, y: Shape) -> dict[str, int]:
        outputs, joins = self.steps(y)
        return {"additions": joins, "divisions": outputs}


class AdaptiveAvgPool2d(Layer):
    """Mean over a grid of windows that cover the whole map.

    output_size: windows along each side, one number or (rows, columns); 1 is global pooling.
    """

    output_size: Pair
    short_name = "pool"
    is_global = True

    def output_shape(self, x: Shape) -> Shape:
        spatial(x)
        return (x[0], *pair("output_size", self.output_size))

    def steps(self, x: Shape, y: Shape) -> tuple[int, int]:
        """Return (outputs, joins): the windows, and the two-operand steps that reduce all of them."""
        rows, columns = [
            sum([-(-(i + 1) * size // n) - i * size // n for i in range(n)]) for size, n in zip(x[1:], y[1:])
        ]
        outputs = y[0] * y[1] * y[2]
        return outputs, y[0] * rows * columns - outputs

    def operations(self, x: Shape, y: Shape) -> dict[str, int]:
        outputs, joins = self.steps(x, y)
        return {"additions": joins, "divisions": outputs}


class AdaptiveMaxPool2d(AdaptiveAvgPool2d):
    """The largest value of each window of a grid that covers the whole map.

    output_size: windows along each side, one number or (rows, columns).
    """

    output_size: Pair

    def operations(self, x: Shape, y: Shape) -> dict[str, int]:
        return {"comparisons": self.steps(x, y)[1]}
