"""Whose work is in a folder: `SUBMISSIONS/<student>/<exercise notebook>.ipynb`, and a roster of who should be there."""

import os
import re
from pathlib import Path
from stat import S_ISREG
from unicodedata import normalize

from ..errors import CourseworkError
from ..exercise import exercises, notebooks
from .notebook import LARGEST, read
from .tables import read_table

DEPTH = 3  # folders inside a student's folder that are looked into: downloads often wrap the files once more
MOST_FILES = 100
COPY = re.compile(r"^copy[ _-]of[ _-]|[ _.-]?(?:\(\d{1,3}\)|\(?copy\)?|final|submission|solved|v?\d{1,3}|[ _.-])$")
IGNORED = {".ipynb_checkpoints", "__MACOSX"}


def students(folder: str | Path) -> tuple[dict[str, Path], list[str]]:
    """Return ({student: folder}, what else lies there): a student is called like his folder, see `tidy`."""
    try:
        entries = sorted(os.scandir(folder), key=lambda e: e.name)
    except OSError as error:
        raise CourseworkError(f"{folder}: {error.strerror}; give the folder that holds a folder per student") from None
    visible = [e for e in entries if not e.name.startswith(".") and e.name not in IGNORED]
    found = {}
    for entry in visible:
        if entry.is_dir():
            name = tidy(entry.name)
            if name in found:
                raise CourseworkError(f"{folder}: two folders of one student: {found[name]!r} and {entry.path!r}")
            found[name] = Path(entry.path)
    return found, [e.name for e in visible if not e.is_dir()]


def tidy(name: str) -> str:
    """Return a student's name in the one form in which names are compared: composed letters, no outer blanks."""
    return normalize("NFC", name).strip()


def student_name(name: str) -> str:
    """Return `name`, tidied, if it can be a student's: the name of a folder."""
    name = tidy(name)
    if name in ("", ".", "..") or re.search(r"[/\\\0]", name):
        raise CourseworkError(f"{name!r} cannot be the name of a student: it has to be the name of a folder")
    return name


def roster(path: str | Path) -> list[str]:
    """Return the students of a CSV file with a column `student`, in its order."""
    rows = read_table(path)
    if not rows or "student" not in rows[0]:
        raise CourseworkError(f"roster {path}: a CSV file with a column `student` is needed")
    names = [student_name(row["student"]) for row in rows if (row["student"] or "").strip()]
    for name in names:
        if names.count(name) > 1:
            raise CourseworkError(f"roster {path}: {name!r} stands there twice")
    return names


def files(home: Path) -> list[Path]:
    """Return the notebook files of one student: paths below his folder, links and hidden files left out."""
    if home.is_symlink():
        raise CourseworkError("the student's folder is a link")
    found = []
    for path, folders, names in os.walk(home):
        deep = len(Path(path).relative_to(home).parts) >= DEPTH
        folders[:] = [] if deep else sorted(f for f in folders if f not in IGNORED and not f.startswith("."))
        found += [Path(path) / n for n in sorted(names) if n.lower().endswith(".ipynb") and not n.startswith(".")]
        if len(found) > MOST_FILES:
            raise CourseworkError(f"more than {MOST_FILES} notebooks in the student's folder")
    return found


def named(path: Path) -> str | None:
    """Return the exercise notebook that a file is by its name: exact, or as downloads rename it (`vgg (1).ipynb`)."""
    stem = path.stem.strip().lower()[:80]
    while stem not in notebooks():
        shorter = COPY.sub("", stem, count=1)
        if shorter == stem:
            return None
        stem = shorter
    return stem


def recognised(path: Path) -> str | None:
    """Return the one exercise notebook whose functions a file defines, or None: for a file with a name of its own."""
    try:
        text = "\n".join(source for _, source in read(path))
    except CourseworkError:
        return None
    scores = {}
    for name in notebooks():
        functions = [e.function for e in exercises(name).values()]
        hits = sum(bool(re.search(rf"^[ \t]*(?:def {f}\(|{f} *=)", text, re.M)) for f in functions)
        if hits and 2 * hits >= len(functions):
            scores[name] = hits
    best = [n for n, hits in scores.items() if hits == max(scores.values())]
    return best[0] if len(best) == 1 else None


def sorted_out(home: Path) -> tuple[dict[str, tuple[Path | None, str]], list[Path]]:
    """Return ({notebook: (path, remark)}, [files that are no exercise notebook]) of one student's folder.

    An exact name wins over a renamed copy; two renamed copies of one notebook are refused, for nobody can say
    which was meant.
    """
    chosen, others = {}, []
    for path in files(home):
        exact = path.stem in notebooks()
        name = named(path) or recognised(path)
        if name is None:
            others.append(path)
            continue
        chosen.setdefault(name, []).append((not exact, len(path.parts), path))
    found = {}
    for name, candidates in chosen.items():
        candidates.sort()
        remark = "" if not candidates[0][0] else f"read from {candidates[0][2].name!r}"
        clash = [c[2].name for c in candidates if c[:2] == candidates[0][:2]]
        found[name] = (candidates[0][2], remark) if len(clash) == 1 else (None, f"which one? {', '.join(clash)}")
    return found, others


def content(path: Path) -> bytes:
    """Return what stands for a file in a digest: its content, or the kind and size of what will not be read."""
    try:
        facts = path.lstat()
        if S_ISREG(facts.st_mode) and facts.st_size <= LARGEST:
            return path.read_bytes()
        return b"%d %d" % (facts.st_mode, facts.st_size)
    except OSError as error:
        return str(error.errno).encode()
