"""How long `from_torch` takes beside torch's own counter: python benchmarks/from_torch.py

FlopCounterMode runs the module on the meta device, where nothing is computed; `from_torch` reads the same module
with its numbers. Both take turns, so that a busy machine slows both; the ratio is the median over all turns. The
last columns are the memory that the first count needs, over all that was there before, and the ratio of a count at
the larger size to one at 224.
"""

import resource
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

import convcost
import torch
from convcost.torch_bridge import to_torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

NETWORKS = [("resnet50", 224), ("densenet121", 224), ("convnext_tiny", 224), ("convnext_tiny", 1024)]
TURNS = 15


class Block(nn.Module):
    """A depthwise convolution, then layer norm and two fully connected layers at each position, channels last."""

    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 7, padding=3, groups=channels)
        self.norm, self.act = nn.LayerNorm(channels), nn.GELU()
        self.fc1, self.fc2 = nn.Linear(channels, 4 * channels), nn.Linear(4 * channels, channels)
        self.scale = nn.Parameter(torch.ones(channels, 1, 1))

    def forward(self, x):
        y = self.norm(self.conv(x).permute(0, 2, 3, 1))
        return x + self.scale * self.fc2(self.act(self.fc1(y))).permute(0, 3, 1, 2)


class ChannelsLast(nn.LayerNorm):
    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


def convnext_tiny():
    """ConvNeXt-T (Liu et al. 2022), as it is mostly written."""
    layers = [nn.Conv2d(3, 96, 4, 4), ChannelsLast(96)]
    for channels, depth in ((96, 3), (192, 3), (384, 9), (768, 3)):
        layers += [Block(channels) for _ in range(depth)]
        layers += [ChannelsLast(channels), nn.Conv2d(channels, 2 * channels, 2, 2)] if channels < 768 else []
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.LayerNorm(768), nn.Linear(768, 1000))


def module_of(name):
    """Return a network as a torch module; those of `convcost.models` are made of torch's own."""
    made = convnext_tiny() if name == "convnext_tiny" else to_torch(convcost.models.get(name)(variant="torchvision"))
    return made.eval()


def seconds(action):
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def count_by_torch(module, image):
    with torch.no_grad(), FlopCounterMode(display=False):
        module(image)


def memory():
    """Return the most memory that this process had so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main():
    torch.set_num_threads(1)
    print(f"torch {torch.__version__}, one image; medians of {TURNS} turns")
    print(
        f"{'network':<16}{'side':>6}{'ours ms':>10}{'torch ms':>10}{'ratio':>8}{'goal':>6}{'MB more':>9}{'to 224':>8}"
    )
    at_224 = {}
    for name, side in NETWORKS:
        module, shape = module_of(name), (3, side, side)
        with torch.device("meta"):
            twin, image = module_of(name), torch.empty(1, *shape)
        before = memory()
        convcost.from_torch(module, shape)
        more = memory() - before
        times = [
            (seconds(lambda: convcost.from_torch(module, shape)), seconds(lambda: count_by_torch(twin, image)))
            for _ in range(TURNS)
        ]
        ours, theirs = map(statistics.median, zip(*times))
        ratio = statistics.median([a / b for a, b in times])
        growth = f"{ours / at_224.setdefault(name, ours):>8.2f}"
        print(f"{name:<16}{side:>6}{1e3 * ours:>10.1f}{1e3 * theirs:>10.1f}{ratio:>8.2f}{1.2:>6}{more:>9.0f}{growth}")


if __name__ == "__main__":
    main()
