"""What a tensor holds while a torch module runs: the elements of one feature map, in some order.

Code that only moves elements (view, transpose, slice, pad) is followed by moving their numbers in the same way.
Where a layer needs a map again, `rearrangement` names the layer kind that the whole movement amounts to: three
lines of view, transpose and view are one `ChannelShuffle`.
"""

import torch

from ..layers import ChannelShuffle, Flatten, SelectChannels, Unflatten, ZeroPad2d, ZeroPadChannels


def words(shape):
    """(1, 64, 56, 56) -> 1x64x56x56"""
    return "x".join(map(str, shape)) or "one number"


class Value:
    """The elements of a feature map in a tensor of any shape.

    map: the feature map; order: None for all elements in their order, or an integer tensor, shaped like the tensor
    that it describes, of their places in the map, -1 for a zero; place: where in the module it was last moved.
    """

    def __init__(self, map, order=None, place=None):
        self.map, self.order, self.place = map, order, place

    def numbers(self, shape):
        """Return the places of the elements in a tensor of this shape."""
        return torch.arange(self.map.elements).reshape(shape) if self.order is None else self.order

    def moved(self, numbers, place):
        """Return the value after a movement that gave `numbers`."""
        same = numbers.numel() == self.map.elements and bool((numbers.flatten() == torch.arange(numbers.numel())).all())
        return Value(self.map, None if same else numbers, place)

    def is_complete(self):
        """Whether every element of the map is there once."""
        if self.order is None:
            return True
        return self.order.numel() == self.map.elements and bool(
            (self.order.flatten().sort().values == torch.arange(self.map.elements)).all()
        )

    def same_order(self, other):
        """Whether two maps of one shape are laid out alike."""
        if self.map.shape != other.map.shape or (self.order is None) != (other.order is None):
            return False
        return self.order is None or torch.equal(self.order, other.order)

    def channel_axis(self, shape):
        """Return which axis of a tensor of this shape runs over the channels: 1, the last, or None if neither."""
        channels = self.map.channels
        if self.order is None and (tuple(shape[1:]) == self.map.shape or tuple(shape) == (1, channels)):
            return 1
        if shape[-1] == channels and (self.order is None) == (self.map.elements == channels):
            columns = torch.arange(self.map.elements).reshape(channels, -1).T
            if torch.equal(self.numbers(shape).reshape(-1, channels), columns):
                return len(shape) - 1
        return None


def rearrangement(value, shape):
    """Return the layer that turns a value's map into a map of this shape, None if it is that map already.

    Raises LookupError where no layer kind does what was done.
    """
    source = value.map.shape
    if value.order is None:
        if source == shape:
            return None
        if len(shape) == 1:
            return Flatten()
        if len(shape) == 3:
            return Unflatten(shape)
    elif len(shape) == 1 and value.is_complete():
        return Flatten()  # in another order, at the same cost
    elif len(shape) == len(source) == 3:
        order = value.order.reshape(shape)
        for recognise in (_channels, _padding, _strided):
            layer = recognise(order, torch.arange(value.map.elements).reshape(source))
            if layer is not None:
                return layer
    raise LookupError


def _channels(order, whole):
    """Whole channels in another order, or some of them."""
    if order.shape[1:] != whole.shape[1:]:
        return None
    chosen = order[:, 0, 0] // whole[0].numel()
    if (order < 0).any() or not torch.equal(order, whole[chosen]) or len(chosen.unique()) < len(chosen):
        return None
    chosen, channels = chosen.tolist(), len(whole)
    for groups in range(2, channels):
        if channels % groups == 0 and chosen == torch.arange(channels).reshape(groups, -1).T.flatten().tolist():
            return ChannelShuffle(groups)
    run = range(chosen[0], chosen[0] + len(chosen))
    return SelectChannels(run if chosen == list(run) else tuple(chosen))


def _padding(order, whole):
    """Zeros around each channel, or edges cut off."""
    found = (order[0] >= 0).nonzero()
    if len(order) != len(whole) or not len(found):
        return None
    row, column = found[0].tolist()
    first = int(order[0, row, column])
    top, left = row - first // whole.shape[2], column - first % whole.shape[2]
    bottom, right = order.shape[1] - whole.shape[1] - top, order.shape[2] - whole.shape[2] - left
    padding = (left, right, top, bottom)
    return ZeroPad2d(padding) if torch.equal(order, torch.nn.functional.pad(whole, padding, value=-1)) else None


def _strided(order, whole):
    """Every second or third row and column, with channels of zeros added: wherever they are, at the same cost."""
    kept = order[(order >= 0).all(dim=2).all(dim=1)]
    zeros = int((order < 0).all(dim=2).all(dim=1).sum())
    for stride in (1, 2, 3, 4):
        if len(kept) + zeros == len(order) and torch.equal(kept, whole[:, ::stride, ::stride]):
            return ZeroPadChannels(len(order), stride)
    return None


def expanded(value, shape):
    """Return the shape (C, 1, 1) or (1, H, W) of the map that was repeated to fill this shape, or None."""
    for small in ((shape[0], 1, 1), (1, *shape[1:])) if len(shape) == 3 else ():
        if value.map.shape == small or value.map.shape == small[:1] and small[1:] == (1, 1):
            repeated = torch.arange(value.map.elements).reshape(small).expand(shape)
            if torch.equal(value.numbers(shape).reshape(shape), repeated):
                return small
    return None
