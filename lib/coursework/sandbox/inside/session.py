"""A submission under way, inside the walls: its cells, then its functions on given cases, each against the clock."""

import __future__

import ast
import builtins
import contextlib
import time
from collections.abc import Callable, Iterator
from types import CoroutineType

from calling import TOO_LONG, call, one_line
from clock import Clock, Late
from ipython import plain_python, undented
from wire import arrays, encode

try:
    import resource
except ImportError:  # Windows
    resource = None

USED_UP = "; the cells above had used up the notebook's time"


class Shell:
    """Stands where IPython's shell would: whatever is asked of it does nothing."""

    def __getattr__(self, name: str) -> "Shell":
        return self

    def __call__(self, *_: object, **__: object) -> "Shell":
        return self


@contextlib.contextmanager
def _hard_limit(seconds: float) -> Iterator[None]:
    """Let the system end this process soon after so much computing, for what swallows the clock's `Late`."""
    with contextlib.suppress(AttributeError, ValueError, OSError):
        hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
        soft = int(time.process_time() + seconds) + 2
        resource.setrlimit(resource.RLIMIT_CPU, (soft if hard < 0 else min(soft, hard), hard))
    yield


class Session:
    """A submission's names, filled by its cells. cells: sources; each, whole: seconds of computing, for one cell or
    call, and for all cells together: once they are used up, cells that take next to nothing still run.
    """

    def __init__(self, cells: list[str], each: float, whole: float) -> None:
        self.cells = {f"cell {number}": source for number, source in enumerate(cells, 1)}
        self.clock, self.each, self.whole, self.flags = Clock(), each, whole, ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        shell = Shell()
        self.shown = {}  # number of a cell -> the value of its last line
        self.last = None  # what `_` was given
        self.names = {
            "__name__": "__main__",
            "__builtins__": builtins,
            "get_ipython": shell,
            "display": shell,
            "input": lambda *_: "",
            "Out": self.shown,
            "In": ["", *cells],
        }
        time.sleep = lambda *_: None  # who waits has nothing to wait for here

    def facts(self, skip: list[int], slow: list[int], exercises: list[dict]) -> Iterator[dict[str, object]]:
        """Run the cells but those in `skip`, then the exercises; yield what is begun and what came of it, at once.

        slow: cells that took too long when the submission ran before; they get a part of the time.
        """
        for number, (place, source) in enumerate(self.cells.items(), 1):
            if number in skip:
                continue
            yield {"cell": number}
            used_up = time.process_time() > self.whole
            limit = self.each / 8 if used_up else self.each / 4 if number in slow else self.each
            if problem := self._cell(place, source, number, limit):
                yield {"cell": number, "error": problem + USED_UP * (used_up and problem.startswith(TOO_LONG))}
        for exercise in exercises:
            name, answers = exercise["function"], []
            yield {"exercise": name}
            if name not in self.names:
                yield {"exercise": name, "missing": True}
                continue
            for answer in self._answers(self.names[name], exercise):
                answers.append(answer)
                yield {"exercise": name}  # a sign of life
            yield {"exercise": name, "answers": answers}

    def _cell(self, place: str, source: str, number: int, limit: float) -> str | None:
        """Run a cell statement by statement, those after a failure too; return what went wrong first."""
        problems = []
        late = self._guarded(limit, self._statements, place, plain_python(source), number, problems)[1]
        return [*problems, late][0]

    def _statements(self, place: str, source: str, number: int, problems: list[str]) -> None:
        try:
            body = ast.parse(source, place).body
        except IndentationError:
            body = ast.parse(undented(source), place).body
        for statement in body:
            shows = statement is body[-1] and isinstance(statement, ast.Expr)
            tree = ast.Expression(statement.value) if shows else ast.Module([statement], [])
            try:
                value = eval(
                    compile(tree, place, "eval" if shows else "exec", self.flags, dont_inherit=True), self.names
                )
                if isinstance(value, CoroutineType) and (not shows or _awaits(statement)):
                    value = _awaited(value)
                if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
                    for alias in statement.names:
                        self.flags |= getattr(__future__, alias.name).compiler_flag
                if shows and value is not None:
                    self._show(number, value)
            except Late:
                raise
            except BaseException as error:
                problems.append(self._told(error))

    def _show(self, number: int, value: object) -> None:
        """Keep the value of a cell's last line, as a notebook does: `_`, unless the student has one, and `Out`."""
        self.shown[number] = value
        if self.names.get("_") is self.last:
            self.names["__"], self.names["_"], self.last = self.last, value, value

    def _answers(self, thing: object, exercise: dict) -> Iterator[dict[str, object]]:
        """Yield what a function gives for each case; once it, or all of it, was too slow, it is not asked again."""
        start, slow = time.process_time(), None
        for args, kwargs in exercise["calls"]:
            if slow is None and time.process_time() - start > self.whole / 2:
                slow = {"error": f"{TOO_LONG}: all cases together"}
            answer = slow or self._answer(thing, args, kwargs, exercise)
            if answer.get("error", "").startswith(TOO_LONG):
                slow = answer
            yield answer

    def _answer(self, thing: object, args: list, kwargs: dict, exercise: dict) -> dict[str, object]:
        error = None
        if not exercise["value"] or callable(thing):
            args, kwargs = arrays(args), {name: arrays(value) for name, value in kwargs.items()}
            thing, error = self._guarded(self.each, call, thing, args, kwargs, exercise.get("names", ()))
        if error is None:
            thing, error = self._guarded(self.each, encode, thing)
        return {"error": error} if error else {"value": thing}

    def _guarded(self, seconds: float, function: Callable, *args: object) -> tuple[object, str | None]:
        """Return (value, None) or (None, the error in one line)."""
        try:
            with self.clock.limit(seconds), _hard_limit(seconds):
                return function(*args), None
        except BaseException as error:
            return None, self._told(error)

    def _told(self, error: BaseException) -> str:
        """Return an exception in one line, with the cell and line where the student's own code raised it."""
        try:
            text, place = self._cause(error)
            return f"{text} ({place})" if place else text
        except BaseException:
            return "an error that cannot be shown"

    def _cause(self, error: BaseException) -> tuple[str, str]:
        place, trace = "", error.__traceback__
        while trace is not None:
            name = trace.tb_frame.f_code.co_filename
            if name in self.cells:
                place = f"{name}, line {trace.tb_lineno}"
            trace = trace.tb_next
        if isinstance(error, SyntaxError) and error.filename in self.cells:
            return one_line(SyntaxError(error.msg)), f"{error.filename}, line {error.lineno}"
        return TOO_LONG if isinstance(error, Late) else one_line(error), place


def _awaited(coroutine: CoroutineType) -> object:
    """Return what a coroutine gives; nothing in it waits for the clock."""
    import asyncio

    def sleep(delay: float, result: object = None) -> object:
        return wait(0, result)

    wait, asyncio.sleep = asyncio.sleep, sleep
    try:
        return asyncio.run(coroutine)
    finally:
        asyncio.sleep = wait


def _awaits(statement: ast.Expr) -> bool:
    """Does an expression hold an `await` of its own?"""
    return any(isinstance(node, ast.Await) for node in ast.walk(statement))
