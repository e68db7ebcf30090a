"""ConvNeXt and attention: patches, what attention reads and costs, wide kernels, a network for a small budget."""

from itertools import pairwise
from math import prod

from convcost import GELU, AdaptiveAvgPool2d, Conv2d, FeatureMap, Flatten, LayerNorm, Linear, Network, models
from convcost.zoo.tokens import attention

from ..design import design, from_to
from ..exercise import exercise
from ..predictions import prediction


@exercise
def patch_macs(height, width, patch, channels):
    return int(Network(Conv2d(channels, patch, stride=patch)(FeatureMap(3, height, width))).macs)


patch_macs.helps(
    explained="modern/rivals#from-one-to-the-other-step-by-step",
    worked=(
        {"height": 8, "width": 12, "patch": 4, "channels": 10},
        "there are 2 · 3 = 6 patches. Each is a window of 4 · 4 pixels with three colours, 48 values, "
        "and every channel takes one product with each: 6 · 48 · 10 = 2880.",
    ),
)


def _image(rng):
    patch = rng.choice([2, 4, 8, 14, 16])
    rows, columns = rng.sample(range(5, 20), 2)
    return {"height": patch * rows, "width": patch * columns, "patch": patch, "channels": 16 * rng.randint(2, 12) + 3}


patch_macs.asks(any_image=(1, "an image cut into patches", _image))
patch_macs.slips(
    "at_every_pixel: The window moves on by a whole patch, so that there are height · width / patch² places.",
    lambda height, width, patch, channels: 3 * patch**2 * channels * height * width,
    "one_colour: A pixel has three colours, and each has a weight of its own in every channel.",
    lambda height, width, channels: channels * height * width,
    "one_side: A patch has patch² pixels, not patch.",
    lambda height, width, patch, channels: 3 * channels * height * width // patch,
    "one_channel: Those are the MACs of a single channel.",
    lambda height, width: 3 * height * width,
    "one_patch: Those are the MACs of a single patch.",
    lambda patch, channels: 3 * patch**2 * channels,
)


@exercise
def attention_macs(height, width, channels, window=None):
    tokens = FeatureMap(channels, height, width)
    return int(Network(attention(tokens, 1, (window, window) if window else None)).macs)


attention_macs.helps(
    explained="modern/rivals#what-attention-reads-and-what-that-costs",
    worked=(
        {"height": 4, "width": 6, "channels": 5, "window": 2},
        "4 · 6 = 24 tokens. Four 1x1 layers: 4 · 24 · 5 · 5 = 2400. Each token reads the 2 · 2 = 4 tokens of "
        "its window; a query times a key takes 5 MACs, a share times a value 5 more: 2 · 24 · 4 · 5 = 960. "
        "2400 + 960 = 3360.",
    ),
)


def _map(rng, window):
    rows, columns = rng.sample(range(2, 7), 2)
    return {"height": window * rows, "width": window * columns, "channels": 8 * rng.randint(2, 12)}


def _in_windows(rng):
    window = rng.choice([3, 5, 7])
    return {**_map(rng, window), "window": window}


attention_macs.asks(
    everybody=(2, "attention over the whole map", lambda rng: _map(rng, rng.randint(3, 5))),
    in_windows=(1, "attention in windows", _in_windows),
)


def _bill(height, width, channels, window, layers=4, products=2, partners=None):
    tokens = height * width
    partners = partners or (window**2 if window else tokens)
    return layers * tokens * channels**2 + products * tokens * partners * channels


attention_macs.slips(
    "three_layers: Queries, keys and values make three 1x1 layers; a fourth stands behind the means.",
    lambda height, width, channels, window: _bill(height, width, channels, window, layers=3),
    "one_product: The pairs are used twice: query times key, and share times value.",
    lambda height, width, channels, window: _bill(height, width, channels, window, products=1),
    "pairs_alone: The four 1x1 layers, which make queries, keys, values and the output, are missing.",
    lambda height, width, channels, window: _bill(height, width, channels, window, layers=0),
    "pairs_without_channels: A query times a key takes as many products as there are channels.",
    lambda height, width, channels, window: (
        _bill(height, width, channels, window, products=0)
        + _bill(height, width, channels, window, layers=0) // channels
    ),
    "no_pairs: The pairs are missing: every token reads others, and that costs products, too.",
    lambda height, width, channels, window: _bill(height, width, channels, window, products=0),
    "side_of_the_window: A window of side w holds w² tokens.",
    lambda height, width, channels, window: _bill(height, width, channels, window, partners=window),
    "windows_ignored: In windows a token reads those of its own window only.",
    lambda height, width, channels: _bill(height, width, channels, None),
)


