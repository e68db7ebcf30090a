"""What several lessons do in the same way: train on the bundled digits, score, time, measure batch norm anew,
listen to what is kept for the backward pass.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Literal

from convcost import Network, plots
from convcost.extras import torch
from convcost.plots import Drawing
from convcost.torch_bridge import to_torch
from convcost.zoo.googlenet import AUXILIARY_AFTER, INCEPTION
from torch import nn
from torch.nn.functional import cross_entropy, pad

from .datasets import digits
from .timing import ready, times


def trained(
    network: Network | Callable[[], nn.Module], seed: int, epochs: int = 10, batch: int = 128, lr: float = 5e-3
) -> nn.Module:
    """Return a module in evaluation mode, trained by AdamW to read 8 x 8 digits (about 3 s).

    network: what the module is built from, or a function that makes it.
    """
    torch.manual_seed(seed)
    module = to_torch(network) if isinstance(network, Network) else network()
    optimizer = torch.optim.AdamW(module.parameters(), lr=lr)
    for _ in range(epochs):
        _one_pass(module, optimizer, batch, *_training())
    return module.eval()


def fit(
    make: Callable[[], nn.Module],
    seed: int,
    epochs: int = 5,
    lr: float = 0.08,
    batch: int = 128,
    data: tuple[torch.Tensor, torch.Tensor] | None = None,
) -> tuple[nn.Module, float]:
    """Make a module from this seed and train it on the digits by SGD whose step shrinks to a twentieth.

    data: images and labels (default: all training digits). Returns the module, in evaluation mode, and its mean
    training loss in the last pass.
    """
    torch.manual_seed(seed)
    module, loss = make(), float("nan")
    optimizer = torch.optim.SGD(module.parameters(), lr=lr, momentum=0.9)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1, 0.05, total_iters=epochs)
    for _ in range(epochs):
        loss = _one_pass(module, optimizer, batch, *(data or _training()))
        schedule.step()
    return module.eval(), loss


def _training():
    """Images and labels of the training digits."""
    return map(torch.from_numpy, digits()[:2])


def _one_pass(module, optimizer, batch, images, labels):
    """Show every image once, in an order that the seed has drawn; returns the mean loss."""
    total = 0.0
    for part in torch.randperm(len(images)).split(batch):
        optimizer.zero_grad()
        loss = cross_entropy(module(images[part]), labels[part])
        loss.backward()
        optimizer.step()
        total += loss.item() * len(part)
    return total / len(images)


def learn_few(
    make: Callable[[], nn.Module],
    seed: int,
    shuffled: bool = False,
    shifts: bool = False,
    images: int = 100,
    steps: int = 150,
) -> tuple[float, float]:
    """Train a module by Adam on so few digits, all at every step; return the percentages right of its own and of new.

    shuffled: its own images carry each other's labels, and only the labels that they carry count as right; shifts:
    each step moves every image by up to a pixel. The step's size shrinks to a twentieth.
    """
    torch.manual_seed(seed)
    every, every_label, new, answers = map(torch.from_numpy, digits())
    chosen = torch.randperm(len(every))[:images]
    own, labels = every[chosen], every_label[chosen]
    if shuffled:
        labels = labels[torch.randperm(images)]
    module = make()
    optimizer = torch.optim.Adam(module.parameters(), lr=0.01)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1, 0.05, steps)
    for _ in range(steps):
        optimizer.zero_grad()
        cross_entropy(module(shifted(own) if shifts else own), labels).backward()
        optimizer.step()
        schedule.step()
    module.eval()
    return score(module, own, labels), score(module, new, answers)


def shifted(images: torch.Tensor) -> torch.Tensor:
    """Return a batch of images, each moved by up to a pixel up or down and to a side; zeros come in at the border."""
    height, width = images.shape[2:]
    corners = torch.randint(0, 3, (len(images), 2)).tolist()
    padded = zip(pad(images, (1, 1, 1, 1)), corners)
    return torch.stack([image[:, y : y + height, x : x + width] for image, (y, x) in padded])


@torch.no_grad()
def score(module: nn.Module, *data: torch.Tensor) -> float:
    """Return the percentage of digits that the module reads. data: images and labels (default: the new digits)."""
    images, labels = data or map(torch.from_numpy, digits()[2:])
    return 100 * (module(images).argmax(1) == labels).float().mean().item()


@torch.no_grad()
def remeasure(module: nn.Module) -> nn.Module:
    """Return a copy whose batch norms have measured means and variances anew, on 512 digits; no weight moves."""
    module = copy.deepcopy(module)
    for part in module.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.reset_running_stats()
            part.momentum = None
    module.train()(torch.from_numpy(digits()[0][:512]))
    return module.eval()


@torch.no_grad()
def with_shared_patterns(module: nn.Module, patterns: int) -> nn.Module:
    """Return a copy in which the kernels that read one input channel are mixtures of so few patterns.

    All convolutions but the first; the mixtures are the nearest ones to the kernels (singular value decomposition).
    """
    module = copy.deepcopy(module)
    for layer in [part for part in module.modules() if isinstance(part, nn.Conv2d)][1:]:
        by_input = layer.weight.flatten(2).transpose(0, 1)  # input channel, output channel, position in the kernel
        left, sizes, right = torch.linalg.svd(by_input, full_matrices=False)
        near = (left * sizes[:, None])[..., :patterns] @ right[:, :patterns]
        layer.weight.copy_(near.transpose(0, 1).reshape(layer.weight.shape))
    return module


def draw_shared_pattern(module: nn.Module, channel: int = 1, outputs: int = 6) -> Drawing:
    """Draw how the first outputs of the second convolution read one input channel, before and after sharing a pattern.

    The kernels as they are; the one pattern of `with_shared_patterns(module, 1)`; that pattern times each strength.
    """

    def kernels(of):
        layer = [part for part in of.modules() if isinstance(part, nn.Conv2d)][1]
        return layer.weight.detach()[:outputs, channel]

    copied = kernels(with_shared_patterns(module, 1))
    pattern = copied[copied.flatten(1).norm(dim=1).argmax()]
    strengths = (copied * pattern).sum((1, 2)) / (pattern**2).sum()
    written = ", ".join([f"{strength:.1f}".replace("-", "−") for strength in strengths.tolist()])
    return plots.kernels(
        {
            "trained: each output has its own": kernels(module).tolist(),
            "the one pattern that all shall share": [pattern.tolist()],
            f"its copies: times {written}": copied.tolist(),
        },
        caption="Blue is positive, orange negative. Each copy is the same pattern, weaker or stronger; times a negative"
        " number, its colours change places.",
        alt=f"Three rows of small pictures of 3 by 3 cells. The {outputs} of the first row all differ. The second row"
        f" is a single one. The {outputs} of the third are this one, stronger, weaker or with the signs turned.",
    )


@torch.no_grad()
def keep_sources(chain: nn.Module, which: Literal["nearest", "oldest", "random"], sources: int, maps: int) -> nn.Module:
    """Return a copy whose stacked layers read only so many of their sources; batch norm is measured anew.

    chain: holds the layers in one ModuleList; each is a sequence that ends with a convolution, and what that reads is a
    stack of sources of `maps` maps each, the oldest first. The weights on all others become zero; nothing is trained.
    "random" draws them anew for each layer, and the same at each call.
    """
    orders = {  # of a layer's sources: whichever come first are kept
        "nearest": lambda n: list(reversed(range(n))),
        "oldest": lambda n: list(range(n)),
        "random": lambda n: torch.randperm(n, generator=chance).tolist(),
    }
    if which not in orders:
        raise ValueError(f"which is one of {', '.join(orders)}, not {which!r}")
    chain, chance = copy.deepcopy(chain), torch.Generator().manual_seed(0)
    (layers,) = [part for part in chain.modules() if isinstance(part, nn.ModuleList)]
    for layer in layers:
        weight = layer[-1].weight
        by_source = weight.unflatten(1, (-1, maps))  # kernel, source, map of the source, position
        read = torch.zeros_like(by_source)
        kept = orders[which](by_source.shape[1])[:sources]
        read[:, kept] = by_source[:, kept]
        weight.copy_(read.flatten(1, 2))
    return remeasure(chain)


STARTS = {  # how the weights of convolutions are drawn -> a function that draws them anew; None: as PyTorch does
    "default": None,
    "Xavier": nn.init.xavier_uniform_,
    "He": nn.init.kaiming_normal_,
}


def gradient_sizes(
    make: Callable[[], nn.Sequential],
    norm: bool = True,
    start: str = "default",
    blocks: slice = slice(2, -3),
    seed: int = 0,
    wrapped: bool = False,
) -> list[float]:
    """Return the size of the loss's gradient behind each block, over that behind the last, on 256 digits, untrained.

    make: gives the module, a sequence whose `blocks` are compared; norm: keep its batch norms; start: how the weights
    of its convolutions are drawn, "default" (by PyTorch), "Xavier" (Glorot and Bengio, 2010) or "He" (so that a ReLU
    keeps the signal's size; He and others, 2015); wrapped: maps go on at their opposite border, in place of the zeros
    that convolutions pad with, which take a part of the gradient. Batch norm works as in training.
    """
    if start not in STARTS:
        raise ValueError(f"start is one of {', '.join(STARTS)}, not {start!r}")
    torch.manual_seed(seed)
    module, maps = make(), []
    for part in list(module.modules()):
        if STARTS[start] and isinstance(part, nn.Conv2d):
            STARTS[start](part.weight)
        if wrapped and isinstance(part, nn.Conv2d):
            part.padding_mode = "circular"
        for name, child in part.named_children():
            if not norm and isinstance(child, nn.BatchNorm2d):
                setattr(part, name, nn.Identity())
    for block in module[blocks]:
        block.register_forward_hook(lambda part, inputs, output: maps.append(output))
    images, labels = (torch.from_numpy(array[:256]) for array in digits()[:2])
    gradients = torch.autograd.grad(cross_entropy(module(images), labels), maps)
    last = gradients[-1].norm()
    return [(gradient.norm() / last).item() for gradient in gradients]


def gradient_at_first(convolutions: int, start: str = "default", norm: bool = False, seed: int = 0) -> float:
    """Return the gradient at the output of a stack's first convolution, over that at the last one's, untrained.

    Each of the convolutions is 3 x 3, gives 16 channels and is followed by batch norm, if `norm` says so, and by ReLU;
    at the end stand average pooling and a fully connected layer. start: how their weights are drawn, as in `STARTS`.
    """

    def stack():
        layers = []
        for number in range(convolutions):
            conv = nn.Conv2d(16 if number else 1, 16, 3, padding=1, bias=False)
            layers.append(nn.Sequential(conv, nn.BatchNorm2d(16), nn.ReLU()))
        return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, 10))

    return gradient_sizes(stack, norm, start, blocks=slice(-3), seed=seed)[0]


def kept_for_backward(module: nn.Module, shape: tuple[int, ...] = (1, 3, 224, 224)) -> int:
    """Return how many values of 4 bytes PyTorch keeps for the backward pass when images of this shape run forward.

    Each piece of memory counts once; weights and what batch norm remembers of earlier batches are there anyway.
    """
    tensors = [*module.parameters(), *module.buffers()]
    anyway = {tensor.untyped_storage().data_ptr() for tensor in tensors}
    found, alive = {}, []

    def keep(tensor):
        memory = tensor.untyped_storage()
        found[memory.data_ptr()] = memory.nbytes() // 4
        alive.append(tensor)  # else its place could be given to another one
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        module(torch.rand(shape))
    return sum([values for place, values in found.items() if place not in anyway])


class SmallGoogLeNet(nn.Module):
    """GoogLeNet's nine modules at an eighth of the width, for digits of 8 x 8, with its two auxiliary heads.

    It gives the map behind the stem and the losses of the heads behind 4a and 4d and of the last classifier.
    norm: batch norm behind each convolution; start: how the weights of the convolutions are drawn, as in `STARTS`.
    """

    def __init__(self, norm: bool = False, start: str = "default"):
        super().__init__()

        def conv(inputs, outputs, kernel):
            layer = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2)
            return nn.Sequential(layer, *[nn.BatchNorm2d(outputs)] * norm, nn.ReLU())

        def classifier(inputs):
            features = [nn.AdaptiveAvgPool2d(4), conv(inputs, 16, 1), nn.Flatten()]
            return nn.Sequential(*features, nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10))

        self.stem, self.body, self.heads, i = conv(1, 24, 3), nn.ModuleList(), nn.ModuleDict(), 24
        for name, widths in INCEPTION.items():
            one, reduce3, three, reduce5, five, projected = (max(2, width // 8) for width in widths)
            branches = [
                conv(i, one, 1),
                nn.Sequential(conv(i, reduce3, 1), conv(reduce3, three, 3)),
                nn.Sequential(conv(i, reduce5, 1), conv(reduce5, five, 5)),
                nn.Sequential(nn.MaxPool2d(3, stride=1, padding=1), conv(i, projected, 1)),
            ]
            self.body.append(nn.ModuleList(branches))
            i = one + three + five + projected
            if name in AUXILIARY_AFTER:
                self.heads[name] = classifier(i)
        self.heads["5b"] = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(i, 10))
        for layer in self.modules():
            if STARTS[start] and isinstance(layer, nn.Conv2d):
                STARTS[start](layer.weight)
                nn.init.zeros_(layer.bias)

    def forward(self, images: torch.Tensor, labels: torch.Tensor) -> tuple[torch.Tensor, list[torch.Tensor]]:
        """Return the map behind the stem, and the three losses."""
        x = begin = self.stem(images)
        losses = []
        for name, branches in zip(INCEPTION, self.body):
            x = torch.cat([branch(x) for branch in branches], dim=1)
            if name in self.heads:
                losses.append(cross_entropy(self.heads[name](x), labels))
        return begin, losses


def gain_by_heads(norm: bool, start: str, seed: int) -> float:
    """Return by what factor its heads lift the gradient behind the small GoogLeNet's stem, on 64 digits, untrained.

    norm, start: as in `SmallGoogLeNet`; the heads' losses count 0.3 each, as in the paper.
    """
    images, labels = (array[:64] for array in _training())
    torch.manual_seed(seed)
    begin, (head_a, head_d, main) = SmallGoogLeNet(norm, start)(images, labels)
    alone, together = (
        torch.autograd.grad(loss, begin, retain_graph=True)[0].norm() for loss in (main, main + 0.3 * (head_a + head_d))
    )
    return (together / alone).item()


def milliseconds(network: Network, repeats: int = 9) -> float:
    """Return the median time of one run for one image, on this machine."""
    return 1e3 * times({"it": ready(network)}, repeats)["it"].median
