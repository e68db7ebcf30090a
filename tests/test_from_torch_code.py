"""What people write, counted as torch counts it: multiply-accumulates, parameters and the shapes of the outputs."""

import convcost
import pytest
import torch
from test_from_torch import Code
from torch import nn
from torch.nn import functional as F
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode

torch.set_num_threads(1)
ACTIVATIONS = [
    nn.ELU(),
    nn.Hardshrink(),
    nn.Hardsigmoid(),
    nn.Hardtanh(-2, 3),
    nn.Hardswish(),
    nn.LeakyReLU(),
    nn.LogSigmoid(),
    nn.PReLU(4),
    nn.ReLU(),
    nn.ReLU6(),
    nn.RReLU(),
    nn.SELU(),
    nn.CELU(),
    nn.GELU(),
    nn.GELU("tanh"),
    nn.Sigmoid(),
    nn.SiLU(),
    nn.Mish(),
    nn.Softplus(),
    nn.Softshrink(),
    nn.Softsign(),
    nn.Tanh(),
    nn.Tanhshrink(),
    nn.Threshold(0.1, 20),
    nn.Softmin(1),
    nn.Softmax(1),
    nn.Softmax2d(),
    nn.LogSoftmax(1),
    nn.GLU(1),
]
BORDERS = [
    nn.ZeroPad2d(1),
    nn.ReflectionPad2d((1, 2, 3, 0)),
    nn.ReplicationPad2d(2),
    nn.CircularPad2d(1),
    nn.ConstantPad2d((1, 0, 2, 0), 0.5),
]
NORMS = [
    nn.InstanceNorm2d(4),
    nn.InstanceNorm2d(4, affine=True),
    nn.InstanceNorm2d(4, track_running_stats=True),
    nn.GroupNorm(2, 4),
    nn.LocalResponseNorm(3),
    nn.LayerNorm([4, 8, 8]),
    nn.LayerNorm(8),
    nn.RMSNorm(8),
]


