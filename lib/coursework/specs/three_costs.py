"""Three costs: the time of a layer and of a network, which cost rules, and where a 1x1 convolution stops waiting."""

from convcost import Conv2d, FeatureMap, Network

from ..exercise import exercise
from ..predictions import prediction


def _machine(rng):
    """Speeds of a machine, by the microsecond: whole numbers, with a corner between 5 and 15 MACs a value."""
    values = rng.randint(20, 60) * 100
    return {"macs_per_us": values * rng.randint(5, 15), "values_per_us": values, "start": rng.randint(5, 15)}


OTHER = ("middle", "short", "tiny")  # the second cost: hardly less, far less, less than the start


def _work(rng, machine, rules):
    """MACs and values of a layer in which one cost is the longest, by less than twice or by far, and no two alike;
    `start`: the start is longer than each of the others, and shorter than both together.
    """
    long, short = (rng.randint(*ends) + rng.uniform(0.2, 0.8) for ends in ((200, 400), (20, 45)))
    middle = long * rng.uniform(0.6, 0.9)
    start = machine["start"]
    compute, traffic = {
        "compute": (long, {"middle": middle, "short": short, "tiny": start / 5}[rng.choice(OTHER)]),
        "traffic": ({"middle": middle, "short": short, "tiny": start / 5}[rng.choice(OTHER)], long),
        "overhead": rng.sample([start / 4, start / 10], 2),
        "start": [start * share for share in rng.choice([(0.6, 0.8), (0.8, 0.6)])],
    }[rules]
    return round(compute * machine["macs_per_us"]), round(traffic * machine["values_per_us"])


def _layer(rng, rules):
    machine = _machine(rng)
    macs, values = _work(rng, machine, rules)
    return {"macs": macs, "values": values, **machine}


@exercise
def layer_time(macs, values, macs_per_us, values_per_us, start):
    return max(macs / macs_per_us, values / values_per_us) + start


layer_time.helps(
    explained="start/three_costs#which-cost-rules-a-layer",
    worked=(
        {"macs": 600, "values": 200, "macs_per_us": 100, "values_per_us": 20, "start": 5},
        "to compute takes 600 / 100 = 6, to move 200 / 20 = 10. Both happen at the same time, so "
        "the longer one counts, and the start comes before it: 10 + 5 = 15.",
    ),
)


layer_time.asks(
    computing=(1, "a layer that computes", lambda rng: _layer(rng, "compute")),
    moving=(1, "a layer that waits for its values", lambda rng: _layer(rng, "traffic")),
    starting=(1, "a layer with hardly anything to do", lambda rng: _layer(rng, "overhead")),
)

layer_time.slips(
    "adds_up: Compute and traffic go on at the same time here, so the longer one counts, not the sum.",
    lambda macs, values, macs_per_us, values_per_us, start: macs / macs_per_us + values / values_per_us + start,
    "forgets_the_start: Each layer is started once, however much it has to do.",
    lambda macs, values, macs_per_us, values_per_us: max(macs / macs_per_us, values / values_per_us),
    "start_at_the_same_time: The start comes before the work: it is added, not one of the things compared.",
    lambda macs, values, macs_per_us, values_per_us, start: max(macs / macs_per_us, values / values_per_us, start),
    "the_shorter_one: The layer has to wait for the longer of the two.",
    lambda macs, values, macs_per_us, values_per_us, start: min(macs / macs_per_us, values / values_per_us) + start,
    "compute_only: That counts the multiplications only. The values must travel, too.",
    lambda macs, macs_per_us, start: macs / macs_per_us + start,
    "traffic_only: That counts the values only. They must be multiplied, too.",
    lambda values, values_per_us, start: values / values_per_us + start,
)


@exercise
def network_time(layers, macs_per_us, values_per_us, start):
    return float(sum(layer_time.reference(*layer, macs_per_us, values_per_us, start) for layer in layers))


network_time.helps(
    explained="start/three_costs#which-cost-rules-a-layer",
    worked=(
        {"layers": [[600, 200], [900, 40]], "macs_per_us": 100, "values_per_us": 20, "start": 5},
        "the first layer computes for 600 / 100 = 6 and moves for 200 / 20 = 10: with its start "
        "10 + 5 = 15. The second computes for 900 / 100 = 9 and moves for 40 / 20 = 2: 9 + 5 = "
        "14. One after the other: 15 + 14 = 29.",
    ),
)


def _network(rng, rules):
    machine = _machine(rng)
    layers = [list(_work(rng, machine, each)) for each in rng.sample(rules, len(rules))]
    return {"layers": layers, **machine}


network_time.asks(
    alike=(1, "layers of one kind", lambda rng: _network(rng, ["compute"] * rng.randint(2, 4))),
    mixed=(2, "layers of different kinds", lambda rng: _network(rng, ["compute", "traffic", "overhead", "traffic"])),
)

network_time.slips(
    "sums_first: Compare compute and traffic layer by layer. A layer cannot use the time in which another one waits.",
    lambda layers, macs_per_us, values_per_us, start: (
        max(sum(macs for macs, _ in layers) / macs_per_us, sum(values for _, values in layers) / values_per_us)
        + start * len(layers)
    ),
    "one_start: Every layer is started, not only the network.",
    lambda layers, macs_per_us, values_per_us, start: (
        sum(max(macs / macs_per_us, values / values_per_us) for macs, values in layers) + start
    ),
    "no_start: Every layer is started once; that takes its time.",
    lambda layers, macs_per_us, values_per_us: float(
        sum(max(macs / macs_per_us, values / values_per_us) for macs, values in layers)
    ),
    "adds_up: Within a layer compute and traffic go on at the same time here: the longer one counts.",
    lambda layers, macs_per_us, values_per_us, start: sum(
        macs / macs_per_us + values / values_per_us + start for macs, values in layers
    ),
    "macs_only: A count of MACs alone leaves out what the layers move.",
    lambda layers, macs_per_us, start: sum(macs / macs_per_us + start for macs, _ in layers),
)


