"""Read the comments of a text: what each says, and which part of the text it is about."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

COMMENT = re.compile(r"<!--\s*(predict\s*=|[=?@#])(.*?)-->", re.S)
UNITS = {
    "thousand": Fraction(10**3),
    "million": Fraction(10**6),
    "billion": Fraction(10**9),
    "percent": Fraction(1, 100),
    "%": Fraction(1, 100),
    "k": Fraction(10**3),
    "M": Fraction(10**6),
    "G": Fraction(10**9),
    "T": Fraction(10**12),
    "kB": Fraction(10**3),
    "MB": Fraction(10**6),
    "GB": Fraction(10**9),
    "ms": Fraction(1, 10**3),
    "µs": Fraction(1, 10**6),
}
DIGITS = r"[-−]?\d+(?:(?:,|\\,)\d{3})*(?:\.\d+)?"
PRINTED = re.compile(
    rf"(?P<number>{DIGITS})(?P<unit>[ \u00a0]?(?:{'|'.join(map(re.escape, sorted(UNITS, key=len, reverse=True)))}))?"
    r"(?P<marks>[*_$×]*)$"
)
# The arithmetic before a result, as in "9 · 64 + 64 = 640".
ARITHMETIC = re.compile(rf"(?:{DIGITS}|[-+/()·×\s]|\\cdot|\\times|\^)+=\s*$")
# Where the part of a text begins that a comment speaks of: a sentence, a cell of a table, an item of a list.
BOUNDARY = re.compile(r"[.!?:;]\s|\||\n\s*\n|\n\s*(?:[-*]|\d+\.)\s")


COUNTS = ("thousand", "million", "billion", "k", "M", "G", "T")  # the ledger keeps other units as they are printed


def start_of_part(before: str) -> int:
    """Return where the part of a text begins of which a comment behind it speaks."""
    return max([boundary.end() for boundary in BOUNDARY.finditer(before)], default=0)


@dataclass(frozen=True)
class Annotation:
    """One comment. mark: "=", "?", "@" or "#"; body: its words; text: the part of the sentence before it.

    number, unit: as printed right before it ("15.5", "G"), or None; arithmetic: the sum before that, as in
    "3 · 4 = 12", for Python, or None.
    """

    mark: str
    body: str
    text: str
    number: str | None = None
    unit: str | None = None
    arithmetic: str | None = None

    @property
    def expressions(self) -> list[str]:
        return [self.body] if self.mark in "=?" else []

    @property
    def scale(self) -> Fraction:
        """What the printed number is multiplied by: a million in "15 million"."""
        return UNITS.get(self.unit, Fraction(1))


@dataclass(frozen=True)
class Prediction:
    """A question. tolerance: the part of the answer by which a guess may be off; choices: () if a number is asked."""

    body: str
    text: str
    answer: str
    tolerance: Fraction
    unit: str
    choices: tuple[str, ...]
    mark: str = "predict"

    @property
    def expressions(self) -> list[str]:
        return [self.answer]


def annotations(text: str) -> list[Annotation | Prediction]:
    """Return the comments of a Markdown text that carry derivations, in their order."""
    found = []
    for comment in COMMENT.finditer(text):
        before = COMMENT.sub("", text[: comment.start()])
        part = before[start_of_part(before) :].strip()
        body = " ".join(comment[2].split())
        if comment[1] in "=?@#":
            printed = PRINTED.search(before)
            number, unit = (printed["number"], (printed["unit"] or "").strip() or None) if printed else (None, None)
            found.append(Annotation(comment[1], body, part, number, unit, printed and _sum(before[: printed.start()])))
        else:
            found.append(_prediction(body, part))
    return found


def _sum(before):
    """The arithmetic that a text ends with, in Python's spelling; None where there is none."""
    found = ARITHMETIC.search(before)
    if not found or not re.search(r"\d", found[0]):
        return None
    plain = re.sub(r"\\cdot|\\times|·|×", "*", re.sub(r"\\,|(?<=\d),(?=\d)", "", found[0].rstrip("= \n")))
    return plain.replace("^", "**").replace("−", "-").strip()


def _prediction(body, part):
    asked, _, unit = body.partition("|")
    answer, _, tolerance = asked.partition("~")
    percent = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*%\s*", tolerance)
    choices = tuple(choice.strip() for choice in unit.split("/")) if re.search(r"\s/\s", unit) else ()
    allowed = Fraction(percent[1]) / 100 if percent else Fraction(0)
    return Prediction(body, part, answer.strip(), allowed, "" if choices else unit.strip(), choices)


def expressions(texts: list[str]) -> list[str]:
    """Return every expression that the comments of these texts hold, each once."""
    return list(dict.fromkeys(e for text in texts for note in annotations(text) for e in note.expressions))
