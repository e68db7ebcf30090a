"""Element by element functions."""

from math import prod

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
