"""Names beside points, placed so that no name lies over another one or over a point."""

from collections.abc import Mapping
from itertools import pairwise
from math import ceil
from typing import Any
from weakref import WeakKeyDictionary

from .glyphs import FONT, width

POINTS = 72  # in an inch
WAYS = [(1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1)]
FARTHER = (0, 14, 26, 40)  # units beyond that, then with a line
WRITTEN: WeakKeyDictionary = WeakKeyDictionary()  # axes -> what was written on them: (points, near, off_lines, names)


def names(ax: Any, points: Mapping[str, tuple[float, float]], near: float = 7, off_lines: bool = False) -> None:
    """Write each name beside its point (x, y), where there is room; call it when the limits of the axes stand.

    A name that has no room beside its point stands farther off, at the end of a line. near: units from a point to its
    name; off_lines: shall names keep off the drawn lines, too, not only off their points?
    """
    WRITTEN.setdefault(ax, []).append((points, near, off_lines, _write(ax, points, near, off_lines)))


def write_again(ax: Any) -> None:
    """Find new places for the names of axes whose size has changed."""
    calls = WRITTEN.pop(ax, [])
    for *_, made in calls:
        for name in made:
            name.remove()
    for points, near, off_lines, _ in calls:
        names(ax, points, near, off_lines)


def _write(ax, points, near, off_lines):
    figure, made = ax.figure, []
    figure.draw_without_rendering()
    unit = POINTS / figure.dpi
    spots = {name: [unit * float(at) for at in ax.transData.transform(point)] for name, point in points.items()}
    frame = [unit * at for at in ax.bbox.extents]
    marks = [[unit * float(at) for at in place] for place in ax.transData.transform(_marks(ax))]
    taken = [(x - 4, y - 4, x + 4, y + 4) for x, y in [*spots.values(), *marks]]
    if off_lines:
        taken += [(x - 2, y - 2, x + 2, y + 2) for line in ax.get_lines() for x, y in _steps(ax, line, unit)]
    for name, (x, y) in spots.items():
        tried = [(far, way) for far in FARTHER for way in WAYS]
        boxes = [_box(x, y, width(name), near + far, way) for far, way in tried]
        costs = [_cost(box, taken, frame) + far / 10 for box, (far, _) in zip(boxes, tried)]
        best = costs.index(min(costs))
        (far, _way), box = tried[best], boxes[best]
        taken.append(box)
        offset = (box[0] + box[2]) / 2 - x, (box[1] + box[3]) / 2 - y
        look = {"arrowstyle": "-", "linewidth": 0.7, "shrinkA": 1, "shrinkB": 3} if far else None
        middle = {"ha": "center", "va": "center", "fontsize": FONT}
        made.append(ax.annotate(name, points[name], offset, textcoords="offset points", arrowprops=look, **middle))
    return made


def _marks(ax):
    """All points that are drawn, as far as lines and scattered marks tell."""
    lines = [line.get_xydata() for line in ax.get_lines() if line.get_marker() not in (None, "None", "")]
    return [point for points in (*lines, *[c.get_offsets() for c in ax.collections]) for point in points] or [(0, 0)]


def _steps(ax, line, unit):
    """Points along a line, some two units apart."""
    corners = [[unit * float(at) for at in place] for place in ax.transData.transform(line.get_xydata())]
    for (x0, y0), (x1, y1) in pairwise(corners):
        steps = max(1, ceil(max(abs(x1 - x0), abs(y1 - y0)) / 2))
        yield from [(x0 + (x1 - x0) * i / steps, y0 + (y1 - y0) * i / steps) for i in range(steps + 1)]


def _box(x, y, wide, far, way):
    """Where a name lies: (left, low, right, high)."""
    right, up = way
    far = far * (0.75 if right and up else 1)
    left = x + right * far - {1: 0, 0: wide / 2, -1: wide}[right]
    low = y + up * far - {1: 0, 0: FONT / 2, -1: FONT}[up]
    return left, low, left + wide, low + FONT


def _cost(box, taken, frame):
    """How much of a box lies over others, and how far outside of the frame."""
    over = sum([_common(box, other, 0) * _common(box, other, 1) for other in taken])
    sides = box[0] - frame[0], box[1] - frame[1], frame[2] - box[2], frame[3] - box[3]
    return over - 20 * sum([min(0, room) for room in sides])


def _common(box, other, axis):
    return max(0, min(box[axis + 2], other[axis + 2]) - max(box[axis], other[axis]))
