"""Printed formulas, read as they stand."""

import pytest
from convcost import ConvcostError
from textbook.ledger import formula


@pytest.mark.parametrize(
    "id, values, result",
    [
        ("korean-formula-reduction", {"N": 4, "D_k": 2}, 1 / 4 + 1 / 4),
        (
            "chinese-formula-dsc_ratio",
            {"C_out": 4, "K": 2},
            1 / 4 + 1 / 4,
        ),  # \frac without its \f, and a limit after \sim
        ("lecture-depthwise-ori-formula", {"D_k": 3, "M": 4, "N": 5, "D_F": 6}, 3 * 3 * 4 * 5 * 6 * 6),
        (
            "chinese-formula-scaled_cost",
            {"D_k": 3, "M": 8, "N": 16, "D_F": 4, "alpha": 0.5, "beta": 0.5},
            3 * 3 * 4 * 2 * 2 + 8 * 4 * 2 * 2,
        ),
        (
            "homework-formula-conv-exact",
            {"C_i": 3, "k_w": 3, "k_h": 3, "C_o": 8, "W_o": 2, "H_o": 2},
            (27 + 26) * 8 * 2 * 2,
        ),
        (
            "homework-formula-bottleneck-total",
            {"C_i": 16, "t": 6, "input_size": 112, "k": 3, "s": 2, "C_o": 24},
            16 * 6 * 112**2 * (16 + 9 / 4 + 24 / 4),
        ),
    ],
)
def test_a_formula_gives_what_its_arithmetic_says(id, values, result):
    assert formula(id)(**values) == result


def test_values_that_a_formula_does_not_use_are_ignored_and_missing_ones_named():
    assert formula("compact-formula-dsc-pw-params")(M=3, N=5, D_F=7) == 15
    with pytest.raises(ConvcostError, match="compact-formula-dsc-pw-params: needs a value for N"):
        formula("compact-formula-dsc-pw-params")(M=3)


@pytest.mark.parametrize("id", ["korean-formula-relu6", "lecture-empirical-formula", "lecture-vgg-a-spec"])
def test_what_is_no_arithmetic_is_refused(id):
    with pytest.raises(ConvcostError, match="cannot be read as a formula"):
        formula(id)
