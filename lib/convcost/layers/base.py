"""What every layer kind is: a frozen record of options that can be called on feature maps."""

from collections.abc import Iterable
from functools import lru_cache
from math import prod

from ..conventions.measures import MEASURES
from ..errors import ConvcostError, unknown
from ..feature_map import FeatureMap, Shape

Pair = int | tuple[int, int]  # one number, or (vertical, horizontal)
Numbers = tuple[int, ...]
Sides = tuple[tuple[int, int], tuple[int, int], tuple[int, int], tuple[int, int]]  # see `Layer.window`


class Node:
    """One layer at its place in a network: what it is, what it reads, and what it does, per image.

    name: full name, blocks first; kind: the layer kind's name, as in torch.nn; layer: the kind with its options;
    inputs: the feature maps it reads; output: the one it makes; weights: name -> shape of each trained tensor;
    params: their elements; operations: raw operation counts (see `Layer.operations`); written: how torch code
    spells it (see `Layer.written`).
    """

    __slots__ = ("inputs", "kind", "layer", "name", "operations", "output", "params", "weights", "written")

    @property
    def macs(self) -> int:
        """Multiply-accumulates of a convolution or fully connected layer; 0 for every other kind."""
        return self.operations.get("macs", 0)

    @property
    def input_elements(self) -> int:
        """Elements of all input maps."""
        return sum([x.elements for x in self.inputs])

    @property
    def output_elements(self) -> int:
        """Elements of the output map."""
        return self.output.elements

    def measure(self, name: str) -> int:
        """Return one raw count: an operation by its name, or a measure of `conventions.measures` (`outputs`)."""
        return MEASURES[name](self) if name in MEASURES else self.operations.get(name, 0)

    def __repr__(self):
        return f"{self.name}: {self.layer!r} -> {'x'.join(map(str, self.output.shape))}"


# Options of these types tell records apart by value and type; inside a tuple 1, 1.0 and True would be the same.
PLAIN = frozenset({int, bool, float, str, type(None)})
MOST_SHAPES = 1000  # that a record remembers: a sweep over resolutions shall not fill the memory


@lru_cache(maxsize=1000, typed=True)
def _record(kind, /, *args, **options):
    return type.__call__(kind, *args, **options)


class Kind(type):
    """The type of layer kinds: it gives each the signature that its annotated options spell.

    The same plain options are checked once and give the same record: networks repeat their layers.
    """

    def __call__(cls, /, *args: object, **options: object) -> "Layer":
        if PLAIN.issuperset(map(type, (*args, *options.values()))):
            return _record(cls, *args, **options)
        return super().__call__(*args, **options)

    @property
    def __signature__(cls):
        from inspect import Parameter, Signature  # when somebody asks: it takes longer to import than this package
        from typing import Literal

        def kind_of(option):
            kind = cls.__annotations__[option]
            return eval(kind, {"Literal": Literal}, dict(vars(cls))) if isinstance(kind, str) else kind

        return Signature(
            [
                Parameter(
                    option,
                    Parameter.POSITIONAL_OR_KEYWORD,
                    annotation=kind_of(option),
                    default=Parameter.empty if option in cls.required else getattr(cls, option),
                )
                for option in cls.fields
            ]
        )


