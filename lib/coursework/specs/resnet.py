"""ResNet: blocks, shortcuts and what they cost, and the many paths through them."""

from math import comb

from convcost import Conv2d, FeatureMap, Network, ReLU, models
from convcost.zoo.resnet import basic, bottleneck, residual_stages

from ..design import design, from_to
from ..exercise import exercise
from ..predictions import prediction


@exercise
def bottleneck_params(channels, width, groups=1, batch_norm=True):
    x = FeatureMap(channels, 7, 7)
    y = bottleneck(x, channels // 4, 1, groups=groups, width_per_group=width // groups * 256 // channels)
    block = Network(x + y)
    return int(block.params if batch_norm else block.weights)


bottleneck_params.helps(
    explained="classic/resnet#the-bottleneck-wide-outside-narrow-inside",
    worked=(
        {"channels": 32, "width": 16, "groups": 2},
        "down: 32 · 16 = 512 weights. Filter, in 2 groups: each of 16 filters reads 16 / 2 = 8 "
        "channels, 9 · 8 · 16 = 1152. Up: 16 · 32 = 512. A batch norm trains 2 numbers for each "
        "channel: 2 · (16 + 16 + 32) = 128. Together 512 + 1152 + 512 + 128 = 2304.",
    ),
)


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


bottleneck_params.slips(
    "groups_everywhere: Only the 3x3 is grouped: the two 1x1 convolutions still mix all channels.",
    lambda channels, width, groups, batch_norm: (
        _three(channels, width, 1) // groups + batch_norm * 2 * (2 * width + channels)
    ),
    "groups_ignored: With groups, each filter of the 3x3 reads only its part of the channels.",
    lambda channels, width, batch_norm: _three(channels, width, 1) + batch_norm * 2 * (2 * width + channels),
    "kernel_at_full_width: "
    "The 3x3 works on the reduced channels, `width` in and `width` out; that is the whole point of the block.",
    lambda channels, width, groups, batch_norm: (
        2 * channels * width + 9 * channels**2 // groups + batch_norm * 2 * (2 * width + channels)
    ),
    "one_number_per_norm: A batch normalisation has two parameters for each channel: a scale and a shift.",
    lambda channels, width, groups, batch_norm: _three(channels, width, groups) + batch_norm * (2 * width + channels),
    "running_statistics_too: Running mean and variance are stored, but nothing trains them: they are no parameters.",
    lambda channels, width, groups, batch_norm: (
        _three(channels, width, groups) + batch_norm * 4 * (2 * width + channels)
    ),
    "norms_of_equal_width: The last batch normalisation works on the expanded map, with all its channels.",
    lambda channels, width, groups, batch_norm: _three(channels, width, groups) + batch_norm * 2 * 3 * width,
    "forgets_the_norms: "
    "The batch normalisations are missing: one behind each convolution, with a scale and a shift for each channel.",
    lambda channels, width, groups: _three(channels, width, groups),
)


@exercise
def shortcut_a(x, out_channels, stride=1):
    from convcost.numpy_run.functions import zero_pad_channels

    return zero_pad_channels(x[None], out_channels, stride)[0]


def _by_hand():
    from convcost.extras import numpy as np

    return {"x": np.array([[[1, 2, 3, 4], [5, 6, 7, 8]]]), "out_channels": 2, "stride": 2}


shortcut_a.helps(
    explained="classic/resnet#where-shapes-differ",
    worked=(
        _by_hand,
        "one map of two rows and four columns, stride 2. Of the rows the first is taken, of the "
        "columns the first and the third: 1 and 3. Two channels are wanted, so one of zeros, just "
        "as small, comes behind it.",
    ),
)


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


shortcut_a.slips(
    "full_side: The map keeps its side here; with a stride only every stride-th row and column remains.",
    lambda x, out_channels: shortcut_a.reference(x, out_channels, 1),
    "rows_only: The stride holds for rows and for columns.",
    lambda x, out_channels, stride: shortcut_a.reference(x[:, ::stride], out_channels, 1),
    "second_pixels: Start with the first row and column, as a 1x1 convolution with this stride would.",
    lambda x, out_channels, stride: shortcut_a.reference(x[:, stride - 1 :, stride - 1 :], out_channels, stride),
)


def _own_resnet(rng):
    return {
        "blocks": [rng.randint(3, 6) for _ in range(rng.randint(3, 4))],
        "width": 4 * rng.randint(6, 30),
        "side": 8 * rng.randint(4, 14),
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


my_projections.helps(
    explained="classic/resnet#where-shapes-differ",
    worked=(
        {"blocks": [2, 3], "width": 2, "side": 4},
        "2 and 3 blocks, width 2, on 4x4. The first stage ends in 4 · 2 = 8 channels, so its "
        "first block needs a projection from 2 to 8 on 16 positions: 2 · 8 · 16 = 256. The second "
        "stage ends in 4 · 4 = 16 channels on 2x2: 8 · 16 · 4 = 512. The other blocks change "
        "nothing: 256 + 512 = 768.",
    ),
)


my_projections.asks(the_number=(3, "the MACs of your own network's projections"))
my_projections.slips(
    "first_stage_left_out: "
    "The first stage has a projection too: it keeps the side, but its bottlenecks end in four times as many channels.",
    lambda **given: _projections(**given, first=False),
    "before_the_stride: A projection with stride 2 computes only the outputs that remain: a quarter of the positions.",
    lambda **given: _projections(**given, half_late=True),
    "around_every_block: That is option C. Within a stage the shapes agree, and option B leaves those shortcuts alone.",
    lambda **given: _projections(**given, each=True),
    "basic_blocks: A bottleneck ends in four times its width, and that is what the shortcut must match.",
    lambda **given: _projections(**given, expansion=1),
    "two_per_mac: "
    "Each was counted twice: one multiply-accumulate is one MAC; the factor 2 belongs to operations (FLOPs).",
    lambda **given: 2 * _projections(**given),
)


@exercise
def carried(blocks, slope, most):
    ways = [1.0]  # by length: what the paths of that length carry
    for _ in range(blocks):
        ways = [a + slope * b for a, b in zip([*ways, 0], [0, *ways])]
    return sum(ways[: most + 1]) / sum(ways)


carried.helps(
    explained="classic/resnet#one-network-many-ways",
    worked=(
        {"blocks": 2, "slope": 0.5, "most": 1},
        "of the four paths one goes around both blocks and carries 1, two go through one block "
        "and carry 0.5 each, one goes through both and carries 0.5 · 0.5 = 0.25. All carry 1 + 2 "
        "· 0.5 + 0.25 = 2.25, those through at most one block 1 + 2 · 0.5 = 2: a share of 2 / "
        "2.25 = 0.889.",
    ),
)


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


carried.slips(
    "share_of_the_paths: That is the share of the paths. Each block on a path scales what it carries by the slope.",
    lambda blocks, most: _share([comb(blocks, k) for k in range(blocks + 1)], most),
    "one_path_each: There are many paths through k blocks: as many as ways to choose k blocks out of all.",
    lambda blocks, slope, most: _share([slope**k for k in range(blocks + 1)], most),
    "fewer_than_most: Paths through exactly `most` blocks count as well.",
    lambda blocks, slope, most: (
        _share([comb(blocks, k) * slope**k for k in range(blocks + 1)], most - 1) if most else 0.0
    ),
    "not_a_share: That is the sum over the shorter paths; divide it by the sum over all paths, (1 + slope) ** blocks.",
    lambda blocks, slope, most: sum(comb(blocks, k) * slope**k for k in range(most + 1)),
    "blocks_not_crossed: "
    "As with a coin: for a share, a block that is not crossed was given 1 - slope; going around it costs nothing, 1.",
    lambda blocks, slope, most: sum(comb(blocks, k) * slope**k * (1 - slope) ** (blocks - k) for k in range(most + 1)),
)


@design
def wide_view_block():
    x = FeatureMap(256, 14, 14)
    y = ReLU()(Conv2d(32, kernel_size=1)(x))
    y = ReLU()(Conv2d(32, kernel_size=3, padding=1)(y))
    y = ReLU()(Conv2d(32, kernel_size=3, padding=1)(y))
    return x + Conv2d(256, kernel_size=1)(y)


wide_view_block.helps(
    explained="classic/resnet#the-bottleneck-wide-outside-narrow-inside",
    worked=(
        {},
        "two 3x3 layers in a row see 5 pixels. With 32 channels inside, one of them takes 9 · 32 "
        "· 32 · 196 = 1806336 MACs, the two 1x1 layers 2 · 256 · 32 · 196 = 3211264. With 64 "
        "inside, one 3x3 alone takes 9 · 64 · 64 · 196 = 7225344. Do not forget that the input "
        "itself is one part of the sum.",
    ),
)


@wide_view_block.constraint(points=1)
def residual(network):
    "a map of 256x14x14 and a sum whose one part is the block's input, unchanged"
    last = next((n for n in reversed(network.layers) if n.kind != "ReLU"), network.layers[-1])
    direct = last.kind == "Add" and any(x.node is None for x in last.inputs)
    shapes = network.input_shape, network.output_shape
    met = direct and shapes == ((256, 14, 14),) * 2
    return met, f"{from_to(network)}, {'with' if direct else 'without'} such a sum at its end"


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
