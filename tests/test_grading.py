"""Grading a class: fair marks, nothing lost, nobody fooled.

Needs a sandbox (bubblewrap); skipped where there is none.
"""

import csv
import json
import os
import shutil
import subprocess
import sys
import time
from textwrap import dedent

import pytest
from coursework.__main__ import main
from coursework.errors import CourseworkError
from coursework.exercise import exercises, find
from coursework.grading.notebook import without_outputs
from coursework.sandbox.walls import Sandbox, within
from coursework.sandbox.watch import Watch
from environment import ROOT

try:
    Sandbox()
    REASON = ""
except CourseworkError as error:
    REASON = str(error)
sandboxed = pytest.mark.skipif(bool(REASON), reason=REASON)
pytestmark = sandboxed

MAXIMUM = sum(e.maximum for e in exercises("start").values())
RIGHT_PARAMS = """
def conv_params(c_in, c_out, kernel_size, groups=1, bias=True):
    return kernel_size**2 * c_in // groups * c_out + (c_out if bias else 0)
"""
RIGHT_SIZE = """
def output_size(size, kernel_size, stride=1, padding=0):
    return (size + 2 * padding - kernel_size) // stride + 1
"""


def notebook(*sources, **metadata):
    cells = [
        {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": s} for s in sources
    ]
    return json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})


def hand_in(folder, student, text, name="start.ipynb"):
    path = folder / student / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def graded(folder, out, *options):
    """Grade; returns {(student, exercise): row}."""
    assert main(["grade", str(folder), "--out", str(out), "--notebooks", "start", *map(str, options)]) == 0
    with open(out / "grades.csv", newline="") as file:
        return {(row["student"], row["exercise"]): row for row in csv.DictReader(file)}


def points(rows, student, exercise="start.conv_params"):
    return float(rows[student, exercise]["points"])


@pytest.fixture
def class_(tmp_path):
    folder = tmp_path / "submissions"
    folder.mkdir()
    return folder, tmp_path / "results"


def test_solved_unsolved_and_partly_solved_notebooks_get_their_points(class_):
    folder, out = class_
    shutil.copytree(
        ROOT / "solutions", folder / "solver", ignore=lambda _, names: {n for n in names if n != "start.ipynb"}
    )
    shutil.copytree(
        ROOT / "exercises", folder / "opener", ignore=lambda _, names: {n for n in names if n != "start.ipynb"}
    )
    hand_in(folder, "halfway", notebook(RIGHT_PARAMS.replace(" // groups", "")))
    rows = graded(folder, out)
    assert sum(points(rows, "solver", name) for name in exercises("start")) == MAXIMUM
    assert {rows["opener", name]["status"] for name in exercises("start")} == {"open"}
    half = rows["halfway", "start.conv_params"]
    assert (half["points"], half["maximum"], half["status"]) == ("2", "4", "partly")
    assert "it sees only c_in / groups of them" in half["why"]
    assert rows["halfway", "start.conv_macs"]["status"] == "missing"


