"""The decorators that make a forward pass a model: options checked, variants named, the result a `Network`."""

from collections.abc import Callable, Iterable
from functools import update_wrapper

from ..errors import ConvcostError, unknown
from ..feature_map import FeatureMap
from ..network import Network

OF_A_MEMBER = ("source", "variants", "resolutions")  # what a member of a family may say for itself
MODELS = {}  # name -> `Model`, of every definition that has been imported


def model(
    family: str,
    year: int,
    source: str,
    variants: tuple[str, ...] = ("paper",),
    resolutions: int | dict[str, int] | None = None,
    channels: int = 3,
    choices: dict[str, Iterable] | None = None,
) -> "Callable[[Callable], Model]":
    """Register a definition `f(x, variant=..., **options)` that maps the input feature map to the output map.

    A definition with several outputs returns them as a tuple, the main one first. Its docstring says what the
    variants and the options are; `num_classes` and `resolution` are added.

    family: shown in listings; year and source: of the paper, with the table that the definition follows;
    variants: the allowed values of the option `variant`, the default first; resolutions: variant -> default
    resolution, where it is not 224, or one resolution for all of them; channels: of the input; choices: option -> the
    values that it may have, where these are a few. The built function takes keyword options: those of the definition,
    and `resolution` (a whole number, or (height, width)).
    """

    def decorate(define):
        told = (family, year, source, variants, resolutions, channels, choices)
        return _registered(Model(define, define.__name__, {}, *told))

    return decorate


def family(
    family: str, year: int, source: str, members: dict[str, dict[str, object]], **shared: object
) -> Callable[[Callable], Callable]:
    """Register several networks that are one definition, which itself stays a plain function over feature maps.

    family, year, source and shared: as in `model`, for all members but those that say otherwise. members: name ->
    what tells the member apart: a value for every argument of the definition that has no default, which is then no
    option; another default for one that has; `source`, `variants` and `resolutions` of its own. The docstring is that
    of all of them, with each argument in braces, `{depth}`, replaced by the member's value.
    """

    def decorate(define):
        for name, member in members.items():
            told = {"family": family, "year": year, "source": source, **shared}
            told.update({key: member[key] for key in member if key in OF_A_MEMBER})
            _registered(Model(define, name, {key: member[key] for key in member if key not in told}, **told))
        return define

    return decorate


def _registered(made):
    """Note a model by its name, which no other file may have taken."""
    before = MODELS.setdefault(made.__name__, made)
    if before.__module__ != made.__module__:
        raise ConvcostError(f"{made.__name__} is defined twice: in {before.__module__} and in {made.__module__}")
    MODELS[made.__name__] = made
    return made


