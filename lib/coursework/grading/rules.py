"""The instructor's own decisions in one small table: deadlines, late work, extensions, excuses, groups, set marks.

    student,notebook,rule,value,reason
    ,vgg,deadline,2026-03-01 23:59,
    ,,late,10%,                         per day that has begun, of the points earned
    ann,vgg,extension,2026-03-05 23:59,ill
    bob,vgg,excused,,away for the university
    cyd,vgg.my_vgg_macs,points,3,the question was unclear

An empty cell means everybody, or every notebook; the row that says more wins.
"""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from math import ceil
from pathlib import Path

from ..errors import CourseworkError
from ..exercise import notebooks
from .formats import moment
from .roster import Roster, tidy
from .submissions import everything
from .tables import number, read_table

COLUMNS = ("student", "notebook", "rule", "value", "reason")
Row = dict[str, object]


def _time(text):
    date = text if re.search(r"\d[T ]+\d", text) else f"{text} 23:59:59"
    found = moment(date)
    if not found:
        raise ValueError
    return datetime.fromisoformat(found)


def _span(text):
    match = re.fullmatch(r"(\d+(?:[.,]\d+)?) *(d|days?|h|hours?|min|minutes?)", text.strip(), re.I)
    if not match:
        raise ValueError
    unit = {"d": "days", "h": "hours", "m": "minutes"}[match[2][0].lower()]
    return timedelta(**{unit: number(match[1])})


def _share(text):
    share = number(text.strip().removesuffix("%").strip())
    if not 0 <= share <= 100:
        raise ValueError
    return share / 100


def _points(text):
    if (points := number(text)) < 0:
        raise ValueError
    return points


def _nothing(text):
    if text.strip():
        raise ValueError


# Rule -> how its value is read, and what is allowed.
RULES = {
    "deadline": (_time, "a date and time like 2026-03-01 23:59"),
    "late": (_share, "per cent of the points for each day that has begun, like 10%"),
    "grace": (_span, "how late is not late yet, like 30 min or 2 h"),
    "cap": (_share, "the most that is taken off, in per cent, like 50%"),
    "extension": (_time, "a date and time like 2026-03-05 23:59"),
    "submitted": (_time, "when it was handed in, like 2026-03-01 23:59"),
    "excused": (_nothing, "nothing"),
    "group": (_nothing, "nothing; the roster says who works together"),
    "points": (_points, "points"),
    "title": (str, "what the column is called in your system"),
}


class Rules:
    """All rules of a course; `read_rules` reads them from a table."""

    def __init__(self, rows: Iterable[tuple[str, str, str, object, str]] = ()) -> None:
        self.rows = list(rows)  # (student or group, notebook or exercise, rule, value, reason)
        self.names = {row[2] for row in self.rows}

    def find(self, rule: str, whose: Iterable[str], what: str) -> tuple[object, str] | None:
        """Return (value, reason) of the rule that says most of a student (called as in `whose`) and a notebook."""
        if rule not in self.names:
            return None
        fitting = [row for row in self.rows if row[2] == rule and row[0] in ("", *whose) and row[1] in ("", what)]
        best = max(enumerate(fitting), key=lambda pair: (pair[1][0] != "", pair[1][1] != "", pair[0]), default=None)
        return best and best[1][3:]


