"""One network in which one output is followed: what it reads, stage by stage, and what that costs."""

from .doors import doors_of_layers
from .spoken import listed
from .taps import back_to, cone, macs_of
from .words import FOLDED, pieces


class Reading:
    """What is to be drawn of a network: its stages between maps that everything passes, one output, its price."""

    def __init__(self, title, network, prices=True):
        self.title, self.network = title, network
        self.stages = _stages(network)
        last = network.layers[-1]
        shape = last.output.shape
        row, column, half = shape[1] // 2, shape[2] // 2, (shape[0] - 1) / 2
        ranked = [(-len(self._cone({(c, row, column)})), abs(c - half), c) for c in range(shape[0])]
        self.output = (min(ranked)[2], row, column)
        self.others = self._of_other_kinds(last)
        alone, together = self._bill({self.output}), self._bill({(c, row, column) for c in range(shape[0])})
        self.captions = _captions(alone, together, shape[0], bool(self.others)) if prices else []
        read = self._cone({self.output})
        rows, columns, channels = ([cell[axis] for cell in read] for axis in (1, 2, 0))
        sides = [len(set(rows)), len(set(columns))]
        places = "one position" if sides == [1, 1] else f"{sides[0]}x{sides[1]} positions"
        count, of = len(set(channels)), network.input_shape[0]
        whose = "every channel" if count == of else "one channel" if count == 1 else f"{count} of {of} channels"
        self.said = f"{title}: {'; '.join([f'{places} of {whose}', *self.captions])}."

    def _of_other_kinds(self, last):
        """Return an output that no layer computes, where one computes the chosen one: it is only moved."""
        channel, row, column = self.output
        working = [node for node in self.network.layers if node.macs or "Pool" in node.kind]
        moved = []
        for c in range(last.output.shape[0]):
            needed = cone(self.network, {(c, row, column)})
            if not any(needed[node] for node in working):
                moved.append(c)
        return {(moved[len(moved) // 2], row, column)} if moved and channel not in moved else set()

    def _cone(self, cells):
        """Return the cells of the input that some outputs depend on."""
        return cone(self.network, cells)[None]

    def _bill(self, cells):
        """Return (values computed, MACs of each, factors of these MACs) of each convolution that some outputs need."""
        bill = []
        for node, needed in cone(self.network, cells).items():
            if node is not None and node.macs and needed:
                kernel = node.layer.window()[0]
                factors = [*[k for k in kernel if k > 1], node.inputs[0].shape[0] // node.layer.groups]
                bill.append((len(needed), macs_of(node), [f for f in factors if f > 1] or [1]))
        return bill


def _captions(alone, together, channels, others):
    """Return the price of one output, and of all channels of a position, in words."""
    if not alone:
        return ["no MACs"]
    sum_alone, sum_all = (sum([count * macs for count, macs, _ in bill]) for bill in (alone, together))
    if len(alone) == 1 and alone[0][0] == 1:
        factors = "·".join(map(str, alone[0][2]))
        terms = f"{factors} = " if len(alone[0][2]) > 1 else ""
    else:
        terms = _terms(alone) + " = "
    share = _terms(together) + " = " if len(together) > 1 else ""
    return [
        f"one output alone: {terms}{sum_alone} MACs{', or none' * others}",
        f"all {channels} at this position: {share}{sum_all} MACs",
    ]


def _terms(bill):
    return " + ".join([f"{count}·{macs}" if count > 1 else str(macs) for count, macs, _ in bill])


def _stages(network):
    """Return (layer before, last layer) of each stage, first one first: the maps through which everything passes."""
    door_of = doors_of_layers(network.layers)
    chain = [network.layers[-1]]
    while door_of[chain[-1]] is not None:
        chain.append(door_of[chain[-1]])
    chain = [node for i, node in enumerate(chain[::-1]) if i == len(chain) - 1 or node.kind not in FOLDED]
    if len(chain) > 1 and chain[-1].kind in FOLDED:
        chain.pop(-2)
    return list(zip([None, *chain[:-1]], chain))


def followed(plan):
    """Return the cells of each map on which the chosen outputs depend, and for each stage cell -> what it reads."""
    wanted = {plan.output} | plan.others
    lit, edges = [wanted], []
    for door, last in reversed(plan.stages):
        edges.append({cell: back_to(door, last, cell) for cell in sorted(wanted)})
        wanted = {source for found in edges[-1].values() for source in found}
        lit.append(wanted)
    return lit[::-1], edges[::-1]


def stage_words(plan, door, last):
    """Return what a stage does: its convolutions, or what it moves."""
    nodes = plan.network.layers
    start = nodes.index(door) + 1 if door else 0
    part = nodes[start : nodes.index(last) + 1]
    working = [node for node in part if node.macs or "Pool" in node.kind]
    if len(part) == 1 or (len(working) == 1 and all(node.kind in FOLDED for node in part if node not in working)):
        return pieces((working or part)[0])
    if not working:
        return pieces(last)
    said = listed([pieces(node)[0] for node in working])
    return [said, "or nothing"] if plan.others else [said]
