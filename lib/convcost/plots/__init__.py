"""Drawings of any network, from its graph, and charts in the same look.

`blocks`, `choices`, `architecture`, `reads`, `stacks`, `scalings`, `volume`, `windows`, `bars` and `cells` are SVG of
our own and need nothing but Python. The charts with axes (`axes` and `chart`, `lines`, `points`, `receptive_fields`)
are drawn by Matplotlib, which is imported when the first of them is used.

    from convcost import models, plots
    net = models.resnet18()
    plots.blocks({"basic": net["conv2_x.block1"]})
    plots.architecture(net)
    plots.reads("standard", "depthwise, then pointwise")
    plots.shares_by_block(net, caption="Half of the parameters sit in the last stage.")

    ax = plots.axes()
    ax.plot([1, 2, 3], [1, 4, 9], "o-", color=plots.BLUE, label="squares")
    plots.chart(ax, caption="Squares grow faster and faster.")
"""

from .bars import bars, cost_by_part, shares, shares_by_block
from .block_panels import blocks
from .cells import cells, kernels
from .choice_panels import choices
from .colours import BLUE, COLOURS, GREEN, GREY, ORANGE, PURPLE
from .drawing import Drawing
from .network_panel import architecture
from .path_panels import paths
from .reading_panels import reads
from .scaling_panels import scalings
from .stack_panels import stacks
from .volumes import volume
from .windows import windows
from .words import engineering

CHARTS = ("axes", "chart", "lines", "names", "points", "receptive_fields")

__all__ = [
    "BLUE",
    "COLOURS",
    "GREEN",
    "GREY",
    "ORANGE",
    "PURPLE",
    "Drawing",
    "architecture",
    "bars",
    "blocks",
    "cells",
    "choices",
    "cost_by_part",
    "engineering",
    "kernels",
    "paths",
    "reads",
    "scalings",
    "shares",
    "shares_by_block",
    "stacks",
    "volume",
    "windows",
    *CHARTS,
]


def __getattr__(name):
    from importlib import import_module

    if name in ("figures", *CHARTS):
        found = import_module(".figures", __name__)
        return found if name == "figures" else getattr(found, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
