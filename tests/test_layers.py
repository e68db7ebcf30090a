"""Each layer kind alone: output shape, weights, raw operations, with the arithmetic written out."""

from importlib import import_module
from pathlib import Path

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
    Layer,
    Linear,
    LocalResponseNorm,
    Maximum,
    MaxPool2d,
    Multiply,
    ReLU,
    ReLU6,
    Routing,
    SelectChannels,
    Sigmoid,
    Softmax,
    Squash,
    Tanh,
    ZeroPad2d,
    ZeroPadChannels,
    layers,
)
from convcost.layers.base import MOST_SHAPES


def node(layer, *shape):
    return layer(FeatureMap(*shape)).node


def flat(features):
    return Flatten()(FeatureMap(features, 1, 1))


def test_convolution():
    conv = node(Conv2d(128, kernel_size=3, padding=1), 64, 56, 56)
    assert conv.output.shape == (128, 56, 56)
    assert conv.weights == {"weight": (128, 64, 3, 3), "bias": (128,)}
    assert conv.params == 3 * 3 * 64 * 128 + 128
    assert conv.macs == 3 * 3 * 64 * 128 * 56 * 56
    assert conv.operations == {
        "macs": 3 * 3 * 64 * 128 * 56 * 56,
        "multiplications": 3 * 3 * 64 * 128 * 56 * 56,
        "additions": (3 * 3 * 64 - 1) * 128 * 56 * 56 + 128 * 56 * 56,
    }


def test_a_convolution_without_bias_has_one_addition_fewer_per_output():
    conv = node(Conv2d(128, kernel_size=3, padding=1, bias=False), 64, 56, 56)
    assert conv.weights == {"weight": (128, 64, 3, 3)}
    assert conv.params == 3 * 3 * 64 * 128
    assert conv.operations["additions"] == (3 * 3 * 64 - 1) * 128 * 56 * 56


def test_groups_divide_weights_and_macs():
    conv = node(Conv2d(256, kernel_size=5, padding=2, groups=2), 96, 27, 27)
    assert conv.weights == {"weight": (256, 48, 5, 5), "bias": (256,)}
    assert conv.params == 5 * 5 * 48 * 256 + 256
    assert conv.macs == 5 * 5 * 48 * 256 * 27 * 27


def test_depthwise_convolution_has_one_filter_per_channel():
    conv = node(Conv2d(32, kernel_size=3, padding=1, groups=32, bias=False), 32, 112, 112)
    assert conv.weights == {"weight": (32, 1, 3, 3)}
    assert conv.params == 3 * 3 * 32
    assert conv.macs == 3 * 3 * 32 * 112 * 112


def test_pointwise_convolution():
    conv = node(Conv2d(64, kernel_size=1, bias=False), 32, 112, 112)
    assert (conv.params, conv.macs) == (32 * 64, 32 * 64 * 112 * 112)


def test_rectangular_kernels_strides_and_padding_are_vertical_first():
    conv = node(Conv2d(8, kernel_size=(1, 7), stride=(2, 1), padding=(0, 3)), 4, 17, 17)
    assert conv.output.shape == (8, 9, 17)
    assert conv.weights["weight"] == (8, 4, 1, 7)
    assert conv.macs == 1 * 7 * 4 * 8 * 9 * 17


@pytest.mark.parametrize(
    "size, kernel_size, stride, padding, dilation, expected",
    [
        (224, 3, 1, 1, 1, 224),
        (227, 11, 4, 0, 1, 55),  # AlexNet's conv1: (227 - 11) / 4 + 1
        (224, 11, 4, 2, 1, 55),  # torchvision's: 217 / 4 = 54.25, rounded down, + 1
        (224, 7, 2, 3, 1, 112),
        (5, 5, 1, 0, 1, 1),
        (32, 3, 1, 2, 2, 32),  # a 3x3 with dilation 2 spans 5
        (32, 3, 1, 0, 4, 24),  # with dilation 4 it spans 9
        (7, 1, 3, 0, 1, 3),
    ],
)
def test_convolution_output_size(size, kernel_size, stride, padding, dilation, expected):
    conv = Conv2d(1, kernel_size, stride, padding, dilation)
    assert conv(FeatureMap(1, size, size)).shape == (1, expected, expected)


