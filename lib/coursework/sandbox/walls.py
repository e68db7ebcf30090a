"""Student code apart from everything: no network, no files but Python's own, limits on time, memory and processes.

The walls are bubblewrap's (Linux namespaces); a seccomp filter adds that no process can be started. Where they
cannot be had, `Sandbox` refuses unless `unsafe` is asked for, and says what is missing.
"""

import importlib.util
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterable
from pathlib import Path

from ..errors import CourseworkError
from .inside.calling import TOO_LONG
from .inside.wire import checked
from .system_calls import process_filter
from .watch import EVERY, Watch

PACKAGE = Path(__file__).resolve().parents[1]
INSIDE = PACKAGE / "sandbox" / "inside"
LIBRARY = tuple(PACKAGE.parent / name for name in ("convcost", "textbook"))  # what a notebook may import
OUTPUT = 4_000_000  # bytes that a submission may send back
COMPUTING, WAITING = 10, 3
RUNS = 12  # of one notebook at most, each without the cells that ended the one before


def within() -> list[Path]:
    """Return the files and folders that lie within the walls: all of `inside`, and the library."""
    return [*sorted(INSIDE.glob("*.py")), *LIBRARY]


class Sandbox:
    """Where submissions run. seconds: of computing, for the cells of one notebook; each: for one cell or one call;
    mega_bytes: of memory; hidden: paths that must not be seen. A process that waits for `seconds` is ended; all
    runs of a notebook together compute `COMPUTING` and wait `WAITING` times as long at most.
    """

    def __init__(
        self,
        seconds: int = 20,
        each: int = 4,
        mega_bytes: int = 2_000,
        unsafe: bool = False,
        hidden: Iterable[str | Path] = (),
    ) -> None:
        self.seconds, self.each, self.mega_bytes = seconds, each, mega_bytes
        self.hidden = [Path(p).resolve() for p in (PACKAGE, *hidden)]
        self.filter = None if unsafe else process_filter()
        self.command = self._bare() if unsafe else self._walled()
        self.unsafe = unsafe
        if not unsafe:
            self._prove()

    def _bare(self):
        self.folder = tempfile.TemporaryDirectory(prefix="coursework-")
        course = Path(self.folder.name)
        for path in within():
            (shutil.copytree if path.is_dir() else shutil.copy)(path, course / path.name)
        self.paths = [str(course), *_libraries()]
        return [sys.executable, "-I", "-S", str(course / "worker.py")]

    def _walled(self):
        bwrap = shutil.which("bwrap")
        if not sys.platform.startswith("linux") or not bwrap:
            raise CourseworkError(
                "no sandbox: grading runs students' code and needs bubblewrap on Linux (Debian, Ubuntu: "
                "apt install bubblewrap); --unsafe runs it without walls"
            )
        python, libraries = os.path.realpath(sys.executable), _libraries()
        seen = dict.fromkeys(["/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache", sys.base_prefix, *libraries])
        command = [bwrap, "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"]
        for name, value in _environment().items():
            command += ["--setenv", name, value]
        command += ["--size", "50000000", "--tmpfs", "/tmp"]  # first: Python itself may lie below it
        for path in seen:
            command += ["--ro-bind-try", path, path]
        for path in self._covered(seen):
            command += ["--tmpfs", str(path)] if path.is_dir() else ["--ro-bind", os.devnull, str(path)]
        for device in ("null", "zero", "urandom", "random"):
            command += ["--dev-bind", f"/dev/{device}", f"/dev/{device}"]
        for path in within():
            command += ["--ro-bind", str(path), f"/course/{path.name}"]
        command += ["--remount-ro", "/", "--chdir", "/tmp"]
        self.paths = ["/course", *libraries]
        return [*command, "--seccomp", "{seccomp}", python, "-I", "-S", "/course/worker.py"]

    def _covered(self, seen):
        """Return what lies under a visible folder but must not be seen: this package, submissions, results."""
        installed = [Path(p) / "coursework" for p in _libraries()]
        return [
            path
            for path in dict.fromkeys([*self.hidden, *installed])
            if path.exists() and any(path.is_relative_to(Path(s).resolve()) for s in seen)
        ]

    def _prove(self):
        numbers = "import numpy\n" if importlib.util.find_spec("numpy") else ""
        facts = self.run([f"{numbers}answer = 6 * 7"], [{"function": "answer", "value": True, "calls": [[[], {}]]}])
        facts.problem = facts.problem or facts.cell_errors.get(1, "")
        if facts.answers.get("answer") != [{"value": 42}] or facts.cell_errors:
            raise CourseworkError(
                f"no sandbox: bubblewrap does not work here ({facts.problem or 'no answer'}); "
                f"it needs user namespaces{_permission()}; --unsafe runs students' code without walls"
            )

    def run(self, cells: list[str], exercises: list[dict]) -> "Findings":
        """Run a notebook's code cells, then the calls of its exercises; return the `Findings`.

        cells: sources; exercises: dicts with `function`, `value` (is a plain value allowed?) and `calls`, each
        (positional, keyword) arguments, encoded. A cell or function that ends the process costs only itself.
        """
        findings, skip, left, computed, waited = Findings(), set(), list(exercises), 0, 0
        for _ in range(RUNS):
            if computed > COMPUTING * self.seconds or waited > WAITING * self.seconds:
                break
            slow = [number for number, why in findings.cell_errors.items() if why.startswith(TOO_LONG)]
            lines, problem, watch = self._once(self._task(cells, skip, slow, left))
            computed, waited = computed + watch.computed, waited + watch.waited
            cell, function = findings.take(lines)
            if function is not None and not findings.has(function):
                findings.lost[function] = problem
            left = [e for e in left if not findings.has(e["function"])]
            if not left:
                break
            if cell is not None and function not in findings.lost:
                skip.add(cell)
                findings.cell_errors[cell] = problem
            findings.problem = findings.problem or problem
            if cell is None:
                break
        return findings

    def _task(self, cells, skip, slow, exercises):
        return json.dumps(
            {
                "cells": cells,
                "skip": sorted(skip),
                "slow": slow,
                "exercises": exercises,
                "paths": self.paths,
                "seconds": self.seconds,
                "each": self.each,
                "mega_bytes": self.mega_bytes,
            }
        ).encode()

    def _once(self, task):
        """Return (what it wrote, why it ended before its time, the `Watch` over it)."""
        command, opened = list(self.command), []
        if self.filter:
            reading, writing = os.pipe()
            os.write(writing, self.filter)
            os.close(writing)
            opened.append(reading)
            command[command.index("{seccomp}")] = str(reading)
        elif "{seccomp}" in command:
            place = command.index("{seccomp}")
            del command[place - 1 : place + 1]
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=opened,
                env=_environment() if self.unsafe else None,
                start_new_session=True,
            )
        finally:
            for handle in opened:
                os.close(handle)
        return _talk(process, task, self.seconds)


