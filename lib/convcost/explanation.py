"""Why two conventions count one network differently: their difference as a sum of terms that each have a name."""

from math import prod

from .conventions import Convention, convention
from .table import html_table, text_table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .network import Layers

WORDS = {
    "macs": "multiply-accumulates",
    "own_params": "parameters",
    "once": "layers",
    "mean_windows": "cells in windows, outputs",
    "even_windows": "cells in windows",
    "window_cells": "cells in windows",
    "kernel_number": "outputs x kernel size",
    "gathered": "weights x output positions",
}
# Each of these is the number of values in a map, where a layer does one thing to each of them.
VALUES = ("outputs", "inputs", "scaled", "shifted", "multiplications", "additions")


def explain(network: "Layers", a: str | Convention, b: str | Convention) -> "Explanation":
    """Return how count(b) - count(a) of a network comes about, as an `Explanation`.

    network: a `Network` or a part of one; a and b: conventions, by name or as `Convention`. Each term is one thing
    that layers of one kind have (values, biases, ...), how many there are, and as how much each counts in a and in
    b; the differences of all terms, exact ints, add up to the difference of the totals.

        >>> from convcost import explain, models
        >>> explain(models.vgg16(), "macs", "two_per_mac").terms[0]["difference"]
        15346630656
    """
    return Explanation(network, convention(a), convention(b))


class Explanation:
    """The terms of a difference, the largest first; shows itself as a table.

    terms: dicts of kind, written (how code spells those layers), measure, number, a and b (weights), difference;
    difference: their sum; a, b: the conventions; network: what is counted.
    """

    def __init__(self, network: "Layers", a: Convention, b: Convention):
        self.network, self.a, self.b = network, a, b
        numbers = {}
        for node in network.layers:
            in_a, in_b = _in_shared_terms(node, a), _in_shared_terms(node, b)
            for measure in dict.fromkeys([*in_a, *in_b]):
                weights = in_a.get(measure, 0), in_b.get(measure, 0)
                if weights[0] != weights[1]:
                    key = node.kind, node.written, measure, *weights
                    number = node.output_elements if measure == "values" else node.measure(measure)
                    numbers[key] = numbers.get(key, 0) + number
        names = "kind", "written", "measure", "a", "b"
        terms = [
            {**dict(zip(names, key)), "number": number, "difference": (key[-1] - key[-2]) * number}
            for key, number in numbers.items()
            if number
        ]
        self.terms = sorted(terms, key=lambda term: -abs(term["difference"]))

    @property
    def difference(self) -> int:
        """What b counts more than a, as an exact int."""
        return sum([term["difference"] for term in self.terms])

    def _cells(self):
        """Return header, rows and totals as strings."""
        header = ["layers", "what they have", "number", f"in {self.a.name}", f"in {self.b.name}", "difference"]
        rows = [
            [
                _layers(t),
                WORDS.get(t["measure"], t["measure"].replace("_", " ")),
                f"{t['number']:,}",
                f"{t['a']}",
                f"{t['b']}",
                f"{t['difference']:+,}",
            ]
            for t in self.terms
        ]
        totals = [f"{int(self.network.count(rule)):,}" for rule in (self.a, self.b)]
        return header, rows, [self.network.name, "", "", *totals, f"{self.difference:+,}"]

    def __str__(self):
        return text_table(*self._cells(), words=2)

    __repr__ = __str__

    def _repr_html_(self):
        header, rows, total = self._cells()
        return html_table(header, rows, foot=total, words=2)


def _layers(term):
    """ReLU -> "ReLU", or "ReLU as F.relu" where it is not the module."""
    standard = term["written"] == f"nn.{term['kind']}" or "." not in term["written"]
    return term["kind"] if standard else f"{term['kind']} as {term['written']}"


def _in_shared_terms(node, rule):
    """Return what a convention counts in a layer, {measure: weight}, where two conventions call one thing alike."""
    weights = {}
    for measure, weight in rule.weights(node).items():
        for part, times in _parts(node, measure).items():
            weights[part] = weights.get(part, 0) + weight * times
    return {measure: weight for measure, weight in weights.items() if weight}


def _parts(node, measure):
    """Return what a measure of a layer is the sum of, {measure: times}."""
    if "macs" in node.operations:
        return _parts_of_sums(node).get(measure, {measure: 1})
    is_values = measure in VALUES and node.layer.in_place and node.measure(measure) == prod(node.output.shape)
    return {"values" if is_values else measure: 1}


def _parts_of_sums(node):
    """Return the parts of what a convolution or product does: n products need n - 1 additions, a bias one more."""
    first = {} if node.kind == "ConvTranspose2d" else {"outputs": -1}
    parts = {"multiplications": {"macs": 1}, "additions": {"macs": 1, **first, "biases": 1}}
    if node.kind == "Conv2d":
        parts["gathered"] = {"macs": 1}
    if len(node.inputs[0].shape) == 1:  # each weight is used once
        parts["own_params"] = {"macs": 1, "biases": 1}
    return parts
