"""Digits of 32 x 32 pixels: train a network on centred ones, read shifted ones; and a convolution without sharing."""

from __future__ import annotations

from collections.abc import Callable

from convcost.extras import torch
from torch import Tensor, nn

from .datasets import digits

SIDES = {1: 28, 6: 10}  # channels that LeNet-5's first two convolutions read -> side of the map that they make


def data(seed: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return training images, their labels, new images, their labels; the seed draws who is new."""
    images, labels, tests, answers = map(torch.from_numpy, digits(24, seed=seed))
    margin = nn.ConstantPad2d(4, 0.0)
    return margin(images), labels, margin(tests), answers


def train(
    make: Callable[[], nn.Module], images: Tensor, labels: Tensor, seed: int, epochs: int = 4, batch: int = 32
) -> nn.Module:
    """Make a module from this seed and train it by Adam, with steps that shrink to a twentieth, to read the images."""
    torch.manual_seed(seed)
    model = make()
    steps = epochs * -(-len(images) // batch)
    optimizer = torch.optim.Adam(model.parameters(), lr=4e-3)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1, 0.05, steps)
    for _ in range(epochs):
        for chosen in torch.randperm(len(images)).split(batch):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(images[chosen]), labels[chosen]).backward()
            optimizer.step()
            schedule.step()
    return model.eval()


@torch.no_grad()
def percent_read(model: nn.Module, images: Tensor, labels: Tensor, shift: int) -> float:
    """Return the percentage of images read correctly, over the four directions of a shift by so many pixels."""
    ways = [(axis, step) for axis in (2, 3) for step in {shift, -shift}]
    right = [(model(torch.roll(images, step, axis)).argmax(1) == labels).double().mean() for axis, step in ways]
    return 100 * float(sum(right)) / len(right)


class Unshared(nn.Module):
    """Windows as in a convolution of LeNet-5, but with a kernel of its own for each place."""

    def __init__(self, inputs: int, outputs: int, kernel: int):
        super().__init__()
        self.kernel, self.side = kernel, SIDES[inputs]
        places, reads = self.side**2, inputs * kernel**2
        self.weight = nn.Parameter(torch.empty(places, reads, outputs).uniform_(-1, 1) / reads**0.5)
        self.bias = nn.Parameter(torch.empty(places, 1, outputs).uniform_(-1, 1) / reads**0.5)

    def forward(self, images: Tensor) -> Tensor:
        """Return the maps, (N, outputs, side, side)."""
        windows = nn.functional.unfold(images, self.kernel).permute(2, 0, 1).contiguous()  # twice as fast
        maps = torch.baddbmm(self.bias, windows, self.weight)
        return maps.permute(1, 2, 0).unflatten(2, (self.side, self.side))
