"""DenseNet: every layer reads the maps of all layers before it."""

from ..errors import ConvcostError
from ..layers import AvgPool2d, BatchNorm2d, Concat, Conv2d, MaxPool2d, ReLU
from .blocks import bn_relu_conv, classifier, conv_bn
from .definition import family, model

# Table 1 of the paper: layers in each dense block.
BLOCKS = {
    121: (6, 12, 24, 16),
    161: (6, 12, 36, 24),
    169: (6, 12, 32, 32),
    201: (6, 12, 48, 32),
    264: (6, 12, 64, 48),
}
SOURCE = "Huang, Liu, van der Maaten, Weinberger 2016, table "


def dense_layer(x, growth_rate, bottleneck=True):
    """x with `growth_rate` new maps beside it, made by a 3x3 convolution; before it a 1x1 to four times as many."""
    y = bn_relu_conv(x, 4 * growth_rate, 1) if bottleneck else x
    return Concat()(x, bn_relu_conv(y, growth_rate, 3))


def dense_blocks(x, layers, growth_rate, bottleneck=True, compression=2, last_relu=None):
    """Dense blocks of that many layers; between them the side is halved and the channels divided by `compression`.

    last_relu: how the last ReLU is spelled, if not as a module (see `Layer.written`).
    """
    for block, repeats in enumerate(layers, start=1):
        with x.block(f"block{block}"):
            for number in range(1, repeats + 1):
                with x.block(f"layer{number}"):
                    x = dense_layer(x, growth_rate, bottleneck)
        if block < len(layers):
            with x.block(f"transition{block}"):
                x = AvgPool2d(2)(bn_relu_conv(x, x.channels // compression, 1))
    with x.block("last"):
        return ReLU()(BatchNorm2d()(x), written=last_relu)


@family(
    "DenseNet",
    2016,
    f"{SOURCE}1",
    members={
        "densenet121": {"depth": 121},
        "densenet161": {"depth": 161, "growth_rate": 48},
        "densenet169": {"depth": 169},
        "densenet201": {"depth": 201},
        "densenet264": {"depth": 264},
    },
    variants=("paper", "torchvision"),
)
def densenet(x, depth, num_classes=1000, growth_rate=32, variant="paper"):
    """DenseNet-{depth}: a DenseNet-BC for ImageNet, in torchvision as in the paper.

    growth_rate: the maps that each layer adds. The layers of table 1 with weights are one more than 264 in
    DenseNet-264; in the others the name is the depth.
    """
    relu, pool = ("F.relu", "F.adaptive_avg_pool2d") if variant == "torchvision" else (None, None)
    with x.block("conv1"):
        x = ReLU()(conv_bn(x, 2 * growth_rate, 7, stride=2))
        x = MaxPool2d(3, stride=2, padding=1)(x)
    x = dense_blocks(x, BLOCKS[depth], growth_rate, last_relu=relu)
    return classifier(x, num_classes, pooled_by=pool)


@model("DenseNet", 2016, f"{SOURCE}2", resolutions=32)
def densenet_cifar(x, depth=100, growth_rate=12, bc=True, num_classes=10):
    """The DenseNets for 32 x 32 images: three dense blocks of equally many layers.

    bc: with 1x1 bottlenecks, transitions that halve the number of maps, and 2 growth_rate maps before the first
    block; depth is then 6n + 4. Without, 16 maps before the first block; depth is 3n + 4.
    """
    per_block, left_over = divmod(depth - 4, 6 if bc else 3)
    if left_over or per_block < 1:
        raise ConvcostError(f"depth={depth} must be {'6n + 4: 40, 100, 190, 250' if bc else '3n + 4: 40, 100'}, ...")
    with x.block("conv1"):
        x = Conv2d(2 * growth_rate if bc else 16, 3, padding=1, bias=False)(x)
    x = dense_blocks(x, [per_block] * 3, growth_rate, bottleneck=bc, compression=2 if bc else 1)
    return classifier(x, num_classes)
