"""What is read off a graph: names, blocks, totals, receptive field, memory; small enough to check by hand."""

import random
from collections import Counter

import pytest
from convcost import (
    AdaptiveAvgPool2d,
    AvgPool2d,
    BatchNorm2d,
    Concat,
    Conv2d,
    FeatureMap,
    Flatten,
    Linear,
    MaxPool2d,
    Multiply,
    Network,
    ReLU,
    SelectChannels,
    ZeroPad2d,
)
from convcost.memory import peak_activations


def residual_network():
    """Two blocks, the second with a projected shortcut; 10 classes."""
    x = FeatureMap(3, 8, 8)
    with x.block("stem"):
        x = ReLU()(Conv2d(4, 3, padding=1)(x))
    with x.block("res"):
        with x.block("main"):
            y = BatchNorm2d()(Conv2d(8, 3, stride=2, padding=1, bias=False)(x))
            y = BatchNorm2d()(Conv2d(8, 3, padding=1, bias=False)(ReLU()(y)))
        with x.block("shortcut"):
            x = Conv2d(8, 1, stride=2)(x)
        x = ReLU()(x + y)
    with x.block("head"):
        return Network(Linear(10)(Flatten()(AdaptiveAvgPool2d(1)(x))), name="small")


# Names and blocks


def test_layers_are_named_by_block_kind_and_number_in_forward_order():
    assert [node.name for node in residual_network().layers] == [
        "stem.conv1",
        "stem.relu1",
        "res.main.conv1",
        "res.main.bn1",
        "res.main.relu1",
        "res.main.conv2",
        "res.main.bn2",
        "res.shortcut.conv1",
        "res.add1",
        "res.relu1",
        "head.pool1",
        "head.flatten1",
        "head.fc1",
    ]


def test_a_name_can_be_given():
    x = FeatureMap(3, 8, 8)
    with x.block("sep1"):
        y = Conv2d(3, 3, groups=3)(x, name="dw")
    assert y.node.name == "sep1.dw"


def test_a_block_is_a_part_of_its_own():
    main = residual_network()["res.main"]
    assert main.name == "small/res.main"
    assert next(node.name for node in main.layers) == "res.main.conv1"
    assert main.params == (3 * 3 * 4 * 8 + 2 * 8) + (3 * 3 * 8 * 8 + 2 * 8)
    assert main.macs == (3 * 3 * 4 * 8 + 3 * 3 * 8 * 8) * 4 * 4
    assert (main.input_shape, main.output_shape) == ((4, 8, 8), (8, 4, 4))
    assert residual_network()["res.main.conv2"].macs == 3 * 3 * 8 * 8 * 4 * 4


def test_a_block_name_is_whole_words():
    x = FeatureMap(3, 8, 8)
    for number in (1, 10):
        with x.block(f"stage{number}"):
            x = Conv2d(number, 1)(x)
    net = Network(x)
    assert len(net["stage1"].layers) == len(net.stage(1).layers) == 1
    assert net.stage(10).output_shape == (10, 8, 8)


def test_blocks_at_each_level_partition_the_layers():
    net = residual_network()
    assert [part.name for part in net.blocks()] == ["small/stem", "small/res", "small/head"]
    assert [part.name for part in net.blocks(level=2)] == [
        "small/stem",
        "small/res.main",
        "small/res.shortcut",
        "small/res",
        "small/head",
    ]
    for level in (1, 2, 3):
        parts = net.blocks(level)
        assert sorted(n.name for part in parts for n in part.layers) == sorted(n.name for n in net.layers)
        assert sum(part.macs for part in parts) == net.macs


def test_a_network_holds_what_its_outputs_need_and_nothing_else():
    x = FeatureMap(3, 8, 8)
    used, unused = Conv2d(4, 1)(x), Conv2d(5, 1)(x)
    assert [node.name for node in Network(ReLU()(used)).layers] == ["conv1", "relu1"]
    assert [node.name for node in Network(used, unused).layers] == ["conv1", "conv2"]


# Totals