def read_rules(path: str | Path, known: Roster | None) -> Rules:
    """Return the rules in a table; raises where one names nobody of the roster, no notebook, or no rule."""
    table, rows = read_table(path), []
    if missing := [c for c in COLUMNS[:4] if table and c not in table[0]]:
        raise CourseworkError(f"rules {path}: no column {missing[0]!r}; there have to be {', '.join(COLUMNS)}")
    whose = None
    if known:
        whose = {*known.people, *(person.group for person in known.people.values())}
    for line, row in enumerate(table, 2):
        student, what, rule, value = (tidy(row[column]) for column in COLUMNS[:4])
        place = f"rules {path}, line {line}"
        if not any((student, what, rule, value)):
            continue
        if rule not in RULES:
            raise CourseworkError(f"{place}: no rule {rule!r}; there are: {', '.join(RULES)}")
        if whose is not None and student and student not in whose:
            raise CourseworkError(f"{place}: {student!r} is not on the roster{known.nearest(student)}")
        notebook = what.partition(".")[0]
        if notebook and notebook not in notebooks():
            raise CourseworkError(f"{place}: no notebook {notebook!r}; there are: {', '.join(notebooks())}")
        if "." in what and what not in {e.name for e in everything(notebook)}:
            names = ", ".join(e.name for e in everything(notebook))
            raise CourseworkError(f"{place}: no exercise {what!r}; there are: {names}")
        if rule == "points" and not (student and what):
            raise CourseworkError(f"{place}: points are of one student and one exercise or notebook")
        if "." in what and rule != "points":
            raise CourseworkError(f"{place}: {rule!r} is a rule of a notebook, not of one exercise")
        try:
            read, allowed = RULES[rule]
            rows.append((student, what, rule, read(value), tidy(row.get("reason", ""))))
        except ValueError:
            raise CourseworkError(f"{place}: {value!r} for {rule!r}; allowed: {allowed}") from None
    return Rules(rows)


def applied(rules: Rules, rows: list[Row], whose: tuple[str, ...], notebook: str, handed_in: dict | None) -> list[Row]:
    """Return a student's rows of one notebook with the rules applied: set marks, then what is taken off, then excuses.

    whose: the student and his group; handed_in: the row of `collected.csv`, if there is one. What is added or taken
    off as a whole is a row of its own, whose exercise is the notebook.
    """
    excuse = rules.find("excused", whose, notebook)
    if excuse:
        return [_changed(row, points=None, maximum=0, status="excused", why=excuse[1]) for row in rows]
    final = []
    for row in rows:
        mark = rules.find("points", whose, row["exercise"]) if "." in row["exercise"] else None
        if mark:
            graded = "not marked" if row["points"] is None else f"{row['points']:g} of {row['maximum']:g}"
            why = f"{mark[1] or 'set by the instructor'} (the grader: {graded})"
            row = _changed(row, points=mark[0], status="set", why=why)
        final.append(row)
    final += _late(rules, final, whose, notebook, handed_in)
    mark = rules.find("points", whose, notebook)
    if mark:
        earned = sum(row["points"] or 0 for row in final)
        why = f"{mark[1] or 'set by the instructor'} (all together {mark[0]:g}; before, {earned:g})"
        final = [_changed(row, points=0) if row["points"] is None else row for row in final]
        final.append(_whole(rows, notebook, round(mark[0] - earned, 4), "set", why))
    return final


def _changed(row, **changes):
    return {**{key: value for key, value in row.items() if key != "skills"}, **changes}


def _whole(rows, notebook, points, status, why):
    student = rows[0]["student"] if rows else ""
    row = {"student": student, "exercise": notebook, "points": points, "maximum": 0, "status": status, "why": why}
    return row


def _late(rules, rows, whose, notebook, handed_in):
    deadline = rules.find("deadline", whose, notebook)
    extension = rules.find("extension", whose, notebook)
    if not (deadline or extension) or not rows:
        return []
    until = max(found[0] for found in (deadline, extension) if found)
    told = rules.find("submitted", whose, notebook)
    time = told[0] if told else datetime.fromisoformat(handed_in["time"]) if handed_in and handed_in["time"] else None
    share = (rules.find("late", whose, notebook) or (0, ""))[0]
    if time is None:
        if not (handed_in and handed_in["late"]) or extension:
            return []
        why = f"late, says {handed_in['system']}, but not how late: nothing is taken off"
        return [_whole(rows, notebook, 0, "late", why)]
    over = time - until
    if over <= (rules.find("grace", whose, notebook) or (timedelta(0), ""))[0]:
        return []
    days = ceil(over / timedelta(days=1))
    cap = (rules.find("cap", whose, notebook) or (1, ""))[0]
    earned = sum(row["points"] or 0 for row in rows)
    taken = min(days * share, cap, 1)
    why = (
        f"handed in {time:%Y-%m-%d %H:%M}, due {until:%Y-%m-%d %H:%M}: {days} {'day' if days == 1 else 'days'} late, "
        f"{100 * taken:g}% of {earned:g} points taken off"
    )
    return [_whole(rows, notebook, 0 - round(taken * earned, 2), "late", why)]
