"""The layers that have been found so far in a run of a module, their names, and the network that they make."""

from collections import Counter
from collections.abc import Iterable, Sequence
from math import prod

from convcost.extras import torch

from ..conventions.tools import APART
from ..errors import ConvcostError
from ..feature_map import FeatureMap, Shape
from ..layers import Layer
from ..network import Network
from .layout import Value, shape_text
from .rearranging import movement
from .spelling import spelled

UNDONE = ("Flatten", "Unflatten", "View")  # by another of them: back to the map before


class FoundLayers:
    """The layers of one run; `now` is the operation being looked at, `stack` the modules that are running."""

    def __init__(self, module: torch.nn.Module):
        super().__init__()
        self.module, self.now, self.function, self.padding_is_a_word = module, "the input", None, False
        self.values, self.constants = {}, {}  # id of a tensor -> its `Value`; the parameters that it is made of
        self.parameters = {}  # name -> tensor; lazy ones find their shape during the run
        self.stack, self.calls = [("", 1, module)], Counter()
        self.places, self.used, self.macs = {}, set(), 0

    def map(self, tensor: torch.Tensor) -> FeatureMap:
        """Return the feature map in a tensor, its first axis (one image) left out; add layers that make it one."""
        made = self.shaped(self.values[id(tensor)], image_shape(tensor.shape))
        self.values[id(tensor)] = Value(made)
        return made

    def shaped(self, value: Value, shape: Shape) -> FeatureMap:
        """Return the elements of a value as a map of this shape; add the layers that make it one."""
        made, before = value.map, value.map.node
        if value.layout is None and made.shape == shape:
            return made
        if value.layout is None and before and before.kind in UNDONE and before.inputs[0].shape == shape:
            return before.inputs[0]
        for layer in movement(value, shape):
            made = self.add(layer, made, place=value.place or self.stack[-1])
        return made

    def image(self, tensor: torch.Tensor, alone: bool = False) -> FeatureMap:
        """Return the map in a tensor of (1, C, H, W), (1, C, L) or (1, features), as most layers read it. Several
        pieces of an image, windows, lie one after the other along the channels; not where a layer must be `alone`.
        """
        if tensor.dim() not in (2, 3, 4) or (tensor.shape[0] != 1 and (alone or tensor.dim() == 2)):
            raise self.error(
                f"{self.now} reads {shape_text(tensor.shape)}: the first axis must be one image, then CxHxW"
            )
        if tensor.dim() == 3 or tensor.shape[0] != 1:
            pieces, channels, *sides = tensor.shape
            return self.shaped(self.values[id(tensor)], (pieces * channels, *sides, 1)[:3])
        return self.map(tensor)

    def add(
        self, layer: Layer, *maps: FeatureMap, weights: Iterable[torch.Tensor | None] = (), place: tuple | None = None
    ) -> FeatureMap:
        """Call a layer on maps; `weights` are the tensors it uses, `place` the module that it belongs to."""
        moves, place = place is not None, place or self.stack[-1]
        try:
            made = layer(*maps, name=f"{len(self.places)}", written=self.written(layer, moves))
        except ConvcostError as error:
            raise self.error(str(error).split(": ", 1)[-1]) from None
        node = made.node
        self.places[node] = place[:2]
        self.macs += node.macs
        sources = dict.fromkeys([n for t in weights if t is not None for n in self.constants.get(id(t), ())])
        fresh = {n: tuple(self.parameters[n].shape) for n in sources if n not in self.used}
        self.used.update(fresh)
        numbers = sum([prod(shape) for shape in fresh.values()])
        if numbers != node.params or len(fresh) < len(sources):
            node.weights, node.params = fresh, numbers
        return made

    def is_bias(self, value: Value, shape: Shape, constant: torch.Tensor) -> bool:
        """Whether a stored tensor is the bias of the fully connected layer that was just made: torch adds it apart
        where the layer reads a map in another order. Then the layer has it.
        """
        node, place = value.map.node, self.stack[-1][:2]
        if not node or node is not next(reversed(self.places)) or self.places[node] != place:
            return False
        linear = node.kind in ("Conv2d", "Linear") and node.written.endswith(("nn.Linear", "F.linear"))
        if not linear or node.layer.bias or constant.shape != (node.output.channels,) or shape[-1] != len(constant):
            return False
        options = {**node.layer.options(), "bias": True}
        node.layer, node.written = type(node.layer)(**options), node.written + APART
        node.operations = node.layer.operations(*[x.shape for x in node.inputs], node.output.shape)
        own = {name for name in self.constants[id(constant)] if name not in self.used}
        self.used.update(own)
        node.weights = {**node.weights, **({"bias": tuple(constant.shape)} if own else {})}
        node.params += constant.numel() if own else 0
        return True

    def written(self, layer: Layer, moves: bool) -> str:
        """Return how the module spells the layer; what moves was moved before, by another module perhaps."""
        module = self.stack[-1][2]
        if moves or "convcost_layer" in module.__dict__:
            return layer.written
        return spelled(type(module), self.function, self.padding_is_a_word)

    def where(self) -> str:
        """Return the name and class of the module that is running."""
        name, _, module = self.stack[-1]
        return f"{name or 'from_torch'} ({type(module).__name__})"

    def error(self, message: str) -> ConvcostError:
        return ConvcostError(f"{self.where()}: {message}")

    def network(self, outputs: Iterable[FeatureMap], name: str) -> Network:
        """Name the layers and return their network; those that nobody reads but that compute are in it."""
        if not self.places:
            raise ConvcostError(f"from_torch ({name}): no layer worked on the image")
        nodes = list(self.places)
        names = _names(nodes, self.places, {n for n, m in self.module.named_modules() if not m._modules})
        for node in nodes:
            node.name = names[node]
        outputs = list(dict.fromkeys(outputs))
        made = [x for x in outputs if x.node]
        if not made:
            raise ConvcostError(f"from_torch ({name}): the module returns no tensor that a layer made")
        read = {x.node for node in nodes for x in node.inputs} | {x.node for x in made}
        unread = [n.output for n in nodes if n not in read and n.operations]
        unused = [n for n, p in self.module.named_parameters() if n not in self.used]
        return Network(*made, name=name, info={"variant": "torch", "unused_parameters": unused}, unread=unread)


def image_shape(shape: Sequence[int]) -> Shape:
    """Return the shape of the map in a tensor: without the axis of the image, where it has one."""
    return tuple(shape[1:]) if len(shape) > 1 and shape[0] == 1 else tuple(shape) or (1,)


def _names(nodes, places, leaves):
    """Return {node: name}: the module's path; for one of several layers of a module its path, kind and number."""
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
