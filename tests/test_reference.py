"""The reference layers: a hand-worked case of each, then fast = loops = torch on random small shapes."""

from fractions import Fraction

import numpy as np
import pytest
from convcost import reference
from convcost.reference import loops
from hypothesis import given, settings
from hypothesis import strategies as st

BOTH = pytest.mark.parametrize("layers", [loops, reference], ids=["loops", "fast"])
few = settings(max_examples=50, deadline=None, derandomize=True)
small = st.integers(1, 3)
pairs = st.one_of(small, st.tuples(small, small))


def as_pair(value):
    return value if isinstance(value, tuple) else (value, value)


def plane(*rows):
    """One image of one channel."""
    return np.array([[rows]], dtype=float)


def random_array(draw, shape):
    return np.random.default_rng(draw(st.integers(0, 999))).standard_normal(shape)


def agree(name, *arguments, as_torch=None, **options):
    """The fast version, the loops and torch give one result: same shape, same type, same numbers.

    as_torch: how torch computes it, called with torch.nn.functional, tensors and options; by default by name.
    """
    torch = pytest.importorskip("torch")

    def tensor(value):
        return torch.from_numpy(value) if isinstance(value, np.ndarray) else value

    as_torch = as_torch or (lambda functional, *args, **kwargs: getattr(functional, name)(*args, **kwargs))
    expected = as_torch(torch.nn.functional, *map(tensor, arguments), **options).numpy()
    for layers in (loops, reference):
        result = getattr(layers, name)(*arguments, **options)
        assert (result.shape, result.dtype) == (expected.shape, expected.dtype)
        np.testing.assert_allclose(result, expected, rtol=1e-10, atol=1e-12)


# Convolutions


@st.composite
def convolutions(draw, groups=small, kernel=pairs):
    """(x, weight, bias, options) of a convolution that fits."""
    kernel, dilation, padding = draw(kernel), draw(pairs), draw(st.one_of(st.integers(0, 2), st.just((0, 2))))
    groups, ins, outs = draw(groups), draw(small), draw(small)
    size = [
        max(1, d * (k - 1) + 1 - 2 * p) + draw(st.integers(0, 3))
        for k, d, p in zip(as_pair(kernel), as_pair(dilation), as_pair(padding))
    ]
    x = random_array(draw, (draw(st.integers(1, 2)), groups * ins, *size))
    weight = random_array(draw, (groups * outs, ins, *as_pair(kernel)))
    bias = draw(st.booleans()) and random_array(draw, (groups * outs,))
    options = {"stride": draw(pairs), "padding": padding, "dilation": dilation}
    return x, weight, None if bias is False else bias, groups, options


@BOTH
def test_conv2d_by_hand(layers):
    x, weight = plane([1, 2, 3], [4, 5, 6], [7, 8, 9]), plane([1, 0], [0, 10])
    expected = plane([1 + 10 * 5, 2 + 10 * 6], [4 + 10 * 8, 5 + 10 * 9])  # not flipped: a cross-correlation
    np.testing.assert_array_equal(layers.conv2d(x, weight), expected)
    np.testing.assert_array_equal(layers.conv2d(x, weight, np.array([100.0])), expected + 100)
    padded = layers.conv2d(x, weight, stride=2, padding=1)
    np.testing.assert_array_equal(padded, plane([10 * 1, 10 * 3], [10 * 7, 5 + 10 * 9]))
    np.testing.assert_array_equal(layers.conv2d(x, weight, dilation=2), plane([1 + 10 * 9]))


@BOTH
def test_each_group_sees_its_own_channels(layers):
    x = np.arange(1.0, 5).reshape(1, 4, 1, 1)
    weight = np.array([[1, 10], [100, 1000]], dtype=float).reshape(2, 2, 1, 1)
    expected = np.array([1 * 1 + 10 * 2, 100 * 3 + 1000 * 4], dtype=float).reshape(1, 2, 1, 1)
    np.testing.assert_array_equal(layers.group_conv2d(x, weight, 2), expected)
    np.testing.assert_array_equal(layers.conv2d(x, weight, groups=2), expected)


@BOTH
def test_depthwise_kernels_of_one_channel_stand_together(layers):
    x = np.array([2.0, 3]).reshape(1, 2, 1, 1)
    weight = np.array([1.0, 10, 100, 1000]).reshape(4, 1, 1, 1)
    assert layers.depthwise_conv2d(x, weight).ravel().tolist() == [2 * 1, 2 * 10, 3 * 100, 3 * 1000]


