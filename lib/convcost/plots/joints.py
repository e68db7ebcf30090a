"""Where ways through a network meet again: sums and stacks, and the shortcuts that lead to them."""

from .doors import doors_of_layers
from .words import FOLDED, kind_of


class Part:
    """Some layers of a network, in forward order."""

    def __init__(self, layers: list):
        self.layers = layers


class Joint:
    """A sum or a stack. door: the last layer through which all ways to it lead (None: the input); ways: of each, the
    layers with a row of their own.
    """

    def __init__(self, node, door, ways: list[list]):
        self.node, self.door, self.ways = node, door, ways

    @property
    def shortest(self):
        return min(self.ways, key=len)

    @property
    def is_shortcut(self) -> bool:
        """Is one of the ways empty, or, to a sum, a single layer beside several?"""
        few, most = len(self.shortest), max(map(len, self.ways))
        return few == 0 or (self.node.kind == "Add" and few == 1 < most)


def shown(node) -> bool:
    """Does a layer deserve a row? Not what is folded into others, moves or joins."""
    return node.kind not in FOLDED and kind_of(node) not in ("move", "join")


def joints(network) -> list[Joint]:
    """Return the sums and stacks of a network, or of a part of one, in forward order."""
    within, door_of = set(network.layers), doors_of_layers(network.layers)
    return [
        Joint(
            node,
            door_of[node],
            [_way(door_of[node], x.node if x.node in within else None, within) for x in node.inputs],
        )
        for node in network.layers
        if node.kind in ("Add", "Concat")
    ]


def _way(door, at, within):
    """Return the layers with a row on the way from a door to a joint, along first inputs."""
    layers = []
    while at is not door and at is not None:
        if shown(at):
            layers.append(at)
        at = at.inputs[0].node if at.inputs[0].node in within else None
    return layers


def detours(network) -> set:
    """Return the layers that stand on shortcuts: projections."""
    return {node for joint in joints(network) if joint.is_shortcut for node in joint.shortest}


def shortcuts(network, rows) -> list[tuple[int, int]]:
    """Return (first, last) row past which each shortcut runs, by number."""
    place = {node: i for i, node in enumerate(network.layers)}
    row_of = {node: number for number, row in enumerate(rows) for node in row.nodes}
    aside, spans = detours(network), set()
    for joint in joints(network):
        if joint.is_shortcut:
            passed = network.layers[place[joint.door] + 1 if joint.door else 0 : place[joint.node]]
            touched = [row_of[node] for node in passed if shown(node) and node not in aside]
            if touched:
                spans.add((min(touched), max(touched)))
    return sorted(spans)
