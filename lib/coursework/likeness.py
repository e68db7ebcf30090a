"""What is regular about wrong answers: another order or length, rounding, a factor, a sign, a unit."""

from math import ceil, isclose, trunc

from .sandbox.inside.wire import Encoded, is_kind
from .values import is_number, same


def likeness(expected: list[Encoded], given: list[Encoded]) -> str:
    """Return what is regular about wrong answers, in words, or ""; expected, given: alike in length, no value right."""
    if expected and all(is_kind(v, "array") for v in (*expected, *given)):
        return _likeness_of_arrays(expected, given)
    if expected and all(isinstance(e, list) for e in expected):
        return _likeness_of_lists(expected, given)
    numbers = [(e, g) for e, g in zip(expected, given) if is_number(e) and is_number(g)]
    if len(numbers) < len(given) or not numbers:
        return ""
    return _rounded(numbers) or _regular(numbers)


def _likeness_of_arrays(expected, given):
    """Shape, order, and how many of the numbers are wrong in the smallest case."""
    asked, given_shape = next(
        ((e["shape"], g["shape"]) for e, g in zip(expected, given) if e["shape"] != g["shape"]), ((), ())
    )
    if asked:
        return f"In one case it has the shape {_shape(given_shape)}, where {_shape(asked)} is asked for."
    pairs = [(e["values"], g["values"]) for e, g in zip(expected, given)]
    if all(_like_bag(e, g) for e, g in pairs):
        return "These are the right numbers, in other places."
    numbers = [(e, g) for pair in pairs for e, g in zip(*pair) if not same(e, g)]
    if numbers and all(is_number(g) for _, g in numbers) and (told := _regular([n for n in numbers if n[0]])):
        return told.replace("Every answer", "Every wrong number")
    right, wrong = min(pairs, key=lambda pair: len(pair[0]))
    return f"In one case {sum(map(same, right, wrong))} of the {len(right)} numbers are right."


def _shape(shape):
    return " x ".join(map(str, shape)) or "of a single number"


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
        return _of_entries(expected, given) or _of_ends(expected, given, wrong)
    places = ", ".join(str(i + 1) for i in sorted(always))
    which = f"Entry {places} is" if len(always) == 1 else f"Entries {places} are"
    pairs = [(e[i], g[i]) for e, g, found in zip(expected, given, wrong) for i in found]
    more = likeness([e for e, _ in pairs], [g for _, g in pairs]).replace("Every answer", "There every answer")
    return f"{which} wrong, the others are right. {more}".rstrip()


def _of_entries(expected, given):
    """What is regular about lists all of whose entries may be wrong."""
    pairs = [(e, g) for pair in zip(expected, given) for e, g in zip(*pair) if not same(e, g)]
    if not all(is_number(e) and is_number(g) for e, g in pairs):
        return ""
    return (_rounded(pairs) or _regular(pairs)).replace("Every answer", "Every wrong entry")


def _of_ends(expected, given, wrong):
    """What is right at the same place of lists of several lengths; or that nothing is."""
    if all(len(places) == len(e) for places, e in zip(wrong, expected)):
        moved = any(same(e, g) for es, gs in zip(expected, given) for e in es for g in gs)
        more = " in its place" if moved else ""
        return f"None of the entries is right{more}." if len(expected[0]) > 1 else ""
    for name, place in (("last", lambda e: len(e) - 1), ("first", lambda e: 0)):
        if all(places == {place(e)} for e, places in zip(expected, wrong)):
            return f"Only the {name} entry is wrong."
        if all(places == set(range(len(e))) - {place(e)} for e, places in zip(expected, wrong)):
            return f"The {name} entry is right, the others are wrong."
    return ""


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
            return f"It is the right number, {how} to a whole one: more digits are asked for."
    for digits in range(1, 7):
        if all(abs(round(e, digits) - g) < 1e-12 for e, g in pairs):
            return f"It is the right number, rounded to {_decimals(digits)}: more digits are asked for."
    if all(g and any(abs(round(e, digits) - g) < 1e-12 for digits in range(7)) for e, g in pairs):
        return "These are the right numbers, rounded: more digits are asked for."
    for digits in range(1, 4):
        if all(round(g, digits) == e for e, g in pairs):
            return f"Perhaps it is only not rounded: {_decimals(digits)} may be what is asked for."
    return ""


def _decimals(digits):
    return f"{digits} decimal{'s' if digits > 1 else ''}"


UNITS = {1e3: "a unit", 1e6: "a unit", 1e9: "a unit", 2**10: "a unit", 2**20: "a unit"}
PERCENT = {True: "percent where a share is asked for", False: "a share where percent are asked for"}


def _unit(expected, given):
    """Is a single answer the right number in another unit?"""
    if not expected or not given:
        return ""
    larger = abs(given) > abs(expected)
    times = given / expected if larger else expected / given
    if not any(isclose(times, unit, rel_tol=1e-9) for unit in UNITS):
        return ""
    return f"It is the right number {'times' if larger else 'divided by'} {times:,.0f}. Perhaps a unit."


def _side(expected, given):
    """Is a single answer too large or too small?"""
    if isinstance(expected, int) and given != int(given):
        return "A whole number is asked for."
    if (given < 0) != (expected < 0):
        return "The sign is wrong." if expected else ""
    times = abs(given / expected) if expected and given else 0
    far = "far " if times > 10 or 0 < times < 0.1 else ""
    return f"It is {far}too {'large' if given > expected else 'small'}."


def _regular(pairs):
    """A factor, a difference, a sign, a reciprocal or a complement that all of them share."""
    if len(pairs) == 1:
        return _unit(*pairs[0]) or _side(*pairs[0])
    if all(isclose(g, -e, rel_tol=1e-9) for e, g in pairs):
        return "Every answer has the wrong sign."
    if all(e and g and isclose(e * g, 1, rel_tol=1e-9) for e, g in pairs):
        return "Every answer is upside down: it is one divided by the right one."
    for whole in (1, 100):
        shares = whole > 1 or not all(isinstance(e, int) for e, _ in pairs)
        if shares and all(isclose(e + g, whole, rel_tol=1e-9) and 0 <= e <= whole for e, g in pairs):
            return f"Every answer is what is left of {whole}: the other part is asked for."
    offsets = [g - e for e, g in pairs]
    if all(e for e, _ in pairs):
        factor = pairs[0][1] / pairs[0][0]
        if isclose(factor, 1, rel_tol=1e-3):
            return ""
        if factor and all(isclose(g / e, factor, rel_tol=1e-9) for e, g in pairs):
            times = factor if factor > 1 else 1 / factor
            reasons = UNITS | {100: PERCENT[factor > 1]}
            reason = next(
                (f" Perhaps {why}." for unit, why in reasons.items() if isclose(times, unit, rel_tol=1e-9)), ""
            )
            if factor > 1:
                return f"Every answer is {times:.6g} times the right one.{reason}"
            return f"Every answer is the right one divided by {times:.6g}.{reason}"
    if all(isclose(offset, offsets[0], rel_tol=1e-9) for offset in offsets):
        return f"Every answer is {abs(offsets[0]):g} too {'large' if offsets[0] > 0 else 'small'}."
    return ""
