"""Scaled networks: three ways to grow, a rule and its rounding, a rule of one's own, RegNet's line, a design."""

from itertools import groupby, pairwise, product
from math import ceil, log

from convcost import AdaptiveAvgPool2d, Conv2d, FeatureMap, Flatten, Linear, Network, ReLU, models
from convcost.memory import saved_for_backward
from convcost.zoo import regnet
from convcost.zoo.blocks import rounded

from ..design import design, from_to
from ..exercise import exercise
from ..predictions import prediction


@exercise
def grown(d, w, r):
    base, large = _chain(1, 1, 1), _chain(d, w, r)
    return [large.macs / base.macs, large.params / base.params, large.activations / base.activations]


def _chain(d, w, r):
    """3x3 convolutions, all with as many channels in as out, on a map that keeps its size."""
    x = FeatureMap(round(8 * w), round(8 * r), round(8 * r))
    for _ in range(round(4 * d)):
        x = Conv2d(x.channels, 3, padding=1, bias=False)(x)
    return Network(x)


grown.helps(
    explained="modern/scaled#three-ways-to-grow",
    worked=(
        {"d": 2, "w": 3, "r": 1},
        "twice the layers, 3 times the channels. A layer with 3 times the channels on both sides has "
        "3 · 3 = 9 times the weights, and there are twice as many layers: 2 · 9 = 18 times the "
        "weights. The map keeps its size, so each weight works as often as before, and the MACs grow "
        "like the weights. Each map has 3 times the values, and there are twice as many maps: 2 · 3 = 6.",
    ),
)


def _factor(rng):
    return rng.choice([1.25, 1.5, 1.75, 2.25, 2.5])


grown.asks(
    deeper=(1, "a deeper chain", lambda rng: {"d": _factor(rng), "w": 1, "r": 1}),
    wider=(1, "a wider chain", lambda rng: {"d": 1, "w": _factor(rng), "r": 1}),
    finer=(1, "larger images", lambda rng: {"d": 1, "w": 1, "r": _factor(rng)}),
    together=(1, "all three at once", lambda rng: {"d": _factor(rng), "w": _factor(rng), "r": _factor(rng)}),
)
grown.slips(
    "width_counted_once: A layer has more channels in and more channels out, so its weights grow with w twice.",
    lambda d, w, r: [d * w * r**2, d * w, d * w * r**2],
    "side_counted_once: A map has a height and a width: r times the side is r² times the positions.",
    lambda d, w, r: [d * w**2 * r, d * w**2, d * w * r],
    "new_weights_for_new_positions: A kernel slides further over a larger map, but it keeps its weights.",
    lambda d, w, r: [d * w**2 * r**2, d * w**2 * r**2, d * w * r**2],
    "values_like_work: A map has only one number of channels: its values grow with w, not with w².",
    lambda d, w, r: [d * w**2 * r**2, d * w**2, d * w**2 * r**2],
    "values_side_once: A map with r times the side has r² times the positions, and a value on each.",
    lambda d, w, r: [d * w**2 * r**2, d * w**2, d * w * r],
    "weights_with_the_side: A kernel keeps its weights, however large the image is.",
    lambda d, w, r: [d * w**2 * r**2, d * w**2 * r, d * w * r**2],
    "added_up: The three factors multiply: each grows what the others have grown.",
    lambda d, w, r: [d + w**2 + r**2, d + w**2, d + w + r**2],
    "one_map_only: More layers leave more maps, and training keeps them all.",
    lambda d, w, r: [d * w**2 * r**2, d * w**2, w * r**2],
)


@exercise
def scaled_stage(channels, repeats, width, depth):
    return [rounded(channels * width, 8), ceil(repeats * depth)]