ATTACKS = {
    "infinite loop": """
        def conv_params(*a, **k):
            while True:
                pass
    """,
    "loop that catches everything": """
        def conv_params(*a, **k):
            while True:
                try:
                    while True:
                        pass
                except BaseException:
                    pass
    """,
    "memory": "hog = [bytearray(10**8) for _ in range(10**6)]",
    "memory in the function": """
        def conv_params(*a, **k):
            return bytearray(10**12)
    """,
    "fork bomb": """
        import os
        while True:
            os.fork()
    """,
    "a process": """
        import subprocess
        subprocess.run(['/usr/bin/env'])
    """,
    "huge output": "while True: print('x' * 10**6)",
    "output past the redirection": """
        import os
        while True:
            for fd in range(3, 64):
                try:
                    os.write(fd, b'x' * 10**6)
                except OSError:
                    pass
    """,
    "huge file": "open('/tmp/big', 'wb').write(bytes(10**9))",
    "many files": "for n in range(10**6): open(f'/tmp/{n}', 'wb').write(bytes(10**7))",
    "exit": """
        import os
        os._exit(0)
    """,
    "sys.exit": """
        import sys
        sys.exit(0)
    """,
    "killed": """
        import os
        os.kill(os.getpid(), 9)
    """,
    "network": """
        import socket
        socket.create_connection(('192.0.2.1', 80), timeout=1)
    """,
    "reads the references": "from coursework.specs.start import conv_params",
    "reads the references by path": f"""
        import importlib.util as u
        s = u.spec_from_file_location('x', {str(ROOT / "lib/coursework/specs/start.py")!r})
        m = u.module_from_spec(s)
        s.loader.exec_module(m)
        conv_params = m.conv_params.reference
    """,
    "reads the solutions": f"""
        text = open({str(ROOT / "solutions/start.ipynb")!r}).read()
        import json
        for c in json.loads(text)['cells']:
            try:
                exec(''.join(c['source']))
            except Exception:
                pass
    """,
    "equal to everything": """
        class E:
            def __eq__(self, other):
                return True
            def __call__(self, *a, **k):
                return self
        conv_params = my_layer_macs = E()
    """,
    "an int equal to everything": """
        class E(int):
            def __eq__(self, other):
                return True
            __hash__ = int.__hash__
        conv_params = lambda *a, **k: E(1)
    """,
    "patched builtins": """
        import builtins, json, math
        builtins.isinstance = lambda *_: True
        builtins.all = lambda *_: True
        math.isclose = lambda *a, **k: True
        conv_params = lambda *a, **k: 1
    """,
    "patched json": """
        import json
        json.dumps = lambda *a, **k: '{"exercise": "conv_params", "points": 4, "status": "right"}'
        conv_params = lambda *a, **k: 1
    """,
    "patched library": """
        import convcost
        convcost.Conv2d = None
        conv_params = lambda *a, **k: 1
    """,
    "forged results": r"""
        import os
        line = b'{"exercise": "conv_params", "answers": [], "status": "right", "points": 4}\n{"done": true}\n'
        for fd in range(3, 64):
            try:
                os.write(fd, line)
            except OSError:
                pass
        os._exit(0)
    """,
    "forged answers of the wrong kind": r"""
        import os
        line = b'{"exercise": "conv_params", "answers": [[1], null, {"value": {"$": "array"}}]}\n'
        line += b'[' * 10**5 + b'\n'
        for fd in range(3, 64):
            try:
                os.write(fd, line)
            except OSError:
                pass
        os._exit(0)
    """,
    "walks the stack": """
        import sys
        def conv_params(*a, **k):
            frame = sys._getframe()
            while frame:
                for value in list(frame.f_locals.values()):
                    if isinstance(value, dict) and 'expected' in value:
                        return value['expected']
                frame = frame.f_back
            return 0
    """,
    "a thread that goes on": """
        import threading
        threading.Thread(target=lambda: [0 for _ in iter(int, 1)]).start()
    """,
    "a thousand threads": """
        import threading, time
        for _ in range(10**5):
            threading.Thread(target=time.sleep, args=(99,)).start()
    """,
    "deep recursion": """
        import sys
        sys.setrecursionlimit(10**9)
        def f():
            return f()
        f()
    """,
    "nested source": "(" * 5000 + ")" * 5000,
    "huge number": "conv_params = lambda *a, **k: 10**10**7",
    "deep answer": """
        def conv_params(*a, **k):
            x = []
            for _ in range(10**5):
                x = [x]
            return x
    """,
    "endless answer": """
        def conv_params(*a, **k):
            x = []
            x.append(x)
            return x
    """,
    "unprintable error": """
        class E(Exception):
            def __str__(self):
                raise self
        def conv_params(*a, **k):
            raise E
    """,
    "memory that no limit counts": """
        import ctypes
        libc = ctypes.CDLL(None, use_errno=True)
        assert libc.shmget(0, 10**9, 0o1600) >= 0
    """,
    "a file in memory": """
        import os
        os.truncate(os.memfd_create('x'), 10**10)
    """,
    "walls of its own": """
        import ctypes
        assert ctypes.CDLL(None).unshare(0x10000000) == 0
    """,
    "a number beyond floats": "conv_params = lambda *a, **k: 10**400",
    "infinite": "conv_params = lambda *a, **k: float('inf')",
    "forged infinity": r"""
        import os
        answers = b', '.join([b'{"value": Infinity}'] * 24)
        line = b'{"exercise": "conv_params", "answers": [' + answers + b']}\n'
        for fd in range(3, 64):
            try:
                os.write(fd, line)
            except OSError:
                pass
        os._exit(0)
    """,
    "forged array of many axes": r"""
        import os
        shape = b', '.join([b'1'] * 5000)
        answer = b'{"value": {"$": "array", "shape": [' + shape + b'], "values": [1]}}'
        line = b'{"exercise": "conv_params", "answers": [' + b', '.join([answer] * 24) + b']}\n'
        for fd in range(3, 64):
            try:
                os.write(fd, line)
            except OSError:
                pass
        os._exit(0)
    """,
    "forged cells": r"""
        import os
        for fd in range(3, 64):
            try:
                os.write(fd, b'{"cell": 99, "error": "x"}\n{"cell": -1, "error": "x"}\n')
            except OSError:
                pass
    """,
    "waits for ever": """
        import threading
        lock = threading.Lock()
        lock.acquire()
        lock.acquire()
    """,
    "a clock of its own": """
        import resource, time
        time.process_time = lambda: 0
        resource.setrlimit = lambda *_: None
        while True:
            pass
    """,
    "signs of life while it waits": r"""
        import ctypes, os
        while True:
            ctypes.CDLL(None).usleep(900_000)
            for fd in range(3, 20):
                try:
                    os.write(fd, b'{"cell": 1}\n')
                except OSError:
                    pass
    """,
    "signal handler": """
        import signal
        signal.signal(signal.SIGPROF, signal.SIG_IGN)
        while True:
            pass
    """,
}


