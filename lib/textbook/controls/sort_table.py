"""A table of words and numbers that a reader sorts by any column, searches and narrows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from re import sub

from ..searchable import searchable

Cell = str | float | None


class SortTable:
    """Rows that are sorted by a click on the head of a column; without scripts a plain table in the given order.

    name: what it is called, on the page and aloud, "networks"; rows: heading -> word or number, None where there is
    none; all have the headings of the first. choose: headings of words of which a reader can pick one; noun: what a
    row is; example: what one may search for; first: heading in `choose` -> the word that is picked when the page opens.

    Raises ValueError where a row has other headings, a column mixes words and numbers, or no row has what is picked.
    """

    def __init__(
        self,
        name: str,
        rows: Sequence[Mapping[str, Cell]],
        choose: Sequence[str] = (),
        noun: str = "rows",
        example: str = "",
        first: Mapping[str, str] | None = None,
    ) -> None:
        self.name, self.rows, self.choose, self.noun, self.example = name, list(rows), choose, noun, example
        self.first = dict(first or {})
        self.columns = {}
        for heading in self.rows[0]:
            words = {isinstance(row.get(heading), str) for row in self.rows if row.get(heading) is not None}
            if len(words) > 1:
                raise ValueError(f"{heading}: a column has words or numbers, not both")
            self.columns[heading] = "text" if words == {True} else "number"
        for row in self.rows:
            if list(row) != list(self.columns):
                raise ValueError(f"{', '.join(row)}: all rows have the headings {', '.join(self.columns)}")
        for heading, word in self.first.items():
            if heading not in choose or word not in [row[heading] for row in self.rows]:
                raise ValueError(f"{heading}: no row to choose has {word}")

    def __repr__(self):
        table = [list(self.columns), *[[_written(value) for value in row.values()] for row in self.rows]]
        wide = [max(map(len, column)) for column in zip(*table)]
        words = [by == "text" for by in self.columns.values()]
        lines = [[t.ljust(w) if left else t.rjust(w) for t, w, left in zip(line, wide, words)] for line in table]
        return "\n".join(["  ".join(line).rstrip() for line in lines])

    def _repr_html_(self):
        fields = {heading: {_slug(row[heading]): row[heading] for row in self.rows} for heading in self.choose}
        lines = [self._line(f"cc-{_slug(self.name)}-{number}", row) for number, row in enumerate(self.rows)]
        root = f"cc-{_slug(self.name)}"
        first = {heading: _slug(word) for heading, word in self.first.items()}
        return searchable(root, self.columns, lines, len(lines), self.noun, fields, self.example, first=first)

    def _line(self, root, row):
        (_, first), *others = row.items()
        cells = "".join([_cell(value) for _, value in others])
        facts = " ".join([_slug(row[heading]) for heading in self.choose])
        return f'<tr id="{root}" data-facts="{facts}"><th scope="row">{escape(_written(first))}</th>{cells}</tr>\n'


def _cell(value):
    if isinstance(value, str):
        return f'<td class="cc-text">{escape(value)}</td>'
    return "<td>–</td>" if value is None else f'<td data-v="{value}">{_written(value)}</td>'


def _written(value):
    return "–" if value is None else value if isinstance(value, str) else f"{value:,}"


def _slug(text):
    return sub(r"\W+", "-", text.lower()).strip("-")
