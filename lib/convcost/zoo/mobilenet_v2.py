"""MobileNet V2: wide in the middle, narrow and linear at the ends."""

from ..layers import ReLU6
from . import blocks
from .blocks import classifier, conv_bn, rounded
from .definition import model

# Table 2 of the paper: expansion t, output channels c, repeats n, stride s of the first.
BOTTLENECKS = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)


def conv_bn_relu6(x, out_channels, kernel_size, stride=1, groups=1, name="conv"):
    return ReLU6()(conv_bn(x, out_channels, kernel_size, stride, groups=groups, name=name))


def inverted_residual(x, out_channels, stride, expand_ratio):
    """Expand, filter each channel, project without an activation (table 1); a skip where the shapes allow it."""
    return blocks.inverted_residual(x, out_channels, 3, stride, expand_ratio * x.channels, ReLU6)


@model("MobileNet V2", 2018, "Sandler et al. 2018, tables 1 and 2", ("paper", "torchvision"))
def mobilenet_v2(x, width_mult=1.0, num_classes=1000, round_nearest=8, variant="paper"):
    """MobileNet V2.

    width_mult scales the channel counts, rounded to multiples of round_nearest; the last convolution never gets
    fewer than 1280 channels. The first block has t = 1 and no expansion. Both variants count alike: torchvision
    classifies with a fully connected layer, the paper writes the same as a 1x1 convolution on a 1 x 1 map.
    """
    with x.block("conv1"):
        x = conv_bn_relu6(x, rounded(32 * width_mult, round_nearest), 3, stride=2)
    for number, (t, c, n, s) in enumerate(BOTTLENECKS, start=1):
        with x.block(f"stage{number}"):
            for repeat in range(1, n + 1):
                with x.block(f"block{repeat}"):
                    x = inverted_residual(x, rounded(c * width_mult, round_nearest), s if repeat == 1 else 1, t)
    with x.block("conv2"):
        x = conv_bn_relu6(x, rounded(1280 * max(1.0, width_mult), round_nearest), 1)
    return classifier(x, num_classes, pooled_by="F.adaptive_avg_pool2d" if variant == "torchvision" else None)
