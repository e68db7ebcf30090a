"""Blocks that networks of several families are built of."""

from collections.abc import Callable

from ..feature_map import FeatureMap
from ..layers import AdaptiveAvgPool2d, BatchNorm2d, Conv2d, Flatten, Layer, Linear, Multiply, ReLU, Sigmoid
from ..layers.base import Pair


def padding_that_keeps(kernel_size: Pair) -> Pair:
    """Return the padding with which an odd kernel at stride 1 keeps the size; for a pair, a pair."""
    return tuple(k // 2 for k in kernel_size) if isinstance(kernel_size, tuple) else kernel_size // 2


def conv_bn(
    x: FeatureMap,
    out_channels: int,
    kernel_size: Pair,
    stride: Pair = 1,
    padding: Pair | None = None,
    groups: int = 1,
    name: str | None = None,
) -> FeatureMap:
    """Convolution without bias, padded to keep the size unless `padding` is given, and batch norm."""
    padding = padding_that_keeps(kernel_size) if padding is None else padding
    x = Conv2d(out_channels, kernel_size, stride, padding, groups=groups, bias=False)(x, name=name)
    return BatchNorm2d()(x)


def conv_bn_relu(
    x: FeatureMap,
    out_channels: int,
    kernel_size: Pair,
    stride: Pair = 1,
    padding: Pair | None = None,
    groups: int = 1,
    name: str | None = None,
) -> FeatureMap:
    """As `conv_bn`, and ReLU."""
    return ReLU()(conv_bn(x, out_channels, kernel_size, stride, padding, groups, name))


def bn_relu_conv(x: FeatureMap, out_channels: int, kernel_size: Pair, stride: Pair = 1, groups: int = 1) -> FeatureMap:
    """Batch norm and ReLU first, then a convolution without bias, padded to keep the size (pre-activation)."""
    x = ReLU()(BatchNorm2d()(x))
    return Conv2d(out_channels, kernel_size, stride, padding_that_keeps(kernel_size), groups=groups, bias=False)(x)


def classifier(x: FeatureMap, num_classes: int, bias: bool = True, pooled_by: str | None = None) -> FeatureMap:
    """Global average pooling and one fully connected layer, as block `head`.

    pooled_by: how the pooling is spelled, if not as a module (see `Layer.written`).
    """
    with x.block("head"):
        return Linear(num_classes, bias)(Flatten()(AdaptiveAvgPool2d(1)(x, written=pooled_by)))


def separable_bn(x: FeatureMap, out_channels: int, kernel_size: Pair, stride: Pair = 1) -> FeatureMap:
    """Depthwise convolution, 1x1 convolution, batch norm: nothing between the two (Chollet 2016)."""
    padding = padding_that_keeps(kernel_size)
    x = Conv2d(x.channels, kernel_size, stride, padding, groups=x.channels, bias=False)(x)
    return conv_bn(x, out_channels, 1)


def squeeze_excite(
    x: FeatureMap, squeezed_channels: int, activation: Callable[[], Layer] = ReLU, gate: Callable[[], Layer] = Sigmoid
) -> FeatureMap:
    """Each channel times a gate that two fully connected layers compute from the means of all channels.

    They are written as 1x1 convolutions of a 1 x 1 map (Hu, Shen, Sun 2017, figure 3). squeezed_channels: outputs of
    the first; activation and gate: the layer kinds behind the first and the second (Hardsigmoid in MobileNet V3).
    """
    with x.block("se"):
        means = AdaptiveAvgPool2d(1)(x)
        squeezed = activation()(Conv2d(squeezed_channels, 1)(means))
        return Multiply()(x, gate()(Conv2d(x.channels, 1)(squeezed)))


def inverted_residual(
    x: FeatureMap,
    out_channels: int,
    kernel_size: int,
    stride: int,
    expanded: int,
    activation: Callable[[], Layer],
    gate: Callable[[FeatureMap], FeatureMap] | None = None,
) -> FeatureMap:
    """1x1 to `expanded` channels unless there are as many, depthwise, 1x1 without activation; a skip where it fits.

    gate: what stands behind the depthwise convolution, such as squeeze and excite (MnasNet, MobileNet V3).
    """
    y = x
    if expanded != x.channels:
        y = activation()(conv_bn(y, expanded, 1, name="expand"))
    y = activation()(conv_bn(y, expanded, kernel_size, stride, groups=expanded, name="dw"))
    y = conv_bn(gate(y) if gate else y, out_channels, 1, name="project")
    return x + y if x.shape == y.shape else y


def rounded(channels, divisor):
    """Return the multiple of `divisor` nearest to `channels`, never more than a tenth below it."""
    nearest = max(divisor, int(channels + divisor / 2) // divisor * divisor)
    return nearest + divisor if nearest < 0.9 * channels else nearest
