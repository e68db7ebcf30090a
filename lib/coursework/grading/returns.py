"""What goes back: a table of totals, files that systems import, and archives of feedback for all students."""

from collections.abc import Callable, Iterable
from pathlib import Path

from .archives import write_archives
from .final import Course
from .roster import Person
from .rules import Row
from .tables import MARK, head, table
from .writing import write

TOLD = ("marked", "set", "late", "excused")  # statuses whose reason is a person's word


class Total:
    """What a student has in one notebook. points, maximum; status: "", "excused", "waiting" (written answers are not
    marked yet) or "failed"; comment: what a person has said.
    """

    def __init__(self, rows: Iterable[Row]) -> None:
        rows = list(rows)
        self.points = round(max(0, sum(row["points"] or 0 for row in rows)), 4)
        self.maximum = sum(row["maximum"] or 0 for row in rows)
        statuses = {row["status"] for row in rows}
        found = (("failed", "failed"), ("to mark", "waiting"), ("excused", "excused"))
        self.status = next((told for status, told in found if status in statuses), "")
        told = [row for row in rows if row["status"] in TOLD and row["why"]]
        if self.status == "excused":  # all of it, for one reason
            told = [{**row, "exercise": "excused"} for row in told]
        self.comment = "; ".join(dict.fromkeys(f"{row['exercise']}: {row['why']}" for row in told))

    @property
    def due(self) -> float | None:
        """The points, if they are all there."""
        return None if self.status else self.points


def totals(rows: Iterable[Row]) -> dict[str, dict[str, Total]]:
    """Return student -> notebook -> `Total`; a student whom the grader failed has none."""
    found = {}
    for row in rows:
        mine = found.setdefault(row["student"], {})
        if row["exercise"]:
            mine.setdefault(row["exercise"].partition(".")[0], []).append(row)
    return {student: {name: Total(mine) for name, mine in by.items()} for student, by in found.items()}


def totals_table(found: dict[str, dict[str, Total]], course: Course) -> str:
    """Return `totals.csv`: a row a student, a column a notebook; with a byte order mark, for spreadsheets."""
    names = sorted({name for mine in found.values() for name in mine})
    lines = []
    for student, mine in found.items():
        cells = [_so_far(mine.get(name)) for name in names]
        whole = sum(t.points for t in mine.values()), sum(t.maximum for t in mine.values())
        waiting = ", ".join(name for name, t in mine.items() if t.status == "waiting")
        person = course.people.get(student)
        comments = "; ".join(t.comment for t in mine.values() if t.comment)
        lines.append([student, person.name if person else "", *cells, *whole, waiting, comments])
    return MARK + table(["student", "name", *names, "total", "maximum", "to mark", "comments"], lines)


def _so_far(total):
    return None if total is None else total.status if total.status in ("excused", "failed") else total.points


def write_returns(out: Path, rows: list[Row], course: Course) -> list[str]:
    """Write `totals.csv`, the folder `upload` and archives of feedback; return the names of what is in `upload`.

    Files for a system need what it knows students by, from the roster or from what it delivered.
    """
    found = totals(rows)
    write(out / "totals.csv", totals_table(found, course))
    names = sorted({name for mine in found.values() for name in mine})
    files = {}
    for name in names:
        mine = {student: by[name] for student, by in found.items() if name in by and student in course.people}
        for system, make in (("moodle", _moodle), ("blackboard", _blackboard), ("gradescope", _gradescope)):
            files[f"{system}-{name}.csv"] = make(name, mine, course)
    files["canvas.csv"] = _canvas(names, found, course)
    made = []
    for name, text in files.items():
        if text:
            write(out / "upload" / name, text)
            made.append(name)
    return made + write_archives(out, found, names, course)


def _filled(course: Course, students: Iterable[str], columns: list[str], cells: Callable[[Person], dict]) -> str:
    """Return the roster with some columns filled in: those it has where it has them, new ones behind."""
    old = list(course.known.columns)
    heads = [head(column) for column in old]
    new = [column for column in columns if head(column) not in heads]
    lines = []
    for student in students:
        person = course.people[student]
        filled = {head(column): value for column, value in cells(person).items()}
        lines.append([*(filled.get(h, person.row.get(h, "")) for h in heads), *(filled[head(c)] for c in new)])
    return table([*old, *new], lines)