@pytest.mark.parametrize(
    "size, kernel_size, stride, padding, floor, ceil",
    [
        (55, 3, 2, 0, 27, 27),  # 52 / 2 + 1: nothing to round
        (112, 3, 2, 0, 55, 56),  # 109 / 2 = 54.5
        (112, 3, 2, 1, 56, 57),  # 111 / 2 = 55.5; window 57 starts at cell 111, the last one
        (7, 2, 2, 0, 3, 4),
        (6, 2, 2, 1, 4, 4),
        (5, 2, 2, 1, 3, 3),  # ceil gives 3.5 -> 4 windows, but the fourth would start in the padding
        (5, 1, 3, 0, 2, 2),  # 4 / 3 -> 2 + 1 windows, but the third would start at cell 6 of 5
    ],
)
def test_pooling_output_size_rounds_down_or_up(size, kernel_size, stride, padding, floor, ceil):
    for kind in (MaxPool2d, AvgPool2d):
        sizes = [
            kind(kernel_size, stride, padding, ceil_mode=mode)(FeatureMap(1, size, size)).height
            for mode in (False, True)
        ]
        assert sizes == [floor, ceil]


def test_fully_connected():
    fc = Linear(4096)(Flatten()(FeatureMap(512, 7, 7))).node
    assert fc.weights == {"weight": (4096, 512 * 7 * 7), "bias": (4096,)}
    assert fc.params == 512 * 7 * 7 * 4096 + 4096
    assert fc.operations == {
        "macs": 512 * 7 * 7 * 4096,
        "multiplications": 512 * 7 * 7 * 4096,
        "additions": (512 * 7 * 7 - 1) * 4096 + 4096,
    }


def test_batch_norm_is_one_scale_and_one_shift_per_channel():
    bn = node(BatchNorm2d(), 64, 56, 56)
    assert bn.weights == {"weight": (64,), "bias": (64,)}
    assert bn.params == 2 * 64
    assert bn.operations == {"multiplications": 64 * 56 * 56, "additions": 64 * 56 * 56}


def test_relu_compares_once_and_relu6_twice():
    assert node(ReLU(), 64, 56, 56).operations == {"comparisons": 64 * 56 * 56}
    assert node(ReLU6(), 64, 56, 56).operations == {"comparisons": 2 * 64 * 56 * 56}


def test_sigmoid_and_tanh_by_one_exponential_each():
    n = 64 * 8 * 8
    assert node(Sigmoid(), 64, 8, 8).operations == {"exponentials": n, "additions": n, "divisions": n}
    assert node(Tanh(), 64, 8, 8).operations == {
        "multiplications": n,
        "exponentials": n,
        "additions": 2 * n,
        "divisions": n,  # 1 - 2 / (exp(2x) + 1)
    }


def test_softmax_of_features_and_of_every_pixel():
    assert Softmax()(flat(1000)).node.operations == {
        "comparisons": 999,  # the largest of 1000
        "additions": 1000 + 999,  # 1000 subtractions of the largest, 999 additions for the sum
        "exponentials": 1000,
        "divisions": 1000,
    }
    assert node(Softmax(), 21, 4, 5).operations == {
        "comparisons": 20 * 4 * 5,
        "additions": (21 + 20) * 4 * 5,
        "exponentials": 21 * 4 * 5,
        "divisions": 21 * 4 * 5,
    }


def test_local_response_norm():
    n = 96 * 55 * 55
    assert node(LocalResponseNorm(5), 96, 55, 55).operations == {
        "multiplications": 2 * n,  # the square, and alpha / size
        "additions": 4 * n + n,  # the sum of five squares, and k
        "powers": n,
        "divisions": n,
    }


