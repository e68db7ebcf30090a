"""The building blocks: a window's place and sum, softmax, batch norm, activations, and a small network's parameters."""

from itertools import pairwise
from math import exp, log, sqrt, tanh

from convcost import Conv2d, FeatureMap, Flatten, Linear, MaxPool2d, Network

from ..exercise import exercise
from ..predictions import prediction


def _strided(rng):
    stride, rest = rng.choice([(2, 1), (3, 1), (3, 2), (4, 1), (4, 2), (4, 3)])
    kernel_size, steps = rng.choice([3, 5, 7]), rng.randint(3, 20)
    return {"size": kernel_size + steps * stride + rest, "kernel_size": kernel_size, "stride": stride}


@exercise
def output_side(size, kernel_size, stride=1, padding=0, dilation=1):
    return int(Conv2d(1, kernel_size, stride, padding, dilation)(FeatureMap(1, size, size)).height)


output_side.helps(
    explained="start/building_blocks#how-often-the-window-stops",
    worked=(
        {"size": 9, "kernel_size": 3, "stride": 2, "padding": 1, "dilation": 2},
        "with zeros at both ends there are 9 + 2 · 1 = 11 cells. The kernel reads every second "
        "cell, so its 3 cells reach over 2 · 2 + 1 = 5. The first stop leaves 11 - 5 = 6 cells, "
        "enough for 6 / 2 = 3 steps more.",
    ),
)


output_side.asks(
    padded=(
        1,
        "padding on both sides",
        lambda rng: {"size": rng.randint(12, 60), "kernel_size": rng.choice([3, 5, 7]), "padding": rng.randint(1, 3)},
    ),
    strided=(1, "a stride that does not divide evenly", _strided),
    dilated=(
        1,
        "a dilated kernel",
        lambda rng: {"size": rng.randint(20, 60), "kernel_size": rng.choice([3, 5]), "dilation": rng.choice([2, 3])},
    ),
)


