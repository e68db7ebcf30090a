"""Reading a submission: a notebook file as text cells and code cells, or one line that says why not.

The file is data: parsed as JSON, never executed here, its metadata never relied on.
"""

import json
import os
import re
from collections.abc import Iterable
from pathlib import Path
from stat import S_ISREG

from ..errors import CourseworkError
from .letters import decoded

LARGEST = 20_000_000  # bytes of one notebook, without its outputs
LARGEST_FILE = 200_000_000  # bytes with them
MOST_CELLS = 20_000
ADVICE = "clear its outputs (Edit, Clear All Outputs), save it, and hand it in again"
PYTHON = re.compile(r"^[ \t]*(?:def \w+\(.*:|from [\w.]+ import |import \w+|print\()", re.M)


def read(path: str | Path) -> list[tuple[str, str]]:
    """Return a notebook's cells as (kind, text), kind "code" or "markdown"; `CourseworkError` if unreadable."""
    notebook = _load(path)
    cells = notebook.get("cells")
    if cells is None and isinstance(notebook.get("worksheets"), list):  # notebook format 3
        cells = [c for sheet in notebook["worksheets"] if isinstance(sheet, dict) for c in sheet.get("cells") or []]
    if not isinstance(cells, list):
        raise CourseworkError("no notebook: it has no list of cells; hand in the file as Jupyter or Colab saves it")
    if len(cells) > MOST_CELLS:
        raise CourseworkError(f"{len(cells):,} cells; at most {MOST_CELLS:,} are read: delete what is not needed")
    told = [(c.get("cell_type"), _text(c)) for c in cells if isinstance(c, dict)]
    metadata = notebook.get("metadata")
    kernel = metadata.get("kernelspec") if isinstance(metadata, dict) else None
    language = kernel.get("language") if isinstance(kernel, dict) else None
    foreign = isinstance(language, str) and language and not re.match(r"i?python", language, re.I)
    if foreign and not any(PYTHON.search(source) for source in code(told)):
        raise CourseworkError(
            f"written for a {language[:40]!r} kernel, not for Python; its code is to be Python (Kernel, Change Kernel)"
        )
    return told


def _load(path):
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        raise CourseworkError(f"cannot be opened: {error.strerror} (links are not followed)") from None
    with open(handle, "rb") as file:
        facts = os.fstat(file.fileno())
        if not S_ISREG(facts.st_mode):
            raise CourseworkError("not an ordinary file")
        data = b"" if facts.st_size > LARGEST_FILE else file.read(LARGEST_FILE + 1)
    if not data or len(data) > LARGEST:
        data = without_outputs(data)
    if len(data) > LARGEST or facts.st_size > LARGEST_FILE:
        raise CourseworkError(f"{facts.st_size / 1e6:.0f} MB; at most {LARGEST // 10**6} MB are read: {ADVICE}")
    try:
        notebook = json.loads(decoded(data)[0])
    except UnicodeError:
        raise CourseworkError(f"no notebook: {_kind(data) or 'no text that can be read'}") from None
    except json.JSONDecodeError as error:
        what = _kind(data) or f"broken JSON in line {error.lineno}"
        raise CourseworkError(f"no notebook: {what}; save it in Jupyter or Colab, and hand it in again") from None
    except (ValueError, RecursionError):
        raise CourseworkError("no notebook: JSON that nothing sensible writes") from None
    if not isinstance(notebook, dict):
        raise CourseworkError("no notebook: its JSON is not an object")
    return notebook


def _kind(data):
    """Return what a file is that is no notebook, or ""."""
    start = data.lstrip()[:5]
    found = (kind for mark, kind in KINDS.items() if start.startswith(mark))
    return "empty" if not start else next(found, "")


KINDS = {
    b"<": "a web page about it; download the file itself",
    b"PK": "a zip file; unpack it",
    b"%PDF": "a PDF; hand in the .ipynb file",
}


def without_outputs(data: bytes) -> bytes:
    """Return the JSON of a notebook with empty lists of outputs, found without parsing it."""
    kept, place = [], 0
    while start := OUTPUTS.search(data, place):
        depth, end = 1, start.end()
        for token in TOKEN.finditer(data, end):
            depth += {b"[": 1, b"]": -1}.get(token[0], 0)
            if not depth:
                end = token.start()
                break
        else:  # never closed: no JSON
            return data
        kept.append(data[place : start.end()])
        place = end
    return b"".join([*kept, data[place:]])


OUTPUTS = re.compile(rb'"outputs"\s*:\s*\[')
TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\Z)|[\[\]]', re.S)  # never goes back: its time is that of reading


def _text(cell):
    source = cell.get("source", cell.get("input", ""))
    return "".join(s for s in source if isinstance(s, str)) if isinstance(source, list) else str(source or "")


def code(cells: Iterable[tuple[str, str]]) -> list[str]:
    """Return the sources of the code cells."""
    return [text for kind, text in cells if kind == "code"]
