"""One exercise: a reference, cases by skill with their points, and named wrong answers.

    @exercise
    def conv_params(c_in, c_out, kernel_size, groups=1, bias=True):
        return ...                                   # the reference, proved against the library or by it

    conv_params.asks(                                # points, what feedback calls the skill, one fresh random case
        biases=(1, "the biases", lambda rng: {"c_in": rng.randint(1, 32), "c_out": ...}),
        grouped=(2, "a grouped convolution", lambda rng: {"c_in": ..., "groups": ...}),
    )
    conv_params.slips(                               # wrong answers: name and misconception, and what it computes
        "ignores_groups: Every filter was given all c_in channels.",
        lambda c_in, c_out, kernel_size, bias: kernel_size**2 * c_in * c_out + bias * c_out,
    )

What takes more than an expression is a function, `@conv_params.skill(points=2)` or `@conv_params.wrong`, and its
docstring the text. The wrong answers are the feedback, and they are the test of the grader: each must fail, and be
named.
"""

import hashlib
import hmac
import inspect
import random
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from importlib import import_module
from itertools import zip_longest
from types import ModuleType

from .advice import about_error, about_kind
from .diagnosis import by_arguments
from .errors import CourseworkError
from .likeness import likeness
from .sandbox.inside.calling import TOO_LONG
from .sandbox.inside.calling import call as call_function
from .sandbox.inside.wire import Encoded, encode, is_open
from .steps import Steps, one_step, telling
from .steps import steps as steps_from
from .values import FLOAT, first_difference, readable, same, texts

CASES = 8  # of each skill
LONGEST_ARGUMENT = 300  # characters
LONG = 60  # characters of an answer of which only the first difference is shown
DRAWN = 60  # cases that show whether a skill has more than so few
PUBLIC = b"public"  # the key of the variant that stands in the published notebooks
Case = dict[str, object]  # arguments of a student's function by name
Variant = Mapping[str, object]  # the values in which students' exercises differ, by name
Answer = Mapping[str, object]  # `value` (encoded) or `error` (one line: what the student's code raised)


class Dealt(random.Random):
    """Chance without luck: of a few things to choose from, each is chosen before any is chosen again, so that no check
    leaves one out.
    """

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.decks, self.asked = {}, set()

    def next_case(self) -> None:
        """Begin another case, in which every choice is dealt anew."""
        self.asked.clear()

    def choice(self, seq: Sequence) -> object:
        """Return one of the things: dealt, the first time that a case asks for one of these; later as they come, and so
        where they are more than the cases of a skill.
        """
        what = repr(seq) if len(seq) <= CASES else ""
        if not what or what in self.asked:
            return super().choice(seq)
        self.asked.add(what)
        deck = self.decks.setdefault(what, [])
        if not deck:
            deck.extend(self.sample(range(len(seq)), len(seq)))
        return seq[deck.pop()]


class Call:
    """One case: the skill that it tests and the arguments of the student's function."""

    __slots__ = ("args", "kwargs", "skill", "tried")

    def __init__(self, skill: str, args: list, kwargs: Case) -> None:
        self.skill, self.args, self.kwargs = skill, args, kwargs
        self.tried = {}  # name of a wrong answer -> what it gives, once that has been asked

    def source(self, exercise: "Exercise") -> str:
        """Return the call as a student would write it, arguments that have a default by name."""
        given = [*map(_argument, self.args), *(f"{name}={_argument(value)}" for name, value in self.kwargs.items())]
        return f"{exercise.function}({', '.join(given)})"


def _argument(value):
    """Return a value as code that makes it, if it is not too long."""
    if hasattr(value, "tolist"):
        return f"np.array({_argument(value.tolist())})"
    arrays = isinstance(value, list) and any(hasattr(v, "tolist") for v in value)
    text = f"[{', '.join(map(_argument, value))}]" if arrays else repr(value)
    return text if len(text) <= LONGEST_ARGUMENT else text[: LONGEST_ARGUMENT - 3] + "..."


class Skill:
    """What part of an exercise some cases test.

    points: earned if all of them are right; title: its name in feedback.
    """

    def __init__(self, name: str, points: int, title: str, function: Callable) -> None:
        self.name, self.points, self.title, self.function = name, points, title, function


