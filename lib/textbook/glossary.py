"""The terms of the field in English, Chinese and Korean, from data/glossary.csv: each with its meaning and the
places in the book that explain it.
"""

import csv
import re
from html import escape
from importlib.resources import files
from typing import Any

from .ledger.naming import chapter
from .searchable import searchable

COLUMNS = {"term": "text", "Chinese": "text", "Korean": "text", "meaning": "text"}


def terms() -> list[dict[str, Any]]:
    """Return every term in the order of the alphabet: dicts with `term`; `also`, `chinese`, `korean` (lists of
    names); `meaning`; `where` (a list of page#section under `chapters`).
    """
    text = files(__package__).joinpath("data", "glossary.csv").read_text(encoding="utf-8")
    return [
        {
            **line,
            "also": _list(line["also"], ", "),
            "chinese": _list(line["chinese"], "、"),
            "korean": _list(line["korean"], ", "),
            "where": line["where"].split(),
        }
        for line in csv.DictReader(text.splitlines())
    ]


def anchor(term: str) -> str:
    """Return the name by which an address leads to a term: glossary.html#term-batch-normalization."""
    return "term-" + re.sub(r"\W+", "-", term.replace("×", "x"))


def glossary_page() -> str:
    """Return the HTML of the table of all terms, for a page in a folder of `chapters`."""
    found = terms()
    return searchable("cc-glossary", COLUMNS, map(_row, found), len(found), "terms", example="感受野")


def _row(entry):
    also = f'<br><span class="cc-also">{escape(", ".join(entry["also"]))}</span>' if entry["also"] else ""
    places = ", ".join(
        f'<a href="../{page}.html{mark}{section}">{escape(chapter(page))}</a>'
        for page, mark, section in (where.partition("#") for where in entry["where"])
    )
    return (
        f'<tr id="{anchor(entry["term"])}"><th scope="row">{escape(entry["term"])}{also}</th>'
        f'<td lang="zh-Hans">{escape("、".join(entry["chinese"]))}</td>'
        f'<td lang="ko">{escape(", ".join(entry["korean"]))}</td>'
        f'<td>{escape(entry["meaning"])} <span class="cc-where">({places})</span></td></tr>\n'
    )


def _list(text, separator):
    return text.split(separator) if text else []
