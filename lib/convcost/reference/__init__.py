"""The layers of a convolutional network in NumPy, each written twice.

`convcost.reference.loops` holds the definitions: plain Python loops, to be read. `convcost.reference.fast`
holds the same functions in a few lines of NumPy, to be run; `from convcost.reference import conv2d` gives it.
`convcost.reference.counting` runs the definitions on numbers that count their own operations.

Shapes, names and the order of arguments are those of `torch.nn.functional`: feature maps are (N, C, H, W),
weights (out_channels, in_channels / groups, kernel height, kernel width).
"""

from . import loops
from .counting import count_operations
from .fast import (
    avg_pool2d,
    batch_norm,
    channel_shuffle,
    channel_unshuffle,
    conv2d,
    depthwise_conv2d,
    fold_batch_norm,
    global_avg_pool2d,
    group_conv2d,
    linear,
    local_response_norm,
    max_pool2d,
    pointwise_conv2d,
    relu,
    relu6,
    scale_and_shift,
    sigmoid,
    softmax,
    tanh,
)

__all__ = [
    "avg_pool2d",
    "batch_norm",
    "channel_shuffle",
    "channel_unshuffle",
    "conv2d",
    "count_operations",
    "depthwise_conv2d",
    "fold_batch_norm",
    "global_avg_pool2d",
    "group_conv2d",
    "linear",
    "local_response_norm",
    "loops",
    "max_pool2d",
    "pointwise_conv2d",
    "relu",
    "relu6",
    "scale_and_shift",
    "sigmoid",
    "softmax",
    "tanh",
]
