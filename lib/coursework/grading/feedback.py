"""What a student gets back: a page per notebook that says for each exercise what was right and what to look at."""

from collections.abc import Iterable

from .pages import page, points, text

STATUSES = {
    "right": "right",
    "partly": "partly right",
    "wrong": "not yet right",
    "error": "it stopped with an error",
    "open": "still open",
    "missing": "not found",
    "unreadable": "could not be read",
    "to mark": "will be marked by a person",
    "marked": "marked",
    "set": "set by the instructor",
    "late": "late",
    "excused": "excused",
}


def feedback_pages(student: str, rows: Iterable[dict]) -> dict[str, str]:
    """Return {notebook: HTML page} for one student's rows."""
    by_notebook = {}
    for row in rows:
        by_notebook.setdefault(row["exercise"].partition(".")[0], []).append(row)
    return {name: _page(student, name, rows) for name, rows in by_notebook.items()}


def _page(student, name, rows):
    earned = sum(row["points"] or 0 for row in rows)
    body = [f"<h1>{text(name)}: {points(earned)} of {points(sum(r['maximum'] or 0 for r in rows))} points</h1>"]
    body.append(f"<p>{text(student)}</p>")
    troubles = next((row["cells"] for row in rows if row.get("cells")), [])
    if troubles:
        body.append("<p>Some cells did not run when the notebook was executed from top to bottom:</p><ul>")
        body += [f"<li>{text(trouble)}</li>" for trouble in troubles[:10]]
        body.append("</ul>")
    body += [_exercise(row) for row in rows]
    return page(f"{name}, feedback", "\n".join(body))


def _exercise(row):
    if "." not in row["exercise"] and not row["maximum"]:  # what is added or taken off as a whole
        head = f"<h2>{text(STATUSES.get(row['status'], row['status']))}: {points(row['points'])} points</h2>"
        return head + f"<p>{text(row['why'])}</p>"
    tone = "right" if row["points"] == row["maximum"] else "wrong"
    head = f"<h2>{text(row['exercise'])}: {points(row['points'])} of {points(row['maximum'])}</h2>"
    head += f"<p class='{tone}'>{text(STATUSES.get(row['status'], row['status']))}</p>"
    if not row.get("skills") or row["status"] == "open":
        return head + (f"<p>{text(row['why'])}</p>" if row["why"] else "")
    lines, told = [], set()
    for skill in row["skills"]:
        hint = skill["hint"] if skill["hint"] not in told else ""
        told.add(skill["hint"])
        lines.append(
            f"<tr><td>{text(skill['skill'])}</td><td>{text(skill['why']) or 'right'}"
            + (f"<p class='hint'><strong>{text(hint)}</strong></p>" if hint else "")
            + f"</td><td class='number'>{points(skill['points'])} of {points(skill['maximum'])}</td></tr>"
        )
    return head + f"<table>{''.join(lines)}</table>"
