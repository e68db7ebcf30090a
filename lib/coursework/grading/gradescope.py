"""A student's results as Gradescope's autograder reads them, and whose submission it has started us for.

The formats: https://gradescope-autograders.readthedocs.io/en/latest/specs/ and .../submission_metadata/
"""

import json
import shutil
from pathlib import Path

from ..errors import CourseworkError
from ..exercise import notebooks
from .collect import COLUMNS, TABLE
from .formats import moment
from .roster import Roster
from .tables import table
from .writing import file_name, write


def lay_out(autograder: Path, known: Roster, to: Path) -> list[str]:
    """Put the submission in a container's folder `autograder` into the folder TO, as `grade` wants it; return the
    students whose it is, none if nobody of them is on the roster.
    """
    path = autograder / "submission_metadata.json"
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        users, time = facts["users"], moment(facts.get("created_at") or "")
        claims = [{"login": user.get("email") or "", "name": user.get("name") or ""} for user in users]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise CourseworkError(f"{path}: not found, or not as Gradescope writes it") from None
    students = [student for student, _ in (known.find(**claim) for claim in claims) if student]
    rows = []
    for student in students:
        shutil.copytree(autograder / "submission", to / file_name(student), symlinks=True)
        row = {"student": student, "system": "Gradescope", "time": time, "taken": "yes"}
        rows += [{**row, "notebook": name} for name in notebooks()]
    write(to / TABLE, table(COLUMNS, [[row.get(column, "") for column in COLUMNS] for row in rows]))
    return students


def stranger_document(users: str) -> dict[str, object]:
    """Return the results of a submission by somebody who is not on the roster."""
    why = f"{users} is not on the roster of this autograder, so that nothing was graded. Ask your instructor."
    return {"score": 0, "output": why, "output_format": "text", "visibility": "visible", "tests": []}


def results_document(rows: list[dict], final: list[dict], digest: str, shown: str) -> dict[str, object]:
    """Return the document: a test per row that counts; `extra_data` keeps the rows as graded, from which everything
    else is made.
    """
    marked = [row for row in final if row["points"] is not None]
    waiting = any(row["status"] == "to mark" for row in final)
    return {
        "score": round(max(0, sum(row["points"] for row in marked)), 4),
        "output": "Marks of written answers follow." if waiting else "",
        "output_format": "text",
        "visibility": "visible",
        "tests": [_test(row) for row in final],
        "extra_data": {"digest": digest, "shown": shown, "rows": rows},
    }


def _test(row):
    lines = [row["why"]] if row["why"] else []
    for skill in row.get("skills", []):
        lines.append(f"{skill['skill']}: {skill['points']} of {skill['maximum']}")
    test = {
        "name": row["exercise"],
        "name_format": "text",
        "output": "\n".join(lines),
        "output_format": "text",
        "visibility": "visible",
    }
    if row["points"] is not None:
        passed = row["points"] == row["maximum"]
        test |= {"score": row["points"], "max_score": row["maximum"], "status": "passed" if passed else "failed"}
    return test
