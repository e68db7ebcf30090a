"""ResNet: blocks that learn a correction to their input."""

from ..errors import unknown
from ..layers import MaxPool2d, ReLU, ZeroPadChannels
from .blocks import classifier, conv_bn
from .definition import family

# Table 1 of the paper: blocks in conv2_x to conv5_x.
BLOCKS = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}
SHORTCUTS = ("A", "B", "C")


def basic(x, channels, stride):
    """Two 3x3 convolutions (figure 5, left)."""
    return conv_bn(ReLU()(conv_bn(x, channels, 3, stride)), channels, 3)


def bottleneck(x, channels, stride, stride_in_3x3=True, groups=1, width_per_group=64):
    """1x1 to fewer channels, 3x3, 1x1 to four times as many (figure 5, right).

    groups: of the 3x3 convolution (ResNeXt); width_per_group: the channels of each in conv2_x, doubled from stage
    to stage.
    """
    first, second = (1, stride) if stride_in_3x3 else (stride, 1)
    width = channels * width_per_group // 64 * groups
    y = ReLU()(conv_bn(x, width, 1, first))
    y = ReLU()(conv_bn(y, width, 3, second, groups=groups))
    return conv_bn(y, 4 * channels, 1)


def shortcut_map(x, out_channels, stride, shortcut):
    """The other summand: x itself, or what brings it to the shape of the block's output (options of section 4.1)."""
    if shortcut not in SHORTCUTS:
        raise unknown("shortcut", shortcut, SHORTCUTS)
    same_shape = stride == 1 and x.channels == out_channels
    if shortcut == "C" or (not same_shape and shortcut == "B"):
        with x.block("shortcut"):
            return conv_bn(x, out_channels, 1, stride)
    return x if same_shape else ZeroPadChannels(out_channels, stride)(x)


def residual_stages(x, repeats, channels, block, shortcut, first_name):
    """Stages of `block(x, channels, stride)` with shortcuts; all but the first halve the map and double `channels`."""
    for stage, n in enumerate(repeats):
        with x.block(f"conv{stage + first_name}_x"):
            for number in range(1, n + 1):
                stride = 2 if stage > 0 and number == 1 else 1
                with x.block(f"block{number}"):
                    y = block(x, channels << stage, stride)
                    x = ReLU()(y + shortcut_map(x, y.channels, stride, shortcut))
    return x


def imagenet_resnet(x, depth, block, num_classes, shortcut):
    """Table 1: a 7x7 stem and four stages of `block(x, channels, stride)`."""
    with x.block("conv1"):
        x = ReLU()(conv_bn(x, 64, 7, stride=2))
    with x.block("conv2_x"):
        x = MaxPool2d(3, stride=2, padding=1)(x)
    x = residual_stages(x, BLOCKS[depth], 64, block, shortcut, first_name=2)
    return classifier(x, num_classes)


@family(
    "ResNet",
    2015,
    "He, Zhang, Ren, Sun 2015, table 1",
    members={f"resnet{depth}": {"depth": depth} for depth in BLOCKS},
    variants=("paper", "torchvision"),
    choices={"shortcut": SHORTCUTS},
)
def resnet(x, depth, num_classes=1000, shortcut="B", variant="paper"):
    """ResNet-{depth}.

    paper: a bottleneck block that halves the map does so in its first 1x1 convolution. torchvision: in its 3x3
    convolution, which costs more and scores better ("v1.5"). Blocks of two 3x3 convolutions are alike in both.
    shortcut: what joins maps of different shapes: "A" identity with zeros for the new channels (no parameters),
    "B" a 1x1 projection, "C" a projection around every block. The paper compares all three.
    """

    def deep(x, channels, stride):
        return bottleneck(x, channels, stride, stride_in_3x3=variant == "torchvision")

    return imagenet_resnet(x, depth, basic if depth < 50 else deep, num_classes, shortcut)
