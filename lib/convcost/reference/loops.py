"""The definition of every layer, in plain Python loops over indices: the slow version, to be read.

`positions((2, 3))` gives the indices (0, 0), (0, 1), ..., (1, 2): nested loops in one line. `framed` shows an
array with its padding around it. `add_up` adds n values with n - 1 additions. All functions run on NumPy
arrays, on nested lists of any kind of number, and on the counting arrays of `convcost.reference.counting`,
which prove the cost stated in each docstring. Padding is computed with like data, so it costs as much.
"""

from . import checks
from .arrays import Framed, Pair, add_up, constant, empty, exponential, positions, square_root, takes_lists

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .arrays import ArrayLike


def framed(x: "ArrayLike", padding: tuple[int, int], fill: float = 0) -> Framed:
    """x (N, C, H, W) in a frame of `fill`: element (b, c, i, j) of the result is x[b, c, i - ph, j - pw]."""
    return Framed(x, (0, 0, *padding), fill)


@takes_lists
def conv2d(
    x: "ArrayLike",
    weight: "ArrayLike",
    bias: "ArrayLike | None" = None,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
    groups: int = 1,
) -> "ArrayLike":
    """Convolution: every output is a weighted sum over a kh x kw window of the input channels of its group.

    x (N, C_in, H, W), weight (C_out, C_in / groups, kh, kw), bias (C_out,) -> (N, C_out, H_out, W_out) with
    H_out = (H + 2 padding - dilation (kh - 1) - 1) // stride + 1.
    Cost: kh kw C_in / groups multiplications per output, one addition fewer, and one more with a bias.
    """
    window = checks.conv2d(x, weight, bias, stride, padding, dilation, groups)
    (sh, sw), (dh, dw) = window.stride, window.dilation
    out_channels, group_size, kh, kw = weight.shape
    x_padded = framed(x, window.padding)
    y = empty((x.shape[0], out_channels, *window.output), x, weight, bias)
    for b, o, i, j in positions(y.shape):
        first = o // (out_channels // groups) * group_size  # the first input channel of the group of o
        total = add_up(
            weight[o, c, u, v] * x_padded[b, first + c, sh * i + dh * u, sw * j + dw * v]
            for c, u, v in positions((group_size, kh, kw))
        )
        y[b, o, i, j] = total if bias is None else total + bias[o]
    return y


