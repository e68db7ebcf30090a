"""What `check` answers: a small panel in a notebook and on the book's pages, the same in plain text elsewhere."""

import sys
from html import escape

from .exercise import Marks, SkillMarks
from .links import chapter, solution

TRIES = 3  # after so many the solution is offered
WORDS = {
    "right": ("right", "Right"),
    "partly": ("partly", "Partly right"),
    "wrong": ("wrong", "Not yet right"),
    "error": ("wrong", "Not yet right"),
    "open": ("open", "Still open"),
}
COLOURS = {"right": "#009e73", "partly": "#e69f00", "wrong": "#d55e00", "open": "#888888"}
BOX = "border-left:.3em solid {colour};padding:.3em .9em;margin:.5em 0;background:rgba(128,128,128,.09);max-width:52em"


class Panel:
    """The answer to one check: what was right, the first wrong case, and a ladder of help.

    marks: of this attempt; attempts: how many there were up to the first right one; remark: what is to be said
    besides, in a sentence.
    """

    def __init__(self, marks: Marks, attempts: int, remark: str = "") -> None:
        self.marks, self.attempts, self.remark = marks, attempts, remark
        exercise = marks.exercise
        self.stuck = marks.status not in ("right", "open")
        self.explained = chapter(exercise.explained) if self.stuck and exercise.explained else None
        self.worked = exercise.worked_case() if self.stuck else ""
        done = marks.status == "right" or (self.stuck and attempts >= TRIES)
        self.solution = solution(exercise.notebook) if done else None

    def __repr__(self) -> str:
        lines = [verdict(self.marks)]
        if self.remark:
            lines.append(f"    {self.remark}")
        if self.explained:
            lines.append(f'  Where it is explained, "{self.explained[0]}": {self.explained[1]}')
        if self.worked:
            lines.append(f"  {self.marks.exercise.worked_title}: {self.worked}")
        if self.solution and self.stuck:
            lines.append(f"  The solution, after {self.attempts} attempts: {self.solution}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        kind, words = WORDS[self.marks.status]
        marks, style = self.marks, BOX.format(colour=COLOURS[kind])
        points = f"{marks.points} of {marks.maximum} points"
        tries = f", attempt {self.attempts}" if self.attempts > 1 else ""
        head = f"<b>{words}</b> ({points}{tries})"
        parts = [
            f'<div class="cc-panel cc-panel-{kind}" data-exercise="{escape(marks.exercise.name)}" style="{style}">'
        ]
        parts.append(f'<p style="margin:.3em 0"><code>{escape(marks.exercise.function)}</code>: {head}</p>')
        if self.stuck:
            parts += _skills(marks.skills)
        parts += [f'<p style="margin:.3em 0">{text}</p>' for text in map(_code, filter(None, self._remarks()))]
        parts += self._ladder()
        return "".join([*parts, "</div>"])

    def _remarks(self):
        return [self.remark, INEXACT if _inexact(self.marks) else ""]

    def _ladder(self):
        rungs = []
        if self.explained:
            title, address = self.explained
            rungs.append(f'<a href="{escape(address)}">Where it is explained: “{escape(title)}”</a>')
        if self.worked:
            title = self.marks.exercise.worked_title
            rungs.append(f"<details><summary>{title}</summary>{_code(self.worked)}</details>")
        if self.solution:
            rungs.append(f'<a class="cc-solution-link" href="{escape(self.solution)}">The solution</a>')
        return [f'<div style="margin:.3em 0">{rung}</div>' for rung in rungs]


INEXACT = "It returned floats for whole numbers: right here, but a float keeps 15 digits or 16 only."


def _inexact(marks):
    return marks.status == "right" and marks.whole_floats and bool(marks.exercise.parameters)


def _skills(skills: list[SkillMarks]) -> list[str]:
    """Return a line of HTML for each skill, with what is wrong with it; each hint once."""
    lines, told, raised = ['<ul style="margin:.3em 0;padding-left:1.3em;list-style:none">'], {""}, set()
    for part in skills:
        error = part.why.partition(" raised ")[2]
        word = "right" if part.right else "the same error" if error in raised else f"<code>{escape(part.why)}</code>"
        raised |= {error} - {""}
        lines.append(
            f'<li style="margin:.2em 0"><span aria-hidden="true">{"✓" if part.right else "✗"} </span>'
            f"{escape(part.skill.title)}: {word}"
        )
        if part.hint not in told:
            told.add(part.hint)
            lines.append(f'<div style="margin:.2em 0"><b>{_code(part.hint)}</b></div>')
        lines.append("</li>")
    return [*lines, "</ul>"]


def _code(text):
    """Return a text as HTML; what stands between backticks is code."""
    parts = escape(text).split("`")
    return "".join(f"<code>{part}</code>" if i % 2 and i < len(parts) - 1 else part for i, part in enumerate(parts))


def verdict(marks: Marks) -> str:
    """Return the answer in plain text: the points, and to each skill what is wrong with it; each hint once."""
    name, points = marks.exercise.name, f"{marks.points} of {marks.maximum} points"
    if marks.status == "open":
        return f"{name}: still open ({points})"
    if marks.status == "right":
        return f"{name}: right ({points})" + (f"\n  {INEXACT.replace('`', '')}" if _inexact(marks) else "")
    lines, hints = [f"{name}: not yet right ({points})"], {""}
    for part in marks.skills:
        lines.append(f"  {part.skill.title}: {'right' if part.right else part.why}")
        if part.hint not in hints:
            hints.add(part.hint)
            lines.append(f"    {part.hint}")
    return "\n".join(lines)


def show(panel: Panel) -> None:
    """Show it as the notebook shows things, or as text."""
    ipython = sys.modules.get("IPython")
    if ipython is not None and ipython.get_ipython() is not None:
        ipython.display.display(panel)
    else:
        sys.displayhook(panel)
