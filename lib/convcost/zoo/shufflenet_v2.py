"""ShuffleNet V2: half of the channels pass untouched, the other half are convolved, then all are shuffled."""

from ..layers import ChannelShuffle, Concat, MaxPool2d, ReLU, SelectChannels
from .blocks import classifier, conv_bn
from .definition import family

# Table 5 of the paper: output channels of stages 2 to 4 and of conv5.
CHANNELS = {
    "0.5": (48, 96, 192, 1024),
    "1.0": (116, 232, 464, 1024),
    "1.5": (176, 352, 704, 1024),
    "2.0": (244, 488, 976, 2048),
}
REPEATS = (4, 8, 4)


def basic_unit(x):
    """Figure 3c: one half as it is beside 1x1, depthwise 3x3, 1x1 of the other."""
    half = x.channels // 2
    kept = SelectChannels(range(half))(x)
    y = SelectChannels(range(half, x.channels))(x)
    y = ReLU()(conv_bn(y, half, 1, name="pw1"))
    y = conv_bn(y, half, 3, groups=half, name="dw")
    y = ReLU()(conv_bn(y, half, 1, name="pw2"))
    return ChannelShuffle(2)(Concat()(kept, y))


def down_sampling_unit(x, left_channels, right_channels, mid_channels):
    """Figure 3d: both sides read all channels and halve the map."""
    left = conv_bn(x, x.channels, 3, stride=2, groups=x.channels, name="left_dw")
    left = ReLU()(conv_bn(left, left_channels, 1, name="left_pw"))
    right = ReLU()(conv_bn(x, mid_channels, 1, name="pw1"))
    right = conv_bn(right, mid_channels, 3, stride=2, groups=mid_channels, name="dw")
    right = ReLU()(conv_bn(right, right_channels, 1, name="pw2"))
    return ChannelShuffle(2)(Concat()(left, right))


@family(
    "ShuffleNet V2",
    2018,
    "Ma, Zhang, Zheng, Sun 2018, table 5",
    members={f"shufflenet_v2_x{width.replace('.', '_')}": {"width": width} for width in CHANNELS},
    variants=("paper", "torchvision"),
)
def shufflenet_v2(x, width, num_classes=1000, variant="paper"):
    """ShuffleNet V2 {width}x.

    The units that halve the map have two outputs of the table's channels together. Figure 3d does not say how many
    each gives. paper: as in the authors' code, the left side keeps the channels that it reads. torchvision: half
    each. Where the table doubles the channels, the two agree; they differ in stage 2.
    """
    *stages, conv5 = CHANNELS[width]
    with x.block("conv1"):
        x = ReLU()(conv_bn(x, 24, 3, stride=2))
        x = MaxPool2d(3, stride=2, padding=1)(x)
    for number, (out_channels, repeats) in enumerate(zip(stages, REPEATS), start=2):
        half = out_channels // 2
        left = half if variant == "torchvision" else x.channels
        with x.block(f"stage{number}"):
            with x.block("unit1"):
                x = down_sampling_unit(x, left, out_channels - left, mid_channels=half)
            for repeat in range(2, repeats + 1):
                with x.block(f"unit{repeat}"):
                    x = basic_unit(x)
    with x.block("conv5"):
        x = ReLU()(conv_bn(x, conv5, 1))
    return classifier(x, num_classes, pooled_by="torch.mean" if variant == "torchvision" else None)
