"""The classic half of the zoo, LeNet-5 to CapsNet, against its papers and torchvision's own tables."""

import numpy as np
import pytest
import torch
from checks import check_equals_torch
from convcost import ConvcostError, Convention, models
from convcost.numpy_run import random_weights, run
from convcost.torch_bridge import to_torch


def test_auxiliary_classifiers():
    """GoogLeNet has two, each 128 channels of 4 x 4, 1024 features, the classes; Inception-v3 has one."""

    def head(in_channels, biases):
        return in_channels * 128 + biases + (128 * 4 * 4 + 1) * 1024 + (1024 + 1) * 1000

    both = models.googlenet(aux_logits=True)
    assert both.params == 13_378_280 == models.googlenet().params + head(512, 128) + head(528, 128)
    both = models.googlenet(aux_logits=True, variant="torchvision")
    assert both.params == 13_004_888 == 6_624_904 + head(512, 2 * 128) + head(528, 2 * 128)
    assert [x.shape for x in both.outputs] == [(1000,)] * 3
    one = models.inception_v3(aux_logits=True)
    assert (
        one.params == 27_161_264 == 23_834_568 + (768 * 128 + 2 * 128 + 5 * 5 * 128 * 768 + 2 * 768 + (768 + 1) * 1000)
    )
    assert [x.shape for x in one.outputs] == [(1000,)] * 2
    assert one.depth == models.inception_v3().depth


# LeNet-5


def test_lenet5_layer_by_layer():
    """LeCun et al. 1998, section II.B: trained parameters of each layer, 60,000 in all."""
    net = models.lenet5()
    assert {part.name.split("/")[1]: part.params for part in net.blocks()} == {
        "C1": 6 * (5 * 5 + 1),
        "S2": 6 * 2,
        "C3": 1516,
        "S4": 16 * 2,
        "C5": 120 * (16 * 5 * 5 + 1),
        "F6": 84 * (120 + 1),
        "output": 0,
    }
    assert 1516 == 6 * (3 * 25 + 1) + 9 * (4 * 25 + 1) + 1 * (6 * 25 + 1)
    assert net.params == 60_000
    assert [part.output_shape for part in net.blocks()] == [
        (6, 28, 28),
        (6, 14, 14),
        (16, 10, 10),
        (16, 5, 5),
        (120, 1, 1),
        (84,),
        (10,),
    ]


def test_lenet5_connections():
    """The paper's unit: every input of every unit, and its bias; a subsampling unit has four inputs and a bias."""
    unit = {"macs": 1, "outputs": 1}
    rule = Convention(
        "connections",
        "inputs and biases of all units",
        {
            "Conv2d": unit,
            "Linear": unit,
            "AvgPool2d": {"outputs": 4 + 1},
            "RadialBasis": {"multiplications": 1},
        },
    )
    net = models.lenet5()
    assert [part.count(rule) for part in net.blocks()] == [122_304, 5_880, 151_600, 2_000, 48_120, 10_164, 84 * 10]
    assert net.count(rule) == 340_908


def test_plain_lenet5():
    net = models.lenet5(variant="plain")
    assert net.params == 61_706 == 156 + 16 * (6 * 25 + 1) + 48_120 + 10_164 + 10 * (84 + 1)
    assert net.macs == 25 * 6 * 28 * 28 + 25 * 6 * 16 * 10 * 10 + 400 * 120 + 120 * 84 + 84 * 10
    assert net.depth == 5


# ZFNet


def test_zfnet():
    """Figure 3 of Zeiler and Fergus 2013: output sizes; parameters of each layer follow from them."""
    net = models.zfnet()
    assert [n.output.shape for n in net["features"].layers if n.kind != "ReLU"] == [
        (96, 110, 110),
        (96, 55, 55),
        (256, 26, 26),
        (256, 13, 13),
        (384, 13, 13),
        (384, 13, 13),
        (256, 13, 13),
        (256, 6, 6),
    ]
    assert [n.params for n in net.layers if n.params] == [
        96 * (7 * 7 * 3 + 1),
        256 * (5 * 5 * 96 + 1),
        384 * (3 * 3 * 256 + 1),
        384 * (3 * 3 * 384 + 1),
        256 * (3 * 3 * 384 + 1),
        4096 * (6 * 6 * 256 + 1),
        4096 * (4096 + 1),
        1000 * (4096 + 1),
    ]
    assert net.params == 62_357_608


