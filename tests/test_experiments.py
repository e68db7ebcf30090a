"""What the lessons' experiments do to a trained module, and what they leave alone."""

import copy

import pytest
import torch
from convcost import AdaptiveAvgPool2d, BatchNorm2d, Conv2d, ConvcostError, FeatureMap, Flatten, Linear, Network, ReLU
from convcost.torch_bridge import to_torch
from textbook import ledger
from textbook.experiments import (
    SmallGoogLeNet,
    draw_shared_pattern,
    fit,
    gain_by_heads,
    gradient_at_first,
    gradient_sizes,
    keep_sources,
    kept_for_backward,
    learn_few,
    milliseconds,
    remeasure,
    score,
    shifted,
    trained,
    with_shared_patterns,
)
from torch import nn


def reader():
    x = ReLU()(BatchNorm2d()(Conv2d(8, 3, stride=2, padding=1)(FeatureMap(1, 8, 8))))
    x = ReLU()(Conv2d(8, 3, padding=1, bias=False)(x))
    return Network(Linear(10)(Flatten()(AdaptiveAvgPool2d(1)(x))))


@pytest.fixture(scope="module")
def module():
    return trained(reader(), seed=0, epochs=8)


def test_training_beats_guessing_and_a_seed_gives_the_same_again(module):
    assert score(module) > 20 and not module.training  # ten digits: guessing reads 10 percent
    again = trained(reader(), seed=0, epochs=8)
    assert all(torch.equal(a, b) for a, b in zip(module.state_dict().values(), again.state_dict().values()))
    assert fit(lambda: trained(reader(), 0, epochs=0), seed=0, epochs=8)[1] < 2.3  # ln 10, the loss of guessing


def test_a_module_made_by_a_function_is_trained_like_the_network_that_it_comes_from(module):
    made_by_function = trained(lambda: to_torch(reader()), seed=0, epochs=8)
    assert score(made_by_function) == score(module)


class Remembering(nn.Module):
    """Looks an image up among those it was trained on; a shifted one it does not find."""

    def __init__(self):
        super().__init__()
        self.weight, self.seen = nn.Parameter(torch.zeros(10)), []

    def forward(self, images):
        if self.training:
            self.seen.append(images)
        return self.weight.expand(len(images), 10)


def test_few_digits_are_shown_at_every_step_and_moved_only_when_asked():
    for shifts in (False, True):
        made = []
        learn_few(lambda: made.append(Remembering()) or made[0], seed=1, shifts=shifts, images=20, steps=3)
        assert [len(images) for images in made[0].seen] == [20, 20, 20]
        assert torch.equal(made[0].seen[0], made[0].seen[1]) is not shifts


def test_shuffled_labels_are_learned_by_heart_and_nothing_else():
    def small():
        return nn.Sequential(nn.Flatten(), nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10))

    own, new = learn_few(small, seed=0, images=50)
    assert own == 100 and new > 50
    own, new = learn_few(small, seed=0, shuffled=True, images=50)
    assert own == 100 and new < 25  # ten digits: guessing reads 10 percent


def test_copies_leave_the_module_as_it_was(module):
    before = copy.deepcopy(module.state_dict())
    with_shared_patterns(module, 1), remeasure(module)
    assert all(torch.equal(a, b) for a, b in zip(before.values(), module.state_dict().values()))


def test_the_drawing_of_a_shared_pattern_has_one_strength_an_output(module):
    """The strongest of the six outputs is the pattern itself, times 1.0."""
    said = str(draw_shared_pattern(module)._repr_html_())
    strengths = said.split("its copies: times ")[1].split("<")[0].split(", ")
    assert len(strengths) == 6 and "1.0" in strengths
    assert len(draw_shared_pattern(module, outputs=4).panels) == 3


