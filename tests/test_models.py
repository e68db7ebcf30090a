"""The zoo against published figures, to the last parameter where a source prints them all."""

import re
from importlib import import_module
from itertools import pairwise
from pathlib import Path

import pytest
from checks import NOT_OFFERED
from convcost import ConvcostError, LocalResponseNorm, models
from convcost.zoo import definition
from environment import ROOT

# Parameters, and MACs in G to three decimals, in torchvision's own tables of weights: at 224 x 224, Inception at 299,
# EfficientNets at the sizes of their weights.
# The shapes of every weight and output were compared with torchvision 0.28 too, also at 160, 227, 256, 299 and 320.
TORCHVISION = {
    "alexnet": (61_100_840, 0.714),
    "vgg11": (132_863_336, 7.609),
    "vgg13": (133_047_848, 11.308),
    "vgg16": (138_357_544, 15.470),
    "vgg19": (143_667_240, 19.632),
    "googlenet": (6_624_904, 1.498),
    "inception_v3": (27_161_264 - 3_326_696, 5.713),  # its table counts the auxiliary classifier's parameters in
    "resnet18": (11_689_512, 1.814),
    "resnet34": (21_797_672, 3.664),
    "resnet50": (25_557_032, 4.089),
    "resnet101": (44_549_160, 7.801),
    "resnet152": (60_192_808, 11.514),
    "resnext50_32x4d": (25_028_904, 4.230),
    "resnext101_32x8d": (88_791_336, 16.414),
    "resnext101_64x4d": (83_455_272, 15.460),
    "wide_resnet50_2": (68_883_240, 11.398),
    "wide_resnet101_2": (126_886_696, 22.753),
    "densenet121": (7_978_856, 2.834),
    "densenet161": (28_681_000, 7.728),
    "densenet169": (14_149_480, 3.360),
    "densenet201": (20_013_928, 4.291),
    "squeezenet1_0": (1_248_424, 0.819),
    "squeezenet1_1": (1_235_496, 0.349),
    "mobilenet_v2": (3_504_872, 0.301),
    "shufflenet_v2_x0_5": (1_366_792, 0.040),
    "shufflenet_v2_x1_0": (2_278_604, 0.145),
    "shufflenet_v2_x1_5": (3_503_624, 0.296),
    "shufflenet_v2_x2_0": (7_393_996, 0.583),
    "mnasnet0_5": (2_218_512, 0.104),
    "mnasnet0_75": (3_170_208, 0.215),
    "mnasnet1_0": (4_383_312, 0.314),
    "mnasnet1_3": (6_282_256, 0.526),
    "mobilenet_v3_large": (5_483_032, 0.217),
    "mobilenet_v3_small": (2_542_856, 0.057),
    "efficientnet_b0": (5_288_548, 0.386),
    "efficientnet_b1": (7_794_184, 0.687),
    "efficientnet_b2": (9_109_994, 1.088),
    "efficientnet_b3": (12_233_232, 1.827),
    "efficientnet_b4": (19_341_616, 4.394),
    "efficientnet_b5": (30_389_784, 10.266),
    "efficientnet_b6": (43_040_704, 19.068),
    "efficientnet_b7": (66_347_960, 37.746),
    "regnet_x_400mf": (5_495_976, 0.414),
    "regnet_x_800mf": (7_259_656, 0.800),
    "regnet_x_1_6gf": (9_190_136, 1.603),
    "regnet_x_3_2gf": (15_296_552, 3.177),
    "regnet_x_8gf": (39_572_648, 7.995),
    "regnet_x_16gf": (54_278_536, 15.941),
    "regnet_x_32gf": (107_811_560, 31.736),
    "regnet_y_400mf": (4_344_144, 0.402),
    "regnet_y_800mf": (6_432_512, 0.834),
    "regnet_y_1_6gf": (11_202_430, 1.612),
    "regnet_y_3_2gf": (19_436_338, 3.176),
    "regnet_y_8gf": (39_381_472, 8.473),
    "regnet_y_16gf": (83_590_140, 15.912),
    "regnet_y_32gf": (145_046_770, 32.280),
    "efficientnet_v2_s": (21_458_488, 8.366),
    "efficientnet_v2_m": (54_139_356, 24.582),
    "efficientnet_v2_l": (118_515_272, 56.080),
    "swin_t": (28_288_354, 4.491),
    "convnext_tiny": (28_589_128, 4.456),
    "convnext_small": (50_223_688, 8.684),
    "convnext_base": (88_591_464, 15.355),
    "convnext_large": (197_767_336, 34.361),
}


