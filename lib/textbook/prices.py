"""What one MAC, one value moved or one layer costs in seconds, learned from networks whose times are known."""

from __future__ import annotations

from convcost.extras import numpy as np


def fit(costs: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Return a price for each column of `costs`, in seconds, with which costs @ prices misses `times` least.

    costs: networks x what they cost, such as MACs and layers; times: their seconds. A miss is relative, so that ten
    percent of a short time weigh as much as ten percent of a long one; the squares of all are summed up.
    """
    return np.linalg.lstsq(costs / times[:, None], np.ones(len(times)), rcond=None)[0]


def from_the_others(costs: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Return the seconds of each network, predicted with prices that were fitted to all others."""
    others = ~np.eye(len(times), dtype=bool)
    return np.array([cost @ fit(costs[rest], times[rest]) for cost, rest in zip(costs, others)])
