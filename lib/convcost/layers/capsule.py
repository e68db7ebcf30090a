"""Capsules (Sabour, Frosst, Hinton 2017): groups of `dim` neighbouring channels that are read as one vector."""

from math import prod

from ..errors import ConvcostError
from .activation import Softmax
from .base import Layer, Shape, at_least, spatial


def capsules_in(shape: Shape, dim: int) -> int:
    """Return how many capsules of `dim` channels a map holds, over all its positions."""
    if spatial(shape)[0] % at_least("dim", dim, 1):
        raise ConvcostError(f"dim={dim} must divide its {shape[0]} input channels")
    return prod(shape) // dim


class Squash(Layer):
    """Each capsule keeps its direction and gets a length below 1: v = s |s| / (1 + |s|^2) (equation 1).

    dim: channels of a capsule.
    """

    dim: int
    short_name = "squash"
    written = "own code"
    in_place = True

    def output_shape(self, x: Shape) -> Shape:
        capsules_in(x, self.dim)
        return x

    def operations(self, x: Shape, y: Shape) -> dict[str, int]:
        n = capsules_in(x, self.dim)  # each: the squares added up, a root, 1 +, a division, every component scaled
        return {"multiplications": 2 * n * self.dim, "additions": n * self.dim, "square_roots": n, "divisions": n}


class CapsulesToChannels(Layer):
    """The capsules of all positions in one column: (C, H, W) -> (C H W, 1, 1), the channels of a capsule together.

    A 1x1 convolution in as many groups as there are capsules then gives each its own matrix. dim: channels of
    a capsule.
    """

    dim: int
    short_name = "capsules"
    written = "own code"
    is_global = True

    def output_shape(self, x: Shape) -> Shape:
        return (capsules_in(x, self.dim) * self.dim, 1, 1)


class Routing(Layer):
    """Routing by agreement (procedure 1): (n x capsules x dim, 1, 1) -> (capsules x dim, 1, 1).

    The input holds, for each of n capsules below, its prediction of every capsule above. Each iteration weights the
    predictions by a softmax of their logits, adds them up and squashes the sums; then a logit grows by how well
    prediction and sum agree. The logits start at zero and are not trained. The last growth is left out, since
    nothing reads it. There are no trained weights, so that its products are no `macs`: they count as operations.

    capsules: those above; dim: values of each; iterations: how often the predictions are added up.
    """

    capsules: int
    dim: int
    iterations: int = 3
    short_name = "routing"
    written = "own code"

    def output_shape(self, x: Shape) -> Shape:
        size = at_least("capsules", self.capsules, 1) * at_least("dim", self.dim, 1)
        at_least("iterations", self.iterations, 1)
        if spatial(x)[0] % size or x[1:] != (1, 1):
            raise ConvcostError(
                f"needs predictions of {self.capsules} capsules of {self.dim} values, a multiple of {size} x 1 x 1, "
                f"got {'x'.join(map(str, x))}"
            )
        return (size, 1, 1)

    def operations(self, x: Shape, y: Shape) -> dict[str, int]:
        below, size, rounds = x[0] // y[0], y[0], self.iterations
        total = {"multiplications": rounds * below * size, "additions": rounds * (below - 1) * size}  # weighted sums
        agreement = (rounds - 1) * below * size  # products; as many additions, the last of each sum to the logit
        for part, times in (
            (Softmax().operations((self.capsules, below, 1), (self.capsules, below, 1)), rounds),
            (Squash(self.dim).operations(y, y), rounds),
            ({"multiplications": agreement, "additions": agreement}, 1),
        ):
            for name, n in part.items():
                total[name] = total.get(name, 0) + times * n
        return total


class CapsuleLengths(Layer):
    """The length of each capsule, which stands for the probability that its class is there (section 3).

    dim: channels of a capsule.
    """

    dim: int
    short_name = "lengths"
    written = "own code"

    def output_shape(self, x: Shape) -> Shape:
        capsules_in(x, self.dim)
        return (x[0] // self.dim, *x[1:])

    def operations(self, x: Shape, y: Shape) -> dict[str, int]:
        n = prod(y)
        return {"multiplications": n * self.dim, "additions": n * (self.dim - 1), "square_roots": n}


class KeepLongest(Layer):
    """Takes capsules and their lengths: the longest capsule stays, all others become zero (section 4.1)."""

    short_name = "mask"
    written = "own code"
    arity = 2
    in_place = True

    def output_shape(self, x: Shape, lengths: Shape) -> Shape:
        if spatial(x)[0] % spatial(lengths)[0] or x[1:] != lengths[1:]:
            raise ConvcostError(
                f"needs capsules and one length for each, got {'x'.join(map(str, x))} and {'x'.join(map(str, lengths))}"
            )
        return x

    def operations(self, x: Shape, lengths: Shape, y: Shape) -> dict[str, int]:
        return {"comparisons": (lengths[0] - 1) * prod(lengths[1:])}
