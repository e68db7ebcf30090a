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

LARGEST = 20_000_000  # bytes of one notebook
MOST_CELLS = 2_000


def read(path: str | Path) -> list[tuple[str, str]]:
    """Return a notebook's cells as (kind, text), kind "code" or "markdown"; `CourseworkError` if unreadable."""
    notebook = _load(path)
    metadata = notebook.get("metadata")
    kernel = metadata.get("kernelspec") if isinstance(metadata, dict) else None
    language = kernel.get("language") if isinstance(kernel, dict) else None
    if isinstance(language, str) and not re.match(r"i?python", language, re.I):
        raise CourseworkError(f"written for a {language[:40]!r} kernel, not for Python")
    cells = notebook.get("cells")
    if cells is None and isinstance(notebook.get("worksheets"), list):  # notebook format 3
        cells = [c for sheet in notebook["worksheets"] if isinstance(sheet, dict) for c in sheet.get("cells") or []]
    if not isinstance(cells, list):
        raise CourseworkError("no notebook: it has no list of cells")
    if len(cells) > MOST_CELLS:
        raise CourseworkError(f"{len(cells)} cells; at most {MOST_CELLS} are read")
    return [(c.get("cell_type"), _text(c)) for c in cells if isinstance(c, dict)]


def _load(path):
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        raise CourseworkError(f"cannot be opened: {error.strerror} (links are not followed)") from None
    with open(handle, "rb") as file:
        facts = os.fstat(file.fileno())
        if not S_ISREG(facts.st_mode):
            raise CourseworkError("not an ordinary file")
        if facts.st_size > LARGEST:
            raise CourseworkError(f"{facts.st_size / 1e6:.0f} MB; at most {LARGEST // 10**6} MB are read")
        data = file.read(LARGEST + 1)
    try:
        notebook = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise CourseworkError("no notebook: not UTF-8 text") from None
    except json.JSONDecodeError as error:
        what = "empty" if not data.strip() else f"broken JSON in line {error.lineno}"
        raise CourseworkError(f"no notebook: {what}") from None
    except (ValueError, RecursionError):
        raise CourseworkError("no notebook: JSON that nothing sensible writes") from None
    if not isinstance(notebook, dict):
        raise CourseworkError("no notebook: its JSON is not an object")
    return notebook


def _text(cell):
    source = cell.get("source", cell.get("input", ""))
    return "".join(s for s in source if isinstance(s, str)) if isinstance(source, list) else str(source or "")


def code(cells: Iterable[tuple[str, str]]) -> list[str]:
    """Return the sources of the code cells."""
    return [text for kind, text in cells if kind == "code"]
