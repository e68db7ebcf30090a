"""Verdicts: how a computed value stands to a printed one."""

from convcost.errors import ConvcostError
from convcost.quantity import Claim, Quantity

VERDICTS = {
    "exact": "equal",
    "rounds": "equal at the printed precision",
    "truncated": "equal if the computed value is cut off instead of rounded",
    "differs": "not equal; the row says why",
    "cited": "measured by the source: training, a clock, a printed label",
    "told": "a date or a name",
}


def verdict(row, computed=None):
    """Return the verdict on a ledger row.

    Rows of kind derived and spec need a counted quantity; a row without a printed number, or whose number says
    that a claim holds, needs a `Claim`. Rows of kind measured and history take none.
    """
    id, kind, value, half_ulp = row["id"], row["kind"], row["value"], row["half_ulp"] or 0
    if kind in ("measured", "history"):
        if computed is not None:
            raise ConvcostError(f"{id}: is {kind}: it can only be cited, without a computed value")
        return "cited" if kind == "measured" else "told"
    if not isinstance(computed, Quantity) or not computed.origin:
        raise TypeError(f"{id}: {computed!r} is a plain number; pass a quantity that the library counted")
    if value is None:
        if not isinstance(computed, Claim):
            raise TypeError(f"{id}: prints a statement; pass a claim about it, not {computed!r}")
        return "exact" if computed else "differs"
    if computed == value:
        return "exact"
    if abs(computed - value) <= half_ulp:
        return "rounds"
    if half_ulp and abs(value) <= abs(computed) < abs(value) + 2 * half_ulp:
        return "truncated"
    return "differs"
