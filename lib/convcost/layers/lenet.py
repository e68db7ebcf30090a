"""Two kinds of LeNet-5 (LeCun et al. 1998, section II.B) that later networks do without."""

from ..errors import ConvcostError
from .base import Layer, Shape, at_least
from .normalization import BatchNorm2d


class ScaleShift(BatchNorm2d):
    """One trained scale and one trained shift per channel: what follows the mean in a subsampling layer."""

    short_name = "scale"
    written = "own code"

    def buffers(self, x: Shape) -> dict[str, Shape]:
        return {}


class RadialBasis(Layer):
    """The squared distance to each of some fixed vectors: `(features,) -> (out_features,)`.

    out_features: how many vectors there are.
    The vectors are bitmaps of the characters, set by hand: stored, not trained, hence no parameters and no `macs`.
    """

    out_features: int
    short_name = "rbf"
    written = "own code"
    is_global = True

    def output_shape(self, x: Shape) -> Shape:
        if len(x) != 1:
            raise ConvcostError(f"needs flat features, got {'x'.join(map(str, x))}; put Flatten() before it")
        return (at_least("out_features", self.out_features, 1),)

    def buffers(self, x: Shape) -> dict[str, Shape]:
        return {"centres": (self.out_features, x[0])}

    def operations(self, x: Shape, y: Shape) -> dict[str, int]:
        differences = x[0] * y[0]  # each is squared, and the squares of an output are added up
        return {"additions": 2 * differences - y[0], "multiplications": differences}
