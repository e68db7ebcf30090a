"""A student's results as Gradescope's autograder reads them.

The format: https://gradescope-autograders.readthedocs.io/en/latest/specs/
"""


def results_document(rows: list[dict], digest: str) -> dict[str, object]:
    """Return the document: a test per exercise; `extra_data` keeps the rows, from which everything else is made."""
    marked = [row for row in rows if row["points"] is not None]
    return {
        "score": sum(row["points"] for row in marked),
        "output": "Marks of written answers follow." if len(marked) < len(rows) else "",
        "output_format": "text",
        "visibility": "visible",
        "tests": [_test(row) for row in marked],
        "extra_data": {"digest": digest, "rows": rows},
    }


def _test(row):
    lines = [row["why"]] if row["why"] else []
    for skill in row.get("skills", []):
        lines.append(f"{skill['skill']}: {skill['points']} of {skill['maximum']}")
    return {
        "name": row["exercise"],
        "name_format": "text",
        "score": row["points"],
        "max_score": row["maximum"],
        "status": "passed" if row["points"] == row["maximum"] else "failed",
        "output": "\n".join(lines),
        "output_format": "text",
        "visibility": "visible",
    }
