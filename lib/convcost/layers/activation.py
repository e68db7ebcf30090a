"""Element by element functions."""

from math import prod

from ..errors import ConvcostError
from .base import Layer, Numbers, Shape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal


class ReLU(Layer):
    """max(x, 0)."""

    short_name = "relu"
    in_place = True

    def operations(self, x: Shape, y: Shape) -> dict[str, int]:
        return {"comparisons": prod(y)}


class ReLU6(Layer):
    """min(max(x, 0), 6): fixed point needs no more than 3 bits before the point."""

    short_name = "relu"
    in_place = True

    def operations(self, x: Shape, y: Shape) -> dict[str, int]:
        return {"comparisons": 2 * prod(y)}


class LeakyReLU(Layer):
    """x where it is positive, negative_slope x elsewhere; both are computed, then chosen from.

    negative_slope: a fixed number.
    """

    negative_slope: float = 0.01
    short_name = "relu"
    in_place = True

    def operations(self, x: Shape, y: Shape) -> dict[str, int]:
        return {"multiplications": prod(y), "comparisons": prod(y)}


class PReLU(Layer):
    """LeakyReLU with trained slopes (He et al. 2015). num_parameters: 1 for all, or one per channel."""

    num_parameters: int = 1
    short_name = "relu"
    in_place = True

    def output_shape(self, x: Shape) -> Shape:
        if self.num_parameters not in (1, x[0]):
            raise ConvcostError(f"num_parameters={self.num_parameters} must be 1 or its {x[0]} input channels")
        return x

    def weights(self, x: Shape) -> dict[str, Shape]:
        return {"weight": (self.num_parameters,)}

    def operations(self, x: Shape, y: Shape) -> dict[str, int]:
        return {"multiplications": prod(y), "comparisons": prod(y)}


class Hardsigmoid(Layer):
    """min(max(x + 3, 0), 6) / 6: a sigmoid without exponentials (Howard et al. 2019, section 5.2)."""

    short_name = "sigmoid"
    in_place = True

    def operations(self, x: Shape, y: Shape) -> dict[str, int]:
        n = prod(y)
        return {"additions": n, "comparisons": 2 * n, "divisions": n}


class Hardswish(Layer):
    """x times its hard sigmoid (Howard et al. 2019, section 5.2)."""

    short_name = "swish"
    in_place = True

    def operations(self, x: Shape, y: Shape) -> dict[str, int]:
        n = prod(y)
        return {"additions": n, "comparisons": 2 * n, "divisions": n, "multiplications": n}


class SiLU(Layer):
    """x times its sigmoid, x / (1 + exp(-x)), also called swish."""

    short_name = "silu"
    in_place = True

    def operations(self, x: Shape, y: Shape) -> dict[str, int]:
        n = prod(y)
        return {"exponentials": n, "additions": n, "divisions": n}


class GELU(Layer):
    """x (1 + erf(x / sqrt 2)) / 2 (Hendrycks and Gimpel 2016), written with two constant factors.

    approximate: "none", or "tanh": x (1 + tanh(c (x + d x^3))) / 2.
    """

    approximate: "Literal['none', 'tanh']" = "none"
    short_name = "gelu"
    in_place = True

    def output_shape(self, x: Shape) -> Shape:
        if self.approximate not in ("none", "tanh"):
            raise ConvcostError(f"approximate must be 'none' or 'tanh', not {self.approximate!r}")
        return x

    def operations(self, x: Shape, y: Shape) -> dict[str, int]:
        n = prod(y)
        if self.approximate == "tanh":
            return {"multiplications": 7 * n, "exponentials": n, "additions": 4 * n, "divisions": n}
        return {"multiplications": 3 * n, "error_functions": n, "additions": n}


class Sigmoid(Layer):
    """1 / (1 + exp(-x))."""

    short_name = "sigmoid"
    in_place = True

    def operations(self, x: Shape, y: Shape) -> dict[str, int]:
        n = prod(y)
        return {"exponentials": n, "additions": n, "divisions": n}


class Tanh(Layer):
    """1 - 2 / (exp(2x) + 1)."""

    short_name = "tanh"
    in_place = True

    def operations(self, x: Shape, y: Shape) -> dict[str, int]:
        n = prod(y)
        return {"multiplications": n, "exponentials": n, "additions": 2 * n, "divisions": n}


class Softmax(Layer):
    """Softmax over the channels, or over other axes of the map, the largest value subtracted first so that no
    exponential overflows. axes: those over which the values add up to 1 (0: channels, 1: rows, 2: columns).
    """

    axes: Numbers = (0,)
    short_name = "softmax"

    def output_shape(self, x: Shape) -> Shape:
        if not self.axes or any(axis not in range(len(x)) for axis in self.axes):
            raise ConvcostError(f"axes must be some of 0 to {len(x) - 1}, not {self.axes!r}")
        return x

    def vectors(self, y: Shape) -> int:
        """Return how many vectors there are whose values add up to 1."""
        return prod([n for axis, n in enumerate(y) if axis not in self.axes])

    def operations(self, x: Shape, y: Shape) -> dict[str, int]:
        n, vectors = prod(y), self.vectors(y)
        joins = n - vectors  # one fewer than the values, in each vector: for the maximum and for the sum
        return {"comparisons": joins, "additions": n + joins, "exponentials": n, "divisions": n}


class LogSoftmax(Softmax):
    """The logarithm of Softmax: x - largest - log(sum of exp(x - largest)).

    axes: those over which the exponentials add up to 1 (0: channels, 1: rows, 2: columns).
    """

    axes: Numbers = (0,)
    short_name = "softmax"

    def operations(self, x: Shape, y: Shape) -> dict[str, int]:
        n, vectors = prod(y), self.vectors(y)
        joins = n - vectors
        return {"comparisons": joins, "additions": 2 * n + joins, "exponentials": n, "logarithms": vectors}
