"""The ledger: complete, honest, and impossible to fill with typed numbers."""

import ast
import json
import re
import sys
from collections import Counter
from pathlib import Path

import pytest
from convcost import ConvcostError, Count, claim, evaluated, models
from textbook import ledger
from textbook.ledger.verdicts import ERRORS, EXPLAINED

ROOT = Path(__file__).resolve().parent.parent
REFUSED = "plain number|not an instance"  # the second by a checker of types, where one watches
NOTEBOOKS = sorted((ROOT / "chapters").rglob("*.ipynb"))


def test_every_number_of_the_sources_is_there_once():
    rows = ledger.rows()
    assert len(rows) == 1167 == len({r["id"] for r in rows})
    assert Counter(r["kind"] for r in rows) == {"derived": 618, "measured": 311, "spec": 197, "history": 41}


@pytest.mark.parametrize(
    "computed, name",
    [
        (1_936_392_192, "rounds"),
        (1_944_999_999, "rounds"),
        (1_945_000_001, "truncated"),
        (1_949_999_999, "truncated"),
        (1_950_000_000, "differs"),
        (1_934_999_999, "differs"),
        (1_940_000_000, "exact"),
    ],
)
def test_a_printed_1_94_e9_covers_half_a_unit_and_a_whole_one_cut_off(computed, name):
    row = {"id": "x", "kind": "derived", "value": 1_940_000_000, "half_ulp": 5_000_000}
    assert ledger.verdict(row, evaluated(lambda n: n, computed)) == name


def test_a_number_printed_in_full_is_equal_or_it_differs():
    row = {"id": "x", "kind": "derived", "value": 16, "half_ulp": 0}
    assert ledger.verdict(row, models.vgg16().depth) == "exact"
    assert ledger.verdict(row, models.vgg19().depth) == "differs"


def test_a_typed_number_cannot_count():
    id = "lecture-vgg16-stage2-macs"
    vgg16 = models.vgg16()
    computed = vgg16.stage(2).count("macs_bias")
    for typed in (
        2_777_743_360,
        2.78e9,
        int(computed),
        computed + 1,
        computed * 3,
        0 * computed + 2_777_743_360,
        Count(2_777_743_360),
        True,
    ):
        with pytest.raises(Exception, match=REFUSED):
            ledger.printed(id, typed)
    with pytest.raises(TypeError, match="only returns a constant"):
        evaluated(lambda: 2_777_743_360)
    assert ledger.printed(id, computed).trace()["rows"][0]["origin"] == "vgg16/stage2.macs_bias"


def test_a_measured_number_can_only_be_cited_and_a_statement_only_claimed():
    measured = next(r["id"] for r in ledger.rows() if r["kind"] == "measured")
    with pytest.raises(ConvcostError, match="only be cited"):
        ledger.printed(measured, models.vgg16().macs)
    assert ledger.printed(measured).trace()["rows"][0]["verdict"] == "cited"
    with pytest.raises(TypeError, match="pass a claim"):
        ledger.printed("compact-claim-mobilenet-deeper", models.mobilenet_v1().depth)
    deeper = claim(models.mobilenet_v1().depth, ">", models.vgg16().depth)
    assert ledger.printed("compact-claim-mobilenet-deeper", deeper).trace()["rows"][0]["verdict"] == "true"


def test_a_statement_is_true_conditional_or_false_as_its_evidence_comes_out():
    row = {"id": "x", "kind": "derived", "value": None, "half_ulp": None}
    depth = models.vgg16().depth
    holds, fails = claim(depth, "==", 16), claim(depth, "==", 17)
    assert [ledger.verdict(row, c) for c in (holds, fails)] == ["true", "false"]
    evidence = {(a, b): ledger.verdict(row, ledger.conditional(a, b)) for a in (holds, fails) for b in (holds, fails)}
    assert list(evidence.values()) == ["true", "false", "conditional", "false"]
    with pytest.raises(Exception, match=r"two claims|not an instance"):
        ledger.conditional(False, True)
    assert ledger.verdict({**row, "value": 1}, holds) == "true"  # a printed number may stand for a statement


def test_what_nobody_measured_is_cited_only_with_a_reason_in_the_row():
    row = {"id": "x", "kind": "spec", "value": 6, "half_ulp": 0}
    assert ledger.verdict({**row, "reason": "a choice"}) == "cited"
    with pytest.raises(TypeError, match="plain number"):
        ledger.verdict({**row, "reason": ""})


@pytest.mark.parametrize(
    "minuend, subtrahend, exact",
    [
        ("compact-shufflenet_shuffle-1x-g3-err_noshuffle", "compact-shufflenet_shuffle-1x-g3-err_shuffle", "1.9"),
        ("lecture-mobilenet_v1-table4-conv-mobilenet-top1", "lecture-mobilenet_v1-table4-mobilenet-top1", "1.1"),
    ],
)
def test_a_difference_of_printed_decimals_is_a_decimal(minuend, subtrahend, exact):
    difference = ledger.source_value(minuend) - ledger.source_value(subtrahend)
    assert str(float(difference)) == exact
    row = {"id": "x", "kind": "derived", "value": float(exact), "half_ulp": 0.05}
    assert ledger.verdict(row, difference) == "exact"
    assert ledger.verdict({**row, "value": float(exact) - 0.05}, difference) == "rounds"  # half a unit, not more