@pytest.mark.parametrize("name", models.names())
def test_torchvision_variants(name):
    if "torchvision" not in models.get(name).variants or name in NOT_OFFERED:
        assert name not in TORCHVISION, f"{name} has no variant torchvision: see TORCHVISION in tests/test_models.py"
        return
    assert name in TORCHVISION, (
        f"tests/test_models.py: TORCHVISION lacks {name}; add its parameters and GMACs as torchvision's documentation "
        "prints them (or its name to NOT_OFFERED of tests/checks.py, if torchvision only could build it)"
    )
    net = models.get(name)(variant="torchvision")
    assert (net.params, round(net.macs / 10**9, 3)) == TORCHVISION[name]


def test_the_index_lists_what_the_zoo_defines():
    folder = Path(definition.__file__).parent
    files = {f"convcost.zoo.{path.stem}": path.stem for path in folder.glob("*.py") if path.stem != "__init__"}
    for file in files:
        import_module(file)
    found = {name: files[made.__module__] for name, made in definition.MODELS.items() if made.__module__ in files}
    assert found == models.FILES, "INDEX of lib/convcost/models.py must list each network under the name of its file"


def test_the_index_goes_by_year():
    for (one, (first, *_)), (other, (second, *_)) in pairwise(models.INDEX.items()):
        assert models.get(first).year <= models.get(second).year, (
            f"INDEX of lib/convcost/models.py: {one} stands before {other}, which is older"
        )


def test_a_name_is_defined_once():
    models.get("vgg16")
    with pytest.raises(ConvcostError, match=r"vgg16 is defined twice: in convcost\.zoo\.vgg and in test_models"):

        @definition.model("VGG", 2014, "Somebody 2014")
        def vgg16(x):
            return x


def test_a_member_of_a_family_gives_all_that_the_definition_needs():
    for member in ({}, {"depth": 3, "breadth": 2}):
        with pytest.raises(ConvcostError, match=r"deep3: deep needs \['depth'\], the member gives"):

            @definition.family("Deep", 2014, "Somebody 2014", members={"deep3": member})
            def deep(x, depth, num_classes=1000):
                return x


def test_torchvision_vgg_with_batch_norm():
    params = {"vgg11": 132_868_840, "vgg13": 133_053_736, "vgg16": 138_365_992, "vgg19": 143_678_248}
    for name, expected in params.items():
        net = models.get(name)(variant="torchvision", batch_norm=True)
        assert net.params == expected
        assert net.macs == models.get(name)().macs  # batch norm is no multiply-accumulate


EXACT = {
    "alexnet": ({}, 60_965_224, 724_406_816),
    "alexnet, torchvision": ({"variant": "torchvision"}, 61_100_840, 714_188_480),
    "vgg16": ({}, 138_357_544, 15_470_264_320),
    "resnet50": ({}, 25_557_032, 3_857_973_248),
    "resnet50, torchvision": ({"variant": "torchvision"}, 25_557_032, 4_089_184_256),
    "mobilenet_v1": ({}, 4_231_976, 568_740_352),
    "mobilenet_v2": ({}, 3_504_872, 300_774_272),
}


@pytest.mark.parametrize("case", EXACT)
def test_exact_totals(case):
    options, params, macs = EXACT[case]
    net = models.get(case.split(",")[0])(**options)
    assert (net.params, net.macs) == (params, macs)


@pytest.mark.parametrize(
    "name, variant, expected",  # Araujo, Norris, Sim 2019, "Computing receptive fields", its table
    [
        ("alexnet", "torchvision", 195),
        ("vgg16", "paper", 212),
        ("resnet50", "paper", 483),
        ("resnet101", "paper", 1027),
        ("resnet152", "paper", 1507),
        ("mobilenet_v1", "paper", 315),
        ("resnet50", "torchvision", 427),  # strides in the 3x3: worked out, not in their table
    ],
)
def test_receptive_fields(name, variant, expected):
    assert models.get(name)(variant=variant).receptive_field == expected


