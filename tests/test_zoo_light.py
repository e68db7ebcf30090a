"""The light half of the zoo, SqueezeNet to LightCNN, against its papers, the authors' code and the ledger."""

import re

import numpy as np
import pytest
import torch
from convcost import ConvcostError, Convention, FeatureMap, Network, ZeroPad2d, models
from convcost.numpy_run import random_weights, run
from convcost.torch_bridge import to_torch
from textbook import ledger
from torch.utils.flop_counter import FlopCounterMode

# Parameters as counted by independent implementations: the table of models of the package pytorchcv.
ELSEWHERE = [
    ("shufflenet_v1", {"groups": 1}, 1_531_936),
    ("shufflenet_v1", {"groups": 2}, 1_733_848),
    ("shufflenet_v1", {"groups": 3}, 1_865_728),
    ("shufflenet_v1", {"groups": 4}, 1_968_344),
    ("shufflenet_v1", {"groups": 8}, 2_434_768),
    ("shufflenet_v1", {"groups": 1, "width_mult": 0.75}, 975_214),
    ("shufflenet_v1", {"groups": 3, "width_mult": 0.75}, 1_238_266),
    ("shufflenet_v1", {"groups": 1, "width_mult": 0.5}, 534_484),
    ("shufflenet_v1", {"groups": 3, "width_mult": 0.5}, 718_324),
    ("shufflenet_v1", {"groups": 1, "width_mult": 0.25}, 209_746),
    ("shufflenet_v1", {"groups": 3, "width_mult": 0.25}, 305_902),
    ("shufflenet_v2_x0_5", {}, 1_366_792),
    ("shufflenet_v2_x1_0", {}, 2_279_760),
    ("xception", {}, 22_855_952),  # the trained ones of Keras's table too: 22,910,480 - 54,528 running statistics
    ("nasnet_a_mobile", {}, 5_289_978),
    ("condensenet", {"groups": 4}, 4_773_944),
    ("condensenet", {"groups": 8}, 2_935_416),
    ("igcv3_d", {}, 3_491_688),
    ("igcv3_d", {"width_mult": 0.75}, 2_638_084),
    ("igcv3_d", {"width_mult": 0.5}, 1_985_528),
    ("igcv3_d", {"width_mult": 0.25}, 1_534_020),
]


@pytest.mark.parametrize("name, options, params", ELSEWHERE, ids=str)
def test_parameters_counted_elsewhere(name, options, params):
    assert models.get(name)(**options).params == params


def value(row):
    return ledger.row(row)["value"]


# SqueezeNet


def test_squeezenet_table_1():
    """Iandola et al. 2016: the rows of the table, as the ledger has them."""
    net = models.squeezenet1_0()
    fires = [f"fire{number}" for number in range(2, 10)]
    for name in ("conv1", *fires, "conv10"):
        assert net[name].params == value(f"compact-squeezenet-{name}-params"), name
    assert net.params == value("compact-squeezenet-total-params") == 1_248_424
    for name in ("conv1", "maxpool1", *fires, "maxpool4", "conv10", "avgpool10"):
        assert net[name].output_shape[1] == value(f"compact-squeezenet-{name}-output_size"), name
    assert net["maxpool8"].output_shape == (512, 13, 13)  # the table prints 13x12x512
    assert net["conv1"].params == 96 * (7 * 7 * 3 + 1)
    assert net["fire2"].params == 16 * (96 + 1) + 64 * (16 + 1) + 64 * (9 * 16 + 1)
    assert net["fire9"].params == 64 * (512 + 1) + 256 * (64 + 1) + 256 * (9 * 64 + 1)
    assert net["conv10"].params == 1000 * (512 + 1)
    assert [net[f].layers[0].weights["weight"][0] for f in fires] == [16, 16, 32, 32, 48, 48, 64, 64]
    assert [net[f].output_shape[0] for f in fires] == [128, 128, 256, 256, 384, 384, 512, 512]