def test_the_error_of_floats_decides_no_verdict():
    row = {"id": "x", "kind": "derived", "value": 0.3, "half_ulp": 0.05}
    assert ledger.verdict(row, evaluated(sum, [0.1, 0.1, 0.1])) == "exact"
    assert ledger.verdict(row, evaluated(sum, [0.1, 0.1, 0.15])) == "rounds"
    assert ledger.verdict(row, evaluated(sum, [0.1, 0.1, 0.2])) == "differs"


def test_a_map_size_is_judged_by_every_side_that_is_printed():
    for row in ledger.rows():
        sides = re.fullmatch(r"(\d+) ?[x×] ?(\d+)( ?[x×] ?\d+)?", row["printed"])
        if row["quantity"] == "output_size" and sides and sides[1] != sides[2]:
            entry = next(e for e in ledger.report() if e["id"] == row["id"])
            assert entry["verdict"] == "differs", row["id"]


def test_an_unknown_row_names_the_nearest():
    with pytest.raises(ConvcostError, match="did you mean 'lecture-vgg16-stage2-macs'"):
        ledger.printed("lecture-vgg16-stage2-mac")


def test_a_printed_expression_is_evaluated_literally_typing_errors_included():
    literally = 3 * 3 * 3 * 64 * 224 * 224 + 3 * 3 * 64 * 64 * 224 * 24
    assert ledger.expression("lecture-vgg16-stage1-expression") == literally
    with pytest.raises(ConvcostError, match="not a sum of products"):
        ledger.expression("lecture-vgg-a-num_layers")


def test_the_whole_ledger_is_reported_with_what_the_notebooks_computed():
    entries = ledger.report()
    assert [e["id"] for e in entries] == [r["id"] for r in ledger.rows()]
    entry = next(e for e in entries if e["id"] == "lecture-vgg16-stage2-macs")
    assert entry["computed"] == 2_777_743_360 and entry["verdict"] == "rounds"
    assert entry["notebook"] == "chapters/audit/real_networks"


def test_every_row_that_needs_a_reason_has_one_and_no_other_makes_excuses():
    for entry in ledger.report():
        set_by_source = entry["verdict"] == "cited" and entry["kind"] != "measured"
        assert bool(entry["reason"]) == (entry["verdict"] in EXPLAINED or set_by_source), entry["id"]


def test_statements_have_verdicts_of_statements_and_numbers_those_of_numbers():
    for entry in ledger.report():
        if isinstance(entry["computed"], bool):
            assert entry["verdict"] in ("true", "conditional", "false"), entry["id"]
            assert entry["computed"] == (entry["verdict"] == "true"), entry["id"]
        elif entry["computed"] is not None:
            assert entry["verdict"] in ("exact", "rounds", "truncated", "differs"), entry["id"]


def test_an_error_is_never_cited_away():
    assert not [e["id"] for e in ledger.report() if e["verdict"] in ERRORS and e["computed"] is None]
    given = [e for e in ledger.report() if e["verdict"] == "cited" and e["kind"] in ("derived", "spec")]
    assert all(e["reason"].startswith("Set by the source") for e in given)


def test_the_traces_in_the_package_are_those_of_the_notebooks():
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        import collect_ledger
    finally:
        sys.path.remove(str(ROOT / "tools"))
    assert collect_ledger.TRACES.read_text(encoding="utf-8") == collect_ledger.collected(), (
        "run: python3 tools/collect_ledger.py"
    )


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_no_notebook_makes_quantities_by_hand(path):
    """`counted`, `Count` and `Ratio` are for the library; a notebook counts, compares or evaluates."""
    forbidden = {"counted", "Count", "Ratio", "Claim", "origin"}
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            source = "".join(line for line in cell["source"] if not line.lstrip().startswith("%"))
            names = {getattr(n, "id", getattr(n, "attr", None)) for n in ast.walk(ast.parse(_runnable(source)))}
            imported = {
                a.name for n in ast.walk(ast.parse(_runnable(source))) if isinstance(n, ast.ImportFrom) for a in n.names
            }
            assert not forbidden & (names | imported), source


def _runnable(source):
    """The set-up cell's `%pip` line is not Python."""
    return "pass" if source.startswith("try:\n    import convcost") else source


def test_every_number_of_the_sources_is_accounted_for():
    """Derived and asserted, or cited, or told: nothing is waved through."""
    entries = ledger.report()
    assert [e["id"] for e in entries if not e["verdict"]] == []
    for entry in entries:
        assert (entry["computed"] is None) == (entry["verdict"] in ("cited", "told")), entry["id"]
        assert (ROOT / f"{entry['notebook']}.ipynb").is_file()
