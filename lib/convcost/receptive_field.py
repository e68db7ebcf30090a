"""Receptive fields: which input pixels can change one output, followed exactly through branches.

Along one axis, output i of a map sees the input from `i * jump + first` to `i * jump + last`. A window over that
map (kernel k, stride s, padding p, dilation d) starts p cells earlier, ends d(k - 1) cells later and multiplies the
jump by s; where branches join, the union of what they see counts.
"""

from collections.abc import Sequence

from .errors import ConvcostError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .layers.base import Node


def receptive_fields(nodes: Sequence["Node"]) -> "dict[Node, tuple[tuple[int, int, int], ...] | None]":
    """Return {node: ((jump, first, last) vertical, the same horizontal)}; None for layers that see everything."""
    fields = {}
    start = ((1, 0, 0), (1, 0, 0))
    for node in nodes:
        layer, field = node.layer, None
        for x in () if layer.is_global else node.inputs:
            seen = fields.get(x.node, start)
            field = _union(node, field, seen) if field and seen else field or seen
        fields[node] = _through_window(layer, field) if field and layer.has_window else field
    return fields


def receptive_field(nodes: Sequence["Node"]) -> int:
    """Return the side, in input pixels, of what one cell of the last map before flattening or global pooling sees."""
    fields = {id(field): field for field in receptive_fields(nodes).values() if field}  # most layers share theirs
    sides = [last - first + 1 for field in fields.values() for _, first, last in field]
    if not sides:
        raise ConvcostError("no layer here looks through a window: there is no receptive field")
    return max(sides)


def _through_window(layer, field):
    return tuple(
        [
            (jump * s, first - jump * p, last + jump * (d * (k - 1) - p))
            for (jump, first, last), k, s, p, d in zip(field, *layer.window())
        ]
    )


def _union(node, one, other):
    joined = []
    for (jump, first, last), (other_jump, other_first, other_last) in zip(one, other):
        if jump != other_jump:
            raise ConvcostError(f"{node.name}: joins branches of different total stride: {jump}, {other_jump}")
        joined.append((jump, min(first, other_first), max(last, other_last)))
    return tuple(joined)
