"""Receptive fields: which input pixels can change one output, followed exactly through branches.

Along one axis, output i of a map sees the input from `i * jump + first` to `i * jump + last`. A window over that
map (kernel k, stride s, padding p, dilation d) starts p cells earlier, ends d(k - 1) cells later and multiplies the
jump by s; where branches join, the union of what they see counts.
"""

from .errors import ConvcostError


def receptive_fields(nodes):
    """Return {node: ((jump, first, last) vertical, the same horizontal)}; None for layers that see everything."""
    fields = {}
    start = ((1, 0, 0), (1, 0, 0))
    for node in nodes:
        seen = [fields.get(x.node, start) for x in node.inputs]
        seen = [field for field in seen if field is not None]
        if node.layer.is_global or not seen:
            fields[node] = None
            continue
        if len(seen) > 1:
            seen = [tuple([_union(node, axis) for axis in zip(*seen)])]
        fields[node] = _slide(node.layer, seen[0]) if node.layer.has_window else seen[0]
    return fields


def receptive_field(nodes):
    """Return the side, in input pixels, of what one cell of the last map before flattening or global pooling sees."""
    sides = [last - first + 1 for field in receptive_fields(nodes).values() if field for _, first, last in field]
    if not sides:
        raise ConvcostError("no layer here looks through a window: there is no receptive field")
    return max(sides)


def _slide(layer, field):
    return tuple([
        (jump * s, first - jump * p, last + jump * (d * (k - 1) - p))
        for (jump, first, last), k, s, p, d in zip(field, *layer.window())
    ])


def _union(node, axis):
    jumps, firsts, lasts = zip(*axis)
    if len(set(jumps)) > 1:
        raise ConvcostError(f"{node.name}: joins branches of different total stride: {', '.join(map(str, jumps))}")
    return jumps[0], min(firsts), max(lasts)
