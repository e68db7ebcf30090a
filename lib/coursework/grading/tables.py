"""Tables that go through a spreadsheet: read whatever it saved, write nothing that it would execute."""

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from ..errors import CourseworkError
from .letters import decoded

FORMULA = ("=", "+", "-", "@")
SEPARATORS = ",;\t"
MARK = "\ufeff"  # at the start of a table it tells a spreadsheet that the letters are UTF-8


class Table(list):
    """Rows as dicts. columns: their heads as written; a row is asked by `head(column)`. encoding: of the file."""

    def __init__(self, rows: Iterable[dict[str, str]], columns: Iterable[str], encoding: str) -> None:
        super().__init__(rows)
        self.columns, self.encoding = list(columns), encoding


def head(column: str) -> str:
    """Return the head of a column as it is compared: one blank between words, no case."""
    return " ".join(column.replace("\xa0", " ").split()).casefold()


def read_table(path: str | Path) -> Table:
    """Return the rows of a CSV file: in any common encoding; separated by commas, semicolons or tabs."""
    csv.field_size_limit(2**31 - 1)
    try:
        data = Path(path).read_bytes()
        if data.startswith(b"PK\x03\x04"):
            raise CourseworkError(f"{path}: an Excel workbook; save it as CSV UTF-8")
        text, encoding = decoded(data)
        first, _, rest = text.partition("\n")
        if first.strip().lower().startswith("sep=") and len(first.strip()) <= 5:  # Excel's own first line
            text, first = rest, rest.partition("\n")[0]
        separator = max(SEPARATORS, key=first.count)
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except UnicodeError:
        raise CourseworkError(f"{path}: its letters are in no encoding known here; save it as CSV UTF-8") from None
    except OSError as error:
        raise CourseworkError(f"{path}: {error.strerror}") from None
    except csv.Error as error:
        raise CourseworkError(f"{path}: {error}") from None
    columns = lines[0] if lines else []
    heads = [head(column) for column in columns]
    rows = []
    for line in lines[1:]:
        if line:
            cells = [*map(bare, line), *[""] * (len(heads) - len(line))]
            rows.append(dict(reversed(list(zip(heads, cells)))))  # of two columns of one name, the first
    return Table(rows, columns, encoding)


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
    if isinstance(value, float):
        return int(value) if value == int(value) else round(value, 4)
    if not isinstance(value, str):
        return value
    value = printable(value)
    return "'" + value if value.startswith((*FORMULA, "'")) and value != "-" else value


def bare(value: str) -> str:
    """Return a cell without the quote by which `cell` kept it from being a formula."""
    return value[1:] if value.startswith("'") and value[1:].startswith((*FORMULA, "'")) else value


def number(value: str) -> float:
    """Return the number in a cell, with a point or a comma; raises ValueError."""
    value = value.strip()
    if not all(c in "0123456789.,-+" for c in value):
        raise ValueError(value)
    return float(value.replace(",", ".") if "." not in value else value)


def printable(text: str) -> str:
    """Return a text without what a terminal or a reader's eye would follow: control and direction characters."""
    return "".join(c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in text)
