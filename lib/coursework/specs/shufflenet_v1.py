"""ShuffleNet: the shuffle, how far it reaches, the unit with its two strides, and what groups buy."""

from math import ceil, log

from convcost import FeatureMap, Network, models
from convcost.zoo.shufflenet_v1 import unit

from ..exercise import exercise
from ..predictions import prediction


@exercise
def shuffle(x, groups):
    from convcost import reference

    return reference.channel_shuffle(x[None], groups)[0]


def _by_hand():
    from convcost.extras import numpy as np

    return {"x": np.arange(6).reshape(6, 1, 1), "groups": 2}


shuffle.helps(
    explained="light/shufflenet_v1#the-shuffle-step-by-step",
    worked=(
        _by_hand,
        "six channels with the values 0 to 5, in two groups: 0, 1, 2 and 3, 4, 5. Take the first "
        "of each group, 0 and 3, then the second of each, 1 and 4, then the third, 2 and 5.",
    ),
)


def _maps(rng, groups, per_group):
    from convcost.extras import numpy as np

    shape = groups * per_group, *rng.sample([1, 2, 3], 2)
    values = rng.sample(range(1, 10 * shape[0] * shape[1] * shape[2]), shape[0] * shape[1] * shape[2])
    return {"x": np.array(values, dtype=float).reshape(shape), "groups": groups}


@shuffle.skill(points=1)
def large_groups(rng):
    "more channels in a group than groups"
    groups = rng.randint(2, 3)
    return _maps(rng, groups, rng.randint(groups + 1, 6))


@shuffle.skill(points=1)
def many_groups(rng):
    "more groups than channels in a group"
    groups = rng.randint(4, 6)
    return _maps(rng, groups, rng.randint(2, groups - 1))


def _ordered(x, order):
    return x[list(order)]


