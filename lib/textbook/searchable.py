"""Long tables on a page of the book that a reader can search, narrow and sort; without scripts plain tables."""

from collections.abc import Iterable, Mapping
from html import escape

from .templates import filled, source


def searchable(
    name: str,
    columns: Mapping[str, str],
    lines: Iterable[str],
    total: int,
    noun: str = "rows",
    fields: Mapping[str, Mapping[str, str]] | None = None,
    example: str = "",
    at_first: int | None = None,
    first: Mapping[str, str] | None = None,
) -> str:
    """Return the HTML of a table with a form above it.

    name: its id on the page; columns: heading -> what it is sorted by: `text`, `number` (a cell's `data-v`) or
    `order`; lines: the HTML of the rows, each a `<tr id=...>` that may be followed by a `<tr class="cc-note">`;
    total: how many they are, and noun: how they are called; fields: name -> {value: text} of each list to choose
    from, where a row's `data-facts` holds its values, separated by spaces; example: what one may search for;
    at_first: how many rows are shown until more are asked for (default: all; thousands make a phone slow);
    first: name of a list -> the value that it has when the page opens. Without scripts, and on demand, all are shown.
    """
    head = "".join(f'<th scope="col" data-by="{by}">{heading}</th>' for heading, by in columns.items())
    label = name.removeprefix("cc-")
    lists = "".join(
        f'<label>{name}<select name="{name}"{_first(first or {}, name)}><option value="">all</option>'
        + "".join(f'<option value="{value}">{escape(text)}</option>' for value, text in options.items())
        + "</select></label>"
        for name, options in (fields or {}).items()
    )
    lines = list(lines)
    first, rest = lines[:at_first], lines[at_first:] if at_first is not None else []
    later = f'<table class="cc-table"><thead><tr>{head}</tr></thead><tbody>{"".join(rest)}</tbody></table>'
    return filled(
        __package__,
        "searchable.html",
        name=name,
        label=label,
        head=head,
        lists=lists,
        rows="".join(first),
        later=f"<noscript>{later}</noscript>" if rest else "",
        total=f"{total:,}",
        noun=noun,
        example=escape(example),
        script=source(__package__, "searchable.js"),
    )


def _first(first, name):
    return f' data-first="{first[name]}"' if name in first else ""