class Wrong:
    """A named wrong answer, called like the reference, and the misconception that it shows."""

    def __init__(self, name: str, misconception: str, function: Callable) -> None:
        self.name, self.misconception, self.function = name, misconception, function


class Exercise:
    """An exercise whose answer is a function, or a value that each student computes from numbers of his own.

    function: what the student defines, and the reference's name; name: `<notebook>.<function>`; variant: a function
    of a random generator that returns the values in which students' exercises differ (the reference, the cases
    and the wrong answers take them as keywords); tolerance: relative, for floats.
    """

    worked_title = "A case worked by hand"

    def __init__(
        self,
        reference: Callable,
        variant: Callable[[random.Random], Variant] | None = None,
        tolerance: float = FLOAT,
    ) -> None:
        self.reference, self.make_variant, self.tolerance = reference, variant, tolerance
        kinds = {p.kind for p in inspect.signature(reference).parameters.values()}
        if kinds & {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}:
            raise CourseworkError(f"{reference.__name__}: name every argument of the reference; no *args, no **options")
        self.function = reference.__name__
        self.notebook = reference.__module__.rsplit(".", 1)[-1]
        self.name = f"{self.notebook}.{self.function}"
        self.skills, self.wrongs = {}, {}
        self.explained, self._worked = "", None

    def helps(self, explained: str = "", worked: tuple[Case | Callable[[], Case], str] | None = None) -> None:
        """Say where the exercise's idea is explained, and work one case by hand.

        explained: a section of a chapter, `"classic/vgg#what-a-stack-sees"`; worked: the arguments of a case (of a
        variant, where the answer is a value; a function that makes them, where they are arrays) and, in words and
        sums, the way to its answer, which the reference adds.
        """
        self.explained, self._worked = explained, worked

    def worked_case(self) -> str:
        """Return the case that was worked by hand: the call, the way, the answer; "" if there is none."""
        if self._worked is None:
            return ""
        case, way = self._worked
        case = case() if callable(case) else case
        if not self.parameters:
            return f"{way} The answer is {readable(encode(self.reference(**case)))}."
        args, kwargs = _arguments(self.parameters, self.optional, case)
        answer = readable(encode(self.reference(*args, **kwargs)))
        return f"`{Call('', args, kwargs).source(self)}`: {way} The answer is {answer}."

    @cached_property
    def parameters(self) -> list[str]:
        """Names of the arguments of the student's function, required ones first; none: the answer is a value."""
        return [n for n in inspect.signature(self.reference).parameters if n not in self.variant()]

    @cached_property
    def optional(self) -> set[str]:
        """Names of the arguments that have a default."""
        arguments = inspect.signature(self.reference).parameters
        return {n for n in self.parameters if arguments[n].default is not inspect.Parameter.empty}

    def skill(self, points: int = 1) -> Callable[[Callable], Callable]:
        """Add a skill: the decorated function makes one case from a random generator; {} for a plain value."""
        if callable(points):
            raise CourseworkError(f"skill {points.__name__}: write @{self.function}.skill(points=...)")

        def add(function):
            name = function.__name__
            self.skills[name] = Skill(name, points, inspect.getdoc(function) or name.replace("_", " "), function)
            return function

        return add

    def asks(self, **table: tuple) -> None:
        """Add skills: name = points, title, and the function that makes a case (none for a plain value)."""
        for name, (points, title, *function) in table.items():
            self.skills[name] = Skill(name, points, title, *function or [_no_arguments])

    def wrong(self, function: Callable) -> Callable:
        """Add a named wrong answer, whose docstring is the misconception: a function of those of the reference's
        arguments that it needs.
        """
        name, misconception = function.__name__, inspect.getdoc(function)
        if not misconception:
            raise CourseworkError(f"wrong answer {name}: write its misconception as the docstring")
        self._add_wrong(name, misconception, function)
        return function

    def slips(self, *table: str | Callable) -> None:
        """Add wrong answers: to each a text, `name: its misconception`, then its function, as for `wrong`."""
        for text, function in zip_longest(table[::2], table[1::2]):
            name, _, misconception = text.partition(": ") if isinstance(text, str) else ("", "", "")
            if not (name.isidentifier() and misconception and callable(function)):
                raise CourseworkError(
                    f"slips of {self.function}: to each a text, 'name: misconception', then a function"
                )
            self._add_wrong(name, misconception, function)

    def _add_wrong(self, name, misconception, function):
        if name in self.wrongs:
            raise CourseworkError(f"{self.name} has two wrong answers {name}")
        self.wrongs[name] = Wrong(name, misconception, _fed(function, self.reference))

    @property
    def maximum(self) -> int:
        """Points of all skills together."""
        return sum(s.points for s in self.skills.values())

    def variant(self, secret: bytes | None = None, student: str = "") -> Variant:
        """Return the values of this student's variant; without a secret those of the published notebook."""
        if self.make_variant is None:
            return {}
        return self.make_variant(generator(secret or PUBLIC, student if secret else "", self.name, "variant"))

    def calls(self, rng: random.Random, variant: Variant) -> list[Call]:
        """Return fresh random cases of every skill, without repetitions."""
        found = []
        names = self.parameters
        for skill in self.skills.values():
            seen, dealt = [], Dealt(rng.getrandbits(64))
            for _ in range(CASES):
                dealt.next_case()
                case = skill.function(dealt, **variant)
                if (key := encode(case)) not in seen:
                    seen.append(key)
                    found.append(Call(skill.name, *_arguments(names, self.optional, case)))
        return found

    def key(self, calls: list[Call], variant: Variant) -> list[Encoded]:
        """Return the reference's encoded values, one to each call."""
        return [encode(self.reference(*c.args, **c.kwargs, **variant)) for c in calls]

    def mark(
        self, calls: list[Call], answers: list[Answer], variant: Variant, key: list[Encoded] | None = None
    ) -> "Marks":
        """Return the `Marks` of a student's answers, one to each call; key: as `key` gives it, computed if left out.

        An answer is a dict with the key `value` (encoded) or `error` (one line: what the student's code raised).
        """
        expected = self.key(calls, variant) if key is None else key
        right = [a.get("error") is None and same(e, a.get("value"), self.tolerance) for e, a in zip(expected, answers)]
        results, slip = [], None if all(right) else self._slip(calls, answers, variant)
        failed = {
            name: found
            for name in self.skills
            if (found := [i for i, c in enumerate(calls) if c.skill == name and not right[i]])
        }
        every, steps = ([], {}) if slip or not failed else self._explained(calls, answers, failed, variant)
        wrong = {name: [(calls[i], expected[i], answers[i]) for i in found] for name, found in failed.items()}
        fine = {name: [(c, e) for c, e, r in zip(calls, expected, right) if r and c.skill == name] for name in wrong}
        sure = self._sure(slip, every, wrong, answers, variant, [one for some in fine.values() for one in some])
        always = all(a.get("value") == answers[0].get("value") for a in answers)
        for skill in self.skills.values():
            if skill.name not in wrong:
                results.append(SkillMarks(skill, True, ""))
                continue
            failures = wrong[skill.name]
            why = self._wrong_case(*min(failures, key=lambda failure: len(failure[0].source(self))))
            raised = any(a.get("error") for _, _, a in failures)
            own = fine[skill.name]
            told = self._diagnose(failures, variant, every, steps, always, own) if raised or not sure else sure
            if raised and slip and not all(a.get("error") for _, _, a in failures):
                told = slip.name, f"{told[1]} {slip.misconception}".strip()  # what it gives where it does not raise
            results.append(SkillMarks(skill, False, why, *told))
        if any(not part.right and not part.hint for part in results):
            common = self._by_arguments(calls, expected, answers, right, variant)
            for part in results:
                if not part.right and not part.hint:
                    part.hint = common
        if any(right):
            for part in results:
                part.hint = part.hint.replace("Every answer", "Every wrong answer")
        marks = Marks(self, results, answers)
        marks.whole_floats &= all(isinstance(e, int) for e in expected)
        return marks

    def steps(self, variant: Variant | None = None) -> Steps:
        """Return what lies one step away from the solution, for one variant."""
        variant = self.variant() if variant is None else variant
        call, defaults = self.calls(random.Random(0), variant)[0], inspect.signature(self.reference).parameters
        options = {name: defaults[name].default for name in self.parameters if name in self.optional}
        example = options | dict(zip(self.parameters, call.args)) | call.kwargs | dict(variant)
        return steps_from(self.notebook, self.function, example, options)

    def _explained(self, calls, answers, failed, variant):
        """Return the steps away from the solution that explain all answers, and to each skill one that explains it."""
        runs = [(c.args, c.kwargs, a.get("value")) for c, a in zip(calls, answers)]
        fine = {i for i, a in enumerate(answers) if not a.get("error")}
        wrong = {name: [runs[i] for i in found if i in fine] for name, found in failed.items()}
        wrong = {name: found for name, found in wrong.items() if found}
        there = {i for found in failed.values() for i in found}
        right = [runs[i] for i in sorted(fine - there)]
        if not wrong:
            return [], {}
        return one_step(self.steps(variant), wrong, right, variant, self.tolerance, not self.parameters)

    def _slip(self, calls, answers, variant):
        """Return the wrong answer that gives what the student gave in every single case, right ones included, but where
        the student's code raised an error.
        """
        fine = [(c, a) for c, a in zip(calls, answers) if not a.get("error")]
        for wrong in self.wrongs.values() if fine else ():
            if all(same(_tried(wrong, c, variant), a.get("value"), self.tolerance) for c, a in fine):
                return wrong
        return None

    def _by_arguments(self, calls, expected, answers, right, variant):
        """Return what all wrong answers have to do with their arguments, in words, or ""."""
        if not self.parameters:
            return ""
        defaults = inspect.signature(self.reference).parameters
        named = [
            {name: defaults[name].default for name in self.optional}
            | dict(zip([n for n in self.parameters if n not in self.optional], call.args))
            | call.kwargs
            for call in calls
        ]
        fine = [not a.get("error") for a in answers]
        wrong = [(n, e, a.get("value")) for n, e, a, r, f in zip(named, expected, answers, right, fine) if f and not r]
        where = [n for n, r in zip(named, right) if r]
        return by_arguments(partial(self.reference, **variant), wrong, where, self.tolerance)

    def _wrong_case(self, call, expected, answer):
        if answer.get("error"):
            raised = "" if answer["error"].startswith(TOO_LONG) else "raised "
            return f"{call.source(self)} {raised}{answer['error']}"
        given = answer.get("value")
        if not self.parameters:
            return f"{self.function} is {readable(given)}; that is not right."
        if call.skill in self.fixed:
            return f"{call.source(self)} gave {readable(given)}; {_right_entries(expected, given, self.tolerance)}."
        if len(readable(expected)) > LONG and (place := first_difference(expected, given, self.tolerance)) and place[0]:
            where, one, other = place
            return f"{call.source(self)} gave {readable(other)} at {where}; there it is {readable(one)}."
        return f"{call.source(self)} gave {readable(given)}; it is {readable(expected)}."

    @cached_property
    def words(self) -> set[str]:
        """Return the texts of which all answers are made, in small letters, if they are a few fixed ones."""
        halves = set(), set()
        for seed in range(DRAWN):
            variant = self.variant(b"words", str(seed))
            for skill in self.skills.values():
                args, kwargs = _arguments(
                    self.parameters, self.optional, skill.function(random.Random(seed), **variant)
                )
                halves[seed % 2].update(texts([encode(self.reference(*args, **kwargs, **variant))]))
                if not halves[seed % 2]:
                    return set()
        return halves[0] if halves[0] == halves[1] and len(halves[0]) <= CASES else set()

    @cached_property
    def fixed(self) -> set[str]:
        """Names of the skills that have so few cases that an answer shown is an answer given away."""
        found = set()
        for skill in self.skills.values():
            drawn = (skill.function(random.Random(seed), **self.variant()) for seed in range(DRAWN))
            if len({repr(encode(case)) for case in drawn}) < CASES:
                found.add(skill.name)
        return found

    def _sure(self, slip, every, wrong, answers, variant, right):
        """Return (name of the wrong answer, what to say) that explains all that is wrong, or None.

        right: calls of the same skills that are right, and their values.
        """
        if slip is not None:
            return slip.name, slip.misconception
        failures = [failure for found in wrong.values() for failure in found]
        if every and not every[0].vague and telling([a.get("value") for a in answers if not a.get("error")]):
            others = [step for step in every[1:] if not (step.vague or step.formal)]
            chance = not self.parameters and (others or every[0].formal)  # one case shows no more
            return "", f"Perhaps {every[0].clause}." if chance else every[0].told()
        named = self._named(failures, variant, right) if failures else None
        return named and (named.name, named.misconception)

    def _named(self, failures, variant, right=()):
        """Return the wrong answer that explains these failures, and would be right where the student is, or None."""
        if any(a.get("error") for _, _, a in failures):
            return None
        given = [(c, a.get("value")) for c, _, a in failures] + list(right)
        for wrong in self.wrongs.values():
            if all(same(_tried(wrong, c, variant), value, self.tolerance) for c, value in given):
                return wrong
        return None

    def _diagnose(self, failures, variant, every, steps, always, right):
        """Return (name of the wrong answer that explains the failures of one skill, what to say).

        every: the steps from the solution that explain all answers; steps: those that explain the wrong ones of a
        skill; always: are all answers the same? right: the skill's calls that are right, and their values. What does
        not explain what is wrong in the other skills is told as a guess.
        """
        if errors := [a["error"] for _, _, a in failures if a.get("error")]:
            return "", about_error(errors[0], self.parameters or variant)
        expected, values = [e for _, e, _ in failures], [a.get("value") for _, _, a in failures]
        if named := self._named(failures, variant, right):
            return named.name, f"Perhaps: {named.misconception}"
        name, kind = about_kind(expected, values, bool(self.parameters), always)
        if kind:
            return name, kind
        known = self.words | set(texts([encode([*c.args, *c.kwargs.values()]) for c, _, _ in failures]))
        if strange := sorted(set(texts(values)) - known) if self.words else []:
            return "strange_words", f"{', '.join(map(repr, strange[:2]))}: no such name occurs in any answer."
        alike, telltale = likeness(expected, values), telling(values)
        if telltale and (step := steps.get("")):
            told = step.told("It" if step in every else "Where it is wrong, it")
            if not self.parameters and len(every) > 1:
                told = f"Perhaps {step.clause}."
            return "", told if not step.vague else f"{alike} {told}".strip()
        own = steps.get(failures[0][0].skill)
        if alike:
            return "", alike
        if telltale and own is not None and not own.vague and not _small(values):
            return "", f"Perhaps {own.clause}."
        plain = [step for step in every if not step.vague]
        return "", " ".join(f"Perhaps {step.clause}." for step in plain) if len(every) <= 2 else ""


