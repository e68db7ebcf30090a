"""The package as a whole: it counts with the standard library alone, and its examples are true."""

import doctest
import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import convcost
import pytest

PACKAGE = Path(convcost.__file__).parent
WITH_EXAMPLES = sorted(
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
    for path in PACKAGE.rglob("*.py")
    if ">>> " in path.read_text(encoding="utf-8")
)


def modules_after(code):
    """Return the top-level modules that `code` brings into a fresh Python."""
    program = f"""
import json, sys
before = set(sys.modules)
{code}
print(json.dumps([*set(sys.modules) - before]))
"""
    run = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(PACKAGE.parent)},
    )
    return {name.split(".")[0] for name in json.loads(run.stdout)}


@pytest.mark.parametrize(
    "code",
    [
        "import convcost",
        "import convcost.models; n = convcost.models.resnet50(); n.params, n.macs, n.flops, n.activations, "
        "n.depth, n.receptive_field, n.memory_access, n.peak_activations, str(n.table())",
    ],
    ids=["import", "all metrics"],
)
def test_counting_needs_the_standard_library_alone(code):
    modules = modules_after(code)
    assert "convcost" in modules
    assert modules - {"convcost"} <= set(sys.stdlib_module_names)


def test_heavy_parts_are_imported_on_use():
    assert "numpy" in modules_after("import convcost; convcost.reference")
    assert not {"torch", "matplotlib"} & modules_after("import convcost; convcost.numpy_run")


def test_the_counter_opens_the_book_only_when_it_is_asked_for():
    program = (
        "from contextlib import redirect_stdout\n"
        "from convcost.__main__ import main\n"
        "with redirect_stdout(sys.stderr): main({})"
    )
    assert "textbook" not in modules_after(program.format("['conventions']"))
    assert "textbook" in modules_after(program.format("['ledger']"))


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_examples_in_docstrings(name):
    module = importlib.import_module(name)
    assert doctest.testmod(module).attempted > 0
    assert doctest.testmod(module).failed == 0