def test_every_attack_costs_only_its_own_points(class_):
    """Each attack stands before a right `output_size`: that keeps its points, what was attacked earns none."""
    folder, out = class_
    for number, attack in enumerate(ATTACKS.values()):
        hand_in(folder, f"s{number:02}", notebook(dedent(attack).strip(), RIGHT_SIZE))
    hand_in(folder, "fair", notebook(RIGHT_PARAMS, RIGHT_SIZE))
    rows = graded(folder, out, "--seconds", "6")
    for number, name in enumerate(ATTACKS):
        assert points(rows, f"s{number:02}") == 0, name
        assert points(rows, f"s{number:02}", "start.my_layer_macs") == 0, name
        assert rows[f"s{number:02}", "start.conv_params"]["why"], name
        assert points(rows, f"s{number:02}", "start.output_size") == 3, (
            name,
            rows[f"s{number:02}", "start.output_size"],
        )
    assert points(rows, "fair") == 4


def test_who_computes_or_would_like_to_is_not_waiting():
    """However busy the machine: what counts against a notebook is time in which it asks for none."""
    for source, waits in (("while True: pass", False), ("input()", True)):
        with subprocess.Popen([sys.executable, "-c", source], stdin=subprocess.PIPE) as process:
            watch = Watch(process.pid)
            while not (watch.waited if waits else watch.computed > 1):
                time.sleep(0.1)
                watch.look()
            process.kill()
        assert waits or watch.waited < watch.computed


def test_within_the_walls_lie_the_worker_and_the_library_and_nothing_else():
    wanted = [
        "__init__.py",
        "calling.py",
        "clock.py",
        "convcost",
        "coursework.py",
        "ipython.py",
        "session.py",
        "textbook",
        "wire.py",
        "worker.py",
    ]
    assert sorted(path.name for path in within()) == wanted
    look = "import os\nseen = sorted(os.listdir('/course'))"
    found = Sandbox().run([look], [{"function": "seen", "value": True, "calls": [[[], {}]]}])
    assert found.answers["seen"] == [{"value": wanted}]


def test_nothing_outside_is_seen_or_written(class_, tmp_path):
    folder, out = class_
    (tmp_path / "secret.txt").write_text("s" * 32)
    places = [ROOT / "solutions", ROOT / "lib/coursework/specs", folder, out, tmp_path / "secret.txt", "/etc/passwd"]
    hand_in(folder, "neighbour", notebook(RIGHT_PARAMS))
    look = [
        "import os",
        f"seen = [p for p in {list(map(str, places))!r} if os.path.exists(p) and (os.path.isfile(p) or os.listdir(p))]",
        dedent("""\
            for p in ('/usr/x', '/course/x', '/x', '/dev/shm/x'):
                try:
                    open(p, 'w')
                    seen.append(p)
                except OSError:
                    pass
        """),
        "conv_params = lambda *a, **k: seen",
    ]
    hand_in(folder, "spy", notebook(*look))
    why = graded(folder, out, "--secret", tmp_path / "secret.txt")["spy", "start.conv_params"]["why"]
    assert "gave []" in why, why


@pytest.mark.parametrize(
    "sources, earned",
    [
        ([RIGHT_PARAMS, RIGHT_PARAMS], 4),  # a duplicated cell
        (["def conv_params(*a): return 0", RIGHT_PARAMS], 4),  # the last definition counts, as in a kernel
        ([RIGHT_PARAMS, "conv_params = None"], 0),
        (["x = = 1", RIGHT_PARAMS], 4),  # a syntax error costs its own cell
        (["1 / 0", RIGHT_PARAMS], 4),
        ([RIGHT_PARAMS + "\n1 / 0"], 4),
        ([RIGHT_PARAMS.replace("return", "retrun")], 0),
        (["import warnings\nwarnings.warn('loud')" + RIGHT_PARAMS], 4),
        (["from coursework import check, predict" + RIGHT_PARAMS, "check('start.conv_params', conv_params)"], 4),
        (["%matplotlib inline\n!ls" + RIGHT_PARAMS], 4),
        (["%%time" + RIGHT_PARAMS], 4),
        (["%time one = 1", RIGHT_PARAMS.replace("groups * c_out", "groups * c_out * one")], 4),
        (["import numpy as np\n3 - 2", "one = _ * Out[1]", RIGHT_PARAMS.replace("* c_out +", "* c_out * one +")], 4),
        (["from __future__ import annotations", RIGHT_PARAMS.replace("c_in,", "c_in: Whole,")], 4),
        (["import time\ntime.sleep(3600)" + RIGHT_PARAMS], 4),
        (["async def main(): return 1", "one = await main()", RIGHT_PARAMS], 4),
        (["x = 1"] * 3000 + [RIGHT_PARAMS], 4),
        (["import asyncio\nawait asyncio.sleep(3600)" + RIGHT_PARAMS], 4),
        ([">>> " + RIGHT_PARAMS.strip().replace("\n", "\n... ")], 4),  # copied from a session, which IPython allows
        (["    " + RIGHT_PARAMS.strip().replace("\n", "\n    ")], 4),  # so is a cell that is indented as a whole
        ([], 0),
        ([RIGHT_PARAMS.replace("//", "/")], 4),  # whole, though a float
        (["conv_params = lambda *a, **k: 42"], 0),
        (["x = 1 / 0" + RIGHT_PARAMS], 4),  # what stands below a failing line still counts
        (["import no_such_module\nfrom google.colab import drive\ndrive.mount('/x')" + RIGHT_PARAMS], 4),
        (
            [
                dedent(r"""
                    files = !ls
                    t = %time 3
                    !pip install \
                      torch
                    display(3)
                    get_ipython().run_line_magic('x', '')
                    n = input()
                """).strip()
                + RIGHT_PARAMS
            ],
            4,
        ),
        (["\ufeff" + RIGHT_PARAMS], 4),
        (["import asyncio\nawait asyncio.sleep(0)" + RIGHT_PARAMS], 4),
        ([RIGHT_PARAMS.replace("groups=1", "*, groups=1")], 4),
        ([RIGHT_PARAMS.replace("groups", "g")], 4),
        (
            [
                "from fractions import Fraction\nfrom functools import partial"
                + RIGHT_PARAMS
                + "\nconv_params = partial(lambda f, *a, **k: Fraction(f(*a, **k)), conv_params)"
            ],
            4,
        ),
        (["import numpy as np" + RIGHT_PARAMS.replace("return ", "return np.longdouble(1) * ")], 4),
        (["import os\nos._exit(0)"] * 6 + [RIGHT_PARAMS], 4),
        (
            [
                RIGHT_PARAMS.replace("c_in, c_out, kernel_size, groups=1, bias=True", "a, b, c, groups=1, bias=True")
                .replace("c_in", "a")
                .replace("c_out", "b")
                .replace("kernel_size", "c")
            ],
            4,
        ),  # other names, same order
    ],
)
def test_cells_may_be_duplicated_edited_broken_or_gone(class_, sources, earned):
    folder, out = class_
    hand_in(folder, "s", notebook(*sources))
    assert points(graded(folder, out), "s") == earned


