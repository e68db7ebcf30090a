"""Running the loop definitions on counting numbers gives what the formulas say, to the last operation."""

from math import prod

import numpy as np
import pytest
from convcost import reference
from convcost.layers import (
    AdaptiveAvgPool2d,
    AvgPool2d,
    BatchNorm2d,
    ChannelShuffle,
    Conv2d,
    Linear,
    LocalResponseNorm,
    MaxPool2d,
    ReLU,
    ReLU6,
    Softmax,
)
from convcost.reference import count_operations, loops
from convcost.reference.counting import COUNTS, Tally
from hypothesis import given, settings
from hypothesis import strategies as st

few = settings(max_examples=20, deadline=None, derandomize=True)
small, sizes, wide = st.integers(1, 3), st.integers(3, 6), st.integers(7, 8)  # 3x3 of dilation 3 spans 7


def arithmetic(counts):
    """The operations that were done at all, without the traffic."""
    return {kind: n for kind, n in counts.items() if n and kind not in ("reads", "distinct_reads", "writes")}


# By hand


def test_convolution_multiplies_padding_too():
    counts = count_operations(loops.conv2d, (1, 3, 8, 8), (16, 3, 3, 3), stride=2, padding=1)
    macs, outputs = 3 * 3 * 3 * 16 * 4 * 4, 16 * 4 * 4
    assert arithmetic(counts) == {"multiplications": macs, "additions": macs - outputs}
    assert counts["writes"] == outputs
    # 4 x 4 windows of stride 2 touch 9 x 9 cells: a row and a column of padding, and all of x.
    assert counts["distinct_reads"] == 3 * 8 * 8 + 16 * 3 * 3 * 3


def test_a_bias_is_one_more_addition_for_each_output():
    macs, outputs = 3 * 3 * 3 * 16 * 6 * 6, 16 * 6 * 6
    counts = count_operations(loops.conv2d, (1, 3, 8, 8), (16, 3, 3, 3), (16,))
    assert arithmetic(counts) == {"multiplications": macs, "additions": macs - outputs + outputs}
    assert counts == count_operations(loops.conv2d, (1, 3, 8, 8), (16, 3, 3, 3), bias=(16,))


