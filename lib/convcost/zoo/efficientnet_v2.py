"""EfficientNet V2: the first stages with ordinary convolutions in place of depthwise ones."""

from ..layers import SiLU
from .blocks import classifier, conv_bn
from .definition import family
from .efficientnet import mbconv

# Fused or not, expansion t, stride of the first, output channels c, repeats n; all kernels are 3x3. S: table 4 of the
# paper; M and L: the authors' code.
STAGES = {
    "S": (
        (True, 1, 1, 24, 2),
        (True, 4, 2, 48, 4),
        (True, 4, 2, 64, 4),
        (False, 4, 2, 128, 6),
        (False, 6, 1, 160, 9),
        (False, 6, 2, 256, 15),
    ),
    "M": (
        (True, 1, 1, 24, 3),
        (True, 4, 2, 48, 5),
        (True, 4, 2, 80, 5),
        (False, 4, 2, 160, 7),
        (False, 6, 1, 176, 14),
        (False, 6, 2, 304, 18),
        (False, 6, 1, 512, 5),
    ),
    "L": (
        (True, 1, 1, 32, 4),
        (True, 4, 2, 64, 7),
        (True, 4, 2, 96, 7),
        (False, 4, 2, 192, 10),
        (False, 6, 1, 224, 19),
        (False, 6, 2, 384, 25),
        (False, 6, 1, 640, 7),
    ),
}
SIDES = {"S": 384, "M": 480, "L": 480}


def fused_mbconv(x, out_channels, stride, expand_ratio):
    """Fused-MBConv: a full 3x3 convolution to t times the channels, then 1x1; one 3x3 where t is 1 (figure 2)."""
    y = x
    if expand_ratio != 1:
        y = SiLU()(conv_bn(y, expand_ratio * x.channels, 3, stride, name="expand"))
        y = conv_bn(y, out_channels, 1, name="project")
    else:
        y = SiLU()(conv_bn(y, out_channels, 3, stride, name="conv"))
    return x + y if x.shape == y.shape else y


@family(
    "EfficientNet V2",
    2021,
    "Tan, Le 2021, table 4; sizes M and L as in the authors' code",
    members={f"efficientnet_v2_{size.lower()}": {"size": size, "resolutions": side} for size, side in SIDES.items()},
    variants=("paper", "torchvision"),
)
def efficientnet_v2(x, size, num_classes=1000):
    """EfficientNet V2-{size} at the resolution of its evaluation; both variants are the same network."""
    with x.block("conv1"):
        x = SiLU()(conv_bn(x, STAGES[size][0][3], 3, stride=2))
    for number, (fused, t, s, c, n) in enumerate(STAGES[size], start=1):
        with x.block(f"stage{number}"):
            for repeat in range(1, n + 1):
                stride = s if repeat == 1 else 1
                with x.block(f"block{repeat}"):
                    x = fused_mbconv(x, c, stride, t) if fused else mbconv(x, c, 3, stride, t)
    with x.block("conv2"):
        x = SiLU()(conv_bn(x, 1280, 1))
    return classifier(x, num_classes)
