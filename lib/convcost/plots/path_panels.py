"""The ways through a chain of residual blocks: each crosses or bypasses every block."""

from itertools import combinations

from ..errors import ConvcostError
from .colours import FILLS
from .drawing import Drawing, Panel
from .glyphs import width

MOST_BLOCKS = 4  # 16 ways side by side are what a phone has room for
PITCH, HIGH, GAP_BELOW, TOP = 19.5, 22, 16, 34  # units: between ways, of a box, below it, of the first line


def paths(blocks: int = 3, deleted: int | None = None, caption: str = "") -> Drawing:
    """Draw all ways through residual blocks in a row, beside the only way through as many plain ones.

    A way is a column, from the input on top to the output below: a box where it crosses a block, a line where the
    shortcut leads around it. Of n blocks there are 2^n; below stands how many blocks each crosses.

    blocks: 1 to 4; deleted: the number of a block that is taken out, from 1: the ways that crossed it are cut, and
    below stands how many are left. caption: what to see in it.
    """
    if blocks not in range(1, MOST_BLOCKS + 1):
        raise ConvcostError(f"paths draws 1 to {MOST_BLOCKS} blocks, not {blocks!r}")
    if deleted is not None and deleted not in range(1, blocks + 1):
        raise ConvcostError(f"deleted is a block from 1 to {blocks}, not {deleted!r}")
    everything = tuple(range(1, blocks + 1))
    ways = [chosen for count in range(blocks + 1) for chosen in combinations(everything, count)]
    panels, said = [], []
    for kind, found in (("plain", [everything]), ("residual", ways)):
        title = f"{kind}: {len(found)} way" + "s" * (len(found) > 1)
        left = sum(deleted not in way for way in found)
        words = "blocks crossed" if deleted is None else f"{left} left without {deleted}"
        panels.append(_panel(title, blocks, found, deleted, words))
        said.append(title + (f", {words}" if deleted else ""))
    return Drawing(panels, f"All ways through {blocks} blocks in a row. {'; '.join(said)}.", caption)


def _panel(title, blocks, ways, deleted, words):
    """Draw ways side by side, under each how many blocks it crosses."""
    wide = max(PITCH * len(ways), width(title, True), width(words)) + 8
    panel, low = Panel(wide), TOP + blocks * (HIGH + GAP_BELOW) + GAP_BELOW
    panel.title(wide / 2, title)
    left = (wide - PITCH * (len(ways) - 1)) / 2
    for column, way in enumerate(ways):
        _way(panel, left + PITCH * column, way, deleted, low)
        if deleted is None:
            panel.text(left + PITCH * column, low + 20, str(len(way)))
    panel.text(wide / 2, low + (38 if deleted is None else 20), words, faint=deleted is None)
    return panel


def _way(panel, x, way, deleted, low):
    """Draw one way; one that is cut is faint, with a cross where the block was."""
    cut = deleted in way
    seen = 0.28 if cut else 1
    panel.line(f"M{x:.5g},{TOP}V{low - 4}", 1.4, 0.25 if cut else 0.8)
    if not cut:
        panel.head(x, low)
    for block in way:
        y = TOP + GAP_BELOW + (block - 1) * (HIGH + GAP_BELOW)
        if block == deleted:
            panel.line(f"M{x - 5:.5g},{y + 6}l10,10m0,-10l-10,10", 2, 0.9)
            continue
        panel.bar(x - 8, y, 16, HIGH, FILLS["conv"], seen, radius=3)
        panel.parts.append(
            f'<text x="{x:.5g}" y="{y + 15.5:.5g}" text-anchor="middle" fill="#ffffff" opacity="{seen}">{block}</text>'
        )
