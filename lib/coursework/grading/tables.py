"""Tables that go through a spreadsheet: read whatever it saved, write nothing that it would execute."""

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from ..errors import CourseworkError

FORMULA = ("=", "+", "-", "@")


def read_table(path: str | Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file as dicts; separated by commas or semicolons, with or without a byte order mark."""
    csv.field_size_limit(2**31 - 1)
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            text = file.read()
        first = text.partition("\n")[0]
        separator = ";" if first.count(";") > first.count(",") else ","
        rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=separator, restkey=""))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CourseworkError(f"{path}: {error}") from None
    return [{key: _bare(value) for key, value in row.items()} for row in rows]


def table(columns: Iterable[str], rows: Iterable[list]) -> str:
    """Return a CSV text; rows: lists of cells."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([cell(c) for c in columns])
    writer.writerows([[cell(c) for c in row] for row in rows])
    return text.getvalue()


def cell(value: object) -> object:
    """Return a value as it may stand in a table: no formula, no control characters, whole numbers without a point."""
    if value is None:
        return ""
    if isinstance(value, float) and value == int(value):
        return int(value)
    if not isinstance(value, str):
        return value
    value = printable(value)
    return "'" + value if value.startswith((*FORMULA, "'")) else value


def _bare(value):
    return (
        value[1:]
        if isinstance(value, str) and value.startswith("'") and value[1:].startswith((*FORMULA, "'"))
        else value
    )


def printable(text: str) -> str:
    """Return a text without what a terminal or a reader's eye would follow: control and direction characters."""
    return "".join(c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in text)
