"""Layers that multiply and accumulate: convolution (with groups, hence depthwise too) and fully connected."""

from math import prod

from ..errors import ConvcostError
from .base import Layer, Pair, Shape, Sides, at_least, listed, pair, spatial


def window_places(size: int, kernel: int, stride: int, padding: int, dilation: int = 1, ceil_mode: bool = False) -> int:
    """Return how many times a window fits along one axis: floor((size + 2p - d(k-1) - 1) / s) + 1.

    With ceil_mode the last, partly filled window counts too, unless it would start in the padding.
    """
    room = size + 2 * padding - dilation * (kernel - 1) - 1
    if not ceil_mode:
        return room // stride + 1 if room >= 0 else 0
    count = -(-room // stride) + 1
    return count if (count - 1) * stride < size + padding else count - 1


def window_shape(layer: Layer, shape: Shape, dilation: Pair = 1, ceil_mode: bool = False) -> Shape:
    """Return (height, width) after sliding the layer's window over a map; error if it does not fit once."""
    _, height, width = spatial(shape)
    kernel, stride = pair("kernel_size", layer.kernel_size), pair("stride", layer.stride)
    padding, dilation = pair("padding", layer.padding, 0), pair("dilation", dilation)
    for size, k, s, p, d in zip((height, width), kernel, stride, padding, dilation):
        if window_places(size, k, s, p, d, ceil_mode) < 1:
            dilated = f" (dilation {d}: it spans {d * (k - 1) + 1})" if d > 1 else ""
            raise ConvcostError(
                f"kernel {kernel[0]}x{kernel[1]}{dilated} is larger than its input "
                f"{'x'.join(map(str, shape))} with padding {p}"
            )
    return tuple(
        [
            window_places(size, k, s, p, d, ceil_mode)
            for size, k, s, p, d in zip((height, width), kernel, stride, padding, dilation)
        ]
    )


def accumulate(taps: int, outputs: int, bias: bool) -> dict[str, int]:
    """Operations of `outputs` sums of `taps` products each, with one more addition each where there is a bias."""
    macs = taps * outputs
    return {"macs": macs, "multiplications": macs, "additions": macs if bias else macs - outputs}


class Conv2d(Layer):
    """2-D convolution: `(C_in, H, W) -> (out_channels, H', W')`, each group of output channels reading its
    own C_in / groups input channels. `groups=C_in` is a depthwise convolution, `kernel_size=1` a pointwise one.

    out_channels: filters; kernel_size: their sides; stride: cells from one place of the kernel to the next;
    padding: zeros around the map, on each side; dilation: cells from one tap of the kernel to the next, 1 for a
    dense one; all but the first are one number or (vertical, horizontal). groups: parts into which both input and
    output channels are cut, a divisor of both; bias: whether a trained number is added to each output channel.
    H' = floor((H + 2 padding - dilation (kernel_size - 1) - 1) / stride) + 1.
    """

    out_channels: int
    kernel_size: Pair
    stride: Pair = 1
    padding: Pair = 0
    dilation: Pair = 1
    groups: int = 1
    bias: bool = True
    short_name = "conv"
    has_window = True

    def output_shape(self, x: Shape) -> Shape:
        out_channels, groups = at_least("out_channels", self.out_channels, 1), at_least("groups", self.groups, 1)
        if x[0] % groups or out_channels % groups:
            raise ConvcostError(
                f"groups={groups} must divide both its {x[0]} input channels and its {out_channels} output channels"
            )
        return (out_channels, *window_shape(self, x, self.dilation))

    def weights(self, x: Shape) -> dict[str, Shape]:
        weights = {"weight": (self.out_channels, x[0] // self.groups, *pair("kernel_size", self.kernel_size))}
        if self.bias:
            weights["bias"] = (self.out_channels,)
        return weights

    def operations(self, x: Shape, y: Shape) -> dict[str, int]:
        kernel_height, kernel_width = pair("kernel_size", self.kernel_size)
        return accumulate(kernel_height * kernel_width * (x[0] // self.groups), y[0] * y[1] * y[2], self.bias)


class ConvTranspose2d(Layer):
    """Transposed convolution, each input value spread over a kernel-sized window: `(C_in, H, W) -> (out_channels,
    (H - 1) stride - 2 padding + dilation (kernel_size - 1) + output_padding + 1, ...)`.

    Counted as that loop does it: sums start from zero, and what falls into the padding is computed too.

    out_channels: of the output; kernel_size: sides of the window; stride: cells of the output from one window to
    the next; padding: cells cut off the output, on each side; output_padding: rows and columns added below and at
    the right; dilation: cells from one tap to the next; all but the first are one number or (vertical, horizontal).
    groups: parts into which both input and output channels are cut; bias: whether a trained number is added to each
    output channel.
    """

    out_channels: int
    kernel_size: Pair
    stride: Pair = 1
    padding: Pair = 0
    output_padding: Pair = 0
    dilation: Pair = 1
    groups: int = 1
    bias: bool = True
    short_name = "convt"
    has_window = True

    def window(self) -> Sides:
        raise ConvcostError("the receptive field of a network that enlarges its maps is not counted")

    def spread(self) -> list[tuple[int, int]]:
        """Return kernel, stride, padding, output padding and dilation, each a pair."""
        return [
            pair(name, getattr(self, name), least)
            for name, least in (
                ("kernel_size", 1),
                ("stride", 1),
                ("padding", 0),
                ("output_padding", 0),
                ("dilation", 1),
            )
        ]

    def output_shape(self, x: Shape) -> Shape:
        out_channels, groups = at_least("out_channels", self.out_channels, 1), at_least("groups", self.groups, 1)
        if spatial(x)[0] % groups or out_channels % groups:
            raise ConvcostError(
                f"groups={groups} must divide both its {x[0]} input channels and its {out_channels} output channels"
            )
        size = [(n - 1) * s - 2 * p + d * (k - 1) + o + 1 for n, k, s, p, o, d in zip(x[1:], *self.spread())]
        if min(size) < 1:
            raise ConvcostError(f"padding {self.padding} leaves nothing of the output")
        return (out_channels, *size)

    def weights(self, x: Shape) -> dict[str, Shape]:
        weights = {"weight": (x[0], self.out_channels // self.groups, *pair("kernel_size", self.kernel_size))}
        if self.bias:
            weights["bias"] = (self.out_channels,)
        return weights

    def operations(self, x: Shape, y: Shape) -> dict[str, int]:
        kernel_height, kernel_width = pair("kernel_size", self.kernel_size)
        macs = x[0] * x[1] * x[2] * kernel_height * kernel_width * (y[0] // self.groups)
        return {"macs": macs, "multiplications": macs, "additions": macs + (y[0] * y[1] * y[2] if self.bias else 0)}


class Linear(Layer):
    """Fully connected layer: `(features,) -> (out_features,)`.

    out_features: outputs; bias: whether a trained number is added to each.
    """

    out_features: int
    bias: bool = True
    short_name = "fc"
    is_global = True

    def output_shape(self, x: Shape) -> Shape:
        if len(x) != 1:
            raise ConvcostError(f"needs flat features, got {'x'.join(map(str, x))}; put Flatten() before it")
        return (at_least("out_features", self.out_features, 1),)

    def weights(self, x: Shape) -> dict[str, Shape]:
        weights = {"weight": (self.out_features, x[0])}
        if self.bias:
            weights["bias"] = (self.out_features,)
        return weights

    def operations(self, x: Shape, y: Shape) -> dict[str, int]:
        return accumulate(x[0], y[0], self.bias)


class MatMul(Layer):
    """Products of pairs of matrices that both depend on the image: (B, M, K) x (B, K, N) -> (B, M, N), as in
    attention.
    """

    short_name = "matmul"
    written = "@"
    arity = 2
    is_global = True

    def output_shape(self, x: Shape, y: Shape) -> Shape:
        if len(x) != 3 or len(y) != 3 or x[0] != y[0] or x[2] != y[1]:
            raise ConvcostError(f"needs pairs of matrices, BxMxK and BxKxN, got {listed((x, y))}")
        return (x[0], x[1], y[2])

    def operations(self, x: Shape, y: Shape, product: Shape) -> dict[str, int]:
        return accumulate(x[2], prod(product), False)
