"""Every exercise specification: the reference passes, each named wrong answer fails and is named, for many seeds."""

import contextlib
import inspect
import json
import random
import re
from collections import Counter
from fractions import Fraction
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from convcost import Conv2d, FeatureMap, Flatten, Linear, MaxPool2d, ReLU
from convcost.errors import ConvcostError
from convcost.reference import loops
from coursework.design import Design
from coursework.exercise import exercises, find, notebooks, specification
from coursework.grading.summary import copied
from coursework.predictions import Prediction
from coursework.sandbox.inside.calling import call as call_function
from coursework.sandbox.inside.clock import Clock, Late
from coursework.sandbox.inside.wire import encode
from coursework.values import readable, same
from environment import ROOT
from mutants import mutants

SEEDS = range(200)
ALL = [e for name in notebooks() for e in exercises(name).values()]
named = pytest.mark.parametrize("exercise", ALL, ids=lambda e: e.name)


def answered(wrong, calls, variant):
    """What a student's function that is this wrong answer would send back; marking need not try it once more."""
    answers = []
    for call in calls:
        try:
            value = encode(call_function(partial(wrong.function, **variant), call.args, call.kwargs))
            answers.append({"value": value})
            call.tried[wrong.name] = value
        except (ArithmeticError, ConvcostError, LookupError, TypeError, ValueError) as error:
            answers.append({"error": str(error)})
    return answers


@named
def test_the_reference_passes_and_every_wrong_answer_fails_and_is_named(exercise):
    for seed in SEEDS if exercise.make_variant or not isinstance(exercise, Design) else [0]:
        variant = exercise.variant(b"a class's secret", str(seed)) if seed else exercise.variant()
        calls = exercise.calls(random.Random(seed), variant)
        key = exercise.key(calls, variant)
        marks = exercise.mark(calls, [{"value": value} for value in key], variant, key)
        assert marks.status == "right" and marks.points == exercise.maximum > 0, (seed, marks.why)
        for wrong in exercise.wrongs.values():
            marks = exercise.mark(calls, answered(wrong, calls, variant), variant, key)
            assert marks.status in ("wrong", "partly"), (seed, wrong.name, marks.status)
            assert wrong.name in {s.misconception for s in marks.skills}, (seed, wrong.name, marks.why)


@named
def test_an_exercise_has_skills_and_wrong_answers(exercise):
    assert exercise.skills and len(exercise.wrongs) >= 2
    assert all(s.points >= 1 for s in exercise.skills.values())
    texts = [w.misconception for w in exercise.wrongs.values()]
    assert len(set(texts)) == len(texts), "two wrong answers are told the same"


SUM = re.compile(r"((?:\d[\d.]*|[-+·/() ])+) = (-?\d[\d,.]*\d|\d)")


def is_matching(exercise):
    """Does it only ask to match a few fixed things? Then a case that is worked by hand would give answers away."""
    return bool(exercise.parameters) and exercise.fixed == set(exercise.skills)


@named
def test_every_exercise_says_where_it_is_explained_and_works_a_case_by_hand(exercise):
    assert exercise.explained
    assert bool(exercise.worked_case()) == (isinstance(exercise, Design) or not is_matching(exercise))


@named
def test_the_sums_of_a_case_worked_by_hand_come_out(exercise):
    text = exercise.worked_case()
    sums = SUM.findall(text)
    for left, right in sums:
        digits = right.replace(",", "")
        value = Fraction(
            eval(re.sub(r"\b(\d+(?:\.\d+)?)", r"Fraction('\1')", left.replace("·", "*")), {"Fraction": Fraction})
        )
        half = Fraction(1, 2 * 10 ** len(digits.partition(".")[2])) if "." in digits else 0
        assert abs(value - Fraction(digits)) <= half, f"{left} = {right}"
    assert len(text) <= 480 and (sums or not text or "`" in text)