def _small(values):
    """Are all answers small whole numbers, which rounding makes alike?"""
    return all(isinstance(v, int) and abs(v) < 20 for v in values)


def _fed(function, reference):
    """Return a function of some of the reference's arguments, or of `**given`, as one that is called like it."""
    theirs, own = inspect.signature(reference).parameters, inspect.signature(function).parameters
    everything = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in own.values())
    if not everything and (strangers := [n for n in own if n not in theirs]):
        raise CourseworkError(f"{reference.__name__} has no argument {', '.join(strangers)} that a wrong answer takes")
    wanted = [n for n in theirs if everything or n in own]
    defaults = {n: p.default for n, p in theirs.items() if p.default is not inspect.Parameter.empty}

    def called(*args, **kwargs):
        given = {**defaults, **dict(zip(theirs, args)), **kwargs}
        return function(**{n: given[n] for n in wanted if n in given})

    return called


def _right_entries(expected, given, tolerance):
    """Return in words how much of a wrong answer is right, without saying what would be."""
    if not isinstance(expected, list) or not isinstance(given, list) or len(given) != len(expected):
        return "that is not right"
    right = sum(same(e, g, tolerance) for e, g in zip(expected, given))
    return f"{right} of its {len(expected)} entries {'is' if right == 1 else 'are'} right"


