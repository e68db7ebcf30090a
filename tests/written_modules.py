"""Small modules as people write them, for what tools see of them: name -> (function that makes it, input shape).

One layer each, mostly behind a 1x1 convolution, spelled in every way that matters to some tool.
"""

import torch
from torch import nn
from torch.nn import functional as F

CHANNELS, SIDE = 8, 6
SHAPE = (CHANNELS, SIDE, SIDE)


class Written(nn.Module):
    """`forward` is the given function of (module, x); layers become submodules."""

    def __init__(self, function, **layers):
        super().__init__()
        self.function = function
        for name, layer in layers.items():
            setattr(self, name, layer)

    def forward(self, x):
        return self.function(self, x)


class Strict(nn.Conv2d):
    pass


class MyConv(nn.Conv2d):
    pass


class MyLinear(nn.Linear):
    pass


class MyNorm(nn.BatchNorm2d):
    pass


class MyReLU(nn.ReLU):
    pass


class MyReLU6(nn.ReLU6):
    pass


class MyPool(nn.MaxPool2d):
    pass


def pointwise(out_channels=CHANNELS):
    return nn.Conv2d(CHANNELS, out_channels, 1, bias=False)


# Layers as modules of torch, or of classes derived from one.
LAYERS = {
    "conv3x3": lambda: nn.Conv2d(8, 16, 3, padding=1, bias=False),
    "conv3x3 bias": lambda: nn.Conv2d(8, 16, 3, padding=1),
    "conv1x3 stride 2x1": lambda: nn.Conv2d(8, 16, (1, 3), (2, 1), (0, 1)),
    "depthwise3x3": lambda: nn.Conv2d(8, 8, 3, padding=1, groups=8, bias=False),
    "group1x1 g=2": lambda: nn.Conv2d(8, 16, 1, groups=2, bias=False),
    "conv dilation 2": lambda: nn.Conv2d(8, 16, 3, padding=2, dilation=2, bias=False),
    "conv3x3 padding='same'": lambda: nn.Conv2d(8, 16, 3, padding="same"),
    "convT 2x2 stride 2": lambda: nn.ConvTranspose2d(8, 16, 2, 2, bias=False),
    "convT 3x3 stride 2 bias": lambda: nn.ConvTranspose2d(8, 16, 3, 2, padding=1, output_padding=1),
    "convT depthwise": lambda: nn.ConvTranspose2d(8, 8, 2, 2, groups=8, bias=False),
    "convT g=2": lambda: nn.ConvTranspose2d(8, 16, 2, 2, groups=2, bias=False),
    "class Strict(nn.Conv2d)": lambda: Strict(8, 16, 3, padding=1, bias=False),
    "class MyConv(nn.Conv2d)": lambda: MyConv(8, 16, 3, padding=1),
    "class MyNorm(nn.BatchNorm2d)": lambda: MyNorm(8),
    "BatchNorm2d": lambda: nn.BatchNorm2d(8),
    "GroupNorm": lambda: nn.GroupNorm(2, 8),
}
BEHIND_CONV = {
    "BatchNorm2d affine=False": lambda: nn.BatchNorm2d(8, affine=False),
    "GroupNorm affine=False": lambda: nn.GroupNorm(2, 8, affine=False),
    "class MyReLU(nn.ReLU)": lambda: MyReLU(),
    "class MyPool(nn.MaxPool2d)": lambda: MyPool(2),
    "ReLU": nn.ReLU,
    "ReLU inplace": lambda: nn.ReLU(inplace=True),
    "ReLU6": nn.ReLU6,
    "LeakyReLU": nn.LeakyReLU,
    "PReLU": lambda: nn.PReLU(8),
    "Sigmoid": nn.Sigmoid,
    "Tanh": nn.Tanh,
    "Hardswish": nn.Hardswish,
    "Hardsigmoid": nn.Hardsigmoid,
    "SiLU": nn.SiLU,
    "GELU": nn.GELU,
    "MaxPool2d(2)": lambda: nn.MaxPool2d(2),
    "MaxPool2d(3, 2, 1)": lambda: nn.MaxPool2d(3, 2, 1),
    "MaxPool2d ceil_mode": lambda: nn.MaxPool2d(3, 2, ceil_mode=True),
    "AvgPool2d(2)": lambda: nn.AvgPool2d(2),
    "AvgPool2d(3, 2, 1)": lambda: nn.AvgPool2d(3, 2, 1),
    "AvgPool2d ceil_mode": lambda: nn.AvgPool2d(4, 3, 1, ceil_mode=True),
    "AvgPool2d((3, 1), (2, 1))": lambda: nn.AvgPool2d((3, 1), (2, 1)),
    "AdaptiveAvgPool2d(1)": lambda: nn.AdaptiveAvgPool2d(1),
    "AdaptiveAvgPool2d(4)": lambda: nn.AdaptiveAvgPool2d(4),
    "AdaptiveAvgPool2d((3, 4))": lambda: nn.AdaptiveAvgPool2d((3, 4)),
    "AdaptiveAvgPool2d(6)": lambda: nn.AdaptiveAvgPool2d(6),
    "AdaptiveAvgPool2d(7)": lambda: nn.AdaptiveAvgPool2d(7),
    "AdaptiveMaxPool2d(4)": lambda: nn.AdaptiveMaxPool2d(4),
    "LocalResponseNorm(5)": lambda: nn.LocalResponseNorm(5),
    "LocalResponseNorm(4)": lambda: nn.LocalResponseNorm(4),
    "Softmax": lambda: nn.Softmax(1),
    "LogSoftmax": lambda: nn.LogSoftmax(1),
    "Upsample nearest": lambda: nn.Upsample((12, 10)),
    "ChannelShuffle": lambda: nn.ChannelShuffle(2),
    "Upsample bilinear": lambda: nn.Upsample((12, 10), mode="bilinear"),
    "ZeroPad2d": lambda: nn.ZeroPad2d(1),
}
BEHIND_CONV |= {
    "ELU": nn.ELU,
    "CELU": lambda: nn.CELU(0.5),
    "SELU": nn.SELU,
    "GELU tanh": lambda: nn.GELU("tanh"),
    "Mish": nn.Mish,
    "Softplus": nn.Softplus,
    "LogSigmoid": nn.LogSigmoid,
    "Hardshrink": nn.Hardshrink,
    "Softshrink": nn.Softshrink,
    "Threshold": lambda: nn.Threshold(0.1, 2.0),
    "Hardtanh": nn.Hardtanh,
    "Hardtanh(0, 6)": lambda: nn.Hardtanh(0, 6),
    "Softsign": nn.Softsign,
    "Tanhshrink": nn.Tanhshrink,
    "PixelShuffle": lambda: nn.PixelShuffle(2),
    "PixelUnshuffle": lambda: nn.PixelUnshuffle(2),
    "InstanceNorm2d": lambda: nn.InstanceNorm2d(8),
    "InstanceNorm2d affine": lambda: nn.InstanceNorm2d(8, affine=True),
    "ReflectionPad2d": lambda: nn.ReflectionPad2d(1),
    "ReplicationPad2d": lambda: nn.ReplicationPad2d(1),
    "CircularPad2d": lambda: nn.CircularPad2d(1),
    "ConstantPad2d": lambda: nn.ConstantPad2d(1, 0.5),
    "Softmax over rows": lambda: nn.Softmax(2),
    "Softmin": lambda: nn.Softmin(1),
    "Softmax2d": nn.Softmax2d,
    "Upsample bicubic": lambda: nn.Upsample((12, 10), mode="bicubic"),
    "GLU": lambda: nn.GLU(1),
    "RReLU": nn.RReLU,
    "Unfold": lambda: nn.Unfold(3, padding=1),
    "Fold": lambda: nn.Sequential(nn.Unfold(2, stride=2), nn.Fold((6, 6), 2, stride=2)),
    "class MyReLU6(nn.ReLU6)": lambda: MyReLU6(),
    "LogSoftmax over rows": lambda: nn.LogSoftmax(2),
}
# Functions, methods and operators, behind a 1x1 convolution.
FUNCTIONS = {
    "F.relu": lambda x: F.relu(x),
    "torch.relu": lambda x: torch.relu(x),
    "x.relu": lambda x: x.relu(),
    "F.relu inplace": lambda x: F.relu(x, inplace=True),
    "F.relu6": lambda x: F.relu6(x),
    "F.hardtanh": lambda x: F.hardtanh(x, 0, 6),
    "x.clamp": lambda x: x.clamp(min=0),
    "F.silu": lambda x: F.silu(x),
    "F.gelu": lambda x: F.gelu(x),
    "F.leaky_relu": lambda x: F.leaky_relu(x),
    "F.hardswish": lambda x: F.hardswish(x),
    "torch.sigmoid": lambda x: torch.sigmoid(x),
    "F.max_pool2d": lambda x: F.max_pool2d(x, 2),
    "F.avg_pool2d": lambda x: F.avg_pool2d(x, 2),
    "F.adaptive_avg_pool2d": lambda x: F.adaptive_avg_pool2d(x, 1),
    "F.adaptive_avg_pool2d 4": lambda x: F.adaptive_avg_pool2d(x, 4),
    "F.adaptive_max_pool2d": lambda x: F.adaptive_max_pool2d(x, 2),
    "x.mean": lambda x: x.mean((2, 3)),
    "x.mean twice": lambda x: x.mean(3).mean(2),
    "x.amax": lambda x: x.amax((2, 3)),
    "F.softmax": lambda x: F.softmax(x, 1),
    "torch.softmax": lambda x: torch.softmax(x, 1),
    "F.local_response_norm": lambda x: F.local_response_norm(x, 5),
    "F.interpolate bilinear": lambda x: F.interpolate(x, size=(12, 12), mode="bilinear"),
    "F.interpolate nearest": lambda x: F.interpolate(x, size=(12, 12)),
    "F.layer_norm": lambda x: F.layer_norm(x.permute(0, 2, 3, 1), (8,)).permute(0, 3, 1, 2),
    "F.batch_norm": lambda x: F.batch_norm(x, torch.zeros(8), torch.ones(8)),
    "x * 2": lambda x: x * 2.0,
    "x + 1": lambda x: x + 1.0,
    "x / 2": lambda x: x / 2.0,
    "torch.add(x, 1)": lambda x: torch.add(x, 1.0),
    "x * sigmoid(x)": lambda x: x * torch.sigmoid(x),
    "x * relu6(x + 3) / 6": lambda x: x * F.relu6(x + 3) / 6,
    "torch.cat": lambda x: torch.cat((x, x), 1),
}
FUNCTIONS |= {
    "F.elu": lambda x: F.elu(x),
    "F.selu": lambda x: F.selu(x),
    "F.celu": lambda x: F.celu(x),
    "F.mish": lambda x: F.mish(x),
    "F.softplus": lambda x: F.softplus(x),
    "F.logsigmoid": lambda x: F.logsigmoid(x),
    "F.hardshrink": lambda x: F.hardshrink(x),
    "F.softshrink": lambda x: F.softshrink(x),
    "F.threshold": lambda x: F.threshold(x, 0.1, 2.0),
    "F.hardtanh(-1, 2)": lambda x: F.hardtanh(x, -1.0, 2.0),
    "F.gelu tanh": lambda x: F.gelu(x, approximate="tanh"),
    "x.clamp(-1, 1)": lambda x: x.clamp(-1, 1),
    "x.exp": lambda x: x.exp(),
    "torch.log": lambda x: torch.log(x),
    "x.sqrt": lambda x: x.sqrt(),
    "x.rsqrt": lambda x: x.rsqrt(),
    "torch.abs": lambda x: torch.abs(x),
    "-x": lambda x: -x,
    "x ** 2": lambda x: x**2,
    "x ** 3": lambda x: x**3.0,
    "torch.square": lambda x: torch.square(x),
    "2 / x": lambda x: 2.0 / x,
    "torch.erf": lambda x: torch.erf(x),
    "x - y": lambda x: x - x.relu(),
    "torch.sub": lambda x: torch.sub(x, x.relu()),
    "x / y": lambda x: x / x.sigmoid(),
    "torch.div": lambda x: torch.div(x, x.sigmoid()),
    "torch.maximum": lambda x: torch.maximum(x, -x),
    "torch.minimum": lambda x: torch.minimum(x, -x),
    "x + gate": lambda x: x + x.mean((2, 3), keepdim=True),
    "gate * gate": lambda x: x.mean((2, 3), keepdim=True) * x.mean(1, keepdim=True),
    "x.mean(1)": lambda x: x.mean(1, keepdim=True),
    "torch.mean": lambda x: torch.mean(x, (1, 2)),
    "x.amax(1)": lambda x: x.amax(1, keepdim=True),
    "x.max(1)": lambda x: x.max(1, keepdim=True)[0],
    "x.amin(1)": lambda x: x.amin(1),
    "x.sum(1)": lambda x: x.sum(1),
    "torch.sum": lambda x: torch.sum(x, (2, 3)),
    "x.var(1)": lambda x: x.var(1),
    "x.std((2, 3))": lambda x: x.std((2, 3)),
    "x.norm(1)": lambda x: x.norm(dim=1),
    "F.normalize": lambda x: F.normalize(x),
    "torch.linalg.vector_norm": lambda x: torch.linalg.vector_norm(x, 1, dim=1),
    "torch.roll": lambda x: torch.roll(x, (1, -1), (2, 3)),
    "F.pad reflect": lambda x: F.pad(x, (1, 1, 1, 1), "reflect"),
    "F.pad replicate": lambda x: F.pad(x, (1, 1, 1, 1), "replicate"),
    "F.pad 1.0": lambda x: F.pad(x, (1, 1), value=1.0),
    "F.pad circular": lambda x: F.pad(x, (1, 1, 1, 1), "circular"),
    "torch.flip": lambda x: torch.flip(x, (3,)),
    "x.transpose(2, 3)": lambda x: x.transpose(2, 3).relu(),
    "x.repeat": lambda x: x.repeat(1, 2, 1, 1).sigmoid(),
    "torch.stack": lambda x: torch.stack([x, x.relu()]).sum(0),
    "F.pixel_shuffle": lambda x: F.pixel_shuffle(x, 2),
    "space to depth": lambda x: torch.cat([x[..., ::2, ::2], x[..., 1::2, ::2]], 1),
    "x[:, [3, 3]]": lambda x: x[:, [3, 3]],
    "F.instance_norm": lambda x: F.instance_norm(x),
    "F.softmax over positions": lambda x: F.softmax(x.flatten(2), -1),
    "x.softmax(-1)": lambda x: x.softmax(-1),
    "F.log_softmax": lambda x: F.log_softmax(x, 1),
    "F.interpolate bicubic": lambda x: F.interpolate(x, size=(12, 12), mode="bicubic"),
    "x @ y": lambda x: x.flatten(2).transpose(1, 2) @ x.flatten(2),
    "torch.matmul of maps": lambda x: torch.matmul(x, x),
    "torch.bmm": lambda x: torch.bmm(x.flatten(2), x.flatten(2).transpose(1, 2)),
    "torch.einsum of maps": lambda x: torch.einsum("bcl,bcm->blm", x.flatten(2), x.flatten(2)),
    "F.scaled_dot_product_attention": lambda x: F.scaled_dot_product_attention(*[x.flatten(2).transpose(1, 2)] * 3),
    "F.glu": lambda x: F.glu(x, 1),
    "F.interpolate antialias": lambda x: F.interpolate(x, size=(4, 4), mode="bilinear", antialias=True),
    "F.rms_norm": lambda x: F.rms_norm(x.permute(0, 2, 3, 1), (8,)).permute(0, 3, 1, 2),
    "F.avg_pool2d as sum": lambda x: F.avg_pool2d(x, 2, divisor_override=1),
}
# Functions of (module, x), and the layers of the module.
FORWARD = {
    "Linear": (lambda m, x: m.fc(x.flatten(1)), {"fc": lambda: nn.Linear(288, 4)}),
    "Linear no bias": (lambda m, x: m.fc(x.flatten(1)), {"fc": lambda: nn.Linear(288, 4, bias=False)}),
    "class MyLinear(nn.Linear)": (lambda m, x: m.fc(x.flatten(1)), {"fc": lambda: MyLinear(288, 4)}),
    "BatchNorm1d": (lambda m, x: m.bn(x.flatten(1)), {"bn": lambda: nn.BatchNorm1d(288)}),
    "LayerNorm": (
        lambda m, x: m.norm(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2),
        {"norm": lambda: nn.LayerNorm(8)},
    ),
    "F.conv2d": (
        lambda m, x: F.conv2d(x, m.conv.weight, m.conv.bias, padding=1),
        {"conv": lambda: nn.Conv2d(8, 16, 3)},
    ),
    "F.linear": (
        lambda m, x: F.linear(x.flatten(1), m.fc.weight, m.fc.bias),
        {"fc": lambda: nn.Linear(288, 4)},
    ),
    "x @ weight": (lambda m, x: x.flatten(1) @ m.fc.weight.T, {"fc": lambda: nn.Linear(288, 4)}),
    "torch.matmul": (
        lambda m, x: torch.matmul(x.flatten(1), m.fc.weight.T),
        {"fc": lambda: nn.Linear(288, 4)},
    ),
    "conv run twice": (lambda m, x: m.conv(m.conv(x)), {"conv": lambda: nn.Conv2d(8, 8, 3, padding=1)}),
    "relu run twice": (lambda m, x: m.relu(m.conv(m.relu(x))), {"conv": pointwise, "relu": nn.ReLU}),
    "x + y": (lambda m, x: m.conv(x) + x, {"conv": pointwise}),
    "torch.add": (lambda m, x: torch.add(m.conv(x), x), {"conv": pointwise}),
    "x * gate": (lambda m, x: x * m.conv(x.mean((2, 3), keepdim=True)), {"conv": pointwise}),
    "torch.mul": (lambda m, x: torch.mul(x, m.conv(F.adaptive_avg_pool2d(x, 1))), {"conv": pointwise}),
}


