"""A torch module in, a network out: the same parameters and multiply-accumulates as torch's own counts."""

import subprocess
import sys
from collections import Counter

import convcost
import numpy as np
import pytest
import torch
from checks import one_of_each
from convcost import Conv2d, ConvcostError, Linear, models
from convcost.torch_bridge import to_torch
from torch import nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

torch.set_num_threads(1)  # small maps: threads would cost more than they bring


class Code(nn.Module):
    """A module whose forward is `run(self, x)`; the keywords are its layers and parameters."""

    def __init__(self, run, **parts):
        super().__init__()
        self.run = run
        for name, part in parts.items():
            setattr(self, name, part)

    def forward(self, x):
        return self.run(self, x)


def code(run, shape=(4, 8, 8), **parts):
    return convcost.from_torch(Code(run, **parts), shape)


def layers_of(net):
    return [node.layer for node in net.layers]


def kinds_of(net):
    return [node.kind for node in net.layers]


def error_of(action):
    with pytest.raises(ConvcostError) as caught:
        action()
    return str(caught.value)


def torchs_macs(module, shape):
    """torch counts two operations for each MAC of a convolution or matrix product, and nothing else."""
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        outputs = module.to("meta").eval()(torch.empty(1, *shape, device="meta"))
    return counter.get_total_flops() / 2, outputs


# There and back


@pytest.mark.parametrize("name, variant", one_of_each(), ids=str)
def test_a_network_comes_back_from_its_module_the_same(name, variant):
    net = models.get(name)(variant=variant)
    with torch.device("meta"):
        back = convcost.from_torch(to_torch(net), net.input_shape)
    for cost in ("params", "macs", "flops", "activations", "receptive_field", "depth", "memory_access"):
        assert getattr(back, cost) == getattr(net, cost), cost
    assert back.operations() == net.operations()
    assert [y.shape for y in back.outputs] == [y.shape for y in net.outputs]
    assert Counter((n.name, n.kind) for n in back.layers) == Counter((n.name, n.kind) for n in net.layers)


def test_a_network_from_torch_goes_out_and_comes_back_the_same():
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    net = code(lambda m, x: m.layer(m.conv(x).flatten(2).transpose(1, 2)), conv=nn.Conv2d(4, 8, 3), layer=layer)
    module = to_torch(net).eval()
    back = convcost.from_torch(module, net.input_shape)
    assert (back.params, back.macs, back.flops) == (net.params, net.macs, net.flops)
    assert torchs_macs(module, net.input_shape)[0] == net.macs


# Modules


