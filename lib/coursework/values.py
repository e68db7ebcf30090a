"""Encoded values: are two of them the same, how does one read, and what is regular about wrong ones?"""

from collections.abc import Callable, Hashable
from math import ceil, isclose, trunc
from types import NoneType

from .sandbox.inside.wire import Encoded, is_kind

FLOAT = 1e-6  # relative tolerance of computed floats, unless an exercise says otherwise


def _kind(value: Encoded) -> Hashable:
    """Return what decides how an encoded value is treated: its type, or what its `$` says."""
    return value.get("$") if isinstance(value, dict) else type(value)


def _is_number(value: Encoded) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def same(expected: Encoded, given: Encoded, tolerance: float = FLOAT) -> bool:
    """Is the encoded answer `given` the encoded value `expected`?

    Whole numbers must be equal; a float that is whole counts as that number. Floats and arrays may differ by
    `tolerance`, relative. Texts are compared without regard to case and outer blanks. A list of numbers and an array
    of the same shape are the same answer, and so are a number and an array that holds nothing else.
    """
    if is_kind(given, "array") and not is_kind(expected, "array"):
        given = _nested(given["shape"], given["values"], single=_is_number(expected))
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
    if not _is_number(given):
        return False
    return given == expected or (isinstance(given, float) and abs(given - expected) <= 1e-12 * abs(expected))


def _same_float(expected, given, tolerance):
    return _is_number(given) and isclose(expected, given, rel_tol=tolerance, abs_tol=tolerance * 1e-3)


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
    return all(_is_number(g) and abs(e - g) <= tolerance * scale for e, g in zip(expected["values"], given["values"]))


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


def likeness(expected: list[Encoded], given: list[Encoded]) -> str:
    """Return what is regular about wrong answers, in words, or ""; expected, given: alike in length, no value right."""
    if expected and all(isinstance(e, list) for e in expected):
        return _likeness_of_lists(expected, given)
    numbers = [(e, g) for e, g in zip(expected, given) if _is_number(e) and _is_number(g)]
    if len(numbers) < len(given) or not numbers:
        return ""
    return _rounded(numbers) or _regular(numbers)


def _likeness_of_lists(expected, given):
    """Length, order, and which entries are wrong in every case."""
    if not all(isinstance(g, list) for g in given):
        return ""
    lengths = {len(g) - len(e) for e, g in zip(expected, given)}
    if lengths != {0}:
        if 0 in lengths or len(lengths) > 1:
            return "Sometimes the list has another length." if len(expected) > 1 else ""
        more = lengths.pop()
        return f"The list is {abs(more)} {'too long' if more > 0 else 'too short'}."
    if all(_like_bag(e, g) for e, g in zip(expected, given)):
        return "These are the right entries, in another order."
    wrong = [{i for i, (e, g) in enumerate(zip(*pair)) if not same(e, g)} for pair in zip(expected, given)]
    always = set.union(*wrong)
    if len({len(e) for e in expected}) > 1 or len(always) == len(expected[0]):
        return _of_entries(expected, given)
    places = ", ".join(str(i + 1) for i in sorted(always))
    which = f"Entry {places} is" if len(always) == 1 else f"Entries {places} are"
    pairs = [(e[i], g[i]) for e, g, found in zip(expected, given, wrong) for i in found]
    more = likeness([e for e, _ in pairs], [g for _, g in pairs]).replace("Every answer", "There every answer")
    return f"{which} wrong, the others are right. {more}".rstrip()


def _of_entries(expected, given):
    """What is regular about lists all of whose entries may be wrong."""
    pairs = [(e, g) for pair in zip(expected, given) for e, g in zip(*pair) if not same(e, g)]
    if not all(_is_number(e) and _is_number(g) for e, g in pairs):
        return ""
    return (_rounded(pairs) or _regular(pairs)).replace("Every answer", "Every wrong entry")


def _like_bag(expected, given):
    left = list(given)
    for value in expected:
        match = next((i for i, g in enumerate(left) if same(value, g)), None)
        if match is None:
            return False
        left.pop(match)
    return True


def _rounded(pairs):
    """Are all of them the right numbers, cut or rounded?"""
    if any(isinstance(e, int) for e, _ in pairs) or not any(g for _, g in pairs):
        return ""
    for how, rule in (("rounded", round), ("cut", trunc), ("rounded up", ceil)):
        if all(g == rule(e) for e, g in pairs):
            return f"It is the right number, {how} to a whole one: return it as it is."
    for digits in range(1, 7):
        if all(abs(round(e, digits) - g) < 1e-12 for e, g in pairs):
            return (
                f"It is the right number, rounded to {digits} decimal{'s' if digits > 1 else ''}: return it as it is."
            )
    return ""


UNITS = {1e3: "a unit", 1e6: "a unit", 1e9: "a unit", 2**10: "a unit", 2**20: "a unit", 100: "percent for a share"}


def _regular(pairs):
    """A factor, a difference, a sign, a reciprocal or a complement that all of them share."""
    if len(pairs) < 2:
        return ""
    if all(isclose(g, -e, rel_tol=1e-9) for e, g in pairs):
        return "Every answer has the wrong sign."
    if all(e and g and isclose(e * g, 1, rel_tol=1e-9) for e, g in pairs):
        return "Every answer is upside down: it is one divided by the right one."
    for whole in (1, 100):
        if all(isclose(e + g, whole, rel_tol=1e-9) and 0 <= e <= whole for e, g in pairs):
            return f"Every answer is what is left of {whole}: the other part is asked for."
    offsets = [g - e for e, g in pairs]
    if all(e for e, _ in pairs):
        factor = pairs[0][1] / pairs[0][0]
        if isclose(factor, 1, rel_tol=1e-3):
            return ""
        if factor and all(isclose(g / e, factor, rel_tol=1e-9) for e, g in pairs):
            times = factor if factor > 1 else 1 / factor
            reason = next((f" Perhaps {why}." for unit, why in UNITS.items() if isclose(times, unit, rel_tol=1e-9)), "")
            if factor > 1:
                return f"Every answer is {times:.6g} times the right one.{reason}"
            return f"Every answer is the right one divided by {times:.6g}.{reason}"
    if all(isclose(offset, offsets[0], rel_tol=1e-9) for offset in offsets):
        return f"Every answer is {abs(offsets[0]):g} too {'large' if offsets[0] > 0 else 'small'}."
    return ""
