"""MobileNet: filter each channel, then combine; what the two multipliers do; a table is a program."""

from convcost import Conv2d, FeatureMap, Network, models
from convcost.zoo.blocks import classifier, conv_bn_relu

from ..exercise import exercise
from ..predictions import prediction


@exercise
def depthwise(x, kernels, stride=1):
    from convcost import reference

    return reference.depthwise_conv2d(x[None], kernels[:, None], stride=stride, padding=1)[0]


def _by_hand():
    from convcost.extras import numpy as np

    return {"x": np.array([[[1, 2], [3, 4]]]), "kernels": np.array([[[0, 0, 0], [0, 1, 2], [0, 3, 0]]])}


depthwise.helps(
    explained="light/mobilenet_v1#one-layer-two-jobs",
    worked=(
        _by_hand,
        "the middle of the kernel lies on the pixel, and cells outside the map are zero. Upper "
        "left: 1 · 1 + 2 · 2 + 3 · 3 = 14. Upper right: 1 · 2 + 3 · 4 = 14. Lower left: 1 · 3 + 2 "
        "· 4 = 11. Lower right: 1 · 4 = 4. A second channel would have a kernel and a result of "
        "its own.",
    ),
)


def _arrays(rng):
    from convcost.extras import numpy as np

    channels, height, width = rng.randint(2, 4), *rng.sample([4, 5, 6, 7], 2)
    x = np.array([rng.randint(-9, 9) for _ in range(channels * height * width)], dtype=float)
    kernels = np.array([rng.randint(-4, 4) for _ in range(9 * channels)], dtype=float)
    kernels[::9] = [rng.randint(5, 9) for _ in range(channels)]  # no kernel that a turn leaves as it is
    return {"x": x.reshape(channels, height, width), "kernels": kernels.reshape(channels, 3, 3)}


depthwise.asks(
    every_pixel=(2, "a map that keeps its size", _arrays),
    every_second_pixel=(1, "a stride of 2", lambda rng: {**_arrays(rng), "stride": 2}),
)


@depthwise.wrong
def one_kernel_for_all(x, kernels, stride=1):
    "Every channel was filtered with the first kernel; each has its own."
    from convcost.extras import numpy as np

    return depthwise.reference(x, np.repeat(kernels[:1], len(kernels), axis=0), stride)


@depthwise.wrong
def without_padding(x, kernels, stride=1):
    "The map lost its border: pad it with one row or column of zeros on each side."
    from convcost import reference

    return reference.depthwise_conv2d(x[None], kernels[:, None], stride=stride)[0]


depthwise.slips(
    "sums_the_channels: "
    "The results of the channels were added up: that is one filter of a standard convolution. Keep them apart.",
    lambda x, kernels, stride: depthwise.reference(x, kernels, stride).sum(axis=0),
    "turned_kernel: "
    "The kernel was turned around. Networks do not flip it: the cell (0, 0) of the kernel meets the first pixel.",
    lambda x, kernels, stride: depthwise.reference(x, kernels[:, ::-1, ::-1], stride),
    "stride_in_rows_only: The stride holds for rows and for columns, and a stride of 1 for neither.",
    lambda x, kernels, stride: depthwise.reference(x, kernels)[:, ::stride],
)


@exercise
def separable_macs(c_in, c_out, side, stride=1, multiplier=1):
    x = FeatureMap(c_in, side, side)
    x = Conv2d(multiplier * c_in, 3, stride, 1, groups=c_in, bias=False)(x)
    return int(Network(Conv2d(c_out, 1, bias=False)(x)).macs)


separable_macs.helps(
    explained="light/mobilenet_v1#what-it-costs",
    worked=(
        {"c_in": 4, "c_out": 10, "side": 4, "stride": 2, "multiplier": 2},
        "2 kernels for each of 4 channels make 2 · 4 = 8 channels, on 2x2 positions because of "
        "the stride. To make them takes 9 · 8 · 4 = 288 MACs, to combine them 8 · 10 · 4 = 320: "
        "288 + 320 = 608.",
    ),
)


def _layer(rng):
    c_in, c_out = rng.sample(range(4, 65), 2)
    return {"c_in": c_in, "c_out": c_out, "side": 2 * rng.randint(3, 28)}


