"""ShuffleNet V2: what a layer moves, how unequal its ends may be, and a unit built by four guidelines."""

from functools import cache

from convcost import BatchNorm2d, ChannelShuffle, Concat, Conv2d, FeatureMap, Network, ReLU, SelectChannels
from convcost.zoo.shufflenet_v2 import basic_unit, down_sampling_unit

from ..design import design, from_to
from ..exercise import exercise
from ..predictions import prediction


def _conv(c_in, c_out, side, kernel_size=1, stride=1, groups=1):
    x = FeatureMap(c_in, side, side)
    return Network(Conv2d(c_out, kernel_size, stride, kernel_size // 2, groups=groups, bias=False)(x))


@exercise
def access(c_in, c_out, side, kernel_size=1, stride=1, groups=1):
    return int(_conv(c_in, c_out, side, kernel_size, stride, groups).memory_access)


access.helps(
    explained="light/shufflenet_v2#guideline-1-as-many-channels-out-as-in",
    worked=(
        {"c_in": 4, "c_out": 8, "side": 4, "kernel_size": 3, "stride": 2, "groups": 2},
        "the input has 4 · 16 = 64 values, the output on 2x2 has 8 · 4 = 32. A filter reads 4 / 2 "
        "= 2 channels: 9 · 2 · 8 = 144 weights. Together 64 + 32 + 144 = 240.",
    ),
)


def _ends(rng):
    c_in, c_out = rng.sample(range(4, 97, 4), 2)
    return {"c_in": c_in, "c_out": c_out, "side": 2 * rng.randint(3, 28)}


access.asks(
    pointwise=(1, "a 1x1 convolution", _ends),
    windowed=(1, "a larger kernel", lambda rng: {**_ends(rng), "kernel_size": rng.choice([3, 5, 7])}),
    strided=(1, "a stride of 2", lambda rng: {**_ends(rng), "kernel_size": 3, "stride": 2}),
    grouped=(
        1,
        "groups",
        lambda rng: {**_ends(rng), "kernel_size": rng.choice([1, 3]), "stride": 1, "groups": rng.choice([2, 4])},
    ),
)


def _moved(c_in, c_out, side, kernel_size, stride, groups):
    """Return (input, output, weights), by arithmetic."""
    return c_in * side**2, c_out * (side // stride) ** 2, kernel_size**2 * c_in // groups * c_out


@access.wrong
def each_window_anew(c_in, c_out, side, kernel_size=1, stride=1, groups=1):
    "Each element is moved once, even where windows overlap: the kernel matters to the weights only."
    read, wrote, weights = _moved(c_in, c_out, side, kernel_size, stride, groups)
    return kernel_size**2 * read + wrote + weights


@access.wrong
def no_weights(c_in, c_out, side, kernel_size=1, stride=1, groups=1):
    "The weights have to be read, too."
    read, wrote, _ = _moved(c_in, c_out, side, kernel_size, stride, groups)
    return read + wrote


@access.wrong
def all_by_groups(c_in, c_out, side, kernel_size=1, stride=1, groups=1):
    "Groups divide the weights. The maps are as large as before, and all of them are read and written."
    read, wrote, weights = _moved(c_in, c_out, side, kernel_size, stride, groups)
    return (read + wrote) // groups + weights


access.slips(
    "output_as_large_as_input: With a stride the output is smaller: a quarter of the positions are written.",
    lambda c_in, c_out, side, kernel_size, groups: sum(_moved(c_in, c_out, side, kernel_size, 1, groups)),
    "groups_left_out: In groups each filter reads its share of the channels, so there are fewer weights.",
    lambda c_in, c_out, side, kernel_size, stride: sum(_moved(c_in, c_out, side, kernel_size, stride, 1)),
    "kernel_left_out: "
    "That formula is for 1x1 convolutions; a larger kernel has kernel_size**2 weights for each pair of channels.",
    lambda c_in, c_out, side, stride, groups: sum(_moved(c_in, c_out, side, 1, stride, groups)),
    "these_are_macs: "
    "Those are multiply-accumulates, the other MAC. Count elements: the input, the weights, the output.",
    lambda c_in, c_out, side, kernel_size, stride, groups: (
        kernel_size**2 * c_in // groups * c_out * (side // stride) ** 2
    ),
)


@exercise
def largest_ratio(product, side, percent):
    root = _root(product)
    least = _pointwise_access(root, root, side)
    for c_in in range(1, root + 1):
        if product % c_in == 0 and 100 * _pointwise_access(c_in, product // c_in, side) <= (100 + percent) * least:
            return product // c_in / c_in
    return None


largest_ratio.helps(
    explained="light/shufflenet_v2#guideline-1-as-many-channels-out-as-in",
    worked=(
        {"product": 36, "side": 2, "percent": 10},
        "the equal pair is 6 and 6: it moves 4 · (6 + 6) + 36 = 84. Ten percent more are 92.4. "
        "The pair 4 and 9 moves 4 · (4 + 9) + 36 = 88, which is allowed; 3 and 12 moves 4 · (3 + "
        "12) + 36 = 96, too much. So the ratio is 9 / 4 = 2.25.",
    ),
)


@cache
def _pointwise_access(c_in, c_out, side):
    return int(_conv(c_in, c_out, side).memory_access)


def _root(product):
    return round(product**0.5)


def _ratio(product, allowed):
    """Return the largest ratio c_out / c_in of a pair that is allowed."""
    for c_in in range(1, _root(product) + 1):
        if product % c_in == 0 and allowed(c_in, product // c_in):
            return product // c_in / c_in
    return 0.0


@largest_ratio.skill(points=1)
def large_maps(rng):
    "a large map, where weights hardly matter"
    return {
        "product": rng.choice([24, 36, 48, 60, 72, 96]) ** 2,
        "side": rng.choice([56, 112]),
        "percent": rng.choice([5, 10, 20, 30, 50, 80]),
    }


@largest_ratio.skill(points=2)
def small_maps(rng):
    "a small map with many channels"
    return {
        "product": rng.choice([120, 144, 180, 240, 360]) ** 2,
        "side": rng.choice([7, 10, 14]),
        "percent": rng.choice([5, 10, 15, 20]),
    }


@largest_ratio.wrong
def one_step_further(product, side, percent):
    "That pair is just above the limit."
    least = _pointwise_access(_root(product), _root(product), side)
    return min(
        b / a
        for a, b in ((d, product // d) for d in range(1, _root(product) + 1) if product % d == 0)
        if 100 * _pointwise_access(a, b, side) > (100 + percent) * least
    )


largest_ratio.slips(
    "weights_left_out: "
    "The weights move as well, and they do not depend on the ratio: with them the total grows less, most of all on "
    "small maps.",
    lambda product, percent: _ratio(product, lambda a, b: 100 * (a + b) <= (100 + percent) * 2 * _root(product)),
    "ratio_of_the_percentage: "
    "A ratio of r does not cost r times as much: only the sum of both channel numbers counts, and it grows slowly.",
    lambda product, percent: _ratio(product, lambda a, b: 100 * b <= (100 + percent) * a),
    "upside_down: Give the larger number of channels over the smaller.",
    lambda product, side, percent: 1 / largest_ratio.reference(product, side, percent),
    "number_of_channels: That is the larger number of channels itself; the ratio was asked for.",
    lambda product, side, percent: float(round((product * largest_ratio.reference(product, side, percent)) ** 0.5)),
)


@exercise
def join(kept, computed):
    from convcost import reference
    from convcost.extras import numpy as np

    return reference.channel_shuffle(np.concatenate([kept, computed])[None], 2)[0]


def _by_hand():
    from convcost.extras import numpy as np

    return {"kept": np.array([[[1]], [[2]]]), "computed": np.array([[[5]], [[6]]])}


join.helps(
    explained="light/shufflenet_v2#the-unit",
    worked=(
        _by_hand,
        "the kept half has the channels 1 and 2, the computed half 5 and 6. Take one from each in turn: 1, 5, 2, 6.",
    ),
)


def _halves(rng, channels):
    from convcost.extras import numpy as np

    shape = channels, *rng.sample([1, 2, 3], 2)
    n = shape[0] * shape[1] * shape[2]
    values = rng.sample(range(1, 20 * n), 2 * n)
    return {
        "kept": np.array(values[:n], dtype=float).reshape(shape),
        "computed": np.array(values[n:], dtype=float).reshape(shape),
    }


join.asks(
    few_channels=(1, "few channels", lambda rng: _halves(rng, rng.randint(3, 4))),
    more_channels=(1, "more channels", lambda rng: _halves(rng, rng.randint(5, 9))),
)


@join.wrong
def not_shuffled(kept, computed):
    "The halves are joined but not shuffled: the next unit would keep the very same channels again."
    from convcost.extras import numpy as np

    return np.concatenate([kept, computed])


@join.wrong
def shuffled_back(kept, computed):
    "That is the shuffle the other way round, with as many groups as a half has channels."
    from convcost.extras import numpy as np

    both = np.concatenate([kept, computed])
    return both[[(p % len(kept)) * 2 + p // len(kept) for p in range(len(both))]]


@join.wrong
def halves_exchanged(kept, computed):
    "The halves only changed places."
    from convcost.extras import numpy as np

    return np.concatenate([computed, kept])


join.slips(
    "added: V2 has no sums: the halves are put behind each other, so that all channels remain.",
    lambda kept, computed: kept + computed,
    "computed_first: The kept half comes first, so that its channel 0 stays at position 0.",
    lambda kept, computed: join.reference(computed, kept),
)


def _own_unit(rng):
    c_in = 8 * rng.randint(3, 9)
    return {"c_in": c_in, "c_out": 2 * c_in + 8 * rng.randint(3, 12), "side": 14 * rng.randint(1, 8)}


@exercise(variant=_own_unit)
def my_units(*, c_in, c_out, side):
    half, found = c_out // 2, []
    for left in (c_in, half):
        x = FeatureMap(c_in, side, side)
        found.append(int(Network(down_sampling_unit(x, left, c_out - left, half)).macs))
    return found


my_units.helps(
    explained="light/shufflenet_v2#the-unit",
    worked=(
        {"c_in": 4, "c_out": 10, "side": 4},
        "from 4 to 10 channels, 4x4 to 2x2. Both readings share the left filter, 9 · 4 · 4 = 144, "
        "and on the right, with 5 channels, 4 · 5 · 16 = 320 and 9 · 5 · 4 = 180. If the left "
        "gives 4 and the right 6, add 4 · 4 · 4 = 64 and 5 · 6 · 4 = 120: 144 + 320 + 180 + 64 + "
        "120 = 828. If each gives 5, add 80 and 100: 144 + 320 + 180 + 80 + 100 = 824.",
    ),
)


my_units.asks(both_readings=(3, "the two readings of your unit"))


def _down(c_in, c_out, side, left, right=None, first=None, middle=None, split=1):
    out, m = (side // 2) ** 2, middle or c_out // 2
    right = c_out - left if right is None else right
    read = c_in // split
    return (read * (9 + left) + 9 * m + m * right) * out + read * m * (first or side) ** 2


my_units.slips(
    "first_layer_small: The right side's first 1x1 convolution comes before the stride: it works on the large map.",
    lambda c_in, c_out, side: [_down(c_in, c_out, side, left, first=side // 2) for left in (c_in, c_out // 2)],
    "split_as_well: A unit that halves the map does not split: both sides read all channels.",
    lambda c_in, c_out, side: [_down(c_in, c_out, side, left, split=2) for left in (c_in, c_out // 2)],
    "both_give_all: The two sides have c_out channels together, not each.",
    lambda c_in, c_out, side: [_down(c_in, c_out, side, c_out, right=c_out)] * 2,
    "other_order: These are the right two numbers, in the other order.",
    lambda c_in, c_out, side: my_units.reference(c_in=c_in, c_out=c_out, side=side)[::-1],
    "right_side_narrow: The right side's first two layers have half of c_out, whatever it gives in the end.",
    lambda c_in, c_out, side: [_down(c_in, c_out, side, left, middle=c_out - left) for left in (c_in, c_out // 2)],
    "left_side_free: The left side is no mere copy here: a depthwise 3x3 with stride 2 and a 1x1 convolution.",
    lambda c_in, c_out, side: [
        _down(c_in, c_out, side, left) - c_in * (9 + left) * (side // 2) ** 2 for left in (c_in, c_out // 2)
    ],
)


@design
def obedient_unit():
    return basic_unit(FeatureMap(116, 28, 28))


obedient_unit.helps(
    explained="light/shufflenet_v2#the-unit",
    worked=(
        {},
        "at 28x28 one 1x1 from 116 to 116 channels takes 116 · 116 · 784 = 10549504 MACs, which "
        "is over the budget. One from 58 to 58 takes 58 · 58 · 784 = 2637376. So not every "
        "channel can be computed anew. What may the others do, without a sum?",
    ),
)


def _pointwise(network):
    return [n for n in network.layers if n.kind == "Conv2d" and n.layer.kernel_size in (1, (1, 1))]


@obedient_unit.constraint(points=1)
def shapes_and_sight(network):
    "116x28x28 to the same, a receptive field of at least 3"
    found = network.input_shape, network.output_shape
    return set(found) == {(116, 28, 28)} and network.receptive_field >= 3, (
        f"{from_to(network)}, receptive field {network.receptive_field}"
    )


@obedient_unit.constraint(points=1)
def equal_ends(network):
    "guideline 1: at least two 1x1 convolutions, each with as many channels in as out"
    pairs = [(n.inputs[0].channels, n.output.channels) for n in _pointwise(network)]
    return len(pairs) >= 2 and all(a == b for a, b in pairs), f"its 1x1 convolutions: {pairs or 'none'}"


@obedient_unit.constraint(points=1)
def no_groups_no_sums(network):
    "guidelines 2 and 4: no groups but depthwise ones, no sums, at most two activations"
    convolutions = [n for n in network.layers if n.kind == "Conv2d"]
    groups = [n for n in convolutions if n.layer.groups not in (1, n.inputs[0].channels)]
    sums = sum(n.kind == "Add" for n in network.layers)
    active = sum(n.kind in ("ReLU", "ReLU6", "Sigmoid", "Tanh", "SiLU", "Hardswish", "GELU") for n in network.layers)
    return bool(convolutions) and not groups and not sums and active <= 2, (
        f"{len(groups)} grouped convolutions, {sums} sums, {active} activations"
    )


@obedient_unit.constraint(points=2)
def budget(network):
    "between 4 and 6 M MACs"
    return 4e6 <= network.macs <= 6e6, f"it takes {network.macs:,} MACs"


@obedient_unit.wrong
def full_width():
    "It obeys the guidelines, but computes all channels: let half of them pass."
    x = FeatureMap(116, 28, 28)
    x = ReLU()(Conv2d(116, 1, bias=False)(x))
    x = Conv2d(116, 3, padding=1, groups=116, bias=False)(x)
    return ReLU()(Conv2d(116, 1, bias=False)(x))


@obedient_unit.wrong
def first_version():
    "That is a unit of ShuffleNet V1: a bottleneck, groups and a sum break three guidelines."
    from convcost.zoo.shufflenet_v1 import unit

    return unit(FeatureMap(116, 28, 28), 116, 1, 1, 1)


@obedient_unit.wrong
def squeezed_half():
    "The half is reduced inside: a 1x1 convolution moves least, for its MACs, if both ends are equal."
    x = FeatureMap(116, 28, 28)
    y = ReLU()(Conv2d(100, 1, bias=False)(SelectChannels(range(58, 116))(x)))
    y = Conv2d(100, 3, padding=1, groups=100, bias=False)(y)
    y = ReLU()(BatchNorm2d()(Conv2d(58, 1, bias=False)(y)))
    return ChannelShuffle(2)(Concat()(SelectChannels(range(58))(x), y))


@prediction
def unequal():
    "how many times more elements a 1x1 convolution moves from 32 to 512 than from 128 to 128 channels, at 56x56"
    return _conv(32, 512, 56).memory_access / _conv(128, 128, 56).memory_access


@prediction
def untouched():
    "how many of 352 channels that a unit of stage 3 makes at 1.5x reach the end of the fourth unit after it untouched"
    from convcost.extras import numpy as np

    age = np.zeros(352)
    for _ in range(4):
        age = join.reference(age[:176].reshape(-1, 1, 1) + 1, np.full((176, 1, 1), -1e9)).ravel()
    return int((age == 4).sum())
