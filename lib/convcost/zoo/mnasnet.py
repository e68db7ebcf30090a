"""MnasNet: MobileNet V2's blocks, each stage with the kernel, expansion and gate that a search on a phone chose."""

from ..layers import ReLU
from .blocks import classifier, conv_bn, inverted_residual, rounded, squeeze_excite
from .definition import family

# Expansion t, kernel size, output channels c, repeats n, stride of the first, squeeze and excite.
A1 = (
    (6, 3, 24, 2, 2, False),
    (3, 5, 40, 3, 2, True),
    (6, 3, 80, 4, 2, False),
    (6, 3, 112, 2, 1, True),
    (6, 5, 160, 3, 2, True),
    (6, 3, 320, 1, 1, False),
)
B1 = (
    (3, 3, 24, 3, 2, False),
    (3, 5, 40, 3, 2, False),
    (6, 5, 80, 3, 2, False),
    (6, 3, 96, 2, 1, False),
    (6, 5, 192, 4, 2, False),
    (6, 3, 320, 1, 1, False),
)
LETTERS = {"A1": A1, "B1": B1}


@family(
    "MnasNet",
    2018,
    "Tan et al. 2018, and torchvision's code, which follows the authors'",
    members={
        "mnasnet_a1": {
            "found": "A1",
            "width_mult": 1.0,
            "variants": ("paper",),
            "source": "Tan et al. 2018, figure 7; the last convolution as in the authors' code",
        },
        "mnasnet0_5": {"found": "B1", "width_mult": 0.5},
        "mnasnet0_75": {"found": "B1", "width_mult": 0.75},
        "mnasnet1_0": {"found": "B1", "width_mult": 1.0},
        "mnasnet1_3": {"found": "B1", "width_mult": 1.3},
    },
    variants=("paper", "torchvision"),
)
def mnasnet(x, found, num_classes=1000, width_mult=1.0, variant="paper"):
    """MnasNet-{found}, {width_mult} times as wide; both variants are the same network.

    A1 has squeeze and excite, down to a quarter of the channels that enter the block; B1 was found without.
    width_mult scales the channels, rounded to multiples of 8, but not the 1280 of the last convolution.
    """
    with x.block("conv1"):
        x = ReLU()(conv_bn(x, rounded(32 * width_mult, 8), 3, stride=2))
    with x.block("sep"):
        x = ReLU()(conv_bn(x, x.channels, 3, groups=x.channels, name="dw"))
        x = conv_bn(x, rounded(16 * width_mult, 8), 1, name="pw")
    for number, (t, k, c, n, s, se) in enumerate(LETTERS[found], start=1):
        with x.block(f"stage{number}"):
            for repeat in range(1, n + 1):
                squeezed, channels = x.channels // 4, rounded(c * width_mult, 8)

                def gate(y, squeezed=squeezed):
                    return squeeze_excite(y, squeezed)

                with x.block(f"block{repeat}"):
                    stride = s if repeat == 1 else 1
                    x = inverted_residual(x, channels, k, stride, t * x.channels, ReLU, gate if se else None)
    with x.block("conv2"):
        x = ReLU()(conv_bn(x, 1280, 1))
    return classifier(x, num_classes, pooled_by="torch.mean" if variant == "torchvision" else None)