scaled_stage.helps(
    explained="modern/scaled#one-number-for-all-three",
    worked=(
        {"channels": 32, "repeats": 2, "width": 1.3, "depth": 1.7},
        "32 · 1.3 = 41.6 channels; the multiples of 8 around it are 40 and 48, and 40 is nearer. A "
        "tenth less than 41.6 would be 37.44, so 40 is allowed. And 2 · 1.7 = 3.4 blocks are rounded up.",
    ),
)

WIDTHS, DEPTHS = (1.1, 1.2, 1.3, 1.4, 1.6, 1.7, 1.8, 2.2), (1.1, 1.2, 1.4, 1.8, 2.2, 2.6, 3.1)


def _nearest(channels, width):
    return 8 * round(channels * width / 8)


def _kind(channels, width):
    """How the channels of a stage are rounded: "down", "up", "tenth" (the nearest is too few); None: a close call."""
    exact = channels * width
    part, nearest = exact / 8 % 1, _nearest(channels, width)
    if abs(part - 0.5) < 0.04 or min(part, 1 - part) < 0.04 or abs(nearest / exact - 0.9) < 0.005:
        return None
    return "tenth" if nearest < 0.9 * exact else "down" if part < 0.5 else "up"


STAGES = [(c, w) for c, w in product(range(8, 328, 8), WIDTHS) if _kind(c, w)]


def _stage(rng, kind, whole=False):
    """A stage whose channels go this way, and whose repeats are whole or end nearer to the number below."""
    while True:
        channels, width = rng.choice([stage for stage in STAGES if _kind(*stage) == kind])
        repeats, depth = 5 if whole else rng.randint(1, 6), rng.choice(DEPTHS)
        exchanged = [rounded(channels * depth, 8), ceil(repeats * width)]
        rest = repeats * depth % 1
        if (rest == 0 if whole else 0.04 < rest < 0.46) and exchanged != scaled_stage.reference(
            channels, repeats, width, depth
        ):
            return {"channels": channels, "repeats": repeats, "width": width, "depth": depth}


scaled_stage.asks(
    to_the_multiple_below=(
        1,
        "channels that go down to a multiple of 8, and blocks that come out whole",
        lambda rng: _stage(rng, "down", whole=True),
    ),
    to_the_multiple_above=(1, "channels that go up to a multiple of 8", lambda rng: _stage(rng, "up")),
    not_a_tenth_less=(1, "channels that may not lose more than a tenth", lambda rng: _stage(rng, "tenth")),
)
scaled_stage.slips(
    "blocks_to_the_nearest: Blocks are not rounded to the nearest number but up: whatever is begun is a whole block.",
    lambda channels, repeats, width, depth: [rounded(channels * width, 8), round(repeats * depth)],
    "one_block_too_many: Only what is begun is rounded up: a whole number of blocks stays as it is.",
    lambda channels, repeats, width, depth: [rounded(channels * width, 8), int(repeats * depth) + 1],
    "channels_always_up: Only blocks are always rounded up. Channels go to the nearest multiple of 8.",
    lambda channels, repeats, width, depth: [8 * ceil(channels * width / 8), ceil(repeats * depth)],
    "channels_always_down: Channels go to the nearest multiple of 8, which may lie above.",
    lambda channels, repeats, width, depth: [int(channels * width / 8) * 8, ceil(repeats * depth)],
    "tenth_forgotten: "
    "In some cases the nearest multiple of 8 is less than 0.9 times the exact `channels * width`. There the "
    "next multiple of 8 above it is due.",
    lambda channels, repeats, width, depth: [_nearest(channels, width), ceil(repeats * depth)],
    "channels_as_they_come: Channels are whole numbers here, but also multiples of 8.",
    lambda channels, repeats, width, depth: [round(channels * width), ceil(repeats * depth)],
    "depth_forgotten: The depth multiplies the blocks, as the width multiplies the channels.",
    lambda channels, repeats, width: [rounded(channels * width, 8), repeats],
    "depth_for_both: The width belongs to the channels.",
    lambda channels, repeats, depth: [rounded(channels * depth, 8), ceil(repeats * depth)],
    "factors_exchanged: The width belongs to the channels, the depth to the blocks.",
    lambda channels, repeats, width, depth: [rounded(channels * depth, 8), ceil(repeats * width)],
)


