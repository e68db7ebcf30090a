"""What a RESULTS folder holds of each student: rows as the grader gave them, and the pages made from them."""

import contextlib
import hashlib
import json
import os
import secrets
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..errors import CourseworkError
from .feedback import feedback_pages
from .gradescope import results_document
from .writing import file_name, write

COLUMNS = ("student", "exercise", "points", "maximum", "status", "why")


class Saved:
    """One student's file in RESULTS. digest: of what was graded, rows: as the grader gave them, shown: of the rows as
    the student sees them; broken: it is there, but not as `put_down` wrote it.
    """

    def __init__(self, out: Path, student: str) -> None:
        self.digest, self.rows, self.shown, self.broken = "", [], "", False
        path = out / "results" / f"{file_name(student)}.json"
        try:
            facts = json.loads(path.read_text(encoding="utf-8"))["extra_data"]
            rows = facts["rows"]
            if not all(isinstance(row[column], kind) for row in rows for column, kind in KINDS.items()):
                raise TypeError
            if any("." in row["exercise"] and not row["exercise"].partition(".")[0] for row in rows):
                raise ValueError
            self.digest, self.rows, self.shown = str(facts["digest"]), rows, str(facts.get("shown"))
        except FileNotFoundError:
            pass
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            self.broken = True


NUMBER = (int, float, type(None))
KINDS = {"student": str, "exercise": str, "points": NUMBER, "maximum": NUMBER, "status": str, "why": str}


def put_down(out: Path, student: str, digest: str, rows: list[dict], final: list[dict]) -> None:
    """Write a student's pages and, last, the file that says it is done. rows: as graded; final: as the student sees."""
    for notebook, page in feedback_pages(student, final).items():
        write(out / "feedback" / file_name(student) / f"{notebook}.html", page)
    document = results_document(rows, final, digest, seen(final))
    write(out / "results" / f"{file_name(student)}.json", json.dumps(document, indent=1))


def seen(final: Iterable[dict]) -> str:
    """Return a digest of rows as the student sees them."""
    return hashlib.sha256(json.dumps(list(final), sort_keys=True).encode()).hexdigest()[:16]


def own_seed(out: str | Path, make: bool = True) -> bytes:
    """Return the random seed of this RESULTS folder, made at the first run: it picks the cases where no secret does."""
    path = Path(out) / "seed.txt"
    if not path.is_file():
        if not make:
            raise CourseworkError(f"{path}: not found; --results names the folder in which the class was graded")
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


@contextlib.contextmanager
def one_writer(out: str | Path, shard: tuple[int, int] = (1, 1)) -> Iterator[None]:
    """Hold a RESULTS folder: no other grader writes there but for another shard; raises where one is at work."""
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        import fcntl
    except ImportError:  # Windows, where there is no sandbox either
        yield
        return
    parts = shard[1] > 1
    with contextlib.ExitStack() as stack:
        wanted = [(".lock", fcntl.LOCK_SH if parts else fcntl.LOCK_EX)]
        wanted += [(".lock-{}-of-{}".format(*shard), fcntl.LOCK_EX)] * parts
        for name, kind in wanted:
            file = stack.enter_context(open(folder / name, "a"))
            try:
                fcntl.flock(file, kind | fcntl.LOCK_NB)
            except BlockingIOError:
                raise CourseworkError(f"{out}: another grader is at work there; wait until it has ended") from None
        yield
