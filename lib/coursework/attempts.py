"""The student's side: try an answer at once, in the student's own notebook, without an account or a network."""

import secrets

from .exercise import exercises, find
from .sandbox.inside.calling import call as call_function
from .sandbox.inside.wire import arrays, encode

_standing = {}  # name -> Marks of the last attempt, for `progress`


def check(name, answer, given=None):
    """Try an answer and print what came out: right, or the first wrong case with the likely misconception.

    name: the exercise, `"vgg.kernel_params"`; answer: the student's function, or value; given: the numbers that
    this student's exercise names, where they differ from student to student.
    """
    if find(name).parameters and not callable(answer) and answer is not ...:
        function = name.partition(".")[2]
        print(f"{name}: hand in the function itself, without parentheses: check({name!r}, {function})")
        return
    print(report(attempt(name, answer, given)))


def attempt(name, answer, given=None, seed=None):
    """Return the `Marks` of an answer on fresh cases (the same ones for the same `seed`)."""
    import random

    exercise = find(name)
    variant = exercise.variant() if given is None else dict(given)
    calls = exercise.calls(random.Random(secrets.token_bytes(16) if seed is None else seed), variant)
    marks = exercise.mark(calls, [_answered(answer, call) for call in calls], variant)
    _standing[name] = marks
    return marks


def _answered(answer, call):
    """Return what a function gives for one case, or the value itself, as it would leave the sandbox."""
    if not callable(answer):
        return {"value": encode(answer)}
    try:
        args = [arrays(encode(a)) for a in call.args]  # copies, as in the sandbox: an answer may write into them
        kwargs = {k: arrays(encode(v)) for k, v in call.kwargs.items()}
        return {"value": encode(call_function(answer, args, kwargs))}
    except Exception as error:
        return {"error": said(error)}


def said(error):
    """Return an exception in one line."""
    text = " ".join(str(error).split())[:300]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def report(marks):
    """Return the lines that `check` prints."""
    name = marks.exercise.name
    if marks.status == "open":
        return f"{name}: still open (0 of {marks.maximum} points)"
    points = f"{marks.points} of {marks.maximum} points"
    if marks.status == "right":
        remark = ""
        if marks.whole_floats and marks.exercise.parameters:
            remark = "\n  It returned floats for whole numbers: divide with //, which stays exact."
        return f"{name}: right ({points}){remark}"
    lines, told = [f"{name}: not yet right ({points})"], set()
    for skill in marks.skills:
        lines.append(f"  {skill.skill.title}: {'right' if skill.right else skill.why}")
        if skill.hint and skill.hint not in told:
            told.add(skill.hint)
            lines.append(f"    {skill.hint}")
    return "\n".join(lines)


def progress(notebook):
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
