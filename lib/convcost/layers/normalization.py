"""Normalisation: batch norm as it stands at inference, and AlexNet's local response normalisation."""

from .base import Layer, at_least, spatial


class BatchNorm2d(Layer):
    """Batch normalisation at inference: one scale and one shift per channel, folded from the statistics.

    Trained: weight and bias. The running mean and variance are stored but not trained, hence not parameters.
    """

    short_name = "bn"
    in_place = True

    def output_shape(self, x):
        return spatial(x)

    def weights(self, x):
        return {"weight": (x[0],), "bias": (x[0],)}

    def buffers(self, x):
        return {"running_mean": (x[0],), "running_var": (x[0],)}

    def operations(self, x, y):
        outputs = y[0] * y[1] * y[2]
        return {"multiplications": outputs, "additions": outputs}


class LocalResponseNorm(Layer):
    """Local response normalisation over `size` neighbouring channels (Krizhevsky et al. 2012, section 3.3):

    x / (k + alpha / size * sum of squares)**beta, as in torch; the paper does not divide its alpha of 1e-4 by the
    size 5, so that it is 5e-4 here. Channels beyond the edge count as zeros, like padding.
    """

    size: int
    alpha: float = 1e-4
    beta: float = 0.75
    k: float = 1.0
    short_name = "lrn"

    def output_shape(self, x):
        at_least("size", self.size, 1)
        return spatial(x)

    def operations(self, x, y):
        n = y[0] * y[1] * y[2]  # per value: square, size-1 additions, scale, + k, power, divide
        return {"multiplications": 2 * n, "additions": self.size * n, "powers": n, "divisions": n}
