"""What one value of a map reads, cell by cell, from the definition of the layer that makes it.

A cell is (channel, row, column). Only cells inside the map are returned; a tap on padding reads nothing.
"""

from ..errors import ConvcostError
from .words import FOLDED, kind_of

Cell = tuple[int, int, int]


def reads_of(node, cell: Cell) -> list[tuple[int, Cell]]:
    """Return (which input, its cell) for each value that a layer reads to make one output value."""
    channel, row, column = cell
    if node.kind == "Conv2d":
        each_in, each_out = (shape[0] // node.layer.groups for shape in (node.inputs[0].shape, node.output.shape))
        first = channel // each_out * each_in
        return [(0, (c, *place)) for c in range(first, first + each_in) for place in _window(node, row, column)]
    if "Pool" in node.kind and "kernel_size" in node.layer.fields:
        return [(0, (channel, *place)) for place in _window(node, row, column)]
    if node.kind == "ChannelShuffle":
        groups, channels = node.layer.groups, node.output.shape[0]
        return [(0, (channel % groups * (channels // groups) + channel // groups, row, column))]
    if node.kind == "SelectChannels":
        return [(0, (list(node.layer.channels)[channel], row, column))]
    if node.kind == "Concat" and node.layer.axis == 0:
        for number, x in enumerate(node.inputs):
            if channel < x.shape[0]:
                return [(number, (channel, row, column))]
            channel -= x.shape[0]
    if node.kind in ("Add", "Maximum") and all(x.shape == node.output.shape for x in node.inputs):
        return [(number, cell) for number in range(len(node.inputs))]
    if node.kind in FOLDED and node.output.shape == node.inputs[0].shape:
        return [(0, cell)]
    allowed = "convolutions, poolings, shuffles, choices of channels, stacks, sums, batch norm and activations"
    raise ConvcostError(f"reads draws {allowed}; it does not know {node.kind} ({node.name})")


def _window(node, row, column):
    """Return the places inside the input that the window of an output place covers."""
    kernel, stride, padding, dilation = node.layer.window()
    _, *sizes = node.inputs[0].shape
    taps = [
        [
            start
            for k in range(kernel[axis])
            if 0 <= (start := at * stride[axis] - padding[axis] + k * dilation[axis]) < sizes[axis]
        ]
        for axis, at in enumerate((row, column))
    ]
    return [(r, c) for r in taps[0] for c in taps[1]]


def centre(node, column: int) -> float:
    """Return the middle of the window of an output column, in columns of the input."""
    kernel, stride, padding, dilation = node.layer.window()
    return column * stride[1] - padding[1] + dilation[1] * (kernel[1] - 1) / 2


def macs_of(node) -> int:
    """Return the multiply-accumulates of one output value of a layer, taps on padding included."""
    return node.macs // node.output.elements


def back_to(door, node, cell) -> dict[Cell, str]:
    """Return the cells of the map behind layer `door` (None: the input) that one value depends on, each with the kind
    of the last convolution on its way, or "move".
    """
    found = {}
    for number, (c, r, q) in reads_of(node, cell):
        x = node.inputs[number]
        kind = kind_of(node) if node.macs or kind_of(node) == "pool" else "move"
        before = {(c, r, q): "move"} if x.node is door else back_to(door, x.node, (c, r, q))
        for source, earlier in before.items():
            found[source] = kind if kind != "move" else earlier
    return found


def cone(network, cells: set[Cell]) -> dict:
    """Return for each layer the cells of its output that are needed for some cells of the last map; for None those of
    the input.
    """
    needed = {None: set()} | {node: set() for node in network.layers}
    needed[network.layers[-1]] = set(cells)
    for node in reversed(network.layers):
        for cell in needed[node]:
            for number, source in reads_of(node, cell):
                needed[node.inputs[number].node].add(source)
    return needed
