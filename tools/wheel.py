"""The library as a wheel: what the site serves, and a notebook in Colab installs within seconds."""

import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from environment import ROOT
from processes import Failed

BUILD = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"
NEEDED = ("pyproject.toml", "README.md", "LICENSE")


def name():
    """The wheel's file name, with the version of pyproject.toml."""
    with open(ROOT / "pyproject.toml", "rb") as file:
        project = tomllib.load(file)["project"]
    return f"{project['name']}-{project['version']}-py3-none-any.whl"


def build(folder):
    """Write the wheel of this checkout's library into a folder; returns its path."""
    with tempfile.TemporaryDirectory() as place:
        place = Path(place)
        shutil.copytree(ROOT / "lib", place / "lib", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
        for file in NEEDED:
            shutil.copy(ROOT / file, place)
        folder = Path(folder).resolve()
        done = subprocess.run([sys.executable, "-c", BUILD, str(folder)], cwd=place, capture_output=True, text=True)
    if done.returncode or not (folder / name()).is_file():
        raise Failed(f"the wheel could not be built: {done.stderr.strip()[-300:]}")
    return folder / name()