def test_totals_of_a_network_with_a_branch():
    net = residual_network()
    stem, first, second, shortcut = 3 * 3 * 3 * 4, 3 * 3 * 4 * 8, 3 * 3 * 8 * 8, 1 * 1 * 4 * 8
    assert net.params == (stem + 4) + (first + 2 * 8) + (second + 2 * 8) + (shortcut + 8) + (8 * 10 + 10)
    assert net.weights == stem + first + second + shortcut + 8 * 10  # no biases, no batch norm
    assert net.macs == stem * 8 * 8 + (first + second + shortcut) * 4 * 4 + 8 * 10
    assert net.activations == 4 * 8 * 8 + 3 * (8 * 4 * 4) + 10
    assert net.depth == 4  # stem, two in the block, head: the shortcut runs beside them
    assert (net.input_shape, net.output_shape) == ((3, 8, 8), (10,))


def test_flops_are_the_exact_multiplications_and_additions_of_every_layer():
    net = residual_network()
    multiplications = net.macs + 2 * (8 * 4 * 4)  # two batch norms
    additions = (
        3 * 3 * 3 * (4 * 8 * 8)  # stem: 26 additions and the bias
        + (3 * 3 * 4 - 1) * (8 * 4 * 4)
        + (3 * 3 * 8 - 1) * (8 * 4 * 4)  # no bias
        + 1 * 1 * 4 * (8 * 4 * 4)  # shortcut: 3 and the bias
        + 2 * (8 * 4 * 4)  # two batch norms
        + 8 * 4 * 4  # the sum of both branches
        + (4 * 4 - 1) * 8  # global pooling
        + 8 * 10  # head: 7 and the bias
    )
    assert net.operations()["multiplications"] == multiplications
    assert net.operations()["additions"] == additions
    assert net.flops == multiplications + additions
    assert net.operations()["divisions"] == 8
    assert net.operations()["comparisons"] == 4 * 8 * 8 + 2 * (8 * 4 * 4)


def test_conventions_count_one_network_differently():
    net = residual_network()
    convolutions = net.macs - 8 * 10
    assert net.count("macs") == net.macs
    assert net.count("macs_conv") == convolutions
    assert net.count("two_per_mac") == 2 * net.macs
    assert net.count("macs_bias") == net.macs + net.activations
    assert net.count("flops") == net.flops


def test_totals_are_exact_integers():
    net = residual_network()
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
        assert isinstance(getattr(net, metric), int), metric


def test_an_option_or_a_size_is_read_from_the_network():
    net = residual_network()
    assert net["res.main.conv1"].option("stride") == 2
    assert net["res.main"].option("kernel_size") == 3
    assert net["res"].size("output", "channels") == 8
    assert net["res"].size("input") == 8


# Receptive field


def field(*layers, side=64):
    x = FeatureMap(3, side, side)
    for layer in layers:
        x = layer(x)
    return Network(x).receptive_field


def test_two_3x3_convolutions_see_5x5_and_three_see_7x7():
    conv = Conv2d(8, 3, padding=1)
    assert field(conv) == 3
    assert field(conv, conv) == 3 + 2
    assert field(conv, conv, conv) == 3 + 2 + 2


def test_what_follows_a_stride_counts_by_the_stride():
    assert field(Conv2d(8, 3, stride=2), Conv2d(8, 3)) == 3 + 2 * 2
    assert field(Conv2d(8, 3, stride=2), Conv2d(8, 3, stride=2), Conv2d(8, 3)) == 3 + 2 * 2 + 4 * 2
    assert field(MaxPool2d(2), Conv2d(8, 3)) == 2 + 2 * 2


def test_dilation_spreads_a_kernel():
    assert field(Conv2d(8, 3, dilation=2)) == 2 * (3 - 1) + 1
    assert field(Conv2d(8, 3), Conv2d(8, 3, dilation=4)) == 3 + 4 * (3 - 1)


def test_pointwise_layers_see_no_more():
    assert field(Conv2d(8, 3), Conv2d(16, 1), BatchNorm2d(), ReLU()) == 3


def test_of_rectangular_kernels_the_longer_side_counts():
    assert field(Conv2d(8, (1, 7)), Conv2d(8, (3, 1))) == 7
    assert field(Conv2d(8, (1, 7)), Conv2d(8, (9, 1))) == 9


