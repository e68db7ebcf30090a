"""One block, drawn as railways are: boxes in series on a line, branches beside each other, shortcuts past them. Every
size is measured before anything is drawn, so nothing lies over anything else.
"""

from .arrangement import Fork, between, columns, lanes, needed, outside
from .colours import FILLS
from .drawing import PANEL, Panel
from .glyphs import LINE, fitted, width
from .words import JOINTS, pieces, shape_words

GAP, NARROW = 30, 34  # between boxes: with words beside the arrow, and with words on it
LANE, COLUMN, BESIDE, EDGE = 22, 76, 8, 1  # a shortcut's; the narrowest of a box; between two; beside all
SINGLE = 216  # of a box that stands alone


def fits(items) -> bool:
    """Is a panel wide enough for items?"""
    return needed(items, COLUMN, BESIDE, LANE) + lanes(items) * LANE <= PANEL - 2 * EDGE


def room_of(items):
    """Return the width of the boxes in a panel, all columns together."""
    count = columns(items)
    return SINGLE if count == 1 else PANEL - 2 * EDGE - LANE * lanes(items)


def shared(fork, x, room):
    """Return (left, width) of each branch: columns of one width, side by side, shortcuts between them."""
    each = (room + BESIDE - LANE * between(fork)) / sum([columns(branch) for branch in fork.branches])
    places = []
    for branch in fork.branches:
        wide = each * columns(branch)
        places.append((x, wide - BESIDE))
        x += wide + LANE * lanes(branch)
    return places if len(places) > 1 else [(places[0][0], room)] if places else []


