"""Per-student notebooks and answer keys, both made from one secret: HMAC(secret, student, exercise)."""

import json
import re
from collections.abc import Iterable
from pathlib import Path

from ..errors import CourseworkError
from ..exercise import Variant, exercises
from ..sandbox.inside.wire import encode
from ..values import readable
from .marking import Marker
from .pages import page, text
from .writing import file_name, write

SHORTEST = 16  # bytes of a secret
WIDTH = 120  # of a line of code


def read_secret(path: str | Path) -> bytes:
    """Return the secret in a file, as bytes."""
    try:
        secret = Path(path).read_bytes().strip()
    except OSError as error:
        raise CourseworkError(f"secret {path}: {error.strerror}") from None
    if len(secret) < SHORTEST:
        raise CourseworkError(f"secret {path}: {len(secret)} bytes; at least {SHORTEST} are needed")
    return secret


def assign(
    source: str | Path, out: str | Path, names: Iterable[str], wanted: Iterable[str], secret: bytes | None
) -> tuple[int, list[Path]]:
    """Write each student's own copy of the wanted notebooks: `OUT/<student>/<notebook>.ipynb`.

    source: the folder of the published exercise notebooks. Only the cells with a student's numbers differ. A file
    that is there already stays as it is; returns (files written, files that were there with other content).
    """
    written, kept = 0, []
    for notebook in wanted:
        path = Path(source) / f"{notebook}.ipynb"
        try:
            published = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise CourseworkError(
                f"{path}: not found or no notebook; --from names the folder of the exercises"
            ) from None
        for name in names:
            own = json.dumps(personal(published, notebook, name, secret), indent=1, ensure_ascii=False)
            place = Path(out) / file_name(name) / path.name
            if not place.exists():
                write(place, own + "\n")
                written += 1
            elif place.read_text(encoding="utf-8", errors="replace") != own + "\n":
                kept.append(place)
    return written, kept


def given_cell(function: str, variant: Variant) -> str:
    """Return the source of the notebook cell that holds a student's own numbers, in the form that ruff gives it."""
    return _source(f"{function}_given = ", variant)


def _source(before, value, after="", indent=""):
    """Return a value as Python, with what stands before and after it: in one line, or with a line for each element."""
    line = f"{indent}{before}{_literal(value)}{after}"
    if len(line) <= WIDTH or not isinstance(value, (dict, list)):
        return line
    if isinstance(value, dict):
        first, last, elements = "{", "}", [(f"{_literal(key)}: ", element) for key, element in value.items()]
    else:
        first, last, elements = "[", "]", [("", element) for element in value]
    inner = [_source(name, element, ",", indent + "    ") for name, element in elements]
    return "\n".join([f"{indent}{before}{first}", *inner, f"{indent}{last}{after}"])


def _literal(value):
    """Return a value as Python in one line, with double quotes."""
    if isinstance(value, dict):
        return "{%s}" % ", ".join(f"{_literal(key)}: {_literal(element)}" for key, element in value.items())
    if isinstance(value, list):
        return "[%s]" % ", ".join(map(_literal, value))
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def asked_in(source: str) -> str | None:
    """Return the function whose numbers a code cell gives, or None."""
    match = re.match(r"(\w+)_given = ", source)
    return match and match[1]


def personal(published: dict, notebook: str, student: str, secret: bytes | None) -> dict:
    """Return a copy of a published exercise notebook with this student's numbers."""
    known = {e.function: e for e in exercises(notebook).values() if e.make_variant}
    replaced, cells = set(), []
    for cell in published["cells"]:
        function = asked_in("".join(cell["source"])) if cell["cell_type"] == "code" else None
        if function in known:
            replaced.add(function)
            source = given_cell(function, known[function].variant(secret, student))
            cell = {**cell, "source": source.splitlines(keepends=True)}
        cells.append(cell)
    if replaced != set(known):
        raise CourseworkError(
            f"{notebook}.ipynb: no cell with the numbers of {', '.join(sorted(set(known) - replaced))}"
        )
    return {**published, "cells": cells}


def key_page(student: str, wanted: Iterable[str], marker: Marker) -> str:
    """Return one student's answer key as HTML: his numbers, the cases that were tried, and the right answers."""
    body = [f"<h1>Answer key: {text(student)}</h1>"]
    for notebook in wanted:
        for exercise in exercises(notebook).values():
            body.append(_key(exercise, student, marker))
    return page("Answer key", "\n".join(body))


def _key(exercise, student, marker):
    variant, calls = exercise.variant(marker.secret, student), marker.calls(exercise, student)
    lines = [f"<h2>{text(exercise.name)}</h2>"]
    if variant:
        given = ", ".join(f"{k} = {readable(encode(v))}" for k, v in variant.items())
        lines.append(f"<p>Given: {text(given)}</p>")
    if not calls[0].skill:  # a design: many answers are right
        lines += [
            "<p>Any network with</p><ul>",
            *[f"<li>{text(s.title)}</li>" for s in exercise.skills.values()],
            "</ul>",
        ]
        return "\n".join(lines)
    lines.append("<table>")
    for call, value in zip(calls, exercise.key(calls, variant)):
        asked = call.source(exercise) if exercise.parameters else exercise.function
        lines.append(
            f"<tr><td>{text(exercise.skills[call.skill].title)}</td><td>{text(asked)}</td>"
            f"<td class='number'>{text(readable(value))}</td></tr>"
        )
    return "\n".join([*lines, "</table>"])
