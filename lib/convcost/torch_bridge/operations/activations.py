"""Element by element functions, and softmax."""

from convcost.extras import torch

from ...layers import (
    CELU,
    ELU,
    GELU,
    GLU,
    SELU,
    Elementwise,
    Hardshrink,
    Hardsigmoid,
    Hardswish,
    Hardtanh,
    LeakyReLU,
    LogSigmoid,
    LogSoftmax,
    Mish,
    Power,
    PReLU,
    ReLU,
    ReLU6,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Softshrink,
    Tanh,
    Threshold,
)
from ..layout import Value, following
from .orientation import on_channels, on_elements, oriented
from .registry import operation

PLAIN = {
    "relu(x)": ReLU,
    "sigmoid(x)": Sigmoid,
    "tanh(x)": Tanh,
    "silu(x)": SiLU,
    "hardsigmoid(x)": Hardsigmoid,
    "hardswish(x)": Hardswish,
    "mish(x)": Mish,
    "log_sigmoid_forward(x)": LogSigmoid,
}


def _handler(layer):
    def element_by_element(recorder, output, x):
        return on_elements(recorder, layer, x)

    return element_by_element


for schema, kind in PLAIN.items():
    operation(schema)(_handler(kind()))
for name in Elementwise.FUNCTIONS:
    operation(f"{name}(x)")(_handler(Elementwise(name)))


@operation("gelu(x, approximate)")
def gelu(recorder, output, x, approximate="none"):
    return on_elements(recorder, GELU(approximate), x)


@operation("elu(x, alpha, scale, input_scale)")
def elu(recorder, output, x, alpha=1.0, scale=1.0, input_scale=1.0):
    """torch's ELU and SELU; CELU is one of its own."""
    if scale == input_scale == 1:
        return on_elements(recorder, ELU(alpha), x)
    return on_elements(recorder, SELU(), x)


@operation("celu(x, alpha)")
def celu(recorder, output, x, alpha=1.0):
    return on_elements(recorder, CELU(alpha), x)


@operation("leaky_relu(x, negative_slope)")
def leaky_relu(recorder, output, x, slope=0.01):
    return on_elements(recorder, LeakyReLU(slope), x)


@operation("rrelu_with_noise(x, noise, lower, upper, training)")
def rrelu(recorder, output, x, noise, lower=1 / 8, upper=1 / 3, training=False, *_):
    """At inference the slope is the middle one."""
    if training:
        raise recorder.error("no layer kind for the operation rrelu with random slopes, as in training")
    return on_elements(recorder, LeakyReLU((lower + upper) / 2), x)


@operation("glu(x, dim)")
def glu(recorder, output, x, dim=-1):
    return on_channels(recorder, GLU(), x, dim)


@operation("softplus(x, beta, threshold)")
def softplus(recorder, output, x, beta=1, threshold=20):
    return on_elements(recorder, Softplus(beta, threshold), x)


@operation("hardshrink(x, lambd)")
def hardshrink(recorder, output, x, lambd=0.5):
    return on_elements(recorder, Hardshrink(lambd), x)


@operation("softshrink(x, lambd)")
def softshrink(recorder, output, x, lambd=0.5):
    return on_elements(recorder, Softshrink(lambd), x)


@operation("threshold(x, threshold, value)")
def threshold(recorder, output, x, limit, value):
    return on_elements(recorder, Threshold(limit, value), x)


@operation("hardtanh(x, min_val, max_val)", "clamp(x, min, max)")
def hardtanh(recorder, output, x, min=None, max=None):
    """ReLU and ReLU6 are spelled as limits too."""
    min, max = [_limit(recorder, limit, other) for limit, other in ((min, -1.0), (max, 1.0))]
    if min == 0 and max in (None, 6):
        return on_elements(recorder, ReLU() if max is None else ReLU6(), x)
    if recorder.now.startswith("hardtanh"):
        min, max = -1.0 if min is None else min, 1.0 if max is None else max
    return on_elements(recorder, Hardtanh(min, max), x)


def _limit(recorder, limit, other):
    """Return a limit as a number; one that is stored without its value costs the same as any other."""
    if not isinstance(limit, torch.Tensor):
        return limit
    if id(limit) in recorder.values or limit.numel() > 1:
        raise recorder.error(f"no layer kind for the operation {recorder.now} to limits that are tensors")
    return other if limit.is_meta else float(limit)


@operation("clamp_min(x, min)")
def clamp_min(recorder, output, x, min):
    return hardtanh(recorder, output, x, min)


@operation("clamp_max(x, max)")
def clamp_max(recorder, output, x, max):
    return hardtanh(recorder, output, x, None, max)


@operation("_prelu_kernel(x, weight)")
def prelu(recorder, output, x, weight):
    return on_channels(recorder, PReLU(weight.numel()), x, 1, (weight,))


@operation("pow(x, exponent)")
def power(recorder, output, x, exponent):
    if not isinstance(exponent, (int, float)) or id(x) not in recorder.values:
        raise recorder.error("no layer kind for the operation pow with an exponent that is a tensor")
    names = {2: "square", 0.5: "sqrt", -0.5: "rsqrt", -1: "reciprocal"}
    return on_elements(recorder, Elementwise(names[exponent]) if exponent in names else Power(exponent), x)


@operation("_softmax(x, dim, half_to_float)", "_safe_softmax(x, dim, dtype)")
def softmax(recorder, output, x, dim, *_, **__):
    return _along(recorder, Softmax, x, dim)


@operation("_log_softmax(x, dim, half_to_float)")
def log_softmax(recorder, output, x, dim, *_):
    return _along(recorder, LogSoftmax, x, dim)


def _along(recorder, kind, x, dim):
    made, groups = oriented(recorder, x)
    if not groups[dim]:
        made, groups = oriented(recorder, x, [dim % x.dim()])
    axes = groups[dim]
    if not axes:
        raise recorder.error(f"no layer kind for the operation {recorder.now} over the axis of the images")
    made = recorder.add(kind() if axes == (0,) else kind(axes), made)
    return Value(made, following(groups, made.shape), recorder.stack[-1])
