"""Any network as a `torch.nn.Module`: to train it, to time it, and to check every count against torch's own.

    >>> from convcost import models, torch_bridge
    >>> module = torch_bridge.to_torch(models.resnet18())
    >>> sum(p.numel() for p in module.parameters())
    11689512

Submodules carry the layers' names, so that the `state_dict` reads `conv2_x.block1.conv1.weight`.
"""

import torch
from torch import nn

from .errors import ConvcostError
from .layers.base import pair
from .numpy_run import matching
from .schedule import INPUT, schedule


def to_torch(network, weights=None):
    """Return the network as a module: (N, C, H, W) -> its output; a tuple where it has several outputs.

    weights: a dictionary of arrays as `numpy_run.random_weights` gives, whose type the module then has; without,
    torch's own random initialisation in float32. On the device of the surrounding `with torch.device(...)`: on
    "meta" even the largest network is there at once, for shapes and counts. Like every module it starts in
    training mode; call `.eval()` before comparing outputs, or batch norm takes the batch's own statistics.
    """
    if weights is None:
        return GraphModule(network)
    with torch.device("meta"):
        module = GraphModule(network)
    module.load_state_dict(_tensors(module, weights), assign=True)
    return module


def load_weights(module, weights):
    """Copy a dictionary of arrays into a module of `to_torch`: all of its tensors, each of the right shape."""
    module.load_state_dict(_tensors(module, weights))


def weights_of(module):
    """Return copies of a module's parameters and running statistics as arrays, as `numpy_run.run` takes them."""
    state = {name: tensor.detach().cpu().numpy().copy() for name, tensor in module.state_dict().items()}
    return {name: array for name, array in state.items() if not name.endswith(BATCH_COUNTER)}


class GraphModule(nn.Module):
    """Runs its layers in forward order and drops each feature map after its last reader."""

    def __init__(self, network):
        super().__init__()
        steps, self._outputs = schedule(network)
        # Names only: a module that held the graph could not be copied or pickled (the recursion goes too deep).
        self._steps = [(node.name, reads, drops) for node, reads, drops in steps]
        for node, _, _ in steps:
            if node.kind not in KINDS:
                raise ConvcostError(f"{node.name}: no torch module for {node.kind}; there is one for {', '.join(KINDS)}")
            _place(self, node.name, KINDS[node.kind](node.layer, node.inputs[0].channels))

    def forward(self, x):
        maps = {INPUT: x}
        for name, reads, drops in self._steps:
            maps[name] = self.get_submodule(name)(*[maps[read] for read in reads])
            for drop in drops:
                del maps[drop]
        return maps[self._outputs[0]] if len(self._outputs) == 1 else tuple([maps[name] for name in self._outputs])


class Add(nn.Module):
    """Sum of maps of one shape."""

    def forward(self, first, *others):
        return sum(others, start=first)


class Concat(nn.Module):
    """Maps stacked along the channels."""

    def forward(self, *maps):
        return torch.cat(maps, dim=1)


class ZeroPadChannels(nn.Module):
    """Every stride-th pixel, and channels of zeros after the old ones."""

    def __init__(self, new_channels, stride):
        super().__init__()
        self.new_channels, self.stride = new_channels, stride

    def forward(self, x):
        return nn.functional.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.new_channels))


def _conv2d(layer, channels):
    stride, padding, dilation = pair("", layer.stride), pair("", layer.padding, 0), pair("", layer.dilation)
    kernel = pair("", layer.kernel_size)
    return nn.Conv2d(channels, layer.out_channels, kernel, stride, padding, dilation, layer.groups, bool(layer.bias))


def _window(layer):
    """Return (kernel_size, stride, padding) of a pooling layer as pairs."""
    return pair("", layer.kernel_size), pair("", layer.stride), pair("", layer.padding, 0)


# Layer kind -> its module: f(layer, channels or features of its first input) -> nn.Module.
KINDS = {
    "AdaptiveAvgPool2d": lambda layer, channels: nn.AdaptiveAvgPool2d(layer.output_size),
    "Add": lambda layer, channels: Add(),
    "AvgPool2d": lambda layer, channels: nn.AvgPool2d(*_window(layer), ceil_mode=layer.ceil_mode),
    "BatchNorm2d": lambda layer, channels: nn.BatchNorm2d(channels),
    "ChannelShuffle": lambda layer, channels: nn.ChannelShuffle(layer.groups),
    "Concat": lambda layer, channels: Concat(),
    "Conv2d": _conv2d,
    "Flatten": lambda layer, channels: nn.Flatten(),
    "Linear": lambda layer, features: nn.Linear(features, layer.out_features, bool(layer.bias)),
    "LocalResponseNorm": lambda layer, channels: nn.LocalResponseNorm(**layer.options()),
    "MaxPool2d": lambda layer, channels: nn.MaxPool2d(*_window(layer), ceil_mode=layer.ceil_mode),
    "ReLU": lambda layer, channels: nn.ReLU(),
    "ReLU6": lambda layer, channels: nn.ReLU6(),
    "Softmax": lambda layer, channels: nn.Softmax(dim=1),
    "ZeroPadChannels": lambda layer, channels: ZeroPadChannels(layer.out_channels - channels, layer.stride),
}

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
