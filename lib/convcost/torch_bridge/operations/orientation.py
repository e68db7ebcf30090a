"""How a tensor lies on its map: for layers that work along one of its axes, or element by element."""

from ..found_layers import image_shape
from ..layout import Layout, Value, following


def short(pair):
    """[3, 3] -> 3, [1, 7] -> (1, 7): as a definition writes it; torch leaves a second, equal number out."""
    first, second = pair if len(pair) == 2 else (pair[0], pair[0])
    return first if first == second else (first, second)


def oriented(recorder, x, single=()):
    """Return the map in a tensor, and for each axis of the tensor the axes of the map that it is. Each of those
    that must be `single` is one axis of the map.
    """
    value, shape = recorder.values[id(x)], image_shape(x.shape)
    lead = x.dim() - len(shape)
    if value.layout is not None or value.map.shape != shape:
        groups = value.axes(x.shape)
        if groups is not None and all(len(groups[axis]) == 1 or axis < lead for axis in single):
            return value.map, groups
        recorder.map(x)
    made = recorder.values[id(x)].map
    return made, [()] * lead + [(axis,) for axis in range(len(shape))][: x.dim()]


def on_elements(recorder, layer, x, weights=()):
    """A layer that works element by element leaves a map laid out as it is."""
    value = recorder.values[id(x)]
    if not value.is_complete():
        recorder.map(x)
        value = recorder.values[id(x)]
    return Value(recorder.add(layer, value.map, weights=weights), value.layout, value.place)


def on_channels(recorder, layer, x, axis, weights=()):
    """A layer along one axis, at each place by itself: as the channels of a map, to which another axis is moved."""
    axis = axis % x.dim()
    value = recorder.values[id(x)]
    groups = value.axes(x.shape)
    is_channels = groups is not None and groups[axis] == ((0,) if value.map.channels > 1 else ())
    if is_channels and x.shape[axis] == value.map.channels:
        made = recorder.add(layer, value.map, weights=weights)
        return Value(made, following([(0,) if i == axis else g for i, g in enumerate(groups)], made.shape), value.place)
    made = recorder.add(layer, channels_first(recorder, x, axis), weights=weights)
    return Value(made, channels_at(x.shape, axis, made.channels), value.place)


def channels_first(recorder, x, axis):
    """Return a map of (size of this axis, all others together, 1)."""
    value, others = recorder.values[id(x)], [i for i in range(x.dim()) if i != axis]
    layout = value.laid(x.shape).permute([axis, *others])
    return recorder.shaped(Value(value.map, layout, value.place), (x.shape[axis], x.numel() // x.shape[axis], 1))


def channels_at(shape, axis, channels):
    """Return the layout of a tensor, of this shape but for one axis, on the map that `channels_first` has made."""
    others = [i for i in range(len(shape)) if i != axis]
    whole = Layout.whole([channels, *[shape[i] for i in others]])
    return whole.permute([0 if i == axis else 1 + others.index(i) for i in range(len(shape))])