@named
def test_the_case_worked_by_hand_is_none_that_a_check_asks(exercise):
    """Where a skill has few cases, it is none of them; the numbers of a value are not those of the published one."""
    if isinstance(exercise, Design) or not exercise.worked_case():
        return
    case = exercise._worked[0]
    case = case() if callable(case) else case
    if not exercise.parameters:
        assert case != exercise.variant()
        return
    own = encode(case)
    for name in exercise.fixed:
        skill = exercise.skills[name]
        assert own not in [encode(skill.function(random.Random(seed))) for seed in range(60)], name


@named
def test_a_call_worked_by_hand_can_be_run(exercise):
    if not exercise.parameters or not exercise.worked_case():
        return
    code, _, text = exercise.worked_case()[1:].partition("`")
    value = eval(code, {exercise.function: exercise.reference, "np": np})
    assert text.endswith(f" The answer is {readable(encode(value))}.")


@named
def test_what_explains_an_exercise_is_a_section_of_a_lesson(exercise):
    file, _, section = exercise.explained.partition("#")
    path = ROOT / "chapters" / f"{file}.ipynb"
    headings = re.findall(r'"#+ ([^"\\]+)', path.read_text(encoding="utf-8"))
    assert section in map(slug, headings), f"{file} has: {', '.join(map(slug, headings))}"
    assert not file.startswith("audit/")