def test_depths_are_what_the_names_say():
    for name in models.names():
        named = re.match(r"(?:vgg|resnet)(\d+)", name)
        if named:
            assert models.get(name)().depth == int(named[1]), name
    assert models.alexnet().depth == 5 + 3
    assert models.mobilenet_v1().depth == 1 + 2 * 13 + 1


def test_vgg_layer_by_layer():
    """Table 1 of Simonyan and Zisserman 2014, configuration D."""
    net = models.vgg16()
    macs = [n.macs for n in net.layers if n.macs]
    assert macs[:4] == [
        3 * 3 * 3 * 64 * 224 * 224,
        3 * 3 * 64 * 64 * 224 * 224,
        3 * 3 * 64 * 128 * 112 * 112,
        3 * 3 * 128 * 128 * 112 * 112,
    ]
    assert macs[-3:] == [512 * 7 * 7 * 4096, 4096 * 4096, 4096 * 1000]
    assert net["stage2.conv1"].macs == 3 * 3 * 64 * 128 * 112 * 112
    assert net.stage(5).output_shape == (512, 7, 7)


def test_local_response_norm_as_in_the_paper():
    """Krizhevsky et al. 2012, section 3.3: k = 2, n = 5, beta = 0.75, alpha = 1e-4, not divided by n."""
    found = [
        n.layer for net in (models.alexnet(), models.vgg11_lrn()) for n in net.layers if n.kind == "LocalResponseNorm"
    ]
    assert found == [LocalResponseNorm(size=5, alpha=5 * 1e-4, beta=0.75, k=2.0)] * 3


def test_vgg_parameters_in_millions():
    """Table 2 of Simonyan and Zisserman 2014: A and A-LRN 133, B 133, C 134, D 138, E 144."""
    printed = {"vgg11": 133, "vgg11_lrn": 133, "vgg13": 133, "vgg16_c": 134, "vgg16": 138, "vgg19": 144}
    assert {name: round(models.get(name)().params / 10**6) for name in printed} == printed


def test_resnet_macs_in_billions():
    """Table 1 of He et al. 2015 prints 1.8, 3.6, 3.8, 7.6, 11.3: three cut off, the last two rounded."""
    billions = {depth: models.get(f"resnet{depth}")().macs / 10**9 for depth in (18, 34, 50, 101, 152)}
    assert [int(10 * billions[depth]) / 10 for depth in (18, 34, 50)] == [1.8, 3.6, 3.8]
    assert [round(billions[depth], 1) for depth in (101, 152)] == [7.6, 11.3]


def test_resnet_stages():
    """Table 1 of He et al. 2015: output sizes, and the shortcuts of section 4.1."""
    net = models.resnet50()
    shapes = [part.output_shape for part in net.blocks()][1:-1]
    assert shapes == [(256, 56, 56), (512, 28, 28), (1024, 14, 14), (2048, 7, 7)]
    projections = 64 * 256 + 256 * 512 + 512 * 1024 + 1024 * 2048
    norms = 2 * (256 + 512 + 1024 + 2048)
    assert models.resnet50(shortcut="A").params == net.params - projections - norms
    assert models.resnet50(shortcut="C").params > net.params
    assert models.resnet34().depth == models.resnet34(shortcut="C").depth == 34


def test_alexnet_in_two_halves():
    """Krizhevsky et al. 2012, section 3.5: conv2, 4 and 5 see only the maps of their own GPU."""
    net = models.alexnet()
    assert [n.weights["weight"] for n in net["features"].layers if n.kind == "Conv2d"] == [
        (96, 3, 11, 11),
        (256, 48, 5, 5),
        (384, 256, 3, 3),
        (384, 192, 3, 3),
        (256, 192, 3, 3),
    ]
    assert net["features.conv1"].output_shape == (96, 55, 55)
    assert net["features.conv1"].macs == 11 * 11 * 3 * 96 * 55 * 55


@pytest.mark.parametrize(
    "options, mega_macs, mega_params",
    [
        ({}, 569, 4.2),  # Howard et al. 2017, tables 6 (width) and 7 (resolution)
        ({"width_mult": 0.75}, 325, 2.6),
        ({"width_mult": 0.5}, 149, 1.3),
        ({"width_mult": 0.25}, 41, 0.5),
        ({"resolution": 192}, 418, 4.2),
        ({"resolution": 128}, 186, 4.2),
        ({"variant": "shallow"}, 307, 2.9),  # table 5
    ],
)
def test_mobilenet_v1_in_millions(options, mega_macs, mega_params):
    net = models.mobilenet_v1(**options)
    assert round(net.macs / 10**6) == mega_macs
    assert round(net.params / 10**6, 1) == mega_params


