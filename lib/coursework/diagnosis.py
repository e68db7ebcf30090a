"""What a wrong answer has to do with the arguments: exchanged, ignored, a factor too many, right in some cases only."""

import ast
import inspect
import linecache
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from itertools import combinations, pairwise, permutations
from math import isclose
from textwrap import dedent
from types import FrameType

from .sandbox.inside.clock import Clock, Late
from .sandbox.inside.wire import Encoded, encode
from .values import is_number, same

SECONDS = 0.05  # of computing, for all that is tried: a class has many wrong answers
LARGEST = 1000  # of the numbers that are exchanged
Named = Mapping[str, object]  # the arguments of one case by the exercise's names, with their defaults
POWER = "In Python ^ is not a power; that is **: 3**2 is 9."
WAYS = {  # what is done with the right answer and an argument -> how it is told
    "is the right one times `{}`": lambda right, n: right * n,
    "is the right one times `{}` squared": lambda right, n: right * n * n,
    "is the right one divided by `{}`": lambda right, n: right / n,
    "is the right one divided by `{}` squared": lambda right, n: right / (n * n),
    "is too large by `{}`": lambda right, n: right + n,
    "is too small by `{}`": lambda right, n: right - n,
}


def by_arguments(
    reference: Callable,
    wrong: list[tuple[Named, Encoded, Encoded]],
    right: list[Named],
    tolerance: float,
) -> str:
    """Return in words what explains every wrong case, or "".

    wrong: arguments, right answer and given answer of each wrong case; right: arguments of the cases that are right.
    """
    if len(wrong) < 2:
        return ""
    return (
        _tried(reference, wrong, tolerance)
        or _in_numbers(wrong)
        or _only_arguments(wrong)
        or _where_right([named for named, _, _ in wrong], right)
        or _too_large(wrong)
    )


def _tried(reference, wrong, tolerance):
    """Does the reference give the same with its arguments changed? Not one that searches, which might never end."""
    if holds(getattr(reference, "func", reference), ast.While) is not False:
        return ""
    values, clock = [given for _, _, given in wrong], Clock()
    if not clock.stops:
        return ""
    try:
        with suppress(Late), clock.limit(SECONDS):
            for told, changed in _changes(reference, [named for named, _, _ in wrong]):
                if all(_gives(reference, named, value, tolerance) for named, value in zip(changed, values)):
                    return told
    finally:
        clock.close()
    return ""


def holds(function: Callable, kind: type[ast.AST]) -> bool | None:
    """Is there such a node, a `while` or a `^`, in a function's own code? None where its source cannot be read."""
    try:
        tree = ast.parse(dedent(inspect.getsource(function)))
    except (OSError, SyntaxError, TypeError):
        return None
    return any(isinstance(node, kind) for node in ast.walk(tree))


def call_holds(frame: FrameType, kind: type[ast.AST]) -> bool:
    """Is there such a node among the arguments of the call that this frame is in? False where no source can be read."""
    try:
        tree = ast.parse("".join(linecache.getlines(frame.f_code.co_filename)))
    except SyntaxError:
        return False
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and n.lineno <= frame.f_lineno <= n.end_lineno]
    arguments = [argument for call in calls for argument in (*call.args, *(word.value for word in call.keywords))]
    return any(isinstance(node, kind) for argument in arguments for node in ast.walk(argument))


def _gives(reference, named, value, tolerance):
    try:
        return same(encode(reference(**named)), value, tolerance)
    except Exception:  # nonsense in, anything out
        return False


def _changes(reference, cases) -> Iterator[tuple[str, list[Named]]]:
    """Yield what a student may have done to the arguments, in words, and the cases as they would then be."""
    arguments = inspect.signature(reference).parameters
    names = _plain_names(cases)
    for name in names:
        default = arguments[name].default
        if default is not inspect.Parameter.empty and any(case[name] != default for case in cases):
            yield f"It is what comes out if `{name}` is always {default!r}.", [{**c, name: default} for c in cases]
    for one, other in combinations(names, 2):
        alike = all(type(c[one]) is type(c[other]) and _small(c[one]) and _small(c[other]) for c in cases)
        if alike and any(c[one] != c[other] for c in cases):
            told = f"It is what comes out if `{one}` and `{other}` are exchanged."
            yield told, [{**c, one: c[other], other: c[one]} for c in cases]


def _small(value):
    """Is it no number of loops, or of bytes, that no clock could stop in time?"""
    return not is_number(value) or abs(value) <= LARGEST


def _plain_names(cases):
    """Names of the arguments that all cases have and that can be compared."""
    plain = (int, float, str, type(None))
    return [name for name in cases[0] if all(isinstance(case.get(name, ...), plain) for case in cases)]


