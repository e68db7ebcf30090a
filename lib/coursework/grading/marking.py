"""One student's work: from notebook files to rows of marks."""

import json
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

from convcost.extras import MissingPackage

from ..errors import CourseworkError
from ..exercise import Call, Exercise, exercises, generator, specification
from ..sandbox.inside.wire import encode
from ..sandbox.walls import Sandbox
from ..written import Written
from .final import as_told, likeness
from .notebook import code, read
from .submissions import defined_in, everything, numbers_in, other_files, sorted_out

LONGEST = 1_000  # characters of a reason
MOST_TROUBLES = 20


class Marker:
    """Marks students' notebooks by one secret in one sandbox.

    seed: bytes, from which each student's fresh cases come; secret: bytes, from which the variants come, or None for
    the published ones; sandbox: see `sandbox.walls.Sandbox`; wanted: names of notebooks, each of which is due.
    """

    def __init__(
        self, sandbox: Sandbox | None, seed: bytes, secret: bytes | None = None, wanted: Iterable[str] = ()
    ) -> None:
        self.sandbox, self.seed, self.secret, self.wanted = sandbox, seed, secret, list(wanted)

    def rows(self, home: Path | None, student: str) -> list[dict[str, object]]:
        """Return the student's rows: dicts with `exercise`, `points` (None: not marked yet), `maximum`, `status`, `why`
        and, for the feedback and the summary, `skills`, `misconceptions`, `value`, `cells`. home: the student's folder.
        """
        try:
            found, others = sorted_out(home) if home else ({}, [])
        except CourseworkError as error:
            return [_lost(name, "unreadable", str(error)) for name in self.wanted]
        rows = []
        for name in self.wanted:
            path, remark = found.get(name, (None, ""))
            if path is not None:
                rows += self._notebook(name, path, remark, student)
            elif remark:
                rows.append(_lost(name, "unreadable", remark))
            else:
                rows += _missing(name, f"no notebook {name}.ipynb{_seen(home, others)}")
        for row in rows:
            row["why"] = " ".join(row["why"].split())[:LONGEST]
        return rows

    def _notebook(self, name, path, remark, student):
        try:
            cells = read(path)
        except CourseworkError as error:
            return [_lost(name, "unreadable", f"{path.name}: {error}")]
        known = exercises(name)
        calls = {e.name: self.calls(e, student) for e in known.values()}
        sources = code(cells)
        findings = self.sandbox.run(
            sources,
            [
                {
                    "function": e.function,
                    "value": not e.parameters,
                    "names": e.parameters,
                    "calls": [[encode(c.args), {k: encode(v) for k, v in c.kwargs.items()}] for c in calls[e.name]],
                }
                for e in known.values()
            ],
        )
        rows = []
        for exercise in known.values():
            try:
                row = _marked(exercise, findings, calls[exercise.name], exercise.variant(self.secret, student))
            except MissingPackage:
                raise
            except Exception as error:  # no answer may cost the student, or the class, the other marks
                why = f"the grader failed, not the student: {type(error).__name__}: {error}"
                row = {
                    "exercise": exercise.name,
                    "points": None,
                    "maximum": exercise.maximum,
                    "status": "failed",
                    "why": why,
                }
            if exercise.function in findings.missing:
                row["why"] += _likely(exercise.function, sources, known)
            if row["status"] == "wrong" and exercise.make_variant:
                row["why"] += _other_numbers(exercise, sources, exercise.variant(self.secret, student))
            rows.append(_with_troubles(row, exercise.function, sources, findings.cell_errors))
        rows += [_written(w, cells) for w in vars(specification(name)).values() if isinstance(w, Written)]
        for row in rows:
            row["why"] = f"{row['why']} ({remark})" if row["why"] and remark else row["why"] or remark
        return rows

    def calls(self, exercise: Exercise, student: str) -> list[Call]:
        """Return the cases that this student's answer is tried on."""
        rng = generator(self.seed, student, exercise.name, "cases")
        return exercise.calls(rng, exercise.variant(self.secret, student))


