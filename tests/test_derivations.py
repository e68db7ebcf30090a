"""What the text of a lesson says is held against what its derivations give."""

import json
from fractions import Fraction
from types import SimpleNamespace

import pytest
from textbook import derivations, ledger
from textbook.derivations import annotations, checks, missing, problems, values

NAMES = {"macs": 15_470_264_320, "alexnet": 714_188_480, "share": 0.706, "net": SimpleNamespace(layers=[1, 2, 3])}


def told(text):
    return {e: values.value(e, NAMES) for e in derivations.expressions([text])}


def wrong(text):
    return problems(text, told(text), {"simonyan2014"})


@pytest.mark.parametrize(
    "text",
    [
        "It spends 15.5 G<!--= macs --> MACs.",
        "It spends **15.5 G**<!--= macs --> MACs.",
        "It spends 15,470 million<!--= macs --> MACs, 21.7<!--= macs / alexnet --> times as many.",
        "It spends $15\\,470\\,264\\,320$<!--= macs --> MACs.",
        "| 70.6 %<!--= share --> | 71 percent<!--= share --> |",
        "−2<!--= 1 - len(net.layers) --> of them; 2.5<!--= 2.45 -->, a tie; 2.4<!--= 2.45 -->, the other way.",
        "$3 \\cdot 4 + 2 = 14$<!--= 14 --> and 1,000 · (2 + 1) = 3,000<!--= 3000 -->.",
        "More than 20 times<!--? macs / alexnet > 20 --> as many.",
        "It errs on 25.6 percent<!--@ simonyan2014, table 4 --> of the images.",
        "Given 64<!--# --> channels.",
        "It took 5.6<!--@ measured: Intel Xeon, one thread --> ms.",
        "**Predict.** How many?<!--predict = len(net.layers) ~ 10% | layers -->",
        "**Predict.** Which?<!--predict = 'wide' if share > 0.5 else 'deep' | wide / deep -->",
    ],
)
def test_what_holds_is_left_alone(text):
    assert wrong(text) == []


@pytest.mark.parametrize(
    "text, says",
    [
        ("It spends 15.4 G<!--= macs --> MACs.", "printed 15.4 G, computed 15,470,264,320 = 15.4703 G"),
        ("It spends 15.5<!--= macs --> MACs.", "printed 15.5, computed 15,470,264,320"),
        ("$3 \\cdot 4 = 13$<!--= 13 -->.", "3 * 4 is 12, not 13"),
        ("It spends much<!--= macs -->.", "no number stands right before it"),
        ("It is 3<!--= share > 0.5 -->.", "is true, not a number"),
        ("It is 3<!--= net.layers -->.", "is list, not a number"),
        ("It is 3<!--= nets -->.", "NameError: name 'nets' is not defined"),
        ("Fewer than 20 times<!--? macs / alexnet < 20 --> as many.", "is false"),
        ("It takes 90<!--@ simonyan2014, option --epochs --> epochs.", "its words would stand on the page"),
        ("It errs on 25.6 percent<!--@ simonyan2015, table 4 -->.", "neither a reference nor a row of the ledger"),
        ("**Predict.** How many?<!--predict = len(net.layers) | layers -->", "says no tolerance"),
        ("**Predict.** Which?<!--predict = 'narrow' | wide / deep -->", "narrow is none of the choices: wide / deep"),
    ],
)
def test_what_does_not_hold_is_told_with_its_sentence(text, says):
    [line] = wrong(f"Before it. {text} After it.")
    assert says in line and line.startswith('"' + text.partition("<!--")[0].rstrip("*")[:20])


def test_a_unit_that_counts_scales_a_row_of_the_ledger_and_another_is_printed_there():
    memory = ledger.row("compact-vgg16-param_memory")
    assert memory["value"] == 528 and wrong(f"It weighs 528 MB<!--@ {memory['id']} -->.") == []
    assert wrong(f"It weighs 528 M<!--@ {memory['id']} -->.") != []


def test_a_number_of_the_ledger_is_compared_with_it():
    rows = [r for r in ledger.rows() if isinstance(r["value"], int) and r["printed"] == str(r["value"])]
    row = rows[0]
    text = f"It prints {row['printed']}<!--@ {row['id']} -->."
    assert wrong(text) == []
    assert "prints" in wrong(text.replace(row["printed"], str(row["value"] + 7)))[0]


def test_an_expression_that_changes_something_is_told():
    answers = derivations.tell(["things.pop()", "len(things)"], {"things": [1, 2, 3, 4]}).answers
    assert [("error" in answer) for answer in answers.values()] == [True, False]
    shown = derivations.tell(["len(things)"], {"things": [1, 2, 3]})._repr_mimebundle_()
    assert json.loads(json.dumps(shown)) == {values.MIME: {"len(things)": {"value": 3}}}


def test_units_scale_and_ties_go_either_way():
    assert checks.agrees("4.87", Fraction("4.865")) and checks.agrees("4.86", Fraction("4.865"))
    assert not checks.agrees("4.86", Fraction("4.866"))
    [note] = annotations("569 million<!--= macs -->")
    assert (note.number, note.unit) == ("569", "million")


@pytest.mark.parametrize(
    "text",
    [
        "VGG-16 has 3x3 kernels, 3×3 in table 4, since 2014; top-5; `x = 5`; conv2_x.",
        "**Time:** 25 minutes.\n\n1. First.\n2. Second.",
        "It spends 15.5 G<!--= macs --> MACs and **21**<!--= macs / alexnet --> times AlexNet's.",
        "Of 64 channels 32 are read<!--? True -->.",
        "A map of 14 by 14 with 512 channels<!--# -->.",
        "| 5 M<!--= q --> | 7 %<!--@ x --> |",
        "Then $64 \\cdot 128 = 8\\,192$<!--= n --> and 3 · 4 = 12<!--= m -->.",
        "In a formula $3 \\cdot 3 \\cdot M$ is free.",
        "## Sources\n\n- Volume 12, pages 3 to 9.",
        "As printed above: 1,234,567.",
        "21<!--= a --><!--# both --> times.",
    ],
)
def test_numbers_with_a_derivation_or_in_a_name_are_not_missed(text):
    assert missing(text, printed=["total 1,234,567 MACs"]) == []


@pytest.mark.parametrize(
    "text, numbers",
    [
        ("It has 5 layers.", ["5"]),
        ("It has 5 layers. It has 16<!--= n -->.", ["5"]),
        ("Of 64 channels 32 are read<!--? True -->; 3 are not.", ["3"]),
        ("$64 \\cdot 128 = 8\\,192$ MACs", ["128", r"8\,192"]),
        ("| 5 M | 7 %<!--@ x --> |", ["5"]),
        ("12 were printed above.", ["12"]),
    ],
)
def test_numbers_without_one_are_listed(text, numbers):
    assert [line.split(" in: ")[0] for line in missing(text, printed=["12"])] == numbers


def test_a_name_that_two_cells_assign_is_told():
    sources = ["a = 1\nfor k in range(3):\n    b = k", "%matplotlib inline\na = 2", "def f():\n    b = 3"]
    assert derivations.assigned_twice(sources, ["1<!--= a + b + k -->"]) == ["a"]
    assert derivations.assigned_twice(sources, ["1<!--= sum(a for a in [b]) -->"]) == ["a"]
