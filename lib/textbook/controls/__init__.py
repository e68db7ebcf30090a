"""Controls that a reader moves on the rendered page, without a server: plain HTML and a few lines of script.

Each control shows its default setting as the library computes it, so that the page reads well without scripts. The
script repeats the library's arithmetic; a test drives it through every setting and compares.
"""

from .conventions import ConventionSwitch
from .convolution import layer_control
from .curves import CurveSwitch
from .dense import dense_control
from .inception import inception_control
from .multipliers import multiplier_control
from .reward import reward_control
from .routing import routing_control
from .scaling import scaling_control
from .sort_table import SortTable
from .stack import stack_control
from .window import window_control

__all__ = [
    "ConventionSwitch",
    "CurveSwitch",
    "SortTable",
    "dense_control",
    "inception_control",
    "layer_control",
    "multiplier_control",
    "reward_control",
    "routing_control",
    "scaling_control",
    "stack_control",
    "window_control",
]
