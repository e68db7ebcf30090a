"""Relatives: whose idea, complementary groups, contests of maps, twice squeezed units, deeper at equal MACs."""

from functools import cache

from convcost import Conv2d, FeatureMap, Network, models
from convcost.zoo.igcv3 import block as igcv_block
from convcost.zoo.mobilenet_v2 import inverted_residual
from convcost.zoo.squeezenext import unit

from ..exercise import exercise
from ..predictions import prediction

IDEAS = {1: "Xception", 2: "NASNet", 3: "CondenseNet", 4: "IGCV3", 5: "SqueezeNext", 6: "LightCNN"}


@exercise
def whose(numbers):
    return [IDEAS[n] for n in numbers]


whose.helps(
    explained="light/relatives#xception-one-filter-for-each-channel",
)


whose.asks(
    designed=(1, "ideas 1, 4 and 5", lambda rng: {"numbers": rng.sample([1, 4, 5], 3)}),
    searched_or_learned=(1, "ideas 2, 3 and 6", lambda rng: {"numbers": rng.sample([2, 3, 6], 3)}),
)


def _exchanged(numbers, pairs):
    return [IDEAS[pairs.get(n, n)] for n in numbers]


whose.slips(
    "learning_for_searching: "
    "One network was found as a whole by a search; another was designed, and only learned which inputs to drop.",
    lambda numbers: _exchanged(numbers, {2: 3, 3: 2}),
    "groups_confused: "
    "Two of them have groups: in one they are learned, in the other a fixed permutation lies between two groupings.",
    lambda numbers: _exchanged(numbers, {3: 4, 4: 3}),
    "squeezed_for_separated: "
    "Two of them cut up the 3x3: one by channels, until each has its own kernel, the other into a 3x1 and a 1x3.",
    lambda numbers: _exchanged(numbers, {1: 5, 5: 1}),
    "all_xception: Each idea belongs to another network.",
    lambda numbers: ["Xception" for _ in numbers],
)


@exercise
def thinnest_pair(channels):
    return list(_thinnest(channels))


thinnest_pair.helps(
    explained="light/relatives#igcv-two-groupings-that-complement-each-other",
    worked=(
        {"channels": 12},
        "with 2 groups the first layer has 12 · 6 = 72 weights and the second, in 6 groups, 12 · "
        "2 = 24: 72 + 24 = 96. With 3 groups it is 12 · 4 + 12 · 3 = 84, with 4 groups 12 · 3 + "
        "12 · 4 = 84. Of two equally good ones the smaller counts.",
    ),
)