def _own_rule(rng):
    given = {"alpha": rng.randint(105, 130) / 100, "beta": rng.randint(103, 119) / 100, "phi": rng.randint(3, 8)}
    return given if given["alpha"] != given["beta"] else _own_rule(rng)


@exercise(variant=_own_rule)
def my_rule(*, alpha, beta, phi):
    gamma = (2 / (alpha * beta**2)) ** 0.5
    return [gamma, (alpha * beta * gamma**2) ** phi]


my_rule.helps(
    explained="modern/scaled#one-number-for-all-three",
    worked=(
        {"alpha": 1, "beta": 1.25, "phi": 2},
        "depth times 1, width times 1.25. The work of a step is 1 · 1.25 · 1.25 = 1.5625 times the "
        "square of gamma, and shall be 2: the square is 2 / 1.5625 = 1.28. Gamma is its root. The "
        "values of a step grow by 1.25 · 1.28 = 1.6; two steps make 1.6 · 1.6 = 2.56.",
    ),
)
my_rule.asks(the_rule=(3, "gamma, and the growth of the values kept"))


def _gamma(alpha, beta):
    return (2 / (alpha * beta**2)) ** 0.5


my_rule.slips(
    "gamma_rounded: Gamma was rounded to two digits: keep them all, since phi steps make the error larger.",
    lambda alpha, beta, phi: [
        round(_gamma(alpha, beta), 2),
        (alpha * beta * round(_gamma(alpha, beta), 2) ** 2) ** phi,
    ],
    "factors_subtracted: "
    "The three factors of the work multiply: gamma² is 2 divided by alpha · beta², not 2 minus that.",
    lambda alpha, beta, phi: [(2 - alpha * beta**2) ** 0.5, (alpha * beta * (2 - alpha * beta**2)) ** phi],
    "width_and_depth_exchanged: In the work depth counts once and width twice: alpha · beta² · gamma².",
    lambda alpha, beta, phi: [(2 / (alpha**2 * beta)) ** 0.5, (2 / alpha) ** phi],
    "all_steps_at_once: "
    "The values are right. Gamma belongs to one step, whose work is 2 times as much, not 2^phi times.",
    lambda alpha, beta, phi: [
        (2**phi / (alpha * beta**2)) ** 0.5,
        (alpha * beta * _gamma(alpha, beta) ** 2) ** phi,
    ],
    "root_forgotten: The work grows with the square of gamma; what you found is that square.",
    lambda alpha, beta, phi: [_gamma(alpha, beta) ** 2, (alpha * beta * _gamma(alpha, beta) ** 4) ** phi],
    "square_of_gamma: The values are right; as gamma you give its square.",
    lambda alpha, beta, phi: [
        _gamma(alpha, beta) ** 2,
        (alpha * beta * _gamma(alpha, beta) ** 2) ** phi,
    ],
    "gamma_of_all_steps: The values are right; gamma is the growth of the side in *one* step.",
    lambda alpha, beta, phi: [
        _gamma(alpha, beta) ** phi,
        (alpha * beta * _gamma(alpha, beta) ** 2) ** phi,
    ],
    "depth_left_out: More layers leave more maps: the values grow with alpha as well.",
    lambda alpha, beta, phi: [_gamma(alpha, beta), (beta * _gamma(alpha, beta) ** 2) ** phi],
    "width_counted_once: The work of a step is alpha · beta² · gamma²: a wider layer has more channels on both sides.",
    lambda alpha, beta, phi: [(2 / (alpha * beta)) ** 0.5, 2.0**phi],
    "values_like_work: The work doubles in each step. Values grow with beta, not with its square, so by less.",
    lambda alpha, beta, phi: [_gamma(alpha, beta), 2.0**phi],
    "one_step: That is one step; phi of them multiply.",
    lambda alpha, beta: [_gamma(alpha, beta), alpha * beta * _gamma(alpha, beta) ** 2],
    "steps_added_up: Each step multiplies what is there: a power of phi, not phi times.",
    lambda alpha, beta, phi: [_gamma(alpha, beta), alpha * beta * _gamma(alpha, beta) ** 2 * phi],
    "side_counted_once: A map grows in height and in width: with the square of gamma.",
    lambda alpha, beta, phi: [_gamma(alpha, beta), (alpha * beta * _gamma(alpha, beta)) ** phi],
)


