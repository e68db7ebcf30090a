"""What a command of a shell owes its caller: an exit code and at most one line, whoever reads the output or not."""

import functools
import os
import sys
from collections.abc import Callable


def command(name: str) -> Callable:
    """Decorate `main(arguments)`: a pipe whose reader has seen enough ends it well, a full disk with one line."""

    def decorate(main):
        @functools.wraps(main)
        def run(arguments=None):
            code = 0
            try:
                try:
                    code = main(arguments)
                finally:  # not when Python ends, which would complain in lines of its own
                    if sys.stdout is not None:
                        sys.stdout.flush()
            except BrokenPipeError:
                _drop_output()
            except OSError as error:
                _drop_output()
                if not code:  # otherwise it has said what was wrong
                    print(f"{name}: cannot write the output: {error.strerror}", file=sys.stderr)
                    code = 1
            return code

        return run

    return decorate


def _drop_output():
    """Lead what is still unwritten to where nothing is refused."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
