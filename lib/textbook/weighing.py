"""What a network really holds in torch, weighed to the byte: maps while it runs, and what it keeps for the way back."""

from __future__ import annotations

import weakref

from convcost import Network
from convcost.extras import torch
from convcost.torch_bridge import to_torch


def maps_alive(network: Network) -> list[int]:
    """Return the bytes of all maps that exist right after each layer, in forward order, for one image.

    The network runs in evaluation mode; its caller holds the image and takes the output. No layer works in place.
    """
    alive, during = {}, []

    def note(tensor):
        alive[id(tensor)] = tensor.untyped_storage()
        weakref.finalize(tensor, alive.pop, id(tensor))

    def after_layer(layer, inputs, output):
        note(output)
        rooms = {storage.data_ptr(): storage.nbytes() for storage in alive.values()}
        during.append(sum(rooms.values()))

    module = to_torch(network).eval()
    for layer in module.modules():
        if not list(layer.children()):
            layer.register_forward_hook(after_layer)
    image = torch.rand(1, *network.input_shape)
    note(image)
    with torch.inference_mode():
        module(image)
    return during


def kept_for_backward(network: Network, batch: int = 1) -> int:
    """Return the bytes that a forward pass in training mode puts aside, each storage once, without parameters."""
    module, found = to_torch(network), {}
    known = {tensor.untyped_storage().data_ptr() for tensor in (*module.parameters(), *module.buffers())}

    def keep(tensor):
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in known:
            found[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        output = module(torch.rand(batch, *network.input_shape))
    del output  # until here what is kept is alive, so that no two storages share an address
    return sum(found.values())