@cache
def _thinnest(channels):
    def weights(groups):
        x = FeatureMap(channels, 1, 1)
        for g in (groups, channels // groups):
            x = Conv2d(channels, 1, groups=g, bias=False)(x)
        return int(Network(x).weights)

    best = min((g for g in range(1, channels + 1) if channels % g == 0), key=lambda g: (weights(g), g))
    return best, weights(best)


@thinnest_pair.skill(points=1)
def square_numbers(rng):
    "a square number of channels"
    return {"channels": rng.choice([16, 36, 64, 100, 144, 196, 256])}


@thinnest_pair.skill(points=2)
def other_numbers(rng):
    "any number of channels"
    return {"channels": 6 * rng.choice([5, 7, 8, 9, 10, 11, 13, 14, 15, 16, 18, 20])}


def _pair(channels, groups):
    return channels * (channels // groups + groups)


def _divisors(channels):
    return [g for g in range(1, channels + 1) if channels % g == 0]


@thinnest_pair.wrong
def same_groups_twice(channels):
    "Both layers got the same groups: then the groups stay strangers. The second has channels / groups of them."
    best = thinnest_pair.reference(channels)[0]
    return [best, 2 * channels * (channels // best)]


@thinnest_pair.wrong
def larger_of_two(channels):
    "Two numbers of groups are equally good; give the smaller one."
    best = max(g for g in _divisors(channels) if _pair(channels, g) == thinnest_pair.reference(channels)[1])
    return [best, _pair(channels, best)]


@thinnest_pair.wrong
def one_layer_only(channels):
    "Those are the weights of the first layer; the second has its own."
    best = thinnest_pair.reference(channels)[0]
    return [best, channels * (channels // best)]


@thinnest_pair.wrong
def weights_of_one_group(channels):
    "That is one group of each layer; every output channel has its weights."
    best = thinnest_pair.reference(channels)[0]
    return [best, (channels // best) ** 2 + best**2]


thinnest_pair.slips(
    "as_many_as_possible: "
    "With as many groups as channels the first layer is thin, but the second is then a full convolution.",
    lambda channels: [channels, _pair(channels, channels)],
    "two_groups: Two groups are those of IGCV3; others need fewer weights.",
    lambda channels: [2, _pair(channels, 2)],
)


@exercise
def contest(x):
    from convcost.extras import numpy as np

    half = len(x) // 2
    return np.maximum(x[:half], x[half:])


def _by_hand():
    from convcost.extras import numpy as np

    return {"x": np.array([[[1, -5]], [[3, 4]], [[2, -7]], [[0, 9]]])}


contest.helps(
    explained="light/relatives#squeezenext-and-lightcnn",
    worked=(
        _by_hand,
        "four maps of two pixels: channel 0 meets channel 2, channel 1 meets channel 3. First "
        "pair: of 1 and 2 the 2 stays, of -5 and -7 the -5. Second pair: of 3 and 0 the 3, of 4 "
        "and 9 the 9.",
    ),
)


def _maps(rng, channels):
    from convcost.extras import numpy as np

    shape = channels, *rng.sample([2, 3, 4], 2)
    n = shape[0] * shape[1] * shape[2]
    values = rng.sample([v for v in range(-5 * n, 5 * n) if v], n)
    x = np.array(values, dtype=float).reshape(shape)
    x[0, 0, 0], x[channels // 2, 0, 0] = -5.0 * n - 2, -5.0 * n - 1  # a pair of negative values: both lose to a ReLU
    x[1, 0, 0], x[channels // 2 + 1, 0, 0] = 5.0 * n + 1, -5.0 * n - 4  # and one whose larger size is negative
    return x


contest.asks(
    two_pairs=(1, "four maps", lambda rng: {"x": _maps(rng, 4)}),
    more_pairs=(1, "more maps", lambda rng: {"x": _maps(rng, 2 * rng.randint(3, 6))}),
)


@contest.wrong
def neighbours(x):
    "The pairs are one map of the first half and one of the second, not neighbours."
    from convcost.extras import numpy as np

    return np.maximum(x[::2], x[1::2])


@contest.wrong
def relu_first(x):
    "There is no ReLU: of two negative values the larger one survives, negative as it is."
    from convcost.extras import numpy as np

    return np.maximum(contest.reference(x), 0)


@contest.wrong
def largest_size(x):
    "The larger value wins, not the larger absolute value."
    from convcost.extras import numpy as np

    half = len(x) // 2
    return np.where(abs(x[:half]) > abs(x[half:]), x[:half], x[half:])


@contest.wrong
def stronger_map(x):
    "The contest is held anew at each pixel; no map wins as a whole."
    from convcost.extras import numpy as np

    half = len(x) // 2
    wins = x[:half].sum(axis=(1, 2)) > x[half:].sum(axis=(1, 2))
    return np.where(wins[:, None, None], x[:half], x[half:])


@contest.wrong
def losers(x):
    "Those are the smaller values."
    from convcost.extras import numpy as np

    return np.minimum(x[: len(x) // 2], x[len(x) // 2 :])


@exercise
def squeezed_twice(channels, side, groups=1):
    x = FeatureMap(channels, side, side)
    return int(Network(unit(x, channels, 1, groups, (3, 1), False, False)).macs)


squeezed_twice.helps(
    explained="light/relatives#squeezenext-and-lightcnn",
    worked=(
        {"channels": 8, "side": 2, "groups": 2},
        "the channels go 8, 4, 2, 4, 4, 8. At a position the five layers take 8 · 4 / 2 = 16, "
        "then 4 · 2 = 8, then 3 · 2 · 4 / 2 = 12, then 3 · 4 · 4 / 2 = 24, then 4 · 8 = 32 MACs. "
        "Together 16 + 8 + 12 + 24 + 32 = 92, at 4 positions 4 · 92 = 368.",
    ),
)


def _size(rng, groups):
    return {"channels": 4 * groups * rng.randint(3, 16), "side": rng.randint(5, 30)}


@squeezed_twice.skill(points=1)
def plain(rng):
    "a unit without groups"
    return _size(rng, 1)


@squeezed_twice.skill(points=1)
def in_groups(rng):
    "a unit with groups"
    groups = rng.choice([2, 4])
    return {**_size(rng, groups), "groups": groups}


def _unit(c, side, g, long=(3, 3), expand=2, grouped=(1, 0, 1, 1, 0), sep=8):
    steps = c * c // 2, c * c // 8, long[0] * c * c // sep, long[1] * c * c // 4, c * c // expand
    return sum(n // (g if by else 1) for n, by in zip(steps, grouped)) * side**2


squeezed_twice.slips(
    "full_kernels: A 3x1 kernel has three cells, and so has a 1x3.",
    lambda channels, side, groups: _unit(channels, side, groups, long=(9, 9)),
    "one_long_kernel: Both halves of the 3x3 are there: a 3x1 and, behind it, a 1x3.",
    lambda channels, side, groups: _unit(channels, side, groups, long=(3, 0)),
    "second_reads_a_quarter: The 1x3 reads half of the channels, which the 3x1 has made.",
    lambda channels, side, groups: _unit(channels, side, groups, long=(3, 1.5)),
    "all_grouped: Three of the five layers are grouped; the second squeeze and the expansion mix all channels.",
    lambda channels, side, groups: _unit(channels, side, groups, grouped=(1, 1, 1, 1, 1)),
    "groups_ignored: The groups were ignored: in a grouped layer each filter reads its share of the channels.",
    lambda channels, side, groups: _unit(channels, side, groups, grouped=(0, 0, 0, 0, 0)),
    "expands_from_a_quarter: The last 1x1 convolution reads half of the channels.",
    lambda channels, side, groups: _unit(channels, side, groups, expand=4),
)


def _own_stage(rng):
    while True:
        given = {
            "channels": 24 * rng.randint(1, 5),
            "expand_ratio": rng.choice([3, 4, 6]),
            "side": 7 * rng.randint(1, 8),
            "blocks": rng.randint(6, 16),
            "groups": rng.choice([2, 3, 4]),
        }
        old, new, _ = _costs(**given)
        if given["blocks"] * old // new + 1 < given["blocks"] * given["groups"]:
            return given


def _costs(channels, expand_ratio, side, groups, **_):
    """Return MACs of a block without and with groups, and the activations of either, by arithmetic."""
    wide, cells = expand_ratio * channels, side**2
    old, new = (wide * (2 * channels // g + 9) * cells for g in (1, groups))
    return old, new, (2 * wide + channels) * cells


@exercise(variant=_own_stage)
def my_deep_stage(*, channels, expand_ratio, side, blocks, groups):
    x = FeatureMap(channels, side, side)
    old = Network(inverted_residual(x, channels, 1, expand_ratio))
    wide = Conv2d(expand_ratio * channels, 1, groups=groups, bias=False)(FeatureMap(channels, side, side))
    wide = Conv2d(wide.channels, 3, padding=1, groups=wide.channels, bias=False)(wide)
    new = Network(Conv2d(channels, 1, groups=groups, bias=False)(wide))
    count = blocks * old.macs // new.macs
    return [int(count), int(count * new.activations)]


my_deep_stage.helps(
    explained="light/relatives#igcv-two-groupings-that-complement-each-other",
    worked=(
        {"channels": 4, "expand_ratio": 2, "side": 2, "blocks": 10, "groups": 2},
        "10 blocks of 4 channels, expanded to 8, on 2x2, then 2 groups. A block takes (4 · 8 + 9 "
        "· 8 + 8 · 4) · 4 = 544 MACs, with groups (16 + 72 + 16) · 4 = 416. Ten old ones are "
        "5440, and 5440 / 416 = 13.1: 13 new ones. Each writes (8 + 8 + 4) · 4 = 80 values: 13 · "
        "80 = 1040.",
    ),
)


my_deep_stage.asks(blocks_and_activations=(3, "the number of grouped blocks and their activations"))


@my_deep_stage.wrong
def times_the_groups(**given):
    "Groups do not make the whole block that many times cheaper: the depthwise step costs what it did."
    n = given["blocks"] * given["groups"]
    return [n, n * _costs(**given)[2]]


@my_deep_stage.wrong
def one_more_block(**given):
    "That is one block too many for the MACs: round down."
    old, new, written = _costs(**given)
    n = given["blocks"] * old // new + 1
    return [n, n * written]


@my_deep_stage.wrong
def grouped_maps(**given):
    "Groups divide weights and MACs. The maps that are written are as large as ever."
    old, new, written = _costs(**given)
    n = given["blocks"] * old // new
    return [n, n * written // given["groups"]]


@my_deep_stage.wrong
def ends_alone(**given):
    "Every convolution writes its output, the two wide maps inside a block as well."
    old, new, _ = _costs(**given)
    n = given["blocks"] * old // new
    return [n, n * given["channels"] * given["side"] ** 2]


@my_deep_stage.wrong
def as_many_as_before(**given):
    "These are the activations before; every additional block writes its maps."
    old, new, written = _costs(**given)
    return [given["blocks"] * old // new, given["blocks"] * written]


@prediction
def sixteen_by_sixteen():
    "how many times fewer weights than one full 1x1 layer a pair of complementary grouped ones has (256 channels)"
    return 256**2 / thinnest_pair.reference(256)[1]


@prediction
def grouped_block():
    "how many times fewer MACs a block of IGCV3 takes than one of MobileNet V2 (32 channels, t = 6), with two groups"
    old, new = (Network(f(FeatureMap(32, 28, 28), 32, 1, 6)) for f in (inverted_residual, igcv_block))
    return old.macs / new.macs


@prediction
def cut_kernel():
    "the percentage of its parameters that SqueezeNext has in its 3x1 and 1x3 kernels"
    net = models.squeezenext()
    return 100 * net.select(lambda n: n.name.endswith(("sep1", "sep2"))).params / net.params
