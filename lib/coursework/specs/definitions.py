"""FLOPs, FLOPS, MACs: what is counted, as how much, and how fast."""

from convcost import Conv2d, FeatureMap, Flatten, Linear, Network, models

from ..exercise import exercise
from ..predictions import prediction

RULES = ("macs", "macs_bias", "two_per_mac", "flops")


def _conv(c_in, c_out, kernel_size, side, groups=1, bias=False):
    """Return the convolution that the library counts; its output has `side` x `side` positions."""
    x = FeatureMap(c_in, side + kernel_size - 1, side + kernel_size - 1)
    return Network(Conv2d(c_out, kernel_size, groups=groups, bias=bias)(x))


@exercise
def seconds(n, gflops):
    row = Network(Linear(n, bias=False)(Flatten()(FeatureMap(n, 1, 1))))
    return n * int(row.flops) / (gflops * 1e9)


seconds.helps(
    explained="flops/definitions#a-count-and-a-rate",
    worked=(
        {"n": 3, "gflops": 2},
        "each of the 3 · 3 = 9 results is a sum of 3 products: 3 multiplications and 2 additions, "
        "3 + 2 = 5 operations. That makes 9 · 5 = 45 operations, and the machine does 2 · 10⁹ of "
        "them in a second.",
    ),
)


seconds.asks(
    small_matrices=(1, "small matrices", lambda rng: {"n": rng.randint(4, 20), "gflops": rng.choice([2, 4, 5, 8, 10])}),
    larger_matrices=(1, "larger matrices", lambda rng: {"n": rng.randint(40, 200), "gflops": rng.randint(20, 400)}),
)
seconds.slips(
    "two_for_each_product: "
    "Close: that is n additions for n products. The first product needs none, so one sum of n products has n - 1.",
    lambda n, gflops: 2 * n**3 / (gflops * 1e9),
    "multiplications_only: Those are the multiplications. The additions are operations too.",
    lambda n, gflops: n**3 / (gflops * 1e9),
    "one_row: That is one row of the result; there are n of them.",
    lambda n, gflops: n * (2 * n - 1) / (gflops * 1e9),
    "forgets_giga: A GFLOPS is 10^9 operations per second, not one.",
    lambda n, gflops: n * n * (2 * n - 1) / gflops,
    "one_saved_in_a_row: One addition is saved in each of the n · n sums, not once for each row.",
    lambda n, gflops: (2 * n**3 - n) / (gflops * 1e9),
    "only_the_end_divided: Only the last term was divided: put the whole count into brackets.",
    lambda n, gflops: n**3 + n - 1 / (gflops * 1e9),
    "only_the_one_divided: Only the 1 was divided by the rate: put the whole count into brackets.",
    lambda n, gflops: 2 * n**3 - 1 / (gflops * 1e9),
    "rounded_to_nothing: Times this small become 0 when they are rounded: divide by `/`, not by `//`, without `round`.",
    lambda n, gflops: n * n * (2 * n - 1) // (gflops * 1e9),
    "upside_down: Upside down: a count divided by a rate is a time.",
    lambda n, gflops: gflops * 1e9 / (n * n * (2 * n - 1)),
)


@exercise
def operations(c_in, c_out, kernel_size, side, groups=1, bias=True):
    return int(_conv(c_in, c_out, kernel_size, side, groups, bias).flops)


operations.helps(
    explained="flops/definitions#a-convolution-derived-and-counted",
    worked=(
        {"c_in": 4, "c_out": 6, "kernel_size": 3, "side": 2, "groups": 2, "bias": False},
        "an output reads 4 / 2 = 2 channels, so it adds up 3 · 3 · 2 = 18 products: 18 "
        "multiplications and 17 additions, 18 + 17 = 35. There are 6 · 2 · 2 = 24 outputs: 24 · "
        "35 = 840. A bias would be one addition more for each output.",
    ),
)


def _sizes(rng, groups=1):
    return {
        "c_in": groups * rng.randint(2, 9),
        "c_out": groups * rng.randint(2, 9),
        "kernel_size": rng.choice([2, 3, 5]),
        "side": rng.randint(2, 14),
        "groups": groups,
    }


