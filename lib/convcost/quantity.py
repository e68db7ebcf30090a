"""Numbers that know where they come from.

Everything that this package counts comes back as a `Count` (an exact int) or a `Ratio` (a float) with an `origin`.
Arithmetic among them keeps the origin. A plain number may only change the unit (bits, bytes, percent, mega: products
of twos and fives); mixed with any other plain number the result is a plain number again. That is how the ledger
tells a derived value from one that somebody typed.
"""

from collections.abc import Callable, Iterable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal


class Quantity:
    """What `Count`, `Ratio` and `Claim` share.

    origin: how the number came about, in one line; convention: the counting convention it follows, or None.
    """

    origin = ""
    convention = None

    def _from(self, origin, *parents):
        self.origin = origin
        names = {p.convention for p in parents if isinstance(p, Quantity)}
        self.convention = names.pop() if len(names) == 1 else None
        return self

    def __add__(self, other):
        return _combine("+", self, other, lambda a, b: a + b)

    def __radd__(self, other):
        return self if other == 0 else _plain(other) + _plain(self)

    def __sub__(self, other):
        return _combine("-", self, other, lambda a, b: a - b)

    def __mul__(self, other):
        return _combine("x", self, other, lambda a, b: a * b)

    def __rmul__(self, other):
        return _combine("x", other, self, lambda a, b: a * b)

    def __truediv__(self, other):
        return _combine("/", self, other, lambda a, b: a / b)

    def __rtruediv__(self, other):
        return _combine("/", other, self, lambda a, b: a / b)


class Count(Quantity, int):
    """A counted whole number."""


class Ratio(Quantity, float):
    """A quotient of counted numbers."""


class Claim(Quantity, int):
    """The truth of a comparison between counted numbers: 1 holds, 0 does not."""

    def __repr__(self):
        return f"{'holds' if self else 'does not hold'}: {self.origin}"

    __str__ = __repr__


def counted(value: int | float, origin: str, convention: str | None = None) -> Count | Ratio:
    """Return `value` (int or float) as a quantity; only code that has just computed it calls this."""
    made = Count(value) if isinstance(value, int) else Ratio(value)
    made.origin, made.convention = origin, convention
    return made


def evaluated(function: Callable, *arguments: object) -> Count | Ratio | Claim:
    """Return what `function(*arguments)` gives (int, float or bool) as a quantity.

    This is for values that are run, not counted. A function of one's own must compute: one that only returns a
    constant is refused.
    """
    code = getattr(function, "__code__", None)
    if code is not None and not code.co_argcount and not code.co_names and not code.co_freevars:
        raise TypeError(f"evaluated: {function.__name__} only returns a constant; compute the value")
    value = function(*arguments)
    value = value.item() if hasattr(value, "item") else value  # a NumPy or torch scalar
    if not isinstance(value, (bool, int, float)):
        raise TypeError(f"evaluated: {function.__name__} gave {type(value).__name__}, not one number")
    made = Claim(value) if isinstance(value, bool) else counted(value, "")
    return made._from(f"{function.__name__}({', '.join(map(_brief, arguments))})")


def claim(left: object, relation: "Literal['==', '<', '<=', '>', '>=']", right: object) -> Claim:
    """Return whether `left relation right` holds, as a `Claim`; relation is ==, <, <=, > or >=.

    At least one side must be a counted quantity; floats count as equal within one part in a million million.
    """
    if not isinstance(left, Quantity) and not isinstance(right, Quantity):
        raise TypeError(f"claim: neither {left!r} nor {right!r} was counted; compare something that was")
    a, b = _plain(left), _plain(right)
    equal = a == b or (float in (type(a), type(b)) and abs(a - b) <= 1e-12 * max(abs(a), abs(b)))
    truth = {
        "==": equal,
        "<": a < b and not equal,
        "<=": a < b or equal,
        ">": a > b and not equal,
        ">=": a > b or equal,
    }
    if relation not in truth:
        raise ValueError(f"claim: relation {relation!r}; allowed: {', '.join(truth)}")
    return Claim(truth[relation])._from(f"{_show(left)} {relation} {_show(right)}", left, right)


def roughly(computed: Quantity, stated: int | float, within: float = 0.2) -> Claim:
    """Return the claim that `computed` is "about" `stated`: less than `within` of it away, a fifth unless told."""
    return all_hold([claim(computed, ">", (1 - within) * stated), claim(computed, "<", (1 + within) * stated)])


def all_hold(claims: Iterable[Claim]) -> Claim:
    """Return one `Claim` that holds if every one of `claims` (at least one) does."""
    claims = list(claims)
    if not claims or not all(isinstance(c, Claim) for c in claims):
        raise TypeError("all_hold: give it at least one claim, and nothing but claims")
    failed = [c for c in claims if not c]
    first = failed[0] if failed else claims[0]
    more = f" (and {len(claims) - 1} more)" if len(claims) > 1 and not failed else ""
    return Claim(not failed)._from(first.origin + more, *claims)


def _brief(value):
    shape = getattr(value, "shape", None)
    return f"{type(value).__name__}{tuple(shape)}" if shape is not None else str(value)


def _plain(value):
    if isinstance(value, Quantity):
        return float(value) if isinstance(value, float) else int(value)
    return value


def _combine(sign, left, right, operation):
    value = operation(_plain(left), _plain(right))
    typed = [x for x in (left, right) if not isinstance(x, Quantity)]
    if not all(_leaves_derived(sign, x) for x in typed):
        return value
    made = Ratio(value) if isinstance(value, float) else Count(value)
    return made._from(f"{_show(left)} {sign} {_show(right)}", left, right)


def _leaves_derived(sign, number):
    """Whether a plain number leaves a counted one derived: it adds nothing, or only changes the unit."""
    return number == 0 if sign in "+-" else _is_unit(number)


def _is_unit(number):
    """Whether a plain number is a positive product of twos and fives, as bits, bytes, percent and mega are."""
    if isinstance(number, bool) or not isinstance(number, (int, float)):
        return False
    if number < 1 or not float(number).is_integer():
        return False
    rest = int(number)
    for factor in (2, 5):
        while rest % factor == 0:
            rest //= factor
    return rest == 1


def _show(value):
    if not isinstance(value, Quantity):
        return str(value)
    return f"({value.origin})" if " " in value.origin else value.origin
