"""One number for many: means, sums, largest and smallest values, variances and lengths over some axes."""

from functools import partial

from ...layers import (
    AdaptiveAvgPool2d,
    AdaptiveMaxPool2d,
    Amax,
    Amin,
    AvgPool2d,
    MaxPool2d,
    Mean,
    Std,
    Sum,
    Var,
    VectorNorm,
)
from ..layout import Value, following
from .orientation import oriented
from .registry import operation


@operation("mean(x, dim, keepdim)")
def mean(recorder, output, x, dim=None, keepdim=False, **_):
    return over(recorder, output, x, dim, Mean, AdaptiveAvgPool2d, AvgPool2d)


@operation("amax(x, dim, keepdim)", "max(x, dim, keepdim)")
def amax(recorder, output, x, dim=None, keepdim=False):
    return over(recorder, output, x, dim, Amax, AdaptiveMaxPool2d, MaxPool2d)


@operation("amin(x, dim, keepdim)", "min(x, dim, keepdim)")
def amin(recorder, output, x, dim=None, keepdim=False):
    return over(recorder, output, x, dim, Amin)


@operation("sum(x, dim, keepdim)")
def sum_(recorder, output, x, dim=None, keepdim=False, **_):
    return over(recorder, output, x, dim, Sum)


@operation("var(x, dim, correction, keepdim)")
def var(recorder, output, x, dim=None, *_, **__):
    return over(recorder, output, x, None if isinstance(dim, bool) else dim, Var)


@operation("std(x, dim, correction, keepdim)")
def std(recorder, output, x, dim=None, *_, **__):
    return over(recorder, output, x, None if isinstance(dim, bool) else dim, Std)


@operation("linalg_vector_norm(x, ord, dim, keepdim)")
def vector_norm(recorder, output, x, ord=2, dim=None, *_, **__):
    if ord not in (1, 2):
        raise recorder.error(f"no layer kind for the operation linalg_vector_norm of order {ord}")
    return over(recorder, output, x, dim, partial(VectorNorm, ord=int(ord)))


@operation("norm(x, p, dim, keepdim)")
def norm(recorder, output, x, p=2, dim=None, *_, **__):
    return vector_norm(recorder, output, x, 2 if p is None else p, dim)


def over(recorder, output, x, dims, kind, everywhere=None, along=None):
    """Reduce some axes of a tensor; all positions of a map, or one side of it, are a pooling."""
    out = output if hasattr(output, "shape") else output[0]
    dims = [dims] if isinstance(dims, int) else dims if dims else list(range(x.dim()))
    dims = {dim % x.dim() for dim in dims}
    made, groups = oriented(recorder, x)
    axes = tuple(sorted(axis for dim in dims for axis in groups[dim] if made.shape[axis] > 1 or len(made.shape) == 3))
    keeps = out.dim() == x.dim()
    kept = [group for dim, group in enumerate(groups) if keeps or dim not in dims]
    layer = _pooling(made.shape, axes, everywhere, along) if along else None
    made = recorder.add(layer or kind(axes), made) if axes else made  # one value each: nothing is computed
    return Value(made, following(kept, made.shape), recorder.stack[-1])


def _pooling(shape, axes, everywhere, along):
    if len(shape) != 3:
        return None
    wide = [axis for axis in (1, 2) if shape[axis] > 1]
    if 0 in axes:
        return None
    if axes == (1, 2) or (wide and list(axes) == wide and len(wide) == 2):
        return everywhere(1)
    if axes == (1,) or axes == (2,):
        return along((shape[1], 1) if axes == (1,) else (1, shape[2]))
    return None