def _own_transformer(rng):
    """A transformer for which no two slips give the same side."""
    while True:
        given = {
            "patch": rng.choice([4, 8, 14, 16, 32]),
            "channels": 64 * rng.randint(2, 20),
            "percent": 5 * rng.randint(6, 15),
        }
        sides = sorted([my_side.reference(**given), *[wrong.function(**given) for wrong in my_side.wrongs.values()]])
        if all(larger > 1.01 * smaller for smaller, larger in pairwise(sides)):
            return given


def _side(patch, tokens):
    return patch * tokens**0.5


@exercise(variant=_own_transformer)
def my_side(*, patch, channels, percent):
    share = percent / 100
    return _side(patch, 2 * channels * share / (1 - share))


my_side.helps(
    explained="modern/rivals#what-attention-reads-and-what-that-costs",
    worked=(
        {"patch": 4, "channels": 18, "percent": 20},
        "patches of 4 pixels, 18 channels, 20 percent. The pairs take a fifth of the layer where they take a quarter "
        "of what the 1x1 layers take. At N tokens the pairs take 2 · N · 18 for each token, the 1x1 layers "
        "4 · 18 · 18 = 1296. A quarter of that is 1296 / 4 = 324, so there are 324 / 36 = 9 tokens: three by three "
        "patches, 3 · 4 = 12 pixels.",
    ),
)


my_side.asks(the_side=(3, "the side of the image for your transformer"))
my_side.slips(
    "of_the_1x1_layers: That is where the pairs are so many percent of the 1x1 layers, not of the whole.",
    lambda **given: _side(given["patch"], 2 * given["channels"] * given["percent"] / 100),
    "tokens: That is the number of tokens; the side has patch · √N pixels.",
    lambda **given: my_side.reference(**given) ** 2 / given["patch"] ** 2,
    "patches_not_pixels: That is the side in patches.",
    lambda **given: my_side.reference(**given) / given["patch"],
    "equal_parts: That is where both parts cost the same; you were asked for another share.",
    lambda **given: _side(given["patch"], 2 * given["channels"]),
    "other_part: That is where the four 1x1 layers have this share; the pairs have the rest.",
    lambda **given: _side(given["patch"], 2 * given["channels"] * (100 - given["percent"]) / given["percent"]),
    "three_layers: There are four 1x1 layers: queries, keys, values, and one behind the means.",
    lambda **given: my_side.reference(**given) * 0.75**0.5,
)


