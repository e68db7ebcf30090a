"""A search in seconds: networks that read small digits, each trained briefly and scored twice.

The digits that choose the winner are not the digits that judge it.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from convcost import Network
from convcost.extras import torch
from convcost.torch_bridge import to_torch
from torch import Tensor

from .datasets import digits
from .experiments import fit, score

SEARCH = 400  # of the training digits, set aside to choose by


class Scores(NamedTuple):
    """Percent of digits read: of those that the search looks at, and of new ones."""

    search: float
    new: float


@cache
def parts() -> dict[str, tuple[Tensor, Tensor]]:
    """Return images and labels to train on, to choose by ("search") and to judge by ("new")."""
    images, labels, new_images, new_labels = map(torch.from_numpy, digits())
    return {
        "train": (images[SEARCH:], labels[SEARCH:]),
        "search": (images[:SEARCH], labels[:SEARCH]),
        "new": (new_images, new_labels),
    }


def tried(network: Network, seed: int, epochs: int = 3, batch: int = 64) -> Scores:
    """Train a network briefly by SGD, from weights and in an order that the seed draws, and score it."""
    module, _ = fit(lambda: to_torch(network), seed, epochs, lr=0.1, batch=batch, data=parts()["train"])
    return Scores(score(module, *parts()["search"]), score(module, *parts()["new"]))