@shuffle.wrong
def undoes_it(x, groups):
    "That is the shuffle backwards: it sorts shuffled channels again. First one channel of each group, in order."
    n = len(x) // groups
    return _ordered(x, [p % n * groups + p // n for p in range(len(x))])


@shuffle.wrong
def turns_the_groups(x, groups):
    "The groups changed places, but their channels stayed together."
    n = len(x) // groups
    return _ordered(x, [(p + n) % len(x) for p in range(len(x))])


@shuffle.wrong
def halves_only(x, groups):
    "That deals from two halves, whatever the number of groups."
    n = -(-len(x) // 2)
    return _ordered(x, [p // 2 + (p % 2) * n for p in range(len(x))])


shuffle.slips(
    "leaves_it: "
    "Nothing moved: reshaping there and back changes nothing without an exchange of the two axes in between.",
    lambda x: x,
    "backwards: The channels are reversed; a shuffle deals them out like cards, one from each group in turn.",
    lambda x: x[::-1],
)


@exercise
def layers_needed(channels, groups):
    n = channels // groups
    heard = [{g} for g in range(groups)]  # of the first layer's groups, by each group of the last one
    layers = 1
    while min(map(len, heard)) < groups:
        heard = [set().union(*(heard[p % groups] for p in range(j * n, (j + 1) * n))) for j in range(groups)]
        layers += 1
    return layers


layers_needed.helps(
    explained="light/shufflenet_v1#why-the-groups-must-be-mixed",
    worked=(
        {"channels": 12, "groups": 6},
        "a group has 12 / 6 = 2 channels. After one layer an output knows 1 group of the 6. The 2 "
        "channels that it reads in the next layer come from different groups, so it knows 2; "
        "after that 2 · 2 = 4, and after one more layer 2 · 4 = 8, which is more than all 6.",
    ),
)


@layers_needed.skill(points=1)
def even_powers(rng):
    "numbers of groups that are just reached"
    per_group, steps = rng.choice([(2, 2), (2, 3), (2, 4), (3, 1), (3, 2), (3, 3), (4, 1), (4, 2), (5, 1), (5, 2)])
    return {"channels": per_group ** (steps + 1), "groups": per_group**steps}


@layers_needed.skill(points=2)
def many_thin_groups(rng):
    "many groups of few channels"
    per_group, groups = rng.choice([2, 3]), rng.choice([10, 14, 18, 26, 30, 40])
    return {"channels": per_group * groups, "groups": groups}


layers_needed.slips(
    "rounds_down: Some group is still not heard: round the number of steps up.",
    lambda channels, groups: 1 + int(log(groups, channels // groups) + 1e-9),
    "always_two: Two layers are enough only if a group has at least as many channels as there are groups.",
    lambda: 2,
    "counts_shuffles: That is the number of shuffles; there is one layer more.",
    lambda channels, groups: layers_needed.reference(channels, groups) - 1,
    "adds_up: The groups that are heard multiply from layer to layer; they do not add up.",
    lambda channels, groups: 1 + ceil(groups / (channels // groups)),
    "halves_each_time: A group hears as many groups below as it has channels, which may be more than two.",
    lambda groups: 1 + ceil(log(groups, 2) - 1e-9),
)


@exercise
def unit_macs(c_in, c_out, side, groups, stride=1):
    return int(Network(unit(FeatureMap(c_in, side, side), c_out, stride, groups, groups)).macs)


unit_macs.helps(
    explained="light/shufflenet_v1#the-unit-beside-resnets",
    worked=(
        {"c_in": 8, "c_out": 24, "side": 4, "groups": 2, "stride": 2},
        "inside there are 24 / 4 = 6 channels. The first 1x1 works on 4x4 positions: 8 · 6 / 2 · "
        "16 = 384. The filter makes 2x2: 9 · 6 · 4 = 216. The input brings 8 channels, so the "
        "last 1x1 makes 24 - 8 = 16: 6 · 16 / 2 · 4 = 192. Together 384 + 216 + 192 = 792.",
    ),
)


def _channels(rng, groups):
    return 4 * groups * rng.randint(2, 12)


@unit_macs.skill(points=1)
def stays(rng):
    "a unit that keeps the map"
    groups = rng.choice([2, 3, 4])
    channels = _channels(rng, groups)
    return {"c_in": channels, "c_out": channels, "side": 2 * rng.randint(3, 14), "groups": groups}


@unit_macs.skill(points=2)
def halves(rng):
    "a unit that halves the map"
    groups = rng.choice([2, 3, 4])
    channels = _channels(rng, groups)
    return {
        "c_in": channels,
        "c_out": 2 * channels + rng.choice([0, 4 * groups]),
        "side": 2 * rng.randint(3, 14),
        "groups": groups,
        "stride": 2,
    }


def _unit(c_in, c_out, side, groups, stride, new=None, first=None, grouped=(True, True), middle=None):
    m, out = middle or c_out // 4, side // stride
    new = (c_out - c_in if stride == 2 else c_out) if new is None else new
    reduce = c_in * m // (groups if grouped[0] else 1) * (first or side) ** 2
    return reduce + 9 * m * out**2 + m * new // (groups if grouped[1] else 1) * out**2


unit_macs.slips(
    "makes_all_channels: "
    "With stride 2 the averaged input is stacked beside: the last convolution makes only what is missing.",
    lambda c_in, c_out, side, groups, stride: _unit(c_in, c_out, side, groups, stride, new=c_out),
    "reduces_on_the_small_map: "
    "The stride is in the depthwise step, so the first 1x1 convolution still works on the large map.",
    lambda c_in, c_out, side, groups, stride: _unit(c_in, c_out, side, groups, stride, first=side // stride),
    "quarter_of_the_input: The bottleneck has a quarter of the unit's output channels, those of the input included.",
    lambda c_in, c_out, side, groups, stride: _unit(c_in, c_out, side, groups, stride, middle=c_in // 4),
    "one_grouped: Both 1x1 convolutions are grouped; that is what the shuffle between them is for.",
    lambda c_in, c_out, side, groups, stride: _unit(c_in, c_out, side, groups, stride, grouped=(True, False)),
    "no_groups: Without groups. With them, each filter of a 1x1 convolution reads its share of the channels.",
    lambda c_in, c_out, side, groups, stride: _unit(c_in, c_out, side, groups, stride, grouped=(False, False)),
    "depthwise_forgotten: The depthwise 3x3 is missing; it is cheap, but not free.",
    lambda c_in, c_out, side, groups, stride: (
        _unit(c_in, c_out, side, groups, stride) - 9 * (c_out // 4) * (side // stride) ** 2
    ),
)


@unit_macs.wrong
def depthwise_in_groups(c_in, c_out, side, groups, stride=1):
    "The 3x3 is depthwise, one channel to a filter, not grouped like the 1x1 convolutions."
    m, out = c_out // 4, side // stride
    return _unit(c_in, c_out, side, groups, stride) + 9 * m * (m // groups - 1) * out**2


def _own_budget(rng):
    while True:
        given = {"side": 7 * rng.randint(1, 4), "groups": sorted(rng.sample([1, 2, 3, 4, 6, 8], 4))}
        given["budget"] = given["side"] ** 2 * rng.randint(15_000, 60_000)
        answers = _widest, multiples_of_four, times_groups, groups_left_out, free_filters
        values = [answer(**given) for answer in answers]
        if all(a != b for i, a in enumerate(values) for b in values[:i]):
            return given


def _widest(side, groups, budget, step=None, cost=None):
    found = []
    for g in groups:
        by = step or 4 * g
        cost_of = cost or (lambda c, g: side**2 * (c * c // 2 // g + 9 * (c // 4)))
        c = by
        while cost_of(c + by, g) <= budget:
            c += by
        found.append(c)
    return found


def multiples_of_four(side, groups, budget):
    "A bottleneck of a quarter of the channels has to be cut into the groups: only multiples of 4 x groups will do."
    return _widest(side, groups, budget, step=4, cost=lambda c, g: side**2 * (c * c / 2 / g + 9 * c / 4))


def times_groups(side, groups, budget):
    "Twice the groups do not allow twice the channels: the cost of a 1x1 convolution grows with their square."
    one = _widest(side, [1], budget)[0]
    return [one * g for g in groups]


def groups_left_out(side, groups, budget):
    "As if there were no groups: each divides the cost of both 1x1 convolutions."
    return _widest(side, groups, budget, cost=lambda c, g: side**2 * (c * c // 2 + 9 * (c // 4)))


def free_filters(side, groups, budget):
    "The depthwise 3x3 was left out; with many channels in many groups it is no longer small."
    return _widest(side, groups, budget, cost=lambda c, g: side**2 * (c * c // 2 // g))


@exercise(variant=_own_budget)
def my_channels(*, side, groups, budget):
    found = []
    for g in groups:
        low, high = 1, 1_000  # multiples of 4 g that fit, and that do not
        while high - low > 1:
            middle = (low + high) // 2
            net = Network(unit(FeatureMap(4 * g * middle, side, side), 4 * g * middle, 1, g, g))
            low, high = (middle, high) if net.macs <= budget else (low, middle)
        found.append(4 * g * low)
    return found


my_channels.helps(
    explained="light/shufflenet_v1#the-network-and-what-more-groups-buy",
    worked=(
        {"side": 1, "groups": [1, 2], "budget": 200},
        "one position, at most 200 MACs, 1 or 2 groups. With 16 channels, 4 inside, a unit takes "
        "2 · 16 · 4 + 9 · 4 = 164; with 20, 5 inside, 2 · 20 · 5 + 9 · 5 = 245. So 16 fit. Two "
        "groups halve the 1x1 layers, and only multiples of 8 will do: 24 channels take 24 · 6 + "
        "9 · 6 = 198, and 32 take 32 · 8 + 9 · 8 = 328.",
    ),
)


my_channels.asks(the_widths=(3, "the channels that your budget allows"))
for _wrong in (multiples_of_four, times_groups, groups_left_out, free_filters):
    my_channels.wrong(_wrong)


@prediction
def sixteen_groups():
    "the number of grouped 1x1 layers, shuffles in between, that connect all of 48 channels in 16 groups"
    return layers_needed.reference(48, 16)


@prediction
def still_in_1x1():
    "the percentage of its MACs that ShuffleNet with 8 groups spends on 1x1 convolutions"
    net = models.shufflenet_v1(groups=8)
    return 100 * net.select(lambda n: n.kind == "Conv2d" and n.layer.kernel_size == 1).macs / net.macs