@BOTH
def test_pointwise_mixes_the_channels_of_a_pixel(layers):
    x = np.array([[1, 2], [3, 4]], dtype=float).reshape(1, 2, 1, 2)
    weight = np.array([[1, 10], [100, 0], [0, 7]], dtype=float).reshape(3, 2, 1, 1)
    expected = [[1 + 10 * 3, 2 + 10 * 4], [100, 200], [7 * 3, 7 * 4]]
    np.testing.assert_array_equal(layers.pointwise_conv2d(x, weight)[0, :, 0], expected)


@few
@given(convolutions())
def test_conv2d_is_torchs(case):
    x, weight, bias, groups, options = case
    agree("conv2d", x, weight, bias, groups=groups, **options)


@few
@given(convolutions())
def test_group_convolution_is_convolution_with_groups(case):
    x, weight, bias, groups, options = case
    agree("group_conv2d", x, weight, groups, bias, **options, as_torch=grouped_in_torch)


def grouped_in_torch(functional, x, weight, groups, bias, **options):
    return functional.conv2d(x, weight, bias, groups=groups, **options)


@few
@given(convolutions(groups=st.just(1)))
def test_one_group_is_plain_convolution(case):
    x, weight, bias, _, options = case
    for layers in (loops, reference):
        grouped = layers.group_conv2d(x, weight, 1, bias, **options)
        np.testing.assert_array_equal(grouped, layers.conv2d(x, weight, bias, **options))


@few
@given(convolutions(), st.data())
def test_as_many_groups_as_channels_is_depthwise(case, data):
    x, weight, _, _, options = case
    channels = x.shape[1]
    weight = random_array(data.draw, (channels * data.draw(small), 1, *weight.shape[2:]))
    bias = random_array(data.draw, len(weight))
    agree("depthwise_conv2d", x, weight, bias, **options, as_torch=depthwise_in_torch)
    np.testing.assert_array_equal(
        loops.depthwise_conv2d(x, weight, bias, **options),
        loops.conv2d(x, weight, bias, groups=channels, **options),
    )


def depthwise_in_torch(functional, x, weight, bias, **options):
    return functional.conv2d(x, weight, bias, groups=x.shape[1], **options)


@few
@given(convolutions(groups=st.just(1), kernel=st.just(1)))
def test_pointwise_is_a_1x1_convolution(case):
    x, weight, bias, _, _ = case
    agree("pointwise_conv2d", x, weight, bias, as_torch=lambda functional, *args: functional.conv2d(*args))


# Channel shuffle


@BOTH
def test_shuffle_deals_channels_out_like_cards(layers):
    x = np.arange(6.0).reshape(1, 6, 1, 1)
    assert layers.channel_shuffle(x, 2).ravel().tolist() == [0, 3, 1, 4, 2, 5]
    assert layers.channel_unshuffle(x, 2).ravel().tolist() == [0, 2, 4, 1, 3, 5]


@few
@given(st.integers(1, 4), st.integers(1, 4), st.data())
def test_shuffling_by_g_then_by_channels_over_g_is_the_identity(groups, per_group, data):
    x = random_array(data.draw, (2, groups * per_group, 2, 3))
    agree("channel_shuffle", x, groups, as_torch=shuffled_in_torch)
    for layers in (loops, reference):
        shuffled = layers.channel_shuffle(x, groups)
        np.testing.assert_array_equal(layers.channel_shuffle(shuffled, per_group), x)
        np.testing.assert_array_equal(layers.channel_unshuffle(shuffled, groups), x)


def shuffled_in_torch(functional, x, groups):
    import torch

    return torch.channel_shuffle(x, groups)


# Pooling


