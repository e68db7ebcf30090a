"""Pooling: one value for each window, the largest or the mean."""

from ..errors import ConvcostError
from .base import Layer, at_least, pair, spatial
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

    def output_shape(self, x):
        kernel, padding = pair("kernel_size", self.kernel_size), pair("padding", self.padding, 0)
        if 2 * padding[0] > kernel[0] or 2 * padding[1] > kernel[1]:
            raise ConvcostError(f"padding {self.padding} is more than half of kernel {self.kernel_size}")
        return (x[0], *window_shape(self, x, ceil_mode=self.ceil_mode))

    def steps(self, y):
        """Return (outputs, joins): the windows, and the two-operand steps that reduce all of them."""
        kernel_height, kernel_width = pair("kernel_size", self.kernel_size)
        outputs = y[0] * y[1] * y[2]
        return outputs, outputs * (kernel_height * kernel_width - 1)


class MaxPool2d(_Pool):
    """Largest value of each window, per channel; padded cells are compared too."""

    kernel_size: int
    stride: int = None
    padding: int = 0
    ceil_mode: bool = False

    def operations(self, x, y):
        return {"comparisons": self.steps(y)[1]}


class AvgPool2d(_Pool):
    """Mean of each window, per channel; padded cells count as zeros."""

    kernel_size: int
    stride: int = None
    padding: int = 0
    ceil_mode: bool = False

    def operations(self, x, y):
        outputs, joins = self.steps(y)
        return {"additions": joins, "divisions": outputs}


class AdaptiveAvgPool2d(Layer):
    """Mean over a grid of output_size windows (a number, or rows and columns) that cover the whole map; 1 is
    global pooling.
    """

    output_size: int
    short_name = "pool"
    is_global = True

    def output_shape(self, x):
        spatial(x)
        return (x[0], *pair("output_size", self.output_size))

    def steps(self, x, y):
        """Return (outputs, joins): the windows, and the two-operand steps that reduce all of them."""
        rows, columns = [
            sum([-(-(i + 1) * size // n) - i * size // n for i in range(n)]) for size, n in zip(x[1:], y[1:])
        ]
        outputs = y[0] * y[1] * y[2]
        return outputs, y[0] * rows * columns - outputs

    def operations(self, x, y):
        outputs, joins = self.steps(x, y)
        return {"additions": joins, "divisions": outputs}


class AdaptiveMaxPool2d(AdaptiveAvgPool2d):
    """The largest value of each window of such a grid."""

    output_size: int

    def operations(self, x, y):
        return {"comparisons": self.steps(x, y)[1]}
