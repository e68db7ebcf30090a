"""Tables of numbers as pictures: a cell a number, the larger the darker, in the page's colours."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..errors import ConvcostError
from .colours import BLUE, ORANGE
from .drawing import INK, PANEL, Drawing, Panel
from .glyphs import FONT, LINE, width

SHADES = 12  # how many strengths are told apart
WIDE = 12  # units: a cell, where there is room


def cells(
    pictures: Mapping[str, Sequence[Sequence[float]] | Any],
    side: float = WIDE,
    high: float | None = None,
    rows: Sequence = (),
    columns: Sequence = (),
    xlabel: str = "",
    ylabel: str = "",
    most: float | None = None,
    ink: bool = False,
    written: Callable[[float], str] | None = None,
    caption: str = "",
    alt: str = "",
) -> Drawing:
    """Draw tables of numbers, a panel each: 0 is left open, positive numbers are blue, negative ones orange.

    pictures: title -> rows of numbers, such as an image, a kernel or a matrix; not a number is left out. side, high:
    of a cell, in units, high as wide by default. rows, columns: their labels, None for one that is left out. most: the
    number that has the full colour, by default the largest. ink: draw in the colour of the page's letters, as for
    images? written: how a number is printed in its cell, which is paler then; by default it is not. caption: what to
    see in it; alt: what stands in place of the picture.

    Raises ConvcostError for a picture wider than 330 units.
    """
    tables = {title: [[float(value) for value in line] for line in table] for title, table in pictures.items()}
    most = most or max([abs(v) for table in tables.values() for line in table for v in line if v == v]) or 1.0
    high = high or side
    panels = []
    for title, table in tables.items():
        left = max([width(str(name)) for name in rows if name is not None], default=0) + (5 if rows else 0)
        top, wide = (LINE + 4) * bool(title), side * len(table[0])
        left += (LINE + 3) * bool(ylabel)
        if left + wide > PANEL:
            raise ConvcostError(f"{title}: {len(table[0])} cells of {side:g} units are wider than {PANEL}")
        panel = Panel(max(left + wide, width(title, True), width(xlabel)) + 1, grows=True)
        if title:
            panel.text(0, 12, title, "start", bold=True)
        _table(panel, table, (left, top), (side, high), most, ink, 0.5 if written else 1)
        for row, line in enumerate(table if written else ()):
            for column, value in enumerate(line):
                panel.text(left + side * (column + 0.5), top + high * (row + 0.5) + 4, written(value))
        _labels(panel, rows, columns, (left, top), (side, high), len(table))
        middle, y = top + high * len(table) / 2, panel.height
        if ylabel:
            panel.parts.append(
                f'<text x="10" y="{middle:.5g}" transform="rotate(-90 10 {middle:.5g})" text-anchor="middle" '
                f'fill="{INK}">{ylabel}</text>'
            )
        if xlabel:
            panel.text(max(left + wide / 2, width(xlabel) / 2), y + FONT, xlabel)
        panels.append(panel)
    return Drawing(panels, alt or ", ".join(tables), caption)


def kernels(rows: Mapping[str, Sequence[Sequence[Sequence[float]]]], caption: str = "", alt: str = "") -> Drawing:
    """Draw kernels as pictures, a panel per name: blue is positive, orange negative; all on one scale.

    rows: name -> kernels, each k x k numbers; caption: what to see; alt: what stands in place of the picture.
    """
    most = max(abs(value) for row in rows.values() for kernel in row for line in kernel for value in line)
    panels = []
    for name, row in rows.items():
        panel = Panel(PANEL, grows=True)
        panel.text(0, 12, name, "start", bold=True)
        across = max(len(row), 6)
        side = (PANEL - 2 - 6 * (across - 1)) / across / len(row[0])
        for number, kernel in enumerate(row):
            _table(panel, kernel, (1 + number * (side * len(kernel) + 6), LINE + 4), (side, side), most, False)
        panels.append(panel)
    return Drawing(panels, alt or ", ".join(rows), caption)


def _table(panel, table, corner, size, most, ink, strength=1.0):
    """Draw a frame and the cells in it: one path for each strength, equal neighbours as one piece."""
    (left, top), (side, high), paths = corner, size, {}
    for number, line in enumerate(table):
        shades = [round(SHADES * max(-1.0, min(1.0, value / most))) if value == value else 0 for value in line]
        start = 0
        for end in range(1, len(shades) + 1):
            if end == len(shades) or shades[end] != shades[start]:
                if shades[start]:
                    place = f"M{left + side * start:.5g},{top + high * number:.5g}"
                    across = side * (end - start)
                    paths.setdefault(shades[start], []).append(f"{place}h{across:.5g}v{high:.5g}h{-across:.5g}z")
                start = end
    for shade, pieces in sorted(paths.items()):
        colour = INK if ink else BLUE if shade > 0 else ORANGE
        seen = f"{strength * abs(shade) / SHADES:.2g}"
        panel.parts.append(
            f'<path d="{"".join(pieces)}" fill="{colour}" fill-opacity="{seen}" shape-rendering="crispEdges"/>'
        )
    wide, tall = side * len(table[0]), high * len(table)
    panel.parts.append(
        f'<rect x="{left:.5g}" y="{top:.5g}" width="{wide:.5g}" height="{tall:.5g}" fill="none" stroke="{INK}" '
        f'stroke-opacity="0.4"/>'
    )
    panel.height = max(panel.height, top + tall + 1)


def _labels(panel, rows, columns, corner, size, height):
    (left, top), (side, high) = corner, size
    for number, name in enumerate(rows):
        if name is not None:
            panel.text(left - 5, top + high * (number + 0.5) + 4, str(name), "end")
    for number, name in enumerate(columns):
        if name is not None:
            panel.text(left + side * (number + 0.5), top + high * height + FONT + 2, str(name))
