"""What ShuffleNet was compared with at 38 MFLOPs: its table 1 with other units in stages 2 to 4."""

from ..layers import MaxPool2d, ReLU
from .blocks import classifier, conv_bn
from .definition import model
from .resnet import basic, bottleneck, shortcut_map
from .shufflenet_v1 import REPEATS, unit

STAGE4_CHANNELS = {"vgg": 50, "resnet": 192, "xception": 288}  # section 4.2, at 38 MFLOPs
CONV1_CHANNELS = 12  # as in ShuffleNet 0.5x


def residual(x, channels, stride):
    """ResNet's bottleneck of a quarter of the channels, projected where the shape changes."""
    y = bottleneck(x, channels // 4, stride)
    return ReLU()(y + shortcut_map(x, channels, stride, "B"))


UNITS = {
    "vgg": lambda x, channels, stride: ReLU()(basic(x, channels, stride)),
    "resnet": residual,
    "xception": lambda x, channels, stride: unit(x, channels, stride, groups=1, first_groups=1),
}


@model("ShuffleNet", 2017, "Zhang et al. 2017, section 4.2", choices={"unit": UNITS})
def shufflenet_structure(x, unit="vgg", num_classes=1000):
    """The "VGG-like", ResNet and "Xception-like" networks that table 4 compares at 38 MFLOPs.

    unit: "vgg", "resnet" or "xception".

    The paper gives their channels in stage 4: 50, 192, 288; the stages before have a half and a quarter, cut to whole
    numbers. It does not say where the strides are, how a shortcut changes its shape, and how wide the first
    convolution is. Here: in the 3x3, by a projection, 12 as in ShuffleNet 0.5x; each then costs 38 M. The
    Xception-like one is ShuffleNet with one group. The ResNeXt of the table cannot be built: 16 groups do not divide
    the 24 channels of its bottleneck in stage 2 (192 in stage 4, ratio 1:2). For 140 and 13 MFLOPs no channels are
    printed.
    """
    with x.block("conv1"):
        x = ReLU()(conv_bn(x, CONV1_CHANNELS, 3, stride=2))
        x = MaxPool2d(3, stride=2, padding=1)(x)
    for stage, repeats in enumerate(REPEATS["paper"]):
        with x.block(f"stage{stage + 2}"):
            for number in range(1, repeats + 1):
                with x.block(f"unit{number}"):
                    x = UNITS[unit](x, STAGE4_CHANNELS[unit] >> (2 - stage), 2 if number == 1 else 1)
    return classifier(x, num_classes)
