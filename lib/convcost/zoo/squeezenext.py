"""SqueezeNext: two squeezes before a 3x3 that is cut into 3x1 and 1x3, and a shortcut around it all."""

from ..layers import MaxPool2d, ReLU
from .blocks import classifier, conv_bn_relu
from .definition import model

STAGE_CHANNELS = (32, 64, 128, 256)
# First kernel size, units in each stage.
VARIANTS = {"paper": (7, (6, 6, 8, 1)), "v5": (5, (2, 4, 14, 1))}


def unit(x, out_channels, stride, groups, first_kernel, project, serial):
    """Half and a quarter of the output channels, 3x1 and 1x3 in one order or the other, all of them (figure 2).

    project: the shortcut is a 1x1 convolution; serial: the other branch then reads what that gives.
    """
    shortcut = x
    if project:
        shortcut = conv_bn_relu(x, out_channels, 1, stride, name="shortcut")
        x, stride = (shortcut, 1) if serial else (x, stride)
    y = conv_bn_relu(x, out_channels // 2, 1, stride, groups=groups, name="squeeze1")
    y = conv_bn_relu(y, out_channels // 4, 1, name="squeeze2")
    y = conv_bn_relu(y, out_channels // 2, first_kernel, groups=groups, name="sep1")
    y = conv_bn_relu(y, out_channels // 2, first_kernel[::-1], groups=groups, name="sep2")
    return ReLU()(shortcut + conv_bn_relu(y, out_channels, 1, name="expand"))


@model("SqueezeNext", 2018, "Gholami et al. 2018, figures 2 and 6", tuple(VARIANTS), resolutions=227)
def squeezenext(x, width_mult=1.0, groups=1, num_classes=1000, variant="paper"):
    """SqueezeNext: `width_mult`-SqNxt-23, as in the authors' released definitions, for images of 227 x 227.

    width_mult scales the four stages; the first convolution keeps 64 channels and the last 128. v5: SqNxt-23v5, made
    for hardware: a smaller first kernel, most units in the third stage, and at the start of a stage the branch behind
    the projection instead of beside it. groups=2 is 1.0-G-SqNxt-23, with groups in the first 1x1 and the two separable
    convolutions of a unit. No layer has a bias. The deeper 34 and 44 were not released.
    """
    first_kernel, repeats = VARIANTS[variant]
    with x.block("conv1"):
        x = conv_bn_relu(x, 64, first_kernel, stride=2, padding=0)
        x = MaxPool2d(3, stride=2, ceil_mode=True)(x)
    kernel = (3, 1)
    for stage, (channels, n) in enumerate(zip(STAGE_CHANNELS, repeats), start=1):
        with x.block(f"stage{stage}"):
            for number in range(1, n + 1):
                first = number == 1
                with x.block(f"unit{number}"):
                    x = unit(
                        x,
                        int(channels * width_mult),
                        2 if first and stage > 1 else 1,
                        groups,
                        kernel,
                        project=first,
                        serial=variant == "v5",
                    )
                kernel = kernel[::-1]
    with x.block("conv2"):
        x = conv_bn_relu(x, 128, 1)
    return classifier(x, num_classes, bias=False)
