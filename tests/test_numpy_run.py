"""The NumPy run against torch: each layer kind alone, one network of each family; and its errors."""

import itertools

import numpy as np
import pytest
import torch
from checks import check_has_every_layer_kind
from convcost import (
    CELU,
    ELU,
    GELU,
    GLU,
    SELU,
    AdaptiveAvgPool2d,
    AdaptiveMaxPool2d,
    Add,
    Amax,
    Amin,
    AvgPool2d,
    BatchNorm1d,
    BatchNorm2d,
    CapsuleLengths,
    CapsulesToChannels,
    ChannelShuffle,
    CircularPad2d,
    Concat,
    ConcatStored,
    ConstantPad2d,
    Conv2d,
    ConvcostError,
    ConvTranspose2d,
    Divide,
    Elementwise,
    FeatureMap,
    Flatten,
    Fold,
    GroupNorm,
    Hardshrink,
    Hardsigmoid,
    Hardswish,
    Hardtanh,
    IndexSelect,
    InstanceNorm2d,
    KeepLongest,
    Layer,
    LayerNorm,
    LeakyReLU,
    Linear,
    LocalResponseNorm,
    LogSigmoid,
    LogSoftmax,
    MatMul,
    Maximum,
    MaxPool2d,
    Mean,
    Minimum,
    Mish,
    Multiply,
    Network,
    PixelShuffle,
    PixelUnshuffle,
    Power,
    PReLU,
    Quotient,
    RadialBasis,
    Rearrange,
    ReflectionPad2d,
    ReLU,
    ReLU6,
    ReplicationPad2d,
    RMSNorm,
    Roll,
    Routing,
    Scale,
    ScaleShift,
    Scatter,
    SelectChannels,
    Shift,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Softshrink,
    Squash,
    Std,
    Stored,
    Subtract,
    Sum,
    Tanh,
    Threshold,
    Unflatten,
    Unfold,
    Upsample,
    Var,
    VectorNorm,
    View,
    ZeroPad2d,
    ZeroPadChannels,
    models,
)
from convcost.numpy_run import FUNCTION_OF_KIND, random_weights, run, tensor_shapes
from convcost.schedule import INPUT, run_order
from convcost.torch_bridge import to_torch

torch.set_num_threads(1)  # small maps: threads would cost more than they bring


def image_for(net, batch=2, seed=0):
    return np.random.default_rng(seed).standard_normal((batch, *net.input_shape))


def assert_equals_torch(net, weights=None):
    """Run the network both ways on the same weights, by default random, and random images, in float64."""
    weights, x = weights or random_weights(net, dtype="float64"), image_for(net)
    ours = run(net, x, weights)
    with torch.no_grad():
        theirs = to_torch(net, weights).eval()(torch.from_numpy(x))
    if len(net.outputs) == 1:
        ours, theirs = (ours,), (theirs,)
    for y, their_y, symbolic in zip(ours, theirs, net.outputs, strict=True):
        assert y.shape == tuple(their_y.shape) == (2, *symbolic.shape)
        assert np.abs(y).max() > 1e-3  # not all zeros
        np.testing.assert_allclose(y, their_y.detach().numpy(), rtol=1e-9, atol=1e-9 * np.abs(y).max())


# Layers

