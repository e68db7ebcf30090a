"""The instructor's page about a class: distribution, hardest exercises, misconceptions, what needs a look."""

import json
from collections import Counter
from collections.abc import Callable, Iterable

from ..errors import CourseworkError
from ..exercise import find
from ..sandbox.inside.wire import encode
from ..values import same
from .pages import page, text

FEW = 2  # a value that is right for more students than these says nothing about where it came from
LOOK = ("unreadable", "missing", "error", "failed", "to mark")


def summary_page(rows: list[dict], copies: Iterable[tuple[str, str, str]] = ()) -> str:
    """Return the page as HTML; rows: of the whole class; copies: as `copied` gives them."""
    students = dict.fromkeys(row["student"] for row in rows)
    totals = dict.fromkeys(students, 0)
    maxima = dict.fromkeys(students, 0)
    for row in rows:
        totals[row["student"]] += row["points"] or 0
        maxima[row["student"]] += row["maximum"] or 0
    shares = [totals[s] / maxima[s] for s in students if maxima[s]]
    body = [f"<h1>The class: {len(students)} students</h1>", *_distribution(shares), *_exercises(rows)]
    body += [*_misconceptions(rows), *_copies(copies), *_look(rows)]
    return page("Summary of the class", "\n".join(body))


def _bar(share, label):
    return f"<span class='bar' role='img' aria-label='{text(label)}' style='width:{100 * share * 0.7:.1f}%'></span>"


def _distribution(shares):
    if not shares:
        return ["<p>Nobody has a mark yet.</p>"]
    bins = Counter(min(int(10 * s), 9) for s in shares)
    middle = sorted(shares)[len(shares) // 2]
    lines = [
        f"<p>Mean {100 * sum(shares) / len(shares):.0f}% of the points, median {100 * middle:.0f}%.</p>",
        "<h2>Distribution</h2><table>",
    ]
    for i in range(10):
        label = f"{10 * i} to {10 * i + 10}%"
        lines.append(
            f"<tr><td style='width:8rem'>{label}</td><td>{_bar(bins[i] / len(shares), f'{bins[i]} students')} "
            f"{bins[i] or ''}</td></tr>"
        )
    return [*lines, "</table>"]


def _exercises(rows):
    table = {}
    for row in rows:
        if row["points"] is not None and row["maximum"] and "." in row["exercise"]:
            table.setdefault(row["exercise"], []).append(row)
    hardest = sorted(table.items(), key=lambda item: sum(r["points"] / r["maximum"] for r in item[1]) / len(item[1]))
    lines = [
        "<h2>Exercises, hardest first</h2><table><tr><th>exercise</th><th>mean share of the points</th>"
        "<th class='number'>right</th><th class='number'>open or missing</th></tr>"
    ]
    for name, mine in hardest:
        share = sum(r["points"] / r["maximum"] for r in mine) / len(mine)
        empty = sum(r["status"] in ("open", "missing") for r in mine)
        lines.append(
            f"<tr><td>{text(name)}</td><td>{_bar(share, f'{100 * share:.0f} percent')} {100 * share:.0f}%</td>"
            f"<td class='number'>{sum(r['points'] == r['maximum'] for r in mine)}</td>"
            f"<td class='number'>{empty}</td></tr>"
        )
    return [*lines, "</table>"]


def _misconceptions(rows):
    found = Counter((row["exercise"], m) for row in rows for m in row.get("misconceptions", ()))
    if not found:
        return []
    most = found.most_common(20)
    lines = ["<h2>Misconceptions, most frequent first</h2><table>"]
    for (exercise, name), number in most:
        lines.append(
            f"<tr><td>{text(exercise)}<br><small>{text(name.replace('_', ' '))}</small></td>"
            f"<td>{text(_misconception(exercise, name))}<br>{_bar(number / most[0][1], f'{number} students')} {number}"
            "</td></tr>"
        )
    return [*lines, "</table>"]


def _misconception(exercise, name):
    try:
        wrong = find(exercise).wrongs.get(name)
    except CourseworkError:  # of a notebook that was due once and is no more
        return ""
    return wrong.misconception if wrong else ""


def _copies(copies):
    if not copies:
        return []
    lines = [
        "<h2>Answers that fit somebody else's numbers</h2><p>Each of these students answered with a value that is "
        "right for the numbers of one or two others and is no known slip. Chance can do that too; look before you "
        "judge.</p><table>"
    ]
    lines += [
        f"<tr><td>{text(student)}</td><td>{text(exercise)}</td><td>fits {text(whose)}</td></tr>"
        for student, exercise, whose in copies
    ]
    return [*lines, "</table>"]


def _look(rows):
    found = {}
    for row in rows:
        if row["status"] in LOOK or (row["status"] == "late" and not row["points"]):
            found.setdefault((row["student"], row["status"]), []).append(row)
    if not found:
        return []
    lines = ["<h2>For you to look at</h2><table>"]
    for (student, status), mine in list(found.items())[:500]:
        reasons = ", ".join(dict.fromkeys(r["why"] for r in mine[:3]))
        names = ", ".join(r["exercise"] for r in mine)
        lines.append(
            f"<tr><td>{text(student)}</td><td>{text(status)}</td><td>{text(names)}</td><td>{text(reasons)}</td></tr>"
        )
    more = [f"<p>and {len(found) - 500} more; see grades.csv</p>"] if len(found) > 500 else []
    return [*lines, "</table>", *more]


def copied(
    rows: list[dict], secret: bytes | None, students: Iterable[str], group: Callable[[str], str] = lambda _: ""
) -> list[tuple[str, str, str]]:
    """Return (student, exercise, whose) for each wrong value that is right for another student's numbers, or for the
    published ones: where it fits at most `FEW` and is no slip that has a name, since slips meet by chance.

    group: the group of a student, whose members work together.
    """
    if secret is None:
        return []
    keys, fits = {}, {}
    for row in rows:
        if row.get("value") is None or row.get("misconceptions"):
            continue
        place = row["exercise"], json.dumps(row["value"])
        if place not in fits:
            if row["exercise"] not in keys:
                keys[row["exercise"]] = _right_answers(row["exercise"], secret, students)
            tolerance = keys[row["exercise"]][0]
            fits[place] = [
                whose
                for value, everyone in keys[row["exercise"]][1]
                if same(value, row["value"], tolerance)
                for whose in everyone
            ]
    found = []
    for row in rows:
        whose = fits.get((row["exercise"], json.dumps(row.get("value"))), ())
        others = [other for other in whose if other != row["student"]]
        mates = any(group(row["student"]) and group(row["student"]) == group(other) for other in others)
        if 0 < len(others) <= FEW and not row.get("misconceptions") and not mates and row["status"] != "right":
            found.append((row["student"], row["exercise"], " and ".join(others)))
    return found


def _right_answers(name, secret, students):
    """Return (tolerance, [(right value, whose it is)]) of an exercise for all students and the published notebook."""
    try:
        exercise = find(name)
    except CourseworkError:  # of a notebook that was due once and is no more
        return 0, []
    whose = {}
    for student, variant in [
        ("the published notebook", exercise.variant()),
        *((student, exercise.variant(secret, student)) for student in students),
    ]:
        whose.setdefault(json.dumps(encode(exercise.reference(**variant))), []).append(student)
    return exercise.tolerance, [(json.loads(value), everyone) for value, everyone in whose.items()]
