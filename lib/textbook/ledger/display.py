"""Printed beside computed, in a cell's output: text, an HTML table, and a trace for machines."""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from convcost.quantity import Claim, Quantity
from convcost.table import Markup, html_table

from .naming import value_text, what
from .records import SOURCES, row
from .verdicts import VERDICTS, Conditional, verdict

MIME = "application/vnd.convcost.ledger+json"
Computed = Quantity | Conditional | None


def printed(id: str, computed: Computed = None) -> "Comparison":
    """Hold one printed number against a computed one and show both with the verdict.

    id: the ledger row; computed: a counted quantity, a claim or a `conditional` one, for rows of kind derived and
    spec; None for what can only be cited.
    """
    return Comparison([(id, computed)])


def printed_table(
    pairs: Mapping[str, Computed] | Iterable[tuple[str, Computed]], caption: str | None = None
) -> "Comparison":
    """Hold a whole table of a source against computed values: pairs of row id and value (or a dict of them)."""
    return Comparison(pairs.items() if isinstance(pairs, Mapping) else pairs, caption)


class Comparison:
    """Rows of the ledger beside their computed values; shows itself in a notebook."""

    def __init__(self, pairs: Iterable[tuple[str, Computed]], caption: str | None = None) -> None:
        self.caption = caption
        self.entries = [_entry(id, computed) for id, computed in pairs]

    def _cells(self, entry):
        record = entry["row"]
        return [what(record), entry["verdict"], record["printed"], value_text(entry["computed"], entry["verdict"])]

    def trace(self) -> dict[str, list[dict[str, Any]]]:
        """Return what is left in the notebook for `textbook.ledger.collect`."""
        return {
            "rows": [
                {
                    "id": e["row"]["id"],
                    "computed": _plain(e["computed"]),
                    "verdict": e["verdict"],
                    "convention": getattr(e["computed"], "convention", None),
                    "origin": getattr(e["computed"], "origin", None),
                }
                for e in self.entries
            ]
        }

    def __repr__(self):
        lines = [["what", "verdict", "printed", "computed"]] + [self._cells(e) for e in self.entries]
        widths = [max(len(line[i]) for line in lines) for i in range(4)]
        text = []
        for cells, entry in zip(lines, [None, *self.entries]):
            text.append("  ".join(c.ljust(w) for c, w in zip(cells, widths)).rstrip())
            if entry and entry["reason"]:
                text.append(f"    because {entry['reason']}")
        return "\n".join(text)

    def _repr_html_(self):
        body, notes = [], []
        for entry in self.entries:
            about, name, text, value = self._cells(entry)
            record = entry["row"]
            where = escape(f"{SOURCES[record['source']]}: {record['where']}")
            label = Markup(f'<span id="{record["id"]}" title="{where}">{escape(about)}</span>')
            pill = Markup(f'<span class="cc-verdict cc-{name}" title="{VERDICTS[name]}">{name}</span>')
            body.append([label, pill, as_math(text), value])
            notes.append(entry["reason"])
        header = ["what", "verdict", "printed", "computed"]
        return html_table(header, body, caption=self.caption, words=2, notes=notes)

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/plain": repr(self), "text/html": self._repr_html_(), MIME: self.trace()}


def _entry(id, computed):
    record = row(id)
    return {"row": record, "computed": computed, "verdict": verdict(record, computed), "reason": record["reason"]}


def as_math(text: str) -> str:
    """Mark a printed text as a formula where it is bare LaTeX; pages set what stands between dollars."""
    return f"${text}$" if "\\" in text and "$" not in text else text


def _plain(value):
    if isinstance(value, (Claim, Conditional)):
        return bool(value)
    return float(value) if isinstance(value, float) else int(value) if isinstance(value, Quantity) else None
