"""ConvNeXt: a ResNet modernised step by step towards a vision transformer, without attention."""

from ..layers import GELU, AdaptiveAvgPool2d, Conv2d, Flatten, LayerNorm, Linear, Scale
from .definition import family

# Section 3 of the paper: blocks and channels of the four stages.
SIZES = {
    "tiny": ((3, 3, 9, 3), (96, 192, 384, 768)),
    "small": ((3, 3, 27, 3), (96, 192, 384, 768)),
    "base": ((3, 3, 27, 3), (128, 256, 512, 1024)),
    "large": ((3, 3, 27, 3), (192, 384, 768, 1536)),
}
# How torchvision writes it: channels first in a class of its own; inside a block channels last, in fully connected
# layers.
FIRST, LAST = "subclass of nn.LayerNorm", "nn.Linear"


def block(x, written):
    """Depthwise 7x7, layer norm, 1x1 to four times the channels, GELU, 1x1 back, a trained scale (figure 4)."""
    y = LayerNorm()(Conv2d(x.channels, 7, padding=3, groups=x.channels)(x, name="dw"))
    y = GELU()(Conv2d(4 * x.channels, 1)(y, name="expand", written=written))
    y = Conv2d(x.channels, 1)(y, name="project", written=written)
    return x + Scale((x.channels, 1, 1))(y)


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
    for stage, (blocks, channels) in enumerate(zip(*SIZES[size]), start=1):
        with x.block(f"stage{stage}"):
            if stage == 1:
                x = LayerNorm()(Conv2d(channels, 4, stride=4)(x, name="patches"), written=first)
            else:
                x = Conv2d(channels, 2, stride=2)(LayerNorm()(x, written=first), name="down")
            for number in range(1, blocks + 1):
                with x.block(f"block{number}"):
                    x = block(x, last)
    with x.block("head"):
        x = Flatten()(LayerNorm()(AdaptiveAvgPool2d(1)(x), written=first))
        return Linear(num_classes)(x)
