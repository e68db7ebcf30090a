"""Inception-v3: large kernels factorised into small and into one-dimensional ones."""

from ..layers import AdaptiveAvgPool2d, AvgPool2d, Concat, Flatten, Linear, MaxPool2d, ReLU
from .blocks import classifier, conv_bn
from .definition import model

ROW, COLUMN = (1, 7), (7, 1)


def relu(x):
    return ReLU()(x, written="F.relu")


def chain(x, *convolutions, stride=1):
    """Convolutions (out_channels, kernel_size), each with batch norm and ReLU; the last one has the stride.

    With stride 1 they keep the size; one with stride 2 is not padded.
    """
    for number, (out_channels, kernel_size) in enumerate(convolutions, start=1):
        last = number == len(convolutions)
        s = stride if last else 1
        x = relu(conv_bn(x, out_channels, kernel_size, s, padding=None if s == 1 else 0))
    return x


def pooled(x, out_channels):
    return chain(AvgPool2d(3, stride=1, padding=1)(x, written="F.avg_pool2d"), (out_channels, 1))


def halved(x):
    return MaxPool2d(3, stride=2)(x, written="F.max_pool2d")


def small_kernels(x, pool_channels):
    """Figure 5: two 3x3 in place of a 5x5; the released network keeps a 5x5 in one branch."""
    return Concat()(
        chain(x, (64, 1)), chain(x, (48, 1), (64, 5)), chain(x, (64, 1), (96, 3), (96, 3)), pooled(x, pool_channels)
    )


def to_17x17(x):
    """Figure 10: convolution and pooling side by side, both with stride 2."""
    return Concat()(chain(x, (384, 3), stride=2), chain(x, (64, 1), (96, 3), (96, 3), stride=2), halved(x))


def factorised(x, c):
    """Figure 6: 1x7 and 7x1 in place of 7x7."""
    return Concat()(
        chain(x, (192, 1)),
        chain(x, (c, 1), (c, ROW), (192, COLUMN)),
        chain(x, (c, 1), (c, COLUMN), (c, ROW), (c, COLUMN), (192, ROW)),
        pooled(x, 192),
    )


def to_8x8(x):
    return Concat()(
        chain(x, (192, 1), (320, 3), stride=2),
        chain(x, (192, 1), (192, ROW), (192, COLUMN), (192, 3), stride=2),
        halved(x),
    )


def expanded(x):
    """Figure 7: 1x3 and 3x1 side by side, for many channels on the coarsest map."""
    three, double = chain(x, (384, 1)), chain(x, (448, 1), (384, 3))
    return Concat()(
        chain(x, (320, 1)), *[chain(y, (384, k)) for y in (three, double) for k in ((1, 3), (3, 1))], pooled(x, 192)
    )


def auxiliary(x, num_classes):
    """Figure 8, with batch norm: a classifier on the 17 x 17 map."""
    x = chain(AvgPool2d(5, stride=3)(x, written="F.avg_pool2d"), (128, 1))
    x = relu(conv_bn(x, 768, 5, padding=0))
    return Linear(num_classes)(Flatten()(AdaptiveAvgPool2d(1)(x, written="F.adaptive_avg_pool2d")))


@model("Inception-v3", 2015, "Szegedy et al. 2015, table 1", ("paper", "torchvision"), resolutions=299)
def inception_v3(x, num_classes=1000, aux_logits=False):
    """Inception-v3.

    Table 1 gives the order of the parts and their output sizes; the filter numbers stand in a file beside the
    paper. Both variants are the network that the authors released and torchvision has: two stem convolutions more
    tightly cut (80 and 192 channels at 73 and 71), a pooling layer where the table has a third stride, and four
    modules at 17 x 17 besides the one that leads there. aux_logits: with the auxiliary classifier, the second output.
    """
    with x.block("stem"):
        x = chain(x, (32, 3), stride=2)
        x = relu(conv_bn(x, 32, 3, padding=0))
        x = MaxPool2d(3, stride=2)(chain(x, (64, 3)))
        x = relu(conv_bn(chain(x, (80, 1)), 192, 3, padding=0))
        x = MaxPool2d(3, stride=2)(x)
    for number, part, option in (
        (1, small_kernels, 32),
        (2, small_kernels, 64),
        (3, small_kernels, 64),
        (4, to_17x17, None),
        (5, factorised, 128),
        (6, factorised, 160),
        (7, factorised, 160),
        (8, factorised, 192),
    ):
        with x.block(f"mixed{number}"):
            x = part(x) if option is None else part(x, option)
    heads = []
    if aux_logits:
        with x.block("aux"):
            heads = [auxiliary(x, num_classes)]
    for number, part in ((9, to_8x8), (10, expanded), (11, expanded)):
        with x.block(f"mixed{number}"):
            x = part(x)
    return (classifier(x, num_classes), *heads)
