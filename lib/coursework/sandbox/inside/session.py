"""A submission under way, inside the walls: its cells, then its functions on given cases, each against the clock."""

import ast
import builtins
from collections.abc import Callable, Iterator

from calling import TOO_LONG, call, one_line
from clock import Clock, Late
from ipython import plain_python
from wire import arrays, encode


class Shell:
    """Stands where IPython's shell would: whatever is asked of it does nothing."""

    def __getattr__(self, name: str) -> "Shell":
        return self

    def __call__(self, *_: object, **__: object) -> "Shell":
        return self


class Session:
    """A submission's names, filled by its cells. cells: sources; seconds: of computing, for one cell or one call."""

    def __init__(self, cells: list[str], seconds: float) -> None:
        self.cells = {f"cell {number}": source for number, source in enumerate(cells, 1)}
        self.clock = Clock(seconds)
        shell = Shell()
        self.names = {
            "__name__": "__main__",
            "__builtins__": builtins,
            "get_ipython": shell,
            "display": shell,
            "input": lambda *_: "",
        }

    def facts(self, skip: list[int], exercises: list[dict]) -> Iterator[dict[str, object]]:
        """Run the cells but those in `skip`, then the exercises; yield what is begun and what came of it, at once."""
        for number, (place, source) in enumerate(self.cells.items(), 1):
            if number in skip:
                continue
            yield {"cell": number}
            if problem := self._cell(place, source):
                yield {"cell": number, "error": problem}
        for exercise in exercises:
            name = exercise["function"]
            yield {"exercise": name}
            if name in self.names:
                yield {"exercise": name, "answers": self._answers(self.names[name], exercise)}
            else:
                yield {"exercise": name, "missing": True}

    def _cell(self, place: str, source: str) -> str | None:
        """Run a cell statement by statement, those after a failure too; return what went wrong first."""
        problems = []
        late = self._guarded(self._statements, place, plain_python(source), problems)[1]
        return [*problems, late][0]

    def _statements(self, place: str, source: str, problems: list[str]) -> None:
        for statement in ast.parse(source, place).body:
            try:
                code = compile(ast.Module([statement], []), place, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
                waiting = eval(code, self.names)
                if waiting is not None:
                    import asyncio

                    asyncio.run(waiting)
            except Late:
                raise
            except BaseException as error:
                problems.append(self._told(error))

    def _answers(self, thing: object, exercise: dict) -> list[dict[str, object]]:
        """Return what a function gives for each case; once it was too slow, it is not asked again."""
        answers = []
        for args, kwargs in exercise["calls"]:
            answers.append(self._answer(thing, args, kwargs, exercise))
            if answers[-1].get("error", "").startswith(TOO_LONG):
                break
        return answers + answers[-1:] * (len(exercise["calls"]) - len(answers))

    def _answer(self, thing: object, args: list, kwargs: dict, exercise: dict) -> dict[str, object]:
        error = None
        if not exercise["value"] or callable(thing):
            args, kwargs = arrays(args), {name: arrays(value) for name, value in kwargs.items()}
            thing, error = self._guarded(call, thing, args, kwargs, exercise.get("names", ()))
        if error is None:
            thing, error = self._guarded(encode, thing)
        return {"error": error} if error else {"value": thing}

    def _guarded(self, function: Callable, *args: object) -> tuple[object, str | None]:
        """Return (value, None) or (None, the error in one line)."""
        try:
            with self.clock:
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
