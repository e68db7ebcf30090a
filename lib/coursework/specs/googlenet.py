"""GoogLeNet: branches, reductions, a table that can be checked against itself, heads that are thrown away."""

from bisect import bisect_right

from convcost import Concat, Conv2d, FeatureMap, MaxPool2d, Network, ReLU, models

from ..design import design, from_to
from ..exercise import exercise
from ..predictions import prediction


def _inception(x, one, reduce3, three, reduce5, five, projected, bias=True):
    def conv(x, channels, kernel_size):
        return ReLU()(Conv2d(channels, kernel_size, padding=kernel_size // 2, bias=bias)(x))

    pooled = MaxPool2d(3, stride=1, padding=1)(x)
    branches = conv(conv(x, reduce3, 1), three, 3), conv(conv(x, reduce5, 1), five, 5), conv(pooled, projected, 1)
    return Concat()(conv(x, one, 1), *branches)


@exercise
def inception_params(c_in, widths, bias=True):
    return int(Network(_inception(FeatureMap(c_in, 7, 7), *widths, bias=bias)).params)


inception_params.helps(
    explained="classic/googlenet#the-inception-module",
    worked=(
        {"c_in": 10, "widths": [2, 3, 4, 1, 2, 2]},
        "four 1x1 layers read the 10 channels: 10 · (2 + 3 + 1 + 2) = 80 weights. The 3x3 reads "
        "its 3 reduced channels: 9 · 3 · 4 = 108. The 5x5 reads 1: 25 · 1 · 2 = 50. The biases "
        "are the sum of the six numbers: 2 + 3 + 4 + 1 + 2 + 2 = 14. Together 80 + 108 + 50 + 14 "
        "= 252.",
    ),
)


def _widths(rng):
    ranges = (32, 128), (33, 96), (97, 160), (8, 24), (25, 64), (16, 64)
    return {"c_in": rng.randint(161, 300), "widths": [rng.randint(*r) for r in ranges]}


inception_params.asks(
    weights=(2, "the weights of the four branches", lambda rng: {**_widths(rng), "bias": False}),
    biases=(1, "the biases", _widths),
)


def _branches(c_in, widths, bias, five_kernel=25, pool_reads=None, reduced=True, reads_input=False):
    one, reduce3, three, reduce5, five, projected = widths
    total = c_in * one + (pool_reads or c_in) * projected
    if reduced:
        reads3, reads5 = (c_in, c_in) if reads_input else (reduce3, reduce5)
        total += c_in * (reduce3 + reduce5) + 9 * reads3 * three + five_kernel * reads5 * five
    else:
        total += 9 * c_in * three + five_kernel * c_in * five
    return total + bias * (sum(widths) if reduced else one + three + five + projected)


@inception_params.wrong
def reductions_for_nothing(c_in, widths, bias=True):
    "The two 1x1 reductions have weights of their own, and they read all input channels."
    one, reduce3, three, reduce5, five, projected = widths
    kernels = 9 * reduce3 * three + 25 * reduce5 * five
    return c_in * (one + projected) + kernels + bias * (one + three + five + projected)


@inception_params.wrong
def branches_in_a_row(c_in, widths, bias=True):
    "The branches stand side by side: each of them reads the module's input, not the branch before it."
    one, reduce3, three, reduce5, five, projected = widths
    kernels = 9 * reduce3 * three + 25 * reduce5 * five
    return c_in * one + one * reduce3 + three * reduce5 + five * projected + kernels + bias * sum(widths)


inception_params.slips(
    "without_reductions: The large kernels were given all input channels; they read what their 1x1 reduction leaves.",
    lambda c_in, widths, bias: _branches(c_in, widths, bias, reduced=False),
    "kernels_read_the_input: The 3x3 and the 5x5 were given all input channels; each reads what its 1x1 makes.",
    lambda c_in, widths, bias: _branches(c_in, widths, bias, reads_input=True),
    "torchvisions_kernel: "
    "The fifth number belongs to a 5x5 kernel, of 25 cells. (torchvision has a 3x3 there, a slip that it keeps.)",
    lambda c_in, widths, bias: _branches(c_in, widths, bias, five_kernel=9),
    "pooling_branch_forgotten: The pooling itself has no weights, but the 1x1 behind it has.",
    lambda c_in, widths, bias: _branches(c_in, widths, bias) - (c_in + bias) * widths[-1],
    "forgets_biases: The biases are missing: each of the six convolutions has one for every channel that it makes.",
    lambda c_in, widths: _branches(c_in, widths, False),
    "biases_of_the_output: Biases were counted for the module's output only; the two reductions have them as well.",
    lambda c_in, widths, bias: _branches(c_in, widths, False) + bias * (sum(widths) - widths[1] - widths[3]),
)


@exercise
def widest_reduction(c_in, c_out, kernel_size, factor):
    def macs(reduced):
        y = Conv2d(reduced, kernel_size=1, bias=False)(FeatureMap(c_in, 8, 8))
        return Network(Conv2d(c_out, kernel_size, padding=kernel_size // 2, bias=False)(y)).macs

    direct = Conv2d(c_out, kernel_size, padding=kernel_size // 2, bias=False)(FeatureMap(c_in, 8, 8)).node.macs
    return bisect_right(range(1, c_in + 1), direct // factor, key=macs)


widest_reduction.helps(
    explained="classic/googlenet#a-11-convolution-first",
    worked=(
        {"c_in": 20, "c_out": 4, "kernel_size": 3, "factor": 2},
        "at each position the direct way takes 9 · 20 · 4 = 720 MACs, so the detour may take 720 "
        "/ 2 = 360. A reduced channel takes 20 to make and 9 · 4 = 36 to use: 20 + 36 = 56. Then "
        "360 / 56 = 6.4, rounded down.",
    ),
)


def _reduction(rng):
    return {"c_in": 16 * rng.randint(8, 20), "c_out": 8 * rng.randint(4, 16), "kernel_size": rng.choice([3, 5])}


BOUND = "c_in", "c_out", "kernel_size", "factor"
EXACT = [  # the detour of a whole number of channels costs exactly what it may
    *[(144, 32, 3, 4), (144, 48, 3, 3), (144, 80, 3, 5), (192, 64, 3, 2), (240, 40, 3, 1), (240, 80, 3, 4)],
    *[(288, 32, 3, 3), (288, 64, 3, 2), (288, 96, 3, 1), (240, 48, 5, 4), (160, 96, 5, 3), (224, 32, 5, 5)],
]
widest_reduction.asks(
    break_even=(1, "a detour that costs no more than the direct way", lambda rng: {**_reduction(rng), "factor": 1}),
    cheaper=(1, "a detour that is several times cheaper", lambda rng: {**_reduction(rng), "factor": rng.randint(2, 5)}),
    met_exactly=(1, "a bound that is met exactly", lambda rng: dict(zip(BOUND, rng.choice(EXACT)))),
)


def _reduced(c_in, c_out, kernel_size, factor):
    """Return the reduction as a fraction: (numerator, denominator)."""
    return kernel_size**2 * c_in * c_out, factor * (c_in + kernel_size**2 * c_out)


@widest_reduction.wrong
def ignores_the_factor(c_in, c_out, kernel_size, factor):
    "That is the break-even, whatever the factor: the detour may cost only a part of the direct way."
    top, below = _reduced(c_in, c_out, kernel_size, 1)
    return top // below


widest_reduction.slips(
    "forgets_the_one_by_one: The 1x1 has its price too: c_in MACs for each reduced channel, at every position.",
    lambda c_in, factor: c_in // factor,
    "one_too_many: That is one too many: with it the detour costs more than it may. Round down.",
    lambda c_in, c_out, kernel_size, factor: widest_reduction.reference(c_in, c_out, kernel_size, factor) + 1,
    "strictly_less: If the detour costs exactly what it may, that is enough: at most, not less than.",
    lambda c_in, c_out, kernel_size, factor: (
        (kernel_size**2 * c_in * c_out - 1) // (factor * (c_in + kernel_size**2 * c_out))
    ),
    "kernel_not_squared: A kernel has kernel_size x kernel_size cells at each position.",
    lambda c_in, c_out, kernel_size, factor: kernel_size * c_in * c_out // (factor * (c_in + kernel_size * c_out)),
    "wrong_side_reduced: "
    "The kernel reads the reduced channels and writes c_out; the 1x1 reads c_in. Two of these are mixed up.",
    lambda c_in, c_out, kernel_size, factor: (
        kernel_size**2 * c_in * c_out // (factor * (c_out + kernel_size**2 * c_in))
    ),
)


@exercise
def find_slip(rows):
    for name, thousands, millions, side in rows:
        module = Network(Conv2d(1024, 1, bias=False)(FeatureMap(thousands, side, side)))  # K x 1024 weights
        if abs(module.macs - millions * 10**6) > 0.5 * 1024 * side**2 + 0.5e6:
            return name


find_slip.helps(
    explained="classic/googlenet#the-whole-network",
    worked=(
        {"rows": [["3a", 100, 80, 28], ["4a", 200, 50, 14]]},
        "in the first row 100 · 1024 = 102400 weights work at 28 · 28 = 784 positions: 102400 · "
        "784 = 80281600 MACs, which rounds to 80 million. In the second, 200 · 1024 · 196 = "
        "40140800, and not 50 million; no rounding is that large.",
    ),
)


MODULES = ("3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b")


def _row(rng, name):
    """A right row: its parameters and its operations, each rounded as it is printed."""
    side = {"3": 28, "4": 14, "5": 7}[name[0]]
    params = rng.randint(100 * 1024, 300 * 1024) * 784 // side**2
    return [name, round(params / 1024), round(params * side**2 / 1e6), side]


def _by_rounding(row):
    """Is the row wrong for who takes its K as exact?"""
    _, thousands, millions, side = row
    return round(thousands * 1024 * side**2 / 1e6) != millions


@find_slip.skill(points=3)
def the_row(rng):
    "the row whose columns do not belong together"
    while True:  # until a right row, above the slip but not the first, fits by its rounding only
        rows = [_row(rng, name) for name in rng.sample(MODULES, 6)]
        slipped = rows[rng.randrange(2, 6)]
        if not _by_rounding(rows[0]) and any(map(_by_rounding, rows[1 : rows.index(slipped)])):
            break
    change = rng.choice([0.78, 0.84, 1.16, 1.22])
    slipped[2] = round(slipped[2] * change)
    return {"rows": rows}


@find_slip.wrong
def a_thousand(rows):
    "That row is within the rounding. Is a K 1024 for you, and may both numbers be off by half a unit?"

    def fits(k, m, side):
        return abs(k * 1000 * side**2 - m * 1e6) <= 0.5 * 1000 * side**2 + 0.5e6

    return next(row[0] for row in rows if not fits(*row[1:]))


find_slip.slips(
    "exact_thousands: That row is within the rounding: its K is rounded too, and may be off by half a K.",
    lambda rows: next(row[0] for row in rows if _by_rounding(row)),
    "largest_row: The row with the most operations is not the one that is wrong; compare the two columns.",
    lambda rows: max(rows, key=lambda r: r[2])[0],
    "most_per_parameter: "
    "Operations per parameter differ from stage to stage, and rightly so: a larger map has more positions.",
    lambda rows: max(rows, key=lambda r: r[2] / r[1])[0],
)


def _own_heads(rng):
    return {"side": 32 * rng.choice([5, 6, 9, 10, 11, 12, 13, 14]), "classes": 10 * rng.randint(2, 60)}


def _heads(side, classes, inputs=(512, 528), pooled=True, biases=True, last=True, one_cell=False):
    total, cells = 0, side // 16
    cells = (cells - 5) // 3 + 1 if pooled else cells
    cells = 1 if one_cell else cells
    for c_in in inputs:
        for reads, makes in ((c_in, 128), (128 * cells**2, 1024), *([(1024, classes)] if last else [])):
            total += reads * makes + biases * makes
    return total


@exercise(variant=_own_heads)
def my_heads(*, side, classes):
    with_heads, without = [
        models.googlenet(resolution=side, num_classes=classes, aux_logits=aux) for aux in (True, False)
    ]
    return int(with_heads.params - without.params)


my_heads.helps(
    explained="classic/googlenet#auxiliary-heads",
    worked=(
        {"side": 128, "classes": 10},
        "128 pixels, 10 classes. The maps have 128 / 16 = 8 cells a side, after the pooling (8 - "
        "5) / 3 + 1 = 2. The 1x1 layers have 512 · 128 + 128 = 65664 and 528 · 128 + 128 = 67712 "
        "parameters. Each head then has (4 · 128 + 1) · 1024 = 525312 and (1024 + 1) · 10 = "
        "10250. Together 65664 + 67712 + 2 · 525312 + 2 · 10250 = 1204500.",
    ),
)


my_heads.asks(the_number=(3, "the parameters of your own two heads"))
my_heads.slips(
    "heads_at_224: Those are the heads for 224 pixels: they flatten their map, so that their size follows the image.",
    lambda classes: _heads(224, classes),
    "one_head: That is one head; there are two.",
    lambda side, classes: _heads(side, classes, inputs=(512,)),
    "twice_the_first: The second head reads 528 channels, 16 more than the first.",
    lambda side, classes: _heads(side, classes, inputs=(512, 512)),
    "not_pooled: The head's average pooling comes first: a 5x5 window with stride 3.",
    lambda side, classes: _heads(side, classes, pooled=False),
    "one_cell: The fully connected layer reads all values of the map: 128 channels at each of its cells, not at one.",
    lambda side, classes: _heads(side, classes, one_cell=True),
    "thousand_classes: Your heads have as many outputs as you have classes, not 1000.",
    lambda side: _heads(side, 1000),
    "without_biases: The biases are missing: every layer of a head has one for each of its outputs.",
    lambda side, classes: _heads(side, classes, biases=False),
    "without_the_last_layer: The last layer of each head is missing, from 1024 units to the classes.",
    lambda side, classes: _heads(side, classes, last=False),
)


@design
def thrifty_module():
    return _inception(FeatureMap(192, 28, 28), 128, 32, 64, 8, 32, 32)


thrifty_module.helps(
    explained="classic/googlenet#the-inception-module",
    worked=(
        {},
        "at a position a channel of the 1x1 branch takes 192 MACs. One of a 3x3 on all channels "
        "takes 9 · 192 = 1728, one of a 3x3 behind a reduction to 32 takes 9 · 32 = 288, one of a "
        "5x5 behind a reduction to 8 takes 25 · 8 = 200. Which branch should bring most of the "
        "256 channels?",
    ),
)


def _sights(network):
    """Return what each branch sees, and the channels that it brings, branch by branch."""
    last = network.layers[-1]
    joined = last.inputs if last.kind == "Concat" else ()
    return [(int(Network(x).receptive_field) if x.node else 1, x.channels) for x in joined]


@thrifty_module.constraint(points=1)
def shapes(network):
    "from 192x28x28 to 256x28x28"
    found = network.input_shape, network.output_shape
    return found == ((192, 28, 28), (256, 28, 28)), f"it leads from {from_to(network)}"


@thrifty_module.constraint(points=2)
def scales(network):
    "branches that see 1, 3 and 5 pixels, each with at least 32 channels, side by side"
    found = _sights(network)
    met = {1, 3, 5} <= {sight for sight, channels in found if channels >= 32}
    listed = ", ".join(f"{sight} pixels in {channels} channels" for sight, channels in found)
    return met, f"its branches see {listed}" if found else "its last layer joins no branches: Concat()(a, b, c)"


@thrifty_module.constraint(points=2)
def cost(network):
    "at most 60 M MACs, less than half of GoogLeNet's own module, with a convolution of 5x5 or two of 3x3"
    kernels = [n.layer.kernel_size for n in network.layers if n.kind == "Conv2d"]
    large = sum({3: 1, 5: 2}.get(k[0] if isinstance(k, tuple) else k, 0) for k in kernels)
    return large >= 2 and network.macs <= 60e6, f"it takes {network.macs:,} MACs, with kernels {kernels}"


@thrifty_module.wrong
def the_papers_module():
    "That is module 3a as published. Its 3x3 branch takes most of the MACs: reduce more before it, or widen the 1x1."
    return _inception(FeatureMap(192, 28, 28), 64, 96, 128, 16, 32, 32)


@thrifty_module.wrong
def no_reductions():
    "Without reductions every kernel reads all 192 channels: put a 1x1 before each large one."
    x = FeatureMap(192, 28, 28)
    return Concat()(*[Conv2d(c, k, padding=k // 2)(x) for c, k in ((128, 1), (96, 3), (32, 5))])


@prediction
def detour_factor():
    "how many times cheaper the 5x5 from 192 to 32 channels becomes if it reads only 16 reduced ones"
    direct = 25 * 192 * 32
    return direct / (192 * 16 + 25 * 16 * 32)


@prediction
def heads_share():
    "the percentage of the parameters that only the two auxiliary heads use, in GoogLeNet with heads"
    heads = models.googlenet(aux_logits=True).params
    return 100 * (1 - models.googlenet().params / heads)
