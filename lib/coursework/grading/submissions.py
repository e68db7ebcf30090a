"""Whose work is in a folder: `SUBMISSIONS/<student>/<exercise notebook>.ipynb`, and which file is which notebook."""

import ast
import os
import re
from functools import cache
from pathlib import Path
from stat import S_ISREG

from ..errors import CourseworkError
from ..exercise import Exercise, Variant, exercises, notebooks, specification
from ..written import Written
from .notebook import LARGEST, read
from .roster import tidy

PUBLISHED = Path(__file__).resolve().parents[3] / "exercises"  # in a clone of the book

DEPTH = 8  # folders inside a student's folder that are looked into
MOST_FILES = 1_000
BOOKS_OWN = {"solutions", "chapters"}  # who hands in a copy of the book means the exercises
COPY = re.compile(
    r"^(?:copy[ _-]of|kopie[ _-]von|copie[ _-]de|copia[ _-]d[ei]|cópia[ _-]de|副本)[ _-]?"
    r"|[ _.-]?(?:\(\d{1,3}\)|\(?cop(?:y|ie|ia)\)?|kopie|副本|final|submission|solved|v?\d{1,3}|[ _.-])$"
)
NOTEBOOK = re.compile(r"\.ipynb(?: ?\(\d{1,3}\))?(?:\.(?:txt|json))?$", re.I)  # mail and browsers add to an ending
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


def files(home: Path) -> list[Path]:
    """Return the notebook files of one student: paths below his folder, links and hidden files left out."""
    if home.is_symlink():
        raise CourseworkError("the student's folder is a link")
    found = []
    for path, folders, names in os.walk(home):
        deep = len(Path(path).relative_to(home).parts) >= DEPTH
        folders[:] = [] if deep else sorted(f for f in folders if f not in IGNORED and not f.startswith("."))
        found += [Path(path) / n for n in sorted(names) if NOTEBOOK.search(n) and not n.startswith(".")]
        if len(found) > MOST_FILES:
            raise CourseworkError(f"more than {MOST_FILES} notebooks in the student's folder")
    return found


def other_files(home: Path) -> list[str]:
    """Return names of what else lies in a student's folder, for whoever wonders where the notebook is."""
    found = []
    for _, folders, names in os.walk(home):
        folders[:] = sorted(f for f in folders if f not in IGNORED and not f.startswith("."))
        found += [name for name in sorted(names) if not NOTEBOOK.search(name) and not name.startswith(".")]
        if len(found) > MOST_FILES:
            break
    return found


def named(path: Path) -> str | None:
    """Return the exercise notebook that a file is by its name: exact, or as downloads rename it (`vgg (1).ipynb`)."""
    stem = NOTEBOOK.sub("", path.name).strip().lower()[:80]
    while stem not in notebooks():
        shorter = COPY.sub("", stem, count=1)
        if shorter == stem:
            return None
        stem = shorter
    return stem


def recognised(path: Path, called: Path | None = None) -> str | None:
    """Return the one exercise notebook whose functions a file defines, or else the one that its name holds as a word
    (`ann_vgg.ipynb`), or None: for a file with a name of its own. called: its name, if it lies under another.
    """
    try:
        text = "\n".join(source for _, source in read(path))
    except CourseworkError:
        return _word_of(called or path)
    scores, defined = {}, defined_in(text)
    for name in notebooks():
        functions = [e.function for e in exercises(name).values()]
        hits = len(defined.intersection(functions))
        if hits and 2 * hits >= len(functions):
            scores[name] = hits
    best = [n for n, hits in scores.items() if hits == max(scores.values())]
    return best[0] if len(best) == 1 else _word_of(called or path)


def defined_in(source: str) -> set[str]:
    """Return the names that code gives to functions and values, as far as its lines show."""
    return {a or b for a, b in re.findall(r"^[ \t]*(?:def +(\w+) *\(|(\w+) *(?::[^=\n]*)?=(?!=))", source, re.M)}


