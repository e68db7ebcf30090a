"""Every element scaled, shifted or divided by a tensor that the network stores: trained, or fixed."""

from math import prod

from ..errors import ConvcostError
from .base import Layer, Numbers, Shape


class Scale(Layer):
    """Each element times a stored one.

    shape: (1,) one number for all, (C, 1, 1) one per channel, (1, H, W) one per position, or the map's own; for
    flat features (1,) or their number. trained: a fixed tensor (a number in the code, the mean of the training
    images) is no parameter.
    """

    shape: Numbers = (1,)
    trained: bool = True
    short_name = "scale"
    written = "*"
    in_place = True
    operation = "multiplications"

    def output_shape(self, x: Shape) -> Shape:
        allowed = [(1,), x] if len(x) == 1 else [(1,), (x[0], 1, 1), (1, *x[1:]), x]
        fits = len(self.shape) == len(x) and all(n in (1, size) for n, size in zip(self.shape, x))
        if not fits and tuple(self.shape) not in allowed:
            raise ConvcostError(f"shape must be one of {', '.join(map(str, allowed))}, not {self.shape!r}")
        return x

    def weights(self, x: Shape) -> dict[str, Shape]:
        return {"weight": tuple(self.shape)} if self.trained else {}

    def buffers(self, x: Shape) -> dict[str, Shape]:
        return {} if self.trained else {"weight": tuple(self.shape)}

    def operations(self, x: Shape, y: Shape) -> dict[str, int]:
        return {self.operation: prod(y)}


class Shift(Scale):
    """Each element plus a stored one; shape and trained: as in `Scale`."""

    shape: Numbers = (1,)
    trained: bool = True
    short_name = "shift"
    written = "+"
    operation = "additions"


class Divide(Scale):
    """Each element divided by a stored one; shape and trained: as in `Scale`."""

    shape: Numbers = (1,)
    trained: bool = True
    short_name = "div"
    written = "/"
    operation = "divisions"
