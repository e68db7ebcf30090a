"""Any network as a `torch.nn.Module`: to train it, to time it, and to check every count against torch's own.

Submodules carry the layers' names, so that the `state_dict` reads `conv2_x.block1.conv1.weight`.
"""

from collections.abc import Mapping
from typing import Any

from convcost.extras import torch
from torch import nn

from ..errors import ConvcostError
from ..layers import Node
from ..network import Network
from ..numpy_run import matching
from ..schedule import INPUT, run_order
from . import own_modules as functions
from .own_modules import Function


def to_torch(network: Network, weights: Mapping[str, Any] | None = None) -> "GraphModule":
    """Return the network as a module: (N, C, H, W) -> its output; a tuple where it has several outputs.

    weights: a dictionary of arrays as `numpy_run.random_weights` gives, whose type the module then has;
    without, torch's own random initialisation, on the device of the surrounding `with torch.device(...)`: on
    "meta" even the largest network is there at once, for shapes and counts. Like every module it starts in
    training mode; call `.eval()` before comparing outputs, or batch norm takes the batch's own statistics.
    """
    if weights is None:
        return GraphModule(network)
    with torch.device("meta"):
        module = GraphModule(network)
    module.load_state_dict(_tensors(module, weights), assign=True)
    return module


def load_weights(module: nn.Module, weights: Mapping[str, Any]) -> None:
    """Copy a dictionary of arrays into a module of `to_torch`: all of its tensors, each of its shape."""
    module.load_state_dict(_tensors(module, weights))


def weights_of(module: nn.Module) -> dict[str, Any]:
    """Return a module's parameters and running statistics, copied to arrays for `numpy_run.run`."""
    state = {name: tensor.detach().cpu().numpy().copy() for name, tensor in module.state_dict().items()}
    return {name: array for name, array in state.items() if not name.endswith(BATCH_COUNTER)}


class GraphModule(nn.Module):
    """Runs its layers in forward order and drops each feature map after its last reader."""

    def __init__(self, network: Network):
        super().__init__()
        steps, self._outputs = run_order(network)
        self._steps = [(node.name, reads, drops) for node, reads, drops in steps]
        for node in network.layers:
            if node.kind not in MODULE_OF_KIND:
                known = ", ".join(MODULE_OF_KIND)
                raise ConvcostError(f"{node.name}: no torch module for {node.kind}; there is one for {known}")
            module = module_of(node)
            if not type(module).__module__.startswith("torch."):
                module.convcost_layer = node.layer  # the way back: see `from_torch`
            _place(self, node.name, module)

    def forward(self, x: torch.Tensor) -> torch.Tensor | tuple[torch.Tensor, ...]:
        maps = {INPUT: x}
        for name, reads, drops in self._steps:
            maps[name] = self.get_submodule(name)(*[maps[read] for read in reads])
            for drop in drops:
                del maps[drop]
        outputs = tuple([maps[name] for name in self._outputs])
        return outputs[0] if len(outputs) == 1 else outputs


def _conv2d(layer, channels):
    return nn.Conv2d(channels, layer.out_channels, *layer.window(), layer.groups, bool(layer.bias))


def _conv_transpose2d(layer, channels):
    kernel, stride, padding, output_padding, dilation = layer.spread()
    return nn.ConvTranspose2d(
        channels, layer.out_channels, kernel, stride, padding, output_padding, layer.groups, layer.bias, dilation
    )


def _pool(kind, layer):
    kernel, stride, padding, _ = layer.window()
    return kind(kernel, stride, padding, ceil_mode=layer.ceil_mode)


def _upsample(layer):
    if layer.antialias:
        return Function(functions.antialiased, layer.size, layer.mode)
    return nn.Upsample(layer.size, mode=layer.mode)


def _windows(kind, layer, *size):
    kernel, stride, padding, dilation = layer.window()
    return kind(*size, kernel, dilation, padding, stride)


def _softmax(kind, layer):
    axes = tuple(layer.axes)
    return kind(dim=axes[0] + 1) if len(axes) == 1 else Function(functions.softmax, axes, kind is nn.LogSoftmax)


