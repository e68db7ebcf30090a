"""What each layer of a chain reads: the map before it, a sum of all maps before it, or all of them, stacked."""

from ..errors import ConvcostError
from .colours import FILLS
from .drawing import Drawing, Panel
from .glyphs import width

MOST_LAYERS = 5  # columns that a phone has room for
PITCH, WIDE, HIGH, GAP = 56, 52, 19, 3  # units: between columns, a box for one map, between boxes
JOINED = ("plain", "added", "stacked")


def stacks(layers: int = 5, caption: str = "") -> Drawing:
    """Draw what each layer of a chain reads, a column a layer and a box a map, in a plain chain, one that adds, and one
    that stacks.

    layers: 2 to 5; map 0 is the input of the chain, layer 1 makes map 1; caption: what to see in it.
    """
    if layers not in range(2, MOST_LAYERS + 1):
        raise ConvcostError(f"stacks draws 2 to {MOST_LAYERS} layers, not {layers!r}")
    read = {
        "plain": [[str(n)] for n in range(layers)],
        "added": [["+".join(map(str, range(n + 1))) if n < 3 else f"0+…+{n}"] for n in range(layers)],
        "stacked": [[str(m) for m in range(n + 1)] for n in range(layers)],
    }
    ends = {how: f"{sum(map(len, columns))} maps read" for how, columns in read.items()}
    said = "; ".join(f"{how}: {ends[how]}, the last layer reads {', '.join(read[how][-1])}" for how in JOINED)
    return Drawing([_panel(how, read[how], ends[how]) for how in JOINED], f"What each layer reads. {said}.", caption)


def _panel(how, columns, end):
    """Draw the columns of one chain, standing on the numbers of their layers."""
    left = width("layer") + 8
    panel = Panel(left + PITCH * len(columns))
    low = 26 + (HIGH + GAP) * max(map(len, columns))
    panel.title(panel.width / 2, f"{how}: {end}")
    for number, boxes in enumerate(columns):
        x = left + PITCH * number
        for floor, words in enumerate(boxes):
            y = low - (HIGH + GAP) * (floor + 1)
            panel.box(x, y, WIDE, HIGH, FILLS["group" if "+" in words else "conv"], radius=3)
            panel.text(x + WIDE / 2, y + 14, words)
        panel.text(x + WIDE / 2, low + 15, str(number + 1))
    panel.text(0, low + 15, "layer", "start", faint=True)
    return panel
