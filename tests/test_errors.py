"""Bad input gives one ConvcostError of one line: what was wrong, where, its shapes, and what is allowed."""

import re

import pytest
from convcost import (
    AdaptiveAvgPool2d,
    Add,
    AvgPool2d,
    BatchNorm2d,
    ChannelShuffle,
    Concat,
    Conv2d,
    ConvcostError,
    FeatureMap,
    Flatten,
    Linear,
    LocalResponseNorm,
    MaxPool2d,
    Multiply,
    Network,
    ReLU,
    SelectChannels,
    ZeroPadChannels,
    models,
)


def x(channels=6, height=8, width=8):
    return FeatureMap(channels, height, width)


def error_of(action):
    with pytest.raises(ConvcostError) as caught:
        action()
    text = str(caught.value)
    assert "\n" not in text
    return text


LAYERS = {
    "groups do not divide the input channels": (
        lambda: Conv2d(8, 3, groups=4)(x(6)),
        "conv1 (Conv2d): groups=4 must divide both its 6 input channels and its 8 output channels",
    ),
    "groups do not divide the output channels": (
        lambda: Conv2d(9, 3, groups=2)(x(6)),
        "conv1 (Conv2d): groups=2 must divide both its 6 input channels and its 9 output channels",
    ),
    "kernel larger than the input": (
        lambda: Conv2d(8, 5)(x(6, 4, 4)),
        "conv1 (Conv2d): kernel 5x5 is larger than its input 6x4x4 with padding 0",
    ),
    "dilated kernel larger than the padded input": (
        lambda: Conv2d(8, 3, padding=1, dilation=3)(x(6, 4, 9)),
        "conv1 (Conv2d): kernel 3x3 (dilation 3: it spans 7) is larger than its input 6x4x9 with padding 1",
    ),
    "pooling window larger than the input": (
        lambda: MaxPool2d(9)(x(3)),
        "pool1 (MaxPool2d): kernel 9x9 is larger than its input 3x8x8 with padding 0",
    ),
    "negative stride": (
        lambda: Conv2d(8, 3, stride=-1)(x()),
        "conv1 (Conv2d): stride must be a whole number of at least 1, not -1",
    ),
    "negative padding": (
        lambda: Conv2d(8, 3, padding=-1)(x()),
        "conv1 (Conv2d): padding must be a whole number of at least 0, not -1",
    ),
    "float for a kernel size": (
        lambda: Conv2d(8, 3.0)(x()),
        "conv1 (Conv2d): kernel_size must be a whole number of at least 1, not 3.0",
    ),
    "float in a pair": (
        lambda: AvgPool2d((2, 2.0))(x()),
        "pool1 (AvgPool2d): kernel_size must be a whole number of at least 1, not 2.0",
    ),
    "float for channels": (
        lambda: Conv2d(8.5, 3)(x()),
        "conv1 (Conv2d): out_channels must be a whole number of at least 1, not 8.5",
    ),
    "float for groups": (
        lambda: Conv2d(8, 3, groups=2.0)(x()),
        "conv1 (Conv2d): groups must be a whole number of at least 1, not 2.0",
    ),
    "truth for a number": (
        lambda: Conv2d(8, True)(x()),
        "conv1 (Conv2d): kernel_size must be a whole number of at least 1, not True",
    ),
    "zero features": (
        lambda: Linear(0)(Flatten()(x())),
        "fc1 (Linear): out_features must be a whole number of at least 1, not 0",
    ),
    "maps of different shapes added": (
        lambda: (lambda a: a + MaxPool2d(2)(a))(x()),
        "add1 (Add): only maps of one shape can be added, got 6x8x8 and 6x4x4",
    ),
    "a gate of another shape": (
        lambda: (lambda a: Multiply()(a, MaxPool2d(2)(a)))(x()),
        "mul1 (Multiply): a gate has the map's shape, one value per channel or one per position, got 6x8x8 and 6x4x4",
    ),
    "a channel that is not there": (
        lambda: SelectChannels((0, 6))(x(6)),
        "select1 (SelectChannels): channels must be different ones among 0 to 5 of its 6 input channels",
    ),
    "maps of different sizes stacked": (
        lambda: (lambda a: Concat()(a, MaxPool2d(2)(a)))(x()),
        "concat1 (Concat): only maps of one height and width can be stacked, got 6x8x8 and 6x4x4",
    ),
    "one map added": (lambda: Add()(x()), "add1: Add takes two or more inputs, got 1"),
    "two maps where one belongs": (lambda: (lambda a: ReLU()(a, a))(x()), "relu1: ReLU takes 1 input, got 2"),
    "maps of two networks": (lambda: x() + x(), "add1: its inputs come from different networks"),
    "a name taken": (
        lambda: (lambda a: ReLU()(ReLU()(a, name="act"), name="act"))(x()),
        "act: this name is taken; give each layer of a block its own",
    ),
    "convolution after flattening": (
        lambda: Conv2d(8, 3)(Flatten()(x(3))),
        "conv1 (Conv2d): needs an input of channels x height x width, got 192 flat features",
    ),
    "fully connected before flattening": (
        lambda: Linear(10)(x(512, 7, 7)),
        "fc1 (Linear): needs flat features, got 512x7x7; put Flatten() before it",
    ),
    "batch norm after flattening": (
        lambda: BatchNorm2d()(Flatten()(x(3))),
        "bn1 (BatchNorm2d): needs an input of channels x height x width, got 192 flat features",
    ),
    "too much padding for pooling": (
        lambda: MaxPool2d(2, padding=2)(x()),
        "pool1 (MaxPool2d): padding 2 is more than half of kernel 2",
    ),
    "shuffle groups that do not divide": (
        lambda: ChannelShuffle(4)(x(6)),
        "shuffle1 (ChannelShuffle): groups=4 must divide its 6 input channels",
    ),
    "fewer channels than there are": (
        lambda: ZeroPadChannels(3)(x(6)),
        "pad1 (ZeroPadChannels): out_channels=3 is fewer than its 6 input channels",
    ),
    "pooling to nothing": (
        lambda: AdaptiveAvgPool2d(0)(x()),
        "pool1 (AdaptiveAvgPool2d): output_size must be a whole number of at least 1, not 0",
    ),
    "normalisation over no channels": (
        lambda: LocalResponseNorm(0)(x()),
        "lrn1 (LocalResponseNorm): size must be a whole number of at least 1, not 0",
    ),
    "a missing option": (
        lambda: Conv2d(8),
        "Conv2d: kernel_size is missing; options: out_channels, kernel_size, stride, padding, dilation, groups, bias",
    ),
    "an unknown option": (
        lambda: MaxPool2d(2, strides=2),
        "unknown option of MaxPool2d 'strides': did you mean 'stride'? "
        "allowed: kernel_size, stride, padding, ceil_mode",
    ),
    "too many options": (lambda: Linear(10, True, 3), "Linear: takes 2 options (out_features, bias), got 3"),
    "a number where a map belongs": (lambda: ReLU()(3), "ReLU: call it on feature maps, not (3,)"),
    "an input of float size": (
        lambda: FeatureMap(3, 224.0, 224),
        "input: height must be a whole number of at least 1, not 224.0",
    ),
    "an input without channels": (
        lambda: FeatureMap(0, 224, 224),
        "input: channels must be a whole number of at least 1, not 0",
    ),
}


