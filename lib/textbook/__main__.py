"""The command line of the book: `python -m textbook ledger`."""

import sys
from collections.abc import Sequence

from convcost.command_line import CommandLine
from convcost.shell import command as shell_command

from .ledger import command


@shell_command("python -m textbook")
def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit code: 0, or 2 after one line on standard error about bad input."""
    line = CommandLine("python -m textbook", "What the book adds to the counter.")
    line.add("ledger", command.run, command.HELP)
    return line.main(arguments)


if __name__ == "__main__":
    sys.exit(main())
