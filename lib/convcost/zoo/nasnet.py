"""NASNet-A: two cells found by a search, stacked."""

from ..layers import AvgPool2d, BatchNorm2d, Concat, Conv2d, MaxPool2d, ReLU, ZeroPad2d
from .blocks import classifier, conv_bn, separable_bn
from .definition import model

# Figure 4 of the paper: each new state is the sum of two operations, each on an earlier state. State 0 is the output of
# the cell before, state 1 that of the cell before it, states 2 to 6 are the sums.
NORMAL = (
    ("sep5", 0, "sep3", 1),
    ("sep5", 1, "sep3", 1),
    ("avg", 0, "identity", 1),
    ("avg", 1, "avg", 1),
    ("sep3", 0, "identity", 0),
)
REDUCTION = (
    ("sep5", 0, "sep7", 1),
    ("max", 0, "sep7", 1),
    ("avg", 0, "sep5", 1),
    ("identity", 3, "avg", 2),
    ("sep3", 2, "max", 0),
)
STACKED = {NORMAL: slice(1, None), REDUCTION: slice(3, None)}  # the states that make the output


def operation(x, name, channels, stride):
    """A separable convolution (applied twice, appendix A.4), a 3x3 pooling, or nothing."""
    if name == "identity":
        return x
    if name in ("avg", "max"):
        return (AvgPool2d if name == "avg" else MaxPool2d)(3, stride, padding=1)(x)
    kernel_size = int(name[-1])
    x = separable_bn(ReLU()(x), channels, kernel_size, stride)
    return separable_bn(ReLU()(x), channels, kernel_size)


def fitted(x, like, channels):
    """x as a state: of the side of `like` and that many channels, where it has neither yet.

    To halve the side, half of the channels see the even pixels, the other half the odd ones.
    """
    if x.height != like.height:
        x = ReLU()(x)
        odd = ZeroPad2d((-1, 1, -1, 1))(x)
        return BatchNorm2d()(
            Concat()(*[Conv2d(channels // 2, 1, bias=False)(AvgPool2d(1, stride=2)(y)) for y in (x, odd)])
        )
    return conv_bn(ReLU()(x), channels, 1) if x.channels != channels else x


def cell(x, before, channels, plan):
    """A cell of the plan on the outputs of the two cells before it; the first one of all has only one: the image's."""
    stride = 2 if plan is REDUCTION else 1
    with x.block("state0"):
        now = conv_bn(ReLU()(x), channels, 1)
    with x.block("state1"):
        states = [now, x if before is None else fitted(before, x, channels)]
    for number, (left, i, right, j) in enumerate(plan, start=2):
        with x.block(f"state{number}"):
            states.append(
                operation(states[i], left, channels, stride if i < 2 else 1)
                + operation(states[j], right, channels, stride if j < 2 else 1)
            )
    return Concat()(*states[STACKED[plan]])


@model("NASNet", 2017, "Zoph, Vasudevan, Shlens, Le 2017, figures 2 and 4, appendix A.4, table 2")
def nasnet_a_mobile(x, num_classes=1000):
    """NASNet-A (4 @ 1056), the mobile one: three times four normal cells, 1056 channels before the classifier.

    What the paper leaves open is as in the authors' released code: 32 channels in the first convolution, two
    reduction cells of 11 and 22 channels behind it, then 44, doubled by each reduction. There the padding of layers
    with stride 2 is one larger behind than before; here it is the same on both sides, for the same sizes and counts.
    """
    with x.block("conv1"):
        x = conv_bn(x, 32, 3, stride=2, padding=0)
    plan = [("stem1", 11, REDUCTION), ("stem2", 22, REDUCTION)]
    for stage, channels in enumerate((44, 88, 176)):
        plan += [(f"reduction{stage}", channels, REDUCTION)] if stage else []
        plan += [(f"cell{4 * stage + number}", channels, NORMAL) for number in (1, 2, 3, 4)]
    before = None
    for name, channels, kind in plan:
        with x.block(name):
            before, x = x, cell(x, before, channels, kind)
    return classifier(ReLU()(x), num_classes)
