"""Memory, in elements (multiply by 4 for bytes of float32): what is alive at once, and what has to move."""


def peak_activations(nodes, outputs, in_place=True):
    """Return the most activation elements that are alive at once when the layers run in forward order.

    A map is alive from the layer that makes it to the last one that reads it; network outputs stay alive. With
    `in_place` an element-wise layer (batch norm, activation, sum) writes over an input that nobody reads later,
    as fused inference code does; without, each layer writes a new map.
    """
    last_reader = {id(x): i for i, node in enumerate(nodes) for x in node.inputs}
    for x in outputs:
        last_reader[id(x)] = len(nodes)
    buffer_of, size, needed_until = {}, {}, {}  # feature map -> buffer; buffer -> elements, last reader
    live = peak = 0
    for i, node in enumerate(nodes):
        for x in node.inputs:
            if id(x) not in buffer_of:  # an input of the network
                live += _allocate(x, buffer_of, size, needed_until, last_reader)
        output, layer = node.output, node.layer
        reused = None
        if layer.is_view:
            reused = buffer_of[id(node.inputs[0])]
        elif in_place and layer.in_place:
            buffers = [buffer_of[id(x)] for x in node.inputs]
            reused = next((b for b in buffers if needed_until[b] <= i and size[b] >= output.elements), None)
        if reused is None:
            live += _allocate(output, buffer_of, size, needed_until, last_reader)
        else:
            buffer_of[id(output)] = reused
            needed_until[reused] = max(needed_until[reused], last_reader.get(id(output), i))
        if live > peak:
            peak = live
        for x in (*node.inputs, output):
            buffer = buffer_of[id(x)]
            if size[buffer] and needed_until[buffer] <= i:
                live -= size[buffer]
                size[buffer] = 0
    return peak


def _allocate(x, buffer_of, size, needed_until, last_reader):
    buffer_of[id(x)] = id(x)
    needed_until[id(x)] = last_reader.get(id(x), -1)
    size[id(x)] = x.elements
    return x.elements


def memory_access(nodes):
    """Return the elements that move: each layer reads its inputs and its parameters once and writes its output once.

    This is the memory access cost of Ma et al. 2018 (ShuffleNet V2), hw(c1 + c2) + c1 c2 for a 1x1 convolution;
    layers that only reinterpret a map (flatten) move nothing.
    """
    return sum([
        node.input_elements + node.params + node.output.elements for node in nodes if not node.layer.is_view
    ])