def numbers_in(source: str, function: str) -> Variant | None:
    """Return the numbers that a code cell gives to an exercise, or None."""
    match = re.search(rf"^{function}_given = (\{{.*?\}})$", source, re.M | re.S)
    try:
        return match and ast.literal_eval(match[1])
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None


def _word_of(path):
    words = "_".join(re.findall(r"[a-z0-9]+", NOTEBOOK.sub("", path.name).lower()[:80]))
    held = [name for name in notebooks() if f"_{name}_" in f"_{words}_"]
    longest = max(held, key=len, default=None)
    return longest if all(name in longest for name in held) else None


def everything(name: str) -> list[Exercise | Written]:
    """Return all that gives points in a notebook: its exercises, then its written questions."""
    known = vars(specification(name)).values()
    return [v for v in known if isinstance(v, Exercise)] + [v for v in known if isinstance(v, Written)]


def answered(path: Path, name: str) -> int:
    """Return how many answers a file gives that the published notebook leaves open; -1: it cannot be read."""
    try:
        return max(0, _given(read(path), name) - _given_in_published(name))
    except CourseworkError:
        return -1


@cache
def _given_in_published(name):
    try:
        return _given(read(PUBLISHED / f"{name}.ipynb"), name)
    except CourseworkError:  # the package alone, without the book
        return 0


def _given(cells, name):
    """Return how many exercises have an answer: a cell that defines the function and holds no dots."""
    done = {n for kind, text in cells if kind == "code" and not _open(text) for n in defined_in(text)}
    count = 0
    for exercise in everything(name):
        written = isinstance(exercise, Written)
        count += bool(exercise.answer(cells)) if written else exercise.function in done
    return count


def _open(source):
    """Does a cell still hold the dots of an exercise? Those of an index, `x[..., 0]`, are none."""
    return "..." in re.sub(r"#.*|\[ *\.\.\.|\.\.\. *\]", "", source)


def sorted_out(home: Path) -> tuple[dict[str, tuple[Path | None, str]], list[Path]]:
    """Return ({notebook: (path, remark)}, [files that are no exercise notebook]) of one student's folder.

    Of several files that are one notebook, the one with most answers is taken, then an exact name before a renamed
    copy; equal content counts once. Where that leaves two, nobody can say which was meant, and none is taken.
    """
    chosen, others = {}, []
    for path in files(home):
        name = named(path) or recognised(path)
        if name is None:
            others.append(path)
        else:
            chosen.setdefault(name, []).append(path)
    return {name: _taken(name, paths, home) for name, paths in chosen.items()}, others


def _taken(name, paths, home):
    if len(paths) == 1:
        return paths[0], "" if _stem(paths[0]) == name else f"read from {paths[0].name!r}"
    ranked, seen = [], set()
    for path in sorted(paths, key=lambda p: (_stem(p) != name, len(p.parts), p)):
        if (data := content(path)) not in seen:
            seen.add(data)
            theirs = bool(BOOKS_OWN.intersection(path.relative_to(home).parts))
            ranked.append((theirs, -answered(path, name), _stem(path) != name, len(path.parts), path))
    ranked.sort()
    best = [rank for rank in ranked if rank[:-1] == ranked[0][:-1]]
    if len(best) > 1:
        return None, f"which one? they differ: {', '.join(_within(rank[-1], home) for rank in best)}"
    path = best[0][-1]
    left = [_within(rank[-1], home) for rank in ranked[1:] if not rank[0]]
    remark = f"read from {_within(path, home)!r}" if _stem(path) != name or left else ""
    return path, remark + (f", not from {', '.join(left)}" if left else "")


def _stem(path):
    return NOTEBOOK.sub("", path.name)


def _within(path, home):
    return path.relative_to(home).as_posix()


def content(path: Path) -> bytes:
    """Return what stands for a file in a digest: its content, or kind, size and time of what is large or no file."""
    try:
        facts = path.lstat()
        if S_ISREG(facts.st_mode) and facts.st_size <= LARGEST:
            return path.read_bytes()
        return b"%d %d %d" % (facts.st_mode, facts.st_size, facts.st_mtime_ns)
    except OSError as error:
        return str(error.errno).encode()
