"""What is known while a torch module runs: what its tensors hold, and which layers have been found so far."""

from collections import Counter

import torch

from .. import layers
from ..errors import ConvcostError
from ..network import Network
from .layout import Value, rearrangement, words
from ..tool_conventions import CONV_DERIVED, DERIVED, SAME

OPERATORS = {"add": "+", "sub": "-", "mul": "*", "div": "/", "matmul": "@"}  # x + y is Tensor.add to torch's hooks
UNDONE = ("Flatten", "Unflatten")  # by the other of the two: back to the map before


class Record:
    """The tensors and layers of one run of a module; `now` is the operation that is being looked at."""

    def __init__(self, module):
        super().__init__()
        self.module, self.parameters, self.now = module, {}, "the input"
        self.values, self.constants, self.known = {}, {}, {}  # by the id of a tensor
        self.keep, self.stale = [], {}  # tensors, so that ids stay theirs; those that were overwritten under a view
        self.sharing = {}  # storage -> the tensors that look at it
        self.stack, self.calls, self.paused = [("", 1)], Counter(), 0
        self.places, self.used = {}, set()
        self.function, self.same = None, False  # of torch, that the module called; with its padding as a word

    # Tensors

    def hold(self, tensor, sources):
        """Note a tensor that no feature map went into, and the parameters that did."""
        self.keep.append(tensor)
        self.constants[id(tensor)] = list(dict.fromkeys(sources))

    def bind(self, tensor, value):
        """Note what a tensor holds."""
        if value.order is None and tensor.numel() != value.map.elements:
            raise self.error(f"{self.now} gave {words(tensor.shape)}, but the layer kind {words(value.map.shape)}")
        self.keep.append(tensor)
        self.values[id(tensor)] = value
        self.stale.pop(id(tensor), None)
        sharing = self.sharing.setdefault(tensor.untyped_storage()._cdata, [])
        if not any(t is tensor for t in sharing):
            sharing.append(tensor)

    def overwrite(self, tensor):
        """After a change in place, no longer trust other tensors that look at the same memory."""
        for other in self.sharing.get(tensor.untyped_storage()._cdata, ()):
            if other is not tensor and not set(_cells(other)).isdisjoint(_cells(tensor)):
                self.stale[id(other)] = self.now

    def map(self, tensor):
        """Return the feature map in a tensor of (1, C, H, W) or (1, features); add the layer that makes it one."""
        value, shape = self.values[id(tensor)], tuple(tensor.shape[1:])
        if tensor.shape[0] != 1:
            raise self.error(f"{self.now} reads {tuple(tensor.shape)}: the first axis must be one image")
        before = value.map.node
        if value.order is None and before and before.kind in UNDONE and before.inputs[0].shape == shape:
            value = Value(before.inputs[0])
        try:
            layer = rearrangement(value, shape)
        except LookupError:
            seen = f"{words(shape)} made of {words(value.map.shape)}"
            raise self.error(f"{self.now} reads {seen} by a movement that no layer kind describes") from None
        made = value.map if layer is None else self.add(layer, value.map, place=value.place)
        self.values[id(tensor)] = Value(made)
        return made

    def output(self, tensor):
        """Return the feature map that the module gives out as this tensor; None for a constant."""
        if id(tensor) not in self.values:
            return None
        self.now = "the output"
        try:
            return self.map(tensor)
        except ConvcostError:
            return self.values[id(tensor)].map  # tokens, a part of the features: what they are made of

    # Layers

    def add(self, layer, *maps, weights=(), place=None):
        """Call a layer on maps; `weights` are the tensors it uses, `place` the module that it belongs to."""
        moves, place = place is not None, place or self.stack[-1]
        try:
            made = layer(*maps, name=f"{len(self.places)}", written=self.written(layer, moves))
        except ConvcostError as error:
            raise self.error(str(error).split(": ", 1)[-1]) from None
        node = made.node
        self.places[node] = place
        sources = dict.fromkeys([n for t in weights if t is not None for n in self.constants.get(id(t), ())])
        fresh = {n: self.parameters[n] for n in sources if n not in self.used}
        self.used.update(fresh)
        numbers = sum([torch.Size(shape).numel() for shape in fresh.values()])
        if numbers != node.params or len(fresh) < len(sources):
            node.weights, node.params = fresh, numbers
        return made

    def written(self, layer, moves):
        """Return how the module spells the layer: by a module of torch, by a function, or by an operator."""
        module = self.module.get_submodule(self.stack[-1][0])
        if moves or hasattr(module, "convcost_layer"):  # what moves was moved before, by another module perhaps
            return layer.written
        for depth, cls in enumerate(type(module).__mro__):
            if cls.__module__.startswith("torch.nn.modules") and cls.__name__ in layers.__all__:
                prefix = CONV_DERIVED if "Conv" in type(module).__name__ else DERIVED
                return f"{prefix if depth else ''}nn.{cls.__name__}{SAME if self.same else ''}"
        return spelling(self.function) + (SAME if self.same else "")

    def where(self):
        """Return the name and class of the module that is running."""
        name = self.stack[-1][0]
        return f"{name or 'from_torch'} ({type(self.module.get_submodule(name)).__name__})"

    def error(self, message):
        return ConvcostError(f"{self.where()}: {message}")

    def network(self, outputs, name):
        """Name the layers and return their network, unread layers that compute something included."""
        if not self.places:
            raise ConvcostError(f"from_torch ({name}): no layer worked on the image")
        nodes = list(self.places)
        names = _names(nodes, self.places, {n for n, m in self.module.named_modules() if not m._modules})
        for node in nodes:
            node.name = names[node]
        read = {x.node for node in nodes for x in node.inputs} | {x.node for x in outputs}
        outputs = [x for x in outputs if x.node] + [n.output for n in nodes if n not in read and n.operations]
        outputs = list(dict.fromkeys(outputs))
        unused = [n for n, p in self.module.named_parameters() if n not in self.used]
        return Network(*outputs, name=name, info={"variant": "torch", "unused_parameters": unused})


def spelling(function):
    """Return the name of a function of torch, as code calls it."""
    name = getattr(function, "__name__", "unknown").rstrip("_")
    for prefix, place in (("F", torch.nn.functional), ("torch", torch)):
        if getattr(place, name, None) is function and not name.startswith("max_pool"):
            return f"{prefix}.{name}"
    if "max_pool" in name:  # F.max_pool2d passes itself on as torch.max_pool2d
        return f"F.{name}"
    return OPERATORS.get(name.removeprefix("__").removesuffix("__"), f"torch.{name}")


def _cells(tensor):
    """Return the places in memory that a tensor looks at."""
    size = tensor.untyped_storage().nbytes() // tensor.element_size()
    return torch.arange(size).as_strided(tensor.shape, tensor.stride(), tensor.storage_offset()).flatten().tolist()


def _names(nodes, places, leaves):
    """Return {node: name}: the module's path, or for one of several layers of a module its path, kind and number."""
    alone = Counter(places[node] for node in nodes)
    names, counters, taken = {}, Counter(), set()
    for node in nodes:
        path, call = places[node]
        if path in leaves and path and alone[path, call] == 1:
            name = path
        else:
            kind = f"{path}.{node.layer.short_name}" if path else node.layer.short_name
            counters[kind] += 1
            name = f"{kind}{counters[kind]}"
        number, unique = 1, name
        while unique in taken:
            number += 1
            unique = f"{name}_{number}"
        taken.add(unique)
        names[node] = unique
    return names
