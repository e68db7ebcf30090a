"""Networks: the graph behind a feature map, and everything that is read off it."""

from collections.abc import Callable, Iterable
from math import prod

from .conventions import FLOPS, MACS, Convention, convention
from .errors import ConvcostError, unknown
from .feature_map import FeatureMap, Shape
from .memory import memory_access, peak_activations
from .quantity import Count, Ratio, counted
from .receptive_field import receptive_field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from .layers.base import Node
    from .table import CostTable


class Layers:
    """Some layers of a network, in forward order, and their costs for one image.

    Whole-number costs are exact ints (`Count`) that remember where they come from.
    """

    def __init__(self, name: str, nodes: Iterable["Node"]):
        self.name, self.layers = name, tuple(nodes)

    def __getitem__(self, name):
        """Return the block or layer of that name (`"stage2"`, `"stage2.conv1"`) as a part of its own."""
        prefix = f"{name}."
        nodes = [n for n in self.layers if n.name == name or n.name.startswith(prefix)]
        if not nodes:
            tops = dict.fromkeys(name for n in self.layers for name in (n.name.split(".")[0], n.name))
            raise unknown(f"block of {self.name}", name, tops)
        return Layers(f"{self.name.split('/')[0]}/{name}", nodes)

    def __iter__(self):
        raise TypeError("a network is not a sequence: iterate over .layers or .blocks()")

    def stage(self, number: int) -> "Layers":
        """Return block `stage<number>`."""
        return self[f"stage{number}"]

    def select(self, wanted: "Callable[[Node], bool]", name: str = "selection") -> "Layers":
        """Return the layers for which `wanted(node)` is true, as a part of its own: all depthwise ones, say."""
        return Layers(f"{self.name.split('/')[0]}/{name}", [n for n in self.layers if wanted(n)])

    def blocks(self, level: int = 1) -> "list[Layers]":
        """Return the named blocks, `level` names deep, each as a part of its own, in forward order.

        A layer that stands outside any block at that level is a part by itself.
        """
        groups = {}
        for node in self.layers:
            parts = node.name.split(".")
            groups.setdefault(".".join(parts[: max(1, min(level, len(parts) - 1))]), []).append(node)
        return [Layers(f"{self.name.split('/')[0]}/{name}", nodes) for name, nodes in groups.items()]

    def _counted(self, value, what, convention_name=None):
        return counted(value, f"{self.name} {what}".strip().replace(" ", "."), convention_name)

    @property
    def params(self) -> Count:
        """Trained parameters: weights, biases, batch norm's scale and shift."""
        return self._counted(sum([n.params for n in self.layers]), "params")

    @property
    def weights(self) -> Count:
        """Parameters of convolution and fully connected layers without their biases."""
        return self._counted(
            sum([prod(n.weights["weight"]) for n in self.layers if "macs" in n.operations and "weight" in n.weights]),
            "weights",
        )

    @property
    def stored(self) -> Count:
        """Elements of all stored tensors: the parameters, and what is stored but not trained (running statistics)."""
        buffers = [n.layer.buffers(*[x.shape for x in n.inputs]) for n in self.layers]
        untrained = sum([prod(shape) for tensors in buffers for shape in tensors.values()])
        return self._counted(self.params + untrained, "stored")

    @property
    def macs(self) -> Count:
        """Multiply-accumulates of convolution and fully connected layers (the default convention)."""
        return self.count(MACS)

    @property
    def flops(self) -> Count:
        """Exact multiplications plus additions of every layer."""
        return self.count(FLOPS)

    def count(self, convention_name: str | Convention = MACS) -> Count:
        """Return the operations under a convention, given by name or as a `Convention`."""
        rule = convention(convention_name)
        return self._counted(sum([rule.count(n) for n in self.layers]), rule.name, rule.name)

    def operations(self) -> dict[str, Count]:
        """Return the raw operations of all layers, name -> count."""
        totals = {}
        for node in self.layers:
            for name, n in node.operations.items():
                totals[name] = totals.get(name, 0) + n
        return {name: self._counted(n, name) for name, n in totals.items()}

    @property
    def activations(self) -> Count:
        """Output elements of convolution and fully connected layers."""
        return self._counted(sum([n.output_elements for n in self.layers if "macs" in n.operations]), "activations")

    @property
    def depth(self) -> Count:
        """Convolution and fully connected layers on the longest path: shortcut projections do not add to it."""
        depths = {}
        for node in self.layers:
            before = 0
            for x in node.inputs:
                before = max(before, depths.get(x.node, 0))
            depths[node] = before + ("macs" in node.operations)
        return self._counted(max(depths.values()), "depth")

    @property
    def receptive_field(self) -> Count:
        """Side, in pixels, of what one cell of the last map before flattening or global pooling sees."""
        return self._counted(receptive_field(self.layers), "receptive_field")

    @property
    def memory_access(self) -> Count:
        """Elements moved when each layer touches its inputs, parameters and output once."""
        return self._counted(memory_access(self.layers), "memory_access")

    @property
    def written(self) -> Count:
        """Elements of all output maps: what a layer-by-layer run writes, views included."""
        return self._counted(sum([n.output_elements for n in self.layers]), "written")

    @property
    def arithmetic_intensity(self) -> Ratio:
        """Multiply-accumulates per element moved (see `memory_access`)."""
        return self.macs / self.memory_access

    @property
    def input_shape(self) -> Shape:
        """Shape of the map that the first layer reads."""
        return self.layers[0].inputs[0].shape

    @property
    def output_shape(self) -> Shape:
        """Shape of the map that the last layer makes."""
        return self.layers[-1].output.shape

    def size(
        self, where: "Literal['input', 'output']", axis: "Literal['channels', 'height', 'width']" = "height"
    ) -> Count:
        """Return one axis (`channels`, `height`, `width`) of the `"input"` or the `"output"`, as a `Count`."""
        shape = {"input": self.input_shape, "output": self.output_shape}[where]
        shape = shape if len(shape) == 3 else (shape[0], 1, 1)
        return self._counted(shape[("channels", "height", "width").index(axis)], f"{where}_{axis}")

    def option(self, name: str) -> Count:
        """Return a whole-number option (`stride`, `kernel_size`, `groups`, ...) of the one layer that has it."""
        values = {n.layer.options()[name] for n in self.layers if name in n.layer.fields}
        if len(values) != 1:
            raise ConvcostError(f"{self.name}: {len(values)} values of option {name}; ask one layer")
        return self._counted(values.pop(), name)

    def table(self, level: int | None = None, convention: str | Convention = MACS) -> "CostTable":
        """Return the cost table: a row per layer, or per block `level` names deep. See `convcost.table`."""
        from .table import CostTable

        return CostTable(self, level, convention)

    def __repr__(self):
        return f"<{self.name}: {len(self.layers)} layers, {self.params:,} parameters, {self.macs:,} MACs>"


