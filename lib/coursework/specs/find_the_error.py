"""Find the error: wrong figures as they were printed, and the right ones."""

from convcost import Conv2d, FeatureMap, Network

from ..exercise import exercise
from ..predictions import prediction
from ..written import written

letter = written(
    "find_the_error.letter",
    {
        "names the printed figure and where it stands": 1,
        "gives the right figure and how to recompute it": 2,
        "says how the slip probably came about": 1,
        "is short and kind": 1,
    },
)

CAUSES = {
    1: "typing error",
    2: "copied cell",
    3: "left out",
    4: "inherited",
    5: "mixed units",
    6: "rounded too early",
}


def _stage(rng):
    """A stage of 3x3 convolutions as a slide would print it, with one typing error in its last term."""
    c_in = 8 * rng.randint(4, 24)
    c_out, side, layers = 2 * c_in, rng.choice([14, 28, 56, 112]), rng.randint(3, 4)
    first = f"3*3*{c_in}*{c_out}*{side}*{side}"
    slip = rng.choice([f"3*3*{c_out}*{c_out}*{side}*{side // 10}", f"3*3*{c_in}*{c_in}*{side}*{side}"])
    return {"c_in": c_in, "c_out": c_out, "side": side, "layers": layers, "printed": f"{first} + {slip}*{layers - 1}"}


@exercise(variant=_stage)
def corrected(*, c_in, c_out, side, layers, printed):
    x = FeatureMap(c_in, side, side)
    for _ in range(layers):
        x = Conv2d(c_out, kernel_size=3, padding=1, bias=False)(x)
    return int(Network(x).macs)


corrected.helps(
    explained="flops/real_networks#vgg-16-line-by-line",
    worked=(
        {"c_in": 8, "c_out": 16, "side": 4, "layers": 3, "printed": "3*3*8*16*4*4 + 3*3*16*16*4*0*2"},
        "take three 3x3 layers on 4x4 positions, the first from 8 to 16 channels, the two others "
        "from 16 to 16. The first has 9 · 8 · 16 · 16 = 18432 MACs (the last 16 are the "
        "positions), each of the others 9 · 16 · 16 · 16 = 36864. Together 18432 + 2 · 36864 = "
        "92160. Only then compare with the printed text.",
    ),
)


corrected.asks(the_stage=(2, "the MACs of the stage"))


def _product(term):
    value = 1
    for factor in term.split("*"):
        value *= int(factor)
    return value


corrected.slips(
    "as_printed: "
    "That is the printed expression, with its error. Derive each factor again from the description of the stage.",
    lambda printed: sum(_product(term) for term in printed.split(" + ")),
    "one_layer_short: The first layer and one more are there, but the stage has more layers than two.",
    lambda c_in, c_out, side: 9 * (c_in * c_out + c_out**2) * side**2,
    "with_biases: One addition per output was counted as well; the question asks for MACs, which have no bias.",
    lambda c_in, c_out, side, layers: 9 * (c_in * c_out + (layers - 1) * c_out**2) * side**2 + layers * c_out * side**2,
)


def _growth(rng):
    old, new = rng.choice([160, 192, 224]), rng.choice([256, 288, 299, 320, 331])
    tenths = rng.choice([14, 15, 16, 24, 25, 26, 33, 34, 35, 36, 43, 44, 45, 46])
    return {"macs": tenths * 10**8 + rng.randint(-30, 30) * 10**6, "old": old, "new": new}


@exercise(variant=_growth, tolerance=1e-9)
def rounded_early(*, macs, old, new):
    careless = round(macs / 1e9) * new**2 / old**2
    return [round(careless, 1), round(macs * new**2 / old**2 / 1e9, 1)]


rounded_early.helps(
    explained="back/cases#case-two-the-larger-image",
    worked=(
        {"macs": 1600000000, "old": 100, "new": 200},
        "1.6 billion MACs at 100 pixels, and now 200 pixels: the area grows 2 · 2 = 4 times. Who "
        "rounds first has 2 billion, and 4 · 2 = 8. Who rounds last has 4 · 1.6 = 6.4.",
    ),
)


rounded_early.asks(both_figures=(2, "the careless and the right figure"))