def test_groups_divide_the_cost():
    counts = count_operations(loops.group_conv2d, (1, 6, 5, 5), (4, 3, 3, 3), 2)
    assert counts["multiplications"] == 3 * 3 * (6 // 2) * 4 * 3 * 3
    assert counts == count_operations(loops.conv2d, (1, 6, 5, 5), (4, 3, 3, 3), groups=2)


def test_depthwise_separable_convolution_costs_what_mobilenet_says():
    depthwise = count_operations(loops.depthwise_conv2d, (1, 4, 6, 6), (4, 1, 3, 3), padding=1)
    pointwise = count_operations(loops.pointwise_conv2d, (1, 4, 6, 6), (8, 4, 1, 1))
    assert depthwise["multiplications"] == 3 * 3 * 4 * 6 * 6
    assert pointwise["multiplications"] == 4 * 8 * 6 * 6
    standard = count_operations(loops.conv2d, (1, 4, 6, 6), (8, 4, 3, 3), padding=1)["multiplications"]
    separable = depthwise["multiplications"] + pointwise["multiplications"]
    assert separable / standard == pytest.approx(1 / 8 + 1 / 3**2)  # section 3.1: 1 / N + 1 / D_K^2


def test_without_padding_and_reuse_every_product_reads_two_numbers():
    counts = count_operations(loops.conv2d, (1, 2, 5, 5), (3, 2, 3, 3))
    macs = 3 * 3 * 2 * 3 * 3 * 3
    assert (counts["multiplications"], counts["reads"]) == (macs, 2 * macs)
    assert counts["distinct_reads"] == 2 * 5 * 5 + 3 * 2 * 3 * 3  # x and the weights, each element once


def test_a_stride_of_2_under_a_1x1_kernel_leaves_three_quarters_of_the_input_unread():
    counts = count_operations(loops.conv2d, (1, 1, 8, 8), (1, 1, 1, 1), stride=2)
    assert counts["distinct_reads"] == 4 * 4 + 1


def test_pooling_by_hand():
    maximum = count_operations(loops.max_pool2d, (1, 2, 8, 8), 3, stride=2, padding=1)
    assert arithmetic(maximum) == {"comparisons": (3 * 3 - 1) * 2 * 4 * 4}  # corners: 5 of the 9 are padding
    mean = count_operations(loops.avg_pool2d, (1, 2, 8, 8), 3, stride=2, padding=1)
    assert arithmetic(mean) == {"additions": (3 * 3 - 1) * 2 * 4 * 4, "divisions": 2 * 4 * 4}
    overall = count_operations(loops.global_avg_pool2d, (1, 2, 7, 7))
    assert arithmetic(overall) == {"additions": 2 * (7 * 7 - 1), "divisions": 2}


def test_batch_norm_costs_its_elements_each_time_and_its_channels_once():
    elements, channels = 5 * 4 * 4, 5
    each_time = count_operations(loops.scale_and_shift, (1, 5, 4, 4), (5,), (5,))
    assert arithmetic(each_time) == {"multiplications": elements, "additions": elements}
    once = count_operations(loops.fold_batch_norm, (5,), (5,), (5,), (5,))
    per_channel = {"multiplications": 1, "additions": 2, "square_roots": 1, "divisions": 1}
    assert arithmetic(once) == {kind: n * channels for kind, n in per_channel.items()}
    both = count_operations(loops.batch_norm, (1, 5, 4, 4), (5,), (5,), (5,), (5,))
    assert both == {kind: each_time[kind] + once[kind] for kind in COUNTS}


def test_local_response_norm_by_hand():
    counts = count_operations(loops.local_response_norm, (1, 4, 2, 2), 5)
    n = 4 * 2 * 2
    assert arithmetic(counts) == {"multiplications": 2 * n, "additions": 5 * n, "powers": n, "divisions": n}


def test_activations_by_hand():
    assert arithmetic(count_operations(loops.relu, (1, 3, 4, 4))) == {"comparisons": 3 * 4 * 4}
    assert arithmetic(count_operations(loops.relu6, (1, 3, 4, 4))) == {"comparisons": 2 * 3 * 4 * 4}
    assert arithmetic(count_operations(loops.sigmoid, (1, 10))) == {
        "exponentials": 10,
        "additions": 10,
        "divisions": 10,
    }
    assert arithmetic(count_operations(loops.tanh, (1, 10))) == {
        "multiplications": 10,
        "exponentials": 10,
        "additions": 2 * 10,
        "divisions": 10,
    }
    assert arithmetic(count_operations(loops.softmax, (1, 10))) == {
        "comparisons": 10 - 1,
        "additions": 10 + (10 - 1),
        "exponentials": 10,
        "divisions": 10,
    }


def test_counts_do_not_depend_on_the_values():
    assert count_operations(loops.relu6, [-1, 3, 9])["comparisons"] == 2 * 3
    assert count_operations(loops.relu, [-1, 3])["comparisons"] == 2
    assert count_operations(loops.max_pool2d, [[[[-1, -2]]]], kernel_size=(1, 2))["comparisons"] == 1


def test_a_shuffle_moves_every_element_and_computes_nothing():
    counts = count_operations(loops.channel_shuffle, (1, 6, 2, 2), 3)
    assert arithmetic(counts) == {}
    assert counts["reads"] == counts["distinct_reads"] == counts["writes"] == 6 * 2 * 2
    assert counts == count_operations(loops.channel_unshuffle, (1, 6, 2, 2), 3)


# The formulas of the counting core, on random shapes


def assert_proved(layer, shape, counts):
    """The core's raw operations of this layer, on an input of this shape, are those that the loops did.

    A multiply-accumulate of the core is a multiplication here.
    """
    output = layer.output_shape(shape)
    stated = dict(layer.operations(shape, output))
    assert stated.pop("macs", 0) in (0, counts["multiplications"])
    assert arithmetic(counts) == {kind: n for kind, n in stated.items() if n}
    assert counts["writes"] == prod(output)


@few
@given(small, small, small, small, small, st.integers(0, 2), small, st.booleans(), wide, wide)
def test_the_formula_of_convolution(groups, ins, outs, k, stride, padding, dilation, bias, height, width):
    layer = Conv2d(groups * outs, k, stride, padding, dilation, groups, bias)
    shape = (groups * ins, height, width)
    weights = layer.weights(shape)
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    assert_proved(layer, shape, count_operations(loops.conv2d, (1, *shape), **weights, **options))


@few
@given(st.integers(1, 9), st.integers(1, 9), st.booleans())
def test_the_formula_of_linear(ins, outs, bias):
    layer = Linear(outs, bias)
    assert_proved(layer, (ins,), count_operations(loops.linear, (1, ins), **layer.weights((ins,))))


@few
@given(small, small, st.booleans(), small, sizes, sizes, st.data())
def test_the_formulas_of_pooling(kernel, stride, ceil_mode, channels, height, width, data):
    padding, shape = data.draw(st.integers(0, kernel // 2)), (channels, height, width)
    options = {"kernel_size": kernel, "stride": stride, "padding": padding, "ceil_mode": ceil_mode}
    assert_proved(MaxPool2d(**options), shape, count_operations(loops.max_pool2d, (1, *shape), **options))
    assert_proved(AvgPool2d(**options), shape, count_operations(loops.avg_pool2d, (1, *shape), **options))


@few
@given(small, sizes, sizes, small)
def test_the_formulas_of_the_other_layers(channels, height, width, size):
    shape = (channels, height, width)
    x, vector = (1, *shape), (channels,)
    assert_proved(AdaptiveAvgPool2d(1), shape, count_operations(loops.global_avg_pool2d, x))
    assert_proved(BatchNorm2d(), shape, count_operations(loops.scale_and_shift, x, vector, vector))
    assert_proved(LocalResponseNorm(size), shape, count_operations(loops.local_response_norm, x, size))
    assert_proved(ReLU(), shape, count_operations(loops.relu, x))
    assert_proved(ReLU6(), shape, count_operations(loops.relu6, x))
    assert_proved(Softmax(), shape, count_operations(loops.softmax, x, axis=1))
    assert_proved(ChannelShuffle(channels), shape, count_operations(loops.channel_shuffle, x, channels))


# The counting numbers themselves


def test_counting_changes_no_result():
    random = np.random.default_rng(0)
    x, weight, bias = (random.standard_normal(shape) for shape in [(1, 4, 5, 5), (6, 2, 3, 3), (6,)])
    tally = Tally()
    counted = loops.conv2d(tally.array(x), tally.array(weight), tally.array(bias), padding=1, groups=2)
    np.testing.assert_array_equal(counted.tolist(), loops.conv2d(x, weight, bias, padding=1, groups=2))


def test_each_operation_counts_once_into_its_own_kind():
    tally = Tally()
    a = tally.number(4)
    results = [a + 1, 1 + a, a - 1, 1 - a, a * 2, np.float64(2) * a, a / 2, 2 / a, a**2, a.sqrt()]
    assert [r.value for r in results] == [5, 5, 3, -3, 8, 8, 2, 0.5, 16, 2]
    assert tally.number(0).exp().value == 1
    assert (a < 5, a > 5, a == 4, a >= 5, a != 4) == (True, False, True, False, False)
    done = {"additions": 4, "multiplications": 2, "divisions": 2, "comparisons": 5}
    assert arithmetic(tally) == {**done, "powers": 1, "square_roots": 1, "exponentials": 1}


@pytest.mark.parametrize("unknown", [abs, lambda a: a // 2, lambda a: a % 2, float])
def test_an_unknown_operation_is_an_error_and_never_a_zero(unknown):
    with pytest.raises(TypeError):
        unknown(Tally().number(4))


def test_two_tallies_know_nothing_of_each_other():
    one, other = Tally(), Tally()
    one.number(1) + 1
    assert (one["additions"], other["additions"]) == (1, 0)


def test_elements_read_twice_are_distinct_once():
    tally = Tally()
    x = tally.array([[1, 2], [3, 4]])
    assert (x[0, 1] + x[0, 1]).value == 4
    assert (tally["reads"], tally["distinct_reads"], tally["writes"]) == (2, 1, 0)
    with pytest.raises(IndexError, match=r"index \(0, 2\) is outside the shape \(2, 2\)"):
        x[0, 2]


@pytest.mark.parametrize("name", ["conv2d", "linear", "relu", "softmax"])
def test_numpy_refuses_to_compute_uncounted(name):
    shapes = {"conv2d": [(1, 1, 2, 2), (1, 1, 1, 1)], "linear": [(1, 2), (1, 2)]}.get(name, [(1, 2)])
    with pytest.raises(TypeError, match="uncounted"):
        count_operations(getattr(reference, name), *shapes)


def test_lists_and_arrays_are_counted_like_shapes():
    expected = count_operations(loops.linear, (1, 2), (3, 2))
    assert count_operations(loops.linear, [[1, 2]], np.ones((3, 2))) == expected
