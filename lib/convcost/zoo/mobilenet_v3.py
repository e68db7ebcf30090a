"""MobileNet V3: found by a search, with squeeze and excite, hard swish and a cheaper end."""

from ..layers import AdaptiveAvgPool2d, Flatten, Hardsigmoid, Hardswish, Linear, ReLU
from .blocks import conv_bn, inverted_residual, rounded, squeeze_excite
from .definition import family

# Tables 1 and 2 of the paper: kernel size, expanded and output channels, squeeze and excite, activation, stride.
LARGE = (
    (3, 16, 16, False, ReLU, 1),
    (3, 64, 24, False, ReLU, 2),
    (3, 72, 24, False, ReLU, 1),
    (5, 72, 40, True, ReLU, 2),
    (5, 120, 40, True, ReLU, 1),
    (5, 120, 40, True, ReLU, 1),
    (3, 240, 80, False, Hardswish, 2),
    (3, 200, 80, False, Hardswish, 1),
    (3, 184, 80, False, Hardswish, 1),
    (3, 184, 80, False, Hardswish, 1),
    (3, 480, 112, True, Hardswish, 1),
    (3, 672, 112, True, Hardswish, 1),
    (5, 672, 160, True, Hardswish, 2),
    (5, 960, 160, True, Hardswish, 1),
    (5, 960, 160, True, Hardswish, 1),
)
SMALL = (
    (3, 16, 16, True, ReLU, 2),
    (3, 72, 24, False, ReLU, 2),
    (3, 88, 24, False, ReLU, 1),
    (5, 96, 40, True, Hardswish, 2),
    (5, 240, 40, True, Hardswish, 1),
    (5, 240, 40, True, Hardswish, 1),
    (5, 120, 48, True, Hardswish, 1),
    (5, 144, 48, True, Hardswish, 1),
    (5, 288, 96, True, Hardswish, 2),
    (5, 576, 96, True, Hardswish, 1),
    (5, 576, 96, True, Hardswish, 1),
)
SIZES = {"Large": (LARGE, 1280), "Small": (SMALL, 1024)}  # rows of the table, and channels before the classifier


def gate(y):
    """Squeeze to a quarter of the expanded channels, in multiples of 8, and excite by a hard sigmoid (section 5.3)."""
    return squeeze_excite(y, rounded(y.channels // 4, 8), gate=Hardsigmoid)


@family(
    "MobileNet V3",
    2019,
    "Howard et al. 2019, tables 1 and 2",
    members={f"mobilenet_v3_{size.lower()}": {"size": size} for size in SIZES},
    variants=("paper", "torchvision"),
)
def mobilenet_v3(x, size, width_mult=1.0, num_classes=1000, variant="paper"):
    """MobileNet V3-{size}.

    Behind the last map stand pooling and two fully connected layers, which the paper writes as 1x1 convolutions.
    Table 2 has squeeze and excite behind the last convolution too; torchvision and timm have not, and neither has
    this. width_mult scales the channels, rounded to multiples of 8. paper: as timm does for the authors' weights, a
    block expands what it gets by the table's factor, and the layer before the classifier never shrinks. torchvision:
    every number of the table is scaled. At 1.0 both are the same network.
    """
    torchvision = variant == "torchvision"
    rows, last = SIZES[size]
    with x.block("conv1"):
        x = Hardswish()(conv_bn(x, rounded(16 * width_mult, 8), 3, stride=2))
    before = 16
    for number, (k, expanded, c, se, activation, s) in enumerate(rows, start=1):
        scale = width_mult if torchvision else x.channels / before
        with x.block(f"bneck{number}"):
            wide, channels = rounded(expanded * scale, 8), rounded(c * width_mult, 8)
            x = inverted_residual(x, channels, k, s, wide, activation, gate if se else None)
        before = c
    with x.block("conv2"):
        x = Hardswish()(conv_bn(x, 6 * x.channels, 1))
    with x.block("head"):
        last = rounded(last * (width_mult if torchvision else max(1.0, width_mult)), 8)
        x = Hardswish()(Linear(last)(Flatten()(AdaptiveAvgPool2d(1)(x))))
        return Linear(num_classes)(x)
