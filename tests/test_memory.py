"""What is alive and what is kept for training: by hand, and held against torch's own saved tensors."""

import pytest
from convcost import (
    GELU,
    AdaptiveAvgPool2d,
    AvgPool2d,
    BatchNorm2d,
    Concat,
    Conv2d,
    ConvcostError,
    ConvTranspose2d,
    FeatureMap,
    Flatten,
    Hardswish,
    LeakyReLU,
    Linear,
    LocalResponseNorm,
    MaxPool2d,
    Multiply,
    Network,
    ReLU,
    ReLU6,
    Sigmoid,
    SiLU,
    Softmax,
    Tanh,
    models,
)
from convcost.memory import SAVED, live_activations, saved_for_backward


def test_live_activations_of_a_chain():
    y = Conv2d(4, 1)(ReLU()(Conv2d(8, 1)(FeatureMap(3, 5, 5))))
    net = Network(y)
    assert live_activations(net.layers, net.outputs) == [(3 + 8) * 25, 8 * 25, (8 + 4) * 25]
    assert live_activations(net.layers, net.outputs, in_place=False) == [(3 + 8) * 25, (8 + 8) * 25, (8 + 4) * 25]


def test_the_largest_of_the_live_activations_is_the_peak():
    net = models.resnet18(resolution=64)
    assert max(live_activations(net.layers, net.outputs)) == net.peak_activations


def saved(y):
    return saved_for_backward(Network(y).layers)


def test_a_convolution_saves_its_input():
    assert saved(Conv2d(8, 3)(FeatureMap(3, 5, 5))) == (3 * 5 * 5, 0)


def test_relu_saves_its_output_which_the_next_convolution_shares():
    x = BatchNorm2d()(Conv2d(8, 1)(FeatureMap(3, 5, 5)))
    image, conv, active = 3 * 25, 8 * 25, 8 * 25
    assert saved(Conv2d(2, 1)(ReLU()(x))) == (image + conv + active, 2 * 8)


def test_batch_norms_make_vgg16_keep_one_more_map_for_each_convolution():
    maps = 2 * 64 * 224**2 + 2 * 128 * 112**2 + 3 * 256 * 56**2 + 3 * 512 * 28**2 + 3 * 512 * 14**2
    without, norms = (saved_for_backward(models.vgg16(batch_norm=b).layers)[0] for b in (False, True))
    assert norms == without + maps


def test_relu6_saves_its_input_so_that_a_third_map_is_kept():
    x = BatchNorm2d()(Conv2d(8, 1)(FeatureMap(3, 5, 5)))
    image, conv, norm, active = 3 * 25, 8 * 25, 8 * 25, 8 * 25
    assert saved(Conv2d(2, 1)(ReLU6()(x))) == (image + conv + norm + active, 2 * 8)


def test_max_pooling_saves_where_the_maxima_were_in_64_bits():
    assert saved(MaxPool2d(2)(FeatureMap(3, 4, 4))) == (3 * 4 * 4 + 2 * 3 * 2 * 2, 0)


def test_a_map_that_two_layers_save_counts_once_and_a_flattened_one_with_it():
    x = FeatureMap(3, 4, 4)
    y = Conv2d(5, 1)(x) + Conv2d(5, 1)(x)
    assert saved(Linear(2)(Flatten()(ReLU()(y)))) == (3 * 16 + 5 * 16, 0)


def test_a_kind_without_a_rule_is_an_error():
    with pytest.raises(ConvcostError, match="lrn1: no rule for what LocalResponseNorm saves; there is one for Conv2d"):
        saved(LocalResponseNorm(5)(FeatureMap(3, 4, 4)))


# Against torch


def saved_by_torch(net, batch):
    """Bytes of the different tensors, weights aside, that autograd keeps in one forward pass."""
    pytest.importorskip("torch")
    from textbook.weighing import kept_for_backward

    return kept_for_backward(net, batch)


def between(*layers):
    """A convolution, then some layers, then a convolution: what they save is on the way of a gradient."""
    x = Conv2d(6, 1)(FeatureMap(3, 12, 12))
    for layer in layers:
        x = layer(x)
    return Network(Conv2d(2, 1)(x))


def gated():
    x = Conv2d(6, 1)(FeatureMap(3, 12, 12))
    return Network(Conv2d(2, 1)(Concat()(Multiply()(x, Sigmoid()(AdaptiveAvgPool2d(1)(x))), x)))


KINDS = {
    kind: between(layer)
    for kind, layer in {
        "BatchNorm2d": BatchNorm2d(),
        "ReLU": ReLU(),
        "ReLU6": ReLU6(),
        "Sigmoid": Sigmoid(),
        "Tanh": Tanh(),
        "LeakyReLU": LeakyReLU(),
        "Hardswish": Hardswish(),
        "SiLU": SiLU(),
        "GELU": GELU(),
        "Softmax": Softmax(),
        "MaxPool2d": MaxPool2d(2),
        "AvgPool2d": AvgPool2d(2),
        "AdaptiveAvgPool2d": AdaptiveAvgPool2d(1),
        "ConvTranspose2d": ConvTranspose2d(4, 2, stride=2),
    }.items()
} | {
    "Multiply": gated(),
    "adaptive pooling to 3 x 3": between(AdaptiveAvgPool2d(3)),
    "two norms": between(BatchNorm2d(), ReLU(), MaxPool2d(3), BatchNorm2d(), Tanh()),
}
ZOO = {
    "vgg16": 32,
    "resnet18": 64,
    "resnet50": 32,
    "mobilenet_v1": 32,
    "mobilenet_v2": 64,
    "densenet121": 64,
    "shufflenet_v1": 64,
    "squeezenet1_1": 64,
}


@pytest.mark.parametrize("batch", [2, 3])
@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_saves_what_torch_saves(kind, batch):
    per_image, per_batch = saved_for_backward(KINDS[kind].layers)
    assert saved_by_torch(KINDS[kind], batch) == 4 * (batch * per_image + per_batch)


@pytest.mark.parametrize("name", ZOO)
def test_networks_save_what_torch_saves(name):
    net = models.get(name)(resolution=ZOO[name])
    per_image, per_batch = saved_for_backward(net.layers)
    assert saved_by_torch(net, 2) == 4 * (2 * per_image + per_batch)


def test_every_rule_is_held_against_torch():
    nets = [*KINDS.values(), *(models.get(name)(resolution=side) for name, side in ZOO.items())]
    assert set(SAVED) - {node.kind for net in nets for node in net.layers} <= {"BatchNorm1d"}
