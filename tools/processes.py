"""Commands of the book in an environment that holds only what is wanted, of which nothing outlives this process."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")

# What a command takes from its caller: who and where one is, how to reach the network, the browser. All else, from
# PYTHONOPTIMIZE to MATPLOTLIBRC and GIT_DIR, would change what the book shows or whether its tests mean anything.
TAKEN = {
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "TMPDIR",
    "TEMP",
    "TMP",
    "TERM",
    "COLUMNS",
    "LD_LIBRARY_PATH",
    "CI",
    "CHROMIUM",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "ALL_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "SYSTEMROOT",
    "SYSTEMDRIVE",
    "WINDIR",
    "COMSPEC",
    "PATHEXT",
    "APPDATA",
    "LOCALAPPDATA",
    "PROGRAMDATA",
    "PROGRAMFILES",
    "PROGRAMFILES(X86)",
    "USERPROFILE",
    "HOMEDRIVE",
    "HOMEPATH",
    "NUMBER_OF_PROCESSORS",
    "PROCESSOR_ARCHITECTURE",
}
INSTALLING = {  # and what an installation takes besides
    "PIP_INDEX_URL",
    "PIP_EXTRA_INDEX_URL",
    "PIP_TRUSTED_HOST",
    "PIP_FIND_LINKS",
    "PIP_NO_INDEX",
    "PIP_CERT",
    "PIP_PROXY",
    "PIP_CACHE_DIR",
    "PIP_NO_CACHE_DIR",
    "PIP_CONFIG_FILE",
    "PIP_DEFAULT_TIMEOUT",
    "PIP_RETRIES",
    "NODE_EXTRA_CA_CERTS",
    "NPM_CONFIG_REGISTRY",
    "NPM_CONFIG_CACHE",
    "NPM_CONFIG_CAFILE",
    "NPM_CONFIG_PROXY",
    "NPM_CONFIG_HTTPS_PROXY",
    "NPM_CONFIG_USERCONFIG",
    "XDG_CONFIG_HOME",
    "XDG_CONFIG_DIRS",
    "XDG_CACHE_HOME",
}


class Failed(Exception):
    """Stops a command with one line for the reader."""


def say(line):
    print("==> " + line, flush=True)


# Sums of floats depend on how many threads share them, and on how many a processor adds at once: one thread, and the
# instructions that nearly all have. Two notebooks run at a time, so little is lost.
ROUNDING = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "MKL_CBWR": "COMPATIBLE",
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "ATEN_CPU_CAPABILITY": "avx2",
}


def clean_environment(also=()):
    """The variables of a command: those of `TAKEN` and `also` that are set, and the book's own."""
    wanted = TAKEN | set(also)
    env = {name: value for name, value in os.environ.items() if name.upper() in wanted}
    env.update(
        PATH=str(BIN) + os.pathsep + env.get("PATH", os.defpath),
        VIRTUAL_ENV=str(VENV),
        LC_ALL="C.UTF-8",
        PYTHONUTF8="1",
        PYTHONHASHSEED="0",
        PYTHONNOUSERSITE="1",
        JUPYTER_PREFER_ENV_PATH="1",
        JUPYTER_PLATFORM_DIRS="1",
        IPYTHONDIR=str(VENV / "ipython"),
        MPLCONFIGDIR=str(VENV / "matplotlib"),
        JUPYTER_CONFIG_DIR=str(VENV / "jupyter"),
        JUPYTER_RUNTIME_DIR=str(VENV / "jupyter" / "runtime"),
        JUPYTER_DATA_DIR=str(VENV / "jupyter" / "data"),
        PIP_USER="0",
        COURSEWORK_PROGRESS="",  # the book's own runs leave no student's file behind
        **ROUNDING,
    )
    return env if sys.stdout.isatty() else env | {"NO_COLOR": "1"}


def call(command, *, env=None, output=None, errors=None, cwd=ROOT):
    """Run a command to its end and return its exit code; when this process ends before it, so does the command."""
    process = subprocess.Popen(
        [str(part) for part in command],
        cwd=cwd,
        env=env or clean_environment(),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=errors,
        start_new_session=True,
        preexec_fn=_end_with_parent if sys.platform == "linux" else None,
    )
    try:
        return process.wait()
    except BaseException:
        _end(process)
        raise


def _end_with_parent():
    import ctypes

    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG: even when this process is killed


def _end(process):
    """End a command and all that it started: first asked, then killed."""
    if os.name == "nt":
        subprocess.run(["taskkill", "/F", "/T", "/PID", str(process.pid)], capture_output=True)
        return
    for ask, seconds in ((signal.SIGINT, 5), (signal.SIGKILL, None)):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, ask)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)


def end_on_signals():
    """Let a termination end this process as Ctrl-C does: with its commands."""

    def stop(number, frame):
        raise SystemExit(128 + number)

    signal.signal(signal.SIGINT, signal.default_int_handler)  # also where a shell started us in the background
    signal.signal(signal.SIGTERM, stop)
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup
        signal.signal(signal.SIGHUP, stop)


@contextlib.contextmanager
def alone():
    """Wait until no other command works in this folder, and keep others waiting for the block."""
    with contextlib.ExitStack() as stack:
        try:
            _lock(stack, wait=False)
        except BlockingIOError:
            say("Waiting for another command that works in this folder")
            _lock(stack, wait=True)
        yield


def _lock(stack, wait):
    if os.name == "nt":
        import hashlib
        import msvcrt

        name = "book-%s.lock" % hashlib.sha256(str(ROOT).encode()).hexdigest()[:16]
        file = stack.enter_context((Path(tempfile.gettempdir()) / name).open("w"))
        while True:
            try:
                return msvcrt.locking(file.fileno(), msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
            except OSError:  # LK_LOCK itself gives up after ten seconds
                if not wait:
                    raise BlockingIOError from None
    import fcntl

    folder = os.open(ROOT, os.O_RDONLY)  # the folder is its own lock: nothing to leave behind
    stack.callback(os.close, folder)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        raise
    except OSError:
        pass  # a file system without locks
