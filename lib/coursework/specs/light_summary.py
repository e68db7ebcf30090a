"""The light networks side by side: who answered what, who is beaten, one job for five blocks, several bills."""

from functools import cache

from convcost import AdaptiveAvgPool2d, Conv2d, FeatureMap, Flatten, Linear, Network, ReLU, models
from convcost.zoo import mobilenet_v2, shufflenet_v1, shufflenet_v2
from convcost.zoo.blocks import conv_bn_relu

from ..design import design, from_to
from ..design import sight as seen
from ..exercise import exercise
from ..predictions import prediction

ANSWERS = {1: "SqueezeNet", 2: "MobileNet", 3: "ShuffleNet", 4: "MobileNet V2", 5: "ShuffleNet V2", 6: "SqueezeNext"}


@exercise
def who_answered(numbers):
    return [ANSWERS[n] for n in numbers]


who_answered.helps(
    explained="light/summary#what-each-of-them-changed",
)


who_answered.asks(
    first_versions=(1, "troubles 1 to 3", lambda rng: {"numbers": rng.sample([1, 2, 3], 3)}),
    later_versions=(1, "troubles 4 to 6", lambda rng: {"numbers": rng.sample([4, 5, 6], 3)}),
)


def _exchanged(numbers, a, b):
    return [ANSWERS[{a: b, b: a}.get(n, n)] for n in numbers]


who_answered.slips(
    "filter_for_groups: "
    "First the 3x3 was taken apart; that left nearly all work in 1x1 layers, which then were cut into groups.",
    lambda numbers: _exchanged(numbers, 2, 3),
    "second_versions_exchanged: "
    "Both second versions: one cares for what a ReLU loses in few channels, the other for what has to move.",
    lambda numbers: _exchanged(numbers, 4, 5),
    "squeezes_exchanged: "
    "Both squeeze: one once, before half of its filters, the other twice, before a kernel that is cut in two.",
    lambda numbers: _exchanged(numbers, 1, 6),
    "wrong_version: "
    "Mind the versions: groups and a shuffle came first, the split of the channels with the second version.",
    lambda numbers: _exchanged(numbers, 3, 5),
)


@exercise
def unbeaten(networks):
    return _unbeaten(networks)


unbeaten.helps(
    explained="light/summary#which-one-does-our-app-ship",
    worked=(
        {"networks": [["Ada", 10, 30], ["Bob", 20, 20], ["Cleo", 20, 40]]},
        "compare each with each. Ada is better than Bob in the first column and worse in the "
        "second, so neither beats the other. Ada is better than Cleo in both, so Cleo is beaten.",
    ),
)


def _unbeaten(networks, better=None):
    better = better or (lambda a, b: a != b and all(x <= y for x, y in zip(a, b)))
    return [name for name, *costs in networks if not any(better(other, costs) for _, *other in networks)]


def _field(rng, columns, ties):
    """Networks with costs; each may be beaten. With ties some agree in a column, and two in all of them."""
    while True:
        names = rng.sample(["Ada", "Bob", "Cleo", "Dora", "Emil", "Fay", "Gus"], 6)
        values = [[rng.randint(1, 4 if ties else 40) * 10 for _ in range(columns)] for _ in names]
        if ties:
            values[rng.randint(3, 5)] = list(values[rng.randint(0, 2)])
        networks = [[name, *costs] for name, costs in zip(names, values)]
        kept = _unbeaten(networks)
        costs = [n[1:] for n in networks if n[0] in kept]
        twins = any(costs.count(c) > 1 for c in costs)
        if 2 <= len(kept) <= 4 and twins == ties:
            return {"networks": networks}


unbeaten.asks(
    two_columns=(1, "two columns", lambda rng: _field(rng, 2, False)),
    three_columns=(1, "three columns", lambda rng: _field(rng, 3, False)),
    with_ties=(1, "networks that agree in a column, or in all", lambda rng: _field(rng, 3, True)),
)


@unbeaten.wrong
def strictly_better_everywhere(networks):
    "A network is also beaten by one that is as good in some columns and better in the others."
    return _unbeaten(networks, lambda a, b: all(x < y for x, y in zip(a, b)))


