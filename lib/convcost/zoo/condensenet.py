"""CondenseNet: a DenseNet that learns which inputs each group of its 1x1 convolutions may drop."""

from ..errors import ConvcostError
from ..layers import (
    AdaptiveAvgPool2d,
    AvgPool2d,
    BatchNorm2d,
    ChannelShuffle,
    Concat,
    Conv2d,
    Flatten,
    Linear,
    ReLU,
    SelectChannels,
)
from .blocks import bn_relu_conv
from .definition import model

# Table 1 of the paper: layers and growth rate of each dense block.
IMAGENET = ((4, 8), (6, 16), (8, 32), (10, 64), (8, 128))
BOTTLENECK = 4


def dense_layer(x, growth_rate, groups):
    """x with `growth_rate` new maps beside it: grouped 1x1 to four times as many, shuffle, grouped 3x3."""
    y = ChannelShuffle(groups)(bn_relu_conv(x, BOTTLENECK * growth_rate, 1, groups=groups))
    return Concat()(x, bn_relu_conv(y, growth_rate, 3, groups=groups))


def features(x, blocks, first_stride, groups):
    """Dense blocks with average pooling between them, and the mean of each channel after the last."""
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
        return AdaptiveAvgPool2d(1)(ReLU()(BatchNorm2d()(x)))


@model("CondenseNet", 2017, "Huang, Liu, van der Maaten, Weinberger 2017, tables 1 and 4")
def condensenet(x, groups=4, num_classes=1000):
    """CondenseNet-74 for ImageNet as it stands after training, all 1x1 and 3x3 convolutions in groups.

    groups is G, and equals the condensation factor C (C = G = 4 or 8): each group of a 1x1 convolution has kept a
    C-th of its inputs. Which ones is learned. Their selection moves data and computes nothing; it is left out, so
    that here a group reads neighbouring channels. The classifier reads half of the features, also learned ones:
    here the first half, as in the authors' released models.
    """
    x = features(x, IMAGENET, 2, groups)
    with x.block("classifier"):
        return Linear(num_classes)(Flatten()(SelectChannels(range(x.channels // 2))(x)))


@model("CondenseNet", 2017, "Huang, Liu, van der Maaten, Weinberger 2017, section 4.1 and table 2", resolutions=32)
def condensenet_cifar(x, depth=86, growth_rate=8, groups=4, num_classes=10):
    """CondenseNet for 32 x 32 images: three dense blocks of equally many layers.

    depth counts two convolutions a layer and two more: 6n + 2, as 50, 74, 86, 98, 110, 122, 182. growth_rate is that
    of the first block, doubled from block to block. groups: as in `condensenet`; the classifier reads all features.
    """
    layers, left_over = divmod(depth - 2, 6)
    if left_over or layers < 1:
        raise ConvcostError(f"depth={depth} must be 6n + 2: 50, 74, 86, 98, 110, 122, 182, ...")
    x = features(x, [(layers, growth_rate << block) for block in range(3)], 1, groups)
    with x.block("classifier"):
        return Linear(num_classes)(Flatten()(x))
