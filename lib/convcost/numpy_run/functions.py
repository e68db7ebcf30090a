"""Layers in NumPy that the reference layers do not have: f(*input arrays, options) -> output array, N first.

Shapes and meaning are those of the layer kinds of the same name.
"""

from collections.abc import Callable
from math import erf

from convcost.extras import numpy as np

from .. import reference

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..layers import Upsample


def adaptive_pool2d(reduce: Callable, x: np.ndarray, output_size: tuple[int, int]) -> np.ndarray:
    """Window i of n on an axis of `size` cells goes from floor(i size / n) to ceil((i + 1) size / n).

    reduce: np.mean or np.max; output_size: (rows, columns) of windows.
    """

    def windows(size, n):
        return [slice(i * size // n, -(-(i + 1) * size // n)) for i in range(n)]

    return np.block(
        [
            [
                reduce(x[:, :, rows, columns], axis=(2, 3), keepdims=True)
                for columns in windows(x.shape[3], output_size[1])
            ]
            for rows in windows(x.shape[2], output_size[0])
        ]
    )


def conv_transpose2d(
    x: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray | None,
    stride: tuple[int, int],
    padding: tuple[int, int],
    output_padding: tuple[int, int],
    dilation: tuple[int, int],
    groups: int,
) -> np.ndarray:
    """Each input value times the kernel, added into a plane from which the padding is cut off in the end."""
    batch, channels, height, width = x.shape
    kernel_height, kernel_width = weight.shape[2:]
    span = [
        (n - 1) * s + d * (k - 1) + 1 + o
        for n, s, d, k, o in zip((height, width), stride, dilation, weight.shape[2:], output_padding)
    ]
    grouped = x.reshape(batch, groups, channels // groups, height, width)
    products = np.einsum("bgchw,gcokl->bgoklhw", grouped, weight.reshape(groups, channels // groups, *weight.shape[1:]))
    products = products.reshape(batch, -1, kernel_height, kernel_width, height, width)
    y = np.zeros((*products.shape[:2], *span), products.dtype)
    for u, v in np.ndindex(kernel_height, kernel_width):
        rows = slice(u * dilation[0], u * dilation[0] + (height - 1) * stride[0] + 1, stride[0])
        columns = slice(v * dilation[1], v * dilation[1] + (width - 1) * stride[1] + 1, stride[1])
        y[:, :, rows, columns] += products[:, :, u, v]
    y = y[:, :, padding[0] : span[0] - padding[0], padding[1] : span[1] - padding[1]]
    return y if bias is None else y + bias[:, None, None]


def leaky_relu(x: np.ndarray, slope: float | np.ndarray) -> np.ndarray:
    return np.where(x > 0, x, slope * x)


def per_channel(tensor: np.ndarray, x: np.ndarray) -> np.ndarray:
    """One number per channel, shaped so that it meets the channels of x."""
    return tensor.reshape(-1, *[1] * (x.ndim - 2))


def hardsigmoid(x: np.ndarray) -> np.ndarray:
    return np.clip(x + 3, 0, 6) / 6


def gelu(x: np.ndarray) -> np.ndarray:
    return x / 2 * (1 + np.vectorize(erf, otypes=[x.dtype])(x / np.sqrt(2).astype(x.dtype)))


def log_softmax(x: np.ndarray) -> np.ndarray:
    shifted = x - x.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def layer_norm(
    x: np.ndarray, weight: np.ndarray | None = None, bias: np.ndarray | None = None, eps: float | None = 1e-5
) -> np.ndarray:
    return _affine((x - x.mean(axis=1, keepdims=True)) / np.sqrt(x.var(axis=1, keepdims=True) + eps), weight, bias)


def layer_norm_of_a_map(
    x: np.ndarray, weight: np.ndarray | int = 1, bias: np.ndarray | int = 0, eps: float | None = 1e-5
) -> np.ndarray:
    axes = tuple(range(1, x.ndim))
    centred = x - x.mean(axis=axes, keepdims=True)
    return centred / np.sqrt(x.var(axis=axes, keepdims=True) + eps) * weight + bias


def group_norm(
    x: np.ndarray,
    num_groups: int,
    weight: np.ndarray | None = None,
    bias: np.ndarray | None = None,
    eps: float | None = 1e-5,
) -> np.ndarray:
    groups = x.reshape(len(x), num_groups, -1)
    centred = groups - groups.mean(axis=2, keepdims=True)
    return _affine((centred / np.sqrt(groups.var(axis=2, keepdims=True) + eps)).reshape(x.shape), weight, bias)


def _affine(x, weight, bias):
    x = x if weight is None else x * per_channel(weight, x)
    return x if bias is None else x + per_channel(bias, x)


def upsample(x: np.ndarray, size: tuple[int, int], mode: str) -> np.ndarray:
    """As torch's interpolate with align_corners=False: output i is centred on (i + 1/2) scale - 1/2."""
    if mode == "nearest":
        rows, columns = [np.arange(n) * old // n for n, old in zip(size, x.shape[2:])]
        return x[:, :, rows][..., columns]
    for axis, n in zip((2, 3), size):
        old = x.shape[axis]
        place = np.maximum((np.arange(n) + 0.5) * old / n - 0.5, 0)
        first = np.minimum(place.astype(int), old - 1)
        share = (place - first).reshape(-1, *[1] * (3 - axis)).astype(x.dtype)
        after = x.take(np.minimum(first + 1, old - 1), axis)
        x = x.take(first, axis) * (1 - share) + after * share
    return x


def zero_pad2d(x: np.ndarray, left: int, right: int, top: int, bottom: int) -> np.ndarray:
    """A negative number crops."""
    height, width = x.shape[2:]
    x = x[:, :, max(-top, 0) : height + min(bottom, 0), max(-left, 0) : width + min(right, 0)]
    return np.pad(x, [(0, 0), (0, 0), *[(max(a, 0), max(b, 0)) for a, b in ((top, bottom), (left, right))]])


def zero_pad_channels(x: np.ndarray, out_channels: int, stride: int) -> np.ndarray:
    new_channels = out_channels - x.shape[1]
    return np.pad(x[:, :, ::stride, ::stride], ((0, 0), (0, new_channels), (0, 0), (0, 0)))


def radial_basis(x: np.ndarray, centres: np.ndarray) -> np.ndarray:
    return np.square(x[:, None] - centres).sum(axis=-1)


def squash(x: np.ndarray, dim: int) -> np.ndarray:
    """s |s| / (1 + |s|^2) for each capsule s."""
    capsules = x.reshape(len(x), -1, dim, *x.shape[2:])
    squared = np.square(capsules).sum(axis=2, keepdims=True)
    return (capsules * (np.sqrt(squared) / (1 + squared))).reshape(x.shape)


def capsules_to_channels(x: np.ndarray, dim: int) -> np.ndarray:
    return np.moveaxis(x.reshape(len(x), -1, dim, *x.shape[2:]), 2, -1).reshape(len(x), -1, 1, 1)


def routing(x: np.ndarray, capsules: int, dim: int, iterations: int) -> np.ndarray:
    predictions = x.reshape(len(x), -1, capsules, dim)
    logits = np.zeros_like(predictions[..., :1])
    for iteration in range(iterations):
        weighted = reference.softmax(logits, axis=2) * predictions
        above = squash(weighted.sum(axis=1).reshape(len(x), -1, 1, 1), dim)
        if iteration < iterations - 1:
            agreement = predictions * above.reshape(len(x), 1, capsules, dim)
            logits = logits + agreement.sum(axis=-1, keepdims=True)
    return above


def capsule_lengths(x: np.ndarray, dim: int) -> np.ndarray:
    return np.sqrt(np.square(x.reshape(len(x), -1, dim, *x.shape[2:])).sum(axis=2))


def keep_longest(x: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    capsules = x.reshape(len(x), lengths.shape[1], -1, *x.shape[2:])
    longest = np.arange(lengths.shape[1])[:, None, None] == lengths.argmax(axis=1)[:, None]
    return (capsules * longest[:, :, None]).reshape(x.shape)


def gelu_tanh(x: np.ndarray) -> np.ndarray:
    return x / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


def elu(x: np.ndarray, alpha: float = 1.0, divisor: float = 1.0) -> np.ndarray:
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0) / divisor))


def selu(x: np.ndarray) -> np.ndarray:
    return 1.0507009873554805 * elu(x, 1.6732632423543772)


def softplus(x: np.ndarray, beta: float = 1.0, threshold: float = 20.0) -> np.ndarray:
    return np.where(beta * x > threshold, x, np.log1p(np.exp(np.minimum(beta * x, threshold))) / beta)


def mish(x: np.ndarray) -> np.ndarray:
    return x * np.tanh(softplus(x))


def log_sigmoid(x: np.ndarray) -> np.ndarray:
    return -np.log1p(np.exp(-x))


def hardshrink(x: np.ndarray, lambd: float) -> np.ndarray:
    return np.where(np.abs(x) > lambd, x, 0)


def softshrink(x: np.ndarray, lambd: float) -> np.ndarray:
    return np.sign(x) * np.maximum(np.abs(x) - lambd, 0)


ELEMENTWISE = {
    "abs": np.abs,
    "neg": np.negative,
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "rsqrt": lambda x: 1 / np.sqrt(x),
    "reciprocal": np.reciprocal,
    "square": np.square,
    "sign": np.sign,
    "sin": np.sin,
    "cos": np.cos,
    "erf": lambda x: np.vectorize(erf, otypes=[x.dtype])(x),
}


def instance_norm(x: np.ndarray, weight: np.ndarray | None = None, bias: np.ndarray | None = None) -> np.ndarray:
    return group_norm(x, x.shape[1], weight, bias)


def rms_norm(x: np.ndarray, weight: np.ndarray | None = None, eps: float | None = 1e-5) -> np.ndarray:
    return _affine(x / np.sqrt(np.square(x).mean(axis=1, keepdims=True) + eps), weight, None)


def reduced(function: Callable, x: np.ndarray, axes: tuple[int, ...], **options: object) -> np.ndarray:
    """f over some axes of the maps, which stay with one place."""
    return function(x, axis=tuple([axis + 1 for axis in axes]), keepdims=True, **options)


def vector_norm(x: np.ndarray, axes: tuple[int, ...], ord: int) -> np.ndarray:
    return reduced(np.sum, np.abs(x), axes) if ord == 1 else np.sqrt(reduced(np.sum, np.square(x), axes))


def softmax(x: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    powers = np.exp(x - reduced(np.max, x, axes))
    return powers / reduced(np.sum, powers, axes)


def log_softmax_over(x: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    shifted = x - reduced(np.max, x, axes)
    return shifted - np.log(reduced(np.sum, np.exp(shifted), axes))


def rearrange(x: np.ndarray, shape: tuple[int, ...], digits: tuple[tuple[int, int], ...], offset: int) -> np.ndarray:
    flat = np.ascontiguousarray(x).reshape(len(x), -1)
    sizes, strides = [n for n, _ in digits], [step * flat.itemsize for _, step in digits]
    images = [np.lib.stride_tricks.as_strided(image[offset:], sizes, strides).reshape(shape) for image in flat]
    return np.stack(images)


def pixel_shuffle(x: np.ndarray, r: int) -> np.ndarray:
    batch, channels, height, width = x.shape
    blocks = x.reshape(batch, channels // r**2, r, r, height, width)
    return blocks.transpose(0, 1, 4, 2, 5, 3).reshape(batch, channels // r**2, height * r, width * r)


def pixel_unshuffle(x: np.ndarray, r: int) -> np.ndarray:
    batch, channels, height, width = x.shape
    blocks = x.reshape(batch, channels, height // r, r, width // r, r)
    return blocks.transpose(0, 1, 3, 5, 2, 4).reshape(batch, channels * r**2, height // r, width // r)


def roll(x: np.ndarray, shifts: tuple[int, ...]) -> np.ndarray:
    return np.roll(x, shifts, tuple(range(1, x.ndim)))


def border(x: np.ndarray, left: int, right: int, top: int, bottom: int, mode: str, **options: object) -> np.ndarray:
    """NumPy's names of the modes; a negative number crops."""
    height, width = x.shape[2:]
    x = x[:, :, max(-top, 0) : height + min(bottom, 0), max(-left, 0) : width + min(right, 0)]
    sides = [(0, 0), (0, 0), *[(max(a, 0), max(b, 0)) for a, b in ((top, bottom), (left, right))]]
    return np.pad(x, sides, mode, **options)


def concat_stored(x: np.ndarray, weight: np.ndarray, before: int, axis: int) -> np.ndarray:
    stored = np.broadcast_to(weight, (len(x), *weight.shape))
    front, back = np.split(stored, [before], axis + 1)
    return np.concatenate([front, x, back], axis + 1)


def bicubic(x: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """As torch's interpolate: sixteen cells of each output, weighted by Keys' cubic with a = -0.75."""
    for axis, n in zip((2, 3), size):
        old = x.shape[axis]
        place = (np.arange(n) + 0.5) * old / n - 0.5
        first = np.floor(place).astype(int)
        total = 0
        for k in range(-1, 3):
            far = np.abs(place - first - k)
            near = ((-0.75 + 2) * far - (-0.75 + 3)) * far**2 + 1
            weight = np.where(far <= 1, near, -0.75 * (((far - 5) * far + 8) * far - 4))
            cells = x.take(np.clip(first + k, 0, old - 1), axis)
            total = total + cells * weight.reshape(-1, *[1] * (3 - axis)).astype(x.dtype)
        x = total
    return x


def unfold(
    x: np.ndarray, kernel: tuple[int, int], stride: tuple[int, int], padding: tuple[int, int], dilation: tuple[int, int]
) -> np.ndarray:
    x = zero_pad2d(x, padding[1], padding[1], padding[0], padding[0])
    cells = [_window_cells(x.shape[2:], u, v, kernel, stride, dilation) for u, v in np.ndindex(*kernel)]
    columns = [x[:, :, rows, places].reshape(*x.shape[:2], -1) for rows, places in cells]
    return np.stack(columns, 2).reshape(len(x), -1, columns[0].shape[-1])


def fold(
    x: np.ndarray,
    size: tuple[int, int],
    kernel: tuple[int, int],
    stride: tuple[int, int],
    padding: tuple[int, int],
    dilation: tuple[int, int],
) -> np.ndarray:
    padded = [n + 2 * p for n, p in zip(size, padding)]
    columns = x.reshape(len(x), -1, kernel[0] * kernel[1], x.shape[-1])
    y = np.zeros((len(x), columns.shape[1], *padded), x.dtype)
    for i, (u, v) in enumerate(np.ndindex(*kernel)):
        rows, places = _window_cells(padded, u, v, kernel, stride, dilation)
        part = y[:, :, rows, places]
        part += columns[:, :, i].reshape(part.shape)
    return y[:, :, padding[0] : padding[0] + size[0], padding[1] : padding[1] + size[1]]


def _window_cells(size, u, v, kernel, stride, dilation):
    """Where cell (u, v) of every window lies: a slice for the rows, one for the columns."""
    return [slice(d * i, d * i + n - d * (k - 1), s) for n, i, k, s, d in zip(size, (u, v), kernel, stride, dilation)]


def glu(x: np.ndarray) -> np.ndarray:
    first, second = np.split(x, 2, axis=1)
    return first * reference.sigmoid(second)


def antialiased(x: np.ndarray, size: tuple[int, int], layer: "Upsample") -> np.ndarray:
    """As torch's interpolate: each output weights all cells in reach, by a triangle or by Keys' cubic with a = -0.5."""
    for axis, n in zip((2, 3), size):
        old = x.shape[axis]
        scale, weights = old / n, np.zeros((n, old), x.dtype)
        for i, (start, end) in enumerate(layer.reach(old, n)):
            far = np.abs(np.arange(start, end) - scale * (i + 0.5) + 0.5) / max(scale, 1)
            if layer.mode == "bilinear":
                row = np.maximum(1 - far, 0)
            else:
                row = np.where(far < 1, (1.5 * far - 2.5) * far**2 + 1, ((-0.5 * far + 2.5) * far - 4) * far + 2)
                row = np.where(far < 2, row, 0)
            weights[i, start:end] = row / row.sum()
        x = np.moveaxis(np.moveaxis(x, axis, -1) @ weights.T, -1, axis)
    return x


def scatter(x: np.ndarray, part: np.ndarray, digits: tuple[tuple[int, int], ...], offset: int) -> np.ndarray:
    y = np.array(x.reshape(len(x), -1))
    sizes, strides = [n for n, _ in digits], [step * y.itemsize for _, step in digits]
    for image, values in zip(y, part):
        np.lib.stride_tricks.as_strided(image[offset:], sizes, strides)[...] = values.reshape(sizes)
    return y.reshape(x.shape)
