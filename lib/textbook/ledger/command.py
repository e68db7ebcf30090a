"""The command `ledger`: every row with its verdict, as `convcost ledger` and `python -m textbook ledger`."""

import json
from argparse import Namespace

from .state import report, summary

HELP = "every number printed in the sources, with its verdict"


def run(args: Namespace) -> str:
    """Return all rows as JSON if `args.json`, else how many rows of each kind have which verdict."""
    rows = report()
    return json.dumps(rows, indent=1, ensure_ascii=False) if args.json else summary(rows)
