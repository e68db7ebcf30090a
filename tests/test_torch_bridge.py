"""The torch module against the counting core: parameters, MACs, shapes, receptive fields, weights."""

import copy
import io

import numpy as np
import pytest
import torch
from checks import check_equals_torch, check_has_every_layer_kind, one_of_each
from convcost import (
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
    Network,
    ReLU,
    models,
)
from convcost.numpy_run import random_weights, run
from convcost.torch_bridge import MODULE_OF_KIND, load_weights, to_torch, weights_of
from torch import nn

torch.set_num_threads(1)  # small maps: threads would cost more than they bring

VARIANTS = [(name, {"variant": variant}) for name, variant in one_of_each()]
OPTIONS = [
    ("vgg16", {"batch_norm": True, "num_classes": 10}),
    ("vgg11", {"resolution": 64}),
    ("vgg11", {"resolution": (96, 64), "variant": "torchvision"}),
    ("alexnet", {"resolution": 67}),
    ("resnet18", {"shortcut": "A", "resolution": 65}),
    ("resnet50", {"shortcut": "A", "resolution": (65, 100)}),
    ("resnet34", {"shortcut": "C"}),
    ("mobilenet_v1", {"width_mult": 0.25, "resolution": 128}),
    ("mobilenet_v1", {"width_mult": 0.75, "resolution": 161}),
    ("mobilenet_v2", {"width_mult": 0.35, "resolution": 96}),
    ("mobilenet_v2", {"width_mult": 1.4}),
]


@pytest.mark.parametrize("name, options", [*VARIANTS, *OPTIONS], ids=str)
def test_parameters_macs_and_shape_equal_torchs(name, options):
    check_equals_torch(models.get(name)(**options))


def test_every_layer_kind_has_a_torch_module():
    place = "lib/convcost/torch_bridge/graph_module.py, MODULE_OF_KIND"
    check_has_every_layer_kind(MODULE_OF_KIND, place, "f(layer, channels of its input) -> a torch module")


def branched():
    """A block with a shortcut, a shuffle and a concatenation; 4 classes."""
    x = FeatureMap(3, 8, 8)
    with x.block("stage1"):
        y = ReLU()(BatchNorm2d()(Conv2d(6, 3, padding=1, bias=False)(x)))
        with x.block("unit1"):
            y = y + ChannelShuffle(3)(Conv2d(6, 3, padding=1, groups=3)(y))
    return Network(Linear(4)(Flatten()(AvgPool2d(2)(Concat()(x, y)))))


def test_the_state_dict_is_named_by_layers():
    state = to_torch(branched()).state_dict()
    assert list(state) == [
        "stage1.conv1.weight",
        "stage1.bn1.weight",
        "stage1.bn1.bias",
        "stage1.bn1.running_mean",
        "stage1.bn1.running_var",
        "stage1.bn1.num_batches_tracked",
        "stage1.unit1.conv1.weight",
        "stage1.unit1.conv1.bias",
        "fc1.weight",
        "fc1.bias",
    ]
    assert {name for name in state if not name.endswith("tracked")} == set(random_weights(branched()))


def test_layers_are_torchs_own_and_in_place():
    module = to_torch(models.resnet50())
    conv = module.get_submodule("conv2_x.block1.conv2")
    assert type(conv) is nn.Conv2d and conv.kernel_size == (3, 3) and conv.padding == (1, 1)
    assert type(module.conv1.bn1) is nn.BatchNorm2d


# Receptive field


