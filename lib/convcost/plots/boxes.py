"""From layers to boxes: batch norm and activations stand in the box of the convolution that they belong to."""

from ..errors import ConvcostError
from .words import FOLDED, kind_of, pieces

MOST = 150  # boxes that can be looked at


class Inlet:
    """A map that a part reads and does not make."""

    def __init__(self, output):
        self.output, self.readers, self.sources, self.number = output, [], [], -1


class Box:
    """A layer and what is folded into it: `before` and `after` are words, `sources` and `readers` its neighbours.

    output: the map that leaves it; kind: a key of `colours.FILLS`.
    """

    def __init__(self, node, sources, number):
        self.node, self.sources, self.number = node, sources, number
        self.readers, self.before, self.after = [], [], []
        self.output, self.kind = node.output, kind_of(node)

    @property
    def pieces(self):
        """What stands in the box, in the order in which it is done; a letter repeated is said once."""
        return [*self.before, *pieces(self.node), *self.after]

    @property
    def joins(self):
        return len(self.sources) > 1


def boxes_of(part) -> tuple[list[Inlet], list[Box]]:
    """Return the maps that a network, or a part of one, reads, and its boxes in forward order."""
    made, inlets, boxes = {}, [], []
    for number, node in enumerate(part.layers):
        sources = []
        for x in node.inputs:
            if x.node not in made:
                made[x.node] = Inlet(x)
                inlets.append(made[x.node])
            sources.append(made[x.node])
        made[node] = box = Box(node, sources, number)
        boxes.append(box)
        for source in dict.fromkeys(sources):
            source.readers.append(box)
    given = {x.node for x in getattr(part, "outputs", ())}
    boxes = _folded(boxes, {made[node] for node in given if node in made})
    if len(boxes) > MOST:
        raise ConvcostError(f"blocks draws at most {MOST} boxes, {part.name} has {len(boxes)}: draw one of its blocks")
    return inlets, boxes


def _folded(boxes, given):
    """Fold chains of batch norm and activations: into the layer before them, unless the part begins with such a chain
    (pre-activation): then what it begins with belongs to the layer behind it everywhere.
    """
    chains = _chains(boxes, given)
    first = {box.node.kind for chain in chains if isinstance(chain[0].sources[0], Inlet) for box in chain}
    gone = set()
    for chain in chains:
        before, last = chain[0].sources[0], chain[-1]
        behind = last.readers[0] if len(last.readers) == 1 and last not in given else None
        if behind is not None and (behind.joins or behind.kind == "move"):
            behind = None
        keeps = isinstance(before, Inlet) or len(before.readers) > 1 or before in given or before.kind == "move"
        cut = 0 if keeps else len(chain)
        while not keeps and behind and cut and chain[cut - 1].node.kind in first:
            cut -= 1
        if keeps and behind is None:
            head, *rest = chain
            head.after += [words for box in rest if (words := FOLDED[box.node.kind])]
            _splice(head, rest, gone)
            continue
        if cut:
            before.after += [words for box in chain[:cut] if (words := FOLDED[box.node.kind])]
            _splice(before, chain[:cut], gone)
        if chain[cut:]:
            behind.before += [words for box in chain[cut:] if (words := FOLDED[box.node.kind])]
            _skip(behind, chain[cut:], gone)
    return [box for box in boxes if box not in gone]


def _chains(boxes, given):
    """Return runs of boxes that can be folded, each read by the next alone."""
    chains, ends = [], {}
    for box in boxes:
        if box.node.kind not in FOLDED or box.joins:
            continue
        source = box.sources[0]
        if source in ends and len(source.readers) == 1 and source not in given:
            chain = ends.pop(source)
        else:
            chain = []
            chains.append(chain)
        chain.append(box)
        ends[box] = chain
    return chains


def _splice(head, rest, gone):
    """Let `head` take the place of the boxes behind it."""
    for box in rest:
        head.output, head.readers = box.output, box.readers
        gone.add(box)
    for reader in head.readers:
        reader.sources = [head if source in rest else source for source in reader.sources]


def _skip(behind, chain, gone):
    """Let `behind` read what the chain before it reads."""
    source = chain[0].sources[0]
    source.readers = [behind if reader is chain[0] else reader for reader in source.readers]
    behind.sources = [source]
    gone.update(chain)