# GoogLeNet and Inception-v3


def test_googlenet_table_1():
    """Szegedy et al. 2014: operations of each module in millions, cut off or rounded.

    The table's first convolution (34M, 2.7K) and its 5a (54M) are not those of its own filter numbers.
    """
    net = models.googlenet()
    millions = {name: net[f"inception{name}"].macs / 10**6 for name in ("3a", "3b", "4b", "4c", "4d", "4e", "5b")}
    assert {name: round(m) for name, m in millions.items()} == {
        "3a": 128,
        "3b": 304,
        "4b": 88,
        "4c": 100,
        "4d": 119,
        "4e": 170,
        "5b": 71,
    }
    assert int(net["inception4a"].macs / 10**6) == 73
    assert net["stem.conv2"].weights + net["stem.conv3"].weights == 112 * 1024 == 64 * 64 + 9 * 64 * 192
    assert net["stem.conv1"].weights == 7 * 7 * 3 * 64
    assert net["stem.conv1"].macs == 7 * 7 * 3 * 64 * 112 * 112
    assert net["inception3a"].weights == (192 * 64 + 192 * 96 + 9 * 96 * 128 + 192 * 16 + 25 * 16 * 32 + 192 * 32)
    assert net["head"].weights == 1000 * 1024
    assert net.depth == 22
    assert [net[f"inception{name}"].output_shape for name in ("3a", "3b", "4a", "4d", "4e", "5a", "5b")] == [
        (256, 28, 28),
        (480, 28, 28),
        (512, 14, 14),
        (528, 14, 14),
        (832, 14, 14),
        (832, 7, 7),
        (1024, 7, 7),
    ]


def test_googlenet_variants_differ_in_normalisation_and_kernels():
    """torchvision has 3x3 for the nine 5x5, and a scale and a shift of batch norm for each bias."""
    paper, torchvision = models.googlenet(), models.googlenet(variant="torchvision")
    convolutions = [n.weights["weight"] for n in paper.layers if n.kind == "Conv2d"]
    fives = [outs * ins for outs, ins, kernel, _ in convolutions if kernel == 5]
    assert len(fives) == 9
    assert torchvision.weights == paper.weights - (25 - 9) * sum(fives)
    channels = sum(weight[0] for weight in convolutions)
    assert paper.params == paper.weights + channels + 1000
    assert torchvision.params == torchvision.weights + 2 * channels + 1000


def test_inception_v3():
    """Szegedy et al. 2015: sizes of table 1, under 25 million parameters, about 5 billion multiply-adds."""
    net = models.inception_v3()
    assert [net[f"mixed{number}"].output_shape for number in (1, 2, 3, 4, 8, 9, 11)] == [
        (256, 35, 35),
        (288, 35, 35),
        (288, 35, 35),
        (768, 17, 17),
        (768, 17, 17),
        (1280, 8, 8),
        (2048, 8, 8),
    ]
    scales = sum(n.weights["weight"][0] for n in net.layers if n.kind == "BatchNorm2d")
    assert net.params - scales == 23_817_352  # Keras builds it without the scales of batch norm
    assert net.receptive_field == 1311  # Araujo, Norris, Sim 2019
    assert net.depth == 5 + 3 * 3 + 3 + 4 * 5 + 4 + 2 * 3 + 1 == 48


# ResNet and ResNeXt


def test_resnext_is_a_resnet_with_groups():
    """Xie et al. 2016: cardinality 1 is ResNet; table 2 keeps the cost by making many groups narrow."""
    plain = models.resnext50_32x4d(groups=1, width_per_group=64)
    assert (plain.params, plain.macs) == (25_557_032, models.resnet50(variant="torchvision").macs)
    for groups, width_per_group, width in ((2, 40, 80), (4, 24, 96), (8, 14, 112), (32, 4, 128)):
        net = models.resnext50_32x4d(groups=groups, width_per_group=width_per_group)
        assert net["conv2_x.block1.conv2"].layers[0].weights["weight"] == (width, width_per_group, 3, 3)
        assert abs(net.macs / plain.macs - 1) < 0.05
        assert abs(net.params / plain.params - 1) < 0.04


