"""ShuffleNet: pointwise convolutions in groups, and a shuffle so that the groups hear each other."""

from ..layers import AvgPool2d, ChannelShuffle, Concat, MaxPool2d, ReLU
from .blocks import classifier, conv_bn, squeeze_excite
from .definition import model

STAGE2_CHANNELS = {1: 144, 2: 200, 3: 240, 4: 272, 8: 384}  # table 1, by groups; stages 3 and 4 double them
CONV1_CHANNELS = 24
REPEATS = {"paper": (4, 8, 4), "shallow": (2, 4, 2)}
SE_REDUCTION = 16


def multiple(channels, divisor):
    """Return the multiple of `divisor` nearest to `channels`, at least one; halves up."""
    return max(1, int(channels / divisor + 0.5)) * divisor


def unit(x, out_channels, stride, groups, first_groups, se=False):
    """Grouped 1x1, shuffle, depthwise 3x3, grouped 1x1 (figure 2b); with stride 2 the input, averaged, is stacked
    beside it instead of added (figure 2c).
    """
    new_channels = out_channels if stride == 1 else out_channels - x.channels
    y = ReLU()(conv_bn(x, out_channels // 4, 1, groups=first_groups, name="reduce"))
    y = ChannelShuffle(groups)(y)
    y = conv_bn(y, y.channels, 3, stride, groups=y.channels, name="dw")
    y = conv_bn(y, new_channels, 1, groups=groups, name="expand")
    if stride == 1:
        y = squeeze_excite(y, y.channels // SE_REDUCTION) if se else y
        return ReLU()(x + y)
    y = ReLU()(Concat()(AvgPool2d(3, stride=2, padding=1)(x), y))
    return squeeze_excite(y, y.channels // SE_REDUCTION) if se else y


@model("ShuffleNet", 2017, "Zhang et al. 2017, table 1", ("paper", "shallow"), choices={"groups": STAGE2_CHANNELS})
def shufflenet_v1(x, groups=3, width_mult=1.0, se=False, num_classes=1000, variant="paper"):
    """ShuffleNet V1; groups is one of 1, 2, 3, 4, 8, each with the paper's widths.

    The first pointwise convolution of stage 2 is not grouped, since it reads only 24 channels. A unit's bottleneck
    has a quarter of its output channels.

    width_mult scales the channels ("ShuffleNet s x"). The paper does not say how they are rounded. Here a stage's
    first width becomes the nearest multiple of four times the groups, without which a bottleneck could not be cut
    into groups; for 0.5x with 4 groups that gives the 576 channels of stage 4 that section 4.2 prints. The first
    convolution follows the authors' released code: scaled below 1x, 24 at 1x and 1.5x, 48 at 2x.
    se: squeeze and excite to a sixteenth in each unit (table 5), on all output channels, as the printed 527 M at 2x
    needs. shallow: half of the units of each stage removed (table 5), which at 0.5x, 3 groups costs 22 M; the 40 M
    printed for it are those of 0.7x.
    """
    stage2 = multiple(STAGE2_CHANNELS[groups] * width_mult, 4 * groups)
    conv1 = CONV1_CHANNELS * (width_mult if width_mult < 1 else int(width_mult))
    with x.block("conv1"):
        x = ReLU()(conv_bn(x, multiple(conv1, groups), 3, stride=2, name="conv"))
        x = MaxPool2d(3, stride=2, padding=1)(x)
    for stage, repeats in enumerate(REPEATS[variant]):
        with x.block(f"stage{stage + 2}"):
            for number in range(1, repeats + 1):
                first = number == 1
                with x.block(f"unit{number}"):
                    x = unit(
                        x,
                        stage2 << stage,
                        2 if first else 1,
                        groups,
                        first_groups=1 if first and stage == 0 else groups,
                        se=se,
                    )
    return classifier(x, num_classes)
