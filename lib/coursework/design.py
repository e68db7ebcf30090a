"""Exercises that ask for a network under constraints: many answers are right.

    @design
    def small_network():                              # the reference: one network that meets them all
        return ...

    @small_network.constraint(points=2)
    def at_most_40_million_macs(network):
        "at most 40 M MACs"
        return network.macs <= 40e6, f"it has {network.macs:,} MACs"

What the student returns (a `FeatureMap` or a `Network`) leaves the sandbox as a list of layers and is built and
counted again here; nothing that the student's code says about its own costs is believed.
"""

from collections.abc import Callable
from random import Random

from convcost import FeatureMap, Layer, Network
from convcost import layers as kinds

from .errors import CourseworkError
from .exercise import Answer, Call, Exercise, Marks, SkillMarks, Variant
from .sandbox.inside.wire import Encoded, encode, is_kind
from .values import readable

MOST_LAYERS = 500
LARGEST_NUMBER = 10_000_000  # in an option: more would let a stranger's layer keep the grader busy
LARGEST_MAP = 10**8
FORGED = (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError)  # what building may raise


class Design(Exercise):
    """An exercise whose answer is a network; its skills are constraints on that network."""

    worked_title = "A thought that helps"

    def constraint(self, points: int = 1) -> Callable[[Callable], Callable]:
        """Add a constraint: the decorated function takes the network (and the variant) and returns (met, what it
        found in words); its docstring names the constraint.
        """
        return self.skill(points)

    def calls(self, rng: Random, variant: Variant) -> list[Call]:
        return [Call("", [], {})]

    def mark(
        self, calls: list[Call], answers: list[Answer], variant: Variant, key: list[Encoded] | None = None
    ) -> Marks:
        answer = answers[0]
        network, problem = None, f"{self.function}() raised {answer['error']}" if answer.get("error") else ""
        if not problem:
            network, problem = build(answer.get("value"))
        if problem:
            return Marks(self, [SkillMarks(skill, False, problem) for skill in self.skills.values()], answers)
        tested = [(skill, *_tested(skill, network, variant)) for skill in self.skills.values()]
        slip = () if all(met for _, met, _ in tested) else self._named(answer, variant)
        results = [
            SkillMarks(skill, True, "") if met else SkillMarks(skill, False, f"not met: {found}", *slip)
            for skill, met, found in tested
        ]
        return Marks(self, results, answers)

    def _named(self, answer, variant):
        """Return name and misconception of the wrong design that this answer is, to the last layer; () if of none."""
        for wrong in self.wrongs.values():
            if encode(wrong.function(**variant)) == answer.get("value"):
                return wrong.name, wrong.misconception
        return ()

    def worked_case(self) -> str:
        return self._worked[1] if self._worked else ""

    def key(self, calls: list[Call], variant: Variant) -> list[Encoded]:
        return [encode(self.reference(**variant))]


def _tested(skill, network, variant):
    try:
        met, found = skill.function(network, **variant)
    except Exception as error:  # a constraint that this network does not even allow to be asked
        return False, str(error)
    return bool(met), found


def build(value: Encoded) -> tuple[Network | None, str]:
    """Return (network, "") for an encoded network, or (None, what is wrong with it in one line)."""
    if not is_kind(value, "network"):
        return None, f"it returned {readable(value)}; return a feature map or a Network"
    try:
        return _network(value["input"], value["layers"], value["output"]), ""
    except FORGED as error:
        return None, f"it is not a network: {error}"


def _network(shape, layers, output):
    """Return the network that a description describes; it may be forged, and then that is an error (of `FORGED`)."""
    if len(layers) > MOST_LAYERS:
        raise CourseworkError(f"it has {len(layers)} layers; at most {MOST_LAYERS} are read")
    for kind, numbers in [("input", shape), *[(kind, options) for kind, options, _ in layers]]:
        if any(abs(n) > LARGEST_NUMBER for n in _numbers(numbers)):
            raise CourseworkError(f"a number of {str(kind)[:40]} is beyond {LARGEST_NUMBER:,}")
    source, maps = FeatureMap(*shape), []
    for kind, options, inputs in layers:
        layer = _layer(kind, options)
        if any(type(i) is not int or not -1 <= i < len(maps) for i in inputs):
            raise CourseworkError("a layer reads a map that does not exist")
        maps.append(layer(*[source if i < 0 else maps[i] for i in inputs]))
        if maps[-1].elements > LARGEST_MAP:
            raise CourseworkError(f"one of its maps has {maps[-1].elements:,} elements")
    if type(output) is not int or not 0 <= output < len(maps):
        raise CourseworkError("no layer was called on the input")
    return Network(maps[output], name="yours")


def _layer(kind, options):
    record = getattr(kinds, str(kind), None)
    if not (isinstance(record, type) and issubclass(record, Layer)):
        raise CourseworkError(f"{kind!r} is not a layer kind")
    return record(**{str(k): tuple(v) if isinstance(v, list) else v for k, v in options.items()})


def from_to(network: Network) -> str:
    """Return from where to where a network leads: 3x64x64 to 100."""
    return " to ".join("x".join(map(str, shape)) for shape in (network.input_shape, network.output_shape))


def sight(network: Network) -> tuple[int, int]:
    """Return (receptive field in front of the first layer that sees the whole map, largest window of the network)."""
    end = next((i for i, n in enumerate(network.layers) if n.layer.is_global), len(network.layers))
    names = {n.name for n in network.layers[:end]}  # what follows a global pooling sees nothing new
    field = int(network.select(lambda n: n.name in names).receptive_field) if names else 1
    return field, max((max(n.layer.window()[0]) for n in network.layers if n.layer.has_window), default=0)


def _numbers(value):
    """Return every number inside a decoded description."""
    if isinstance(value, dict):
        return _numbers(list(value.values()))
    if isinstance(value, list):
        return [n for v in value for n in _numbers(v)]
    return [value] if isinstance(value, (int, float)) else []


def design(reference: Callable | None = None, **options: object) -> Design | Callable[[Callable], Design]:
    """Turn a function that returns one valid network into a `Design`."""
    if reference is None:
        return lambda function: Design(function, **options)
    return Design(reference)
