"""A network as rows, a layer or a block each: what they cost, which repeat, which shortcuts run past them."""

from itertools import pairwise

from ..errors import ConvcostError
from .joints import Part, detours, joints, shown
from .words import by, kind_of, pieces

MOST = 40  # rows, where the level is left open
LONGEST = 16  # rows that are recognised when they come again


class Row:
    """Layers that are drawn as one row. costs: kind of layer -> [MACs, parameters]; times: how often it comes; named:
    do its words name a block rather than say what is in it?
    """

    def __init__(self, words: str, named: bool):
        self.words, self.named, self.times = words, named, 1
        self.nodes, self.costs, self.shape = [], {}, ()

    def add(self, node):
        """Take in a layer with what it costs; one that only moves or normalises counts to the kind before it."""
        self.nodes.append(node)
        kind = kind_of(node)
        if kind in ("other", "move", "join") and not node.macs and self.costs:
            kind = next(reversed(self.costs))
        cost = self.costs.setdefault(kind, [0, 0])
        cost[0] += node.macs
        cost[1] += node.params
        if node.kind not in ("Flatten", "View") or not self.shape:
            self.shape = node.output.shape

    def total(self, which: int) -> int:
        """Return the MACs (0) or the parameters (1) of all its repeats."""
        return self.times * sum([cost[which] for cost in self.costs.values()])

    @property
    def kind(self) -> str:
        """The kind of layer that gives it its colour: the dearest."""
        return max(self.costs, key=lambda kind: self.costs[kind][0])

    @property
    def key(self):
        costs = [(kind, *cost) for kind, cost in self.costs.items()]
        words = "" if self.named else self.words
        return words, self.shape, tuple(costs), tuple([(n.layer, n.output.shape) for n in self.nodes])


def rows_of(network, level=None) -> list[Row]:
    """Return the rows at a level: "layer", or blocks that many names deep; None chooses what fits."""
    if level is None:
        depth = max([node.name.count(".") for node in network.layers])
        levels = [*range(depth, 1, -1)] if _beside(network) else ["layer", *range(depth, 1, -1)]
        for level in levels:
            rows = rows_of(network, level)
            jumps = level == "layer" and _jumps(rows, detours(network))
            if not jumps and sum([len(run) for run, _ in folded(rows)]) <= MOST:
                return rows
        return rows_of(network, 1)
    if level == "layer":
        rows = _gathered([("", [node]) for node in network.layers])
    elif not isinstance(level, int) or isinstance(level, bool) or level < 1:
        raise ConvcostError(f'level is "layer", the depth of blocks (1, 2, ...) or None, not {level!r}')
    else:
        rows = _gathered([(part.name.split("/")[-1], part.layers) for part in _runs(network, level)])
    aside = detours(network)
    for row in rows:
        seen = [node for node in row.nodes if shown(node)]
        if len(seen) == 1 and seen[0] in aside:
            row.words = f"{row.words.split(' ')[0]} on shortcut"
    return rows


def _runs(network, level):
    """Return the blocks; layers of one block that stand apart become parts of their own."""
    parts, place = [], {node: i for i, node in enumerate(network.layers)}
    for block in network.blocks(level):
        run = []
        for node in block.layers:
            if run and place[node] != place[run[-1]] + 1:
                parts.append(type(block)(block.name, run))
                run = []
            run.append(node)
        parts.append(type(block)(block.name, run))
    return sorted(parts, key=lambda part: place[part.layers[0]])


def _gathered(parts):
    """Return rows for (name, layers); what deserves none counts to the row before it, or to the first."""
    rows, waiting = [], []
    for name, nodes in parts:
        seen = [node for node in nodes if shown(node)]
        if not seen:
            for node in nodes:
                rows[-1].add(node) if rows else waiting.append(node)
            continue
        words = _short(seen[0]) if len(seen) == 1 else _kernels(nodes)
        rows.append(Row(words or _tail(name), named=not words))
        for node in (*waiting, *nodes):
            rows[-1].add(node)
        waiting = []
    if not rows:
        raise ConvcostError("architecture draws convolutions, poolings and fully connected layers: there are none")
    return rows


def _short(node):
    """Return a layer in few words: its stride is seen in the size of the map."""
    first = pieces(node)[0].replace("global average", "global").replace("average", "avg")
    first = first.replace("max pooling", "max pool").replace("avg pooling", "avg pool")
    if kind_of(node) == "group":
        first = f"{first.split(' ')[0]} in {node.layer.groups} groups"
    return first if len(first) < 16 else first.replace("convolution", "conv")


def _kernels(nodes):
    """Return a block in words: the kernels of up to three convolutions in series; None for any other block."""
    part = Part(nodes)
    seen = [node for node in nodes if shown(node) and node not in detours(part)]
    in_series = all(joint.is_shortcut for joint in joints(part))
    if not in_series or len(seen) > 3 or any(node.kind != "Conv2d" for node in seen):
        return None
    return ", ".join([by(node.layer.kernel_size) + " dw" * (kind_of(node) == "depthwise") for node in seen])


def _tail(name):
    """Return the last part of a block's name; if that is a bare number, with what stands before it."""
    parts = name.split(".")
    return parts[-1] if not parts[-1].isdigit() else ".".join(parts[-2:])


def _beside(network):
    """Do layers mostly stand beside each other? Rows, which follow each other, would not show it."""
    joins = joints(network)
    return len([joint for joint in joins if not joint.is_shortcut]) > len(joins) / 2


def _jumps(rows, aside):
    """Does a row read a larger map than the row before it made, and is no projection? Branches, one after the other."""
    nodes = [node for row in rows for node in row.nodes[:1] if node not in aside and len(row.shape) == 3]
    maps = [(node.inputs[0].shape, node.output.shape) for node in nodes]
    return any(len(read) == 3 and read[1] > made[1] for (_, made), (read, _) in pairwise(maps))


def folded(rows: list[Row]) -> list[tuple[list[Row], int]]:
    """Return (rows, times): runs of rows that come several times in a row are named once."""
    found, i, keys = [], 0, [row.key for row in rows]
    numbers = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    keys = [numbers[key] for key in keys]
    while i < len(rows):
        best, most = (1, 1), 0
        for long in range(1, LONGEST + 1):
            if long > 1 and not _begins(rows, i, long):
                continue
            times = 1
            while keys[i : i + long] == keys[i + times * long : i + (times + 1) * long]:
                times += 1
            if (times - 1) * long > most:
                best, most = (long, times), (times - 1) * long
        long, times = best
        for row in rows[i : i + long]:
            row.times = times
        if times == 1 and found and found[-1][1] == 1:
            found[-1][0].append(rows[i])
        else:
            found.append((rows[i : i + long], times))
        i += long * times
    return found


def _begins(rows, i, long):
    """Does a block begin with this row? Where rows have no blocks, any may begin a run."""
    homes = [row.nodes[0].name.rpartition(".")[0] for row in rows[max(0, i - 1) : i + long]]
    return i == 0 or homes[0] != homes[1] or len(set(homes)) == 1
