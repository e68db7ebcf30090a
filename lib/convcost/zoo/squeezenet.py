"""SqueezeNet: few channels into the 3x3 filters, late down-sampling, no fully connected layer."""

from ..errors import ConvcostError
from ..layers import AdaptiveAvgPool2d, Concat, Conv2d, Flatten, MaxPool2d, ReLU
from .definition import family

FIRST_FIRE, FIRES = 2, 8  # fire2 to fire9
BYPASSES = ("none", "simple", "complex")
# Channels and kernel size of conv1, and the layers that a 3x3 max pooling with stride 2 follows.
RELEASES = {"1.0": (96, 7, ("conv1", "fire4", "fire8")), "1.1": (64, 3, ("conv1", "fire3", "fire5"))}


def fire(x, squeeze, expand1x1, expand3x3, bypass):
    """Squeeze with 1x1, expand with 1x1 and 3x3 side by side (figure 1).

    simple bypass: the input is added where it has the output's channels; complex: elsewhere too, through a 1x1
    convolution (figure 2).
    """
    y = ReLU()(Conv2d(squeeze, 1)(x, name="squeeze"))
    y = Concat()(
        ReLU()(Conv2d(expand1x1, 1)(y, name="expand1x1")),
        ReLU()(Conv2d(expand3x3, 3, padding=1)(y, name="expand3x3")),
    )
    if bypass != "none" and x.channels == y.channels:
        return x + y
    return Conv2d(y.channels, 1)(x, name="bypass") + y if bypass == "complex" else y


@family(
    "SqueezeNet",
    2016,
    "Iandola et al. 2016, table 1, figure 2, section 5.1",
    members={
        "squeezenet1_0": {"release": "1.0"},
        "squeezenet1_1": {"release": "1.1", "source": "Iandola et al. 2016, and the authors' release 1.1"},
    },
    variants=("paper", "torchvision"),
    resolutions={"paper": 227},
    choices={"bypass": BYPASSES},
)
def squeezenet(
    x,
    release,
    num_classes=1000,
    bypass="none",
    squeeze_ratio=0.125,
    pct_3x3=0.5,
    base_expand=128,
    increment=128,
    every=2,
):
    """SqueezeNet {release}; the variants differ in the default resolution alone.

    Table 1 prints 224 x 224 images and a 111 x 111 map behind the unpadded 7x7 convolution, which needs 227: the
    paper's default here. torchvision's 224 gives 109. Its "1.1", which the paper does not have, begins smaller and
    pools earlier. bypass: "none", "simple" or "complex" (figure 2), which the paper describes for 1.0.
    squeeze_ratio, pct_3x3, base_expand, increment, every: the metaparameters of section 5.1. Fire module i, from 0,
    expands to base_expand + increment * floor(i / every) filters, the share pct_3x3 of them 3x3; it squeezes to
    squeeze_ratio times as many. Fractions are rounded. Dropout is left out.
    """
    if pct_3x3 >= 1:
        raise ConvcostError(f"pct_3x3={pct_3x3} must be below 1: it is the share of 3x3 in the expand filters")
    first_channels, first_kernel, pool_after = RELEASES[release]

    def pool(x, layer):
        last = f"maxpool{layer[-1]}"
        return MaxPool2d(3, stride=2, ceil_mode=True)(x, name=last) if layer in pool_after else x

    with x.block("conv1"):
        x = ReLU()(Conv2d(first_channels, first_kernel, stride=2)(x))
    x = pool(x, "conv1")
    for i in range(FIRES):
        expand = base_expand + increment * (i // every)
        expand3x3 = round(pct_3x3 * expand)
        with x.block(f"fire{i + FIRST_FIRE}"):
            x = fire(x, round(squeeze_ratio * expand), expand - expand3x3, expand3x3, bypass)
        x = pool(x, f"fire{i + FIRST_FIRE}")
    with x.block("conv10"):
        x = ReLU()(Conv2d(num_classes, 1)(x))
    return Flatten()(AdaptiveAvgPool2d(1)(x, name="avgpool10"))
