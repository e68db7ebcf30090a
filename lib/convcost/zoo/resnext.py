"""ResNeXt and Wide ResNet: the blocks of ResNet with a grouped or a wider 3x3 convolution."""

from .definition import family
from .resnet import SHORTCUTS, bottleneck, imagenet_resnet


@family(
    "ResNeXt",
    2016,
    "Xie, Girshick, Dollar, Tu, He 2016, tables 1 to 3",
    members={
        "resnext50_32x4d": {"depth": 50},
        "resnext101_32x4d": {"depth": 101},
        "resnext101_32x8d": {"depth": 101, "width_per_group": 8},
        "resnext101_64x4d": {"depth": 101, "groups": 64},
    },
    variants=("paper", "torchvision"),
    choices={"shortcut": SHORTCUTS},
)
@family(
    "Wide ResNet",
    2016,
    "Zagoruyko and Komodakis 2016, table 8",
    members={
        "wide_resnet50_2": {"depth": 50, "groups": 1, "width_per_group": 128},
        "wide_resnet101_2": {"depth": 101, "groups": 1, "width_per_group": 128},
    },
    variants=("paper", "torchvision"),
    choices={"shortcut": SHORTCUTS},
)
def resnext(x, depth, num_classes=1000, shortcut="B", groups=32, width_per_group=4):
    """ResNet-{depth} with a 3x3 convolution of {groups} x {width_per_group} channels in conv2_x.

    groups: how many parts the 3x3 convolution is cut into (the cardinality); width_per_group: the channels of each
    in conv2_x, doubled from stage to stage. 1 and 64 make it ResNet-{depth} with torchvision's strides, which are
    this paper's too: in the 3x3 convolution. Both variants are the same network. shortcut: as in ResNet.
    """

    def block(x, channels, stride):
        return bottleneck(x, channels, stride, groups=groups, width_per_group=width_per_group)

    return imagenet_resnet(x, depth, block, num_classes, shortcut)