separable_macs.asks(
    plain=(1, "a layer that keeps the size", _layer),
    strided=(1, "a layer with stride 2", lambda rng: {**_layer(rng), "stride": 2}),
    several_kernels=(
        1,
        "several kernels for each channel",
        lambda rng: {**_layer(rng), "stride": 1, "multiplier": rng.randint(2, 4)},
    ),
)
separable_macs.slips(
    "stride_in_the_second: The stride is in the depthwise step, which computes only the outputs that remain.",
    lambda c_in, c_out, side, stride, multiplier: (
        9 * multiplier * c_in * side**2 + multiplier * c_in * c_out * (side // stride) ** 2
    ),
    "stride_forgotten: With a stride of 2 a quarter of the pixels remains, for both steps.",
    lambda c_in, c_out, side, multiplier: (9 + c_out) * multiplier * c_in * side**2,
    "stride_not_squared: A stride of 2 halves both sides of the map: a quarter of the pixels remains, not half.",
    lambda c_in, c_out, side, stride, multiplier: (9 + c_out) * multiplier * c_in * (side**2 // stride),
    "narrow_pointwise: "
    "With several kernels a channel becomes several channels, and the 1x1 convolution reads them all.",
    lambda c_in, c_out, side, stride, multiplier: (9 * multiplier + c_out) * c_in * (side // stride) ** 2,
    "multiplier_forgotten: The multiplier does not show up: with 2, each channel is filtered by two kernels.",
    lambda c_in, c_out, side, stride: (9 + c_out) * c_in * (side // stride) ** 2,
    "standard: That is a standard 3x3 convolution, which filters and combines at once.",
    lambda c_in, c_out, side, stride, multiplier: 9 * multiplier * c_in * c_out * (side // stride) ** 2,
    "multiplied: The two steps follow each other: their costs add up, they do not multiply.",
    lambda c_in, c_out, side, stride, multiplier: 9 * c_out * multiplier * c_in**2 * (side // stride) ** 2,
)


@exercise
def outputs_needed(kernel_size, factor):
    x, padding, c_out = FeatureMap(4, 8, 8), kernel_size // 2, 1
    filtered = Conv2d(4, kernel_size, padding=padding, groups=4, bias=False)(x).node.macs
    while True:
        both = filtered + 4 * c_out * 64
        if Conv2d(c_out, kernel_size, padding=padding, bias=False)(x).node.macs >= factor * both:
            return c_out
        c_out += 1


outputs_needed.helps(
    explained="light/mobilenet_v1#what-it-costs",
    worked=(
        {"kernel_size": 3, "factor": 3},
        "look at one position and one input channel. With 4 outputs the plain layer takes 9 · 4 = "
        "36 MACs, the separable one 9 + 4 = 13, and 36 / 13 = 2.8 is too little. With 5 outputs "
        "it is 9 · 5 = 45 against 9 + 5 = 14, and 45 / 14 = 3.2.",
    ),
)


@outputs_needed.skill(points=1)
def small_kernel(rng):
    "a 3x3 kernel"
    return {"kernel_size": 3, "factor": rng.choice([2, 4, 5, 7])}


@outputs_needed.skill(points=1)
def met_exactly(rng):
    "a factor that is met exactly"
    kernel_size, factor = rng.choice([(3, 6), (3, 8), (5, 20), (7, 42)])
    return {"kernel_size": kernel_size, "factor": factor}


@outputs_needed.skill(points=1)
def large_kernel(rng):
    "a larger kernel"
    kernel_size = rng.choice([5, 7])
    return {"kernel_size": kernel_size, "factor": rng.randint(3, kernel_size**2 // 2)}


outputs_needed.slips(
    "depthwise_is_free: As if the depthwise step were free: it has kernel_size**2 MACs for each input value.",
    lambda factor: factor,
    "one_channel_short: With that many outputs the factor is not reached yet: round up.",
    lambda kernel_size, factor: (factor * kernel_size**2 - 1) // (kernel_size**2 - factor),
    "strictly_more: If the factor is reached exactly, that is enough.",
    lambda kernel_size, factor: factor * kernel_size**2 // (kernel_size**2 - factor) + 1,
    "adds_both: The saving is one over 1/c_out + 1/kernel_size**2. Solve that for c_out.",
    lambda kernel_size, factor: factor + kernel_size**2,
)


def _own_net(rng):
    width = 8 * rng.randint(2, 5)
    rows, channels = [], width
    for stage in range(4):
        channels *= 2
        rows += [[channels, 2 if stage else 1]] + [[channels, 1]] * rng.randint(0, 2)
    return {
        "resolution": 32 * rng.randint(3, 7),
        "stem": width,
        "rows": rows,
        "classes": 50 * rng.randint(2, 12),
        "percent": 5 * rng.randint(4, 15),
    }


def _network(resolution, stem, rows, classes, **_):
    x = conv_bn_relu(FeatureMap(3, resolution, resolution), stem, 3, stride=2, name="first")
    for number, (channels, stride) in enumerate(rows):
        with x.block(f"sep{number}"):
            x = conv_bn_relu(x, x.channels, 3, stride, groups=x.channels, name="dw")
            x = conv_bn_relu(x, channels, 1, name="pw")
    return Network(classifier(x, classes))


def _bills(given):
    """Return the MACs of the pointwise layers and of all others."""
    net = _network(**given)
    pointwise = int(net.select(lambda n: n.name.endswith("pw")).macs)
    return pointwise, int(net.macs) - pointwise


def _solved(square, linear, wanted):
    return (-linear + (linear**2 + 4 * square * wanted) ** 0.5) / (2 * square)


@exercise(variant=_own_net)
def my_width(*, resolution, stem, rows, classes, percent):
    square, linear = _bills({"resolution": resolution, "stem": stem, "rows": rows, "classes": classes})
    return _solved(square, linear, percent / 100 * (square + linear))


my_width.helps(
    explained="light/mobilenet_v1#two-knobs-and-our-app",
    worked=(
        {"resolution": 32, "stem": 4, "rows": [[8, 1]], "classes": 10, "percent": 50},
        "32 pixels, 4 channels, one layer to 8, 10 classes, 50 percent. The 1x1 layer takes 4 · 8 "
        "· 256 = 8192 MACs and shrinks with the square of the width w. The rest, 27648 + 9216 + "
        "80 = 36944, shrinks in proportion to w. Half of all is (8192 + 36944) / 2 = 22568. So w · w "
        "· 8192 and w · 36944 together must make 22568: a quadratic equation.",
    ),
)


my_width.asks(the_width=(3, "the width multiplier of your network"))


@my_width.wrong
def pointwise_alone(**given):
    "The other layers were left as they are; they shrink as well, in step with the width."
    square, linear = _bills(given)
    wanted = given["percent"] / 100 * (square + linear) - linear
    return (wanted / square) ** 0.5 if wanted > 0 else 0.0


@my_width.wrong
def depthwise_squared(**given):
    "A depthwise layer has no second channel number: it shrinks in step with the width, not with its square."
    square, linear = _bills(given)
    filters = int(_network(**given).select(lambda n: n.name.endswith("dw")).macs)
    return _solved(square + filters, linear - filters, given["percent"] / 100 * (square + linear))


@my_width.wrong
def classifier_forgotten(**given):
    "The classifier is missing in the bill. It loses inputs, but no outputs."
    square, linear = _bills(given)
    linear -= int(_network(**given)["head"].macs)
    return _solved(square, linear, given["percent"] / 100 * (square + linear))


my_width.slips(
    "in_step: The MACs do not shrink in step with the width: a thinner 1x1 layer has fewer channels on both sides.",
    lambda **given: given["percent"] / 100,
    "plain_root: The root is near, but only the 1x1 layers follow the square; the others have one end that shrinks.",
    lambda **given: (given["percent"] / 100) ** 0.5,
)


@exercise
def misprint(sides, strides):
    for line, (side, stride, following) in enumerate(zip(sides, strides, sides[1:])):
        layer = Conv2d(1, 3, stride=stride, padding=1)
        if layer(FeatureMap(1, side, side)).height != following:
            return line
    return None


misprint.helps(
    explained="light/mobilenet_v1#a-slip-worth-knowing",
    worked=(
        {"sides": [8, 4, 4, 2], "strides": [2, 2, 2]},
        "run line by line. Line 0 makes 8 / 2 = 4, and the next line reads 4: right. Line 1 would "
        "make 4 / 2 = 2, but the next line reads 4.",
    ),
)


def _table(rng, printed):
    """A table of sides and strides with one wrong stride, which is printed as `printed`."""
    while True:
        strides, sides = [rng.choice([1, 2]) for _ in range(rng.randint(5, 9))], [rng.choice([96, 224, 75, 113])]
        strides[0] = 2 if sides[0] % 2 else strides[0]
        for stride in strides:
            sides.append(-(-sides[-1] // stride))
        places = [i for i, s in enumerate(strides[1:-1], 1) if s != printed and sides[i] > 1]
        if places:
            strides[rng.choice(places)] = printed
            return {"sides": sides, "strides": strides}


misprint.asks(
    one_halving_too_many=(1, "a stride of 2 that should be 1", lambda rng: _table(rng, 2)),
    a_halving_lost=(1, "a stride of 1 that should be 2", lambda rng: _table(rng, 1)),
)
misprint.slips(
    "rounded_down: "
    "With a padding of 1 a stride of 2 rounds an odd side up, not down: it reads cells 0, 2, 4 and 6 of 7, four cells.",
    lambda sides, strides: next(
        i for i, (side, stride) in enumerate(zip(sides, strides)) if side // stride != sides[i + 1]
    ),
    "counts_from_one: The right line, if the first one is called 1; here the first line is line 0.",
    lambda sides, strides: misprint.reference(sides, strides) + 1,
    "last_line: The paper's misprint is in its last depthwise line; this table has its own. Compare line by line.",
    lambda strides: len(strides) - 1,
    "first_halving: A stride of 2 is no error by itself. Ask what side it makes of the one in front of it.",
    lambda strides: strides.index(2) if 2 in strides else 0,
    "line_before: A line prints the side that it reads. The stride belongs to the same line, not to the one before.",
    lambda sides, strides: misprint.reference(sides, strides) - 1,
)


@prediction
def half_width():
    "the width multiplier that leaves half of MobileNet's MACs"
    net = models.mobilenet_v1()
    pointwise = int(net.select(lambda n: n.name.endswith("pw")).macs)
    return _solved(pointwise, int(net.macs) - pointwise, net.macs / 2)


@prediction
def five_by_five():
    "how many times more MACs MobileNet would take if all its depthwise kernels were 5x5"
    net = models.mobilenet_v1()
    filters = int(net.select(lambda n: n.name.endswith("dw")).macs)
    return float(net.macs + 16 * filters / 9) / float(net.macs)
