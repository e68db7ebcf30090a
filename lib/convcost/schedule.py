"""The order in which a network runs: what each layer reads, and which maps nobody needs any more after it."""

from .errors import ConvcostError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .layers.base import Node
    from .network import Network

    Names = tuple[str | None, ...]
    Step = tuple[Node, Names, Names]

INPUT = None  # the name of the map that no layer made


def run_order(
    network: "Network",
) -> "tuple[list[Step], Names]":
    """Return `(steps, outputs)` for a run that keeps each feature map under the name of its layer.

    steps: in forward order, `(node, reads, drops)`: the names of the maps that the layer reads, and of those
    that can be dropped once it has run; outputs: the names of the network's outputs.
    """
    for node in network.layers:
        if node.weights != node.layer.weights(*[x.shape for x in node.inputs]):
            raise ConvcostError(f"{node.name}: shares its weights or computes them; it can be counted, not run")
    outputs = tuple([_name(x) for x in network.outputs])
    reads = [tuple([_name(x) for x in node.inputs]) for node in network.layers]
    last_reader = {name: i for i, names in enumerate(reads) for name in names}
    steps = []
    for i, (node, names) in enumerate(zip(network.layers, reads)):
        done = [name for name in dict.fromkeys(names) if last_reader[name] == i and name not in outputs]
        steps.append((node, names, tuple(done)))
    return steps, outputs


def _name(x):
    return x.node.name if x.node else INPUT
