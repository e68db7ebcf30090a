"""What reads what: a map as a row of positions and a row of channels, lines to everything that one output reads."""

from typing import Any

from ..errors import ConvcostError, unknown
from ..feature_map import FeatureMap
from ..layers import ChannelShuffle, Concat, Conv2d, Layer, SelectChannels
from ..network import Layers, Network
from .colours import FILLS
from .drawing import Drawing, Panel
from .glyphs import BOLD, LINE, fitted, width
from .readings import Reading, followed, stage_words
from .spoken import plain
from .taps import back_to, centre

WIDE, LABELS, PITCH, STEP = 306, 78, 15, 56  # units: a panel, its left column, between dots, between rows
MOST_CHANNELS, MOST_POSITIONS, MOST_DOTS = 9, 9, 15  # dots side by side: those of both together


def split(x):
    """The first half of the channels as it is, the second half convolved."""
    half = x.channels // 2
    kept, taken = SelectChannels(range(half))(x), SelectChannels(range(half, x.channels))(x)
    return Concat()(kept, Conv2d(x.channels - half, 3, padding=1, bias=False)(taken))


IDEAS = {  # title -> a function over a feature map
    "standard": lambda x: Conv2d(x.channels, 3, padding=1, bias=False)(x),
    "depthwise": lambda x: Conv2d(x.channels, 3, padding=1, groups=x.channels, bias=False)(x),
    "pointwise": lambda x: Conv2d(x.channels, 1, bias=False)(x),
    "group": lambda x: Conv2d(x.channels, 3, padding=1, groups=2, bias=False)(x),
    "pointwise group": lambda x: Conv2d(x.channels, 1, groups=2, bias=False)(x),
    "shuffle": lambda x: ChannelShuffle(2)(x),
    "channel split": split,
    "dilation": lambda x: Conv2d(x.channels, 3, padding=2, dilation=2, bias=False)(x),
    "stride": lambda x: Conv2d(x.channels, 3, stride=2, padding=1, bias=False)(x),
}


def reads(
    *titles: str | dict, channels: int = 6, positions: int = 7, prices: bool = True, caption: str = "", **parts: Any
) -> Drawing:
    """Draw what one output value reads: positions on the left (a row of the map), channels on the right.

    Input on top, output below; strong lines lead from one output to all that it depends on, derived from the layers'
    kernels, strides, dilations and groups. Below stands what this one output costs alone, and what all channels of its
    position cost together, when they share what was computed on the way.

    titles: "standard", "depthwise", "pointwise", "group", "pointwise group", "shuffle", "channel split", "dilation",
    "stride", or several in series: "depthwise, then pointwise". A dict, title -> part, or a keyword draws anything
    else: a layer (`Conv2d(6, 5, padding=2)`), a list of layers, a function over a feature map, called on one of
    `channels` x `positions` x `positions`, or a network of at most 9 channels and 9 positions,
    15 together.
    prices: whether to say what the output costs. caption: what to see in it.

    Raises ConvcostError for unknown titles and for layers without a drawing.
    """
    chosen = {}
    for title in titles:
        chosen |= title if isinstance(title, dict) else {title: _idea(title)}
    chosen |= parts
    if not chosen:
        raise ConvcostError(f"reads needs a title or a part to draw; titles: {', '.join(IDEAS)}")
    plans = {
        title: Reading(title, _network(title, part, channels, positions), prices) for title, part in chosen.items()
    }
    said = " ".join([plan.said for plan in plans.values()])
    return Drawing([_panel(plan) for plan in plans.values()], plain(f"What one output reads. {said}"), caption)


def _idea(title):
    steps = str(title).split(", then ")
    for step in steps:
        if step not in IDEAS:
            raise unknown("title", step, IDEAS)
    return [IDEAS[step] for step in steps]


def _network(title, part, channels, positions):
    """Return a part as a network on a map that is small enough to be drawn."""
    if not isinstance(part, Layers):
        x = FeatureMap(channels, positions, positions)
        for step in part if isinstance(part, (list, tuple)) else [part]:
            if not isinstance(step, Layer) and not callable(step):
                raise ConvcostError(f"{title}: a layer, a list of layers, a function or a network, not {step!r}"[:200])
            x = step(x)
        part = x if isinstance(x, Layers) else Network(x, name=str(title))
    for shape in (part.input_shape, *[node.output.shape for node in part.layers]):
        dots = len(shape) == 3 and shape[0] + shape[2]
        if not dots or dots > MOST_DOTS or shape[0] > MOST_CHANNELS or shape[2] > MOST_POSITIONS:
            most = f"at most {MOST_CHANNELS} channels and {MOST_POSITIONS} positions, {MOST_DOTS} together"
            raise ConvcostError(f"{title}: reads draws {most}, not a map of {'x'.join(map(str, shape))}")
    return part


