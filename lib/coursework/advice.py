"""What to do about an answer of the wrong kind, and about an error, in a sentence."""

import math
import re
from collections.abc import Callable, Iterable
from difflib import get_close_matches

from .sandbox.inside.wire import Encoded, is_kind
from .values import is_number

MODULES = {
    "math": "import math",
    "np": "import numpy as np",
    "numpy": "import numpy",
    "itertools": "import itertools",
    "functools": "import functools",
    "random": "import random",
    "statistics": "import statistics",
    "Fraction": "from fractions import Fraction",
    "Counter": "from collections import Counter",
    "defaultdict": "from collections import defaultdict",
    "groupby": "from itertools import groupby",
    "pairwise": "from itertools import pairwise",
    "accumulate": "from itertools import accumulate",
    "reduce": "from functools import reduce",
}
FUNCTIONS = {n for n in dir(math) if not n.startswith("_")}
LAZY = ("generator", "map", "filter", "zip", "enumerate", "reversed")


def about_error(text: str, names: Iterable[str] = ()) -> str:
    """Return what to do about an error, or "".

    text: the error in one line, "NameError: name 'x' is not defined"; names: what the exercise calls its arguments.
    """
    for pattern, told in ERRORS:
        if found := re.search(pattern, text):
            return told(found, list(names)) if callable(told) else told
    return ""


def _unknown(found, names):
    name = found[1]
    if name in MODULES:
        return f"Add `{MODULES[name]}` to the cell, above what uses it."
    if name in FUNCTIONS:
        return f"Add `from math import {name}` to the cell, above what uses it."
    if near := get_close_matches(name, names, 1, 0.6):
        return f"The exercise calls it `{near[0]}`, not `{name}`."
    return f"Nothing is called `{name}`: is it spelt as where it gets its value, and does that line come before?"


def _arguments(found, names):
    return f"Keep the arguments that the exercise names: {', '.join(f'`{n}`' for n in names)}." if names else ""


def _attribute(found, names):
    module, name = found[1], found[2]
    return f"`{module}` has no `{name}`: is it spelt right?"


WHOLE = "A whole number is needed there: `//` keeps whole numbers, `/` makes a float."
LISTS = "An argument that is a list was taken for a number: go through it with a loop, or take one of its entries."
SINGLE = "A single number was taken for a list: is it `range(n)` that you want to go through, or the list itself?"
SHAPES = "The shapes of two arrays do not fit: print `x.shape` of both in front of that line."
TIMES = "Between a number and a bracket there is no `*`: Python takes it for a call."
# Pattern of an error in one line -> what to do.
ERRORS: list[tuple[str, str | Callable[[re.Match, list[str]], str]]] = [
    (r"^NameError: name '(\w+)' is not defined", _unknown),
    (r"^UnboundLocalError: .*?'(\w+)'", lambda found, _: f"`{found[1]}` is used before it gets a value."),
    (r"^TypeError: .*(positional argument|unexpected keyword argument|multiple values for argument)", _arguments),
    (r"^TypeError: .*'NoneType'", "One of the values is None: does a function that you call lack its `return`?"),
    (r"^TypeError: .*'ellipsis'", "There are still dots `...` in place of a value."),
    (r"^TypeError: '(int|float)' object is not callable", TIMES),
    (r"^TypeError: 'list' object is not callable", "Entries of a list stand in square brackets: `x[0]`, not `x(0)`."),
    (r"^TypeError: '(int|float)' object is not (iterable|subscriptable)",
     SINGLE),
    (r"^TypeError: 'float' object cannot be interpreted as an integer", WHOLE),
    (r"^TypeError: (list|tuple|string) indices must be integers or slices, not float", WHOLE),
    (r"^TypeError: (list|tuple) indices must be integers or slices, not (str|tuple|list)",
     "It is a list: its entries have numbers, `x[0]`; a list in a list takes two brackets, `x[0][1]`."),
    (r"^TypeError: (can't multiply sequence|unsupported operand .*'list'|can only concatenate list)", LISTS),
    (r"^TypeError: '[<>]=?' not supported between .*'list'", LISTS),
    (r"^TypeError: unsupported operand .*'str'|^TypeError: can only concatenate str", "A text was taken for a number."),
    (r"^TypeError: unsupported operand .*'(dict|set|function|builtin_function_or_method|method)'",
     lambda found, _: f"One of the values is a {found[1].replace('_', ' ')}, not a number."),
    (r"^IndexError", "The entries of a list are numbered from 0 to its length minus 1: one further is none."),
    (r"^KeyError", "There is no such key: is it spelt as in the exercise?"),
    (r"^ZeroDivisionError", "In this case it divides by 0: what becomes 0 there?"),
    (r"^AttributeError: module '(\w+)' has no attribute '(\w+)'", _attribute),
    (r"^ModuleNotFoundError", "That package is not there; the exercise can be solved without it."),
    (r"^RecursionError", "It calls itself again and again: when does it stop?"),
    (r"^ValueError: (min|max)\(\) (arg|iterable argument) is an empty|^ValueError: zero-size array",
     "In this case there is nothing to choose from: the list is empty."),
    (r"^ValueError: (operands could not|matmul|cannot reshape|could not broadcast|all the input array)", SHAPES),
    (r"^ValueError: setting an array element", "The rows of an array are equally long; these are not."),
    (r"^ValueError: (index can't contain negative|slice step cannot be zero|repeated axis|axes don't match)",
     "An axis, a step or a number of cells around an array cannot be that: count axes from 0, steps from 1."),
    (r"^TypeError: slice indices must be integers", WHOLE),
    (r"^AttributeError: '(int|float)' object", "A single number was taken for something else: an array, a list?"),
    (r"^(AxisError|numpy.*AxisError)", "There is no such axis: the axes of an array are numbered from 0."),
    (r"^TypeError: (bad operand type for unary|must be real number).*str", "A text was taken for a number."),
    (r"^TypeError: unhashable type", "A list was taken for a single value or a name."),
    (r"^TypeError: (cannot unpack non-iterable|object of type) '?(int|float)", SINGLE),
    (r"^ValueError: math domain error", "A root or a logarithm was taken of a number that has none."),
    (r"^ValueError: (too many|not enough) values to unpack",
     "The names on the left of `=` are not as many as the entries on the right."),
    (r"^OverflowError", "A number grows beyond all bounds: is there a power too many?"),
    (r"^took too long", "Does a loop never end? What it asks for has to change from turn to turn."),
]  # fmt: skip


