"""One chain of layers made larger in three ways that cost the same work: deeper, wider, or on finer images."""

from ..errors import ConvcostError
from .colours import BLUE
from .drawing import Drawing, Panel
from .glyphs import LINE

MOST_TIMES, MOST_LAYERS = 4, 3
WIDE, HIGH, GAP, ROOM = 44, 15, 4, 136  # units: a map's channels and side, between maps, a panel
MEASURES = {  # a cost -> the powers of depth, width and side that it follows
    "MACs": (1, 2, 2),
    "parameters": (1, 2, 0),
    "values kept": (1, 1, 2),
}


def scalings(times: int = 4, layers: int = 3, caption: str = "") -> Drawing:
    """Draw a chain of layers, and the same chain with so many times the MACs: deeper, wider, on finer images.

    A bar is the map behind a layer: its length the channels, its height the side. Below each chain stands what became
    of its costs, in a chain of convolutions that have as many channels in as out. times: 2 to 4; layers: 1 to 3;
    caption: what to see in it.
    """
    if times not in range(2, MOST_TIMES + 1) or layers not in range(1, MOST_LAYERS + 1):
        raise ConvcostError(f"scalings draws 2 to {MOST_TIMES} times the MACs of 1 to {MOST_LAYERS} layers")
    root = times**0.5
    ways = {
        "base": (1, 1, 1),
        f"depth ×{times}": (times, 1, 1),
        f"width ×{root:.2g}": (1, root, 1),
        f"side ×{root:.2g}": (1, 1, root),
    }
    panels, said = [], []
    for title, way in ways.items():
        prices = {name: _price(way, powers) for name, powers in MEASURES.items()}
        panels.append(_panel(title, layers * way[0], WIDE * way[1], HIGH * way[2], prices))
        said.append(f"{title}: {', '.join(f'{name} {price}' for name, price in prices.items())}")
    alt = f"A chain of {layers} layers, and three larger ones. {'; '.join(said)}."
    return Drawing(panels, alt, caption)


def _price(way, powers):
    """Return a cost as so many times that of the base."""
    times = 1.0
    for factor, power in zip(way, powers):
        times *= factor**power
    return f"×{times:.2g}"


def _panel(title, layers, wide, high, prices):
    """Draw the maps of one chain, one below another, and the prices below them."""
    panel = Panel(ROOM)
    panel.title(ROOM / 2, title)
    y = 26.0
    for layer in range(layers):
        if layer:
            panel.line(f"M{ROOM / 2:g},{y - GAP:.5g}v{GAP:g}", 1.2)
        panel.bar(ROOM / 2 - wide / 2, y, wide, high, BLUE, 0.75)
        y += high + GAP
    y += 14
    for name, price in prices.items():
        panel.text(ROOM - 44, y, name, "end", faint=price == "×1")
        panel.text(ROOM - 36, y, price, "start", bold=price != "×1", faint=price == "×1")
        y += LINE + 2
    return panel