SLOW = "import time\nstart = time.process_time()\nwhile time.process_time() - start < 60: pass"


def test_slow_cells_cost_nothing_but_their_own_results(class_):
    """Two seconds a cell and two a notebook: most slow cells find the time used up, quick ones still run."""
    folder, out = class_
    hand_in(folder, "slow", notebook(*[SLOW] * 4, RIGHT_PARAMS + "\nx = 1", RIGHT_SIZE, SLOW))
    hand_in(folder, "slow in one", notebook("def conv_params(*a, **k):\n    while True: pass", RIGHT_SIZE))
    rows = graded(folder, out, "--seconds", "2")
    assert points(rows, "slow") == 4 and points(rows, "slow", "start.output_size") == 3
    assert points(rows, "slow in one") == 0 and points(rows, "slow in one", "start.output_size") == 3
    page = (out / "feedback" / "slow" / "start.html").read_text()
    assert "took too long" in page and "used up the notebook" in page


def test_a_copy_of_the_whole_book_means_its_exercises(class_):
    folder, out = class_
    for part, text in (
        ("exercises", notebook(RIGHT_PARAMS)),
        ("solutions", (ROOT / "solutions/start.ipynb").read_text()),
    ):
        hand_in(folder, "fork", text, f"book/{part}/start.ipynb")
    hand_in(folder, "own", notebook(RIGHT_SIZE), "my/work/of/week/one/solutions/start.ipynb")
    rows = graded(folder, out)
    assert points(rows, "fork") == 4 and points(rows, "fork", "start.output_size") == 0
    assert points(rows, "own", "start.output_size") == 3


def test_a_file_that_is_no_notebook_is_called_by_what_it_is(class_):
    folder, out = class_
    hand_in(folder, "page", "\n<!DOCTYPE html><title>start.ipynb</title>")
    hand_in(folder, "zip", "PK\x03\x04")
    (folder / "wide").mkdir()
    (folder / "wide" / "start.ipynb").write_bytes(notebook(RIGHT_PARAMS).encode("utf-16"))
    rows = graded(folder, out)
    assert "a web page about it; download the file itself" in rows["page", "start"]["why"]
    assert "a zip file; unpack it" in rows["zip", "start"]["why"] and points(rows, "wide") == 4


@pytest.mark.parametrize(
    "text", ['"outputs": [' * 100_000, '"outputs": ["' + '\\"' * 500_000, '"outputs": [[' * 90_000 + '"']
)
def test_outputs_without_an_end_are_read_once(text):
    assert without_outputs(text.encode()) == text.encode()  # in time that grows with its square this would take hours


