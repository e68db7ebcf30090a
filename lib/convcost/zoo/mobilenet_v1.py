"""MobileNet: every 3x3 convolution but the first split into a depthwise and a pointwise one."""

from .blocks import classifier, conv_bn_relu
from .definition import model

# Table 1 of the paper: output channels and stride of the 13 separable layers. The table prints stride 2 for the
# last one too; its 7 x 7 x 1024 output needs stride 1.
SEPARABLE = (
    (64, 1),
    (128, 2),
    (128, 1),
    (256, 2),
    (256, 1),
    (512, 2),
    (512, 1),
    (512, 1),
    (512, 1),
    (512, 1),
    (512, 1),
    (1024, 2),
    (1024, 1),
)
SHALLOW = SEPARABLE[:6] + SEPARABLE[11:]  # without the five layers of 14 x 14 x 512 (section 4.1)


@model("MobileNet", 2017, "Howard et al. 2017, table 1", ("paper", "full_convolution", "shallow"))
def mobilenet_v1(x, width_mult=1.0, num_classes=1000, variant="paper"):
    """MobileNet V1 with its two multipliers.

    width_mult scales every channel count (cut to a whole number, at least 8, as the authors' code does);
    resolution is the input side. full_convolution: ordinary 3x3 convolutions in place of the separable ones
    (table 4). shallow: the five 14 x 14 x 512 layers removed (table 5).
    """

    def width(channels):
        return max(8, int(width_mult * channels))

    with x.block("conv1"):
        x = conv_bn_relu(x, width(32), 3, stride=2, name="conv")
    for number, (channels, stride) in enumerate(SHALLOW if variant == "shallow" else SEPARABLE, start=1):
        with x.block(f"sep{number}"):
            if variant == "full_convolution":
                x = conv_bn_relu(x, width(channels), 3, stride, name="conv")
            else:
                x = conv_bn_relu(x, x.channels, 3, stride, groups=x.channels, name="dw")
                x = conv_bn_relu(x, width(channels), 1, name="pw")
    return classifier(x, num_classes)
