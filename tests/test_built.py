"""What people install, built here: the source distribution, the wheel made from it, and both without packages."""

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile

import pytest
from convcost import extras, models
from environment import ROOT

FOLDERS = (
    ".binder",
    ".ci",
    ".github",
    "_static",
    "benchmarks",
    "chapters",
    "exercises",
    "lib",
    "solutions",
    "tests",
    "tools",
)
NOISE = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints", "*.egg-info")
FILES = [path for path in sorted((ROOT / "lib").rglob("*.py")) if not path.name.startswith("__main__")]
MODULES = [".".join(p.relative_to(ROOT / "lib").with_suffix("").parts).removesuffix(".__init__") for p in FILES]
MODULES = [name for name in MODULES if "sandbox.inside" not in name]  # those run within the walls, by themselves


def run(*command, **options):
    """Run Python with nothing of this process's settings; returns what it printed."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run([sys.executable, *map(str, command)], capture_output=True, text=True, env=env, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def under(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """(the files that were packed, the unpacked source distribution, the wheel)"""
    place = tmp_path_factory.mktemp("built")
    source, dist = place / "source", place / "dist"
    for name in FOLDERS:
        shutil.copytree(ROOT / name, source / name, ignore=NOISE)
    for path in ROOT.iterdir():
        if path.is_file() and path.name != ".git":
            shutil.copy(path, source)
    packed = under(source)
    hook = "import sys; from setuptools import build_meta; getattr(build_meta, sys.argv[1])(sys.argv[2])"
    run("-c", hook, "build_sdist", dist, cwd=source)
    with tarfile.open(next(dist.glob("*.tar.gz"))) as archive:
        archive.extractall(place, filter="data")
    unpacked = next(place.glob("convcost-*"))
    run("-c", hook, "build_wheel", dist, cwd=unpacked)
    return packed, unpacked, next(dist.glob("*.whl"))


def test_the_source_distribution_is_the_whole_book(built):
    packed, unpacked, _ = built
    here = under(unpacked)
    assert {name for name in packed if "/" in name} - here == set()
    assert {"tests/conftest.py", "tests/checks.py", "tools/environment.py", "exercises/vgg.ipynb"} <= here
    assert {
        "README.md",
        "CONTRIBUTING.md",
        "CITATION.cff",
        "LICENSE",
        "Makefile",
        "_config.yml",
        "_toc.yml",
        "intro.md",
        "constraints.txt",
        "requirements.in",
        "pyproject.toml",
        ".gitignore",
    } <= here


def test_the_wheel_holds_every_module_and_every_data_file(built):
    with zipfile.ZipFile(built[2]) as wheel:
        names = set(wheel.namelist())
    library = {name.removeprefix("lib/") for name in built[0] if name.startswith("lib/")}
    assert {name for name in names if ".dist-info/" not in name} == library
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)


def test_nothing_is_committed_but_what_we_write():
    """A wheel came in once, with `git add` of everything."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("no checkout of git")
    kinds = {os.path.splitext(name)[1] for name in listed.stdout.split()}
    packed = {
        ".whl",
        ".gz",
        ".zip",
        ".tgz",
        ".xz",
        ".bz2",
        ".7z",
        ".jar",
        ".so",
        ".dll",
        ".dylib",
        ".exe",
        ".pyc",
        ".pt",
    }
    assert kinds & packed == set()
    assert {name for name in listed.stdout.split() if "node_modules" in name or name.endswith(".min.js")} == set()


USE = """
import sys
sys.path.insert(0, sys.argv[1])
import convcost, coursework
from convcost.__main__ import main
from coursework.__main__ import main as coursework_main
assert convcost.__file__.startswith(sys.argv[1]), convcost.__file__
assert convcost.models.vgg16().params == 138357544
for command in sys.argv[2:]:
    assert main(command.split()) == 0
assert coursework_main(["exercises"]) == 0
coursework.check("start.output_size", lambda size, kernel_size, stride=1, padding=0:
                 (size + 2 * padding - kernel_size) // stride + 1)
assert not {"numpy", "torch", "matplotlib"} & set(sys.modules)
"""


def test_the_wheel_counts_and_checks_with_the_standard_library_alone(built, tmp_path):
    zipfile.ZipFile(built[2]).extractall(tmp_path)
    commands = ("count resnet50", "models", "conventions", "ledger")
    printed = run("-I", "-S", "-c", USE, tmp_path, *commands, cwd=tmp_path)
    assert f"{models.resnet50().macs:,}" in printed
    assert "start.output_size: right (3 of 3 points)" in printed


@pytest.mark.parametrize("extra", ["numpy", "torch", "plots"])
def test_the_command_for_an_extra_names_one_that_the_wheel_has(built, extra, tmp_path):
    zipfile.ZipFile(built[2]).extractall(tmp_path)
    program = "import sys; sys.path.insert(0, sys.argv[1]); from convcost.extras import command; print(command(%r))"
    assert run("-I", "-S", "-c", program % extra, tmp_path).strip() == f'pip install "convcost[{extra}]"'
    (facts,) = tmp_path.glob("*.dist-info/METADATA")
    assert f"Provides-Extra: {extra}\n" in facts.read_text(encoding="utf-8")


def test_a_checkout_that_is_not_installed_is_named_in_the_command(tmp_path):
    shutil.copytree(ROOT / "lib" / "convcost", tmp_path / "lib" / "convcost", ignore=NOISE)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    program = "import sys; sys.path.insert(0, 'lib'); from convcost import extras; print(extras.command('numpy'))"
    printed = run("-I", "-S", "-c", program, cwd=tmp_path).strip()
    assert printed == f'pip install "convcost[numpy] @ {tmp_path.as_uri()}"'


IMPORTS = """
import importlib, json, sys
sys.path.insert(0, sys.argv[1])
said = {}
for name in sys.argv[2:]:
    try:
        importlib.import_module(name)
    except ImportError as error:
        said[name] = str(error)
for name in ("from_torch", "torch_bridge", "plots.axes", "numpy_run", "reference"):
    package, _, part = ("convcost." + name).rpartition(".")
    try:
        exec("from %s import %s" % (package, part))
    except ImportError as error:
        said["convcost:" + name] = str(error)
print(json.dumps(said))
"""


def test_every_part_without_its_package_says_in_one_line_what_brings_it():
    """Imported where there is no package at all, a module works or names the command."""
    said = json.loads(run("-I", "-S", "-c", IMPORTS, ROOT / "lib", *MODULES))
    for name, line in said.items():
        assert "\n" not in line and ': pip install "convcost[' in line, f"{name}: {line}"
    expected = {
        "plots.axes": "plots",
        "numpy_run": "numpy",
        "reference": "numpy",
        "from_torch": "torch",
        "torch_bridge": "torch",
    }
    for name, extra in expected.items():
        assert f"convcost[{extra}" in said[f"convcost:{name}"]


def test_every_import_of_such_a_package_goes_by_way_of_the_extras():
    """Also inside functions: `from convcost.extras import numpy as np`, never `import numpy as np`."""
    plain = re.compile(rf"^ *import ({'|'.join(extras.EXTRAS)})\b", re.M)
    for path in FILES:
        text = re.sub(r"^if TYPE_CHECKING:\n(?:    .*\n)+", "", path.read_text(encoding="utf-8"), flags=re.M)
        assert not plain.search(text), path
