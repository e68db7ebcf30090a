"""Normalisation: batch norm as it stands at inference, layer and group norm, AlexNet's local response norm."""

from math import prod

from ..errors import ConvcostError
from .base import Layer, Shape, at_least, spatial


class BatchNorm2d(Layer):
    """Batch normalisation at inference: one scale and one shift per channel, folded from the statistics.

    affine: whether weight and bias are trained. The running mean and variance are stored but not trained, hence not
    parameters; they too fold into one scale and one shift.
    """

    affine: bool = True
    short_name = "bn"
    in_place = True

    def output_shape(self, x: Shape) -> Shape:
        return spatial(x)

    def weights(self, x: Shape) -> dict[str, Shape]:
        return {"weight": (x[0],), "bias": (x[0],)} if self.affine else {}

    def buffers(self, x: Shape) -> dict[str, Shape]:
        return {"running_mean": (x[0],), "running_var": (x[0],)}

    def operations(self, x: Shape, y: Shape) -> dict[str, int]:
        outputs = y[0] * y[1] * y[2]
        return {"multiplications": outputs, "additions": outputs}


class BatchNorm1d(BatchNorm2d):
    """Batch normalisation of flat features: what `BatchNorm2d` is to maps. affine: as there."""

    affine: bool = True

    def output_shape(self, x: Shape) -> Shape:
        if len(x) != 1:
            raise ConvcostError(f"needs flat features, got {'x'.join(map(str, x))}; BatchNorm2d takes maps")
        return x

    def operations(self, x: Shape, y: Shape) -> dict[str, int]:
        return {"multiplications": y[0], "additions": y[0]}


def standardise(groups: int, size: int, affine: bool) -> dict[str, int]:
    """Operations that give `groups` groups of `size` values each mean 0 and variance 1, then scale and shift them.

    Mean: size - 1 additions, a division; differences; their squares added up, a division, + eps, a root, 1 / root;
    one factor for each value. Unlike batch norm's, these statistics are those of the image, so they are never free.
    """
    n = groups * size
    return {
        "additions": 3 * n - groups + (n if affine else 0),
        "multiplications": 2 * n + (n if affine else 0),
        "divisions": 3 * groups,
        "square_roots": groups,
    }


class LayerNorm(Layer):
    """Layer normalisation over the channels, at each position by itself (Ba, Kiros, Hinton 2016), as ConvNeXt has
    it.

    bias: whether there is a trained shift beside the trained scale; elementwise_affine: whether there is either;
    whole: over all values of the map together, each with its own scale and shift.
    """

    elementwise_affine: bool = True
    bias: bool = True
    whole: bool = False
    short_name = "ln"

    def weights(self, x: Shape) -> dict[str, Shape]:
        if not self.elementwise_affine:
            return {}
        shape = x if self.whole else (x[0],)
        return {"weight": shape, "bias": shape} if self.bias else {"weight": shape}

    def vectors(self, y: Shape) -> int:
        """Return how many vectors are normalised, each by itself."""
        return 1 if self.whole else prod(y[1:])

    def operations(self, x: Shape, y: Shape) -> dict[str, int]:
        counts = standardise(self.vectors(y), prod(y) // self.vectors(y), self.elementwise_affine)
        if self.elementwise_affine and not self.bias:
            counts["additions"] -= prod(y)
        return counts


class GroupNorm(Layer):
    """Normalisation over groups of channels, all positions together (Wu and He 2018); one group is layer
    normalisation over the whole map.

    num_groups: a divisor of the channels; affine: with a trained scale and shift for each channel.
    """

    num_groups: int
    affine: bool = True
    short_name = "gn"

    def output_shape(self, x: Shape) -> Shape:
        if x[0] % at_least("num_groups", self.num_groups, 1):
            raise ConvcostError(f"num_groups={self.num_groups} must divide its {x[0]} input channels")
        return x

    def weights(self, x: Shape) -> dict[str, Shape]:
        return {"weight": (x[0],), "bias": (x[0],)} if self.affine else {}

    def operations(self, x: Shape, y: Shape) -> dict[str, int]:
        return standardise(self.num_groups, prod(y) // self.num_groups, self.affine)


class InstanceNorm2d(Layer):
    """Normalisation of each channel by its own positions (Ulyanov et al. 2016): group norm of one channel a group.
    affine: with a trained scale and shift for each channel.
    """

    affine: bool = False
    short_name = "in"

    def output_shape(self, x: Shape) -> Shape:
        return spatial(x)

    def weights(self, x: Shape) -> dict[str, Shape]:
        return {"weight": (x[0],), "bias": (x[0],)} if self.affine else {}

    def operations(self, x: Shape, y: Shape) -> dict[str, int]:
        return standardise(x[0], x[1] * x[2], self.affine)


class RMSNorm(Layer):
    """Each position's channels divided by the root of the mean of their squares (Zhang and Sennrich 2019).

    elementwise_affine: whether there is a trained scale for each channel.
    """

    elementwise_affine: bool = True
    bias = False
    short_name = "rms"

    def weights(self, x: Shape) -> dict[str, Shape]:
        return {"weight": (x[0],)} if self.elementwise_affine else {}

    def operations(self, x: Shape, y: Shape) -> dict[str, int]:
        n, positions = prod(y), prod(y[1:])  # per position: C squares added up, a division, + eps, a root, 1 / root
        return {
            "multiplications": (3 if self.elementwise_affine else 2) * n,
            "additions": n,
            "divisions": 2 * positions,
            "square_roots": positions,
        }


class LocalResponseNorm(Layer):
    """Local response normalisation over neighbouring channels (Krizhevsky et al. 2012, section 3.3):

    x / (k + alpha / size * sum of squares)**beta, as in torch; the paper does not divide its alpha of 1e-4 by the
    size 5, so that it is 5e-4 here. Channels beyond the edge count as zeros, like padding.

    size: channels that are summed over; alpha, beta and k: fixed numbers.
    """

    size: int
    alpha: float = 1e-4
    beta: float = 0.75
    k: float = 1.0
    short_name = "lrn"

    def output_shape(self, x: Shape) -> Shape:
        at_least("size", self.size, 1)
        return spatial(x)

    def operations(self, x: Shape, y: Shape) -> dict[str, int]:
        n = y[0] * y[1] * y[2]  # per value: square, size-1 additions, scale, + k, power, divide
        return {"multiplications": 2 * n, "additions": self.size * n, "powers": n, "divisions": n}