class Layer(metaclass=Kind):
    """A layer kind: subclass it, annotate the options, give the shape rule, the weights and the operations.

    Written by hand rather than with `dataclasses`, whose import alone takes half of this package's
    time budget of 50 ms. Records are frozen, compare by value and print as they are written.
    """

    fields = required = ()
    short_name = "layer"
    arity = 1  # number of input maps; None: two or more
    in_place = False  # may write its output over its input
    is_view = False  # moves no data: the output is the input under another shape
    has_window = False  # slides a window over its input: see `window`
    is_global = False  # every output sees the whole input map
    written = "nn.Layer"  # how torch code spells it: a module, "F.relu", "torch.mean", "+"; tools see it by that

    def __init_subclass__(cls):
        if "written" not in cls.__dict__:
            cls.written = f"nn.{cls.__name__}"
        cls.fields = tuple(cls.__annotations__)
        cls.required = tuple(f for f in cls.fields if f not in cls.__dict__)

    def __init__(self, *args: object, **options: object):
        """Take the options, by position or by name; one line says what is unknown, missing or given twice."""
        kind = type(self).__name__
        if len(args) > len(self.fields):
            allowed = f"{len(self.fields)} options ({', '.join(self.fields)})"
            raise ConvcostError(f"{kind}: takes {allowed}, got {len(args)}")
        for key in options:
            if key not in self.fields:
                raise unknown(f"option of {kind}", key, self.fields)
        values = dict(zip(self.fields, args))
        for key in options:
            if key in values:
                inferred = self.fields[0] in ("out_channels", "out_features")
                hint = "; what comes in is read off the map, so only what goes out is said" if inferred else ""
                raise ConvcostError(f"{kind}: {key} is given twice, by position and by name{hint}")
        values.update(options)
        for key in self.required:
            if key not in values:
                raise ConvcostError(f"{kind}: {key} is missing; options: {', '.join(self.fields)}")
        for key, value in values.items():
            if isinstance(getattr(type(self), key, None), bool) and not isinstance(value, bool):
                raise ConvcostError(f"{kind}: {key} must be True or False, not {value!r}")
        self.__dict__.update(values, _known={})

    def __setattr__(self, name, value):
        raise AttributeError(f"{type(self).__name__} is frozen: make a new one to change {name}")

    def options(self) -> dict[str, object]:
        """Return every option with its value, defaults included."""
        return {f: getattr(self, f) for f in self.fields}

    def __eq__(self, other):
        return type(self) is type(other) and self.options() == other.options()

    def __hash__(self):
        return hash((type(self), tuple(self.options().values())))

    def __repr__(self):
        given = [f"{f}={v!r}" for f, v in self.options().items() if f in self.required or v != getattr(type(self), f)]
        return f"{type(self).__name__}({', '.join(given)})"

    def __call__(self, *inputs: FeatureMap, name: str | None = None, written: str | None = None) -> FeatureMap:
        """Check the shapes of the input maps, add the layer to their network, return the output map.

        name: within the open block; by default the kind's short name and a number (`conv1`). written: how the code
        that this follows spells the layer, "F.relu", where it is not the module of torch.nn.
        """
        try:
            graph, shapes = inputs[0].graph, tuple([x.shape for x in inputs])
            strange = len(inputs) > 1 and any(x.graph is not graph for x in inputs)
        except (AttributeError, IndexError):
            raise ConvcostError(f"{type(self).__name__}: call it on feature maps, not {inputs!r}") from None
        full_name = graph.name_for(self, name)
        if full_name in graph.names:
            raise ConvcostError(f"{full_name}: this name is taken; give each layer of a block its own")
        if strange:
            raise ConvcostError(f"{full_name}: its inputs come from different networks")
        known = self._known
        if shapes not in known:
            if len(known) >= MOST_SHAPES:
                known.clear()
            known[shapes] = self._found_on(shapes, full_name)
        shape, elements, weights, params, operations = known[shapes]
        node = Node()
        node.name, node.kind, node.layer, node.inputs = full_name, type(self).__name__, self, inputs
        node.output = FeatureMap.made_by(node, shape, elements, graph)
        node.weights, node.params, node.operations = weights.copy(), params, operations.copy()
        node.written = written or self.written
        graph.names.add(full_name)
        graph.nodes.append(node)
        return node.output

    def _found_on(self, shapes, name):
        """Return (output shape, its elements, weights, parameters, operations) on maps of these shapes."""
        if (self.arity is None and len(shapes) < 2) or self.arity not in (None, len(shapes)):
            wanted = "two or more inputs" if self.arity is None else f"{self.arity} input"
            raise ConvcostError(f"{name}: {type(self).__name__} takes {wanted}, got {len(shapes)}")
        try:
            shape = self.output_shape(*shapes)
        except ConvcostError as error:
            given = listed(shapes)
            seen = "" if given in str(error) else f"; its input is {given}"
            raise ConvcostError(f"{name} ({type(self).__name__}): {error}{seen}") from None
        weights = self.weights(*shapes)
        params = sum([prod(w) for w in weights.values()])
        return shape, prod(shape), weights, params, self.operations(*shapes, shape)

    def output_shape(self, *shapes: Shape) -> Shape:
        """Return the output shape, or raise one line that names what does not fit."""
        return shapes[0]

    def window(self) -> Sides:
        """Return (kernel size, stride, padding before, dilation) of a layer that has a window, each a pair."""
        if "_window" not in self.__dict__:
            self.__dict__["_window"] = (
                pair("kernel_size", self.kernel_size),
                pair("stride", self.stride),
                pair("padding", self.padding, 0),
                pair("dilation", self.dilation),
            )
        return self.__dict__["_window"]

    def weights(self, *shapes: Shape) -> dict[str, Shape]:
        """Return the trained tensors, name -> shape, laid out as torch lays them out."""
        return {}

    def buffers(self, *shapes: Shape) -> dict[str, Shape]:
        """Return the tensors that are stored but not trained, name -> shape; they are no parameters."""
        return {}

    def operations(self, *shapes_and_output: Shape) -> dict[str, int]:
        """Return the raw operations for one image, by name, as the plain loop would do them:

        macs (multiply-accumulates of convolution and fully connected layers; each is also counted as one
        multiplication and, but for the first of a sum, one addition), multiplications, additions, divisions,
        comparisons, exponentials, logarithms, error_functions, powers, square_roots, sines. A name that is missing
        is zero.
        """
        return {}


def listed(shapes: Iterable[Shape]) -> str:
    """Return shapes as words: 64x56x56 and 64x28x28."""
    return " and ".join("x".join(map(str, shape)) for shape in shapes)


def at_least(name: str, value: object, minimum: int) -> int:
    """Return `value` if it is a whole number of at least `minimum`."""
    if not isinstance(value, int) or isinstance(value, bool) or value < minimum:
        raise ConvcostError(f"{name} must be a whole number of at least {minimum}, not {value!r}")
    return value


def pair(name: str, value: object, minimum: int = 1) -> tuple[int, int]:
    """Return `value` as (vertical, horizontal); it may be one whole number or a pair of them."""
    if type(value) is int and value >= minimum:
        return value, value
    if isinstance(value, (tuple, list)) and len(value) == 2:
        return at_least(name, value[0], minimum), at_least(name, value[1], minimum)
    return at_least(name, value, minimum), value


def spatial(shape: Shape) -> tuple[int, int, int]:
    """Return (channels, height, width) of a map that has them."""
    if len(shape) != 3:
        raise ConvcostError(f"needs an input of channels x height x width, got {shape[0]} flat features")
    return shape