def scales(rows: list[Row], course: Course) -> list[str]:
    """Return a line for each notebook whose maximum is another one in the table that Moodle has exported."""
    theirs = {person.row.get("maximum grade", "") for person in course.people.values()} - {""}
    best = {}
    for mine in totals(rows).values():
        for name, total in mine.items():
            best[name] = max(best.get(name, 0), total.maximum)
    return [
        f"{name}: {most:g} points here, {', '.join(sorted(theirs))} in Moodle; set its maximum grade to {most:g}"
        for name, most in best.items()
        if theirs and any(_differs(most, text) for text in theirs)
    ]


def _differs(most, text):
    try:
        return float(text) != most
    except ValueError:
        return True


def _title(course, name, ending):
    """Return the column of a notebook in a system's own table: as a rule says, as the roster has it, or its name."""
    rule = course.rules.find("title", (), name)
    columns = course.known.columns if course.known else []
    theirs = [c for c in columns if head(c) == name or head(c).startswith((f"{name} (", f"{name} [", f"{name}|"))]
    return rule[0] if rule else theirs[0] if theirs else name + ending


def _canvas(names, found, course):
    students = [student for student in found if student in course.people]
    own = bool(course.known) and {"section", "id"} <= {head(c) for c in course.known.columns}
    ids = {s: next(filter(None, (course.number(s, n, "Canvas") for n in names)), "") for s in students}
    if not students or not (own or any(ids.values())):
        return ""
    titles = {name: _title(course, name, "") for name in names}

    def marks(person):
        mine = found[person.student]
        return {titles[name]: _mark(mine.get(name), "EX") for name in names}

    if own:
        return _filled(course, students, list(titles.values()), marks)
    best = {n: max((by[n].maximum for by in found.values() if n in by), default=0) for n in names}
    lines = [["    Points Possible", "", "", "", "", *best.values()]]
    for student in students:
        person = course.people[student]
        lines.append([person.name, ids[student], "", person.login, "", *marks(person).values()])
    return table(["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *titles.values()], lines)


def _mark(total, excused):
    return None if total is None else excused if total.status == "excused" else total.due


def _moodle(name, mine, course):
    own = bool(course.known) and "identifier" in {head(c) for c in course.known.columns}
    ids = {s: course.number(s, name, "Moodle") for s in mine}

    def cells(person):
        total = mine[person.student]
        return {
            "Identifier": f"Participant {ids[person.student]}",
            "Full name": person.name,
            "Email address": person.email,
            "Grade": total.due,
            "Maximum Grade": total.maximum,
            "Last modified (grade)": "-",
            "Feedback comments": total.comment,
        }

    if own:
        kept = ("Grade", "Feedback comments")
        return _filled(course, mine, [*kept], lambda p: {key: cells(p)[key] for key in kept})
    lines = [list(cells(course.people[s]).values()) for s in mine if ids[s]]
    if lines:
        return table(list(cells(course.people[next(iter(mine))])), lines)
    if not any(course.people[s].email for s in mine):
        return ""
    lines = [[course.people[s].email, mine[s].due, mine[s].comment] for s in mine]
    return table(["Email address", name, "Feedback"], lines)


def _blackboard(name, mine, course):
    logins = {s: course.people[s].login or s for s in mine}
    from_there = any(course.handed_in.get((s, name), {}).get("system") == "Blackboard" for s in mine)
    own = bool(course.known) and {"username", "last name"} <= {head(c) for c in course.known.columns}
    if not mine or not (own or from_there):
        return ""
    best = max(total.maximum for total in mine.values())
    title = _title(course, name, f" [Total Pts: {best:g} Score]")
    comment = "Feedback to Learner"
    if own:
        return _filled(course, mine, [title, comment], lambda p: {title: _due(mine, p), comment: _said(mine, p)})
    people = [course.people[s] for s in mine]
    lines = [[p.last, p.first, logins[p.student], _due(mine, p), _said(mine, p)] for p in people]
    return table(["Last Name", "First Name", "Username", title, comment], lines)


def _gradescope(name, mine, course):
    own = bool(course.known) and "sid" in {head(c) for c in course.known.columns}
    from_there = any(course.handed_in.get((s, name), {}).get("system") == "Gradescope" for s in mine)
    if not (own or from_there):
        return ""
    lines = []
    for student, total in mine.items():
        person = course.people[student]
        sid = next(iter(person.ids), "")
        lines.append([person.name, sid, person.email, total.due, total.maximum, total.comment])
    return table(["Name", "SID", "Email", "Total Score", "Max Points", "Comments"], lines)


def _due(mine, person):
    return mine[person.student].due


def _said(mine, person):
    return mine[person.student].comment
