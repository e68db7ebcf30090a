"""The door by which the counter's command line reaches the ledger (see `convcost.__main__`)."""

from textbook.ledger.command import HELP, run

__all__ = ["HELP", "run"]
