"""ShuffleNet: pointwise convolutions in groups, and a shuffle so that the groups hear each other."""

from ..errors import unknown
from ..layers import (
    AdaptiveAvgPool2d, AvgPool2d, BatchNorm2d, ChannelShuffle, Concat, Conv2d, Flatten, Linear, MaxPool2d, ReLU,
)
from .definition import model

STAGE2_CHANNELS = {1: 144, 2: 200, 3: 240, 4: 272, 8: 384}  # table 1, by groups; stages 3 and 4 double them
REPEATS = (4, 8, 4)


def conv_bn(x, out_channels, kernel_size, stride=1, groups=1, name="conv"):
    """Convolution without bias, padded to keep the size, and batch norm."""
    x = Conv2d(out_channels, kernel_size, stride, kernel_size // 2, groups=groups, bias=False)(x, name=name)
    return BatchNorm2d()(x)


def unit(x, out_channels, stride, groups, first_groups):
    """Grouped 1x1, shuffle, depthwise 3x3, grouped 1x1 (figure 2b); with stride 2 the input, averaged, is stacked
    beside it instead of added (figure 2c).
    """
    new_channels = out_channels if stride == 1 else out_channels - x.channels
    y = ReLU()(conv_bn(x, out_channels // 4, 1, groups=first_groups, name="reduce"))
    y = ChannelShuffle(groups)(y)
    y = conv_bn(y, y.channels, 3, stride, groups=y.channels, name="dw")
    y = conv_bn(y, new_channels, 1, groups=groups, name="expand")
    if stride == 1:
        return ReLU()(x + y)
    return ReLU()(Concat()(AvgPool2d(3, stride=2, padding=1)(x), y))


@model("ShuffleNet", 2017, "Zhang et al. 2017, table 1")
def shufflenet_v1(x, groups=3, num_classes=1000):
    """ShuffleNet V1 1x; groups is one of 1, 2, 3, 4, 8, each with the paper's widths.

    The first pointwise convolution of stage 2 is not grouped, since it reads only 24 channels. A unit's bottleneck
    has a quarter of its output channels.
    """
    if groups not in STAGE2_CHANNELS:
        raise unknown("number of groups", groups, STAGE2_CHANNELS)
    with x.block("conv1"):
        x = ReLU()(conv_bn(x, 24, 3, stride=2))
        x = MaxPool2d(3, stride=2, padding=1)(x)
    for stage, repeats in enumerate(REPEATS):
        with x.block(f"stage{stage + 2}"):
            for number in range(1, repeats + 1):
                first = number == 1
                with x.block(f"unit{number}"):
                    x = unit(x, STAGE2_CHANNELS[groups] << stage, 2 if first else 1, groups,
                             first_groups=1 if first and stage == 0 else groups)
    with x.block("head"):
        return Linear(num_classes)(Flatten()(AdaptiveAvgPool2d(1)(x)))