@unbeaten.wrong
def twins_beat_each_other(networks):
    "Two networks that agree in every column do not beat each other."
    return [
        name
        for number, (name, *costs) in enumerate(networks)
        if not any(all(x <= y for x, y in zip(other, costs)) for i, (_, *other) in enumerate(networks) if i != number)
    ]


@unbeaten.wrong
def best_in_some_column(networks):
    "A network need not be the best in any column to be unbeaten: it is enough that nobody is better in all."
    best = [min(column) for column in list(zip(*networks))[1:]]
    return [name for name, *costs in networks if any(c == b for c, b in zip(costs, best))]


@unbeaten.wrong
def first_column_only(networks):
    "Only the first column was compared."
    least = min(costs[0] for _, *costs in networks)
    return [name for name, *costs in networks if costs[0] == least]


@unbeaten.wrong
def the_beaten(networks):
    "Those are the ones that are beaten."
    kept = _unbeaten(networks)
    return [name for name, *_ in networks if name not in kept]


BLOCKS = {
    "plain": lambda x: conv_bn_relu(x, x.channels, 3),
    "separable": lambda x: conv_bn_relu(conv_bn_relu(x, x.channels, 3, groups=x.channels), x.channels, 1),
    "inverted": lambda x: mobilenet_v2.inverted_residual(x, x.channels, 1, 6),
    "shuffle": lambda x: shufflenet_v1.unit(x, x.channels, 1, 3, 3),
    "split": shufflenet_v2.basic_unit,
}


@cache
def _block(kind, channels, side):
    return Network(BLOCKS[kind](FeatureMap(channels, side, side)))


@exercise
def same_job(kind, channels, side):
    net = _block(kind, channels, side)
    return [int(net.macs), int(net.activations)]


same_job.helps(
    explained="light/summary#one-job-six-blocks",
    worked=(
        {"kind": "separable", "channels": 12, "side": 2},
        "at each position the filter has 9 · 12 = 108 weights and the 1x1 layer 12 · 12 = 144, "
        "each used once: 108 + 144 = 252. There are 2 · 2 = 4 positions: 252 · 4 = 1008 MACs. "
        "Both layers write 12 channels: (12 + 12) · 4 = 96 values.",
    ),
)


def _job(kind):
    def job(rng):
        return {"kind": kind, "channels": 12 * rng.randint(2, 20), "side": rng.randint(5, 30)}

    job.__name__, job.__doc__ = f"job_of_{kind}", f"the {kind} block"
    return job


for _kind in list(BLOCKS)[1:]:
    same_job.skill(points=1)(_job(_kind))


