"""One number for many: means, sums, largest and smallest values, variances and lengths over some axes."""

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
def mean(r, y, x, dim=None, keepdim=False, **_):
    return over(r, y, x, dim, Mean, AdaptiveAvgPool2d, AvgPool2d)


@operation("amax(x, dim, keepdim)", "max(x, dim, keepdim)")
def amax(r, y, x, dim=None, keepdim=False):
    return over(r, y, x, dim, Amax, AdaptiveMaxPool2d, MaxPool2d)


@operation("amin(x, dim, keepdim)", "min(x, dim, keepdim)")
def amin(r, y, x, dim=None, keepdim=False):
    return over(r, y, x, dim, Amin)


@operation("sum(x, dim, keepdim)")
def sum_(r, y, x, dim=None, keepdim=False, **_):
    return over(r, y, x, dim, Sum)


@operation("var(x, dim, correction, keepdim)")
def var(r, y, x, dim=None, *_, **__):
    return over(r, y, x, None if isinstance(dim, bool) else dim, Var)


@operation("std(x, dim, correction, keepdim)")
def std(r, y, x, dim=None, *_, **__):
    return over(r, y, x, None if isinstance(dim, bool) else dim, Std)


@operation("linalg_vector_norm(x, ord, dim, keepdim)")
def vector_norm(r, y, x, ord=2, dim=None, *_, **__):
    if ord not in (1, 2):
        raise r.error(f"no layer kind for the operation linalg_vector_norm of order {ord}")
    return over(r, y, x, dim, lambda axes: VectorNorm(axes, int(ord)))


@operation("norm(x, p, dim, keepdim)")
def norm(r, y, x, p=2, dim=None, *_, **__):
    return vector_norm(r, y, x, 2 if p is None else p, dim)


def over(r, y, x, dims, kind, everywhere=None, along=None):
    """Reduce some axes of a tensor; all positions of a map, or one side of it, are a pooling."""
    out = y if hasattr(y, "shape") else y[0]
    dims = [dims] if isinstance(dims, int) else dims if dims else list(range(x.dim()))
    dims = {dim % x.dim() for dim in dims}
    made, groups = oriented(r, x)
    axes = tuple(sorted(axis for dim in dims for axis in groups[dim] if made.shape[axis] > 1 or len(made.shape) == 3))
    keeps = out.dim() == x.dim()
    kept = [group for dim, group in enumerate(groups) if keeps or dim not in dims]
    layer = _pooling(made.shape, axes, everywhere, along) if along else None
    made = r.add(layer or kind(axes), made) if axes else made  # one value each: nothing is computed
    return Value(made, following(kept, made.shape), r.stack[-1])


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
