"""How fast a class is graded: python benchmarks/grading.py [STUDENTS]

Copies of the solved first exercise notebook are graded in the sandbox, twice: the second run finds nothing changed.
Memory is the grader's own at its peak; a larger class must not need much more of it.
The ratio sets one submission against starting Python once in the same sandbox with nothing to do.
"""

import contextlib
import io
import os
import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

from coursework.__main__ import main
from coursework.sandbox.walls import Sandbox

ROOT = Path(__file__).resolve().parents[1]


def seconds(function):
    start = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()):
        function()
    return time.perf_counter() - start


def benchmark(students):
    cores = os.cpu_count() or 1
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        for n in range(students):
            (folder / "class" / f"s{n:05}").mkdir(parents=True)
            shutil.copy(ROOT / "solutions" / "start.ipynb", folder / "class" / f"s{n:05}")
        command = ["grade", str(folder / "class"), "--out", str(folder / "results"), "--notebooks", "start"]
        first, second = (seconds(lambda: main(command)) for _ in range(2))
        box = Sandbox()
        bare = min(seconds(lambda: box.run([], [])) for _ in range(10))
    each = first / students
    print(f"{students} submissions in {first:.1f} s on {cores} cores: {1 / each:.0f} a second")
    print(f"one submission takes {each * cores / bare:.1f} times what an empty sandbox takes ({1000 * bare:.0f} ms)")
    print(f"graded again, unchanged: {second:.2f} s, {first / second:.0f} times faster")
    print(f"memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000:.0f} MB")


if __name__ == "__main__":
    benchmark(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