operations.asks(
    with_bias=(1, "a layer with biases", lambda rng: {**_sizes(rng), "bias": True}),
    without_bias=(1, "a layer without biases", lambda rng: {**_sizes(rng), "bias": False}),
    grouped=(
        1,
        "a layer in groups",
        lambda rng: {**_sizes(rng, rng.choice([2, 3, 4])), "bias": rng.choice([True, False])},
    ),
)


def _n(c_in, kernel_size, groups):
    return kernel_size**2 * c_in // groups


operations.slips(
    "bracket_missing: "
    "Only the last term was multiplied by the outputs: put all operations of one output into brackets first.",
    lambda c_in, c_out, kernel_size, side, groups, bias: 2 * _n(c_in, kernel_size, groups) - 1 + bias * c_out * side**2,
    "one_bias_in_all: One addition was counted for all biases together; each output has one.",
    lambda c_in, c_out, kernel_size, side, groups, bias: (
        (2 * _n(c_in, kernel_size, groups) - 1) * c_out * side**2 + bias
    ),
    "two_fewer: n multiplications and n - 1 additions make 2n - 1, not 2 · (n - 1).",
    lambda c_in, c_out, kernel_size, side, groups, bias: (
        (2 * _n(c_in, kernel_size, groups) - 2 + bias) * c_out * side**2
    ),
    "always_twice: "
    "Twice the MACs is right with a bias. Without one the first product starts the sum, which saves an addition.",
    lambda c_in, c_out, kernel_size, side, groups: 2 * _n(c_in, kernel_size, groups) * c_out * side**2,
    "always_one_less: The additions of the biases are missing: each brings one for every output.",
    lambda c_in, c_out, kernel_size, side, groups: (2 * _n(c_in, kernel_size, groups) - 1) * c_out * side**2,
    "bias_on_top: A sum of n products has n - 1 additions, not n; the bias makes it n, not n + 1.",
    lambda c_in, c_out, kernel_size, side, groups, bias: (2 * _n(c_in, kernel_size, groups) + bias) * c_out * side**2,
    "macs_and_biases: "
    "A multiplication and its addition were counted as one. They are two operations; only a bias is a single one.",
    lambda c_in, c_out, kernel_size, side, groups, bias: (_n(c_in, kernel_size, groups) + bias) * c_out * side**2,
    "twice_the_slide: "
    "The biases were doubled with the rest. A bias is one addition, and it only replaces the one that was saved.",
    lambda c_in, c_out, kernel_size, side, groups, bias: 2 * (_n(c_in, kernel_size, groups) + bias) * c_out * side**2,
    "bias_per_map: There is one bias per channel, but it is added at every position.",
    lambda c_in, c_out, kernel_size, side, groups, bias: (
        (2 * _n(c_in, kernel_size, groups) - 1) * c_out * side**2 + bias * c_out
    ),
    "ignores_groups: With groups an output reads only c_in / groups channels.",
    lambda c_in, c_out, kernel_size, side, bias: (2 * _n(c_in, kernel_size, 1) - (not bias)) * c_out * side**2,
)


