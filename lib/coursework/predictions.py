"""Guesses, recorded before a cell reveals the answer: `predict("vgg.total_macs", 10e9)`.

A prediction stands in the specifications of its chapter:

    @prediction
    def total_macs():
        "MACs of VGG-16 at 224x224"
        return models.vgg16().macs
"""

import ast
import inspect
import sys
from collections.abc import Callable
from math import log2

from .diagnosis import POWER, call_holds
from .errors import CourseworkError
from .exercise import specification
from .keeping import keep, kept

CLOSE = 1.1  # a factor within which a guess counts as right
NO_NUMBER = "a guess is a number"


class Prediction:
    """A question with a numeric answer (or a text, or a truth) that the next cell computes."""

    def __init__(self, answer: Callable[[], float | str | bool]) -> None:
        self.answer, self.question = answer, " ".join((inspect.getdoc(answer) or "").split())
        self.name = f"{answer.__module__.rsplit('.', 1)[-1]}.{answer.__name__}"


def prediction(answer: Callable[[], float | str | bool]) -> Prediction:
    """Turn a function of no arguments, whose docstring is the question, into a `Prediction`."""
    return Prediction(answer)


def predict(name: str, guess: object = ..., *more: object) -> None:
    """Take a guess, the first one counts, and print how far it is from the answer.

    name: as in `"vgg.total_macs"`; guess: a number, a text or a truth; `...` asks the question.
    """
    asked = _find(name)
    if call_holds(sys._getframe(1), ast.BitXor):
        print(f"{name}: {POWER} Your guess is not counted.")
        return
    if more:
        print(f"{name}: write the number without commas: {''.join(map(str, (guess, *more)))}.")
        return
    if hasattr(guess, "item"):
        guess = guess.item()  # a NumPy number
    known = kept("predictions").get(name)
    if guess is ... and known is None:
        print(f"{name}: guess {asked.question}. Write it in place of the dots.")
        return
    answer = asked.answer()
    if guess is ...:
        guess = known["guess"]
    elif (distance := _distance(guess, answer)).startswith(NO_NUMBER):
        print(f"{name}: {distance}")
        return
    if known is None and "percentage" in asked.question and _nearer_in_percent(guess, answer):
        print(f"{name}: the answer is in percent: is it {_rounded(100 * guess)}? Your guess is not counted.")
        return
    if known is None:
        known = {"guess": guess, "answer": answer}
        keep("predictions", name, known)
    again = guess != known["guess"]
    said = f"your first guess, which counts, was {_rounded(known['guess'])}" if again else f"you said {_rounded(guess)}"
    print(f"{name}: {asked.question}: {said}; it is {_rounded(answer)}. {_distance(known['guess'], answer)}")


def predictions() -> None:
    """Print every guess beside its answer, and how many were within 10%, and within a factor of 2."""
    guesses = [(record["guess"], record["answer"]) for record in kept("predictions").values()]
    for name, (guess, answer) in zip(kept("predictions"), guesses):
        print(f"{name}: you said {_rounded(guess)}, it is {_rounded(answer)}")
    factors = [_factor(g, a) for g, a in guesses]
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


def _nearer_in_percent(guess, answer):
    """Is a guess between 0 and 1 that was meant as a share, since 100 times as much is nearer to the answer?"""
    return 0 < guess < 1 and _factor(100 * guess, answer) < _factor(guess, answer)


def _distance(guess, answer):
    factor = _factor(guess, answer)
    if isinstance(answer, (bool, str)):
        return "Just so." if factor else "Not so."
    if not isinstance(guess, (int, float)) or isinstance(guess, bool):
        return f"{NO_NUMBER}, not {guess!r}."
    if factor is None:
        return "Zero it is not." if guess == 0 else "Not even the sign is right."
    if factor == 1:
        return "Exactly."
    side = "high" if guess > answer else "low"
    if not factor < 1e12:
        return f"Far too {side}."
    if factor <= CLOSE:
        return f"Close: {100 * (factor - 1):.1f}% too {side}."
    doublings = "" if factor < 8 else f" (about {log2(factor):.0f} doublings)"
    return f"Too {side} by a factor of {factor:.3g}{doublings}."


def _rounded(value):
    return f"{value:,.4g}" if isinstance(value, float) else f"{value:,}" if type(value) is int else str(value)


def _find(name):
    notebook, _, question = str(name).partition(".")
    found = getattr(specification(notebook), question, None)
    if not isinstance(found, Prediction):
        known = [v.name for v in vars(specification(notebook)).values() if isinstance(v, Prediction)]
        raise CourseworkError(f"there is no prediction {name!r}; {notebook} has: {', '.join(known) or 'none'}")
    return found
