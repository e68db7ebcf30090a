"""Memory, in elements (multiply by 4 for bytes of float32): what is alive at once, what is kept, what has to move."""

from .errors import ConvcostError


def peak_activations(nodes, outputs, in_place=True):
    """Return the most activation elements that are alive at once: see `live_activations`."""
    return max(live_activations(nodes, outputs, in_place))


def live_activations(nodes, outputs, in_place=True):
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
        output, layer, held = node.output, node.layer, []
        for x in node.inputs:
            if x not in buffers:  # an input of the network
                buffers[x] = Buffer(x.elements, last_reader[x])
                live += x.elements
            held.append(buffers[x])
        until = last_reader.get(output, i)
        reused = None
        if layer.is_view:
            reused = held[0]
        elif in_place and layer.in_place:
            for buffer in held:
                if buffer.until <= i and buffer.elements >= output.elements:
                    reused = buffer
                    break
        if reused is None:
            reused = Buffer(output.elements, until)
            live += output.elements
            held.append(reused)
        elif until > reused.until:
            reused.until = until
        buffers[output] = reused
        during.append(live)
        for buffer in held:
            if buffer.until <= i:
                live -= buffer.elements
                buffer.elements = 0
    return during


class Buffer:
    """Memory for one map at a time. elements: its size, 0 once it is free; until: the last layer that reads it."""

    __slots__ = ("elements", "until")

    def __init__(self, elements, until):
        self.elements, self.until = elements, until


def memory_access(nodes):
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


def saved_for_backward(nodes):
    """Return `(per_image, per_batch)`: the elements that torch keeps from the forward pass for the backward pass.

    Each map counts once, however many layers want it; weights do not count, they are there anyway. For a batch of
    B images that is B x per_image + per_batch elements of 4 bytes. Checked against torch 2 on a processor, in
    training mode, with layers that do not work in place.
    """
    base, kept, indices, statistics = {}, {}, 0, 0
    for node in nodes:
        if node.kind not in SAVED:
            raise ConvcostError(f"{node.name}: no rule for what {node.kind} saves; there is one for {', '.join(SAVED)}")
        output, rule = node.output, SAVED[node.kind]
        if node.kind == "AdaptiveAvgPool2d" and output.elements > output.channels:
            rule = ("inputs",)  # down to one pixel it is a mean, which needs no values
        base[id(output)] = base.get(id(node.inputs[0]), node.inputs[0]) if node.layer.is_view else output
        for what in rule:
            if what == "indices":
                indices += 2 * output.elements
            elif what == "statistics":
                statistics += 2 * output.channels
            else:
                for x in node.inputs if what == "inputs" else (output,):
                    whole = base.get(id(x), x)
                    kept[id(whole)] = whole.elements
    return sum(kept.values()) + indices, statistics