class Bottleneck(nn.Module):
    def __init__(self, channels, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, 2, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(2)
        self.conv2 = nn.Conv2d(2, channels, 3, stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        y += x
        return self.relu(y)


def test_names_are_the_modules_paths():
    module = nn.Sequential(nn.Conv2d(3, 4, 3), Bottleneck(4), nn.Flatten(), nn.Linear(144, 5))
    net = convcost.from_torch(module, (3, 8, 8))
    assert [(n.name, n.kind) for n in net.layers] == [
        ("0", "Conv2d"),
        ("1.conv1", "Conv2d"),
        ("1.bn1", "BatchNorm2d"),
        ("1.relu", "ReLU"),
        ("1.conv2", "Conv2d"),
        ("1.bn2", "BatchNorm2d"),
        ("1.add1", "Add"),
        ("1.relu_2", "ReLU"),
        ("2", "Flatten"),
        ("3", "Linear"),
    ]
    assert net["1"].macs == 36 * (4 * 2 + 2 * 4 * 9)
    assert net.name == "Sequential"


def test_the_module_is_left_as_it_was():
    module = Bottleneck(4).train()
    module.bn2.eval()
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    convcost.from_torch(module, (4, 8, 8))
    assert module.training and module.bn1.training and not module.bn2.training
    assert all(torch.equal(before[name], tensor) for name, tensor in module.state_dict().items())
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in module.modules())


def test_a_batch_of_one_may_be_written_out():
    assert convcost.from_torch(Bottleneck(4), (1, 4, 8, 8)).macs == convcost.from_torch(Bottleneck(4), (4, 8, 8)).macs


def test_a_layer_used_twice_costs_twice_and_is_stored_once():
    net = code(lambda m, x: m.conv(m.conv(x)), conv=nn.Conv2d(4, 4, 3, padding=1))
    assert net.params == 4 * 4 * 9 + 4
    assert net.macs == 2 * 64 * 4 * 4 * 9
    assert [n.name for n in net.layers] == ["conv", "conv_2"]
    assert error_of(lambda: to_torch(net)) == (
        "conv_2: shares its weights or computes them; it can be counted, not run"
    )


def test_a_parameter_that_two_modules_share_is_stored_once():
    module = nn.Sequential(nn.Conv2d(4, 4, 1), nn.Conv2d(4, 4, 1))
    module[1].weight = module[0].weight
    assert convcost.from_torch(module, (4, 8, 8)).params == 16 + 4 + 4


def test_parameters_that_nothing_used_are_named_and_not_counted():
    net = code(lambda m, x: m.conv(x), conv=nn.Conv2d(4, 2, 1), spare=nn.Linear(7, 5))
    assert net.params == 4 * 2 + 2
    assert net.info["unused_parameters"] == ["spare.weight", "spare.bias"]


def test_weights_that_are_computed_count_what_they_are_computed_from():
    """Weight norm: a direction of 2 x 4 and a length for each of 2 outputs."""
    net = code(lambda m, x: m.conv(x), conv=nn.utils.parametrizations.weight_norm(nn.Conv2d(4, 2, 1)))
    assert (net.params, net.macs) == (2 * 4 + 2 + 2, 64 * 4 * 2)


def test_a_fixed_kernel_has_no_parameters():
    net = code(lambda m, x: F.conv2d(x, m.kernel, groups=4), kernel=nn.Buffer(torch.ones(4, 1, 3, 3)))
    assert (net.params, net.macs) == (0, 36 * 4 * 9)


def test_several_outputs_the_main_one_first():
    def run(m, x):
        return {"main": m.a(x), "rest": (m.b(x), None)}

    module = nn.Sequential(nn.Conv2d(3, 4, 1))
    net = code(run, (3, 4, 4), a=module, b=nn.Conv2d(3, 2, 1))
    assert [y.shape for y in net.outputs] == [(4, 4, 4), (2, 4, 4)]


def test_what_runs_is_counted_though_nobody_reads_it():
    def run(m, x):
        m.conv(x)
        return F.relu(x)

    assert code(run, conv=nn.Conv2d(4, 2, 1)).macs == 64 * 4 * 2


class Auxiliary(nn.Module):
    def __init__(self):
        super().__init__()
        self.main, self.aux, self.bn = nn.Linear(4, 3), nn.Linear(4, 2), nn.BatchNorm2d(4)

    def forward(self, x):
        x = F.adaptive_avg_pool2d(F.dropout(self.bn(x), training=self.training), 1).flatten(1)
        return (self.main(x), self.aux(x)) if self.training else self.main(x)


def test_heads_that_exist_in_training_only():
    assert convcost.from_torch(Auxiliary().train(), (4, 1, 1)).macs == 4 * 3
    assert convcost.from_torch(Auxiliary().eval(), (4, 1, 1), training=True).macs == 4 * 3 + 4 * 2


# Functional calls


def squeeze_excite(m, x):
    b, c, _, _ = x.size()
    gate = m.fc(x.mean([2, 3])).view(b, c, 1, 1)
    return x * gate.expand_as(x)


def shuffle(x, groups):
    b, c, h, w = x.shape
    return x.view(b, groups, c // groups, h, w).transpose(1, 2).contiguous().view(b, -1, h, w)


def channel_last(m, x):
    """ConvNeXt's block: channels last in between, scaled, and added."""
    y = m.fc2(F.gelu(m.fc1(m.norm(m.conv(x).permute(0, 2, 3, 1)))))
    return x + m.scale * y.permute(0, 3, 1, 2)


FUNCTIONAL = {
    "a functional convolution": (
        lambda m, x: F.relu(F.conv2d(x, m.weight, m.bias, stride=2, padding=1)),
        {"weight": nn.Parameter(torch.ones(6, 4, 3, 3)), "bias": nn.Parameter(torch.ones(6))},
        ["Conv2d", "ReLU"],
        6 * 4 * 9 + 6,
        16 * 6 * 4 * 9,
    ),
    "a functional linear layer": (
        lambda m, x: torch.flatten(F.max_pool2d(x, 2), 1) @ m.weight,
        {"weight": nn.Parameter(torch.ones(64, 3))},
        ["MaxPool2d", "Flatten", "Linear"],
        64 * 3,
        64 * 3,
    ),
    "squeeze and excite": (
        squeeze_excite,
        {"fc": nn.Sequential(nn.Linear(4, 2, bias=False), nn.ReLU(), nn.Linear(2, 4, bias=False), nn.Sigmoid())},
        ["AdaptiveAvgPool2d", "Flatten", "Linear", "ReLU", "Linear", "Sigmoid", "Unflatten", "Multiply"],
        16,
        16,
    ),
    "a spatial gate": (
        lambda m, x: torch.sigmoid(m.conv(x)) * x,
        {"conv": nn.Conv2d(4, 1, 7, padding=3, bias=False)},
        ["Conv2d", "Sigmoid", "Multiply"],
        4 * 49,
        64 * 4 * 49,
    ),
    "half of the channels, and a shuffle": (
        lambda m, x: shuffle(torch.cat((x.chunk(2, 1)[0], m.conv(x.chunk(2, dim=1)[1])), dim=1), 2),
        {"conv": nn.Conv2d(2, 2, 1, bias=False)},
        ["SelectChannels", "Conv2d", "SelectChannels", "Concat", "ChannelShuffle"],
        4,
        64 * 4,
    ),
    "a split by sizes and by slices": (
        lambda m, x: x.split([1, 3], dim=1)[0] + m.conv(x[:, 1:]) + x[:, [2]],
        {"conv": nn.Conv2d(3, 1, 1, bias=False)},
        ["SelectChannels", "Conv2d", "SelectChannels", "Add", "SelectChannels", "Add"],
        3,
        64 * 3,
    ),
    "channels in an order that the module stores": (
        lambda m, x: m.conv(torch.cat([x[:, [2, 1, 0, 3]][:, m.order]], dim=1)),
        {"order": nn.Buffer(torch.tensor([3, 2])), "conv": nn.Conv2d(2, 1, 1, bias=False)},
        ["SelectChannels", "Conv2d"],
        2,
        64 * 2,
    ),
    "torch's own shuffle": (
        lambda m, x: m.conv(m.shuffle(x)),
        {"shuffle": nn.ChannelShuffle(2), "conv": nn.Conv2d(4, 4, 1, groups=2, bias=False)},
        ["ChannelShuffle", "Conv2d"],
        8,
        64 * 8,
    ),
    "shortcut A of ResNet": (
        lambda m, x: m.conv(x) + F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 2, 2)),
        {"conv": nn.Conv2d(4, 8, 3, 2, 1, bias=False)},
        ["Conv2d", "ZeroPadChannels", "Add"],
        8 * 4 * 9,
        16 * 8 * 4 * 9,
    ),
    "padding apart, on two sides": (
        lambda m, x: m.conv(F.pad(x, (0, 1, 0, 1))),
        {"conv": nn.Conv2d(4, 2, 3, 2, bias=False)},
        ["ZeroPad2d", "Conv2d"],
        72,
        16 * 72,
    ),
    "padding='same' of an even kernel": (
        lambda m, x: m.conv(x),
        {"conv": nn.Conv2d(4, 2, 4, padding="same", bias=False)},
        ["ZeroPad2d", "Conv2d"],
        128,
        64 * 128,
    ),
    "arithmetic with numbers": (
        lambda m, x: (1 - x / 2) * 3 + 0 + sum([x, x]),
        {},
        ["Divide", "Shift", "Scale", "Add", "Add"],
        0,
        0,
    ),
    "trained scales and shifts": (
        lambda m, x: x * m.scale[:, None, None] + m.shift,
        {"scale": nn.Parameter(torch.ones(4)), "shift": nn.Parameter(torch.ones(1, 4, 8, 8))},
        ["Scale", "Shift"],
        4 + 256,
        0,
    ),
    "the mean image taken off": (
        lambda m, x: (x - m.mean) / m.std,
        {"mean": nn.Buffer(torch.ones(4, 1, 1)), "std": nn.Buffer(torch.ones(1, 4, 1, 1))},
        ["Shift", "Divide"],
        0,
        0,
    ),
    "channels last": (
        channel_last,
        {
            "conv": nn.Conv2d(4, 4, 7, padding=3, groups=4, bias=False),
            "norm": nn.LayerNorm(4),
            "fc1": nn.Linear(4, 8),
            "fc2": nn.Linear(8, 4),
            "scale": nn.Parameter(torch.ones(4, 1, 1)),
        },
        ["Conv2d", "LayerNorm", "Conv2d", "GELU", "Conv2d", "Scale", "Add"],
        4 * 49 + 8 + 4 * 8 + 8 + 8 * 4 + 4 + 4,
        64 * (4 * 49 + 32 + 32),
    ),
    "pooling": (
        lambda m, x: torch.cat([F.avg_pool2d(x, 3, 1, 1), F.max_pool2d(x, 3, 1, 1, ceil_mode=True)], 1).mean(3).mean(2),
        {},
        ["AvgPool2d", "MaxPool2d", "Concat", "AvgPool2d", "AvgPool2d", "Flatten"],
        0,
        0,
    ),
    "global pooling": (
        lambda m, x: x.amax((2, 3)) + F.adaptive_max_pool2d(x, 1).flatten(1) + x.mean((-2, -1)),
        {},
        ["AdaptiveMaxPool2d", "AdaptiveMaxPool2d", "Add", "AdaptiveAvgPool2d", "Add", "Flatten"],
        0,
        0,
    ),
    "activations": (
        lambda m, x: m.chain(x.clamp(0, 6).tanh_()).log_softmax(1),
        {"chain": nn.Sequential(nn.Hardsigmoid(), nn.PReLU(4), nn.LeakyReLU(), nn.SiLU(), nn.Hardswish())},
        ["ReLU6", "Tanh", "Hardsigmoid", "PReLU", "LeakyReLU", "SiLU", "Hardswish", "LogSoftmax"],
        4,
        0,
    ),
    "normalisations": (
        lambda m, x: F.local_response_norm(m.gn(F.layer_norm(m.bn(x), x.shape[1:])), 5),
        {"gn": nn.GroupNorm(2, 4), "bn": nn.BatchNorm2d(4, affine=False)},
        ["BatchNorm2d", "GroupNorm", "GroupNorm", "LocalResponseNorm"],
        8,
        0,
    ),
    "nothing": (
        lambda m, x: F.dropout(m.nothing(x), 0.5, True).reshape(1, 4, 64).unflatten(2, (8, 8)).contiguous().relu(),
        {"nothing": nn.Sequential(nn.Identity(), nn.Dropout2d())},
        ["ReLU"],
        0,
        0,
    ),
    "a head of fully connected layers": (
        lambda m, x: m.fc2(m.bn(m.fc1(x.permute(0, 2, 3, 1).reshape(1, -1)))),
        {"fc1": nn.Linear(256, 5, bias=False), "bn": nn.BatchNorm1d(5), "fc2": nn.Linear(5, 2)},
        ["Flatten", "Linear", "BatchNorm1d", "Linear"],
        256 * 5 + 10 + 12,
        256 * 5 + 10,
    ),
    "larger maps": (
        lambda m, x: F.interpolate(m.up(F.interpolate(x, scale_factor=2)), size=(5, 7), mode="bilinear"),
        {"up": nn.ConvTranspose2d(4, 3, 2, stride=2)},
        ["Upsample", "ConvTranspose2d", "Upsample"],
        4 * 3 * 4 + 3,
        16 * 16 * 4 * 3 * 4,
    ),
}