def about_kind(
    expected: list[Encoded], given: list[Encoded], is_function: bool, always: bool = True
) -> tuple[str, str]:
    """Return (name, what to say) about answers that are of another kind than the right ones; ("", "") otherwise.

    always: if these answers are the same, are all others, too, which other cases got?
    """
    if all(v is None for v in given):
        told = "It returned None: is a `return` missing? `print` shows a value, `return` hands it back."
        return "returns_nothing", told if is_function else "It is None."
    if is_function and any(v is None for v in given):
        return "returns_nothing", "In some cases it returned None: is there a way to the end without a `return`?"
    for says in (_other, _lists, _texts):
        if found := says(expected, given):
            return found if is_function else (found[0], found[1].replace("It returned", "It is"))
    if is_function and len(given) > 3 and all(v == given[0] for v in given) and any(e != expected[0] for e in expected):
        if given[0] == []:
            return "", "In every case that goes wrong the list stays empty: does its condition ever hold?"
        if given[0] == 0 and all(isinstance(e, float) for e in expected):
            return (
                "",
                "In every case that goes wrong it gives 0: is there a `//` or a `round`, which make a small number 0?",
            )
        return "", ALWAYS if always else ""
    return "", ""


ALWAYS = "It gives the same answer in every case. Does it use its arguments? Does a loop or a condition end it at once?"


def _asked(expected):
    """What is asked for, in a few words."""
    if expected and all(isinstance(e, list) for e in expected):
        named = any(expected) and all(isinstance(part, str) for e in expected for part in e)
        return "a list of names" if named else "a list"
    if expected and all(isinstance(e, str) for e in expected):
        return "one of the texts that the exercise names"
    return "an array" if expected and _all("array", expected) else "plain numbers"


def _all(kind, values):
    return all(is_kind(v, kind) for v in values)


def _other(expected, given):
    types = {v.get("type") for v in given if is_kind(v, "other")}
    if len(types) == 1 and _all("other", given):
        (kind,) = types
        if kind in LAZY:
            return "returns_object", f"It returned a {kind} that has not run yet: put it into `list(...)`."
        if kind in ("function", "method", "builtin_function_or_method", "type"):
            return "returns_object", "It returned a function, not what the function gives: add parentheses."
        if kind == "complex":
            return "returns_object", "It returned a complex number: a root of a negative number was taken."
        return (
            "returns_object",
            f"It returned a set. Return {_asked(expected)}." if kind == "set" else f"Return {_asked(expected)}.",
        )
    if any(is_kind(v, "float") for v in given) and not any(is_kind(e, "float") for e in expected):
        return (
            "returns_no_number",
            "It is infinite, or no number at all (nan): is there a division by 0, or a power too many?",
        )
    if _all("dict", given) and not _all("dict", expected):
        asked = "a list" if all(isinstance(e, list) for e in expected) else "the value itself"
        return "returns_dict", f"It returned a dict; return {asked}."
    if _all("network", given) and not _all("network", expected):
        return "returns_object", "It returned a network or a map, not the number that is asked for."
    return None


def _lists(expected, given):
    if all(is_kind(e, "array") for e in expected) and all(
        isinstance(v, list) and any(is_kind(part, "array") for part in v) for v in given
    ):
        return "returns_list", "Return the array itself, not a list or a tuple that holds it."
    asked = [isinstance(e, list) or is_kind(e, "array") for e in expected]
    lists = [isinstance(v, list) or is_kind(v, "array") for v in given]
    if all(lists) and not any(asked):
        return "returns_list", "Return the value itself, not a list or a tuple."
    if all(asked) and not any(lists):
        if not all(isinstance(e, list) for e in expected):
            return "returns_no_list", "Return an array."
        lengths = {len(e) for e in expected}
        nested = all(isinstance(part, list) for e in expected for part in e)
        what = "a list of lists" if nested else "a list"
        return "returns_no_list", f"Return {what}, here of {lengths.pop()}." if len(
            lengths
        ) == 1 and not nested else f"Return {what}."
    if all(isinstance(v, list) for v in (*expected, *given)) and all(expected) and all(given):
        nested = all(isinstance(part, list) for e in expected for part in e)
        if nested and not any(isinstance(part, list) for v in given for part in v):
            return "returns_flat_list", "Each entry of the list is a list itself."
        if not any(isinstance(part, list) for e in expected for part in e) and all(
            isinstance(part, list) for v in given for part in v
        ):
            return "returns_nested_list", "The entries of the list are single values, not lists."
    return None


def _texts(expected, given):
    if any(isinstance(v, str) for v in given) and not any(isinstance(e, str) for e in expected):
        asked = "number" if all(map(is_number, expected)) else "value"
        return "returns_text", f"It returned a text; return the {asked} itself."
    if any(isinstance(v, bool) for v in given) and all(map(is_number, expected)):
        return "returns_truth", "It returned True or False; return the number itself."
    if all(map(is_number, given)) and all(isinstance(e, str) for e in expected):
        return "returns_number", "It returned a number; return one of the texts that the exercise names."
    return None
