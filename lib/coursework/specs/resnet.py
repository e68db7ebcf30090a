"""ResNet: blocks, shortcuts and what they cost, and the many paths through them."""

from math import comb

from convcost import Conv2d, FeatureMap, Network, ReLU, models
from convcost.zoo.resnet import basic, bottleneck, residual_stages

from ..design import design
from ..exercise import exercise
from ..predictions import prediction


@exercise
def bottleneck_params(channels, width, groups=1, batch_norm=True):
    x = FeatureMap(channels, 7, 7)
    y = bottleneck(x, channels // 4, 1, groups=groups, width_per_group=width // groups * 256 // channels)
    block = Network(x + y)
    return int(block.params if batch_norm else block.weights)


def _block(rng, groups):
    channels = 64 * rng.choice([1, 2, 4])
    unit = channels // 4  # widths with which the library's block has exactly that width
    return {"channels": channels, "width": groups * unit * rng.randint(1, 3)}


@bottleneck_params.skill(points=1)
def weights(rng):
    "the weights of the three convolutions"
    return {**_block(rng, 1), "groups": 1, "batch_norm": False}


@bottleneck_params.skill(points=1)
def norms(rng):
    "the three batch normalisations"
    return {**_block(rng, 1), "groups": 1, "batch_norm": True}


@bottleneck_params.skill(points=1)
def grouped(rng):
    "a middle in groups, as in ResNeXt"
    groups = rng.choice([2, 4, 8])
    return {**_block(rng, groups), "groups": groups, "batch_norm": False}


def _three(channels, width, groups):
    return 2 * channels * width + 9 * width**2 // groups


@bottleneck_params.wrong
def groups_everywhere(channels, width, groups=1, batch_norm=True):
    "Only the 3x3 is grouped: the two 1x1 convolutions still mix all channels."
    return _three(channels, width, 1) // groups + batch_norm * 2 * (2 * width + channels)


@bottleneck_params.wrong
def groups_ignored(channels, width, groups=1, batch_norm=True):
    "With groups, each filter of the 3x3 reads only its part of the channels."
    return _three(channels, width, 1) + batch_norm * 2 * (2 * width + channels)


@bottleneck_params.wrong
def kernel_at_full_width(channels, width, groups=1, batch_norm=True):
    "The 3x3 works on the reduced channels, `width` in and `width` out; that is the whole point of the block."
    return 2 * channels * width + 9 * channels**2 // groups + batch_norm * 2 * (2 * width + channels)


@bottleneck_params.wrong
def one_number_per_norm(channels, width, groups=1, batch_norm=True):
    "A batch normalisation has two parameters for each channel: a scale and a shift."
    return _three(channels, width, groups) + batch_norm * (2 * width + channels)


@bottleneck_params.wrong
def running_statistics_too(channels, width, groups=1, batch_norm=True):
    "Running mean and variance are stored, but nothing trains them: they are no parameters."
    return _three(channels, width, groups) + batch_norm * 4 * (2 * width + channels)


@bottleneck_params.wrong
def norms_of_equal_width(channels, width, groups=1, batch_norm=True):
    "The last batch normalisation works on the expanded map, with all its channels."
    return _three(channels, width, groups) + batch_norm * 2 * 3 * width


@bottleneck_params.wrong
def forgets_the_norms(channels, width, groups=1, batch_norm=True):
    "The batch normalisations are missing: one behind each convolution, with a scale and a shift for each channel."
    return _three(channels, width, groups)


@exercise
def shortcut_a(x, out_channels, stride=1):
    from convcost.numpy_run.functions import zero_pad_channels

    return zero_pad_channels(x[None], out_channels, stride)[0]


def _map(rng):
    from convcost.extras import numpy as np

    shape = rng.randint(2, 3), 2 * rng.randint(2, 4), 2 * rng.randint(2, 4)
    values = rng.sample(range(1, 10 * shape[0] * shape[1] * shape[2]), shape[0] * shape[1] * shape[2])
    return np.array(values, dtype=float).reshape(shape)


@shortcut_a.skill(points=1)
def more_channels(rng):
    "new channels"
    x = _map(rng)
    return {"x": x, "out_channels": 2 * len(x)}


@shortcut_a.skill(points=1)
def smaller_map(rng):
    "new channels and a stride"
    x = _map(rng)
    return {"x": x, "out_channels": len(x) + rng.randint(1, 4), "stride": rng.choice([2, 3])}


@shortcut_a.wrong
def zeros_first(x, out_channels, stride=1):
    "The zeros come behind the old channels, not before them."
    from convcost.extras import numpy as np

    y = shortcut_a.reference(x, out_channels, stride)
    return np.roll(y, out_channels - len(x), axis=0)


@shortcut_a.wrong
def repeats_channels(x, out_channels, stride=1):
    "The new channels are zeros, not copies: the shortcut adds nothing to them."
    from convcost.extras import numpy as np

    return np.resize(x[:, ::stride, ::stride], shortcut_a.reference(x, out_channels, stride).shape)


@shortcut_a.wrong
def full_side(x, out_channels, stride=1):
    "The map keeps its side here; with a stride only every stride-th row and column remains."
    return shortcut_a.reference(x, out_channels, 1)


@shortcut_a.wrong
def rows_only(x, out_channels, stride=1):
    "The stride holds for rows and for columns."
    return shortcut_a.reference(x[:, ::stride], out_channels, 1)


@shortcut_a.wrong
def second_pixels(x, out_channels, stride=1):
    "Start with the first row and column, as a 1x1 convolution with this stride would."
    return shortcut_a.reference(x[:, stride - 1 :, stride - 1 :], out_channels, stride)


def _own_resnet(rng):
    return {
        "blocks": [rng.randint(3, 6) for _ in range(rng.randint(3, 4))],
        "width": 16 * rng.randint(2, 5),
        "side": 16 * rng.randint(2, 5),
    }


def _projections(blocks, width, side, first=True, half_late=False, each=False, expansion=4):
    total, c_in = 0, width
    for stage, n in enumerate(blocks):
        c_out, before = expansion * width << stage, side
        side = side // 2 if stage else side
        if stage or first:
            total += c_in * c_out * (before if half_late else side) ** 2
        total += each * (n - 1) * c_out**2 * side**2
        c_in = c_out
    return total


@exercise(variant=_own_resnet)
def my_projections(*, blocks, width, side):
    x = ReLU()(FeatureMap(width, side, side))
    net = Network(residual_stages(x, blocks, width, bottleneck, "B", first_name=2))
    return int(net.select(lambda n: ".shortcut." in n.name).macs)


@my_projections.skill(points=3)
def the_number(rng, **given):
    "the MACs of your own network's projections"
    return {}


@my_projections.wrong
def first_stage_left_out(**given):
    "The first stage has a projection too: it keeps the side, but its bottlenecks end in four times as many channels."
    return _projections(**given, first=False)


@my_projections.wrong
def before_the_stride(**given):
    "A projection with stride 2 computes only the outputs that remain: a quarter of the positions."
    return _projections(**given, half_late=True)


@my_projections.wrong
def around_every_block(**given):
    "That is option C. Within a stage the shapes agree, and option B leaves those shortcuts alone."
    return _projections(**given, each=True)


@my_projections.wrong
def basic_blocks(**given):
    "A bottleneck ends in four times its width, and that is what the shortcut must match."
    return _projections(**given, expansion=1)


@my_projections.wrong
def two_per_mac(**given):
    "Each was counted twice: one multiply-accumulate is one MAC; the factor 2 belongs to operations (FLOPs)."
    return 2 * _projections(**given)


@exercise
def carried(blocks, slope, most):
    ways = [1.0]  # by length: what the paths of that length carry
    for _ in range(blocks):
        ways = [a + slope * b for a, b in zip([*ways, 0], [0, *ways])]
    return sum(ways[: most + 1]) / sum(ways)


@carried.skill(points=2)
def a_share(rng):
    "the share of the gradient on the shorter paths"
    blocks = rng.randint(6, 30)
    return {"blocks": blocks, "slope": rng.choice([0.1, 0.2, 0.25, 0.4, 0.5]), "most": rng.randint(1, blocks // 2)}


@carried.skill(points=1)
def around_all(rng):
    "the one path around all blocks"
    return {"blocks": rng.randint(4, 20), "slope": rng.choice([0.1, 0.2, 0.25, 0.4, 0.5]), "most": 0}


def _share(weights, most):
    return sum(weights[: most + 1]) / sum(weights)


@carried.wrong
def share_of_the_paths(blocks, slope, most):
    "That is the share of the paths. Each block on a path scales what it carries by the slope."
    return _share([comb(blocks, k) for k in range(blocks + 1)], most)


@carried.wrong
def one_path_each(blocks, slope, most):
    "There are many paths through k blocks: as many as ways to choose k blocks out of all."
    return _share([slope**k for k in range(blocks + 1)], most)


@carried.wrong
def fewer_than_most(blocks, slope, most):
    "Paths through exactly `most` blocks count as well."
    return _share([comb(blocks, k) * slope**k for k in range(blocks + 1)], most - 1) if most else 0.0


@carried.wrong
def not_a_share(blocks, slope, most):
    "That is the sum over the shorter paths; divide it by the sum over all paths, (1 + slope) ** blocks."
    return sum(comb(blocks, k) * slope**k for k in range(most + 1))


@carried.wrong
def blocks_not_crossed(blocks, slope, most):
    "As with a coin: for a share, a block that is not crossed was given 1 - slope; going around it costs nothing, 1."
    return sum(comb(blocks, k) * slope**k * (1 - slope) ** (blocks - k) for k in range(most + 1))


@design
def wide_view_block():
    x = FeatureMap(256, 14, 14)
    y = ReLU()(Conv2d(32, kernel_size=1)(x))
    y = ReLU()(Conv2d(32, kernel_size=3, padding=1)(y))
    y = ReLU()(Conv2d(32, kernel_size=3, padding=1)(y))
    return x + Conv2d(256, kernel_size=1)(y)


@wide_view_block.constraint(points=1)
def residual(network):
    "a map of 256x14x14 and a sum whose one part is the block's input, unchanged"
    last = next((n for n in reversed(network.layers) if n.kind != "ReLU"), network.layers[-1])
    direct = last.kind == "Add" and any(x.node is None for x in last.inputs)
    shapes = network.input_shape, network.output_shape
    shown = " to ".join("x".join(map(str, s)) for s in shapes)
    met = direct and shapes == ((256, 14, 14),) * 2
    return met, f"{shown}, {'with' if direct else 'without'} such a sum at its end"


@wide_view_block.constraint(points=1)
def sight(network):
    "a receptive field of at least 5 pixels"
    return network.receptive_field >= 5, f"its receptive field is {network.receptive_field}"


@wide_view_block.constraint(points=2)
def cost(network):
    "at most 8 M MACs, in at least two convolutions without groups"
    found = [n.layer.groups for n in network.layers if n.kind == "Conv2d"]
    met = len(found) >= 2 and set(found) == {1} and network.macs <= 8e6
    return met, f"it takes {network.macs:,} MACs in {len(found)} convolutions, groups {sorted(set(found))}"


@wide_view_block.wrong
def the_papers_bottleneck():
    "That is the published bottleneck: it sees 3 pixels, and its 64 channels cost 14 M MACs."
    x = FeatureMap(256, 14, 14)
    return x + bottleneck(x, 64, 1)


@wide_view_block.wrong
def two_wide_kernels():
    "Two 3x3 convolutions at full width cost 230 M MACs: reduce the channels first."
    x = FeatureMap(256, 14, 14)
    return x + basic(x, 256, 1)


@wide_view_block.wrong
def no_shortcut():
    "The branch is fine; the sum with the input is missing, so that everything must pass through the narrow place."
    y = FeatureMap(256, 14, 14)
    for channels, kernel in ((32, 1), (32, 3), (32, 3), (256, 1)):
        y = Conv2d(channels, kernel, padding=kernel // 2, bias=False)(y)
    return y


@prediction
def option_c():
    "how many times more MACs ResNet-50 takes with a projection around every block (C) than with B"
    return models.resnet50(shortcut="C").macs / models.resnet50().macs


@prediction
def short_paths():
    "the percentage of 54 blocks' gradient on paths through 17 blocks or fewer, if each block scales it by 0.25"
    return 100 * carried.reference(54, 0.25, 17)
