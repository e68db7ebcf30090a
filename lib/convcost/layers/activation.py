"""Element by element functions."""

from math import prod

from ..errors import ConvcostError
from .base import Layer


class ReLU(Layer):
    """max(x, 0)."""

    short_name = "relu"
    in_place = True

    def operations(self, x, y):
        return {"comparisons": prod(y)}


class ReLU6(Layer):
    """min(max(x, 0), 6): fixed point needs no more than 3 bits before the point."""

    short_name = "relu"
    in_place = True

    def operations(self, x, y):
        return {"comparisons": 2 * prod(y)}


class LeakyReLU(Layer):
    """x where it is positive, slope x elsewhere; both are computed, then chosen from."""

    negative_slope: float = 0.01
    short_name = "relu"
    in_place = True

    def operations(self, x, y):
        return {"multiplications": prod(y), "comparisons": prod(y)}


class PReLU(Layer):
    """LeakyReLU with trained slopes: one for all (num_parameters 1), or one per channel (He et al. 2015)."""

    num_parameters: int = 1
    short_name = "relu"
    in_place = True

    def output_shape(self, x):
        if self.num_parameters not in (1, x[0]):
            raise ConvcostError(f"num_parameters={self.num_parameters} must be 1 or its {x[0]} input channels")
        return x

    def weights(self, x):
        return {"weight": (self.num_parameters,)}

    def operations(self, x, y):
        return {"multiplications": prod(y), "comparisons": prod(y)}


class Hardsigmoid(Layer):
    """min(max(x + 3, 0), 6) / 6: a sigmoid without exponentials (Howard et al. 2019, section 5.2)."""

    short_name = "sigmoid"
    in_place = True

    def operations(self, x, y):
        n = prod(y)
        return {"additions": n, "comparisons": 2 * n, "divisions": n}


class Hardswish(Layer):
    """x times its hard sigmoid (Howard et al. 2019, section 5.2)."""

    short_name = "swish"
    in_place = True

    def operations(self, x, y):
        n = prod(y)
        return {"additions": n, "comparisons": 2 * n, "divisions": n, "multiplications": n}


class SiLU(Layer):
    """x times its sigmoid, x / (1 + exp(-x)), also called swish."""

    short_name = "silu"
    in_place = True

    def operations(self, x, y):
        n = prod(y)
        return {"exponentials": n, "additions": n, "divisions": n}


class GELU(Layer):
    """x (1 + erf(x / sqrt 2)) / 2 (Hendrycks and Gimpel 2016), written with two constant factors."""

    short_name = "gelu"
    in_place = True

    def operations(self, x, y):
        n = prod(y)
        return {"multiplications": 3 * n, "error_functions": n, "additions": n}


class Sigmoid(Layer):
    """1 / (1 + exp(-x))."""

    short_name = "sigmoid"
    in_place = True

    def operations(self, x, y):
        n = prod(y)
        return {"exponentials": n, "additions": n, "divisions": n}


class Tanh(Layer):
    """1 - 2 / (exp(2x) + 1)."""

    short_name = "tanh"
    in_place = True

    def operations(self, x, y):
        n = prod(y)
        return {"multiplications": n, "exponentials": n, "additions": 2 * n, "divisions": n}


class Softmax(Layer):
    """Softmax over the channels, the largest subtracted first so that no exponential overflows."""

    short_name = "softmax"

    def operations(self, x, y):
        n, positions = prod(y), prod(y[1:])
        joins = n - positions  # one fewer than the channels, at each position: for the maximum and for the sum
        return {"comparisons": joins, "additions": n + joins, "exponentials": n, "divisions": n}


class LogSoftmax(Layer):
    """The logarithm of Softmax: x - largest - log(sum of exp(x - largest)) over the channels."""

    short_name = "softmax"

    def operations(self, x, y):
        n, positions = prod(y), prod(y[1:])
        joins = n - positions
        return {"comparisons": joins, "additions": 2 * n + joins, "exponentials": n, "logarithms": positions}
