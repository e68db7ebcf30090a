"""The student's side: try an answer at once, in the student's own notebook, without an account or a network."""

import ast
import random
import secrets
from collections.abc import Callable
from contextlib import nullcontext, redirect_stdout
from io import StringIO
from traceback import extract_tb

from .diagnosis import POWER, holds
from .exercise import Answer, Call, Exercise, Marks, exercises, find, specification
from .keeping import keep, kept
from .panel import Panel, show
from .sandbox.inside.calling import TOO_LONG, one_line
from .sandbox.inside.calling import call as call_function
from .sandbox.inside.clock import Clock, Late
from .sandbox.inside.wire import arrays, encode
from .values import readable
from .written import Written

SECONDS = 4  # of computing, for one call; as in grading


def check(name: str, answer: object, given: dict | None = None) -> None:
    """Try an answer and show what came out: right, or the first wrong case with the likely misconception.

    name: the exercise, `"vgg.kernel_params"`; answer: the student's function, or value; given: the numbers that
    this student's exercise names, where they differ from student to student.
    """
    if find(name).parameters and not callable(answer) and answer is not ...:
        function = name.partition(".")[2]
        wants = f"hand in the function itself, without parentheses: check({name!r}, {function})"
        print(f"{name}: this is {readable(encode(answer), 60)}, no function; {wants}")
        return
    marks = attempt(name, answer, given)
    stuck = marks.status not in ("right", "open")
    remark = POWER if stuck and callable(answer) and holds(answer, ast.BitXor) else ""
    show(Panel(marks, _recorded(marks), remark))


def _recorded(marks):
    """Keep an attempt; returns how many there were, up to the first right one."""
    name, before = marks.exercise.name, kept("exercises").get(marks.exercise.name, {})
    attempts = before.get("attempts", 0) + (marks.status != "open" and not before.get("solved", False))
    keep(
        "exercises",
        name,
        {
            "status": marks.status,
            "points": marks.points,
            "attempts": attempts,
            "solved": before.get("solved", False) or marks.status == "right",
        },
    )
    return attempts


def attempt(name: str, answer: object, given: dict | None = None, seed: int | None = None) -> Marks:
    """Return the `Marks` of an answer on fresh cases (the same ones for the same `seed`)."""
    exercise = find(name)
    variant = exercise.variant() if given is None else dict(given)
    calls = exercise.calls(random.Random(secrets.token_bytes(16) if seed is None else seed), variant)
    return exercise.mark(calls, _answers(answer, calls, exercise), variant)


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


def progress(notebook: str) -> None:
    """Print what is right and what is still open in one exercise notebook, by the last attempts."""
    points, known, done = 0, exercises(notebook), kept("exercises")
    for name, exercise in known.items():
        last = done.get(name, {"status": "not tried", "points": 0, "attempts": 0})
        status = "still open" if last["status"] == "open" else last["status"]
        tries = f", {last['attempts']} attempts" if last["attempts"] > 1 else ""
        if last.get("solved") and last["status"] != "right":
            tries += "; it was right before: what the notebook holds when it is handed in counts"
        points += last["points"]
        print(f"{name}: {status}, {last['points']} of {exercise.maximum} points{tries}")
    by_hand = [w for w in vars(specification(notebook)).values() if isinstance(w, Written)]
    for question in by_hand:
        print(f"{question.name}: a person marks it, up to {question.maximum} points")
    total = sum(e.maximum for e in known.values())
    more = f", and {sum(w.maximum for w in by_hand)} more that a person gives" if by_hand else ""
    print(f"{notebook}: {points} of {total} points{more}")