def test_resnext_table_1():
    """25.5 and 25.0 million parameters, 4.1 and 4.2 billion multiply-adds."""
    resnet, resnext = models.resnet50(variant="torchvision"), models.resnext50_32x4d()
    assert [round(net.macs / 10**9, 1) for net in (resnet, resnext)] == [4.1, 4.2]
    assert round(resnext.params / 10**6, 1) == 25.0
    assert round(resnet.weights / 10**6, 1) == 25.5  # without batch norm


@pytest.mark.parametrize("depth, millions", [(20, 0.27), (32, 0.46), (44, 0.66), (56, 0.85), (110, 1.7), (1202, 19.4)])
def test_resnet_cifar(depth, millions):
    """He et al. 2015, table 6."""
    net = models.resnet_cifar(depth=depth)
    assert round(net.params / 10**6, 2 if depth < 100 else 1) == millions
    assert net.depth == depth
    assert [net[f"conv{stage}_x"].output_shape for stage in (2, 3, 4)] == [(16, 32, 32), (32, 16, 16), (64, 8, 8)]


def test_resnet20_by_hand():
    n = 3  # blocks of a stage, 6n + 2 layers
    weights = 9 * 3 * 16 + 2 * n * 9 * 16**2 + 9 * 16 * 32 + (2 * n - 1) * 9 * 32**2 + 9 * 32 * 64
    weights += (2 * n - 1) * 9 * 64**2
    norms = 2 * (16 + 2 * n * (16 + 32 + 64))
    assert models.resnet_cifar().params == weights + norms + 64 * 10 + 10 == 269_722


@pytest.mark.parametrize(
    "depth, block, millions", [(110, "basic", 1.7), (164, "bottleneck", 1.7), (1001, "bottleneck", 10.2)]
)
def test_preactivation_resnet(depth, block, millions):
    """He et al. 2016, table 4; its 10.2 million leave out batch norm, with which ResNet-1001 has 10.3."""
    net = models.preact_resnet(depth=depth, block=block)
    assert round(net.weights / 10**6, 1) == millions
    assert net.depth == depth
    assert net["last"].output_shape == (256 if block == "bottleneck" else 64, 8, 8)


def test_nothing_but_additions_from_the_first_to_the_last_block():
    net = models.preact_resnet(depth=11)
    sums = [n for n in net.layers if n.kind == "Add"]
    assert len(sums) == 3
    for node in net.layers:
        readers = [n.kind for n in net.layers if node.output in n.inputs]
        if node.kind == "Add" and node is not sums[-1]:
            assert readers == ["BatchNorm2d"]  # the next block changes the shape: both its ways start behind it
    same = models.preact_resnet(depth=20)["conv2_x.block2"].layers
    assert [n.kind for n in same] == ["BatchNorm2d", "ReLU", "Conv2d"] * 3 + ["Add"]


# DenseNet


def test_densenet_table_1():
    """Huang et al. 2016: layers and output sizes; the fourth network has one layer more than its name says."""
    depths = {121: 121, 161: 161, 169: 169, 201: 201, 264: 265}
    assert {name: models.get(f"densenet{name}")().depth for name in depths} == depths
    assert 265 == 1 + 2 * (6 + 12 + 64 + 48) + 3 + 1
    repeats = {121: (6, 12, 24, 16), 169: (6, 12, 32, 32), 201: (6, 12, 48, 32), 264: (6, 12, 64, 48)}
    for name, layers in repeats.items():
        net = models.get(f"densenet{name}")()
        assert tuple(len(net[f"block{block}"].blocks(2)) for block in (1, 2, 3, 4)) == layers
        assert [net[f"transition{block}"].output_shape[1] for block in (1, 2, 3)] == [28, 14, 7]
    net = models.densenet121()
    assert [part.output_shape for part in net.blocks()][:-2] == [
        (64, 56, 56),
        (64 + 6 * 32, 56, 56),
        (128, 28, 28),
        (128 + 12 * 32, 28, 28),
        (256, 14, 14),
        (256 + 24 * 32, 14, 14),
        (512, 7, 7),
        (512 + 16 * 32, 7, 7),
    ]
    assert models.densenet264().params == 33_337_704