def _no_arguments(rng, **given):
    return {}


def _tried(wrong, call, variant):
    """Return what a wrong answer gives in a case, which belongs to one variant."""
    if wrong.name not in call.tried:
        try:
            call.tried[wrong.name] = encode(call_function(partial(wrong.function, **variant), call.args, call.kwargs))
        except Exception:
            call.tried[wrong.name] = {"$": "other", "type": "error"}
    return call.tried[wrong.name]


def _arguments(names, optional, case):
    """Return a case as (positional, keyword) arguments: those that have a default by name."""
    unknown = set(case) - set(names)
    if unknown:
        raise CourseworkError(f"a case has {sorted(unknown)}; the reference takes {names}")
    args = [case[n] for n in names if n not in optional]
    return args, {n: case[n] for n in names if n in optional and n in case}


class SkillMarks:
    """Marks of one skill: right or not, why (the shortest wrong case in numbers), the likely misconception's name, and
    what to tell the student about it.
    """

    __slots__ = ("hint", "misconception", "right", "skill", "why")

    def __init__(self, skill: Skill, right: bool, why: str, misconception: str = "", hint: str = "") -> None:
        self.skill, self.right, self.why, self.misconception, self.hint = skill, right, why, misconception, hint

    @property
    def points(self) -> int:
        """Those of the skill, or none."""
        return self.skill.points if self.right else 0


