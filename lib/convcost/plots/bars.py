"""Bars with their numbers beside them: side by side for each label, or one behind another."""

from collections.abc import Callable, Mapping, Sequence

from ..errors import ConvcostError
from ..network import Layers, Network
from .colours import COLOURS
from .drawing import PANEL, WIDE, Drawing, Panel
from .glyphs import LINE, fitted, width
from .words import engineering

BAR, ROW, APART = 11, 16, 9  # units: a bar, from bar to bar, between labels
LABELS = 0.39  # of the panel: the widest label before bars
SWATCH = 16


def bars(
    series: Mapping[str, Mapping[str, float]],
    unit: str = "",
    stacked: bool = False,
    caption: str = "",
    alt: str = "",
    written: Callable[[float], str] = engineering,
    title: str = "",
    most: float | None = None,
    colours: Sequence[str] = COLOURS,
) -> Drawing:
    """Draw a bar for each label of each series, with its number at the end.

    series: name -> {label: value, at least 0}; all have the labels of the first. unit: what the numbers are, written
    above; stacked: one bar a label, series behind one another, with the sum at its end; written: how a number is
    printed; caption: what to see in it; alt: by default all numbers in words; title: of the panel; most: the number
    whose bar takes all the room, by default the largest; colours: of the series.

    Raises ConvcostError where a series has other labels, or a value is negative.
    """
    labels = list(next(iter(series.values()), ()))
    for name, values in series.items():
        if list(values) != labels or any(value < 0 for value in values.values()):
            raise ConvcostError(f"{name}: bars have the labels {', '.join(map(str, labels))} and values of at least 0")
    shares = {name: [float(values[label]) for label in labels] for name, values in series.items()}
    if stacked:
        words = {label: written(sum([values[i] for values in shares.values()])) for i, label in enumerate(labels)}
        return _drawn(
            labels, shares, words, unit, caption, alt or _said(series, unit, written, title), title, most, colours
        )
    told = {(name, label): written(value) for name, values in series.items() for label, value in values.items()}
    return _drawn(labels, shares, told, unit, caption, alt or _said(series, unit, written, title), title, most, colours)


def shares(parts: Mapping[str, Layers], caption: str = "", alt: str = "") -> Drawing:
    """Draw where multiply-accumulates and where parameters sit: two bars per part, in percent of all parts.

    parts: label -> part of a network, such as `network["stage1"]` or a selection of its layers (`Layers`); caption:
    what to see in it; alt: by default all numbers in words.
    """
    told, percents, said = {}, {}, []
    for name, measure in (("MACs", "macs"), ("parameters", "params")):
        values = [getattr(part, measure) for part in parts.values()]
        percents[name] = [100 * value / max(1, sum(values)) for value in values]
        for label, value, percent in zip(parts, values, percents[name]):
            told[name, label] = f"{percent:.0f} %, {engineering(value)}"
    for number, label in enumerate(parts):
        both = [f"{percents[name][number]:.0f} percent of the {name}" for name in percents]
        said.append(f"{label}: {' and '.join(both)}")
    return _drawn(list(parts), percents, told, "percent of all", caption, alt or "; ".join(said) + ".")


def shares_by_block(network: Network, level: int = 1, caption: str = "", alt: str = "") -> Drawing:
    """Draw where multiply-accumulates and where parameters sit: two bars per block, as `shares` does."""
    return shares({block.name.split("/")[-1]: block for block in network.blocks(level)}, caption, alt)


def cost_by_part(networks: Mapping[str, Network], parts: Sequence[str], caption: str = "", alt: str = "") -> Drawing:
    """Draw the MACs of named networks as bars, split by these blocks of each; caption, alt: as for `bars`."""
    series = {part: {str(name): network[part].macs for name, network in networks.items()} for part in parts}
    return bars(series, "MACs", stacked=True, caption=caption, alt=alt)


