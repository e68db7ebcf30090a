"""A class: every student marked once, apart, in parallel; nothing lost when it is interrupted."""

import hashlib
import json
import os
import secrets
import sys
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from convcost.extras import MissingPackage

from ..errors import CourseworkError
from ..sandbox.walls import LIBRARY, Sandbox
from .feedback import feedback_pages
from .gradescope import results_document
from .marking import Marker
from .submissions import content, files, sorted_out, students
from .tables import read_table, table
from .writing import file_name, write

COLUMNS = ("student", "exercise", "points", "maximum", "status", "why")
PACKAGE = Path(__file__).resolve().parents[1]


def grade(
    submissions: str | Path,
    out: str | Path,
    *,
    sandbox: Sandbox,
    secret: bytes | None = None,
    wanted: Iterable[str] = (),
    names: Iterable[str] | None = None,
    shard: tuple[int, int] = (1, 1),
    jobs: int | None = None,
    again: bool = False,
    say: Callable[[int, int], object] = lambda *_: None,
) -> tuple[list[dict], int]:
    """Mark a class and write RESULTS; return (rows of all its students, number of students marked now).

    submissions, out: folders; sandbox: a `Sandbox`; secret: bytes of the variants, or None; wanted: notebooks that
    are due (default: every one that anybody handed in); names: the roster (default: whoever has a folder);
    shard: (i, n) marks every n-th student; again: mark also who has not changed; say(done, total): progress.

    Each student's results are written at once, whole or not at all. A student whose files, exercises and variant
    have not changed since keeps them; so do rows of notebooks that are not due now.
    """
    homes, _ = students(submissions)
    names = sorted({*homes, *(names or ())})
    wanted = list(wanted) or handed_in(homes)
    if not wanted:
        raise CourseworkError(f"{submissions}: no exercise notebook in any student's folder")
    mine = names[shard[0] - 1 :: shard[1]]
    out = Path(out)
    (out / "results").mkdir(parents=True, exist_ok=True)
    marker = Marker(sandbox, secret or own_seed(out), secret, wanted)
    stamp = _stamp(marker)
    digests = {name: _digest(stamp, homes.get(name)) for name in mine}
    todo = [name for name in mine if again or _saved(out, name).get("digest") != digests[name]]
    failed = {}
    pool = ThreadPoolExecutor(max_workers=jobs or os.cpu_count() or 1)
    try:
        running = {pool.submit(_mark, marker, homes.get(name), out, name, digests[name]): name for name in todo}
        for number, done in enumerate(as_completed(running), 1):
            if done.exception() is not None:
                error = done.exception()
                if isinstance(error, MissingPackage):  # which no student can do anything about
                    raise error
                failed[running[done]] = f"the grader failed, not the student: {type(error).__name__}: {error}"
            say(number, len(todo))
    finally:
        pool.shutdown(cancel_futures=True)
        rows = []
        for name in mine:
            if name in failed:
                row = {"student": name, "exercise": "", "points": None, "maximum": None, "status": "failed"}
                rows.append({**row, "why": failed[name]})
            elif _saved(out, name).get("digest") == digests[name]:  # what an earlier submission earned is not shown
                rows += all_rows(out, name)
        write_grades(out, rows, shard)
    return rows, len(todo) - len(failed)


def _mark(marker, home, out, name, digest):
    """Mark one student and put down the results; the last file written is the one that says it is done."""
    before = [
        row for row in _saved(out, name).get("rows", []) if row["exercise"].partition(".")[0] not in marker.wanted
    ]
    rows = before + [{"student": name, **row} for row in marker.rows(home, name)]
    for notebook, page in feedback_pages(name, rows).items():
        write(out / "feedback" / file_name(name) / f"{notebook}.html", page)
    write(out / "results" / f"{file_name(name)}.json", json.dumps(results_document(rows, digest), indent=1))


def all_rows(out: Path, name: str) -> list[dict]:
    """Return a student's rows as put down, with the marks of written answers in place."""
    rows = _saved(out, name).get("rows", [])
    marks = written_marks(out)
    return [{**row, **marks.get((name, row["exercise"]), {})} for row in rows]


def written_marks(out: str | Path) -> dict[tuple[str, str], dict]:
    """Return {(student, exercise): {points, status, why}} of the written answers that were merged."""
    path = Path(out) / "written.csv"
    if not path.is_file():
        return {}
    try:
        return {
            (row["student"], row["exercise"]): {
                "points": float(row["points"]),
                "status": "marked",
                "why": row["comment"],
            }
            for row in read_table(path)
        }
    except (KeyError, ValueError, TypeError):
        raise CourseworkError(f"{path}: not as merge wrote it; merge the marked tables again") from None


def _saved(out, name):
    try:
        document = json.loads((out / "results" / f"{file_name(name)}.json").read_text(encoding="utf-8"))
        return document["extra_data"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def own_seed(out: str | Path) -> bytes:
    """Return the random seed of this RESULTS folder, made at the first run: it picks the cases where no secret does."""
    path = Path(out) / "seed.txt"
    if not path.is_file():
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".part-")  # readable by its owner alone
        with open(handle, "w") as file:
            file.write(secrets.token_hex(32) + "\n")
        try:
            os.link(temporary, path)  # whole, and only one of several graders can
        except FileExistsError:
            pass
        finally:
            os.unlink(temporary)
    seed = path.read_bytes().strip()
    if len(seed) < 16:
        raise CourseworkError(f"{path}: too short for a seed; remove it, and all are marked again on fresh cases")
    return seed


def write_grades(out: str | Path, rows: list[dict], shard: tuple[int, int] = (1, 1)) -> None:
    """Write `grades.csv`, or `grades-i-of-n.csv` for a shard; no cell of it starts a formula in a spreadsheet."""
    name = "grades.csv" if shard[1] == 1 else f"grades-{shard[0]:0{len(str(shard[1]))}}-of-{shard[1]}.csv"
    write(Path(out) / name, table(COLUMNS, [[row[c] for c in COLUMNS] for row in rows]))


def handed_in(homes: dict[str, Path]) -> list[str]:
    """Return the names of all notebooks that anybody handed in."""
    found = set()
    for home in homes.values():
        try:
            found.update(sorted_out(home)[0])
        except CourseworkError:
            continue
    return sorted(found)


def _stamp(marker):
    """Return what marks depend on besides the submission: the code, the seed, the variants, the limits."""
    total = hashlib.sha256(marker.seed + b"\0" + (marker.secret or b"") + repr(marker.wanted).encode())
    box = marker.sandbox
    total.update(repr((box.seconds, box.each, box.mega_bytes, box.unsafe)).encode())
    due = [f"{name}.py" for name in marker.wanted]
    code = [path for folder in (PACKAGE, *LIBRARY) for kind in ("*.py", "*.html") for path in folder.rglob(kind)]
    for path in sorted(path for path in code if path.parent.name != "specs" or path.name in due):
        total.update(path.read_bytes())
    return total.digest()


def _digest(stamp, home):
    total = hashlib.sha256(stamp)
    try:
        for path in files(home) if home else ():
            data = content(path)
            total.update(os.fsencode(path.name) + b"\0%d\0" % len(data) + data)
    except CourseworkError as error:
        total.update(str(error).encode())
    return total.hexdigest()


def bar(done: int, total: int) -> None:
    """Draw a progress bar on standard error, where that is a terminal."""
    if sys.stderr.isatty():
        filled = 40 * done // total
        end = "\n" if done == total else ""
        print(
            f"\r[{'#' * filled}{'.' * (40 - filled)}] {done} of {total} students",
            end=end,
            file=sys.stderr,
            flush=True,
        )