def slug(heading):
    """The anchor of a heading, as the site makes it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@named
def test_nothing_and_nonsense_earn_no_point(exercise):
    variant = exercise.variant()
    calls = exercise.calls(random.Random(1), variant)
    for value in (None, 0, -1, "42", True, [], {"$": "open"}, {"$": "other", "type": "Everything"}):
        marks = exercise.mark(calls, [{"value": value}] * len(calls), variant)
        assert marks.points == 0, value
    assert exercise.mark(calls, [{"error": "ValueError: no"}] * len(calls), variant).status == "error"


def test_the_sums_of_windows_are_what_the_loops_of_the_library_give():
    image = [[1, 2, 0, 1], [0, 1, 3, 2], [2, 2, 1, 0], [1, 0, 1, 3]]
    kernel = [[1, 0, -1], [2, 1, 0], [0, -2, 1]]
    whole = loops.conv2d([[image]], [[kernel]], stride=2, padding=1)[0][0]
    summed = find("building_blocks.window_sum").reference
    assert [[summed(image, kernel, i, j, 2, 1) for j in range(2)] for i in range(2)] == whole


@pytest.mark.parametrize("seed", range(20))
def test_a_window_is_one_of_those_that_a_padded_image_has(seed):
    """Who pads the image and then cuts the window out is right: no case asks for a window beyond the last."""

    def window_sum(image, kernel, row, column, stride=1, padding=0):
        padded = np.pad(np.array(image), padding)
        top, left = stride * row, stride * column
        return int((padded[top : top + 3, left : left + 3] * np.array(kernel)).sum())

    exercise = find("building_blocks.window_sum")
    calls = exercise.calls(random.Random(seed), {})
    answers = [{"value": encode(call_function(window_sum, c.args, c.kwargs))} for c in calls]
    assert exercise.mark(calls, answers, {}).status == "right"


def lenet(*stages, end):
    """A network of stages, their kernel and channels, and then what `end` makes of their last map."""
    x = FeatureMap(1, 32, 32)
    for kernel_size, channels in stages:
        x = MaxPool2d(2)(ReLU()(Conv2d(channels, kernel_size)(x)))
    return {"value": encode(end(x))}


def test_a_window_as_large_as_its_map_is_a_fully_connected_layer():
    exercise = find("lenet.small_lenet")
    as_on_the_page = lenet(
        (5, 4), (5, 8), end=lambda x: Linear(10)(ReLU()(Linear(40)(Flatten()(ReLU()(Conv2d(60, 5)(x))))))
    )
    assert exercise.mark([], [as_on_the_page], {}).status == "right"  # 12,060 + 2,440 + 410 + 912 parameters


@pytest.mark.parametrize(
    "end, told",
    [
        (lambda x: Linear(10)(Flatten()(x)), "it ends before its output"),
        (lambda x: Linear(10)(Linear(20)(Flatten()(ReLU()(x)))), "a ReLU stands behind a max pooling (layer 7)"),
        (lambda x: Linear(10)(Linear(20)(Flatten()(Conv2d(8, 3)(x)))),
         "a fully connected layer stands behind a convolution (layer 8)"),
        (lambda x: Linear(10)(Linear(20)(Linear(20)(Linear(20)(Flatten()(x))))),
         "a fully connected layer stands behind a fully connected layer (layer 10)"),
    ],
)  # fmt: skip
def test_where_a_network_leaves_the_formula_is_told_in_words(end, told):
    marks = find("lenet.small_lenet").mark([], [lenet((5, 4), (5, 8), end=end)], {})
    assert told in marks.skills[0].why


# ---- no lottery ----

DRAWS = range(8)  # fresh checks that a changed reference has to fail, or to pass, every time


def passes(exercise, function, calls, key):
    for call, right in zip(calls, key):
        try:
            given = encode(call_function(function, call.args, call.kwargs))
        except Exception:
            return False
        if not same(right, given, exercise.tolerance):
            return False
    return True


@pytest.fixture
def little_memory():
    """Two gigabytes more than now, where the system can: a change may ask for any number of them."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_AS)
    pages = Path("/proc/self/statm")
    if pages.is_file():
        now = int(pages.read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (now + 2 * 10**9, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, before)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.usefixtures("little_memory")
@named
def test_a_slightly_wrong_answer_is_wrong_every_time(exercise):
    """Or right every time, where the change makes no difference."""
    if isinstance(exercise, Design) or not exercise.parameters:
        return
    variant = exercise.variant()
    drawn = [exercise.calls(random.Random(seed), variant) for seed in DRAWS]
    drawn = [(calls, exercise.key(calls, variant)) for calls in drawn]
    clock = Clock()
    try:
        for what, function in mutants(exercise.reference, specification(exercise.notebook)):
            passed = set()
            with contextlib.suppress(Late), clock.limit(0.3):  # what never ends never passes
                passed = {passes(exercise, partial(function, **variant), *draw) for draw in drawn}
            assert len(passed) <= 1, f"{what}: passes some of {len(drawn)} checks"
    finally:
        clock.close()


# ---- right in any form ----


def as_function(exercise, names, order):
    """The reference as a student might write it: with these names, in this order of the exercise's arguments."""
    defaults = inspect.signature(exercise.reference).parameters
    heads = [f"{names[n]}={defaults[n].default!r}" if n in exercise.optional else names[n] for n in order]
    handed = ", ".join(f"{n}={names[n]}" for n in exercise.parameters)
    made = {"reference": partial(exercise.reference, **exercise.variant())}
    exec(f"def answer({', '.join(heads)}):\n    return reference({handed})", made)
    return made["answer"]


def orders(exercise):
    required = [n for n in exercise.parameters if n not in exercise.optional]
    optional = [n for n in exercise.parameters if n in exercise.optional]
    same = {n: n for n in exercise.parameters}
    others = {n: "abcdefghijklm"[i] for i, n in enumerate(exercise.parameters)}
    yield "renamed", others, required + optional
    yield "reordered", same, required[::-1] + optional[::-1]
    yield "options renamed", same | {n: others[n] for n in optional}, required + optional


@named
def test_a_right_answer_is_right_whatever_it_calls_its_arguments(exercise):
    if not exercise.parameters:
        return
    calls = exercise.calls(random.Random(5), exercise.variant())
    for how, names, order in orders(exercise):
        function = as_function(exercise, names, order)
        answers = [{"value": encode(call_function(function, c.args, c.kwargs, exercise.parameters))} for c in calls]
        assert exercise.mark(calls, answers, exercise.variant()).status == "right", how


def array(value):
    """A list of numbers, nested or not, as an array; anything else as it is."""
    with contextlib.suppress(ValueError, TypeError):
        made = np.array(value)
        if isinstance(value, list) and value and made.dtype.kind in "if":
            return made
    return value


def kinds(form, value):
    return [kinds(form, v) for v in value] if isinstance(value, list) else form(value)


FORMS = {
    "tuple": lambda v: tuple(v) if isinstance(v, list) else v,
    "array": array,
    "NumPy numbers": partial(kinds, lambda v: np.array([v])[0] if type(v) in (int, float, str) else v),
    "fractions": partial(kinds, lambda v: Fraction(v) if type(v) is int else v),
    "floats": partial(kinds, lambda v: float(v) if type(v) is int and abs(v) < 2**53 else v),
}


@named
@pytest.mark.parametrize("form", FORMS)
def test_a_right_answer_is_right_in_every_form(exercise, form):
    if isinstance(exercise, Design):
        return
    variant = exercise.variant()
    calls = exercise.calls(random.Random(6), variant)
    answers = [FORMS[form](exercise.reference(*c.args, **c.kwargs, **variant)) for c in calls]
    marks = exercise.mark(calls, [{"value": encode(a)} for a in answers], variant)
    assert marks.status == "right", marks.why


@pytest.mark.parametrize(
    "exercise", [e for e in ALL if e.parameters and not isinstance(e, Design)], ids=lambda e: e.name
)
def test_no_constant_and_no_argument_handed_back_earns_a_point(exercise):
    for seed in range(5):
        variant = exercise.variant(b"a class's secret", str(seed))
        calls = exercise.calls(random.Random(seed), variant)
        key = exercise.key(calls, variant)
        tries = [[value] * len(calls) for value in key]
        for place, name in enumerate(exercise.parameters):
            back = [encode(c.args[place] if place < len(c.args) else c.kwargs.get(name)) for c in calls]
            tries += [back, [len(value) if isinstance(value, list) else None for value in back]]
        for values in tries:
            marks = exercise.mark(calls, [{"value": value} for value in values], variant, key)
            assert marks.points == 0, (seed, values[0])


@pytest.mark.parametrize("name", notebooks())
def test_every_prediction_has_a_question_and_an_answer(name):
    for asked in vars(specification(name)).values():
        if isinstance(asked, Prediction):
            assert asked.question and isinstance(asked.answer(), (int, float, str, bool))


OWN = [e for e in ALL if e.make_variant and not e.parameters and not isinstance(e, Design)]
CLASS = 400


@pytest.mark.parametrize("exercise", OWN, ids=lambda e: e.name)
def test_two_students_hardly_ever_have_the_same_answer(exercise):
    """Of all pairs in a class of 400, under 2 % agree: else a copied answer could not be told from one's own."""
    variants = (exercise.variant(b"a class's secret", f"student {n}") for n in range(CLASS))
    answers = Counter(json.dumps(encode(exercise.reference(**variant))) for variant in variants)
    assert sum(n * (n - 1) for n in answers.values()) < 0.02 * CLASS * (CLASS - 1)


@pytest.mark.parametrize("exercise", OWN, ids=lambda e: e.name)
def test_no_honest_slip_looks_copied_and_a_copied_answer_does(exercise):
    secret, students = b"a class's secret", [f"student {n}" for n in range(100)]
    variants = {student: exercise.variant(secret, student) for student in students}
    wrongs, rows = list(exercise.wrongs.values()), []
    for n, (student, variant) in enumerate(variants.items()):
        calls = exercise.calls(random.Random(n), variant)
        answer = answered(wrongs[n % len(wrongs)], calls, variant)
        marks = exercise.mark(calls, answer, variant)
        named_slips = sorted({s.misconception for s in marks.skills if s.misconception})
        row = {"student": student, "exercise": exercise.name, "status": "wrong", "misconceptions": named_slips}
        rows.append({**row, "value": answer[0].get("value")})
    flagged = copied(rows, secret, students)
    assert len(flagged) < 0.02 * len(students), flagged
    value = encode(exercise.reference(**variants["student 1"]))
    copy = {"student": "student 0", "exercise": exercise.name, "status": "wrong", "misconceptions": [], "value": value}
    alike = [s for s, v in variants.items() if encode(exercise.reference(**v)) == value]
    told = [("student 0", exercise.name, " and ".join(alike))]
    assert copied([copy], secret, students) == (told if len(alike) <= 2 else [])
    assert copied([copy], secret, students, group=lambda _: "all work together") == []