def _said(series, unit, written, title):
    """All numbers in words, label by label."""
    first = next(iter(series.values()))
    told = [
        f"{label}: " + ", ".join([f"{name} {written(values[label])}" for name, values in series.items()])
        for label in first
    ]
    return ": ".join(filter(None, [title, unit, "; ".join(told)])) + "."


def _drawn(labels, series, words, unit, caption, alt, title="", most=None, colours=COLOURS):
    """Draw bars; words: (series, label) -> the number's words, or label -> those of the sum, where bars are stacked."""
    panel, wider = [_panel(room, labels, series, words, unit, title, most, colours) for room in (PANEL, WIDE)]
    panel.wider = wider
    return Drawing([panel], alt, caption)


def _panel(room, labels, series, words, unit, title, most, colours):
    panel = Panel(room, grows=True)
    stacked = not isinstance(next(iter(words)), tuple)
    empty = 0.6 if stacked else 0  # in a stack an empty bar would look like a gap
    before = max([width(label) for label in labels]) + 8
    left = before if before <= LABELS * room else 0
    right = max([width(said) for said in words.values()]) + 6
    longest = (
        [sum(column) for column in zip(*series.values())]
        if stacked
        else [v for values in series.values() for v in values]
    )
    scale = (room - left - right) / (most or max(longest) or 1)
    y = _head(panel, list(series) if len(series) > 1 else [], unit, title, colours, empty)
    for i, label in enumerate(labels):
        if not left:
            panel.text(0, y + 11, label, "start")
            y += LINE
        rows = 1 if stacked else len(series)
        if left:
            panel.text(0, y + ROW * rows / 2 + 3, label, "start")
        x = left
        for number, (name, values) in enumerate(series.items()):
            if not stacked:
                x = left
            long = scale * values[i]
            _bar(panel, x, y + 2, long, number, colours, empty)
            x += long
            if not stacked:
                panel.text(x + 5, y + 11.5, words[name, label], "start")
                y += ROW
        if stacked and words[label]:
            panel.text(x + 5, y + 11.5, words[label], "start")
        y += ROW * stacked + APART
    return panel


def _head(panel, names, unit, title, colours, empty):
    """Write title, unit and key, and return where the bars begin."""
    y = 0
    if title:
        panel.text(0, y + 12, title, "start", bold=True)
        y += LINE + 2
    if unit:
        for line in fitted([unit], panel.width):
            panel.text(0, y + 12, line, "start", faint=True)
            y += LINE
    x = 0
    for number, name in enumerate(names):
        if x and x + SWATCH + width(name) > panel.width:
            x, y = 0, y + LINE + 2
        _bar(panel, x, y + 3, 12, number, colours, empty)
        panel.text(x + SWATCH, y + 12.5, name, "start")
        x += SWATCH + width(name) + 12
    return y + (LINE + 4 if names else 0) + 4


def _bar(panel, x, y, long, number, colours, empty=0.0):
    """A bar of a series: filled, pale, striped, empty or with a line along it, so that no colour is needed.

    empty: opacity of the empty one.
    """
    colour, look = colours[number % len(colours)], (number + number // 5) % 5
    if long < 0.3:
        return
    if look == 0:
        panel.bar(x, y, long, BAR, colour, radius=0)
        return
    inner = max(0.2, long - 1)
    opacity = (0, 0.3, 0.12, empty, 0.3)[look]
    panel.parts.append(
        f'<rect x="{x + 0.5:.5g}" y="{y + 0.5:.5g}" width="{inner:.5g}" height="{BAR - 1}" fill="{colour}" '
        f'fill-opacity="{opacity}" stroke="{colour}"/>'
    )
    if look == 2:
        stripes = "".join([f"M{x + step:.5g},{y + 0.5:.5g}v{BAR - 1}" for step in range(4, int(long), 4)])
        if stripes:
            panel.line(stripes, 1.5, 1, colour)
    if look == 4:
        panel.line(f"M{x:.5g},{y + BAR / 2:.5g}h{long:.5g}", 2, 1, colour)
    panel.height = max(panel.height, y + BAR + 1)
