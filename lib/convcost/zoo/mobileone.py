"""MobileOne: MobileNet's separable layers, trained with several branches, deployed with one."""

from ..layers import BatchNorm2d, Conv2d, ReLU
from .blocks import classifier, conv_bn, padding_that_keeps, squeeze_excite
from .definition import family

BLOCKS = (2, 8, 10, 1)
# Width multipliers of the stages, k, and how many blocks at the end of each stage have squeeze and excite.
SIZES = {
    "S0": ((0.75, 1.0, 1.0, 2.0), 4, (0, 0, 0, 0)),
    "S1": ((1.5, 1.5, 2.0, 2.5), 1, (0, 0, 0, 0)),
    "S2": ((1.5, 2.0, 2.5, 4.0), 1, (0, 0, 0, 0)),
    "S3": ((2.0, 2.5, 3.0, 4.0), 1, (0, 0, 0, 0)),
    "S4": ((3.0, 3.5, 3.5, 4.0), 1, (0, 0, 5, 1)),
}
SE_REDUCTION = 16


def one_block(x, out_channels, kernel_size, stride=1, groups=1, branches=1, se=False, deployed=True):
    """`branches` convolutions side by side, a 1x1 beside larger kernels and, where the shape stays, the map itself.

    Each has batch norm. Deployed, they are one convolution with a bias, which gives the same values.
    """
    if deployed:
        padding = padding_that_keeps(kernel_size)
        y = Conv2d(out_channels, kernel_size, stride, padding, groups=groups)(x, name="conv")
    else:
        kernels = [*([1] if kernel_size > 1 else []), *[kernel_size] * branches]
        summands = [conv_bn(x, out_channels, kernel, stride, groups=groups) for kernel in kernels]
        if x.shape == summands[0].shape:
            summands.append(BatchNorm2d()(x))
        y, *others = summands
        for summand in others:
            y = y + summand
    return ReLU()(squeeze_excite(y, out_channels // SE_REDUCTION) if se else y)


@family(
    "MobileOne",
    2022,
    "Vasu et al. 2022, and the authors' code",
    members={f"mobileone_{size.lower()}": {"size": size} for size in SIZES},
)
def mobileone(x, size, num_classes=1000, deployed=True):
    """MobileOne-{size}: a depthwise and a pointwise block in turn.

    deployed: the branches of each block folded into one convolution, as the paper counts it; else the network that
    is trained, counted at inference. S0 is trained with four convolutions side by side, S4 has squeeze and excite.
    """
    widths, branches, gated = SIZES[size]
    with x.block("stem"):
        x = one_block(x, min(64, int(64 * widths[0])), 3, stride=2, deployed=deployed)
    for stage, (base, width, blocks, last) in enumerate(zip((64, 128, 256, 512), widths, BLOCKS, gated), start=1):
        with x.block(f"stage{stage}"):
            for number in range(1, blocks + 1):
                shared = {"branches": branches, "se": number > blocks - last, "deployed": deployed}
                with x.block(f"block{number}"):
                    with x.block("dw"):
                        x = one_block(x, x.channels, 3, 2 if number == 1 else 1, groups=x.channels, **shared)
                    with x.block("pw"):
                        x = one_block(x, int(base * width), 1, **shared)
    return classifier(x, num_classes)
