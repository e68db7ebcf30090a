"""Maps one after the other: along the channels, along positions, or as a new axis."""

from ...layers import Concat, ConcatStored
from ..found_layers import image_shape
from ..layout import Layout, Value, following, shape_text
from .orientation import oriented
from .registry import operation


@operation("cat(tensors, dim)")
def cat(recorder, output, tensors, dim=0):
    tensors, axis = [t for t in tensors if t.numel()], dim % output.dim()
    if any(id(t) not in recorder.values for t in tensors):
        return with_stored(recorder, output, tensors, axis)
    if len(tensors) == 1:
        value = recorder.values[id(tensors[0])]
        return Value(value.map, value.layout, value.place)
    alike = _alike(recorder, tensors, axis)
    if alike:
        maps, groups = alike
        along = groups[axis]
        if len(along) == 1:
            made = recorder.add(Concat() if along == (0,) else Concat(along[0]), *maps)
            return Value(made, following(groups, made.shape), recorder.stack[-1])
    lead = 1 if output.dim() > 1 and output.shape[0] == 1 else 0
    if axis < lead:
        raise recorder.error(f"no layer kind for the operation cat along axis {axis} of {shape_text(output.shape)}")
    maps = [recorder.shaped(recorder.values[id(t)], tuple(t.shape[lead:])) for t in tensors]
    return recorder.add(Concat(axis - lead) if axis > lead else Concat(), *maps)


def _alike(recorder, tensors, axis):
    """Return the maps in tensors that lie all alike and in another order than their own, with their axes."""
    values = [recorder.values[id(t)] for t in tensors]
    if all(v.layout is None and v.map.shape == image_shape(t.shape) for v, t in zip(values, tensors)):
        return None
    groups = [v.axes(t.shape) for v, t in zip(values, tensors)]
    if any(g is None or g != groups[0] for g in groups) or any(len(v.map.shape) != 3 for v in values):
        return None
    if sorted(a for g in groups[0] for a in g) != [0, 1, 2]:
        return None
    return [v.map for v in values], groups[0]


def with_stored(recorder, output, tensors, axis):
    """Stored tensors among maps: class tokens, coordinates."""
    held = [t for t in tensors if id(t) not in recorder.values]
    maps = [t for t in tensors if id(t) in recorder.values]
    if len(maps) != 1:
        with recorder.as_maps(held):
            return cat(recorder, output, tensors, axis)
    (x,) = maps
    made, groups = oriented(recorder, x, [axis])
    if len(groups[axis]) != 1:
        lead = len(output.shape) - len(image_shape(output.shape))
        made = recorder.shaped(recorder.values[id(x)], image_shape(x.shape))
        groups = [(), *[(i,) for i in range(len(made.shape))]][-output.dim() :]
        if axis < lead:
            raise recorder.error(f"no layer kind for the operation cat along axis {axis} of {shape_text(output.shape)}")
    (along,) = groups[axis]
    before = sum(t.shape[axis] for t in tensors[: [t is x for t in tensors].index(True)])
    after = output.shape[axis] - before - x.shape[axis]
    weights = [t for t in held if recorder.constants.get(id(t))]
    made = recorder.add(ConcatStored(before, after, along, bool(weights)), made, weights=weights)
    return Value(made, following(groups, made.shape), recorder.stack[-1])


@operation("stack(tensors, dim)")
def stack(recorder, output, tensors, dim=0):
    """Along a new axis: after all others in the map that is made, wherever it is in the tensor."""
    axis = dim % output.dim()
    held = [t for t in tensors if id(t) not in recorder.values]
    if held:
        with recorder.as_maps(held):
            return stack(recorder, output, tensors, dim)
    shape = image_shape(tensors[0].shape)
    maps = [recorder.map(t) for t in tensors]
    made = recorder.add(Concat(), *maps) if len(maps) > 1 else maps[0]
    whole = Layout.whole((len(maps), *tensors[0].shape))
    order = list(range(1, output.dim()))
    order.insert(axis, 0)
    return Value(made, whole.permute(order), recorder.stack[-1]) if shape else None
