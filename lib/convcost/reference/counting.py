"""Numbers that count what is done with them: the proof of every cost formula.

    >>> from convcost.reference import count_operations, loops
    >>> count_operations(loops.linear, (1, 4), (3, 4))["multiplications"]
    12

A `Tally` keeps the counts. Its numbers calculate as ordinary numbers do and count each operation in it; its
arrays count each element read and written. A definition that runs on them unchanged has thereby been counted.
"""

import math
import operator
from collections.abc import Callable, Iterable

from convcost.extras import numpy as np

from .arrays import Array, exponential, shape_of, square_root

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .arrays import ArrayLike

COUNTS = (
    "multiplications",
    "additions",  # and subtractions
    "divisions",
    "comparisons",
    "exponentials",
    "logarithms",
    "error_functions",
    "square_roots",
    "sines",
    "powers",
    "reads",  # elements read, each time: what moves if nothing is ever kept
    "distinct_reads",  # elements read at least once: what moves if each is kept after its first use
    "writes",
)

# Parameters of the reference layers that are arrays, so that a tuple given for them by name is a shape.
ARRAYS = ("x", "weight", "bias", "running_mean", "running_var", "scale", "shift")


class Tally(dict):
    """How often each operation was done; makes the numbers and arrays that count into it."""

    def __init__(self):
        super().__init__(dict.fromkeys(COUNTS, 0))

    def number(self, value: object) -> "CountingNumber":
        return CountingNumber(value, self)

    def array(self, values: "ArrayLike") -> "CountingArray":
        """A counting copy of a NumPy array or of nested lists."""
        values = np.asarray(values)
        return CountingArray(self, values.shape, values.ravel().tolist())


def value_of(number: object) -> object:
    return number.value if isinstance(number, CountingNumber) else number


def operators(name: str, operation: Callable) -> tuple[Callable, Callable]:
    """The methods `a + b` and its mirror image (a plain number first), for an operation of this kind."""

    def method(self, other):
        self.tally[name] += 1
        return CountingNumber(operation(self.value, value_of(other)), self.tally)

    def mirrored(self, other):
        self.tally[name] += 1
        return CountingNumber(operation(value_of(other), self.value), self.tally)

    return method, mirrored


def compared(operation: Callable) -> Callable:
    def method(self, other):
        self.tally["comparisons"] += 1
        return operation(self.value, value_of(other))

    return method


class CountingNumber:
    """A number that counts its operations into a tally. An unknown operation is an error, never a zero."""

    __slots__ = ("tally", "value")
    __array_ufunc__ = None  # a NumPy number on the left leaves the operation to us

    def __init__(self, value: object, tally: Tally):
        self.value, self.tally = value, tally

    __add__, __radd__ = operators("additions", operator.add)
    __sub__, __rsub__ = operators("additions", operator.sub)
    __mul__, __rmul__ = operators("multiplications", operator.mul)
    __truediv__, __rtruediv__ = operators("divisions", operator.truediv)
    __pow__, __rpow__ = operators("powers", operator.pow)
    __lt__, __le__ = compared(operator.lt), compared(operator.le)
    __gt__, __ge__ = compared(operator.gt), compared(operator.ge)
    __eq__, __ne__ = compared(operator.eq), compared(operator.ne)

    def __neg__(self):  # to flip a sign is no arithmetic
        return CountingNumber(-self.value, self.tally)

    def sqrt(self) -> "CountingNumber":
        self.tally["square_roots"] += 1
        return CountingNumber(square_root(self.value), self.tally)

    def sin(self) -> "CountingNumber":
        self.tally["sines"] += 1
        return CountingNumber(math.sin(self.value), self.tally)

    def exp(self) -> "CountingNumber":
        self.tally["exponentials"] += 1
        return CountingNumber(exponential(self.value), self.tally)

    def log(self) -> "CountingNumber":
        self.tally["logarithms"] += 1
        return CountingNumber(math.log(self.value), self.tally)

    def erf(self) -> "CountingNumber":
        self.tally["error_functions"] += 1
        return CountingNumber(math.erf(self.value), self.tally)

    def __repr__(self):
        return f"CountingNumber({self.value!r})"


class CountingArray(Array):
    """An array of counting numbers that records its elements read and written. Padding is none of them."""

    def __init__(self, tally: Tally, shape: Iterable[int], values: list | None = None):
        super().__init__(shape, values)
        self.tally, self.was_read = tally, bytearray(len(self.values))

    def __getitem__(self, index):
        place = self.position(index)
        self.tally["reads"] += 1
        self.tally["distinct_reads"] += not self.was_read[place]
        self.was_read[place] = True
        return CountingNumber(self.values[place], self.tally)

    def __setitem__(self, index, number):
        self.tally["writes"] += 1
        self.values[self.position(index)] = value_of(number)

    def new_empty(self, shape: Iterable[int]) -> "CountingArray":
        return CountingArray(self.tally, shape)

    def constant(self, value: object) -> CountingNumber:
        return CountingNumber(value, self.tally)

    def __array__(self, *args, **options):
        raise TypeError("NumPy would compute uncounted: count the definition in convcost.reference.loops")


def count_operations(function: Callable, *arguments: object, **options: object) -> dict[str, int]:
    """Run a loop definition on counting numbers and return what it did, as a dictionary of `COUNTS`.

    A tuple among the arguments stands for an array of that shape (the values do not matter to the counts);
    NumPy arrays and nested lists are wrapped; numbers are passed on. Options, given by name, are passed on as
    they are, so that (1, 2) can be a stride; only the array parameters, such as bias, are wrapped too.

        count_operations(loops.conv2d, (1, 3, 8, 8), (16, 3, 3, 3), (16,), stride=2, padding=(1, 1))
        count_operations(loops.max_pool2d, (1, 3, 8, 8), kernel_size=2)
    """
    tally = Tally()

    def wrap(value):
        if isinstance(value, tuple):
            value = np.linspace(0.5, 1.5, int(np.prod(value))).reshape(value)
        return tally.array(value) if shape_of(value) else value

    options = {name: wrap(value) if name in ARRAYS else value for name, value in options.items()}
    function(*map(wrap, arguments), **options)
    return dict(tally)
