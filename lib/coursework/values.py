"""Encoded values: are two of them the same, and how does one read?"""

from math import isclose

from .sandbox.inside.wire import is_kind

FLOAT = 1e-6  # relative tolerance of computed floats, unless an exercise says otherwise


def same(expected, given, tolerance=FLOAT):
    """Is the encoded answer `given` the encoded value `expected`?

    Whole numbers must be equal; a float that is whole counts as that number. Floats and arrays may differ by
    `tolerance`, relative. Texts are compared without regard to case and outer blanks.
    """
    if isinstance(expected, bool) or expected is None:
        return given is expected
    if isinstance(expected, (int, float)):
        if isinstance(given, bool) or not isinstance(given, (int, float)):
            return False
        if isinstance(expected, int):
            return given == expected or (isinstance(given, float) and abs(given - expected) <= 1e-12 * abs(expected))
        return isclose(expected, given, rel_tol=tolerance, abs_tol=tolerance * 1e-3)
    if isinstance(expected, str):
        return isinstance(given, str) and given.strip().casefold() == expected.strip().casefold()
    if isinstance(expected, list):
        return (
            isinstance(given, list)
            and len(given) == len(expected)
            and all(same(e, g, tolerance) for e, g in zip(expected, given))
        )
    if is_kind(expected, "array"):
        if not is_kind(given, "array") or given.get("shape") != expected["shape"]:
            return False
        pairs = zip(expected["values"], given["values"])
        scale = max([abs(v) for v in expected["values"] if not isinstance(v, str)], default=1) or 1
        return len(given["values"]) == len(expected["values"]) and all(
            not isinstance(g, (str, bool)) and abs(e - g) <= tolerance * scale for e, g in pairs
        )
    if is_kind(expected, "dict"):
        if not is_kind(given, "dict") or len(given.get("items", ())) != len(expected["items"]):
            return False
        remaining = list(given["items"])
        for key, value in expected["items"]:
            match = next((i for i, (k, v) in enumerate(remaining) if same(key, k) and same(value, v, tolerance)), None)
            if match is None:
                return False
            remaining.pop(match)
        return True
    return expected == given and not is_kind(expected, "other")


def words(value, limit=240):
    """Return an encoded value as a reader would write it."""
    text = _words(value)
    return text if len(text) <= limit else text[: limit - 3] + "..."


def _words(value):
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return repr(value)
    if isinstance(value, int):
        return f"{value:,}" if abs(value) >= 10_000 else str(value)
    if isinstance(value, float):
        return repr(value) if value == int(value) and abs(value) < 1e15 else f"{value:.10g}"
    if isinstance(value, list):
        return "[" + ", ".join(_words(v) for v in value[:40]) + "]"
    if is_kind(value, "array"):
        return _array(value["shape"], value["values"])
    if is_kind(value, "dict"):
        return "{" + ", ".join(f"{_words(k)}: {_words(v)}" for k, v in value["items"][:20]) + "}"
    if is_kind(value, "network"):
        return f"a network of {len(value.get('layers', ()))} layers"
    if is_kind(value, "float"):
        return str(value.get("value"))
    if is_kind(value, "open"):
        return "..."
    return f"an object of type {value.get('type')}" if is_kind(value, "other") else "something unreadable"


def _array(shape, values):
    """Return an array as nested lists if it is small, else its shape and first values."""
    if len(values) > 24 or not shape:
        return f"an array of shape {'x'.join(map(str, shape))}: {', '.join(_words(v) for v in values[:6])}, ..."
    if len(shape) == 1:
        return "[" + ", ".join(_words(v) for v in values) + "]"
    step = len(values) // shape[0] if isinstance(shape[0], int) and shape[0] > 0 else 0
    return (
        "["
        + ", ".join(_array(shape[1:], values[i * step : (i + 1) * step]) for i in range(shape[0] if step else 0))
        + "]"
    )


def likeness(expected, given):
    """Return what is regular about wrong numbers, in words, or "": pairs of encoded values, all of them wrong."""
    numbers = [
        (e, g)
        for e, g in zip(expected, given)
        if all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in (e, g)) and e
    ]
    if len(numbers) < 2 or len(numbers) < len(given):
        return ""
    factors, offsets = {g / e for e, g in numbers}, {g - e for e, g in numbers}
    factor = max(factors)
    if isclose(factor, 1, rel_tol=1e-3):
        return ""
    if factor and isclose(min(factors), factor, rel_tol=1e-9):
        if factor > 1:
            return f"Every answer is {factor:.6g} times the right one."
        return f"Every answer is the right one divided by {1 / factor:.6g}."
    if len(offsets) == 1:
        offset = offsets.pop()
        return f"Every answer is {abs(offset):g} too {'large' if offset > 0 else 'small'}."
    return ""
