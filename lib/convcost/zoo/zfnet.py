"""ZFNet: AlexNet after a look inside."""

from ..layers import Conv2d, Flatten, Linear, MaxPool2d, ReLU
from .definition import model


@model("ZFNet", 2013, "Zeiler and Fergus 2013, figure 3")
def zfnet(x, num_classes=1000):
    """AlexNet with a finer first layer (7x7, stride 2), all maps connected.

    The figure gives the sizes 110, 55, 26, 13 and 6 but no padding. They need a padding of 1 in the first
    convolution and pooling that keeps a last, partly filled window. The contrast normalisation after the first two
    pooling layers, whose constants the paper does not give, and dropout are left out.
    """
    with x.block("features"):
        x = ReLU()(Conv2d(96, kernel_size=7, stride=2, padding=1)(x))
        x = MaxPool2d(3, stride=2, ceil_mode=True)(x)
        x = ReLU()(Conv2d(256, kernel_size=5, stride=2)(x))
        x = MaxPool2d(3, stride=2, ceil_mode=True)(x)
        x = ReLU()(Conv2d(384, kernel_size=3, padding=1)(x))
        x = ReLU()(Conv2d(384, kernel_size=3, padding=1)(x))
        x = ReLU()(Conv2d(256, kernel_size=3, padding=1)(x))
        x = MaxPool2d(3, stride=2, ceil_mode=True)(x)
    with x.block("classifier"):
        x = ReLU()(Linear(4096)(Flatten()(x)))
        x = ReLU()(Linear(4096)(x))
        return Linear(num_classes)(x)
