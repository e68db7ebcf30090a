"""Sums, products and the like, of two maps or of a map and a constant."""

from convcost.extras import torch

from ...layers import Add, Divide, Maximum, Minimum, Multiply, Quotient, Scale, Shift, Subtract
from ..found_layers import image_shape
from ..layout import Value, following, shape_text
from .orientation import on_elements, oriented
from .registry import operation


@operation("add(a, b, alpha)")
def add(recorder, output, a, b, alpha=1):
    return joined(recorder, output, a, b, Add, Shift, alpha)


@operation("sub(a, b, alpha)", "rsub(a, b, alpha)")
def sub(recorder, output, a, b, alpha=1):
    return joined(recorder, output, a, b, Subtract, Shift, alpha)


@operation("mul(a, b)")
def mul(recorder, output, a, b):
    return joined(recorder, output, a, b, Multiply, Scale)


@operation("div(a, b, rounding_mode)")
def div(recorder, output, a, b, rounding_mode=None):
    if rounding_mode is not None:
        raise recorder.error(f"no layer kind for the operation div rounded by {rounding_mode!r}")
    return joined(recorder, output, a, b, Quotient, Divide)


@operation("maximum(a, b)")
def maximum(recorder, output, a, b):
    return joined(recorder, output, a, b, Maximum, None)


@operation("minimum(a, b)")
def minimum(recorder, output, a, b):
    return joined(recorder, output, a, b, Minimum, None)


@operation("addcmul(a, b, c, value)")
def addcmul(recorder, output, a, b, c, value=1):
    """a + value * b * c"""
    if value != 1 or not any(id(t) in recorder.values for t in (b, c)):
        raise recorder.error(f"no layer kind for the operation addcmul with value={value}, or of two stored tensors")
    shape = torch.broadcast_shapes(b.shape, c.shape)
    both = recorder.temporary(joined(recorder, torch.empty(shape, device="meta"), b, c, Multiply, Scale), shape)
    return joined(recorder, output, a, both, Add, Shift)


@operation("copy_(target, source)", "copy(target, source)")
def copy(recorder, output, target, source, non_blocking=False):
    """What is written over a whole tensor is what it holds; a constant over a map leaves a constant."""
    if id(source) not in recorder.values:
        raise recorder.error(
            f"no layer kind for the operation copy_ of a stored tensor over {shape_text(target.shape)}"
        )
    value = recorder.values[id(source)]
    layout = value.laid(source.shape)
    layout = layout.expand(output.shape) if source.shape != output.shape else layout
    return Value(value.map, layout, recorder.stack[-1])


def joined(recorder, output, a, b, kind, stored, alpha=1):
    """An operation on two maps, one perhaps smaller or repeated to the size of the other, or on a constant."""
    if alpha != 1:
        raise recorder.error(f"no layer kind for the operation {recorder.now} with alpha={alpha}")
    maps = [isinstance(t, torch.Tensor) and id(t) in recorder.values for t in (a, b)]
    if not all(maps):
        x, constant = (a, b) if maps[0] else (b, a)
        return with_constant(recorder, output, stored, x, constant)
    first, second = recorder.values[id(a)], recorder.values[id(b)]
    same = first.map.shape == second.map.shape and first.layout == second.layout
    if a.shape == b.shape and same and first.is_complete():
        return Value(recorder.add(kind(), first.map, second.map), first.layout, first.place)
    return broadcast(recorder, output, a, b, kind)


def broadcast(recorder, output, a, b, kind):
    """Both maps with the axes of the output; laid out as the one that has them all, where one does."""
    for full, other in ((a, b), (b, a)):
        value, small = recorder.values[id(full)], recorder.values[id(other)]
        groups = value.axes(output.shape) if full.shape == output.shape and value.is_complete() else None
        if groups is None:
            continue
        layout = small.laid(other.shape).expand(output.shape).unexpanded()
        order = sorted(range(output.dim()), key=lambda dim: groups[dim][:1])
        wide = {axis for dim, group in enumerate(groups) if layout.dims[dim] for axis in group}
        target = tuple([n if axis in wide else 1 for axis, n in enumerate(value.map.shape)])
        layout = layout.permute(order).view(target)
        if layout is None:
            continue
        gate = recorder.shaped(Value(small.map, layout, small.place), target)
        pair = (value.map, gate) if full is a or kind is Multiply else (gate, value.map)
        return Value(recorder.add(kind(), *pair), value.layout, value.place)
    layouts = [recorder.values[id(t)].laid(t.shape).expand(output.shape) for t in (a, b)]
    small = [layout.unexpanded() for layout in layouts]
    if tuple([max(n) for n in zip(*[layout.shape for layout in small])]) != tuple(output.shape):
        small = layouts  # both repeat along some axis
    maps = [
        recorder.shaped(
            Value(recorder.values[id(t)].map, layout, recorder.values[id(t)].place),
            layout.shape[output.dim() - len(image_shape(output.shape)) :],
        )
        for t, layout in zip((a, b), small)
    ]
    return recorder.add(kind(), *maps)


def with_constant(recorder, output, kind, x, constant):
    """A map and a number or a stored tensor; adding 0 or multiplying by 1 is nothing."""
    value, tensor = recorder.values[id(x)], isinstance(constant, torch.Tensor)
    if kind is None:
        raise recorder.error(f"no layer kind for the operation {recorder.now} of a feature map and a constant")
    if not tensor and constant == (0 if kind is Shift else 1):
        return Value(value.map, value.layout, value.place)
    trained = bool(tensor and recorder.constants.get(id(constant)))
    if kind is Shift and trained and recorder.is_bias(value, x.shape, constant):
        return Value(value.map, value.layout, value.place)
    weights = (constant,) if trained else ()
    if not tensor or (constant.numel() == 1 and constant.dim() <= x.dim()):
        return on_elements(recorder, kind((1,), trained), x, weights)
    if x.shape != output.shape:  # the constant repeats the map
        return repeated(recorder, output, kind, x, constant, trained, weights)
    made, groups = oriented(recorder, x)
    return stored_on(recorder, kind, made, groups, x.shape, constant, trained, weights)


def stored_on(recorder, kind, made, groups, shape, constant, trained, weights):
    sizes = (1,) * (len(shape) - constant.dim()) + tuple(constant.shape)
    wide = {axis for group, size in zip(groups, sizes) for axis in group if size > 1}
    stored = tuple([n if axis in wide else 1 for axis, n in enumerate(made.shape)])
    stored = (1,) if set(stored) == {1} else stored
    made = recorder.add(kind(stored, trained), made, weights=weights)
    return Value(made, following(groups, made.shape), recorder.stack[-1])


def repeated(recorder, output, kind, x, constant, trained, weights):
    value = recorder.values[id(x)]
    layout = value.laid(x.shape).expand(output.shape)
    made = recorder.shaped(Value(value.map, layout, value.place), image_shape(output.shape))
    groups = [(), *[(axis,) for axis in range(len(made.shape))]][-output.dim() :]
    return stored_on(recorder, kind, made, groups, output.shape, constant, trained, weights)