@pytest.mark.parametrize("action, text", LAYERS.values(), ids=LAYERS)
def test_a_layer_names_itself_and_what_does_not_fit(action, text):
    """A message that does not speak of the shapes itself ends with those of the inputs."""
    message, _, inputs = error_of(action).partition("; its input is ")
    assert message == text
    if re.match(r"[\w.]+ \(\w+\): ", message):  # raised by a layer in its place
        assert inputs or re.search(r"\d+x\d+|flat features", message)


def test_the_blocks_are_part_of_the_name():
    a = x(6)
    with a.block("stage1"), a.block("unit2"):
        assert error_of(lambda: Conv2d(8, 3, groups=4)(a)).startswith("stage1.unit2.conv1 (Conv2d): groups=4")


def test_a_layer_that_fails_leaves_no_trace():
    a = x(6)
    error_of(lambda: Conv2d(8, 9)(a))
    net = Network(ReLU()(a))
    assert [node.name for node in net.layers] == ["relu1"]


NETWORKS = {
    "unknown block": (
        lambda: Network(ReLU()(x()), name="net")["relu"],
        "unknown block of net 'relu': did you mean 'relu1'? allowed: relu1",
    ),
    "unknown convention": (
        lambda: Network(ReLU()(x())).count("mac"),
        "unknown convention 'mac': did you mean 'macs'? allowed: macs, ",
    ),
    "nothing computed": (lambda: Network(x()), "network: no layer was called on the input"),
    "no feature map": (lambda: Network(3), "network: a network is made of feature maps, got (3,)"),
    "height of a flattened map": (
        lambda: Flatten()(x(3)).height,
        "a flattened map of 192 features has no height and width",
    ),
}


