"""Drawings of any network, from its graph.

`blocks`, `architecture` and `reads` are SVG of our own and need nothing but Python. The figures and charts (`shares`,
`lines`, `axes`, ...) are drawn by Matplotlib, which is imported when the first of them is used.

    from convcost import models, plots
    net = models.resnet18()
    plots.blocks({"basic": net["conv2_x.block1"]})
    plots.architecture(net)
    plots.reads("standard", "depthwise, then pointwise")
"""

from .block_panels import blocks
from .colours import BLUE, COLOURS, GREEN, GREY, ORANGE, PURPLE
from .drawing import Drawing
from .network_panel import architecture
from .path_panels import paths
from .reading_panels import reads
from .words import engineering

FIGURES = (
    "axes",
    "branches",
    "connections",
    "feature_maps",
    "receptive_fields",
    "shares",
    "shares_by_block",
    "sliding_window",
)
CHARTS = ("cost_by_part", "kernels", "lines")

__all__ = [
    "BLUE",
    "COLOURS",
    "GREEN",
    "GREY",
    "ORANGE",
    "PURPLE",
    "Drawing",
    "architecture",
    "blocks",
    "engineering",
    "paths",
    "reads",
    *CHARTS,
    *FIGURES,
]


def __getattr__(name):
    from importlib import import_module

    for module, names in (("charts", CHARTS), ("figures", FIGURES)):
        if name in (module, *names):
            found = import_module("." + module, __name__)
            return found if name == module else getattr(found, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
