"""LeNet-5, which read the digits on bank cheques."""

from ..layers import (
    AvgPool2d,
    Concat,
    Conv2d,
    Flatten,
    Linear,
    MaxPool2d,
    RadialBasis,
    ReLU,
    ScaleShift,
    SelectChannels,
    Tanh,
)
from .definition import model

# Table I of the paper: the maps of S2 that each of the 16 maps of C3 reads.
C3_READS = (
    (0, 1, 2),
    (1, 2, 3),
    (2, 3, 4),
    (3, 4, 5),
    (0, 4, 5),
    (0, 1, 5),
    (0, 1, 2, 3),
    (1, 2, 3, 4),
    (2, 3, 4, 5),
    (0, 3, 4, 5),
    (0, 1, 4, 5),
    (0, 1, 2, 5),
    (0, 1, 3, 4),
    (1, 2, 4, 5),
    (0, 2, 3, 5),
    (0, 1, 2, 3, 4, 5),
)


def partly_connected(x):
    """A 5x5 convolution for each map of C3, over the maps that it reads."""
    return Concat()(*[Conv2d(1, kernel_size=5)(SelectChannels(maps)(x)) for maps in C3_READS])


@model(
    "LeNet",
    1998,
    "LeCun, Bottou, Bengio, Haffner 1998, section II.B and table I",
    variants=("paper", "plain"),
    resolutions=32,
    channels=1,
)
def lenet5(x, num_classes=10, variant="paper"):
    """LeNet-5 on one channel of 32 x 32.

    paper: C3 reads some of the maps of S2 only; a subsampling layer adds four pixels (here: their mean), multiplies
    by a trained scale and adds a trained shift; every layer ends in a tanh, whose two constants are left out; the
    output is the distance to fixed bitmaps, which are not trained: 60,000 trained parameters, 340,908 connections.
    plain: as courses build it today, C3 connected to all maps, ReLU, max pooling, a fully connected output.
    """
    plain = variant == "plain"

    def activate(x):
        return (ReLU() if plain else Tanh())(x)

    def subsample(x):
        return MaxPool2d(2)(x) if plain else activate(ScaleShift()(AvgPool2d(2)(x)))

    with x.block("C1"):
        x = activate(Conv2d(6, kernel_size=5)(x))
    with x.block("S2"):
        x = subsample(x)
    with x.block("C3"):
        x = activate(Conv2d(16, kernel_size=5)(x) if plain else partly_connected(x))
    with x.block("S4"):
        x = subsample(x)
    with x.block("C5"):
        x = activate(Conv2d(120, kernel_size=5)(x))
    with x.block("F6"):
        x = activate(Linear(84)(Flatten()(x)))
    with x.block("output"):
        return Linear(num_classes)(x) if plain else RadialBasis(num_classes)(x)
