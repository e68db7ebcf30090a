"""Is a wrong answer one step away from a right one?

The solution of the exercise is changed, a step at a time, as students slip: a square that is missing, a bracket, an
argument for another. What then comes out is compared with what the student gave, case by case, so that what is told is
never a guess: "It is what comes out if `kernel_size` is not squared."
"""

import ast
import contextlib
import copy
import warnings
from collections.abc import Iterator, Mapping
from functools import cache
from time import perf_counter
from types import CodeType

from ..sandbox.inside.calling import call
from ..sandbox.inside.wire import Encoded, encode
from ..solved import code
from ..values import is_number, same
from .arithmetic import VAGUE
from .changes import Kinds, changes
from .words import Words

FORMAL = ("the brackets around", " as a whole ", " stands at one place ")
SECONDS = 0.12  # for all steps together
TURNS = 20_000  # of loops, in one case
Run = tuple[list, Mapping[str, object], Encoded]  # arguments of a case, and what the student gave


class _TooLong(Exception):
    pass


class _Count:
    """Counts the turns of the loops in what has been changed, which may never end."""

    def __init__(self) -> None:
        self.left, self.until = 0, 0.0

    def __call__(self) -> None:
        self.left -= 1
        if self.left < 0 or perf_counter() > self.until:
            raise _TooLong


class Step:
    """One step away from a solution: a clause that tells it, how much that says, and the code that it leads to.

    formal: does it hang on how the formula is written?
    """

    __slots__ = ("clause", "code", "formal", "vague")

    def __init__(self, clause: str, vague: bool, code: CodeType) -> None:
        self.clause, self.vague, self.code = clause, vague, code
        self.formal = any(sign in clause for sign in FORMAL)

    def told(self, what: str = "It") -> str:
        """Return it as a fact about what the student gave."""
        return f"{what} is what comes out if {self.clause}."


class Steps:
    """All steps from the solution of one exercise.

    notebook, function: the exercise; known: what it calls its arguments, or the numbers of a student, with their
    kinds; options: arguments with their defaults.
    """

    def __init__(self, notebook: str, function: str, known: Kinds, options: Mapping[str, object]) -> None:
        self.function, self.count = function, _Count()
        sources = code(notebook)
        self.found, self.names = [], {}
        self.tree = _counted(sources[function]) if function in sources else None
        if self.tree is None:
            return
        self.names = {"_turn": self.count}
        for name, source in sources.items():
            if name == function:
                break
            with contextlib.suppress(Exception):  # a value of another exercise, which has no numbers here
                exec(compile(_counted(source), "<solution>", "exec"), self.names)
        self._made = self._make(known, options)

    def _make(self, known, options) -> Iterator[Step]:
        words = Words(self.tree, known)
        later = []
        for vague, clause in changes(self.tree, words, known, options):
            with contextlib.suppress(SyntaxError, ValueError, TypeError, RecursionError):
                step = Step(clause, vague == VAGUE, compile(self.tree, "<step>", "exec"))
                if step.vague:
                    later.append(step)
                else:
                    yield step
        yield from later

    def __iter__(self) -> Iterator[Step]:
        """Yield the steps, those first that say most; each is made once."""
        if self.tree is None:
            return
        yield from self.found
        for step in self._made:
            self.found.append(step)
            yield step

    def gives(self, step: Step, runs: list[Run], given: Mapping[str, object], tolerance: float, until: float) -> bool:
        """Does this step lead to what the student gave in all of these cases? given: the student's numbers."""
        names = dict(self.names)
        if given:
            names[f"{self.function}_given"] = copy.deepcopy(dict(given))
        try:
            self._begin(until)
            exec(step.code, names)
            answer = names[self.function]
            for args, kwargs, value in runs:
                self._begin(until)
                found = call(answer, copy.deepcopy(args), copy.deepcopy(dict(kwargs))) if callable(answer) else answer
                found = encode(found)
                if found != value and not same(found, value, tolerance):
                    return False
        except Exception:  # nonsense in, anything out
            return False
        return True

    def _begin(self, until):
        self.count.left, self.count.until = TURNS, until


def _counted(source):
    """Return a source as a tree whose loops count their turns."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, (ast.For, ast.While)):
            node.body[:0] = ast.parse("_turn()").body
    return ast.fix_missing_locations(tree)


@cache
def _steps(notebook, function, known, options):
    return Steps(notebook, function, dict(known), dict(options))


def steps(notebook: str, function: str, example: Mapping[str, object], options: Mapping[str, object]) -> Steps:
    """Return the steps of an exercise, made once; example: values of its arguments, or a student's numbers."""
    kinds = ((name, _kind(value)) for name, value in example.items())
    return _steps(notebook, function, tuple(kinds), tuple(options.items()))


def _kind(value):
    if isinstance(value, (bool, str)) or value is None:
        return f"{type(value).__name__}"
    return "number" if isinstance(value, (int, float)) else "list"


def one_step(
    made: Steps,
    wrong: Mapping[str, list[Run]],
    right: list[Run],
    given: Mapping[str, object],
    tolerance: float,
    single: bool = False,
) -> tuple[list[Step], dict[str, Step]]:
    """Return the steps that explain all answers, right ones too; and to each skill one that explains its wrong ones,
    under "" one that explains all wrong ones.

    wrong: the wrong answers of each skill; right: the other cases; single: is there one case only? Where answers can
    hardly be the same by chance, the first step that explains them is enough; else there may be several, and those that
    hang on how a formula is written come last.
    """
    everything, own, until = [], {}, perf_counter() + SECONDS
    enough = 1 if not single and telling([value for runs in (*wrong.values(), right) for _, _, value in runs]) else 3
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for step in made:
            fits = [skill for skill, runs in wrong.items() if made.gives(step, runs, given, tolerance, until)]
            if len(fits) == len(wrong) and made.gives(step, right, given, tolerance, until):
                everything += [step] if step.clause not in {s.clause for s in everything} else []
            for skill in [*fits, ""] if len(fits) == len(wrong) else fits:
                own.setdefault(skill, step)
            if len(everything) == enough or perf_counter() > until:
                break
    return sorted(everything, key=lambda step: (step.vague, step.formal)), own


def telling(values: list[Encoded]) -> bool:
    """Can answers hardly be the same by chance?"""
    numbers = [n for value in values for n in _numbers(value)]
    broken = {n for n in numbers if isinstance(n, float) and n != int(n)}
    large = {n for n in numbers if abs(n) >= 1000}
    return len(set(map(str, values))) >= 3 or bool(broken | large)


def _numbers(value):
    if isinstance(value, list):
        return [n for part in value for n in _numbers(part)]
    return [value] if is_number(value) else []
