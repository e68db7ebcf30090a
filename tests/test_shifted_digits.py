"""Reading shifted digits: the shift is one in four directions, and the unshared layer is a convolution otherwise."""

import pytest
import torch
from textbook.shifted_digits import Unshared, data, percent_read, train
from torch import nn


def test_digits_have_a_margin_of_four_pixels_and_a_seed_draws_who_is_new():
    images, _, tests, answers = data(0)
    assert images.shape[1:] == tests.shape[1:] == (1, 32, 32) and len(images) + len(tests) == 1797
    assert not images[:, :, :4].any() and not images[..., -4:].any()
    assert not torch.equal(answers, data(1)[3])


def test_a_shift_is_read_in_four_directions():
    seen = []

    class Bright(nn.Module):
        def forward(self, images):
            seen.append(images[0, 0].nonzero().tolist()[0])
            return torch.eye(10)[:1]

    dot = torch.zeros(1, 1, 32, 32)
    dot[0, 0, 16, 16] = 1
    assert percent_read(Bright(), dot, torch.tensor([0]), 2) == 100
    assert sorted(seen) == [[14, 16], [16, 14], [16, 18], [18, 16]]


@pytest.mark.parametrize("inputs, outputs", [(1, 6), (6, 16)])
def test_with_the_same_kernel_everywhere_the_unshared_layer_is_a_convolution(inputs, outputs):
    layer, convolution = Unshared(inputs, outputs, 5), nn.Conv2d(inputs, outputs, 5)
    with torch.no_grad():
        layer.weight[:] = convolution.weight.flatten(1).T
        layer.bias[:] = convolution.bias
        images = torch.randn(2, inputs, layer.side + 4, layer.side + 4)
        torch.testing.assert_close(layer(images), convolution(images))


def test_training_beats_guessing():
    images, labels, tests, answers = data(0)
    model = train(lambda: nn.Sequential(nn.Flatten(), nn.Linear(1024, 10)), images, labels, seed=0, epochs=1)
    assert percent_read(model, tests, answers, 0) > 50 and not model.training
