"""GhostNet: half of the channels from a convolution, the other half from those by a cheap depthwise one."""

from ..layers import AdaptiveAvgPool2d, Concat, Conv2d, Flatten, Hardsigmoid, Linear, ReLU
from .blocks import conv_bn, rounded, squeeze_excite
from .definition import model

# Table 1 of the paper: kernel size of depthwise convolution and shortcut, expanded and output channels, squeeze and
# excite, stride.
BOTTLENECKS = (
    (3, 16, 16, False, 1),
    (3, 48, 24, False, 2),
    (3, 72, 24, False, 1),
    (5, 72, 40, True, 2),
    (5, 120, 40, True, 1),
    (3, 240, 80, False, 2),
    (3, 200, 80, False, 1),
    (3, 184, 80, False, 1),
    (3, 184, 80, False, 1),
    (3, 480, 112, True, 1),
    (3, 672, 112, True, 1),
    (5, 672, 160, True, 2),
    (5, 960, 160, False, 1),
    (5, 960, 160, True, 1),
    (5, 960, 160, False, 1),
    (5, 960, 160, True, 1),
)


def ghost(x, out_channels, activated):
    """Half of the channels by 1x1, the other half by a depthwise 3x3 of the first, side by side (figure 2b)."""
    first = conv_bn(x, out_channels // 2, 1, name="primary")
    first = ReLU()(first) if activated else first
    second = conv_bn(first, out_channels // 2, 3, groups=out_channels // 2, name="cheap")
    return Concat()(first, ReLU()(second) if activated else second)


def bottleneck(x, kernel_size, expanded, out_channels, se, stride):
    """A ghost module to more channels and one to fewer, a depthwise convolution between them where the map is halved
    (figure 3); the other summand is x, or a separable convolution of it.
    """
    with x.block("ghost1"):
        y = ghost(x, expanded, activated=True)
    if stride > 1:
        y = conv_bn(y, expanded, kernel_size, stride, groups=expanded, name="dw")
    if se:
        y = squeeze_excite(y, rounded(expanded / 4, 4), gate=Hardsigmoid)
    with x.block("ghost2"):
        y = ghost(y, out_channels, activated=False)
    if x.shape != y.shape:
        with x.block("shortcut"):
            x = conv_bn(x, x.channels, kernel_size, stride, groups=x.channels, name="dw")
            x = conv_bn(x, out_channels, 1, name="pw")
    return y + x


@model("GhostNet", 2019, "Han et al. 2019, table 1, figure 3; details of the authors' code")
def ghostnet(x, width_mult=1.0, num_classes=1000):
    """GhostNet.

    width_mult scales the channels, rounded to multiples of 4, but not the 1280 before the classifier.
    """

    def width(channels):
        return rounded(channels * width_mult, 4)

    with x.block("conv1"):
        x = ReLU()(conv_bn(x, width(16), 3, stride=2))
    for number, (k, expanded, c, se, s) in enumerate(BOTTLENECKS, start=1):
        with x.block(f"bneck{number}"):
            x = bottleneck(x, k, width(expanded), width(c), se, s)
    with x.block("conv2"):
        x = ReLU()(conv_bn(x, width(960), 1))
    with x.block("head"):
        x = ReLU()(Conv2d(1280, 1)(AdaptiveAvgPool2d(1)(x)))
        return Linear(num_classes)(Flatten()(x))
