"""EfficientNet: one network, found by a search, scaled in depth, width and resolution together."""

from math import ceil

from ..layers import SiLU
from .blocks import classifier, conv_bn, inverted_residual, rounded, squeeze_excite
from .definition import family

# Table 1 of the paper, B0: expansion t, kernel size, output channels c, repeats n, stride of the first.
STAGES = (
    (1, 3, 16, 1, 1),
    (6, 3, 24, 2, 2),
    (6, 5, 40, 2, 2),
    (6, 3, 80, 3, 2),
    (6, 5, 112, 3, 1),
    (6, 5, 192, 4, 2),
    (6, 3, 320, 1, 1),
)
# The authors' code: what width and depth of B0 are multiplied by, and the resolution.
SCALES = {
    "B0": (1.0, 1.0, 224),
    "B1": (1.0, 1.1, 240),
    "B2": (1.1, 1.2, 260),
    "B3": (1.2, 1.4, 300),
    "B4": (1.4, 1.8, 380),
    "B5": (1.6, 2.2, 456),
    "B6": (1.8, 2.6, 528),
    "B7": (2.0, 3.1, 600),
}
TORCHVISION_SIDES = {"B2": 288}


def mbconv(x, out_channels, kernel_size, stride, expand_ratio):
    """MBConv: MobileNet V2's block with swish, and a gate of a quarter of the channels that enter the block."""
    squeezed = max(1, x.channels // 4)

    def gate(y):
        return squeeze_excite(y, squeezed, activation=SiLU)

    return inverted_residual(x, out_channels, kernel_size, stride, expand_ratio * x.channels, SiLU, gate)


@family(
    "EfficientNet",
    2019,
    "Tan, Le 2019, table 1; scaled as in the authors' code",
    members={
        f"efficientnet_{size.lower()}": {
            "size": size,
            "width_mult": width,
            "depth_mult": depth,
            "resolutions": {"paper": side, "torchvision": TORCHVISION_SIDES.get(size, side)},
        }
        for size, (width, depth, side) in SCALES.items()
    },
    variants=("paper", "torchvision"),
)
def efficientnet(x, size, num_classes=1000, width_mult=1.0, depth_mult=1.0):
    """EfficientNet-{size}; the variants differ in the resolution of B2 alone.

    width_mult scales the channels of B0, rounded to multiples of 8; depth_mult its repeats, rounded up.
    """

    def width(channels):
        return rounded(channels * width_mult, 8)

    with x.block("conv1"):
        x = SiLU()(conv_bn(x, width(32), 3, stride=2))
    for number, (t, k, c, n, s) in enumerate(STAGES, start=1):
        with x.block(f"stage{number}"):
            for repeat in range(1, ceil(n * depth_mult) + 1):
                with x.block(f"block{repeat}"):
                    x = mbconv(x, width(c), k, s if repeat == 1 else 1, t)
    with x.block("conv2"):
        x = SiLU()(conv_bn(x, 4 * x.channels, 1))
    return classifier(x, num_classes)
