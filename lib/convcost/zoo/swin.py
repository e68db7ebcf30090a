"""Swin: a vision transformer whose tokens read those of their own window, over maps that shrink as in a ResNet."""

from ..layers import AdaptiveAvgPool2d, Conv2d, Flatten, LayerNorm, Linear, PixelUnshuffle, Roll, ZeroPad2d
from .definition import model
from .tokens import attention, mlp

WINDOW, HEAD = 7, 32  # sides of a window, channels of a head: section 3.3
STAGES = ((96, 2), (192, 2), (384, 6), (768, 2))  # channels and blocks of Swin-T


def cropped(x, height, width):
    """The map cut, or filled up with zeros, to a size: below and at the right."""
    right, below = width - x.width, height - x.height
    return ZeroPad2d((0, right, 0, below))(x) if right or below else x


def in_windows(x, shifted, written):
    """Attention inside windows; every second time these lie half a window further (figure 2)."""
    height, width = x.height, x.width
    x = cropped(x, -(-height // WINDOW) * WINDOW, -(-width // WINDOW) * WINDOW)
    shifts = tuple([WINDOW // 2 if shifted and side > WINDOW else 0 for side in (x.height, x.width)])
    x = Roll((0, -shifts[0], -shifts[1]))(x) if any(shifts) else x
    x = attention(x, x.channels // HEAD, (WINDOW, WINDOW), relative=True, masked=any(shifts), written=written)
    x = Roll((0, *shifts))(x) if any(shifts) else x
    return cropped(x, height, width)


@model("Swin", 2021, "Liu et al. 2021, section 3 and figure 3", variants=("paper", "torchvision"))
def swin_t(x, num_classes=1000, variant="paper"):
    """Swin-T: windows of 7 x 7 tokens, four stages of 96 to 768 channels; both variants are the same network, which
    torchvision spells in functions.

    A map that windows do not fill gets zeros below and at the right, as in the authors' code; those that a shift
    brings together from two ends of the map are kept apart by a mask.
    """
    in_functions, last = ("F.linear", "nn.Linear") if variant == "torchvision" else (None, None)
    for stage, (channels, blocks) in enumerate(STAGES, start=1):
        with x.block(f"stage{stage}"):
            if stage == 1:
                x = LayerNorm()(Conv2d(channels, 4, stride=4)(x, name="patches"))
            else:  # four neighbours become one token
                x = PixelUnshuffle(2)(cropped(x, x.height + x.height % 2, x.width + x.width % 2))
                x = Conv2d(channels, 1, bias=False)(LayerNorm()(x), name="merge", written=last)
            for number in range(1, blocks + 1):
                with x.block(f"block{number}"):
                    with x.block("attention"):
                        y = in_windows(LayerNorm()(x), number % 2 == 0, in_functions)
                    x = x + y
                    with x.block("mlp"):
                        y = mlp(LayerNorm()(x), 4, last)
                    x = x + y
    with x.block("head"):
        x = Flatten()(AdaptiveAvgPool2d(1)(LayerNorm()(x)))
        return Linear(num_classes)(x)
