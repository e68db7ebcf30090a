"""Digits pushed sideways: train a network on them, and ask what a linear formula can read of the push."""

from __future__ import annotations

from collections.abc import Callable
from math import floor

from convcost.extras import torch
from torch import Tensor, nn

from .datasets import digits

PUSHES = (-2, -1, 0, 1, 2)  # pixels to the right
SIDE = 12  # pixels: digits of 8 x 8 with a margin, which no push leaves


def tensors(seed: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return training images, their labels, new images, their labels; the seed draws who is new."""
    return tuple(torch.from_numpy(array) for array in digits(SIDE, seed=seed))


def moved(images: Tensor, push: float) -> Tensor:
    """Return the images (N, 1, side, side) moved to the right, between whole pixels by interpolation."""
    whole = floor(push)
    left, right = torch.roll(images, whole, 3), torch.roll(images, whole + 1, 3)
    return left + (push - whole) * (right - left)


def train(
    make: Callable[[], nn.Module],
    loss: Callable[[nn.Module, Tensor, Tensor], Tensor],
    seed: int,
    epochs: int,
    lr: float,
    batch: int = 32,
) -> nn.Module:
    """Make a module from this seed and train it by Adam on digits pushed at random; returns it in evaluation mode.

    loss: of (module, images, labels), a number; lr: at the start, it falls to a twentieth.
    """
    images, labels = tensors(seed)[:2]
    every = torch.stack([moved(images, push) for push in PUSHES])
    torch.manual_seed(seed)
    module = make()
    optimizer = torch.optim.Adam(module.parameters(), lr=lr)
    steps = epochs * -(-len(images) // batch)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.05, steps)
    for _ in range(epochs):
        for chosen in torch.randperm(len(images)).split(batch):
            optimizer.zero_grad()
            loss(module, every[torch.randint(len(PUSHES), (len(chosen),)), chosen], labels[chosen]).backward()
            optimizer.step()
            schedule.step()
    return module.eval()


@torch.no_grad()
def percent_read(scores: Callable[[Tensor], Tensor], seed: int) -> float:
    """Return the percentage of new digits that are read, over all pushes; scores: images -> (N, 10)."""
    images, labels = tensors(seed)[2:]
    right = [scores(moved(images, push)).argmax(1) == labels for push in PUSHES]
    return 100 * torch.stack(right).double().mean().item()


def plain() -> nn.Sequential:
    """Return an untrained network with two convolutions and 80 hidden units."""
    first = [nn.Conv2d(1, 32, 5), nn.ReLU(), nn.Conv2d(32, 32, 5, stride=2), nn.ReLU(), nn.Flatten()]
    return nn.Sequential(*first, nn.Linear(128, 80), nn.ReLU(), nn.Linear(80, 10))


def direction(capsules: nn.Module) -> Callable[[Tensor, Tensor], Tensor]:
    """Return what gives the direction of the right class's capsule; capsules: images -> (N, 10, values)."""
    return lambda images, labels: nn.functional.normalize(capsules(images)[range(len(labels)), labels], dim=-1)


def lengths(capsules: nn.Module) -> Callable[[Tensor, Tensor], Tensor]:
    """Return what gives the lengths of the ten capsules."""
    return lambda images, labels: capsules(images).norm(dim=-1)


@torch.no_grad()
def turned_and_drawn(capsules: nn.Module, decoder: nn.Module, seed: int) -> dict[int, Tensor]:
    """Turn the capsules of new, centred digits and let the decoder draw: push -> pictures (N, side, side).

    A capsule turns along the mean change of its class per pixel of push, measured on the training digits; its length
    stays.
    """
    images, labels, new, answers = tensors(seed)
    own = {push: capsules(moved(images, push))[range(len(labels)), labels] for push in PUSHES}
    change = sum(push * own[push] for push in PUSHES) / sum(push**2 for push in PUSHES)
    per_pixel = torch.stack([change[labels == digit].mean(0) for digit in range(10)])
    centred, drawn = capsules(new)[range(len(answers)), answers], {}
    for push in PUSHES:
        turned = nn.functional.normalize(centred + push * per_pixel[answers], dim=1)
        turned = turned * centred.norm(dim=1, keepdim=True)
        one = nn.functional.one_hot(answers, 10)[..., None] * turned[:, None]
        drawn[push] = decoder(one.flatten(1)).view(-1, SIDE, SIDE)
    return drawn


def middle(pictures: Tensor) -> float:
    """Return the mean place of the ink from left to right, in pixels; pictures: (N, side, side)."""
    across = torch.arange(pictures.shape[-1])
    return ((pictures.sum(1) * across).sum(1) / pictures.sum((1, 2))).mean().item()


class Probe:
    """For each digit, the linear formula that best reads the push off some values of a network.

    values: (images, labels) -> (N, values). It is fitted on the training digits of a seed; `score` is its R squared on
    new ones: 1 if it is always right, 0 if it is no better than always guessing the mean.
    """

    @torch.no_grad()
    def __init__(self, values: Callable[[Tensor, Tensor], Tensor], seed: int) -> None:
        images, labels, new, answers = tensors(seed)
        self.score = _score(_at_all_pushes(values, images, labels), _at_all_pushes(values, new, answers))


@torch.no_grad()
def probed_capsules(capsules: nn.Module, seed: int) -> tuple[float, float]:
    """Return the scores of two probes: on the direction of the right class's capsule, and on the ten lengths.

    As `Probe` of `direction` and of `lengths`, but the capsules are computed once.
    """
    images, labels, new, answers = tensors(seed)

    def vectors(images, labels):
        return torch.cat([capsules(part) for part in images.split(128)])  # so few stay in the processor's cache

    sets = [_at_all_pushes(vectors, images, labels), _at_all_pushes(vectors, new, answers)]
    ways = [
        (nn.functional.normalize(found[range(len(classes)), classes], dim=-1), truth, classes)
        for found, truth, classes in sets
    ]
    return _score(*ways), _score(*[(found.norm(dim=-1), *rest) for found, *rest in sets])


def _score(known, new):
    """R squared on `new` of the formulas fitted on `known`, one a digit; both are (values, pushes, digits)."""
    values, truth, classes = known
    fits = [_nearest(_with_one(values[classes == digit]), truth[classes == digit]) for digit in range(10)]
    values, truth, classes = new
    wrong = (_with_one(values) * torch.stack(fits)[classes]).sum(-1) - truth
    return 1 - (wrong.square().sum() / truth.square().sum()).item()


def _at_all_pushes(values, images, labels):
    """What a network gives for the images at all pushes, the pushes, and the digits."""
    found = torch.cat([values(moved(images, push), labels) for push in PUSHES])
    return found, torch.tensor(PUSHES).repeat_interleave(len(labels)).float(), labels.repeat(len(PUSHES))


def _with_one(values):
    return nn.functional.pad(values, (0, 1), value=1.0)


def _nearest(rows, truth):
    """The weights whose sums over each row are nearest to the truth; the least of them where several are."""
    rows = rows.double()
    square = rows.T @ rows + 1e-6 * torch.eye(rows.shape[1], dtype=torch.double)
    return torch.linalg.solve(square, rows.T @ truth.double()).float()
