"""SqueezeNet: fire modules with and without bypass, poolings that round up, and what a compressed file stores."""

from convcost import AdaptiveAvgPool2d, Conv2d, FeatureMap, Flatten, Linear, MaxPool2d, Network, ReLU, models
from convcost.zoo.squeezenet import fire

from ..design import design, from_to
from ..exercise import exercise
from ..predictions import prediction


@exercise
def fire_params(c_in, squeeze, expand1x1, expand3x3, bypass="none"):
    return int(Network(fire(FeatureMap(c_in, 5, 5), squeeze, expand1x1, expand3x3, bypass)).params)


fire_params.helps(
    explained="light/squeezenet#the-fire-module",
    worked=(
        {"c_in": 6, "squeeze": 2, "expand1x1": 4, "expand3x3": 3, "bypass": "complex"},
        "count each layer with its biases. Squeeze: 6 · 2 + 2 = 14. The 1x1 filters: 2 · 4 + 4 = "
        "12. The 3x3 filters: 9 · 2 · 3 + 3 = 57. The output has 4 + 3 = 7 channels and the input "
        "6, so the bypass needs a layer: 6 · 7 + 7 = 49. Together 14 + 12 + 57 + 49 = 132.",
    ),
)


def _module(rng, same):
    ones, threes = rng.sample(range(8, 65, 4), 2)
    c_in = ones + threes if same else ones + threes + 4 * rng.choice([-3, -2, -1, 1, 2, 3])
    return {"c_in": c_in, "squeeze": rng.randint(3, 24), "expand1x1": ones, "expand3x3": threes}


fire_params.asks(
    plain=(1, "a module without bypass", lambda rng: _module(rng, rng.choice([True, False]))),
    simple=(1, "a simple bypass", lambda rng: {**_module(rng, True), "bypass": "simple"}),
    complex_=(
        1,
        "a complex bypass where the channels differ",
        lambda rng: {**_module(rng, False), "bypass": "complex"},
    ),
    not_needed=(
        1,
        "a complex bypass where the channels agree",
        lambda rng: {**_module(rng, True), "bypass": "complex"},
    ),
)


def _fire(c_in, squeeze, expand1x1, expand3x3, bias=1, reads=None):
    reads = reads or squeeze
    return squeeze * (c_in + bias) + expand1x1 * (reads + bias) + expand3x3 * (9 * reads + bias)


def _bypass(c_in, expand1x1, expand3x3, bypass, bias=1):
    out = expand1x1 + expand3x3
    return (c_in + bias) * out if bypass == "complex" and c_in != out else 0


@fire_params.wrong
def one_after_the_other(c_in, squeeze, expand1x1, expand3x3, bypass="none"):
    "The two expand layers stand side by side: both read the squeezed map."
    chain = squeeze * (c_in + 1) + expand1x1 * (squeeze + 1) + expand3x3 * (9 * expand1x1 + 1)
    return chain + _bypass(c_in, expand1x1, expand3x3, bypass)


@fire_params.wrong
def bypass_always_costs(c_in, squeeze, expand1x1, expand3x3, bypass="none"):
    "Where input and output have equally many channels the input itself is added, without any parameter."
    out = expand1x1 + expand3x3
    return _fire(c_in, squeeze, expand1x1, expand3x3) + (bypass == "complex") * (c_in + 1) * out


fire_params.slips(
    "no_biases: The biases are missing: SqueezeNet has no batch normalisation, and each filter has its own bias.",
    lambda c_in, squeeze, expand1x1, expand3x3, bypass: (
        _fire(c_in, squeeze, expand1x1, expand3x3, 0) + _bypass(c_in, expand1x1, expand3x3, bypass, 0)
    ),
    "reads_the_input: The expand filters read the squeezed channels, not the module's input.",
    lambda c_in, squeeze, expand1x1, expand3x3, bypass: (
        _fire(c_in, squeeze, expand1x1, expand3x3, reads=c_in) + _bypass(c_in, expand1x1, expand3x3, bypass)
    ),
    "all_three_by_three: "
    "Only the second part of the expand filters is 3x3; a 1x1 filter has one weight for each channel it reads.",
    lambda c_in, squeeze, expand1x1, expand3x3, bypass: (
        _fire(c_in, squeeze, 0, expand1x1 + expand3x3) + _bypass(c_in, expand1x1, expand3x3, bypass)
    ),
    "bypass_is_free: "
    "Maps with different numbers of channels cannot be added: a complex bypass has a 1x1 convolution there.",
    lambda c_in, squeeze, expand1x1, expand3x3: _fire(c_in, squeeze, expand1x1, expand3x3),
)


