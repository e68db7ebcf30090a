"""Questions that a person marks: in the notebook a text cell, in the marks a row, with a rubric.

why_linear = written("mobilenet_v2_homework.why_linear", {
    "a ReLU on few channels loses information": 2,
    "the bottleneck is the narrow place": 1,
})
"""

import re
from collections.abc import Iterable

from .errors import CourseworkError

FIRST_LINE = "**Answer to {name}:**"  # of the student's cell; metadata may be lost, text stays
EMPTY = "*Write here.*"


class Written:
    """A written question. rubric: what is looked for -> points; maximum: their sum."""

    def __init__(self, name: str, rubric: dict[str, int]) -> None:
        self.name, self.rubric, self.maximum = name, dict(rubric), sum(rubric.values())
        self.notebook = name.partition(".")[0]

    def answer(self, cells: Iterable[tuple[str, str]]) -> str | None:
        """Return what a student wrote, from the (kind, text) cells of a notebook; None if the place is gone."""
        first = FIRST_LINE.format(name=self.name)
        found = [text.replace(first, "", 1).strip() for kind, text in cells if kind == "markdown" and first in text]
        given = [text.replace(EMPTY, "").strip() for text in found]
        return max(given, key=len) if given else None


def written(name: str, rubric: dict[str, int]) -> Written:
    """Return the written question of that name with its rubric, points by what is looked for."""
    if not re.fullmatch(r"[a-z_0-9]+\.[a-z_0-9]+", name) or not rubric:
        raise CourseworkError(f"a written question is named notebook.question and has a rubric, not {name!r}")
    return Written(name, rubric)
