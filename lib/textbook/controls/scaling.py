"""Depth, width and resolution of EfficientNet-B0 under the reader's hands, beside what the powers promise.

The page carries what the library computed for every setting; its script looks up and formats, no more.
"""

import json
from collections.abc import Mapping
from functools import cache

from convcost import models
from convcost.memory import saved_for_backward

from ..templates import filled, source
from .sliders import sliders

CHOICES = {
    "depth": (1, 1.2, 1.4, 2, 3, 4),
    "width": (1, 1.1, 1.2, 1.4, 2),
    "side of the image": (224, 260, 300, 380, 448),
}
DEFAULT = {"depth": 1, "width": 1, "side of the image": 448}
POWERS = {"MACs": (1, 2, 2), "parameters": (1, 2, 0), "values kept": (1, 1, 2)}  # of depth, width and side

Setting = Mapping[str, float]


@cache
def costs(depth: float, width: float, side: int) -> tuple[int, int, int]:
    """Return (MACs, parameters, values kept to train on one image) of one setting, as the library counts them."""
    net = models.efficientnet_b0(depth_mult=depth, width_mult=width, resolution=side)
    return int(net.macs), int(net.params), int(saved_for_backward(net.layers)[0])


def scaling_bill(setting: Setting) -> dict[str, tuple[str, str, str]]:
    """Return name -> (value, times that of B0, times by the powers alone) as text; a value kept has four bytes."""
    depth, width, side = setting.values()
    mine, base = costs(depth, width, side), costs(1, 1, 224)
    rule = [_rule(depth, width, side, power) for power in POWERS.values()]
    shown = [f"{int(mine[0] / 1e6 + 0.5):,} M", f"{_tenths(mine[1] / 1e6)} M", f"{int(4 * mine[2] / 1e6 + 0.5):,} MB"]
    return {
        name: (text, _times(n / of), _times(promised))
        for name, text, n, of, promised in zip(POWERS, shown, mine, base, rule)
    }


def _rule(depth, width, side, powers):
    of_width = width * width if powers[1] == 2 else width
    return depth * of_width * (side * side / 224**2 if powers[2] else 1)


def _tenths(value):
    return f"{int(10 * value + 0.5) / 10:.1f}"


def _times(value):
    return f"× {int(100 * value + 0.5) / 100:.2f}"


class ScalingControl:
    """Three sliders and the bill of the network that they make; shows itself in a notebook."""

    def __repr__(self):
        rows = (f"{name:12} {value:>8}  B0 {of:>7}  rule {rule:>7}" for name, (value, of, rule) in _default().items())
        return "\n".join([_title(DEFAULT), *rows])

    def _repr_html_(self):
        rows = "".join(
            f'<tr><th scope="row">{name}</th>{"".join(f"<td>{text}</td>" for text in row)}</tr>'
            for name, row in _default().items()
        )
        return filled(
            __package__,
            "scaling.html",
            sliders=sliders(CHOICES, DEFAULT),
            title=_title(DEFAULT),
            rows=rows,
            carried=json.dumps(carried(), separators=(",", ":")),
            chosen=source(__package__, "sliders.js"),
            bill=source(__package__, "scaling_bill.js"),
            page=source(__package__, "scaling.js"),
        )


def carried() -> list[list[list[tuple[int, int, int]]]]:
    """Return what the page carries: the costs at each side, at each width, at each depth."""
    depths, widths, sides = CHOICES.values()
    return [[[costs(d, w, s) for s in sides] for w in widths] for d in depths]


def _default():
    return scaling_bill(DEFAULT)


def _title(setting):
    depth, width, side = setting.values()
    return f"EfficientNet-B0, depth × {depth}, width × {width}, images of {side} × {side}"


def scaling_control() -> ScalingControl:
    """Return the control for the three ways to make EfficientNet-B0 larger."""
    return ScalingControl()
