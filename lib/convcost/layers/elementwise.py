"""Element by element functions that later networks have, and plain arithmetic of one value."""

from math import prod

from ..errors import ConvcostError, unknown
from .base import Layer, Shape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal


class GLU(Layer):
    """The first half of the channels times the sigmoid of the second half (Dauphin et al. 2017)."""

    short_name = "glu"

    def output_shape(self, x: Shape) -> Shape:
        if x[0] % 2:
            raise ConvcostError(f"needs an even number of channels, got {x[0]}")
        return (x[0] // 2, *x[1:])

    def operations(self, x: Shape, y: Shape) -> dict[str, int]:
        n = prod(y)
        return {"exponentials": n, "additions": n, "divisions": n, "multiplications": n}


class Hardtanh(Layer):
    """min(max(x, min_val), max_val). min_val and max_val: the limits; None: no limit on that side."""

    min_val: float | None = -1.0
    max_val: float | None = 1.0
    short_name = "clamp"
    in_place = True

    def operations(self, x: Shape, y: Shape) -> dict[str, int]:
        return {"comparisons": prod(y) * ((self.min_val is not None) + (self.max_val is not None))}


class ELU(Layer):
    """x where it is positive, alpha (exp(x) - 1) elsewhere (Clevert et al. 2016). alpha: a fixed factor."""

    alpha: float = 1.0
    short_name = "elu"
    in_place = True

    def operations(self, x: Shape, y: Shape) -> dict[str, int]:
        n = prod(y)
        return {"exponentials": n, "additions": n, "multiplications": n, "comparisons": n}


class CELU(Layer):
    """x where it is positive, alpha (exp(x / alpha) - 1) elsewhere (Barron 2017). alpha: a fixed factor."""

    alpha: float = 1.0
    short_name = "celu"
    in_place = True

    def operations(self, x: Shape, y: Shape) -> dict[str, int]:
        n = prod(y)
        return {"divisions": n, "exponentials": n, "additions": n, "multiplications": n, "comparisons": n}


class SELU(Layer):
    """ELU with two fixed factors, by which values keep their mean and variance (Klambauer et al. 2017)."""

    short_name = "selu"
    in_place = True

    def operations(self, x: Shape, y: Shape) -> dict[str, int]:
        n = prod(y)
        return {"exponentials": n, "additions": n, "multiplications": 2 * n, "comparisons": n}


class Mish(Layer):
    """x tanh(log(1 + exp(x))) (Misra 2019)."""

    short_name = "mish"
    in_place = True

    def operations(self, x: Shape, y: Shape) -> dict[str, int]:
        n = prod(y)
        inside = {"exponentials": 2 * n, "logarithms": n, "additions": 3 * n}
        return {**inside, "multiplications": 2 * n, "divisions": n}


class Softplus(Layer):
    """log(1 + exp(beta x)) / beta, and x itself where beta x is above the threshold.

    beta: how sharp the bend is; 1 costs neither the products nor the divisions. threshold: a fixed number.
    """

    beta: float = 1.0
    threshold: float = 20.0
    short_name = "softplus"
    in_place = True

    def operations(self, x: Shape, y: Shape) -> dict[str, int]:
        n = prod(y)
        factors = {} if self.beta == 1 else {"multiplications": n, "divisions": n}
        return {"exponentials": n, "logarithms": n, "additions": n, "comparisons": n, **factors}


class LogSigmoid(Layer):
    """-log(1 + exp(-x))."""

    short_name = "sigmoid"
    in_place = True

    def operations(self, x: Shape, y: Shape) -> dict[str, int]:
        n = prod(y)
        return {"exponentials": n, "logarithms": n, "additions": n}


class Hardshrink(Layer):
    """x where its absolute value is above lambd, 0 elsewhere. lambd: a fixed number."""

    lambd: float = 0.5
    short_name = "shrink"
    in_place = True

    def operations(self, x: Shape, y: Shape) -> dict[str, int]:
        return {"comparisons": 2 * prod(y)}


class Softshrink(Layer):
    """x brought nearer to 0 by lambd, and 0 in between. lambd: a fixed number."""

    lambd: float = 0.5
    short_name = "shrink"
    in_place = True

    def operations(self, x: Shape, y: Shape) -> dict[str, int]:
        return {"comparisons": 2 * prod(y), "additions": prod(y)}


class Threshold(Layer):
    """x where it is above the threshold, `value` elsewhere. threshold and value: fixed numbers."""

    threshold: float
    value: float
    short_name = "threshold"
    in_place = True

    def operations(self, x: Shape, y: Shape) -> dict[str, int]:
        return {"comparisons": prod(y)}


class Power(Layer):
    """x to the power of a fixed number. exponent: that number."""

    exponent: float
    short_name = "pow"
    written = "torch.pow"
    in_place = True

    def operations(self, x: Shape, y: Shape) -> dict[str, int]:
        return {"powers": prod(y)}


class Elementwise(Layer):
    """A function of torch on each value by itself. function: its name there, one of `FUNCTIONS`."""

    FUNCTIONS = {
        "abs": {"comparisons": 1},
        "neg": {},
        "exp": {"exponentials": 1},
        "log": {"logarithms": 1},
        "sqrt": {"square_roots": 1},
        "rsqrt": {"square_roots": 1, "divisions": 1},
        "reciprocal": {"divisions": 1},
        "square": {"multiplications": 1},
        "erf": {"error_functions": 1},
        "sign": {"comparisons": 2},
        "sin": {"sines": 1},
        "cos": {"sines": 1},
    }
    function: "Literal[tuple(FUNCTIONS)]"
    short_name = "function"
    written = "torch function"
    in_place = True

    def output_shape(self, x: Shape) -> Shape:
        if self.function not in self.FUNCTIONS:
            raise unknown("function", self.function, self.FUNCTIONS)
        return x

    def operations(self, x: Shape, y: Shape) -> dict[str, int]:
        return {name: times * prod(y) for name, times in self.FUNCTIONS[self.function].items()}
