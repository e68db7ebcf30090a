"""Verdicts: how a computed value stands to a printed one, and whether a printed statement holds."""

from fractions import Fraction
from typing import Any

from convcost.errors import ConvcostError
from convcost.quantity import Claim, Quantity

from .decimals import exact_value

VERDICTS = {
    "exact": "equal",
    "rounds": "equal at the printed precision",
    "truncated": "equal if the computed value is cut off instead of rounded",
    "differs": "not equal; the row says why",
    "true": "a statement or formula that holds",
    "conditional": "holds under a condition that the source leaves out, or only roughly; the row says which",
    "false": "a statement or formula that does not hold; the row says why",
    "cited": "measured or set by the source: training, a clock, a label, a choice",
    "told": "a date or a name",
}
# In charts, and beside the word itself: the style sheet of the book has the same.
COLOURS = {
    "exact": "#009e73",
    "rounds": "#0072b2",
    "truncated": "#aa4499",
    "differs": "#d55e00",
    "true": "#6fc3a5",
    "conditional": "#e6c229",
    "false": "#8c3b00",
    "cited": "#6e6e6e",
    "told": "#c4c4c4",
}
# The verdicts that find a source wrong, and those that need a reason in the row.
ERRORS = ("differs", "false")
EXPLAINED = (*ERRORS, "conditional")
# Quotients are floats, and equal to a printed decimal within this part, as in `convcost.claim`.
FLOAT_ERROR = Fraction(1, 10**12)


class Conditional:
    """A statement with the evidence for it twice: read as it is printed, and under a condition.

    as_printed, with_condition: a `Claim` each. Neither is assumed: only a statement that fails as printed and holds
    with the condition becomes `conditional`.
    """

    def __init__(self, as_printed: Claim, with_condition: Claim) -> None:
        for evidence in (as_printed, with_condition):
            if not isinstance(evidence, Claim):
                raise TypeError(f"conditional: give it two claims, not {evidence!r}")
        self.as_printed, self.with_condition = as_printed, with_condition
        self.origin = f"{as_printed.origin}; with the condition: {with_condition.origin}"
        self.convention = None

    def __bool__(self) -> bool:
        return bool(self.as_printed)

    def __repr__(self) -> str:
        return f"as printed {self.as_printed!r}; with the condition {self.with_condition!r}"


def conditional(as_printed: Claim, with_condition: Claim) -> Conditional:
    """Return a statement that fails as printed and holds under a condition, which the row's reason names.

    as_printed: the claim that the statement holds without the condition; with_condition: that it holds with it.
    The verdict is `true`, `conditional` or `false`, as the two claims come out.
    """
    return Conditional(as_printed, with_condition)


def verdict(row: dict[str, Any], computed: Quantity | Conditional | None = None) -> str:
    """Return the verdict on a ledger row.

    A number is held against a counted quantity, a statement or formula against a `Claim` or two (see `conditional`);
    a row without a printed number takes nothing else. Rows of kind measured and history take None, and so does a row
    of which nothing can be derived, if its reason says why: a setting, a label, the length of a list.
    """
    id, kind, value = row["id"], row["kind"], row["value"]
    if kind in ("measured", "history"):
        if computed is not None:
            raise ConvcostError(f"{id}: is {kind}: it can only be cited, without a computed value")
        return "cited" if kind == "measured" else "told"
    if computed is None and row.get("reason"):
        return "cited"
    if isinstance(computed, Conditional):
        if not computed.as_printed and computed.with_condition:
            return "conditional"
        return "true" if computed.as_printed and computed.with_condition else "false"
    if not isinstance(computed, Quantity) or not computed.origin:
        raise TypeError(f"{id}: {computed!r} is a plain number; pass a quantity that the library counted")
    if isinstance(computed, Claim):
        return "true" if computed else "false"
    if value is None:
        raise TypeError(f"{id}: prints a statement; pass a claim about it, not {computed!r}")
    return _comparison(exact_value(computed), exact_value(value), exact_value(row["half_ulp"] or 0), computed)


def _comparison(computed: Fraction, printed: Fraction, half_ulp: Fraction, given: Quantity) -> str:
    """Compare as decimals, so that 0.05 is half of 0.1; what went through floats has their error for a margin."""
    margin = FLOAT_ERROR * abs(printed) if isinstance(given, float) else 0
    if abs(computed - printed) <= margin:
        return "exact"
    if abs(computed - printed) <= half_ulp + margin:
        return "rounds"
    if half_ulp and abs(printed) <= abs(computed) < abs(printed) + 2 * half_ulp - margin:
        return "truncated"
    return "differs"