def conv(ins=4, outs=4, kernel=1):
    return nn.Conv2d(ins, outs, kernel, padding=kernel // 2)


def focus(x):
    return torch.cat([x[..., ::2, ::2], x[..., 1::2, ::2], x[..., ::2, 1::2], x[..., 1::2, 1::2]], 1)


def blocks(x, r):
    b, c, h, w = x.shape
    return x.view(b, c, h // r, r, w // r, r).permute(0, 3, 5, 1, 2, 4).reshape(b, c * r * r, h // r, w // r)


def windows(x, size):
    """Windows of a map laid out channels last, as pieces of an image, and back."""
    b, h, w, c = x.shape
    x = x.view(b, h // size, size, w // size, size, c).permute(0, 1, 3, 2, 4, 5)
    return x.reshape(-1, size * size, c)


def global_context(m, x):
    weights = m.one(x).flatten(2).softmax(-1).unsqueeze(-1)
    context = torch.matmul(x.flatten(2).unsqueeze(1), weights).view(1, 4, 1, 1)
    return x + m.conv(context)


def efficient_attention(m, x):
    """Products over the channels: (C x N) (N x C)."""
    q, k, v = m.qkv(x).flatten(2).chunk(3, 1)
    return ((q @ k.transpose(1, 2)).softmax(-1) @ v).view_as(x) + x


def eca(m, x):
    y = m.row(x.mean((2, 3), keepdim=True).squeeze(-1).transpose(-1, -2))
    return x * y.transpose(-1, -2).unsqueeze(-1).sigmoid().expand_as(x)


def cbam(m, x):
    x = x * (m.fc(x.mean((2, 3))) + m.fc(x.amax((2, 3)))).sigmoid()[:, :, None, None]
    maps = torch.cat([x.mean(1, keepdim=True), x.max(1, keepdim=True)[0]], 1)
    return x * m.spatial(maps).sigmoid()


def selective_kernel(m, x):
    branches = torch.stack([m.conv(x), m.three(x)], dim=1)
    gate = m.fc(branches.sum(1).mean((2, 3))).repeat(1, 2).view(1, 2, 4, 1, 1).softmax(1)
    return (branches * gate).sum(1)


def split_attention(m, x):
    parts = torch.split(m.three(x), 2, 1)
    return torch.cat([part * (parts[0] + parts[1]).mean((2, 3), True).sigmoid() for part in parts], 1)


def class_token(m, x):
    tokens = x.flatten(2).transpose(1, 2)
    tokens = torch.cat([m.token.expand(len(x), -1, -1), tokens], 1) + m.positions
    return m.fc(m.norm(tokens)[:, 0])


def coordinates(m, x):
    b, _, h, w = x.shape
    rows = torch.linspace(-1, 1, h, device=x.device).view(1, 1, h, 1).expand(b, 1, h, w)
    columns = torch.linspace(-1, 1, w).to(x).view(1, 1, 1, w).expand(b, 1, h, w)
    return m.six(torch.cat([x, rows, columns], 1))


def mixer(m, x):
    tokens = x.flatten(2).transpose(1, 2)
    tokens = tokens + m.over_tokens(tokens.transpose(1, 2)).transpose(1, 2)
    return m.fc(m.norm(tokens)).mean(1)


def pyramid(m, x):
    small = m.three(F.max_pool2d(x, 2))
    return m.conv(x) + F.interpolate(small, size=x.shape[-2:], mode="nearest"), small


def ghost(m, x):
    first = m.part(x)
    return torch.cat([first, m.cheap(first)], 1)[:, :3]


def chunks_through_one_layer(m, x):
    return torch.cat([m.small(part) for part in x.mean((2, 3)).chunk(2, 1)], 1)


CODE = {
    "pooling after chunk": (lambda m, x: F.max_pool2d(x.chunk(2, 1)[1], 2), {}),
    "padding after split": (
        lambda m, x: m.half2(F.pad(x.split(2, 1)[0], (1, 1, 1, 1))),
        {"half2": nn.Conv2d(2, 3, 3)},
    ),
    "reshaping after split": (lambda m, x: m.fc(x.split([1, 3], 1)[1].reshape(1, -1)), {"fc": nn.Linear(192, 5)}),
    "a crop, then a mean": (lambda m, x: x[:, :, 1:-1, 2:].mean((2, 3)), {}),
    "a crop, then a reshape": (lambda m, x: m.fc(x[:, :, 1:4, 2:].flatten(1)), {"fc": nn.Linear(4 * 3 * 6, 5)}),
    "every second place, then a convolution": (lambda m, x: m.conv(x[:, :, ::2, 1::2]), {"conv": conv()}),
    "linear over a permuted map": (lambda m, x: m.fc(x.permute(0, 2, 3, 1)), {"fc": nn.Linear(4, 5)}),
    "linear over tokens": (lambda m, x: m.fc(x.flatten(2).transpose(1, 2)), {"fc": nn.Linear(4, 5)}),
    "linear over columns": (lambda m, x: m.fc(x), {"fc": nn.Linear(8, 5)}),
    "differences": (lambda m, x: m.conv(x) - x + (x - x.mean((2, 3), keepdim=True)), {"conv": conv()}),
    "pixel shuffle last": (lambda m, x: F.pixel_shuffle(m.conv(x), 2), {"conv": conv(4, 12)}),
    "pixel unshuffle": (lambda m, x: m.conv(F.pixel_unshuffle(x, 2)), {"conv": conv(16, 4)}),
    "space to depth by slices": (lambda m, x: m.conv(focus(x)), {"conv": conv(16, 4)}),
    "space to depth by views": (lambda m, x: m.conv(blocks(x, 2)), {"conv": conv(16, 4)}),
    **{repr(a): (lambda m, x: m.act(m.conv(x)), {"conv": conv(), "act": a}) for a in ACTIVATIONS},
    **{repr(b): (lambda m, x: m.conv(m.border(x)), {"conv": conv(4, 2, 3), "border": b}) for b in BORDERS},
    **{repr(n): (lambda m, x: m.norm(m.conv(x)), {"conv": conv(), "norm": n}) for n in NORMS},
    "mean and max over channels": (cbam, {"fc": nn.Linear(4, 4), "spatial": conv(2, 1, 7)}),
    "sum pooling": (lambda m, x: F.avg_pool2d(x, 2, divisor_override=1) + F.avg_pool2d(x, 2) * 4, {}),
    "lp pooling": (lambda m, x: F.lp_pool2d(x, 2, 2), {}),
    "lengths": (lambda m, x: F.normalize(x, dim=1) * x.norm(dim=1, keepdim=True) + x.norm(1, 1, keepdim=True), {}),
    "variance and powers": (lambda m, x: (x - x.mean(1, True)) / (x.var(1, keepdim=True) + 1e-5).sqrt() ** 1.5, {}),
    "global response": (
        lambda m, x: x * (x.norm(dim=(2, 3), keepdim=True) / (x.norm(dim=(2, 3), keepdim=True).mean(1, True) + 1e-6)),
        {},
    ),
    "repeat and expand": (
        lambda m, x: m.conv(x.repeat(1, 2, 1, 1)) + x[:, :1].expand(-1, 4, -1, -1),
        {"conv": conv(8, 4)},
    ),
    "coordinates": (coordinates, {"six": conv(6, 4)}),
    "sums of small maps": (
        lambda m, x: x + m.conv(x.mean((2, 3), True)) + x.mean(1, True) + x.mean((1, 3), True),
        {"conv": conv()},
    ),
    "stack and sum of branches": (
        selective_kernel,
        {"conv": conv(), "three": conv(4, 4, 3), "fc": nn.Linear(4, 4)},
    ),
    "split attention": (split_attention, {"three": conv(4, 4, 3)}),
    "bicubic": (lambda m, x: m.conv(F.interpolate(x, scale_factor=2, mode="bicubic")), {"conv": conv()}),
    "antialiased": (
        lambda m, x: m.conv(F.interpolate(x, size=(5, 5), mode="bilinear", antialias=True)),
        {"conv": conv()},
    ),
    "antialiased bicubic": (lambda m, x: F.interpolate(x, size=(5, 5), mode="bicubic", antialias=True), {}),
    "align corners": (lambda m, x: F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True), {}),
    "channel attention by a row": (eca, {"row": nn.Conv1d(1, 1, 3, padding=1, bias=False)}),
    "softmax over positions": (global_context, {"one": conv(4, 1), "conv": conv()}),
    "attention over channels": (efficient_attention, {"qkv": conv(4, 12)}),
    "einsum as a 1x1 convolution": (
        lambda m, x: torch.einsum("nchw,oc->nohw", x, m.weight),
        {"weight": nn.Parameter(torch.ones(5, 4))},
    ),
    "@ as a 1x1 convolution": (
        lambda m, x: (m.weight @ x.flatten(2)).view(1, 5, 8, 8),
        {"weight": nn.Parameter(torch.ones(5, 4))},
    ),
    "chunks of features through one layer": (chunks_through_one_layer, {"small": nn.Linear(2, 3)}),
    "inference mode": (
        torch.inference_mode()(lambda m, x: m.fc(F.relu(m.conv(x)).flatten(1))),
        {"conv": conv(), "fc": nn.Linear(256, 3)},
    ),
    "a first parameter of another type": (
        lambda m, x: m.conv(x) * m.scale.to(x.dtype),
        {"scale": nn.Parameter(torch.ones(1, dtype=torch.float64)), "conv": conv()},
    ),
    "class token": (
        class_token,
        {
            "token": nn.Parameter(torch.ones(1, 1, 4)),
            "positions": nn.Parameter(torch.ones(1, 65, 4)),
            "norm": nn.LayerNorm(4),
            "fc": nn.Linear(4, 3),
        },
    ),
    "window partition": (
        lambda m, x: m.attention(*[windows(m.conv(x).permute(0, 2, 3, 1), 4)] * 3)[0],
        {"conv": conv(), "attention": nn.MultiheadAttention(4, 2, batch_first=True)},
    ),
    "convolution over windows": (
        lambda m, x: m.three(x.view(1, 4, 2, 4, 8).transpose(1, 2)[0]).mean(0, True),
        {"three": conv(4, 4, 3)},
    ),
    "mixer": (mixer, {"over_tokens": nn.Linear(64, 64), "norm": nn.LayerNorm(4), "fc": nn.Linear(4, 5)}),
    "transformer": (
        lambda m, x: m.layer(x.flatten(2).transpose(1, 2)).mean(1),
        {"layer": nn.TransformerEncoderLayer(4, 2, 8, batch_first=True)},
    ),
    "heads put together": (
        lambda m, x: torch.cat([m.one(t).permute(0, 2, 3, 1).reshape(1, -1) for t in (x, F.max_pool2d(x, 2))], 1),
        {"one": conv(4, 6)},
    ),
    "maps and zeros put together": (
        lambda m, x: m.conv(torch.cat([x[:, :1], torch.zeros(1, 2, 8, 8, device=x.device), x[:, :1]], 1)),
        {"conv": conv()},
    ),
    "stacked with a stored map": (
        lambda m, x: torch.stack([m.conv(x), torch.ones(1, 4, 8, 8, device=x.device)], 1).mean(1),
        {"conv": conv()},
    ),
    "numbers of the code on the image's device": (
        lambda m, x: m.conv(x[:, torch.tensor([2, 0], device=x.device)] - torch.as_tensor([1.0], device=x.device)),
        {"conv": conv(2, 3)},
    ),
    "numbers of the image's type": (
        lambda m, x: m.conv(x) * x.new_tensor(data=[2.0]) + x.new_tensor(1.0),
        {"conv": conv()},
    ),
    "baddbmm": (
        lambda m, x: (
            torch.baddbmm(torch.empty(1, 64, 64), x.flatten(2).mT, m.conv(x).flatten(2), beta=0, alpha=0.5)
            .softmax(-1)
            .bmm(torch.baddbmm(m.bias, x.flatten(2).mT, x.flatten(2)))
            .mean(1)
        ),
        {"conv": conv(), "bias": nn.Parameter(torch.ones(1, 1, 64))},
    ),
    "addmm of two maps": (
        lambda m, x: torch.addmm(m.conv(x)[0, 0], x[0, 1], x[0, 2])[None, None],
        {"conv": conv()},
    ),
    "pyramid": (pyramid, {"three": conv(4, 4, 3), "conv": conv()}),
    "ghost": (ghost, {"part": conv(4, 2), "cheap": nn.Conv2d(2, 2, 3, padding=1, groups=2)}),
    "lstm over rows": (
        lambda m, x: m.lstm(x.mean(1))[0],
        {"lstm": nn.LSTM(8, 3, bidirectional=True, batch_first=True)},
    ),
    "gru": (lambda m, x: m.gru(x.flatten(2).transpose(1, 2))[1], {"gru": nn.GRU(4, 3, batch_first=True)}),
    "max of branches": (lambda m, x: torch.maximum(m.conv(x), x) + torch.minimum(m.conv(x), -x), {"conv": conv()}),
    "a shuffle and a roll": (
        lambda m, x: m.conv(F.channel_shuffle(torch.roll(x, (1, 2), (2, 3)), 2)),
        {"conv": conv()},
    ),
    "flips": (lambda m, x: m.conv(x.flip(3)) + x.flip((2, 3)), {"conv": conv()}),
    "rotations": (lambda m, x: m.conv(torch.rot90(x, 1, (2, 3))), {"conv": conv()}),
    "unfold and a product": (
        lambda m, x: (m.fc.weight @ F.unfold(x, 3, padding=1)).view(1, 5, 8, 8),
        {"fc": nn.Linear(36, 5, bias=False)},
    ),
    "gated linear": (lambda m, x: F.glu(m.conv(x), 1) * x, {"conv": conv(4, 8)}),
    "addcmul": (
        lambda m, x: torch.addcmul(m.bias, m.scale, x),
        {"bias": nn.Parameter(torch.ones(4, 1, 1)), "scale": nn.Parameter(torch.ones(4, 1, 1))},
    ),
    "a mean of everything": (lambda m, x: m.conv(x).mean().view(1, 1), {"conv": conv()}),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("case", CODE)
def test_code_as_people_write_it(case):
    run, parts = CODE[case]
    module = Code(run, **parts).eval().requires_grad_(False)
    net = convcost.from_torch(module, (4, 8, 8))
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        outputs = [y for y in tree_leaves(module(torch.ones(1, 4, 8, 8))) if y is not None]
    assert [y.shape for y in net.outputs] == [
        tuple(y.shape[1:]) if y.dim() > 1 and len(y) == 1 else tuple(y.shape) for y in outputs
    ]
    if not any(
        isinstance(part, (nn.RNNBase, nn.MultiheadAttention, nn.TransformerEncoderLayer)) for part in parts.values()
    ):
        assert 2 * net.macs == counter.get_total_flops()  # those run as one operation of which torch counts nothing
    assert net.params == sum(p.numel() for p in module.parameters())
    assert not net.info["unused_parameters"]
