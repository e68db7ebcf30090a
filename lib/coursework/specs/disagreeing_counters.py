"""Why the counters disagree: a tool is a rule, and a difference is a sum of terms with names."""

from convcost import BatchNorm2d, Conv2d, FeatureMap, Flatten, Linear, Network, ReLU, models

from ..exercise import exercise
from ..predictions import prediction

TOOLS = "flop_counter_mode", "fvcore", "torchprofile", "torchinfo", "thop", "ptflops"
NINE = (*TOOLS, "ultralytics_thop", "calflops", "torchscan")

# What a tool counts by its rule: for a multiply-accumulate, a bias of the classifier, a value and a channel of a
# batch norm, a value of a ReLU. The reference does not read this; the wrong answers change it.
RULES = {
    "flop_counter_mode": {"mac": 2},
    "fvcore": {"mac": 1, "norm": 2},
    "torchprofile": {"mac": 1, "norm": 1},
    "torchinfo": {"mac": 1, "channel": 2, "bias": 1},
    "thop": {"mac": 1, "norm": 4},
    "ptflops": {"mac": 1, "norm": 2, "relu": 2, "bias": 1},
}


def _networks(layers):
    """One network for each layer of a list of [kind, sizes ...]."""
    for kind, *sizes in layers:
        if kind == "conv":
            c_in, c_out, kernel_size, groups, side = sizes
            conv = Conv2d(c_out, kernel_size, padding=kernel_size // 2, groups=groups, bias=False)
            yield Network(conv(FeatureMap(c_in, side, side)))
        elif kind == "fc":
            yield Network(Linear(sizes[1])(Flatten()(FeatureMap(sizes[0], 1, 1))))
        else:
            layer = BatchNorm2d() if kind == "norm" else ReLU()
            yield Network(layer(FeatureMap(sizes[0], sizes[1], sizes[1])))


def _amounts(layers):
    """How many there are of what a rule may count, by arithmetic."""
    amounts = dict.fromkeys(("mac", "norm", "channel", "relu", "bias"), 0)
    for kind, *sizes in layers:
        if kind == "conv":
            c_in, c_out, kernel_size, groups, side = sizes
            amounts["mac"] += kernel_size**2 * (c_in // groups) * c_out * side**2
        elif kind == "fc":
            amounts["mac"] += sizes[0] * sizes[1]
            amounts["bias"] += sizes[1]
        else:
            amounts[kind] += sizes[0] * sizes[1] ** 2
            amounts["channel"] += sizes[0] if kind == "norm" else 0
    return amounts


def _total(layers, rule):
    amounts = _amounts(layers)
    return sum(weight * amounts[what] for what, weight in rule.items())


@exercise
def tool_total(tool, layers):
    return sum(int(net.count(tool)) for net in _networks(layers))


tool_total.helps(
    explained="flops/disagreeing_counters#the-rules",
    worked=(
        {"tool": "thop", "layers": [["conv", 3, 4, 3, 1, 5], ["norm", 4, 5], ["relu", 4, 5], ["fc", 4, 10]]},
        "the convolution has 9 · 3 · 4 · 25 = 2700 MACs, the classifier 4 · 10 = 40. This tool "
        "adds 4 for each of the 4 · 25 = 100 values of the batch norm: 4 · 100 = 400. ReLU and "
        "biases count nothing: 2700 + 40 + 400 = 3140.",
    ),
)


def _layers(rng):
    """A small network: a stem, one or two separable layers, a classifier."""
    width, side = 4 * rng.randint(2, 6), 2 * rng.randint(4, 10)
    layers = [["conv", 3, width, 3, 1, side], ["norm", width, side], ["relu", width, side]]
    for _ in range(rng.randint(1, 2)):
        layers += [
            ["conv", width, width, 3, width, side],
            ["norm", width, side],
            ["relu", width, side],
            ["conv", width, 2 * width, 1, 1, side],
            ["norm", 2 * width, side],
        ]
        width *= 2
    return [*layers, ["relu", width, side], ["fc", width, rng.randint(5, 99)]]


@tool_total.skill(points=1)
def two_operations(rng):
    "FlopCounterMode"
    return {"tool": "flop_counter_mode", "layers": _layers(rng)}


@tool_total.skill(points=1)
def norm_by_value(rng):
    "tools that add batch norm by values"
    return {"tool": rng.choice(["fvcore", "torchprofile", "torchprofile", "thop", "thop"]), "layers": _layers(rng)}


tool_total.asks(
    norm_by_channel=(1, "torchinfo", lambda rng: {"tool": "torchinfo", "layers": _layers(rng)}),
    counted_twice=(1, "ptflops", lambda rng: {"tool": "ptflops", "layers": _layers(rng)}),
)


@tool_total.wrong
def norm_for_each_value(tool, layers):
    "torchinfo takes a batch norm for its number of parameters: two for each channel, whatever the size of the map."
    rule = dict(RULES[tool])
    return _total(layers, {**rule, "norm": rule.get("norm", 0) + rule.pop("channel", 0), "channel": 0})


@tool_total.wrong
def norm_for_each_channel(tool, layers):
    "A batch norm works on every value of its map; only torchinfo counts by channels."
    rule = dict(RULES[tool])
    return _total(layers, {**rule, "channel": rule.get("channel", 0) + rule.pop("norm", 0), "norm": 0})


tool_total.slips(
    "never_two: FlopCounterMode counts two operations for each multiply-accumulate.",
    lambda tool, layers: _total(layers, {**RULES[tool], "mac": 1}),
    "macs_only: Those are the plain MACs. Each tool adds something to them, or counts each as two.",
    lambda layers: _total(layers, {"mac": 1}),
    "relu_once: A module nn.ReLU is seen twice by ptflops: as a module, and as the function that it calls.",
    lambda tool, layers: _total(layers, {**RULES[tool], "relu": min(RULES[tool].get("relu", 0), 1)}),
    "no_biases: The classifier has biases, and two of these tools count them.",
    lambda tool, layers: _total(layers, {**RULES[tool], "bias": 0}),
    "same_norm: The tools do not agree on a batch norm: look up how many each of them counts for a value.",
    lambda tool, layers: _total(layers, {**RULES[tool], "norm": 2 if RULES[tool].get("norm") else 0}),
)


@exercise
def who_misses(way, tools):
    conv = Conv2d(16, 3, padding=1, bias=False)
    net = Network(conv(FeatureMap(8, 6, 6), written=way))
    return [tool for tool in tools if net.count(tool) < net.macs]


who_misses.helps(
    explained="flops/disagreeing_counters#blind-spots",
    worked=(
        {"way": "F.conv2d", "tools": ["thop", "fvcore"]},
        "ask where each tool looks. thop watches modules, and behind a function there is no "
        "module. fvcore follows the operations, and a function runs the same operation as a "
        "module.",
    ),
)


SAME, SUBCLASS, FUNCTION = "nn.Conv2d(padding='same')", "subclass of nn.Conv2d", "F.conv2d"
MISSED = {
    SAME: ("fvcore", "torchprofile"),
    SUBCLASS: ("torchinfo", "ptflops", "thop"),
    FUNCTION: ("torchinfo", "ptflops", "thop", "ultralytics_thop", "torchscan"),
}


def _ask(rng, way):
    """The way and five or six tools: those that tell the misconceptions apart, and others, in any order."""
    telling = {
        SAME: ["fvcore", "thop"],
        SUBCLASS: ["thop", "ultralytics_thop", "torchinfo", "torchprofile"],
        FUNCTION: ["ultralytics_thop", "thop", "calflops", "fvcore", "ptflops"],
    }[way]
    others = rng.sample([t for t in NINE if t not in telling], 6 - len(telling))
    return {"way": way, "tools": rng.sample(telling + others, 6)}


who_misses.asks(
    padding_word=(1, "padding given as a word", lambda rng: _ask(rng, SAME)),
    own_class=(1, "a class of one's own", lambda rng: _ask(rng, SUBCLASS)),
    function=(1, "a function instead of a module", lambda rng: _ask(rng, FUNCTION)),
)
who_misses.slips(
    "operations_see_all: "
    "To see an operation is not to know it: two tools have no formula for a convolution whose padding is a word.",
    lambda way, tools: [t for t in tools if t in MISSED[way] and way != SAME],
    "nobody: Each of the three ways is missed by some tool, and its total does not say so.",
    lambda tools: [],
    "who_sees: Those are the tools that see it.",
    lambda way, tools: [t for t in tools if t not in MISSED[way]],
    "all_module_tools: Not all that watch modules look classes up by their exact type: some also know derived ones.",
    lambda way, tools: [t for t in tools if t in MISSED[FUNCTION]] if way != SAME else who_misses.reference(way, tools),
    "parameters_are_macs: "
    "torchinfo counts something for such a class, but its parameters, not its MACs: they are missed all the same.",
    lambda way, tools: [t for t in tools if t in MISSED[way] and (way, t) != (SUBCLASS, "torchinfo")],
    "functions_seen_by_ptflops: ptflops watches some functions, such as F.relu, but this one escapes it.",
    lambda way, tools: [t for t in tools if t in MISSED[way] and (way, t) != (FUNCTION, "ptflops")],
)


@exercise
def unmix(a, a_tool, b, b_tool):
    (f, v), (g, w) = (_weights(tool) for tool in (a_tool, b_tool))
    det = f * w - g * v
    return [(a * w - b * v) // det, (f * b - g * a) // det]


unmix.helps(
    explained="flops/disagreeing_counters#a-difference-term-by-term",
    worked=(
        {"a": 1400, "a_tool": "thop", "b": 1200, "b_tool": "fvcore"},
        "both count a MAC as 1; for a value of a batch norm one counts 4 and the other 2. So they "
        "differ by 2 for each value: 1400 - 1200 = 200, and 200 / 2 = 100 values. Take off what "
        "fvcore counts for them: 1200 - 2 · 100 = 1000 MACs.",
    ),
)


def _weights(tool):
    """What a tool counts for one multiply-accumulate and for one value of a batch norm, by the library."""
    mac = Network(Conv2d(1, 1, bias=False)(FeatureMap(1, 1, 1)))
    return int(mac.count(tool)), int(Network(BatchNorm2d()(FeatureMap(1, 1, 1))).count(tool))


def _mixed(rng, tools):
    values = rng.randint(1_000, 90_000)
    macs = values * rng.randint(5, 60) + rng.randint(1, 999)
    pair = rng.sample(tools, 2)
    totals = [RULES[t]["mac"] * macs + RULES[t].get("norm", 0) * values for t in pair]
    return {"a": totals[0], "a_tool": pair[0], "b": totals[1], "b_tool": pair[1]}


@unmix.skill(points=2)
def alike(rng):
    "two tools that count a MAC as one"
    return _mixed(rng, ["thop", "fvcore", "torchprofile"])


@unmix.skill(points=1)
def with_factor(rng):
    "FlopCounterMode and another"
    other = rng.choice(["thop", "fvcore", "torchprofile"])
    return _mixed(rng, ["flop_counter_mode", other])


def _solved(a, a_tool, b, b_tool, rules):
    (f, v), (g, w) = ((rules[t]["mac"], rules[t].get("norm", 0)) for t in (a_tool, b_tool))
    det = f * w - g * v
    return [(a * w - b * v) / det, (f * b - g * a) / det]


@unmix.wrong
def smaller_total(a, a_tool, b, b_tool):
    "The smaller total was taken for the MACs. It still contains what that tool counts for batch norm."
    values = _solved(a, a_tool, b, b_tool, RULES)[1]
    return [min(a, b), int(values)]


@unmix.wrong
def difference_is_values(a, a_tool, b, b_tool):
    "The difference of the totals is not yet the number of values: the tools differ by more than one for each."
    macs, _ = _solved(a, a_tool, b, b_tool, RULES)
    return [int(macs), abs(a - b)]


unmix.slips(
    "forgets_the_factor: FlopCounterMode counts each multiply-accumulate as two: halve its total first.",
    lambda a, a_tool, b, b_tool: _solved(a, a_tool, b, b_tool, {**RULES, "flop_counter_mode": {"mac": 1}}),
    "other_order: The MACs come first, then the values.",
    lambda a, a_tool, b, b_tool: _solved(a, a_tool, b, b_tool, RULES)[::-1],
)


def _posts(rng):
    """A small network and four totals of it, each by another tool, of every pair at least one."""
    while True:
        layers = _layers(rng)
        tools = [rng.choice(pair) for pair in PAIRS]
        tools.append(rng.choice([tool for tool in TOOLS if tool not in tools]))
        rng.shuffle(tools)
        totals = {t: f"{_total(layers, RULES[t]) / 1e6:.3f} M" for t in TOOLS}
        if len(set(totals.values())) == len(TOOLS):
            return {"layers": layers, "printed": [totals[t] for t in tools]}


PAIRS = ("thop", "torchprofile"), ("fvcore", "ptflops"), ("torchinfo", "flop_counter_mode")


def _tools(layers, printed):
    names = {f"{_total(layers, rule) / 1e6:.3f} M": tool for tool, rule in RULES.items()}
    return [names[text] for text in printed]


@exercise(variant=_posts)
def which_tools(*, layers, printed):
    nets = list(_networks(layers))
    names = {f"{sum(int(n.count(tool)) for n in nets) / 1e6:.3f} M": tool for tool in TOOLS}
    return [names[text] for text in printed]


which_tools.helps(
    explained="flops/disagreeing_counters#the-rules",
    worked=(
        {
            "layers": [["conv", 3, 10, 3, 1, 100], ["norm", 10, 100], ["relu", 10, 100], ["fc", 10, 10]],
            "printed": ["5.400 M", "2.800 M"],
        },
        "a network has 2.7 million MACs, and 0.1 million values pass its batch norm. "
        "FlopCounterMode prints 2 · 2.7 = 5.4 million, torchprofile 2.7 + 0.1 = 2.8, fvcore 2.7 + "
        "2 · 0.1 = 2.9, and so on. Then look up the printed texts, here 5.400 M and 2.800 M.",
    ),
)


which_tools.asks(the_four=(3, "the tools behind four totals"))


def _exchanged(given, *pairs):
    other = {a: b for pair in pairs for a, b in (pair, pair[::-1])}
    return [other.get(tool, tool) for tool in _tools(**given)]


which_tools.slips(
    "norm_weight: "
    "thop and torchprofile are exchanged: one of them counts four times as much for a batch norm as the other.",
    lambda **given: _exchanged(given, PAIRS[0]),
    "relu_ignored: fvcore and ptflops agree on batch norm. Only one of them counts ReLU, and the classifier's biases.",
    lambda **given: _exchanged(given, PAIRS[1]),
    "factor_two: One total is about twice as large as the MACs, or none is: the factor 2 tells which tool that was.",
    lambda **given: _exchanged(given, PAIRS[2]),
    "all_exchanged: "
    "Each total was given to the other tool of its pair. Compute all six totals to the printed digits and compare.",
    lambda **given: _exchanged(given, *PAIRS),
)


def _claim(rng):
    """A comparison across two tools whose sign turns when both are counted alike."""
    paper = rng.randint(280, 420) * 10**6
    values = rng.randint(5_000_000, 8_000_000)
    macs = paper * rng.randint(9400, 9900) // 10_000
    return {"our_thop_total": macs + 4 * values, "our_norm_values": values, "their_macs": paper}


@exercise(variant=_claim)
def fair_percent(*, our_thop_total, our_norm_values, their_macs):
    norm = Network(BatchNorm2d()(FeatureMap(our_norm_values, 1, 1)))
    return 100 * ((our_thop_total - int(norm.count("thop"))) / their_macs - 1)


fair_percent.helps(
    explained="flops/disagreeing_counters#one-percent-or-nine",
    worked=(
        {"our_thop_total": 104, "our_norm_values": 4, "their_macs": 100},
        "thop gives 104 for our network, and 4 values pass its batch norms. For these it counts 4 "
        "· 4 = 16, so 104 - 16 = 88 MACs are left. The other network has 100: 88 / 100 = 0.88 of "
        "it, which is 12 percent less.",
    ),
)


fair_percent.asks(the_percentage=(2, "the percentage, counted alike"))


@fair_percent.wrong
def absolute(*, our_thop_total, our_norm_values, their_macs):
    "The amount is right, the sign is not: a network with fewer MACs is cheaper, so the percentage is negative."
    return abs(
        fair_percent.reference(our_thop_total=our_thop_total, our_norm_values=our_norm_values, their_macs=their_macs)
    )


fair_percent.slips(
    "as_claimed: That is the comparison as it was claimed: one number with batch norm, the other without.",
    lambda our_thop_total, their_macs: 100 * (our_thop_total / their_macs - 1),
    "norm_once: One was taken off for each value. thop counts more than that.",
    lambda our_thop_total, our_norm_values, their_macs: 100 * ((our_thop_total - our_norm_values) / their_macs - 1),
    "norm_twice: Two for each value is fvcore's rule; the total is thop's.",
    lambda our_thop_total, our_norm_values, their_macs: 100 * ((our_thop_total - 2 * our_norm_values) / their_macs - 1),
    "of_ours: Percent of what? The other network is the measure, so divide by its MACs.",
    lambda our_thop_total, our_norm_values, their_macs: 100 * (1 - their_macs / (our_thop_total - 4 * our_norm_values)),
    "a_fraction: That is the fraction; in percent it is a hundred times as much.",
    lambda our_thop_total, our_norm_values, their_macs: (our_thop_total - 4 * our_norm_values) / their_macs - 1,
)


@prediction
def different_totals():
    "the number of different totals that nine tools give for ResNet-50"
    net = models.resnet50(variant="torchvision")
    return len({int(net.count(tool)) for tool in NINE})


@prediction
def thop_adds():
    "the percentage that thop adds to the MACs of MobileNet V2"
    net = models.mobilenet_v2(variant="torchvision")
    return 100 * (int(net.count("thop")) / int(net.macs) - 1)
