"""What a student sees: check, predict, progress, and the generated notebooks."""

import inspect
import json
import random
import re
from html import escape

import numpy as np
import pytest
import setup_cell
from convcost import Conv2d, FeatureMap, Network, SelectChannels
from coursework import CourseworkError, attempts, check, keeping, links, panel, predict, predictions, progress
from coursework.design import build
from coursework.diagnosis import by_arguments
from coursework.exercise import Exercise, exercises, find, notebooks
from coursework.grading.notebook import code, read
from coursework.grading.variants import given_cell
from coursework.likeness import likeness
from coursework.sandbox import walls
from coursework.sandbox.inside.ipython import plain_python
from coursework.sandbox.inside.wire import arrays, checked, encode
from coursework.values import readable, same
from coursework.written import Written, written
from environment import ROOT

import exercises as generator

MACHINERY = [p for p in sorted((ROOT / "lib/coursework").rglob("*.py")) if p.parent.name != "specs"]


@pytest.fixture(autouse=True)
def a_new_student():
    keeping.forget()


def said(capsys):
    return capsys.readouterr().out.strip()


def no_groups(c_in, c_out, kernel_size, groups=1, bias=True):
    return c_in * c_out * kernel_size**2 + (c_out if bias else 0)


def test_a_wrong_answer_shows_its_first_wrong_case_in_numbers_and_names_the_misconception(capsys):
    check("start.conv_params", no_groups)
    text = said(capsys)
    assert text.startswith("start.conv_params: not yet right (2 of 4 points)")
    call = re.search(
        r"conv_params\((\d+), (\d+), (\d+), groups=(\d+), bias=(?:True|False)\) gave ([\d,]+); it is ([\d,]+)\.",
        text,
    )
    c_in, c_out, k, groups, gave, right = (int(n.replace(",", "")) for n in call.groups())
    biases = c_out * ("bias=True" in call[0])
    assert gave == k * k * c_in * c_out + biases and right == k * k * (c_in // groups) * c_out + biases
    assert "it sees only c_in / groups" in text and "Traceback" not in text


def test_a_right_answer_says_so(capsys):
    check(
        "start.conv_params", lambda c_in, c_out, k, groups=1, bias=True: k * k * c_in // groups * c_out + c_out * bias
    )
    assert said(capsys) == "start.conv_params: right (4 of 4 points)"


def test_whole_floats_are_right_with_a_remark(capsys):
    check("start.conv_params", lambda c_in, c_out, k, groups=1, bias=True: k * k * c_in * c_out / groups + c_out * bias)
    assert (
        "right (4 of 4 points)" in (text := said(capsys))
        and "returned floats for whole numbers" in text
        and "//" not in text
    )


@pytest.mark.parametrize(
    "answer, told",
    [
        (lambda *_, **__: None, "is a `return` missing?"),
        (lambda *_, **__: "12", "return the number itself"),
        (lambda *_, **__: object(), "Return plain numbers"),
        (lambda c_in: c_in, "raised TypeError"),
        (lambda *_, **__: 1 / 0, "raised ZeroDivisionError: division by zero"),
        (lambda *a, **k: 4 * find("start.conv_params").reference(*a, **k), "Every answer is 4 times the right one."),
        (lambda *a, **k: find("start.conv_params").reference(*a, **k) + 7, "Every answer is 7 too large."),
    ],
)
def test_every_kind_of_wrong_answer_is_told_something(answer, told, capsys):
    check("start.conv_params", answer)
    assert told in said(capsys)


def test_the_value_of_a_call_instead_of_the_function_is_told(capsys):
    check("start.conv_params", 9408)
    assert said(capsys) == (
        "start.conv_params: this is 9408, no function; "
        "hand in the function itself, without parentheses: check('start.conv_params', conv_params)"
    )


def test_a_slip_is_named_as_the_one_that_explains_right_answers_too(capsys):
    def inverted(c_in, c_out, kernel_size, groups=1, bias=True):
        return kernel_size**2 * (c_in // groups) * c_out + (0 if bias else c_out)

    marks = attempts.attempt("start.conv_params", inverted, seed=1)
    assert {s.misconception for s in marks.skills if not s.right} == {"inverts_bias"}


def test_an_unsolved_exercise_is_open(capsys):
    check("start.conv_params", lambda *_, **__: ...)
    check("start.my_layer_macs", ...)
    assert said(capsys) == (
        "start.conv_params: still open (0 of 4 points)\nstart.my_layer_macs: still open (0 of 2 points)"
    )


def test_an_object_equal_to_everything_is_not_right():
    class Everything:
        def __eq__(self, other):
            return True

    class Sly(int):
        def __eq__(self, other):
            return True

    for value in (Everything(), Sly(3)):
        assert attempts.attempt("start.conv_params", lambda *_, **__: value).points == 0
        assert attempts.attempt("start.my_layer_macs", value).points == 0


def test_unknown_names_are_one_line_that_says_what_there_is():
    with pytest.raises(
        CourseworkError, match=r"no exercise 'start\.conv_parms'; start has: start\.output_size, start\.conv"
    ):
        check("start.conv_parms", no_groups)
    with pytest.raises(CourseworkError, match=r"no exercise notebook 'strat'; there are: .*start"):
        check("strat.conv_params", no_groups)
    with pytest.raises(CourseworkError, match="is not the name of an exercise notebook"):
        check("../start.conv_params", no_groups)
    with pytest.raises(CourseworkError, match=r"no prediction 'start\.x'; start has: start\.stem_params"):
        predict("start.x", 1)


STEM = "start.stem_params: the parameters of a 7x7 convolution from 3 to 64 channels, with biases"


@pytest.mark.parametrize(
    "guess, told",
    [
        (9472, "you said 9,472; it is 9,472. Exactly."),  # 7 * 7 * 3 * 64 + 64
        (9408, "you said 9,408; it is 9,472. Close: 0.7% too low."),  # 9472 / 9408 = 1.0068
        (18944, "you said 18,944; it is 9,472. Too high by a factor of 2."),
        (148, "you said 148; it is 9,472. Too low by a factor of 64 (about 6 doublings)."),
        (-5, "you said -5; it is 9,472. Not even the sign is right."),
        (0, "you said 0; it is 9,472. Zero it is not."),
    ],
)
def test_a_prediction_repeats_its_question_says_how_far_it_was_and_what_it_is(guess, told, capsys):
    predict("start.stem_params", guess)
    assert said(capsys) == f"{STEM}: {told}"


def test_a_percentage_guessed_as_a_fraction_is_asked_again(capsys):
    predict("vgg.classifier_share", 0.89)
    assert said(capsys).endswith("the answer is in percent: is it 89? Your guess is not counted.")
    predict("vgg.classifier_share", 89)
    assert "you said 89; it is" in said(capsys)


def test_what_is_no_number_is_no_guess(capsys):
    predict("start.stem_params", "many")
    assert said(capsys) == "start.stem_params: a guess is a number, not 'many'."
    predict("start.stem_params", 9, 472)
    assert said(capsys) == "start.stem_params: write the number without commas: 9472."
    predict("start.stem_params", 10**400)
    assert said(capsys).endswith("it is 9,472. Far too high.")


def test_the_first_guess_counts(capsys):
    predict("start.stem_params", 148)
    said(capsys)
    predict("start.stem_params", 9472)
    assert "your first guess, which counts, was 148; it is 9,472. Too low by a factor of 64" in said(capsys)
    predict("start.stem_params")
    assert "you said 148; it is 9,472" in said(capsys)


def test_a_guess_with_a_power_as_in_other_languages_is_not_counted(capsys, tmp_path):
    def run(name, cell):
        (tmp_path / name).write_text(cell)  # where the source of a cell is looked up
        exec(compile(cell, str(tmp_path / name), "exec"), {"predict": predict})
        return said(capsys)

    wrong = run("wrong.py", 'predict(\n    "start.stem_params",\n    10^4,\n)\nother = 2^3\n')  # 10^4 is 14
    assert wrong.endswith("In Python ^ is not a power; that is **: 3**2 is 9. Your guess is not counted.")
    assert "you said 10,000" in run("right.py", 'other = 2^3\npredict("start.stem_params", 10**4)\n')


def test_a_prediction_without_a_guess_asks_and_predictions_sum_up(capsys):
    predict("start.stem_params")
    asks = STEM.replace(": ", ": guess ")
    assert said(capsys) == f"{asks}. Write it in place of the dots."
    predict("start.stem_params", 10_000)
    said(capsys)
    predictions()
    assert said(capsys).endswith("you said 10,000, it is 9,472\n1 guesses: 1 close, 1 within a factor of 2")


def conv_params(c_in, c_out, kernel_size, groups=1, bias=True):
    return kernel_size**2 * (c_in // groups) * c_out + (c_out if bias else 0)


def test_what_is_reached_outlives_the_kernel_and_attempts_are_counted_up_to_the_first_right_one(
    capsys, tmp_path, monkeypatch
):
    monkeypatch.setenv(keeping.VARIABLE, str(tmp_path / "kept.json"))
    for answer in (no_groups, no_groups, conv_params, no_groups, conv_params):
        check("start.conv_params", answer)
    predict("start.stem_params", 148)
    keeping.forget()  # as a new kernel begins
    said(capsys)
    progress("start")
    assert "start.conv_params: right, 4 of 4 points, 3 attempts" in said(capsys)
    check("start.conv_params", no_groups)
    said(capsys)
    progress("start")
    assert "partly, 2 of 4 points, 3 attempts; it was right before: what the notebook holds" in said(capsys)
    check("start.conv_params", conv_params)
    said(capsys)
    predictions()
    assert "start.stem_params: you said 148, it is 9,472" in said(capsys)
    assert [p.name for p in tmp_path.iterdir()] == ["kept.json"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"exercises": 3}',
        '{"exercises": {"start.conv_params": 1}}',
        '{"exercises": {"start.conv_params": {"points": 4}}, "predictions": {"start.stem_params": {}}}',
    ],
)
def test_a_file_of_progress_that_cannot_be_read_stops_nobody(text, capsys, tmp_path, monkeypatch):
    monkeypatch.setenv(keeping.VARIABLE, str(tmp_path / "kept.json"))
    (tmp_path / "kept.json").write_text(text)
    progress("start")
    predictions()
    assert "start.conv_params: not tried, 0 of 4 points" in said(capsys)
    check("start.conv_params", conv_params)
    assert said(capsys) == "start.conv_params: right (4 of 4 points)"
    monkeypatch.setenv(keeping.VARIABLE, str(tmp_path / "no folder" / "kept.json"))
    check("start.conv_params", conv_params)


def test_questions_that_a_person_marks_stand_in_the_progress(capsys):
    progress("find_the_error")
    lines = said(capsys).splitlines()
    asked = [line for line in lines if "a person marks it" in line]
    assert asked and lines[-1].endswith("more that a person gives")


def test_the_addresses_of_the_help_are_those_of_the_book():
    assert setup_cell.site() + "/" == links.SITE and setup_cell.repository() == links.REPOSITORY
    assert links.chapter("classic/vgg#what-a-stack-sees") == (
        "what a stack sees",
        f"{links.SITE}chapters/classic/vgg.html#what-a-stack-sees",
    )


def test_help_comes_in_steps(capsys):
    exercise = find("start.conv_params")
    for attempt, has_solution in ((1, False), (2, False), (3, True)):
        check("start.conv_params", no_groups)
        text = said(capsys)
        assert ("The solution, after 3 attempts: https://" in text) == has_solution == (attempt >= panel.TRIES)
        assert (
            'Where it is explained, "what it weighs": https://' in text
            and "A case worked by hand: `conv_params(" in text
        )
    check("start.conv_params", conv_params)
    assert said(capsys) == "start.conv_params: right (4 of 4 points)"
    assert exercise.explained.startswith("start/layer_bill#")


def test_a_panel_says_the_same_as_its_text():
    marks = attempts.attempt("start.conv_params", no_groups, seed=1)
    html = panel.Panel(marks, 3)._repr_html_()
    wrong = next(part for part in marks.skills if not part.right)
    for text in ("Not yet right" if not marks.points else "Partly right", "2 of 4 points, attempt 3", "The solution"):
        assert text in html
    assert escape(wrong.why) in html and html.count("<b>") == 2  # the head, and the one hint
    assert "<script" not in html and html.count("<div") == html.count("</div>")


def test_an_error_that_stops_every_part_is_told_once():
    html = panel.Panel(attempts.attempt("start.conv_params", lambda *_, **__: 1 / 0, seed=1), 1)._repr_html_()
    assert html.count("ZeroDivisionError") == 1 and html.count("the same error") == 2


def test_what_a_student_returns_cannot_become_part_of_a_page():
    marks = attempts.attempt("start.conv_params", lambda *_, **__: "<img src=x onerror=alert(1)>", seed=1)
    assert "<img" not in panel.Panel(marks, 1)._repr_html_()


def test_progress_lists_every_exercise(capsys):
    check("start.conv_params", no_groups)
    said(capsys)
    progress("start")
    lines = said(capsys).splitlines()
    assert "start.conv_params: partly, 2 of 4 points" in lines and "start.output_size: not tried" in "\n".join(lines)
    assert lines[-1].endswith(f"of {sum(e.maximum for e in exercises('start').values())} points")


def test_a_variant_is_the_same_for_a_student_and_differs_between_students():
    exercise = find("start.my_layer_macs")
    secret = b"a secret of 16 b"
    variants = [exercise.variant(secret, str(n)) for n in range(50)]
    assert variants[7] == exercise.variant(secret, "7") and exercise.variant(b"another secret!!", "7") != variants[7]
    assert len({tuple(v.items()) for v in variants}) >= 45
    assert exercise.variant() == exercise.variant(None, "anybody")


def test_a_network_is_rebuilt_from_its_description_and_counted_here():
    x = FeatureMap(8, 16, 16)
    y = Conv2d(8, 3, padding=1)(x) + x
    network, problem = build(encode(y))
    assert problem == "" and network.macs == 9 * 8 * 8 * 256 and network.output_shape == (8, 16, 16)
    assert build(encode(Network(y)))[0].params == 9 * 8 * 8 + 8


@pytest.mark.parametrize(
    "value",
    [
        3,
        None,
        {"$": "network", "input": [3, 8, 8], "layers": [], "output": -1},
        {"$": "network", "input": [3, 8], "layers": [["Conv2d", {}, [-1]]], "output": 0},
        {"$": "network", "input": [3, 8, 8], "layers": [["__class__", {}, [-1]]], "output": 0},
        {
            "$": "network",
            "input": [3, 8, 8],
            "layers": [["Conv2d", {"out_channels": 4, "kernel_size": 3}, [5]]],
            "output": 0,
        },
        {
            "$": "network",
            "input": [3, 8, 8],
            "layers": [["Conv2d", {"out_channels": "4", "kernel_size": 3}, [-1]]],
            "output": 0,
        },
        {"$": "network", "input": [3, 8, 8], "layers": [["Conv2d", "x", [-1]]], "output": 0},
        {"$": "network", "input": [3, 8, 8], "layers": [7], "output": 0},
        {
            "$": "network",
            "input": [3, 8, 8],
            "layers": [["AdaptiveAvgPool2d", {"output_size": 10**12}, [-1]]],
            "output": 0,
        },
        {"$": "network", "input": [3, 10**9, 8], "layers": [["ReLU", {}, [-1]]], "output": 0},
        {"$": "network", "input": [3, 9999, 9999], "layers": [["ReLU", {}, [-1]]], "output": 0},
        {"$": "network", "input": [3, 8, 8], "layers": [["ReLU", {}, [-1]]] * 3001, "output": 0},
    ],
)
def test_a_forged_network_is_refused_in_words(value):
    network, problem = build(value)
    assert network is None and problem


def test_values_keep_their_meaning_on_the_way():
    numpy = pytest.importorskip("numpy")
    for value in (None, True, 3, 2.5, "ja", [1, [2.0, "x"]]):
        assert encode(value) == value
    assert encode((1, 2)) == [1, 2] and encode(numpy.int64(7)) == 7 and type(encode(numpy.int64(7))) is int
    array = numpy.arange(6.0).reshape(2, 3)
    assert (arrays(encode(array)) == array).all() and same(encode(array), encode(array + 1e-9))
    assert encode(array.astype(numpy.longdouble)) == encode(array) and encode(numpy.longdouble(3)) == 3.0
    assert readable(encode(array)) == "[[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]"
    assert readable(encode(numpy.zeros((5, 5)))).startswith("an array of shape 5x5: 0.0, 0.0")
    assert not same(encode(array), encode(array.T)) and not same(encode(array), encode(array + 1))
    assert same(encode({"a": 1, "b": [2]}), encode({"b": [2], "a": 1})) and not same(encode({"a": 1}), encode({"a": 2}))
    assert encode(float("nan")) == {"$": "float", "value": "nan"} and encode(...) == {"$": "open"}


def test_same_does_not_confuse_kinds():
    assert same(3, 3.0) and not same(3, True) and not same(1, True) and not same(True, 1) and not same(3, "3")
    assert same(0.1 + 0.2, 0.3) and not same(0.3, 0.31) and same("Depthwise", " depthwise ")
    assert not same({"$": "other", "type": "E"}, {"$": "other", "type": "E"})


def test_what_a_submission_forges_becomes_harmless():
    deep = []
    for _ in range(500):
        deep = [deep]
    for forged in (deep, {"$": "array", "shape": "x", "values": 3}, {"$": "dict", "items": [1]}, {"a": 1}, {"$": [1]}):
        value = checked(forged)
        assert readable(value) and not same(3, value) and not same([1, 2], value)
        assert not same({"$": "array", "shape": [1], "values": [1.0]}, value)
    assert not same(
        {"$": "array", "shape": [2], "values": [1.0, 2.0]}, checked({"$": "array", "shape": [2], "values": []})
    )
    assert not same(
        {"$": "array", "shape": [1], "values": [1.0]}, checked({"$": "array", "shape": [1], "values": ["1"]})
    )


MATRIX = [encode(np.array([[1.0, 2.0], [3.0, 4.0]]))]


@pytest.mark.parametrize(
    "right, given, told",
    [
        ([10, 20, 40], [20, 40, 80], "Every answer is 2 times the right one."),
        ([10, 20, 40], [5, 10, 20], "Every answer is the right one divided by 2."),
        ([0.125, 0.5], [12.5, 50],
         "Every answer is 100 times the right one. Perhaps percent where a share is asked for."),
        ([12.5, 50], [0.125, 0.5],
         "Every answer is the right one divided by 100. Perhaps a share where percent are asked for."),
        ([1.5, 2.5], [1500, 2500], "Every answer is 1000 times the right one. Perhaps a unit."),
        ([10, 20], [11, 21], "Every answer is 1 too large."),
        ([0, 20], [1, 21], "Every answer is 1 too large."),
        ([3, 4.5], [-3, -4.5], "Every answer has the wrong sign."),
        ([2, 5], [0.5, 0.2], "Every answer is upside down: it is one divided by the right one."),
        ([0.25, 0.4], [0.75, 0.6], "Every answer is what is left of 1: the other part is asked for."),
        ([2.4, 3.7], [2, 4], "It is the right number, rounded to a whole one: more digits are asked for."),
        ([2.4, 3.7], [2, 3], "It is the right number, cut to a whole one: more digits are asked for."),
        ([2.4, 3.2], [3, 4], "It is the right number, rounded up to a whole one: more digits are asked for."),
        ([2.4, 3.7], [2.41, 3.68], "Perhaps it is only not rounded: 1 decimal may be what is asked for."),
        ([12_500_000], [12.5], "It is the right number divided by 1,000,000. Perhaps a unit."),
        ([8], [16], "It is too large."),
        ([8], [-16], "The sign is wrong."),
        ([8], [0.5], "A whole number is asked for."),
        ([0.25], [0.001], "It is far too small."),
        ([2.437, 3.218], [2.44, 3.22], "It is the right number, rounded to 2 decimals: more digits are asked for."),
        ([[1, 2], [3, 5]], [[2, 1], [5, 3]], "These are the right entries, in another order."),
        ([[1, 2], [3, 5]], [[1, 2, 3], [3, 5, 8]], "The list is 1 too long."),
        ([[1, 2], [3, 5]], [[1, 3], [3, 4]], "Entry 2 is wrong, the others are right."),
        ([[1, 2], [3, 5]], [[1, 4], [3, 10]], "Entry 2 is wrong, the others are right. "
         "There every answer is 2 times the right one."),
        ([[1, 2], [3, 5]], [[2, 4], [6, 10]], "Every wrong entry is 2 times the right one."),
        ([10, 20], [11, 25], ""),
        ([10], [20], "It is too large."),
        ([[1, 2], [3, 5, 7]], [[1, 3], [3, 5, 9]], "Only the last entry is wrong."),
        ([[1, 2], [3, 5, 7]], [[0, 2], [4, 9, 7]], "The last entry is right, the others are wrong."),
        (MATRIX, [encode(np.ones((3, 2)))], "In one case it has the shape 3 x 2, where 2 x 2 is asked for."),
        (MATRIX, [encode(np.array([[1.0, 3.0], [2.0, 4.0]]))], "These are the right numbers, in other places."),
        (MATRIX, [encode(np.array([[1.0, 7.0], [3.0, 2.0]]))], "In one case 2 of the 4 numbers are right."),
        (MATRIX, [encode(np.array([[2.0, 4.0], [6.0, 8.0]]))], "Every wrong number is 2 times the right one."),
        ([10, 20], ["a", 40], ""),
        ([0.3, 0.7], [0, 0], ""),
        ([[1, 2], [3, 5]], [[7, 8], [9, 1]], "None of the entries is right."),
        ([[1, 2, 4], [3, 5, 9]], [[2, 4, 9], [5, 9, 2]], "None of the entries is right in its place."),
    ],
)  # fmt: skip
def test_regular_errors_are_recognised(right, given, told):
    assert likeness(right, given) == told


def test_a_power_written_as_in_other_languages_is_told(capsys):
    def squared(c_in, c_out, k, groups=1, bias=True):
        """Weights: k^2 for each pair."""
        return k ^ 2

    def commented(c_in, c_out, k, groups=1, bias=True):
        """Weights: k^2 for each pair."""
        return k * 2

    check("start.conv_params", squared)
    assert "In Python ^ is not a power" in said(capsys)
    check("start.conv_params", commented)
    assert "^" not in said(capsys)


def test_a_check_stops_what_never_ends_and_shows_prints_once(capsys, monkeypatch):
    def endless(c_in, c_out, k, groups=1, bias=True):
        print("tried")
        while True:
            pass

    monkeypatch.setattr(attempts, "SECONDS", 0.1)
    check("start.conv_params", endless)
    text = said(capsys)
    assert "took too long" in text and text.count("tried") == 1
    check("start.conv_params", lambda *args, **options: print("tried"))
    assert said(capsys).count("tried") == 1


def test_an_error_is_told_with_the_line_that_raised_it(capsys):
    cell = "def conv_params(c_in, c_out, k, groups=1, bias=True):\n    half = c_in / 0\n    return half\n"
    names = {}
    exec(compile(cell, "<ipython-input-3>", "exec"), names)
    check("start.conv_params", names["conv_params"])
    assert "raised ZeroDivisionError: division by zero (line 2)" in said(capsys)


def test_a_wrong_case_can_be_pasted_and_the_shortest_is_shown(capsys):
    check("three_costs.network_time", lambda *args: -1.0)
    shown = re.findall(r"network_time\((.*)\) gave", said(capsys))
    assert shown and all(json.loads(f"[{args}]")[1] > 0 for args in shown)  # no separators within numbers
    exercise = find("three_costs.network_time")
    calls = exercise.calls(random.Random(3), {})
    marks = exercise.mark(calls, [{"value": -1.0}] * len(calls), {})
    for part in marks.skills:
        sources = [call.source(exercise) for call in calls if call.skill == part.skill.name]
        assert len(part.why.partition(" gave")[0]) == min(map(len, sources))


def test_an_answer_that_is_always_the_same_is_not_given_away(capsys):
    def all_one(slips):
        return ["inherited"] * len(slips)

    assert find("find_the_error.causes").fixed == {"first_three", "last_three"}
    check("find_the_error.causes", all_one)
    text = said(capsys)
    assert "of its 3 entries" in text and "it is [" not in text
    assert find("start.conv_params").fixed == set()


def volume(width, height, depth=2, times=1):
    return width * height * depth * times


@pytest.mark.parametrize(
    "answer, told",
    [
        (lambda w, h, d, t: w * h * d * h, "Every answer is the right one times `height`."),
        (lambda w, h, d, t: w * h * d * t + w, "Every answer is too large by `width`."),
        (lambda w, h, d, t: w * d * t, "Every answer is the right one divided by `height`."),
        (lambda w, h, d, t: w * h * 2 * t, "It is what comes out if `depth` is always 2."),
        (lambda w, h, d, t: w * h * d * t + (d != 2),
         "In the cases tried it is right where `depth` is 2, and wrong elsewhere."),
        (lambda w, h, d, t: w * h * d * t + (d == 2),
         "In the cases tried it is wrong where `depth` is 2, and right elsewhere."),
        (lambda w, h, d, t: w * h * d * t + 5 * (w > h),
         "In the cases tried it is wrong where `width` is larger than `height`, and right elsewhere."),
        (lambda w, h, d, t: h, "Every answer is `height` itself."),
        (lambda w, h, d, t: w + h, "Every answer is only `width + height`."),
        (lambda w, h, d, t: w * h * d + 3 * w * w,
         "Every answer is too large, by a factor of 1.67 to 6.25: the more, the smaller `height` is."),
        (lambda w, h, d, t: w * h * d + w * w * (-1) ** w * 3, "Some answers are negative, which none should be."),
        (lambda w, h, d, t: w * h * d + 1 / w, "A whole number is asked for."),
    ],
)  # fmt: skip
def test_what_a_wrong_answer_has_to_do_with_its_arguments_is_told(answer, told):
    cases = [
        {"width": w, "height": h, "depth": d, "times": 1} for w, h, d in ((3, 5, 2), (7, 2, 2), (4, 6, 3), (8, 3, 5))
    ]
    pairs = [(case, volume(**case), answer(*case.values())) for case in cases]
    wrong, right = [p for p in pairs if p[1] != p[2]], [case for case, e, g in pairs if e == g]
    assert by_arguments(volume, wrong, right, 1e-9) == told


def test_arguments_exchanged_are_told_but_not_for_a_reference_that_may_never_end():
    def steps(most, step):
        return -(-most // step)

    def search(most, step):
        n = 0
        while n * step < most:
            n += 1
        return n

    cases = [{"most": m, "step": s} for m, s in ((10, 4), (9, 2), (15, 7))]
    wrong = [(case, steps(**case), steps(case["step"], case["most"])) for case in cases]
    assert by_arguments(steps, wrong, [], 1e-9) == "It is what comes out if `most` and `step` are exchanged."
    assert by_arguments(search, wrong, [], 1e-9) == "Every answer is too small, by a factor of 3 to 5."


def test_ipython_syntax_is_taken_out_only_where_python_cannot_read_the_cell():
    assert plain_python("%pip install x\ny = 1\n!ls\ny?") == "pass\ny = 1\npass\npass"
    assert plain_python("%%bash\nrm -rf x") == "" and plain_python("%%time\nx = 1") == "x = 1"
    kept = 'text = """\n%not magic\n"""\nx = (7\n     %z)'
    assert plain_python(kept) == kept
    assert plain_python("    if x:\n        !ls") == "    if x:\n        pass"


@pytest.mark.parametrize(
    "content, told",
    [
        ("", "empty"),
        ("{", "broken JSON in line 1"),
        ("[]", "not an object"),
        ('{"cells": 3}', "no list of cells"),
        ('{"cells": [], "metadata": {"kernelspec": {"language": "R"}}}', "written for a 'R' kernel"),
        ("[" * 100_000, "JSON that nothing sensible writes"),
    ],
)
def test_a_file_that_is_no_notebook_says_why(content, told, tmp_path):
    path = tmp_path / "start.ipynb"
    path.write_text(content)
    with pytest.raises(CourseworkError, match=told):
        read(path)


def test_odd_but_readable_notebooks_are_read(tmp_path):
    path = tmp_path / "start.ipynb"
    path.write_text('{"worksheets": [{"cells": [{"cell_type": "code", "input": ["x = 1\\n", "y = 2"]}]}]}')
    assert code(read(path)) == ["x = 1\ny = 2"]
    path.write_bytes(
        b"\xef\xbb\xbf" + b'{"cells": [3, {"cell_type": "code", "source": "x"}, {"cell_type": "raw"}], "metadata": 7}'
    )
    assert code(read(path)) == ["x"]


def test_a_written_answer_is_found_by_its_first_line_alone():
    question = written("vgg.why", {"names the cost": 2, "compares": 1})
    assert question.maximum == 3 and isinstance(question, Written)
    first = "**Answer to vgg.why:**"
    assert question.answer([("markdown", "# x"), ("markdown", f"{first}\n\nBecause of it.")]) == "Because of it."
    assert (
        question.answer([("markdown", f"{first}\n\n*Write here.*")]) == ""
        and question.answer([("code", first)]) is None
    )


def test_exercise_notebooks_are_what_the_solutions_give():
    assert generator.stale() == [], "python3 tools/exercises.py write makes them"
    for solution, target in generator.targets():
        assert generator.student_notebook(solution) == generator.student_notebook(solution)
        text = target.read_text(encoding="utf-8")
        assert "SOLUTION" not in text and '"outputs": [{' not in text


def test_every_specification_has_a_solution_and_every_solution_a_specification():
    assert [p.stem for p, _ in generator.targets()] == notebooks()


@pytest.mark.parametrize("name", notebooks())
def test_an_unsolved_notebook_runs_through_and_says_what_is_open(name, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    space = {"__name__": "__main__"}
    for number, source in enumerate(code(read(ROOT / "exercises" / f"{name}.ipynb")), 1):
        exec(compile(plain_python(source), f"{name}, cell {number}", "exec"), space)
    text = said(capsys)
    total = sum(e.maximum for e in exercises(name).values())
    assert text.splitlines()[-1].startswith(f"{name}: 0 of {total} points")
    for exercise in exercises(name):
        assert f"{exercise}: still open" in text


def cells_of(path):
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


@pytest.mark.parametrize("name", notebooks())
def test_a_solution_checks_every_exercise_and_gets_every_point(name):
    cells = cells_of(ROOT / "solutions" / f"{name}.ipynb")
    outputs = [o for c in cells for o in c.get("outputs", [])]
    printed = "".join("".join(o.get("text") or o.get("data", {}).get("text/plain", "")) for o in outputs)
    for exercise in exercises(name).values():
        assert f"{exercise.name}: right ({exercise.maximum} of {exercise.maximum} points)" in printed
        variant = exercise.variant()
        if variant:
            given = given_cell(exercise.function, variant)
            assert any(given == "".join(c["source"]) for c in cells), f"python3 tools/exercises.py given: {given}"


def test_a_reference_names_its_arguments():
    with pytest.raises(CourseworkError, match="bad: name every argument"):
        exercise_of(lambda **given: 0, "bad")


def exercise_of(function, name):
    function.__name__ = name
    return Exercise(function)


def test_a_network_with_options_that_are_ranges_survives_the_way():
    x = FeatureMap(8, 4, 4)
    split = SelectChannels(range(4))(x)
    network, problem = build(encode(Conv2d(4, 1)(split)))
    assert problem == "" and network.macs == 4 * 4 * 16


def test_a_wrong_answer_takes_those_arguments_of_the_reference_that_it_needs():
    def area(height, width=2):
        return height * width

    exercise = Exercise(area)
    exercise.slips(
        "forgets_the_width: It has a width: that too.",
        lambda height: height,
        "adds: Not their sum.",
        lambda **given: sum(given.values()),
    )
    wrong = exercise.wrongs["forgets_the_width"]
    assert (wrong.name, wrong.misconception) == ("forgets_the_width", "It has a width: that too.")
    assert wrong.function(3) == wrong.function(3, width=5) == 3
    assert exercise.wrongs["adds"].function(3) == 5 and exercise.wrongs["adds"].function(3, width=4) == 7
    with pytest.raises(CourseworkError, match="area has no argument depth that a wrong answer takes"):
        exercise.slips("flat: It has a depth.", lambda depth: depth)


@pytest.mark.parametrize(
    "table", [("nameless", max), ("no name: text", max), ("a: text",), (max, "a: text"), ("a: text", "b: text")]
)
def test_slips_without_a_name_a_text_or_a_function_are_refused(table):
    with pytest.raises(CourseworkError, match="slips of double: to each a text"):
        exercise_of(lambda n: 2 * n, "double").slips(*table)


def test_two_wrong_answers_of_one_name_are_refused():
    exercise = exercise_of(lambda n: 2 * n, "double")
    with pytest.raises(CourseworkError, match="double has two wrong answers a"):
        exercise.slips("a: text", lambda n: n, "a: other text", lambda n: 3 * n)


def test_two_skills_that_share_a_case_maker_keep_their_points():
    exercise = Exercise(lambda n: n + 1)
    exercise.function, exercise.name = "plus", "start.plus"

    @exercise.skill(points=1)
    def small(rng):
        return {"n": rng.randint(1, 9)}

    @exercise.skill(points=3)
    def large(rng):
        return {"n": rng.randint(1000, 9999)}

    calls = exercise.calls(random.Random(0), {})
    answers = [{"value": c.args[0] + (1 if c.args[0] < 10 else 2)} for c in calls]
    marks = exercise.mark(calls, answers, {})
    assert (marks.points, marks.maximum, marks.status) == (1, 4, "partly")


def test_where_ubuntu_forbids_user_namespaces_the_command_that_allows_them_is_named(tmp_path):
    setting = tmp_path / "apparmor_restrict_unprivileged_userns"
    assert walls._permission(setting) == ""
    setting.write_text("0\n")
    assert walls._permission(setting) == ""
    setting.write_text("1\n")
    assert walls._permission(setting).endswith(": sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0")


def test_a_student_sees_by_the_signature_what_to_hand_in():
    assert str(inspect.signature(check)) == "(name: str, answer: object, given: dict | None = None) -> None"
    assert list(inspect.signature(predict).parameters) == ["name", "guess", "more"]
