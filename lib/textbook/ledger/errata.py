"""The rows that differ or are false, sorted by the kind of error, which stands in data/errata.csv."""

import csv
from html import escape
from importlib.resources import files
from typing import Any

from convcost.errors import ConvcostError
from convcost.table import Markup, html_table

from .display import as_math
from .naming import chapter, value_text, what
from .records import SOURCES, row
from .state import report
from .verdicts import ERRORS

ERROR_KINDS = {
    "expression": "slip in an expression or formula",
    "copied": "copied from the wrong cell",
    "rounding": "rounded twice, too early or too coarsely",
    "units": "mixed units",
    "counting": "something left out or counted twice",
    "nominal": "a label in place of a count",
    "claim": "a claim that does not hold",
    "inherited": "inherited from a paper",
    "not_reproduced": "not reproduced",
}


def error_kinds() -> dict[str, str]:
    """Return {row id: kind of error}, in ledger order; an unknown kind or a repeated id is an error."""
    text = files(__package__).joinpath("data", "errata.csv").read_text(encoding="utf-8")
    found = {}
    for line in csv.DictReader(text.splitlines()):
        id, kind = line["id"], line["kind"]
        if kind not in ERROR_KINDS:
            raise ConvcostError(f"{id}: unknown kind of error {kind!r}; allowed: {', '.join(ERROR_KINDS)}")
        if id in found:
            raise ConvcostError(f"{id}: has two kinds of error, {found[id]} and {kind}")
        found[id] = kind
    return found


def errata() -> dict[str, list[dict[str, Any]]]:
    """Return {kind: entries of `report` that differ or are false}, every kind in the order of `ERROR_KINDS`."""
    found, sorted_ = error_kinds(), {kind: [] for kind in ERROR_KINDS}
    for entry in report():
        if entry["verdict"] in ERRORS:
            if entry["id"] not in found:
                raise ConvcostError(f"{entry['id']}: {entry['verdict']}, but errata.csv gives no kind of error")
            sorted_[found[entry["id"]]].append(entry)
    return sorted_


def errata_table(kind: str, root: str = "..") -> str:
    """Return one kind as an HTML table: what, printed, computed; below each row reason, source and chapter.

    kind: of `ERROR_KINDS`, or `truncated` or `conditional` for the rows of that verdict, which are no errors.
    root: the way from the page to the folder of the chapters. What a row is about leads to the row in the ledger,
    the chapter's name to the cell there.
    """
    entries = errata()[kind] if kind in ERROR_KINDS else [e for e in report() if e["verdict"] == kind]
    body = [[_what(row(e["id"]), root), as_math(_short(e["printed"])), _computed(e)] for e in entries]
    notes = [Markup(f"{escape(e['reason'] or '')} {_link(e, root)}") for e in entries]
    caption = f"{len(entries)} rows"
    return html_table(["what", "printed", "computed"], body, caption=caption, words=2, notes=notes)


def _what(record, root):
    link = f"{root}/back/ledger.html#{record['id']}"
    return Markup(f'<a class="cc-row" href="{link}" title="{escape(record["where"])}">{escape(what(record))}</a>')


def _computed(entry):
    text, in_megabytes = value_text(entry["computed"], entry["verdict"]), row(entry["id"])["quantity"] == "memory_mb"
    return text + " MB" if in_megabytes and not isinstance(entry["computed"], bool) else text


def _short(text, limit=90):
    formula = "$" in text or "\\" in text
    return text if len(text) <= limit or formula else text[:limit].rsplit(" ", 1)[0] + " …"


def _link(entry, root):
    path = entry["notebook"].removeprefix("chapters/")
    link = f'<a href="{root}/{path}.html#{entry["id"]}">{chapter(entry["notebook"])}</a>'
    return f"({escape(SOURCES[entry['source']])}; {link})"