@exercise
def regnet_stages(d, w_0, w_a, w_m):
    return [list(stage) for stage in regnet.stages(d, w_0, w_a, w_m)]


regnet_stages.helps(
    explained="modern/scaled#regnet-widths-from-four-numbers",
    worked=(
        {"d": 4, "w_0": 16, "w_a": 20, "w_m": 2},
        "the line is 16, then 16 + 20 = 36, then 36 + 20 = 56, then 56 + 20 = 76. The powers of 2 "
        "times 16 are 16, 32, 64 and 128. In the power 36 is nearest to 32, since 36 / 32 = 1.125; 56 "
        "to 64, since 64 / 56 = 1.14; and 76 to 64, since 76 / 64 = 1.1875 and 128 / 76 = 1.68. So the "
        "four widths are "
        "16, 32, 64, 64: all are multiples of 8.",
    ),
)


def _stages(line, w_0, w_m, power, multiple=8, below=False):
    """Return [width, blocks] of each stage when `power` says to which power of w_m a block of this width goes."""
    whole = int if below else round
    widths = [multiple * whole(w_0 * w_m ** power(u, w_0, w_m) / multiple) for u in line]
    return [[width, len(list(blocks))] for width, blocks in groupby(widths)]


def _exponent(u, w_0, w_m):
    return log(u / w_0) / log(w_m)


def _in_the_power(u, w_0, w_m):
    return round(_exponent(u, w_0, w_m))


def _in_width(u, w_0, w_m):
    return min(range(12), key=lambda p: abs(u - w_0 * w_m**p))


def _line(d, w_0, w_a, first=0):
    return [w_0 + w_a * j for j in range(first, first + d)]


SLIPS = {
    "powers_rounded_down": lambda d, w_0, w_a, w_m: _stages(
        _line(d, w_0, w_a), w_0, w_m, lambda u, w_0, w_m: int(_exponent(u, w_0, w_m))
    ),
    "counts_from_one": lambda d, w_0, w_a, w_m: _stages(_line(d, w_0, w_a, 1), w_0, w_m, _in_the_power),
    "nearest_in_width": lambda d, w_0, w_a, w_m: _stages(_line(d, w_0, w_a), w_0, w_m, _in_width),
    "powers_left_out": lambda d, w_0, w_a, w_m: _stages(_line(d, w_0, w_a), w_0, w_m, _exponent),
    "powers_rounded_up": lambda d, w_0, w_a, w_m: _stages(
        _line(d, w_0, w_a), w_0, w_m, lambda u, w_0, w_m: ceil(_exponent(u, w_0, w_m))
    ),
    "eights_below": lambda d, w_0, w_a, w_m: _stages(_line(d, w_0, w_a), w_0, w_m, _in_the_power, below=True),
    "eights_forgotten": lambda d, w_0, w_a, w_m: _stages(_line(d, w_0, w_a), w_0, w_m, _in_the_power, 1),
    "one_block_short": lambda d, w_0, w_a, w_m: _stages(_line(d - 1, w_0, w_a), w_0, w_m, _in_the_power),
}