@takes_lists
def depthwise_conv2d(
    x: "ArrayLike",
    weight: "ArrayLike",
    bias: "ArrayLike | None" = None,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
) -> "ArrayLike":
    """Depthwise convolution: every channel is filtered alone, by m kernels of its own (usually m = 1).

    x (N, C, H, W), weight (m C, 1, kh, kw), bias (m C,) -> (N, m C, H_out, W_out).
    Output channel o looks at channel o // m of x.
    Cost: kh kw multiplications per output, one addition fewer, and one more with a bias.
    Source: MobileNets (Howard et al. 2017), equation 3.
    """
    window = checks.depthwise(x, weight, bias, stride, padding, dilation)
    (sh, sw), (dh, dw) = window.stride, window.dilation
    kernels_per_channel = weight.shape[0] // x.shape[1]
    x_padded = framed(x, window.padding)
    y = empty((x.shape[0], weight.shape[0], *window.output), x, weight, bias)
    for b, o, i, j in positions(y.shape):
        total = add_up(
            weight[o, 0, u, v] * x_padded[b, o // kernels_per_channel, sh * i + dh * u, sw * j + dw * v]
            for u, v in positions(window.kernel)
        )
        y[b, o, i, j] = total if bias is None else total + bias[o]
    return y


@takes_lists
def pointwise_conv2d(x: "ArrayLike", weight: "ArrayLike", bias: "ArrayLike | None" = None) -> "ArrayLike":
    """1x1 convolution: at every pixel, one matrix turns C_in channels into C_out.

    x (N, C_in, H, W), weight (C_out, C_in, 1, 1), bias (C_out,) -> (N, C_out, H, W).
    Cost: C_in multiplications per output, one addition fewer, and one more with a bias.
    """
    checks.pointwise(x, weight, bias)
    batch, in_channels, height, width = x.shape
    y = empty((batch, weight.shape[0], height, width), x, weight, bias)
    for b, o, i, j in positions(y.shape):
        total = add_up(weight[o, c, 0, 0] * x[b, c, i, j] for c in range(in_channels))
        y[b, o, i, j] = total if bias is None else total + bias[o]
    return y


@takes_lists
def group_conv2d(
    x: "ArrayLike",
    weight: "ArrayLike",
    groups: int,
    bias: "ArrayLike | None" = None,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
) -> "ArrayLike":
    """Group convolution: the channels are cut into groups, and each group is convolved without the others.

    x (N, C_in, H, W), weight (C_out, C_in / groups, kh, kw), bias (C_out,) -> (N, C_out, H_out, W_out).
    Cost: kh kw C_in / groups multiplications per output, one addition fewer, and one more with a bias.
    Source: AlexNet (Krizhevsky et al. 2012), section 3.5; ShuffleNet (Zhang et al. 2018), section 3.1.
    """
    window = checks.conv2d(x, weight, bias, stride, padding, dilation, groups)
    (sh, sw), (dh, dw) = window.stride, window.dilation
    ins, outs = x.shape[1] // groups, weight.shape[0] // groups  # channels of one group
    x_padded = framed(x, window.padding)
    y = empty((x.shape[0], weight.shape[0], *window.output), x, weight, bias)
    for b, g, k, i, j in positions((x.shape[0], groups, outs, *window.output)):
        o = g * outs + k
        total = add_up(
            weight[o, c, u, v] * x_padded[b, g * ins + c, sh * i + dh * u, sw * j + dw * v]
            for c, u, v in positions((ins, *window.kernel))
        )
        y[b, o, i, j] = total if bias is None else total + bias[o]
    return y


@takes_lists
def channel_shuffle(x: "ArrayLike", groups: int) -> "ArrayLike":
    """Deal the channels out like cards: channel k of group g becomes channel k * groups + g.

    x (N, C, H, W) -> the same shape; six channels in 2 groups become 0 3 1 4 2 5.
    Cost: no arithmetic; one read and one write per element.
    Source: ShuffleNet (Zhang et al. 2018), section 3.1.
    """
    checks.shuffle(x, groups)
    per_group = x.shape[1] // groups
    y = empty(x.shape, x)
    for b, g, k, i, j in positions((x.shape[0], groups, per_group, *x.shape[2:])):
        y[b, k * groups + g, i, j] = x[b, g * per_group + k, i, j]
    return y


@takes_lists
def channel_unshuffle(x: "ArrayLike", groups: int) -> "ArrayLike":
    """Undo `channel_shuffle(x, groups)`: channel k * groups + g becomes channel k of group g again."""
    checks.shuffle(x, groups)
    per_group = x.shape[1] // groups
    y = empty(x.shape, x)
    for b, g, k, i, j in positions((x.shape[0], groups, per_group, *x.shape[2:])):
        y[b, g * per_group + k, i, j] = x[b, k * groups + g, i, j]
    return y


@takes_lists
def max_pool2d(
    x: "ArrayLike",
    kernel_size: Pair,
    stride: Pair | None = None,
    padding: Pair = 0,
    dilation: Pair = 1,
    ceil_mode: bool = False,
) -> "ArrayLike":
    """The largest value of every window. Without a stride, windows stand side by side (stride = kernel_size).

    x (N, C, H, W) -> (N, C, H_out, W_out); `ceil_mode` rounds the size up instead of down, so that the last
    window may stick out. Padding is minus infinity: it never wins.
    Cost: kh kw - 1 comparisons per output.
    """
    window = checks.pool(x, kernel_size, stride, padding, dilation, ceil_mode)
    (sh, sw), (dh, dw) = window.stride, window.dilation
    x_padded = framed(x, window.padding, fill=float("-inf"))
    y = empty((*x.shape[:2], *window.output), x)
    for b, c, i, j in positions(y.shape):
        y[b, c, i, j] = max(x_padded[b, c, sh * i + dh * u, sw * j + dw * v] for u, v in positions(window.kernel))
    return y


@takes_lists
def avg_pool2d(
    x: "ArrayLike",
    kernel_size: Pair,
    stride: Pair | None = None,
    padding: Pair = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> "ArrayLike":
    """The mean of every window. Without a stride, windows stand side by side (stride = kernel_size).

    x (N, C, H, W) -> (N, C, H_out, W_out). The sum is divided by the number of cells of the window that lie
    in the padded plane, or in x with `count_include_pad=False`; in `ceil_mode` windows may stick out of both.
    Cost: kh kw - 1 additions and one division per output.
    """
    window = checks.pool(x, kernel_size, stride, padding, 1, ceil_mode)
    sh, sw = window.stride
    rows, columns = window.divisors(count_include_pad)
    x_padded = framed(x, window.padding)
    y = empty((*x.shape[:2], *window.output), x, 1.0)
    for b, c, i, j in positions(y.shape):
        total = add_up(x_padded[b, c, sh * i + u, sw * j + v] for u, v in positions(window.kernel))
        y[b, c, i, j] = total / (rows[i] * columns[j])
    return y


@takes_lists
def global_avg_pool2d(x: "ArrayLike") -> "ArrayLike":
    """The mean of every channel: x (N, C, H, W) -> (N, C, 1, 1).

    Cost: H W - 1 additions and one division per channel.
    Source: Network in Network (Lin et al. 2014), section 3.2.
    """
    batch, channels, height, width = checks.image(x)
    y = empty((batch, channels, 1, 1), x, 1.0)
    for b, c in positions((batch, channels)):
        y[b, c, 0, 0] = add_up(x[b, c, i, j] for i, j in positions((height, width))) / (height * width)
    return y


@takes_lists
def linear(x: "ArrayLike", weight: "ArrayLike", bias: "ArrayLike | None" = None) -> "ArrayLike":
    """A fully connected layer: every output is a weighted sum of all inputs.

    x (N, in_features), weight (out_features, in_features), bias (out_features,) -> (N, out_features).
    Cost: in_features multiplications per output, one addition fewer, and one more with a bias.
    """
    checks.linear(x, weight, bias)
    y = empty((x.shape[0], weight.shape[0]), x, weight, bias)
    for b, o in positions(y.shape):
        total = add_up(weight[o, k] * x[b, k] for k in range(x.shape[1]))
        y[b, o] = total if bias is None else total + bias[o]
    return y


@takes_lists
def fold_batch_norm(
    running_mean: "ArrayLike",
    running_var: "ArrayLike",
    weight: "ArrayLike | None" = None,
    bias: "ArrayLike | None" = None,
    eps: float = 1e-5,
) -> "tuple[ArrayLike, ArrayLike]":
    """The scale and the shift, each (C,), to which batch normalization comes down once training is over.

    scale = weight / sqrt(running_var + eps) and shift = bias - running_mean * scale, from arrays (C,);
    without them weight is 1 and bias 0. Done once, whatever the number of images and pixels.
    Cost: two additions, a square root, a division and a multiplication per channel.
    Source: Batch Normalization (Ioffe and Szegedy 2015), algorithm 2, line 11.
    """
    checks.statistics(running_mean, running_var, weight, bias)
    scale, shift = (empty(running_mean.shape, running_mean, running_var, weight, bias, 1.0) for _ in range(2))
    for c in range(running_mean.shape[0]):
        factor = (1 if weight is None else weight[c]) / square_root(running_var[c] + eps)
        scale[c] = factor
        shift[c] = (0 if bias is None else bias[c]) - running_mean[c] * factor
    return scale, shift


@takes_lists
def scale_and_shift(x: "ArrayLike", scale: "ArrayLike", shift: "ArrayLike") -> "ArrayLike":
    """x (N, C, ...) times scale (C,) plus shift (C,): all that batch normalization does to an image.

    Cost: one multiplication and one addition per element.
    """
    checks.channels_first(x, ("scale", scale), ("shift", shift))
    y = empty(x.shape, x, scale, shift)
    for index in positions(x.shape):
        channel = index[1]
        y[index] = x[index] * scale[channel] + shift[channel]
    return y


@takes_lists
def batch_norm(
    x: "ArrayLike",
    running_mean: "ArrayLike",
    running_var: "ArrayLike",
    weight: "ArrayLike | None" = None,
    bias: "ArrayLike | None" = None,
    eps: float = 1e-5,
) -> "ArrayLike":
    """Batch normalization in inference: weight * (x - running_mean) / sqrt(running_var + eps) + bias.

    x (N, C, ...) -> the same shape; the other arrays (C,), without them weight is 1 and bias 0.
    Cost: that of `scale_and_shift`, per element, and once that of `fold_batch_norm`, per channel. A network's
    bill counts the first alone: the second is done before the first image comes.
    """
    checks.channels_first(x, ("running_mean", running_mean), ("running_var", running_var))
    return scale_and_shift(x, *fold_batch_norm(running_mean, running_var, weight, bias, eps))


@takes_lists
def local_response_norm(
    x: "ArrayLike", size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> "ArrayLike":
    """Every value divided by a power of the squares of its `size` neighbours at the same pixel.

    x (N, C, H, W) -> x / (k + alpha / size * sum of x^2) ** beta, summed over channels c - size // 2 to
    c + (size - 1) // 2; those that do not exist are 0. As in torch, alpha is divided by size; in AlexNet's
    paper it is not (its alpha = 1e-4 with size = 5 is alpha = 5e-4 here).
    Cost per element: two multiplications (the square, and alpha / size), size additions, a power, a division.
    Source: AlexNet (Krizhevsky et al. 2012), section 3.3.
    """
    batch, channels, height, width = checks.image(x)
    checks.integer(size, "size", 1)
    zeros = [constant(0, x)] * size  # channels of zeros before the first one and after the last
    y = empty(x.shape, x, 1.0)
    for b, i, j in positions((batch, height, width)):
        values = [x[b, c, i, j] for c in range(channels)]
        squares = zeros[: size // 2] + [value * value for value in values] + zeros[: (size - 1) // 2]
        for c in range(channels):
            y[b, c, i, j] = values[c] / (add_up(squares[c : c + size]) * (alpha / size) + k) ** beta
    return y


@takes_lists
def relu(x: "ArrayLike") -> "ArrayLike":
    """max(x, 0) of every element; any shape. Cost: one comparison per element."""
    zero = constant(0, x)
    y = empty(x.shape, x)
    for index in positions(x.shape):
        y[index] = max(x[index], zero)
    return y


@takes_lists
def relu6(x: "ArrayLike") -> "ArrayLike":
    """min(max(x, 0), 6) of every element; any shape. Cost: two comparisons per element.

    Source: MobileNet V2 (Sandler et al. 2018), section 4: robust in low-precision computation.
    """
    zero, six = constant(0, x), constant(6, x)
    y = empty(x.shape, x)
    for index in positions(x.shape):
        y[index] = min(max(x[index], zero), six)
    return y


@takes_lists
def sigmoid(x: "ArrayLike") -> "ArrayLike":
    """1 / (1 + exp(-x)) of every element: a number between 0 and 1; any shape.

    Written so, exp overflows at x below -700; the fast version does not.
    Cost: one exponential, one addition, one division per element; to flip a sign costs nothing.
    """
    y = empty(x.shape, x, 1.0)
    for index in positions(x.shape):
        y[index] = 1 / (1 + exponential(-x[index]))
    return y


@takes_lists
def tanh(x: "ArrayLike") -> "ArrayLike":
    """1 - 2 / (exp(2 x) + 1) of every element: a number between -1 and 1; any shape.

    Written so, exp overflows at x above 350; the fast version does not.
    Cost: one multiplication, one exponential, two additions, one division per element.
    """
    y = empty(x.shape, x, 1.0)
    for index in positions(x.shape):
        y[index] = 1 - 2 / (exponential(2 * x[index]) + 1)
    return y


@takes_lists
def softmax(x: "ArrayLike", axis: int = -1) -> "ArrayLike":
    """exp(x) divided by its sum along the axis: positive numbers that add up to 1; any shape.

    The largest value is first taken off all, which changes nothing and keeps exp from overflowing.
    Cost for n values: n - 1 comparisons, n subtractions, n exponentials, n - 1 additions, n divisions.
    """
    axis = checks.axis_of(x, axis)
    y = empty(x.shape, x, 1.0)
    outer = (*x.shape[:axis], 1, *x.shape[axis + 1 :])
    for index in positions(outer):
        line = [(*index[:axis], k, *index[axis + 1 :]) for k in range(x.shape[axis])]
        values = [x[place] for place in line]
        largest = max(values)
        powers = [exponential(value - largest) for value in values]
        total = add_up(powers)
        for place, power in zip(line, powers):
            y[place] = power / total
    return y
