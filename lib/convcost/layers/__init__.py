"""Layer kinds, named as in torch.nn: shape rule, weights and raw operations of each, side by side."""

from .activation import (
    GELU, Hardsigmoid, Hardswish, LeakyReLU, LogSoftmax, PReLU, ReLU, ReLU6, Sigmoid, SiLU, Softmax, Tanh,
)
from .arithmetic import Divide, Scale, Shift
from .base import Layer, Node
from .capsule import CapsuleLengths, CapsulesToChannels, KeepLongest, Routing, Squash
from .convolution import Conv2d, ConvTranspose2d, Linear, MatMul
from .elementwise import (
    CELU, ELU, GLU, SELU, Elementwise, Hardshrink, Hardtanh, LogSigmoid, Mish, Power, Softplus, Softshrink,
    Threshold,
)
from .joining import (
    Add, ChannelShuffle, Concat, Flatten, Maximum, Minimum, Multiply, Quotient, SelectChannels, Subtract, Unflatten,
    ZeroPad2d, ZeroPadChannels,
)
from .lenet import RadialBasis, ScaleShift
from .moving import (
    ConcatStored, IndexSelect, PixelShuffle, PixelUnshuffle, Rearrange, Roll, Scatter, Stored, View,
)
from .normalization import (
    BatchNorm1d, BatchNorm2d, GroupNorm, InstanceNorm2d, LayerNorm, LocalResponseNorm, RMSNorm,
)
from .padding import CircularPad2d, ConstantPad2d, ReflectionPad2d, ReplicationPad2d
from .pooling import AdaptiveAvgPool2d, AdaptiveMaxPool2d, AvgPool2d, MaxPool2d
from .reducing import Amax, Amin, Mean, Std, Sum, Var, VectorNorm
from .resizing import Fold, Unfold, Upsample

__all__ = [
    "AdaptiveAvgPool2d", "AdaptiveMaxPool2d", "Add", "Amax", "Amin", "AvgPool2d", "BatchNorm1d", "BatchNorm2d",
    "CELU", "CapsuleLengths", "CapsulesToChannels", "ChannelShuffle", "CircularPad2d", "Concat", "ConcatStored",
    "ConstantPad2d", "Conv2d", "ConvTranspose2d", "Divide", "ELU", "Elementwise", "Flatten", "Fold", "GELU",
    "GLU", "GroupNorm", "Hardshrink", "Hardsigmoid", "Hardswish", "Hardtanh", "IndexSelect", "InstanceNorm2d",
    "KeepLongest", "Layer", "LayerNorm", "LeakyReLU", "Linear", "LocalResponseNorm", "LogSigmoid", "LogSoftmax",
    "MatMul", "Maximum", "MaxPool2d", "Mean", "Minimum", "Mish", "Multiply", "Node", "PReLU", "PixelShuffle",
    "PixelUnshuffle", "Power", "Quotient", "RMSNorm", "RadialBasis", "ReLU", "ReLU6", "Rearrange",
    "ReflectionPad2d", "ReplicationPad2d", "Roll", "Routing", "SELU", "Scale", "ScaleShift", "Scatter",
    "SelectChannels", "Shift", "SiLU", "Sigmoid", "Softmax", "Softplus", "Softshrink", "Squash", "Std",
    "Stored", "Subtract", "Sum", "Tanh", "Threshold", "Unflatten", "Unfold", "Upsample", "Var", "VectorNorm",
    "View", "ZeroPad2d", "ZeroPadChannels",
]
