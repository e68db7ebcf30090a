"""Run notebooks as Colab does: empty_folder.py [FILE ...]

Each runs in a folder of its own with nothing in it, in an environment that has Colab's packages (tools/colab.txt) and
not the library, which the notebook's first cell installs as a wheel from the site; in its place stands one of this
checkout. Default: every notebook of chapters/ and exercises/.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))  # Python leaves it out under PYTHONSAFEPATH
import environment
import fingerprint
import notebook_file
import setup_cell
import wheel
from environment import BUILD, ROOT, say

PLACE = BUILD / "colab"
BIN = PLACE / ("Scripts" if os.name == "nt" else "bin")
RUN = """
import sys, nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": "."}}).execute()
"""


def settings():
    """What a program in Colab's environment sees: nothing of what the caller has set for Python or Jupyter."""
    foreign = ("PYTHON", "JUPYTER", "IPYTHON", "MPL")
    wanted = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return wanted | {"PATH": str(BIN) + os.pathsep + wanted.get("PATH", "")}


def pip(*arguments):
    command = [str(BIN / "python"), "-m", "pip", "-qq", "--disable-pip-version-check", *arguments]
    subprocess.run(command, check=True, env=settings())


def ensure():
    """Make the environment once."""
    stamp, wanted = PLACE / "made-from", (ROOT / "tools" / "colab.txt").read_text()
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    say("Making an environment like Colab's in %s" % PLACE.relative_to(ROOT))
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(PLACE)], check=True)
    environment.install_torch(BIN / "python")
    pip("install", "-r", str(ROOT / "tools" / "colab.txt"))
    stamp.write_text(wanted)


def run(path, library):
    """Run one notebook, whose set-up cell installs the wheel `library`; returns what went wrong, or ""."""
    pip("uninstall", "-y", "convcost")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / path.name
        notebook = notebook_file.read(path)
        first = next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")
        ours = f'wheel = "{library.as_posix()}"'
        first["source"] = setup_cell.text().replace(setup_cell.line(), ours).splitlines(keepends=True)
        copy.write_text(json.dumps(notebook), encoding="utf-8")
        done = subprocess.run(
            [str(BIN / "python"), "-c", RUN, str(copy)], cwd=folder, env=settings(), capture_output=True, text=True
        )
        return done.stderr if done.returncode else ""


def main(files):
    ensure()
    library = wheel.build(PLACE)
    paths = [Path(f).resolve() for f in files] or fingerprint.notebooks("chapters", "exercises")
    failed = 0
    for path in paths:
        start = time.monotonic()
        problem = run(path, library)
        failed += bool(problem)
        say(
            "%s %s, %.0f s"
            % ("FAILED" if problem else "ran", path.relative_to(ROOT).as_posix(), time.monotonic() - start)
        )
        if problem:
            print(problem[-3000:], file=sys.stderr)
    say("%d of %d notebooks ran in an empty folder" % (len(paths) - failed, len(paths)))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
