"""How a layer is spelled, by which some counting tools see it: "nn.ReLU", "F.relu", "torch.add", "+"."""

from collections.abc import Callable
from functools import cache

from convcost.extras import torch

from .. import layers
from ..conventions.tools import CONV_DERIVED, DERIVED, SAME

# Modules of torch that are layers of another kind, or several.
OTHERS = {"Conv1d", "ConvTranspose1d", "Softmax2d", "Softmin"}
OPERATORS = {"add": "+", "sub": "-", "mul": "*", "div": "/", "matmul": "@"}  # x + y is Tensor.add to torch's hooks


@cache
def spelled(module_class: type, function: Callable, padding_is_a_word: bool) -> str:
    """Return how a module spells a layer: by a module of torch, by a function, or by an operator."""
    same = SAME if padding_is_a_word else ""
    classes = module_class.__mro__[1 if "__del__" in vars(module_class) else 0 :]  # a stand-in's class comes before
    for depth, cls in enumerate(classes):
        if cls.__module__.startswith("torch.nn.modules") and (cls.__name__ in layers.__all__ or cls.__name__ in OTHERS):
            prefix = CONV_DERIVED if "Conv" in module_class.__name__ else DERIVED
            return f"{prefix if depth else ''}nn.{cls.__name__}{same}"
    return spelling(function) + same


def spelling(function: Callable) -> str:
    """Return the name of a function of torch, as code calls it."""
    name = getattr(function, "__name__", "unknown").rstrip("_")
    for prefix, place in (("F", torch.nn.functional), ("torch", torch)):
        if getattr(place, name, None) is function and not name.startswith("max_pool"):
            return f"{prefix}.{name}"
    if "max_pool" in name:  # F.max_pool2d passes itself on as torch.max_pool2d
        return f"F.{name}"
    return OPERATORS.get(name.removeprefix("__").removesuffix("__"), f"torch.{name}")
