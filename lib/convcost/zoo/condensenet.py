"""CondenseNet: a DenseNet that learns which inputs each group of its 1x1 convolutions may drop."""

from ..errors import ConvcostError
from ..layers import (
    AdaptiveAvgPool2d, AvgPool2d, BatchNorm2d, ChannelShuffle, Concat, Conv2d, Flatten, Linear, ReLU, SelectChannels,
)
from .blocks import bn_relu_conv
from .definition import model

# Table 1 of the paper: layers and growth rate of each dense block.
IMAGENET = ((4, 8), (6, 16), (8, 32), (10, 64), (8, 128))
CIFAR_GROWTH = (8, 16, 32)
BOTTLENECK = 4


def dense_layer(x, growth_rate, groups):
    """x with `growth_rate` new maps beside it: grouped 1x1 to four times as many, shuffle, grouped 3x3."""
    y = ChannelShuffle(groups)(bn_relu_conv(x, BOTTLENECK * growth_rate, 1, groups=groups))
    return Concat()(x, bn_relu_conv(y, growth_rate, 3, groups=groups))


def condensed(x, blocks, first_stride, groups, num_classes):
    """The network after training: dense blocks with average pooling between them, half of the features classified."""
    with x.block("conv1"):
        x = Conv2d(2 * blocks[0][1], 3, first_stride, padding=1, bias=False)(x)
    for number, (layers, growth_rate) in enumerate(blocks, start=1):
        with x.block(f"block{number}"):
            for layer in range(1, layers + 1):
                with x.block(f"layer{layer}"):
                    x = dense_layer(x, growth_rate, groups)
        if number < len(blocks):
            x = AvgPool2d(2)(x, name=f"transition{number}")
    with x.block("head"):
        x = AdaptiveAvgPool2d(1)(ReLU()(BatchNorm2d()(x)))
        x = SelectChannels(range(x.channels // 2))(x)
        return Linear(num_classes)(Flatten()(x))


@model("CondenseNet", 2017, "Huang, Liu, van der Maaten, Weinberger 2017, tables 1 and 4")
def condensenet(x, groups=4, num_classes=1000):
    """CondenseNet-74 for ImageNet as it stands after training, all 1x1 and 3x3 convolutions in groups.

    groups is G, and equals the condensation factor C as in table 4 (C = G = 4 or 8): each group has kept a C-th of
    its inputs. Which ones is learned; their selection moves data, computes nothing and is left out, so that groups
    read neighbouring channels here. The classifier has learned to read half of its features: here the first half.
    """
    return condensed(x, IMAGENET, 2, groups, num_classes)


@model("CondenseNet", 2017, "Huang, Liu, van der Maaten, Weinberger 2017, section 4.1 and table 2", resolutions=32)
def condensenet_cifar(x, depth=86, groups=4, num_classes=10):
    """CondenseNet for 32 x 32 images: three dense blocks of equally many layers, growth rates 8, 16, 32.

    depth counts two convolutions a layer and two more: 6n + 2, as 50, 74, 86, 98, 110, 122. groups: as in
    `condensenet`.
    """
    layers, left_over = divmod(depth - 2, 6)
    if left_over or layers < 1:
        raise ConvcostError(f"depth={depth} must be 6n + 2: 50, 74, 86, 98, 110, 122, ...")
    return condensed(x, [(layers, growth_rate) for growth_rate in CIFAR_GROWTH], 1, groups, num_classes)
