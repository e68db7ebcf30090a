"""A whole network from top to bottom: a row a layer or a block, under the size of its map, with bars for its costs."""

from typing import NamedTuple

from ..errors import ConvcostError
from ..network import Layers
from .colours import FILLS, NAMES
from .drawing import PANEL, WIDE, Drawing, Panel
from .glyphs import cut, width
from .joints import shortcuts
from .rows import folded, rows_of
from .spoken import listed, number, plain
from .words import by, engineering, shape_words

ROW, HEAD = 18, 20
TIMES, ARC, WORDS = 30, 44, 48  # where repeats end, shortcuts run, words begin
COSTS = {"macs": "MACs", "params": "parameters"}


class _Columns(NamedTuple):
    """Where the columns of a drawing lie.

    room: of the whole; channels: where their numbers end; long: the longest bar under the words of a row; cost: a bar
    and its percentage; bars: cost -> where its bars begin.
    """

    room: float
    channels: float
    long: float
    cost: float
    bars: dict[str, float]


def _columns(room):
    channels = 191 + 0.35 * (room - PANEL)
    each = (room - channels - 9) / 2
    return _Columns(
        room, channels, channels - WORDS - 36, each - 1, {n: channels + 5 + each * i for i, n in enumerate(COSTS)}
    )


def architecture(
    network: Layers | dict[str, Layers],
    level: int | str | None = None,
    title: str | None = None,
    caption: str = "",
) -> Drawing:
    """Draw a network from top to bottom: a row a layer or a block, grouped by the size of its output map.

    The bar under the words of a row is as long as its output has channels. Bars beside them: a row's share of all MACs
    and of all parameters, in the colours of the kinds of layers. What comes several times in a row is drawn once, with
    its number, and its bars count all of it. Arcs on the left are shortcuts; batch norm and activations count to the
    layer before them.

    network: a network or a part of one, or a dict, title -> network, to draw several side by side; level: "layer", or
    how many names deep blocks are (1: the stages, 2: their blocks), by default the finest that gives at most 40 rows;
    title: by default the network's name; caption: what to see in it.

    Raises ConvcostError for anything else.
    """
    networks = network if isinstance(network, dict) and network else {title: network}
    panels, said = [], []
    for title, network in networks.items():
        if not isinstance(network, Layers):
            raise ConvcostError(f"architecture draws a network, a part of one or a dict of them, not {network!r}"[:200])
        rows = rows_of(network, level)
        groups = folded(rows)
        panels.append(_panel(network, title or network.name, rows, groups, _columns(PANEL)))
        if len(networks) == 1:
            panels[0].wider = _panel(network, title or network.name, rows, groups, _columns(WIDE))
        said.append(_said(network, title or network.name, rows, groups))
    return Drawing(panels, " ".join(said), caption)


def _panel(network, title, rows, groups, columns):
    panel = Panel(columns.room)
    panel.title(columns.room / 2, title)
    panel.text(WORDS, 34, f"input {shape_words(network.input_shape)}", "start", faint=True)
    panel.text(columns.channels, 50, "channels (bar)", "end", faint=True)
    totals = {name: max(1, getattr(network, name)) for name in COSTS}
    for name, words in COSTS.items():
        panel.text(columns.bars[name], 34, engineering(getattr(network, name)), "start", bold=True)
        panel.text(columns.bars[name], 50, words, "start", faint=True)
    tops, y = _rows(panel, groups, rows, totals, columns)
    _arcs(panel, shortcuts(network, rows), tops)
    panel.text(WORDS, y + 14, f"output {shape_words(network.output_shape)}", "start", faint=True)
    y = _key(panel, rows, y + 38)
    if any(times > 1 for _, times in groups):
        panel.text(2, y, "What repeats (×) is drawn once; bars count all.", "start", faint=True)
    return panel


def _rows(panel, groups, rows, totals, columns):
    """Draw the rows; return the number of each that is drawn -> its top, and where they end."""
    scales, drawn = {}, [row for run, _ in groups for row in run]
    for i, name in enumerate(COSTS):
        most = max(1, *[row.total(i) for row in drawn])
        scales[name] = (columns.cost - 3 - width(f"{100 * most / totals[name]:.0f}%")) / most
    scales["channels"] = columns.long / max([row.shape[0] for row in rows if len(row.shape) == 3], default=1)
    y, size, channels, tops, at = 56.0, None, None, {}, 0
    for run, times in groups:
        first = y
        for i, row in enumerate(run):
            here = "features" if len(row.shape) < 3 or row.shape[1:] == (1, 1) else by(row.shape[1:])
            if here != size:
                panel.line(f"M2,{y + 2:.5g}H{columns.room - 2:g}", 0.8, 0.35)
                panel.text(WORDS, y + 16, here, "start", bold=True)
                y, size, channels = y + HEAD, here, None
                first = y if i == 0 else first
            tops[at + i] = y
            words = _named(row, rows[at + times * len(run) - 1], len(run))
            _row(panel, row, words, y, row.shape[0] != channels, scales, totals, columns)
            panel.rows.append((words, y, y + ROW))
            channels = row.shape[0]
            y += ROW
        if times > 1:
            panel.text(TIMES, (first + y) / 2 + 4.5, f"×{times}", "end", bold=True)
            panel.line(f"M{TIMES + 5},{first + 2:.5g}q-3,0 -3,3V{y - 5:.5g}q0,3 3,3", 1.4)
        at += len(run) * times
    panel.line(f"M2,{y + 2:.5g}H{columns.room - 2:g}", 0.8, 0.35)
    return tops, y + 2


