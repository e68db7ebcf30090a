"""Xception: Inception taken to the extreme, one spatial filter for each channel."""

from ..layers import MaxPool2d, ReLU
from .blocks import classifier, conv_bn, separable_bn
from .definition import model

ENTRY = (128, 256, 728)
MIDDLE_BLOCKS = 8


def shortcut(x, out_channels):
    """A 1x1 convolution with stride 2."""
    with x.block("shortcut"):
        return conv_bn(x, out_channels, 1, stride=2)


def down_sampling(x, mid_channels, out_channels, first_relu=True):
    """Two separable convolutions and a max pooling, added to a projection of the input."""
    y = ReLU()(x) if first_relu else x
    y = separable_bn(y, mid_channels, 3)
    y = separable_bn(ReLU()(y), out_channels, 3)
    return MaxPool2d(3, stride=2, padding=1)(y) + shortcut(x, out_channels)


@model("Xception", 2016, "Chollet 2016, figure 5", resolutions=299)
def xception(x, num_classes=1000):
    """Xception: entry flow, eight times the middle flow, exit flow.

    All convolutions are followed by batch norm; there is no ReLU between the two halves of a separable one. The two
    ordinary convolutions have no padding (149 and 147), the rest keep the size, as in the author's code; the optional
    fully connected layers of the figure are left out.
    """
    with x.block("entry"):
        x = ReLU()(conv_bn(x, 32, 3, stride=2, padding=0))
        x = ReLU()(conv_bn(x, 64, 3, padding=0))
        for number, channels in enumerate(ENTRY, start=1):
            with x.block(f"block{number}"):
                x = down_sampling(x, channels, channels, first_relu=number > 1)
    with x.block("middle"):
        for number in range(1, MIDDLE_BLOCKS + 1):
            with x.block(f"block{number}"):
                y = x
                for _ in range(3):
                    y = separable_bn(ReLU()(y), x.channels, 3)
                x = x + y
    with x.block("exit"):
        with x.block("block1"):
            x = down_sampling(x, 728, 1024)
        x = ReLU()(separable_bn(x, 1536, 3))
        x = ReLU()(separable_bn(x, 2048, 3))
    return classifier(x, num_classes)
