"""Borders around each channel, other than zeros."""

from ..errors import ConvcostError
from .base import Numbers, Shape
from .joining import ZeroPad2d


class ConstantPad2d(ZeroPad2d):
    """Borders of a number around each channel. padding: as in `ZeroPad2d`; value: the number."""

    padding: Numbers
    value: float
    short_name = "pad"


class _Border(ZeroPad2d):
    """Borders of the map's own values; padding is (left, right, top, bottom)."""

    reach = None  # of the border over the sides of the map

    def output_shape(self, x: Shape) -> Shape:
        shape = super().output_shape(x)
        left, right, top, bottom = self.padding
        for sides, size in (((left, right), x[2]), ((top, bottom), x[1])):
            if self.reach is not None and max(sides) > size - self.reach:
                raise ConvcostError(f"padding {self.padding!r} needs more than a map of {x[1]}x{x[2]} has")
        return shape


class ReflectionPad2d(_Border):
    """The map mirrored at its edges, the edge itself not repeated. padding: (left, right, top, bottom)."""

    padding: Numbers
    short_name = "pad"
    reach = 1


class ReplicationPad2d(_Border):
    """The values at the edges repeated. padding: (left, right, top, bottom)."""

    padding: Numbers
    short_name = "pad"


class CircularPad2d(_Border):
    """The values of the opposite edge, as on a torus. padding: (left, right, top, bottom)."""

    padding: Numbers
    short_name = "pad"
    reach = 0