def test_a_residual_block_sees_what_its_longer_branch_sees():
    x = FeatureMap(8, 32, 32)
    y = Conv2d(8, 3, padding=1)(ReLU()(Conv2d(8, 3, padding=1)(x)))
    assert Network(x + y).receptive_field == 3 + 2


def test_branches_that_see_different_places_see_their_union():
    x = FeatureMap(3, 8, 8)
    left = Conv2d(4, 3, stride=2, padding=1)(x)  # cell 0 sees rows -1 to 1
    right = AvgPool2d(3, stride=2, ceil_mode=True)(x)  # cell 0 sees rows 0 to 2
    assert left.shape[1:] == right.shape[1:] == (4, 4)
    assert Network(Concat()(left, right)).receptive_field == 4  # rows -1 to 2


def test_padding_shifts_what_is_seen():
    x = FeatureMap(3, 8, 8)
    centred = Conv2d(3, 3, padding=1)(x)  # cell 0 sees rows -1 to 1
    alike = Conv2d(3, 3)(ZeroPad2d((1, 1, 1, 1))(x))
    shifted = Conv2d(3, 3)(ZeroPad2d((2, 0, 2, 0))(x))  # cell 0 sees rows -2 to 0
    assert Network(centred + alike).receptive_field == 3
    assert Network(centred + shifted).receptive_field == 4  # rows -2 to 1


def test_the_receptive_field_ends_before_global_pooling():
    assert residual_network().receptive_field == 3 + 2 + 2 * 2


# Memory


def test_memory_access_of_a_1x1_convolution():
    conv = Network(Conv2d(128, 1, bias=False)(FeatureMap(64, 56, 56)))
    assert conv.memory_access == 56 * 56 * (64 + 128) + 64 * 128  # hw(c1 + c2) + c1 c2 (Ma et al. 2018)


def test_memory_access_of_a_branch_reads_its_input_again():
    x = FeatureMap(4, 8, 8)
    net = Network(Flatten()(x + Conv2d(4, 3, padding=1)(x)))
    convolution = 4 * 8 * 8 + (3 * 3 * 4 * 4 + 4) + 4 * 8 * 8
    addition = 2 * (4 * 8 * 8) + 4 * 8 * 8
    assert net.memory_access == convolution + addition  # to flatten moves nothing


def test_arithmetic_intensity_is_macs_per_element_moved():
    conv = Network(Conv2d(128, 1, bias=False)(FeatureMap(64, 56, 56)))
    assert conv.arithmetic_intensity == 64 * 128 * 56 * 56 / (56 * 56 * (64 + 128) + 64 * 128)


def residual_block():
    """x (4 channels) -> conv (8) -> bn -> relu -> conv (8), and a 1x1 conv (8) of x; their sum; all 8 x 8."""
    x = FeatureMap(4, 8, 8)
    y = ReLU()(BatchNorm2d()(Conv2d(8, 3, padding=1)(x)))
    y = Conv2d(8, 3, padding=1)(y)
    return Network(ReLU()(Conv2d(8, 1)(x) + y))


def test_peak_activations_of_a_residual_block():
    narrow, wide = 4 * 8 * 8, 8 * 8 * 8
    second_conv = narrow + wide + wide  # x waits for the shortcut; input and output of the second convolution
    assert residual_block().peak_activations == second_conv


def test_peak_activations_without_working_in_place():
    net, wide = residual_block(), 8 * 8 * 8
    assert peak_activations(net.layers, net.outputs, in_place=False) == 3 * wide  # both summands and the sum


def test_peak_activations_of_a_chain_are_its_largest_neighbours():
    x = FeatureMap(3, 32, 32)
    for channels in (8, 16, 4):
        x = Conv2d(channels, 3, padding=1)(x)
    assert Network(x).peak_activations == (8 + 16) * 32 * 32


def test_a_flattened_map_is_the_same_memory():
    x = Flatten()(FeatureMap(512, 7, 7))
    assert Network(Linear(10)(x)).peak_activations == 512 * 7 * 7 + 10


def test_a_flattened_map_is_kept_while_the_map_itself_is_needed():
    y = Conv2d(16, 1)(FeatureMap(4, 8, 8))
    features = Linear(10)(Flatten()(y))
    assert Network(features, Conv2d(16, 1)(y)).peak_activations == 16 * 8 * 8 + 10 + 16 * 8 * 8


