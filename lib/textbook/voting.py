"""A drawing of capsules that vote: parts at their places, and the classes that they speak for."""

from math import atan2, cos, hypot, pi, sin

from convcost.plots import BLUE, ORANGE, Drawing
from convcost.plots.drawing import PANEL, Panel

SIDE, CLASSES = 6, 10  # places in a row of CapsNet's primary capsules; digits
CELL, LEFT, TOP, ROW = 21, 4, 30, 15  # units: a place, where the first is, where both begin, a class
RIGHT, LONGEST = 236, 78  # units: where the classes' arrows begin, an arrow of length one
SEEN, SPEAKERS = 3, ((1, 5), (2, 5), (3, 5), (4, 5))  # the digit that is there; places (row, column) whose votes show


def voting(caption: str = "") -> Drawing:
    """Draw one type of part at its 36 places, ten classes, and what four parts tell them.

    caption: what to see in it. An arrow is a capsule: its length says whether, its direction how.
    """
    panel = Panel(PANEL, grows=True)
    panel.text(LEFT, 14, "one of 32 types, 36 places", "start", bold=True)
    panel.text(RIGHT, 14, "ten classes", "start", bold=True)
    ends = [(RIGHT, TOP + ROW * (number + 0.5)) for number in range(CLASSES)]
    for row, column in SPEAKERS:
        x, y = _middle(row, column)
        for number, (right, low) in enumerate(ends):
            heard = number == SEEN
            path = f"M{x + 9:.5g},{y:.5g}C{x + 70:.5g},{y:.5g} {right - 60:.5g},{low:.5g} {right - 14:.5g},{low:.5g}"
            panel.line(path, 1.8 if heard else 0.5, 0.8 if heard else 0.3, ORANGE if heard else None)
    for row in range(SIDE):
        for column in range(SIDE):
            near = 1 - min(1.0, hypot(row - 2.5, column - 2.5) / 3.6)
            _arrow(panel, _middle(row, column), 7 + 11 * near, -0.9 + 0.25 * (column - row), None)
    for number, (x, y) in enumerate(ends):
        panel.text(x - 8, y + 4, str(number), "end")
        long = LONGEST * (0.95 if number == SEEN else 0.08 + 0.03 * (number % 3))
        _arrow(panel, (x + long / 2, y), long, 0.0, BLUE)
    panel.height = TOP + ROW * CLASSES + 4
    said = f"36 arrows in a square; lines lead from four of them to ten arrows, thick ones to the {SEEN}, the longest."
    return Drawing([panel], said, caption)


def _middle(row, column):
    return LEFT + CELL * (column + 0.5), TOP + 12 + CELL * (row + 0.5)


def _arrow(panel, middle, long, angle, colour):
    """Draw an arrow through its middle; angle: from the right, downwards, in radians."""
    (x, y), dx, dy = middle, cos(angle) * long / 2, sin(angle) * long / 2
    tip, head = (x + dx, y + dy), min(5.0, 0.45 * long)
    sides = [atan2(dy, dx) + turn * 0.8 * pi for turn in (1, -1)]
    wings = "".join([f"M{tip[0]:.4g},{tip[1]:.4g}l{head * cos(a):.3g},{head * sin(a):.3g}" for a in sides])
    panel.line(f"M{x - dx:.4g},{y - dy:.4g}L{tip[0]:.4g},{tip[1]:.4g}{wings}", 1.6, 1, colour)
