"""GoogLeNet: four kernel sizes side by side, each behind a 1x1 convolution that makes it cheap."""

from ..layers import (
    AdaptiveAvgPool2d,
    AvgPool2d,
    Concat,
    Conv2d,
    Flatten,
    Linear,
    LocalResponseNorm,
    MaxPool2d,
    ReLU,
)
from .blocks import classifier, conv_bn, padding_that_keeps
from .definition import model

# Table 1 of the paper: #1x1, #3x3 reduce, #3x3, #5x5 reduce, #5x5, pool proj.
INCEPTION = {
    "3a": (64, 96, 128, 16, 32, 32),
    "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64),
    "4b": (160, 112, 224, 24, 64, 64),
    "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128),
    "5a": (256, 160, 320, 32, 128, 128),
    "5b": (384, 192, 384, 48, 128, 128),
}
POOL_BEFORE = ("4a", "5a")
AUXILIARY_AFTER = ("4a", "4d")


@model("GoogLeNet", 2014, "Szegedy et al. 2014, table 1", ("paper", "torchvision"))
def googlenet(x, num_classes=1000, aux_logits=False, variant="paper"):
    """GoogLeNet (Inception v1).

    aux_logits: with the two auxiliary classifiers, which help in training and are dropped afterwards (section 5);
    they are the second and third output. paper: 5x5 branches, biases, and local response normalisation as in
    figure 3, with AlexNet's size 5, since the paper gives no constants. torchvision: batch norm in place of both,
    3x3 kernels in the 5x5 branches, a 2x2 window in the last max pooling. The paper's table counts in units of 1024
    and has a cheaper first convolution (2.7K for 9,408 weights) than its text. Dropout is left out.
    """
    torchvision = variant == "torchvision"

    def conv(x, out_channels, kernel_size, stride=1):
        if torchvision:
            return ReLU()(conv_bn(x, out_channels, kernel_size, stride), written="F.relu")
        return ReLU()(Conv2d(out_channels, kernel_size, stride, padding_that_keeps(kernel_size))(x))

    def normalise(x):
        return x if torchvision else LocalResponseNorm(5)(x)

    def pool(x, kernel_size=3):
        return MaxPool2d(kernel_size, stride=2, ceil_mode=True)(x)

    def inception(x, one, reduce3, three, reduce5, five, projected):
        return Concat()(
            conv(x, one, 1),
            conv(conv(x, reduce3, 1), three, 3),
            conv(conv(x, reduce5, 1), five, 3 if torchvision else 5),
            conv(MaxPool2d(3, stride=1, padding=1)(x), projected, 1),
        )

    def auxiliary(x):
        x = AdaptiveAvgPool2d(4)(x, written="F.adaptive_avg_pool2d") if torchvision else AvgPool2d(5, stride=3)(x)
        x = Linear(1024)(Flatten()(conv(x, 128, 1)))
        x = ReLU()(x, written="F.relu" if torchvision else None)
        return Linear(num_classes)(x)

    with x.block("stem"):
        x = normalise(pool(conv(x, 64, 7, stride=2)))
        x = pool(normalise(conv(conv(x, 64, 1), 192, 3)))
    heads = []
    for name, channels in INCEPTION.items():
        with x.block(f"inception{name}"):
            if name in POOL_BEFORE:
                x = pool(x, 2 if torchvision and name == "5a" else 3)
            x = inception(x, *channels)
        if aux_logits and name in AUXILIARY_AFTER:
            with x.block(f"aux{len(heads) + 1}"):
                heads.append(auxiliary(x))
    return (classifier(x, num_classes), *heads)
