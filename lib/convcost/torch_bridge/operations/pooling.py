"""Windows that slide, and windows that cover the whole map."""

from ...layers import AdaptiveAvgPool2d, AdaptiveMaxPool2d, AvgPool2d, MaxPool2d
from .orientation import short
from .registry import operation


@operation("max_pool2d_with_indices(x, kernel_size, stride, padding, dilation, ceil_mode)")
def max_pool(recorder, output, x, kernel, stride=(), padding=(0,), dilation=(1,), ceil_mode=False):
    if short(dilation) != 1:
        raise recorder.error(f"no layer kind for the operation max_pool2d with dilation {short(dilation)}")
    return recorder.add(MaxPool2d(short(kernel), short(stride or kernel), short(padding), ceil_mode), recorder.image(x))


@operation("avg_pool2d(x, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)")
def avg_pool(recorder, output, x, kernel, stride=(), padding=(0,), ceil_mode=False, *_):
    return recorder.add(AvgPool2d(short(kernel), short(stride or kernel), short(padding), ceil_mode), recorder.image(x))


@operation("_adaptive_avg_pool2d(x, output_size)")
def adaptive_avg_pool(recorder, output, x, size):
    return recorder.add(AdaptiveAvgPool2d(short(size)), recorder.image(x))


@operation("adaptive_max_pool2d(x, output_size)")
def adaptive_max_pool(recorder, output, x, size):
    return recorder.add(AdaptiveMaxPool2d(short(size)), recorder.image(x))