def test_squeezenet_needs_227_pixels_for_the_sizes_of_its_table():
    assert models.squeezenet1_0()["conv1"].output_shape == (96, 111, 111) == (96, (227 - 7) // 2 + 1, 111)
    at_224 = models.squeezenet1_0(resolution=224)
    assert at_224["conv1"].output_shape == (96, 109, 109) == (96, (224 - 7) // 2 + 1, 109)
    assert at_224["maxpool1"].output_shape == (96, 54, 54)
    assert round(models.squeezenet1_0().macs / 10**6) == 833  # MFLOPs in table 6 of Zhang et al. 2017 (ShuffleNet)


def test_squeezenet_bypasses():
    """Figure 2: nothing to train in the simple one; 1x1 around fire2, 4, 6 and 8 in the complex one."""
    plain, simple, complex_ = [models.squeezenet1_0(bypass=bypass) for bypass in ("none", "simple", "complex")]
    added = [n.name.split(".")[0] for n in simple.layers if n.kind == "Add"]
    assert added == ["fire3", "fire5", "fire7", "fire9"]
    assert (simple.params, simple.macs) == (plain.params, plain.macs)
    convolutions = [n.name for n in complex_.layers if n.name.endswith("bypass")]
    assert convolutions == ["fire2.bypass", "fire4.bypass", "fire6.bypass", "fire8.bypass"]
    extra = 128 * (96 + 1) + 256 * (128 + 1) + 384 * (256 + 1) + 512 * (384 + 1)
    assert complex_.params == plain.params + extra == 1_589_672
    assert round(4 * complex_.params / 2**20, 2) == 6.06  # the paper prints 7.7 MB
    assert len([n for n in complex_.layers if n.kind == "Add"]) == 8


def test_squeezenet_metaparameters():
    """Section 5.1: e = base + increment * floor(i / every), s = SR * e; section 5.2 ends at one squeeze per expand."""
    net = models.squeezenet1_0(squeeze_ratio=0.75, pct_3x3=0.25, base_expand=64, increment=32, every=4)
    channels = [n.weights["weight"][0] for n in net.layers if n.kind == "Conv2d"][1:-1]
    assert channels == 4 * [48, 48, 16] + 4 * [72, 72, 24]
    assert models.squeezenet1_0(squeeze_ratio=1.0)["fire2"].layers[0].weights["weight"] == (128, 96, 1, 1)
    assert round(4 * models.squeezenet1_0(squeeze_ratio=0.75).params / 10**6) == 19  # MB, figure 3a


def test_squeezenet1_1_does_less_for_as_many_parameters():
    """A smaller first layer, and pooling after fire3 and fire5 instead of fire4 and fire8."""
    first, second = models.squeezenet1_0(), models.squeezenet1_1()
    assert second["fire4"].output_shape == (256, 28, 28) and first["fire4"].output_shape == (256, 55, 55)
    assert 2.1 < first.macs / second.macs < 2.2
    assert second.params == first.params - 96 * (147 + 1) + 64 * (27 + 1) - 16 * (96 - 64)


# SqueezeNext


@pytest.mark.parametrize(
    "options, mega_params",  # what the authors' released definitions come to, layer by layer
    [
        ({}, 0.72),
        ({"groups": 2}, 0.54),
        ({"variant": "v5"}, 0.93),
        ({"width_mult": 1.5}, 1.41),
        ({"width_mult": 2.0}, 2.36),
        ({"width_mult": 2.0, "variant": "v5"}, 3.22),
    ],
)
def test_squeezenext_in_millions(options, mega_params):
    assert round(models.squeezenext(**options).params / 10**6, 2) == mega_params


def test_squeezenext_against_alexnet():
    """The abstract: 112 times fewer parameters, which is the version with groups."""
    assert round(models.alexnet().params / models.squeezenext(groups=2).params) == 112
    biases = sum(n.weights["weight"][0] for n in models.squeezenext().layers if "macs" in n.operations)
    assert models.squeezenext().params + biases == 724_056  # as pytorchcv counts it, every layer with a bias


def test_a_squeezenext_unit():
    unit = models.squeezenext()["stage2.unit2"]
    assert [n.weights["weight"] for n in unit.layers if n.kind == "Conv2d"] == [
        (32, 64, 1, 1),
        (16, 32, 1, 1),
        (32, 16, 1, 3),
        (32, 32, 3, 1),
        (64, 32, 1, 1),
    ]
    kernels = [n.layer.kernel_size for n in models.squeezenext().layers if n.name.endswith("sep1")]
    assert kernels[:4] == [(3, 1), (1, 3), (3, 1), (1, 3)] and len(kernels) == 6 + 6 + 8 + 1
    beside, behind = [models.squeezenext(variant=v)["stage2.unit1.squeeze1"] for v in ("paper", "v5")]
    assert [part.layers[0].weights["weight"] for part in (beside, behind)] == [(32, 32, 1, 1), (32, 64, 1, 1)]


# ShuffleNet V1

GROUPS = (1, 2, 3, 4, 8)


def assert_follows(net, spec):
    """Stage by stage as a row of the ledger says: Stage2 144 (s2 x1, s1 x3) | ... | FC 1000."""
    for stage, channels, repeats in re.findall(r"Stage(\d) (\d+) \(s2 x1, s1 x(\d+)\)", spec):
        units = net[f"stage{stage}"].blocks(2)
        assert [u.output_shape[0] for u in units] == [int(channels)] * (1 + int(repeats))
        sides = [u.output_shape[1] for u in units]
        assert set(sides) == {units[0].layers[0].inputs[0].height // 2}
    assert net["conv1"].layers[0].weights["weight"] == (int(re.search(r"Conv1 (\d+) \(3x3 s2\)", spec)[1]), 3, 3, 3)
    assert net.output_shape == (int(re.search(r"FC (\d+)", spec)[1]),)


@pytest.mark.parametrize("groups", GROUPS)
def test_shufflenet_v1_table_1(groups):
    """Zhang et al. 2017: channels, repeats, sizes; the complexity leaves the fully connected layer out."""
    net = models.shufflenet_v1(groups=groups)
    assert_follows(net, ledger.row(f"lecture-shufflenet_v1-g{groups}-spec")["printed"])
    for stage in (2, 3, 4):
        assert net.stage(stage).output_shape[0] == value(f"compact-shufflenet-stage{stage}-g{groups}-channels")
        assert net.stage(stage).output_shape[1] == value(f"lecture-shufflenet_v1-stage{stage}-output_size")
    assert net["conv1.conv"].output_shape[1] == value("lecture-shufflenet_v1-conv1-output_size")
    assert net["conv1"].output_shape[1] == value("lecture-shufflenet_v1-maxpool-output_size")
    assert round(net.count("macs_conv"), -6) == value(f"lecture-shufflenet_v1-g{groups}-complexity")
    assert net.depth == 1 + 3 * (4 + 8 + 4) + 1 == 50


def test_a_shufflenet_unit():
    """Section 3.2: hw(2cm/g + 9m) for c channels, m of them in the bottleneck."""
    unit = models.shufflenet_v1(groups=3)["stage2.unit2"]
    h, c, m, g = 28, 240, 60, 3
    assert unit.macs == h * h * (2 * c * m // g + 9 * m)
    first = models.shufflenet_v1(groups=3)["stage2.unit1"]
    assert first.macs == 56 * 56 * 24 * m + h * h * (9 * m + m * (240 - 24) // g)  # its first 1x1 has no groups


@pytest.mark.parametrize(
    "groups, width_mult, mega_macs, mega_params",  # the authors' table of released models
    [
        (3, 2.0, 524, 5.4),
        (8, 2.0, 522, 6.5),
        (3, 1.5, 292, 3.4),
        (8, 1.5, 290, 4.3),
        (8, 1.0, 138, 2.4),
        (3, 0.5, 38, 0.7),
        (8, 0.5, 40, 1.0),
    ],
)
def test_shufflenet_v1_scaled(groups, width_mult, mega_macs, mega_params):
    """They classify without a bias."""
    net = models.shufflenet_v1(groups=groups, width_mult=width_mult)
    assert round(net.macs / 10**6) == mega_macs
    assert round((net.params - 1000) / 10**6, 1) == mega_params


@pytest.mark.parametrize("groups", GROUPS)
@pytest.mark.parametrize("width_mult", [0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0])
def test_every_scale_can_be_cut_into_groups(groups, width_mult):
    net = models.shufflenet_v1(groups=groups, width_mult=width_mult)
    wanted = {1: 144, 2: 200, 3: 240, 4: 272, 8: 384}[groups] * width_mult
    assert net.stage(2).output_shape[0] % (4 * groups) == 0
    assert abs(net.stage(2).output_shape[0] - wanted) <= 2 * groups


def test_shufflenet_v1_half_with_four_groups():
    """Section 4.2 prints 576 channels in stage 4 at 38 MFLOPs, where 0.5 x 1088 is 544 = 4 x 136, 136 / 4 not 4n."""
    assert models.shufflenet_v1(groups=4, width_mult=0.5).stage(4).output_shape == (576, 7, 7)


def test_shufflenet_v1_squeeze_and_excite():
    """Table 5: 527 M at 2x, 3 groups; two layers of c x c/16 in each unit."""
    plain, se = [models.shufflenet_v1(width_mult=2.0, se=se) for se in (False, True)]
    gates = sum(units * 2 * c * (c // 16) for units, c in ((4, 480), (8, 960), (4, 1920)))
    assert se.macs == plain.macs + gates
    assert [round(net.macs, -6) for net in (plain, se)] == [
        value("compact-shufflenet_results-shufflenet_2x_g3-complexity"),
        value("compact-shufflenet_results-shufflenet_2x_se_g3-complexity"),
    ]
    biases = sum(units * (c // 16 + c) for units, c in ((4, 480), (8, 960), (4, 1920)))
    assert se.params == plain.params + gates + biases


def test_shallow_shufflenet_v1():
    """Section 4.3: 26 layers; the 40 M that table 5 prints for 0.5x are those of 0.7x."""
    half = models.shufflenet_v1(width_mult=0.5, variant="shallow")
    assert half.depth == 26
    assert round(half.macs / 10**6) == 22
    printed = value("compact-shufflenet_results-shufflenet_0.5x_shallow_g3-complexity")
    assert round(models.shufflenet_v1(width_mult=0.7, variant="shallow").macs, -6) == printed


def test_shufflenet_v1_in_the_memory_table_of_mobilenet_v2():
    """The channels that it prints for 2x with 3 groups are those of 2 groups."""
    three, two = [models.shufflenet_v1(groups=g, width_mult=2.0) for g in (3, 2)]
    printed = [value(f"lecture-memory-shufflenet_v1-2x-g3-{side}-channels") for side in (56, 28, 14, 7)]
    assert [part.output_shape[0] for part in two.blocks()][:4] == printed == [48, 400, 800, 1600]
    assert [part.output_shape[0] for part in three.blocks()][:4] == [48, 480, 960, 1920]


@pytest.mark.parametrize("unit, stage4", [("vgg", 50), ("resnet", 192), ("xception", 288)])
def test_structures_that_shufflenet_was_compared_with(unit, stage4):
    """Section 4.2: output channels of stage 4 under 38 MFLOPs, counted as in table 1."""
    net = models.shufflenet_structure(unit=unit)
    assert [net.stage(stage).output_shape for stage in (2, 3, 4)] == [
        (stage4 // 4, 28, 28),
        (stage4 // 2, 14, 14),
        (stage4, 7, 7),
    ]
    assert round(net.count("macs_conv") / 10**6) == 38


def test_the_xception_like_structure_is_shufflenet_with_one_group():
    like, shufflenet = models.shufflenet_structure(unit="xception"), models.shufflenet_v1(groups=1, width_mult=0.5)
    assert [n.weights for n in like.layers] == [n.weights for n in shufflenet.layers]
    assert like.macs == shufflenet.macs


# ShuffleNet V2

WIDTHS = {
    "0.5x": "shufflenet_v2_x0_5",
    "1x": "shufflenet_v2_x1_0",
    "1.5x": "shufflenet_v2_x1_5",
    "2x": "shufflenet_v2_x2_0",
}
# Complexity as in the paper: 41 at 0.5x is reached with the additions of global pooling.
WITH_POOLING = Convention(
    "with_pooling",
    "macs and the inputs of global pooling",
    {
        "Conv2d": {"macs": 1},
        "Linear": {"macs": 1},
        "AdaptiveAvgPool2d": {"inputs": 1},
    },
)


@pytest.mark.parametrize("width", WIDTHS)
def test_shufflenet_v2_table_5(width):
    net = models.get(WIDTHS[width])()
    spec = ledger.row(f"lecture-shufflenet_v2-{width}-spec")["printed"]
    assert_follows(net, spec)
    assert net["conv5"].output_shape == (int(re.search(r"Conv5 1x1 (\d+)", spec)[1]), 7, 7)
    assert round(net.count(WITH_POOLING), -6) == value(f"lecture-shufflenet_v2-{width}-flops")
    assert round(net.params, -5) == value(f"lecture-shufflenet_v2-{width}-params")
    for part, row in (("conv1.conv1", "conv1"), ("conv1", "maxpool"), ("conv5", "conv5")):
        assert net[part].output_shape[1] == value(f"lecture-shufflenet_v2-{row}-output_size")


def test_shufflenet_v2_variants_differ_where_24_channels_become_116():
    paper, torchvision = [models.shufflenet_v2_x1_0(variant=v) for v in ("paper", "torchvision")]
    outputs = [
        [n.weights["weight"][0] for n in net["stage2.unit1"].layers if n.name.endswith(("left_pw", "pw2"))]
        for net in (paper, torchvision)
    ]
    assert outputs == [[24, 116 - 24], [58, 58]]
    differing = [b.name.split("/")[1] for b, c in zip(paper.blocks(2), torchvision.blocks(2)) if b.macs != c.macs]
    assert differing == ["stage2.unit1"]
    assert paper.params - torchvision.params == (24 - 58) * (24 + 2) + (92 - 58) * (58 + 2)


def test_a_shufflenet_v2_unit():
    unit = models.shufflenet_v2_x1_0()["stage2.unit2"]
    assert unit.macs == 28 * 28 * (2 * 58 * 58 + 9 * 58)  # half of 116 channels; the other half passes
    assert [n.layer.channels for n in unit.layers if n.kind == "SelectChannels"] == [range(58), range(58, 116)]


# Xception, NASNet


def test_xception_figure_5():
    """Chollet 2016: 36 convolutional layers in 14 modules; a separable layer is two convolutions here."""
    net = models.xception()
    assert net.input_shape == (3, 299, 299)
    assert [part.output_shape for part in net.blocks()[:-1]] == [(728, 19, 19), (728, 19, 19), (2048, 10, 10)]
    assert [net[f"entry.block{number}"].output_shape for number in (1, 2, 3)] == [
        (128, 74, 74),
        (256, 37, 37),
        (728, 19, 19),
    ]
    separable = 2 * 3 + 3 * 8 + 2 + 2
    assert net.depth == 2 + 2 * separable + 1
    assert 2 + separable == 36
    middle = net["middle.block1"]
    assert middle.weights == 3 * (9 * 728 + 728 * 728)
    assert middle.macs == 19 * 19 * middle.weights
    assert net.params == 22_855_952  # table 3
    assert net.receptive_field == 1083


def test_nasnet_a_mobile():
    """Zoph et al. 2017, table 2 (4 @ 1056): 5.3 M parameters, 564 M multiply-adds."""
    net = models.nasnet_a_mobile()
    assert round(net.params, -5) == value("lecture-effect-nasnet_a-params")
    assert round(net.macs, -6) == value("lecture-effect-nasnet_a-madds")
    shapes = {part.name.split("/")[1]: part.output_shape for part in net.blocks()}
    assert [shapes[f"cell{number}"] for number in (4, 8, 12)] == [(264, 28, 28), (528, 14, 14), (1056, 7, 7)]
    assert [shapes[f"reduction{number}"] for number in (1, 2)] == [(352, 14, 14), (704, 7, 7)]
    assert len([name for name in shapes if name.startswith("cell")]) == 3 * 4
    for name, states in (("cell2", 6), ("reduction1", 4)):
        concat = net[name].layers[-1]
        assert concat.kind == "Concat" and len(concat.inputs) == states


def test_a_negative_padding_crops():
    """As torch does; NASNet takes every second pixel of a map moved by one."""
    x = np.arange(30, dtype="float32").reshape(1, 1, 5, 6)
    for padding, shape in (((-1, 1, -1, 1), (1, 5, 6)), ((2, -3, -4, 0), (1, 1, 5))):
        net = Network(ZeroPad2d(padding)(FeatureMap(1, 5, 6)))
        assert net.output_shape == shape
        np.testing.assert_array_equal(run(net, x, {}), torch.nn.ZeroPad2d(padding)(torch.from_numpy(x)).numpy())
    with pytest.raises(ConvcostError, match=r"padding \(-3, -3, 0, 0\) leaves nothing of a map of 5x6"):
        ZeroPad2d((-3, -3, 0, 0))(FeatureMap(1, 5, 6))


# CondenseNet, IGCV3, LightCNN

# As the authors' counting function: activations and the inputs of pooling count too, and the classifier's biases.
AS_CONDENSENET = Convention(
    "as_condensenet",
    "macs, activations, pooling, biases of the classifier",
    {
        "Conv2d": {"macs": 1},
        "Linear": {"macs": 1, "outputs": 1},
        "ReLU": {"outputs": 1},
        "AvgPool2d": {"inputs": 1},
        "AdaptiveAvgPool2d": {"inputs": 1},
    },
)


def test_condensenet():
    """Huang et al. 2017, table 4: C = G = 4 and 8, 529 M and 274 M, 4.8 M and 2.9 M parameters."""
    four, eight = models.condensenet(groups=4), models.condensenet(groups=8)
    assert [round(net.count(AS_CONDENSENET) / 10**6) for net in (four, eight)] == [529, 274]
    assert round(eight.count(AS_CONDENSENET), -6) == value("lecture-table8-condensenet-g8c8-mflops")
    assert [round(net.params / 10**6, 1) for net in (four, eight)] == [4.8, 2.9]
    assert [four[f"block{number}"].output_shape for number in (1, 2, 3, 4, 5)] == [
        (48, 112, 112),
        (144, 56, 56),
        (400, 28, 28),
        (1040, 14, 14),
        (2064, 7, 7),
    ]
    assert four["classifier"].params == 1000 * (2064 // 2 + 1)
    assert four.depth == 1 + 2 * (4 + 6 + 8 + 10 + 8) + 1 == 74


@pytest.mark.parametrize(
    "depth, growth_rate, mega_ops, mega_params",  # the authors' table
    [
        (50, 8, 28.6, 0.22),
        (74, 8, 51.9, 0.41),
        (86, 8, 65.8, 0.52),
        (98, 8, 81.3, 0.65),
        (110, 8, 98.2, 0.79),
        (122, 8, 116.7, 0.95),
        (182, 12, 513.0, 4.2),
    ],
)
def test_condensenet_for_cifar(depth, growth_rate, mega_ops, mega_params):
    net = models.condensenet_cifar(depth=depth, growth_rate=growth_rate)
    assert round(net.count(AS_CONDENSENET) / 10**6, 0 if depth == 182 else 1) == mega_ops
    assert round(net.params / 10**6, 1 if depth == 182 else 2) == mega_params
    assert net.depth == depth


AS_IGCV3 = Convention(
    "as_igcv3",
    "macs, and one operation for each activation",
    {
        "Conv2d": {"macs": 1},
        "Linear": {"macs": 1},
        "ReLU6": {"outputs": 1},
    },
)


def test_igcv3_d():
    """Sun et al. 2018: 3.5 M parameters; the 318 M operations are 313 M multiply-accumulates and 5 M activations."""
    net = models.igcv3_d()
    assert round(net.params / 10**6, 1) == 3.5
    assert round(net.macs / 10**6) == 313
    assert round(net.count(AS_IGCV3), -6) == value("lecture-table8-igcv3_d-mflops")
    block = net["stage2.block2"]
    assert block.macs == 56 * 56 * (24 * 144 // 2 + 9 * 144 + 144 * 24 // 2)
    repeats = [len(part.blocks(2)) for part in net.blocks() if "/stage" in part.name]
    assert repeats == [1, 4, 6, 8, 6, 6, 1]


def test_light_cnn():
    """Every filter count doubled by max-feature-map; 128 x 128, one channel; 256 features of a face."""
    net = models.light_cnn9()
    group2 = 96 * (48 + 1) + 2 * 96 * (9 * 48 + 1)
    assert net["conv1"].params == 96 * (25 + 1)
    assert net["conv2"].params == group2
    assert net["fc1"].params == 512 * (8 * 8 * 128 + 1)
    assert net["fc1"].output_shape == (256, 1, 1)
    assert net["fc2"].params == 79_077 * (256 + 1)
    assert net["conv5"].output_shape == (128, 8, 8)
    assert net.depth == 9 + 2
    deep = models.light_cnn29()
    blocks = sum(n * 2 * 2 * c * (9 * c + 1) for n, c in ((1, 48), (2, 96), (3, 192), (4, 128)))
    assert deep.params == net.params + blocks
    assert deep.depth == 29 + 2


# Options that the tests of every model's variants do not reach

OPTIONS = [
    ("squeezenet1_0", {"bypass": "simple", "squeeze_ratio": 0.5, "resolution": 65}),
    ("squeezenet1_1", {"bypass": "complex", "pct_3x3": 0.25, "resolution": 64}),
    ("squeezenext", {"variant": "v5", "groups": 2, "resolution": 67}),
    ("shufflenet_v1", {"se": True, "groups": 4, "width_mult": 0.5, "resolution": 33}),
    ("shufflenet_v1", {"groups": 8, "width_mult": 0.25, "resolution": 64}),
    ("shufflenet_structure", {"unit": "resnet", "resolution": 64}),
    ("shufflenet_v2_x0_5", {"variant": "torchvision", "resolution": (33, 64)}),
    ("condensenet", {"groups": 8, "resolution": 64}),
    ("condensenet_cifar", {"depth": 50, "resolution": 16}),
    ("igcv3_d", {"width_mult": 0.7, "resolution": 32}),
    ("light_cnn9", {"resolution": 40}),
]


@pytest.mark.parametrize("name, options", OPTIONS, ids=str)
def test_options_equal_torch(name, options):
    """Outputs of NumPy and torch alike for the same weights; parameters and MACs as torch counts them."""
    net = models.get(name)(num_classes=10, **options)
    weights = random_weights(net, dtype="float64")
    module, image = to_torch(net, weights).eval(), np.random.default_rng(1).standard_normal((1, *net.input_shape))
    assert sum(p.numel() for p in module.parameters()) == net.params
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        theirs = module(torch.from_numpy(image)).numpy()
    assert counter.get_total_flops() == 2 * net.macs
    np.testing.assert_allclose(run(net, image, weights), theirs, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    "name, options, text",
    [
        ("squeezenet1_0", {"bypass": "full"}, "unknown bypass of squeezenet1_0 'full': allowed: none, simple, complex"),
        ("squeezenet1_1", {"pct_3x3": 1.0}, "pct_3x3=1.0 must be below 1"),
        ("squeezenet1_0", {"squeeze_ratio": 0.001}, "out_channels must be a whole number of at least 1, not 0"),
        ("squeezenext", {"variant": "44"}, "unknown variant of squeezenext '44': allowed: paper, v5"),
        ("shufflenet_v1", {"groups": 5}, "unknown groups of shufflenet_v1 5: allowed: 1, 2, 3, 4, 8"),
        ("shufflenet_v1", {"se": 1}, "option se must be true or false, not 1"),
        (
            "shufflenet_structure",
            {"unit": "resnext"},
            "unknown unit of shufflenet_structure 'resnext': did you mean 'resnet'?",
        ),
        ("condensenet", {"groups": 3}, "groups=3 must divide"),
        ("condensenet_cifar", {"depth": 60}, "depth=60 must be 6n + 2"),
    ],
)
def test_bad_options_are_named(name, options, text):
    with pytest.raises(ConvcostError) as caught:
        models.get(name)(**options)
    assert text in str(caught.value)
