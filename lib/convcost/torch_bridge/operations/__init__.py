"""Which layer each of torch's own operations is; each file handles one family of them."""

from . import (
    activations,
    arithmetic,
    joining,
    movements,
    normalization,
    padding,
    pooling,
    products,
    reducing,
    resizing,
)
from .movements import KEEP_ORDER
from .registry import MAKES_CONSTANTS, MOVES, OPERATIONS, PRODUCTS

__all__ = [
    "KEEP_ORDER",
    "MAKES_CONSTANTS",
    "MOVES",
    "OPERATIONS",
    "PRODUCTS",
    "activations",
    "arithmetic",
    "joining",
    "movements",
    "normalization",
    "padding",
    "pooling",
    "products",
    "reducing",
    "resizing",
]