class Railway:
    """One block on its panel."""

    def __init__(self, title, inlet, items, words, scale):
        room, side = room_of(items), LANE * lanes(items)
        self.panel, self.scale = Panel(min(PANEL, max(room + side + 2 * EDGE, width(title, True) + 2))), scale
        middle = EDGE + room / 2 if side else self.panel.width / 2
        self.panel.title(middle, title)
        self.panel.text(middle, 33, shape_words(inlet.output.shape), faint=True)
        y = self.items(items, middle - room / 2, room, 38, inlet, quiet=True)
        self.panel.line(f"M{middle:.5g},{y:.5g}v10")
        self.panel.head(middle, y + 16)
        self.panel.text(middle, y + 29, shape_words(_last(items).output.shape), faint=True)
        y += 50
        lines = [", ".join(words)] if width(", ".join(words), True) <= self.panel.width else words
        for line in filter(None, lines):
            self.panel.text(max(middle, width(line, True) / 2), y, line, bold=True)
            y += LINE

    def items(self, items, x, room, y, source, quiet=False):
        """Draw items from a height on, behind `source`, and return the height where they end."""
        for item in items:
            if isinstance(item, Fork):
                y = self.fork(item, x, room, y, source, quiet)
                source = item.joint
            else:
                y = self.card(item, x, room, self.arrow(x + room / 2, y, source, room, quiet))
                source = item
            quiet = False
        return y

    def arrow(self, x, y, source, room, quiet):
        """Draw an arrow with the shape that travels on it, and return the height of its point."""
        words = shape_words(source.output.shape)
        if quiet or width(words) + 10 <= room / 2:
            self.panel.line(f"M{x:.5g},{y:.5g}v{GAP - 6}")
            self.panel.head(x, y + GAP)
            if not quiet:
                self.panel.text(x + 8, y + 19, words, "start", faint=True)
            return y + GAP
        words = words if width(words) <= room + BESIDE - 4 else str(source.output.shape[0])
        self.panel.line(f"M{x:.5g},{y:.5g}v6M{x:.5g},{y + 21:.5g}v{NARROW - 27}")
        self.panel.head(x, y + NARROW)
        self.panel.text(x, y + 18, words, faint=True)
        return y + NARROW

    def card(self, box, x, room, y):
        """Draw a box with its words and the bar of its channels, and return the height of its lower edge."""
        lines = fitted(box.pieces, room - 8)
        bars = len(box.output.shape) == 3
        high = LINE * len(lines) + 9 + 9 * bars
        self.panel.box(x, y, room, high, FILLS[box.kind])
        for number, line in enumerate(lines):
            self.panel.text(x + room / 2, y + 16 + LINE * number, line)
        if bars:
            wide = max(1.5, self.scale * box.output.shape[0])
            self.panel.bar(x + (room - wide) / 2, y + high - 12, wide, 7, FILLS[box.kind])
        return y + high

    def fork(self, fork, x, room, y, source, quiet):
        """Draw branches between two heights and the joint behind them."""
        middle, places = x + room / 2, shared(fork, x, room)
        if len(places) > 1:
            low = y + (0 if quiet else 12)
            if not quiet:
                self.panel.text(middle + 8, y + 19, shape_words(source.output.shape), "start", faint=True)
            start = low + 12
            self.panel.line(f"M{middle:.5g},{y:.5g}V{start:.5g}" + _bus(places, start))
        else:
            start = y
        ends = []
        for branch, (left, wide) in zip(fork.branches, places):
            alone = len(places) == 1
            ends.append(self.items(branch, left, wide, start, source, quiet if alone else True))
        end = max(ends, default=start)
        joint, centres = fork.joint, [left + wide / 2 for left, wide in places]
        lane = x + room + LANE * (outside(fork) - 0.5)
        if joint.node.kind == "Concat":
            return self.concatenation(fork, x, room, y, end, list(zip(centres, ends)), lane)
        top = end + (GAP if len(places) < 2 else 32)
        centre = middle if len(places) != 1 else centres[0]
        words = JOINTS.get(joint.node.kind) or pieces(joint.node)[0]
        half = self.panel.joint(centre, top + 11, words)
        for branch, at, low in zip(fork.branches, centres, ends):
            if len(places) == 1 or at == centre:
                self.panel.line(f"M{at:.5g},{low:.5g}V{top - 6:.5g}")
                self.panel.head(at, top)
                if len(places) == 1:
                    self.panel.text(at + 8, low + 19, shape_words(_last(branch).output.shape), "start", faint=True)
            else:
                way = 1 if at < centre else -1
                end = centre - (half + 7) * way
                self.panel.line(f"M{at:.5g},{low:.5g}V{top + 3:.5g}q0,8 {8 * way},8H{end:.5g}")
                self.panel.head(end + 6 * way, top + 11, "right" if way > 0 else "left")
        self.shortcut(fork, middle, y, lane, centre + half + 1, top + 11)
        y = top + 23
        if joint.after:
            words = ", ".join(joint.after)
            wide = width(words) + 18
            self.panel.line(f"M{centre:.5g},{y:.5g}v7")
            self.panel.box(centre - wide / 2, y + 7, wide, 20, None, 10)
            self.panel.text(centre, y + 21, words)
            y += 28
        return y

    def concatenation(self, fork, x, room, y, end, ways, lane):
        """Draw the card into which branches run, each from above, and return the height of its lower edge."""
        top = end + GAP
        for at, low in ways:
            self.panel.line(f"M{at:.5g},{low:.5g}V{top - 6:.5g}")
            self.panel.head(at, top)
        for (at, _), branch in zip(ways, fork.branches):
            words = shape_words(_last(branch).output.shape)
            words = words if width(words) + 10 <= room / len(ways) / 2 else str(_last(branch).output.shape[0])
            self.panel.text(at + 7, end + 19, words, "start", faint=True)
        bottom = self.card(fork.joint, x, room, top)
        self.shortcut(fork, x + room / 2, y, lane, x + room + 1, (top + bottom) / 2)
        return bottom

    def shortcut(self, fork, x, y, lane, end, low):
        """Draw the line that leads past the branches, from beside the arrow at (x, y) to the joint's right."""
        if fork.shortcuts:
            self.panel.line(f"M{x:.5g},{y + 5:.5g}H{lane - 9:.5g}q9,0 9,9V{low - 9:.5g}q0,9 -9,9H{end + 6:.5g}", 2.2, 1)
            self.panel.head(end, low, "left")


def _bus(places, y):
    """Return the path from a line's end to branches beside each other."""
    centres = [left + wide / 2 for left, wide in places]
    return f"M{centres[0]:.5g},{y + 4:.5g}q0,-4 4,-4H{centres[-1] - 4:.5g}q4,0 4,4"


def _last(items):
    return items[-1].joint if isinstance(items[-1], Fork) else items[-1]
