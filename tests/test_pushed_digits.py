"""Digits pushed sideways, and what a linear formula reads of the push."""

import pytest
import torch
from textbook import pushed_digits
from torch import nn
from torch.nn.functional import cross_entropy


def test_a_push_moves_the_middle_of_every_digit_by_as_much_and_loses_nothing():
    images = pushed_digits.tensors(seed=0)[0][:50]
    across = torch.arange(pushed_digits.SIDE)

    def middle(pictures):
        return (pictures.sum((1, 2)) * across).sum(1) / pictures.sum((1, 2, 3))

    for push in (-2, -0.75, 0, 0.5, 2):
        there = pushed_digits.moved(images, push)
        assert torch.allclose(middle(there), middle(images) + push, atol=1e-4)
        assert torch.allclose(there.sum((1, 2, 3)), images.sum((1, 2, 3)))


def test_a_probe_reads_what_is_there_and_nothing_where_nothing_is():
    """The middle of a digit tells the push but for the digit's own place; a constant tells nothing."""
    across = torch.arange(pushed_digits.SIDE)

    def middle(images, labels):
        return ((images.sum((1, 2)) * across).sum(1) / images.sum((1, 2, 3)))[:, None]

    assert pushed_digits.Probe(middle, seed=0).score > 0.9
    assert pushed_digits.Probe(lambda images, labels: torch.ones(len(labels), 3), seed=0).score == pytest.approx(
        0, abs=1e-3
    )


def test_a_probe_tells_every_digit_by_a_formula_of_its_own():
    """Values that hold the push with a sign that depends on the digit."""
    pushes = iter([*pushed_digits.PUSHES] * 2)

    def signed(images, labels):
        return (next(pushes) * (1 - 2.0 * (labels % 2)))[:, None]

    assert pushed_digits.Probe(signed, seed=0).score == pytest.approx(1)


def test_capsules_computed_once_score_as_the_two_probes_do():
    torch.manual_seed(0)
    capsules = nn.Sequential(nn.Flatten(), nn.Linear(pushed_digits.SIDE**2, 10 * 3), nn.Unflatten(1, (10, 3)))
    ways, long = pushed_digits.probed_capsules(capsules, seed=0)
    assert ways == pytest.approx(pushed_digits.Probe(pushed_digits.direction(capsules), seed=0).score, abs=1e-4)
    assert long == pytest.approx(pushed_digits.Probe(pushed_digits.lengths(capsules), seed=0).score, abs=1e-4)
    assert ways != pytest.approx(long, abs=0.01)


def test_training_beats_guessing_and_a_seed_gives_the_same_again():
    def make():
        return nn.Sequential(nn.Flatten(), nn.Linear(pushed_digits.SIDE**2, 10))

    def loss(module, images, labels):
        return cross_entropy(module(images), labels)

    first, again = (pushed_digits.train(make, loss, seed=3, epochs=1, lr=0.01) for _ in range(2))
    assert pushed_digits.percent_read(first, seed=3) > 30 and not first.training  # ten digits: guessing reads 10
    assert all(torch.equal(a, b) for a, b in zip(first.state_dict().values(), again.state_dict().values()))


def test_a_capsule_is_turned_along_the_change_of_its_class_and_keeps_its_length():
    """Capsules whose direction is an angle that grows with the push, and a decoder that shows what it is given."""

    def capsules(images):
        across = torch.arange(pushed_digits.SIDE)
        place = (images.sum((1, 2)) * across).sum(1) / images.sum((1, 2, 3)) - 5.5
        vector = 0.5 * torch.stack([(place / 9).cos(), (place / 9).sin()], dim=-1)
        return vector[:, None].expand(-1, 10, -1)

    def decoder(flat):
        seen = flat.view(-1, 10, 2).sum(1)
        return nn.functional.pad(seen, (0, pushed_digits.SIDE**2 - 2))

    drawn = pushed_digits.turned_and_drawn(capsules, decoder, seed=0)
    seen = {push: pictures.flatten(1)[:, :2] for push, pictures in drawn.items()}
    assert all(torch.allclose(vectors.norm(dim=1), torch.tensor(0.5), atol=1e-5) for vectors in seen.values())
    angles = {push: torch.atan2(vectors[:, 1], vectors[:, 0]) for push, vectors in seen.items()}
    assert torch.allclose(angles[1] - angles[0], torch.tensor(1 / 9), atol=0.01)
    new, answers = pushed_digits.tensors(seed=0)[2:]
    ways, long = pushed_digits.direction(capsules)(new, answers), pushed_digits.lengths(capsules)(new, answers)
    assert torch.allclose(ways.norm(dim=1), torch.tensor(1.0)) and torch.allclose(long, torch.tensor(0.5))


def test_the_middle_moves_with_the_ink():
    pictures = torch.zeros(2, 12, 12)
    pictures[0, 3, 4], pictures[1, 5, 8] = 1, 2
    assert pushed_digits.middle(pictures) == pytest.approx(6)  # (4 + 8) / 2
