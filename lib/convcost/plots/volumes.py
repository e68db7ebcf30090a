"""One output of a convolution and all that it reads: the window on every channel of the input, seen from the side."""

from ..errors import ConvcostError
from .colours import BLUE
from .drawing import PANEL, Drawing, Panel
from .glyphs import LINE, width

CELL, TALL, SLANT = 4.5, 13, 2.2  # units: a cell of a map that is turned to the side; how much it rises to the right
MOST_CHANNELS, MOST_SIDE = 8, 9


def volume(channels: int = 6, side: int = 7, kernel_size: int = 3, caption: str = "", alt: str = "") -> Drawing:
    """Draw the maps of an input side by side, the window of a convolution on each, and the one output that it makes.

    channels: 1 to 8 of side x side values, side at most 9; caption: what to see in it; alt: by default in words.
    Raises ConvcostError for more than that, and where the window is larger than the map.
    """
    if channels not in range(1, MOST_CHANNELS + 1) or side not in range(1, MOST_SIDE + 1):
        raise ConvcostError(f"volume draws 1 to {MOST_CHANNELS} channels and sides of 1 to {MOST_SIDE}")
    if kernel_size not in range(1, side + 1):
        raise ConvcostError(f"a window of {kernel_size} does not fit on a map of {side}")
    panel, stops = Panel(PANEL), side - kernel_size + 1
    wide, top = CELL * side, LINE + 12 + SLANT * side
    pitch = min(wide + 10, (PANEL - 54 - wide - CELL * stops) / max(1, channels - 1))
    start = (side - kernel_size) // 2
    for channel in range(channels):
        _map(panel, 1 + pitch * channel, top, side, start, kernel_size)
    reached = 1 + pitch * (channels - 1) + wide
    title = f"input {side}×{side}, {channels} channel{'s' * (channels > 1)}"
    panel.text(0, 12, title, "start", bold=True)
    left, middle = max(reached + 42, width(title, True) + 14), top + TALL * side / 2 - SLANT * side / 2
    panel.line(f"M{reached + 10:.5g},{middle:.5g}H{left - 12:.5g}", 1.4, 0.8)
    panel.head(left - 6, middle, "right")
    _map(panel, left, top + TALL * (side - stops) / 2, stops, start, 1)
    panel.text(min(left, PANEL - width("output", True) - 1), 12, "output", "start", bold=True)
    count = kernel_size**2 * channels
    below = top + TALL * side + 18
    panel.text(
        0, below, f"{kernel_size}·{kernel_size}·{channels} = {count} products, added up, are one output", "start"
    )
    said = (
        f"{channels} maps of {side} by {side}; on each the same window of {kernel_size} by {kernel_size}. Its {count} "
        f"values make one value of the output."
    )
    return Drawing([panel], alt or said, caption)


def _map(panel, x, y, side, start, marked):
    """Draw a map turned to the side, with `marked` x `marked` cells filled from row and column `start` on."""

    def at(row, column):
        return f"{x + CELL * column:.5g},{y + TALL * row - SLANT * column:.5g}"

    end = start + marked
    panel.parts.append(
        f'<path d="M{at(start, start)}L{at(start, end)}L{at(end, end)}L{at(end, start)}z" fill="{BLUE}"/>'
    )
    rows = [f"M{at(row, 0)}L{at(row, side)}" for row in range(side + 1)]
    columns = [f"M{at(0, column)}L{at(side, column)}" for column in range(side + 1)]
    panel.line("".join(rows + columns), 0.8, 0.4)
    panel.height = max(panel.height, y + TALL * side + 2)
