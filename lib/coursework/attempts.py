"""The student's side: try an answer at once, in the student's own notebook, without an account or a network."""

import ast
import random
import secrets
from collections.abc import Callable
from contextlib import nullcontext, redirect_stdout
from io import StringIO
from traceback import extract_tb

from .diagnosis import holds
from .exercise import Answer, Call, Exercise, Marks, exercises, find
from .sandbox.inside.calling import TOO_LONG, one_line
from .sandbox.inside.calling import call as call_function
from .sandbox.inside.clock import Clock, Late
from .sandbox.inside.wire import arrays, encode

SECONDS = 4  # of computing, for one call; as in grading
_standing: dict[str, Marks] = {}  # name -> Marks of the last attempt, for `progress`


def check(name: str, answer: object, given: dict | None = None) -> None:
    """Try an answer and print what came out: right, or the first wrong case with the likely misconception.

    name: the exercise, `"vgg.kernel_params"`; answer: the student's function, or value; given: the numbers that
    this student's exercise names, where they differ from student to student.
    """
    if find(name).parameters and not callable(answer) and answer is not ...:
        function = name.partition(".")[2]
        print(f"{name}: hand in the function itself, without parentheses: check({name!r}, {function})")
        return
    marks = attempt(name, answer, given)
    print(verdict(marks))
    if marks.status not in ("right", "open") and callable(answer) and holds(answer, ast.BitXor):
        print("    In Python ^ is not a power; that is **: 3**2 is 9.")


def attempt(name: str, answer: object, given: dict | None = None, seed: int | None = None) -> Marks:
    """Return the `Marks` of an answer on fresh cases (the same ones for the same `seed`)."""
    exercise = find(name)
    variant = exercise.variant() if given is None else dict(given)
    calls = exercise.calls(random.Random(secrets.token_bytes(16) if seed is None else seed), variant)
    marks = exercise.mark(calls, _answers(answer, calls, exercise), variant)
    _standing[name] = marks
    return marks


def _answers(answer: object, calls: list[Call], exercise: Exercise) -> list[Answer]:
    """Return what a function gives for each case, or the value itself; what it prints is shown for the first one."""
    if not callable(answer):
        return [{"value": encode(answer)}] * len(calls)
    clock, found = Clock(), []
    try:
        for call in calls:
            with redirect_stdout(StringIO()) if found else nullcontext():
                found.append(_answered(answer, call, exercise, clock))
            if found[-1].get("error", "").startswith(TOO_LONG):
                break
    finally:
        clock.close()
    return found + found[-1:] * (len(calls) - len(found))


def _answered(answer: Callable, call: Call, exercise: Exercise, clock: Clock) -> Answer:
    """Return what a function gives for one case, as it would leave the sandbox."""
    try:
        args = [arrays(encode(a)) for a in call.args]  # copies, as in the sandbox: an answer may write into them
        kwargs = {k: arrays(encode(v)) for k, v in call.kwargs.items()}
        with clock.limit(SECONDS):
            return {"value": encode(call_function(answer, args, kwargs, exercise.parameters))}
    except Late:
        return {"error": f"{TOO_LONG}: more than {SECONDS} s"}
    except Exception as error:
        return {"error": f"{one_line(error)}{_place(error)}"}


def _place(error):
    """Return the line of the student's own code that raised an error, in words."""
    here, found = __file__, ""
    for frame in extract_tb(error.__traceback__):
        own = frame.filename != here and not frame.filename.endswith("calling.py")
        if own and ("ipykernel" in frame.filename or frame.filename.startswith("<")):
            found = f" (line {frame.lineno}{': ' + frame.line if frame.line else ''})"
    return found


def verdict(marks: Marks) -> str:
    """Return what `check` prints: the points, and to each skill what is wrong with it; each hint once."""
    name, points = marks.exercise.name, f"{marks.points} of {marks.maximum} points"
    if marks.status == "open":
        return f"{name}: still open ({points})"
    if marks.status == "right":
        inexact = marks.whole_floats and marks.exercise.parameters
        remark = "\n  It returned floats for whole numbers: divide with //, which stays exact."
        return f"{name}: right ({points}){remark if inexact else ''}"
    lines, hints = [f"{name}: not yet right ({points})"], {""}
    for part in marks.skills:
        lines.append(f"  {part.skill.title}: {'right' if part.right else part.why}")
        if part.hint not in hints:
            hints.add(part.hint)
            lines.append(f"    {part.hint}")
    return "\n".join(lines)


def progress(notebook: str) -> None:
    """Print what is right and what is still open in one exercise notebook, by the last attempts of this session."""
    points = 0
    known = exercises(notebook)
    for name, exercise in known.items():
        marks = _standing.get(name)
        status = "not tried" if marks is None else "still open" if marks.status == "open" else marks.status
        earned = marks.points if marks else 0
        points += earned
        print(f"{name}: {status}, {earned} of {exercise.maximum} points")
    total = sum(e.maximum for e in known.values())
    print(f"{notebook}: {points} of {total} points")
