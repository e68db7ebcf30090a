"""VGG: stacks of small kernels, what they see, and what they cost."""

from functools import reduce

from convcost import AdaptiveAvgPool2d, Conv2d, FeatureMap, Flatten, Linear, MaxPool2d, Network, ReLU, models

from ..design import design, from_to
from ..exercise import exercise
from ..predictions import prediction


def _stack(kernel_size, c_in, c_out, layers):
    """Return `layers` convolutions in a row, all but the first from c_out to c_out channels."""
    x = FeatureMap(c_in, 64, 64)
    for _ in range(layers):
        x = Conv2d(c_out, kernel_size, padding=kernel_size // 2, bias=False)(x)
    return Network(x)


@exercise
def kernel_params(kernel_size, channels, layers=1):
    return int(_stack(kernel_size, channels, channels, layers).weights)


kernel_params.helps(
    explained="classic/vgg#what-the-stack-saves",
    worked=(
        {"kernel_size": 3, "channels": 4, "layers": 2},
        "a filter has 3 · 3 = 9 cells over 4 channels, 9 · 4 = 36 weights. A layer has 4 filters, "
        "4 · 36 = 144, and there are two layers: 2 · 144 = 288.",
    ),
)


@kernel_params.skill(points=1)
def one_layer(rng):
    "a single layer"
    return {"kernel_size": rng.choice([3, 5, 7, 9]), "channels": rng.randint(3, 128)}


@kernel_params.skill(points=1)
def stacked(rng):
    "a stack"
    return {"kernel_size": rng.choice([3, 5]), "channels": rng.randint(3, 128), "layers": rng.randint(2, 6)}


kernel_params.slips(
    "one_output_channel: That is for a single output channel (27C, 49C). A layer has C of them.",
    lambda kernel_size, channels, layers: layers * kernel_size**2 * channels,
    "kernel_not_squared: A kernel has kernel_size x kernel_size cells, not kernel_size.",
    lambda kernel_size, channels, layers: layers * kernel_size * channels**2,
    "with_biases: The biases were counted; the question leaves them out.",
    lambda kernel_size, channels, layers: layers * (kernel_size**2 * channels + 1) * channels,
    "forgets_the_stack: That is one layer. Every layer of the stack has weights of its own.",
    lambda kernel_size, channels: kernel_size**2 * channels**2,
    "the_kernel_that_sees_as_much: "
    "That is the one large kernel which sees as much as the stack. The stack itself has fewer weights.",
    lambda kernel_size, channels, layers: (layers * (kernel_size - 1) + 1) ** 2 * channels**2,
)


@exercise
def receptive_field(kernels, strides):
    x = FeatureMap(1, 2048, 2048)
    for kernel_size, stride in zip(kernels, strides):
        x = MaxPool2d(kernel_size, stride=stride)(x)
    return int(Network(x).receptive_field)


receptive_field.helps(
    explained="classic/vgg#why-33-a-stack-sees-as-much",
    worked=(
        {"kernels": [3, 2, 3], "strides": [1, 2, 1]},
        "start with 1 pixel. The first window adds 2: 1 + 2 = 3. The pooling adds 1: 3 + 1 = 4. "
        "From there on neighbours lie 2 pixels apart, so the last window adds two steps of 2: 4 + "
        "2 · 2 = 8.",
    ),
)


@receptive_field.skill(points=1)
def without_strides(rng):
    "a stack whose strides are all 1"
    kernels = [rng.choice([3, 5, 7]) for _ in range(rng.randint(2, 5))]
    return {"kernels": kernels, "strides": [1] * len(kernels)}


@receptive_field.skill(points=2)
def with_pooling(rng):
    "a stack with poolings in between"
    kernels, strides = [], []
    for _ in range(rng.randint(2, 4)):
        n = rng.randint(1, 3)
        kernels, strides = kernels + [3] * n + [2], strides + [1] * n + [2]
    return {"kernels": [*kernels, 3], "strides": [*strides, 1]}


@receptive_field.wrong
def stride_too_early(kernels, strides):
    "A layer's own stride does not widen what it sees itself; it counts for the layers after it."
    field, jump = 1, 1
    for k, s in zip(kernels, strides):
        jump *= s
        field += (k - 1) * jump
    return field


receptive_field.slips(
    "own_stride_alone: Each layer was given its own stride. What counts is the product of all strides before it.",
    lambda kernels, strides: 1 + sum((k - 1) * s for k, s in zip(kernels, strides)),
    "wrong_end_first: (field - 1) · stride + kernel is a rule for going back, from the last layer to the first.",
    lambda kernels, strides: reduce(lambda field, layer: (field - 1) * layer[1] + layer[0], zip(kernels, strides), 1),
    "strides_widen_the_field: A stride does not widen what has been seen: it widens the steps of the layers after it.",
    lambda kernels, strides: reduce(lambda field, layer: field * layer[1] + layer[0] - 1, zip(kernels, strides), 1),
    "strides_added: Strides multiply from layer to layer; they were added.",
    lambda kernels, strides: 1 + sum((k - 1) * (1 + sum(strides[:i])) for i, k in enumerate(kernels)),
    "adds_the_kernels: Kernels overlap: after the first, a kernel of k adds only k - 1 places.",
    lambda kernels: sum(kernels),
    "ignores_strides: "
    "After a stride of 2 neighbouring cells lie 2 pixels apart, so every later layer adds twice as much.",
    lambda kernels: 1 + sum(k - 1 for k in kernels),
    "strides_do_not_multiply: "
    "Only the stride just before was used. Strides multiply: after two poolings cells lie 4 pixels apart.",
    lambda kernels, strides: 1 + sum((k - 1) * s for k, s in zip(kernels, [1, *strides])),
    "starts_at_zero: One is missing: before any layer a cell sees one pixel, itself.",
    lambda kernels, strides: receptive_field.reference(kernels, strides) - 1,
)


@exercise
def channels_needed(layers, out_channels):
    c_in = 1
    while True:
        thin, wide = (_stack(*s) for s in ((3, c_in, out_channels, layers), (2 * layers + 1, c_in, out_channels, 1)))
        if thin.weights < wide.weights:
            return c_in
        c_in += 1


channels_needed.helps(
    explained="classic/vgg#what-the-stack-saves",
    worked=(
        {"layers": 2, "out_channels": 10},
        "for each input channel the large kernel has 25 · 10 = 250 weights and the first small "
        "one 9 · 10 = 90: the stack saves 250 - 90 = 160. Its second layer costs 9 · 10 · 10 = "
        "900. Since 900 / 160 = 5.6, five channels are too few.",
    ),
)


@channels_needed.skill(points=2)
def between(rng):
    "two or three small kernels"
    return {"layers": rng.choice([2, 3]), "out_channels": rng.randint(9, 64)}


@channels_needed.skill(points=1)
def tie(rng):
    "a tie, which is not yet fewer"
    layers, step = rng.choice([(2, 16), (3, 20)])
    return {"layers": layers, "out_channels": step * rng.randint(1, 5)}


channels_needed.slips(
    "nine_for_every_layer: "
    "Of the small layers only the first reads the input: per input channel (2 · layers + 1)² weights turn into 9.",
    lambda layers, out_channels: 9 * (layers - 1) * out_channels // ((2 * layers + 1) ** 2 - 9 * layers) + 1,
    "nine_not_taken_off: "
    "Per input channel and output the large kernel has (2 · layers + 1)² weights and the stack 9: the difference "
    "counts.",
    lambda layers, out_channels: 9 * (layers - 1) * out_channels // (2 * layers + 1) ** 2 + 1,
    "stops_at_a_tie: At that number both ways can have equally many weights, and a tie is not yet fewer.",
    lambda layers, out_channels: -(-9 * (layers - 1) * out_channels // ((2 * layers + 1) ** 2 - 9)),
    "rounds_down: At that number the stack is not smaller yet: go on to the next whole number.",
    lambda layers, out_channels: 9 * (layers - 1) * out_channels // ((2 * layers + 1) ** 2 - 9),
    "one_layer_reads_the_rest: "
    "Only one further layer was counted. Every layer after the first reads and writes out_channels.",
    lambda layers, out_channels: 9 * out_channels // ((2 * layers + 1) ** 2 - 9) + 1,
    "all_layers_read_outputs: "
    "The first small layer reads the input channels, like the large kernel; only the others read out_channels.",
    lambda layers, out_channels: 9 * layers * out_channels // (2 * layers + 1) ** 2 + 1,
)


def _own_vgg(rng):
    return {
        "convs": [rng.randint(1, 2), rng.randint(2, 3), rng.randint(2, 4)],
        "width": 8 * rng.randint(3, 8),
        "side": 32 * rng.randint(2, 4),
        "hidden": 128 * rng.randint(2, 6),
        "classes": rng.randint(20, 90),
    }


def _vgg_macs(convs, width, side, hidden, classes, pooled_before=False, first_reads=3, growth=2, kernel=9):
    """Return MACs (convolutions, fully connected), by arithmetic: what the wrong answers are made of."""
    convolutions, c_in = 0, first_reads
    for n in convs:
        side = side // 2 if pooled_before else side
        for _ in range(n):
            convolutions += kernel * c_in * width * side**2
            c_in = width
        side, width = side if pooled_before else side // 2, growth * width
    return convolutions, side**2 * c_in * hidden + hidden * classes


def _vgg_biases(convs, width, side, hidden, classes):
    """Return how many additions the biases take: one for each output."""
    maps = sum(n * (width << stage) * (side >> stage) ** 2 for stage, n in enumerate(convs))
    return maps + hidden + classes


@exercise(variant=_own_vgg)
def my_vgg_macs(*, convs, width, side, hidden, classes):
    x = FeatureMap(3, side, side)
    for stage, n in enumerate(convs):
        for _ in range(n):
            x = ReLU()(Conv2d(width << stage, kernel_size=3, padding=1)(x))
        x = MaxPool2d(2)(x)
    x = ReLU()(Linear(hidden)(Flatten()(x)))
    return int(Network(Linear(classes)(x)).macs)


my_vgg_macs.helps(
    explained="classic/vgg#build-it",
    worked=(
        {"convs": [1, 1], "width": 4, "side": 8, "hidden": 10, "classes": 5},
        "8 pixels, one convolution to 4 channels and one to 8, 10 hidden units, 5 classes. On "
        "8x8: 9 · 3 · 4 · 64 = 6912. On 4x4: 9 · 4 · 8 · 16 = 4608. The last map is 2x2 and has 8 "
        "· 4 = 32 values: 32 · 10 = 320, then 10 · 5 = 50. Together 6912 + 4608 + 320 + 50 = "
        "11890.",
    ),
)


my_vgg_macs.asks(the_number=(3, "the MACs of your own VGG"))


@my_vgg_macs.wrong
def flattens_one_pixel(**given):
    "The first fully connected layer reads every value of the last map: channels x height x width."
    last = given["width"] << len(given["convs"]) - 1
    return _vgg_macs(**given)[0] + last * given["hidden"] + given["hidden"] * given["classes"]


my_vgg_macs.slips(
    "without_the_classifier: "
    "Those are the convolutions. The two fully connected layers have a MAC for each weight as well.",
    lambda **given: _vgg_macs(**given)[0],
    "pooled_too_early: The pooling ends a stage: its convolutions still work on the larger map.",
    lambda **given: sum(_vgg_macs(**given, pooled_before=True)),
    "first_layer_reads_width: The first convolution reads the 3 channels of the image, not `width`.",
    lambda **given: sum(_vgg_macs(**given, first_reads=given["width"])),
    "two_per_mac: One multiply-accumulate is one MAC; the factor 2 belongs to operations (FLOPs).",
    lambda **given: 2 * sum(_vgg_macs(**given)),
    "without_the_last_layer: The last fully connected layer is missing: hidden x classes.",
    lambda **given: sum(_vgg_macs(**given)) - given["hidden"] * given["classes"],
    "without_the_convolutions: Those are the fully connected layers. The convolutions take by far the most MACs.",
    lambda **given: _vgg_macs(**given)[1],
    "kernel_left_out: A 3x3 kernel multiplies nine cells of each channel it reads.",
    lambda **given: sum(_vgg_macs(**given, kernel=1)),
    "never_doubled: The channels double from stage to stage.",
    lambda **given: sum(_vgg_macs(**given, growth=1)),
    "biases_counted: A bias is an addition without a multiplication: it is no MAC.",
    lambda **given: sum(_vgg_macs(**given)) + _vgg_biases(**given),
)


@design
def pocket_vgg():
    x = FeatureMap(3, 32, 32)
    for channels, layers in ((16, 2), (32, 2), (64, 2)):
        for _ in range(layers):
            x = ReLU()(Conv2d(channels, kernel_size=3, padding=1)(x))
        x = MaxPool2d(2)(x)
    return Linear(10)(Flatten()(AdaptiveAvgPool2d(1)(x)))


pocket_vgg.helps(
    explained="classic/vgg#why-33-a-stack-sees-as-much",
    worked=(
        {},
        "on 32x32 a layer from 16 to 16 channels takes 9 · 16 · 16 · 1024 = 2359296 MACs, on 8x8 "
        "one from 64 to 64 takes 9 · 64 · 64 · 64 = 2359296: equally many. So channels may double "
        "where the side halves. Behind two poolings each 3x3 adds 2 · 4 = 8 pixels to what is "
        "seen.",
    ),
)


def _convolutions(network):
    return [n.layer for n in network.layers if n.kind == "Conv2d"]


@pocket_vgg.constraint(points=1)
def style(network):
    "from 3x32x32 to 10 values, at least 6 convolutions, each 3x3 with stride 1, in one group, not dilated"
    found = _convolutions(network)
    plain = all(c.kernel_size in (3, (3, 3)) and c.stride in (1, (1, 1)) and c.groups == 1 for c in found)
    plain = plain and all(c.dilation in (1, (1, 1)) for c in found)
    ends = network.input_shape == (3, 32, 32) and network.output_shape == (10,)
    kind = "all" if plain else "not all"
    met = ends and plain and len(found) >= 6
    return met, f"{from_to(network)}, {len(found)} convolutions, {kind} of them plain 3x3"


@pocket_vgg.constraint(points=1)
def small(network):
    "between 10 and 100,000 parameters"
    return 10 <= network.params <= 100_000, f"it has {network.params:,} parameters"


@pocket_vgg.constraint(points=1)
def quick(network):
    "at most 10 M MACs, and at least one convolution"
    return bool(_convolutions(network)) and network.macs <= 10e6, f"it takes {network.macs:,} MACs"


@pocket_vgg.constraint(points=1)
def sight(network):
    "a receptive field of at least 32 pixels"
    return network.receptive_field >= 32, f"its receptive field is {network.receptive_field}"


@pocket_vgg.wrong
def flattened():
    "The convolutions are fine; the flattened map makes the classifier the heaviest layer. Average it first."
    x = FeatureMap(3, 32, 32)
    for channels in (16, 32, 64):
        for _ in range(2):
            x = ReLU()(Conv2d(channels, kernel_size=3, padding=1)(x))
        x = MaxPool2d(2)(x)
    return Linear(10)(ReLU()(Linear(128)(Flatten()(x))))


@pocket_vgg.wrong
def never_pooled():
    "Without pooling the field grows by 2 pixels a layer and every layer works on the full map: pool between stages."
    x = FeatureMap(3, 32, 32)
    for _ in range(6):
        x = ReLU()(Conv2d(32, kernel_size=3, padding=1)(x))
    return Linear(10)(Flatten()(AdaptiveAvgPool2d(1)(x)))


@prediction
def total_macs():
    "the MACs of VGG-16 for one image of 224x224 pixels, as a plain number (a billion is 1e9)"
    return int(models.vgg16().macs)


@prediction
def classifier_share():
    "the percentage of VGG-16's parameters that its three fully connected layers hold"
    net = models.vgg16()
    return 100 * net["classifier"].params / net.params
