"""Design under a budget: networks that must fit, and the arithmetic of making them fit."""

from math import gcd

from convcost import AdaptiveAvgPool2d, BatchNorm2d, Conv2d, FeatureMap, Flatten, Linear, Network, ReLU, models

from ..design import design, from_to
from ..design import sight as seen
from ..exercise import exercise
from ..predictions import prediction
from ..written import written

defence = written(
    "design_under_a_budget.defence",
    {
        "says which constraint was the hardest and how it was met": 2,
        "names a design that was tried and dropped, with its figures": 2,
        "says what the budget does not measure (time, memory traffic, accuracy)": 2,
    },
)


def _width_budget(rng):
    """A budget for MobileNet at another resolution whose answer no shortcut hits."""
    while True:
        given = {"resolution": 32 * rng.randint(4, 6), "mega_macs": rng.randint(20, 380)}
        values = [f(**given) for f in (_widest, linear, plain_square, full_resolution)]
        if None not in values and len(set(values)) == len(values):
            return given


STEPS = [round(0.01 * step, 2) for step in range(20, 101)]
_cost = {}  # MACs by (width, resolution): the loop above asks for them often


def _mobilenet_macs(width, resolution):
    key = width, resolution
    if key not in _cost:
        _cost[key] = int(models.mobilenet_v1(width_mult=width, resolution=resolution).macs)
    return _cost[key]


def _widest(resolution, mega_macs):
    fitting = [w for w in STEPS if _mobilenet_macs(w, resolution) <= mega_macs * 10**6]
    return fitting[-1] if fitting and fitting[-1] < 1 else None


def linear(resolution, mega_macs):
    "The cost does not grow in step with the width: most of it is 1x1 convolutions, with channels on both sides."
    share = mega_macs * 10**6 / _mobilenet_macs(1.0, resolution)
    return _floor(share)


def plain_square(resolution, mega_macs):
    "The square law is close, not exact: the first layer and the depthwise ones grow only linearly. Count, don't guess."
    share = mega_macs * 10**6 / _mobilenet_macs(1.0, resolution)
    return _floor(share**0.5)


def full_resolution(resolution, mega_macs):
    "That is the width for images of 224 pixels; yours are smaller, so that more channels fit."
    return _widest(224, mega_macs)


def _floor(width):
    fitting = [w for w in STEPS if w <= width]
    return fitting[-1] if fitting else 0.0


@exercise(variant=_width_budget)
def widest_mobilenet(*, resolution, mega_macs):
    return _widest(resolution, mega_macs)


widest_mobilenet.helps(
    explained="light/mobilenet_v1#two-knobs-and-our-app",
    worked=(
        {"resolution": 224, "mega_macs": 150},
        "150 million MACs at 224 pixels. The full width takes 569 million, and 150 / 569 = 0.264. "
        "If the cost grew exactly with the square of the width, the root of that would do, about "
        "0.51. Now count near there: a width of 0.51 takes 154 million, too many; 0.50 takes "
        "149.5 million.",
    ),
)


widest_mobilenet.asks(the_width=(2, "the widest MobileNet that fits"))
for _wrong in (linear, plain_square, full_resolution):
    widest_mobilenet.wrong(_wrong)


@exercise
def fewest_groups(c_in, c_out, budget):
    for groups in range(1, gcd(c_in, c_out) + 1):
        if c_in % groups == 0 and c_out % groups == 0:
            layer = Conv2d(c_out, kernel_size=1, groups=groups, bias=False)(FeatureMap(c_in, 1, 1)).node
            if layer.params <= budget:
                return groups
    return None


fewest_groups.helps(
    explained="light/shufflenet_v1#group-convolution",
    worked=(
        {"c_in": 12, "c_out": 18, "budget": 50},
        "without groups there are 12 · 18 = 216 weights, and 216 / 50 = 4.32, so 4 groups are too "
        "few. The numbers that divide both 12 and 18 are 1, 2, 3 and 6. The next one has 216 / 6 "
        "= 36 weights.",
    ),
)