class Findings:
    """What came back.

    answers: function -> list of {"value"} or {"error"}; missing: functions not defined; lost: function -> what ended
    the process while it ran; cell_errors: cell -> one line; problem: what went wrong first.
    """

    def __init__(self) -> None:
        self.answers, self.missing, self.lost, self.cell_errors, self.problem = {}, set(), {}, {}, ""

    def has(self, function: str) -> bool:
        """Is it known what became of that function?"""
        return function in self.answers or function in self.missing or function in self.lost

    def take(self, lines: bytes) -> tuple[int | None, str | None]:
        """Read what one run wrote; return the last cell and the last function that it began."""
        cell, function = None, None
        for line in lines.split(b"\n"):
            try:
                facts = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if not isinstance(facts, dict):
                continue
            if isinstance(facts.get("exercise"), str):
                function = facts["exercise"]
                if facts.get("missing") is True:
                    self.missing.add(function)
                if isinstance(facts.get("answers"), list):
                    self.answers[function] = [_answer(a) for a in facts["answers"]]
            elif type(facts.get("cell")) is int:
                cell = facts["cell"]
                if isinstance(facts.get("error"), str):
                    self.cell_errors[cell] = facts["error"][:500]
        return cell, function


def _answer(facts):
    if not isinstance(facts, dict):
        return {"error": "no answer"}
    return {"error": str(facts["error"])[:500]} if facts.get("error") else {"value": checked(facts.get("value"))}


def _talk(process, task, patience):
    """Send the task, read at most `OUTPUT` bytes until it has waited for `patience` seconds, end the process; return
    (output, problem, watch).
    """
    chunks, size, problem, watch = [], 0, "", Watch(process.pid)
    try:
        try:
            process.stdin.write(task)
            process.stdin.close()
        except BrokenPipeError:
            pass
        while not problem:
            watch.look()
            if watch.waited > patience:
                problem = "it waited too long"
            elif not select.select([process.stdout], [], [], EVERY)[0]:
                continue
            elif chunk := os.read(process.stdout.fileno(), 1 << 16):
                chunks.append(chunk)
                size += len(chunk)
                problem = "it wrote too much" if size > OUTPUT else ""
            else:
                process.wait()
                break
    finally:
        process.kill()
        complaint = process.stderr.read(2000).decode("utf-8", "replace").strip().split("\n")[-1]
        process.wait()
        process.stdout.close()
        process.stderr.close()
    if process.returncode in (-signal.SIGXCPU, 128 + signal.SIGXCPU):
        problem = problem or f"it {TOO_LONG}"
    problem = problem or f"the Python process ended ({complaint or f'code {process.returncode}'})"
    return b"".join(chunks), problem, watch


def _permission(setting=Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")):
    """Return how to allow user namespaces where Ubuntu forbids them, "" elsewhere."""
    forbidden = setting.is_file() and setting.read_text().strip() == "1"
    return ", which this command allows: sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0" * forbidden


def _libraries():
    """Return the folders with NumPy and the like."""
    paths = sysconfig.get_paths()
    return list(dict.fromkeys([paths["purelib"], paths["platlib"]]))


def _environment():
    threads = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR")}
    return {
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "HOME": "/tmp",
        "MPLBACKEND": "Agg",
        "MPLCONFIGDIR": "/tmp",
        "PYTHONDONTWRITEBYTECODE": "1",
        **threads,
    }
