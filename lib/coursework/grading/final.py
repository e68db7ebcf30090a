"""The rows that count: what the grader found, with what a person decided: written marks, rules, work in groups."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from unicodedata import normalize

from ..errors import CourseworkError
from .roster import Roster
from .rules import Row, Rules, applied
from .tables import number, read_table

LONGEST = 30_000  # characters of an answer in a table


class Course:
    """What is known of a class besides its work. known: the roster, or None; rules; written: marks of written answers
    as `written_marks` gives them; collected: rows of `collected.csv`.
    """

    def __init__(
        self,
        known: Roster | None = None,
        rules: Rules | None = None,
        written: dict[tuple[str, str], dict] | None = None,
        collected: Iterable[dict[str, str]] = (),
    ) -> None:
        self.known, self.rules, self.written = known, rules or Rules(), written or {}
        self.people = known.people if known else {}
        self.names = list(self.people)
        self.handed_in = {(row["student"], row["notebook"]): row for row in collected}
        self._timed = {student for (student, _), row in self.handed_in.items() if row["time"] or row["late"]}

    def told_when(self, student: str) -> bool:
        """Is it known when the student handed in anything, or that it was late?"""
        return student in self._timed or any(row[2] == "submitted" and row[0] == student for row in self.rules.rows)

    def group(self, student: str) -> str:
        """Return the student's group, or ""."""
        return self.people[student].group if student in self.people else ""

    def number(self, student: str, notebook: str, system: str) -> str:
        """Return the number by which a system knows a student, from what it delivered, or ""."""
        row = self.handed_in.get((student, notebook))
        return row["id"] if row and row["system"] == system else ""

    def together(self, students: Iterable[str]) -> Iterator[list[str]]:
        """Yield students in lists, all of a group in one where some notebook is work in groups."""
        groups = {}
        for student in students:
            group = self.group(student) if "group" in self.rules.names else ""
            groups.setdefault(("group", group) if group else ("student", student), []).append(student)
        yield from groups.values()

    def final(self, student: str, rows: list[Row], known: dict[str, list[Row]] | None = None) -> list[Row]:
        """Return a student's rows as they count; known: the rows of his group, where they are to be seen."""
        by_notebook = {}
        for row in rows:
            by_notebook.setdefault(row["exercise"].partition(".")[0], []).append(row)
        final = []
        for notebook, mine in by_notebook.items():
            whose, author = (student, *filter(None, [self.group(student)])), student
            if self.group(student) and known and self.rules.find("group", whose, notebook):
                author, mine = self._best(student, notebook, mine, known)
            mine = [self._with_mark(row, author) for row in mine]
            mine = applied(self.rules, mine, whose, notebook, self.handed_in.get((author, notebook)))
            if author != student:
                mine = [{**row, "student": student, "why": _with_author(row["why"], author)} for row in mine]
            final += mine
        return final

    def _best(self, student, notebook, mine, known):
        def earned(pair):
            return sum(row["points"] or 0 for row in pair[1]), pair[0] == student

        theirs = {
            name: [r for r in rows if r["exercise"].partition(".")[0] == notebook] for name, rows in known.items()
        }
        return max([(student, mine), *((name, rows) for name, rows in theirs.items() if rows)], key=earned)

    def _with_mark(self, row, student):
        mark = self.written.get((student, row["exercise"]))
        if mark is None or row["status"] != "to mark":
            return row
        if mark["answer"] not in ("", row.get("answer")):
            why = f"the answer has changed since it was marked with {mark['points']:g} points: mark it again"
            return {**row, "points": None, "status": "to mark", "why": why}
        return {**row, **_mark(mark)}


def _mark(mark):
    return {"points": mark["points"], "status": "marked", "why": mark["comment"]}


def _with_author(why, author):
    return f"{why} (work of the group, handed in by {author})" if why else f"work of the group, handed in by {author}"


def as_told(answer: str) -> str:
    """Return a written answer as it goes into a table: no longer than a spreadsheet's cell."""
    return answer if len(answer) <= LONGEST else answer[:LONGEST] + " [cut off here; see the notebook]"


def likeness(answer: str) -> str:
    """Return what makes a written answer the same one after it has been through a spreadsheet: letters and digits."""
    letters = re.sub(r"[\W_]+", "", normalize("NFKC", answer).casefold())
    return hashlib.sha256(letters.encode("utf-8", "backslashreplace")).hexdigest()[:16]


def written_marks(out: str | Path) -> dict[tuple[str, str], dict]:
    """Return {(student, exercise): {points, comment, answer}} of the written answers that were merged."""
    path = Path(out) / "written.csv"
    if not path.is_file():
        return {}
    try:
        return {
            (row["student"], row["exercise"]): {
                "points": number(row["points"]),
                "comment": row["comment"],
                "answer": row.get("answer", ""),
            }
            for row in read_table(path)
        }
    except (KeyError, ValueError, TypeError):
        raise CourseworkError(f"{path}: not as merge wrote it; merge the marked tables again") from None
