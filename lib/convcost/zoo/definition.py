"""The decorator that makes a forward pass a model: options checked, variants named, the result a `Network`."""

from ..errors import ConvcostError, unknown
from ..feature_map import FeatureMap
from ..network import Network


def model(family, year, source, variants=("paper",), resolutions=None, channels=3):
    """Register a definition `f(x, variant=..., **options)` that maps the input feature map to the output map.

    A definition with several outputs returns them as a tuple, the main one first.

    family: shown in listings; year and source: of the paper, with the table that the definition follows;
    variants: the allowed values of the option `variant`, the default first; resolutions: variant -> default
    resolution, where it is not 224, or one resolution for all of them; channels: of the input. The built function
    takes keyword options: those of the definition, and `resolution` (a whole number, or (height, width)).
    """

    def decorate(define):
        name, options = define.__name__, _defaults(define)
        takes_variant = options.pop("variant", None) is not None
        sides = dict.fromkeys(variants, resolutions if isinstance(resolutions, int) else 224)
        sides.update(resolutions if isinstance(resolutions, dict) else {})
        options["resolution"] = sides[variants[0]]

        def build(*, variant=variants[0], **given):
            if variant not in variants:
                raise unknown(f"variant of {name}", variant, variants)
            for key, value in given.items():
                if key not in options:
                    raise unknown(f"option of {name}", key, options)
                _check(name, key, value, options[key])
            chosen = {**options, "resolution": sides[variant], **given}
            arguments = {**chosen, "variant": variant} if takes_variant else dict(chosen)
            resolution = arguments.pop("resolution")
            height, width = resolution if isinstance(resolution, (tuple, list)) else (resolution, resolution)
            try:
                outputs = define(FeatureMap(channels, height, width), **arguments)
            except ConvcostError as error:
                raise ConvcostError(f"{name} at resolution {resolution}: {error}") from None
            outputs = outputs if isinstance(outputs, tuple) else (outputs,)
            return Network(*outputs, name=name, info={"variant": variant, "options": chosen})

        build.__name__ = build.__qualname__ = name
        build.__doc__, build.__module__ = define.__doc__, define.__module__
        build.family, build.year, build.source, build.variants, build.options = family, year, source, variants, options
        return build

    return decorate


def _defaults(define):
    """Return the options of a definition with their defaults (`inspect` would cost a quarter of the import time)."""
    arguments = define.__code__.co_varnames[1 : define.__code__.co_argcount]
    return dict(zip(arguments, define.__defaults__ or ()))


def _check(name, key, value, default):
    """Refuse a value of another type than the default's: a float where a whole number belongs, a word for a number."""
    kind = type(default)
    if kind is bool:
        good, wanted = isinstance(value, bool), "true or false"
    elif kind is int:
        ends = value if key == "resolution" and isinstance(value, (tuple, list)) and len(value) == 2 else (value,)
        good = all(isinstance(v, int) and not isinstance(v, bool) and v >= 1 for v in ends)
        wanted = "a whole number of at least 1" + (" or a pair of them" if key == "resolution" else "")
    elif kind is float:
        good = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < float("inf")
        wanted = "a positive number"
    else:
        good, wanted = isinstance(value, kind), "a word"
    if not good:
        raise ConvcostError(f"{name}: option {key} must be {wanted}, not {value!r}")
