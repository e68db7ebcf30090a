"""The layers of `convcost.reference.loops` again, in a few lines of NumPy each: the fast version, to be run.

Arguments and meaning are explained there. A convolution is one batched matrix product: the windows of the
input are laid out as columns (often called im2col), and the weights of each group multiply them all at once.
"""

from convcost.extras import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from . import checks
from .arrays import Pair

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .arrays import ArrayLike


def windows_of(x: np.ndarray, window: checks.Window, fill: float = 0) -> np.ndarray:
    """All windows of x (N, C, H, W): a view of shape (N, C, H_out, W_out, kh, kw) on the padded x."""
    if any(map(any, window.frame)):
        padded = x.astype(np.result_type(x, fill), copy=False)
        x = np.pad(padded, ((0, 0), (0, 0), *window.frame), constant_values=fill)
    (sh, sw), (dh, dw) = window.stride, window.dilation
    return sliding_window_view(x, window.span, axis=(2, 3))[:, :, ::sh, ::sw, ::dh, ::dw]


def conv2d(
    x: "ArrayLike",
    weight: "ArrayLike",
    bias: "ArrayLike | None" = None,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
    groups: int = 1,
) -> np.ndarray:
    """x (N, C_in, H, W), weight (C_out, C_in / groups, kh, kw), bias (C_out,) -> (N, C_out, H_out, W_out)."""
    x, weight = np.asarray(x), np.asarray(weight)
    window = checks.conv2d(x, weight, bias, stride, padding, dilation, groups)
    (batch, _, _, _), (out_channels, group_size, kh, kw) = x.shape, weight.shape
    columns = windows_of(x, window).transpose(0, 1, 4, 5, 2, 3)  # N, C_in, kh, kw, H_out, W_out
    columns = columns.reshape(batch, groups, group_size * kh * kw, -1)
    y = weight.reshape(groups, out_channels // groups, -1) @ columns
    y = y.reshape(batch, out_channels, *window.output)
    return y if bias is None else y + np.reshape(bias, (-1, 1, 1))


def depthwise_conv2d(
    x: "ArrayLike",
    weight: "ArrayLike",
    bias: "ArrayLike | None" = None,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
) -> np.ndarray:
    """x (N, C, H, W), weight (m C, 1, kh, kw), bias (m C,) -> (N, m C, H_out, W_out): C groups."""
    checks.depthwise(x, weight, bias, stride, padding, dilation)
    return conv2d(x, weight, bias, stride, padding, dilation, groups=np.shape(x)[1])


def pointwise_conv2d(x: "ArrayLike", weight: "ArrayLike", bias: "ArrayLike | None" = None) -> np.ndarray:
    """x (N, C_in, H, W), weight (C_out, C_in, 1, 1), bias (C_out,) -> (N, C_out, H, W): one product."""
    x, weight = np.asarray(x), np.asarray(weight)
    checks.pointwise(x, weight, bias)
    y = weight[:, :, 0, 0] @ x.reshape(*x.shape[:2], -1)
    y = y.reshape(-1, len(weight), *x.shape[2:])
    return y if bias is None else y + np.reshape(bias, (-1, 1, 1))


def group_conv2d(
    x: "ArrayLike",
    weight: "ArrayLike",
    groups: int,
    bias: "ArrayLike | None" = None,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
) -> np.ndarray:
    """x (N, C_in, H, W), weight (C_out, C_in / groups, kh, kw), bias (C_out,) -> (N, C_out, H_out, W_out)."""
    return conv2d(x, weight, bias, stride, padding, dilation, groups)


def channel_shuffle(x: "ArrayLike", groups: int) -> np.ndarray:
    """x (N, C, H, W) -> the same shape: as a table of groups by C / groups channels, read by columns."""
    x = np.asarray(x)
    checks.shuffle(x, groups)
    return x.reshape(len(x), groups, -1, *x.shape[2:]).swapaxes(1, 2).reshape(x.shape)


def channel_unshuffle(x: "ArrayLike", groups: int) -> np.ndarray:
    """Undo `channel_shuffle(x, groups)`: x (N, C, H, W) -> the same shape."""
    x = np.asarray(x)
    checks.shuffle(x, groups)
    return x.reshape(len(x), -1, groups, *x.shape[2:]).swapaxes(1, 2).reshape(x.shape)


def max_pool2d(
    x: "ArrayLike",
    kernel_size: Pair,
    stride: Pair | None = None,
    padding: Pair = 0,
    dilation: Pair = 1,
    ceil_mode: bool = False,
) -> np.ndarray:
    """x (N, C, H, W) -> (N, C, H_out, W_out): the largest value of every window."""
    x = np.asarray(x)
    window = checks.pool(x, kernel_size, stride, padding, dilation, ceil_mode)
    return windows_of(x, window, fill=-np.inf).max(axis=(4, 5)).astype(x.dtype, copy=False)


def avg_pool2d(
    x: "ArrayLike",
    kernel_size: Pair,
    stride: Pair | None = None,
    padding: Pair = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> np.ndarray:
    """x (N, C, H, W) -> (N, C, H_out, W_out): the mean of every window."""
    x = np.asarray(x)
    window = checks.pool(x, kernel_size, stride, padding, 1, ceil_mode)
    sums = windows_of(x, window).sum(axis=(4, 5))
    return sums / np.outer(*window.divisors(count_include_pad)).astype(np.result_type(x, 1.0))


def global_avg_pool2d(x: "ArrayLike") -> np.ndarray:
    """x (N, C, H, W) -> (N, C, 1, 1): the mean of every channel."""
    checks.image(x)
    return np.mean(x, axis=(2, 3), keepdims=True)


def linear(x: "ArrayLike", weight: "ArrayLike", bias: "ArrayLike | None" = None) -> np.ndarray:
    """x (N, in_features), weight (out_features, in_features), bias (out_features,) -> (N, out_features)."""
    checks.linear(x, weight, bias)
    y = np.asarray(x) @ np.transpose(weight)
    return y if bias is None else y + bias


def fold_batch_norm(
    running_mean: "ArrayLike",
    running_var: "ArrayLike",
    weight: "ArrayLike | None" = None,
    bias: "ArrayLike | None" = None,
    eps: float = 1e-5,
) -> tuple[np.ndarray, np.ndarray]:
    """The scale and the shift, each (C,), to which batch normalization comes down in inference."""
    checks.statistics(running_mean, running_var, weight, bias)
    scale = (1 if weight is None else np.asarray(weight)) / np.sqrt(np.asarray(running_var) + eps)
    return scale, (0 if bias is None else bias) - running_mean * scale


def scale_and_shift(x: "ArrayLike", scale: "ArrayLike", shift: "ArrayLike") -> np.ndarray:
    """x (N, C, ...) times scale (C,) plus shift (C,)."""
    checks.channels_first(x, ("scale", scale), ("shift", shift))
    per_channel = (-1,) + (1,) * (np.ndim(x) - 2)
    return x * np.reshape(scale, per_channel) + np.reshape(shift, per_channel)


def batch_norm(
    x: "ArrayLike",
    running_mean: "ArrayLike",
    running_var: "ArrayLike",
    weight: "ArrayLike | None" = None,
    bias: "ArrayLike | None" = None,
    eps: float = 1e-5,
) -> np.ndarray:
    """Batch normalization in inference: x (N, C, ...) -> the same shape; all other arrays (C,)."""
    checks.channels_first(x, ("running_mean", running_mean), ("running_var", running_var))
    return scale_and_shift(x, *fold_batch_norm(running_mean, running_var, weight, bias, eps))


def local_response_norm(
    x: "ArrayLike", size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> np.ndarray:
    """x (N, C, H, W) -> the same shape, divided by a power of the squares of `size` neighbouring channels."""
    checks.image(x)
    checks.integer(size, "size", 1)
    squares = np.pad(np.square(x), ((0, 0), (size // 2, (size - 1) // 2), (0, 0), (0, 0)))
    sums = sliding_window_view(squares, size, axis=1).sum(axis=-1)
    return x / (k + alpha / size * sums) ** beta


def relu(x: "ArrayLike") -> np.ndarray:
    """max(x, 0) of every element; any shape."""
    return np.maximum(x, 0)


def relu6(x: "ArrayLike") -> np.ndarray:
    """min(max(x, 0), 6) of every element; any shape."""
    return np.clip(x, 0, 6)


def sigmoid(x: "ArrayLike") -> np.ndarray:
    """1 / (1 + exp(-x)) of every element, written so that it cannot overflow; any shape."""
    return np.exp(-np.logaddexp(0, np.negative(x)))


def tanh(x: "ArrayLike") -> np.ndarray:
    """1 - 2 / (exp(2 x) + 1) of every element; any shape."""
    return np.tanh(x)


def softmax(x: "ArrayLike", axis: int = -1) -> np.ndarray:
    """exp(x) divided by its sum along the axis; any shape."""
    checks.axis_of(x, axis)
    powers = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)