CONVOLUTIONS = [
    Conv2d(8, kernel_size, stride, padding, dilation, groups, bias)
    for kernel_size, stride, padding, dilation, groups, bias in itertools.product(
        (1, 3, (2, 5)), (1, 2, (3, 1)), (0, 1, (2, 0)), (1, 2), (1, 2, 4), (True, False)
    )
][::5]  # every fifth: 5 divides none of the numbers of values, so that each value meets each other one
POOLS = [
    kind(kernel_size, stride, padding, ceil_mode)
    for kind, kernel_size, stride, padding, ceil_mode in itertools.product(
        (MaxPool2d, AvgPool2d), (2, 3, (3, 2)), (None, 1, 2, (2, 3)), (0, 1, (1, 0)), (False, True)
    )
]
OTHERS = [
    *[kind(size) for kind in (AdaptiveAvgPool2d, AdaptiveMaxPool2d) for size in (1, 2, (3, 1), 7, (2, 12))],
    BatchNorm2d(affine=False),
    LeakyReLU(),
    LeakyReLU(0.2),
    PReLU(),
    PReLU(4),
    Hardsigmoid(),
    Hardswish(),
    SiLU(),
    GELU(),
    LogSoftmax(),
    LayerNorm(),
    LayerNorm(bias=False),
    LayerNorm(False),
    GroupNorm(1),
    GroupNorm(2, affine=False),
    *[
        kind(shape, trained)
        for kind, trained in ((Scale, True), (Shift, False), (Divide, True))
        for shape in ((1,), (4, 1, 1), (1, 11, 9), (4, 11, 9))
    ],
    *[Upsample(size, mode) for size in (22, (5, 30), (11, 4)) for mode in ("nearest", "bilinear")],
    ConvTranspose2d(6, 2, stride=2),
    ConvTranspose2d(6, (3, 2), (2, 3), (1, 0), (1, 2), groups=2, bias=False),
    ConvTranspose2d(4, 3, stride=2, padding=2, dilation=(2, 1), groups=4),
    BatchNorm2d(),
    ScaleShift(),
    ReLU(),
    ReLU6(),
    Sigmoid(),
    Tanh(),
    Softmax(),
    Flatten(),
    SelectChannels((2, 0)),
    SelectChannels(range(1, 4)),
    ZeroPad2d((1, 2, 3, 4)),
    ChannelShuffle(1),
    ChannelShuffle(2),
    ChannelShuffle(4),
    *[LocalResponseNorm(size, k=2.0) for size in (1, 2, 5)],
    LocalResponseNorm(3, alpha=0.5, beta=0.6),
    Squash(2),
    Squash(4),
    CapsuleLengths(2),
    CapsulesToChannels(2),
    ZeroPadChannels(9),
    ZeroPadChannels(4, stride=2),
    ZeroPadChannels(7, stride=3),
    ELU(),
    ELU(0.5),
    CELU(),
    CELU(2.0),
    SELU(),
    GELU("tanh"),
    Mish(),
    Softplus(),
    Softplus(2.0, 1.0),
    LogSigmoid(),
    Hardshrink(),
    Softshrink(0.3),
    Threshold(0.1, 20.0),
    Hardtanh(),
    Hardtanh(-0.5, None),
    Hardtanh(None, 0.5),
    *[Elementwise(name) for name in ("abs", "neg", "exp", "square", "reciprocal", "erf", "sign", "sin", "cos")],
    Power(3.0),
    *[kind(axes) for kind in (Mean, Sum, Amax, Amin, Var, Std, VectorNorm) for axes in ((0,), (1, 2), (0, 2))],
    VectorNorm((1,), 1),
    Softmax((1, 2)),
    Softmax((2,)),
    LogSoftmax((0, 1)),
    InstanceNorm2d(),
    InstanceNorm2d(True),
    LayerNorm(whole=True),
    LayerNorm(bias=False, whole=True),
    LayerNorm(False, whole=True),
    GLU(),
    *[Upsample(size, mode, True) for size in (22, (5, 4), (3, 9)) for mode in ("bilinear", "bicubic")],
    Unfold(3),
    Unfold((2, 3), (2, 1), (1, 0), (1, 2)),
    RMSNorm(),
    RMSNorm(False),
    Roll((0, 2, -1)),
    View((2, 198)),
    View((2, 2, 11, 9)),
    Rearrange((9, 11, 4), ((9, 1), (11, 9), (4, 99))),
    Rearrange((4, 11, 9), ((44, 9), (9, -1)), 8),
    Rearrange((2, 3, 4), ((2, 0), (3, 5), (4, 2)), 7),
    IndexSelect(1, (3, 3, 0)),
    IndexSelect(0, (2, 0, 1)),
    *[kind((1, 2, 3, 4)) for kind in (ReflectionPad2d, ReplicationPad2d, CircularPad2d)],
    ReflectionPad2d((-1, 2, 0, 3)),
    ConstantPad2d((1, 2, -3, 4), 0.5),
    ConcatStored(2),
    ConcatStored(1, 2, 1, False),
    Stored((5, 3)),
    Stored((7,), False),
    *[Upsample(size, "bicubic") for size in (22, (5, 30))],
]