class Model:
    """A function that builds a network of the zoo.

    variants: the allowed ones, the default first; options: all others with their defaults, under the first variant;
    choices: option -> its allowed values, where these are a few; fixed: what the definition is told besides, where it
    is that of a family; family, year, source: as in `model`.
    """

    def __init__(
        self,
        define: Callable,
        name: str,
        member: dict[str, object],
        family: str,
        year: int,
        source: str,
        variants: tuple[str, ...] = ("paper",),
        resolutions: int | dict[str, int] | None = None,
        channels: int = 3,
        choices: dict[str, Iterable] | None = None,
    ):
        update_wrapper(self, define)
        self.__name__ = self.__qualname__ = name
        self.family, self.year, self.source = family, year, source
        self.channels, self.variants, self.choices = channels, variants, choices or {}
        needed, self.options = _arguments(define)
        self.fixed = {key: value for key, value in member.items() if key not in self.options}
        if set(self.fixed) != set(needed):
            raise ConvcostError(f"{name}: {define.__name__} needs {needed}, the member gives {sorted(self.fixed)}")
        self.options.update({key: value for key, value in member.items() if key in self.options})
        self.takes_variant = self.options.pop("variant", None) is not None
        self.sides = dict.fromkeys(variants, resolutions if isinstance(resolutions, int) else 224)
        self.sides.update(resolutions if isinstance(resolutions, dict) else {})
        text = (define.__doc__ or "").rstrip()
        text = text.format(**self.fixed, **self.options) if member else text
        self.options["resolution"] = self.sides[variants[0]]
        self.__doc__ = f"{text}\n\n    {self._options_of_all()}\n    "

    def __call__(self, **given: object) -> Network:
        """Return the network; an option or variant that does not exist is an error that names the nearest."""
        name = self.__name__
        variant = given.pop("variant", self.variants[0])
        if variant not in self.variants:
            raise unknown(f"variant of {name}", variant, self.variants)
        for key, value in given.items():
            if key not in self.options:
                raise unknown(f"option of {name}", key, [*self.options, "variant"])
            _check(name, key, value, self.options[key])
            if value not in self.choices.get(key, [value]):
                raise unknown(f"{key} of {name}", value, self.choices[key])
        chosen = {**self.options, **given}
        if given.get("resolution") is None:
            chosen["resolution"] = self.sides[variant]
        arguments = {**chosen, "variant": variant} if self.takes_variant else dict(chosen)
        resolution = arguments.pop("resolution")
        height, width = resolution if isinstance(resolution, (tuple, list)) else (resolution, resolution)
        try:
            outputs = self.__wrapped__(FeatureMap(self.channels, height, width), **self.fixed, **arguments)
        except ConvcostError as error:
            raise ConvcostError(f"{name} at resolution {resolution}: {error}") from None
        outputs = outputs if isinstance(outputs, tuple) else (outputs,)
        return Network(*outputs, name=name, info={"variant": variant, "options": chosen})

    def __get__(self, instance, owner=None):
        """Return the model itself: `help` and `pydoc` show as a function what has this method."""
        return self

    def __repr__(self):
        return f"<model {self.__name__}>"

    @property
    def __signature__(self):
        from inspect import Parameter, Signature  # when somebody asks: importing it takes longer than a network
        from typing import Literal

        defaults = {"variant": self.variants[0], **self.options, "resolution": self._side()}
        kinds = {key: type(default) for key, default in defaults.items()}
        kinds.update({key: Literal[tuple(values)] for key, values in self.choices.items()})
        kinds["variant"] = Literal[self.variants]
        kinds["resolution"] = int | tuple[int, int] if self._side() else int | tuple[int, int] | None
        return Signature(
            [Parameter(key, Parameter.KEYWORD_ONLY, default=defaults[key], annotation=kinds[key]) for key in kinds]
        )

    def _side(self):
        """Return the resolution that all variants have by default; None if each has its own."""
        sides = set(self.sides.values())
        return sides.pop() if len(sides) == 1 else None

    def _options_of_all(self):
        """Return what the options are that every network has."""
        variants = " or ".join([f'"{variant}"' for variant in self.variants])
        sides = ", ".join([f"{side} ({variant})" for variant, side in self.sides.items()])
        return (
            f"variant: {variants}; num_classes: outputs of the classifier;\n"
            f"    resolution: side of the image, or (height, width), in pixels"
            f"{'' if self._side() else f'; None: {sides}'}."
        )


def _arguments(define):
    """Return what a definition needs besides the map, and its options with their defaults.

    Without `inspect`, which takes long to import.
    """
    names = define.__code__.co_varnames[1 : define.__code__.co_argcount]
    defaults = define.__defaults__ or ()
    first = len(names) - len(defaults)
    return list(names[:first]), dict(zip(names[first:], defaults))


def _check(name, key, value, default):
    """Refuse a value of another type than the default's: a float for a whole number, a word for a number."""
    kind = type(default)
    if kind is bool:
        good, wanted = isinstance(value, bool), "true or false"
    elif kind is int:
        good, wanted = _is_size(value), "a whole number of at least 1"
        if key == "resolution":
            good = (
                good
                or value is None
                or (isinstance(value, (tuple, list)) and len(value) == 2 and all(map(_is_size, value)))
            )
            wanted += " or a pair of them"
    elif kind is float:
        good = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < float("inf")
        wanted = "a positive number"
    else:
        good, wanted = isinstance(value, kind), "a word"
    if not good:
        raise ConvcostError(f"{name}: option {key} must be {wanted}, not {value!r}")


def _is_size(value):
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1
