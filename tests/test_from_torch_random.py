"""Random networks, counted as torch counts them: multiply-accumulates, outputs of products, parameters, shapes."""

import random

import convcost
import pytest
import torch
from convcost.torch_bridge.operations import PRODUCTS
from torch import nn
from torch.nn import functional as F
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import FlopCounterMode

torch.set_num_threads(1)
NETWORKS, EACH = 20, 15

# By the number of axes of the tensor: (what a layer is made with, what is done with it), given the tensor's sizes.
IMAGES = [
    (lambda c, h, w: nn.Conv2d(c, 6, 3, padding=1), lambda m, x: m(x)),
    (lambda c, h, w: nn.Conv2d(c, 4, (1, 2), bias=False), lambda m, x: m(x)),
    (lambda c, h, w: nn.Conv2d(c, c, 3, padding=1, groups=c), lambda m, x: F.gelu(m(x)) + x),
    (lambda c, h, w: nn.ConvTranspose2d(c, 4, 2, 2), lambda m, x: m(x)),
    (lambda c, h, w: nn.BatchNorm2d(c), lambda m, x: m(x).relu_()),
    (lambda c, h, w: nn.Conv2d(c, c, 1), lambda m, x: x * m(x.mean((2, 3), True)).sigmoid()),
    (lambda c, h, w: nn.Linear(c, c), lambda m, x: x * m(x.mean((2, 3))).sigmoid()[:, :, None, None]),
    (lambda c, h, w: nn.Conv2d(c, 1, 1), lambda m, x: x + m(x).expand_as(x)),
    (lambda c, h, w: nn.Linear(w, 4), lambda m, x: m(x)),
    (lambda c, h, w: nn.Linear(c, 3, bias=False), lambda m, x: torch.einsum("bchw,oc->bohw", x, m.weight)),
    (lambda c, h, w: nn.Linear(c, 4), lambda m, x: m(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)),
    (lambda c, h, w: nn.LayerNorm(c), lambda m, x: m(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)),
    *[
        (None, f)
        for f in (
            lambda m, x: F.max_pool2d(x, 2),
            lambda m, x: F.avg_pool2d(x, 2, 1),
            lambda m, x: F.adaptive_avg_pool2d(x, 2),
            lambda m, x: F.pad(x, (1, 0, 0, 1), "reflect"),
            lambda m, x: F.pad(x, (1, 1)),
            lambda m, x: x[:, :, 1:],
            lambda m, x: F.pad(x, (0, 0, 0, 0, 1, 1)),
            lambda m, x: x[..., ::2],
            lambda m, x: x[:, :, :-1, 1:],
            lambda m, x: F.interpolate(x, scale_factor=2),
            lambda m, x: x.chunk(2, 1)[1],
            lambda m, x: F.glu(x, 1),
            lambda m, x: F.channel_shuffle(x, 2),
            lambda m, x: torch.cat(x.chunk(2, 1)[::-1], 1),
            lambda m, x: torch.stack(x.chunk(2, 1), 1).sum(1),
            lambda m, x: F.pixel_shuffle(x, 2),
            lambda m, x: F.pixel_unshuffle(x, 2),
            lambda m, x: x.transpose(2, 3),
            lambda m, x: x.flip(2),
            lambda m, x: torch.cat([x[..., ::2, ::2], x[..., 1::2, 1::2]], 1),
            lambda m, x: torch.roll(x, 1, 3),
            lambda m, x: x.unflatten(2, (-1, 2)).unflatten(4, (-1, 2)).permute(0, 2, 4, 1, 3, 5).flatten(0, 2),
            lambda m, x: x - x.mean(1, keepdim=True),
            lambda m, x: x.repeat(1, 2, 1, 1),
            lambda m, x: F.instance_norm(x),
            lambda m, x: x[:, [0]].expand(-1, 3, -1, -1),
            lambda m, x: x[:, :1] + x,
            lambda m, x: F.normalize(x),
            lambda m, x: (x.flatten(2).softmax(-1) @ x.flatten(2).transpose(1, 2)).unsqueeze(-1),
            lambda m, x: x.contiguous(memory_format=torch.channels_last),
            lambda m, x: x.sum((1, 2), keepdim=True) * x,
            lambda m, x: torch.cat([x, torch.zeros(1, 1, *x.shape[2:], device=x.device)], 1),
            lambda m, x: x.mean((2, 3)),
            lambda m, x: x.flatten(2).transpose(1, 2),
            lambda m, x: F.unfold(x, 2),
            lambda m, x: x.amax(1, True) * x,
        )
    ],
]
TOKENS = [
    (lambda b, n, c: nn.Linear(c, 4), lambda m, x: m(x)),
    (lambda b, n, c: nn.LayerNorm(c), lambda m, x: m(x)),
    (lambda b, n, c: nn.Linear(n, n), lambda m, x: m(x.transpose(1, 2)).transpose(1, 2)),
    (lambda b, n, c: nn.Conv1d(n, 4, 1), lambda m, x: m(x)),
    *[
        (None, f)
        for f in (
            lambda m, x: (x @ x.transpose(1, 2)).softmax(-1) @ x,
            lambda m, x: x.transpose(1, 2),
            lambda m, x: x.mean(1),
            lambda m, x: F.gelu(x) + x,
            lambda m, x: x[:, 0],
            lambda m, x: x.reshape(1, -1),
            lambda m, x: x[:, 1:],
            lambda m, x: torch.cat([x.mean(1, keepdim=True), x], 1),
            lambda m, x: x * x.amax(1, keepdim=True),
            lambda m, x: torch.cat([torch.ones(len(x), 1, x.shape[2], device=x.device), x], 1),
            lambda m, x: x.softmax(1),
            lambda m, x: x.chunk(2, -1)[0] * x.chunk(2, -1)[1],
            lambda m, x: x.unsqueeze(1),
        )
    ],
]
FEATURES = [
    (lambda b, c: nn.Linear(c, 4), lambda m, x: m(x)),
    (lambda b, c: nn.BatchNorm1d(c), lambda m, x: m(x)),
    *[
        (None, f)
        for f in (
            lambda m, x: F.relu(x),
            lambda m, x: x.softmax(1),
            lambda m, x: x * 2 + 1,
            lambda m, x: x[:, None],
            lambda m, x: x - x.mean(1, keepdim=True),
            lambda m, x: x.view(1, -1, 2, 2),
            lambda m, x: x[..., None, None],
        )
    ],
]
STEPS = {2: FEATURES, 3: TOKENS, 4: IMAGES}


