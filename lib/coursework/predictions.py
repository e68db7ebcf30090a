"""Guesses, recorded before a cell reveals the answer: `predict("vgg.total_macs", 10e9)`.

A prediction stands in the specifications of its chapter:

    @prediction
    def total_macs():
        "MACs of VGG-16 at 224x224"
        return models.vgg16().macs
"""

import inspect
from collections.abc import Callable
from math import log2

from .errors import CourseworkError
from .exercise import specification

CLOSE = 1.1  # a factor within which a guess counts as right
_guesses = {}  # name -> (guess, answer), in order


class Prediction:
    """A question with a numeric answer (or a text, or a truth) that the next cell computes."""

    def __init__(self, answer: Callable[[], float | str | bool]) -> None:
        self.answer, self.question = answer, " ".join((inspect.getdoc(answer) or "").split())
        self.name = f"{answer.__module__.rsplit('.', 1)[-1]}.{answer.__name__}"


def prediction(answer: Callable[[], float | str | bool]) -> Prediction:
    """Turn a function of no arguments, whose docstring is the question, into a `Prediction`."""
    return Prediction(answer)


def predict(name: str, guess: object = ...) -> None:
    """Record a guess and print how far it is from the answer, without giving the answer away.

    name: as in `"vgg.total_macs"`; guess: a number, a text or a truth; `...` leaves it open.
    """
    asked = _find(name)
    if hasattr(guess, "item"):
        guess = guess.item()  # a NumPy number
    if guess is ...:
        print(f"{name}: what do you expect for {asked.question}? Write your guess in place of the dots.")
        return
    answer = asked.answer()
    _guesses[name] = guess, answer
    print(f"{name}: {_distance(guess, answer)}")


def predictions() -> None:
    """Print every guess of this session beside its answer, and how many were within 10%, and within a factor of 2."""
    for name, (guess, answer) in _guesses.items():
        print(f"{name}: you said {_rounded(guess)}, it is {_rounded(answer)}")
    factors = [_factor(g, a) for g, a in _guesses.values()]
    within = [sum(f is not None and f <= limit for f in factors) for limit in (CLOSE, 2)]
    print(f"{len(factors)} guesses: {within[0]} close, {within[1]} within a factor of 2")


def _factor(guess, answer):
    """Return how many times too large or too small a guess is, at least 1; None where that cannot be said."""
    if isinstance(answer, (bool, str)):
        return 1.0 if str(guess).strip().casefold() == str(answer).casefold() else None
    if not isinstance(guess, (int, float)) or isinstance(guess, bool):
        return None
    if guess == answer:
        return 1.0
    try:
        return max(guess / answer, answer / guess) if (guess > 0) == (answer > 0) and guess else None
    except OverflowError:
        return float("inf")


def _distance(guess, answer):
    factor = _factor(guess, answer)
    if isinstance(answer, (bool, str)):
        return "just so." if factor else "not so; run on and see."
    if not isinstance(guess, (int, float)) or isinstance(guess, bool):
        return f"a guess is a number, not {guess!r}."
    if factor is None:
        return "zero it is not; run on and see." if guess == 0 else "not even the sign; run on and see."
    if factor == 1:
        return "exactly."
    side = "high" if guess > answer else "low"
    if not factor < 1e12:
        return f"far too {side}."
    if factor <= CLOSE:
        return f"close: {100 * (factor - 1):.1f}% too {side}."
    doublings = "" if factor < 8 else f" (about {log2(factor):.0f} doublings)"
    return f"too {side} by a factor of {factor:.3g}{doublings}."


def _rounded(value):
    return f"{value:,.4g}" if isinstance(value, float) else f"{value:,}" if type(value) is int else str(value)


def _find(name):
    notebook, _, question = str(name).partition(".")
    found = getattr(specification(notebook), question, None)
    if not isinstance(found, Prediction):
        known = [v.name for v in vars(specification(notebook)).values() if isinstance(v, Prediction)]
        raise CourseworkError(f"there is no prediction {name!r}; {notebook} has: {', '.join(known) or 'none'}")
    return found