def test_large_outputs_and_foreign_kernels_do_no_harm(class_):
    folder, out = class_
    picture = {"output_type": "display_data", "metadata": {}, "data": {"image/png": "A" * 12_000_000}}
    cell = {"cell_type": "code", "metadata": {}, "execution_count": 1, "outputs": [picture, picture]}
    cells = [{**cell, "source": "a = ['[', '\"outputs\": [', '\\\\']"}, {**cell, "source": RIGHT_PARAMS}]
    text = json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    assert len(text) > 20_000_000
    hand_in(folder, "plots", text)
    hand_in(folder, "julia", notebook(RIGHT_PARAMS, kernelspec={"language": "julia", "name": "julia-1.10"}))
    hand_in(folder, "mailed", notebook(RIGHT_PARAMS), "start.ipynb.txt")
    hand_in(folder, "typo", notebook(RIGHT_PARAMS.replace("conv_params", "conv_parms")))
    hand_in(folder, "pdf", "%PDF", "start.pdf")
    rows = graded(folder, out)
    assert points(rows, "plots") == points(rows, "julia") == points(rows, "mailed") == 4
    assert "conv_params is not defined; there is conv_parms: rename it" in rows["typo", "start.conv_params"]["why"]
    assert "found start.pdf: hand in the .ipynb file itself" in rows["pdf", "start.conv_params"]["why"]


UNREADABLE = {
    "corrupt": '{"cells": [',
    "empty": "",
    "not json": "hello",
    "no notebook": "[]",
    "other kernel": notebook("f <- function(x) x", kernelspec={"language": "R", "name": "ir"}),
}


@pytest.mark.parametrize("kind", UNREADABLE)
def test_a_broken_file_is_reported_in_one_row_and_does_not_stop_the_class(class_, kind):
    folder, out = class_
    hand_in(folder, "broken", UNREADABLE[kind])
    hand_in(folder, "zoe", notebook(RIGHT_PARAMS))
    rows = graded(folder, out)
    (row,) = [r for (student, _), r in rows.items() if student == "broken"]
    assert (row["exercise"], row["points"], row["maximum"], row["status"]) == ("start", "0", str(MAXIMUM), "unreadable")
    assert row["why"].startswith("start.ipynb: ") and points(rows, "zoe") == 4


def test_a_notebook_of_100_mb_is_not_read(class_):
    folder, out = class_
    with open(hand_in(folder, "large", "{}"), "r+b") as file:
        file.truncate(100_000_000)
    assert "100 MB; at most 20 MB are read" in graded(folder, out)["large", "start"]["why"]


def test_files_may_be_renamed_nested_or_missing(class_):
    folder, out = class_
    text = notebook(RIGHT_PARAMS)
    hand_in(folder, "copy", text, "start (1).ipynb")
    hand_in(folder, "deep", text, "unpacked/exercises/start.ipynb")
    hand_in(folder, "checkpoint", text, ".ipynb_checkpoints/start-checkpoint.ipynb")
    hand_in(folder, "titled", notebook(RIGHT_PARAMS, RIGHT_SIZE, "conv_macs = 1"), "Homework of Ann.ipynb")
    hand_in(folder, "twice", text, "start (1).ipynb")
    hand_in(folder, "twice", text, "start (2).ipynb")
    hand_in(folder, "two", text, "old/start.ipynb")
    hand_in(folder, "two", text.replace("groups=1", "groups = 1"), "new/start.ipynb")
    shutil.copy(ROOT / "exercises" / "start.ipynb", folder / "two")
    hand_in(folder, "untouched", (ROOT / "exercises" / "start.ipynb").read_text())
    hand_in(folder, "untouched", text, "Kopie von start.ipynb")
    hand_in(folder, "elsewhere", text, "paint.ipynb")
    (folder / "nothing").mkdir()
    rows = graded(folder, out)
    assert points(rows, "copy") == 4 and rows["copy", "start.conv_params"]["why"] == "read from 'start (1).ipynb'"
    assert points(rows, "deep") == 4 and points(rows, "titled") == 4
    assert points(rows, "twice") == points(rows, "untouched") == 4
    assert rows["untouched", "start.conv_params"]["why"] == "read from 'Kopie von start.ipynb', not from start.ipynb"
    assert rows["two", "start"]["why"] == "which one? they differ: new/start.ipynb, old/start.ipynb"
    for student in ("checkpoint", "nothing", "elsewhere"):
        assert rows[student, "start.conv_params"]["status"] == "missing"
    assert "found paint.ipynb" in rows["elsewhere", "start.conv_params"]["why"]


def test_links_are_not_followed(class_, tmp_path):
    folder, out = class_
    hand_in(folder, "ann", notebook(RIGHT_PARAMS))
    (folder / "bob").mkdir()
    (folder / "bob" / "start.ipynb").symlink_to(folder / "ann" / "start.ipynb")
    (folder / "cyd").symlink_to(folder / "ann")
    rows = graded(folder, out)
    assert "links are not followed" in rows["bob", "start"]["why"] and "is a link" in rows["cyd", "start"]["why"]


def test_names_and_outputs_do_no_harm_in_pages_and_spreadsheets(class_):
    folder, out = class_
    hand_in(
        folder, "=cmd|' calc'!A0", notebook("def conv_params(*a, **k): raise ValueError('<script>alert(1)</script>')")
    )
    hand_in(folder, "<img src=x>", notebook("conv_params = lambda *a, **k: '=1+1<b>'"))
    hand_in(folder, "..x", notebook(RIGHT_PARAMS))
    graded(folder, out)
    table = (out / "grades.csv").read_text()
    assert "\n\"'=cmd" in table or "\n'=cmd" in table
    for page in [*out.rglob("*.html")]:
        text = page.read_text()
        assert "<script" not in text and "<img" not in text and "default-src 'none'" in text
    assert {p.name for p in out.parent.iterdir()} == {"submissions", "results"}


