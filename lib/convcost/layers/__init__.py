"""Layer kinds, named as in torch.nn: shape rule, weights and raw operations of each, side by side."""

from .activation import ReLU, ReLU6, Softmax
from .base import Layer, Node
from .convolution import Conv2d, Linear
from .joining import Add, ChannelShuffle, Concat, Flatten, ZeroPadChannels
from .normalization import BatchNorm2d, LocalResponseNorm
from .pooling import AdaptiveAvgPool2d, AvgPool2d, MaxPool2d

__all__ = [
    "AdaptiveAvgPool2d", "Add", "AvgPool2d", "BatchNorm2d", "ChannelShuffle", "Concat", "Conv2d", "Flatten",
    "Layer", "Linear", "LocalResponseNorm", "MaxPool2d", "Node", "ReLU", "ReLU6", "Softmax", "ZeroPadChannels",
]
