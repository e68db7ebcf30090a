"""The budget of an Inception module: its six widths under the reader's hands, beside the module without reductions."""

import json
from collections.abc import Mapping

from convcost import Concat, Conv2d, FeatureMap, MaxPool2d, Network, ReLU
from convcost.plots import BLUE
from convcost.plots.drawing import Panel

from ..templates import filled, source
from .sliders import sliders

INPUT = (192, 28, 28)  # what GoogLeNet's first module, 3a, reads
BRANCHES = ("1×1", "3×3", "5×5", "pool")
CHOICES = {  # in the order of the paper's table
    "1×1": range(0, 257, 16),
    "reduce to 3×3": range(16, 193, 16),
    "3×3": range(32, 257, 16),
    "reduce to 5×5": range(8, 193, 8),
    "5×5": range(16, 129, 16),
    "pool, then 1×1": range(16, 193, 16),
}
DEFAULT = dict(zip(CHOICES, (64, 96, 128, 16, 32, 32)))
BUDGET, OUT, LEAST = 80, 256, {"3×3": 128, "5×5": 32}  # million MACs; channels to hand on, and of them at least
LEFT, WIDE, ROW = 42, 200, 32  # units of the drawing: where bars begin, the longest, from branch to branch

Setting = Mapping[str, int]


def module(setting: Setting, reduced: bool = True) -> Network:
    """Return a module with these widths as blocks named as `BRANCHES`; without reductions, the pooling is passed on."""
    one, reduce3, three, reduce5, five, projected = (setting[name] for name in CHOICES)
    x, ends = FeatureMap(*INPUT), []
    plans = {"1×1": [(one, 1)], "3×3": [(reduce3, 1), (three, 3)], "5×5": [(reduce5, 1), (five, 5)]}
    for name, plan in {**plans, "pool": [(projected, 1)] if reduced else []}.items():
        with x.block(name):
            y = MaxPool2d(3, stride=1, padding=1)(x) if name == "pool" else x
            for channels, kernel_size in plan if reduced else plan[-1:]:
                if channels:
                    y = ReLU()(Conv2d(channels, kernel_size, padding=kernel_size // 2)(y))
        ends += [y] if y is not x else []
    return Network(Concat()(*ends))


def inception_bill(setting: Setting) -> dict[str, list[list[int]]]:
    """Return "MACs" and "parameters": [with, without reductions] for each branch and the whole."""
    nets = module(setting), module(setting, reduced=False)

    def row(measure):
        branches = [[int(getattr(_branch(net, name), measure)) for net in nets] for name in BRANCHES]
        return [*branches, [int(getattr(net, measure)) for net in nets]]

    return {"MACs": row("macs"), "parameters": row("params")}


def _branch(net, name):
    return net.select(lambda node: node.name.split(".")[0] == name)


def handed_on(setting: Setting) -> int:
    """Return the channels that the module hands on."""
    return setting["1×1"] + setting["3×3"] + setting["5×5"] + setting["pool, then 1×1"]


def millions(n: int) -> str:
    """Return a count in millions with one digit: 128.4 M."""
    return f"{int(n / 1e5 + 0.5) / 10:.1f} M"


def verdict(setting: Setting) -> str:
    """Return in words what the module hands on and costs, and what is still missing for the budget."""
    (mine, naive), channels = inception_bill(setting)["MACs"][-1], handed_on(setting)
    told = f"It hands on {channels} channels for {millions(mine)} MACs; without reductions {millions(naive)}."
    missing = [f"{OUT - channels} channels"] if channels < OUT else []
    missing += [f"{least - setting[name]} from the {name}" for name, least in LEAST.items() if setting[name] < least]
    over = mine - BUDGET * 10**6
    if missing:
        return f"{told} Too few: {', '.join(missing)} missing."
    return f"{told} Still {millions(over)} over the budget of {BUDGET} M." if over > 0 else f"{told} The budget is met."


def lengths(pairs: list[list[int]]) -> list[list[float]]:
    """Return the length of each bar of one measure, in tenths of a unit: the longest takes the room there is."""
    most = max(max(pair) for pair in pairs)
    return [[int(10 * WIDE * n / most + 0.5) / 10 for n in pair] for pair in pairs]


class InceptionControl:
    """Six sliders, the bars of both modules, and whether the budget is met; shows itself in a notebook."""

    def __repr__(self):
        return verdict(DEFAULT)

    def _repr_html_(self):
        bill = inception_bill(DEFAULT)
        return filled(
            __package__,
            "inception.html",
            sliders=sliders(CHOICES, DEFAULT),
            verdict=verdict(DEFAULT),
            panels="".join(_panel(measure, pairs) for measure, pairs in bill.items()),
            carried=json.dumps({"wide": WIDE, "budget": BUDGET, "out": OUT, "least": LEAST}),
            style=source(__package__, "inception.css"),
            chosen=source(__package__, "sliders.js"),
            bill=source(__package__, "inception_bill.js"),
            page=source(__package__, "inception.js"),
        )


def _panel(measure, pairs):
    """The bars of one measure, the module's above those of the one without reductions; the script moves their ends."""
    panel = Panel(330)
    panel.text(0, 14, measure, "start", bold=True)
    for i, (name, pair, ends) in enumerate(zip((*BRANCHES, "all"), pairs, lengths(pairs))):
        top = 26 + ROW * i
        panel.text(LEFT - 6, top + 15, name, "end")
        for j, (n, end) in enumerate(zip(pair, ends)):
            look = f'fill="{BLUE}"' if j == 0 else 'fill="none" stroke="currentColor"'
            y = top + 13 * j
            panel.parts.append(f'<rect class="cc-bar" x="{LEFT}" y="{y}" width="{end}" height="9" {look}/>')
            place = f'x="{LEFT + end + 4}" y="{y + 8.5}" fill="currentColor"'
            panel.parts.append(f'<text class="cc-count" {place}>{_short(measure, n)}</text>')
    height = 26 + ROW * (len(BRANCHES) + 1)
    alt = f"{measure} of each branch and of the whole module, beside those of the module without reductions"
    return (
        f'<svg viewBox="0 0 330 {height}" data-measure="{measure}" role="img" aria-label="{alt}" font-size="12" '
        f'font-family="sans-serif">{panel.inside("currentColor")}</svg>'
    )


def _short(measure, n):
    return millions(n) if measure == "MACs" else f"{n:,}"


def inception_control() -> InceptionControl:
    """Return the control for the widths of GoogLeNet's module 3a."""
    return InceptionControl()
