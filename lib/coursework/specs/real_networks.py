"""Real networks: how printed costs came about, and what they hide."""

from functools import cache
from itertools import product

from convcost import BatchNorm2d, Conv2d, FeatureMap, Flatten, Linear, Network, ReLU, models
from convcost.zoo.resnet import bottleneck

from ..exercise import exercise
from ..predictions import prediction


@exercise
def how_printed(counts, texts):
    return [_how(count, text) for count, text in zip(counts, texts)]


how_printed.helps(
    explained="flops/real_networks#ask-any-number",
    worked=(
        {"counts": [7260000000, 7260000000, 7260000000], "texts": ["7.2", "7.3", "7.5"]},
        "in billions the count is 7.26. Cut off behind the first decimal it is 7.2, rounded to "
        "one decimal it is 7.3. Nothing makes 7.5 of it.",
    ),
)


def _how(count, text):
    places = len(text.partition(".")[2])
    if f"{count / 10**9:.{places}f}" == text:
        return "rounded"
    if count // 10 ** (9 - places) == int(text.replace(".", "")):
        return "cut off"
    return "neither"


def _printed(rng, ways):
    """Counts of a few billion and the texts that came of them, in each of some ways, in any order."""
    counts, texts = [], []
    for way in rng.sample(ways, len(ways)):
        places = rng.randint(1, 3)
        unit, shown = 10 ** (9 - places), rng.randint(2 * 10**places, 30 * 10**places)
        tenths = {"rounded": (-4, 4), "cut off": (6, 9), "neither": (12, 18)}[way]
        counts.append(shown * unit + rng.randint(*tenths) * unit // 10 + rng.randint(1, unit // 20))
        texts.append(f"{shown // 10**places}.{shown % 10**places:0{places}d}")
    return {"counts": counts, "texts": texts}


how_printed.asks(
    rounded_or_cut=(1, "rounded or cut off", lambda rng: _printed(rng, ["rounded", "cut off", "cut off", "rounded"])),
    fitting_or_not=(
        1,
        "numbers that do not fit",
        lambda rng: _printed(rng, ["rounded", "cut off", "neither", "neither"]),
    ),
)


def _renamed(counts, texts, names):
    return [names.get(word, word) for word in how_printed.reference(counts, texts)]


@how_printed.wrong
def begins_alike(counts, texts):
    "Try rounding first: a number that rounds to the printed one and also begins with it counts as rounded."
    begins = [c // 10 ** (9 - len(t.partition(".")[2])) == int(t.replace(".", "")) for c, t in zip(counts, texts)]
    return ["cut off" if b else w for b, w in zip(begins, how_printed.reference(counts, texts))]


how_printed.slips(
    "always_rounded: "
    "Not every number was rounded. A count that was cut off lies above what is printed, by up to a whole unit.",
    lambda counts: ["rounded"] * len(counts),
    "never_cut: "
    "What is off by more than half a unit may still have been cut off: then the printed digits begin the count.",
    lambda counts, texts: _renamed(counts, texts, {"cut off": "neither"}),
    "everything_fits: "
    "Something fits neither way: then the count is of another network, or of another convention. Say so.",
    lambda counts, texts: _renamed(counts, texts, {"neither": "cut off"}),
    "words_swapped: "
    "The two words are exchanged: digits that begin the count were cut off, those nearest to it rounded.",
    lambda counts, texts: _renamed(counts, texts, {"rounded": "cut off", "cut off": "rounded"}),
)


@exercise
def digits_needed(c_in, c_out, side):
    x = FeatureMap(c_in, side, side)
    layer = Network(Conv2d(c_out, 3, padding=1)(x))
    macs, with_bias = int(layer.macs), int(layer.count("macs_bias"))
    return next(d for d in range(12) if f"{macs / 1e9:.{d}f}" != f"{with_bias / 1e9:.{d}f}")


digits_needed.helps(
    explained="flops/real_networks#the-bias-in-the-third-digit",
    worked=(
        {"c_in": 10, "c_out": 10, "side": 100},
        "there are 9 · 10 · 10 · 10000 = 9000000 MACs and 10 · 10000 = 100000 additions, in "
        "billions 0.0090 without them and 0.0091 with them. With three decimals both are printed "
        "as 0.009; with one more they differ.",
    ),
)


def _is_telling(given):
    """Do rounding, cutting off and the bias alone give three different answers?"""
    return len({_right(given), cut_off(**given), size_of_the_bias(**given)}) == 3


def _right(given, biases=1):
    macs, outputs = _sums(**given)
    return _digits(macs, macs + round(biases * outputs), lambda n, d: f"{n / 1e9:.{d}f}")


def _small_map(rng):
    while True:
        given = {"c_in": 8 * rng.randint(8, 64), "c_out": 8 * rng.randint(8, 64), "side": rng.choice([7, 14, 28])}
        if _is_telling(given):
            return given


@cache
def _large_maps(without):
    """Telling layers on large maps: those where the two differ without any decimal, or those where twice the bias, or
    one for each input, needs other digits.
    """
    found = []
    widths = range(64, 257, 8)
    for c_in, c_out, side in product(widths, widths, (56, 80, 112, 160, 192, 224)):
        given = {"c_in": c_in, "c_out": c_out, "side": side}
        right = _right(given)
        wanted = right == 0 if without else right not in (_right(given, 2), _right(given, c_in / c_out))
        found += [given] if wanted and _is_telling(given) else []
    return found


digits_needed.asks(
    large_maps=(
        1,
        "a layer on a large map",
        lambda rng: dict(rng.choice(_large_maps(without=rng.choice([True, False])))),
    ),
    small_maps=(1, "a layer on a small map", _small_map),
)


def _digits(macs, more, text):
    return next(d for d in range(12) if text(macs, d) != text(more, d))


def _sums(c_in, c_out, side):
    return 9 * c_in * c_out * side**2, c_out * side**2


@digits_needed.wrong
def cut_off(c_in, c_out, side):
    "The numbers were cut off to that many decimals; round them."
    macs, outputs = _sums(c_in, c_out, side)
    return _digits(macs, macs + outputs, lambda n, d: n // 10 ** max(9 - d, 0) if d < 10 else n)


@digits_needed.wrong
def size_of_the_bias(c_in, c_out, side):
    "That is where the bias term by itself begins to show. Rounding may show its effect earlier or later: try it."
    return _digits(0, _sums(c_in, c_out, side)[1], lambda n, d: f"{n / 1e9:.{d}f}")


@digits_needed.wrong
def in_millions(c_in, c_out, side):
    "These are the decimals of a number in millions; print billions."
    macs, outputs = _sums(c_in, c_out, side)
    return _digits(macs, macs + outputs, lambda n, d: f"{n / 1e6:.{d}f}")


@digits_needed.wrong
def bias_per_channel(c_in, c_out, side):
    "A bias is one number for each channel, but it is added at every position of the map."
    macs, _ = _sums(c_in, c_out, side)
    return _digits(macs, macs + c_out, lambda n, d: f"{n / 1e9:.{d}f}")


@exercise
def extra_macs(c_in, width, side, groups=1):
    """By the three convolutions, and without groups by the library's own bottleneck as well."""
    x = FeatureMap(c_in, side, side)
    costs = []
    for late in (True, False):
        y = ReLU()(_conv_bn(x, width, 1, 1 if late else 2))
        y = ReLU()(_conv_bn(y, width, 3, 2 if late else 1, groups))
        costs.append(int(Network(_conv_bn(y, 4 * width, 1)).macs))
    if groups == 1:
        both = [int(Network(bottleneck(x, width, 2, late)).macs) for late in (True, False)]
        assert both == costs, "the library's own blocks differ by as much"
    return costs[0] - costs[1]


extra_macs.helps(
    explained="flops/real_networks#resnet-50-one-network-four-published-numbers",
    worked=(
        {"c_in": 8, "width": 4, "side": 4},
        "only the first 1x1 layer changes. It takes 8 · 4 = 32 MACs at each position. With the "
        "stride in the 3x3 it works at 4 · 4 = 16 positions, with a stride of its own at 2 · 2 = "
        "4. The difference is 32 · (16 - 4) = 384.",
    ),
)


def _conv_bn(x, channels, kernel_size, stride=1, groups=1):
    conv = Conv2d(channels, kernel_size, stride, padding=kernel_size // 2, groups=groups, bias=False)
    return BatchNorm2d()(conv(x))


@extra_macs.skill(points=2)
def plain(rng):
    "a bottleneck of ResNet"
    return {"c_in": 32 * rng.randint(2, 16), "width": 16 * rng.randint(2, 16), "side": 2 * rng.randint(5, 28)}


@extra_macs.skill(points=1)
def in_groups(rng):
    "a middle in groups, as in ResNeXt"
    return {
        "c_in": 32 * rng.randint(2, 16),
        "width": 16 * rng.randint(2, 16),
        "side": 2 * rng.randint(5, 28),
        "groups": rng.choice([2, 4, 8]),
    }


extra_macs.slips(
    "whole_first_layer: That is the first 1x1 at full resolution. Subtract what it took before: a quarter of that.",
    lambda c_in, width, side: c_in * width * side**2,
    "old_first_layer: "
    "That is what the first 1x1 took before. It now works on four times as many positions: how much is new?",
    lambda c_in, width, side: c_in * width * (side // 2) ** 2,
    "half_the_positions: A stride of 2 halves height and width, so it leaves a quarter of the positions, not half.",
    lambda c_in, width, side: c_in * width * side**2 // 2,
    "middle_grows_too: "
    "The 3x3 has the same output as before, whether its own stride or the one before it halved the map: same MACs.",
    lambda c_in, width, side, groups: 3 * (c_in * width + 9 * width**2 // groups) * (side // 2) ** 2,
    "last_layer_instead: The last 1x1 works on the small map in both cases. Which layer runs before the stride now?",
    lambda width, side: 3 * 4 * width**2 * (side // 2) ** 2,
)


def _slide(rng):
    """A network of separable convolutions, as a slide would list it: convolutions, then the classifier."""
    width, side, classes = 8 * rng.randint(2, 6), 16 * rng.randint(2, 5), 10 * rng.randint(5, 60)
    rows = [[3, width, 3, 1, side]]
    for _ in range(rng.randint(2, 3)):
        rows.append([width, width, 3, width, side // 2])
        rows.append([width, 2 * width, 1, 1, side // 2])
        width, side = 2 * width, side // 2
    return {"rows": rows, "features": width, "classes": classes}


@exercise(variant=_slide)
def my_slide(*, rows, features, classes):
    totals = {"macs": 0, "macs_bias": 0, "macs_conv": 0}
    for c_in, c_out, kernel_size, groups, side in rows:
        net = Network(_conv_bn(FeatureMap(c_in, side, side), c_out, kernel_size, 1, groups))
        totals = {rule: total + int(net.count(rule)) for rule, total in totals.items()}
    head = Network(Linear(classes)(Flatten()(FeatureMap(features, 1, 1))))
    return [total + int(head.count(rule)) for rule, total in totals.items()]


my_slide.helps(
    explained="flops/real_networks#how-far-can-a-convention-go",
    worked=(
        {"rows": [[3, 4, 3, 1, 2], [4, 4, 3, 4, 2]], "features": 4, "classes": 10},
        "a 3x3 layer from 3 to 4 channels on 2x2 takes 9 · 3 · 4 · 4 = 432 MACs, a depthwise one "
        "behind it 9 · 4 · 4 = 144, a classifier from 4 to 10 takes 4 · 10 = 40. All MACs: 432 + "
        "144 + 40 = 616. The outputs are 16 + 16 + 10 = 42, so with biases 616 + 42 = 658. The "
        "convolutions alone: 432 + 144 = 576.",
    ),
)


my_slide.asks(three_totals=(3, "the three totals"))


def _parts(rows, features, classes):
    """(MACs of the convolutions, their outputs, MACs of the classifier), by arithmetic."""
    macs = sum(k**2 * (c_in // groups) * c_out * side**2 for c_in, c_out, k, groups, side in rows)
    return macs, sum(c_out * side**2 for _, c_out, _, _, side in rows), features * classes


@my_slide.wrong
def no_biases_no_additions(**given):
    "Only the classifier's biases were added. Each batch norm's shift adds at every output of its convolution too."
    macs, _outputs, head = _parts(**given)
    return [macs + head, macs + head + given["classes"], macs]


@my_slide.wrong
def biases_of_convolutions_only(**given):
    "The classifier has biases as well: one addition for each class."
    macs, outputs, head = _parts(**given)
    return [macs + head, macs + outputs + head, macs]


@my_slide.wrong
def scale_and_shift(**given):
    "Scale and shift were both counted. The slide's rule has one addition for each output and no scale."
    macs, outputs, head = _parts(**given)
    return [macs + head, macs + 2 * outputs + head + given["classes"], macs]


@my_slide.wrong
def classifier_everywhere(**given):
    "The third total is that of the convolutions alone: the classifier stays out."
    macs, outputs, head = _parts(**given)
    return [macs + head, macs + outputs + head + given["classes"], macs + head]


@my_slide.wrong
def ignores_groups(**given):
    "A depthwise convolution reads one channel for each output: divide the input channels by the groups."
    dense = [[c_in, c_out, k, 1, side] for c_in, c_out, k, _, side in given["rows"]]
    macs, outputs, head = _parts(dense, given["features"], given["classes"])
    return [macs + head, macs + outputs + head + given["classes"], macs]


@my_slide.wrong
def two_for_each_mac(**given):
    "A MAC counts once in all three rules; the factor 2 belongs to operations."
    macs, outputs, head = _parts(**given)
    return [2 * (macs + head), 2 * (macs + head) + outputs + given["classes"], 2 * macs]


@exercise
def fair_ratio(a, a_unit, b, b_unit):
    twice = {"MACs": 2, "operations": 1}
    return a * twice[a_unit] / (b * twice[b_unit])


fair_ratio.helps(
    explained="flops/real_networks#how-far-can-a-convention-go",
    worked=(
        {"a": 3.0, "a_unit": "MACs", "b": 1.5, "b_unit": "operations"},
        "a MAC is two operations, so A takes 2 · 3.0 = 6 billion operations. Now both are in one unit: 6 / 1.5 = 4.",
    ),
)


def _two(rng):
    return {"a": rng.randint(200, 2000) / 100, "b": rng.randint(30, 190) / 100}


@fair_ratio.skill(points=1)
def same_unit(rng):
    "two costs in one unit"
    given, unit = _two(rng), rng.choice(["MACs", "operations"])
    return {"a": given["a"], "a_unit": unit, "b": given["b"], "b_unit": unit}


@fair_ratio.skill(points=2)
def two_units(rng):
    "two costs in different units"
    given, units = _two(rng), rng.sample(["MACs", "operations"], 2)
    return {"a": given["a"], "a_unit": units[0], "b": given["b"], "b_unit": units[1]}


@fair_ratio.wrong
def wrong_way_round(a, a_unit, b, b_unit):
    "The conversion goes the wrong way: one MAC is two operations, so a number of MACs doubles as operations."
    half = {"MACs": 1, "operations": 2}
    return a * half[a_unit] / (b * half[b_unit])


fair_ratio.slips(
    "as_printed: "
    "The printed numbers were divided as they stand. Where one counts MACs and the other operations, convert first.",
    lambda a, b: a / b,
    "always_doubles: "
    "Only one of the two was doubled, whatever its unit. Two numbers in the same unit need no conversion.",
    lambda a, b: 2 * a / b,
    "b_over_a: Upside down: how many times as much as B does A cost?",
    lambda a, a_unit, b, b_unit: 1 / fair_ratio.reference(a, a_unit, b, b_unit),
)


@prediction
def moved_stride():
    "the percentage by which ResNet-50 grows when the stride moves from the 1x1 into the 3x3 convolution"
    return 100 * (int(models.resnet50(variant="torchvision").macs) / int(models.resnet50().macs) - 1)
