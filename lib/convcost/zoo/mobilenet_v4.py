"""MobileNet V4: one block with two depthwise convolutions, each of which may be missing."""

from ..layers import AdaptiveAvgPool2d, Flatten, Linear, ReLU
from .blocks import conv_bn, rounded
from .definition import family

# A stage: universal inverted bottlenecks of first and second depthwise kernel (0: none), expansion t, output channels
# c, how often; the first of a stage halves the map.
SMALL = (
    ((5, 5, 3, 96, 1), (0, 3, 2, 96, 4), (3, 0, 4, 96, 1)),
    ((3, 3, 6, 128, 1), (5, 5, 4, 128, 1), (0, 5, 4, 128, 1), (0, 5, 3, 128, 1), (0, 3, 4, 128, 2)),
)
MEDIUM = (
    ((3, 5, 4, 80, 1), (3, 3, 2, 80, 1)),
    (
        (3, 5, 6, 160, 1),
        (3, 3, 4, 160, 2),
        (3, 5, 4, 160, 1),
        (3, 3, 4, 160, 1),
        (3, 0, 4, 160, 1),
        (0, 0, 2, 160, 1),
        (3, 0, 4, 160, 1),
    ),
    (
        (5, 5, 6, 256, 1),
        (5, 5, 4, 256, 1),
        (3, 5, 4, 256, 2),
        (0, 0, 4, 256, 1),
        (3, 0, 4, 256, 1),
        (3, 5, 2, 256, 1),
        (5, 5, 4, 256, 1),
        (0, 0, 4, 256, 2),
        (5, 0, 2, 256, 1),
    ),
)
# What stands before: convolutions with ReLU or without (kernel size, stride, channels, ReLU), stage by stage.
BEFORE = {
    "small": (((3, 2, 32, True), (1, 1, 32, True)), ((3, 2, 96, True), (1, 1, 64, True))),
    "medium": (((3, 2, 128, True), (1, 1, 48, False)),),  # a fused inverted bottleneck, 4 x 32 channels inside
}
STAGES = {"small": SMALL, "medium": MEDIUM}


def universal_inverted_bottleneck(x, first, second, expand_ratio, out_channels, stride):
    """Depthwise, 1x1 to t times the channels, depthwise, 1x1 back; only what expands and what follows has ReLU."""
    wide = rounded(expand_ratio * x.channels, 8)
    y = x
    if first:
        y = conv_bn(y, x.channels, first, 1 if second else stride, groups=x.channels, name="dw1")
    y = ReLU()(conv_bn(y, wide, 1, name="expand"))
    if second:
        y = ReLU()(conv_bn(y, wide, second, stride, groups=wide, name="dw2"))
    y = conv_bn(y, out_channels, 1, name="project")
    return x + y if x.shape == y.shape else y


@family(
    "MobileNet V4",
    2024,
    "Qin et al. 2024, and timm's code",
    members={f"mobilenet_v4_conv_{size}": {"size": size} for size in STAGES},
)
def mobilenet_v4(x, size, num_classes=1000):
    """MobileNet V4-Conv of size {size}, the networks without attention; layers as in timm's code."""
    with x.block("conv1"):
        x = ReLU()(conv_bn(x, 32, 3, stride=2))
    number = 0
    for convolutions in BEFORE[size]:
        number += 1
        with x.block(f"stage{number}"):
            for kernel_size, stride, channels, activated in convolutions:
                x = conv_bn(x, channels, kernel_size, stride)
                x = ReLU()(x) if activated else x
    for blocks in STAGES[size]:
        number += 1
        with x.block(f"stage{number}"):
            every = [block[:4] for block in blocks for _ in range(block[4])]
            for place, (first, second, t, c) in enumerate(every, start=1):
                with x.block(f"block{place}"):
                    x = universal_inverted_bottleneck(x, first, second, t, c, 2 if place == 1 else 1)
    with x.block("conv2"):
        x = ReLU()(conv_bn(x, 960, 1))
    with x.block("head"):
        x = ReLU()(conv_bn(AdaptiveAvgPool2d(1)(x), 1280, 1))
        return Linear(num_classes)(Flatten()(x))