def test_gradescope_reads_the_results(class_):
    folder, out = class_
    hand_in(folder, "ann", notebook(RIGHT_PARAMS))
    graded(folder, out)
    document = json.loads((out / "results" / "ann.json").read_text())
    assert document["score"] == 4 == sum(t["score"] for t in document["tests"])
    assert {"name", "score", "max_score", "output", "status", "visibility"} <= set(document["tests"][0])
    assert [t["status"] for t in document["tests"] if t["name"] == "start.conv_params"] == ["passed"]


def marked_now(capsys):
    return int(capsys.readouterr().out.split(" students, ")[1].split(" marked")[0])


def test_only_what_changed_is_marked_again_and_nothing_is_lost(class_, capsys):
    folder, out = class_
    for name in ("ann", "bob", "cyd"):
        hand_in(folder, name, notebook(RIGHT_PARAMS))
    before = graded(folder, out)
    assert marked_now(capsys) == 3
    assert graded(folder, out) == before and marked_now(capsys) == 0
    hand_in(folder, "bob", notebook(RIGHT_SIZE))
    hand_in(folder, "dan", notebook(RIGHT_PARAMS))
    (out / "results" / "cyd.json").write_text('{"half')  # as if interrupted by an older program
    after = graded(folder, out)
    assert marked_now(capsys) == 3  # bob, cyd, dan
    assert (
        points(after, "bob") == 0
        and points(after, "dan") == 4
        and after["ann", "start.conv_params"] == before["ann", "start.conv_params"]
    )
    graded(folder, out, "--again")
    assert marked_now(capsys) == 4


def test_a_roster_reports_who_is_missing(class_, tmp_path):
    folder, out = class_
    hand_in(folder, "ann", notebook(RIGHT_PARAMS))
    (tmp_path / "roster.csv").write_text("student,name\nann,Ann\nbob,Bob\n")
    rows = graded(folder, out, "--roster", tmp_path / "roster.csv")
    assert rows["bob", "start.conv_params"]["status"] == "missing" and points(rows, "ann") == 4


def test_shards_join_by_concatenation(class_):
    folder, out = class_
    for n in range(7):
        hand_in(folder, f"s{n}", notebook(RIGHT_PARAMS))
    whole = graded(folder, out)
    for i in (1, 2, 3):
        assert (
            main(["grade", str(folder), "--out", str(out), "--notebooks", "start", "--shard", f"{i}/3", "--again"]) == 0
        )
    parts = [(out / f"grades-{i}-of-3.csv").read_text().splitlines() for i in (1, 2, 3)]
    assert len({p[0] for p in parts}) == 1
    assert sorted(line for p in parts for line in p[1:]) == sorted((out / "grades.csv").read_text().splitlines()[1:])
    assert len(whole) == 7 * len(exercises("start"))


@pytest.fixture
def secret(tmp_path):
    path = tmp_path / "secret.txt"
    assert main(["secret", str(path)]) == 0 and path.stat().st_mode & 0o777 == 0o600
    return path


def test_public_solutions_and_copied_answers_do_not_fit_own_variants(class_, tmp_path, secret):
    folder, out = class_
    roster = tmp_path / "roster.csv"
    roster.write_text("student\nann\nbob\ncopyist\npublic\n")
    assert (
        main(["assign", "--roster", str(roster), "--secret", str(secret), "--out", str(folder), "--notebooks", "start"])
        == 0
    )
    solve = (
        "layer = my_layer_macs_given\nside = (layer['side'] - 1) // layer['stride'] + 1\n"
        "my_layer_macs = 9 * layer['c_in'] // layer['groups'] * layer['c_out'] * side**2"
    )
    for name in ("ann", "bob"):
        sources = ["".join(c["source"]) for c in json.loads((folder / name / "start.ipynb").read_text())["cells"]]
        given = next(s for s in sources if s.startswith("my_layer_macs_given"))
        hand_in(folder, name, notebook(given, solve))
    exercise = find("start.my_layer_macs")
    key = secret.read_bytes().strip()
    hand_in(folder, "copyist", notebook(f"my_layer_macs = {exercise.reference(**exercise.variant(key, 'ann'))}"))
    shutil.copy(ROOT / "solutions" / "start.ipynb", folder / "public" / "start.ipynb")
    rows = graded(folder, out, "--secret", secret)
    assert [points(rows, s, "start.my_layer_macs") for s in ("ann", "bob", "copyist", "public")] == [2, 2, 0, 0]
    public, copied = rows["public", "start.my_layer_macs"]["why"], rows["copyist", "start.my_layer_macs"]["why"]
    assert public.endswith("; the numbers in my_layer_macs_given are those of the published notebook")
    assert "my_layer_macs_given" not in copied  # nobody's numbers
    assert points(rows, "public") == 4  # a function is right for everybody
    summary = (out / "summary.html").read_text()
    assert "fits ann" in summary and "fits the published notebook" in summary


