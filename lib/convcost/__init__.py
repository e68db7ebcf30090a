"""convcost: a network is a function over symbolic feature maps, and its costs are read off the graph.

    >>> from convcost import Conv2d, FeatureMap, Network
    >>> conv = Network(Conv2d(64, kernel_size=3, padding=1)(FeatureMap(3, 224, 224)))
    >>> conv.params, conv.macs
    (1792, 86704128)

The counting core is pure standard library. NumPy (`convcost.reference`, `convcost.numpy_run`), torch
(`convcost.torch_bridge`) and matplotlib (`convcost.plots`) are imported when they are used.
"""

from .conventions import (
    CONVENTIONS,
    CONVNET_BURDEN,
    FLOPS,
    MACS,
    MACS_BIAS,
    MACS_CONV,
    TWO_PER_MAC,
    Convention,
)
from .errors import ConvcostError
from .feature_map import FeatureMap
from .layers import *  # noqa: F403  (the layer kinds, listed in layers.__all__)
from .layers import __all__ as _kinds
from .network import Layers, Network
from .quantity import Claim, Count, Quantity, Ratio, all_hold, claim, evaluated, roughly

__all__ = [
    "CONVENTIONS",
    "CONVNET_BURDEN",
    "FLOPS",
    "MACS",
    "MACS_BIAS",
    "MACS_CONV",
    "TWO_PER_MAC",
    "Claim",
    "Convention",
    "ConvcostError",
    "Count",
    "FeatureMap",
    "Layers",
    "Network",
    "Quantity",
    "Ratio",
    "all_hold",
    "claim",
    "evaluated",
    "explain",  # noqa: F405  (made by __getattr__)
    "roughly",
    *_kinds,
]


def __getattr__(name):
    if name in ("models", "numpy_run", "plots", "reference", "table", "torch_bridge"):
        from importlib import import_module

        return import_module(f".{name}", __name__)
    if name == "explain":
        from .explanation import explain

        return explain
    if name == "from_torch":
        from .torch_bridge import from_torch

        return from_torch
    raise AttributeError(f"module 'convcost' has no attribute {name!r}")