@pytest.mark.parametrize("layer", [*CONVOLUTIONS, *POOLS, *OTHERS], ids=repr)
def test_a_layer_equals_torch(layer):
    assert_equals_torch(Network(layer(FeatureMap(4, 11, 9))))


@pytest.mark.parametrize("bias", [True, False])
def test_fully_connected_and_softmax_equal_torch(bias):
    x = Flatten()(FeatureMap(4, 3, 2))
    assert_equals_torch(Network(Linear(5, bias)(x)))
    assert_equals_torch(Network(Softmax()(Linear(5, bias)(x))))


def test_flat_features_equal_torch():
    x = Linear(6)(Flatten()(FeatureMap(4, 3, 2)))
    for layer in (BatchNorm1d(), BatchNorm1d(affine=False), Unflatten((3, 2, 1)), LayerNorm(), GroupNorm(3), PReLU(6)):
        assert_equals_torch(Network(layer(x)))
    assert_equals_torch(Network(Concat()(x, x)))


def test_distances_to_fixed_vectors_equal_torch():
    assert_equals_torch(Network(RadialBasis(5)(Flatten()(FeatureMap(4, 3, 2)))))


@pytest.mark.parametrize("iterations", [1, 2, 3])
def test_capsules_equal_torch(iterations):
    x = Squash(4)(FeatureMap(8, 3, 2))
    x = CapsulesToChannels(4)(x)  # 12 capsules of 4 values: 2 at each of 3 x 2 positions
    x = Conv2d(12 * 5 * 3, 1, groups=12, bias=False)(x)  # each foretells 5 capsules of 3 values
    x = Routing(5, 3, iterations)(x)
    assert_equals_torch(Network(x))
    assert_equals_torch(Network(KeepLongest()(x, CapsuleLengths(3)(x))))


def test_the_longest_capsule_stays():
    x = FeatureMap(4, 1, 2)
    net = Network(KeepLongest()(x, CapsuleLengths(2)(x)))
    image = np.array([[[[3, 0]], [[4, 1]], [[1, 2]], [[1, 0]]]], float)  # (3, 4), (1, 1) and (0, 1), (2, 0)
    assert run(net, image, {}).tolist() == [[[[3, 0]], [[4, 0]], [[0, 2]], [[0, 0]]]]


def test_joins_equal_torch():
    x = FeatureMap(4, 5, 6)
    y = Conv2d(4, 3, padding=1)(x)
    gate = Sigmoid()(Conv2d(4, 1)(AdaptiveAvgPool2d(1)(x)))
    for joined in (
        x + y,
        x + x,
        Add()(y, x, y),
        Maximum()(y, x),
        Maximum()(x, y, x),
        Concat()(x, y),
        Concat()(y, x, y),
        Multiply()(x, y),
        Multiply()(y, gate),
        Multiply()(y, Sigmoid()(Conv2d(1, 1)(x))),
        Subtract()(x, y),
        Subtract()(gate, y),
        Quotient()(y, gate),
        Minimum()(x, y),
        x + gate,
        MatMul()(x, View((4, 6, 5))(y)),
        Scatter(((4, 30), (2, 12), (3, 2)), 1)(x, Conv2d(4, (4, 4))(y)),
        Concat(1)(x, y, x),
        Concat(2)(x, y),
        Multiply()(gate, Conv2d(1, 1)(x)),
    ):
        assert_equals_torch(Network(joined))