class Marks:
    """Marks of one exercise: points by skill, and a status: right, partly, wrong, error or open."""

    def __init__(self, exercise: Exercise, skills: list[SkillMarks], answers: list[Answer]) -> None:
        self.exercise, self.skills = exercise, skills
        self.points, self.maximum = sum(s.points for s in skills), exercise.maximum
        self.whole_floats = any(isinstance(a.get("value"), float) for a in answers) and self.points == self.maximum
        if all(is_open(a.get("value")) for a in answers):
            self.status = "open"
        elif self.points == self.maximum:
            self.status = "right"
        elif self.points:
            self.status = "partly"
        else:
            self.status = "error" if all(a.get("error") for a in answers) else "wrong"

    @property
    def why(self) -> str:
        """The first thing that is wrong, in one line; "" if nothing is."""
        if self.status == "open":
            return "not answered yet"
        return next((f"{s.skill.title}: {s.why} {s.hint}".strip() for s in self.skills if not s.right), "")


def exercise(reference: Callable | None = None, **options: object) -> Exercise | Callable[[Callable], Exercise]:
    """Turn a reference function into an `Exercise`; options as there."""
    if reference is None:
        return lambda function: Exercise(function, **options)
    return Exercise(reference)


def generator(key: bytes, *parts: str) -> random.Random:
    """Return a random generator that only the holder of `key` (bytes) can predict: HMAC-SHA256 of the parts."""
    digest = hmac.new(key, "\0".join(parts).encode("utf-8", "surrogatepass"), hashlib.sha256).digest()
    return random.Random(int.from_bytes(digest, "big"))


