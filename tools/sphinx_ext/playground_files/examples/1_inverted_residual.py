# Inverted residual blocks, as in MobileNet V2
from convcost import BatchNorm2d, Conv2d, FeatureMap, Network, ReLU6


def conv_bn(x, out_channels, kernel_size, stride=1, groups=1):
    conv = Conv2d(out_channels, kernel_size, stride, kernel_size // 2, groups=groups, bias=False)
    return BatchNorm2d()(conv(x))


def inverted_residual(x, out_channels, stride, expand_ratio):
    y = ReLU6()(conv_bn(x, expand_ratio * x.channels, 1))
    y = ReLU6()(conv_bn(y, y.channels, 3, stride, groups=y.channels))
    y = conv_bn(y, out_channels, 1)
    return x + y if x.shape == y.shape else y


x = FeatureMap(24, 56, 56)
with x.block("block1"):
    x = inverted_residual(x, 24, stride=1, expand_ratio=6)
with x.block("block2"):
    x = inverted_residual(x, 32, stride=2, expand_ratio=6)

Network(x, name="two blocks")
