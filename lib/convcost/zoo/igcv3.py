"""IGCV3: MobileNet V2's blocks with both 1x1 convolutions in groups, and twice as many of them."""

from ..layers import ChannelShuffle, ReLU6
from .blocks import classifier, conv_bn
from .definition import model

# MobileNet V2's table with the repeats doubled: expansion t, output channels c, repeats n, stride s of the first.
BLOCKS = (
    (1, 16, 1, 1),
    (6, 24, 4, 2),
    (6, 32, 6, 2),
    (6, 64, 8, 2),
    (6, 96, 6, 1),
    (6, 160, 6, 2),
    (6, 320, 1, 1),
)
GROUPS = 2


def even(channels):
    """Return `channels` cut to a whole number, made even upwards so that it can be halved into groups."""
    return int(channels) + int(channels) % GROUPS


def block(x, out_channels, stride, expand_ratio):
    """Grouped 1x1, shuffle, depthwise 3x3 with the only activation, grouped 1x1, shuffle (figure 2)."""
    wide = expand_ratio * x.channels
    y = ChannelShuffle(GROUPS)(conv_bn(x, wide, 1, groups=GROUPS, name="expand"))
    y = ReLU6()(conv_bn(y, wide, 3, stride, groups=wide, name="dw"))
    y = conv_bn(y, out_channels, 1, groups=GROUPS, name="project")
    y = ChannelShuffle(out_channels // GROUPS)(y)
    return x + y if x.shape == y.shape else y


@model("IGCV3", 2018, "Sun, Li, Liu, Wang 2018, figure 2 and section 4")
def igcv3_d(x, width_mult=1.0, num_classes=1000):
    """IGCV3-D, the deep one, two groups in all 1x1 convolutions of the blocks, as in the authors' released code.

    width_mult scales the channels, made even; the last convolution never gets fewer than 1280.
    """
    with x.block("conv1"):
        x = ReLU6()(conv_bn(x, even(32 * width_mult), 3, stride=2))
    for number, (t, c, n, s) in enumerate(BLOCKS, start=1):
        with x.block(f"stage{number}"):
            for repeat in range(1, n + 1):
                with x.block(f"block{repeat}"):
                    x = block(x, even(c * width_mult), s if repeat == 1 else 1, t)
    with x.block("conv2"):
        x = ReLU6()(conv_bn(x, even(1280 * max(1.0, width_mult)), 1))
    return classifier(x, num_classes)
