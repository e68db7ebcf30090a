"""A class: every student marked once, apart, in parallel; nothing lost when it is interrupted."""

import errno
import hashlib
import os
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from convcost.extras import MissingPackage

from ..errors import CourseworkError
from ..sandbox.walls import LIBRARY, Sandbox
from .final import Course
from .marking import Marker
from .results import COLUMNS, Saved, own_seed, put_down, seen
from .submissions import content, files, sorted_out, students
from .tables import table
from .writing import file_name, write

PACKAGE = Path(__file__).resolve().parents[1]
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
KEPT = (*COLUMNS, "misconceptions", "value")  # of a row, once the student's pages are written


def grade(
    submissions: str | Path,
    out: str | Path,
    *,
    sandbox: Sandbox,
    secret: bytes | None = None,
    wanted: Iterable[str] = (),
    course: Course | None = None,
    shard: tuple[int, int] = (1, 1),
    jobs: int | None = None,
    again: bool = False,
    say: Callable[[int, int], object] = lambda *_: None,
) -> tuple[list[dict], int]:
    """Mark a class and write RESULTS; return (rows of all its students, number of students marked now).

    submissions, out: folders; sandbox: a `Sandbox`; secret: bytes of the variants, or None; wanted: notebooks that
    are due (default: every one that anybody handed in); course: the roster (default: whoever has a folder), rules and
    written marks; shard: (i, n) marks every n-th student; again: mark also who has not changed; say(done, total):
    progress.

    Each student's results are written at once, whole or not at all. A student whose files, exercises and variant
    have not changed since keeps them; so do rows of notebooks that are not due now. What a person decides (written
    marks, rules) is put into pages and tables anew at every run.
    """
    homes, _ = students(submissions)
    course = course or Course()
    called = {file_name(name): name for name in course.names}
    homes = {called.get(name, name): home for name, home in homes.items()}
    names = sorted({*homes, *course.names})
    wanted = list(wanted) or handed_in(homes)
    if not wanted:
        raise CourseworkError(f"{submissions}: no exercise notebook in any student's folder")
    mine = names[shard[0] - 1 :: shard[1]]
    out = Path(out)
    (out / "results").mkdir(parents=True, exist_ok=True)
    marker = Marker(sandbox, secret or own_seed(out), secret, wanted)
    stamp = _stamp(marker)
    digests = {name: _digest(stamp, homes.get(name)) for name in mine}
    todo = [name for name in mine if again or _asks_for_it(out, name, digests[name])]
    failed = {}
    pool = ThreadPoolExecutor(max_workers=jobs or os.cpu_count() or 1)
    try:
        running = {pool.submit(_mark, marker, homes.get(name), out, name, digests[name], course): name for name in todo}
        for number, done in enumerate(as_completed(running), 1):
            if done.exception() is not None:
                error = done.exception()
                if isinstance(error, MissingPackage) or getattr(error, "errno", None) in NO_ROOM:
                    raise error  # which no student can do anything about
                failed[running[done]] = f"the grader failed, not the student: {type(error).__name__}: {error}"
            say(number, len(todo))
    finally:
        pool.shutdown(cancel_futures=True)
        rows = _published(out, mine, digests, course, failed)
        write_grades(out, rows, shard)
    return rows, len(todo) - len(failed)


def _asks_for_it(out, name, digest):
    saved = Saved(out, name)
    if saved.broken:
        print(f"results of {name}: the file was broken; marked again, what was due earlier too", file=sys.stderr)
    return saved.digest != digest


def _mark(marker, home, out, name, digest, course):
    """Mark one student and put down the results."""
    before = [row for row in Saved(out, name).rows if row["exercise"].partition(".")[0] not in marker.wanted]
    rows = before + [{"student": name, **row} for row in marker.rows(home, name)]
    put_down(out, name, digest, rows, course.final(name, rows))


def _published(out, mine, digests, course, failed):
    """Return the rows of these students as they count; pages that say something else are written again."""
    rows = []
    for mates in course.together(mine):
        saved = {name: Saved(out, name) for name in mates}
        known = {name: s.rows for name, s in saved.items() if s.digest == digests.get(name) and name not in failed}
        for name in mates:
            if name in failed:
                row = {"student": name, "exercise": "", "points": None, "maximum": None, "status": "failed"}
                rows.append({**row, "why": failed[name]})
            elif name in known and name in digests:  # what an earlier submission earned is not shown
                final = course.final(name, known[name], known)
                if seen(final) != saved[name].shown:
                    put_down(out, name, saved[name].digest, known[name], final)
                rows += [_kept(name, row) for row in final]
    order = {name: place for place, name in enumerate(mine)}
    return sorted(rows, key=lambda row: order[row["student"]])


def _kept(student, row):
    """Return what tables and the summary need of a row, in little memory: a class has tens of thousands."""
    kept = {key: row[key] for key in KEPT if row.get(key) or key in COLUMNS}
    return {**kept, "student": student, "exercise": sys.intern(row["exercise"]), "status": sys.intern(row["status"])}


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
