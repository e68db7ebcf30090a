"""A DenseNet under the reader's hands: growth rate, layers and compression, and what they do to channels and costs."""

import json
from collections.abc import Mapping
from functools import cache

from convcost import FeatureMap, MaxPool2d, Network, ReLU, models
from convcost.memory import saved_for_backward
from convcost.plots import BLUE
from convcost.plots.drawing import Panel
from convcost.plots.glyphs import width
from convcost.zoo.blocks import classifier, conv_bn
from convcost.zoo.densenet import dense_blocks

from ..templates import filled, source
from .sliders import sliders

LAYERS = (1, 2, 4, 6, 8, 12, 16, 24, 32, 48, 64)
CHOICES = {
    "growth rate k": range(4, 49, 4),
    **{f"layers in block {n}": LAYERS for n in (1, 2, 3, 4)},
    "transitions divide by": (1, 2, 4),
}
DEFAULT = dict(zip(CHOICES, (32, 6, 12, 24, 16, 2)))
MEASURES = ("parameters", "MACs", "kept for training")
LEFT, RIGHT, TOP, HIGH = 44, 326, 26, 110  # units of the curve's plot
WIDE = 300  # of the longest bar

Setting = Mapping[str, int]


def blocks_of(setting: Setting) -> list[int]:
    """Return the layers of each block."""
    return [setting[f"layers in block {n}"] for n in (1, 2, 3, 4)]


def network(setting: Setting) -> Network:
    """Return the DenseNet of a setting, for images of 224 x 224 pixels and 1000 classes."""
    k = setting["growth rate k"]
    x = MaxPool2d(3, stride=2, padding=1)(ReLU()(conv_bn(FeatureMap(3, 224, 224), 2 * k, 7, stride=2)))
    x = dense_blocks(x, blocks_of(setting), k, compression=setting["transitions divide by"])
    return Network(classifier(x, 1000))


def costs(net: Network) -> list[int]:
    """Return parameters, MACs, and the values that torch keeps of one image for the backward pass."""
    return [int(net.params), int(net.macs), int(saved_for_backward(net.layers)[0])]


@cache
def rival() -> list[int]:
    """Return the costs of ResNet-50, as torchvision builds it."""
    return costs(models.resnet50(variant="torchvision"))


def stacks(setting: Setting) -> list[list[int]]:
    """Return of each block the channels that its layers read, and at the end those that it hands on."""
    k, channels, found = setting["growth rate k"], 2 * setting["growth rate k"], []
    for layers in blocks_of(setting):
        found.append([channels + k * layer for layer in range(layers + 1)])
        channels = found[-1][-1] // setting["transitions divide by"]
    return found


def curve(setting: Setting) -> tuple[str, int]:
    """Return the path of the channels over the layers, a line for each block, and the most channels."""
    found = stacks(setting)
    most, steps, path, at = max(map(max, found)), sum(map(len, found)), "", 0
    for block in found:
        points = []
        for channels in block:
            points.append(f"{LEFT + (RIGHT - LEFT) * at // steps},{TOP + HIGH - HIGH * channels // most}")
            at += 1
        path += "M" + "L".join(points)
    return path, most


def short(n: int) -> str:
    """Return a count with two digits behind the point: 7.98 M, 2.83 G."""
    unit, name = (10**9, "G") if n >= 10**9 else (10**6, "M")
    return f"{int(100 * n / unit + 0.5) / 100:.2f} {name}"


def ends(mine: int, other: int) -> list[float]:
    """Return the length of a bar and the place of the rival's mark, in tenths of a unit."""
    return [int(10 * WIDE * n / max(mine, other) + 0.5) / 10 for n in (mine, other)]


def sentence(setting: Setting) -> str:
    """Return in words how deep the network is, its widest stack, and whether it fits the running case of the book."""
    params, macs, kept = costs(network(setting))
    depth = 2 * sum(blocks_of(setting)) + 5
    ratio = int(100 * kept / rival()[2] + 0.5) / 100
    told = f"{depth} layers with weights, at most {curve(setting)[1]:,} channels"
    told += f"; for training it keeps {ratio:.2f} times as much as ResNet-50."
    over = [
        name for name, n, most in (("20 MB", 4 * params, 20 * 10**6), ("500 M MACs", macs, 500 * 10**6)) if n > most
    ]
    return f"{told} {'It fits our app.' if not over else 'Over the limit of our app: ' + ' and '.join(over) + '.'}"


class DenseControl:
    """Six sliders, the curve of the channels and three bars; shows itself in a notebook."""

    def __repr__(self):
        return sentence(DEFAULT)

    def _repr_html_(self):
        page = {"rival": rival(), "left": LEFT, "right": RIGHT, "top": TOP, "high": HIGH, "wide": WIDE}
        return filled(
            __package__,
            "dense.html",
            sliders=sliders(CHOICES, DEFAULT),
            sentence=sentence(DEFAULT),
            curve=_curve_panel(),
            bars=_bars_panel(),
            carried=json.dumps(page),
            style=source(__package__, "dense.css"),
            chosen=source(__package__, "sliders.js"),
            bill=source(__package__, "dense_bill.js"),
            page=source(__package__, "dense.js"),
        )


def _curve_panel():
    path, most = curve(DEFAULT)
    panel = Panel(330)
    panel.text(0, 14, "channels in the stack, layer by layer", "start", bold=True)
    panel.line(f"M{LEFT},{TOP}V{TOP + HIGH}H{RIGHT}", 0.8, 0.4)
    panel.parts.append(
        f'<text class="cc-most" x="{LEFT - 6}" y="{TOP + 9}" text-anchor="end" fill="INK">{most:,}</text>'
    )
    panel.text(LEFT - 6, TOP + HIGH, "0", "end")
    panel.text((LEFT + RIGHT) / 2, TOP + HIGH + 18, "layers, block after block")
    panel.parts.append(f'<path class="cc-curve" d="{path}" fill="none" stroke="{BLUE}" stroke-width="2.5"/>')
    alt = "Channels of the stack: a rising line in each block, and a fall at each transition"
    return _svg(panel, TOP + HIGH + 26, alt)


def _bars_panel():
    panel = Panel(330)
    for i, (measure, mine, other) in enumerate(zip(MEASURES, costs(network(DEFAULT)), rival())):
        top = 46 * i
        end, mark = ends(mine, other)
        panel.text(0, top + 14, measure, "start", bold=True)
        panel.parts.append(f'<rect class="cc-bar" x="0" y="{top + 20}" width="{end}" height="14" fill="{BLUE}"/>')
        panel.parts.append(
            f'<path class="cc-mark" d="M{mark},{top + 17}v20" fill="none" stroke="INK" stroke-width="2.5" '
            'stroke-dasharray="4 3"/>'
        )
        beside = width(measure, True) + 8
        panel.parts.append(f'<text class="cc-count" x="{beside:.5g}" y="{top + 14}" fill="INK">{short(mine)}</text>')
        panel.text(328, top + 14, f"ResNet-50: {short(other)}", "end", faint=True)
    return _svg(panel, 46 * len(MEASURES), "Parameters, MACs and values kept for training, beside those of ResNet-50")


def _svg(panel, height, alt):
    return (
        f'<svg viewBox="0 0 330 {height}" role="img" aria-label="{alt}" font-size="12" font-family="sans-serif">'
        f"{panel.inside('currentColor')}</svg>"
    )


def dense_control() -> DenseControl:
    """Return the control for the growth rate, the layers and the compression of a DenseNet."""
    return DenseControl()
