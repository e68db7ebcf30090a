"""What the loop definitions need to run on NumPy arrays, nested lists and counting arrays alike."""

import functools
import itertools
import math
import operator
from collections.abc import Callable, Iterable, Iterator

from ..errors import ConvcostError

Pair = int | tuple[int, int]  # one number, or (vertical, horizontal)


def shape_of(x: object, name: str = "x") -> tuple[int, ...]:
    """The shape of an array, of nested lists, or () of a single number; an error if the lists are ragged."""
    if hasattr(x, "shape"):
        return tuple(x.shape)
    if not isinstance(x, list):
        return ()
    shapes = {shape_of(row, name) for row in x}
    if len(shapes) > 1:
        raise ConvcostError(f"{name}: rows of nested lists must be alike, got shapes {sorted(shapes)}")
    return (len(x), *(shapes.pop() if shapes else ()))


def positions(shape: Iterable[int]) -> Iterator[tuple[int, ...]]:
    """Every index of an array of this shape, in order: the nested loops `for i ... for j ...` in one.

    >>> list(positions((2, 2)))
    [(0, 0), (0, 1), (1, 0), (1, 1)]
    """
    return itertools.product(*map(range, shape))


def add_up(values: Iterable) -> object:
    """The sum of n values in n - 1 additions: the first one starts it (Python's `sum` adds it to 0 first)."""
    return functools.reduce(operator.add, values)


class Array:
    """A small array in plain Python that holds any kind of number, read and written one element at a time."""

    def __init__(self, shape: Iterable[int], values: Iterable | None = None):
        self.shape = tuple(shape)
        self.values = [None] * math.prod(self.shape) if values is None else list(values)

    @classmethod
    def from_lists(cls, lists: list) -> "Array":
        shape, values = shape_of(lists), lists
        for _ in shape[1:]:
            values = itertools.chain.from_iterable(values)
        return cls(shape, values)

    def tolist(self) -> list:
        rows = self.values
        for size in reversed(self.shape[1:]):
            rows = [rows[start : start + size] for start in range(0, len(rows), size)]
        return rows

    def __repr__(self):
        return f"Array({self.tolist()})"

    def position(self, index: int | tuple[int, ...]) -> int:
        """Where the element stands in the flat list of values; IndexError outside the shape."""
        index = index if isinstance(index, tuple) else (index,)
        if len(index) != len(self.shape) or not all(0 <= i < n for i, n in zip(index, self.shape)):
            raise IndexError(f"index {index} is outside the shape {self.shape}")
        return functools.reduce(lambda flat, step: flat * step[1] + step[0], zip(index, self.shape), 0)

    def __getitem__(self, index):
        return self.values[self.position(index)]

    def __setitem__(self, index, value):
        self.values[self.position(index)] = value

    def new_empty(self, shape: Iterable[int]) -> "Array":
        """An array of the same make, to be filled."""
        return Array(shape)

    def constant(self, value: object) -> object:
        """A number such as 0 in the kind that this array holds."""
        return value


TYPE_CHECKING = False
if TYPE_CHECKING:
    from numpy import ndarray

    ArrayLike = ndarray | list | Array


class Framed:
    """`x` seen with a frame of `fill` around it, the padding: x begins at index `before`. No copy."""

    def __init__(self, x: "ArrayLike", before: tuple[int, ...], fill: object):
        self.x, self.before, self.fill = x, before, constant(fill, x)

    def __getitem__(self, index):
        inner = tuple(i - start for i, start in zip(index, self.before))
        inside = all(0 <= i < n for i, n in zip(inner, self.x.shape))
        return self.x[inner] if inside else self.fill


def constant(value: object, like: object) -> object:
    """`value` as a number of the kind that `like` holds: a counting number beside counting numbers."""
    return like.constant(value) if isinstance(like, Array) else value


def empty(shape: tuple[int, ...], x: "ArrayLike", *others: object) -> "ArrayLike":
    """A new array to be filled, of the same make as `x`; in NumPy, of the type that all arguments need."""
    if isinstance(x, Array):
        return x.new_empty(shape)
    from convcost.extras import numpy

    typed = [other for other in others if other is not None and not isinstance(other, Array)]
    return numpy.empty(shape, numpy.result_type(x, *typed))


def square_root(value: object) -> object:
    return value.sqrt() if hasattr(value, "sqrt") else math.sqrt(value)


def exponential(value: object) -> object:
    return value.exp() if hasattr(value, "exp") else math.exp(value)


def takes_lists(definition: Callable) -> Callable:
    """Let a definition written for arrays take nested lists too, and answer those with nested lists."""

    def to_array(value):
        return Array.from_lists(value) if isinstance(value, list) else value

    def to_lists(result):
        return tuple(part.tolist() for part in result) if isinstance(result, tuple) else result.tolist()

    @functools.wraps(definition)
    def wrapper(*args, **options):
        given_lists = any(isinstance(value, list) for value in (*args, *options.values()))
        args = [to_array(value) for value in args]
        result = definition(*args, **{name: to_array(value) for name, value in options.items()})
        return to_lists(result) if given_lists and not hasattr(result, "dtype") else result

    return wrapper