class Stacked(nn.Module):
    """Three layers that read all maps before them; a source has two."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(1, 2, 3, padding=1)
        self.steps = nn.ModuleList(nn.Sequential(nn.ReLU(), nn.Conv2d(2 + 2 * n, 2, 3, padding=1)) for n in range(3))

    def forward(self, x):
        x = self.first(x)
        for step in self.steps:
            x = torch.cat([x, step(x)], dim=1)
        return x


def test_a_layer_whose_sources_are_cut_reads_the_others_as_before():
    chain, images = Stacked(), torch.rand(4, 1, 8, 8)
    assert torch.equal(keep_sources(chain, "nearest", 3, maps=2)(images), chain(images))
    nearest, oldest = (keep_sources(chain, which, 1, maps=2).steps[2][1].weight for which in ("nearest", "oldest"))
    last = chain.steps[2][1].weight  # reads three sources: maps 0 and 1, 2 and 3, 4 and 5
    assert torch.equal(nearest[:, 4:], last[:, 4:]) and not nearest[:, :4].any()
    assert torch.equal(oldest[:, :2], last[:, :2]) and not oldest[:, 2:].any()
    one, again = (keep_sources(chain, "random", 1, maps=2).steps[2][1].weight for _ in range(2))
    assert torch.equal(one, again) and one.any((0, 2, 3)).sum() == 2  # one source of two maps, whichever
    with pytest.raises(ValueError, match="one of nearest, oldest, random, not 'newest'"):
        keep_sources(chain, "newest", 1, maps=2)


def test_kernels_of_one_input_share_as_many_patterns_as_asked(module):
    def ranks(copied):
        weight = [part for part in copied.modules() if isinstance(part, nn.Conv2d)][1].weight.detach()
        return [torch.linalg.matrix_rank(weight[:, i].flatten(1), rtol=1e-4).item() for i in range(8)], weight

    assert ranks(with_shared_patterns(module, 1))[0] == [1] * 8
    assert ranks(with_shared_patterns(module, 3))[0] == [3] * 8
    torch.testing.assert_close(ranks(with_shared_patterns(module, 9))[1], ranks(module)[1])  # 3 x 3 = 9: any kernels


def test_batch_norm_measured_anew_describes_the_digits_and_no_weight_moves(module):
    shifted = copy.deepcopy(module)
    (norm,) = [part for part in shifted.modules() if isinstance(part, nn.BatchNorm2d)]
    norm.running_mean += 5
    assert score(shifted) < score(module) - 10  # with means that are wrong
    mended, same = remeasure(shifted).state_dict(), remeasure(module).state_dict()
    assert all(torch.equal(a, b) for a, b in zip(mended.values(), same.values()))  # the old ones do not matter
    assert all(torch.equal(mended[name], weight) for name, weight in module.named_parameters())


def test_a_chain_that_scales_by_a_half_fades_by_a_half():
    class Half(nn.Module):
        def forward(self, x):
            return x / 2

    def chain():
        return nn.Sequential(nn.Flatten(), nn.Linear(64, 10), *[Half() for _ in range(4)])

    sizes = gradient_sizes(chain, blocks=slice(2, 6))
    assert sizes == pytest.approx([1 / 8, 1 / 4, 1 / 2, 1])  # a step halves what the one behind it receives
    with pytest.raises(ValueError, match="start is one of default, Xavier, He"):
        gradient_sizes(chain, start="Lecun")


def test_zeros_at_the_border_take_a_part_of_the_gradient_and_wrapped_maps_take_none():
    """Kernels of ninths: a place gets back its share, 1, if maps wrap around; with zeros a corner gets 4 of 9."""

    def chain():
        layers = [nn.Conv2d(1, 1, 3, padding=1, bias=False) for _ in range(2)]
        for layer in layers:
            nn.init.constant_(layer.weight, 1 / 9)
        return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1, 10))

    assert gradient_sizes(chain, blocks=slice(2), wrapped=True)[0] == pytest.approx(1)
    a_row = sum([(n / 3) ** 2 for n in (2, 3, 3, 3, 3, 3, 3, 2)]) / 8
    assert gradient_sizes(chain, blocks=slice(2))[0] == pytest.approx((a_row * a_row) ** 0.5)


def test_weights_start_as_they_are_told():
    """Xavier: 6 / (3 * 3 * 8 + 3 * 3 * 8) is the square of the largest weight; He: the variance is 2 / (3 * 3 * 8)."""
    layers = {start: nn.Conv2d(8, 8, 3, padding=1) for start in ("default", "Xavier", "He")}
    before = layers["default"].weight.clone()

    def chain(start):
        return nn.Sequential(nn.Conv2d(1, 8, 1), layers[start], nn.Flatten(), nn.Linear(512, 10))

    for start in layers:
        gradient_sizes(lambda: chain(start), start=start, blocks=slice(1, 3))
    largest = layers["Xavier"].weight.abs().max().item()
    assert 0.9 * (6 / 144) ** 0.5 < largest <= (6 / 144) ** 0.5
    assert layers["He"].weight.var().item() == pytest.approx(2 / 72, rel=0.2)
    assert torch.equal(layers["default"].weight, before)


def test_the_gradient_of_a_stack_fades_without_batch_norm_and_grows_with_it():
    assert gradient_at_first(1) == 1
    assert gradient_at_first(10) < 0.01
    assert gradient_at_first(10, norm=True) > 1
    assert gradient_at_first(10, "He") > 10 * gradient_at_first(10, "Xavier") > 100 * gradient_at_first(10)


def test_a_network_takes_some_time():
    assert 0 < milliseconds(reader(), repeats=2) < 1e4


def test_an_audit_counts_what_comes_out():
    resnet = ledger.audit("resnet")
    assert resnet.printed == resnet.right + resnet.partly + resnet.wrong + resnet.cited > 0
    with pytest.raises(ConvcostError, match="chapters/audit/nothing"):
        ledger.audit("nothing")


def test_what_is_kept_for_backward_is_what_the_layers_need():
    """A convolution keeps its input, a ReLU its output; a sum keeps nothing, weights and running means are there."""
    conv, norm = nn.Conv2d(3, 5, 1), nn.BatchNorm2d(3)
    assert kept_for_backward(nn.Sequential(conv, nn.ReLU()), (1, 3, 8, 8)) == 3 * 8 * 8 + 5 * 8 * 8
    assert kept_for_backward(norm, (2, 3, 8, 8)) == 2 * 3 * 8 * 8 + 2 * 3  # its input, a mean and a deviation a channel


@pytest.mark.parametrize("norm", [False, True])
def test_the_small_googlenet_has_57_convolutions_two_heads_and_a_loss_for_each_classifier(norm):
    net = SmallGoogLeNet(norm, "He")
    convolutions = [layer for layer in net.modules() if isinstance(layer, nn.Conv2d)]
    assert len(convolutions) == 1 + 9 * 6 + 2 and all(not layer.bias.any() for layer in convolutions)
    assert sum(isinstance(layer, nn.BatchNorm2d) for layer in net.modules()) == norm * len(convolutions)
    begin, losses = net(torch.zeros(2, 1, 8, 8), torch.tensor([0, 1]))
    assert begin.shape == (2, 24, 8, 8) and len(losses) == 3


def test_heads_lift_the_first_gradient_where_it_fades_and_hardly_where_it_does_not():
    """PyTorch's start lets the gradient fade, He's does not; batch norm mends either."""
    assert gain_by_heads(False, "default", seed=0) > 30
    assert 0.9 < gain_by_heads(False, "He", seed=0) < 2 and 0.9 < gain_by_heads(True, "default", seed=0) < 2


def test_a_shifted_image_is_the_image_in_one_of_nine_places():
    image = torch.arange(1.0, 17).reshape(1, 1, 4, 4)
    torch.manual_seed(0)
    found = {tuple(moved.flatten().tolist()) for moved in shifted(image.repeat(200, 1, 1, 1))}
    padded = nn.functional.pad(image, (1, 1, 1, 1))
    places = [padded[..., y : y + 4, x : x + 4] for y in range(3) for x in range(3)]
    assert found == {tuple(place.flatten().tolist()) for place in places}
