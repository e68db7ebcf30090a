"""Couples of digits, and what a network can tell about them."""

import numpy as np
import pytest
import torch
from textbook.couples import couples, data, percent_wrong
from torch import nn


def test_about_half_of_the_couples_and_one_in_ten_of_the_rest_show_the_same_digit():
    labels = np.arange(200) % 10
    images = np.broadcast_to(labels[:, None, None, None], (200, 1, 8, 8)).astype(np.float32)
    both, same = couples(images, labels, 2000, np.random.default_rng(0))
    assert both.shape == (2000, 2, 8, 8)
    assert torch.equal((both[:, 0, 0, 0] == both[:, 1, 0, 0]).long(), same)
    assert 0.5 < same.float().mean() < 0.6


def test_a_task_is_digits_or_couples():
    assert [len(part) for part in data("couples", 0)] == [2000, 2000, 1000, 1000]
    assert data("digits", 0)[0].shape[1:] == (1, 8, 8)
    with pytest.raises(ValueError, match="digits, couples"):
        data("letters", 0)


def test_a_linear_network_cannot_tell_what_is_the_same():
    assert percent_wrong(lambda: nn.Sequential(nn.Flatten(), nn.Linear(128, 2)), 0, epochs=2) > 35


def test_a_seed_gives_the_same_again():
    def make():
        return nn.Sequential(nn.Flatten(), nn.Linear(64, 10))

    assert percent_wrong(make, 3, "digits") == percent_wrong(make, 3, "digits") < 30