@pytest.mark.parametrize("action, text", NETWORKS.values(), ids=NETWORKS)
def test_a_network_says_what_is_allowed(action, text):
    assert error_of(action).startswith(text)


MODELS = {
    "unknown model": (lambda: models.get("vgg61"), "unknown model 'vgg61': did you mean 'vgg"),
    "unknown option": (
        lambda: models.vgg16(bach_norm=True),
        "unknown option of vgg16 'bach_norm': did you mean 'batch_norm'? allowed: num_classes, batch_norm, resolution",
    ),
    "unknown variant": (
        lambda: models.alexnet(variant="torch"),
        "unknown variant of alexnet 'torch': did you mean 'torchvision'? allowed: paper, torchvision",
    ),
    "unknown shortcut": (
        lambda: models.resnet50(shortcut="D"),
        "unknown shortcut of resnet50 'D': allowed: A, B, C",
    ),
    "resolution too small": (
        lambda: models.vgg16(resolution=16),
        "vgg16 at resolution 16: stage5.pool1 (MaxPool2d): kernel 2x2 is larger than its input 512x1x1 with padding 0",
    ),
    "width too small": (
        lambda: models.vgg16(resolution=(224, 31)),
        "vgg16 at resolution (224, 31): "
        "stage5.pool1 (MaxPool2d): kernel 2x2 is larger than its input 512x14x1 with padding 0",
    ),
    "float resolution": (
        lambda: models.vgg16(resolution=224.0),
        "vgg16: option resolution must be a whole number of at least 1 or a pair of them, not 224.0",
    ),
    "word for a number": (
        lambda: models.vgg16(num_classes="10"),
        "vgg16: option num_classes must be a whole number of at least 1, not '10'",
    ),
    "number for a truth": (
        lambda: models.vgg16(batch_norm=1),
        "vgg16: option batch_norm must be true or false, not 1",
    ),
    "negative width": (
        lambda: models.mobilenet_v2(width_mult=-1),
        "mobilenet_v2: option width_mult must be a positive number, not -1",
    ),
    "not a number": (
        lambda: models.mobilenet_v1(width_mult=float("nan")),
        "mobilenet_v1: option width_mult must be a positive number, not nan",
    ),
}


@pytest.mark.parametrize("action, text", MODELS.values(), ids=MODELS)
def test_a_model_names_itself_and_what_is_allowed(action, text):
    assert error_of(action).startswith(text)


def test_nothing_is_printed(capsys):
    for action, _ in (*LAYERS.values(), *NETWORKS.values(), *MODELS.values()):
        error_of(action)
    assert capsys.readouterr() == ("", "")
