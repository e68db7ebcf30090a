"""ResNets for 32 x 32 images, from 20 to more than a thousand layers."""

from ..errors import ConvcostError
from ..layers import BatchNorm2d, Conv2d, ReLU, ZeroPadChannels
from .blocks import bn_relu_conv, classifier, conv_bn
from .definition import model
from .resnet import SHORTCUTS, basic, residual_stages

LAYERS = {"basic": 2, "bottleneck": 3}  # weight layers in a block


def blocks_per_stage(depth, layers):
    """Return n of depth = 3 stages x n blocks x layers + 2, the first convolution and the classifier."""
    n, left_over = divmod(depth - 2, 3 * layers)
    if left_over or n < 1:
        examples = {2: "20, 32, 44, 56, 110, 1202", 3: "29, 56, 110, 164, 1001"}[layers]
        raise ConvcostError(f"depth={depth} must be {3 * layers}n + 2: {examples}, ...")
    return n


@model(
    "ResNet", 2015, "He, Zhang, Ren, Sun 2015, section 4.2 and table 6", resolutions=32, choices={"shortcut": SHORTCUTS}
)
def resnet_cifar(x, depth=20, num_classes=10, shortcut="A"):
    """ResNet for CIFAR: three stages of 16, 32 and 64 channels; depth is 6n + 2, all blocks of two 3x3 convolutions.

    shortcut: as in the ImageNet ResNets; the paper uses "A", without parameters, here.
    """
    n = blocks_per_stage(depth, LAYERS["basic"])
    with x.block("conv1"):
        x = ReLU()(conv_bn(x, 16, 3))
    x = residual_stages(x, [n] * 3, 16, basic, shortcut, first_name=2)
    return classifier(x, num_classes)


def convolve(x, out_channels, kernel_size, stride=1):
    return Conv2d(out_channels, kernel_size, stride, kernel_size // 2, bias=False)(x)


def preact_bottleneck(x, channels, stride):
    """1x1, 3x3, 1x1 to four times as many; where the shape changes, the shortcut starts behind the first ReLU."""
    activated = ReLU()(BatchNorm2d()(x))
    y = convolve(activated, channels, 1, stride)
    y = bn_relu_conv(bn_relu_conv(y, channels, 3), 4 * channels, 1)
    if y.shape == x.shape:
        return x + y
    with x.block("shortcut"):
        projected = convolve(activated, 4 * channels, 1, stride)
    return projected + y


def preact_basic(x, channels, stride):
    """Two 3x3 convolutions; the shortcut has no parameters."""
    y = bn_relu_conv(bn_relu_conv(x, channels, 3, stride), channels, 3)
    return y + (x if y.shape == x.shape else ZeroPadChannels(channels, stride)(x))


PREACT = {"bottleneck": preact_bottleneck, "basic": preact_basic}


@model("ResNet", 2016, "He, Zhang, Ren, Sun 2016, figure 1b and table 4", resolutions=32, choices={"block": PREACT})
def preact_resnet(x, depth=164, block="bottleneck", num_classes=10):
    """Pre-activation ResNet for CIFAR: nothing but additions on the way from the first to the last block.

    block: "bottleneck" (depth 9n + 2, as ResNet-164 and ResNet-1001) or "basic" (depth 6n + 2, as ResNet-110). The
    stages have 16, 32 and 64 channels, four times as many at the ends of a bottleneck. The paper does not print
    where a bottleneck has its stride and how it projects; as in the authors' code: in the first 1x1 convolution, and
    by a 1x1 convolution without batch norm.
    """
    n = blocks_per_stage(depth, LAYERS[block])
    with x.block("conv1"):
        x = convolve(x, 16, 3)
    for stage in range(3):
        with x.block(f"conv{stage + 2}_x"):
            for number in range(1, n + 1):
                with x.block(f"block{number}"):
                    x = PREACT[block](x, 16 << stage, 2 if stage > 0 and number == 1 else 1)
    with x.block("last"):
        x = ReLU()(BatchNorm2d()(x))
    return classifier(x, num_classes)
