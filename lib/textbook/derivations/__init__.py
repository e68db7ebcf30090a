"""Derivations in the text of a lesson: comments that no reader sees, checked whenever the notebook runs.

    VGG-16 spends 15.5 G<!--= vgg16.macs --> multiply-accumulates,
    more than half of it in one stage<!--? vgg16["stage2"].macs > vgg16.macs / 2 -->,
    and errs on 25.6 percent<!--@ simonyan2014, table 4 --> of the images. Given 64<!--# --> channels ...

    **Predict.** How many million?<!--predict = vgg16.macs / 1e6 ~ 10% | million MACs -->

=  the number before it, with its unit, is the expression's value at the printed precision
?  the sentence, or the part of it before the comment, holds; its numbers are covered
@  the number before it is cited: from a row of the ledger, a reference with its place, or "measured: where and how"
#  the numbers of the sentence before it are given, not derived
predict =  a question with the expression as its answer, within `~`; behind `|` the unit, or choices "a / b / c"

Expressions see the names that the notebook leaves behind. They change nothing and do not depend on their place.
"""

from .annotations import Annotation, Prediction, annotations, expressions
from .checks import problems
from .missing import assigned_twice, missing
from .values import MIME, asking_cell, shown, tell

__all__ = [
    "MIME",
    "Annotation",
    "Prediction",
    "annotations",
    "asking_cell",
    "assigned_twice",
    "expressions",
    "missing",
    "problems",
    "shown",
    "tell",
]
