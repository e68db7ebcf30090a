"""The formulas of the counting core, proved: each layer's loops run on numbers that count what is done."""

import random
from math import prod

import pytest
from checks import check_has_every_layer_kind
from convcost import (
    CELU,
    ELU,
    GELU,
    GLU,
    SELU,
    AdaptiveAvgPool2d,
    AdaptiveMaxPool2d,
    Add,
    Amax,
    Amin,
    AvgPool2d,
    BatchNorm1d,
    BatchNorm2d,
    CapsuleLengths,
    CapsulesToChannels,
    ChannelShuffle,
    CircularPad2d,
    Concat,
    ConcatStored,
    ConstantPad2d,
    Conv2d,
    ConvcostError,
    ConvTranspose2d,
    Divide,
    Elementwise,
    FeatureMap,
    Flatten,
    Fold,
    GroupNorm,
    Hardshrink,
    Hardsigmoid,
    Hardswish,
    Hardtanh,
    IndexSelect,
    InstanceNorm2d,
    KeepLongest,
    LayerNorm,
    LeakyReLU,
    Linear,
    LocalResponseNorm,
    LogSigmoid,
    LogSoftmax,
    MatMul,
    Maximum,
    MaxPool2d,
    Mean,
    Minimum,
    Mish,
    Multiply,
    PixelShuffle,
    PixelUnshuffle,
    Power,
    PReLU,
    Quotient,
    RadialBasis,
    Rearrange,
    ReflectionPad2d,
    ReLU,
    ReLU6,
    ReplicationPad2d,
    RMSNorm,
    Roll,
    Routing,
    Scale,
    ScaleShift,
    Scatter,
    SelectChannels,
    Shift,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Softshrink,
    Squash,
    Std,
    Stored,
    Subtract,
    Sum,
    Tanh,
    Threshold,
    Unflatten,
    Unfold,
    Upsample,
    Var,
    VectorNorm,
    View,
    ZeroPad2d,
    ZeroPadChannels,
)
from convcost.reference import loops
from convcost.reference.arrays import add_up, exponential, positions, square_root
from convcost.reference.counting import Tally, count_operations

MOVES = ("reads", "distinct_reads", "writes")


# Layer kind -> f(layer, weight shapes, *input shapes): what its loops did, as count_operations gives it.


def convolution(layer, w, x):
    return count_operations(
        loops.conv2d,
        (1, *x),
        w["weight"],
        w.get("bias"),
        stride=layer.stride,
        padding=layer.padding,
        dilation=layer.dilation,
        groups=layer.groups,
    )


def pooling(loop):
    """Count a loop that takes the layer's options and no weights."""

    def count(layer, w, x):
        return count_operations(loop, (1, *x), **layer.options())

    return count


