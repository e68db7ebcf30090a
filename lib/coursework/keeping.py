"""What a student has reached, in a file beside the notebook: it outlives a kernel that restarts.

The file is `coursework_progress.json` in the current folder; the book's own pages keep its text in the browser. The
environment variable COURSEWORK_PROGRESS names another file; set to nothing, all is forgotten with the kernel. A folder
that cannot be written, or a file that cannot be read, never stops a student.
"""

import json
import os
from contextlib import suppress
from pathlib import Path

VARIABLE, FILE = "COURSEWORK_PROGRESS", "coursework_progress.json"
WHOLE = {"exercises": {"status", "points", "attempts", "solved"}, "predictions": {"guess", "answer"}}
Kept = dict[str, dict[str, dict]]  # "exercises" or "predictions" -> name -> what is known of it
_here: Kept = {kind: {} for kind in WHOLE}


def kept(kind: str) -> dict[str, dict]:
    """Return what is known, name -> its record; kind: "exercises" or "predictions"."""
    _read()
    return _here[kind]


def keep(kind: str, name: str, record: dict) -> None:
    """Remember one record, in the file too where there can be one; kind as in `kept`."""
    _read()
    _here[kind][name] = record
    path = _path()
    if path is None:
        return
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with suppress(OSError):
        beside.write_text(json.dumps(_here, indent=1) + "\n", encoding="utf-8")
        beside.replace(path)


def forget() -> None:
    """Forget all that this session knows; the file stays."""
    for records in _here.values():
        records.clear()


def _path():
    name = os.environ.get(VARIABLE, FILE)
    return Path(name) if name else None


def _read():
    """Take what the file knows: another notebook in the same folder may have written it."""
    path = _path()
    with suppress(OSError, ValueError, AttributeError):
        if path is not None:
            found = json.loads(path.read_text(encoding="utf-8"))
            for kind, records in _here.items():
                whole = {n: r for n, r in found.get(kind, {}).items() if isinstance(r, dict) and set(r) >= WHOLE[kind]}
                records.update(whole)
