"""RegNet: a residual network whose stages follow from a straight line of widths."""

from itertools import groupby
from math import log

from ..layers import ReLU
from .blocks import classifier, conv_bn, rounded, squeeze_excite
from .definition import family

# Depth, w_0, w_a, w_m, group width, as in the authors' code; the paper prints w_a and w_m with fewer digits.
X = {
    "400MF": (22, 24, 24.48, 2.54, 16),
    "800MF": (16, 56, 35.73, 2.28, 16),
    "1.6GF": (18, 80, 34.01, 2.25, 24),
    "3.2GF": (25, 88, 26.31, 2.25, 48),
    "8GF": (23, 80, 49.56, 2.88, 120),
    "16GF": (22, 216, 55.59, 2.1, 128),
    "32GF": (23, 320, 69.86, 2.0, 168),
}
Y = {
    "400MF": (16, 48, 27.89, 2.09, 8),
    "800MF": (14, 56, 38.84, 2.4, 16),
    "1.6GF": (27, 48, 20.71, 2.65, 24),
    "3.2GF": (21, 80, 42.63, 2.66, 24),
    "8GF": (17, 192, 76.82, 2.19, 56),
    "16GF": (18, 200, 106.23, 2.48, 112),
    "32GF": (20, 232, 115.89, 2.53, 232),
}


def stages(depth, w_0, w_a, w_m):
    """Return (width, blocks) of each stage.

    Block j would have w_0 + w_a j channels; it gets the nearest power of w_m times w_0 (nearest in the exponent), in
    multiples of 8 (equations 2 to 4). Blocks of one width are a stage.
    """
    exponents = [round(log((w_0 + w_a * j) / w_0) / log(w_m)) for j in range(depth)]
    widths = [8 * round(w_0 * w_m**exponent / 8) for exponent in exponents]
    return [(width, len(list(blocks))) for width, blocks in groupby(widths)]


def fitted(width, group_width, variant):
    """Return the width as a multiple of the group width, and the group width, which is at most the width."""
    group_width = min(group_width, width)
    nearest = rounded(width, group_width) if variant == "torchvision" else round(width / group_width) * group_width
    return nearest, group_width


def block(x, channels, stride, group_width, se):
    """1x1, grouped 3x3, 1x1, all of the same width; Y: a gate of a quarter of the block's inputs behind the 3x3."""
    y = ReLU()(conv_bn(x, channels, 1))
    y = ReLU()(conv_bn(y, channels, 3, stride, groups=channels // group_width))
    y = conv_bn(squeeze_excite(y, round(x.channels / 4)) if se else y, channels, 1)
    if x.shape != y.shape:
        with x.block("shortcut"):
            x = conv_bn(x, channels, 1, stride)
    return ReLU()(x + y)


@family(
    "RegNet",
    2020,
    "Radosavovic et al. 2020, equations 2 to 4; numbers of the authors' code",
    members={
        f"regnet_{letter.lower()}_{size.lower().replace('.', '_')}": {"letter": letter, "size": size}
        for letter, sizes in (("X", X), ("Y", Y))
        for size in sizes
    },
    variants=("paper", "torchvision"),
)
def regnet(x, letter, size, num_classes=1000, variant="paper"):
    """RegNet{letter}-{size}: four stages, each of one width; Y has squeeze and excite.

    A width must be a multiple of the group width. paper: the nearest, as in the authors' code. torchvision: the
    nearest that is at most a tenth narrower.
    """
    *line, group_width = {"X": X, "Y": Y}[letter][size]
    with x.block("stem"):
        x = ReLU()(conv_bn(x, 32, 3, stride=2))
    for stage, (width, blocks) in enumerate(stages(*line), start=1):
        channels, each = fitted(width, group_width, variant)
        with x.block(f"stage{stage}"):
            for number in range(1, blocks + 1):
                with x.block(f"block{number}"):
                    x = block(x, channels, 2 if number == 1 else 1, each, letter == "Y")
    return classifier(x, num_classes)