class Network(Layers):
    """The graph behind one feature map (or several), in forward order.

    outputs: the feature maps that the network gives; name: shown in tables and origins; info: how it was made
    (variant and options), for networks of `convcost.models`; unread: maps that are computed though nobody reads them
    and the network does not give them: they cost all the same.
    """

    def __init__(
        self,
        *outputs: FeatureMap,
        name: str = "network",
        info: dict[str, object] | None = None,
        unread: Iterable[FeatureMap] = (),
    ):
        if not outputs or not all(isinstance(x, FeatureMap) for x in outputs):
            raise ConvcostError(f"{name}: a network is made of feature maps, got {outputs!r}")
        needed, nodes = {x.node for x in (*outputs, *unread)}, []
        for node in reversed(outputs[0].graph.nodes):
            if node in needed:
                nodes.append(node)
                needed.update([x.node for x in node.inputs])
        if not nodes:
            raise ConvcostError(f"{name}: no layer was called on the input")
        super().__init__(name, reversed(nodes))
        self.outputs, self.info = outputs, info or {}

    @property
    def output_shape(self) -> Shape:
        """Shape of the main output, the first."""
        return self.outputs[0].shape

    @property
    def peak_activations(self) -> Count:
        """Most activation elements alive at once, element-wise layers working in place (see `convcost.memory`)."""
        return self._counted(peak_activations(self.layers, self.outputs), "peak_activations")

    def _repr_html_(self):
        return self.table()._repr_html_()