@exercise
def convert(count, outputs, source, target):
    def counted(n, rule):
        return int(Network(Conv2d(outputs, 1, bias=False)(FeatureMap(n, 1, 1))).count(rule))

    step = counted(2, source) - counted(1, source)
    return counted(1 + (count - counted(1, source)) // step, target)


convert.helps(
    explained="flops/definitions#conventions-by-name",
    worked=(
        {"count": 190, "outputs": 10, "source": "flops", "target": "macs_bias"},
        "compute the MACs first. The exact count saves one addition for each output, so twice the "
        "MACs are 190 + 10 = 200, and the MACs are 200 / 2 = 100. The other rule adds one for "
        "each output: 100 + 10 = 110.",
    ),
)


def _count(macs, outputs, rule):
    return {"macs": macs, "macs_bias": macs + outputs, "two_per_mac": 2 * macs, "flops": 2 * macs - outputs}[rule]


def _case(rng, pairs):
    source, target = rng.choice(pairs)
    outputs = 49 * rng.randint(2, 60)
    return {
        "count": _count(outputs * rng.randint(9, 99), outputs, source),
        "outputs": outputs,
        "source": source,
        "target": target,
    }


def _both_ways(rule):
    return [("macs", rule), (rule, "macs")]


convert.asks(
    biases=(1, "MACs and MACs with biases", lambda rng: _case(rng, _both_ways("macs_bias"))),
    factor=(1, "MACs and two operations for each", lambda rng: _case(rng, _both_ways("two_per_mac"))),
    exact=(1, "MACs and exact operations", lambda rng: _case(rng, _both_ways("flops"))),
    across=(
        1,
        "between two other rules",
        lambda rng: _case(rng, [(a, b) for a in RULES[1:] for b in RULES[1:] if a != b]),
    ),
)


def _solved(count, outputs, source, target, a, b):
    """Convert where a rule counts a[rule] x MACs + b[rule] x outputs."""
    macs = (count - b.get(source, 0) * outputs) / a[source]
    return a[target] * macs + b.get(target, 0) * outputs


FACTORS = {"macs": 1, "macs_bias": 1, "two_per_mac": 2, "flops": 2}
OFFSETS = {"macs_bias": 1, "flops": -1}


convert.slips(
    "exact_is_twice: The exact count was taken as twice the MACs. Without biases each output saves one addition.",
    lambda count, outputs, source, target: _solved(count, outputs, source, target, FACTORS, {"macs_bias": 1}),
    "factor_two_only: "
    "A factor between the units is not all. One rule counts a bias more for each output, one an addition fewer.",
    lambda count, outputs, source, target: _solved(count, outputs, source, target, FACTORS, {}),
    "exact_adds_outputs: "
    "The outputs were added to twice the MACs. Without biases a sum of n products has n - 1 additions: one fewer.",
    lambda count, outputs, source, target: _solved(
        count, outputs, source, target, FACTORS, {"macs_bias": 1, "flops": 1}
    ),
    "divides_instead: "
    "The factor 2 stands on the wrong side, as in the lecture: a MAC is the larger unit, operations = 2 x MACs.",
    lambda count, outputs, source, target: _solved(
        count, outputs, source, target, {**FACTORS, "two_per_mac": 0.5, "flops": 0.5}, OFFSETS
    ),
    "no_factor: The factor 2 is missing: a MAC is a multiplication and an addition.",
    lambda count, outputs, source, target: _solved(count, outputs, source, target, dict.fromkeys(RULES, 1), OFFSETS),
    "doubles_biases: Two were counted for each bias addition; it is one.",
    lambda count, outputs, source, target: _solved(
        count, outputs, source, target, FACTORS, {"macs_bias": 2, "flops": -1}
    ),
)


@exercise
def fc_as_conv(channels, height, width, units):
    last = FeatureMap(channels, height, width)
    full = Network(Linear(units)(Flatten()(last)))
    conv = Network(Conv2d(units, (height, width))(last))
    assert conv.params == full.params and conv.output_shape == (units, 1, 1)
    return [height, width, int(conv.params)]


fc_as_conv.helps(
    explained="flops/definitions#a-fully-connected-layer",
    worked=(
        {"channels": 8, "height": 2, "width": 3, "units": 10},
        "each unit reads all 8 · 2 · 3 = 48 values. So its kernel is as large as the map, 2 high "
        "and 3 wide, and has one place to stand. Ten kernels have 48 · 10 = 480 weights, and 10 "
        "biases come with them: 480 + 10 = 490.",
    ),
)


@fc_as_conv.skill(points=1)
def after_pooling(rng):
    "a map of one pixel"
    return {"channels": rng.randint(16, 512), "height": 1, "width": 1, "units": rng.randint(10, 999)}


@fc_as_conv.skill(points=2)
def on_a_map(rng):
    "a larger map"
    height, width = rng.sample(range(2, 9), 2)
    return {"channels": rng.randint(16, 512), "height": height, "width": width, "units": rng.randint(10, 999)}


fc_as_conv.slips(
    "bias_for_each_value: A unit has one bias, not one for each value that it reads.",
    lambda channels, height, width, units: [height, width, channels * height * width * (units + 1)],
    "one_bias_in_all: One bias was added for the whole layer; each unit has its own.",
    lambda channels, height, width, units: [height, width, channels * height * width * units + 1],
    'always_one: "k = 1" holds on a single pixel only. Elsewhere a 1x1 kernel applies one small matrix to each pixel.',
    lambda channels, units: [1, 1, channels * units + units],
    "weights_of_one: "
    "The kernel has the right size; its weights are kernel height x kernel width for each pair of channels.",
    lambda channels, height, width, units: [height, width, channels * units + units],
    "turned: Height comes first, then width.",
    lambda channels, height, width, units: [width, height, channels * height * width * units + units],
    "without_biases: The biases are missing: one for each unit, in either form of the layer.",
    lambda channels, height, width, units: [height, width, channels * height * width * units],
    "bias_for_each_weight: A unit has one bias, however many values it reads.",
    lambda channels, height, width, units: [height, width, 2 * channels * height * width * units],
)


def _blog(rng):
    """A small network and the cost of each of its layers, each by one of the rules; every slip changes some of them."""
    while True:
        width, side = 8 * rng.randint(4, 9), rng.choice([14, 16, 20, 28])
        layers = [
            [3, width, 3, side, 1],
            [width, width, 3, side, width],
            [width, 2 * width, 1, side, 1],
            [2 * width, 2 * width, 3, side // 2, 2],
        ]
        rules = [rng.choice(RULES) for _ in layers]
        if len({rule in ("macs", "macs_bias") for rule in rules}) == 2:
            return {"layers": layers, "printed": [_costs(layer)[rule] for layer, rule in zip(layers, rules)]}


def _costs(layer):
    c_in, c_out, kernel_size, side, groups = layer
    net = _conv(c_in, c_out, kernel_size, side, groups)
    return {rule: int(net.count(rule)) for rule in RULES}


def _named(layers, printed):
    names = [{cost: rule for rule, cost in _costs(layer).items()} for layer in layers]
    return [by_cost[number] for by_cost, number in zip(names, printed)]


@exercise(variant=_blog)
def which_rules(*, layers, printed):
    return _named(layers, printed)


which_rules.helps(
    explained="flops/definitions#conventions-by-name",
    worked=(
        {"layers": [[2, 4, 3, 5, 1], [4, 4, 1, 5, 1]], "printed": [1900, 700]},
        "a 3x3 layer from 2 to 4 channels on 5x5 positions takes 9 · 2 · 4 · 25 = 1800 MACs and "
        "has 4 · 25 = 100 outputs. Printed is 1900, and 1800 + 100 = 1900: one more for each "
        "output. A 1x1 layer from 4 to 4 channels takes 4 · 4 · 25 = 400 MACs. Printed is 700, "
        "and 2 · 400 - 100 = 700.",
    ),
)


which_rules.asks(the_four=(3, "the rules of the four numbers"))


def _confused(given, a, b):
    return [{a: b, b: a}.get(rule, rule) for rule in _named(**given)]


@which_rules.wrong
def both_confused(**given):
    "The factor 2 is seen. Now the finer part: which numbers count one operation more, or fewer, for each output?"
    swapped = {"macs": "macs_bias", "macs_bias": "macs", "two_per_mac": "flops", "flops": "two_per_mac"}
    return [swapped[rule] for rule in _named(**given)]


@which_rules.wrong
def factor_swapped(**given):
    "A row has about twice as many operations as MACs: a MAC is the larger unit, so there are fewer."
    swapped = {"macs": "two_per_mac", "macs_bias": "flops", "two_per_mac": "macs", "flops": "macs_bias"}
    return [swapped[rule] for rule in _named(**given)]


which_rules.slips(
    "bias_overlooked: "
    "Look at the MACs again: are the additions for biases in that number, or not? Their share is small but visible.",
    lambda **given: _confused(given, "macs", "macs_bias"),
    "twice_for_exact: Two per MAC and the exact count differ by one operation for each output. Compute both.",
    lambda **given: _confused(given, "two_per_mac", "flops"),
)


@prediction
def resnet50_spread():
    "the largest of ResNet-50's counts under the conventions of the chapter divided by the smallest"
    from convcost import CONVENTIONS

    counts = [int(models.resnet50().count(name)) for name in CONVENTIONS]
    return max(counts) / min(counts)


@prediction
def depthwise_factor():
    "exact operations per MAC of a depthwise 3x3 convolution without bias"
    net = _conv(16, 16, 3, 8, groups=16)
    return int(net.flops) / int(net.macs)
