"""MobileNet V2: which blocks have a skip, what ReLU destroys, the thin ends, and what an expansion costs."""

from math import comb

from convcost import Conv2d, FeatureMap, Network, ReLU6, models
from convcost.zoo.mobilenet_v2 import inverted_residual

from ..design import design, from_to
from ..exercise import exercise
from ..predictions import prediction


def _table(x, rows):
    """Return the end of the stages [t, c, n, s]; each block has a name of its own."""
    for stage, (t, c, n, s) in enumerate(rows, start=1):
        for repeat in range(1, n + 1):
            with x.block(f"stage{stage}.block{repeat}"):
                x = inverted_residual(x, c, s if repeat == 1 else 1, t)
    return x


@exercise
def skips(channels, rows):
    x, found = FeatureMap(channels, 64, 64), 0
    for _, c, n, s in rows:
        for repeat in range(n):
            y = Conv2d(c, 3, s if repeat == 0 else 1, padding=1)(x)
            found += x.shape == y.shape
            x = y
    return found


skips.helps(
    explained="light/mobilenet_v2#build-it",
    worked=(
        {"channels": 8, "rows": [[6, 8, 2, 1], [6, 16, 3, 2]]},
        "the first stage keeps 8 channels and the side, so both of its blocks have a skip. In the "
        "second stage the first block changes the shape; the two after it do not: 2 + 2 = 4.",
    ),
)


def _stages(rng, first, others):
    """Rows whose first block of a stage is `first(channels)` -> (c, s); `others`: how many repeats."""
    channels = before = 8 * rng.randint(2, 4)
    rows = []
    for _ in range(rng.randint(2, 4)):
        c, s = first(before)
        rows.append([rng.choice([4, 6]), c, rng.randint(*others), s])
        before = c
    return {"channels": channels, "rows": rows}


@skips.skill(points=1)
def halving(rng):
    "stages that all halve the side"
    return _stages(rng, lambda c: (c + 8, 2), (2, 4))


@skips.skill(points=1)
def widening(rng):
    "stages that keep the side and change the channels"
    case = _stages(rng, lambda c: (c + 8, 1), (2, 4))
    return {**case, "rows": [*case["rows"], [6, case["channels"], rng.randint(2, 4), 1]]}  # as many as at first


@skips.skill(points=1)
def unchanged(rng):
    "stages that change nothing, or only halve the side"
    case = _stages(rng, lambda c: (c, rng.choice([1, 2])), (1, 3))
    narrow = case["channels"] - 8
    return {"channels": narrow, "rows": [[1, case["channels"], 1, 1], *case["rows"], [6, case["channels"], 2, 1]]}


@skips.wrong
def channels_only(channels, rows):
    "Equal channels are not enough: with a stride of 2 the sides differ."
    before = [channels, *[c for _, c, _, _ in rows]]
    return sum(n - (b != c) for b, (_, c, n, _) in zip(before, rows))


skips.slips(
    "stride_one_blocks: A stride of 1 is not enough: maps with different numbers of channels cannot be added.",
    lambda rows: sum(n - (s == 2) for _, _, n, s in rows),
    "never_the_first: The first block of a stage has a skip too, if it changes neither the side nor the channels.",
    lambda rows: sum(n - 1 for _, _, n, _ in rows),
    "every_block: Those are all blocks. A skip needs an input and an output of the same shape.",
    lambda rows: sum(n for _, _, n, _ in rows),
)


@exercise
def stuck(dims, channels):
    return sum(comb(channels, k) for k in range(dims)) / 2**channels


stuck.helps(
    explained="light/mobilenet_v2#what-a-relu-destroys",
    worked=(
        {"dims": 2, "channels": 2},
        "there are 2 · 2 = 4 patterns, all equally likely: both channels alive, only the first, "
        "only the second, none. Fewer than 2 are alive in three of them: 3 / 4 = 0.75.",
    ),
)


@stuck.skill(points=1)
def plane(rng):
    "points of a plane"
    return {"dims": 2, "channels": rng.randint(3, 12)}