@rounded_early.wrong
def other_way_round(*, macs, old, new):
    "These are the right two figures, but the careless one comes first."
    return [round(macs * new**2 / old**2 / 1e9, 1), round(round(macs / 1e9) * new**2 / old**2, 1)]


rounded_early.slips(
    "side_not_area: The MACs of convolutions grow with the area of the image, so with the square of its side.",
    lambda macs, old, new: [round(round(macs / 1e9) * new / old, 1), round(macs * new / old / 1e9, 1)],
    "still_rounded: Both figures come from the rounded billions; the right one starts from all digits of `macs`.",
    lambda macs, old, new: [round(round(macs / 1e9) * new**2 / old**2, 1)] * 2,
)


def _list(rng):
    """The convolutions of a small inverted-residual network as somebody listed them: two rows should not be there."""
    c, side, classes = 8 * rng.randint(2, 4), rng.choice([28, 56]), 10 * rng.randint(2, 9)
    t, d, last = rng.choice([4, 6]), 8 * rng.randint(2, 5), 16 * rng.randint(4, 8)
    return {
        "expand_ratios": [1, t],
        "rows": [
            ["block 1 expand 1x1", c, c, 1, 1, side],
            ["block 1 depthwise 3x3", c, c, 3, c, side],
            ["block 1 project 1x1", c, d, 1, 1, side],
            ["block 2 expand 1x1", d, t * d, 1, 1, side],
            ["block 2 depthwise 3x3", t * d, t * d, 3, t * d, side // 2],
            ["block 2 project 1x1", t * d, d, 1, 1, side // 2],
            ["last 1x1", d, last, 1, 1, side // 2],
            ["classifier as 1x1 convolution", last, classes, 1, 1, 1],
            ["classifier, fully connected", last, classes, 1, 1, 1],
        ],
    }


def _macs(row):
    _, c_in, c_out, kernel_size, groups, side = row
    return kernel_size**2 * c_in // groups * c_out * side**2


@exercise(variant=_list)
def checked_list(*, expand_ratios, rows):
    total = 0
    for name, c_in, c_out, kernel_size, groups, side in rows:
        if name.startswith("block 1 expand") or name.endswith("fully connected"):
            continue
        x = FeatureMap(c_in, side + kernel_size - 1, side + kernel_size - 1)
        total += Conv2d(c_out, kernel_size, groups=groups, bias=False)(x).node.macs
    return int(total)


checked_list.helps(
    explained="light/mobilenet_v2_homework#third-mark-the-lines",
    worked=(
        {
            "expand_ratios": [1],
            "rows": [
                ["block 1 expand 1x1", 4, 4, 1, 1, 2],
                ["block 1 depthwise 3x3", 4, 4, 3, 4, 2],
                ["block 1 project 1x1", 4, 6, 1, 1, 2],
                ["classifier as 1x1 convolution", 6, 10, 1, 1, 1],
                ["classifier, fully connected", 6, 10, 1, 1, 1],
            ],
        },
        "a block with expansion 1 on 2x2 is listed with three rows, but its expansion is no "
        "layer. The depthwise row has 9 · 4 · 4 = 144 MACs, the projection from 4 to 6 channels 4 "
        "· 6 · 4 = 96. A classifier from 6 to 10 stands there twice and counts once: 6 · 10 = 60. "
        "So 144 + 96 + 60 = 300.",
    ),
)


checked_list.asks(total=(3, "the total of the layers that exist"))
checked_list.slips(
    "every_row: "
    "Every row was added. Two of them describe something that the network does not have: check the list first.",
    lambda rows: sum(map(_macs, rows)),
    "classifier_twice: One row too many is gone, but one layer still stands there under two names.",
    lambda rows: sum(map(_macs, rows[1:])),
    "expansion_kept: The doubled layer is gone. Now look at the expand ratios: what does an expansion by 1 do?",
    lambda rows: sum(map(_macs, rows[:-1])),
    "no_classifier: The classifier stands there twice; take out one of its rows, not both.",
    lambda rows: sum(map(_macs, rows[1:-2])),
)


@exercise
def dense_depth(pairs):
    # stem and classifier, a transition between blocks, and two convolutions in each pair
    depth = 1
    for number, count in enumerate(pairs):
        depth += 2 * count + (1 if number else 0)
    return depth + 1


dense_depth.helps(
    explained="classic/densenet#build-it",
    worked=(
        {"pairs": [2, 3]},
        "count as the image goes: the stem, 2 · 2 = 4 layers of the first block, one transition, "
        "2 · 3 = 6 layers of the second block, the classifier. Together 1 + 4 + 1 + 6 + 1 = 13.",
    ),
)


dense_depth.asks(
    four_blocks=(1, "a network of four blocks", lambda rng: {"pairs": [rng.randint(2, 40) for _ in range(4)]}),
    any_blocks=(
        1,
        "any number of blocks",
        lambda rng: {"pairs": [rng.randint(2, 40) for _ in range(rng.choice([2, 3, 5, 6]))]},
    ),
)
dense_depth.slips(
    "always_five: "
    "Five further layers are right for four blocks. The transitions stand between blocks: one fewer than blocks.",
    lambda pairs: 2 * sum(pairs) + (4 if len(pairs) == 4 else 5),
    "a_transition_per_block: No transition follows the last block.",
    lambda pairs: 2 * sum(pairs) + len(pairs) + 2,
    "one_layer_a_pair: Each pair is two convolutions, a 1x1 and a 3x3.",
    lambda pairs: sum(pairs) + len(pairs) + 1,
    "blocks_only: Stem, transitions and classifier have weights too, so they count.",
    lambda pairs: 2 * sum(pairs),
)


@exercise(tolerance=1e-4)
def honest_ratio(params_large, params_small):
    return params_large / params_small


honest_ratio.helps(
    explained="flops/memory#stored-mb-mib-and-rounding-too-early",
    worked=(
        {"params_large": 60000000, "params_small": 1500000},
        "both are counts of parameters. Divide them as they are, without turning them into a size "
        "first: in millions, 60 / 1.5 = 40.",
    ),
)


@honest_ratio.skill(points=1)
def of_parameters(rng):
    "the ratio of two parameter counts"
    return {"params_large": rng.randint(40_000_000, 140_000_000), "params_small": rng.randint(600_000, 5_000_000)}


honest_ratio.slips(
    "megabytes_over_mebibytes: "
    "The one size is in MB (10^6 bytes), the other in MiB (2^20 bytes): 4.9% are gained by the units alone.",
    lambda params_large, params_small: (4 * params_large / 1e6) / (4 * params_small / 2**20),
    "rounded_sizes: The ratio of the rounded sizes in MB, as a slide would divide them. Divide first, round last.",
    lambda params_large, params_small: round(4 * params_large / 1e6, -1) / round(4 * params_small / 1e6, 1),
    "upside_down: Upside down: how many times fewer parameters is the large count over the small one.",
    lambda params_large, params_small: params_small / params_large,
)


@exercise
def causes(numbers):
    return [CAUSES[n] for n in numbers]


causes.helps(
    explained="back/cases#what-the-culprits-have-in-common",
)


causes.asks(
    first_three=(3, "slips 1 to 3", lambda rng: {"numbers": rng.sample([1, 2, 3], 3)}),
    last_three=(3, "slips 4 to 6", lambda rng: {"numbers": rng.sample([4, 5, 6], 3)}),
)
causes.slips(
    "all_typing_errors: "
    "Not every wrong number is a typing error; three of these were computed, with care, from something wrong.",
    lambda numbers: ["typing error" for _ in numbers],
    "copied_for_left_out: "
    "Is 727 in the table twice? Then ask which number was missing a part and which one stood in the wrong line.",
    lambda numbers: [CAUSES[{2: 3, 3: 2}.get(n, n)] for n in numbers],
    "blames_the_lecture: Slip 4 stands in the paper just so; the lecture copied it faithfully.",
    lambda numbers: ["typing error" if n == 4 else CAUSES[n] for n in numbers],
    "rounding_for_units: Slips 5 and 6: one divides MB by MiB, the other multiplies a number that had lost its digits.",
    lambda numbers: [CAUSES[{5: 6, 6: 5}.get(n, n)] for n in numbers],
)


@prediction
def one_in():
    "how many of a hundred checkable numbers in lecture slides are wrong"
    from textbook import ledger

    report = [e for e in ledger.report() if e["kind"] in ("derived", "spec")]
    return round(100 * sum(e["verdict"] in ("differs", "false") for e in report) / len(report))
