"""Layer kinds, named as in torch.nn: shape rule, weights and raw operations of each, side by side."""

from .activation import (
    GELU, Hardsigmoid, Hardswish, LeakyReLU, LogSoftmax, PReLU, ReLU, ReLU6, Sigmoid, SiLU, Softmax, Tanh,
)
from .arithmetic import Divide, Scale, Shift
from .base import Layer, Node
from .capsule import CapsuleLengths, CapsulesToChannels, KeepLongest, Routing, Squash
from .convolution import Conv2d, ConvTranspose2d, Linear
from .joining import (
    Add, ChannelShuffle, Concat, Flatten, Maximum, Multiply, SelectChannels, Unflatten, ZeroPad2d, ZeroPadChannels,
)
from .lenet import RadialBasis, ScaleShift
from .normalization import BatchNorm1d, BatchNorm2d, GroupNorm, LayerNorm, LocalResponseNorm
from .pooling import AdaptiveAvgPool2d, AdaptiveMaxPool2d, AvgPool2d, MaxPool2d
from .resizing import Upsample

__all__ = [
    "AdaptiveAvgPool2d", "AdaptiveMaxPool2d", "Add", "AvgPool2d", "BatchNorm1d", "BatchNorm2d", "CapsuleLengths",
    "CapsulesToChannels", "ChannelShuffle", "Concat", "Conv2d", "ConvTranspose2d", "Divide", "Flatten", "GELU",
    "GroupNorm", "Hardsigmoid", "Hardswish", "KeepLongest", "Layer", "LayerNorm", "LeakyReLU", "Linear",
    "LocalResponseNorm", "LogSoftmax", "Maximum", "MaxPool2d", "Multiply", "Node", "PReLU", "RadialBasis", "ReLU",
    "ReLU6", "Routing", "Scale", "ScaleShift", "SelectChannels", "Shift", "SiLU", "Sigmoid", "Softmax", "Squash",
    "Tanh", "Unflatten", "Upsample", "ZeroPad2d", "ZeroPadChannels",
]