@stuck.skill(points=2)
def space(rng):
    "points of more dimensions"
    dims = rng.randint(3, 8)
    return {"dims": dims, "channels": rng.randint(dims + 1, 3 * dims)}


stuck.slips(
    "dims_suffice_not: With exactly `dims` channels alive a point can still be told: as many equations as unknowns.",
    lambda dims, channels: sum(comb(channels, k) for k in range(dims + 1)) / 2**channels,
    "exactly_one_short: Points with even fewer channels alive are stuck as well: add them up, from none on.",
    lambda dims, channels: comb(channels, dims - 1) / 2**channels,
    "one_way_each: There are many ways to have k of n channels alive: as many as ways to choose k of n.",
    lambda dims, channels: dims / 2**channels,
    "the_others: That is the share of the points that survive.",
    lambda dims, channels: 1 - stuck.reference(dims, channels),
    "none_alive: A point is already lost when fewer than `dims` channels are alive, not only when none is.",
    lambda channels: 0.5**channels,
)


@exercise
def slices_needed(channels, expand_ratio, side, budget):
    x = FeatureMap(channels, side, side)
    for slices in range(1, expand_ratio * channels + 1):
        if expand_ratio * channels % slices == 0:
            part = Conv2d(expand_ratio * channels // slices, 1, bias=False)(x)
            if 2 * x.elements + 2 * part.elements <= budget:
                return slices
    return None


slices_needed.helps(
    explained="light/mobilenet_v2#what-must-be-kept-in-memory",
    worked=(
        {"channels": 2, "expand_ratio": 3, "side": 2, "budget": 35},
        "input and output hold 2 · 2 · 4 = 16 values, so 35 - 16 = 19 are left for two maps of a "
        "slice. There are 3 · 2 = 6 expanded channels. In 2 slices of 3 the two maps hold 2 · 3 · "
        "4 = 24, too much; in 3 slices of 2 they hold 2 · 2 · 4 = 16.",
    ),
)


def _memory(rng, slices, spare):
    """A case that needs `slices` slices; spare: 0 to 1, how much of the step to fewer slices is left over."""
    channels, side, t = 12 * rng.randint(1, 6), rng.choice([7, 14, 28]), rng.choice([4, 6])
    middle, cells = t * channels, side**2
    fewer = max(s for s in range(1, slices) if middle % s == 0)
    step = 2 * cells * (middle // fewer - middle // slices)
    return {
        "channels": channels,
        "expand_ratio": t,
        "side": side,
        "budget": 2 * channels * cells + 2 * cells * middle // slices + int(spare * step),
    }


slices_needed.asks(
    met_exactly=(1, "a memory that is just enough", lambda rng: _memory(rng, rng.choice([2, 3, 4, 6]), 0)),
    with_some_left=(
        2,
        "a memory with some to spare",
        lambda rng: _memory(rng, rng.choice([6, 12]), rng.uniform(0.55, 0.95)),
    ),
)


@slices_needed.wrong
def need_not_divide(channels, expand_ratio, side, budget):
    "The slices are to be equal: their number must divide the expanded channels."
    room = budget - 2 * channels * side**2
    return -(-2 * expand_ratio * channels * side**2 // room)


slices_needed.slips(
    "ends_forgotten: The thin ends stay in memory the whole time: the input, and the output that is being summed up.",
    lambda channels, expand_ratio, side, budget: _fewest(
        expand_ratio * channels, lambda part: 2 * part * side**2 <= budget
    ),
    "one_wide_map: There are two wide slices at a time: what the filter reads and what it writes.",
    lambda channels, expand_ratio, side, budget: _fewest(
        expand_ratio * channels, lambda part: (2 * channels + part) * side**2 <= budget
    ),
    "strictly_below: A memory that is just full is large enough.",
    lambda channels, expand_ratio, side, budget: _fewest(
        expand_ratio * channels, lambda part: 2 * (channels + part) * side**2 < budget
    ),
    "one_channel_a_slice: Slices of a single channel need the least memory, but fewer and larger ones fit as well.",
    lambda channels, expand_ratio: expand_ratio * channels,
)


def _fewest(middle, fits):
    return next((s for s in range(1, middle + 1) if middle % s == 0 and fits(middle // s)), 0)


def _own_budget(rng):
    while True:
        channels, rows, before = 8 * rng.randint(2, 4), [], None
        for stage in range(4):
            before = (before or channels) + 8 * rng.randint(1, 4)
            rows.append([before, *((rng.randint(2, 3), rng.choice([1, 2, 2])) if stage else (1, 1))])
        given = {"channels": channels, "side": 8 * rng.randint(5, 14), "rows": rows}
        base, step = _linear(**given)
        given["budget"] = base + int(step * rng.uniform(3, 9))
        wrongs = first_too, early_strides, rounded_up, once_each, deep_filter
        values = [answer(**given)[0] for answer in (_largest, *wrongs)]
        if len(set(values)) == len(values):
            return given


def _linear(channels, side, rows, first=False, early=False, once=False, deep=False, **_):
    """Return MACs, by arithmetic: of the first stage; of the others at an expansion by 1, which is counted too."""
    totals = [0, 0]
    for number, (c, n, s) in enumerate(rows):
        for repeat in range(1 if once else n):
            stride = s if repeat == 0 else 1
            out = side // stride
            expand = channels**2 * (out if early else side) ** 2 if number or first else 0
            totals[number > 0] += expand + channels * (c + (81 if deep else 9)) * out**2
            channels, side = c, out
    return totals


def _largest(budget, **given):
    """Return [t, MACs]; the given options are those of `_linear`."""
    base, step = _linear(**given)
    t = (budget - base) // step
    return [t, base + t * step]


def first_too(budget, **given):
    "The first stage was given the expansion too; it has t = 1 and none."
    each = sum(_linear(**given, first=True))
    return [budget // each, budget // each * each]


def early_strides(budget, **given):
    "The expansion works before the stride, on the larger map."
    return _largest(budget, **given, early=True)


def rounded_up(budget, **given):
    "That one is above the budget: round down."
    base, step = _linear(**given)
    t = (budget - base) // step + 1
    return [t, base + t * step]


def once_each(budget, **given):
    "Each stage has several blocks; after the first they read and write c channels."
    return _largest(budget, **given, once=True)


def deep_filter(budget, **given):
    "The filter was counted too high: a depthwise 3x3 has 9 MACs for each of its outputs."
    return _largest(budget, **given, deep=True)


@exercise(variant=_own_budget)
def my_expansion(*, channels, side, rows, budget):
    def macs(t):
        stages = [[t if number else 1, *row] for number, row in enumerate(rows)]
        return Network(_table(FeatureMap(channels, side, side), stages)).macs

    largest = 1  # MACs grow by the same number with each t from 2 on
    step, start = macs(3) - macs(2), macs(2)
    while start + (largest + 1 - 2) * step <= budget:
        largest += 1
    return [int(largest), int(start + (largest - 2) * step)]


my_expansion.helps(
    explained="light/mobilenet_v2#what-it-costs",
    worked=(
        {"channels": 4, "side": 4, "rows": [[4, 1, 1], [8, 1, 2]], "budget": 3000},
        "4 channels on 4x4, at most 3000 MACs. The first stage has no expansion: 9 · 4 · 16 + 4 · "
        "4 · 16 = 832. The second leads to 8 channels with stride 2. For each unit of t it "
        "expands on 4x4 and does the rest on 2x2: 4 · 4 · 16 + 9 · 4 · 4 + 4 · 8 · 4 = 528. Then "
        "(3000 - 832) / 528 = 4.1, so t is 4: 832 + 4 · 528 = 2944.",
    ),
)


my_expansion.asks(the_largest=(3, "the largest expansion that fits your budget"))
for _wrong in (first_too, early_strides, rounded_up, once_each, deep_filter):
    my_expansion.wrong(_wrong)


@design
def wide_eyed_block():
    x = FeatureMap(32, 28, 28)
    y = ReLU6()(Conv2d(128, kernel_size=1, bias=False)(x))
    for _ in range(2):
        y = ReLU6()(Conv2d(128, kernel_size=3, padding=1, groups=128, bias=False)(y))
    return x + Conv2d(32, kernel_size=1, bias=False)(y)


wide_eyed_block.helps(
    explained="light/mobilenet_v2#expand-filter-project",
    worked=(
        {},
        "with 128 channels inside, the two 1x1 layers take 2 · 32 · 128 · 784 = 6422528 MACs, a "
        "depthwise 3x3 only 9 · 128 · 784 = 903168. So it is the expansion that costs, and the "
        "filter that sees. What can you have less of, and what more?",
    ),
)


@wide_eyed_block.constraint(points=1)
def linear_end(network):
    "a map of 32x28x28 and, at the end, the sum of the input and a convolution without an activation behind it"
    last = network.layers[-1]
    sums = last.kind == "Add" and any(x.node is None for x in last.inputs)
    makers = [x.node.kind for x in last.inputs if x.node is not None] if sums else []
    linear = bool(makers) and set(makers) <= {"Conv2d", "BatchNorm2d"}
    shapes = network.input_shape == network.output_shape == (32, 28, 28)
    found = f"a sum of the input and the output of {', '.join(makers)}" if sums else f"it ends in {last.kind}"
    return linear and shapes, found + ("" if shapes else "; shapes " + from_to(network))


@wide_eyed_block.constraint(points=1)
def wide_filter(network):
    "every 3x3 or larger convolution depthwise, on at least 128 channels, with ReLU or ReLU6 in between"
    found = [n for n in network.layers if n.kind == "Conv2d" and n.layer.kernel_size not in (1, (1, 1))]
    depthwise = [n for n in found if n.layer.groups == n.inputs[0].channels >= 128]
    active = any(n.kind in ("ReLU", "ReLU6") for n in network.layers)
    return bool(found) and len(found) == len(depthwise) and active, (
        f"{len(depthwise)} of {len(found)} such convolutions, {'with' if active else 'without'} an activation"
    )


@wide_eyed_block.constraint(points=1)
def sight(network):
    "a receptive field of at least 5 pixels"
    return network.receptive_field >= 5, f"its receptive field is {network.receptive_field}"


@wide_eyed_block.constraint(points=1)
def cost(network):
    "between 1 and 8.5 M MACs"
    return 1e6 <= network.macs <= 8.5e6, f"it takes {network.macs:,} MACs"


@wide_eyed_block.wrong
def the_papers_block():
    "That is the published block with t = 6: it sees 3 pixels and takes 11 M MACs."
    return inverted_residual(FeatureMap(32, 28, 28), 32, 1, 6)


@wide_eyed_block.wrong
def filter_at_the_thin_end():
    "Cheap, but the filter works on 32 channels only, where a ReLU destroys what it zeroes."
    x = FeatureMap(32, 28, 28)
    y = ReLU6()(Conv2d(32, kernel_size=5, padding=2, groups=32, bias=False)(x))
    return x + Conv2d(32, kernel_size=1, bias=False)(y)


@wide_eyed_block.wrong
def active_end():
    "There is a ReLU6 at the thin end; the projection has to stay linear."
    x = FeatureMap(32, 28, 28)
    y = ReLU6()(Conv2d(128, kernel_size=1, bias=False)(x))
    for _ in range(2):
        y = ReLU6()(Conv2d(128, kernel_size=3, padding=1, groups=128, bias=False)(y))
    return x + ReLU6()(Conv2d(32, kernel_size=1, bias=False)(y))


@prediction
def stuck_at_two():
    "the percentage of 24-dimensional points that are stuck behind a ReLU in 48 channels (an expansion by 2)"
    return 100 * stuck.reference(24, 48)


@prediction
def inside():
    "the percentage of the values written by MobileNet V2's convolutions that lie inside blocks, in wide maps"
    convolutions = models.mobilenet_v2().select(lambda n: n.kind == "Conv2d")
    wide = convolutions.select(lambda n: n.name.endswith(("expand", "dw")))
    return 100 * wide.activations / convolutions.activations
