"""Counting conventions as data: what a network's raw operations add up to, for papers and for counting tools."""

from .base import Convention
from .registry import all_conventions, convention
from .standard import CONVENTIONS, CONVNET_BURDEN, FLOPS, MACS, MACS_BIAS, MACS_CONV, TWO_PER_MAC

__all__ = [
    "CONVENTIONS",
    "CONVNET_BURDEN",
    "FLOPS",
    "MACS",
    "MACS_BIAS",
    "MACS_CONV",
    "TWO_PER_MAC",
    "Convention",
    "all_conventions",
    "convention",
]
