"""The rows that differ, sorted by the kind of error, which stands in data/errata.csv."""

import csv
from html import escape
from importlib.resources import files

from ..errors import ConvcostError
from ..table import Markup, html_table
from .display import QUANTITIES, _as_math
from .records import SOURCES, row
from .report import report

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

CHAPTERS = {  # how a chapter is called in a line of the errata
    "definitions": "definitions", "densenet": "DenseNet", "googlenet": "GoogLeNet",
    "lenet_alexnet_zfnet": "AlexNet", "mobilenet_v1": "MobileNet", "mobilenet_v2": "MobileNet V2",
    "mobilenet_v2_homework": "the homework",
    "real_networks": "real networks", "shufflenet_v1": "ShuffleNet", "shufflenet_v2": "ShuffleNet V2",
    "squeezenet": "SqueezeNet", "why_light": "why light",
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

    root: the way from the page to the folder of the chapters; the chapter's name leads to the row there.
    """
    entries = errata()[kind]
    body = [
        [_what(row(e["id"])), _as_math(_short(e["printed"])), _shown(e["computed"], row(e["id"])["quantity"])]
        for e in entries
    ]
    notes = [Markup(f"{escape(e['reason'])} {_link(e, root)}") for e in entries]
    return html_table(["what", "printed", "computed"], body, words=2, notes=notes)


def _what(record):
    quantity = record["quantity"]
    what = record["subject"] + ("" if quantity == "other" else f", {QUANTITIES.get(quantity, quantity)}")
    return Markup(f'<span title="{escape(record["where"])}">{escape(what)}</span>')


def _short(text, limit=90):
    formula = "$" in text or "\\" in text
    return text if len(text) <= limit or formula else text[:limit].rsplit(" ", 1)[0] + " …"


def _shown(value, quantity):
    if isinstance(value, bool):
        return "holds" if value else "does not hold"
    unit = " MB" if quantity == "memory_mb" else ""
    return (f"{value:,.6g}" if isinstance(value, float) else f"{value:,}") + unit


def _link(entry, root):
    chapter = entry["notebook"].removeprefix("chapters/")
    name = CHAPTERS[chapter.split("/")[-1]]
    return f'({escape(SOURCES[entry["source"]])}; <a href="{root}/{chapter}.html#{entry["id"]}">{name}</a>)'
