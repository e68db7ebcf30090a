"""What runs inside the sandbox: a submission's cells, then its functions on given cases; values go out, no verdicts.

Run as a script with one JSON document on standard input (see `Sandbox.run`); writes one JSON document a line on
standard output. Nothing it says is trusted: the answers are compared outside, with references that never come here.
"""

import contextlib
import json
import os
import signal
import sys

WORDS = 300  # characters of an error message


class Late(BaseException):
    """A cell or a call took too long; not an `Exception`, so that an ordinary `except` does not swallow it."""


def limit(seconds, mega_bytes):
    """Limit this process, where the system can: CPU time, memory, size of files, open files, core dumps."""
    try:
        import resource
    except ImportError:  # Windows: the parent's clock is the only limit
        return
    size = mega_bytes * 10**6
    limits = {
        "RLIMIT_CPU": seconds + 1,
        "RLIMIT_AS": size,
        "RLIMIT_FSIZE": 20 * 10**6,
        "RLIMIT_NOFILE": 64,
        "RLIMIT_CORE": 0,
    }
    for name, value in limits.items():
        with contextlib.suppress(AttributeError, ValueError, OSError):
            resource.setrlimit(getattr(resource, name), (value, value))


def said(error, sources):
    """Return an exception in one line, with the cell and line where the student's own code raised it."""
    place, trace = "", error.__traceback__
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if name in sources:
            place = f" ({name}, line {trace.tb_lineno})"
        trace = trace.tb_next
    if isinstance(error, SyntaxError) and error.filename in sources:
        place = f" ({error.filename}, line {error.lineno})"
        error = SyntaxError(error.msg)
    if isinstance(error, Late):
        return "took too long" + place
    text = " ".join(str(error).split())[:WORDS]
    return (f"{type(error).__name__}: {text}" if text else type(error).__name__) + place


class Notebook:
    """Stands where IPython's shell would: whatever is asked of it does nothing."""

    def __getattr__(self, name):
        return self

    def __call__(self, *_, **__):
        return self


def run_cell(source, name, space, note):
    """Run a cell statement by statement: one that fails is noted, and those after it still run."""
    import ast

    for statement in ast.parse(source, name).body:
        try:
            code = compile(ast.Module([statement], []), name, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
            waiting = eval(code, space)
            if waiting is not None:
                import asyncio

                asyncio.run(waiting)
        except Late:
            raise
        except BaseException as error:
            note(error)


def main():
    task = json.loads(sys.stdin.buffer.read())
    limit(task["seconds"], task["mega_bytes"])
    out = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="backslashreplace")
    quiet = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(quiet, stream)
    dumps = json.JSONEncoder().encode  # taken before a submission can put its own in place

    def say(**facts):
        out.write(dumps(facts) + "\n")
        out.flush()

    sys.path[:0] = task["paths"]
    from calling import call
    from ipython import plain_python
    from wire import arrays, encode

    alarm = getattr(signal, "setitimer", lambda *_: None)
    clock = getattr(signal, "ITIMER_PROF", 0)  # computing time: a busy machine is not the student's fault

    def too_late(*_):
        raise Late

    if hasattr(signal, "SIGPROF"):
        signal.signal(signal.SIGPROF, too_late)

    def worded(error):
        try:
            return said(error, names)
        except BaseException:
            return "an error that cannot be shown"

    def guarded(function, *args):
        """Return (value, None) or (None, the error in words)."""
        try:
            alarm(clock, task["each"])
            try:
                return function(*args), None
            finally:
                alarm(clock, 0)
        except BaseException as error:
            return None, worded(error)

    shell = Notebook()
    space = {
        "__name__": "__main__",
        "__builtins__": __builtins__,
        "get_ipython": shell,
        "display": shell,
        "input": lambda *_: "",
    }
    names = {f"cell {number}" for number in range(1, len(task["cells"]) + 1)}
    for number, source in enumerate(task["cells"], 1):
        if number in task["skip"]:
            continue
        say(cell=number)
        problems = []
        late = guarded(run_cell, plain_python(source), f"cell {number}", space, lambda e: problems.append(worded(e)))[1]
        if problems or late:
            say(cell=number, error=[*problems, late][0])
    for exercise in task["exercises"]:
        name = exercise["function"]
        say(exercise=name)
        if name not in space:
            say(exercise=name, missing=True)
            continue
        thing, answers = space[name], []
        for args, kwargs in exercise["calls"]:
            error = None
            if exercise["value"] and not callable(thing):
                value = thing
            else:
                args, kwargs = arrays(args), {k: arrays(v) for k, v in kwargs.items()}
                value, error = guarded(call, thing, args, kwargs)
            if error is None:
                value, error = guarded(encode, value)
            answers.append({"error": error} if error else {"value": value})
            if error and error.startswith("took too long"):
                answers += [answers[-1]] * (len(exercise["calls"]) - len(answers))
                break
        say(exercise=name, answers=answers)
    os._exit(0)  # threads that the submission left behind must not keep the sandbox alive


if __name__ == "__main__":
    main()
