"""Layers that only rearrange or join maps."""

from math import prod

from ..errors import ConvcostError
from .base import Layer, at_least, spatial


class Add(Layer):
    """Element-wise sum of maps of one shape: the residual connection."""

    short_name = "add"
    arity = None
    in_place = True

    def output_shape(self, *shapes):
        if any(shape != shapes[0] for shape in shapes):
            raise ConvcostError(
                f"only maps of one shape can be added, got {' and '.join('x'.join(map(str, s)) for s in shapes)}"
            )
        return shapes[0]

    def operations(self, *shapes):
        return {"additions": (len(shapes) - 2) * prod(shapes[-1])}


class Concat(Layer):
    """Maps stacked along the channels."""

    short_name = "concat"
    arity = None

    def output_shape(self, *shapes):
        if any(spatial(shape)[1:] != shapes[0][1:] for shape in shapes):
            raise ConvcostError(
                f"only maps of one height and width can be stacked, got {' and '.join('x'.join(map(str, s)) for s in shapes)}"
            )
        return (sum(shape[0] for shape in shapes), *shapes[0][1:])


class ChannelShuffle(Layer):
    """Channels dealt out so that each group of the next layer hears every group of the last: reshape to
    (groups, channels / groups), transpose, flatten. It moves data and computes nothing.
    """

    groups: int
    short_name = "shuffle"

    def output_shape(self, x):
        if spatial(x)[0] % at_least("groups", self.groups, 1):
            raise ConvcostError(f"groups={self.groups} must divide its {x[0]} input channels")
        return x


class ZeroPadChannels(Layer):
    """Identity with a stride, channels of zeros appended: the parameter-free shortcut "option A" of ResNet."""

    out_channels: int
    stride: int = 1
    short_name = "pad"
    has_window = True
    kernel_size, padding, dilation = 1, 0, 1

    def output_shape(self, x):
        channels, height, width = spatial(x)
        stride = at_least("stride", self.stride, 1)
        if at_least("out_channels", self.out_channels, 1) < channels:
            raise ConvcostError(f"out_channels={self.out_channels} is fewer than its {channels} input channels")
        return (self.out_channels, -(-height // stride), -(-width // stride))


class Flatten(Layer):
    """The map as one row of features, channel by channel."""

    short_name = "flatten"
    is_view = True
    is_global = True

    def output_shape(self, *shapes):
        return (prod(shapes[0]),)
