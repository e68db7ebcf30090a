"""A block whose ways cross, or that has more branches than fit side by side: each map that is read from afar has a
letter, and what reads it begins with that letter.
"""

from .boxes import Inlet
from .colours import FILLS
from .drawing import PANEL, Panel
from .glyphs import LINE, fitted, width
from .words import JOINTS, by, pieces, shape_words, steps

COLUMNS, BESIDE, ARROW = 4, 8, 15
EACH = (PANEL - 2 + BESIDE) / COLUMNS - BESIDE  # but for the edges
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def bar_room(box) -> float:
    """Return how wide the bar of a box may be."""
    return PANEL - 16 if wide(box) else EACH - 14


def wide(box) -> bool:
    """Does a joint take the whole width, and say in letters what it joins?"""
    return box.joins and (box.node.kind == "Concat" or len(box.sources) > COLUMNS)


class _Unit:
    """A joint and the chains that lead to it, or a chain by itself; each from a map with a letter."""

    def __init__(self, root):
        self.root = root
        if wide(root):
            self.chains, self.columns = [], COLUMNS
        else:
            self.chains = [_chain(source) for source in root.sources] if root.joins else [_chain(root, last=True)]
            self.columns = len(self.chains)


def is_root(box) -> bool:
    """Has it a letter of its own? What one chain alone goes on from has none."""
    if isinstance(box, Inlet) or box.joins or len(box.readers) != 1:
        return True
    return wide(box.readers[0])


def _chain(box, last=False):
    """Return (the map that a chain begins with, its boxes) from its last box; `last`: take that one in any case."""
    boxes = []
    while last or not is_root(box):
        boxes.append(box)
        box, last = box.sources[0], False
    return box, boxes[::-1]


def tagged_panel(title, inlets, boxes, price, scale) -> Panel:
    """Return the panel of a block in bands of four columns."""
    names = {box: _letter(number) for number, box in enumerate([*inlets, *filter(is_root, boxes)])}
    panel = Panel(PANEL)
    panel.title(PANEL / 2, title)
    y = 26
    for inlet in inlets:
        words = f"input, {shape_words(inlet.output.shape)}"
        x = (PANEL - width(words) - 26) / 2
        _tag(panel, x + 9, y + 9, names[inlet])
        panel.text(x + 26, y + 13, words, "start", faint=True)
        y += 24
    band, used = [], 0
    for root in [box for box in boxes if is_root(box)]:
        unit = _Unit(root)
        if band and used + unit.columns > COLUMNS:
            y = _band(panel, band, used, y + 6, names, scale)
            band, used = [], 0
        band.append(unit)
        used += unit.columns
    y = _band(panel, band, used, y + 6, names, scale)
    panel.text(PANEL / 2, y + 12, f"output, {shape_words(boxes[-1].output.shape)}", faint=True)
    panel.text(PANEL / 2, y + 31, "A letter is a map that is read elsewhere.", faint=True)
    y += 52
    for line in [", ".join(price)] if width(", ".join(price), True) <= PANEL else price:
        panel.text(PANEL / 2, y, line, bold=True)
        y += LINE
    return panel


def _letter(number):
    return LETTERS[number % 26] + (str(number // 26) if number >= 26 else "")


def _tag(panel, x, y, name):
    panel.box(x - 9, y - 9, 18, 18, None, 9)
    panel.text(x, y + 4, name, bold=True)


def _band(panel, band, used, top, names, scale):
    """Draw units side by side and return the height where the lowest ends."""
    x, low = (PANEL + BESIDE - used * (EACH + BESIDE)) / 2, top
    for unit in band:
        if wide(unit.root):
            low = max(low, _wide_joint(panel, unit.root, top, names, scale))
        else:
            low = max(low, _unit(panel, unit, x, top, names, scale))
        x += unit.columns * (EACH + BESIDE)
    return low


def _unit(panel, unit, x, top, names, scale):
    """Draw chains between letters and their joint, and return the height where it ends."""
    ends, centres = [], []
    for number, (source, chain) in enumerate(unit.chains):
        left = x + number * (EACH + BESIDE)
        centre, y = left + EACH / 2, top + 18
        _tag(panel, centre, top + 9, names[source])
        for lines, kind, channels in _shortened(chain):
            panel.line(f"M{centre:.5g},{y:.5g}v{ARROW - 6}")
            panel.head(centre, y + ARROW)
            y = _card(panel, left, EACH, y + ARROW, fitted(lines, EACH - 6), kind, channels, scale)
        ends.append(y)
        centres.append(centre)
    low, middle = max(ends), sum(centres) / len(centres)
    if unit.root.joins:
        joint = low + 24
        half = panel.joint(middle, joint, JOINTS.get(unit.root.node.kind) or pieces(unit.root.node)[0])
        for centre, end in zip(centres, ends):
            way = 1 if centre < middle else -1
            if centre == middle:
                panel.line(f"M{centre:.5g},{end:.5g}V{joint - 11:.5g}")
                continue
            edge = middle - (half + 7) * way
            panel.line(f"M{centre:.5g},{end:.5g}V{joint - 8:.5g}q0,8 {8 * way},8H{edge:.5g}")
            panel.head(edge + 6 * way, joint, "right" if way > 0 else "left")
        low = joint + 12
        if unit.root.after:
            panel.text(middle + 15, low + 4, ", ".join(unit.root.after), "start")
    if unit.root.readers:
        panel.line(f"M{middle:.5g},{low:.5g}v{ARROW - 6}")
        panel.head(middle, low + ARROW)
        _tag(panel, middle, low + ARROW + 9, names[unit.root])
        low += ARROW + 18
    return low + 12


def _wide_joint(panel, root, top, names, scale):
    """Draw a joint over the whole width with the letters of what it joins."""
    joined = ", ".join([names[source] for source in root.sources])
    lines = fitted([f"{pieces(root.node)[0]} {joined}", *root.after], PANEL - 8)
    low = _card(panel, 0.8, PANEL - 1.6, top, lines, "join", root.output.shape[0], scale)
    if root.readers:
        panel.line(f"M{PANEL / 2:.5g},{low:.5g}v{ARROW - 6}")
        panel.head(PANEL / 2, low + ARROW)
        _tag(panel, PANEL / 2, low + ARROW + 9, names[root])
        low += ARROW + 24
    return low + 6


def _card(panel, x, room, y, lines, kind, channels, scale):
    high = LINE * len(lines) + 18
    panel.box(x, y, room, high, FILLS[kind])
    for number, line in enumerate(lines):
        panel.text(x + room / 2, y + 16 + LINE * number, line)
    long = max(1.5, scale * channels)
    panel.bar(x + (room - long) / 2, y + high - 12, long, 7, FILLS[kind])
    return y + high


def _shortened(chain):
    """Return (words, kind, channels) of boxes in a chain: depthwise and pointwise as one separable, repeats as one."""
    cards, rest = [], list(chain)
    while rest:
        box = rest.pop(0)
        words, kind = box.pieces, box.kind
        mixed = rest and rest[0].kind == "pointwise" and not rest[0].before
        if kind == "depthwise" and mixed and not box.after:
            layer = box.node.layer
            box_words = [f"{by(layer.kernel_size)} separable", *steps(layer.stride, "stride")]
            words, box = [*box.before, *box_words, *rest[0].after], rest.pop(0)
        card = [words, kind, box.output.shape[0], 1]
        if cards and cards[-1][:3] == card[:3]:
            cards[-1][3] += 1
        else:
            cards.append(card)
    return [
        (words + ["twice" if times == 2 else f"{times} times"] * (times > 1), kind, channels)
        for words, kind, channels, times in cards
    ]
