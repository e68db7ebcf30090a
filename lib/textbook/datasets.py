"""Small real data for the experiments that train a network while the page runs."""

from importlib.resources import files

from convcost.extras import numpy as np


def digits(
    size: int = 8, test_share: float = 0.25, seed: int = 0
) -> tuple["np.ndarray", "np.ndarray", "np.ndarray", "np.ndarray"]:
    """Return handwritten digits as (train images, train labels, test images, test labels).

    1,797 grey images of 8 x 8 pixels with 17 levels, scaled to 0..1, from 13 writers: the test set of E. Alpaydin and
    C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning Repository, 1998 (CC BY 4.0).
    Images are float32 of shape (N, 1, size, size), labels int64; `size` is 8 or more: each pixel is repeated, and
    zeros fill the margin. `seed` shuffles before the split.
    """
    if size < 8:
        raise ValueError(f"digits: size must be at least 8, not {size}")
    with files(__package__).joinpath("data", "digits.npz").open("rb") as file:
        data = np.load(file)
        images, labels = data["images"], data["labels"].astype(np.int64)
    zoom = size // 8
    images = np.repeat(np.repeat(images, zoom, axis=1), zoom, axis=2).astype(np.float32)[:, None] / 16
    before = (size - 8 * zoom) // 2
    after = size - 8 * zoom - before
    images = np.pad(images, ((0, 0), (0, 0), (before, after), (before, after)))
    order = np.random.default_rng(seed).permutation(len(labels))
    test, train = np.split(order, [round(test_share * len(order))])
    return images[train], labels[train], images[test], labels[test]
