"""Kernels that start warm: one process imports what every notebook imports, and each kernel is a fork of it.

A kernel is there after a tenth of a second in place of three. Where there is no fork, kernels start as everywhere.
"""

import contextlib
import importlib
import json
import os
import signal
import subprocess
import sys
import time

# The book's own packages are not among them: a notebook imports those as they are when it runs.
IMPORTED = (
    "numpy",
    "torch",
    "matplotlib.figure",
    "matplotlib.backends.backend_svg",
    "matplotlib.backends.backend_agg",
    "ipykernel.ipkernel",
    "ipykernel.kernelapp",
)


@contextlib.contextmanager
def warm_kernels():
    """Inside the block jupyter_client starts its kernels warm; behind it none is left."""
    if not hasattr(os, "fork") or sys.platform == "darwin":  # macOS: its frameworks do not survive a fork
        yield
        return
    from jupyter_client.provisioning import local_provisioner

    server = subprocess.Popen([sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    cold = local_provisioner.launch_kernel
    local_provisioner.launch_kernel = lambda command, **options: _ask(server, command, options)
    try:
        yield
    finally:
        local_provisioner.launch_kernel = cold
        server.stdin.close()
        server.wait()


def _ask(server, command, options):
    request = {"arguments": command[command.index("-f") :], "folder": options["cwd"], "environment": options["env"]}
    server.stdin.write(json.dumps(request) + "\n")
    server.stdin.flush()
    return Kernel(int(server.stdout.readline()))


class Kernel:
    """As much of subprocess.Popen as jupyter_client uses, for a process that is not our child."""

    stdin = stdout = stderr = None

    def __init__(self, pid):
        self.pid = pid

    def poll(self):
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return 1

    def wait(self, timeout=None):
        while self.poll() is None:
            time.sleep(0.01)
        return 1

    def send_signal(self, number):
        os.kill(self.pid, number)


def serve():
    """Answer each request on standard input with the number of a new process; end them all when the input ends."""
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"  # as a kernel sets it, before the import
    for name in IMPORTED:
        importlib.import_module(name)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C: the input ends soon after
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # ended kernels vanish
    kernels = []
    for line in sys.stdin:
        request = json.loads(line)
        ready, set_up = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(ready)
            _become_kernel(request, set_up)
        os.close(set_up)
        os.read(ready, 1)  # until it leads a group of its own, or has ended
        os.close(ready)
        kernels.append(pid)
        print(pid, flush=True)
    for pid in kernels:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)


def _become_kernel(request, set_up):
    os.setsid()
    os.close(set_up)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"], JPY_PARENT_PID=str(os.getppid()))  # it ends when that one does
    from ipykernel import kernelapp

    kernelapp.launch_new_instance(argv=request["arguments"])
    os._exit(0)


if __name__ == "__main__":
    serve()
