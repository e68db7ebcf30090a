"""Searched networks: what a search is paid for, the price of a gate and of a last stage, and winners tried again."""

from math import prod

from convcost import AdaptiveAvgPool2d, Conv2d, FeatureMap, Flatten, Hardswish, Linear, Network
from convcost.zoo.blocks import squeeze_excite
from textbook.phone_times import reward as objective

from ..design import design, from_to
from ..exercise import exercise
from ..predictions import prediction


@exercise
def reward(accuracy, time, target, within, beyond):
    return objective(accuracy, time, target, within, beyond)


reward.helps(
    explained="modern/searched#the-objective-accuracy-and-time-on-a-phone",
    worked=(
        {"accuracy": 50, "time": 40, "target": 10, "within": -0.25, "beyond": -0.5},
        "the network takes longer than it should, so w is -0.5. The time is 40 / 10 = 4 times the target; 4 to the "
        "power -0.5 is one over the root of 4, 1 / 2 = 0.5. The reward is 50 · 0.5 = 25.0.",
    ),
)


def _timed(rng, late):
    target = 5 * rng.randint(8, 20)
    share = rng.choice([0.2, 0.25, 0.4, 0.5])
    return {
        "accuracy": rng.randint(600, 790) / 10,
        "time": target / share if late else target * share,
        "target": target,
        "within": -rng.randint(4, 9) / 100,
        "beyond": -rng.randint(12, 30) / 100,
    }


reward.asks(
    slow=(1, "a network that takes longer than the target", lambda rng: _timed(rng, True)),
    quick=(1, "a network that is faster than the target", lambda rng: _timed(rng, False)),
)
reward.slips(
    "ratio_upside_down: The ratio is time over target: with a negative power, a longer time must lower the reward.",
    lambda accuracy, time, target, within, beyond: accuracy * (target / time) ** (within if time <= target else beyond),
    "weights_exchanged: `within` holds up to the target, `beyond` above it.",
    lambda accuracy, time, target, within, beyond: accuracy * (time / target) ** (beyond if time <= target else within),
    "one_weight: Two weights are given: which of them counts depends on the time.",
    lambda accuracy, time, target, within: accuracy * (time / target) ** within,
    "beyond_alone: Up to the target the weight is `within`.",
    lambda accuracy, time, target, beyond: accuracy * (time / target) ** beyond,
    "full_reward_up_to_the_target: Up to the target the factor counts, too: a quick network earns more than its "
    "accuracy.",
    lambda accuracy, time, target, beyond: accuracy if time <= target else accuracy * (time / target) ** beyond,
    "both_weights: One of the two weights counts, never both.",
    lambda accuracy, time, target, within, beyond: accuracy * (time / target) ** (within + beyond),
    "added: The factor multiplies the accuracy.",
    lambda accuracy, time, target, within, beyond: accuracy + (time / target) ** (within if time <= target else beyond),
    "multiplied: The weight is a power of the ratio, not a factor.",
    lambda accuracy, time, target, within, beyond: accuracy * (time / target) * (within if time <= target else beyond),
    "target_left_out: The time is compared with the target: time / target.",
    lambda accuracy, time, target, within, beyond: accuracy * time ** (within if time <= target else beyond),
    "power_of_all: The power belongs to the ratio alone, the accuracy stands before it.",
    lambda accuracy, time, target, within, beyond: (accuracy * time / target) ** (within if time <= target else beyond),
)


@exercise
def gate(channels, squeezed, side):
    network = Network(squeeze_excite(FeatureMap(channels, side, side), squeezed))
    return [int(network.params), int(network.macs)]


gate.helps(
    explained="modern/searched#squeeze-and-excitation-a-gate-for-each-channel",
    worked=(
        {"channels": 6, "squeezed": 2, "side": 10},
        "from 6 means to 2 values: 6 · 2 = 12 weights and 2 biases; back to 6: 12 weights and 6 biases. Together "
        "12 + 2 + 12 + 6 = 32 parameters. Each weight is used once, at one position: 12 + 12 = 24 MACs.",
    ),
)