def specification(notebook: str) -> ModuleType:
    """Return the module that specifies the exercises of one notebook."""
    if not notebook.isidentifier():
        raise CourseworkError(f"{notebook!r} is not the name of an exercise notebook; there are: {_listed()}")
    try:
        return import_module(f"{__package__}.specs.{notebook}")
    except ModuleNotFoundError as error:
        if error.name != f"{__package__}.specs.{notebook}":
            raise
        raise CourseworkError(f"there is no exercise notebook {notebook!r}; there are: {_listed()}") from None


def exercises(notebook: str) -> dict[str, Exercise]:
    """Return the exercises of one notebook, name -> `Exercise`, in the order in which they are specified."""
    found = [v for v in vars(specification(notebook)).values() if isinstance(v, Exercise)]
    return {e.name: e for e in found}


def find(name: str) -> Exercise:
    """Return the exercise of that name, as in `check`."""
    notebook, _, _function = str(name).partition(".")
    known = exercises(notebook)
    if name not in known:
        raise CourseworkError(f"there is no exercise {name!r}; {notebook} has: {', '.join(known)}")
    return known[name]


def notebooks() -> list[str]:
    """Return the names of all exercise notebooks, sorted."""
    from pkgutil import iter_modules

    return sorted(m.name for m in iter_modules(import_module(f"{__package__}.specs").__path__))


def _listed():
    return ", ".join(notebooks()) or "none"
