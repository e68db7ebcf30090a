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

from .errors import CourseworkError
from .exercise import Call, Exercise, Marks, SkillMarks
from .sandbox.inside.wire import encode, is_kind

MOST_LAYERS = 500
LARGEST_NUMBER = 10_000_000  # in an option: more would let a stranger's layer keep the grader busy
LARGEST_MAP = 10**8


class Design(Exercise):
    """An exercise whose answer is a network; its skills are constraints on that network."""

    def constraint(self, points=1):
        """Add a constraint: the decorated function takes the network (and the variant) and returns (met, what it
        found in words); its docstring names the constraint.
        """
        return self.skill(points)

    def calls(self, rng, variant):
        return [Call("", [], {})]

    def mark(self, calls, answers, variant, key=None):
        answer = answers[0]
        network, problem = None, answer.get("error") and f"{self.function}() raised {answer['error']}"
        if not problem:
            network, problem = build(answer.get("value"))
        results = []
        for skill in self.skills.values():
            met, found = (False, problem) if problem else _tested(skill, network, variant)
            why = "" if met else found if problem else f"not met: {found}"
            wrong = None if met or problem else self._named(answer, variant)
            results.append(SkillMarks(skill, met, why, *((wrong.name, wrong.misconception) if wrong else ())))
        return Marks(self, results, answers)

    def _named(self, answer, variant):
        """Return the wrong design that this answer is, to the last layer, if any."""
        return next((w for w in self.wrongs.values() if encode(w.function(**variant)) == answer.get("value")), None)

    def key(self, calls, variant):
        return [encode(self.reference(**variant))]


def _tested(skill, network, variant):
    try:
        met, found = skill.function(network, **variant)
    except Exception as error:  # a constraint that this network does not even allow to be asked
        return False, str(error)
    return bool(met), found


def build(value):
    """Return (network, "") for an encoded network, or (None, what is wrong with it in one line)."""
    from convcost import ConvcostError, FeatureMap, Layer, Network, layers

    if not is_kind(value, "network"):
        from .values import words

        return None, f"it returned {words(value)}; return a feature map or a Network"
    try:
        described = value["layers"]
        if len(described) > MOST_LAYERS:
            raise CourseworkError(f"it has {len(described)} layers; at most {MOST_LAYERS} are read")
        for kind, numbers in [("input", value["input"]), *[(kind, options) for kind, options, _ in described]]:
            if any(abs(n) > LARGEST_NUMBER for n in _numbers(numbers)):
                raise CourseworkError(f"a number of {str(kind)[:40]} is beyond {LARGEST_NUMBER:,}")
        source = FeatureMap(*value["input"])
        maps = []
        for kind, options, inputs in described:
            layer = getattr(layers, str(kind), None)
            if not (isinstance(layer, type) and issubclass(layer, Layer)):
                raise CourseworkError(f"{kind!r} is not a layer kind")
            if any(type(i) is not int or not -1 <= i < len(maps) for i in inputs):
                raise CourseworkError("a layer reads a map that does not exist")
            options = {str(k): tuple(v) if isinstance(v, list) else v for k, v in options.items()}
            maps.append(layer(**options)(*[source if i < 0 else maps[i] for i in inputs]))
            if maps[-1].elements > LARGEST_MAP:
                raise CourseworkError(f"one of its maps has {maps[-1].elements:,} elements")
        output = value["output"]
        if type(output) is not int or not 0 <= output < len(maps):
            raise CourseworkError("no layer was called on the input")
        return Network(maps[output], name="yours"), ""
    except (
        ConvcostError,
        CourseworkError,
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        OverflowError,
        RecursionError,
    ) as error:
        return None, f"it is not a network: {error}"


def sight(network):
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


def design(reference=None, **options):
    """Turn a function that returns one valid network into a `Design`."""
    if reference is None:
        return lambda function: Design(function, **options)
    return Design(reference)