def _row(panel, row, words, y, counted, scales, totals, columns):
    """Draw a row: words on a bar as long as its channels, their number if `counted`, a bar for each cost."""
    fill, room = FILLS[row.kind], columns.channels - WORDS
    long = max(3, min(columns.long, scales["channels"] * row.shape[0]))
    panel.bar(WORDS, y + ROW - 3.5, long, 3, fill, 1 if fill else 0.6, 0)
    if counted:
        count = str(row.shape[0]) if row.shape[0] < 100_000 else engineering(row.shape[0])
        panel.text(columns.channels, y + 11, count, "end", faint=True)
        room -= width(count) + 4
    words = words if width(words) <= room else words.replace(", ", " ")
    panel.text(WORDS, y + 11, cut(words, room), "start")
    for which, (name, x) in enumerate(columns.bars.items()):
        for kind, cost in row.costs.items():
            long = scales[name] * cost[which] * row.times
            if long > 0.05:
                panel.bar(x, y + 3, max(long, 0.8), ROW - 6, FILLS[kind], radius=0)
                x += long
        if row.total(which) >= 0.01 * totals[name]:
            panel.text(x + 3, y + 12.5, f"{100 * row.total(which) / totals[name]:.0f}%", "start", faint=True)


def _named(row, last, long):
    """Return the words of a row that may stand for several blocks with names: cell3 to 4."""
    stem = row.words.rstrip("0123456789")
    if long > 1 or not row.named or last is row or not last.words.startswith(stem):
        return row.words
    return f"{row.words} to {last.words.removeprefix(stem)}"


def _arcs(panel, spans, tops):
    """Draw shortcuts beside the rows that they pass, one that passes others further out."""
    lanes = {}
    for first, last in sorted(spans, key=lambda span: (span[1] - span[0], span)):
        if first not in tops or last not in tops:
            continue
        inner = [lane for span, lane in lanes.items() if first <= span[1] and span[0] <= last]
        lane = lanes[first, last] = max(inner, default=-1) + 1
        if lane > 1:
            continue
        top, low, out = tops[first] + 3, tops[last] + ROW - 4, 7 + 4 * lane
        panel.line(f"M{ARC + 2},{top:.5g}q-{out},0 -{out},5V{low - 5:.5g}q0,5 {out - 4},5", 1.6, 1)
        panel.head(ARC + 3, low, "right", 0.7)


def _key(panel, rows, y):
    """Draw what the colours mean, and return the height below."""
    x = 2
    used = {kind for row in rows for kind, cost in row.costs.items() if any(cost)} | {row.kind for row in rows}
    for kind in [kind for kind in NAMES if kind in used]:
        short = kind == "depthwise" and any(" dw" in row.words for row in rows)
        words = NAMES[kind] + " (dw)" * short
        if x + 16 + width(words) > panel.width:
            x, y = 2, y + 17
        panel.bar(x, y - 9, 10, 10, FILLS[kind])
        panel.text(x + 15, y, words, "start")
        x += 28 + width(words)
    return y + 19


def _said(network, title, rows, groups):
    """Return the drawing in words: the network, its stages, where its costs sit."""
    total = [max(1, network.macs), max(1, network.params)]
    top = [max([row for run, _ in groups for row in run], key=lambda row: row.total(i)) for i in (0, 1)]
    repeated = [f"{number(times)} times {listed([row.words for row in run])}" for run, times in groups if times > 1]
    sizes = list(dict.fromkeys([f"{row.shape[1]}×{row.shape[2]}" for row in rows if len(row.shape) == 3]))
    said = (
        f"{title} from top to bottom, in {len(rows)} rows, from {shape_words(network.input_shape)} to "
        f"{shape_words(network.output_shape)}, on maps of {listed(sizes)}. "
        f"It costs {engineering(network.macs)} MACs and {engineering(network.params)} parameters. "
    )
    where = [
        f"{row.words} to {shape_words(row.shape)} with {100 * row.total(i) / total[i]:.0f} percent"
        for i, row in enumerate(top)
    ]
    said += f"Most MACs: {where[0]}; most parameters: {where[1]}."
    if repeated:
        said += f" In a row come {'; '.join(repeated)}."
    passed = len(shortcuts(network, rows))
    return plain(said + (f" Shortcuts run past rows {number(passed)} times." if passed else ""))
