"""What runs inside the sandbox: a submission's cells, then its functions on given cases; values go out, no verdicts.

Run as a script with one JSON document on standard input (see `Sandbox.run`); writes one JSON document a line on
standard output. Nothing it says is trusted: the answers are compared outside, with references that never come here.
"""

import contextlib
import json
import os
import sys


def limit(seconds: int, mega_bytes: int) -> None:
    """Limit this process, where the system can: CPU time, memory, size of files, open files, core dumps."""
    try:
        import resource
    except ImportError:  # Windows: the parent's clock is the only limit
        return
    size = mega_bytes * 10**6
    limits = {
        "RLIMIT_CPU": 4 * seconds,
        "RLIMIT_AS": size,
        "RLIMIT_FSIZE": 20 * 10**6,
        "RLIMIT_NOFILE": 64,
        "RLIMIT_CORE": 0,
    }
    for name, value in limits.items():
        with contextlib.suppress(AttributeError, ValueError, OSError):
            resource.setrlimit(getattr(resource, name), (value, value))


def main() -> None:
    """Read the task, and write down what comes of it, fact by fact: the process may end at any of them."""
    task = json.loads(sys.stdin.buffer.read())
    limit(task["seconds"], task["mega_bytes"])
    out = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="backslashreplace")
    quiet = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(quiet, stream)
    dumps = json.JSONEncoder().encode  # taken before a submission can put its own in place
    sys.path[:0] = task["paths"]
    from session import Session

    session = Session(task["cells"], task["each"], task["seconds"])
    for facts in session.facts(task["skip"], task["slow"], task["exercises"]):
        out.write(dumps(facts) + "\n")
        out.flush()
    os._exit(0)  # threads that the submission left behind must not keep the sandbox alive


if __name__ == "__main__":
    main()
