"""Blocks that networks of several families are built of."""

from ..layers import BatchNorm2d, Conv2d


def same(kernel_size):
    """Return the padding with which an odd kernel at stride 1 keeps the size; for a pair, a pair."""
    return tuple(k // 2 for k in kernel_size) if isinstance(kernel_size, tuple) else kernel_size // 2


def conv_bn(x, out_channels, kernel_size, stride=1, padding=None, groups=1, name=None):
    """Convolution without bias, padded to keep the size unless `padding` is given, and batch norm."""
    padding = same(kernel_size) if padding is None else padding
    x = Conv2d(out_channels, kernel_size, stride, padding, groups=groups, bias=False)(x, name=name)
    return BatchNorm2d()(x)