def _grouped_case(rng, divisors):
    c_in, c_out = 24 * rng.randint(2, 8), 24 * rng.randint(2, 8)
    groups = rng.choice(divisors)
    return {"c_in": c_in, "c_out": c_out, "budget": c_in * c_out // groups}


@fewest_groups.skill(points=1)
def on_the_spot(rng):
    "a budget that is met exactly"
    return _grouped_case(rng, [2, 3, 4, 6])


@fewest_groups.skill(points=2)
def between(rng):
    "a budget between two possible layers"
    c_in, c_out = rng.choice([112, 224]), rng.choice([64, 96, 128, 192])  # 7 and 14 divide only c_in; 2, 4, 8, 16 both
    most = rng.choice([41, 43, 47, 49, 17, 18, 19, 20])  # 201 parts: 5 groups or 11 would do, were they possible
    return {"c_in": c_in, "c_out": c_out, "budget": c_in * c_out * most // 201}


@fewest_groups.wrong
def strictly_less(c_in, c_out, budget):
    "A layer that costs exactly the budget is within it."
    divisors = [g for g in range(1, gcd(c_in, c_out) + 1) if c_in % g == 0 and c_out % g == 0]
    return next((g for g in divisors if c_in * c_out // g < budget), None)


fewest_groups.slips(
    "need_not_divide: Groups must divide both the input and the output channels.",
    lambda c_in, c_out, budget: -(-c_in * c_out // budget),
    "divides_inputs_only: These groups divide the input channels only; the output channels are split too.",
    lambda c_in, c_out, budget: next(g for g in range(1, c_in + 1) if c_in % g == 0 and c_in * c_out // g <= budget),
    "most_groups: That fits, but with more groups than needed: every group more mixes fewer channels.",
    lambda c_in, c_out: gcd(c_in, c_out),
)


def _budgets(rng):
    """Budgets that a network of separable convolutions meets with a tenth to spare."""
    given = {"resolution": rng.choice([64, 96, 128]), "classes": rng.randint(10, 50)}
    width, depth = 4 * rng.randint(4, 8), rng.randint(3, 5)
    net = Network(_separable(**given, width=width, depth=depth))
    return {
        **given,
        "features": 4 * width,
        "sight": int(net.receptive_field) - rng.randint(2, 8),
        "macs": 11 * net.macs // 10**6 * 10**5,
        "params": 11 * net.params // 1000 * 100,
    }


def _conv(x, channels, kernel_size, stride=1, groups=1):
    padding = kernel_size // 2
    y = Conv2d(channels, kernel_size, stride=stride, padding=padding, groups=groups, bias=False)(x)
    return ReLU()(BatchNorm2d()(y))


def _head(x, classes):
    return Linear(classes)(Flatten()(AdaptiveAvgPool2d(1)(x)))


def _separable(resolution, classes, width, depth):
    x = _conv(FeatureMap(3, resolution, resolution), width, 3, stride=2)
    for channels, repeats in ((2 * width, 1), (4 * width, depth)):
        for number in range(repeats):
            x = _conv(x, x.channels, 3, stride=1 if number else 2, groups=x.channels)
            x = _conv(x, channels, 1)
    return _head(x, classes)


@design(variant=_budgets)
def small_classifier(*, resolution, classes, features, sight, macs, params):
    for depth in (3, 4, 5):
        net = Network(_separable(resolution, classes, features // 4, depth))
        if net.receptive_field >= sight:
            return net
    raise AssertionError("no reference meets this budget")


small_classifier.helps(
    explained="light/mobilenet_v1#what-it-costs",
    worked=(
        {},
        "from 64 to 64 channels a plain 3x3 takes 9 · 64 · 64 = 36864 MACs at each position, a "
        "depthwise 3x3 and a 1x1 together 9 · 64 + 64 · 64 = 4672. Halving the map first makes "
        "every later layer four times cheaper, and each later kernel sees twice as far.",
    ),
)


@small_classifier.constraint(points=1)
def shapes(network, *, resolution, classes, **_):
    "from your images to your classes"
    found = network.input_shape, network.output_shape
    return found == ((3, resolution, resolution), (classes,)), f"it leads from {from_to(network)}"


@small_classifier.constraint(points=2)
def operations(network, *, macs, **_):
    "the budget of MACs, spent on at least six convolutions"
    convolutions = sum(n.kind == "Conv2d" for n in network.layers)
    return network.macs <= macs and convolutions >= 6, f"{network.macs:,} MACs in {convolutions} convolutions"


@small_classifier.constraint(points=2)
def parameters(network, *, params, features, **_):
    "the budget of parameters, with all the features that the classifier asks for"
    last = next((n for n in reversed(network.layers) if n.kind in ("Linear", "Conv2d")), None)
    wide = last.inputs[0].channels if last else 0
    return network.params <= params and wide >= features, f"{network.params:,} parameters, {wide} features"


@small_classifier.constraint(points=2)
def receptive_field(network, *, sight, **_):
    "the receptive field before the global pooling, windows of at most 7"
    found, largest = seen(network)
    return found >= sight and largest <= 7, f"it sees {found} pixels, its largest window has {largest}"


@small_classifier.wrong
def plain_convolutions(*, resolution, classes, features, sight, macs, params):
    "Full 3x3 convolutions cost nine times a 1x1. Look around depthwise, mix channels pointwise."
    x = _conv(FeatureMap(3, resolution, resolution), features // 4, 3, stride=2)
    for channels, stride in ((features // 2, 2), (features, 2), (features, 1), (features, 1), (features, 1)):
        x = _conv(x, channels, 3, stride)
    return _head(x, classes)


@small_classifier.wrong
def flattened(*, resolution, classes, features, sight, macs, params):
    "A fully connected layer on the whole flattened map spends the budget of parameters at once; pool first."
    x = _conv(FeatureMap(3, resolution, resolution), features // 4, 3, stride=2)
    for _ in range(5):
        x = _conv(_conv(x, x.channels, 3, 1, groups=x.channels), features, 1)
    return Linear(classes)(Flatten()(x))


@small_classifier.wrong
def shortsighted(*, resolution, classes, features, sight, macs, params):
    "Pointwise convolutions mix channels but see one pixel. Only windows, and strides before them, widen the view."
    x = _conv(FeatureMap(3, resolution, resolution), features // 4, 3, stride=4)
    for _ in range(5):
        x = _conv(x, features, 1)
    return _head(x, classes)


@prediction
def halving_the_width():
    "how many times fewer MACs MobileNet takes with half its channels"
    return _mobilenet_macs(1.0, 224) / _mobilenet_macs(0.5, 224)