def _seen(home, others):
    """Return what lies in a student's folder in place of the notebook, and what to do."""
    if others:
        return f"; found {', '.join(sorted(p.name for p in others)[:5])}"
    found = other_files(home) if home else []
    return f"; found {', '.join(found[:5])}: hand in the .ipynb file itself" if found else ""


def _likely(function, sources, known):
    """Return the name under which a missing answer may stand in the notebook, as a remark, or ""."""
    names = {name for source in sources for name in defined_in(source)}
    names -= {name for e in known.values() for name in (e.function, f"{e.function}_given")}
    close = get_close_matches(function, sorted(names), 1, 0.75)
    return f"; there is {close[0]}: rename it" if close else ""


def _other_numbers(exercise, sources, variant):
    """Return, as a remark, whether a notebook gives its exercise other numbers than those that are marked, or ""."""
    held = [numbers for source in sources if (numbers := numbers_in(source, exercise.function)) is not None]
    if not held or held[-1] == variant:
        return ""
    which = "those of the published notebook" if held[-1] == exercise.variant() else "not those of this student"
    return f"; the numbers in {exercise.function}_given are {which}"


def _with_troubles(row, function, sources, cell_errors):
    """Add what went wrong in cells, first in the one that was to define the function."""
    troubles = []
    for number, why in sorted(cell_errors.items())[:MOST_TROUBLES]:
        if not 1 <= number <= len(sources):
            continue  # forged
        first = next((line.strip() for line in sources[number - 1].split("\n") if line.strip()), "")
        own = f"def {function}(" in sources[number - 1] or f"{function} =" in sources[number - 1]
        troubles.append((not own, number, f"code cell {number} (\u201c{first[:50]}\u201d): {why}"))
    row["cells"] = [text for _, _, text in sorted(troubles, key=lambda t: t[1])]
    if troubles and row["status"] in ("missing", "error"):
        row["why"] += f" ({min(troubles)[2]})"
    return row


def _marked(exercise, findings, calls, variant):
    row = {"exercise": exercise.name, "points": 0, "maximum": exercise.maximum}
    if exercise.function in findings.lost:
        return {
            **row,
            "status": "error",
            "why": f"while {exercise.function} ran, {findings.lost[exercise.function]}",
        }
    answers = findings.answers.get(exercise.function)
    if answers is None:
        why = f"{exercise.function} is not defined"
        if exercise.function not in findings.missing:
            why = findings.problem or "it was not reached"
        return {**row, "status": "missing", "why": why}
    if len(answers) != len(calls):
        return {**row, "status": "error", "why": "it did not answer every case"}
    marks = exercise.mark(calls, answers, variant)
    row.update(
        points=marks.points,
        status=marks.status,
        why=marks.why,
        skills=[
            {
                "skill": s.skill.title,
                "points": s.points,
                "maximum": s.skill.points,
                "why": s.why[:LONGEST],
                "hint": s.hint,
            }
            for s in marks.skills
        ],
    )
    row["misconceptions"] = sorted({s.misconception for s in marks.skills if s.misconception})
    if exercise.make_variant and not exercise.parameters and marks.status == "wrong":
        value = answers[0].get("value")
        row["value"] = value if len(json.dumps(value)) < 2_000 else None
    return row


def _written(question, cells):
    answer = question.answer(cells)
    row = {"exercise": question.name, "points": None, "maximum": question.maximum, "status": "to mark", "why": ""}
    if answer is None:
        return {**row, "points": 0, "status": "missing", "why": "its answer cell is gone"}
    if not answer:
        return {**row, "points": 0, "status": "open", "why": "not answered yet"}
    return {**row, "answer": likeness(as_told(answer))}


def _lost(name, status, why):
    return {
        "exercise": name,
        "points": 0,
        "maximum": sum(e.maximum for e in everything(name)),
        "status": status,
        "why": why,
    }


def _missing(name, why):
    return [
        {"exercise": e.name, "points": 0, "maximum": e.maximum, "status": "missing", "why": why}
        for e in everything(name)
    ]
