"""What a run of pytest came to, read from its JUnit report: counts, failures with the command for each, slow tests."""

import shlex
import xml.etree.ElementTree as ElementTree
from collections import Counter

from processes import BIN, ROOT


class Report:
    """passed, failed: numbers of tests; skipped: reason -> number; failures: [(test, what was wrong)]; seconds."""

    def __init__(self, path):
        cases = list(ElementTree.parse(path).iter("testcase"))
        self.slow = sorted(((float(c.get("time")), identity(c)) for c in cases), reverse=True)
        self.failures, self.skipped = [], Counter()
        for case in cases:
            for outcome in case:
                if outcome.tag in ("failure", "error"):
                    self.failures.append((identity(case), gist(outcome)))
                elif outcome.tag == "skipped":
                    self.skipped[outcome.get("message", "")] += 1
        self.failed = len({test for test, _ in self.failures})
        self.passed = len(cases) - self.failed - sum(self.skipped.values())


def identity(case):
    """The name under which pytest runs a test alone: tests/test_x.py::test_y[z]."""
    file, name = case.get("file"), case.get("name")
    if not file:
        return name
    if file.endswith(".ipynb"):
        return "%s::%s" % (file, name)
    module = file.removesuffix(".py").replace("/", ".")
    inner = case.get("classname", "").removeprefix(module).strip(".")
    return "::".join(filter(None, [file, *inner.split("."), name]))


def gist(outcome):
    """The first line that says what was wrong; of a cell of a notebook, the first lines that differ."""
    text = (outcome.text or "").splitlines()
    if any(line.startswith("Cell ") for line in text[:2]):
        told = [
            line.strip() for line in text if line.startswith(("Cell ", " mismatch", "  - ", "  + ", "Missing", "Unexp"))
        ]
        return "; ".join(told[:4])[:300]
    lines = [line[1:].strip() for line in (outcome.text or "").splitlines() if line.startswith("E  ")]
    lines += [line.strip() for line in (outcome.get("message") or outcome.text or "").splitlines()]
    return next((line for line in lines if line), "no message")[:200]


def alone(test):
    """The command that runs one test."""
    command = "%s -m pytest" % (BIN.relative_to(ROOT) / "python").as_posix()
    file = test.split("::")[0]
    if file.endswith(".ipynb"):  # its cells run in a row
        return "%s --nbval --nbval-current-env %s" % (command, shlex.quote(file))
    return "%s %s" % (command, shlex.quote(test))