@exercise
def map_sides(resolution):
    x = Conv2d(1, 7, stride=2)(FeatureMap(1, resolution, resolution))
    sides = [x.height]
    for _ in range(3):
        x = MaxPool2d(3, stride=2, ceil_mode=True)(x)
        sides.append(x.height)
    return sides


map_sides.helps(
    explained="light/squeezenet#pool-late",
    worked=(
        {"resolution": 40},
        "the convolution rounds down: (40 - 7) / 2 = 16.5, so 16 steps and 17 stops. The poolings "
        "round up: (17 - 3) / 2 = 7 steps, 8 stops; (8 - 3) / 2 = 2.5, so 3 steps, 4 stops; (4 - "
        "3) / 2 = 0.5, so 1 step, 2 stops.",
    ),
)


# Of every check some sides are rounded at each layer, and some at none.
RESTS = [0, 3, 5, 6, 9, 10, 13, 15]
map_sides.asks(
    any_side=(
        2,
        "the sides of the maps",
        lambda rng: {"resolution": 16 * rng.randint(6, 19) + rng.choice(RESTS)},
    )
)


def _sides(resolution, kernel=7, padding=0, up=True, pools=3):
    sides = [(resolution + 2 * padding - kernel) // 2 + 1]
    for _ in range(pools):
        sides.append(-(-(sides[-1] - 3) // 2) + 1 if up else (sides[-1] - 3) // 2 + 1)
    return sides


@map_sides.wrong
def convolution_rounds_up(resolution):
    "Only the poolings round up; the convolution drops a last step that does not fit."
    sides = [-(-(resolution - 7) // 2) + 1]
    for _ in range(3):
        sides.append(-(-(sides[-1] - 3) // 2) + 1)
    return sides


map_sides.slips(
    "pools_round_down: These poolings round up: a last window that is only partly filled counts as well.",
    lambda resolution: _sides(resolution, up=False),
    "padded_convolution: The first convolution is not padded: its window must fit into the image.",
    lambda resolution: _sides(resolution, padding=3),
    "halves: Halving is only roughly right: a window of 7 or 3 has to fit before it can move.",
    lambda resolution: [resolution // 2**i for i in range(1, 5)],
    "first_pool_missing: One map is missing: there are poolings after conv1, fire4 and fire8.",
    lambda resolution: _sides(resolution, pools=2),
)


@exercise
def stored_bits(positions, gap_bits, value_bits):
    entries, last = 0, -1
    for position in positions:
        while position - last > 2**gap_bits:  # a filler
            last += 2**gap_bits
            entries += 1
        last = position
        entries += 1
    return entries * (gap_bits + value_bits)


stored_bits.helps(
    explained="flops/memory#does-a-zero-take-no-room",
    worked=(
        {"positions": [2, 12], "gap_bits": 3, "value_bits": 4},
        "3 bits allow gaps of 1 to 8. From -1 to 2 the gap is 3, one entry. From 2 to 12 it is "
        "10: a filler at 2 + 8 = 10, then a gap of 2. That makes 3 entries of 3 + 4 = 7 bits: 3 · "
        "7 = 21.",
    ),
)


def _pruned(rng, gap_bits, gaps, first=None):
    positions, last = [], -1
    for number in range(rng.randint(5, 9)):
        last += first if first and not number else rng.choice(gaps)
        positions.append(last)
    return {"positions": positions, "gap_bits": gap_bits, "value_bits": rng.choice([4, 6, 8])}


@stored_bits.skill(points=1)
def dense(rng):
    "weights that lie close together"
    gap_bits = rng.choice([3, 4])  # 2**2 is 2 * 2
    return _pruned(rng, gap_bits, range(1, 2**gap_bits))


@stored_bits.skill(points=1)
def just_within(rng):
    "gaps that just fit"
    gap_bits = rng.choice([3, 4])  # 2**2 is 2 * 2
    return _pruned(rng, gap_bits, [2**gap_bits])


@stored_bits.skill(points=2)
def sparse(rng):
    "gaps that need fillers"
    gap_bits = 3
    return _pruned(rng, gap_bits, range(2**gap_bits + 2, 5 * 2**gap_bits), first=2**gap_bits + 1)


def _gaps(positions):
    return [b - a for a, b in zip([-1, *positions], positions)]


stored_bits.slips(
    "no_fillers: A gap that does not fit into its bits cannot be stored: fillers have to be put in between.",
    lambda positions, gap_bits, value_bits: len(positions) * (gap_bits + value_bits),
    "one_filler_at_most: A very long gap needs more than one filler.",
    lambda positions, gap_bits, value_bits: (
        sum(1 + (g > 2**gap_bits) for g in _gaps(positions)) * (gap_bits + value_bits)
    ),
    "one_gap_short: With n bits 2**n different gaps can be told apart, 1 to 2**n: no gap of 0 ever occurs.",
    lambda positions, gap_bits, value_bits: (
        sum(-(-g // (2**gap_bits - 1)) for g in _gaps(positions)) * (gap_bits + value_bits)
    ),
    "all_cells: That stores every weight, the pruned ones too.",
    lambda positions, gap_bits, value_bits: (positions[-1] + 1) * (gap_bits + value_bits),
)


@stored_bits.wrong
def fillers_without_values(positions, gap_bits, value_bits):
    "A filler is an entry like any other: it has a gap and a value, which is zero."
    entries = sum(-(-g // 2**gap_bits) for g in _gaps(positions))
    return entries * gap_bits + len(positions) * value_bits


stored_bits.slips(
    "values_alone: The values alone do not say where they belong: each entry stores its gap as well.",
    lambda positions, gap_bits, value_bits: sum(-(-g // 2**gap_bits) for g in _gaps(positions)) * value_bits,
)


def _own_module(rng):
    while True:
        ones, threes = rng.sample(range(32, 161, 8), 2)
        given = {"c_in": 16 * rng.randint(4, 24), "expand1x1": ones, "expand3x3": threes, "factor": rng.randint(4, 12)}
        values = [_most(**given)] + [
            w(**given) for w in (squeeze_forgotten, ones_forgotten, one_too_many, all_filters_large, plain_half)
        ]
        if len(set(values)) == len(values) and min(values) > 2:
            return given


def _limit(c_in, expand1x1, expand3x3, factor):
    """Return what is left for the squeezed channels, in parameters: those of a plain 3x3 over factor, less biases."""
    out = expand1x1 + expand3x3
    return ((9 * c_in + 1) * out / factor) - out


def _most(c_in, expand1x1, expand3x3, factor):
    return int(_limit(c_in, expand1x1, expand3x3, factor) // (c_in + 1 + expand1x1 + 9 * expand3x3))


def squeeze_forgotten(c_in, expand1x1, expand3x3, factor):
    "The squeeze layer has parameters, too: one filter over all inputs for each squeezed channel."
    return int(_limit(c_in, expand1x1, expand3x3, factor) // (expand1x1 + 9 * expand3x3))


def ones_forgotten(c_in, expand1x1, expand3x3, factor):
    "The 1x1 filters of the expand layer read the squeezed channels as well."
    return int(_limit(c_in, expand1x1, expand3x3, factor) // (c_in + 1 + 9 * expand3x3))


def one_too_many(c_in, expand1x1, expand3x3, factor):
    "With that many channels the module is just too large: round down."
    return _most(c_in, expand1x1, expand3x3, factor) + 1


def all_filters_large(c_in, expand1x1, expand3x3, factor):
    "As if all expand filters were 3x3; some are 1x1."
    return int(_limit(c_in, expand1x1, expand3x3, factor) // (c_in + 1 + 9 * (expand1x1 + expand3x3)))


def plain_half(c_in, expand1x1, expand3x3, factor):
    "The plain convolution has as many filters as both parts of the expand layer together."
    out = expand1x1 + expand3x3
    return int(((9 * c_in + 1) * expand3x3 / factor - out) // (c_in + 1 + expand1x1 + 9 * expand3x3))


@exercise(variant=_own_module)
def my_squeeze(*, c_in, expand1x1, expand3x3, factor):
    def module(squeeze):
        return Network(fire(FeatureMap(c_in, 3, 3), squeeze, expand1x1, expand3x3, "none")).params

    whole = Network(Conv2d(expand1x1 + expand3x3, 3, padding=1)(FeatureMap(c_in, 3, 3))).params
    start, then = module(1), module(2)
    return int((whole // factor - start) // (then - start)) + 1  # each further channel costs the same


my_squeeze.helps(
    explained="light/squeezenet#the-fire-module",
    worked=(
        {"c_in": 10, "expand1x1": 6, "expand3x3": 4, "factor": 4},
        "10 channels in, 6 and 4 filters, 4 times fewer. The plain layer has (9 · 10 + 1) · 10 = "
        "910 parameters, and 910 / 4 = 227.5. The biases of the 10 filters are there anyway: "
        "227.5 - 10 = 217.5. Each squeezed channel takes 10 + 1 = 11 to make and 6 + 9 · 4 = 42 "
        "to read: 217.5 / (11 + 42) = 4.1, rounded down.",
    ),
)


my_squeeze.asks(the_most=(3, "the most squeezed channels"))
for _wrong in (squeeze_forgotten, ones_forgotten, one_too_many, all_filters_large, plain_half):
    my_squeeze.wrong(_wrong)


@design
def lean_tail():
    x = ReLU()(Conv2d(128, kernel_size=1)(FeatureMap(512, 13, 13)))
    return Linear(1000)(Flatten()(AdaptiveAvgPool2d(1)(x)))


lean_tail.helps(
    explained="light/squeezenet#a-weight-works-once-at-each-position",
    worked=(
        {},
        "directly from 512 to 1000 channels there are 512 · 1000 = 512000 weights; through 128 "
        "channels 512 · 128 + 128 · 1000 = 193536. And a layer in front of the average works at "
        "13 · 13 = 169 positions, one behind it at a single one.",
    ),
)


@lean_tail.constraint(points=1)
def shapes(network):
    "from 512x13x13 to 1000 numbers, with at least 128 channels before the last layer with weights"
    found = network.input_shape, network.output_shape
    last = next((n for n in reversed(network.layers) if n.kind in ("Conv2d", "Linear")), None)
    wide = last.inputs[0].channels if last else 0
    met = found == ((512, 13, 13), (1000,)) and wide >= 128
    return met, f"{from_to(network)}, {wide} channels before the last such layer"


@lean_tail.constraint(points=2)
def small(network):
    "between 1,000 and 200,000 parameters, without groups"
    groups = any(getattr(n.layer, "groups", 1) > 1 for n in network.layers)
    return not groups and 1000 <= network.params <= 200_000, (
        f"it has {network.params:,} parameters" + (" and groups" if groups else "")
    )


@lean_tail.constraint(points=1)
def quick(network):
    "at most 12 M MACs, and at least 100,000"
    return 1e5 <= network.macs <= 12e6, f"it takes {network.macs:,} MACs"


@lean_tail.wrong
def published():
    "That is SqueezeNet's own: 513,000 parameters, used at 169 places. Reduce first, average, and classify last."
    x = ReLU()(Conv2d(1000, 1)(FeatureMap(512, 13, 13)))
    return Flatten()(AdaptiveAvgPool2d(1)(x))


@lean_tail.wrong
def averaged_at_once():
    "Averaged at once it is quick, but 512 x 1000 weights are too many."
    return Linear(1000)(Flatten()(AdaptiveAvgPool2d(1)(FeatureMap(512, 13, 13))))


@lean_tail.wrong
def too_thin():
    "Few parameters, but 64 numbers are little to tell 1000 classes apart by."
    x = ReLU()(Conv2d(64, kernel_size=1)(FeatureMap(512, 13, 13)))
    return Linear(1000)(Flatten()(AdaptiveAvgPool2d(1)(x)))


@prediction
def in_the_3x3():
    "the percentage of its MACs that SqueezeNet spends in the 3x3 filters of its fire modules"
    net = models.squeezenet1_0()
    return 100 * net.select(lambda n: n.name.endswith("expand3x3")).macs / net.macs


@prediction
def only_biases():
    "the number of biases among SqueezeNet's 1.25 million parameters"
    net = models.squeezenet1_0()
    return int(net.params - net.weights)