def test_densenet_receptive_field_grows_by_one_3x3_in_each_layer():
    stem = 7 + 2 * 2
    assert models.densenet121().receptive_field == (
        stem + 6 * 2 * 4 + 4 + 12 * 2 * 8 + 8 + 24 * 2 * 16 + 16 + 16 * 2 * 32
    )


def test_a_dense_layer_reads_all_maps_before_it():
    net = models.densenet121()
    for number in range(1, 13):
        layer = net[f"block2.layer{number}"]
        assert [n.weights["weight"] for n in layer.layers if n.kind == "Conv2d"] == [
            (4 * 32, 128 + (number - 1) * 32, 1, 1),
            (32, 4 * 32, 3, 3),
        ]


@pytest.mark.parametrize(
    "depth, growth_rate, bc, millions",
    [
        (40, 12, False, 1.0),
        (100, 12, False, 7.0),
        (100, 24, False, 27.2),
        (100, 12, True, 0.8),
        (250, 24, True, 15.3),
        (190, 40, True, 25.6),
    ],
)
def test_densenet_cifar(depth, growth_rate, bc, millions):
    """Huang et al. 2016, table 2."""
    net = models.densenet_cifar(depth=depth, growth_rate=growth_rate, bc=bc)
    assert round(net.params / 10**6, 1) == millions
    assert net.depth == depth


# CapsNet

CAPSULES, CLASSES, PRIMARY_DIM, CLASS_DIM = 32 * 6 * 6, 10, 8, 16


def test_capsnet_parameters():
    """Sabour et al. 2017, section 5: 8.2 million parameters, 6.8 without the reconstruction subnetwork."""
    net, without = models.capsnet(), models.capsnet(decoder=False)
    assert [n.params for n in net.layers if n.params] == [
        9 * 9 * 256 + 256,
        9 * 9 * 256 * 32 * PRIMARY_DIM + 32 * PRIMARY_DIM,
        CAPSULES * CLASSES * PRIMARY_DIM * CLASS_DIM,
        160 * 512 + 512,
        512 * 1024 + 1024,
        1024 * 784 + 784,
    ]
    assert net.params == 8_215_568 == without.params + 1_411_344
    assert without.params == 6_804_224
    assert [x.shape for x in net.outputs] == [(10,), (28 * 28,)]
    assert net.output_shape == without.output_shape == (10,)


def test_routing_costs_the_same_in_every_iteration():
    """One more iteration: a softmax and a sum, a squash, and the agreement of the iteration before."""
    one, two, three = [models.capsnet(routing_iterations=n).operations() for n in (1, 2, 3)]
    votes = CAPSULES * CLASSES * CLASS_DIM
    more = {name: two[name] - one[name] for name in two if two[name] != one[name]}
    assert more == {
        "multiplications": votes + votes + CLASSES * 2 * CLASS_DIM,
        "additions": (CAPSULES - 1) * CLASSES * CLASS_DIM + votes + CAPSULES * (10 + 9) + CLASSES * CLASS_DIM,
        "comparisons": CAPSULES * 9,
        "exponentials": CAPSULES * 10,
        "divisions": CAPSULES * 10 + CLASSES,
        "square_roots": CLASSES,
    }
    assert more == {name: three[name] - two[name] for name in three if three[name] != two[name]}
    assert one["macs"] == three["macs"]


# Running them

OPTIONS = [
    ("googlenet", {"aux_logits": True, "variant": "paper"}),
    ("googlenet", {"aux_logits": True, "variant": "torchvision", "resolution": 256}),
    ("inception_v3", {"aux_logits": True}),
    ("resnext50_32x4d", {"groups": 8, "width_per_group": 14, "shortcut": "C"}),
    ("resnet_cifar", {"depth": 110, "shortcut": "B"}),
    ("preact_resnet", {"depth": 164, "num_classes": 100}),
    ("preact_resnet", {"depth": 110, "block": "basic"}),
    ("densenet121", {"growth_rate": 12, "resolution": 64}),
    ("densenet_cifar", {"depth": 40, "bc": False}),
    ("capsnet", {"decoder": False, "routing_iterations": 1, "num_classes": 5, "resolution": 32}),
]