# Layer kind -> its module: f(layer, channels or features of its first input) -> nn.Module.
MODULE_OF_KIND = {
    "AdaptiveAvgPool2d": lambda layer, channels: nn.AdaptiveAvgPool2d(layer.output_size),
    "AdaptiveMaxPool2d": lambda layer, channels: nn.AdaptiveMaxPool2d(layer.output_size),
    "Add": lambda layer, channels: Function(functions.add),
    "AvgPool2d": lambda layer, channels: _pool(nn.AvgPool2d, layer),
    "BatchNorm1d": lambda layer, features: nn.BatchNorm1d(features, affine=layer.affine),
    "BatchNorm2d": lambda layer, channels: nn.BatchNorm2d(channels, affine=layer.affine),
    "CapsuleLengths": lambda layer, channels: Function(functions.capsule_lengths, layer.dim),
    "CapsulesToChannels": lambda layer, channels: Function(functions.capsules_to_channels, layer.dim),
    "ChannelShuffle": lambda layer, channels: nn.ChannelShuffle(layer.groups),
    "Concat": lambda layer, channels: (
        Function(functions.concat) if layer.axis == 0 else functions.concat_along(layer.axis)
    ),
    "Conv2d": _conv2d,
    "ConvTranspose2d": _conv_transpose2d,
    "Divide": lambda layer, channels: functions.Constant(torch.div, layer.shape, layer.trained),
    "Flatten": lambda layer, channels: nn.Flatten(),
    "GELU": lambda layer, channels: nn.GELU(layer.approximate),
    "GroupNorm": lambda layer, channels: nn.GroupNorm(layer.num_groups, channels, affine=layer.affine),
    "Hardsigmoid": lambda layer, channels: nn.Hardsigmoid(),
    "Hardswish": lambda layer, channels: nn.Hardswish(),
    "KeepLongest": lambda layer, channels: Function(functions.keep_longest),
    "LayerNorm": lambda layer, channels: functions.LayerNorm(channels, layer.elementwise_affine, layer.bias),
    "LeakyReLU": lambda layer, channels: nn.LeakyReLU(layer.negative_slope),
    "Linear": lambda layer, features: nn.Linear(features, layer.out_features, bool(layer.bias)),
    "LocalResponseNorm": lambda layer, channels: nn.LocalResponseNorm(**layer.options()),
    "LogSoftmax": lambda layer, channels: _softmax(nn.LogSoftmax, layer),
    "Maximum": lambda layer, channels: Function(functions.maximum),
    "MaxPool2d": lambda layer, channels: _pool(nn.MaxPool2d, layer),
    "Multiply": lambda layer, channels: Function(torch.mul),
    "PReLU": lambda layer, channels: nn.PReLU(layer.num_parameters),
    "RadialBasis": lambda layer, features: functions.RadialBasis(features, layer.out_features),
    "ReLU": lambda layer, channels: nn.ReLU(),
    "ReLU6": lambda layer, channels: nn.ReLU6(),
    "Routing": lambda layer, channels: Function(functions.routing, *layer.options().values()),
    "Scale": lambda layer, channels: functions.Constant(torch.mul, layer.shape, layer.trained),
    "ScaleShift": lambda layer, channels: functions.ScaleShift(channels),
    "SelectChannels": lambda layer, channels: Function(functions.select_channels, list(layer.channels)),
    "Shift": lambda layer, channels: functions.Constant(torch.add, layer.shape, layer.trained),
    "SiLU": lambda layer, channels: nn.SiLU(),
    "Sigmoid": lambda layer, channels: nn.Sigmoid(),
    "Softmax": lambda layer, channels: _softmax(nn.Softmax, layer),
    "Squash": lambda layer, channels: Function(functions.squash, layer.dim),
    "Tanh": lambda layer, channels: nn.Tanh(),
    "Unflatten": lambda layer, channels: Function(functions.unflatten, tuple(layer.shape)),
    "Upsample": lambda layer, channels: _upsample(layer),
    "ZeroPad2d": lambda layer, channels: nn.ZeroPad2d(tuple(layer.padding)),
    "ZeroPadChannels": lambda layer, channels: Function(
        functions.zero_pad_channels, layer.out_channels - channels, layer.stride
    ),
    # What torch code has besides.
    "Amax": lambda layer, channels: functions.Reduction(torch.amax, layer.axes),
    "Amin": lambda layer, channels: functions.Reduction(torch.amin, layer.axes),
    "CELU": lambda layer, channels: nn.CELU(layer.alpha),
    "CircularPad2d": lambda layer, channels: nn.CircularPad2d(tuple(layer.padding)),
    "ConcatStored": lambda layer, channels: None,  # made from its input's shape: see `module_of`
    "ConstantPad2d": lambda layer, channels: nn.ConstantPad2d(tuple(layer.padding), layer.value),
    "ELU": lambda layer, channels: nn.ELU(layer.alpha),
    "Elementwise": lambda layer, channels: Function(getattr(torch, layer.function)),
    "Fold": lambda layer, channels: _windows(nn.Fold, layer, layer.output_size),
    "GLU": lambda layer, channels: nn.GLU(dim=1),
    "Hardshrink": lambda layer, channels: nn.Hardshrink(layer.lambd),
    "Hardtanh": lambda layer, channels: Function(torch.clamp, layer.min_val, layer.max_val),
    "IndexSelect": lambda layer, channels: Function(
        lambda x: x.index_select(layer.axis + 1, torch.tensor(layer.indices, device=x.device))
    ),
    "InstanceNorm2d": lambda layer, channels: nn.InstanceNorm2d(channels, affine=layer.affine),
    "LogSigmoid": lambda layer, channels: nn.LogSigmoid(),
    "MatMul": lambda layer, channels: Function(torch.matmul),
    "Mean": lambda layer, channels: functions.Reduction(torch.mean, layer.axes),
    "Minimum": lambda layer, channels: Function(functions.minimum),
    "Mish": lambda layer, channels: nn.Mish(),
    "PixelShuffle": lambda layer, channels: nn.PixelShuffle(layer.upscale_factor),
    "PixelUnshuffle": lambda layer, channels: nn.PixelUnshuffle(layer.downscale_factor),
    "Power": lambda layer, channels: Function(torch.pow, layer.exponent),
    "Quotient": lambda layer, channels: Function(torch.div),
    "RMSNorm": lambda layer, channels: functions.RMSNorm(channels, 1e-5, layer.elementwise_affine),
    "Rearrange": lambda layer, channels: functions.rearranged(layer),
    "ReflectionPad2d": lambda layer, channels: nn.ReflectionPad2d(tuple(layer.padding)),
    "ReplicationPad2d": lambda layer, channels: nn.ReplicationPad2d(tuple(layer.padding)),
    "Roll": lambda layer, channels: Function(torch.roll, tuple(layer.shifts), tuple(range(1, len(layer.shifts) + 1))),
    "SELU": lambda layer, channels: nn.SELU(),
    "Scatter": lambda layer, channels: Function(functions.scatter, layer.digits, layer.offset),
    "Softplus": lambda layer, channels: nn.Softplus(layer.beta, layer.threshold),
    "Softshrink": lambda layer, channels: nn.Softshrink(layer.lambd),
    "Std": lambda layer, channels: functions.Reduction(torch.std, layer.axes),
    "Stored": lambda layer, channels: functions.Stored(tuple(layer.shape), layer.trained),
    "Subtract": lambda layer, channels: Function(torch.sub),
    "Sum": lambda layer, channels: functions.Reduction(torch.sum, layer.axes),
    "Threshold": lambda layer, channels: nn.Threshold(layer.threshold, layer.value),
    "Var": lambda layer, channels: functions.Reduction(torch.var, layer.axes),
    "Unfold": lambda layer, channels: _windows(nn.Unfold, layer),
    "VectorNorm": lambda layer, channels: Function(functions.vector_norm, layer.ord, tuple(layer.axes)),
    "View": lambda layer, channels: Function(functions.unflatten, tuple(layer.shape)),
}


