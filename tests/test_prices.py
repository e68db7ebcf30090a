"""Prices learned from times: exact where times are a sum of prices, and blind to the network that is predicted."""

import numpy as np
import pytest
from textbook import prices

COSTS = np.array([[1.0, 2.0], [3.0, 1.0], [2.0, 5.0], [4.0, 4.0]])


def test_prices_that_made_the_times_are_found():
    times = COSTS @ [3.0, 0.5]
    assert times[0] == 1 * 3 + 2 * 0.5
    assert prices.fit(COSTS, times) == pytest.approx([3.0, 0.5])
    assert prices.from_the_others(COSTS, times) == pytest.approx(times)


def test_a_miss_is_relative():
    """One price for the times 1 and 30 of costs 1 and 10: p misses by p - 1 and p / 3 - 1, so p = (4/3) / (10/9)."""
    assert prices.fit(np.array([[1.0], [10.0]]), np.array([1.0, 30.0])) == pytest.approx([(4 / 3) / (10 / 9)])


def test_a_network_is_predicted_without_its_own_time():
    times = COSTS @ [3.0, 0.5]
    other = times.copy()
    other[2] *= 7
    assert prices.from_the_others(COSTS, other)[2] == pytest.approx(times[2])
    assert prices.from_the_others(COSTS, other)[0] != pytest.approx(times[0])
