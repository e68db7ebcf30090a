"""The zoo since 2018, MnasNet to MobileNet V4: against torchvision's and timm's code, and by hand."""

import numpy as np
import pytest
from convcost import ConvcostError, FeatureMap, Network, models
from convcost.numpy_run import random_weights, run
from convcost.zoo import convnext, efficientnet_v2, regnet
from convcost.zoo.tokens import attention

# Parameters and MACs of timm 1.0.31's networks, counted by `convcost.from_torch` at the resolution of ours; the shapes
# of all weights were compared too. Torchvision's totals stand in test_models.py.
TIMM = [
    ("mnasnet_a1", {}, 3_887_038, 311_579_072),  # semnasnet_100
    ("mnasnet0_5", {}, 2_218_512, 104_455_968),
    ("mnasnet0_75", {}, 3_170_208, 215_493_104),
    ("mnasnet1_0", {}, 4_383_312, 314_415_872),
    ("mobilenet_v3_large", {}, 5_483_032, 216_589_760),
    ("mobilenet_v3_small", {}, 2_542_856, 56_510_400),
    ("mobilenet_v3_large", {"width_mult": 0.75}, 3_993_528, 154_560_624),
    ("mobilenet_v3_small", {"width_mult": 0.75}, 2_041_872, 43_399_344),
    ("efficientnet_b0", {}, 5_288_548, 385_814_752),
    ("efficientnet_b1", {}, 7_794_184, 686_802_832),
    ("efficientnet_b2", {}, 9_109_994, 993_561_872),
    ("efficientnet_b3", {}, 12_233_232, 1_827_141_392),
    ("efficientnet_b4", {}, 19_341_616, 4_393_771_024),
    ("efficientnet_b5", {}, 30_389_784, 10_266_384_752),
    ("efficientnet_b6", {}, 43_040_704, 19_067_593_536),
    ("efficientnet_b7", {}, 66_347_960, 37_745_884_192),
    ("ghostnet", {}, 5_182_508, 141_150_512),
    ("ghostnet", {"width_mult": 0.5}, 2_587_292, 42_328_152),
    ("ghostnet", {"width_mult": 1.3}, 7_358_820, 227_003_256),
    ("regnet_x_400mf", {}, 5_157_512, 397_677_568),
    ("regnet_x_800mf", {}, 7_259_656, 799_699_712),
    ("regnet_x_1_6gf", {}, 9_190_136, 1_602_849_792),
    ("regnet_x_3_2gf", {}, 15_296_552, 3_176_621_952),
    ("regnet_x_8gf", {}, 39_572_648, 7_995_132_416),
    ("regnet_x_16gf", {}, 54_278_536, 15_940_755_456),
    ("regnet_x_32gf", {}, 107_811_560, 31_735_929_792),
    ("regnet_y_400mf", {}, 4_344_144, 401_842_848),
    ("regnet_y_800mf", {}, 6_263_168, 797_176_832),
    ("regnet_y_1_6gf", {}, 11_202_430, 1_612_076_160),
    ("regnet_y_3_2gf", {}, 19_436_338, 3_176_482_752),
    ("regnet_y_8gf", {}, 39_180_068, 7_963_057_312),
    ("regnet_y_16gf", {}, 83_590_140, 15_911_510_272),
    ("regnet_y_32gf", {}, 145_046_770, 32_279_552_832),
    ("repvgg_a0", {}, 8_309_384, 1_361_451_008),
    ("repvgg_a1", {}, 12_789_864, 2_363_967_488),
    ("repvgg_a2", {}, 25_499_944, 5_116_951_552),
    ("repvgg_b0", {}, 14_339_048, 3_057_600_512),
    ("repvgg_b1", {}, 51_829_480, 11_815_485_440),
    ("repvgg_b1g2", {}, 41_360_104, 8_809_742_336),  # no name there: its B1 with two groups
    ("repvgg_b1g4", {}, 36_125_416, 7_306_870_784),
    ("repvgg_b2", {}, 80_315_112, 18_376_609_792),
    ("repvgg_b2g4", {}, 55_777_512, 11_331_899_392),
    ("repvgg_b3", {}, 110_960_872, 26_208_882_688),
    ("repvgg_b3g4", {}, 75_626_728, 16_064_499_712),
    ("repvgg_a0", {"deployed": False}, 9_108_968, 1_512_581_120),
    ("repvgg_a1", {"deployed": False}, 14_092_264, 2_626_488_320),
    ("repvgg_a2", {"deployed": False}, 28_210_600, 5_685_345_280),
    ("repvgg_b0", {"deployed": False}, 15_817_960, 3_397_191_680),
    ("repvgg_b1", {"deployed": False}, 57_415_016, 13_128_089_600),
    ("repvgg_b1g2", {"deployed": False}, 45_782_376, 9_788_375_040),
    ("repvgg_b1g4", {"deployed": False}, 39_966_056, 8_118_517_760),
    ("repvgg_b2", {"deployed": False}, 89_022_376, 20_418_170_880),
    ("repvgg_b2g4", {"deployed": False}, 61_758_376, 12_590_714_880),
    ("repvgg_b3", {"deployed": False}, 123_085_288, 29_120_696_320),
    ("repvgg_b3g4", {"deployed": False}, 83_825_128, 17_849_159_680),
    ("mobileone_s0", {}, 2_078_504, 275_110_400),
    ("mobileone_s1", {}, 4_764_840, 825_057_024),
    ("mobileone_s2", {}, 7_808_168, 1_298_426_496),
    ("mobileone_s3", {}, 10_078_312, 1_895_790_592),
    ("mobileone_s4", {}, 14_838_352, 2_979_269_760),
    ("mobileone_s0", {"deployed": False}, 5_293_272, 1_051_935_232),
    ("mobileone_s1", {"deployed": False}, 4_825_192, 830_062_080),
    ("mobileone_s2", {"deployed": False}, 7_884_648, 1_304_027_392),
    ("mobileone_s3", {"deployed": False}, 10_170_600, 1_902_112_768),
    ("mobileone_s4", {"deployed": False}, 14_951_248, 2_986_802_432),
    ("convnext_tiny", {}, 28_589_128, 4_455_531_264),
    ("convnext_small", {}, 50_223_688, 8_683_712_256),
    ("convnext_base", {}, 88_591_464, 15_354_729_472),
    ("convnext_large", {}, 197_767_336, 34_361_433_600),
    ("convnext_v2_atto", {}, 3_708_400, 547_332_480),
    ("convnext_v2_femto", {}, 5_233_240, 779_629_824),
    ("convnext_v2_pico", {}, 9_066_280, 1_367_055_360),
    ("convnext_v2_nano", {}, 15_623_800, 2_445_528_320),
    ("convnext_v2_tiny", {}, 28_635_496, 4_455_531_264),
    ("convnext_v2_base", {}, 88_717_800, 15_354_729_472),
    ("convnext_v2_large", {}, 197_956_840, 34_361_433_600),
    ("convnext_v2_huge", {}, 660_289_640, 114_922_100_480),
    ("efficientnet_v2_s", {"resolution": 224}, 21_458_488, 2_849_895_872),  # tf_efficientnetv2_s
    ("efficientnet_v2_m", {}, 54_139_356, 24_582_460_384),
    ("efficientnet_v2_l", {}, 118_515_272, 56_079_699_008),
    ("mobilenet_v4_conv_small", {}, 3_774_024, 186_005_568),
    ("mobilenet_v4_conv_medium", {}, 9_715_512, 827_649_984),
]


