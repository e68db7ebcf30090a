"""Counted numbers know where they come from, and lose it when a typed number is mixed in."""

import pytest
from convcost import Claim, Conv2d, Count, FeatureMap, Network, Quantity, Ratio, all_hold, claim


@pytest.fixture
def net():
    """params = 3*3*3*4 + 4 = 112, macs = 3*3*3*4 * 8*8 = 6912."""
    return Network(Conv2d(4, 3, padding=1)(FeatureMap(3, 8, 8)), name="net")


def test_a_count_is_an_int_with_an_origin(net):
    assert net.params == 112 and type(net.params) is Count and isinstance(net.params, int)
    assert (net.params.origin, net.params.convention) == ("net.params", None)
    assert (net.macs.origin, net.macs.convention) == ("net.macs", "macs")
    assert net.count("two_per_mac").convention == "two_per_mac"
    assert f"{net.macs:,}" == "6,912"


@pytest.mark.parametrize(
    "of, value, kind, origin",
    [
        (lambda n: n.params + n.macs, 112 + 6912, Count, "net.params + net.macs"),
        (lambda n: n.macs - n.params, 6912 - 112, Count, "net.macs - net.params"),
        (lambda n: n.macs / n.params, 6912 / 112, Ratio, "net.macs / net.params"),
        (lambda n: n.macs * n.params, 6912 * 112, Count, "net.macs x net.params"),
        (lambda n: n.params * 4, 448, Count, "net.params x 4"),  # bytes of float32
        (lambda n: 4 * n.params, 448, Count, "4 x net.params"),
        (lambda n: n.macs / 1e6, 0.006912, Ratio, "net.macs / 1000000.0"),
        (lambda n: n.params * 4 / 2**20, 448 / 1048576, Ratio, "(net.params x 4) / 1048576"),
        # percent
        (lambda n: 100 * n.params / n.macs, 100 * 112 / 6912, Ratio, "(100 x net.params) / net.macs"),
        (lambda n: 1 / n.params, 1 / 112, Ratio, "1 / net.params"),
        (lambda n: n.params + 0, 112, Count, "net.params + 0"),
        (lambda n: sum([n.params, n.params]), 224, Count, "net.params + net.params"),
    ],
)
def test_arithmetic_among_counts_and_a_change_of_unit_keep_the_origin(net, of, value, kind, origin):
    result = of(net)
    assert (result, type(result), result.origin) == (value, kind, origin)


@pytest.mark.parametrize(
    "mixed",
    [
        lambda n: n.macs + 1,
        lambda n: 1 + n.macs,
        lambda n: n.macs - 1,
        lambda n: 1 - n.macs,
        lambda n: n.macs * 3,
        lambda n: 3 * n.macs,
        lambda n: n.macs * 1.5,
        lambda n: n.macs * -1,
        lambda n: n.macs * 0,
        lambda n: n.macs / 3,
        lambda n: 3 / n.macs,
        lambda n: n.macs * 0.57,
        lambda n: n.macs * True,
        lambda n: n.macs / n.params * 1.1,
        lambda n: n.macs // 2,
        lambda n: n.macs % 7,
        lambda n: -n.macs,
        lambda n: n.macs**2,
        lambda n: int(n.macs),
        lambda n: float(n.macs),
        lambda n: round(n.macs / n.params),
        lambda n: n.macs * float("inf"),
    ],
)
def test_any_other_number_makes_the_result_a_plain_one(net, mixed):
    result = mixed(net)
    assert type(result) in (int, float)
    assert not isinstance(result, Quantity)


def test_the_value_of_a_mixed_result_is_still_right(net):
    assert (net.macs + 1, 1 - net.macs, net.macs * 3, 3 / net.macs) == (6913, -6911, 20736, 3 / 6912)


def test_one_convention_survives_arithmetic_and_two_do_not(net):
    assert (net.macs + net.macs).convention == "macs"
    assert (net.macs / 1e6).convention == "macs"
    assert (net.macs + net.count("two_per_mac")).convention is None


@pytest.mark.parametrize("relation, truth", [("==", False), ("<", True), ("<=", True), (">", False), (">=", False)])
def test_a_claim_compares_counted_numbers(net, relation, truth):
    result = claim(net.params, relation, net.macs)
    assert isinstance(result, Claim) and bool(result) is truth
    assert result.origin == f"net.params {relation} net.macs"
    assert repr(result) == f"{'holds' if truth else 'does not hold'}: net.params {relation} net.macs"


def test_one_side_of_a_claim_may_be_plain(net):
    assert claim(net.params, "==", 112) and claim(113, ">", net.params)
    assert not claim(net.params, "==", 113)


def test_ratios_are_equal_within_rounding_and_counts_exactly(net):
    assert claim(net.params / net.macs + net.macs / net.macs, "==", 1 + 112 / 6912)
    assert not claim(net.params / net.macs, "<", 112 / 6912)
    huge = net.macs * 10**15
    assert not claim(huge, "==", 6912 * 10**15 + 1)


def test_a_claim_refuses_plain_numbers_and_unknown_relations(net):
    with pytest.raises(TypeError, match="neither 3 nor 3 was counted"):
        claim(3, "==", 3)
    with pytest.raises(TypeError, match="was counted"):
        claim(net.macs + 1, "==", 6913)
    with pytest.raises(ValueError, match="relation '!='; allowed: ==, <, <=, >, >="):
        claim(net.macs, "!=", 3)


def test_all_hold_needs_claims_and_names_the_one_that_fails(net):
    good, bad = claim(net.macs, "==", 6912), claim(net.params, ">", net.macs)
    assert all_hold([good, good]) and repr(all_hold([good, good])) == "holds: net.macs == 6912 (and 1 more)"
    assert not all_hold([good, bad]) and all_hold([good, bad]).origin == "net.params > net.macs"
    for wrong in ([], [True], [good, True], [net.macs]):
        with pytest.raises(TypeError, match="nothing but claims"):
            all_hold(wrong)