def test_a_map_is_kept_while_one_of_its_halves_is_needed():
    x = Conv2d(8, 1)(FeatureMap(4, 8, 8))
    left, right = SelectChannels(range(4))(x), SelectChannels(range(4, 8))(x)
    left = Conv2d(4, 1)(left)
    assert Network(Concat()(left, right)).peak_activations == (8 + 4 + 8) * 8 * 8  # x, left, the result


def test_a_gate_is_too_small_to_hold_the_product():
    x = Conv2d(8, 1)(FeatureMap(4, 8, 8))
    gated = Multiply()(x, AdaptiveAvgPool2d(1)(x))
    assert Network(gated).peak_activations == (4 + 8) * 8 * 8  # in place: the product takes the place of x
    assert Network(gated + x).peak_activations == (8 + 8) * 8 * 8 + 8  # x still needed: product beside it


def test_an_output_stays_alive():
    x = FeatureMap(4, 8, 8)
    early = Conv2d(16, 1)(x)
    late = Conv2d(1, 1)(Conv2d(8, 1)(early))
    assert Network(late).peak_activations == (16 + 8) * 8 * 8
    assert Network(late, early).peak_activations == (16 + 8 + 1) * 8 * 8


def simulated_peak(net, in_place):
    """The same by reference counting: a buffer goes when nobody holds a claim to read it any more."""
    claims = Counter(id(x) for node in net.layers for x in node.inputs) + Counter(id(x) for x in net.outputs)
    readers, size, buffer_of = {}, {}, {}  # readers and size of each living buffer; feature map -> buffer

    def allocate(x):
        buffer_of[id(x)] = buffer = len(buffer_of)
        channels, *sides = x.shape
        size[buffer], readers[buffer] = channels * (sides[0] * sides[1] if sides else 1), claims[id(x)]

    allocate(net.layers[0].inputs[0])
    peak = 0
    for node in net.layers:
        for x in node.inputs:
            readers[buffer_of[id(x)]] -= 1
        buffers = [buffer_of[id(x)] for x in node.inputs]
        free = [b for b in buffers if readers[b] == 0 and size[b] >= node.output_elements]
        if node.kind in ("Flatten", "SelectChannels"):
            free = buffers
        elif not in_place or node.kind not in ("BatchNorm2d", "ReLU", "Add", "Multiply"):
            free = []
        if free:
            buffer_of[id(node.output)] = free[0]
            readers[free[0]] += claims[id(node.output)]
        else:
            allocate(node.output)
        peak = max(peak, sum(size.values()))
        for buffer in [b for b, n in readers.items() if n == 0]:
            del readers[buffer], size[buffer]
    return peak


def random_network(seed):
    """A network of up to 25 layers with branches that begin and end anywhere."""
    chance = random.Random(seed)
    maps = [FeatureMap(chance.randint(1, 4), 6, 6)]
    for _ in range(chance.randint(1, 25)):
        x = chance.choice(maps[-4:])
        alike = [y for y in maps if y.shape == x.shape]
        maps.append(
            chance.choice(
                [
                    lambda: Conv2d(chance.randint(1, 9), 3, padding=1)(x),
                    lambda: BatchNorm2d()(x),
                    lambda: ReLU()(x),
                    lambda: x + chance.choice(alike),
                    lambda: Concat()(x, chance.choice(maps)),
                    lambda: SelectChannels(range(chance.randint(1, x.channels)))(x),
                    lambda: Multiply()(x, AdaptiveAvgPool2d(1)(x)),
                ]
            )()
        )
    return Network(Linear(3)(Flatten()(maps[-1])), *chance.sample(maps[1:], k=chance.randint(0, 1)))


@pytest.mark.parametrize("in_place", [True, False])
def test_peak_activations_equal_a_simulation_by_reference_counting(in_place):
    sizes = set()
    for seed in range(200):
        net = random_network(seed)
        peak = peak_activations(net.layers, net.outputs, in_place)
        assert peak == simulated_peak(net, in_place), f"seed {seed}: {[repr(n) for n in net.layers]}"
        sizes.add(peak)
    assert len(sizes) > 50  # the networks do differ