def module_of(node: Node) -> nn.Module:
    """Return the torch module of a layer."""
    x, layer = node.inputs[0], node.layer
    if node.kind == "ConcatStored":
        return functions.ConcatStored(layer.before, layer.axis, layer.stored(x.shape)["weight"], layer.trained)
    if node.kind == "LayerNorm" and layer.whole:
        return nn.LayerNorm(x.shape, elementwise_affine=layer.elementwise_affine, bias=layer.bias)
    return MODULE_OF_KIND[node.kind](layer, x.channels)


BATCH_COUNTER = ".num_batches_tracked"  # torch's count of training steps: no part of what a network computes


def _place(root, name, module):
    """Hang a module under its dotted name, with an empty module for each block on the way."""
    *blocks, last = name.split(".")
    for block in blocks:
        if block not in root._modules:
            _place(root, block, nn.Module())
        root = root._modules[block]
    if not last or hasattr(root, last):
        raise ConvcostError(f"{name}: torch has another use for a module of this name; choose another")
    root.add_module(last, module)


def _tensors(module, weights):
    """Return the arrays as tensors, once it is sure that they are all of the module's and nothing else."""
    shapes = {name: t.shape for name, t in module.state_dict().items() if not name.endswith(BATCH_COUNTER)}
    for name in weights:
        if name not in shapes:
            raise ConvcostError(f"weights: {name} belongs to no layer of this module")
    return {name: torch.tensor(array) for name, array in matching(weights, shapes).items()}
