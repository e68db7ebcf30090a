"""RepVGG: trained with three branches, deployed as one 3x3 convolution after the other."""

from ..layers import BatchNorm2d, Conv2d, ReLU
from .blocks import classifier, conv_bn
from .definition import family

# Tables 2 and 3 of the paper: blocks of stages 2 to 5, and the multipliers a (stages 1 to 4) and b (stage 5).
DEPTHS = {"A": (2, 4, 14, 1), "B": (4, 6, 16, 1)}
WIDTHS = {
    "A0": (0.75, 2.5),
    "A1": (1, 2.5),
    "A2": (1.5, 2.75),
    "B0": (1, 2.5),
    "B1": (2, 4),
    "B2": (2.5, 5),
    "B3": (3, 5),
}
GROUPED = {"B1g2": 2, "B1g4": 4, "B2g4": 4, "B3g4": 4}


def rep_block(x, out_channels, stride, groups, deployed):
    """A 3x3 convolution, a 1x1 beside it and, where the shape stays, the map itself, each with batch norm (figure 2).

    Deployed, the three are one 3x3 convolution with a bias, which gives the same values.
    """
    if deployed:
        return ReLU()(Conv2d(out_channels, 3, stride, padding=1, groups=groups)(x, name="conv"))
    y = conv_bn(x, out_channels, 1, stride, groups=groups, name="conv1x1")
    y = y + conv_bn(x, out_channels, 3, stride, groups=groups, name="conv3x3")
    return ReLU()(y + BatchNorm2d()(x) if x.shape == y.shape else y)


@family(
    "RepVGG",
    2021,
    "Ding et al. 2021, tables 2 and 3",
    members={
        f"repvgg_{size.lower()}": {"size": size, "groups": GROUPED.get(size, 1)}
        for size in sorted({**WIDTHS, **GROUPED})
    },
)
def repvgg(x, size, num_classes=1000, groups=1, deployed=True):
    """RepVGG-{size}.

    deployed: the branches of each block folded into one convolution, as the paper counts it; else the network that
    is trained, counted at inference. groups: of every second convolution, beginning with the third.
    """
    narrow, wide = WIDTHS[size[:2]]
    with x.block("stage1"):
        x = rep_block(x, min(64, int(64 * narrow)), 2, 1, deployed)
    layer = 1
    for stage, (channels, blocks) in enumerate(zip((64, 128, 256, 512), DEPTHS[size[0]]), start=2):
        out_channels = int(channels * (wide if stage == 5 else narrow))
        with x.block(f"stage{stage}"):
            for number in range(1, blocks + 1):
                layer += 1
                with x.block(f"block{number}"):
                    stride = 2 if number == 1 else 1
                    x = rep_block(x, out_channels, stride, groups if layer % 2 else 1, deployed)
    return classifier(x, num_classes)
