"""The digits that the package ships."""

import numpy as np
import pytest
from textbook.datasets import digits


def test_the_digits_are_split_once_and_keep_their_labels():
    train, train_labels, test, test_labels = digits()
    assert train.shape == (1348, 1, 8, 8) and test.shape == (449, 1, 8, 8)  # 449 = round(1797 / 4)
    assert train.dtype == np.float32 and train.min() == 0 and train.max() == 1
    counts = np.bincount(np.concatenate([train_labels, test_labels]))
    assert len(counts) == 10 and counts.sum() == 1797 and counts.min() >= 170


def test_larger_images_repeat_pixels_and_pad_with_zeros():
    small, large = digits()[0], digits(28)[0]
    assert large.shape == (1348, 1, 28, 28)
    assert (large[:, :, 2:26:3, 2:26:3] == small).all()  # 28 = 2 + 3 x 8 + 2
    assert large[:, :, :2].max() == 0 == large[:, :, :, 26:].max()


def test_a_seed_shuffles_and_too_small_a_size_is_refused():
    assert not np.array_equal(digits(seed=1)[1], digits(seed=0)[1])
    assert np.array_equal(digits(seed=1)[1], digits(seed=1)[1])
    with pytest.raises(ValueError, match="size must be at least 8, not 7"):
        digits(7)
