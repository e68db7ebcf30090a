"""The tools run whatever the caller has set for Python."""

import os
import subprocess
import sys

import pytest
from environment import ROOT

SCRIPTS = [p.name for p in sorted((ROOT / "tools").glob("*.py")) if "__main__" in p.read_text(encoding="utf-8")]


def run(*command, **settings):
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run([sys.executable, *command], capture_output=True, text=True, env=env | settings)


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_tool_finds_its_neighbours(name):
    """PYTHONSAFEPATH leaves a script's own folder out of the search."""
    path = str(ROOT / "tools" / name)
    done = run("-c", "import runpy, sys; runpy.run_path(sys.argv[1])", path, PYTHONSAFEPATH="1")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "name, arguments, code",
    [
        ("exercises.py", [], 0),
        ("rehome.py", ["x"], 2),
        ("book.py", ["help"], 0),
    ],
)
def test_a_tool_warns_of_nothing(name, arguments, code):
    path = str(ROOT / "tools" / name)
    done = run(path, *arguments, PYTHONSAFEPATH="1", PYTHONWARNINGS="error", PYTHONDEVMODE="1")
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
