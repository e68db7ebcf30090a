"""Blocks side by side, each from its graph, on one scale."""

from collections.abc import Callable, Sequence

from ..errors import ConvcostError
from ..feature_map import FeatureMap
from ..network import Layers, Network
from .arrangement import Fork, arranged
from .boxes import boxes_of
from .drawing import Drawing
from .railway import Railway, fits, room_of, shared
from .spoken import block_in_words
from .tagged import bar_room, tagged_panel
from .words import MEASURES, price_words


def blocks(
    parts: dict[str, Layers | Callable] | Layers | Callable,
    on: tuple[int, int, int] = (64, 56, 56),
    price: str | Sequence[str] = ("params", "macs"),
    caption: str = "",
) -> Drawing:
    """Draw blocks side by side, each from its graph: the input on top, a box a layer in the colour of its kind.

    The bar in a box is as wide as the channels of the map that it makes, on one scale in the whole drawing. Batch norm
    and activations stand in the box of their convolution; shapes, height×width×channels, beside the arrows.

    parts: title -> a network, a part of one (`net["conv2_x.block1"]`), or a function over a feature map, which is
    called on a map of shape `on`: (channels, height, width); or one of these alone. price: what is written below each
    block: names among "params", "weights", "macs", "flops", "activations"; () for nothing. caption: what to see in it.

    Raises ConvcostError for anything else, and for parts of more than 150 boxes.
    """
    if isinstance(parts, Layers) or (callable(parts) and hasattr(parts, "__name__")):
        parts = {getattr(parts, "name", None) or parts.__name__: parts}
    if not isinstance(parts, dict) or not parts:
        raise ConvcostError(f"blocks draws a dict, title -> network, part or function; got {parts!r}")
    price = (price,) if isinstance(price, str) else tuple(price or ())
    if not set(price) <= set(MEASURES):
        raise ConvcostError(f"price is made of {', '.join(MEASURES)}; got {', '.join(map(str, price))}")
    networks = {title: network_of(title, part, on) for title, part in parts.items()}
    plans = {}
    for title, network in networks.items():
        inlets, boxes = boxes_of(network)
        items = arranged(inlets, boxes)
        plans[title] = inlets, boxes, items if items is not None and fits(items) else None
    scale = min([_scale(boxes, items) for _, boxes, items in plans.values()])
    panels = []
    for title, (inlets, boxes, items) in plans.items():
        words = price_words(networks[title], price)
        if items is None:
            panels.append(tagged_panel(title, inlets, boxes, words, scale))
        else:
            panels.append(Railway(title, inlets[0], items, words, scale).panel)
    said = [block_in_words(title, *plan, price_words(networks[title], price)) for title, plan in plans.items()]
    return Drawing(panels, " ".join(said), caption)


def network_of(title, part, on):
    """Return what is to be drawn as layers of a network; a function is called on a map of shape `on`."""
    if isinstance(part, Layers):
        return part
    if isinstance(part, FeatureMap):
        return Network(part, name=str(title))
    if not callable(part) or hasattr(part, "parameters"):
        hint = ": use convcost.from_torch first" if hasattr(part, "parameters") else ""
        raise ConvcostError(
            f"{title}: a network, a part of one or a function over a feature map, not {part!r}"[:200] + hint
        )
    made = part(FeatureMap(*on))
    if isinstance(made, Layers):
        return made
    return Network(*(made if isinstance(made, (tuple, list)) else (made,)), name=str(title))


def _scale(boxes, items):
    """Return the units per channel with which every bar fits its box."""
    if items is None:
        return min([bar_room(box) / box.output.shape[0] for box in boxes])
    found = []

    def visit(items, room):
        for item in items:
            if isinstance(item, Fork):
                for branch, (_, part) in zip(item.branches, shared(item, 0, room)):
                    visit(branch, part)
                if item.joint.node.kind == "Concat":
                    found.append((room - 16) / item.joint.output.shape[0])
            elif len(item.output.shape) == 3:
                found.append((room - 16) / item.output.shape[0])

    visit(items, room_of(items))
    return min(found, default=1)
