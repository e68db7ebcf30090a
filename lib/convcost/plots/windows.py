"""Where a window stops on a map: the padded input with its first positions, and the output cells that they make."""

from ..errors import ConvcostError
from .colours import BLUE, ORANGE
from .drawing import PANEL, Drawing, Panel
from .glyphs import LINE

CELL = 24  # units: a cell, where there is room
POSITIONS = ((BLUE, None), (ORANGE, "5 3"))  # colour and dashes of the first two positions


def windows(
    side: int, kernel_size: int, stride: int = 1, padding: int = 0, caption: str = "", alt: str = ""
) -> Drawing:
    """Draw how a window slides over a map of side x side: padded cells empty, the first two positions framed, and the
    output cells that they make framed alike.

    caption: what to see in it; alt: by default sizes and steps in words. Raises ConvcostError where the window is
    larger than the padded map.
    """
    padded = side + 2 * padding
    outputs = (padded - kernel_size) // stride + 1
    if outputs < 1:
        raise ConvcostError(f"a window of {kernel_size} does not fit on a padded map of {padded}")
    cell = min(CELL, (PANEL - 4) / padded)
    ringed = f", padding {padding}" if padding else ""
    before = _grid(f"input {side}×{side}{ringed}", padded, cell, padding)
    after = _grid(f"output {outputs}×{outputs}", outputs, cell, 0)
    for number, (colour, dashes) in enumerate(POSITIONS[:outputs]):
        _frame(before, stride * number, kernel_size, cell, colour, dashes)
        _frame(after, number, 1, cell, colour, dashes)
    rings = {0: "", 1: " with one ring of zeros around it"}.get(padding, f" with {padding} rings of zeros around it")
    said = (
        f"A map of {side} by {side} cells{rings}; a window of {kernel_size} by {kernel_size} moves by {stride}, and "
        f"the output has {outputs} by {outputs} cells."
    )
    return Drawing([before, after], alt or said, caption)


def _grid(title, count, cell, padding):
    panel = Panel(max(count * cell + 4, 150))
    panel.text(0, 12, title, "start", bold=True)
    for row in range(count):
        for column in range(count):
            inside = padding <= row < count - padding and padding <= column < count - padding
            x, y = 2 + cell * column, LINE + 6 + cell * row
            panel.bar(x + 0.5, y + 0.5, cell - 1, cell - 1, None, 0.22 if inside else 0.06)
    return panel


def _frame(panel, start, cells, cell, colour, dashes):
    x, y, long = 2 + cell * start, LINE + 6, cell * cells
    inset = 1.5
    x, y, long = x + inset, y + inset, long - 2 * inset
    panel.line(f"M{x:.5g},{y:.5g}h{long:.5g}v{long:.5g}h{-long:.5g}z", 3, 1, colour, dashes)