def _four_numbers(rng, least, most):
    """Numbers of a RegNet for which no rounding is close and every slip shows."""
    while True:
        case = {
            "d": rng.randint(least, most),
            "w_0": 8 * rng.randint(3, 12),
            "w_a": rng.randint(1500, 6000) / 100,
            "w_m": rng.randint(205, 300) / 100,
        }
        powers = [_exponent(u, case["w_0"], case["w_m"]) for u in _line(case["d"], case["w_0"], case["w_a"])]
        eighths = [case["w_0"] * case["w_m"] ** round(power) / 8 for power in powers]
        if all(abs(value % 1 - 0.5) > 0.02 for value in powers + eighths):
            answers = [regnet_stages.reference(**case), *(slip(**case) for slip in SLIPS.values())]
            if all(one != other for i, one in enumerate(answers) for other in answers[:i]):
                return case


regnet_stages.asks(
    short=(1, "a network of few blocks", lambda rng: _four_numbers(rng, 7, 11)),
    long=(2, "a network of many blocks", lambda rng: _four_numbers(rng, 13, 26)),
)
regnet_stages.slips(
    "powers_rounded_down: A block goes to the nearest power, which may lie above.",
    SLIPS["powers_rounded_down"],
    "powers_rounded_up: A block goes to the nearest power, which may lie below.",
    SLIPS["powers_rounded_up"],
    "eights_below: The *nearest* multiple of 8, which may lie above.",
    SLIPS["eights_below"],
    "a_width_for_each_block: Equal blocks that follow each other are one stage: `[width, blocks]`.",
    lambda d, w_0, w_a, w_m: [
        width for width, blocks in regnet_stages.reference(d, w_0, w_a, w_m) for _ in range(blocks)
    ],
    "widths_alone: Each stage is a pair, `[width, blocks]`.",
    lambda d, w_0, w_a, w_m: [width for width, _ in regnet_stages.reference(d, w_0, w_a, w_m)],
    "pairs_exchanged: In each pair the width comes first.",
    lambda d, w_0, w_a, w_m: [[blocks, width] for width, blocks in regnet_stages.reference(d, w_0, w_a, w_m)],
    "counts_from_one: The first block is number 0: its width is w_0 itself.",
    SLIPS["counts_from_one"],
    "nearest_in_width: Nearest in the power, not in the number of channels: round the logarithm to the base w_m.",
    SLIPS["nearest_in_width"],
    "powers_left_out: That is the line, in multiples of 8: nearly every block has a width, and a stage, of its own.",
    SLIPS["powers_left_out"],
    "eights_forgotten: Widths are multiples of 8; round to them at the end.",
    SLIPS["eights_forgotten"],
    "one_block_short: One block is missing: there are d of them, numbered from 0.",
    SLIPS["one_block_short"],
)


