"""Charts drawn by Matplotlib: axes of one look, and the drawing that is made of them."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

from convcost.extras import matplotlib  # noqa: F401
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter, NullLocator

from ..errors import ConvcostError
from .colours import COLOURS
from .drawing import PANEL, WIDE, Drawing
from .engraved import engraved
from .glyphs import FONT, width
from .labels import POINTS, names, write_again
from .words import engineering

LEAST = 60  # units: the side of a panel
TALLER = 1.25  # times its height: a panel in the room of a wide one
KEY_LINE = 17  # units: the height of a line of the key
MARKS = ("o-", "s--", "D-.", "^:", "v-", "x--")


def axes(panels: int = 1, height: float = 215, wide: float = PANEL, sharey: bool = False) -> Any:
    """Return axes in the book's style, or a list of them: a panel each, open to the right and top, with a light grid.

    height, wide: of a panel, in units of which a phone shows 330 side by side; letters are 12 high. sharey: have all
    panels one vertical axis? Draw on them as Matplotlib's axes, in black what shall have the colour of the page's
    letters, and show them by `chart`.

    Raises ConvcostError for a panel that no phone can show: narrower or lower than 60 units, or wider than 330.
    """
    if min(height, wide) < LEAST or wide > PANEL:
        raise ConvcostError(
            f"a panel is {LEAST} to {PANEL} units wide and at least {LEAST} high; got {wide:g} by {height:g}"
        )
    made = []
    for _ in range(panels):
        figure = Figure(figsize=(wide / POINTS, height / POINTS), layout="constrained")
        ax = figure.add_subplot(sharey=made[0] if made and sharey else None)
        ax.spines[["top", "right"]].set_visible(False)
        ax.grid(True, color="black", alpha=0.15, linewidth=0.6)
        ax.set_axisbelow(True)
        made.append(ax)
    return made if panels > 1 else made[0]


def chart(panels: Any, caption: str = "", alt: str = "") -> Drawing:
    """Return axes, or a list of them, as a drawing in the page's colours with real text.

    The title and the labels of what is drawn stand above each panel. caption: what to see in it; alt: what stands in
    place of the picture for who does not see it, by default where each labelled line begins and ends.

    Raises ConvcostError where two labelled lines of a panel differ in nothing but colour.
    """
    panels = [panels] if hasattr(panels, "figure") else list(panels)
    alt = alt or " ".join([_described(ax) for ax in panels])
    for ax in panels:
        _told_apart(ax)
        _plain_numbers(ax)
    made = [_engraved(ax, f"{number} {caption}") for number, ax in enumerate(panels)]
    if len(panels) == 1:
        made[0].wider = _in_room(panels[0], WIDE, f"wide {caption}")
    return Drawing(made, alt, caption)


def _engraved(ax, name):
    """Return axes with their key as a panel, and leave them as they were."""
    title, height = ax.get_title(), ax.figure.get_figheight()
    key = _key(ax)
    for text in ax.figure.findobj(Text):
        text.set_fontsize(FONT)
    ax.figure.draw_without_rendering()  # the layout goes out from the last one
    panel = engraved(ax.figure, name)
    if key:
        key.remove()
    ax.set_title("", loc="left")
    ax.set_title(title)
    ax.figure.set_figheight(height)
    return panel


def _in_room(ax, wide, name):
    """The same, laid out anew for more room."""
    size = ax.figure.get_size_inches()
    ax.figure.set_size_inches(wide / POINTS, TALLER * size[1])
    write_again(ax)
    panel = _engraved(ax, name)
    ax.figure.set_size_inches(size)
    write_again(ax)
    return panel


def _lines(ax):
    """Return the labelled lines of a panel, those with bars of error too: label -> line."""
    found = [
        (label, made[0] if isinstance(made, tuple) else made) for made, label in zip(*ax.get_legend_handles_labels())
    ]
    return {label: line for label, line in found if isinstance(line, Line2D)}


def _told_apart(ax):
    for (one, line), (other, another) in combinations(_lines(ax).items(), 2):
        if (line.get_marker(), line.get_linestyle()) == (another.get_marker(), another.get_linestyle()):
            pair = f"{one!r} and {other!r}"
            raise ConvcostError(f"{pair} are told apart by colour alone: give them other marks or dashes")


def _plain_numbers(ax):
    """Logarithmic axes say 100 M, not a power of ten in small letters."""
    for axis, scale in ((ax.xaxis, ax.get_xscale()), (ax.yaxis, ax.get_yscale())):
        if scale == "log":
            axis.set_minor_locator(NullLocator())
            axis.set_minor_formatter(NullFormatter())
            if axis.isDefault_majfmt:
                axis.set_major_formatter(FuncFormatter(lambda value, _: engineering(value)))


def _key(ax):
    """Write the title, and the labels of what is drawn, above the panel; return the labels' legend."""
    title, (handles, labels) = ax.get_title(), ax.get_legend_handles_labels()
    ax.set_title("")
    if not labels:
        ax.set_title(title, loc="left", fontweight="bold")
        return None
    widest = max([width(label) for label in labels]) + 3.6 * FONT
    columns = max(1, min(len(labels), int(ax.figure.get_figwidth() * POINTS / widest)))
    lines = -(-len(labels) // columns) + bool(title)
    ax.figure.set_figheight(ax.figure.get_figheight() + KEY_LINE * lines / POINTS)
    look = {"handlelength": 1.8, "handletextpad": 0.5, "columnspacing": 1.2, "borderpad": 0.1, "labelspacing": 0.3}
    above = {"title": title or None, "title_fontproperties": {"weight": "bold"}, "alignment": "left"}
    return ax.figure.legend(handles, labels, frameon=False, loc="outside upper left", ncols=columns, **look, **above)


def _described(ax):
    """Where each labelled line begins and ends."""
    ends = []
    for label, line in _lines(ax).items():
        points = list(zip(line.get_xdata(), line.get_ydata()))
        if points:
            (x0, y0), (x1, y1) = [[engineering(float(v)) for v in point] for point in (points[0], points[-1])]
            ends.append(f"{label} goes from {y0} at {x0} to {y1} at {x1}")
    about = f"{ax.get_ylabel()} against {ax.get_xlabel()}"
    return f"{ax.get_title() + ': ' if ax.get_title() else ''}{about}: {'; '.join(ends)}."


def lines(
    series: Mapping[str, Mapping[float, float | Sequence[float]]],
    xlabel: str,
    ylabel: str,
    limit: float | None = None,
    named: Mapping[str, tuple[float, float]] | None = None,
    caption: str = "",
    alt: str = "",
    height: float = 215,
    **options: Any,
) -> Drawing:
    """Draw a line per series, name -> {x: y, or the ys of several runs}: the mean as a line, every run as a dot.

    limit: where a dotted line stands across; named: words -> the point (x, y) beside which they stand; caption, alt: as
    for `chart`; height: of the panel, in units; options: as for the axes' `set`.
    """
    ax = axes(height=height)
    for (name, points), colour, mark in zip(series.items(), (*COLOURS, "black"), MARKS):
        runs = {x: list(y) if isinstance(y, Sequence) else [y] for x, y in sorted(points.items())}
        ax.plot(list(runs), [sum(ys) / len(ys) for ys in runs.values()], mark, color=colour, label=name, markersize=5)
        dots = [(x, y) for x, ys in runs.items() for y in ys if len(ys) > 1]
        ax.plot([x for x, _ in dots], [y for _, y in dots], mark[0], color=colour, alpha=0.4, markersize=4)
    if limit is not None:
        ax.axvline(limit, color="black", linestyle=":", linewidth=1)
    ax.set(xlabel=xlabel, ylabel=ylabel, **options)
    if named:
        names(ax, named, off_lines=True)
    return chart(ax, caption, alt)


def points(
    series: Mapping[str, Mapping[str, Sequence[float]]],
    xlabel: str,
    ylabel: str,
    named: Sequence[str] = (),
    limit: float | None = None,
    line: Sequence[Sequence[float]] | None = None,
    off_lines: bool = False,
    caption: str = "",
    alt: str = "",
    height: float = 240,
    **options: Any,
) -> Drawing:
    """Draw a point per label, for each series: name -> {label: (x, y)}.

    named: labels to be written beside their points, beside the highest where several series have one; limit: where a
    dotted line stands across; line: xs and ys of a line in the colour of the page's letters; off_lines: shall names
    keep off these two? caption: what to see in it; alt: by default how many points there are, and where the named ones
    stand; height: of the panel, in units; options: as for the axes' `set`.
    """
    ax = axes(height=height)
    if line is not None:
        ax.plot(*line, "-", color="black", linewidth=1.3)
    if limit is not None:
        ax.axvline(limit, color="black", linestyle=":", linewidth=1)
    for (name, found), colour, mark in zip(series.items(), (*COLOURS, "black"), MARKS):
        label = name if len(series) > 1 else None
        ax.plot(*zip(*found.values()), mark[0], color=colour, label=label, markersize=6)
    ax.set(xlabel=xlabel, ylabel=ylabel, **options)
    places = {label: [found[label] for found in series.values() if label in found] for label in named}
    highest = {label: max(found, key=lambda point: point[1]) for label, found in places.items()}
    names(ax, highest, off_lines=off_lines)
    said = [f"{len(found)} {name}" for name, found in series.items()]
    said += [f"{label} {engineering(float(y))} at {engineering(float(x))}" for label, (x, y) in highest.items()]
    return chart(ax, caption, alt or f"{ylabel} against {xlabel}: {'; '.join(said)}.")


def receptive_fields(stacks: Mapping[str, Any], until: int | None = None, caption: str = "", alt: str = "") -> Drawing:
    """Draw how the receptive field grows layer by layer: a line per named network; `until` ends the axis.

    caption, alt: as for `chart`.
    """
    from ..receptive_field import receptive_fields as fields

    ax = axes()
    for (label, network), colour, mark in zip(stacks.items(), COLOURS, MARKS):
        sides = [1] + [
            f[0][2] - f[0][1] + 1 for node, f in fields(network.layers).items() if f and node.layer.has_window
        ]
        ax.plot(range(len(sides)), sides, mark, markersize=4, color=colour, label=label)
    ax.set(xlabel="layers with a window (convolution, pooling)", ylabel="receptive field, pixels", xlim=(0, until))
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    return chart(ax, caption, alt)