@pytest.mark.filterwarnings("ignore:Using padding='same'")
@pytest.mark.parametrize("case", FUNCTIONAL)
def test_functional_calls(case):
    run, parts, kinds, params, macs = FUNCTIONAL[case]
    net = code(run, **parts)
    assert kinds_of(net) == kinds
    assert (net.params, net.macs) == (params, macs)
    module = Code(run, **parts)
    assert params == sum(p.numel() for p in module.parameters())
    flops, output = torchs_macs(module, (4, 8, 8))
    assert macs == flops
    assert net.output_shape == tuple(output.shape[1:])


def test_options_are_kept():
    module = nn.Sequential(
        nn.Conv2d(4, 6, (3, 1), (2, 1), (1, 0), (1, 2), groups=2, bias=False),
        nn.MaxPool2d(3, 2, 1, ceil_mode=True),
        nn.AdaptiveAvgPool2d((2, 1)),
        nn.Flatten(),
        nn.Linear(12, 7),
    )
    assert layers_of(convcost.from_torch(module, (4, 9, 9))) == [
        Conv2d(6, (3, 1), (2, 1), (1, 0), (1, 2), groups=2, bias=False),
        convcost.MaxPool2d(3, 2, 1, ceil_mode=True),
        convcost.AdaptiveAvgPool2d((2, 1)),
        convcost.Flatten(),
        Linear(7),
    ]