def _small_regnet(plan, group_width=8, kernel_size=3):
    """Stages of X blocks on images of 64 x 64; plan: (width, blocks) of each; group_width None: an ordinary 3x3."""
    x = ReLU()(Conv2d(16, kernel_size=3, stride=2, padding=1)(FeatureMap(3, 64, 64)))
    for width, blocks in plan:
        for number in range(blocks):
            stride, groups = (2 if number == 0 else 1), width // (group_width or width)
            y = ReLU()(Conv2d(width, kernel_size=1)(x))
            y = ReLU()(Conv2d(width, kernel_size, stride=stride, padding=kernel_size // 2, groups=groups)(y))
            y = Conv2d(width, kernel_size=1)(y)
            x = ReLU()(x + y if x.shape == y.shape else y)
    return Linear(20)(Flatten()(AdaptiveAvgPool2d(1)(x)))


@design
def small_regnet():
    return _small_regnet([(24, 1), (48, 2), (96, 5)])


small_regnet.helps(
    explained="modern/scaled#regnet-widths-from-four-numbers",
    worked=(
        {},
        "a block of width 48 has two 1x1 with 48 · 48 = 2304 weights each, and a 3x3 whose outputs read "
        "9 · 8 = 72 values: 48 · 72 = 3456 weights. On 8x8 positions the three take (2304 + 3456 + 2304) "
        "· 64 = 516096 MACs. Most blocks belong where maps are small.",
    ),
)


def _looks(network):
    """Every window behind the first convolution: (side of its output, channels, channels of a group)."""
    spatial = [n for n in network.layers if n.kind == "Conv2d" and max(n.layer.window()[0]) > 1]
    return [(n.output.shape[1], n.output.channels, n.inputs[0].channels // n.layer.groups) for n in spatial[1:]]


@small_regnet.constraint(points=1)
def job(network):
    "from 3x64x64 to 20 numbers, with at least 96 channels before the last layer"
    found = network.input_shape, network.output_shape
    last = next((n for n in reversed(network.layers) if n.kind in ("Conv2d", "Linear")), None)
    wide = last.inputs[0].channels if last else 0
    return found == ((3, 64, 64), (20,)) and wide >= 96, f"{from_to(network)}, {wide} channels before the last layer"


@small_regnet.constraint(points=1)
def groups_of_eight(network):
    "at least eight 3x3 convolutions behind the first, each in groups of 8 channels"
    found = [each for _, _, each in _looks(network)]
    sizes = {n.layer.window()[0] for n in network.layers if n.kind == "Conv2d"} - {(1, 1)}
    met = len(found) >= 8 and set(found) == {8} and sizes == {(3, 3)}
    kernels = " and ".join("x".join(map(str, size)) for size in sorted(sizes)) or "no"
    return met, f"it has {len(found)} with {kernels} kernels, in groups of {sorted(set(found)) or 'none'}"


@small_regnet.constraint(points=1)
def one_width_a_stage(network):
    "these are of one width on maps of one size, wider on smaller maps, on at least three sizes"
    stages = {}
    for side, channels, _ in _looks(network):
        stages.setdefault(side, set()).add(channels)
    widths = [sorted(stages[side]) for side in sorted(stages, reverse=True)]
    single = all(len(width) == 1 for width in widths)
    rising = all(a[-1] < b[0] for a, b in pairwise(widths))
    return len(widths) >= 3 and single and rising, f"its widths are {widths}, from large maps to small ones"


@small_regnet.constraint(points=1)
def budget(network):
    "at most 10 M MACs and 160,000 parameters, and at least 1 M MACs"
    met = 1e6 <= network.macs <= 10e6 and network.params <= 160_000
    return met, f"it takes {network.macs:,} MACs and has {network.params:,} parameters"


@small_regnet.wrong
def ordinary_convolutions():
    "The 3x3 reads all channels: give it width // 8 groups, so that each output reads eight of them."
    return _small_regnet([(24, 1), (48, 2), (96, 5)], group_width=None)


@small_regnet.wrong
def wider_kernels():
    "The kernels are 5x5: a RegNet reads 3x3."
    return _small_regnet([(24, 1), (48, 2), (96, 5)], kernel_size=5)


@small_regnet.wrong
def depthwise():
    "Groups of one channel: a depthwise convolution. Here a group has 8 channels, so there are width // 8 groups."
    return _small_regnet([(24, 1), (48, 2), (96, 5)], group_width=1)


@small_regnet.wrong
def one_width_throughout():
    "The same width in all stages: the large maps cost too much. Widths rise as maps shrink."
    return _small_regnet([(96, 1), (96, 2), (96, 5)])


@prediction
def regnet_values():
    "how many times as many values RegNetX-32GF keeps to train on one image as RegNetX-400MF, for 80 times the work"
    small, large = models.regnet_x_400mf(), models.regnet_x_32gf()
    return saved_for_backward(large.layers)[0] / saved_for_backward(small.layers)[0]


@prediction
def depth_alone():
    "how many times the MACs of EfficientNet-B0 it takes if its depth alone is to be 1.1 times as large"
    return models.efficientnet_b0(depth_mult=1.1).macs / models.efficientnet_b0().macs