def written_over(m, x):
    """A part of the channels goes through a convolution, the others stay."""
    x = x.clone()
    x[:, :4] = m.conv(x[:, :4])
    return x


FORWARD |= {
    "written over": (written_over, {"conv": lambda: nn.Conv2d(4, 4, 3, padding=1)}),
    "Linear over positions": (
        lambda m, x: m.fc(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2),
        {"fc": lambda: nn.Linear(8, 5)},
    ),
    "Linear on tokens": (lambda m, x: m.fc(x.flatten(2).transpose(1, 2)), {"fc": lambda: nn.Linear(8, 5, bias=False)}),
    "F.linear on tokens": (
        lambda m, x: F.linear(x.flatten(2).transpose(1, 2), m.fc.weight, m.fc.bias),
        {"fc": lambda: nn.Linear(8, 5)},
    ),
    "Linear over columns": (lambda m, x: m.fc(x), {"fc": lambda: nn.Linear(6, 5)}),
    "tokens @ weight": (lambda m, x: x.flatten(2).transpose(1, 2) @ m.fc.weight.T, {"fc": lambda: nn.Linear(8, 5)}),
    "weight @ tokens": (lambda m, x: m.fc.weight @ x.flatten(2), {"fc": lambda: nn.Linear(8, 5)}),
    "einsum as 1x1": (
        lambda m, x: torch.einsum("bchw,oc->bohw", x, m.fc.weight),
        {"fc": lambda: nn.Linear(8, 5, bias=False)},
    ),
    "Conv1d": (lambda m, x: m.conv(x.flatten(2)), {"conv": lambda: nn.Conv1d(8, 5, 3, padding=1)}),
    "Conv1d over channels": (
        lambda m, x: x * m.conv(x.mean((2, 3))[:, None]).transpose(1, 2)[..., None].sigmoid(),
        {"conv": lambda: nn.Conv1d(1, 1, 3, padding=1, bias=False)},
    ),
    "ConvTranspose1d": (lambda m, x: m.conv(x.flatten(2)), {"conv": lambda: nn.ConvTranspose1d(8, 5, 2, 2)}),
    "RMSNorm": (
        lambda m, x: m.norm(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2),
        {"norm": lambda: nn.RMSNorm(8)},
    ),
    "LayerNorm over a map": (lambda m, x: m.norm(x), {"norm": lambda: nn.LayerNorm((8, 6, 6))}),
    "BatchNorm1d on tokens": (lambda m, x: m.bn(x.flatten(2)), {"bn": lambda: nn.BatchNorm1d(8)}),
    "class token": (
        lambda m, x: m.fc(torch.cat([m.fc.bias[None, None], x.flatten(2).transpose(1, 2)], 1)),
        {"fc": lambda: nn.Linear(8, 8)},
    ),
    "coordinates": (
        lambda m, x: m.conv(torch.cat([x, torch.ones(1, 1, 6, 6, device=x.device)], 1)),
        {"conv": lambda: nn.Conv2d(9, 4, 1)},
    ),
    "cell from zeros": (
        lambda m, x: m.out(x.mean((2, 3))) + m.state(torch.zeros(1, 8, device=x.device)),
        {"out": lambda: nn.Linear(8, 5), "state": lambda: nn.Linear(8, 5)},
    ),
}


