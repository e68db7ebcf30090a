"""Hold what a text prints against what its derivations give."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from fractions import Fraction
from typing import Any

from convcost.errors import ConvcostError

from .. import ledger
from .annotations import COUNTS, Prediction, annotations
from .values import shown

SLACK = Fraction(1, 10**12)  # of a float that stands where a decimal tie would


def problems(text: str, told: Mapping[str, dict[str, Any]], references: Collection[str]) -> list[str]:
    """Return a line for each derivation of a Markdown text that does not hold: the sentence, and what is wrong.

    told: expression -> {"value": ...} or {"error": ...}; references: the keys that may be cited.
    """
    found = []
    for note in annotations(text):
        wrong = _wrong(note, told, references)
        if wrong:
            sentence = note.text if len(note.text) <= 90 else "... " + note.text[-86:]
            found.append(f'"{sentence}" <!--{note.mark} {note.body}-->: {wrong}')
    return found


def _wrong(note, told, references):
    if "--" in note.body:
        return "holds --, which ends a comment too early: its words would stand on the page"
    values = []
    for expression in note.expressions:
        answer = told.get(expression, {"error": "was not asked"})
        if "error" in answer:
            return answer["error"]
        values.append(answer["value"])
    if isinstance(note, Prediction):
        return _wrong_prediction(note, values[0])
    if note.mark == "?":
        return None if values[0] is True else f"is {shown(values[0])}"
    if note.mark == "=":
        return _wrong_number(note, values[0])
    return _wrong_citation(note, references) if note.mark == "@" else None


def _wrong_number(note, value):
    if note.number is None:
        return "no number stands right before it"
    if isinstance(value, (bool, str)):
        return f"is {shown(value)}, not a number"
    if agrees(note.number, Fraction(value) / note.scale):
        return _wrong_sum(note)
    unit = f" {note.unit}" if note.unit else ""
    return f"printed {note.number}{unit}, computed {shown(value)} = {shown(float(Fraction(value) / note.scale))}{unit}"


def _wrong_sum(note):
    """Does the arithmetic before a result give it? It is digits and signs alone, so that it can be evaluated."""
    if note.arithmetic is None:
        return None
    try:
        total = eval(note.arithmetic, {"__builtins__": {}})
    except (SyntaxError, ZeroDivisionError, TypeError) as error:
        return f"{note.arithmetic} is no arithmetic: {error}"
    return None if agrees(note.number, Fraction(total)) else f"{note.arithmetic} is {shown(total)}, not {note.number}"


def agrees(printed: str, value: Fraction) -> bool:
    """Is a printed number, such as "1,234.5", the value at its own precision? A tie may go either way."""
    digits = printed.replace(",", "").replace("\\", "").replace("−", "-")
    half = Fraction(1, 2 * 10 ** len(digits.partition(".")[2]))
    return abs(value - Fraction(digits)) <= half + abs(value) * SLACK


def _wrong_prediction(note, value):
    if note.choices:
        known = shown(value) in note.choices
        return None if known else f"the answer {shown(value)} is none of the choices: {' / '.join(note.choices)}"
    if isinstance(value, (bool, str)):
        return f"the answer is {shown(value)}, not a number, and there are no choices: | a / b"
    return None if note.tolerance else "says no tolerance, such as ~ 10%"


def _wrong_citation(note, references):
    source = note.body.split(",")[0].strip()
    if source.startswith("measured:") or source in references:
        return None
    try:
        row = ledger.row(source)
    except ConvcostError as error:
        return f"neither a reference nor a row of the ledger: {error}"
    if row["value"] is None:
        return None if note.text.endswith(row["printed"]) else f"{source} prints {row['printed']}"
    if note.number is None:
        return "no number stands right before it"
    value = Fraction(str(row["value"])) / (note.scale if note.unit in COUNTS else 1)
    return None if agrees(note.number, value) else f"printed {note.number}, {source} prints {row['printed']}"
