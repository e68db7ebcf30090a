"""ConvNeXt: a ResNet modernised step by step towards a vision transformer, without attention. V2's channels compete."""

from ..layers import (
    GELU,
    AdaptiveAvgPool2d,
    Conv2d,
    Flatten,
    LayerNorm,
    Linear,
    Mean,
    Multiply,
    Quotient,
    Scale,
    Shift,
    VectorNorm,
)
from .definition import family

# Section 3 of the paper: blocks and channels of the four stages.
SIZES = {
    "tiny": ((3, 3, 9, 3), (96, 192, 384, 768)),
    "small": ((3, 3, 27, 3), (96, 192, 384, 768)),
    "base": ((3, 3, 27, 3), (128, 256, 512, 1024)),
    "large": ((3, 3, 27, 3), (192, 384, 768, 1536)),
}
# The authors' code of V2 (models/convnextv2.py); the smaller sizes are those of Wightman's small ConvNeXts.
SIZES_V2 = {
    "atto": ((2, 2, 6, 2), (40, 80, 160, 320)),
    "femto": ((2, 2, 6, 2), (48, 96, 192, 384)),
    "pico": ((2, 2, 6, 2), (64, 128, 256, 512)),
    "nano": ((2, 2, 8, 2), (80, 160, 320, 640)),
    "tiny": SIZES["tiny"],
    "base": SIZES["base"],
    "large": SIZES["large"],
    "huge": ((3, 3, 27, 3), (352, 704, 1408, 2816)),
}
# How torchvision writes it: channels first in a class of its own; inside a block channels last, in fully connected
# layers.
FIRST, LAST = "subclass of nn.LayerNorm", "nn.Linear"


def block(x, written=None):
    """Depthwise 7x7, layer norm, 1x1 to four times the channels, GELU, 1x1 back, a trained scale (figure 4)."""
    y = LayerNorm()(Conv2d(x.channels, 7, padding=3, groups=x.channels)(x, name="dw"))
    y = GELU()(Conv2d(4 * x.channels, 1)(y, name="expand", written=written))
    y = Conv2d(x.channels, 1)(y, name="project", written=written)
    return x + Scale((x.channels, 1, 1))(y)


def block_v2(x):
    """The block of V2 (figure 5): global response norm behind GELU, and no scale at the end."""
    y = LayerNorm()(Conv2d(x.channels, 7, padding=3, groups=x.channels)(x, name="dw"))
    y = GELU()(Conv2d(4 * x.channels, 1)(y, name="expand"))
    y = global_response_norm(y)
    return x + Conv2d(x.channels, 1)(y, name="project")


def global_response_norm(x):
    """Each channel times its length over the mean length of all channels, with a trained scale and shift, beside a
    shortcut (V2's equations 1 to 4; length: the root of the sum of squares over all positions)."""
    length = VectorNorm(axes=(1, 2))(x)
    mean = Shift(trained=False)(Mean(axes=(0,))(length))  # + eps
    y = Multiply()(x, Quotient()(length, mean))
    return x + Shift((x.channels, 1, 1))(Scale((x.channels, 1, 1))(y))


def stages(x, sizes, block, num_classes, first=None):
    """The network around the blocks, which both versions share. first: how the code spells its layer norms."""
    for stage, (blocks, channels) in enumerate(zip(*sizes), start=1):
        with x.block(f"stage{stage}"):
            if stage == 1:
                x = LayerNorm()(Conv2d(channels, 4, stride=4)(x, name="patches"), written=first)
            else:
                x = Conv2d(channels, 2, stride=2)(LayerNorm()(x, written=first), name="down")
            for number in range(1, blocks + 1):
                with x.block(f"block{number}"):
                    x = block(x)
    with x.block("head"):
        x = Flatten()(LayerNorm()(AdaptiveAvgPool2d(1)(x), written=first))
        return Linear(num_classes)(x)


@family(
    "ConvNeXt",
    2022,
    "Liu et al. 2022, section 3 and figure 4",
    members={f"convnext_{size}": {"size": size} for size in SIZES},
    variants=("paper", "torchvision"),
)
def convnext(x, size, num_classes=1000, variant="paper"):
    """ConvNeXt-{size}; both variants are the same network, which torchvision spells differently.

    Every block ends with a trained scale for each channel, as in the authors' code.
    """
    first, last = (FIRST, LAST) if variant == "torchvision" else (None, None)
    return stages(x, SIZES[size], lambda x: block(x, last), num_classes, first)


@family(
    "ConvNeXt V2",
    2023,
    "Woo et al. 2023, section 3 and figure 5; sizes of the authors' code",
    members={f"convnext_v2_{size}": {"size": size} for size in SIZES_V2},
)
def convnext_v2(x, size, num_classes=1000):
    """ConvNeXt V2-{size}: ConvNeXt with global response normalisation in each block, in place of the trained scale."""
    return stages(x, SIZES_V2[size], block_v2, num_classes)