# Bad input

UNKNOWN = {
    "from_torch (Code): no layer kind for the operation cumsum on 1x4x8x8": lambda m, x: x.cumsum(1),
    "from_torch (Code): no layer kind for the operation gt on 1x4x8x8": lambda m, x: x * (x > 0),
    "from_torch (Code): no layer kind for the operation convolution in 3 dimensions": (
        lambda m, x: F.conv3d(x[:, :, None], torch.ones(2, 4, 1, 3, 3))
    ),
    "from_torch (Code): no layer kind for the operation convolution with a feature map as its kernel": (
        lambda m, x: F.conv2d(x, x[:, :, :3, :3])
    ),
    "from_torch (Code): no layer kind for the operation max_pool2d with dilation 2": (
        lambda m, x: F.max_pool2d(x, 2, dilation=2)
    ),
    "from_torch (Code): no layer kind for the operation batch_norm by the statistics of the image itself": (
        lambda m, x: F.batch_norm(x, None, None, training=True)
    ),
    "from_torch (Code): the code asks for a number that depends on the image (item, bool, int or float of it)": (
        lambda m, x: x if x.sum() else -x
    ),
    "from_torch (Code): max_unpool2d reads a second output of max_pool2d_with_indices, of 1x4x4x4, which no layer "
    "kind has": lambda m, x: F.max_unpool2d(*F.max_pool2d(x, 2, return_indices=True), 2),
    "from_torch (Code): the code asks for numbers of a feature map, by numpy of 1x4x8x8": lambda m, x: x.numpy(),
    "from_torch (Code): no layer kind for the operation add on 1x4x8x8, 1x4x8x8, 1x4x8x8 with out=": (
        lambda m, x: torch.add(x, x, out=torch.empty_like(x))
    ),
    "from_torch (Code): local_response_norm reads 2x2x8x8: the first axis must be one image, then CxHxW": (
        lambda m, x: F.local_response_norm(x.view(2, 2, 8, 8), 3)
    ),
}