def test_max_pooling_compares_all_of_a_window():
    pool = node(MaxPool2d(3, stride=2), 96, 55, 55)
    assert pool.output.shape == (96, 27, 27)
    assert pool.operations == {"comparisons": (3 * 3 - 1) * 96 * 27 * 27}
    assert pool.params == 0


def test_average_pooling_adds_all_of_a_window_and_divides():
    pool = node(AvgPool2d((2, 4)), 8, 12, 12)
    assert pool.output.shape == (8, 6, 3)
    assert pool.operations == {"additions": (2 * 4 - 1) * 8 * 6 * 3, "divisions": 8 * 6 * 3}


def test_the_stride_of_pooling_is_its_kernel_size_unless_given():
    assert MaxPool2d(3).stride == 3
    assert MaxPool2d(3, stride=2).stride == 2
    assert AvgPool2d((2, 3)).stride == (2, 3)


def test_global_average_pooling_adds_the_whole_map():
    pool = node(AdaptiveAvgPool2d(1), 512, 7, 7)
    assert pool.output.shape == (512, 1, 1)
    assert pool.operations == {"additions": (7 * 7 - 1) * 512, "divisions": 512}


def test_adaptive_pooling_windows_overlap_where_the_sizes_do_not_divide():
    pool = node(AdaptiveAvgPool2d(2), 3, 5, 4)  # rows 0-2 and 2-4, columns 0-1 and 2-3
    assert pool.output.shape == (3, 2, 2)
    assert pool.operations == {"additions": 3 * 4 * (3 * 2 - 1), "divisions": 3 * 4}


def test_adaptive_pooling_to_more_cells_than_there_are_repeats_them():
    pool = node(AdaptiveAvgPool2d(7), 512, 1, 1)
    assert pool.output.shape == (512, 7, 7)
    assert pool.operations == {"additions": 0, "divisions": 512 * 7 * 7}


def test_add_needs_one_addition_fewer_than_maps():
    x = FeatureMap(64, 56, 56)
    assert (x + x).node.operations == {"additions": 64 * 56 * 56}
    assert Add()(x, x, x).node.operations == {"additions": 2 * 64 * 56 * 56}
    assert Add()(x, x, x).shape == (64, 56, 56)


def test_maximum_compares_one_time_fewer_than_maps():
    x = FeatureMap(64, 56, 56)
    assert Maximum()(x, x, x).node.operations == {"comparisons": 2 * 64 * 56 * 56}


def test_a_gate_multiplies_every_value_of_its_channel():
    x = FeatureMap(64, 56, 56)
    gate = AdaptiveAvgPool2d(1)(x)
    for product in (Multiply()(x, gate), Multiply()(x, x)):
        assert product.shape == (64, 56, 56)
        assert product.node.operations == {"multiplications": 64 * 56 * 56}


def test_squashing_a_capsule():
    capsules = 32 * 6 * 6
    assert node(Squash(8), 32 * 8, 6, 6).operations == {
        "multiplications": (8 + 8) * capsules,  # the squares, the scaling
        "additions": (7 + 1) * capsules,
        "square_roots": capsules,
        "divisions": capsules,
    }


def test_routing_between_1152_and_10_capsules():
    """Sabour et al. 2017, section 4: 32 x 6 x 6 capsules below, 10 of 16 values above, 3 iterations."""
    routing = node(Routing(10, 16, iterations=3), 32 * 6 * 6 * 10 * 16, 1, 1)
    assert routing.output.shape == (10 * 16, 1, 1)
    assert (routing.params, routing.macs) == (0, 0)
    sums, agreements = 3 * 1152 * 10 * 16, 2 * 1152 * 10 * 16
    assert routing.operations["multiplications"] == sums + agreements + 3 * 10 * (16 + 16)
    assert routing.operations["exponentials"] == 3 * 1152 * 10


def test_concat_stacks_channels_and_computes_nothing():
    x = FeatureMap(64, 28, 28)
    y = Conv2d(128, 1)(x)
    assert Concat()(x, y, x).shape == (64 + 128 + 64, 28, 28)
    assert Concat()(x, y).node.operations == {}