def _in_numbers(wrong):
    """Are the answers off by an argument, as a factor or as a summand?"""
    if not all(is_number(right) and is_number(given) for _, right, given in wrong):
        return ""
    for name in wrong[0][0]:
        ns = [named.get(name) for named, _, _ in wrong]
        if not all(map(is_number, ns)) or 0 in ns or len(set(ns)) < 2:
            continue
        for told, way in WAYS.items():
            if all(isclose(way(right, n), given, rel_tol=1e-9) for n, (_, right, given) in zip(ns, wrong)):
                return f"Every answer {told.format(name)}."
    return ""


PAIRS = {  # two arguments -> what they make
    "{} * {}": lambda a, b: a * b,
    "{} / {}": lambda a, b: a / b,
    "{} // {}": lambda a, b: a // b,
    "{} + {}": lambda a, b: a + b,
    "{} - {}": lambda a, b: a - b,
}


def _only_arguments(wrong):
    """Is every answer an argument, or two of them put together, and nothing else?"""
    given = [value for _, _, value in wrong]
    if not all(map(is_number, given)) or len(set(given)) < 3:
        return ""
    for name in wrong[0][0]:
        values = [named.get(name) for named, _, _ in wrong]
        if values == given:
            return f"Every answer is `{name}` itself."
        if all(isinstance(value, list) for value in values):
            for what in (len, sum, max, min):
                with suppress(TypeError, ValueError):
                    if all(what(value) == g for value, g in zip(values, given)):
                        return f"Every answer is only `{what.__name__}({name})`."
    numbers = [n for n in wrong[0][0] if all(is_number(named.get(n)) for named, _, _ in wrong)]
    for one, other in permutations(numbers, 2):
        for told, way in PAIRS.items():
            with suppress(ZeroDivisionError, OverflowError):
                if all(isclose(way(c[one], c[other]), g, rel_tol=1e-9) for c, _, g in wrong):
                    return f"Every answer is only `{told.format(one, other)}`."
    return ""


def _too_large(wrong):
    """Are all answers too large, or all too small, and the more so the larger an argument is?"""
    if not all(is_number(right) and is_number(given) for _, right, given in wrong):
        return ""
    if all(isinstance(right, int) for _, right, _ in wrong) and any(given != int(given) for _, _, given in wrong):
        return "A whole number is asked for."
    if any(given < 0 <= right for _, right, given in wrong) and not any(right < 0 for _, right, _ in wrong):
        return "Some answers are negative, which none should be."
    larger = {given > right for _, right, given in wrong}
    if len(larger) > 1:
        return "Some answers are too large, others too small."
    how = "large" if True in larger else "small"
    if any(right <= 0 or given <= 0 for _, right, given in wrong):
        return f"Every answer is too {how}."
    factors = [max(given / right, right / given) for _, right, given in wrong]
    if f"{min(factors):.3g}" == "1":  # a factor of 1 says nothing
        away = [abs(given - right) for _, right, given in wrong]
        least, most = f"{min(away):,.6g}", f"{max(away):,.6g}"
        return f"Every answer is too {how}, by {least if least == most else f'{least} to {most}'}."
    told = f"Every answer is too {how}, by a factor of {min(factors):.3g} to {max(factors):.3g}"
    for name in wrong[0][0]:
        values = [named.get(name) for named, _, _ in wrong]
        if all(map(is_number, values)) and len(set(values)) > 3:
            found = [f for _, f in sorted(zip(values, factors))]
            if all(a <= b for a, b in pairwise(found)) and found[0] < found[-1]:
                return f"{told}: the more, the larger `{name}` is."
            if all(a >= b for a, b in pairwise(found)) and found[0] > found[-1]:
                return f"{told}: the more, the smaller `{name}` is."
    return f"{told}."


def _where_right(wrong, right):
    """Does one argument's value part the right cases from the wrong ones?"""
    if len(right) < 2:
        return ""
    names = _plain_names(right + wrong)
    for name in names:
        here, there = [case.get(name) for case in right], [case.get(name) for case in wrong]
        if all(value == here[0] for value in here) and all(value != here[0] for value in there):
            return f"In the cases tried it is right where `{name}` is {here[0]!r}, and wrong elsewhere."
        if all(value == there[0] for value in there) and all(value != there[0] for value in here):
            return f"In the cases tried it is wrong where `{name}` is {there[0]!r}, and right elsewhere."
    numbers = [name for name in names if all(is_number(case[name]) for case in right + wrong)]
    for one, other in permutations(numbers, 2):
        if all(c[one] <= c[other] for c in right) and all(c[one] > c[other] for c in wrong):
            return f"In the cases tried it is wrong where `{one}` is larger than `{other}`, and right elsewhere."
    return ""