@st.composite
def poolings(draw, with_dilation):
    """(x, kernel size, options) of a pooling that fits, its windows sticking out now and then."""
    kernel, ceil_mode = draw(pairs), draw(st.booleans())
    dilation = draw(pairs) if with_dilation else 1
    span = [d * (k - 1) + 1 for k, d in zip(as_pair(kernel), as_pair(dilation))]
    padding = tuple(draw(st.integers(0, k // 2)) for k in as_pair(kernel))
    size = [max(1, s - 2 * p) + draw(st.integers(0, 3)) for s, p in zip(span, padding)]
    options = {"stride": draw(st.one_of(st.none(), pairs)), "padding": padding, "ceil_mode": ceil_mode}
    if with_dilation:
        options["dilation"] = dilation
    return random_array(draw, (draw(small), draw(small), *size)), kernel, options


@BOTH
def test_pooling_by_hand(layers):
    x = plane([1, 2, 3], [4, 5, 6], [7, 8, 9])
    np.testing.assert_array_equal(layers.max_pool2d(x, 2), plane([5]))
    np.testing.assert_array_equal(layers.max_pool2d(x, 2, ceil_mode=True), plane([5, 6], [8, 9]))
    never_zero = layers.max_pool2d(-x, 2, padding=1)
    np.testing.assert_array_equal(never_zero, plane([-1, -2], [-4, -5]))
    np.testing.assert_array_equal(layers.avg_pool2d(x, 2, stride=1), plane([3, 4], [6, 7]))
    corner = {"kernel_size": 2, "padding": 1}
    np.testing.assert_array_equal(layers.avg_pool2d(x, **corner)[0, 0, 0], [1 / 4, (2 + 3) / 4])
    np.testing.assert_array_equal(layers.avg_pool2d(x, **corner, count_include_pad=False)[0, 0, 0], [1, 2.5])
    np.testing.assert_array_equal(layers.avg_pool2d(x, 2, ceil_mode=True), plane([3, 4.5], [7.5, 9]))
    np.testing.assert_array_equal(layers.global_avg_pool2d(x), plane([45 / 9]))


@few
@given(poolings(with_dilation=True))
def test_max_pool_is_torchs(case):
    x, kernel_size, options = case
    agree("max_pool2d", x, kernel_size, **options)


@few
@given(poolings(with_dilation=False), st.booleans())
def test_avg_pool_is_torchs(case, count_include_pad):
    x, kernel_size, options = case
    agree("avg_pool2d", x, kernel_size, **options, count_include_pad=count_include_pad)


@few
@given(poolings(with_dilation=False))
def test_global_avg_pool_is_torchs(case):
    agree("global_avg_pool2d", case[0], as_torch=lambda functional, x: functional.adaptive_avg_pool2d(x, 1))


def test_an_integer_image_keeps_its_type_in_max_pooling():
    x = np.arange(-9, 0).reshape(1, 1, 3, 3)
    for layers in (loops, reference):
        pooled = layers.max_pool2d(x, 3, stride=2, padding=1)
        assert pooled.dtype == x.dtype and pooled.ravel().tolist() == [-5, -4, -2, -1]


# Linear, normalization, activations


@BOTH
def test_linear_by_hand(layers):
    x, weight, bias = np.array([[1.0, 2]]), np.array([[3.0, 4], [5, 6], [7, 8]]), np.array([0, 0, 100.0])
    np.testing.assert_array_equal(layers.linear(x, weight, bias), [[3 + 8, 5 + 12, 7 + 16 + 100]])


@few
@given(small, st.integers(1, 6), st.integers(1, 6), st.booleans(), st.data())
def test_linear_is_torchs(batch, ins, outs, has_bias, data):
    bias = random_array(data.draw, outs) if has_bias else None
    agree("linear", random_array(data.draw, (batch, ins)), random_array(data.draw, (outs, ins)), bias)


@BOTH
def test_batch_norm_by_hand(layers):
    x, mean, variance = plane([5, 7]), np.array([3.0]), np.array([4.0])
    np.testing.assert_array_equal(layers.batch_norm(x, mean, variance, eps=0), plane([1, 2]))
    weight, bias = np.array([10.0]), np.array([0.5])
    trained = layers.batch_norm(x, mean, variance, weight, bias, eps=0)
    np.testing.assert_array_equal(trained, plane([10 * 1 + 0.5, 10 * 2 + 0.5]))
    assert [float(v[0]) for v in layers.fold_batch_norm(mean, variance, weight, bias, eps=0)] == [5, 0.5 - 15]


@few
@given(st.lists(small, min_size=2, max_size=4), st.booleans(), st.data())
def test_batch_norm_is_torchs_and_is_one_scale_and_one_shift(shape, trained, data):
    channels = shape[1]
    x, mean = random_array(data.draw, shape), random_array(data.draw, channels)
    variance = random_array(data.draw, channels) ** 2
    weight, bias = (random_array(data.draw, channels) if trained else None for _ in range(2))
    agree("batch_norm", x, mean, variance, weight=weight, bias=bias, eps=1e-3, as_torch=batch_norm_in_torch)
    folded = reference.fold_batch_norm(mean, variance, weight, bias, 1e-3)
    np.testing.assert_allclose(folded, loops.fold_batch_norm(mean, variance, weight, bias, 1e-3), rtol=1e-12)
    expected = reference.batch_norm(x, mean, variance, weight, bias, 1e-3)
    np.testing.assert_array_equal(reference.scale_and_shift(x, *folded), expected)


def batch_norm_in_torch(functional, x, mean, variance, weight, bias, eps):
    import torch

    weight, bias = (None if v is None else torch.from_numpy(v) for v in (weight, bias))
    return functional.batch_norm(x, mean, variance, weight, bias, training=False, eps=eps)


@BOTH
def test_local_response_norm_by_hand(layers):
    x = np.array([1.0, 2, 3]).reshape(1, 3, 1, 1)
    result = layers.local_response_norm(x, 3, alpha=3.0, beta=1.0, k=1.0).ravel()
    np.testing.assert_allclose(result, [1 / (1 + 1 + 4), 2 / (1 + 1 + 4 + 9), 3 / (1 + 4 + 9)], rtol=1e-15)


@few
@given(st.integers(1, 6), st.integers(1, 6), st.data())
def test_local_response_norm_is_torchs(channels, size, data):
    x = random_array(data.draw, (2, channels, 2, 2))
    agree("local_response_norm", x, size, alpha=0.5, beta=0.75, k=2.0)


@BOTH
def test_activations_by_hand(layers):
    x = np.array([-1.0, 0, 2, 6, 7])
    assert layers.relu(x).tolist() == [0, 0, 2, 6, 7]
    assert layers.relu6(x).tolist() == [0, 0, 2, 6, 6]
    np.testing.assert_allclose(layers.sigmoid(np.log([1.0, 3, 1 / 3])), [1 / 2, 3 / 4, 1 / 4], rtol=1e-15)
    np.testing.assert_allclose(
        layers.tanh(np.log([1.0, 2, 3])), [0, 3 / 5, 8 / 10], rtol=1e-15
    )  # (e - 1/e) / (e + 1/e)
    np.testing.assert_allclose(layers.softmax(np.log([1.0, 2, 5])), [1 / 8, 2 / 8, 5 / 8], rtol=1e-15)
    assert layers.softmax(np.array([1000.0, 1000])).tolist() == [0.5, 0.5]  # exp(1000) alone would overflow


@few
@given(st.lists(small, min_size=1, max_size=4), st.data())
def test_activations_are_torchs_on_any_shape(shape, data):
    x = 5 * random_array(data.draw, shape)
    agree("relu", x)
    agree("relu6", x)
    agree("sigmoid", x)
    agree("tanh", x)
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    agree("softmax", x, axis=axis, as_torch=lambda functional, x, axis: functional.softmax(x, dim=axis))


# Kinds of arrays and numbers


def test_loops_answer_nested_lists_with_nested_lists_and_keep_fractions_exact():
    third = Fraction(1, 3)
    assert loops.conv2d([[[[third, third, third]]]], [[[[1, 1]]]], [third]) == [[[[3 * third, 3 * third]]]]
    assert loops.avg_pool2d([[[[1 * third, 2 * third]]]], (1, 2)) == [[[[third * 3 / 2]]]]
    assert loops.relu([[-1, 2], [3, -4]]) == [[0, 2], [3, 0]]


def test_loops_run_on_object_arrays():
    x = np.array([[Fraction(1, 3), Fraction(1, 7)]], dtype=object)
    assert loops.linear(x, x).tolist() == [[Fraction(1, 9) + Fraction(1, 49)]]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_type_of_the_input_is_kept(dtype):
    x, weight, ones = np.ones((1, 2, 4, 4), dtype), np.ones((2, 2, 3, 3), dtype), np.ones(2, dtype)
    for layers in (loops, reference):
        for result in (
            layers.conv2d(x, weight, ones, padding=1),
            layers.max_pool2d(x, 3, padding=1),
            layers.avg_pool2d(x, 3, padding=1),
            layers.global_avg_pool2d(x),
            layers.batch_norm(x, ones, ones),
            layers.local_response_norm(x, 3),
            layers.relu6(x),
            layers.sigmoid(x),
            layers.tanh(x),
            layers.softmax(x, axis=1),
        ):
            assert result.dtype == dtype


# Bad input: one clear line, the same from both versions (a tuple of arguments below is the shape of an array)


@BOTH
@pytest.mark.parametrize(
    ("name", "arguments", "options", "message"),
    [
        ("conv2d", ((3, 4, 4), (1, 3, 1, 1)), {}, r"x must have the shape \(N, C, H, W\).*got \(3, 4, 4\)"),
        ("conv2d", ((1, 3, 4, 4), (2, 3, 3)), {}, r"weight must .*got \(2, 3, 3\)"),
        ("conv2d", ((1, 3, 4, 4), (2, 4, 3, 3)), {}, r"weight \(2, 4, 3, 3\) takes 4 .*has 3 channels"),
        ("conv2d", ((1, 3, 4, 4), (2, 3, 5, 5)), {}, r"5x5 kernel .* does not fit the 4x4 planes"),
        ("conv2d", ((1, 3, 4, 4), (2, 3, 3, 3)), {"dilation": 2}, r"dilation \(2, 2\).* does not fit"),
        ("conv2d", ((1, 4, 4, 4), (4, 1, 1, 1)), {"groups": 3}, r"groups=3 for 4 input channels"),
        ("conv2d", ((1, 4, 4, 4), (3, 2, 1, 1)), {"groups": 2}, r"groups=2 for 3 output channels"),
        ("conv2d", ((1, 4, 4, 4), (4, 4, 1, 1), (3,)), {}, r"bias must .*\(4,\).*got \(3,\)"),
        ("conv2d", ((1, 4, 4, 4), (4, 4, 1, 1)), {"stride": -1}, r"stride must .* at least 1.*got -1"),
        ("conv2d", ((1, 4, 4, 4), (4, 4, 1, 1)), {"stride": 1.0}, r"stride must be an integer.*got 1.0"),
        ("conv2d", ((1, 4, 4, 4), (4, 4, 1, 1)), {"padding": (1, -1)}, r"padding .* at least 0"),
        ("conv2d", ((1, 4, 4, 4), (4, 4, 1, 1)), {"groups": 0}, r"groups must be an integer of at least 1"),
        ("group_conv2d", ((1, 4, 4, 4), (4, 1, 1, 1), 3), {}, r"groups=3 for 4 input channels"),
        ("depthwise_conv2d", ((1, 4, 4, 4), (4, 2, 1, 1)), {}, r"\(m \* 4, 1, kh, kw\).*got \(4, 2, 1, 1\)"),
        ("depthwise_conv2d", ((1, 4, 4, 4), (6, 1, 1, 1)), {}, r"for the 4 channels of x"),
        ("pointwise_conv2d", ((1, 4, 4, 4), (4, 4, 3, 3)), {}, r"\(C_out, C_in, 1, 1\), got \(4, 4, 3, 3\)"),
        ("channel_shuffle", ((1, 6, 1, 1), 4), {}, r"groups must divide the channels, got groups=4 for 6"),
        ("channel_unshuffle", ((1, 6, 1, 1), 4), {}, r"groups must divide the channels"),
        ("max_pool2d", ((1, 1, 2, 2), 3), {}, r"3x3 kernel .* does not fit the 2x2 planes"),
        ("max_pool2d", ((1, 1, 4, 4), 2), {"padding": 2}, r"at most half of the kernel \(2, 2\)"),
        ("avg_pool2d", ((1, 1, 4, 4), 0), {}, r"kernel_size must be an integer of at least 1"),
        ("global_avg_pool2d", ((1, 4),), {}, r"\(N, C, H, W\).*got \(1, 4\)"),
        ("linear", ((1, 4), (2, 3)), {}, r"weight \(2, 3\) takes 3 features, but x \(1, 4\) has 4"),
        ("batch_norm", ((1, 4, 2, 2), (3,), (3,)), {}, r"running_mean must .*\(4,\).*got \(3,\)"),
        ("batch_norm", ((1, 4), (4,), (4,), (2,)), {}, r"weight must .*\(4,\).*got \(2,\)"),
        ("local_response_norm", ((1, 4, 2, 2), 0), {}, r"size must be an integer of at least 1, got 0"),
        ("softmax", ((2, 3),), {"axis": 2}, r"one of the 2 axes of x \(2, 3\), got 2"),
    ],
)
def test_bad_input_gives_one_clear_line(layers, name, arguments, options, message):
    with pytest.raises(ValueError, match=message) as error:
        getattr(layers, name)(*[np.zeros(a) if isinstance(a, tuple) else a for a in arguments], **options)
    assert "\n" not in str(error.value)


def test_ragged_lists_are_refused():
    with pytest.raises(ValueError, match=r"alike, got shapes \[\(1,\), \(2,\)\]"):
        loops.relu([[1, 2], [3]])
