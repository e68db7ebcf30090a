"""The checks of a layer's input, shared by the loop definitions and the fast versions.

Each raises ConvcostError, a ValueError, with one line: what was wrong, with shapes, and what is allowed.
"""

import operator
from dataclasses import dataclass

from ..errors import ConvcostError
from .arrays import Pair, shape_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .arrays import ArrayLike


@dataclass(frozen=True)
class Window:
    """How a kernel slides over a plane. Every field is a (height, width) pair."""

    plane: tuple[int, int]
    kernel: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int]
    dilation: tuple[int, int]
    output: tuple[int, int]

    @property
    def span(self) -> tuple[int, int]:
        """Rows and columns from the first to the last element of a dilated kernel."""
        return tuple(d * (k - 1) + 1 for k, d in zip(self.kernel, self.dilation))

    @property
    def frame(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Rows (top, bottom) and columns (left, right) of padding that the windows really touch."""
        last = [(n - 1) * stride + span for n, stride, span in zip(self.output, self.stride, self.span)]
        return tuple((p, max(0, end - p - size)) for p, end, size in zip(self.padding, last, self.plane))

    def divisors(self, count_include_pad: bool) -> list[list[int]]:
        """For every row of windows, and every column, how many cells the mean of a window is taken over."""
        cells = []
        for size, k, s, p, n in zip(self.plane, self.kernel, self.stride, self.padding, self.output):
            first, end = (0, size + 2 * p) if count_include_pad else (p, size + p)
            cells.append([min(i * s + k, end) - max(i * s, first) for i in range(n)])
        return cells


def is_integer(value: object, least: int) -> bool:
    try:
        return operator.index(value) >= least and not isinstance(value, bool)
    except TypeError:
        return False


def integer(value: object, name: str, least: int) -> int:
    if not is_integer(value, least):
        raise ConvcostError(f"{name} must be an integer of at least {least}, got {value!r}")
    return operator.index(value)


def pair(name: str, value: object, least: int) -> tuple[int, int]:
    """An integer stands for both directions: 3 -> (3, 3)."""
    both = value if isinstance(value, tuple) else (value, value)
    if len(both) != 2 or not all(is_integer(one, least) for one in both):
        raise ConvcostError(
            f"{name} must be an integer of at least {least} or a tuple (height, width) of two, got {value!r}"
        )
    return tuple(map(operator.index, both))


def dimensions(x: object, name: str, meaning: str, rank: int) -> tuple[int, ...]:
    """The shape of x, which must have `rank` dimensions, none of them empty."""
    shape = shape_of(x, name)
    if len(shape) != rank or 0 in shape:
        raise ConvcostError(f"{name} must have the shape {meaning} with no empty dimension, got {shape}")
    return shape


def image(x: object) -> tuple[int, ...]:
    return dimensions(x, "x", "(N, C, H, W)", 4)


def vector(x: object, name: str, length: int, of_what: str) -> None:
    """An optional array of one number per channel."""
    if x is not None and shape_of(x, name) != (length,):
        shape = shape_of(x, name)
        raise ConvcostError(f"{name} must have the shape ({length},), one number per {of_what}, got {shape}")


def group_count(groups: object, channels: int, name: str = "channels") -> int:
    groups = integer(groups, "groups", 1)
    if channels % groups:
        raise ConvcostError(f"groups must divide the {name}, got groups={groups} for {channels} {name}")
    return groups


def window_over(
    shape: tuple[int, ...],
    kernel: tuple[int, int],
    stride: Pair,
    padding: Pair,
    dilation: Pair,
    ceil_mode: bool = False,
) -> Window:
    """The window of a kernel over planes of an (N, C, H, W) shape; the kernel must fit the padded plane."""
    stride, dilation = pair("stride", stride, 1), pair("dilation", dilation, 1)
    padding = pair("padding", padding, 0)
    output = []
    for size, k, s, p, d in zip(shape[2:], kernel, stride, padding, dilation):
        free = size + 2 * p - d * (k - 1) - 1  # steps of 1 that the kernel can make
        steps = -(-free // s) if ceil_mode else free // s
        if ceil_mode and steps * s >= size + p:  # as in torch: no window starts behind the last real row
            steps -= 1
        if steps < 0:
            raise ConvcostError(
                f"the {kernel[0]}x{kernel[1]} kernel (dilation {dilation}) does not fit "
                f"the {shape[2]}x{shape[3]} planes of x {shape} with padding {padding}"
            )
        output.append(steps + 1)
    return Window(shape[2:], tuple(kernel), stride, padding, dilation, tuple(output))


def conv2d(
    x: "ArrayLike",
    weight: "ArrayLike",
    bias: "ArrayLike | None",
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
    groups: int = 1,
) -> Window:
    x_shape = image(x)
    w_shape = dimensions(weight, "weight", "(C_out, C_in / groups, kh, kw)", 4)
    groups = group_count(groups, x_shape[1], "input channels")
    group_count(groups, w_shape[0], "output channels")
    if w_shape[1] * groups != x_shape[1]:
        raise ConvcostError(
            f"weight {w_shape} takes {w_shape[1]} channels in each of {groups} group(s), "
            f"but x {x_shape} has {x_shape[1]} channels: {x_shape[1] // groups} per group"
        )
    vector(bias, "bias", w_shape[0], "output channel")
    return window_over(x_shape, w_shape[2:], stride, padding, dilation)


def depthwise(
    x: "ArrayLike",
    weight: "ArrayLike",
    bias: "ArrayLike | None",
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
) -> Window:
    channels, w_shape = image(x)[1], dimensions(weight, "weight", "(C_out, 1, kh, kw)", 4)
    if w_shape[1] != 1 or w_shape[0] % channels:
        raise ConvcostError(
            f"a depthwise weight must have the shape (m * {channels}, 1, kh, kw) "
            f"for the {channels} channels of x, got {w_shape}"
        )
    return conv2d(x, weight, bias, stride, padding, dilation, groups=channels)


def pointwise(x: "ArrayLike", weight: "ArrayLike", bias: "ArrayLike | None") -> None:
    shape = dimensions(weight, "weight", "(C_out, C_in, 1, 1)", 4)
    if shape[2:] != (1, 1):
        raise ConvcostError(f"a pointwise weight must have the shape (C_out, C_in, 1, 1), got {shape}")
    conv2d(x, weight, bias)


def pool(
    x: "ArrayLike", kernel_size: Pair, stride: Pair | None, padding: Pair, dilation: Pair, ceil_mode: bool
) -> Window:
    kernel = pair("kernel_size", kernel_size, 1)
    window = window_over(image(x), kernel, kernel if stride is None else stride, padding, dilation, ceil_mode)
    if any(2 * p > k for p, k in zip(window.padding, kernel)):  # as in torch
        raise ConvcostError(f"padding must be at most half of the kernel {kernel}, got {window.padding}")
    return window


def linear(x: "ArrayLike", weight: "ArrayLike", bias: "ArrayLike | None") -> None:
    x_shape = dimensions(x, "x", "(N, in_features)", 2)
    w_shape = dimensions(weight, "weight", "(out_features, in_features)", 2)
    if x_shape[1] != w_shape[1]:
        raise ConvcostError(f"weight {w_shape} takes {w_shape[1]} features, but x {x_shape} has {x_shape[1]}")
    vector(bias, "bias", w_shape[0], "output feature")


def channels_first(x: "ArrayLike", *vectors: tuple[str, object]) -> None:
    """x has the shape (N, C, ...), and each of the (name, vector) pairs holds one number per channel."""
    shape = shape_of(x)
    if len(shape) < 2 or 0 in shape:
        raise ConvcostError(f"x must have the shape (N, C, ...) with no empty dimension, got {shape}")
    for name, value in vectors:
        dimensions(value, name, "(C,)", 1)
        vector(value, name, shape[1], "channel of x")


def statistics(
    running_mean: "ArrayLike", running_var: "ArrayLike", weight: "ArrayLike | None", bias: "ArrayLike | None"
) -> None:
    channels = dimensions(running_mean, "running_mean", "(C,)", 1)[0]
    dimensions(running_var, "running_var", "(C,)", 1)
    for name, value in (("running_var", running_var), ("weight", weight), ("bias", bias)):
        vector(value, name, channels, "channel")


def shuffle(x: "ArrayLike", groups: int) -> int:
    return group_count(groups, image(x)[1])


def axis_of(x: "ArrayLike", axis: object) -> int:
    """The axis counted from the front: -1 is the last one."""
    shape = shape_of(x)
    if not isinstance(axis, int) or not -len(shape) <= axis < len(shape) or 0 in shape:
        raise ConvcostError(f"axis must be one of the {len(shape)} axes of x {shape}, got {axis!r}")
    return axis % len(shape)