def adaptive_windows(layer, x):
    """The heights and the widths of the windows: from floor(i size / n) to ceil((i + 1) size / n)."""
    counts = layer.output_shape(x)[1:]
    return [[-(-(i + 1) * size // n) - i * size // n for i in range(n)] for size, n in zip(x[1:], counts)]


def adaptive_pooling(layer, w, x):
    """Global pooling of each window."""
    (heights, widths), total = adaptive_windows(layer, x), {}
    for height, width in ((height, width) for height in heights for width in widths):
        for name, times in count_operations(loops.global_avg_pool2d, (1, x[0], height, width)).items():
            total[name] = total.get(name, 0) + times
    return total


def elementwise(function):
    """Count a function of one number from each map, for every element."""

    def count(layer, w, *shapes):
        tally = Tally()
        for i in range(prod(shapes[0])):
            function(*[tally.number(0.1 + i) for _ in shapes])
        return dict(tally)

    return count


def dot(a, b):
    return add_up(x * y for x, y in zip(a, b))


def squashed(capsule):
    squared = dot(capsule, capsule)
    factor = square_root(squared) / (1 + squared)
    return [factor * x for x in capsule]


def softmax(logits):
    largest = max(logits)
    powers = [exponential(x - largest) for x in logits]
    total = add_up(powers)
    return [x / total for x in powers]


def per_capsule(function):
    """Count a function of one capsule, for all of them."""

    def count(layer, w, x):
        tally = Tally()
        for _ in range(prod(x) // layer.dim):
            function([tally.number(0.1 + i) for i in range(layer.dim)])
        return dict(tally)

    return count


def routed(layer, w, x):
    """Procedure 1 of Sabour et al. 2017, without the last growth of the logits."""
    tally, capsules, dims = Tally(), range(layer.capsules), range(layer.dim)
    below = range(x[0] // (layer.capsules * layer.dim))
    foretold = [[[tally.number(0.1) for _ in dims] for _ in capsules] for _ in below]
    logits = [[tally.number(0) for _ in capsules] for _ in below]
    for iteration in range(layer.iterations):
        shares = [softmax(row) for row in logits]
        sums = [[add_up(shares[n][c] * foretold[n][c][d] for n in below) for d in dims] for c in capsules]
        above = [squashed(capsule) for capsule in sums]
        if iteration < layer.iterations - 1:
            for row, predictions in zip(logits, foretold):
                row[:] = [logit + dot(u, v) for logit, u, v in zip(row, predictions, above)]
    return dict(tally)


def longest(layer, w, x, lengths):
    tally = Tally()
    for _ in range(prod(lengths[1:])):
        max([tally.number(i) for i in range(lengths[0])])
    return dict(tally)


def distances(layer, w, x):
    tally = Tally()
    for _ in range(layer.out_features):
        differences = [tally.number(0.1) - tally.number(1) for _ in range(x[0])]
        dot(differences, differences)
    return dict(tally)


def moving(layer, w, *shapes):
    """Copying numbers from one place to another is no operation."""
    return {}


def transposed_convolution(layer, w, x):
    """Every input value times every kernel entry of its group, added into planes that start as zeros."""
    tally, planes = Tally(), {}
    (channels, height, width), (_, outputs, kernel_height, kernel_width) = x, w["weight"]
    stride, dilation = layer.spread()[1], layer.spread()[4]
    for c, i, j, o, u, v in positions((channels, height, width, outputs, kernel_height, kernel_width)):
        group = c * layer.groups // channels
        place = group * outputs + o, i * stride[0] + u * dilation[0], j * stride[1] + v * dilation[1]
        product = tally.number(0.1) * tally.number(0.2)
        planes[place] = planes.get(place, tally.number(0)) + product
    if layer.bias:
        for _ in range(prod(layer.output_shape(x))):
            tally.number(0.1) + tally.number(0.2)
    return dict(tally)


def adaptive_max_pooling(layer, w, x):
    tally = Tally()
    heights, widths = adaptive_windows(layer, x)
    for height, width in ((height, width) for height in heights for width in widths):
        for _ in range(x[0]):
            max([tally.number(i) for i in range(height * width)])
    return dict(tally)


def normalised(groups_of):
    """Count the statistics of each group of values, which are subtracted and divided off, then scale and shift."""

    def count(layer, w, x):
        tally, (groups, size) = Tally(), groups_of(layer, x)
        for _ in range(groups):
            values = [tally.number(0.1 + i) for i in range(size)]
            mean = add_up(values) / size
            differences = [value - mean for value in values]
            factor = 1 / square_root(dot(differences, differences) / size + 1e-5)
            for value in differences:
                value = value * factor
                value = value * tally.number(2) if "weight" in w else value
                value = value + tally.number(2) if "bias" in w else value
        return dict(tally)

    return count


def vectors(function):
    """Count a function of the vectors of values along the layer's axes."""

    def count(layer, w, x):
        tally, size = Tally(), prod([x[axis] for axis in layer.axes])
        for _ in range(prod(x) // size):
            function(layer, [tally.number(0.1 + i) for i in range(size)])
        return dict(tally)

    return count


def soft_maximum(layer, logits):
    largest = max(logits)
    powers = [exponential(value - largest) for value in logits]
    total = add_up(powers)
    return [value / total for value in powers]


def log_softmax(layer, logits):
    largest = max(logits)
    shifted = [value - largest for value in logits]
    total = add_up(exponential(value) for value in shifted).log()
    return [value - total for value in shifted]


def variance(layer, values):
    mean = add_up(values) / len(values)
    differences = [value - mean for value in values]
    return dot(differences, differences) / (len(values) - 0.5)


def vector_length(layer, values):
    return square_root(dot(values, values)) if layer.ord == 2 else add_up([absolute(value) for value in values])


def absolute(x):
    return max(x, -x)


def root_mean_square(layer, w, x):
    tally = Tally()
    for _ in range(prod(x[1:])):
        values = [tally.number(0.1 + i) for i in range(x[0])]
        factor = 1 / square_root(dot(values, values) / x[0] + 1e-5)
        values = [value * factor for value in values]
        [value * tally.number(2) for value in values if "weight" in w]
    return dict(tally)


def upsampled(layer, w, x):
    """One sum of weighted cells for each output; with antialias, of all cells in reach."""
    tally, y = Tally(), layer.output_shape(x)
    if layer.antialias:
        rows, columns = [[end - start for start, end in layer.reach(*sides)] for sides in zip(x[1:], y[1:])]
        sizes = [row * column for row in rows for column in columns] * y[0]
    else:
        sizes = [] if layer.mode == "nearest" else [layer.CELLS[layer.mode]] * prod(y)
    for size in sizes:
        dot([tally.number(1)] * size, [tally.number(2)] * size)
    return dict(tally)


def products(layer, w, x, y):
    tally = Tally()
    for _ in range(x[0] * x[1] * y[2]):
        dot([tally.number(1)] * x[2], [tally.number(2)] * x[2])
    return dict(tally)


def folded(layer, w, x):
    """Every cell of a column is added to a map that begins with zeros."""
    tally = Tally()
    for _ in range(prod(x)):
        tally.number(0) + tally.number(1)
    return dict(tally)


def gated_halves(layer, w, x):
    tally = Tally()
    for _ in range(prod(x) // 2):
        tally.number(1) * (1 / (1 + exponential(-tally.number(2))))
    return dict(tally)


def tanh(x):
    return 1 - 2 / (exponential(2 * x) + 1)


def gelu(layer, w, x):
    exact = elementwise(lambda x: 0.5 * x * (1 + (0.7071 * x).erf()))
    like_tanh = elementwise(lambda x: 0.5 * x * (1 + tanh(1e-5 * (x + 0.04 * x * x * x))))
    return (exact if layer.approximate == "none" else like_tanh)(layer, w, x)


def softplus(layer, w, x):
    def of(x):
        x = x if layer.beta == 1 else layer.beta * x
        y = (1 + exponential(x)).log()
        return max(x, y if layer.beta == 1 else y / layer.beta)

    return elementwise(of)(layer, w, x)


def clamped(layer, w, x):
    def of(x):
        x = x if layer.min_val is None else max(x, x.tally.number(layer.min_val))
        return x if layer.max_val is None else min(x, x.tally.number(layer.max_val))

    return elementwise(of)(layer, w, x)


FUNCTIONS = {
    "abs": absolute,
    "neg": lambda x: -x,
    "exp": exponential,
    "log": lambda x: x.log(),
    "sqrt": square_root,
    "rsqrt": lambda x: 1 / square_root(x),
    "reciprocal": lambda x: 1 / x,
    "square": lambda x: x * x,
    "sign": lambda x: (x > 0, x < 0),
    "erf": lambda x: x.erf(),
    "sin": lambda x: x.sin(),
    "cos": lambda x: x.sin(),
}


def relu6(x):
    return min(max(x, x.tally.number(0)), x.tally.number(6))


LOOPS = {
    "AdaptiveAvgPool2d": adaptive_pooling,
    "AdaptiveMaxPool2d": adaptive_max_pooling,
    "Add": elementwise(lambda *xs: add_up(xs)),
    "AvgPool2d": pooling(loops.avg_pool2d),
    "BatchNorm1d": lambda layer, w, x: count_operations(loops.scale_and_shift, (1, *x), x, x),
    "BatchNorm2d": lambda layer, w, x: count_operations(loops.scale_and_shift, (1, *x), (x[0],), (x[0],)),
    "CapsuleLengths": per_capsule(lambda capsule: square_root(dot(capsule, capsule))),
    "CapsulesToChannels": moving,
    "ChannelShuffle": lambda layer, w, x: count_operations(loops.channel_shuffle, (1, *x), layer.groups),
    "Concat": moving,
    "Conv2d": convolution,
    "ConvTranspose2d": transposed_convolution,
    "Amax": vectors(lambda layer, values: max(values)),
    "Amin": vectors(lambda layer, values: min(values)),
    "CELU": elementwise(lambda x: max(x, 2 * (exponential(x / 2) - 1))),
    "CircularPad2d": moving,
    "ConcatStored": moving,
    "ConstantPad2d": moving,
    "Divide": elementwise(lambda x: x / 3),
    "ELU": elementwise(lambda x: max(x, 2 * (exponential(x) - 1))),
    "Elementwise": lambda layer, w, x: elementwise(FUNCTIONS[layer.function])(layer, w, x),
    "Flatten": moving,
    "Fold": folded,
    "GELU": gelu,
    "GLU": gated_halves,
    "GroupNorm": normalised(lambda layer, x: (layer.num_groups, prod(x) // layer.num_groups)),
    "Hardsigmoid": elementwise(lambda x: relu6(x + 3) / 6),
    "Hardswish": elementwise(lambda x: x * relu6(x + 3) / 6),
    "Hardshrink": elementwise(lambda x: (x > 0.5, x < -0.5)),
    "Hardtanh": clamped,
    "IndexSelect": moving,
    "InstanceNorm2d": normalised(lambda layer, x: (x[0], prod(x[1:]))),
    "KeepLongest": longest,
    "LayerNorm": normalised(lambda layer, x: (layer.vectors(x), prod(x) // layer.vectors(x))),
    "LeakyReLU": elementwise(lambda x: max(x, 0.01 * x)),
    "Linear": lambda layer, w, x: count_operations(loops.linear, (1, *x), w["weight"], w.get("bias")),
    "LocalResponseNorm": pooling(loops.local_response_norm),
    "LogSigmoid": elementwise(lambda x: -(1 + exponential(-x)).log()),
    "LogSoftmax": vectors(log_softmax),
    "MatMul": products,
    "Maximum": elementwise(max),
    "MaxPool2d": pooling(loops.max_pool2d),
    "Mean": vectors(lambda layer, values: add_up(values) / len(values)),
    "Minimum": elementwise(min),
    "Mish": elementwise(lambda x: x * tanh((1 + exponential(x)).log())),
    "Multiply": elementwise(lambda x, gate: x * gate),
    "PReLU": elementwise(lambda x: max(x, 0.25 * x)),
    "PixelShuffle": moving,
    "PixelUnshuffle": moving,
    "Power": elementwise(lambda x: x**2.5),
    "Quotient": elementwise(lambda x, y: x / y),
    "RMSNorm": root_mean_square,
    "Rearrange": moving,
    "ReflectionPad2d": moving,
    "ReplicationPad2d": moving,
    "Roll": moving,
    "Scatter": moving,
    "SELU": elementwise(lambda x: 1.05 * max(x, 1.67 * (exponential(x) - 1))),
    "RadialBasis": distances,
    "ReLU": lambda layer, w, x: count_operations(loops.relu, (1, *x)),
    "ReLU6": lambda layer, w, x: count_operations(loops.relu6, (1, *x)),
    "Routing": routed,
    "Scale": elementwise(lambda x: x * 3),
    "ScaleShift": lambda layer, w, x: count_operations(loops.scale_and_shift, (1, *x), *w.values()),
    "SelectChannels": moving,
    "Shift": elementwise(lambda x: x + 3),
    "SiLU": elementwise(lambda x: x / (1 + exponential(-x))),
    "Sigmoid": lambda layer, w, x: count_operations(loops.sigmoid, (1, *x)),
    "Softmax": lambda layer, w, x: (
        count_operations(loops.softmax, (1, *x), axis=1) if layer.axes == (0,) else vectors(soft_maximum)(layer, w, x)
    ),
    "Softplus": softplus,
    "Softshrink": elementwise(lambda x: (x > 0.5, x < -0.5, x - 0.5)),
    "Squash": per_capsule(squashed),
    "Std": vectors(lambda layer, values: square_root(variance(layer, values))),
    "Stored": moving,
    "Subtract": elementwise(lambda x, y: x - y),
    "Sum": vectors(lambda layer, values: add_up(values)),
    "Tanh": lambda layer, w, x: count_operations(loops.tanh, (1, *x)),
    "Threshold": elementwise(lambda x: x > 0.1),
    "Unflatten": moving,
    "Unfold": moving,
    "Upsample": upsampled,
    "Var": vectors(variance),
    "VectorNorm": vectors(vector_length),
    "View": moving,
    "ZeroPad2d": moving,
    "ZeroPadChannels": moving,
}


# Layer kind -> f(chance, channels): a random layer that channels allow.


def side(chance, *sizes):
    """One size for both directions, or a pair of them."""
    return chance.choice(sizes) if chance.random() < 0.5 else (chance.choice(sizes), chance.choice(sizes))


def random_convolution(chance, channels):
    groups = chance.choice([g for g in range(1, channels + 1) if channels % g == 0])
    return Conv2d(
        groups * chance.randint(1, 3),
        side(chance, 1, 2, 3),
        side(chance, 1, 2, 3),
        side(chance, 0, 1, 2),
        side(chance, 1, 2),
        groups,
        chance.random() < 0.5,
    )


def random_transposed_convolution(chance, channels):
    groups = chance.choice([g for g in range(1, channels + 1) if channels % g == 0])
    return ConvTranspose2d(
        groups * chance.randint(1, 3),
        side(chance, 1, 2, 3),
        side(chance, 1, 2, 3),
        side(chance, 0, 1),
        side(chance, 0, 1),
        side(chance, 1, 2),
        groups,
        chance.random() < 0.5,
    )


def random_pooling(kind):
    return lambda chance, channels: kind(
        kernel_size=side(chance, 2, 3),
        stride=chance.choice([None, side(chance, 1, 2, 3)]),
        padding=side(chance, 0, 1),
        ceil_mode=chance.random() < 0.5,
    )


def some_axes(chance):
    return tuple(sorted(chance.sample(range(3), chance.randint(1, 2))))


def over_axes(kind):
    return lambda chance, channels: kind(some_axes(chance))


def border(kind, *options):
    return lambda chance, channels: kind((1, 0, 0, 1), *options)


LAYERS = {
    "Amax": over_axes(Amax),
    "Amin": over_axes(Amin),
    "Mean": over_axes(Mean),
    "Std": over_axes(Std),
    "Sum": over_axes(Sum),
    "Var": over_axes(Var),
    "VectorNorm": lambda chance, channels: VectorNorm(some_axes(chance), chance.choice([1, 2])),
    "CELU": lambda chance, channels: CELU(2.0),
    "ELU": lambda chance, channels: ELU(2.0),
    "SELU": lambda chance, channels: SELU(),
    "Mish": lambda chance, channels: Mish(),
    "GLU": lambda chance, channels: GLU(),
    "LogSigmoid": lambda chance, channels: LogSigmoid(),
    "Softplus": lambda chance, channels: Softplus(chance.choice([1, 2.0])),
    "Hardshrink": lambda chance, channels: Hardshrink(),
    "Softshrink": lambda chance, channels: Softshrink(),
    "Threshold": lambda chance, channels: Threshold(0.1, 0.0),
    "Power": lambda chance, channels: Power(2.5),
    "Hardtanh": lambda chance, channels: Hardtanh(chance.choice([-1, None]), chance.choice([2, None])),
    "Elementwise": lambda chance, channels: Elementwise(chance.choice(list(Elementwise.FUNCTIONS))),
    "CircularPad2d": border(CircularPad2d),
    "ReflectionPad2d": border(ReflectionPad2d),
    "ReplicationPad2d": border(ReplicationPad2d),
    "ConstantPad2d": border(ConstantPad2d, 0.5),
    "ConcatStored": lambda chance, channels: ConcatStored(2, 1, chance.choice([0, 1, 2]), chance.random() < 0.5),
    "Stored": lambda chance, channels: Stored((3, 2), chance.random() < 0.5),
    "IndexSelect": lambda chance, channels: IndexSelect(0, (channels - 1, 0, 0)),
    "Rearrange": lambda chance, channels: Rearrange((channels, 1), ((channels, 1),)),
    "Roll": lambda chance, channels: Roll((0, 1, -2)),
    "View": lambda chance, channels: View((channels, 1)),
    "PixelShuffle": lambda chance, channels: PixelShuffle(2 if channels == 4 else 1),
    "PixelUnshuffle": lambda chance, channels: PixelUnshuffle(chance.choice([1, 2])),
    "Unfold": lambda chance, channels: Unfold(side(chance, 1, 2), padding=side(chance, 0, 1)),
    "Fold": lambda chance, channels: None,  # made for its input: see below
    "InstanceNorm2d": lambda chance, channels: InstanceNorm2d(chance.random() < 0.5),
    "RMSNorm": lambda chance, channels: RMSNorm(chance.random() < 0.5),
    "Scatter": lambda chance, channels: Scatter(((channels, 1),)),
    "MatMul": lambda chance, channels: MatMul(),
    "Minimum": lambda chance, channels: Minimum(),
    "Quotient": lambda chance, channels: Quotient(),
    "Subtract": lambda chance, channels: Subtract(),
    "AdaptiveAvgPool2d": lambda chance, channels: AdaptiveAvgPool2d(side(chance, 1, 2, 3, 6)),
    "AdaptiveMaxPool2d": lambda chance, channels: AdaptiveMaxPool2d(side(chance, 1, 2, 3, 6)),
    "Add": lambda chance, channels: Add(),
    "AvgPool2d": random_pooling(AvgPool2d),
    "BatchNorm1d": lambda chance, channels: BatchNorm1d(affine=chance.random() < 0.5),
    "BatchNorm2d": lambda chance, channels: BatchNorm2d(affine=chance.random() < 0.5),
    "CapsuleLengths": lambda chance, channels: CapsuleLengths(channels),
    "CapsulesToChannels": lambda chance, channels: CapsulesToChannels(channels),
    "ChannelShuffle": lambda chance, channels: ChannelShuffle(channels),
    "Concat": lambda chance, channels: Concat(),
    "Conv2d": random_convolution,
    "ConvTranspose2d": random_transposed_convolution,
    "Divide": lambda chance, channels: Divide(),
    "Flatten": lambda chance, channels: Flatten(),
    "GELU": lambda chance, channels: GELU(chance.choice(["none", "tanh"])),
    "GroupNorm": lambda chance, channels: GroupNorm(chance.randint(1, 3), chance.random() < 0.5),
    "Hardsigmoid": lambda chance, channels: Hardsigmoid(),
    "Hardswish": lambda chance, channels: Hardswish(),
    "KeepLongest": lambda chance, channels: KeepLongest(),
    "LayerNorm": lambda chance, channels: LayerNorm(*[chance.random() < 0.5 for _ in range(3)]),
    "LeakyReLU": lambda chance, channels: LeakyReLU(),
    "Linear": lambda chance, channels: Linear(chance.randint(1, 5), chance.random() < 0.5),
    "LocalResponseNorm": lambda chance, channels: LocalResponseNorm(chance.randint(1, 6)),
    "LogSoftmax": over_axes(LogSoftmax),
    "Maximum": lambda chance, channels: Maximum(),
    "MaxPool2d": random_pooling(MaxPool2d),
    "Multiply": lambda chance, channels: Multiply(),
    "PReLU": lambda chance, channels: PReLU(chance.choice([1, channels])),
    "RadialBasis": lambda chance, channels: RadialBasis(chance.randint(1, 5)),
    "ReLU": lambda chance, channels: ReLU(),
    "ReLU6": lambda chance, channels: ReLU6(),
    "Routing": lambda chance, channels: Routing(channels, chance.randint(1, 3), chance.randint(1, 4)),
    "Scale": lambda chance, channels: Scale((channels, 1, 1)),
    "ScaleShift": lambda chance, channels: ScaleShift(),
    "SelectChannels": lambda chance, channels: SelectChannels(range(channels)),
    "Shift": lambda chance, channels: Shift(trained=False),
    "SiLU": lambda chance, channels: SiLU(),
    "Sigmoid": lambda chance, channels: Sigmoid(),
    "Softmax": lambda chance, channels: Softmax(chance.choice([(0,), some_axes(chance)])),
    "Squash": lambda chance, channels: Squash(chance.choice([1, channels])),
    "Tanh": lambda chance, channels: Tanh(),
    "Unflatten": lambda chance, channels: Unflatten((channels, 1, 1)),
    "Upsample": lambda chance, channels: Upsample(
        side(chance, 3, 8), chance.choice(["nearest", "bilinear", "bicubic"]), chance.random() < 0.5
    ),
    "ZeroPad2d": lambda chance, channels: ZeroPad2d((1, 2, 0, 1)),
    "ZeroPadChannels": lambda chance, channels: ZeroPadChannels(channels + 1, chance.randint(1, 3)),
}


def random_node(kind, seed):
    """A layer of this kind on random maps of up to 4 x 7 x 7; where the options do not fit, the next try."""
    chance = random.Random(f"{kind} {seed}")
    while True:
        x = FeatureMap(chance.randint(1, 4), chance.randint(1, 7), chance.randint(1, 7))
        layer = LAYERS[kind](chance, x.channels)
        if kind in ("BatchNorm1d", "Linear", "RadialBasis", "Unflatten") or (
            kind == "Softmax" and chance.random() < 0.5
        ):
            x = Flatten()(x)
        if kind == "Routing":
            x = FeatureMap(layer.capsules * layer.dim * chance.randint(1, 5), 1, 1)
        try:
            if kind == "Fold":
                x, layer = Unfold(2)(x), Fold(x.shape[1:], 2)
            if kind == "Scatter":
                return layer(x, AdaptiveAvgPool2d(1)(x)).node
            return layer(*[x] * (layer.arity or chance.randint(2, 4))).node
        except ConvcostError:
            continue


@pytest.mark.parametrize("kind", LOOPS)
def test_operations_equal_those_of_the_counted_loops(kind):
    for seed in range(12):
        node = random_node(kind, seed)
        done = LOOPS[kind](node.layer, node.weights, *[x.shape for x in node.inputs])
        operations = {name: times for name, times in done.items() if times and name not in MOVES}
        claimed = {name: times for name, times in node.operations.items() if times and name != "macs"}
        assert claimed == operations, repr(node)


@pytest.mark.parametrize("kind", ["Conv2d", "ConvTranspose2d", "Linear"])
def test_a_multiply_accumulate_is_one_multiplication(kind):
    for seed in range(12):
        node = random_node(kind, seed)
        assert node.macs == LOOPS[kind](node.layer, node.weights, node.inputs[0].shape)["multiplications"] > 0


@pytest.mark.parametrize(
    "layer",
    [
        Conv2d(4, 1),
        Conv2d(6, 3, padding=1, groups=2, bias=False),
        Conv2d(4, 3, padding=2, dilation=2),
        BatchNorm2d(),
        MaxPool2d(2),
        AvgPool2d(3, stride=2, padding=1),
        AdaptiveAvgPool2d(1),
        ReLU(),
        ReLU6(),
        Softmax(),
        ChannelShuffle(2),
        LocalResponseNorm(3),
    ],
    ids=repr,
)
def test_memory_access_is_each_element_read_once_and_written_once(layer):
    node = layer(FeatureMap(4, 6, 6)).node
    done = LOOPS[node.kind](layer, node.weights, (4, 6, 6))
    assert node.input_elements + node.params == done["distinct_reads"]
    assert node.output_elements == done["writes"]


def test_every_layer_kind_is_proved():
    check_has_every_layer_kind(LOOPS, "tests/test_formulas.py, LOOPS", "the loop that does what the kind claims")
    check_has_every_layer_kind(LAYERS, "tests/test_formulas.py, LAYERS", "how to make a layer with random options")
