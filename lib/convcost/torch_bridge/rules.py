"""What is known of one of torch's operations, looked up once."""

from convcost.extras import torch
from torch.utils.flop_counter import flop_registry

from .operations import KEEP_ORDER, MAKES_CONSTANTS, MOVES, OPERATIONS, PRODUCTS

TURNS_ITSELF = {"t_", "transpose_", "squeeze_", "unsqueeze_"}
COMPOSITE = "CompositeImplicitAutograd"
RULES = {}


class Rule:
    """The name of an operation, what handles it, and what it may do to what it reads."""

    def __init__(self, function: torch._ops.OpOverload):
        self.name = function._schema.name.removeprefix("aten::")
        plain = self.name.removesuffix("_")
        self.in_place = plain != self.name and not self.name.startswith("_")
        self.mutates = function._schema.is_mutable
        self.out = any(a.is_out for a in function._schema.arguments)
        self.constant = self.name in MAKES_CONSTANTS
        self.move = MOVES.get(plain if self.name in TURNS_ITSELF else self.name)
        self.keeps_order = self.name in KEEP_ORDER
        self.operation, self.product = OPERATIONS.get(plain), PRODUCTS.get(plain)
        self.multiplies = function._overloadpacket in flop_registry or self.product is not None
        known = self.move or self.operation or self.constant
        self.composite = not known and torch._C._dispatch_has_kernel_for_dispatch_key(function.name(), COMPOSITE)


def rule_of(function: torch._ops.OpOverload) -> Rule:
    """Return the rule of an operation of torch's."""
    if function not in RULES:
        RULES[function] = Rule(function)
    return RULES[function]
