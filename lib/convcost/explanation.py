"""Why two conventions count one network differently: their difference as a sum of terms that each have a name."""

from math import prod

from .conventions import convention
from .table import html_table, text_table

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


def explain(network, a, b):
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

    def __init__(self, network, a, b):
        self.network, self.a, self.b = network, a, b
        numbers = {}
        for node in network.layers:
            in_a, in_b = _plain(node, a.weights(node)), _plain(node, b.weights(node))
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
    def difference(self):
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


def _plain(node, weights):
    """Return the weights in terms that two conventions share, where they name one thing in different ways."""
    plain = {}
    for measure, weight in weights.items():
        for name, factor in _same(node, measure).items():
            plain[name] = plain.get(name, 0) + weight * factor
    return {name: weight for name, weight in plain.items() if weight}


def _same(node, measure):
    """Return what a measure of a node is a sum of: {measure: factor}."""
    if "macs" in node.operations:  # n products are summed by n - 1 additions; a bias is one more
        first = {} if node.kind == "ConvTranspose2d" else {"outputs": -1}
        if measure == "multiplications" or (measure == "gathered" and node.kind == "Conv2d"):
            return {"macs": 1}
        if measure == "additions":
            return {"macs": 1, **first, "biases": 1}
        if measure == "own_params" and len(node.inputs[0].shape) == 1:
            return {"macs": 1, "biases": 1}
    elif (
        measure in ("outputs", "inputs", "scaled", "shifted", "multiplications", "additions")
        and node.layer.in_place
        and node.measure(measure) == prod(node.output.shape)
    ):
        return {"values": 1}
    return {measure: 1}