class Attention(nn.Module):
    """Self-attention of two heads over the positions, written out."""

    def __init__(self, channels=8, heads=2):
        super().__init__()
        self.heads, self.norm = heads, nn.LayerNorm(channels)
        self.qkv, self.out = nn.Linear(channels, 3 * channels), nn.Linear(channels, channels)

    def forward(self, x):
        tokens = x.flatten(2).transpose(1, 2)
        b, n, c = tokens.shape
        q, k, v = (
            self.qkv(self.norm(tokens)).reshape(b, n, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        )
        weights = (q @ k.transpose(-2, -1) * (c // self.heads) ** -0.5).softmax(dim=-1)
        return tokens + self.out((weights @ v).transpose(1, 2).reshape(b, n, c))


class GatedBlock(nn.Module):
    """An inverted residual with hard swish and a gate of two convolutions, as in MobileNet V3."""

    def __init__(self, channels=8, wide=24, gate=8):
        super().__init__()
        self.expand = nn.Sequential(nn.Conv2d(channels, wide, 1, bias=False), nn.BatchNorm2d(wide), nn.Hardswish())
        self.filter = nn.Sequential(
            nn.Conv2d(wide, wide, 5, padding=2, groups=wide, bias=False), nn.BatchNorm2d(wide), nn.Hardswish()
        )
        self.pool, self.act, self.gate = nn.AdaptiveAvgPool2d(1), nn.ReLU(), nn.Hardsigmoid()
        self.fc1, self.fc2 = nn.Conv2d(wide, gate, 1), nn.Conv2d(gate, wide, 1)
        self.project = nn.Sequential(nn.Conv2d(wide, channels, 1, bias=False), nn.BatchNorm2d(channels))

    def forward(self, x):
        y = self.filter(self.expand(x))
        return x + self.project(self.gate(self.fc2(self.act(self.fc1(self.pool(y))))) * y)


class ChannelsLastBlock(nn.Module):
    """A depthwise convolution, then layer norm and fully connected layers at each position, as in ConvNeXt."""

    def __init__(self, channels=8):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 7, padding=3, groups=channels)
        self.norm, self.act = nn.LayerNorm(channels), nn.GELU()
        self.fc1, self.fc2 = nn.Linear(channels, 4 * channels), nn.Linear(4 * channels, channels)
        self.scale = nn.Parameter(torch.ones(channels, 1, 1))

    def forward(self, x):
        y = self.norm(self.conv(x).permute(0, 2, 3, 1))
        return x + self.scale * self.fc2(self.act(self.fc1(y))).permute(0, 3, 1, 2)


class BranchesOfFunctions(nn.Module):
    """Branches with activations and pooling as functions, a mean and a classifier, as in Inception."""

    def __init__(self):
        super().__init__()
        self.left, self.right = nn.Conv2d(8, 12, 1), nn.Conv2d(8, 4, 3, padding=1, bias=False)
        self.bn, self.fc = nn.BatchNorm2d(4), nn.Linear(24, 10)

    def forward(self, x):
        left, right = F.relu(self.left(x), inplace=True), F.relu(self.bn(self.right(x)))
        pooled = F.avg_pool2d(x, 3, stride=1, padding=1)
        y = F.max_pool2d(torch.cat([left, right, pooled], 1), 2)
        return F.log_softmax(self.fc(y.mean([2, 3])), dim=1)


NETWORKS = {
    "attention": Attention,
    "gated block": GatedBlock,
    "channels last block": ChannelsLastBlock,
    "branches of functions": BranchesOfFunctions,
}


def _behind_conv(layer):
    return nn.Sequential(pointwise(), layer())


def _function(f):
    return Written(lambda m, x: f(m.conv(x)), conv=pointwise())


def _forward(f, layers):
    return Written(f, **{name: make() for name, make in layers.items()})


MODULES = {
    **{name: lambda make=make: nn.Sequential(make()) for name, make in LAYERS.items()},
    **{name: lambda make=make: _behind_conv(make) for name, make in BEHIND_CONV.items()},
    **{name: lambda f=f: _function(f) for name, f in FUNCTIONS.items()},
    **{name: lambda parts=parts: _forward(*parts) for name, parts in FORWARD.items()},
    **NETWORKS,
}
