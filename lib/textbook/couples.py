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


def percent_wrong(make: Callable[[], nn.Module], seed: int, task: str = "couples", epochs: int = 6) -> float:
    """Make a module from this seed, train it by SGD, and return the percentage of new answers that are wrong."""
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
    return 100 * wrong.float().mean().item()