def _panel(plan):
    """Draw one network: rows of dots from the input down to the output, lines between them."""
    panel, maps = Panel(WIDE), [plan.network.input_shape, *[last.output.shape for _, last in plan.stages]]
    middle = (LABELS + WIDE) / 2 - 4
    titles = fitted([plan.title], (WIDE - 4) / BOLD)
    for number, line in enumerate(titles):
        panel.text(min(middle, WIDE - width(line, True) / 2), 14 + LINE * number, line, bold=True)
    left, right = LABELS + 6, LABELS + 6 + PITCH * (maps[0][2] - 1) + 32
    panel.width = max([WIDE, *[right + PITCH * (shape[0] - 1) + 5 for shape in maps]])
    top = 33 + LINE * len(titles)
    for x, count, words in ((left, maps[0][2], "positions"), (right, maps[0][0], "channels")):
        panel.text(x + PITCH * (count - 1) / 2, top - 14, words, faint=True)
    said = [fitted(stage_words(plan, *stage), LABELS - 8) for stage in plan.stages]
    heights = [top]
    for lines in said:
        heights.append(heights[-1] + max(STEP, LINE * len(lines) + 24))
    spots, (lit, edges) = _spots(plan, left), followed(plan)
    for i, stage in enumerate(plan.stages):
        ends = (spots[i], spots[i + 1]), right, heights[i], heights[i + 1]
        _faint(panel, plan, *stage, *ends)
        _strong(panel, edges[i], *ends)
        for number, line in enumerate(said[i]):
            y = (heights[i] + heights[i + 1]) / 2 + 4 + LINE * (number - (len(said[i]) - 1) / 2)
            panel.text(0, y, line, "start", faint=True)
    for y, shape, places, cells in zip(heights, maps, spots, lit):
        columns, channels = {cell[2] for cell in cells}, {cell[0] for cell in cells}
        for column in range(shape[2]):
            panel.dot(places[column], y, opacity=1 if column in columns else 0.35)
        for channel in range(shape[0]):
            panel.dot(right + PITCH * channel, y, opacity=1 if channel in channels else 0.35)
    panel.text(0, top + 4, "input", "start")
    panel.text(0, heights[-1] + 4, "output", "start")
    lines = [line for caption in plan.captions for line in fitted([caption], WIDE - 4)]
    for number, line in enumerate(lines):
        panel.text(min(middle, WIDE - width(line) / 2), heights[-1] + 28 + 17 * number, line)
    return panel


def _spots(plan, left):
    """Return where the columns of each map lie: an output in the middle of its window."""
    rows = [[float(column) for column in range(plan.network.input_shape[2])]]
    for _, last in plan.stages:
        windows = [n for n in plan.network.layers if n is last and "kernel_size" in n.layer.fields]
        before, wide = rows[-1], last.output.shape[2]
        if windows:
            steps = [centre(last, column) for column in range(wide)]
            rows.append([before[0] + at * (before[-1] - before[0]) / max(1, len(before) - 1) for at in steps])
        else:
            rows.append(before[:wide])
    return [[left + PITCH * at for at in row] for row in rows]


def _faint(panel, plan, door, last, spots, right, y, low):
    """Draw what every other output reads, in one faint path for positions and one for channels."""
    channel, row, _ = plan.output if last is plan.network.layers[-1] else (0, last.output.shape[1] // 2, 0)
    places, channels = set(), set()
    for column in range(last.output.shape[2]):
        places |= {(cell[2], column) for cell in back_to(door, last, (channel, row, column))}
    for c in range(last.output.shape[0]):
        channels |= {(cell[0], c) for cell in back_to(door, last, (c, row, last.output.shape[2] // 2))}
    path = [f"M{spots[0][a]:.5g},{y}L{spots[1][b]:.5g},{low}" for a, b in sorted(places)]
    path += [f"M{right + PITCH * a:.5g},{y}L{right + PITCH * b:.5g},{low}" for a, b in sorted(channels)]
    panel.line("".join(path), 0.9, 0.28)


def _strong(panel, edges, spots, right, y, low):
    """Draw what the chosen outputs read, in the colour of the layer that reads."""
    lines = {}
    for (channel, _, column), found in edges.items():
        for (c, _, q), kind in found.items():
            lines.setdefault(kind, set()).add((spots[0][q], spots[1][column]))
            lines[kind].add((right + PITCH * c, right + PITCH * channel))
    for kind, pairs in sorted(lines.items()):
        path = "".join([f"M{a:.5g},{y}L{b:.5g},{low}" for a, b in sorted(pairs)])
        panel.line(path, 2.2, 1, FILLS[kind])
