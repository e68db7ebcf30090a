"""ResNeXt and Wide ResNet: the blocks of ResNet with a grouped or a wider 3x3 convolution."""

from .definition import model
from .resnet import bottleneck, imagenet_resnet

RESNEXT = "ResNeXt", 2016, "Xie, Girshick, Dollar, Tu, He 2016, tables 1 to 3"
WIDE = "Wide ResNet", 2016, "Zagoruyko and Komodakis 2016, table 8"


def _resnext(name, depth, groups, width_per_group, paper):
    def define(x, num_classes=1000, shortcut="B", groups=groups, width_per_group=width_per_group):
        def block(x, channels, stride):
            return bottleneck(x, channels, stride, groups=groups, width_per_group=width_per_group)

        return imagenet_resnet(x, depth, block, num_classes, shortcut)

    define.__name__ = name
    define.__doc__ = f"""ResNet-{depth} with a 3x3 convolution of {groups} x {width_per_group} channels in conv2_x.

    groups: how many parts the 3x3 convolution is cut into (the cardinality); width_per_group: the channels of each
    in conv2_x, doubled from stage to stage. 1 and 64 make it ResNet-{depth} with torchvision's strides, which are
    this paper's too: in the 3x3 convolution. Both variants are the same network. shortcut: as in ResNet.
    """
    return model(*paper, ("paper", "torchvision"))(define)


resnext50_32x4d = _resnext("resnext50_32x4d", 50, 32, 4, RESNEXT)
resnext101_32x4d = _resnext("resnext101_32x4d", 101, 32, 4, RESNEXT)
resnext101_32x8d = _resnext("resnext101_32x8d", 101, 32, 8, RESNEXT)
resnext101_64x4d = _resnext("resnext101_64x4d", 101, 64, 4, RESNEXT)
wide_resnet50_2 = _resnext("wide_resnet50_2", 50, 1, 128, WIDE)
wide_resnet101_2 = _resnext("wide_resnet101_2", 101, 1, 128, WIDE)