def test_an_answer_key_shows_the_very_cases_that_were_tried(class_, tmp_path, secret):
    folder, out = class_
    hand_in(folder, "ann", notebook(RIGHT_PARAMS.replace(" // groups", "")))
    why = graded(folder, out, "--secret", secret)["ann", "start.conv_params"]["why"]
    case = why[why.index("conv_params(") : why.index(" gave")]
    right = why[why.index("it is ") + 6 :].split(".")[0]
    assert main(["key", "ann", "--secret", str(secret), "--out", str(tmp_path / "keys"), "--notebooks", "start"]) == 0
    page = (tmp_path / "keys" / "ann.html").read_text()
    assert f"<td>{case}</td><td class='number'>{right}</td>" in page
    given = find("start.my_layer_macs").variant(secret.read_bytes().strip(), "ann")
    assert f"c_in = {given['c_in']}" in page


def test_bad_input_is_one_line(class_, tmp_path, capsys):
    folder, out = class_
    bad = [
        ["grade", str(tmp_path / "nowhere"), "--out", str(out)],
        ["grade", str(folder), "--out", str(out)],
        ["grade", str(folder), "--out", str(out), "--notebooks", "strat"],
        ["grade", str(folder), "--out", str(out), "--secret", str(tmp_path / "none")],
        ["key", "ann", "--out", str(out)],
        ["merge", str(tmp_path / "none.csv"), "--out", str(out)],
    ]
    for arguments in bad:
        assert main(arguments) == 2
        text = capsys.readouterr().err
        assert text.startswith("coursework: ") and len(text.splitlines()) == 1, text
    (tmp_path / "short").write_text("abc")
    assert main(["grade", str(folder), "--out", str(out), "--secret", str(tmp_path / "short")]) == 2
    assert "3 bytes; at least 16 are needed" in capsys.readouterr().err
    (tmp_path / "roster.csv").write_text("student\n../x\n")
    assert main(["grade", str(folder), "--out", str(out), "--roster", str(tmp_path / "roster.csv")]) == 2
    assert "'../x' cannot be the name of a student" in capsys.readouterr().err


def test_without_a_sandbox_grading_refuses_and_says_what_is_missing(class_, monkeypatch, capsys):
    folder, out = class_
    hand_in(folder, "ann", notebook(RIGHT_PARAMS))
    monkeypatch.setattr("coursework.sandbox.walls.shutil.which", lambda _: None)
    assert main(["grade", str(folder), "--out", str(out)]) == 2
    assert "bubblewrap" in capsys.readouterr().err and not (out / "grades.csv").exists()
    rows = graded(folder, out, "--unsafe")
    assert points(rows, "ann") == 4 and "without a sandbox" in capsys.readouterr().err