def _layers(kind, c):
    """Return (weights, output channels) of each convolution."""
    return {
        "plain": [(9 * c * c, c)],
        "separable": [(9 * c, c), (c * c, c)],
        "inverted": [(6 * c * c, 6 * c), (54 * c, 6 * c), (6 * c * c, c)],
        "shuffle": [(c * c // 12, c // 4), (9 * c // 4, c // 4), (c * c // 12, c)],
        "split": [(c * c // 4, c // 2), (9 * c // 2, c // 2), (c * c // 4, c // 2)],
    }[kind]


def _bill(layers, side):
    return [sum(w for w, _ in layers) * side**2, sum(c for _, c in layers) * side**2]


@same_job.wrong
def depthwise_left_out(kind, channels, side):
    "The depthwise 3x3 is missing, in the MACs and in the activations: it writes a map like any other layer."
    layers = _layers(kind, channels)
    return _bill([layer for i, layer in enumerate(layers) if i != (0 if kind == "separable" else 1)], side)


@same_job.wrong
def groups_and_split_ignored(kind, channels, side):
    "Look at what each filter reads: in three groups a third of the channels, behind a split half of them."
    c = channels
    layers = {
        "shuffle": [(c * c // 4, c // 4), (9 * c // 4, c // 4), (c * c // 4, c)],
        "split": [(c * c, c), (9 * c, c), (c * c, c)],
    }.get(kind, _layers(kind, c))
    return _bill(layers, side)


@same_job.wrong
def not_expanded(kind, channels, side):
    "The inverted block works on six times as many channels inside, in the depthwise step as well."
    c = channels
    layers = [(c * c, c), (9 * c, c), (c * c, c)] if kind == "inverted" else _layers(kind, c)
    return _bill(layers, side)


@same_job.wrong
def kept_half_written(kind, channels, side):
    "What is only passed on, added or joined is no output of a convolution."
    macs, written = _bill(_layers(kind, channels), side)
    return [macs, written + channels * side**2]


same_job.slips(
    "last_map_only: The activations are the outputs of all convolutions, not the block's output alone.",
    lambda kind, channels, side: [_bill(_layers(kind, channels), side)[0], channels * side**2],
    "plain_convolution: That is the plain 3x3 convolution, which these blocks replace.",
    lambda channels, side: _bill(_layers("plain", channels), side),
)


def _own_width(rng):
    while True:
        given = {"channels": 8 * rng.randint(10, 60), "expand_ratio": rng.choice([2, 3, 4, 5, 6])}
        values = [_fair(**given)] + [w(**given) for w in (filters_left_out, one_step_more, one_pointwise, as_root)]
        if all(a != b for n, a in enumerate(values) for b in values[:n]):
            return given


def _fair(channels, expand_ratio, filters=9, layers=2):
    """Return the largest thin end of an inverted block and the largest even width of a split unit, by arithmetic."""
    budget = channels * (filters + channels)
    c = next(c for c in range(1, 9 * channels) if expand_ratio * (c + 1) * (filters + layers * (c + 1)) > budget)
    half = next(h for h in range(1, 9 * channels) if (h + 1) * (filters + layers * (h + 1)) > budget)
    return [c, 2 * half]


def filters_left_out(channels, expand_ratio):
    "The depthwise steps were left out; they have 9 MACs for each of their outputs."
    return _fair(channels, expand_ratio, filters=0)


def one_step_more(channels, expand_ratio):
    "These exceed the MACs of the separable layer: round down."
    c, split = _fair(channels, expand_ratio)
    return [c + 1, split + 2]


def one_pointwise(channels, expand_ratio):
    "Each of the two blocks has two 1x1 convolutions."
    return _fair(channels, expand_ratio, layers=1)


def as_root(channels, expand_ratio):
    "These shares of the channels compare areas; solve for the MACs of all three steps instead."
    return [int(channels / expand_ratio), int(channels * 2**0.5) + 1]


@exercise(variant=_own_width)
def my_widths(*, channels, expand_ratio):
    budget = _block("separable", channels, 7).macs

    def most(build, step):
        low, high = 1, 4 * channels // step
        while high - low > 1:
            middle = (low + high) // 2
            macs = Network(build(FeatureMap(step * middle, 7, 7))).macs
            low, high = (middle, high) if macs <= budget else (low, middle)
        return step * low

    return [
        most(lambda x: mobilenet_v2.inverted_residual(x, x.channels, 1, expand_ratio), 1),
        most(shufflenet_v2.basic_unit, 2),
    ]


my_widths.helps(
    explained="light/summary#one-job-six-blocks",
    worked=(
        {"channels": 16, "expand_ratio": 2},
        "16 channels, expansion by 2. At a position the separable layer takes 9 · 16 + 16 · 16 = "
        "400 MACs. An inverted block with 8 channels has 16 inside: 8 · 16 + 9 · 16 + 16 · 8 = "
        "400, just enough. A split unit works on a half: with 12 channels there, 9 · 12 + 2 · 12 "
        "· 12 = 396; with 13 it is 9 · 13 + 2 · 13 · 13 = 455, too much. The unit has twice its "
        "half.",
    ),
)


my_widths.asks(fair_widths=(3, "the widths at equal MACs"))
for _wrong in (filters_left_out, one_step_more, one_pointwise, as_root):
    my_widths.wrong(_wrong)


@design
def three_bills():
    x = ReLU()(Conv2d(16, kernel_size=3, stride=2, padding=1)(FeatureMap(3, 96, 96)))
    for channels, stride in ((32, 2), (64, 2), (128, 1)):
        x = ReLU()(Conv2d(x.channels, kernel_size=3, stride=stride, padding=1, groups=x.channels)(x))
        x = ReLU()(Conv2d(channels, kernel_size=1)(x))
    return Linear(20)(Flatten()(AdaptiveAvgPool2d(1)(x)))


three_bills.helps(
    explained="light/summary#one-job-six-blocks",
    worked=(
        {},
        "16 channels at 96x96 are 16 · 9216 = 147456 values, already too many; at 48x48 they are "
        "16 · 2304 = 36864. So shrink the map early. The parameters go into the widest layers: "
        "from 64 to 128 channels a 3x3 has 9 · 64 · 128 = 73728 weights, a 1x1 has 64 · 128 = "
        "8192.",
    ),
)


@three_bills.constraint(points=1)
def job(network):
    "from 3x96x96 to 20 numbers, with at least 128 channels before the last layer"
    found = network.input_shape, network.output_shape
    last = next((n for n in reversed(network.layers) if n.kind in ("Conv2d", "Linear")), None)
    wide = last.inputs[0].channels if last else 0
    return found == ((3, 96, 96), (20,)) and wide >= 128, f"{from_to(network)}, {wide} channels before the last layer"


@three_bills.constraint(points=1)
def sight(network):
    "a receptive field of at least 31 pixels before the global pooling, no window larger than 7"
    field, largest = seen(network)
    return field >= 31 and largest <= 7, f"it sees {field} pixels, its largest window has {largest}"


@three_bills.constraint(points=1)
def operations(network):
    "at most 4 M MACs, and at least 500,000"
    return 5e5 <= network.macs <= 4e6, f"it takes {network.macs:,} MACs"


@three_bills.constraint(points=1)
def parameters(network):
    "at most 20,000 parameters, and at least 2,000"
    return 2_000 <= network.params <= 20_000, f"it has {network.params:,} parameters"


@three_bills.constraint(points=1)
def written_values(network):
    "at most 120,000 activations, and at least 10,000"
    return 10_000 <= network.activations <= 120_000, f"it writes {network.activations:,} activations"


@three_bills.wrong
def plain_layers():
    "Plain 3x3 convolutions break the bills of MACs and of parameters."
    x = FeatureMap(3, 96, 96)
    for channels, stride in ((16, 2), (32, 2), (64, 2), (128, 1)):
        x = ReLU()(Conv2d(channels, kernel_size=3, stride=stride, padding=1)(x))
    return Linear(20)(Flatten()(AdaptiveAvgPool2d(1)(x)))


@three_bills.wrong
def shrinks_late():
    "The same layers, but the maps stay large for too long: shrink before you widen."
    x = ReLU()(Conv2d(16, kernel_size=3, padding=1)(FeatureMap(3, 96, 96)))
    for channels, stride in ((32, 2), (64, 2), (128, 2)):
        x = ReLU()(Conv2d(x.channels, kernel_size=3, stride=stride, padding=1, groups=x.channels)(x))
        x = ReLU()(Conv2d(channels, kernel_size=1)(x))
    return Linear(20)(Flatten()(AdaptiveAvgPool2d(1)(x)))


@three_bills.wrong
def whole_map_classified():
    "The last map went into the classifier whole: average it first, or the parameters are spent at once."
    x = ReLU()(Conv2d(16, kernel_size=3, stride=2, padding=1)(FeatureMap(3, 96, 96)))
    for channels, stride in ((32, 2), (64, 2), (128, 1)):
        x = ReLU()(Conv2d(x.channels, kernel_size=3, stride=stride, padding=1, groups=x.channels)(x))
        x = ReLU()(Conv2d(channels, kernel_size=1)(x))
    return Linear(20)(Flatten()(x))


@prediction
def at_thin_ends():
    "how many times fewer MACs an inverted residual on 32 channels (t = 6) takes than a plain 3x3 on 120, same side"
    return _block("plain", 120, 28).macs / _block("inverted", 32, 28).macs


@prediction
def squeeze_against_split():
    "how many times fewer MACs ShuffleNet V2 1x takes than SqueezeNet 1.0"
    return models.squeezenet1_0().macs / models.shufflenet_v2_x1_0().macs