@pytest.mark.parametrize("name, options", OPTIONS, ids=str)
def test_options_equal_torchs(name, options):
    check_equals_torch(models.get(name)(**options))


@pytest.mark.parametrize(
    "name, options",
    [
        ("lenet5", {}),
        ("lenet5", {"variant": "plain"}),
        ("capsnet", {}),
        ("googlenet", {"resolution": 64}),
        ("googlenet", {"resolution": 64, "variant": "torchvision"}),
        ("inception_v3", {"resolution": 75}),
        ("resnet_cifar", {"depth": 8}),
        ("preact_resnet", {"depth": 11}),
        ("preact_resnet", {"depth": 8, "block": "basic"}),
        ("densenet_cifar", {"depth": 16}),
        ("densenet_cifar", {"depth": 10, "bc": False}),
    ],
    ids=str,
)
def test_numpy_run_equals_torch(name, options):
    net = models.get(name)(**options)
    weights = random_weights(net, dtype="float64")
    image = np.random.default_rng(0).standard_normal((2, *net.input_shape))
    ours = run(net, image, weights)
    with torch.no_grad():
        theirs = to_torch(net, weights).eval()(torch.from_numpy(image))
    for a, b in zip(*[y if isinstance(y, tuple) else (y,) for y in (ours, theirs)], strict=True):
        assert np.abs(a).max() > 1e-3
        np.testing.assert_allclose(a, b.numpy(), rtol=1e-8, atol=1e-9 * np.abs(a).max())


# Bad options


@pytest.mark.parametrize(
    "name, options, message",
    [
        ("resnet_cifar", {"depth": 21}, "depth=21 must be 6n + 2: 20, 32, 44, 56, 110, 1202, ..."),
        ("resnet_cifar", {"depth": 2}, "depth=2 must be 6n + 2: 20, 32, 44, 56, 110, 1202, ..."),
        ("resnet_cifar", {"shortcut": "D"}, "unknown shortcut of resnet_cifar 'D': allowed: A, B, C"),
        ("preact_resnet", {"depth": 165}, "depth=165 must be 9n + 2: 29, 56, 110, 164, 1001, ..."),
        ("preact_resnet", {"block": "wide"}, "unknown block of preact_resnet 'wide': allowed: bottleneck, basic"),
        ("densenet_cifar", {"depth": 99}, "depth=99 must be 6n + 4: 40, 100, 190, 250, ..."),
        ("densenet_cifar", {"depth": 41, "bc": False}, "depth=41 must be 3n + 4: 40, 100, ..."),
        ("densenet121", {"growth_rate": 0}, "option growth_rate must be a whole number of at least 1, not 0"),
        ("googlenet", {"aux_logits": 1}, "googlenet: option aux_logits must be true or false, not 1"),
        ("googlenet", {"variant": "v2"}, "unknown variant of googlenet 'v2': allowed: paper, torchvision"),
        ("googlenet", {"aux": True}, "unknown option of googlenet 'aux': allowed: "),
        ("lenet5", {"resolution": 12}, "C3.conv1 (Conv2d): kernel 5x5 is larger than its input 3x4x4 with padding 0"),
        ("zfnet", {"resolution": 16}, "is larger than its input"),
        ("inception_v3", {"resolution": 32}, "is larger than its input"),
        ("capsnet", {"routing_iterations": 0}, "option routing_iterations must be a whole number of at least 1, not 0"),
        ("capsnet", {"resolution": 16}, "kernel 9x9 is larger than its input 256x8x8 with padding 0"),
        ("resnext50_32x4d", {"width_per_group": 1.5}, "option width_per_group must be a whole number of at least 1"),
    ],
    ids=str,
)
def test_bad_options_are_named(name, options, message):
    with pytest.raises(ConvcostError) as caught:
        models.get(name)(**options)
    assert message in str(caught.value) and "\n" not in str(caught.value)