def test_what_only_moves_values_computes_nothing():
    assert node(SelectChannels(range(32, 64)), 64, 28, 28).output.shape == (32, 28, 28)
    assert node(ZeroPad2d((1, 2, 3, 4)), 64, 28, 28).output.shape == (64, 28 + 3 + 4, 28 + 1 + 2)
    assert node(ChannelShuffle(4), 64, 28, 28).output.shape == (64, 28, 28)
    assert node(Flatten(), 512, 7, 7).output.shape == (512 * 7 * 7,)
    assert node(ZeroPadChannels(128, stride=2), 64, 57, 56).output.shape == (128, 29, 28)
    for layer in (
        ChannelShuffle(4),
        Flatten(),
        ZeroPadChannels(128, stride=2),
        SelectChannels((3, 1)),
        ZeroPad2d((1, 0, 0, 1)),
    ):
        made = node(layer, 64, 28, 28)
        assert (made.operations, made.params) == ({}, 0)


def test_layer_records_compare_by_value_and_print_as_they_are_written():
    assert Conv2d(64, 3, padding=1) == Conv2d(out_channels=64, kernel_size=3, padding=1)
    assert Conv2d(64, 3) != Conv2d(64, 3, bias=False)
    assert Conv2d(64, 3) in {Conv2d(64, 3)}
    assert repr(Conv2d(64, 3, padding=1)) == "Conv2d(out_channels=64, kernel_size=3, padding=1)"
    assert repr(ReLU()) == "ReLU()"
    assert MaxPool2d(2).options() == {"kernel_size": 2, "stride": 2, "padding": 0, "ceil_mode": False}
    with pytest.raises(AttributeError, match="Conv2d is frozen"):
        Conv2d(64, 3).stride = 2


def test_what_one_record_counts_never_becomes_what_another_one_counts():
    """Records with the same options are one object that remembers its counts."""
    for good, bad in ((1, True), (1, 1.0), ((3, 3), (3, 3.0)), ((1, 3), (True, 3))):
        assert node(Conv2d(8, good), 4, 9, 9).macs > 0
        with pytest.raises(ConvcostError, match="kernel_size must be a whole number of at least 1"):
            node(Conv2d(8, bad), 4, 9, 9)
        assert Conv2d(8, good) is not Conv2d(8, bad)
    assert repr(LocalResponseNorm(5, k=2)) != repr(LocalResponseNorm(5, k=2.0))
    assert node(Conv2d(8, [3, 3]), 4, 9, 9).macs == node(Conv2d(8, 3), 4, 9, 9).macs
    first = node(Conv2d(8, 3), 4, 9, 9)
    first.weights["extra"] = first.operations["macs"] = (1,)
    again = node(Conv2d(8, 3), 4, 9, 9)
    assert set(again.weights) == {"weight", "bias"}
    assert again.macs == 3 * 3 * 4 * 8 * 7 * 7


def test_a_sweep_over_sizes_does_not_fill_the_memory():
    relu = ReLU()
    for side in range(1, 2 * MOST_SHAPES):
        assert node(relu, 1, side, 1).operations == {"comparisons": side}
    assert len(relu._known) <= MOST_SHAPES


def test_a_block_ends_where_its_with_ends_also_by_an_error():
    x = FeatureMap(3, 8, 8)
    with pytest.raises(ZeroDivisionError), x.block("outer"), x.block("inner"):
        assert ReLU()(x).node.name == "outer.inner.relu1"
        raise ZeroDivisionError
    assert ReLU()(x).node.name == "relu1"


def test_every_layer_kind_is_offered():
    folder = Path(layers.__file__).parent
    for path in folder.glob("[a-z]*.py"):
        module = import_module(f"convcost.layers.{path.stem}")
        for name, value in vars(module).items():
            is_kind = isinstance(value, type) and issubclass(value, Layer) and value.__module__ == module.__name__
            if is_kind and not name.startswith("_"):
                wanted = f"lib/convcost/layers/__init__.py: import {name} and list it in __all__"
                assert getattr(layers, name, None) is value and name in layers.__all__, wanted
