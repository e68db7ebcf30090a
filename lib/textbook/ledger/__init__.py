"""The ledger: every number that the five source documents print, held against what the library computes.

    printed("lecture-vgg16-stage2-macs", vgg16.stage(2).count("macs_bias"))

shows the printed and the computed value with the verdict, and leaves a trace in the cell's output from which
`convcost ledger` and the ledger page are made. A computed value must be a quantity that was counted (see
`convcost.quantity`): a plain number is refused. A statement takes a claim, or two: see `conditional`.
"""

from .display import MIME, Comparison, printed, printed_table
from .formulas import formula
from .records import expression, row, rows, source_value
from .state import Audit, audit, collect, report, summary
from .verdicts import COLOURS, VERDICTS, Conditional, conditional, verdict

__all__ = [
    "COLOURS",
    "MIME",
    "VERDICTS",
    "Audit",
    "Comparison",
    "Conditional",
    "audit",
    "collect",
    "conditional",
    "expression",
    "formula",
    "printed",
    "printed_table",
    "report",
    "row",
    "rows",
    "source_value",
    "summary",
    "verdict",
]
