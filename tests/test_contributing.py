"""The guide's example network works as it stands there, and the tests pass for whoever follows the guide."""

import os
import re
import shutil
import subprocess
import sys
import types

from checks import check_equals_torch
from convcost import models
from environment import ROOT

GUIDE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
NETWORK, TEST = re.findall(r"```python\n(.*?)```", GUIDE, re.S)
NIN_YEAR = int(re.search(r'@model\("NiN", (\d+)', NETWORK)[1])


def test_the_guides_network_can_be_defined_tested_and_built_in_torch():
    module = types.ModuleType("convcost.zoo.nin")
    module.__package__ = "convcost.zoo"
    exec(compile(NETWORK, "CONTRIBUTING.md", "exec"), module.__dict__)
    space = {"models": types.SimpleNamespace(nin=module.nin)}
    exec(compile(TEST, "CONTRIBUTING.md", "exec"), space)
    space["test_nin_has_no_fully_connected_layer"]()
    check_equals_torch(module.nin(resolution=96))


def test_the_guide_followed_to_the_letter_leaves_the_tests_green(tmp_path):
    for name in ("lib", "tests", "tools"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    for name in ("CONTRIBUTING.md", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    (place,) = re.findall(r"Write `(lib/[\w/]+/nin\.py)`", GUIDE)
    index, entry = re.search(r"\*\*2\. List it\*\* .*? of `([\w/.]+)`.*?`(\"nin\": .*?,)`", GUIDE).groups()
    tests = re.search(r"\*\*4\. Test it\*\*.*?`(tests/\w+\.py)`", GUIDE)[1]
    (tmp_path / place).write_text(NETWORK, encoding="utf-8")
    if "nin" not in models.names():  # nobody has followed it yet
        listed = (tmp_path / index).read_text(encoding="utf-8")
        later = next(file for file, (first, *_) in models.INDEX.items() if models.get(first).year > NIN_YEAR)
        listed = listed.replace(f'    "{later}": (', f'    {entry}\n    "{later}": (')
        (tmp_path / index).write_text(listed, encoding="utf-8")
        with open(tmp_path / tests, "a", encoding="utf-8") as file:
            file.write("\n\n" + TEST)
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST"))}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:xdist",
        tests,
        "tests/test_models.py",
        "tests/test_contributing.py",
        "-k",
        "(nin or guides_network or index) and not letter",
    ]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert int(re.search(r"(\d+) passed", done.stdout)[1]) >= 3
