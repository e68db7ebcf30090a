"""Do these two images show the same digit? A question that groups can answer only together; and digits, to compare."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from convcost.extras import numpy as np
from convcost.extras import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from .datasets import digits

TASKS = ("digits", "couples")


def couples(images: Any, labels: Any, count: int, rng: Any) -> tuple[Tensor, Tensor]:
    """Return couples of images (count, 2, side, side), half of them drawn to show the same digit, and whether they do.

    The other half is drawn at random, and may show the same digit, too.
    """
    first, other = rng.integers(len(images), size=(2, count))
    partner = [rng.choice(np.flatnonzero(labels == labels[i])) for i in first]
    other = np.where(rng.random(count) < 0.5, partner, other)
    both = np.concatenate([images[first], images[other]], axis=1)
    return torch.from_numpy(both), torch.from_numpy((labels[first] == labels[other]).astype(np.int64))


def data(task: str, seed: int) -> tuple[Tensor, ...]:
    """Return training images, their answers, new images, their answers; the seed draws who is new."""
    if task not in TASKS:
        raise ValueError(f"task is one of {', '.join(TASKS)}, not {task!r}")
    images, labels, new_images, new_labels = arrays = digits(seed=seed)
    if task == "digits":
        return tuple(torch.from_numpy(array) for array in arrays)
    rng = np.random.default_rng(seed)
    return *couples(images, labels, 2000, rng), *couples(new_images, new_labels, 1000, rng)


def trained(make: Callable[[], nn.Module], task: str, seed: int, epochs: int = 6) -> tuple[float, nn.Module]:
    """Make a module from this seed and train it by SGD; returns the percent of new answers that are wrong, and it."""
    images, answers, new_images, new_answers = data(task, seed)
    torch.manual_seed(seed)
    module = make()
    optimizer = torch.optim.SGD(module.parameters(), lr=0.1, momentum=0.9)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1, 0.05, total_iters=epochs)
    for _ in range(epochs):
        for batch in torch.randperm(len(images)).split(100):
            optimizer.zero_grad()
            cross_entropy(module(images[batch]), answers[batch]).backward()
            optimizer.step()
        schedule.step()
    with torch.no_grad():
        wrong = module.eval()(new_images).argmax(1) != new_answers
    return 100 * wrong.float().mean().item(), module


@torch.no_grad()
def interplay(module: nn.Module) -> float:
    """Return how far scores f are from a sum of two parts: the most of |f(a, c) - f(a, d) - f(b, c) + f(b, d)|.

    a and b are ten images on the left each, c and d ten on the right. The module computes in double precision.
    """
    a, b, c, d = torch.from_numpy(digits()[2][:40]).double().reshape(4, 10, 8, 8)
    ac, ad, bc, bd = [module.double()(torch.stack([left, right], dim=1)) for left in (a, b) for right in (c, d)]
    return (ac - ad - bc + bd).abs().max().item()