@exercise
def which_rules(layers, macs_per_us, values_per_us, start):
    def longest(macs, values):
        parts = {"compute": macs / macs_per_us, "traffic": values / values_per_us, "overhead": start}
        return max(parts, key=parts.get)

    return [longest(*layer) for layer in layers]


which_rules.helps(
    explained="start/three_costs#which-cost-rules-a-layer",
    worked=(
        {"layers": [[600, 200], [900, 40], [100, 20]], "macs_per_us": 100, "values_per_us": 20, "start": 5},
        "first layer: compute 600 / 100 = 6, traffic 200 / 20 = 10, start 5. Second: 900 / 100 = "
        "9, 40 / 20 = 2, and 5. Third: 100 / 100 = 1, 20 / 20 = 1, and 5. Take the name of the "
        "largest in each.",
    ),
)


which_rules.asks(
    each=(3, "each layer's longest cost", lambda rng: _network(rng, ["compute", "traffic", "overhead", "start"])),
)

which_rules.slips(
    "never_the_start: A layer with hardly anything to do takes longest to start: overhead is one of the three.",
    lambda layers, macs_per_us, values_per_us: [
        "compute" if macs / macs_per_us > values / values_per_us else "traffic" for macs, values in layers
    ],
    "start_against_the_sum: Compute and traffic go on at the same time: the start is compared with each of the two.",
    lambda layers, macs_per_us, values_per_us, start: [
        "overhead"
        if start > macs / macs_per_us + values / values_per_us
        else "compute"
        if macs / macs_per_us > values / values_per_us
        else "traffic"
        for macs, values in layers
    ],
    "macs_against_values: Those are counts. Divide each by its speed, and compare times; the start is a time, too.",
    lambda layers: ["compute" if macs > values else "traffic" for macs, values in layers],
    "counts_not_times: "
    "Compare times, not counts: a machine does several MACs while one value travels, so more MACs may take less time.",
    lambda layers, macs_per_us, start: [
        "overhead"
        if macs / macs_per_us < start and values / macs_per_us < start
        else "compute"
        if macs > values
        else "traffic"
        for macs, values in layers
    ],
    "the_shortest: That names the cost that takes the least time in each layer.",
    lambda layers, macs_per_us, values_per_us, start: [
        min(
            (macs / macs_per_us, "compute"),
            (values / values_per_us, "traffic"),
            (start, "overhead"),
        )[1]
        for macs, values in layers
    ],
)


def _own_machine(rng):
    while True:
        given = {
            "side": rng.randint(12, 40),
            "macs_per_us": 100 * rng.randint(300, 2000),
            "values_per_us": 100 * rng.randint(20, 60),
        }
        answers = [my_channels.reference(**given)] + [wrong.function(**given) for wrong in my_channels.wrongs.values()]
        if len(set(answers)) == len(answers) and min(answers) > 2:
            return given


@exercise(variant=_own_machine)
def my_channels(*, side, macs_per_us, values_per_us):
    def waits(channels):
        net = Network(Conv2d(channels, 1, bias=False)(FeatureMap(channels, side, side)))
        return net.macs * values_per_us < net.memory_access * macs_per_us

    channels = 1
    while waits(channels):
        channels += 1
    return channels


my_channels.helps(
    explained="start/three_costs#the-roofline",
    worked=(
        {"side": 4, "macs_per_us": 20, "values_per_us": 10},
        "on 4x4, 20 MACs and 10 values in a microsecond. With 4 channels there are 4 · 4 · 16 = "
        "256 MACs, 256 / 20 = 12.8, and 2 · 4 · 16 + 4 · 4 = 144 values, 144 / 10 = 14.4: it "
        "waits. With 5 it is 5 · 5 · 16 = 400, 400 / 20 = 20, and 2 · 5 · 16 + 5 · 5 = 185, 185 / "
        "10 = 18.5: it no longer waits.",
    ),
)


my_channels.asks(the_width=(3, "the smallest number of channels"))

my_channels.slips(
    "weights_forgotten: The weights travel, too: channels times channels of them.",
    lambda side, macs_per_us, values_per_us: -(-2 * macs_per_us // values_per_us),
    "one_map_only: The layer reads a map and writes one: count both.",
    lambda side, macs_per_us, values_per_us: _first(side, macs_per_us / values_per_us, maps=1),
    "just_too_few: With that number it just still waits for its values; the next one is enough.",
    lambda side, macs_per_us, values_per_us: _first(side, macs_per_us / values_per_us) - 1,
    "maps_forgotten: The maps travel, not the weights alone.",
    lambda side, macs_per_us, values_per_us: -(-macs_per_us // values_per_us),
)


def _first(side, corner, maps=2):
    """The first number of channels with at least `corner` MACs a value, by arithmetic."""
    channels = 1
    while channels**2 * side**2 < corner * (maps * channels * side**2 + channels**2):
        channels += 1
    return channels


@prediction
def halved_macs():
    "the new time of the layer, divided by the old"
    return layer_time.reference(30 / 2, 20, 1, 1, 0) / layer_time.reference(30, 20, 1, 1, 0)
