"""A student's results as Gradescope's autograder reads them.

The format: https://gradescope-autograders.readthedocs.io/en/latest/specs/
"""


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
