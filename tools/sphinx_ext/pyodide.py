"""Python in the reader's browser: Pyodide, and the library as an archive beside it; a wheel of it for Colab.

Pyodide comes from npm, by `environment.py`, and is copied into the built site; a page fetches it when its reader first
runs something, never before.
"""

import gzip
import io
import shutil
import zipfile
from pathlib import Path

import environment
import setup_cell
import wheel
from environment import ROOT, say

FOLDER = "_static/pyodide"
PARTS = ("pyodide.js", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json")
HERE = Path(__file__).parent
SCRIPTS = [*(HERE / "pyodide_files").iterdir(), HERE / "playground_files/playground.js"]
# What the two kinds of page call, and the rooms of the library that they need.
RUNNERS = {"playground_run.py": HERE / "playground_files/run.py", "exercise_run.py": HERE / "exercise_files/run.py"}
ROOMS = ("convcost", "coursework", "textbook/ledger")
MODULES = (  # of the book's own: what specifications of exercises read
    "textbook/__init__.py",
    "textbook/phone_times.py",
    "textbook/races.py",
    "textbook/timing.py",
    "textbook/data/times_cpu.csv",
)
WITHOUT = ("coursework/grading/", "coursework/__main__.py")


def archive(target):
    """Write the library (modules, and the tables they read) and the runners as a zip archive to a path or open file."""
    library = ROOT / "lib"
    found = {f for room in ROOMS for kind in ("*.py", "*.csv", "*.json") for f in (library / room).rglob(kind)}
    names = {f.relative_to(library).as_posix(): f for f in found} | {name: library / name for name in MODULES}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out:
        for name, file in sorted((names | RUNNERS).items()):
            if not name.startswith(WITHOUT):
                out.write(file, name)


def sizes():
    """Megabytes that a first run fetches: compressed, and as they are."""
    archive(library := io.BytesIO())
    files = [library.getvalue(), *((environment.pyodide() / name).read_bytes() for name in PARTS)]
    return [sum(map(len, group)) / 1e6 for group in (map(gzip.compress, files), files)]


def finish(app, problem):
    """Bring what the pages fetch, after the steps that work through every script of the site; and what Colab does."""
    if problem is not None or app.builder.name != "html":
        return
    wheel.build(folder_of(app, setup_cell.FOLDER))
    pyodide = environment.pyodide()
    if pyodide is None:
        return say("Book: WITHOUT Pyodide: the playground and the exercises run nothing on the pages")
    target = folder_of(app, FOLDER)
    for path in [*(pyodide / name for name in PARTS), *SCRIPTS]:
        shutil.copyfile(path, target / path.name)
    archive(target / "library.zip")


def folder_of(app, name):
    target = Path(app.outdir) / name
    target.mkdir(parents=True, exist_ok=True)
    return target


def setup(app):
    app.connect("build-finished", finish, priority=950)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