def footprint(net):
    """Return the side of the input window that reaches the middle output: where its gradient is not zero."""
    module = to_torch(net).double()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.fill_(1.0)
    image = torch.ones(1, *net.input_shape, dtype=torch.float64, requires_grad=True)
    output = module.eval()(image)
    _, _, height, width = output.shape
    output[0, :, height // 2, width // 2].sum().backward()
    felt = image.grad[0].abs().sum(dim=0) > 0
    rows, columns = torch.where(felt)
    return max(int(rows.max() - rows.min()), int(columns.max() - columns.min())) + 1


def residual_stages(x):
    x = Conv2d(2, 7, stride=2, padding=3)(x)
    for stride in (1, 2):
        y = BatchNorm2d()(Conv2d(2, 3, stride, padding=1)(x))
        x = Conv2d(2, 1, stride)(x) + Conv2d(2, 3, padding=1)(y)
    return x


def inception(x):
    for _ in range(2):
        branches = [Conv2d(2, 1)(x), Conv2d(2, 3, padding=1)(x), Conv2d(2, 5, padding=2)(x)]
        x = Concat()(*branches, Conv2d(2, (1, 7), padding=(0, 3))(AvgPool2d(3, stride=1, padding=1)(x)))
    return AvgPool2d(2)(x)


def dilated(x):
    return Concat()(*[Conv2d(2, 3, padding=rate, dilation=rate)(x) for rate in (1, 2, 6)])


def lopsided(x):
    """Cell 0 sees rows -1 to 1 on the left, rows 0 to 2 on the right: 4 together."""
    return Concat()(Conv2d(2, 3, stride=2, padding=1)(x), AvgPool2d(3, stride=2, ceil_mode=True)(x))


@pytest.mark.parametrize(
    "define, expected",
    [
        (residual_stages, 7 + 2 * (2 + 2) + 2 * 2 + 4 * 2),
        (inception, 9 + 8 + 1),  # each block adds 8: pooling over 3, then 7 columns; then pooling over 2
        (dilated, 2 * 6 + 1),
        (lopsided, 4),
    ],
)
def test_the_receptive_field_is_what_the_gradient_reaches(define, expected):
    net = Network(define(FeatureMap(1, 64, 64)))
    assert net.receptive_field == footprint(net) == expected


@pytest.mark.parametrize("name, resolution", [("alexnet", 611), ("mobilenet_v2", 737)])
def test_the_receptive_field_of_a_network_is_what_the_gradient_reaches(name, resolution):
    """With one channel, and the mean in place of the maximum, whose gradient reaches one cell of a window."""
    layers_with_window = [n for n in models.get(name)(resolution=resolution).layers if n.layer.has_window]
    x = FeatureMap(1, resolution, resolution)
    for node in layers_with_window:
        options = {key: node.layer.options()[key] for key in ("kernel_size", "stride", "padding")}
        x = AvgPool2d(**options)(x) if node.kind == "MaxPool2d" else Conv2d(1, **options)(x)
    net = Network(x)
    assert net.receptive_field == footprint(net) == models.get(name)(resolution=resolution).receptive_field


# Weights


def test_weights_go_into_a_module_and_come_out_the_same():
    net = branched()
    weights = random_weights(net, dtype="float64")
    for module in (to_torch(net, weights), to_torch(net).double()):
        load_weights(module, weights)
        back = weights_of(module)
        assert back.keys() == weights.keys()
        assert all(np.array_equal(back[name], weights[name]) for name in weights)


def test_the_arrays_and_the_module_do_not_share_memory():
    weights = random_weights(branched())
    module = to_torch(branched(), weights)
    before = weights["fc1.bias"].copy()
    with torch.no_grad():
        module.fc1.bias += 1
    weights_of(module)["fc1.bias"][:] = 7
    np.testing.assert_array_equal(weights["fc1.bias"], before)
    np.testing.assert_array_equal(module.fc1.bias.detach().numpy(), before + 1)


def test_a_network_trained_in_torch_runs_in_numpy():
    net = branched()
    module, images = to_torch(net).double(), torch.randn(8, 3, 8, 8, dtype=torch.float64)
    untrained = weights_of(module)
    optimizer = torch.optim.SGD(module.parameters(), lr=0.1)
    loss = nn.functional.cross_entropy(module(images), torch.arange(8) % 4)
    loss.backward()
    optimizer.step()
    trained = weights_of(module)
    assert not any(np.array_equal(trained[name], untrained[name]) for name in trained)  # statistics too
    with torch.no_grad():
        theirs = module.eval()(images).numpy()
    np.testing.assert_allclose(run(net, images.numpy(), trained), theirs, rtol=1e-9, atol=1e-12)


def test_a_module_can_be_copied_and_saved():
    with torch.device("meta"):
        module = to_torch(models.resnet152())
    assert copy.deepcopy(module).state_dict().keys() == module.state_dict().keys()
    torch.save(module, io.BytesIO())


# Bad input


def error_of(action):
    with pytest.raises(ConvcostError) as caught:
        action()
    return str(caught.value)


def test_weights_that_do_not_fit_are_named():
    module, weights = to_torch(branched()), random_weights(branched())
    before = weights_of(module)
    without = {name: array for name, array in weights.items() if name != "fc1.bias"}
    assert error_of(lambda: load_weights(module, without)) == ("weights: fc1.bias is missing; it must have shape (4,)")
    assert error_of(lambda: load_weights(module, {**weights, "fc1.bias": np.zeros(5)})) == (
        "weights: fc1.bias has shape (5,); it must have shape (4,)"
    )
    assert error_of(lambda: load_weights(module, {**weights, "fc2.bias": np.zeros(5)})) == (
        "weights: fc2.bias belongs to no layer of this module"
    )
    assert all(np.array_equal(before[name], array) for name, array in weights_of(module).items())


def test_an_unknown_kind_is_named():
    class Blur(Layer):
        pass

    text = error_of(lambda: to_torch(Network(Blur()(FeatureMap(3, 6, 6), name="soft"))))
    assert text.startswith(
        "soft: no torch module for Blur; there is one for AdaptiveAvgPool2d, AdaptiveMaxPool2d, Add, "
    )


@pytest.mark.parametrize("block, name", [(None, "train"), ("forward", "conv1"), (None, "stem"), ("conv", "weight")])
def test_a_name_that_means_something_else_in_torch_is_an_error(block, name):
    x = FeatureMap(3, 6, 6)
    with x.block("stem"):
        x = ReLU()(x)  # now "stem" is a block
    x = Conv2d(3, 1)(x, name="conv")  # now "conv.weight" is a tensor
    if block:
        with x.block(block):
            x = ReLU()(x, name=name)
    else:
        x = ReLU()(x, name=name)
    text = error_of(lambda: to_torch(Network(x)))
    assert text.endswith("torch has another use for a module of this name; choose another")
