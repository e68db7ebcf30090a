"""Printed numbers as the decimals that they are: 2.1 - 0.2 is 1.9, which no two floats give."""

import operator
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from convcost.quantity import Count, Quantity, Ratio


class _Printed:
    """Arithmetic among printed numbers, and with a unit, on the decimals themselves."""

    fraction: Fraction

    def __add__(self, other: Any) -> Any:
        return _exactly(super().__add__(other), operator.add, self, other)

    def __sub__(self, other: Any) -> Any:
        return _exactly(super().__sub__(other), operator.sub, self, other)

    def __mul__(self, other: Any) -> Any:
        return _exactly(super().__mul__(other), operator.mul, self, other)

    def __rmul__(self, other: Any) -> Any:
        return _exactly(super().__rmul__(other), operator.mul, other, self)

    def __truediv__(self, other: Any) -> Any:
        return _exactly(super().__truediv__(other), operator.truediv, self, other)


class PrintedCount(_Printed, Count):
    """A whole number that a source prints."""


class PrintedRatio(_Printed, Ratio):
    """A decimal that a source prints, or what follows from printed numbers alone."""


def printed_quantity(value: int | float, origin: str) -> PrintedCount | PrintedRatio:
    """Return a printed number as a quantity that keeps its decimal value in `fraction`."""
    made = (PrintedCount if isinstance(value, int) else PrintedRatio)(value)
    made.origin, made.fraction = origin, exact_value(value)
    return made


def exact_value(number: int | float) -> Fraction:
    """Return a number as a fraction: a printed one as its decimal, a float as the shortest decimal that names it."""
    if isinstance(number, _Printed):
        return number.fraction
    return Fraction(int(number)) if isinstance(number, int) else Fraction(repr(float(number)))


def _exactly(result: Any, operation: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
    """Replace the float that `Quantity` made of two decimals; what involves any other quantity stays."""
    parts = (left, right)
    if not isinstance(result, Quantity) or not all(
        isinstance(x, _Printed) or not isinstance(x, Quantity) for x in parts
    ):
        return result
    fraction = operation(exact_value(left), exact_value(right))
    made = PrintedCount(fraction) if isinstance(result, Count) else PrintedRatio(float(fraction))
    made.origin, made.convention, made.fraction = result.origin, result.convention, fraction
    return made