class FFT(nn.Module):
    def forward(self, x):
        return torch.fft.rfft2(x)


def test_an_operation_without_a_layer_kind_is_named_with_its_module():
    assert error_of(lambda: code(lambda m, x: m.block(x), block=nn.Sequential(nn.ReLU(), FFT()))).startswith(
        "block.1 (FFT): no layer kind for the operation _fft_r2c on 1x4x8x8"
    )


@pytest.mark.parametrize("text", UNKNOWN)
def test_an_operation_without_a_layer_kind_is_an_error(text):
    assert error_of(lambda: code(UNKNOWN[text])) == text


def test_a_movement_of_another_kind_is_a_layer_where_it_is_read():
    net = code(lambda m, x: m.conv(x.transpose(2, 3)), (4, 8, 6), conv=nn.Conv2d(4, 2, 1))
    assert kinds_of(net) == ["Rearrange", "Conv2d"]
    assert net.output_shape == (2, 6, 8)


def test_a_tensor_overwritten_through_a_view_holds_what_was_written():
    def run(m, x):
        y = m.conv(x)
        y.view(1, -1).relu_()
        return y.tanh()

    assert kinds_of(code(run, conv=nn.Conv2d(4, 4, 1))) == ["Conv2d", "ReLU", "Tanh"]


def test_a_part_written_over_is_a_layer():
    def run(m, x):
        y = torch.zeros_like(x)
        y[:, :2] = m.conv(x[:, :2])
        y[:, 2:] = x[:, 2:].relu()
        y += 1
        return y

    net = code(run, conv=nn.Conv2d(2, 2, 1))
    assert kinds_of(net) == [
        "SelectChannels",
        "Conv2d",
        "SelectChannels",
        "ReLU",
        "Stored",
        "Scatter",
        "Scatter",
        "Shift",
    ]
    assert (net.macs, net.output_shape) == (64 * 2 * 2, (4, 8, 8))


def test_views_that_share_a_part_of_what_was_overwritten_are_an_error():
    def run(m, x):
        y = m.conv(x)
        first = y[:, :, :4]
        y[:, :, 2:].relu_()
        return first.tanh()

    assert error_of(lambda: code(run, conv=nn.Conv2d(4, 4, 1))) == (
        "from_torch (Code): tanh reads a tensor that relu_ overwrote through a view of it"
    )


