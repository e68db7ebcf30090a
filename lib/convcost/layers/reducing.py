"""One number for many: means, sums, largest and smallest values, variances and lengths along some axes of a map."""

from math import prod

from ..errors import ConvcostError
from .base import Layer, Numbers, Shape, listed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal


class _Reduction(Layer):
    """Each group of values along some axes becomes one; the axes stay, with one place.

    axes: some of 0 (channels), 1 (rows), 2 (columns).
    """

    axes: Numbers
    is_global = True

    def output_shape(self, x: Shape) -> Shape:
        axes = tuple(self.axes)
        if not axes or len(set(axes)) < len(axes) or any(axis not in range(len(x)) for axis in axes):
            allowed = f"different ones of 0 to {len(x) - 1} of a map of {listed([x])}"
            raise ConvcostError(f"axes must be {allowed}, not {axes}")
        return tuple([1 if axis in axes else n for axis, n in enumerate(x)])


class Mean(_Reduction):
    """The mean of the values along the axes. axes: some of 0 (channels), 1 (rows), 2 (columns)."""

    axes: Numbers
    short_name = "mean"
    written = "torch.mean"

    def operations(self, x: Shape, y: Shape) -> dict[str, int]:
        return {"additions": prod(x) - prod(y), "divisions": prod(y)}


class Sum(_Reduction):
    """The sum of the values along the axes. axes: some of 0 (channels), 1 (rows), 2 (columns)."""

    axes: Numbers
    short_name = "sum"
    written = "torch.sum"

    def operations(self, x: Shape, y: Shape) -> dict[str, int]:
        return {"additions": prod(x) - prod(y)}


class Amax(_Reduction):
    """The largest value along the axes. axes: some of 0 (channels), 1 (rows), 2 (columns)."""

    axes: Numbers
    short_name = "max"
    written = "torch.amax"

    def operations(self, x: Shape, y: Shape) -> dict[str, int]:
        return {"comparisons": prod(x) - prod(y)}


class Amin(Amax):
    """The smallest value along the axes. axes: some of 0 (channels), 1 (rows), 2 (columns)."""

    axes: Numbers
    short_name = "min"
    written = "torch.amin"


class Var(_Reduction):
    """The variance of the values along the axes: the mean, differences, their squares added up, a division.

    axes: some of 0 (channels), 1 (rows), 2 (columns).
    """

    axes: Numbers
    short_name = "var"
    written = "torch.var"

    def operations(self, x: Shape, y: Shape) -> dict[str, int]:
        return {"additions": 3 * prod(x) - 2 * prod(y), "multiplications": prod(x), "divisions": 2 * prod(y)}


class Std(Var):
    """The standard deviation of the values along the axes. axes: some of 0 (channels), 1 (rows), 2 (columns)."""

    axes: Numbers
    short_name = "std"
    written = "torch.std"

    def operations(self, x: Shape, y: Shape) -> dict[str, int]:
        return {**super().operations(x, y), "square_roots": prod(y)}


class VectorNorm(_Reduction):
    """The length of the vectors along the axes.

    axes: some of 0 (channels), 1 (rows), 2 (columns); ord: 2 for that of Euclid, 1 for the sum of the
    absolute values.
    """

    axes: Numbers
    ord: "Literal[1, 2]" = 2
    short_name = "norm"
    written = "torch.linalg.vector_norm"

    def output_shape(self, x: Shape) -> Shape:
        if self.ord not in (1, 2):
            raise ConvcostError(f"ord must be 1 or 2, not {self.ord!r}")
        return super().output_shape(x)

    def operations(self, x: Shape, y: Shape) -> dict[str, int]:
        sums = {"additions": prod(x) - prod(y)}
        if self.ord == 1:
            return {"comparisons": prod(x), **sums}
        return {"multiplications": prod(x), **sums, "square_roots": prod(y)}
