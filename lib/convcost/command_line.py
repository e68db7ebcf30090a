"""What the command lines have in common: `--json`, one line about bad input."""

import argparse
import sys
from collections.abc import Callable

from .errors import ConvcostError


class Parser(argparse.ArgumentParser):
    """A parser whose complaint is the one line that `CommandLine.main` prints; argparse would print the usage too."""

    def error(self, message: str) -> None:
        raise ConvcostError(message)


class CommandLine:
    """A program of several commands. name: as it is called; description: one sentence."""

    def __init__(self, name: str, description: str):
        self.parser = Parser(prog=name, description=description)
        self.commands = self.parser.add_subparsers(
            dest="command", required=True, metavar="COMMAND", parser_class=Parser
        )

    def add(self, name: str, run: Callable[[argparse.Namespace], str], help: str) -> Parser:
        """Add a command and return its parser. run(args): returns the text to print, JSON if `args.json`."""
        made = self.commands.add_parser(name, help=help, description=help)
        made.add_argument("--json", action="store_true", help="one JSON document on standard output")
        made.set_defaults(run=run)
        return made

    def main(self, arguments: list[str]) -> int:
        """Run one command; return the exit code: 0, or 2 after one line on standard error about bad input."""
        try:
            args = self.parser.parse_args(arguments)
            output = args.run(args)
        except ConvcostError as error:
            print(f"{self.parser.prog}: {error}", file=sys.stderr)
            return 2
        print(output)
        return 0
