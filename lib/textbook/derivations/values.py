"""Ask a running notebook for the values of its text's expressions, and show them."""

from __future__ import annotations

import numbers
from typing import Any

from .. import ledger

MIME = "application/vnd.textbook.derivations+json"


def asking_cell(expressions: list[str]) -> str:
    """Return the source of the cell that, run behind all others, tells the values."""
    return f"from textbook.derivations import tell\n\ntell({expressions!r}, globals())"


def tell(expressions: list[str], names: dict[str, Any]) -> Told:
    """Return the answers, for a notebook to show to machines.

    They see the names of the notebook, and `audit`, which says how the numbers of an audit come out. Each is evaluated
    twice, in this order and backwards: where the values differ, one of them changes something.
    """
    names = {"audit": ledger.audit, **names}
    told = {expression: value(expression, names) for expression in expressions}
    for expression in reversed(expressions):
        again = value(expression, names)
        if repr(again) != repr(told[expression]):
            told[expression] = {"error": f"was {_said(told[expression])}, and is {_said(again)} when asked again"}
    return Told(told)


class Told:
    """answers: {expression: {"value": ...} or {"error": ...}}; a notebook shows it as data."""

    def __init__(self, answers: dict[str, dict[str, Any]]) -> None:
        self.answers = answers

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {MIME: self.answers}


def value(expression: str, names: dict[str, Any]) -> dict[str, Any]:
    """Return {"value": an int, float, bool or str} of an expression, or {"error": why there is none}."""
    try:
        found = eval(expression, dict(names))
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}
    if hasattr(found, "item") and getattr(found, "size", None) != 0:  # a scalar of NumPy's or torch's
        try:
            found = found.item()
        except (ValueError, RuntimeError):
            return {"error": f"is {type(found).__name__} of several values"}
    if isinstance(found, (bool, str)):
        return {"value": found}
    if isinstance(found, numbers.Integral):
        return {"value": int(found)}
    if isinstance(found, numbers.Real):
        return {"value": float(found)}
    return {"error": f"is {type(found).__name__}, not a number"}


def shown(found: bool | int | float | str) -> str:
    """Return a value as a reader should see it: whole numbers in full, others with six digits."""
    if isinstance(found, bool):
        return "true" if found else "false"
    if isinstance(found, int):
        return f"{found:,}"
    if isinstance(found, float):
        return f"{found:,.6g}" if 1e-4 <= abs(found) < 1e9 or found == 0 else f"{found:.6g}"
    return found


def _said(told):
    return shown(told["value"]) if "value" in told else told["error"]
