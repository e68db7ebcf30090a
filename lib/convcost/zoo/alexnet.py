"""AlexNet, the network that started it."""

from ..layers import AdaptiveAvgPool2d, Conv2d, Flatten, Linear, LocalResponseNorm, MaxPool2d, ReLU
from .definition import model


@model(
    "AlexNet",
    2012,
    "Krizhevsky, Sutskever, Hinton 2012, section 3.5 and figure 2",
    variants=("paper", "torchvision"),
    resolutions={"paper": 227},
)
def alexnet(x, num_classes=1000, variant="paper"):
    """Five convolutions and three fully connected layers.

    paper: both halves of the network, which ran on two GPUs, drawn as groups=2 in conv2, conv4 and conv5.
    The paper says 224 x 224 inputs; 55 x 55 outputs of conv1 need 227 without padding, which is the default here.
    torchvision: the one-tower form of Krizhevsky 2014 ("One weird trick"), 224 with padding 2, no normalisation.
    Dropout, which does nothing at inference, is left out.
    """
    one_tower = variant == "torchvision"
    channels = (64, 192, 384, 256, 256) if one_tower else (96, 256, 384, 384, 256)
    groups = 1 if one_tower else 2
    with x.block("features"):
        x = ReLU()(Conv2d(channels[0], kernel_size=11, stride=4, padding=2 if one_tower else 0)(x))
        x = x if one_tower else LocalResponseNorm(5, alpha=5e-4, k=2.0)(x)
        x = MaxPool2d(3, stride=2)(x)
        x = ReLU()(Conv2d(channels[1], kernel_size=5, padding=2, groups=groups)(x))
        x = x if one_tower else LocalResponseNorm(5, alpha=5e-4, k=2.0)(x)
        x = MaxPool2d(3, stride=2)(x)
        x = ReLU()(Conv2d(channels[2], kernel_size=3, padding=1)(x))
        x = ReLU()(Conv2d(channels[3], kernel_size=3, padding=1, groups=groups)(x))
        x = ReLU()(Conv2d(channels[4], kernel_size=3, padding=1, groups=groups)(x))
        x = MaxPool2d(3, stride=2)(x)
    with x.block("classifier"):
        x = Flatten()(AdaptiveAvgPool2d(6)(x) if one_tower else x)
        x = ReLU()(Linear(4096)(x))
        x = ReLU()(Linear(4096)(x))
        return Linear(num_classes)(x)