def _gate(rng, side):
    channels = 8 * rng.randint(6, 120)
    return {"channels": channels, "squeezed": channels // 4, "side": side}


gate.asks(
    small_map=(1, "a gate on a small map", lambda rng: _gate(rng, 7)),
    large_map=(1, "a gate on a large map", lambda rng: _gate(rng, rng.choice([28, 56]))),
)
gate.slips(
    "biases_left_out: Both layers have a bias for each of their outputs.",
    lambda channels, squeezed: [2 * channels * squeezed] * 2,
    "biases_of_the_first_layer_alone: The second layer has a bias for each channel as well.",
    lambda channels, squeezed: [2 * channels * squeezed + squeezed, 2 * channels * squeezed],
    "biases_of_the_second_layer_alone: The first layer has a bias for each of its `squeezed` values as well.",
    lambda channels, squeezed: [2 * channels * squeezed + channels, 2 * channels * squeezed],
    "equal_biases: The first layer puts out `squeezed` values, so it has only as many biases.",
    lambda channels, squeezed: [2 * channels * squeezed + 2 * channels, 2 * channels * squeezed],
    "two_for_a_mac: A multiplication with its addition is *one* MAC.",
    lambda channels, squeezed: [2 * channels * squeezed + channels + squeezed, 4 * channels * squeezed],
    "at_every_position: The layers of a gate read the means, one position: the size of the map does not matter.",
    lambda channels, squeezed, side: [
        2 * channels * squeezed + channels + squeezed,
        2 * channels * squeezed * side**2,
    ],
    "one_layer: A gate has two layers: from all channels to few, and back to all.",
    lambda channels, squeezed: [channels * squeezed + squeezed, channels * squeezed],
    "means_are_no_macs: To add up a mean, or to scale a channel, is no multiplication with an addition: no MAC.",
    lambda channels, squeezed, side: [
        2 * channels * squeezed + channels + squeezed,
        2 * channels * squeezed + channels * side**2,
    ],
    "biases_as_macs: A bias is an addition without a multiplication: no MAC.",
    lambda channels, squeezed: [2 * channels * squeezed + channels + squeezed] * 2,
    "other_order: These are the right two numbers, in the other order.",
    lambda channels, squeezed, side: gate.reference(channels, squeezed, side)[::-1],
)


def _own_end(rng):
    """Sizes for which no two slips save equally much."""
    while True:
        given = {
            "c_in": 8 * rng.randint(12, 24),
            "wide": 48 * rng.randint(12, 24),
            "narrow": 16 * rng.randint(12, 24),
            "features": 128 * rng.randint(7, 12),
            "side": rng.choice([5, 6, 8, 9, 10]),
        }
        saved = [my_last_stage.reference(**given), *(w.function(**given) for w in my_last_stage.wrongs.values())]
        if len(set(saved)) == len(saved):
            return given


@exercise(variant=_own_end)
def my_last_stage(*, c_in, wide, narrow, features, side):
    x = FeatureMap(c_in, side, side)
    y = Conv2d(wide, 1, bias=False)(x)
    y = Conv2d(wide, 3, padding=1, groups=wide, bias=False)(y)
    y = Conv2d(features, 1, bias=False)(Conv2d(narrow, 1, bias=False)(y))
    old = Network(AdaptiveAvgPool2d(1)(y))
    pooled = AdaptiveAvgPool2d(1)(Conv2d(wide, 1, bias=False)(FeatureMap(c_in, side, side)))
    new = Network(Conv2d(features, 1, bias=False)(pooled))
    return int(old.macs - new.macs)


my_last_stage.helps(
    explained="modern/searched#a-saving-by-hand",
    worked=(
        {"c_in": 2, "wide": 6, "narrow": 3, "features": 5, "side": 4},
        "the first 1x1 is the same in both ends. On 4 · 4 = 16 positions the old end then takes 9 · 6 = 54 to filter, "
        "6 · 3 = 18 and 3 · 5 = 15: 16 · (54 + 18 + 15) = 1392. The new end takes 6 · 5 = 30, once. "
        "Saved: 1392 - 30 = 1362.",
    ),
)
my_last_stage.asks(the_number=(2, "the MACs that your own last stage saves"))


def _old(wide, narrow, features, side):
    """The old end without its first layer, by arithmetic."""
    return side**2 * (9 * wide + wide * narrow + narrow * features)


my_last_stage.slips(
    "border_cut_off: The depthwise 3x3 keeps the side of its map: it works at side x side positions, too.",
    lambda wide, narrow, features, side: (
        _old(wide, narrow, features, side) - 9 * wide * (side**2 - (side - 2) ** 2) - wide * features
    ),
    "first_layer_taken_off: The first 1x1 stands in both ends: leave it out of both, or count it in both.",
    lambda c_in, wide, narrow, features, side: (
        _old(wide, narrow, features, side) - side**2 * c_in * wide - wide * features
    ),
    "new_layer_on_a_row: "
    "Behind the pooling there is one position left: the features are computed once, not `side` times.",
    lambda wide, narrow, features, side: _old(wide, narrow, features, side) - side * wide * features,
    "new_layer_free: The new end has to make the features, too: once, from the pooled channels.",
    lambda wide, narrow, features, side: _old(wide, narrow, features, side),
    "new_end_alone: That is what the new end takes behind the pooling. What do you save?",
    lambda wide, features: wide * features,
    "old_whole: That is all that the old end takes. The new end takes something, too: what is the difference?",
    lambda c_in, wide, narrow, features, side: _old(wide, narrow, features, side) + side**2 * c_in * wide,
    "new_whole: That is all that the new end takes. What did the old one take, and what is the difference?",
    lambda c_in, wide, features, side: side**2 * c_in * wide + wide * features,
    "other_sign: Saved is what the old end takes and the new one does not: old minus new.",
    lambda wide, narrow, features, side: wide * features - _old(wide, narrow, features, side),
    "ordinary_filter: A depthwise 3x3 reads one channel for each output: 9 MACs for each channel and position.",
    lambda wide, narrow, features, side: side**2 * (9 * wide**2 + wide * narrow + narrow * features) - wide * features,
    "new_layer_reads_narrow: The narrow layer is gone: the new layer reads all `wide` channels.",
    lambda wide, narrow, features, side: _old(wide, narrow, features, side) - narrow * features,
    "side_counted_once: A map has side x side positions.",
    lambda wide, narrow, features, side: _old(wide, narrow, features, 1) * side - wide * features,
    "depthwise_left_out: The depthwise 3x3 is gone from the new end, too: 9 MACs for each channel and position.",
    lambda wide, narrow, features, side: _old(wide, narrow, features, side) - side**2 * 9 * wide - wide * features,
    "last_layer_alone: The filter and the projection behind it go, too; the new last layer reads all wide channels.",
    lambda narrow, features, side: (side**2 - 1) * narrow * features,
    "one_position: Before the pooling a layer is computed at side x side positions.",
    lambda wide, narrow, features: _old(wide, narrow, features, 1) - wide * features,
    "first_layer_twice: The first 1x1 is in both ends, so nothing of it is saved.",
    lambda c_in, wide, narrow, features, side: (
        _old(wide, narrow, features, side) + side**2 * c_in * wide - wide * features
    ),
    "features_on_the_map: Behind the pooling the features are computed once, not at every position.",
    lambda wide, narrow, features, side: _old(wide, narrow, features, side) - side**2 * wide * features,
)


@exercise
def choose(first, again, few):
    best = sorted(range(len(first)), key=lambda i: first[i], reverse=True)[:few]
    return max(best, key=lambda i: sum(again[i]))


choose.helps(
    explained="modern/searched#trust-the-winner-a-small-search-of-our-own",
    worked=(
        {"first": [90, 94, 88, 93], "again": [[91, 88], [88, 90], [95, 95], [92, 90]], "few": 3},
        "the best three of the search are the candidates 1, 3 and 0. Tried again their means are (88 + 90) / 2 = 89, "
        "(92 + 90) / 2 = 91 and (91 + 88) / 2 = 89.5, so it is 3. Candidate 2 was not among the three.",
    ),
)


def _scores(rng, runs):
    """Five good candidates, number 0 among them, and some others. The best by its mean is neither the first winner,
    nor the one with the luckiest run, the surest run or the worst mean; its number is no place among the five. The
    sixth by its first score would be the best.
    """
    count, level, few = rng.randint(8, 10), rng.randint(80, 88), 5
    order = rng.sample(range(count), count)
    while order[1] < few or 0 not in order[:few]:
        order = rng.sample(range(count), count)
    winner, best, lucky, sure, worst, outsider = order[:6]
    first = {i: level + 4 - place for place, i in enumerate(rng.sample([best, lucky, sure, worst], 4))}
    first[winner] = level + 10
    means = {winner: level, best: level + 1, lucky: level + 0.5, sure: level, worst: level - 1, outsider: level + 5}
    again = {}
    for i in range(count):
        mean = means.get(i, level - 2)
        spread = {winner: 2, best: 3, lucky: rng.choice([4, 5])}.get(i, 0.5)
        again[i] = [mean + spread, mean - spread, *[mean] * (runs - 2)]
        rng.shuffle(again[i])
    low = dict(enumerate(rng.sample(range(level - 12, level), count))) | {outsider: level}
    return {
        "first": [float(first.get(i, low[i])) for i in range(count)],
        "again": [[float(score) for score in again[i]] for i in range(count)],
        "few": few,
    }


def _best(first, few):
    return sorted(range(len(first)), key=lambda i: first[i], reverse=True)[:few]


choose.asks(
    two_runs=(1, "two new runs of each", lambda rng: _scores(rng, 2)),
    five_runs=(1, "five new runs of each", lambda rng: _scores(rng, 5)),
)
choose.slips(
    "the_first_winner: "
    "That is the winner of the search itself. Its first score chose it, so that score proves nothing: compare the "
    "new runs.",
    lambda first: max(range(len(first)), key=lambda i: first[i]),
    "all_were_tried_again: Only the best `few` of the search are tried again; this one is not among them.",
    lambda again: max(range(len(again)), key=lambda i: sum(again[i])),
    "the_luckiest_run: "
    "That one has the highest single run, and one run is luck again: compare the means of the new runs.",
    lambda first, again, few: max(_best(first, few), key=lambda i: max(again[i])),
    "the_surest_run: "
    "That one has the highest of the lowest runs. One run is luck, the lowest as well: compare the means.",
    lambda first, again, few: max(_best(first, few), key=lambda i: min(again[i])),
    "place_among_the_few: "
    "That is its place in the list of the best. Give the candidate's own number: its place in `first`.",
    lambda first, again, few: _best(first, few).index(choose.reference(first, again, few)),
    "first_in_the_list: That one stands among the first few of the list. The few with the best first scores are meant.",
    lambda again, few: max(range(few), key=lambda i: sum(again[i])),
    "the_worst: That candidate has the lowest mean of the few.",
    lambda first, again, few: min(_best(first, few), key=lambda i: sum(again[i])),
    "its_score: Return the number of the candidate, not its score.",
    lambda first, again, few: (
        sum(again[choose.reference(first, again, few)]) / len(again[choose.reference(first, again, few)])
    ),
)


@design
def cheap_end():
    x = Hardswish()(Conv2d(960, kernel_size=1, bias=False)(FeatureMap(160, 7, 7)))
    x = Hardswish()(Linear(1280)(Flatten()(AdaptiveAvgPool2d(1)(x))))
    return Linear(1000)(x)


cheap_end.helps(
    explained="modern/searched#a-saving-by-hand",
    worked=(
        {},
        "on the map a 1x1 from 160 to 960 channels takes 160 · 960 · 49 = 7526400 MACs. From there to 1280 channels "
        "it takes 960 · 1280 · 49 = 60211200 on the map, and 960 · 1280 = 1228800 behind the pooling.",
    ),
)


def _pooled(network):
    """The shapes of the maps that are pooled to one position."""
    return [n.inputs[0].shape for n in network.layers if n.layer.is_global]


def _classifier(network):
    """How many values the last layer with weights reads."""
    last = [n for n in network.layers if n.params]
    return prod(last[-1].inputs[0].shape) if last else 0


@cheap_end.constraint(points=1)
def shapes(network):
    "from 160x7x7 to 1000 scores"
    found = network.input_shape, network.output_shape
    return found == ((160, 7, 7), (1000,)), f"it leads from {from_to(network)}"


@cheap_end.constraint(points=1)
def rich(network):
    "at least 900 channels on 7x7 are pooled, and the classifier reads at least 1280 values"
    pooled, read = _pooled(network), _classifier(network)
    wide = any(shape[0] >= 900 and shape[1:] == (7, 7) for shape in pooled)
    return wide and read >= 1280, (
        f"pooled: {', '.join('x'.join(map(str, shape)) for shape in pooled) or 'nothing'}; "
        f"the classifier reads {read} values"
    )


@cheap_end.constraint(points=2)
def cost(network):
    "at most 11 M MACs"
    return 0 < network.macs <= 11e6, f"it takes {network.macs:,} MACs"


@cheap_end.wrong
def end_of_mnasnet():
    "That is MnasNet's end: what is widened on the map is computed 49 times. Pool first."
    x = Conv2d(960, kernel_size=1, bias=False)(FeatureMap(160, 7, 7))
    x = Conv2d(960, kernel_size=3, padding=1, groups=960, bias=False)(x)
    x = Conv2d(1280, kernel_size=1, bias=False)(Conv2d(320, kernel_size=1, bias=False)(x))
    return Linear(1000)(Flatten()(AdaptiveAvgPool2d(1)(x)))


@cheap_end.wrong
def pooled_at_once():
    "Pooled at once, only 160 means are left of the map: widen it before."
    x = Flatten()(AdaptiveAvgPool2d(1)(FeatureMap(160, 7, 7)))
    return Linear(1000)(Hardswish()(Linear(1280)(x)))


@cheap_end.wrong
def no_features():
    "The classifier reads the pooled channels themselves: a layer that makes more of them is missing."
    x = Hardswish()(Conv2d(960, kernel_size=1, bias=False)(FeatureMap(160, 7, 7)))
    return Linear(1000)(Flatten()(AdaptiveAvgPool2d(1)(x)))


@cheap_end.wrong
def widened_on_the_map():
    "All 1280 channels are made on the map, from 960 others, at 49 positions. The second step can wait for the pooling."
    x = Hardswish()(Conv2d(960, kernel_size=1, bias=False)(FeatureMap(160, 7, 7)))
    x = Hardswish()(Conv2d(1280, kernel_size=1, bias=False)(x))
    return Linear(1000)(Flatten()(AdaptiveAvgPool2d(1)(x)))


@prediction
def worth_of_ten_percent():
    "how many times as long a network may take if it is to earn the same with 10 percent more accuracy, at w = -0.07"
    return 1.1 ** (1 / 0.07)
