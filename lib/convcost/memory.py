"""Memory, in elements (multiply by 4 for bytes of float32): what is alive at once, what is kept, what has to move."""

from collections.abc import Iterable, Sequence

from .errors import ConvcostError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .feature_map import FeatureMap
    from .layers.base import Node


def peak_activations(nodes: Sequence["Node"], outputs: Iterable["FeatureMap"], in_place: bool = True) -> int:
    """Return the most activation elements that are alive at once: see `live_activations`."""
    return max(live_activations(nodes, outputs, in_place))


def live_activations(nodes: Sequence["Node"], outputs: Iterable["FeatureMap"], in_place: bool = True) -> list[int]:
    """Return the activation elements that are alive while each layer runs, in forward order.

    A map is alive from the layer that makes it to the last one that reads it; network outputs stay alive. With
    `in_place` an element-wise layer (batch norm, activation, sum) writes over an input that nobody reads later,
    as fused inference code does; without, each layer writes a new map.
    """
    last_reader = {x: i for i, node in enumerate(nodes) for x in node.inputs}
    last_reader.update(dict.fromkeys(outputs, len(nodes)))
    buffers = {}  # feature map -> the buffer that holds it
    live, during = 0, []
    for i, node in enumerate(nodes):
        inputs = dict.fromkeys(node.inputs)
        for x in inputs:
            if x not in buffers:  # an input of the network
                buffers[x] = Buffer(x.elements, last_reader[x])
                live += x.elements
        held = [buffers[x] for x in inputs]
        buffer = _reused(node, held, i, in_place)
        if buffer is None:
            buffer = Buffer(node.output.elements, i)
            live += buffer.elements
            held.append(buffer)
        buffer.until = max(buffer.until, last_reader.get(node.output, i))
        buffers[node.output] = buffer
        during.append(live)
        for buffer in held:
            if buffer.until <= i:
                live -= buffer.elements
                buffer.elements = 0
    return during


def _reused(node, held, i, in_place):
    """Return the buffer, of those that layer number i reads, that takes its output too; None if it needs another."""
    if node.layer.is_view:
        return held[0]
    if in_place and node.layer.in_place:
        for buffer in held:
            if buffer.until <= i and buffer.elements >= node.output.elements:
                return buffer
    return None


class Buffer:
    """Memory for one map at a time. elements: its size, 0 once it is free; until: the last layer that reads it."""

    __slots__ = ("elements", "until")

    def __init__(self, elements: int, until: int):
        self.elements, self.until = elements, until


def memory_access(nodes: Sequence["Node"]) -> int:
    """Return the elements that move: each layer reads its inputs and its parameters once and writes its output once.

    This is the memory access cost of Ma et al. 2018 (ShuffleNet V2), hw(c1 + c2) + c1 c2 for a 1x1 convolution;
    layers that only reinterpret a map (flatten) move nothing.
    """
    moving = [node for node in nodes if not node.layer.is_view]
    maps = sum([x.elements for node in moving for x in (*node.inputs, node.output)])
    return maps + sum([node.params for node in moving])


# What torch keeps of a layer for the backward pass, by layer kind. "indices": 64-bit places of the maxima;
# "statistics": mean and inverse deviation of each channel in the batch.
SAVED = {
    "Conv2d": ("inputs",),
    "ConvTranspose2d": ("inputs",),
    "Linear": ("inputs",),
    "Multiply": ("inputs",),
    "BatchNorm2d": ("inputs", "statistics"),
    "BatchNorm1d": ("inputs", "statistics"),
    "ReLU": ("output",),
    "Sigmoid": ("output",),
    "Tanh": ("output",),
    "Softmax": ("output",),
    "ReLU6": ("inputs",),
    "LeakyReLU": ("inputs",),
    "Hardswish": ("inputs",),
    "SiLU": ("inputs",),
    "GELU": ("inputs",),
    "MaxPool2d": ("inputs", "indices"),
    "AvgPool2d": ("inputs",),
    "AdaptiveAvgPool2d": (),
    "Add": (),
    "Concat": (),
    "ChannelShuffle": (),
    "Flatten": (),
}


def saved_for_backward(nodes: Sequence["Node"]) -> tuple[int, int]:
    """Return `(per_image, per_batch)`: the elements that torch keeps from the forward pass for the backward pass.

    Each map counts once, however many layers want it; weights do not count, they are there anyway. For a batch of
    B images that is B x per_image + per_batch elements of 4 bytes. Checked against torch 2 on a processor, in
    training mode, with layers that do not work in place.
    """
    whole = {}  # output of a view -> the map whose memory it looks at
    kept, indices, statistics = set(), 0, 0
    for node in nodes:
        if node.layer.is_view:
            whole[node.output] = whole.get(node.inputs[0], node.inputs[0])
        for what in _saved(node):
            if what == "indices":
                indices += 2 * node.output.elements
            elif what == "statistics":
                statistics += 2 * node.output.channels
            else:
                kept.update([whole.get(x, x) for x in (node.inputs if what == "inputs" else [node.output])])
    return sum([x.elements for x in kept]) + indices, statistics


def _saved(node):
    """Return what torch keeps of a layer, in the words of `SAVED`."""
    if node.kind not in SAVED:
        raise ConvcostError(f"{node.name}: no rule for what {node.kind} saves; there is one for {', '.join(SAVED)}")
    if node.kind == "AdaptiveAvgPool2d" and node.output.elements > node.output.channels:
        return ("inputs",)  # down to one pixel it is a mean, which needs no values
    return SAVED[node.kind]
