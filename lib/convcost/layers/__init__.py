"""Layer kinds, named as in torch.nn: shape rule, weights and raw operations of each, side by side."""

from .activation import ReLU, ReLU6, Sigmoid, Softmax, Tanh
from .base import Layer, Node
from .capsule import CapsuleLengths, CapsulesToChannels, KeepLongest, Routing, Squash
from .convolution import Conv2d, Linear
from .joining import (
    Add, ChannelShuffle, Concat, Flatten, Maximum, Multiply, SelectChannels, ZeroPad2d, ZeroPadChannels,
)
from .lenet import RadialBasis, ScaleShift
from .normalization import BatchNorm2d, LocalResponseNorm
from .pooling import AdaptiveAvgPool2d, AvgPool2d, MaxPool2d

__all__ = [
    "AdaptiveAvgPool2d", "Add", "AvgPool2d", "BatchNorm2d", "CapsuleLengths", "CapsulesToChannels",
    "ChannelShuffle", "Concat", "Conv2d", "Flatten", "KeepLongest", "Layer", "Linear",
    "LocalResponseNorm", "Maximum", "MaxPool2d", "Multiply", "Node", "RadialBasis", "ReLU", "ReLU6",
    "Routing", "ScaleShift", "SelectChannels", "Sigmoid", "Softmax", "Squash", "Tanh", "ZeroPad2d",
    "ZeroPadChannels",
]