def test_columns_of_windows_and_back_equal_torch():
    columns = Unfold(3, 2, 1)(FeatureMap(4, 7, 5))
    assert_equals_torch(Network(Fold((7, 5), 3, 2, 1)(columns)))


def test_pixels_to_channels_and_back_equal_torch():
    x = FeatureMap(8, 4, 6)
    for layer in (PixelShuffle(2), PixelUnshuffle(2)):
        assert_equals_torch(Network(layer(x)))
    for name in ("log", "sqrt", "rsqrt"):
        assert_equals_torch(Network(Elementwise(name)(Sigmoid()(x))))


def test_depthwise_convolution_with_a_multiplier_equals_torch():
    assert_equals_torch(Network(Conv2d(12, 3, groups=4)(FeatureMap(4, 9, 8))))


# Kinds that read several maps, flat ones or maps of another shape: compared by tests of their own above.
APART = {
    "Add",
    "BatchNorm1d",
    "Concat",
    "Fold",
    "KeepLongest",
    "Linear",
    "MatMul",
    "Maximum",
    "Minimum",
    "Multiply",
    "PixelShuffle",
    "PixelUnshuffle",
    "Quotient",
    "RadialBasis",
    "Routing",
    "Scatter",
    "Subtract",
    "Unflatten",
}


def test_every_layer_kind_has_a_numpy_version_and_was_compared():
    place = "lib/convcost/numpy_run/layers.py, FUNCTION_OF_KIND"
    check_has_every_layer_kind(FUNCTION_OF_KIND, place, "f(layer, weights, input arrays) -> the output array")
    compared = {type(layer).__name__ for layer in (*CONVOLUTIONS, *POOLS, *OTHERS)}
    place = "tests/test_numpy_run.py, OTHERS, or a test of its own and its name in APART"
    check_has_every_layer_kind(compared | APART, place, "a layer of 4 channels to compare with torch")


# Networks


def small(name, **options):
    """Build a model at the smallest resolution that it takes."""
    for resolution in range(32, 225):
        try:
            return models.get(name)(resolution=resolution, **options)
        except ConvcostError:
            pass
    raise AssertionError(f"{name} takes no resolution up to 224")


FAMILIES = {models.get(name).family: name for name in reversed(models.names())}  # the first model of each


@pytest.mark.parametrize("name", FAMILIES.values())
def test_a_network_of_each_family_equals_torch(name):
    net = small(name, num_classes=10)
    weights = random_weights(net, dtype="float64")
    for tensor in weights if name == "efficientnet_v2_s" else ():
        # 40 blocks deep: were their summands as large as the rest, the last digit of the image would move the output
        # by a millionth.
        weights[tensor] /= 2 if tensor.endswith("project.weight") else 1
    assert_equals_torch(net, weights)


@pytest.mark.parametrize(
    "name, options",
    [
        ("resnet50", {"variant": "torchvision"}),
        ("resnet18", {"shortcut": "A"}),
        ("vgg11", {"batch_norm": True}),
    ],
)
def test_a_network_of_another_kind_equals_torch(name, options):
    assert_equals_torch(small(name, num_classes=10, **options))


def residual():
    x = FeatureMap(3, 6, 6)
    with x.block("main"):
        y = ReLU()(BatchNorm2d()(Conv2d(3, 3, padding=1, bias=False)(x)))
    return Network(Linear(4)(Flatten()(x + y)))


def test_every_layer_gives_the_outputs_by_name():
    net = residual()
    weights, x = random_weights(net), image_for(net)
    outputs = run(net, x, weights, every_layer=True)
    assert list(outputs) == ["main.conv1", "main.bn1", "main.relu1", "add1", "flatten1", "fc1"]
    assert {name: y.shape[1:] for name, y in outputs.items()} == {n.name: n.output.shape for n in net.layers}
    np.testing.assert_array_equal(outputs["add1"], x + outputs["main.relu1"])
    np.testing.assert_array_equal(outputs["fc1"], run(net, x, weights))


