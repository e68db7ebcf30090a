"""Element by element functions."""

from math import prod

from ..errors import ConvcostError, unknown
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
    """x (1 + erf(x / sqrt 2)) / 2 (Hendrycks and Gimpel 2016), written with two constant factors; approximate="tanh":
    x (1 + tanh(c (x + d x^3))) / 2.
    """

    approximate: str = "none"
    short_name = "gelu"
    in_place = True

    def output_shape(self, x):
        if self.approximate not in ("none", "tanh"):
            raise ConvcostError(f"approximate must be 'none' or 'tanh', not {self.approximate!r}")
        return x

    def operations(self, x, y):
        n = prod(y)
        if self.approximate == "tanh":
            return {"multiplications": 7 * n, "exponentials": n, "additions": 4 * n, "divisions": n}
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


class GLU(Layer):
    """The first half of the channels times the sigmoid of the second half (Dauphin et al. 2017)."""

    short_name = "glu"

    def output_shape(self, x):
        if x[0] % 2:
            raise ConvcostError(f"needs an even number of channels, got {x[0]}")
        return (x[0] // 2, *x[1:])

    def operations(self, x, y):
        n = prod(y)
        return {"exponentials": n, "additions": n, "divisions": n, "multiplications": n}


class Softmax(Layer):
    """Softmax over the channels, or over other axes of the map (1: rows, 2: columns), the largest value subtracted first
    so that no exponential overflows.
    """

    axes: tuple = (0,)
    short_name = "softmax"

    def output_shape(self, x):
        if not self.axes or any([axis not in range(len(x)) for axis in self.axes]):
            raise ConvcostError(f"axes must be some of 0 to {len(x) - 1}, not {self.axes!r}")
        return x

    def vectors(self, y):
        """Return how many vectors there are whose values add up to 1."""
        return prod([n for axis, n in enumerate(y) if axis not in self.axes])

    def operations(self, x, y):
        n, vectors = prod(y), self.vectors(y)
        joins = n - vectors  # one fewer than the values, in each vector: for the maximum and for the sum
        return {"comparisons": joins, "additions": n + joins, "exponentials": n, "divisions": n}


class LogSoftmax(Softmax):
    """The logarithm of Softmax: x - largest - log(sum of exp(x - largest)) over the channels, or over other axes."""

    axes: tuple = (0,)
    short_name = "softmax"

    def operations(self, x, y):
        n, vectors = prod(y), self.vectors(y)
        joins = n - vectors
        return {"comparisons": joins, "additions": 2 * n + joins, "exponentials": n, "logarithms": vectors}


class Hardtanh(Layer):
    """min(max(x, min_val), max_val); None: no limit on that side."""

    min_val: float = -1.0
    max_val: float = 1.0
    short_name = "clamp"
    in_place = True

    def operations(self, x, y):
        return {"comparisons": prod(y) * ((self.min_val is not None) + (self.max_val is not None))}


class ELU(Layer):
    """x where it is positive, alpha (exp(x) - 1) elsewhere (Clevert et al. 2016)."""

    alpha: float = 1.0
    short_name = "elu"
    in_place = True

    def operations(self, x, y):
        n = prod(y)
        return {"exponentials": n, "additions": n, "multiplications": n, "comparisons": n}


class CELU(Layer):
    """x where it is positive, alpha (exp(x / alpha) - 1) elsewhere (Barron 2017)."""

    alpha: float = 1.0
    short_name = "celu"
    in_place = True

    def operations(self, x, y):
        n = prod(y)
        return {"divisions": n, "exponentials": n, "additions": n, "multiplications": n, "comparisons": n}


class SELU(Layer):
    """ELU with two fixed factors, by which values keep their mean and variance (Klambauer et al. 2017)."""

    short_name = "selu"
    in_place = True

    def operations(self, x, y):
        n = prod(y)
        return {"exponentials": n, "additions": n, "multiplications": 2 * n, "comparisons": n}


class Mish(Layer):
    """x tanh(log(1 + exp(x))) (Misra 2019)."""

    short_name = "mish"
    in_place = True

    def operations(self, x, y):
        n = prod(y)
        return {"exponentials": 2 * n, "logarithms": n, "additions": 3 * n, "multiplications": 2 * n, "divisions": n}


class Softplus(Layer):
    """log(1 + exp(beta x)) / beta, and x itself where beta x is above the threshold."""

    beta: float = 1.0
    threshold: float = 20.0
    short_name = "softplus"
    in_place = True

    def operations(self, x, y):
        n = prod(y)
        factors = {} if self.beta == 1 else {"multiplications": n, "divisions": n}
        return {"exponentials": n, "logarithms": n, "additions": n, "comparisons": n, **factors}


class LogSigmoid(Layer):
    """-log(1 + exp(-x))."""

    short_name = "sigmoid"
    in_place = True

    def operations(self, x, y):
        n = prod(y)
        return {"exponentials": n, "logarithms": n, "additions": n}


class Hardshrink(Layer):
    """x where its absolute value is above lambd, 0 elsewhere."""

    lambd: float = 0.5
    short_name = "shrink"
    in_place = True

    def operations(self, x, y):
        return {"comparisons": 2 * prod(y)}


class Softshrink(Layer):
    """x brought nearer to 0 by lambd, and 0 in between."""

    lambd: float = 0.5
    short_name = "shrink"
    in_place = True

    def operations(self, x, y):
        return {"comparisons": 2 * prod(y), "additions": prod(y)}


class Threshold(Layer):
    """x where it is above the threshold, `value` elsewhere."""

    threshold: float
    value: float
    short_name = "threshold"
    in_place = True

    def operations(self, x, y):
        return {"comparisons": prod(y)}


class Power(Layer):
    """x to the power of a fixed exponent."""

    exponent: float
    short_name = "pow"
    written = "torch.pow"
    in_place = True

    def operations(self, x, y):
        return {"powers": prod(y)}


class Elementwise(Layer):
    """A function of torch on each value by itself; `function` is its name there."""

    FUNCTIONS = {
        "abs": {"comparisons": 1}, "neg": {}, "exp": {"exponentials": 1}, "log": {"logarithms": 1},
        "sqrt": {"square_roots": 1}, "rsqrt": {"square_roots": 1, "divisions": 1}, "reciprocal": {"divisions": 1},
        "square": {"multiplications": 1}, "erf": {"error_functions": 1}, "sign": {"comparisons": 2},
        "sin": {"sines": 1}, "cos": {"sines": 1},
    }
    function: str
    short_name = "function"
    written = "torch function"
    in_place = True

    def output_shape(self, x):
        if self.function not in self.FUNCTIONS:
            raise unknown("function", self.function, self.FUNCTIONS)
        return x

    def operations(self, x, y):
        return {name: times * prod(y) for name, times in self.FUNCTIONS[self.function].items()}