output_side.slips(
    "counts_the_steps: That counts the steps between the stops; there is one stop more.",
    lambda size, kernel_size, stride, padding, dilation: (
        (size + 2 * padding - dilation * (kernel_size - 1) - 1) // stride
    ),
    "pads_one_side: Padding is added on both sides: 2 x padding.",
    lambda size, kernel_size, stride, padding, dilation: (
        (size + padding - dilation * (kernel_size - 1) - 1) // stride + 1
    ),
    "rounds_up: A last step that does not fit is dropped: round down.",
    lambda size, kernel_size, stride, padding, dilation: (
        -(-(size + 2 * padding - dilation * (kernel_size - 1) - 1) // stride) + 1
    ),
    "ignores_dilation: A dilated kernel reaches further: dilation x (kernel_size - 1) + 1 cells.",
    lambda size, kernel_size, stride, padding: (size + 2 * padding - kernel_size) // stride + 1,
    "dilates_every_cell: Between k cells there are k - 1 gaps, so the kernel spans dilation x (k - 1) + 1 cells.",
    lambda size, kernel_size, stride, padding, dilation: (size + 2 * padding - dilation * kernel_size) // stride + 1,
    "ignores_stride: The stride is missing: the window moves by `stride` cells at a time.",
    lambda size, kernel_size, padding, dilation: size + 2 * padding - dilation * (kernel_size - 1),
)


def _sum_at(image, kernel, row, column, stride=1, padding=0):
    """Return one output of a convolution: the cells under its window, each times its weight, added up."""
    rows, columns = (range(stride * at - padding, stride * at - padding + 3) for at in (row, column))
    side = range(len(image))
    window = [[image[i][j] if i in side and j in side else 0 for j in columns] for i in rows]
    return sum(value * weight for line, weights in zip(window, kernel) for value, weight in zip(line, weights))


@exercise
def window_sum(image, kernel, row, column, stride=1, padding=0):
    return int(_sum_at(image, kernel, row, column, stride, padding))


window_sum.helps(
    explained="start/building_blocks#a-window-that-slides",
    worked=(
        {"image": [[1, 2], [3, 4]], "kernel": [[1, 1, 1], [1, 2, 0], [1, 0, 3]], "row": 0, "column": 0, "padding": 1},
        "the window starts one row above and one column left of the image, so its first row and "
        "its first column are zeros. What is left meets the last two rows and columns of the "
        "kernel: 2 · 1 + 0 · 2 + 0 · 3 + 3 · 4 = 14.",
    ),
)


def _numbers(rng, side, low, high):
    return [[rng.randint(low, high) for _ in range(side)] for _ in range(side)]


def _window(rng, stride=1, padding=0):
    kernel = [[1, 2, -1], [rng.randint(-3, 3), rng.randint(1, 4), rng.randint(-3, 3)], [-2, 0, rng.randint(3, 5)]]
    row, column = rng.choice([(1, 2), (2, 1)])  # of an output of 3x3 at least
    if padding:  # the window lies in the ring, on each of its four sides
        row, column = rng.choice([(0, 1), (0, 3), (1, 0), (3, 0), (5, 1), (5, 2), (1, 5), (2, 5)])
    given = {"image": _numbers(rng, 4 + 2 * stride - stride // 2, 0, 9), "kernel": kernel, "row": row, "column": column}
    return {**given, **({"stride": stride} if stride > 1 else {}), **({"padding": padding} if padding else {})}


window_sum.asks(
    plain=(1, "a window inside the image", _window),
    strided=(1, "a stride of 2", lambda rng: _window(rng, stride=2)),
    padded=(1, "a ring of zeros around the image", lambda rng: _window(rng, padding=1)),
)


@window_sum.wrong
def turns_the_kernel(image, kernel, row, column, stride, padding):
    "The kernel was turned around, as mathematicians do; in networks the first weight meets the first cell."
    return _sum_at(image, [line[::-1] for line in kernel[::-1]], row, column, stride, padding)


@window_sum.wrong
def rows_and_columns_exchanged(image, kernel, row, column, stride, padding):
    "Row and column are exchanged: image[row][column], the row first."
    return _sum_at(image, kernel, column, row, stride, padding)


@window_sum.wrong
def ignores_stride(image, kernel, row, column, padding):
    "The stride is missing: output (row, column) begins at cell (stride x row, stride x column)."
    return _sum_at(image, kernel, row, column, 1, padding)


@window_sum.wrong
def starts_inside(image, kernel, row, column, stride):
    "With padding the first window begins in the ring of zeros, `padding` cells before the image."
    return _sum_at(image, kernel, row, column, stride)


@window_sum.wrong
def counts_from_the_end(image, kernel, row, column, stride, padding):
    "A cell above or left of the image is zero; in Python image[-1] is the last row, which lies below."
    numbers = range(stride * row - padding, stride * row - padding + 3)
    columns = range(stride * column - padding, stride * column - padding + 3)
    n = len(image)
    window = [[image[i][j] if i < n and j < n else 0 for j in columns] for i in numbers]
    return sum(value * weight for line, weights in zip(window, kernel) for value, weight in zip(line, weights))


@window_sum.wrong
def multiplies_the_sums(image, kernel, row, column, stride, padding):
    "Sums were multiplied; multiply cell by cell first, then add up the products."
    ones = [[1, 1, 1]] * 3
    return _sum_at(image, ones, row, column, stride, padding) * sum(map(sum, kernel))


@exercise
def softmax(scores):
    largest = max(scores)
    shares = [exp(score - largest) for score in scores]
    return [share / sum(shares) for share in shares]


softmax.helps(
    explained="start/learning#from-maps-to-scores-and-how-wrong-they-are",
    worked=(
        {"scores": [0.0, 0.0, 1.0]},
        "the exponentials are 1, 1 and 2.718, and 1 + 1 + 2.718 = 4.718. Divide each by the sum: "
        "1 / 4.718 = 0.212, twice, and 2.718 / 4.718 = 0.576.",
    ),
)


softmax.asks(
    positive=(1, "positive scores", lambda rng: {"scores": [rng.randint(10, 50) / 10 for _ in range(4)]}),
    negative=(
        1,
        "scores of both signs",
        lambda rng: {"scores": [rng.randint(20, 40) / 10, *(rng.randint(-30, -1) / 10 for _ in range(3))]},
    ),
)
softmax.slips(
    "plain_shares: The scores were divided by their sum; take their exponentials first, which are all positive.",
    lambda scores: [score / sum(scores) for score in scores],
    "does_not_divide: Those are the exponentials; divide each by their sum, so that they add up to one.",
    lambda scores: [exp(score) for score in scores],
    "exponentials_on_top_only: The sum that you divide by must be that of the exponentials, not of the scores.",
    lambda scores: [exp(score) / sum(scores) for score in scores],
    "divides_by_the_largest: Divide by the sum of the exponentials, not by the largest.",
    lambda scores: [exp(score - max(scores)) for score in scores],
    "powers_of_two: The powers must be those of e: math.exp.",
    lambda scores: [2**score / sum(2**other for other in scores) for score in scores],
    "sigmoid_of_each: A sigmoid looks at one score alone; softmax compares each with all the others.",
    lambda scores: [1 / (1 + exp(-score)) for score in scores],
    "sign_turned: The largest score must get the largest share: exp(score), not exp(-score).",
    lambda scores: [exp(-score) / sum(exp(-other) for other in scores) for score in scores],
)


def _deviation(values, less=0):
    mean = sum(values) / len(values)
    return sqrt(sum((value - mean) ** 2 for value in values) / (len(values) - less))


def _normalized(values, scale=1, shift=0, less=0):
    mean = sum(values) / len(values)
    return [scale * (value - mean) / _deviation(values, less) + shift for value in values]


@exercise
def batch_norm(values, scale=1, shift=0):
    return _normalized(values, scale, shift)


batch_norm.helps(
    explained="start/learning#batch-norm",
    worked=(
        {"values": [2.0, 2.0, 6.0, 6.0], "scale": 3, "shift": 5},
        "the mean is (2 + 2 + 6 + 6) / 4 = 4. Each value is 2 away from it, so the mean of the "
        "squares is 4 and the standard deviation 2. The values become -1, -1, 1 and 1; then 3 · "
        "(-1) + 5 = 2 and 3 · 1 + 5 = 8.",
    ),
)


def _channel(rng):
    return [float(n) for n in rng.sample(range(3, 30), rng.randint(4, 6))]


batch_norm.asks(
    normalized=(2, "mean 0 and standard deviation 1", lambda rng: {"values": _channel(rng)}),
    rescaled=(
        1,
        "a scale and a shift",
        lambda rng: {"values": _channel(rng), "scale": rng.choice([2, 3, 4]), "shift": rng.choice([5, 6, 7])},
    ),
)
batch_norm.slips(
    "divides_by_n_minus_1: Divide the squares by n, the number of values, not by n - 1.",
    lambda values, scale, shift: _normalized(values, scale, shift, less=1),
    "divides_by_the_variance: Divide by the standard deviation, the root of the variance.",
    lambda values, scale, shift: [scale * x / _deviation(values) + shift for x in _normalized(values)],
    "keeps_the_mean: Subtract the mean first.",
    lambda values, scale, shift: [scale * v / _deviation(values) + shift for v in values],
    "only_centres: The mean is gone, but the values are as far apart as before: divide by the standard deviation.",
    lambda values, scale, shift: [scale * (v - sum(values) / len(values)) + shift for v in values],
    "shifts_before_it_scales: First the scale, then the shift: scale * x + shift.",
    lambda values, scale, shift: [scale * (x + shift) for x in _normalized(values)],
    "forgets_scale_and_shift: The trained scale and shift are missing.",
    lambda values: _normalized(values),
    "between_zero_and_one: Those values lie between 0 and 1; subtract the mean and divide by the standard deviation.",
    lambda values, scale, shift: [scale * (v - min(values)) / (max(values) - min(values)) + shift for v in values],
)

ACTIVATIONS = {"relu": lambda x: max(x, 0.0), "sigmoid": lambda x: 1 / (1 + exp(-x)), "tanh": tanh}


@exercise
def which_activations(inputs, columns):
    made = {name: [function(x) for x in inputs] for name, function in ACTIVATIONS.items()}
    return [min(made, key=lambda name: sum(abs(a - b) for a, b in zip(made[name], column))) for column in columns]


which_activations.helps(
    explained="start/building_blocks#relu-one-convolution-after-another-is-not-enough",
    worked=(
        {"inputs": [0.5, 2.0], "columns": [[0.462, 0.964], [0.5, 2.0], [0.622, 0.881]]},
        "no input is negative, so no sign gives tanh away: compare sizes. ReLU hands on 2 as it is: the second "
        "column. On 0.5 the sigmoid gives 1 / (1 + 0.607) = 0.622, more than a half: the third. What is left is "
        "tanh, which is 0 at 0 and still below a half.",
    ),
)


def _columns(rng, inputs):
    order = rng.sample(sorted(ACTIVATIONS), 3)
    return {"inputs": inputs, "columns": [[round(ACTIVATIONS[name](x), 3) for x in inputs] for name in order]}


which_activations.asks(
    both_signs=(
        2,
        "inputs of both signs",
        lambda rng: _columns(rng, [-rng.randint(10, 30) / 10, rng.randint(2, 5) / 10, rng.randint(11, 30) / 10]),
    ),
    positive=(
        1,
        "positive inputs alone",
        lambda rng: _columns(rng, [rng.randint(1, 3) / 10, rng.randint(8, 15) / 10, rng.randint(20, 30) / 10]),
    ),
)


def _renamed(inputs, columns, **names):
    return [names.get(name, name) for name in which_activations.reference(inputs, columns)]


which_activations.slips(
    "sigmoid_and_tanh_exchanged: Both bend towards a limit, but tanh goes through 0 at 0, and a sigmoid is 0.5 there.",
    lambda inputs, columns: _renamed(inputs, columns, sigmoid="tanh", tanh="sigmoid"),
    "relu_and_sigmoid_exchanged: ReLU hands on what is positive as it is; a sigmoid never leaves 0 to 1.",
    lambda inputs, columns: _renamed(inputs, columns, relu="sigmoid", sigmoid="relu"),
    "relu_and_tanh_exchanged: ReLU hands on what is positive as it is; tanh stays below 1.",
    lambda inputs, columns: _renamed(inputs, columns, relu="tanh", tanh="relu"),
    "tanh_only_if_negative: tanh puts out negative values for negative inputs only; without them, compare the sizes.",
    lambda inputs, columns: _renamed(inputs, columns, **({} if min(inputs) < 0 else {"tanh": "sigmoid"})),
)


def _net(channels, kernel_size, side, classes=10, bias=True, pool=2):
    x = FeatureMap(channels[0], side, side)
    for out_channels in channels[1:]:
        x = Conv2d(out_channels, kernel_size, padding=kernel_size // 2, bias=bias)(x)
        x = MaxPool2d(pool)(x) if pool > 1 else x
    return Network(Linear(classes, bias=bias)(Flatten()(x)))


@exercise
def net_params(channels, kernel_size, side, classes=10):
    return int(_net(channels, kernel_size, side, classes).params)


net_params.helps(
    explained="start/building_blocks#pooling",
    worked=(
        {"channels": [1, 2], "kernel_size": 3, "side": 4, "classes": 3},
        "the convolution leads from 1 to 2 channels: 9 · 1 · 2 + 2 = 20. Pooling leaves 2x2, so "
        "the last layer reads 2 · 4 = 8 values: 8 · 3 + 3 = 27. Together 20 + 27 = 47.",
    ),
)


def _small(rng, convolutions):
    channels = [rng.choice([1, 3]), *(rng.sample(range(4, 20), convolutions))]
    return {"channels": channels, "kernel_size": rng.choice([3, 5]), "side": 8 * rng.randint(1, 4)}


net_params.asks(
    one=(2, "one convolution", lambda rng: _small(rng, 1)),
    several=(2, "two or three convolutions", lambda rng: {**_small(rng, rng.choice([2, 3])), "classes": 7}),
)
net_params.slips(
    "forgets_biases: The biases are missing: one for each output channel, and one for each class.",
    lambda channels, kernel_size, side, classes: int(_net(channels, kernel_size, side, classes, bias=False).params),
    "forgets_pooling: Each pooling halves the sides, so the last layer reads fewer values.",
    lambda channels, kernel_size, side, classes: int(_net(channels, kernel_size, side, classes, pool=1).params),
    "pools_once_too_often: There is one pooling behind each convolution, and none before the first.",
    lambda channels, kernel_size, side, classes: (
        net_params.reference(channels, kernel_size, side, classes)
        - channels[-1] * classes * ((side >> (len(channels) - 1)) ** 2 - (side >> len(channels)) ** 2)
    ),
    "reads_channels_only: "
    "The fully connected layer reads every position of every channel of the last map, not one value a channel.",
    lambda channels, kernel_size, side, classes: (
        net_params.reference(channels, kernel_size, side, classes)
        - channels[-1] * ((side >> (len(channels) - 1)) ** 2 - 1) * classes
    ),
    "no_fully_connected_layer: The last layer is missing: it has most of the parameters.",
    lambda channels, kernel_size, side, classes: (
        net_params.reference(channels, kernel_size, side, classes)
        - (channels[-1] * (side >> (len(channels) - 1)) ** 2 + 1) * classes
    ),
    "one_input_channel: A kernel reads all input channels: k x k weights for each of them.",
    lambda channels, kernel_size, side, classes: (
        net_params.reference(channels, kernel_size, side, classes)
        - sum((a - 1) * kernel_size**2 * b for a, b in pairwise(channels))
    ),
    "kernel_not_squared: A kernel has kernel_size x kernel_size cells, not kernel_size.",
    lambda channels, kernel_size, side, classes: (
        net_params.reference(channels, kernel_size, side, classes)
        - sum(a * kernel_size * (kernel_size - 1) * b for a, b in pairwise(channels))
    ),
)


@prediction
def loss_of_guessing():
    "the loss of a network that gives each of 1,000 classes the same share"
    return log(1000)