def test_mobilenet_v1_depthwise_separable_layer():
    separable, full = models.mobilenet_v1()["sep2"], models.mobilenet_v1(variant="full_convolution")["sep2"]
    assert separable.macs == 3 * 3 * 64 * 56 * 56 + 64 * 128 * 56 * 56
    assert full.macs == 3 * 3 * 64 * 128 * 56 * 56
    assert separable.output_shape == full.output_shape == (128, 56, 56)


@pytest.mark.parametrize(
    "width_mult, resolution, mega_macs",  # the authors' table of released checkpoints, cut off
    [
        (1.4, 224, 582),
        (1.3, 224, 509),
        (1.0, 224, 300),
        (1.0, 192, 221),
        (1.0, 160, 154),
        (1.0, 128, 99),
        (1.0, 96, 56),
        (0.75, 224, 209),
        (0.75, 192, 153),
        (0.75, 160, 107),
        (0.75, 128, 69),
        (0.75, 96, 39),
        (0.5, 224, 97),
        (0.5, 192, 71),
        (0.5, 160, 50),
        (0.5, 128, 32),
        (0.5, 96, 18),
        (0.35, 224, 59),
        (0.35, 192, 43),
        (0.35, 160, 30),
        (0.35, 128, 20),
        (0.35, 96, 11),
    ],
)
def test_mobilenet_v2_in_millions(width_mult, resolution, mega_macs):
    assert models.mobilenet_v2(width_mult=width_mult, resolution=resolution).macs // 10**6 == mega_macs


@pytest.mark.parametrize("name", models.names())
def test_every_variant_of_every_model_gives_every_metric(name):
    build = models.get(name)
    for variant in build.variants:
        net = build(variant=variant)
        assert net.output_shape[0] == build.options["num_classes"]
        for metric in (
            "params",
            "macs",
            "flops",
            "activations",
            "depth",
            "receptive_field",
            "memory_access",
            "peak_activations",
        ):
            assert isinstance(getattr(net, metric), int) and getattr(net, metric) > 0
        assert sum(n.params for n in net.layers) == net.params == sum(part.params for part in net.blocks())
        assert max(n.output_elements for n in net.layers) <= net.peak_activations < net.memory_access
        assert net.macs < net.flops
        assert net.info["variant"] == variant
        assert len({n.name for n in net.layers}) == len(net.layers)


ENDING_IN_LINEAR = [name for name in models.names() if models.get(name)().layers[-1].kind == "Linear"]


@pytest.mark.parametrize("name", ENDING_IN_LINEAR)
def test_the_number_of_classes_changes_the_last_layer_alone(name):
    build = models.get(name)
    usual, seven = build(), build(num_classes=7)
    assert seven.output_shape == (7,)
    assert [n.params for n in usual.layers[:-1]] == [n.params for n in seven.layers[:-1]]
    last = seven.layers[-1]
    assert last.params == 7 * (last.input_elements + ("bias" in last.weights))


def test_resolution_may_be_a_pair_of_height_and_width():
    net = models.resnet18(resolution=(256, 128))
    assert net.input_shape == (3, 256, 128)
    assert net["conv5_x"].output_shape == (512, 8, 4)
    assert net.params == models.resnet18().params


# Page -> what it calls the networks that it counts, and how many these are; a page may stop naming the number.
NAMED = {
    "chapters/flops/disagreeing_counters.ipynb": (
        r"MACs of (\d+) networks|len\(zoo\) == (\d+)",
        [name for name in models.names() if "torchvision" in models.get(name).variants],
    ),
}


@pytest.mark.parametrize("page", NAMED)
def test_a_page_that_names_how_many_networks_it_counts_names_them_all(page):
    pattern, networks = NAMED[page]
    for match in re.finditer(pattern, (ROOT / page).read_text(encoding="utf-8")):
        assert len(networks) == int(match[1] or match[2]), (
            f"{page}: change {match[0]!r}, there are {len(networks)} now; then python3 tools/book.py execute {page}"
        )
