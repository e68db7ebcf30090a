"""Feature maps: the values that flow through a definition. They hold a shape and no numbers."""

from .errors import ConvcostError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .layers.base import Layer, Node


Shape = tuple[int, ...]  # (channels, height, width), or (features,)


class Graph:
    """Everything computed from one input, in forward order, and the block that is being defined."""

    def __init__(self):
        self.nodes = []
        self.names = set()
        self.scope = ""
        self.counters = {}

    def name_for(self, layer: "Layer", name: str | None) -> str:
        """Return the full name of a new layer: as given, or the kind and a number, under the open block."""
        if name is None:
            key = self.scope, layer.short_name
            self.counters[key] = number = self.counters.get(key, 0) + 1
            name = f"{layer.short_name}{number}"
        return f"{self.scope}{name}"


class Block:
    """The part of a definition whose layers have one name in front of theirs, as a `with` opens and closes it."""

    def __init__(self, graph: Graph, name: str):
        self.graph, self.name = graph, name

    def __enter__(self):
        self.outer = self.graph.scope
        self.graph.scope = f"{self.outer}{self.name}."

    def __exit__(self, *error):
        self.graph.scope = self.outer


class FeatureMap:
    """A symbolic feature map: shape `(channels, height, width)`, or `(features,)` once flattened.

    `FeatureMap(3, 224, 224)` is an input; calling a layer on a map gives the next one, and so does adding two maps.
    One image, no batch.
    """

    __slots__ = ("elements", "graph", "node", "shape")

    def __init__(self, channels: int, height: int, width: int):
        for axis, size in (("channels", channels), ("height", height), ("width", width)):
            if not isinstance(size, int) or isinstance(size, bool) or size < 1:
                raise ConvcostError(f"input: {axis} must be a whole number of at least 1, not {size!r}")
        self.shape, self.elements = (channels, height, width), channels * height * width
        self.node, self.graph = None, Graph()

    @classmethod
    def flat(cls, features: int) -> "FeatureMap":
        """Return an input of flat features."""
        self = cls(features, 1, 1)
        self.shape = (features,)
        return self

    @classmethod
    def made_by(cls, node: "Node", shape: Shape, elements: int, graph: Graph) -> "FeatureMap":
        """Return the output of `node`; only layers call this."""
        self = cls.__new__(cls)
        self.shape, self.elements, self.node, self.graph = shape, elements, node, graph
        return self

    @property
    def channels(self) -> int:
        """Number of channels (of features, once flattened)."""
        return self.shape[0]

    @property
    def height(self) -> int:
        """Rows."""
        return self._spatial(1)

    @property
    def width(self) -> int:
        """Columns."""
        return self._spatial(2)

    def _spatial(self, axis):
        if len(self.shape) != 3:
            raise ConvcostError(f"a flattened map of {self.shape[0]} features has no height and width")
        return self.shape[axis]

    def block(self, name: str) -> Block:
        """Name a block: layers called inside the `with` are `name.conv1`, `name.bn1`, ...; blocks nest."""
        return Block(self.graph, name)

    def __repr__(self):
        made = f" after {self.node.name}" if self.node else ""
        return f"FeatureMap({'x'.join(map(str, self.shape))}{made})"
