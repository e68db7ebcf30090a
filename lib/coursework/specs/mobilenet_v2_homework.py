"""The MobileNet V2 homework: operations of every layer by kind, arithmetic intensity, and how to raise it."""

from convcost import Conv2d, FeatureMap, Flatten, Linear, Network, models
from convcost.zoo.blocks import classifier
from convcost.zoo.mobilenet_v2 import conv_bn_relu6, inverted_residual

from ..exercise import exercise
from ..predictions import prediction
from ..written import written

raise_intensity = written(
    "mobilenet_v2_homework.raise_intensity",
    {
        "says what is compared: work per element moved, and which elements are counted": 2,
        "explains the mechanism: what is moved once serves several results (positions, channels, images)": 3,
        "derives from the formulas why the fully connected and the depthwise layer stay low": 2,
        "names at least two ways to raise it, and for which kind of layer each helps": 3,
    },
)

KINDS = ("conventional", "depthwise", "pointwise", "fully connected")


def _layer(kind, c_in, c_out, kernel_size, h_in, w_in, h_out, w_out):
    """Return one layer without bias as a network; the fully connected one joins all inputs to all outputs."""
    x = FeatureMap(c_in, h_in, w_in)
    if kind == "fully connected":
        return Network(Linear(c_out * h_out * w_out, bias=False)(Flatten()(x)))
    stride, padding = -(-h_in // h_out), kernel_size // 2
    groups = c_in if kind == "depthwise" else 1
    y = Conv2d(c_out, kernel_size, stride, padding, groups=groups, bias=False)(x)
    assert y.shape == (c_out, h_out, w_out)
    return Network(y)


def _inverted(c_in, c_out, side, stride, expand_ratio):
    return Network(inverted_residual(FeatureMap(c_in, side, side), c_out, stride, expand_ratio))


# 1. Operations by kind of layer


@exercise
def operations(kind, c_in, c_out, kernel_size, h_out, w_out):
    return int(_layer(kind, c_in, c_out, kernel_size, h_out, w_out, h_out, w_out).flops)


operations.helps(
    explained="light/mobilenet_v2_homework#first-mark-the-unit",
    worked=(
        {"kind": "depthwise", "c_in": 4, "c_out": 4, "kernel_size": 3, "h_out": 2, "w_out": 5},
        "each output looks at 3 · 3 = 9 cells of its own channel: 9 multiplications and 8 "
        "additions, 9 + 8 = 17. There are 4 · 2 · 5 = 40 outputs: 40 · 17 = 680.",
    ),
)


def _sides(rng):
    height, width = rng.sample(range(3, 29), 2)
    return {"h_out": height, "w_out": width}


@operations.skill(points=1)
def conventional(rng):
    "a conventional convolution"
    c_in, c_out = rng.sample(range(3, 40), 2)
    return {"kind": KINDS[0], "c_in": c_in, "c_out": c_out, "kernel_size": rng.choice([3, 5, 7]), **_sides(rng)}


@operations.skill(points=1)
def depthwise(rng):
    "a depthwise convolution"
    channels = rng.randint(8, 96)
    return {"kind": KINDS[1], "c_in": channels, "c_out": channels, "kernel_size": rng.choice([3, 5]), **_sides(rng)}


@operations.skill(points=1)
def pointwise(rng):
    "a pointwise convolution"
    c_in, c_out = rng.sample(range(8, 96), 2)
    return {"kind": KINDS[2], "c_in": c_in, "c_out": c_out, "kernel_size": 1, **_sides(rng)}


@operations.skill(points=1)
def fully_connected(rng):
    "a fully connected layer"
    c_in, c_out = rng.sample(range(20, 400), 2)
    return {"kind": KINDS[3], "c_in": c_in, "c_out": c_out, "kernel_size": 1, "h_out": 1, "w_out": 1}


def _taps(kind, c_in, kernel_size):
    return kernel_size**2 * (1 if kind == "depthwise" else c_in)


operations.slips(
    "macs_instead: "
    "Those are the MACs. Writing n for 2n - 1 is no approximation, it is another unit: count the additions too.",
    lambda kind, c_in, c_out, kernel_size, h_out, w_out: _taps(kind, c_in, kernel_size) * c_out * h_out * w_out,
    "two_for_each_product: "
    "Without a bias the first product is added to nothing: n products take one addition fewer than n.",
    lambda kind, c_in, c_out, kernel_size, h_out, w_out: 2 * _taps(kind, c_in, kernel_size) * c_out * h_out * w_out,
    "one_addition_saved_in_all: "
    "The addition that is not needed is saved for every output, not once for the whole layer.",
    lambda kind, c_in, c_out, kernel_size, h_out, w_out: 2 * _taps(kind, c_in, kernel_size) * c_out * h_out * w_out - 1,
    "cells_squared: "
    "The number of cells is h_out x w_out; its square was taken. The solved homework has that slip in a formula.",
    lambda kind, c_in, c_out, kernel_size, h_out, w_out: (
        (2 * _taps(kind, c_in, kernel_size) - 1) * c_out * (h_out * w_out) ** 2
    ),
    "depthwise_reads_all: A depthwise filter reads one channel, its own: its sums have kernel_size**2 products.",
    lambda c_in, c_out, kernel_size, h_out, w_out: (2 * kernel_size**2 * c_in - 1) * c_out * h_out * w_out,
    "kernel_side_only: A window has kernel_size x kernel_size cells, not kernel_size.",
    lambda kind, c_in, c_out, kernel_size, h_out, w_out: (
        (2 * _taps(kind, c_in, 1) * kernel_size - 1) * c_out * h_out * w_out
    ),
)


# 2. One block


@exercise
def bottleneck_macs(c_in, c_out, side, stride, expand_ratio):
    return int(_inverted(c_in, c_out, side, stride, expand_ratio).macs)


bottleneck_macs.helps(
    explained="light/mobilenet_v2_homework#third-mark-the-lines",
    worked=(
        {"c_in": 4, "c_out": 8, "side": 4, "stride": 2, "expand_ratio": 3},
        "inside there are 3 · 4 = 12 channels. The expansion works on the large map of 16 "
        "positions: 4 · 12 · 16 = 768. Behind the stride there are 4: the filter takes 9 · 12 · 4 "
        "= 432, the projection 12 · 8 · 4 = 384. Together 768 + 432 + 384 = 1584.",
    ),
)


def _ends(rng):
    c_in, c_out = rng.sample(range(8, 97, 8), 2)
    return {"c_in": c_in, "c_out": c_out, "side": 2 * rng.randint(3, 28)}


@bottleneck_macs.skill(points=1)
def stride_one(rng):
    "a block that keeps the side"
    return {**_ends(rng), "stride": 1, "expand_ratio": rng.choice([2, 3, 4, 6])}


@bottleneck_macs.skill(points=2)
def stride_two(rng):
    "a block that halves the side"
    return {**_ends(rng), "stride": 2, "expand_ratio": rng.choice([2, 3, 4, 6])}


@bottleneck_macs.skill(points=1)
def no_expansion(rng):
    "a block with expand_ratio 1"
    return {**_ends(rng), "stride": rng.choice([1, 2]), "expand_ratio": 1}


def _steps(c_in, c_out, side, stride, expand_ratio, always=False, first_side=None):
    """Return MACs (expand, depthwise, project), by arithmetic: what the wrong answers are made of."""
    middle, out = expand_ratio * c_in, side // stride
    first = c_in * middle * (first_side or side) ** 2 if always or expand_ratio != 1 else 0
    return first, 9 * middle * out**2, middle * c_out * out**2


@bottleneck_macs.wrong
def strides_last(c_in, c_out, side, stride, expand_ratio):
    "The depthwise step computes only the outputs that its stride leaves: from there on the side is side / stride."
    first, middle, last = _steps(c_in, c_out, side, stride, expand_ratio)
    return first + middle * stride**2 + last


@bottleneck_macs.wrong
def divides_by_stride_once(c_in, c_out, side, stride, expand_ratio):
    "A stride of 2 halves rows and columns: a quarter of the cells remains, not half."
    first, middle, last = _steps(c_in, c_out, side, stride, expand_ratio)
    return first + (middle + last) * stride


@bottleneck_macs.wrong
def full_convolution(c_in, c_out, side, stride, expand_ratio):
    "The 3x3 in the middle is depthwise: each of its filters reads one channel."
    first, middle, last = _steps(c_in, c_out, side, stride, expand_ratio)
    return first + middle * expand_ratio * c_in + last


@bottleneck_macs.wrong
def expands_the_outputs(c_in, c_out, side, stride, expand_ratio):
    "It is the input channels that are expanded: the middle has expand_ratio x c_in channels."
    out, middle = side // stride, expand_ratio * c_out
    return (c_in * middle * side**2 if expand_ratio != 1 else 0) + (9 + c_out) * middle * out**2


bottleneck_macs.slips(
    "always_expands: "
    "With expand_ratio 1 nothing is expanded: that block starts with its depthwise step. The table does not say so.",
    lambda c_in, c_out, side, stride, expand_ratio: sum(_steps(c_in, c_out, side, stride, expand_ratio, always=True)),
    "strides_first: The stride sits in the depthwise step, so the expansion still works on the large map.",
    lambda c_in, c_out, side, stride, expand_ratio: sum(
        _steps(c_in, c_out, side, stride, expand_ratio, first_side=side // stride)
    ),
)


# 3. to 6. The table, with numbers of one's own


def _rows(rng):
    """Rows [t, c, n, s] of a sibling of MobileNet V2: its strides, other widths, repeats and expansions."""
    channels = sorted(rng.sample(range(16, 200, 8), 7))
    repeats = [1] + [rng.randint(2, 3) for _ in range(5)] + [1]
    return [
        [1 if i == 0 else rng.choice([3, 4, 5, 6]), c, n, s]
        for i, (c, n, s) in enumerate(zip(channels, repeats, (1, 2, 2, 2, 1, 2, 1)))
    ]


def _own_stages(rng):
    return {"channels": 8 * rng.randint(2, 5), "side": 16 * rng.randint(3, 9), "rows": _rows(rng)}


def _own_network(rng):
    return {
        "resolution": 32 * rng.randint(3, 9),
        "stem": 8 * rng.randint(2, 5),
        "rows": _rows(rng),
        "last": 64 * rng.randint(5, 20),
        "classes": 10 * rng.randint(3, 90),
    }


def _stages(x, rows):
    for number, (t, c, n, s) in enumerate(rows, start=1):
        for repeat in range(n):
            with x.block(f"stage{number}.block{repeat + 1}"):
                x = inverted_residual(x, c, s if repeat == 0 else 1, t)
    return x


def _network(resolution, stem, rows, last, classes):
    x = conv_bn_relu6(FeatureMap(3, resolution, resolution), stem, 3, stride=2, name="first")
    return Network(classifier(conv_bn_relu6(_stages(x, rows), last, 1, name="last"), classes))


def _walk(channels, side, rows, always=False, first=False, each=False, alike=False):
    """Return MACs (expand, depthwise, project) of each block, as a list for each row, by arithmetic."""
    table = []
    for t, c, n, s in rows:
        blocks, before = [], channels
        for repeat in range(n):
            stride = s if repeat == 0 or each else 1
            c_in = before if alike else channels
            blocks.append(_steps(c_in, c, side, stride, t, always, side // stride if first else None))
            channels, side = c, side // stride
        table.append(blocks)
    return table


def _by_row(*given, **options):
    return [sum(map(sum, blocks)) for blocks in _walk(*given, **options)]


def _own_ends(rng):
    return {
        "resolution": 32 * rng.choice([3, 4, 5, 6, 8, 9]),
        "stem": 8 * rng.randint(2, 5),
        "before_last": 8 * rng.randint(10, 50),
        "last": 64 * rng.randint(5, 20),
        "classes": 10 * rng.randint(3, 90),
    }


@exercise(variant=_own_ends)
def my_ends(*, resolution, stem, before_last, last, classes):
    first = Conv2d(stem, 3, stride=2, padding=1, bias=False)(FeatureMap(3, resolution, resolution))
    side = resolution // 32
    wide = Network(conv_bn_relu6(FeatureMap(before_last, side, side), last, 1))
    head = Network(classifier(FeatureMap(last, side, side), classes))
    return [int(first.node.macs), int(wide.macs), int(head.macs)]


my_ends.helps(
    explained="light/mobilenet_v2_homework#what-was-handed-in",
    worked=(
        {"resolution": 64, "stem": 4, "before_last": 10, "last": 20, "classes": 10},
        "64 pixels, 4 channels at first, then 10 to 20 channels at the end, 10 classes. The first "
        "layer makes 32x32 positions: 27 · 4 · 1024 = 110592. Four more halvings leave 2x2: 10 · "
        "20 · 4 = 800. Behind the average there is one position: 20 · 10 = 200.",
    ),
)


my_ends.asks(three_lines=(2, "the lines of the first convolution, the last one and the classifier"))


def _three(resolution, stem, before_last, last, classes, first=2, other=32, head=1):
    return [
        27 * stem * (resolution // first) ** 2,
        before_last * last * (resolution // other) ** 2,
        last * classes * head,
    ]


@my_ends.wrong
def classifier_twice(**given):
    "The classifier stands there as a 1x1 convolution already; a fully connected layer behind it does not exist."
    first, wide, head = _three(**given)
    return [first, wide, head + given["classes"] ** 2]


@my_ends.wrong
def seven_by_seven(**given):
    "The last map is 7x7 for images of 224 pixels. Five layers of stride 2 divide the side of your image by 32."
    first, _, head = _three(**given)
    return [first, given["before_last"] * given["last"] * 49, head]


my_ends.slips(
    "input_side: The first convolution has stride 2: it computes a quarter as many outputs as the image has pixels.",
    lambda **given: _three(**given, first=1),
    "last_on_one_pixel: The pooling comes after the last 1x1 convolution, which still works on the whole last map.",
    lambda **given: _three(**given, other=given["resolution"]),
    "classifier_on_the_map: The classifier works on the averaged map, 1x1: its weights are used once.",
    lambda **given: _three(**given, head=(given["resolution"] // 32) ** 2),
)


@exercise(variant=_own_stages)
def my_stages(*, channels, side, rows):
    net = Network(_stages(Conv2d(channels, 1)(FeatureMap(3, side, side)), rows))
    return [int(net.stage(number).macs) for number in range(1, 8)]


my_stages.helps(
    explained="light/mobilenet_v2_homework#third-mark-the-lines",
    worked=(
        {
            "channels": 2,
            "side": 4,
            "rows": [[1, 2, 1, 1], [2, 2, 2, 2], [2, 2, 1, 1], [2, 2, 1, 1], [2, 2, 1, 1], [2, 2, 1, 1], [2, 2, 1, 1]],
        },
        "2 channels everywhere, on 4x4. Stage 1 expands nothing: (9 · 2 + 2 · 2) · 16 = 352. "
        "Stage 2 has expansion 2, stride 2 and two blocks. The first expands on 4x4, the rest is "
        "on 2x2: 2 · 4 · 16 + 9 · 4 · 4 + 4 · 2 · 4 = 304; the second is on 2x2: 2 · 4 · 4 + 9 · "
        "4 · 4 + 4 · 2 · 4 = 208. So 304 + 208 = 512. The other five are like the second block.",
    ),
)


my_stages.asks(seven_lines=(4, "the lines of the seven stages"))
my_stages.slips(
    "stages_always_expand: "
    "The first stage has t = 1: there is no expansion. The solved homework counts one, and so do you.",
    lambda **given: _by_row(*given.values(), always=True),
    "stages_stride_first: "
    "The stride sits in the depthwise step: the expansion of a stage's first block works on the large map.",
    lambda **given: _by_row(*given.values(), first=True),
    "every_repeat_strides: Only the first block of a stage has the stride; the others have stride 1.",
    lambda **given: _by_row(*given.values(), each=True),
    "repeats_alike: After the first block of a stage its other blocks read c channels, not those of the stage before.",
    lambda **given: _by_row(*given.values(), alike=True),
    "one_block_each: Each stage has n blocks; only its first was counted.",
    lambda **given: [sum(blocks[0]) for blocks in _walk(*given.values())],
    "side_of_the_image: `side` is what the first stage reads; it was halved once more.",
    lambda **given: _by_row(given["channels"], given["side"] // 2, given["rows"]),
    "stages_in_operations: Each of your numbers counts two for a MAC. This table is in MACs.",
    lambda **given: [2 * n for n in _by_row(*given.values())],
)


@exercise(variant=_own_network)
def my_kinds(*, resolution, stem, rows, last, classes):
    net = _network(resolution, stem, rows, last, classes)
    convolutions = [n for n in net.layers if n.kind == "Conv2d"]
    kinds = [
        [n for n in convolutions if n.layer.kernel_size == 3 and n.layer.groups == 1],
        [n for n in convolutions if n.layer.groups > 1],
        [n for n in convolutions if n.layer.kernel_size == 1],
        [n for n in net.layers if n.kind == "Linear"],
    ]
    return [int(sum(n.macs for n in nodes)) for nodes in kinds]


my_kinds.helps(
    explained="light/mobilenet_v2_homework#fourth-mark-the-answer-by-kind",
    worked=(
        {"resolution": 32, "stem": 2, "rows": [[1, 4, 1, 1]], "last": 8, "classes": 10},
        "32 pixels, a first layer to 2 channels, one block without expansion to 4, a last 1x1 to "
        "8, 10 classes; all maps are 16x16. Conventional: 27 · 2 · 256 = 13824. Depthwise: 9 · 2 "
        "· 256 = 4608. Pointwise: (2 · 4 + 4 · 8) · 256 = 10240. Fully connected: 8 · 10 = 80.",
    ),
)


my_kinds.asks(four_kinds=(3, "the MACs by kind of layer"))


def _kinds(resolution, stem, rows, last, classes, **options):
    blocks = [b for row in _walk(stem, resolution // 2, rows, **options) for b in row]
    expand, middle, project = map(sum, zip(*blocks))
    return [
        27 * stem * (resolution // 2) ** 2,
        middle,
        expand + project + rows[-1][1] * last * (resolution // 32) ** 2,
        last * classes,
    ]


@my_kinds.wrong
def classifier_is_pointwise(**given):
    "The classifier was counted among the pointwise layers; it is the fully connected one, however it is written."
    first, middle, point, head = _kinds(**given)
    return [first, middle, point + head, 0]


@my_kinds.wrong
def expansions_only(**given):
    "Expansion and projection are both pointwise, and so is the last convolution before the pooling."
    given, last = dict(given), given["rows"][-1][1] * given["last"] * (given["resolution"] // 32) ** 2
    first, middle, point, head = _kinds(**given)
    project = sum(b[2] for row in _walk(given["stem"], given["resolution"] // 2, given["rows"]) for b in row)
    return [first, middle, point - project - last, head]


my_kinds.slips(
    "kinds_always_expand: An expansion with t = 1 was counted among the pointwise layers; it does not exist.",
    lambda **given: _kinds(**given, always=True),
    "kinds_stride_first: The pointwise number is too small: expansions work on the map before the stride.",
    lambda **given: _kinds(**given, first=True),
    "kinds_of_larger_maps: The first convolution has stride 2: every map behind it has half the side that you took.",
    lambda **given: _kinds(**{**given, "resolution": 2 * given["resolution"]}),
)


@exercise(variant=_own_network)
def my_operations(*, resolution, stem, rows, last, classes):
    return int(_network(resolution, stem, rows, last, classes).select(lambda n: n.macs).flops)


my_operations.helps(
    explained="light/mobilenet_v2_homework#first-mark-the-unit",
    worked=(
        {"resolution": 32, "stem": 2, "rows": [[1, 4, 1, 1]], "last": 8, "classes": 10},
        "32 pixels, a first layer to 2 channels, one block without expansion to 4, a last 1x1 to "
        "8, 10 classes. The convolutions take 28672 MACs for (2 + 2 + 4 + 8) · 256 = 4096 "
        "outputs, and each output saves an addition: 2 · 28672 - 4096 = 53248. In the classifier "
        "the bias takes that place: 2 · 8 · 10 = 160. So 53248 + 160 = 53408.",
    ),
)


my_operations.asks(exact_total=(3, "the exact operations of the whole network"))


def _outputs(given):
    """Return the output elements of all convolutions, by arithmetic."""
    channels, side = given["stem"], given["resolution"] // 2
    total = channels * side**2
    for t, c, n, s in given["rows"]:
        for repeat in range(n):
            middle, out = t * channels, side // s if repeat == 0 else side
            total += (middle * side**2 if t > 1 else 0) + (middle + c) * out**2
            channels, side = c, out
    return total + given["last"] * side**2


@my_operations.wrong
def an_expansion_too_many(**given):
    "An expansion with t = 1 was counted; that block starts with its depthwise step."
    surplus = given["stem"] ** 2 * (given["resolution"] // 2) ** 2
    spared = given["stem"] * (given["resolution"] // 2) ** 2
    return 2 * (sum(_kinds(**given)) + surplus) - _outputs(given) - spared


my_operations.slips(
    "total_of_macs: "
    "Those are MACs, the unit of the solved homework's total. Operations are multiplications and additions.",
    lambda **given: sum(_kinds(**given)),
    "twice_the_macs: "
    "Twice the MACs is close, but the first product of each sum is added to nothing: one addition less per output.",
    lambda **given: 2 * sum(_kinds(**given)),
    "classifier_without_bias: "
    "The classifier has a bias: its sums start with the bias, so that no addition is saved there.",
    lambda **given: 2 * sum(_kinds(**given)) - _outputs(given) - given["classes"],
    "convolutions_with_bias: The convolutions were given a bias that they do not have.",
    lambda **given: 2 * sum(_kinds(**given)) + _outputs(given),
    "a_layer_too_many: "
    "A fully connected layer from all classes to all classes was added; the 1x1 convolution is the classifier.",
    lambda **given: 2 * sum(_kinds(**given)) - _outputs(given) + 2 * given["classes"] ** 2,
)


# 7. to 10. Arithmetic intensity


@exercise
def table_row(kind, c_in, c_out, kernel_size, h_in, w_in, h_out, w_out):
    net = _layer(kind, c_in, c_out, kernel_size, h_in, w_in, h_out, w_out)
    return [int(net.weights), int(net.macs), net.macs / net.weights]


table_row.helps(
    explained="flops/intensity#weights-only",
    worked=(
        {"kind": "pointwise", "c_in": 4, "c_out": 6, "kernel_size": 1, "h_in": 2, "w_in": 3, "h_out": 2, "w_out": 3},
        "there are 4 · 6 = 24 weights. Each is used once at every one of the 2 · 3 = 6 positions: "
        "24 · 6 = 144 MACs, and 144 / 24 = 6.",
    ),
)


def _shape(rng, kind):
    """Sizes of one layer; the input is twice as large as the output where a stride makes it so."""
    h_out, w_out = rng.sample(range(3, 15), 2)
    c_in, c_out = rng.sample(range(4, 40), 2)
    stride = rng.choice([1, 2])
    return {
        "kind": kind,
        "c_in": c_in,
        "c_out": c_in if kind == "depthwise" else c_out,
        "kernel_size": 1 if kind in KINDS[2:] else rng.choice([3, 5]),
        "h_in": stride * h_out,
        "w_in": stride * w_out,
        "h_out": h_out,
        "w_out": w_out,
    }


def _row_of(kind):
    def row(rng):
        return _shape(rng, kind)

    row.__name__, row.__doc__ = f"row_{kind.replace(' ', '_')}", f"the row of the {kind} layer"
    return row


for _kind in KINDS:
    table_row.skill(points=2)(_row_of(_kind))


def _weights(kind, c_in, c_out, kernel_size, h_in, w_in, h_out, w_out):
    if kind == "fully connected":
        return c_in * h_in * w_in * c_out * h_out * w_out
    return kernel_size**2 * c_out * (1 if kind == "depthwise" else c_in)


def _uses(kind, h_out, w_out):
    return 1 if kind == "fully connected" else h_out * w_out


@table_row.wrong
def row_in_operations(kind, c_in, c_out, kernel_size, h_in, w_in, h_out, w_out):
    "Two were counted for each MAC; this table is in MACs."
    weights = _weights(kind, c_in, c_out, kernel_size, h_in, w_in, h_out, w_out)
    uses = 2 * _uses(kind, h_out, w_out)
    return [weights, weights * uses, float(uses)]


@table_row.wrong
def depthwise_as_full(kind, c_in, c_out, kernel_size, h_in, w_in, h_out, w_out):
    "A depthwise layer has one kernel for each channel, not one for each pair of channels."
    factor = c_in if kind == "depthwise" else 1
    weights = factor * _weights(kind, c_in, c_out, kernel_size, h_in, w_in, h_out, w_out)
    return [weights, weights * _uses(kind, h_out, w_out), float(_uses(kind, h_out, w_out))]


@table_row.wrong
def connected_by_channel(kind, c_in, c_out, kernel_size, h_in, w_in, h_out, w_out):
    "The fully connected layer joins every input value to every output value, all pixels included."
    weights = kernel_size**2 * c_out * (1 if kind == "depthwise" else c_in)
    uses = _uses(kind, h_out, w_out)
    return [weights, weights * uses, float(uses)]


@table_row.wrong
def uses_at_inputs(kind, c_in, c_out, kernel_size, h_in, w_in, h_out, w_out):
    "A weight is used once for each output pixel; h_in and w_in matter to the fully connected layer only."
    weights = _weights(kind, c_in, c_out, kernel_size, h_in, w_in, h_out, w_out)
    return [weights, weights * _uses(kind, h_in, w_in), float(_uses(kind, h_in, w_in))]


@table_row.wrong
def upside_down(kind, c_in, c_out, kernel_size, h_in, w_in, h_out, w_out):
    "Upside down: intensity is work for each element, not elements for each piece of work."
    weights = _weights(kind, c_in, c_out, kernel_size, h_in, w_in, h_out, w_out)
    uses = _uses(kind, h_out, w_out)
    return [weights, weights * uses, 1 / uses]


@exercise
def full_intensity(kind, c_in, c_out, kernel_size, h_in, w_in, h_out, w_out, images=1):
    net = _layer(kind, c_in, c_out, kernel_size, h_in, w_in, h_out, w_out)
    maps = net.memory_access - net.params
    return images * net.macs / (net.params + images * maps)


full_intensity.helps(
    explained="flops/intensity#how-to-raise-it",
    worked=(
        {
            "kind": "fully connected",
            "c_in": 2,
            "c_out": 3,
            "kernel_size": 1,
            "h_in": 2,
            "w_in": 2,
            "h_out": 1,
            "w_out": 2,
            "images": 2,
        },
        "an image brings 2 · 4 = 8 inputs and 3 · 2 = 6 outputs, joined by 8 · 6 = 48 weights. "
        "Two images take 2 · 48 = 96 MACs. The weights move once, the maps twice: 48 + 2 · (8 + "
        "6) = 76, and 96 / 76 = 1.26.",
    ),
)


full_intensity.asks(
    of_a_convolution=(2, "a convolution, one image", lambda rng: _shape(rng, rng.choice(KINDS[:3]))),
    of_a_connected_layer=(2, "a fully connected layer, one image", lambda rng: _shape(rng, KINDS[3])),
    of_a_batch=(
        2,
        "several images at once",
        lambda rng: {**_shape(rng, rng.choice(KINDS)), "images": rng.randint(2, 64)},
    ),
)


def _parts(kind, c_in, c_out, kernel_size, h_in, w_in, h_out, w_out, images=1):
    """Return (images, MACs of one image, weights, elements of its input, of its output)."""
    weights = _weights(kind, c_in, c_out, kernel_size, h_in, w_in, h_out, w_out)
    return images, weights * _uses(kind, h_out, w_out), weights, c_in * h_in * w_in, c_out * h_out * w_out


def _of_parts(answer):
    return lambda **given: answer(*_parts(**given))


full_intensity.slips(
    "weights_only: Only the weights were moved. A layer also reads its input and writes its output.",
    _of_parts(lambda images, macs, weights, read, wrote: images * macs / weights),
    "activations_only: Only the maps were moved. The weights have to be read as well, once.",
    _of_parts(lambda images, macs, weights, read, wrote: macs / (read + wrote)),
    "writes_nothing: The output has to be written: it counts among the elements moved.",
    _of_parts(lambda images, macs, weights, read, wrote: images * macs / (weights + images * read)),
    "reads_nothing: The input has to be read: it counts among the elements moved.",
    _of_parts(lambda images, macs, weights, read, wrote: images * macs / (weights + images * wrote)),
    "batch_ignored: That is one image at a time. In a batch the weights are read once for all images.",
    _of_parts(lambda images, macs, weights, read, wrote: macs / (weights + read + wrote)),
    "maps_of_one_image: Every image has an input and an output of its own; only the weights are shared by the batch.",
    _of_parts(lambda images, macs, weights, read, wrote: images * macs / (weights + read + wrote)),
    "operations_per_element: Two were counted for each MAC; here intensity is MACs per element moved.",
    _of_parts(lambda images, macs, weights, read, wrote: 2 * images * macs / (weights + images * (read + wrote))),
)


def _own_block(rng):
    return {
        "channels": 8 * rng.randint(2, 12),
        "expand_ratio": rng.choice([3, 4, 5, 6]),
        "side": 7 * rng.randint(1, 8),
        "images": rng.randint(2, 16),
    }


@exercise(variant=_own_block)
def my_steps(*, channels, expand_ratio, side, images):
    net = _inverted(channels, channels, side, 1, expand_ratio)
    steps = [n for n in net.layers if n.kind == "Conv2d"]
    return [images * n.macs / (n.params + images * (n.input_elements + n.output_elements)) for n in steps]


my_steps.helps(
    explained="flops/intensity#five-real-layers",
    worked=(
        {"channels": 4, "expand_ratio": 2, "side": 2, "images": 2},
        "4 channels, expanded to 8, on 2x2, 2 images. The expansion has 4 · 8 = 32 weights: 32 · "
        "4 · 2 = 256 MACs. It moves 32 + 2 · (16 + 32) = 128 elements, and 256 / 128 = 2. The "
        "filter has 9 · 8 = 72 weights: 72 · 4 · 2 = 576 MACs, 72 + 2 · (32 + 32) = 200 elements, "
        "576 / 200 = 2.88. The projection is the expansion in reverse.",
    ),
)


my_steps.asks(the_three=(3, "the intensities of your block's three steps"))


def _three_steps(channels, expand_ratio, side, images):
    middle, cells = expand_ratio * channels, side**2
    full = channels * middle
    shapes = (channels, middle, full), (middle, middle, 9 * middle), (middle, channels, full)
    return [[images * w * cells, w, images * a * cells, images * b * cells] for a, b, w in shapes]


@my_steps.wrong
def full_middle(**given):
    "The middle step is depthwise: nine weights for each channel, and nine MACs for each output."
    steps = _three_steps(**given)
    m, w, a, b = steps[1]
    middle = given["expand_ratio"] * given["channels"]
    steps[1] = m * middle, w * middle, a, b
    return [m / (w + a + b) for m, w, a, b in steps]


my_steps.slips(
    "steps_by_weights: All three tie, because only weights were counted: count the maps too.",
    lambda **given: [macs / weights for macs, weights, _, _ in _three_steps(**given)],
    "steps_of_one_image: That is one image at a time, or weights read anew for each: your batch shares them.",
    lambda **given: [m / (w + a + b) for m, w, a, b in _three_steps(**{**given, "images": 1})],
    "narrow_everywhere: Expansion and projection have a wide end, with expand_ratio times the channels.",
    lambda **given: [m / (w + a + b) for m, w, a, b in _three_steps(**{**given, "expand_ratio": 1})],
    "one_map_each: Each step reads one map and writes another: both count.",
    lambda **given: [m / (w + b) for m, w, _, b in _three_steps(**given)],
)


def _own_head(rng):
    while True:
        given = {"features": 64 * rng.randint(8, 24), "classes": 50 * rng.randint(2, 20)}
        most = given["features"] * given["classes"] / (given["features"] + given["classes"])
        given["wanted"] = int(most * rng.randint(30, 85) / 100)
        if len({w(**given) for w in (_least, no_maps, inputs_only, one_too_few, _no_outputs)}) == 5:
            return given


def _least(features, classes, wanted):
    images = 1
    while images * features * classes < wanted * (features * classes + images * (features + classes)):
        images += 1
    return images


def no_maps(features, classes, wanted):
    "As if nothing but weights moved: each image brings its own inputs and outputs, so more images are needed."
    return wanted


def inputs_only(features, classes, wanted):
    "The inputs were counted, the outputs forgotten."
    macs = features * classes
    return -(-wanted * macs // (macs - wanted * features)) if macs > wanted * features else 0


def _no_outputs(features, classes, wanted):
    macs = features * classes
    return -(-wanted * macs // (macs - wanted * classes)) if macs > wanted * classes else 0


def one_too_few(features, classes, wanted):
    "With that many images the intensity is just not reached: round up."
    return _least(features, classes, wanted) - 1


@exercise(variant=_own_head)
def my_batch(*, features, classes, wanted):
    head = Network(Linear(classes, bias=False)(Flatten()(FeatureMap(features, 1, 1))))
    maps = head.memory_access - head.params
    return next(b for b in range(1, 100_000) if b * head.macs >= wanted * (head.params + b * maps))


my_batch.helps(
    explained="flops/intensity#how-to-raise-it",
    worked=(
        {"features": 10, "classes": 10, "wanted": 2},
        "10 inputs, 10 classes, at least 2 wanted. Each image brings 10 · 10 = 100 MACs and moves "
        "10 + 10 = 20 values; the 100 weights move once. With 3 images it is 300 / (100 + 3 · 20) "
        "= 1.9, too little; with 4 it is 400 / (100 + 4 · 20) = 2.2.",
    ),
)


my_batch.asks(images_needed=(3, "the smallest batch"))
for _wrong in (no_maps, inputs_only, one_too_few):
    my_batch.wrong(_wrong)


@prediction
def surplus():
    "the percentage by which the solved homework's total (an expansion and a classifier too many) exceeds the truth"
    return 100 * (314_619_328 / models.mobilenet_v2().macs - 1)


@prediction
def fusing():
    "the percentage of a block's traffic (24 channels, t = 6, 56x56) that never has to move if its steps are fused"
    convolutions = [n for n in _inverted(24, 24, 56, 1, 6).layers if n.kind == "Conv2d"]
    moved = sum(n.input_elements + n.params + n.output_elements for n in convolutions)
    ends = convolutions[0].input_elements + convolutions[-1].output_elements + sum(n.params for n in convolutions)
    return 100 * (1 - ends / moved)
