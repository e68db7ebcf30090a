"""LightCNN: half of the maps survive each layer, in a contest of pairs, instead of a ReLU."""

from ..layers import Conv2d, Flatten, Linear, Maximum, MaxPool2d, SelectChannels
from .blocks import padding_that_keeps
from .definition import family

CLASSES = 79077  # persons in the authors' list of training images
# Residual blocks before each but the first convolution of the table, output channels, whether pooling follows.
GROUPS = {
    9: ((0, 96, True), (0, 192, True), (0, 128, False), (0, 128, True)),
    29: ((1, 96, True), (2, 192, True), (3, 128, False), (4, 128, True)),
}


def mfm(x, out_channels, kernel_size, padding=None):
    """Max-feature-map (figure 1c): twice as many maps, and the larger value of each pair."""
    padding = padding_that_keeps(kernel_size) if padding is None else padding
    x = Conv2d(2 * out_channels, kernel_size, padding=padding)(x)
    return Maximum()(SelectChannels(range(out_channels))(x), SelectChannels(range(out_channels, 2 * out_channels))(x))


@family(
    "LightCNN",
    2015,
    "Wu, He, Sun, Tan 2015, table II",
    members={
        "light_cnn9": {"depth": 9},
        "light_cnn29": {"depth": 29, "source": "Wu, He, Sun, Tan 2015, table III"},
    },
    resolutions=128,
    channels=1,
)
def light_cnn(x, depth, num_classes=CLASSES):
    """LightCNN-{depth} for faces, on one channel of 128 x 128.

    Every convolution is a max-feature-map, those in the residual blocks of LightCNN-29 too, which have no norm.
    fc1, fully connected, is written as a convolution over the whole map. Its 256 outputs are the representation of a
    face; fc2, which serves training, is not in the table's counts. Strides, padding and the number of persons are
    those of the authors' released code. Dropout is left out.
    """
    with x.block("conv1"):
        x = MaxPool2d(2, ceil_mode=True)(mfm(x, 48, 5))
    for number, (blocks, channels, pooled) in enumerate(GROUPS[depth], start=2):
        for block in range(1, blocks + 1):
            with x.block(f"conv{number}.block{block}"):
                x = x + mfm(mfm(x, x.channels, 3), x.channels, 3)
        with x.block(f"conv{number}"):
            x = mfm(mfm(x, x.channels, 1), channels, 3)
            x = MaxPool2d(2, ceil_mode=True)(x) if pooled else x
    with x.block("fc1"):
        x = mfm(x, 256, (x.height, x.width), padding=0)
    with x.block("fc2"):
        return Linear(num_classes)(Flatten()(x))
