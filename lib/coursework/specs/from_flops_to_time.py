"""From FLOPs to time: medians, traffic at equal MACs, a time from three numbers. Nothing is timed."""

import itertools
from statistics import mean, quantiles

from convcost import Conv2d, FeatureMap, Network, models
from textbook import races
from textbook.timing import roofline

from ..design import design, from_to
from ..exercise import exercise
from ..predictions import prediction


def _conv(c_in, c_out, kernel_size, side, groups=1, stride=1):
    x = FeatureMap(c_in, side, side)
    return Network(Conv2d(c_out, kernel_size, stride, padding=kernel_size // 2, groups=groups, bias=False)(x))


@exercise
def summary(times, warm_up=1):
    return [float(t) for t in quantiles(times[warm_up:], n=4, method="inclusive")]


summary.helps(
    explained="flops/from_flops_to_time#a-time-is-a-measurement",
    worked=(
        {"times": [90.0, 30.0, 50.0, 20.0, 40.0, 80.0]},
        "the first run only warmed up. The other five, sorted, are 20, 30, 40, 50 and 80. Five is "
        "4 · 1 + 1 = 5, so m is 1. Counted from 0, the runs 1, 2 and 3 are 30, 40 and 50.",
    ),
)


def _runs(rng, warm_up):
    """4 m + 1 runs after warming up, one of them disturbed; no two alike."""
    usual = rng.randint(200, 400)
    runs = [usual + t for t in rng.sample(range(60), 4 * rng.randint(1, 3) + 1)]
    runs[rng.randrange(1, len(runs))] += rng.randint(300, 900)
    first = [usual + 800 + rng.randint(0, 99) + 100 * i for i in range(warm_up)]
    return {"times": [t / 10 for t in first + runs]}


@summary.skill(points=1)
def one_warm_up(rng):
    "one run to warm up"
    return {**_runs(rng, 1), "warm_up": 1}


@summary.skill(points=1)
def long_warm_up(rng):
    "a longer warm-up"
    warm_up = rng.choice([2, 3, 4])
    return {**_runs(rng, warm_up), "warm_up": warm_up}


@summary.wrong
def unsorted(times, warm_up=1):
    "Sort the times first: a median is the one in the middle by size, not by order."
    runs = times[warm_up:]
    m = len(runs) // 4
    return [runs[m], runs[2 * m], runs[3 * m]]


@summary.wrong
def extremes(times, warm_up=1):
    "The outer two are the best and the worst run. One disturbance decides the worst; quartiles leave it out."
    runs = sorted(times[warm_up:])
    return [runs[0], runs[len(runs) // 2], runs[-1]]


@summary.wrong
def mean_in_the_middle(times, warm_up=1):
    "The middle one is a mean. A single disturbed run moves a mean, but hardly a median."
    lower, _, upper = summary.reference(times, warm_up)
    return [lower, mean(times[warm_up:]), upper]


summary.slips(
    "cold_runs_too: The first runs were counted too. They reserve memory and make choices that later runs find made.",
    lambda times: quantiles(times, n=4, method="inclusive"),
    "from_above: The lower quartile comes first.",
    lambda times, warm_up: summary.reference(times, warm_up)[::-1],
)


@exercise
def best_widths(product, side):
    costs = {
        c: int(_conv(c, product // c, 1, side).memory_access)
        for c in range(1, product + 1)
        if product % c == 0 and c * c <= product
    }
    c_in = min(costs, key=costs.get)
    return [c_in, product // c_in]


best_widths.helps(
    explained="flops/from_flops_to_time#four-guidelines-measured",
    worked=(
        {"product": 12, "side": 2},
        "the weights are 12 for every pair. What differs is the sum of the channels, and each of "
        "them brings a map of 4 values. The sums are 1 + 12 = 13, 2 + 6 = 8 and 3 + 4 = 7: the "
        "last pair moves fewest.",
    ),
)


@best_widths.skill(points=1)
def a_square(rng):
    "a product that is a square"
    width = rng.choice([12, 18, 20, 24, 28, 30, 36])
    return {"product": width**2, "side": rng.choice([7, 14, 28])}


@best_widths.skill(points=2)
def no_square(rng):
    "a product that is no square"
    a, b = rng.choice([(14, 22), (15, 26), (21, 34), (20, 27), (18, 35), (22, 39), (33, 38), (28, 45), (26, 35)])
    return {"product": a * b, "side": rng.choice([7, 14, 28])}


def _divisors(product):
    return [c for c in range(1, product + 1) if product % c == 0]


@best_widths.wrong
def root(product, side):
    "The root is right where it is a whole number. Elsewhere the product is missed: both widths must divide it."
    c = round(product**0.5)
    return [c, c]


@best_widths.wrong
def one_step_off(product, side):
    "There are two widths that lie closer together and have the same product."
    c = [c for c in _divisors(product) if c * c <= product][-2]
    return [c, product // c]


best_widths.slips(
    "most_unequal: That is the worst choice. One side is as thin as can be, and the other map is huge.",
    lambda product: [1, product],
    "turned: These are the right widths; give the smaller one first.",
    lambda product, side: best_widths.reference(product, side)[::-1],
)


@exercise
def group_traffic(c_in, c_out, side, groups):
    plain, grouped = _conv(c_in, c_out, 1, side), _conv(c_in, c_out * groups, 1, side, groups)
    assert plain.macs == grouped.macs
    return int(grouped.memory_access) / int(plain.memory_access)


group_traffic.helps(
    explained="flops/from_flops_to_time#four-guidelines-measured",
    worked=(
        {"c_in": 8, "c_out": 8, "side": 2, "groups": 2},
        "the plain layer moves 8 · 4 = 32 inputs, 8 · 8 = 64 weights and 32 outputs: 32 + 64 + 32 "
        "= 128. With 2 groups a filter has half the weights, so equal MACs allow twice the "
        "outputs, 16 channels: 32 + 64 + 16 · 4 = 160. Then 160 / 128 = 1.25.",
    ),
)


group_traffic.asks(
    large_maps=(1, "a large map", lambda rng: _grouped_layer(rng, [28, 56])),
    small_maps=(1, "a small map", lambda rng: _grouped_layer(rng, [4, 7])),
)


def _grouped_layer(rng, sides):
    a, b = rng.sample(range(2, 12), 2)
    return {"c_in": 8 * a, "c_out": 8 * b, "side": rng.choice(sides), "groups": rng.choice([2, 4, 8])}


def _traffic(c_in, c_out, side, weights):
    return (c_in + c_out) * side**2 + weights


group_traffic.slips(
    "same_width: "
    "With the same output channels the grouped layer does fewer MACs. At equal MACs it has `groups` times as many.",
    lambda c_in, c_out, side, groups: (
        _traffic(c_in, c_out, side, c_in * c_out // groups) / _traffic(c_in, c_out, side, c_in * c_out)
    ),
    "weights_grow: The weights stay: more output channels, but each filter reads only its group.",
    lambda c_in, c_out, side, groups: (
        _traffic(c_in, c_out * groups, side, c_in * c_out * groups) / _traffic(c_in, c_out, side, c_in * c_out)
    ),
    "weights_shrink: "
    "The weights stay: each filter is smaller by the groups, but there are that many times more filters.",
    lambda c_in, c_out, side, groups: (
        _traffic(c_in, c_out * groups, side, c_in * c_out // groups) / _traffic(c_in, c_out, side, c_in * c_out)
    ),
    "maps_only: The weights are missing on both sides; on small maps they are a good part of what moves.",
    lambda c_in, c_out, groups: (c_in + c_out * groups) / (c_in + c_out),
    "both_grow: The input channels stay as they are here; only the output grows.",
    lambda c_in, c_out, side, groups: (
        _traffic(c_in * groups, c_out * groups, side, c_in * c_out * groups) / _traffic(c_in, c_out, side, c_in * c_out)
    ),
    "upside_down: Upside down: how many times as much does the layer with groups move?",
    lambda c_in, c_out, side, groups: 1 / group_traffic.reference(c_in, c_out, side, groups),
)


@exercise
def predicted(layers, peak, bandwidth, call=0.0):
    return sum(max(macs / peak, elements / bandwidth) + call for macs, elements in layers)


predicted.helps(
    explained="flops/from_flops_to_time#the-rooflines-answer",
    worked=(
        {"layers": [[600, 20], [100, 50]], "peak": 100, "bandwidth": 5, "call": 1.0},
        "the first layer computes for 600 / 100 = 6 seconds and moves for 20 / 5 = 4; the longer "
        "time counts. The second computes for 100 / 100 = 1 and moves for 50 / 5 = 10. With a "
        "call for each layer this makes 6 + 10 + 2 · 1 = 18.",
    ),
)


def _layers(rng, ratios):
    """Layers with so many MACs per element."""
    layers = []
    for ratio in ratios:
        elements = 1000 * rng.randint(50, 900)
        layers.append([round(elements * ratio), elements])
    return layers


def _limits(rng):
    return {"peak": 1e9 * rng.randint(40, 60), "bandwidth": 1e9 * rng.randint(4, 6)}  # a ridge of about 10


@predicted.skill(points=1)
def one_limit(rng):
    "layers of one kind"
    low = rng.choice([True, False])
    ratios = [rng.uniform(1, 5) if low else rng.uniform(18, 90) for _ in range(rng.randint(2, 4))]
    return {"layers": _layers(rng, ratios), **_limits(rng)}


@predicted.skill(points=1)
def mixed(rng):
    "layers of both kinds"
    layers = _layers(rng, [rng.uniform(1, 4), rng.uniform(1, 4), rng.uniform(25, 60), rng.uniform(25, 60)])
    if rng.choice([True, False]):  # now traffic, now arithmetic is the longer total
        layers[:2] = [[10 * macs, 10 * elements] for macs, elements in layers[:2]]
    return {"layers": rng.sample(layers, 4), **_limits(rng)}


@predicted.skill(points=1)
def with_calls(rng):
    "the time of a call"
    given = mixed(rng)
    return {**given, "call": rng.randint(5, 50) / 1e6}


predicted.slips(
    "one_roof: "
    "The longer of two totals is too little: each layer has a limit of its own. Take the longer one layer by layer.",
    lambda layers, peak, bandwidth, call: (
        max(arithmetic_only(layers, peak, bandwidth), traffic_only(layers, peak, bandwidth)) + len(layers) * call
    ),
    "one_after_the_other: "
    "That is the sum of both times. In this model a layer computes and moves at once: the longer time counts.",
    lambda layers, peak, bandwidth, call: (
        arithmetic_only(layers, peak, bandwidth) + traffic_only(layers, peak, bandwidth, call)
    ),
    "no_calls: The calls are missing: every layer takes that time beside its work.",
    lambda layers, peak, bandwidth: predicted.reference(layers, peak, bandwidth),
    "one_call: The time of a call was added once; every layer is called.",
    lambda layers, peak, bandwidth, call: predicted.reference(layers, peak, bandwidth) + call,
)


@predicted.wrong
def arithmetic_only(layers, peak, bandwidth, call=0.0):
    "Only the arithmetic was counted. A layer of low intensity waits for its elements."
    return sum(macs / peak for macs, _ in layers) + len(layers) * call


@predicted.wrong
def traffic_only(layers, peak, bandwidth, call=0.0):
    "Only the traffic was counted. A layer of high intensity takes the time of its MACs."
    return sum(elements / bandwidth for _, elements in layers) + len(layers) * call


predicted.slips(
    "shorter_time: The shorter of the two times was taken; the layer is done when the longer one is over.",
    lambda layers, peak, bandwidth, call: sum(min(m / peak, e / bandwidth) for m, e in layers) + len(layers) * call,
)


def _own_block(rng):
    """An inverted residual block and a machine on which each slip leads to a time of its own."""
    while True:
        given = {
            "channels": 8 * rng.randint(3, 8),
            "expand_ratio": rng.randint(3, 6),
            "side": rng.choice([14, 20, 28, 40]),
            "gmacs": rng.randint(20, 60),
            "gelements": rng.randint(3, 6),
            "call_us": rng.randint(5, 30),
        }
        times = sorted([_block_time(given), *[w.function(**given) for w in my_block_time.wrongs.values()]])
        if all(longer > 1.002 * shorter for shorter, longer in itertools.pairwise(times)):
            return given


def _block(channels, expand_ratio, side):
    inner = expand_ratio * channels
    return [
        _conv(channels, inner, 1, side),
        _conv(inner, inner, 3, side, inner, stride=2),
        _conv(inner, channels, 1, side // 2),
    ]


def _block_time(given, elements=lambda net: int(net.memory_access), calls=3, join=max):
    """Microseconds of the block, layer by layer, with one thing changed."""
    nets = _block(given["channels"], given["expand_ratio"], given["side"])
    work = [join(int(n.macs) / given["gmacs"], elements(n) / given["gelements"]) for n in nets]
    return sum(work) / 1000 + calls * given["call_us"]


@exercise(variant=_own_block)
def my_block_time(*, channels, expand_ratio, side, gmacs, gelements, call_us):
    limits = {"peak": gmacs * 1e9, "bandwidth": gelements * 1e9, "layer": 1e6 / call_us}
    return 1e6 * sum(roofline(net, limits) for net in _block(channels, expand_ratio, side))


my_block_time.helps(
    explained="flops/from_flops_to_time#the-rooflines-answer",
    worked=(
        {"channels": 8, "expand_ratio": 2, "side": 4, "gmacs": 2, "gelements": 1, "call_us": 1},
        "8 channels, expanded 2 times, on 4x4; in a nanosecond 2 MACs and 1 element; 1 µs for a "
        "call. Expand: 2048 / 2 = 1024 ns for the MACs, 512 for the elements. Filter: 576 / 2 = "
        "288 for the MACs, but 256 + 144 + 64 = 464 for the elements. Project: 512 / 2 = 256, and "
        "224. The longer ones make 1024 + 464 + 256 = 1744 ns; add 3 calls.",
    ),
)


my_block_time.asks(the_time=(3, "the predicted time"))


@my_block_time.wrong
def without_the_stride(**given):
    "The depthwise layer has a stride of 2: its output, and all that follows, has a quarter of the positions."
    c, t, side = given["channels"], given["expand_ratio"], given["side"]
    nets = [_conv(c, t * c, 1, side), _conv(t * c, t * c, 3, side, t * c), _conv(t * c, c, 1, side)]
    work = [max(int(n.macs) / given["gmacs"], int(n.memory_access) / given["gelements"]) for n in nets]
    return sum(work) / 1000 + 3 * given["call_us"]


my_block_time.slips(
    "by_macs: The traffic plays no part in that. At least the depthwise layer waits for its elements.",
    lambda **given: _block_time(given, elements=lambda net: 0),
    "weights_do_not_move: The weights move too, each once.",
    lambda **given: _block_time(given, elements=lambda net: int(net.memory_access) - int(net.weights)),
    "bytes_not_elements: "
    "The traffic was taken in bytes, four for each element; the bandwidth of your machine is given in elements.",
    lambda **given: _block_time(given, elements=lambda net: 4 * int(net.memory_access)),
    "called_once: Each of the three layers is called.",
    lambda **given: _block_time(given, calls=1),
    "added_up: Arithmetic and traffic were added; of each layer only the longer counts.",
    lambda **given: _block_time(given, join=lambda a, b: a + b),
)


MACHINE = {"peak": 50e9, "bandwidth": 5e9, "layer": 50_000}  # MACs, elements, calls of 20 microseconds in a second


@design
def fast_stage():
    x = FeatureMap(64, 28, 28)
    x = Conv2d(64, kernel_size=3, padding=1, bias=False)(x)
    x = Conv2d(64, kernel_size=3, padding=1, groups=2, bias=False)(x)
    x = Conv2d(64, kernel_size=5, padding=2, groups=64, bias=False)(x)
    return Conv2d(64, kernel_size=1, bias=False)(x)


fast_stage.helps(
    explained="flops/from_flops_to_time#the-rooflines-answer",
    worked=(
        {},
        "without a stride each weight works at 28 · 28 = 784 positions, so 60 thousand weights "
        "take 47 million MACs, and these alone take 47 / 50 = 0.94 ms. Not much is left for calls "
        "and for layers that wait. So put most weights into few full layers. What else does a "
        "machine do quickly that sees far?",
    ),
)


@fast_stage.constraint(points=1)
def shapes(network):
    "from 64x28x28 to 64x28x28, with no map smaller than 28x28 between"
    ends = [n.output.shape for n in network.layers] + [network.input_shape]
    whole = all(len(s) == 3 and min(s[1:]) >= 28 for s in ends)
    right = network.input_shape == network.output_shape == (64, 28, 28)
    return right and whole, f"it leads from {from_to(network)}{'' if whole else ' through smaller maps'}"


@fast_stage.constraint(points=1)
def learns(network):
    "at least 60,000 parameters"
    return network.params >= 60_000, f"it has {network.params:,}"


@fast_stage.constraint(points=1)
def sight(network):
    "a receptive field of at least 9"
    return network.receptive_field >= 9, f"it sees {network.receptive_field} pixels"


@fast_stage.constraint(points=2)
def quick(network):
    "at most 1.1 ms by the formula, with at least 40 M MACs"
    milliseconds = 1000 * roofline(network, MACHINE)
    return milliseconds <= 1.1 and network.macs >= 40e6, f"{milliseconds:.2f} ms, {network.macs:,} MACs"


@fast_stage.wrong
def many_small_layers():
    "Separable layers have few MACs, but are many: each costs a call, and every other one waits for memory."
    x = FeatureMap(64, 28, 28)
    for _ in range(13):
        x = Conv2d(64, kernel_size=3, padding=1, groups=64, bias=False)(x)
        x = Conv2d(64, kernel_size=1, bias=False)(x)
    return x


@fast_stage.wrong
def plain_only():
    "Full 3x3 layers keep the machine busy, but four of them take far more MACs than the parameters ask for."
    x = FeatureMap(64, 28, 28)
    for _ in range(4):
        x = Conv2d(64, kernel_size=3, padding=1, bias=False)(x)
    return x


@fast_stage.wrong
def pointwise_only():
    "Two wide 1x1 layers are quick and have the parameters, but see one pixel. Something must look around."
    return Conv2d(64, kernel_size=1, bias=False)(Conv2d(470, kernel_size=1, bias=False)(FeatureMap(64, 28, 28)))


@prediction
def sixteen_groups():
    "how many times as much the layer with 16 groups moves as the one with 1, at equal MACs, on a 56x56 map"
    first, *_, last = races.groups(side=56).values()
    return int(last.memory_access) / int(first.memory_access)


@prediction
def calls():
    "the number of layers that are called one after the other in ShuffleNet V2 at half width"
    return sum(not n.layer.is_view for n in models.shufflenet_v2_x0_5().layers)
