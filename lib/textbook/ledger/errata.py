"""The rows that differ, sorted by the kind of error, which stands in data/errata.csv."""

import csv
from html import escape
from importlib.resources import files

from convcost.errors import ConvcostError
from convcost.table import Markup, html_table

from .display import as_math
from .records import SOURCES, row
from .report import report
from .words import chapter, shown, what

KINDS = {
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


def kinds():
    """Return {row id: kind of error}, in ledger order; an unknown kind or a repeated id is an error."""
    text = files(__package__).joinpath("data", "errata.csv").read_text(encoding="utf-8")
    found = {}
    for line in csv.DictReader(text.splitlines()):
        id, kind = line["id"], line["kind"]
        if kind not in KINDS:
            raise ConvcostError(f"{id}: unknown kind of error {kind!r}; allowed: {', '.join(KINDS)}")
        if id in found:
            raise ConvcostError(f"{id}: has two kinds of error, {found[id]} and {kind}")
        found[id] = kind
    return found


def errata():
    """Return {kind: entries of `report` whose verdict is differs}, every kind in the order of `KINDS`."""
    found, sorted_ = kinds(), {kind: [] for kind in KINDS}
    for entry in report():
        if entry["verdict"] == "differs":
            if entry["id"] not in found:
                raise ConvcostError(f"{entry['id']}: differs, but errata.csv gives no kind of error")
            sorted_[found[entry["id"]]].append(entry)
    return sorted_


def errata_table(kind, root=".."):
    """Return one kind as an HTML table: what, printed, computed; below each row reason, source and chapter.

    kind: of `KINDS`, or `truncated` for the rows of that verdict, which are no errors and have no reasons.

    root: the way from the page to the folder of the chapters. What a row is about leads to the row in the ledger,
    the chapter's name to the cell there.
    """
    entries = [e for e in report() if e["verdict"] == kind] if kind == "truncated" else errata()[kind]
    body = [
        [_what(row(e["id"]), root), as_math(_short(e["printed"])), shown(e["computed"]) + _unit(row(e["id"]))]
        for e in entries
    ]
    notes = [Markup(f"{escape(e['reason'] or '')} {_link(e, root)}") for e in entries]
    return html_table(["what", "printed", "computed"], body, words=2, notes=notes)


def _what(record, root):
    link = f"{root}/back/ledger.html#{record['id']}"
    return Markup(f'<a class="cc-row" href="{link}" title="{escape(record["where"])}">{escape(what(record))}</a>')


def _unit(record):
    return " MB" if record["quantity"] == "memory_mb" else ""


def _short(text, limit=90):
    formula = "$" in text or "\\" in text
    return text if len(text) <= limit or formula else text[:limit].rsplit(" ", 1)[0] + " …"


def _link(entry, root):
    path = entry["notebook"].removeprefix("chapters/")
    link = f'<a href="{root}/{path}.html#{entry["id"]}">{chapter(entry["notebook"])}</a>'
    return f"({escape(SOURCES[entry['source']])}; {link})"