class Steps(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers, self.steps = nn.ModuleList(), []

    def forward(self, x):
        for layer, step in zip(self.layers, self.steps):
            x = step(layer, x)
        return x


def random_network(seed):
    """Return (module, shape of its image, its output); steps that do not fit are left out."""
    chance, module = random.Random(seed), Steps()
    shape = chance.choice([2, 4, 6, 8]), chance.choice([4, 6, 8, 12]), chance.choice([4, 6, 8])
    x = torch.randn(1, *shape)
    for _ in range(chance.randint(2, 9)):
        make, step = chance.choice(STEPS[x.dim()])
        try:
            sizes = x.shape[1:] if x.dim() == 4 else x.shape
            layer = (make(*sizes) if make else nn.Identity()).eval()
            with torch.no_grad():
                y = step(layer, x.clone())
        except (RuntimeError, ValueError, IndexError):
            continue
        if 0 < y.numel() < 100_000 and y.dim() in STEPS:
            module.layers.append(layer)
            module.steps.append(step)
            x = y
    return module.eval(), shape, x


class Products(TorchDispatchMode):
    """Adds up the outputs of convolutions and matrix products."""

    outputs = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        y = function(*args, **(kwargs or {}))
        if function._schema.name.removeprefix("aten::") in PRODUCTS:
            self.outputs += y.numel()
        return y


@pytest.mark.parametrize("first", range(NETWORKS))
def test_random_networks_are_counted_as_torch_counts_them(first):
    for seed in range(first * EACH, (first + 1) * EACH):
        module, shape, y = random_network(seed)
        if not any(step for step in module.steps):
            continue
        try:
            net = convcost.from_torch(module, shape)
        except convcost.ConvcostError as error:
            assert "no layer worked" in str(error), (seed, str(error))  # only movements that are nothing
            continue
        with torch.no_grad(), FlopCounterMode(display=False) as counter, Products() as products:
            module(torch.ones(1, *shape))
        seen = tuple(y.shape[1:]) if y.shape[0] == 1 else tuple(y.shape)
        assert (seed, 2 * net.macs, net.activations) == (seed, counter.get_total_flops(), products.outputs)
        assert (seed, net.output_shape) == (seed, seen)
        unused = [module.get_parameter(name).numel() for name in net.info["unused_parameters"]]
        assert (seed, net.params + sum(unused)) == (seed, sum(p.numel() for p in module.parameters()))