def test_several_outputs_come_as_a_tuple():
    x = FeatureMap(3, 6, 6)
    y = ReLU()(x)
    net = Network(Conv2d(4, 3)(y), y, x)
    outputs = run(net, image_for(net), random_weights(net))
    assert type(outputs) is tuple and [y.shape[1:] for y in outputs] == [(4, 4, 4), (3, 6, 6), (3, 6, 6)]
    assert_equals_torch(net)


def test_a_map_is_dropped_after_its_last_reader():
    steps, outputs = run_order(residual())
    assert outputs == ("fc1",)
    assert [(node.name, reads, drops) for node, reads, drops in steps] == [
        ("main.conv1", (INPUT,), ()),  # the addition still needs the input
        ("main.bn1", ("main.conv1",), ("main.conv1",)),
        ("main.relu1", ("main.bn1",), ("main.bn1",)),
        ("add1", (INPUT, "main.relu1"), (INPUT, "main.relu1")),
        ("flatten1", ("add1",), ("add1",)),
        ("fc1", ("flatten1",), ("flatten1",)),
    ]


# Weights


def test_weights_are_all_that_the_layers_store():
    weights = random_weights(residual())
    assert {name: array.shape for name, array in weights.items()} == {
        "main.conv1.weight": (3, 3, 3, 3),
        "main.bn1.weight": (3,),
        "main.bn1.bias": (3,),
        "main.bn1.running_mean": (3,),
        "main.bn1.running_var": (3,),
        "fc1.weight": (4, 3 * 6 * 6),
        "fc1.bias": (4,),
    }
    assert {array.dtype.name for array in weights.values()} == {"float32"}
    assert tensor_shapes(residual().layers[2]) == {}  # ReLU


def test_weights_follow_the_seed():
    net = residual()
    one, same, other = random_weights(net), random_weights(net, seed=0), random_weights(net, seed=1)
    assert all(np.array_equal(one[name], same[name]) for name in one)
    assert not any(np.array_equal(one[name], other[name]) for name in one)


def test_a_sigmoid_does_not_overflow():
    net = Network(Sigmoid()(FeatureMap(1, 1, 3)))
    with np.errstate(all="raise", under="ignore"):
        y = run(net, np.array([[[[-1e4, 0, 1e4]]]], "float32"), {})
    assert y.tolist() == [[[[0, 0.5, 1]]]]


def test_float32_stays_float32():
    net = models.mobilenet_v2(resolution=32, num_classes=10)
    assert run(net, image_for(net).astype("float32"), random_weights(net)).dtype == "float32"


# Bad input


def error_of(action):
    with pytest.raises(ConvcostError) as caught:
        action()
    return str(caught.value)


def test_wrong_input_and_weights_are_named():
    net = residual()
    weights, x = random_weights(net), image_for(net)
    assert error_of(lambda: run(net, x[0], weights)) == ("network: needs an input of shape (N, 3, 6, 6), got (3, 6, 6)")
    missing = {name: array for name, array in weights.items() if name != "main.bn1.running_var"}
    assert error_of(lambda: run(net, x, missing)) == (
        "weights: main.bn1.running_var is missing; it must have shape (3,)"
    )
    assert error_of(lambda: run(net, x, {**weights, "fc1.weight": weights["fc1.weight"].T})) == (
        "weights: fc1.weight has shape (108, 4); it must have shape (4, 108)"
    )


def test_an_unknown_kind_is_named():
    class Blur(Layer):
        pass

    net = Network(Blur()(FeatureMap(3, 6, 6), name="soft"))
    assert error_of(lambda: run(net, image_for(net), {})).startswith(
        "soft: no NumPy version of Blur; there is one of AdaptiveAvgPool2d, AdaptiveMaxPool2d, Add, "
    )
