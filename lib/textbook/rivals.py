"""ConvNeXt's way from a ResNet-50, as Liu et al. 2022 print it, as a staircase; and what one place of a map reads.

Accuracies and GFLOPs are theirs: table 10, means of three trainings but for the first row, which is torchvision's.
"""

from collections.abc import Mapping
from typing import NamedTuple

from convcost import ConvcostError
from convcost.plots import BLUE, ORANGE, Drawing
from convcost.plots.drawing import PANEL, WIDE, Panel


class Step(NamedTuple):
    """A row of table 10: top-1 accuracy on ImageNet in percent, and billions of multiply-accumulates."""

    top1: float
    gflops: float


STEPS = {
    "ResNet-50": Step(76.13, 4.09),
    "new recipe": Step(78.82, 4.09),
    "blocks 3, 3, 9, 3": Step(79.36, 4.53),
    "patches": Step(79.51, 4.42),
    "depthwise 3×3": Step(78.28, 2.35),
    "width 96": Step(80.50, 5.27),
    "inverted": Step(80.64, 4.64),
    "depthwise first": Step(79.92, 4.07),
    "depthwise 7×7": Step(80.57, 4.15),
    "GELU": Step(80.62, 4.15),
    "one GELU a block": Step(81.27, 4.15),
    "one norm a block": Step(81.41, 4.15),
    "layer norm": Step(81.47, 4.46),
    "own downsampling": Step(81.97, 4.49),
}
ROW, TOP, BARS, NUMBER = 21, 40, 122, 42  # units: rows, the first of them, where bars begin, room for a number
DOTS = 0.4  # of what is left: from the lowest dot to the highest


def staircase(macs: Mapping[str, float], caption: str = "") -> Drawing:
    """Draw the steps from ResNet-50 to ConvNeXt-T: a bar for what each costs, a dot for what it reads.

    macs: step of `STEPS` -> multiply-accumulates; a step that is not named costs what the one before it does.
    caption: what to see in it. Raises ConvcostError where the first step has none, or a name is no step.
    """
    strange = [name for name in macs if name not in STEPS]
    if strange or next(iter(STEPS)) not in macs:
        raise ConvcostError(f"steps are {', '.join(STEPS)}, and the first has a cost; got {', '.join(macs)}")
    costs, last = {}, 0.0
    for name in STEPS:
        costs[name] = last = float(macs.get(name, last))
    panel, panel.wider = [_stairs(room, costs, macs) for room in (PANEL, WIDE)]
    said = [f"{name} {costs[name] / 1e9:.2f} G, {step.top1:.1f} percent" for name, step in STEPS.items()]
    return Drawing([panel], f"Multiply-accumulates and top-1 accuracy, step by step: {'; '.join(said)}.", caption)


def _stairs(room, costs, counted):
    panel, most = Panel(room, grows=True), max(costs.values())
    low, high = min(step.top1 for step in STEPS.values()), max(step.top1 for step in STEPS.values())
    free = room - BARS - 2 * NUMBER
    across, dots = DOTS * free, room - NUMBER - DOTS * free
    for x, words, anchor in ((BARS, "G MACs", "start"), (room, "top-1, percent", "end")):
        panel.text(x, TOP - 22, words, anchor, bold=True)
    places = []
    for number, (name, step) in enumerate(STEPS.items()):
        y, long = TOP + ROW * number, (free - across) * costs[name] / most
        panel.text(0, y, name, "start")
        panel.bar(BARS, y - 9, long, 11, BLUE if name in counted else None, 1 if name in counted else 0.3, radius=0)
        panel.text(BARS + long + 4, y, f"{costs[name] / 1e9:.2f}", "start")
        places.append((dots + across * (step.top1 - low) / (high - low), y - 4))
        panel.text(room, y, f"{step.top1:.1f}", "end")
    panel.line("M" + "L".join([f"{x:.5g},{y:.5g}" for x, y in places]), 1.6, 0.9, ORANGE)
    for x, y in places:
        panel.dot(x, y, 3.5)
    return panel


def readers(side: int, window: int) -> dict[str, list[list[float]]]:
    """Return what one place of a map reads, title -> table of `side` x `side`: 1 at the place, 0.3 where it reads.

    All of the map; the window in which it lies, where the map is cut into windows; the window around it.
    """
    row, column, half = side // 2 - 2, side // 2 + 1, window // 2
    near = {
        "attention": lambda y, x: True,
        "in windows": lambda y, x: (y // window, x // window) == (row // window, column // window),
        f"depthwise {window}×{window}": lambda y, x: abs(y - row) <= half and abs(x - column) <= half,
    }
    places = range(side)

    def strength(reads, y, x):
        return 1.0 if (y, x) == (row, column) else 0.3 if reads(y, x) else 0.0

    tables = {name: [[strength(reads, y, x) for x in places] for y in places] for name, reads in near.items()}
    counts = {name: sum(value > 0 for line in table for value in line) for name, table in tables.items()}
    return {f"{name}: {counts[name]}": table for name, table in tables.items()}
