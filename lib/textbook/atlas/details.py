"""All about one setting: totals, blocks, layers, what they count under each convention, the drawing."""

from collections.abc import Sequence

from convcost import Network, plots
from convcost.conventions import all_conventions
from convcost.plots.rows import folded, rows_of
from convcost.plots.words import JOINTS, pieces, shape_words, spaced

from .settings import Setting

BYTES = 4  # of a float32
FEW = 4  # blocks: where there are fewer, as in AlexNet, each layer stands by itself
FIGURES = ("params", "macs", "activations", "peak", "receptive_field", "depth")


def figures(network: Network) -> list[int]:
    """Return the totals of a network in the order of `FIGURES`; the peak of its maps in bytes of float32."""
    peak = BYTES * network.peak_activations
    values = network.params, network.macs, network.activations, peak, network.receptive_field, network.depth
    return [int(value) for value in values]


def details(setting: Setting) -> dict[str, object]:
    """Return what the page shows of one setting, ready for JSON.

    figures: as in `FIGURES`; counts: the total under each convention of the index; layers: [name, number of its costs];
    costs: [what the layer is, its output, parameters, a count for each convention]; blocks: [name, output, parameters,
    numbers of its layers, numbers of its drawn rows], which together are the whole network; rows: [words, how often
    it comes, numbers of the layers of the first, top, bottom] of each row that is drawn; drawing: HTML.
    """
    network = setting.build()
    number = {node: i for i, node in enumerate(network.layers)}
    costs, layers = {}, []
    for node in network.layers:
        layers.append([node.name, costs.setdefault(_cost(node), len(costs))])
    drawing = plots.architecture(network, title=setting.name)
    drawing.panels[0].wider = None  # the page points at rows of one form
    rows, drawn, row_of = rows_of(network), [], {}
    for run, times, first in _runs(rows):
        for i, row in enumerate(run):
            for again in range(times):
                row_of.update(dict.fromkeys(rows[first + i + again * len(run)].nodes, len(drawn)))
            words, top, bottom = drawing.panels[0].rows[len(drawn)]
            drawn.append([words, times, [number[node] for node in row.nodes], round(top, 1), round(bottom, 1)])
    return {
        "id": setting.id,
        "input": shape_words(network.input_shape),
        "figures": figures(network),
        "counts": [int(network.count(rule)) for rule in all_conventions().values()],
        "costs": [list(cost) for cost in costs],
        "layers": layers,
        "blocks": [
            [
                name,
                shape_words(nodes[-1].output.shape),
                int(sum([node.params for node in nodes])),
                [number[node] for node in nodes],
                list(dict.fromkeys([row_of[node] for node in nodes])),
            ]
            for name, nodes in blocks(network)
        ],
        "rows": drawn,
        "drawing": drawing._repr_html_(),
    }


def blocks(network: Network) -> list[tuple[str, Sequence]]:
    """Return (name, layers) of each block; where there are only two or three, of each layer with what follows it."""
    found = network.blocks()
    if len(found) >= FEW:
        return [(block.name.split("/")[-1], block.layers) for block in found]
    return [(row.nodes[0].name.split(".")[-1], row.nodes) for row in rows_of(network, "layer")]


def _runs(rows):
    """Yield (rows that are drawn, how often they come, number of the first)."""
    first = 0
    for run, times in folded(rows):
        yield run, times, first
        first += len(run) * times


def _cost(node):
    """Return what is told of a layer; layers that are alike have it in common."""
    counts = [int(rule.count(node)) for rule in all_conventions().values()]
    words = spaced(node.kind) if node.kind in JOINTS else ", ".join(pieces(node))  # no sign of its own in a sentence
    return words, shape_words(node.output.shape), int(node.params), *counts
