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


def _plain(kind):
    return lambda r, y, x: on_elements(r, kind(), x)


for schema, kind in PLAIN.items():
    operation(schema)(_plain(kind))


def _function(name):
    return lambda r, y, x: on_elements(r, Elementwise(name), x)


for name in Elementwise.FUNCTIONS:
    operation(f"{name}(x)")(_function(name))


@operation("gelu(x, approximate)")
def gelu(r, y, x, approximate="none"):
    return on_elements(r, GELU(approximate), x)


@operation("elu(x, alpha, scale, input_scale)")
def elu(r, y, x, alpha=1.0, scale=1.0, input_scale=1.0):
    """torch's ELU and SELU; CELU is one of its own."""
    if scale == input_scale == 1:
        return on_elements(r, ELU(alpha), x)
    return on_elements(r, SELU(), x)


@operation("celu(x, alpha)")
def celu(r, y, x, alpha=1.0):
    return on_elements(r, CELU(alpha), x)


@operation("leaky_relu(x, negative_slope)")
def leaky_relu(r, y, x, slope=0.01):
    return on_elements(r, LeakyReLU(slope), x)


@operation("rrelu_with_noise(x, noise, lower, upper, training)")
def rrelu(r, y, x, noise, lower=1 / 8, upper=1 / 3, training=False, *_):
    """At inference the slope is the middle one."""
    if training:
        raise r.error("no layer kind for the operation rrelu with random slopes, as in training")
    return on_elements(r, LeakyReLU((lower + upper) / 2), x)


@operation("glu(x, dim)")
def glu(r, y, x, dim=-1):
    return on_channels(r, GLU(), x, dim)


@operation("softplus(x, beta, threshold)")
def softplus(r, y, x, beta=1, threshold=20):
    return on_elements(r, Softplus(beta, threshold), x)


@operation("hardshrink(x, lambd)")
def hardshrink(r, y, x, lambd=0.5):
    return on_elements(r, Hardshrink(lambd), x)


@operation("softshrink(x, lambd)")
def softshrink(r, y, x, lambd=0.5):
    return on_elements(r, Softshrink(lambd), x)


@operation("threshold(x, threshold, value)")
def threshold(r, y, x, limit, value):
    return on_elements(r, Threshold(limit, value), x)


@operation("hardtanh(x, min_val, max_val)", "clamp(x, min, max)")
def hardtanh(r, y, x, min=None, max=None):
    """ReLU and ReLU6 are spelled as limits too."""
    min, max = [_limit(r, limit, other) for limit, other in ((min, -1.0), (max, 1.0))]
    if min == 0 and max in (None, 6):
        return on_elements(r, ReLU() if max is None else ReLU6(), x)
    if r.now.startswith("hardtanh"):
        min, max = -1.0 if min is None else min, 1.0 if max is None else max
    return on_elements(r, Hardtanh(min, max), x)


def _limit(r, limit, other):
    """Return a limit as a number; one that is stored without its value costs the same as any other."""
    if not isinstance(limit, torch.Tensor):
        return limit
    if id(limit) in r.values or limit.numel() > 1:
        raise r.error(f"no layer kind for the operation {r.now} to limits that are tensors")
    return other if limit.is_meta else float(limit)


@operation("clamp_min(x, min)")
def clamp_min(r, y, x, min):
    return hardtanh(r, y, x, min)


@operation("clamp_max(x, max)")
def clamp_max(r, y, x, max):
    return hardtanh(r, y, x, None, max)


@operation("_prelu_kernel(x, weight)")
def prelu(r, y, x, weight):
    return on_channels(r, PReLU(weight.numel()), x, 1, (weight,))


@operation("pow(x, exponent)")
def power(r, y, x, exponent):
    if not isinstance(exponent, (int, float)) or id(x) not in r.values:
        raise r.error("no layer kind for the operation pow with an exponent that is a tensor")
    names = {2: "square", 0.5: "sqrt", -0.5: "rsqrt", -1: "reciprocal"}
    return on_elements(r, Elementwise(names[exponent]) if exponent in names else Power(exponent), x)


@operation("_softmax(x, dim, half_to_float)", "_safe_softmax(x, dim, dtype)")
def softmax(r, y, x, dim, *_, **__):
    return _along(r, Softmax, x, dim)


@operation("_log_softmax(x, dim, half_to_float)")
def log_softmax(r, y, x, dim, *_):
    return _along(r, LogSoftmax, x, dim)


def _along(r, kind, x, dim):
    made, groups = oriented(r, x)
    if not groups[dim]:
        made, groups = oriented(r, x, [dim % x.dim()])
    axes = groups[dim]
    if not axes:
        raise r.error(f"no layer kind for the operation {r.now} over the axis of the images")
    made = r.add(kind() if axes == (0,) else kind(axes), made)
    return Value(made, following(groups, made.shape), r.stack[-1])
