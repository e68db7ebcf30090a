"""Written answers: out to a table that a person fills in, and back into the marks."""

from collections.abc import Iterable
from pathlib import Path

from ..errors import CourseworkError
from ..exercise import notebooks, specification
from ..written import Written
from .final import as_told, likeness, written_marks
from .notebook import read
from .roster import student_name
from .submissions import sorted_out, students
from .tables import MARK, head, number, read_table, table
from .writing import file_name, write

FIXED = ("student", "exercise", "answer")


def questions(wanted: Iterable[str] | None = None) -> dict[str, Written]:
    """Return every written question by name."""
    found = [v for n in wanted or notebooks() for v in vars(specification(n)).values() if isinstance(v, Written)]
    return {q.name: q for q in found}


def export(submissions: str | Path, out: str | Path) -> int:
    """Write a folder of tables, `OUT/<question>.csv`: a row per answer, a column per line of the rubric, and a comment.

    Answers stand in the table as text; what is already marked there is kept. Returns the number of answers.
    """
    homes, number = students(submissions)[0], 0
    for question in questions().values():
        path = Path(out) / f"{question.name}.csv"
        old = {row["student"]: row for row in read_table(path)} if path.is_file() else {}
        columns = [*[_column(line, most) for line, most in question.rubric.items()], "comment"]
        rows = []
        for name, home in homes.items():
            answer = _answer(home, question)
            if answer:
                before = old.get(name, {})
                same = " ".join((before.get("answer") or "").split()) == " ".join(answer.split())
                rows.append([name, question.name, answer, *[before.get(head(c), "") if same else "" for c in columns]])
        if rows:
            write(path, MARK + table([*FIXED, *columns], rows))
            number += len(rows)
    return number


def _column(line, most):
    return f"{line} (0 to {most})"


def _answer(home, question):
    """Return a student's answer as a spreadsheet can hold it, or None."""
    try:
        path = sorted_out(home)[0].get(question.notebook, (None, ""))[0]
        answer = question.answer(read(path)) if path else None
    except CourseworkError:
        return None
    return as_told(answer) if answer else None


def merge(paths: Iterable[str | Path], out: str | Path) -> tuple[int, int, list[str]]:
    """Take filled-in tables into RESULTS; returns (rows merged, rows still empty, students unknown there). A mark
    outside the rubric is an error, and then nothing is merged.
    """
    known, merged, empty = questions(), {}, 0
    for path in paths:
        for line, row in enumerate(read_table(path), 2):
            place = f"{path}, line {line}"
            question = known.get(row.get("exercise"))
            if question is None:
                what = f"no written question {row.get('exercise')!r}"
                raise CourseworkError(f"{place}: {what}; there are: {', '.join(known)}")
            points = [_points(row, c, m, place) for c, m in question.rubric.items()]
            if all(p is None for p in points):
                empty += 1
                continue
            if any(p is None for p in points):
                raise CourseworkError(f"{place}: some lines of the rubric are empty; fill in all of them or none")
            merged[student_name(row.get("student") or ""), question.name] = (
                sum(points),
                row.get("comment") or "",
                likeness(row["answer"]) if row.get("answer") else "",
            )
    before = {k: (v["points"], v["comment"], v["answer"]) for k, v in written_marks(out).items()}
    rows = [[*key, *mark] for key, mark in sorted({**before, **merged}.items())]
    write(Path(out) / "written.csv", table(["student", "exercise", "points", "comment", "answer"], rows))
    results = Path(out) / "results"
    strangers = {name for name, _ in merged if not (results / f"{file_name(name)}.json").is_file()}
    return len(merged), empty, sorted(strangers)


def _points(row, line, most, place):
    given = (row.get(head(_column(line, most))) or "").strip()
    if not given:
        return None
    try:
        points = number(given)
    except ValueError:
        points = -1
    if not 0 <= points <= most:
        raise CourseworkError(f"{place}: {given!r} for {line!r}; allowed: 0 to {most}")
    return points
