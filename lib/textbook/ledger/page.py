"""The whole ledger as one page: a table that a reader can search, narrow and sort."""

import re
from html import escape

from ..searchable import searchable
from .naming import KINDS, chapter, value_text, what
from .records import SOURCES, rows
from .state import report
from .verdicts import VERDICTS

# The columns, and what each is sorted by.
COLUMNS = {"what": "text", "verdict": "text", "printed": "number", "computed": "number", "source": "order"}
SIGNS = {
    "times": "×",
    "approx": "≈",
    "cong": "≅",
    "alpha": "α",
    "beta": "β",
    "sum": "Σ",
    "sim": "∼",
    "ge": "≥",
    "to": "→",
}


def ledger_page() -> str:
    """Return the HTML of the controls and of the table of all rows, for a page in a folder of `chapters`."""
    entries = [{**record, **entry} for record, entry in zip(rows(), report())]
    chapters = dict.fromkeys(e["notebook"] for e in entries if e["notebook"])
    fields = {
        "source": SOURCES,
        "verdict": {name: f"{name}: {meaning}" for name, meaning in VERDICTS.items()},
        "kind": KINDS,
        "chapter": {name: chapter(name) for name in sorted(chapters, key=lambda n: chapter(n).lower())},
    }
    return searchable(
        "cc-ledger", COLUMNS, map(_row, entries), len(entries), "rows", fields, "vgg memory", at_first=100
    )


def plain(text: str) -> str:
    """Return a printed text with its LaTeX, if it has any, as ordinary characters."""
    text = re.sub(r"\\(?:text|hat)\{(.*?)\}", r"\1", text.replace("$", "").replace("**", ""))
    text = re.sub(r"\\?\bf?rac\{(.*?)\}\{(.*?)\}", r"\1/\2", re.sub(r"\\(left|right)", "", text))
    return re.sub(r"\\([a-z]+|_)", lambda m: SIGNS.get(m[1], m[1]), text).strip()


def _row(entry):
    name, label = entry["verdict"] or "open", escape(what(entry))
    if entry["notebook"]:
        path = entry["notebook"].removeprefix("chapters/")
        label = f'<a href="../{path}.html#{entry["id"]}">{label}</a>'
    facts = f"{entry['source']} {name} {entry['kind']} {entry['notebook'] or ''}"
    cells = [
        f'<td><span class="cc-verdict cc-{name}">{name}</span></td>',
        _number(entry["value"], plain(entry["printed"])),
        _number(entry["computed"], value_text(entry["computed"], name)),
        f"<td>{entry['source']}: {escape(entry['where'])}</td>",
    ]
    reason = escape(entry["reason"] or "")
    note = f'<tr class="cc-note"><td colspan="{len(COLUMNS)}"><div>{reason}</div></td></tr>' if reason else ""
    return (
        f'<tr id="{entry["id"]}" data-facts="{facts}"><th scope="row">{label}</th>{"".join(cells)}</tr>' + note + "\n"
    )


def _number(value, text):
    known = value is not None and not isinstance(value, bool)
    return f'<td data-v="{value}">{escape(text)}</td>' if known else f"<td>{escape(text)}</td>"