@pytest.mark.parametrize("name, options, params, macs", TIMM, ids=str)
def test_totals_of_timms_code(name, options, params, macs):
    net = models.get(name)(**options)
    assert (net.params, net.macs) == (params, macs)


def kernels(net, name):
    """Shapes of the convolutions of a block, in their order."""
    return [n.weights["weight"] for n in net[name].layers if n.kind == "Conv2d"]


# MnasNet


def test_an_mnasnet_block_squeezes_to_a_quarter_of_what_enters_it():
    net = models.mnasnet_a1()
    assert kernels(net, "stage2.block2") == [
        (120, 40, 1, 1),  # t = 3
        (120, 1, 5, 5),
        (40 // 4, 120, 1, 1),
        (120, 40 // 4, 1, 1),
        (40, 120, 1, 1),
    ]
    assert net["stage2.block2"].macs == 28 * 28 * (120 * 40 + 25 * 120 + 40 * 120) + 2 * 10 * 120
    gated = [block.name.split("/")[-1] for block in net.blocks() if any(n.kind == "Multiply" for n in block.layers)]
    assert gated == ["stage2", "stage4", "stage5"]


def test_mnasnet_b1_has_no_gates_and_its_last_convolution_is_never_scaled():
    for width, first in (("0_5", 16), ("0_75", 24), ("1_0", 32), ("1_3", 40)):  # 1.3 x 32 = 41.6
        net = models.get(f"mnasnet{width}")()
        assert net["conv1"].output_shape == (first, 112, 112) and net["conv2"].output_shape == (1280, 7, 7)
        assert not [n for n in net.layers if n.kind == "Multiply"]
    assert models.mnasnet1_0().depth == 1 + 2 + 3 * (3 + 3 + 3 + 2 + 4 + 1) + 1 + 1


# MobileNet V3


def test_a_mobilenet_v3_block():
    """Row 5 of table 1: 5x5, 40 to 120 to 40 channels, squeezed to 120 / 4 = 30, rounded to 32."""
    net = models.mobilenet_v3_large()
    assert kernels(net, "bneck5") == [
        (120, 40, 1, 1),
        (120, 1, 5, 5),
        (32, 120, 1, 1),
        (120, 32, 1, 1),
        (40, 120, 1, 1),
    ]
    assert net["bneck5"].macs == 28 * 28 * (40 * 120 + 25 * 120 + 120 * 40) + 2 * 32 * 120
    assert net["bneck5"].output_shape == (40, 28, 28)
    assert net["bneck1"].macs == 112 * 112 * (9 * 16 + 16 * 16)  # no expansion


def test_mobilenet_v3_pools_before_its_widest_layer():
    """As MobileNet V2 ends, 960 x 1280 products at 7 x 7 positions; here at one."""
    net = models.mobilenet_v3_large()
    assert net["conv2"].macs == 7 * 7 * 160 * 960
    assert net["head"].macs == 960 * 1280 + 1280 * 1000
    assert net["head"].params == (960 + 1) * 1280 + (1280 + 1) * 1000
    assert models.mobilenet_v3_small()["head"].params == (576 + 1) * 1024 + (1024 + 1) * 1000


@pytest.mark.parametrize(
    "size, width_mult, params, macs",  # torchvision 0.28's code, counted by `convcost.from_torch`
    [
        ("large", 0.5, 1_734_576, 64_962_192),
        ("large", 0.75, 3_377_576, 140_033_816),
        ("large", 1.25, 8_164_744, 343_461_000),
        ("small", 0.5, 917_264, 18_970_736),
        ("small", 0.75, 1_653_920, 39_115_576),
        ("small", 1.25, 3_644_912, 88_155_944),
    ],
)
def test_torchvision_scales_every_number_of_mobilenet_v3(size, width_mult, params, macs):
    net = models.get(f"mobilenet_v3_{size}")(width_mult=width_mult, variant="torchvision")
    assert (net.params, net.macs) == (params, macs)


def test_the_layer_before_the_classifier_of_a_narrow_mobilenet_v3():
    paper, torchvision = [models.mobilenet_v3_large(width_mult=0.75, variant=v) for v in ("paper", "torchvision")]
    inputs = 6 * 120  # of the last convolution: six times its own inputs, 0.75 x 160
    assert paper["head"].params == (inputs + 1) * 1280 + (1280 + 1) * 1000
    assert torchvision["head"].params == (inputs + 1) * 960 + (960 + 1) * 1000
    for variant in ("paper", "torchvision"):
        wide = models.mobilenet_v3_large(width_mult=1.25, variant=variant)
        assert wide["head"].layers[-1].weights["weight"] == (1000, 1600)


# EfficientNet


@pytest.mark.parametrize(
    "size, blocks, first, last",  # ceil(depth x 16 blocks) stage by stage; width x 32 and x 1280, in multiples of 8
    [
        ("b0", 1 + 2 + 2 + 3 + 3 + 4 + 1, 32, 1280),
        ("b1", 2 + 3 + 3 + 4 + 4 + 5 + 2, 32, 1280),
        ("b2", 2 + 3 + 3 + 4 + 4 + 5 + 2, 32, 1408),
        ("b3", 2 + 3 + 3 + 5 + 5 + 6 + 2, 40, 1536),
        ("b4", 2 + 4 + 4 + 6 + 6 + 8 + 2, 48, 1792),
        ("b5", 3 + 5 + 5 + 7 + 7 + 9 + 3, 48, 2048),
        ("b6", 3 + 6 + 6 + 8 + 8 + 11 + 3, 56, 2304),
        ("b7", 4 + 7 + 7 + 10 + 10 + 13 + 4, 64, 2560),
    ],
)
def test_efficientnet_grows_in_depth_and_width(size, blocks, first, last):
    net = models.get(f"efficientnet_{size}")()
    assert sum(len(net[f"stage{number}"].blocks(2)) for number in range(1, 8)) == blocks
    assert net["conv1"].output_shape[0] == first
    assert net["conv2"].output_shape[0] == last


def test_efficientnet_b2_is_larger_in_torchvision():
    paper, torchvision = models.efficientnet_b2(), models.efficientnet_b2(variant="torchvision")
    assert (paper.input_shape, torchvision.input_shape) == ((3, 260, 260), (3, 288, 288))
    assert paper.params == torchvision.params and torchvision.macs > paper.macs
    assert models.efficientnet_b2(resolution=288).macs == torchvision.macs


def test_an_mbconv_block_squeezes_to_a_quarter_of_what_enters_it():
    net = models.efficientnet_b0()
    assert net["stage2.block1"].macs == 112 * 112 * 16 * 96 + 56 * 56 * (9 * 96 + 96 * 24) + 2 * 4 * 96
    assert net["stage1.block1"].macs == 112 * 112 * (9 * 32 + 32 * 16) + 2 * 8 * 32


def test_efficientnet_v2_starts_with_full_convolutions():
    """Table 4: Fused-MBConv in stages 1 to 3, a 3x3 of the first stage alone where t = 1, squeeze and excite behind."""
    net = models.efficientnet_v2_s()
    assert net.input_shape == (3, 384, 384)
    assert net["stage1.block1"].macs == 192 * 192 * 9 * 24 * 24
    assert net["stage2.block2"].macs == 96 * 96 * (9 * 48 * 192 + 192 * 48)
    assert net["stage4.block2"].macs == 24 * 24 * (128 * 512 + 9 * 512 + 512 * 128) + 2 * 32 * 512
    gated = [b.name.split("/")[-1] for b in net.blocks() if any(n.kind == "Multiply" for n in b.layers)]
    assert gated == ["stage4", "stage5", "stage6"]
    blocks = {size: sum(row[-1] for row in rows) for size, rows in efficientnet_v2.STAGES.items()}
    assert blocks == {"S": 2 + 4 + 4 + 6 + 9 + 15, "M": 3 + 5 + 5 + 7 + 14 + 18 + 5, "L": 4 + 7 + 7 + 10 + 19 + 25 + 7}


# RegNet


def test_the_line_of_regnet_x_400mf_by_hand():
    """w_0 = 24, w_a = 24.48: block 2 would have 72.96; log(72.96 / 24) / log 2.54 = 1.19, so 24 x 2.54 = 60.96: 64."""
    assert regnet.stages(22, 24, 24.48, 2.54) == [(24, 1), (64, 2), (152, 7), (392, 12)]
    widths = {v: [regnet.fitted(w, 16, v)[0] for w in (24, 64, 152, 392)] for v in ("paper", "torchvision")}
    assert widths == {"paper": [32, 64, 160, 384], "torchvision": [32, 64, 160, 400]}
    net = models.regnet_x_400mf()
    assert [net[f"stage{number}"].output_shape for number in (1, 2, 3, 4)] == [
        (32, 56, 56),
        (64, 28, 28),
        (160, 14, 14),
        (384, 7, 7),
    ]


def test_the_variants_of_regnet_differ_where_the_nearest_multiple_is_lower():
    """392 / 16 = 24.5, a tie, goes to the even 24 in the paper's code and up in torchvision's."""
    differing = [
        name
        for name in models.names()
        if name.startswith("regnet") and models.get(name)().params != models.get(name)(variant="torchvision").params
    ]
    assert differing == ["regnet_x_400mf", "regnet_y_800mf", "regnet_y_8gf"]


def test_a_regnet_block():
    """RegNetY-400MF, stage 2: 104 channels in groups of 8, a gate of a quarter of the block's inputs."""
    net = models.regnet_y_400mf()
    assert kernels(net, "stage2.block2") == [
        (104, 104, 1, 1),
        (104, 8, 3, 3),
        (26, 104, 1, 1),
        (104, 26, 1, 1),
        (104, 104, 1, 1),
    ]
    assert kernels(net, "stage2.block1") == [
        (104, 48, 1, 1),
        (104, 8, 3, 3),
        (12, 104, 1, 1),
        (104, 12, 1, 1),
        (104, 104, 1, 1),
        (104, 48, 1, 1),  # the shortcut
    ]
    assert [n.layer.stride for n in net["stage2.block1"].layers if n.kind == "Conv2d"] == [1, 2, 1, 1, 1, 2]
    assert not [n for n in models.regnet_x_400mf().layers if n.kind == "Multiply"]


# RepVGG, MobileOne


@pytest.mark.parametrize("name", [name for name in models.names() if name.startswith("repvgg")])
def test_repvgg_deployed_is_a_chain_of_3x3_convolutions(name):
    deployed, trained = models.get(name)(), models.get(name)(deployed=False)
    assert {n.kind for n in deployed.layers} == {"Conv2d", "ReLU", "AdaptiveAvgPool2d", "Flatten", "Linear"}
    convolutions = [n for n in deployed.layers if n.kind == "Conv2d"]
    assert {n.layer.kernel_size for n in convolutions} == {3}
    assert len(convolutions) == 1 + sum((2, 4, 14, 1) if "_a" in name else (4, 6, 16, 1))
    # Each 3x3 of n weights loses the 1x1 beside it, n / 9 weights; the classifier stays as it is.
    head = deployed["head"].macs
    assert trained.macs - head == (deployed.macs - head) * 10 // 9
    assert deployed.depth == trained.depth == len(convolutions) + 1


def test_a_repvgg_block():
    net, trained = models.repvgg_b1g4(), models.repvgg_b1g4(deployed=False)
    grouped = [n.layer.groups for n in net.layers if n.kind == "Conv2d"]
    assert grouped == [1, 1] + 13 * [4, 1]  # layers 3, 5, ..., 27
    assert net["stage2.block2"].params == 128 * (128 // 4 * 9 + 1)
    assert trained["stage2.block2"].params == 128 * 128 // 4 * (9 + 1) + 3 * 2 * 128
    kinds = [n.kind for n in trained["stage2.block2"].layers]
    assert kinds == ["Conv2d", "BatchNorm2d", "Conv2d", "BatchNorm2d", "Add", "BatchNorm2d", "Add", "ReLU"]
    assert [n.kind for n in trained["stage2.block1"].layers].count("BatchNorm2d") == 2  # the map halves: no identity


def test_repvggs_column_of_winograd_multiplications_comes_out():
    """Table 4: billions of multiplications that are left if 3x3 convolutions with stride 1 take 16 instead of 36."""
    left = {"a0": 0.7, "a1": 1.3, "b0": 1.6, "a2": 2.7, "b1g4": 3.9, "b1g2": 4.6, "b1": 5.9, "b2g4": 6.0, "b2": 9.1}
    for size, printed in {**left, "b3g4": 8.4, "b3": 12.9}.items():  # the last two from table 5
        net = models.get(f"repvgg_{size}")()
        easy = net.select(lambda n: n.kind == "Conv2d" and n.layer.stride == 1).macs
        assert round(float(net.macs - easy + easy * 16 / 36) / 1e9, 1) == printed


def test_repvgg_b1g2_has_half_the_weights_in_every_second_layer():
    full, half, quarter = [models.get(name)() for name in ("repvgg_b1", "repvgg_b1g2", "repvgg_b1g4")]
    assert full.params - half.params == 2 * (half.params - quarter.params)
    assert full.macs - half.macs == 2 * (half.macs - quarter.macs)


def test_mobileone_deployed_is_a_chain_of_separable_layers():
    for size in "0123":
        net = models.get(f"mobileone_s{size}")()
        assert {n.kind for n in net.layers} == {"Conv2d", "ReLU", "AdaptiveAvgPool2d", "Flatten", "Linear"}
        assert net.depth == 1 + 2 * (2 + 8 + 10 + 1) + 1
    gates = [n.name for n in models.mobileone_s4().layers if n.kind == "Multiply"]
    assert len(gates) == 2 * (5 + 1)


def test_a_mobileone_block_of_s0_has_four_convolutions_side_by_side_while_it_learns():
    net, trained = models.mobileone_s0(), models.mobileone_s0(deployed=False)
    assert net["stage2.block2.dw"].params == 128 * (9 + 1)
    assert net["stage2.block2.pw"].params == 128 * (128 + 1)
    # four 3x3, a 1x1, and batch norm behind each and on the map itself
    assert trained["stage2.block2.dw"].params == 128 * (4 * 9 + 1) + (4 + 1 + 1) * 2 * 128
    assert trained["stage2.block2.pw"].params == 4 * 128 * 128 + (4 + 1) * 2 * 128
    assert models.mobileone_s1(deployed=False)["stage2.block2.pw"].params == 192 * 192 + 2 * 2 * 192


# ConvNeXt


def test_a_convnext_block():
    net = models.convnext_tiny()
    block = net["stage1.block1"]
    assert [n.kind for n in block.layers] == ["Conv2d", "LayerNorm", "Conv2d", "GELU", "Conv2d", "Scale", "Add"]
    assert block.macs == 56 * 56 * (49 * 96 + 2 * 96 * 384)
    assert block.params == (49 + 1) * 96 + 2 * 96 + (96 + 1) * 384 + (384 + 1) * 96 + 96
    assert not [n for n in net.layers if n.kind in ("BatchNorm2d", "ReLU")]
    assert [net[f"stage{number}"].output_shape[1] for number in (1, 2, 3, 4)] == [56, 28, 14, 7]


def test_torchvision_writes_convnext_s_1x1_convolutions_as_linear_layers():
    paper, torchvision = [models.convnext_tiny(variant=v) for v in ("paper", "torchvision")]
    assert (paper.params, paper.macs) == (torchvision.params, torchvision.macs)
    written = [n.written for n in torchvision["stage1.block1"].layers]
    assert written[:5] == ["nn.Conv2d", "nn.LayerNorm", "nn.Linear", "nn.GELU", "nn.Linear"]


def test_global_response_norm_is_the_only_thing_that_v2_changes():
    old, new = models.convnext_tiny(), models.convnext_v2_tiny()
    assert new.macs == old.macs
    channels, blocks = (96, 192, 384, 768), (3, 3, 9, 3)
    scales, norms = [sum(n * size * c for n, c in zip(blocks, channels)) for size in (1, 2 * 4)]
    assert new.params == old.params - scales + norms
    kinds = [n.kind for n in new["stage1.block1"].layers]
    assert kinds[:4] == ["Conv2d", "LayerNorm", "Conv2d", "GELU"]
    assert kinds[4:12] == ["VectorNorm", "Mean", "Shift", "Quotient", "Multiply", "Scale", "Shift", "Add"]
    assert kinds[12:] == ["Conv2d", "Add"]


def test_global_response_norm_by_hand():
    """Two channels of length 5 (3 and 4) and 1 (0 and 1), mean 3: x + x length / mean, where scale is 1, shift 0."""
    net = Network(convnext.global_response_norm(FeatureMap(2, 1, 2)))
    weights = random_weights(net)
    for name, value in (("shift1", 0), ("scale1", 1), ("shift2", 0)):  # shift1 adds eps
        weights[f"{name}.weight"][:] = value
    (found,) = run(net, np.array([[[[3.0, 4.0]], [[0.0, 1.0]]]]), weights)
    np.testing.assert_allclose(found, [[[3 + 3 * 5 / 3, 4 + 4 * 5 / 3]], [[0, 1 + 1 / 3]]])


# ViT, Swin


def test_vit_b_16_by_hand():
    """Torchvision's table of weights: 86,567,656 parameters, 17.564 GMACs."""
    net, c, n = models.vit_b_16(), 768, (224 // 16) ** 2 + 1
    block = net["block1"]
    assert net["patches"].params == (3 * 16**2 + 1) * c + c + n * c  # the class token, and a place for each token
    assert block.params == 2 * 2 * c + (c + 1) * 3 * c + (c + 1) * c + (c + 1) * 4 * c + (4 * c + 1) * c
    assert net["head"].params == 2 * c + (c + 1) * 1000
    assert net.params == net["patches"].params + 12 * block.params + net["head"].params == 86_567_656
    assert net["block1.attention"].macs == 4 * n * c**2 + 2 * n**2 * c
    assert net["block1.mlp"].macs == 8 * n * c**2
    assert round(net.macs / 10**9, 3) == 17.564
    with pytest.raises(ConvcostError, match="an image of 224x230 pixels is not made of 16x16 patches"):
        models.vit_b_16(resolution=(224, 230))


def test_a_window_makes_attention_linear_in_the_tokens():
    net, c, n = models.swin_t(), 96, 56 * 56
    assert net["stage1.block1.attention"].macs == 4 * n * c**2 + 2 * 7**2 * n * c
    assert models.swin_t(resolution=448)["stage1.block1"].macs == 4 * net["stage1.block1"].macs
    assert models.swin_t(resolution=448).macs - 1000 * 768 == 4 * (net.macs - 1000 * 768)
    assert models.vit_b_16(resolution=448).macs > 4 * models.vit_b_16().macs


def test_swin_t_by_hand():
    net, params = models.swin_t(), 0
    for c, blocks in ((96, 2), (192, 2), (384, 6), (768, 2)):
        relative = (2 * 7 - 1) ** 2 * c // 32
        params += blocks * (2 * 2 * c + (c + 1) * 3 * c + (c + 1) * c + relative + (c + 1) * 4 * c + (4 * c + 1) * c)
        params += (4 * c // 2) * c + 2 * (4 * c // 2) if c > 96 else (3 * 4**2 + 1) * c + 2 * c
    assert net.params == params + 2 * 768 + (768 + 1) * 1000 == 28_288_354
    masks = [n.name for n in net.layers if n.name.endswith("mask")]
    assert len(masks) == 1 + 1 + 3 and not any(name.startswith("stage4") for name in masks)  # a map of one window there
    padded = models.swin_t(resolution=100)  # 25 x 25 tokens in 4 x 4 windows, then 13 x 13 in 2 x 2
    assert padded["stage1.block1.attention.pairs"].macs == 96 * (4 * 4) * 49**2
    assert padded["stage2.block1.attention.pairs"].macs == 192 * (2 * 2) * 49**2
    assert [padded[f"stage{number}"].output_shape[1] for number in (1, 2, 3, 4)] == [25, 13, 7, 4]


def attended(x, weights, heads):
    """Attention as torch has it, over all positions of maps."""
    from torch import nn, tensor

    layer = nn.MultiheadAttention(x.shape[1], heads, batch_first=True, dtype=tensor(x).dtype)
    layer.in_proj_weight.data = tensor(weights["qkv.weight"][:, :, 0, 0])
    layer.in_proj_bias.data = tensor(weights["qkv.bias"])
    layer.out_proj.weight.data = tensor(weights["out.weight"][:, :, 0, 0])
    layer.out_proj.bias.data = tensor(weights["out.bias"])
    tokens = tensor(x).flatten(2).transpose(1, 2)
    y = layer.eval()(tokens, tokens, tokens, need_weights=False)[0]
    return y.transpose(1, 2).reshape(x.shape).detach().numpy()


def test_attention_is_torch_s():
    pytest.importorskip("torch")
    net = Network(attention(FeatureMap(12, 4, 5), heads=3))
    weights, x = random_weights(net, dtype="float64"), np.random.default_rng(0).standard_normal((2, 12, 4, 5))
    weights["scale1.weight"][:] = (12 // 3) ** -0.5
    np.testing.assert_allclose(run(net, x, weights), attended(x, weights, 3), atol=1e-10)


def test_attention_in_windows_is_attention_of_each_window_by_itself():
    pytest.importorskip("torch")
    net = Network(attention(FeatureMap(12, 4, 6), heads=3, window=(2, 3)))
    weights, x = random_weights(net, dtype="float64"), np.random.default_rng(0).standard_normal((2, 12, 4, 6))
    weights["scale1.weight"][:] = (12 // 3) ** -0.5
    found = run(net, x, weights)
    for rows in (slice(0, 2), slice(2, 4)):
        for columns in (slice(0, 3), slice(3, 6)):
            window = np.ascontiguousarray(x[:, :, rows, columns])
            np.testing.assert_allclose(found[:, :, rows, columns], attended(window, weights, 3), atol=1e-10)
    with pytest.raises(ConvcostError, match="3 heads and windows of 3x3 tokens do not divide"):
        attention(FeatureMap(12, 4, 6), heads=3, window=(3, 3))


def test_a_relative_bias_is_the_same_for_the_same_way():
    """Among 2 x 3 tokens there are 3 x 5 ways; from (0, 0) to (0, 1) is the way from (1, 1) to (1, 2)."""
    net = Network(attention(FeatureMap(4, 2, 3), heads=2, window=(2, 3), relative=True))
    assert net["relative"].params == 2 * 3 * 5
    ways = np.reshape(next(n.layer.indices for n in net.layers if n.kind == "IndexSelect"), (2, 3, 2, 3))
    assert ways[0, 0, 0, 1] == ways[1, 1, 1, 2] != ways[0, 1, 0, 0]
    assert ways[0, 0, 0, 0] == ways[1, 2, 1, 2] == 3 * 5 // 2
    assert len(set(ways.flat)) == 3 * 5


# GhostNet


def test_a_ghost_module_makes_half_of_its_channels_cheaply():
    net = models.ghostnet()
    module = net["bneck3.ghost1"]  # 24 to 72 channels at 56 x 56
    assert module.macs == 56 * 56 * (24 * 36 + 9 * 36)
    assert kernels(net, "bneck3") == [(36, 24, 1, 1), (36, 1, 3, 3), (12, 72, 1, 1), (12, 1, 3, 3)]
    assert module.output_shape == (72, 56, 56)


def test_a_ghost_bottleneck_that_halves_the_map():
    net = models.ghostnet()
    assert kernels(net, "bneck4") == [
        (36, 24, 1, 1),
        (36, 1, 3, 3),
        (72, 1, 5, 5),
        (20, 72, 1, 1),  # 72 / 4 = 18, in multiples of 4
        (72, 20, 1, 1),
        (20, 72, 1, 1),
        (20, 1, 3, 3),
        (24, 1, 5, 5),  # the shortcut
        (40, 24, 1, 1),
    ]
    for width in (0.5, 1.3):
        assert models.ghostnet(width_mult=width)["head"].output_shape == (1000,)


# MobileNet V4


def test_universal_inverted_bottlenecks():
    """With both depthwise convolutions, with the second alone (as in MobileNet V2), with the first alone (as in
    ConvNeXt), with none (a feed-forward network).
    """
    small, medium = models.mobilenet_v4_conv_small(), models.mobilenet_v4_conv_medium()
    assert kernels(small, "stage3.block1") == [(64, 1, 5, 5), (192, 64, 1, 1), (192, 1, 5, 5), (96, 192, 1, 1)]
    assert kernels(small, "stage3.block2") == [(192, 96, 1, 1), (192, 1, 3, 3), (96, 192, 1, 1)]
    assert kernels(small, "stage3.block6") == [(96, 1, 3, 3), (384, 96, 1, 1), (96, 384, 1, 1)]
    assert kernels(medium, "stage3.block8") == [(160, 1, 3, 3), (640, 160, 1, 1), (160, 640, 1, 1)]
    assert kernels(medium, "stage3.block7") == [(320, 160, 1, 1), (160, 320, 1, 1)]
    assert small["stage3.block1"].macs == 28 * 28 * 64 * 25 + 28 * 28 * 64 * 192 + 14 * 14 * (25 * 192 + 192 * 96)


def test_mobilenet_v4_ends_like_mobilenet_v3_without_biases():
    net = models.mobilenet_v4_conv_small()
    assert net["conv2"].macs == 7 * 7 * 128 * 960
    assert net["head"].params == 960 * 1280 + 2 * 1280 + (1280 + 1) * 1000
