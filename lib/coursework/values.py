"""Encoded values: are two of them the same, and how does one read?"""

from collections.abc import Callable, Hashable
from math import isclose
from types import NoneType

from .sandbox.inside.wire import Encoded, is_kind

FLOAT = 1e-6  # relative tolerance of computed floats, unless an exercise says otherwise


def _kind(value: Encoded) -> Hashable:
    """Return what decides how an encoded value is treated: its type, or what its `$` says."""
    return value.get("$") if isinstance(value, dict) else type(value)


def is_number(value: Encoded) -> bool:
    """Is it a whole number or a float?"""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def same(expected: Encoded, given: Encoded, tolerance: float = FLOAT) -> bool:
    """Is the encoded answer `given` the encoded value `expected`?

    Whole numbers must be equal; a float that is whole counts as that number. Floats and arrays may differ by
    `tolerance`, relative. Texts are compared without regard to case and outer blanks. A list of numbers and an array
    of the same shape are the same answer, and so are a number and an array that holds nothing else.
    """
    if is_kind(given, "array") and not is_kind(expected, "array"):
        given = _nested(given["shape"], given["values"], single=is_number(expected))
    elif isinstance(given, list) and is_kind(expected, "array"):
        given = {"$": "array", "shape": expected["shape"], "values": _flat(given, expected["shape"])}
    return _SAME.get(_kind(expected), _equal)(expected, given, tolerance)


def _nested(shape, values, single=False):
    """Return an encoded array as nested lists, or as its only number; what is no array of that shape as None."""
    if single and len(values) == 1:
        return values[0]
    if not shape:
        return values[0] if len(values) == 1 else None
    rows = shape[0] if isinstance(shape[0], int) and 0 < shape[0] <= len(values) else 0
    if not rows or len(values) % rows:
        return [] if shape[0] == 0 else None
    step = len(values) // rows
    return [_nested(shape[1:], values[i * step : (i + 1) * step]) for i in range(rows)]


def _flat(value, shape):
    """Return the numbers of nested lists of this shape, in order; [] for lists of another shape."""
    if not shape:
        return [value]
    if not isinstance(value, list) or len(value) != shape[0]:
        return []
    rows = [_flat(row, shape[1:]) for row in value]
    return [number for row in rows for number in row] if all(rows) else []


def _identical(expected, given, tolerance):
    return given is expected


def _equal(expected, given, tolerance):
    return expected == given


def _never(expected, given, tolerance):
    return False


def _same_whole(expected, given, tolerance):
    if not is_number(given):
        return False
    return given == expected or (isinstance(given, float) and abs(given - expected) <= 1e-12 * abs(expected))


def _same_float(expected, given, tolerance):
    return is_number(given) and isclose(expected, given, rel_tol=tolerance, abs_tol=tolerance * 1e-3)


def _same_text(expected, given, tolerance):
    return isinstance(given, str) and given.strip().casefold() == expected.strip().casefold()


def _same_list(expected, given, tolerance):
    if not isinstance(given, list) or len(given) != len(expected):
        return False
    return all(same(e, g, tolerance) for e, g in zip(expected, given))


def _same_array(expected, given, tolerance):
    if not is_kind(given, "array") or given.get("shape") != expected["shape"]:
        return False
    if len(given["values"]) != len(expected["values"]):
        return False
    scale = max([abs(v) for v in expected["values"] if not isinstance(v, str)], default=1) or 1
    return all(is_number(g) and abs(e - g) <= tolerance * scale for e, g in zip(expected["values"], given["values"]))


def _same_dict(expected, given, tolerance):
    if not is_kind(given, "dict") or len(given.get("items", ())) != len(expected["items"]):
        return False
    remaining = list(given["items"])
    for key, value in expected["items"]:
        match = next((i for i, (k, v) in enumerate(remaining) if same(key, k) and same(value, v, tolerance)), None)
        if match is None:
            return False
        remaining.pop(match)
    return True


_SAME: dict[Hashable, Callable[..., bool]] = {
    bool: _identical,
    NoneType: _identical,
    int: _same_whole,
    float: _same_float,
    str: _same_text,
    list: _same_list,
    "array": _same_array,
    "dict": _same_dict,
    "other": _never,
}


def texts(values: list[Encoded]) -> list[str]:
    """Return the texts among encoded values, and in lists of them, in small letters."""
    found = []
    for value in values:
        found += texts(value) if isinstance(value, list) else []
        found += [value.strip().casefold()] if isinstance(value, str) else []
    return found


def first_difference(expected: Encoded, given: Encoded, tolerance: float) -> tuple[str, Encoded, Encoded] | None:
    """Return (the place, what it is there, what was given) of the first difference of nested lists or arrays of the
    same shape; None if they have none.
    """
    if is_kind(expected, "array") and is_kind(given, "array") and expected["shape"] == given["shape"]:
        expected, given = (_nested(value["shape"], value["values"]) for value in (expected, given))
    if not isinstance(expected, list):
        return ("", expected, given) if not isinstance(given, list) else None
    if not isinstance(given, list) or len(given) != len(expected):
        return None
    for i, (one, other) in enumerate(zip(expected, given)):
        if not same(one, other, tolerance):
            place = first_difference(one, other, tolerance)
            return place and (f"[{i}]{place[0]}", *place[1:])
    return None


def readable(value: Encoded, limit: int = 240) -> str:
    """Return an encoded value as a reader would write it."""
    text = _text(value)
    return text if len(text) <= limit else text[: limit - 3] + "..."


def _text(value):
    return _TEXT.get(_kind(value), lambda _: "something unreadable")(value)


def _whole_text(value):
    return f"{value:,}" if abs(value) >= 10_000 else str(value)


def _float_text(value):
    return repr(value) if value == int(value) and abs(value) < 1e15 else f"{value:.10g}"


def _list_text(values):
    return "[" + ", ".join(map(_text, values)) + "]"


def _dict_text(value):
    return "{" + ", ".join(f"{_text(k)}: {_text(v)}" for k, v in value["items"][:20]) + "}"


def _array_text(shape, values):
    """Return an array as nested lists if it is small, else its shape and first values."""
    if len(values) > 24 or not shape:
        return f"an array of shape {'x'.join(map(str, shape))}: {', '.join(map(_text, values[:6]))}, ..."
    if len(shape) == 1:
        return _list_text(values)
    rows = shape[0] if isinstance(shape[0], int) and shape[0] > 0 and len(values) >= shape[0] else 0
    step = len(values) // rows if rows else 0
    return "[" + ", ".join(_array_text(shape[1:], values[i * step : (i + 1) * step]) for i in range(rows)) + "]"


_TEXT: dict[Hashable, Callable[..., str]] = {
    bool: repr,
    NoneType: repr,
    str: repr,
    int: _whole_text,
    float: _float_text,
    list: lambda value: _list_text(value[:40]),
    "array": lambda value: _array_text(value["shape"], value["values"]),
    "dict": _dict_text,
    "network": lambda value: f"a network of {len(value.get('layers', ()))} layers",
    "float": lambda value: str(value.get("value")),
    "open": lambda value: "...",
    "other": lambda value: f"an object of type {value.get('type')}",
}
