"""CapsNet: groups of neurons that vote for what they are part of."""

from ..layers import (
    CapsuleLengths,
    CapsulesToChannels,
    Conv2d,
    Flatten,
    KeepLongest,
    Linear,
    ReLU,
    Routing,
    Sigmoid,
    Squash,
)
from .definition import model

PRIMARY_TYPES, PRIMARY_DIM, CLASS_DIM = 32, 8, 16


@model("CapsNet", 2017, "Sabour, Frosst, Hinton 2017, figures 1 and 2", resolutions=28, channels=1)
def capsnet(x, num_classes=10, routing_iterations=3, decoder=True):
    """CapsNet on one channel of 28 x 28 (MNIST); outputs: the lengths of the class capsules, the reconstruction.

    Every primary capsule has a trained matrix of its own for each class, which is a 1x1 convolution in as many groups
    as there are primary capsules. Routing has no trained weights: its products count as operations, not as macs, and
    its logits start at zero instead of being stored. decoder: three fully connected layers that draw the image from
    the longest capsule; it serves training, and the paper gives its parameters with it (8.2M) and without (6.8M).
    routing_iterations: how often the predictions are added up (procedure 1).
    """
    pixels = x.elements
    with x.block("conv1"):
        x = ReLU()(Conv2d(256, kernel_size=9)(x))
    with x.block("primary_capsules"):
        x = Squash(PRIMARY_DIM)(Conv2d(PRIMARY_TYPES * PRIMARY_DIM, kernel_size=9, stride=2)(x))
    with x.block("class_capsules"):
        x = CapsulesToChannels(PRIMARY_DIM)(x)
        capsules = x.channels // PRIMARY_DIM
        predictions = Conv2d(capsules * num_classes * CLASS_DIM, kernel_size=1, groups=capsules, bias=False)(x)
        x = Routing(num_classes, CLASS_DIM, routing_iterations)(predictions)
        lengths = CapsuleLengths(CLASS_DIM)(x)
        scores = Flatten()(lengths)
    if not decoder:
        return scores
    with x.block("decoder"):
        x = Flatten()(KeepLongest()(x, lengths))
        x = ReLU()(Linear(512)(x))
        x = ReLU()(Linear(1024)(x))
        return scores, Sigmoid()(Linear(pixels)(x))
