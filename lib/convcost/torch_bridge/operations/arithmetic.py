"""Sums, products and the like, of two maps or of a map and a constant."""

from convcost.extras import torch

from ...layers import Add, Divide, Maximum, Minimum, Multiply, Quotient, Scale, Shift, Subtract
from ..found_layers import image_shape
from ..layout import Value, following, words
from .orientation import on_elements, oriented
from .registry import operation


@operation("add(a, b, alpha)")
def add(r, y, a, b, alpha=1):
    return joined(r, y, a, b, Add, Shift, alpha)


@operation("sub(a, b, alpha)", "rsub(a, b, alpha)")
def sub(r, y, a, b, alpha=1):
    return joined(r, y, a, b, Subtract, Shift, alpha)


@operation("mul(a, b)")
def mul(r, y, a, b):
    return joined(r, y, a, b, Multiply, Scale)


@operation("div(a, b, rounding_mode)")
def div(r, y, a, b, rounding_mode=None):
    if rounding_mode is not None:
        raise r.error(f"no layer kind for the operation div rounded by {rounding_mode!r}")
    return joined(r, y, a, b, Quotient, Divide)


@operation("maximum(a, b)")
def maximum(r, y, a, b):
    return joined(r, y, a, b, Maximum, None)


@operation("minimum(a, b)")
def minimum(r, y, a, b):
    return joined(r, y, a, b, Minimum, None)


@operation("addcmul(a, b, c, value)")
def addcmul(r, y, a, b, c, value=1):
    """a + value * b * c"""
    if value != 1 or not any(id(t) in r.values for t in (b, c)):
        raise r.error(f"no layer kind for the operation addcmul with value={value}, or of two stored tensors")
    shape = torch.broadcast_shapes(b.shape, c.shape)
    both = r.temporary(joined(r, torch.empty(shape, device="meta"), b, c, Multiply, Scale), shape)
    return joined(r, y, a, both, Add, Shift)


@operation("copy_(target, source)", "copy(target, source)")
def copy(r, y, target, source, non_blocking=False):
    """What is written over a whole tensor is what it holds; a constant over a map leaves a constant."""
    if id(source) not in r.values:
        raise r.error(f"no layer kind for the operation copy_ of a stored tensor over {words(target.shape)}")
    value = r.values[id(source)]
    layout = value.laid(source.shape)
    layout = layout.expand(y.shape) if source.shape != y.shape else layout
    return Value(value.map, layout, r.stack[-1])


def joined(r, y, a, b, kind, stored, alpha=1):
    """An operation on two maps, one perhaps smaller or repeated to the size of the other, or on a constant."""
    if alpha != 1:
        raise r.error(f"no layer kind for the operation {r.now} with alpha={alpha}")
    maps = [isinstance(t, torch.Tensor) and id(t) in r.values for t in (a, b)]
    if not all(maps):
        x, constant = (a, b) if maps[0] else (b, a)
        return with_constant(r, y, stored, x, constant)
    first, second = r.values[id(a)], r.values[id(b)]
    same = first.map.shape == second.map.shape and first.layout == second.layout
    if a.shape == b.shape and same and first.is_complete():
        return Value(r.add(kind(), first.map, second.map), first.layout, first.place)
    return broadcast(r, y, a, b, kind)


def broadcast(r, y, a, b, kind):
    """Both maps with the axes of the output; laid out as the one that has them all, where one does."""
    for full, other in ((a, b), (b, a)):
        value, small = r.values[id(full)], r.values[id(other)]
        groups = value.axes(y.shape) if full.shape == y.shape and value.is_complete() else None
        if groups is None:
            continue
        layout = small.laid(other.shape).expand(y.shape).unexpanded()
        order = sorted(range(y.dim()), key=lambda dim: groups[dim][:1])
        wide = {axis for dim, group in enumerate(groups) if layout.dims[dim] for axis in group}
        target = tuple([n if axis in wide else 1 for axis, n in enumerate(value.map.shape)])
        layout = layout.permute(order).view(target)
        if layout is None:
            continue
        gate = r.shaped(Value(small.map, layout, small.place), target)
        pair = (value.map, gate) if full is a or kind is Multiply else (gate, value.map)
        return Value(r.add(kind(), *pair), value.layout, value.place)
    layouts = [r.values[id(t)].laid(t.shape).expand(y.shape) for t in (a, b)]
    small = [layout.unexpanded() for layout in layouts]
    if tuple([max(n) for n in zip(*[layout.shape for layout in small])]) != tuple(y.shape):
        small = layouts  # both repeat along some axis
    maps = [
        r.shaped(
            Value(r.values[id(t)].map, layout, r.values[id(t)].place),
            layout.shape[y.dim() - len(image_shape(y.shape)) :],
        )
        for t, layout in zip((a, b), small)
    ]
    return r.add(kind(), *maps)


def with_constant(r, y, kind, x, constant):
    """A map and a number or a stored tensor; adding 0 or multiplying by 1 is nothing."""
    value, tensor = r.values[id(x)], isinstance(constant, torch.Tensor)
    if kind is None:
        raise r.error(f"no layer kind for the operation {r.now} of a feature map and a constant")
    if not tensor and constant == (0 if kind is Shift else 1):
        return Value(value.map, value.layout, value.place)
    trained = bool(tensor and r.constants.get(id(constant)))
    if kind is Shift and trained and r.is_bias(value, x.shape, constant):
        return Value(value.map, value.layout, value.place)
    weights = (constant,) if trained else ()
    if not tensor or (constant.numel() == 1 and constant.dim() <= x.dim()):
        return on_elements(r, kind((1,), trained), x, weights)
    if x.shape != y.shape:  # the constant repeats the map
        return repeated(r, y, kind, x, constant, trained, weights)
    made, groups = oriented(r, x)
    return stored_on(r, kind, made, groups, x.shape, constant, trained, weights)


def stored_on(r, kind, made, groups, shape, constant, trained, weights):
    sizes = (1,) * (len(shape) - constant.dim()) + tuple(constant.shape)
    wide = {axis for group, size in zip(groups, sizes) for axis in group if size > 1}
    stored = tuple([n if axis in wide else 1 for axis, n in enumerate(made.shape)])
    stored = (1,) if set(stored) == {1} else stored
    made = r.add(kind(stored, trained), made, weights=weights)
    return Value(made, following(groups, made.shape), r.stack[-1])


def repeated(r, y, kind, x, constant, trained, weights):
    value = r.values[id(x)]
    layout = value.laid(x.shape).expand(y.shape)
    made = r.shaped(Value(value.map, layout, value.place), image_shape(y.shape))
    groups = [(), *[(axis,) for axis in range(len(made.shape))]][-y.dim() :]
    return stored_on(r, kind, made, groups, y.shape, constant, trained, weights)