@exercise
def kernel_percent(channels, kernel_size, expand_ratio=4):
    x = FeatureMap(channels, 7, 7)
    y = Conv2d(channels, kernel_size, padding=kernel_size // 2, groups=channels)(x)
    filtering = int(y.node.macs)
    both = Network(Conv2d(channels, 1)(Conv2d(expand_ratio * channels, 1)(y))).macs
    return 100 * filtering / int(both)


kernel_percent.helps(
    explained="modern/rivals#why-77-is-nearly-free",
    worked=(
        {"channels": 10, "kernel_size": 3, "expand_ratio": 2},
        "at each place the kernel takes 9 · 10 = 90 MACs. To 20 channels and back: 10 · 20 + 20 · 10 = 400. "
        "90 of 490 are 18.4 percent.",
    ),
)


def _thick(rng):
    return {"channels": 16 * rng.randint(3, 48), "kernel_size": rng.choice([5, 7, 9, 11])}


kernel_percent.asks(
    usual=(1, "a block that widens fourfold", _thick),
    other=(1, "a block that widens otherwise", lambda rng: {**_thick(rng), "expand_ratio": rng.choice([2, 3, 6])}),
)


def _percent(filtering, rest):
    return 100 * filtering / (filtering + rest)


kernel_percent.slips(
    "one_1x1_layer: There are two 1x1 layers: one widens, one comes back.",
    lambda channels, kernel_size, expand_ratio: _percent(kernel_size**2, expand_ratio * channels),
    "filters_the_wide_map: The kernel stands first, on the narrow map; only the 1x1 layers see the wide one.",
    lambda channels, kernel_size, expand_ratio: _percent(kernel_size**2 * expand_ratio, 2 * expand_ratio * channels),
    "side_for_cells: A kernel of side k has k² cells.",
    lambda channels, kernel_size, expand_ratio: _percent(kernel_size, 2 * expand_ratio * channels),
    "of_the_others: That compares the kernel with the two 1x1 layers. Its share of all three together is asked for.",
    lambda channels, kernel_size, expand_ratio: 100 * kernel_size**2 / (2 * expand_ratio * channels),
    "dense: Each output of a 1x1 layer reads all channels, each of the kernel only its own.",
    lambda channels, kernel_size, expand_ratio: _percent(kernel_size**2 * channels, 2 * expand_ratio * channels),
    "fraction: That is the share as a part of 1. In percent it is a hundred times as much.",
    lambda channels, kernel_size, expand_ratio: _percent(kernel_size**2, 2 * expand_ratio * channels) / 100,
)


def _convnext(channels, counts, image=FeatureMap):
    x = Conv2d(channels, kernel_size=4, stride=4)(image(3, 224, 224))
    for stage, count in enumerate(counts):
        if stage:
            channels *= 2
            x = Conv2d(channels, kernel_size=2, stride=2)(LayerNorm()(x))
        for _ in range(count):
            y = LayerNorm()(Conv2d(channels, kernel_size=7, padding=3, groups=channels)(x))
            y = GELU()(Conv2d(4 * channels, kernel_size=1)(y))
            x = x + Conv2d(channels, kernel_size=1)(y)
    return Linear(1000)(Flatten()(AdaptiveAvgPool2d(1)(x)))


@design
def pocket_convnext():
    return _convnext(32, (2, 2, 6, 2))


pocket_convnext.helps(
    explained="modern/rivals#does-one-fit-our-app",
    worked=(
        {},
        "nearly all MACs of a block are in its two 1x1 layers. At each place of the first stage they take "
        "8 · 96 · 96 = 73728 with ConvNeXt-T's 96 channels and 8 · 32 · 32 = 8192 with 32, a ninth; weights "
        "fall alike. ConvNeXt-T has 4.46 G MACs and 28.6 M weights, and fewer blocks do the rest.",
    ),
)


@pocket_convnext.constraint(points=1)
def shapes(network):
    "from an image of 3x224x224 to 1000 numbers"
    return (network.input_shape, network.output_shape) == ((3, 224, 224), (1000,)), from_to(network)


@pocket_convnext.constraint(points=1)
def patches(network):
    "the first layer cuts the image into patches that do not overlap"
    first = network.layers[0]
    sizes = first.layer.window()[:2] if first.kind == "Conv2d" else ((), ())
    return sizes[0] == sizes[1] != (1, 1), f"the first layer is {first.layer!r}"


@pocket_convnext.constraint(points=1)
def wide_reading(network):
    "at least eight depthwise layers of 7x7 or wider, each beside a shortcut"
    wide = [n for n in network.layers if n.kind == "Conv2d" and prod(n.layer.window()[0]) >= 49]
    depthwise = sum(n.layer.groups == n.inputs[0].channels > 3 for n in wide)
    sums = sum(n.kind == "Add" and n.inputs[0] is not n.inputs[1] for n in network.layers)
    return min(depthwise, sums) >= 8, f"it has {depthwise} such layers and {sums} sums of two different maps"


@pocket_convnext.constraint(points=1)
def work(network):
    "at most 500 million MACs, and at least 100 million"
    return 1e8 <= network.macs <= 5e8, f"it takes {network.macs:,} MACs"


@pocket_convnext.constraint(points=1)
def size(network):
    "at most 20 MB of float32 weights"
    return 4 * network.params <= 20e6, f"its weights take {4 * network.params / 1e6:.1f} MB"


@pocket_convnext.wrong
def tiny_itself():
    "That is ConvNeXt-T: nine times too much work. Fewer channels help most, since their square counts."
    return _convnext(96, (3, 3, 9, 3))


@pocket_convnext.wrong
def half_as_wide():
    "Half of the width leaves a quarter of the work, and that is still too much."
    return _convnext(48, (3, 3, 9, 3))


@pocket_convnext.wrong
def fewer_blocks_alone():
    "With 96 channels even a few blocks cost too much; make them thinner."
    return _convnext(96, (2, 2, 2, 2))


@prediction
def doubled_side():
    "how many times the MACs of ViT-B/16 grow when the image has twice the side"
    return models.vit_b_16(resolution=448).macs / models.vit_b_16().macs


@prediction
def kernels_of_convnext():
    "the percentage of ConvNeXt-T's MACs that its depthwise 7x7 layers take"
    net = models.convnext_tiny()
    depthwise = net.select(lambda n: n.kind == "Conv2d" and n.layer.groups > 1)
    return 100 * depthwise.macs / net.macs
