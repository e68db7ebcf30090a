"""The rows of the ledger, as they stand in the package's data files."""

import csv
import re
from functools import cache
from importlib.resources import files
from math import prod
from typing import Any

from convcost.errors import ConvcostError, unknown
from convcost.quantity import Count, Quantity, counted

from .decimals import printed_quantity

SOURCES = {
    "lecture": "lecture slides CNN III, Network Structure",
    "compact": "lecture slides on compact architectures",
    "homework": "a homework on MobileNetV2",
    "korean": "slides on MobileNetV2 (Korean)",
    "chinese": "notes on MobileNet and ShuffleNet (Chinese)",
}


@cache
def _rows():
    found = {}
    for source in SOURCES:
        text = files(__package__).joinpath("data", f"{source}.csv").read_text(encoding="utf-8")
        for record in csv.DictReader(text.splitlines()):
            record["source"] = source
            for key in ("value", "half_ulp"):
                record[key] = _number(record[key])
            found[record["id"]] = record
    return found


def _number(text):
    """Return an int where the text is whole, else a float; None where there is none."""
    if not text:
        return None
    number = float(text)
    return int(number) if number.is_integer() else number


def rows() -> list[dict[str, Any]]:
    """Return every row in the order of the sources: dicts with the columns of the data files.

    id, source, where, line, subject, quantity, printed, value (base units), half_ulp (half a unit of the last
    printed place), kind (derived, measured, spec, history), convention, note, reason.
    """
    return list(_rows().values())


def row(id: str) -> dict[str, Any]:
    """Return the row of that id; an unknown id is an error with the nearest."""
    found = _rows()
    if id not in found:
        raise unknown("ledger row", id, [k for k in found if k.split("-")[:2] == str(id).split("-")[:2]] or found)
    return found[id]


def source_value(id: str) -> Quantity:
    """Return the number that a source prints, as a quantity: for differences and ratios of printed values.

    They are taken of the decimals: 2.1 - 0.2 is exactly 1.9.
    """
    value = row(id)["value"]
    if value is None:
        raise ConvcostError(f"{id}: prints no single number: {row(id)['printed']}")
    return printed_quantity(value, f"printed({id})")


def expression(id: str) -> Count:
    """Return the value of the arithmetic that a source prints before its equals sign, evaluated literally.

    A sum of products of whole numbers, such as 3x3x64x64x224x24 + 4096x1000.
    """
    text = row(id)["printed"].split("=")[0].replace("$", "")
    terms = [re.split(r"×|\\times|\*|·|x", term) for term in text.split("+")]
    try:
        value = sum(prod(int(factor) for factor in term) for term in terms)
    except ValueError:
        raise ConvcostError(f"{id}: not a sum of products of whole numbers: {text}") from None
    return counted(value, f"expression({id})")