def test_the_command_line_runs_as_documented(class_):
    folder, out = class_
    hand_in(folder, "ann", notebook(RIGHT_PARAMS))
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "lib")}
    command = [sys.executable, "-m", "coursework", "grade", str(folder), "--out", str(out)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and done.stdout.startswith("1 students, 1 marked now: ")
    assert done.stderr == "due, since somebody handed it in: start; --notebooks says what is\n"
    assert (out / "grades.csv").read_text().startswith("student,exercise,points,maximum,status,why\n")
    assert (out / "feedback" / "ann" / "start.html").is_file() and (out / "results" / "ann.json").is_file()


def test_files_made_to_hang_the_grader_cost_only_their_own(class_):
    folder, out = class_
    hand_in(folder, "zoe", notebook(RIGHT_PARAMS))
    hand_in(folder, "regex", notebook("1"), "start" + "1" * 60 + "x.ipynb")
    hand_in(folder, "blank", notebook("\n" * 1_000_000), "odd.ipynb")
    hand_in(folder, "wide", notebook("\t" * 1_000_000), "odd.ipynb")
    (folder / "pipe").mkdir()
    os.mkfifo(folder / "pipe" / "start.ipynb")
    (folder / "dir" / "start.ipynb").mkdir(parents=True)
    hand_in(folder, "n" * 250, notebook(RIGHT_PARAMS))
    rows = graded(folder, out)
    assert points(rows, "zoe") == points(rows, "n" * 250) == 4
    assert rows["pipe", "start"]["why"] == "start.ipynb: not an ordinary file"
    assert rows["regex", "start.conv_params"]["status"] == rows["dir", "start.conv_params"]["status"] == "missing"


def test_reasons_stay_short_whatever_a_submission_says(class_):
    folder, out = class_
    noisy = [f"raise ValueError('{'x' * 10_000}')"] * 300
    hand_in(folder, "noisy", notebook(*noisy, "def conv_params(*a, **k): return 'y' * 10**6"))
    rows = graded(folder, out)
    assert all(len(row["why"]) <= 1000 for row in rows.values())
    assert (out / "results" / "noisy.json").stat().st_size < 200_000


def test_names_are_compared_as_people_read_them(class_, tmp_path):
    folder, out = class_
    hand_in(folder, "Jose\u0301", notebook(RIGHT_PARAMS))  # e and an accent, as a Mac writes it
    (tmp_path / "roster.csv").write_text("student;name\nJos\u00e9;x\n", encoding="utf-8")
    rows = graded(folder, out, "--roster", tmp_path / "roster.csv")
    assert {student for student, _ in rows} == {"Jos\u00e9"} and points(rows, "Jos\u00e9") == 4


def test_weekly_grading_into_one_folder_keeps_what_was_marked_before(class_):
    folder, out = class_
    hand_in(folder, "ann", notebook(RIGHT_PARAMS))
    shutil.copy(ROOT / "solutions" / "vgg.ipynb", folder / "ann")
    graded(folder, out)
    assert main(["grade", str(folder), "--out", str(out), "--notebooks", "vgg"]) == 0
    with open(out / "grades.csv", newline="") as file:
        rows = {row["exercise"]: row for row in csv.DictReader(file)}
    assert rows["start.conv_params"]["points"] == "4" and rows["vgg.kernel_params"]["status"] == "right"


def test_a_failure_of_the_grader_is_no_zero_and_hides_no_older_points(class_, monkeypatch):
    folder, out = class_
    hand_in(folder, "ann", notebook(RIGHT_PARAMS))
    hand_in(folder, "bob", notebook(RIGHT_PARAMS))
    graded(folder, out)
    hand_in(folder, "ann", notebook("changed = 1"))
    monkeypatch.setattr("coursework.grading.results.results_document", lambda *_: 1 / 0)
    assert main(["grade", str(folder), "--out", str(out), "--notebooks", "start"]) == 1
    with open(out / "grades.csv", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["student"] == "ann"]
    assert [(row["points"], row["status"]) for row in rows] == [("", "failed")] and "not the student" in rows[0]["why"]


def test_an_empty_seed_is_refused(class_, capsys):
    folder, out = class_
    hand_in(folder, "ann", notebook(RIGHT_PARAMS))
    out.mkdir()
    (out / "seed.txt").write_text("")
    assert main(["grade", str(folder), "--out", str(out)]) == 2 and "too short for a seed" in capsys.readouterr().err


WRITTEN = "**Answer to find_the_error.letter:**\n\n"


def test_written_answers_go_out_are_marked_and_come_back(class_, tmp_path, capsys):
    folder, out = class_
    for name, answer in {"=eve": "=1+1", "Ann  B": "x" * 200_000, "zoe": "Dear author"}.items():
        cell = {"cell_type": "markdown", "metadata": {}, "source": WRITTEN + answer}
        text = json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
        hand_in(folder, name, text, "find_the_error.ipynb")
    grading = ["grade", str(folder), "--out", str(out), "--notebooks", "find_the_error"]
    assert main(grading) == 0
    assert main(["export", str(folder), "--out", str(tmp_path / "written")]) == 0
    path = tmp_path / "written" / "find_the_error.letter.csv"
    csv.field_size_limit(2**31 - 1)
    with open(path, newline="") as file:
        header, *lines = list(csv.reader(file))
    assert [line[0] for line in lines] == ["'=eve", "Ann  B", "zoe"] and max(len(line[2]) for line in lines) < 32_768
    marked = [[*line[:3], "1", "2", "0.5", "1", "well"] for line in lines[:2]] + [lines[2]]
    with open(path, "w", newline="") as file:
        csv.writer(file, delimiter=";").writerows([header, *marked])
    assert main(["merge", str(path), "--out", str(out)]) == 0
    assert "2 marks merged, 1 still empty" in (said := capsys.readouterr()).out and said.err == ""
    assert main(["export", str(folder), "--out", str(tmp_path / "written")]) == 0 and main(grading) == 0
    with open(out / "grades.csv", newline="") as file:
        rows = {(row["student"], row["exercise"]): row for row in csv.DictReader(file)}
    assert (
        rows["'=eve", "find_the_error.letter"]["points"] == rows["Ann  B", "find_the_error.letter"]["points"] == "4.5"
    )
    assert (
        rows["zoe", "find_the_error.letter"]["points"] == ""
        and rows["zoe", "find_the_error.letter"]["status"] == "to mark"
    )
    with open(path, newline="") as file:
        assert [line[3:] for line in csv.reader(file)][1:] == [["1", "2", "0.5", "1", "well"]] * 2 + [[""] * 5]
    with open(path, "a") as file:
        file.write("zoe,find_the_error.letter,x,9,2,0,0,\n")
    assert main(["merge", str(path), "--out", str(out)]) == 2
    assert "line 5: '9' for 'names the printed figure" in capsys.readouterr().err


def test_a_package_that_the_grader_lacks_is_one_line_and_nobodys_mark(class_, monkeypatch, capsys):
    folder, out = class_
    hand_in(folder, "ann", notebook("def squash(s):\n    return s"), "capsnet.ipynb")
    monkeypatch.setitem(sys.modules, "numpy", None)
    assert main(["grade", str(folder), "--out", str(out), "--notebooks", "capsnet", "--unsafe"]) == 2
    said = capsys.readouterr().err
    assert 'coursework: numpy is not installed, which this needs: pip install "convcost[numpy' in said
    assert "ann" not in (out / "grades.csv").read_text()