def test_halves_overwritten_one_by_one_are_no_error():
    def run(m, x):
        a, b = m.conv(x).chunk(2, 1)
        return torch.cat((a.relu_(), b.tanh_()), 1)

    assert kinds_of(code(run, conv=nn.Conv2d(4, 4, 1))).count("SelectChannels") == 2


WRONG_SHAPES = {
    (8, 8): ": a row of (C, L) is not counted",
    (2, 4, 8, 8): ": a batch, or a volume of (C, D, H, W), is not counted",
    (4, 8, 0): "",
    (4, 8.0, 8): "",
    "4x8x8": "",
    8: "",
    None: "",
    (4, 8, True): "",
}


@pytest.mark.parametrize("shape", WRONG_SHAPES, ids=str)
def test_an_input_shape_is_that_of_one_image(shape):
    assert error_of(lambda: convcost.from_torch(Bottleneck(4), shape)) == (
        f"from_torch: input_shape must be (C, H, W) or (1, C, H, W), not {shape!r}{WRONG_SHAPES[shape]}"
    )


@pytest.mark.parametrize(
    "shape",
    [
        torch.Size([4, 8, 8]),
        [4, 8, 8],
        np.array([4, 8, 8]),
        tuple(np.array([4, 8, 8])),
        torch.tensor([4, 8, 8]),
        torch.ones(1, 4, 8, 8),
        torch.ones(4, 8, 8),
        np.ones((1, 4, 8, 8)),
        torch.empty(1, 4, 8, 8, device="meta"),
    ],
    ids=lambda shape: type(shape).__name__,
)
def test_a_shape_may_come_from_torch_or_numpy_or_be_that_of_a_tensor(shape):
    net = convcost.from_torch(Bottleneck(4), shape)
    assert net.macs == convcost.from_torch(Bottleneck(4), (4, 8, 8)).macs
    assert net.input_shape == (4, 8, 8) and all(type(n) is int for n in net.input_shape)


def test_flat_features_are_an_input_too():
    net = convcost.from_torch(nn.Sequential(nn.Linear(7, 5), nn.BatchNorm1d(5), nn.ReLU(), nn.Linear(5, 2)), (7,))
    assert (net.macs, net.params, net.output_shape) == (7 * 5 + 5 * 2, 7 * 5 + 5 + 10 + 5 * 2 + 2, (2,))


def test_an_image_that_does_not_fit_is_an_error_at_the_layer():
    text = error_of(lambda: convcost.from_torch(nn.Sequential(Bottleneck(4)), (3, 8, 8)))
    assert text.startswith("0.conv1 (Conv2d): cannot run on an image of 3x8x8: ")


def test_a_module_for_volumes_or_rows_says_so():
    for layer, text in (
        (nn.Conv3d(3, 4, 3), "; volumes of (C, D, H, W) are not counted"),
        (nn.Conv1d(3, 4, 3), "; rows of (C, L) are counted inside a network only"),
    ):
        error = error_of(lambda: convcost.from_torch(nn.Sequential(layer), (3, 8, 8)))
        assert error.startswith(f"0 ({type(layer).__name__}): cannot run on an image of 3x8x8: ")
        assert error.endswith(text)


def test_a_wrapper_for_several_devices_is_looked_through():
    assert convcost.from_torch(nn.DataParallel(nn.Conv2d(3, 4, 1)), (3, 2, 2)).macs == 4 * 3 * 4


def test_only_modules_are_taken():
    assert error_of(lambda: convcost.from_torch(len, (3, 8, 8))) == (
        "from_torch: needs a torch.nn.Module, got builtin_function_or_method"
    )
    assert error_of(lambda: convcost.from_torch(nn.ReLU, (3, 8, 8))) == (
        "from_torch: needs a torch.nn.Module, got the class ReLU: call it first"
    )
    assert error_of(lambda: convcost.from_torch(nn.Identity(), (3, 8, 8))) == (
        "from_torch (Identity): no layer worked on the image"
    )


def test_torch_is_imported_on_use_only():
    program = "import sys, convcost; print('torch' in sys.modules, bool(convcost.from_torch), 'torch' in sys.modules)"
    printed = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
    assert printed.split() == ["False", "True", "True"]
