"""The workshop: commands in a clean environment, and an environment that stands.

Commands run one at a time, and nothing is left of them.
"""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import book
import environment
import lesson_text
import links
import nbformat
import notebooks
import processes
import pytest
import reports
from environment import ROOT, Failed

linux = pytest.mark.skipif(sys.platform != "linux", reason="asks /proc whether a process has ended")
posix = pytest.mark.skipif(os.name == "nt", reason="signals and links as on POSIX")


def python(code, **options):
    """A fresh Python that finds the tools."""
    return subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.path.insert(0, %r)\n%s" % (str(ROOT / "tools"), code)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        **options,
    )


def ended(pid, seconds=10):
    """Is a process gone, or a mere entry in the table, in time?"""
    status = Path(f"/proc/{pid}/stat")
    for _ in range(seconds * 20):
        try:
            if status.read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.05)
    return False


def test_a_command_takes_from_its_caller_only_what_is_wanted(monkeypatch):
    foreign = {
        "PYTHONOPTIMIZE": "1",
        "PYTHONWARNINGS": "error",
        "PYTHONPATH": "/nowhere",
        "PYTHONSTARTUP": "/nowhere",
        "MATPLOTLIBRC": "/nowhere",
        "MPLBACKEND": "pdf",
        "JUPYTER_PATH": "/nowhere",
        "JUPYTER_CONFIG_DIR": "/nowhere",
        "GIT_DIR": "/nowhere",
        "PIP_TARGET": "/nowhere",
        "OMP_NUM_THREADS": "7",
        "LC_ALL": "tr_TR",
        "LANG": "C",
        "SPHINXOPTS": "-j9",
        "PYTEST_ADDOPTS": "--co",
    }
    for name, value in foreign.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:1")
    monkeypatch.setenv("PIP_INDEX_URL", "https://index/")
    env = processes.clean_environment()
    assert not set(foreign.values()) - {"1"} & set(env.values()) and env["OMP_NUM_THREADS"] == "1"
    assert env["HTTPS_PROXY"] == "http://proxy:1" and "PIP_INDEX_URL" not in env
    assert processes.clean_environment(processes.INSTALLING)["PIP_INDEX_URL"] == "https://index/"
    assert env["PATH"].split(os.pathsep)[0] == str(processes.BIN)


ASLEEP = "import subprocess, sys, time; p = subprocess.Popen(['sleep', '60']); print(p.pid, flush=True); time.sleep(60)"


ENDING = "processes.end_on_signals(); processes.call([sys.executable, '-c', %r])" % ASLEEP


@linux
@pytest.mark.parametrize("sent, code", [(signal.SIGINT, 1), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_what_a_command_started_ends_with_it(sent, code):
    # nohup leaves the hang-up ignored in all that it starts, these tests too
    caller = python("import processes, signal; signal.signal(%d, signal.SIG_DFL); %s" % (sent, ENDING))
    pid = int(caller.stdout.readline())
    caller.send_signal(sent)
    assert caller.wait(15) in (code, -sent) and ended(pid)


@linux
def test_a_command_under_nohup_outlives_a_hang_up():
    caller = python("import processes, signal; signal.signal(signal.SIGHUP, signal.SIG_IGN); " + ENDING)
    pid = int(caller.stdout.readline())
    caller.send_signal(signal.SIGHUP)
    with pytest.raises(subprocess.TimeoutExpired):
        caller.wait(1)
    caller.terminate()
    assert caller.wait(15) == 143 and ended(pid)


@linux
def test_a_command_ends_when_its_caller_is_killed():
    sleeps = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
    caller = python("import processes; processes.call([sys.executable, '-c', %r])" % sleeps)
    pid = int(caller.stdout.readline())
    caller.kill()
    assert ended(pid)


def test_a_second_command_waits_for_the_first(tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "ROOT", tmp_path)  # this one's is taken, by the command that runs the tests
    with processes.alone():
        second = python("import processes\nprocesses.ROOT = %r\nwith processes.alone(): print('in')" % str(tmp_path))
        assert second.stdout.readline() == "==> Waiting for another command that works in this folder\n"
        assert second.poll() is None
    assert second.stdout.readline() == "in\n" and second.wait(10) == 0


@pytest.fixture
def house(tmp_path, monkeypatch):
    """A folder with an environment in it, in place of this one."""
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    monkeypatch.setattr(environment, "VENV", tmp_path / ".venv")
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "old").touch()
    monkeypatch.setattr(environment, "stamp", lambda: "stamp")
    return tmp_path


@posix
def test_an_environment_is_replaced_only_by_one_that_stands(house):
    with pytest.raises(KeyboardInterrupt), environment.successor() as folder:
        folder.mkdir()
        raise KeyboardInterrupt
    assert [p.name for p in house.iterdir()] == [".venv"] and (house / ".venv" / "old").is_file()
    for name in ("first", "second"):
        with environment.successor() as folder:
            folder.mkdir()
            (folder / name).touch()
            assert (house / ".venv").exists() and not (house / ".venv" / name).exists()
        assert [p.name for p in (house / ".venv").iterdir()] == [name]
        assert len(list(house.iterdir())) == 2  # the link and what it leads to


@posix
def test_what_an_interruption_leaves_is_swept_away_and_a_foreign_link_is_left_alone(house, tmp_path_factory):
    for name in (".venv-0123abcd", ".venv-before", ".venv-of-mine"):
        (house / name).mkdir()
    environment.sweep()
    assert sorted(p.name for p in house.iterdir()) == [".venv", ".venv-of-mine"]
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    shutil.rmtree(house / ".venv")
    (house / ".venv").symlink_to(elsewhere)
    with pytest.raises(Failed, match="leads elsewhere"):
        environment.check()
    assert elsewhere.is_dir()


def test_a_newer_micro_version_of_python_needs_no_new_environment(monkeypatch):
    before = environment.stamp()
    monkeypatch.setattr("platform.python_version_tuple", lambda: (*map(str, sys.version_info[:2]), "99"))
    assert environment.stamp() == before
    monkeypatch.setattr("platform.python_version_tuple", lambda: ("3", "99", "0"))
    assert environment.stamp() != before


def test_an_index_is_asked_whether_it_answers_and_not_waited_for():
    class Answer(BaseHTTPRequestHandler):
        def do_HEAD(self):
            if self.path == "/slow":
                time.sleep(2)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = "http://127.0.0.1:%d" % server.server_port
    assert environment.answers(address, 5)
    assert not environment.answers(address + "/slow", 0.2)
    assert not environment.answers("http://127.0.0.1:1", 5)


def cell(source, *tags):
    return nbformat.v4.new_code_cell(source, metadata={"tags": list(tags)}, execution_count=1)


WRONG = {
    "import matplotlib.pyplot as plt\nplt.title(r'$\\frac{1$')\nplt.show()": "ValueError: \\frac{1",
    "1/0": "ZeroDivisionError: division by zero",
    "import warnings; warnings.warn('careful')": "writes to standard error: UserWarning: careful",
    "import os; os._exit(3)": "ends the kernel",
    "x = 1": "did not run",  # it is tagged so
}


def test_a_run_tells_the_page_and_the_cell_of_what_went_wrong_and_leaves_no_process(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(notebooks, "ROOT", tmp_path)
    for name in ("SECONDS", "CONNECTIONS"):
        monkeypatch.setattr(notebooks, name, tmp_path / name)
    jobs = [
        (
            tmp_path / f"{number}.ipynb",
            nbformat.v4.new_notebook(
                cells=[
                    cell("a = 1"),
                    nbformat.v4.new_markdown_cell("text"),
                    cell(source, *["skip-execution"] * (wrong == "did not run")),
                ]
            ),
        )
        for number, (source, wrong) in enumerate(WRONG.items())
    ]
    good = nbformat.v4.new_notebook(cells=[cell("print('fine')"), cell("import os; os.getpid()")])
    text = nbformat.v4.new_markdown_cell(
        "So a is 3<!--= a -->, and its double 5<!--= 2 * a -->. It is odd<!--? a % 2 -->."
    )
    lesson = nbformat.v4.new_notebook(cells=[cell("a = 3"), text])
    used = {}
    monkeypatch.setattr(lesson_text, "ANSWERS", tmp_path / "answers")
    monkeypatch.setattr("tempfile.tempdir", None)
    with pytest.raises(SystemExit) as end:
        notebooks.run_all(
            [*jobs, (tmp_path / "good.ipynb", good), (tmp_path / "lesson.ipynb", lesson)],
            lambda path, notebook: used.update({path.name: notebook}),
        )
    assert end.value.code == 1 and list(used) == ["good.ipynb"]
    told = [line.strip() for line in capsys.readouterr().err.splitlines()]
    first = [source.partition("\n")[0] for source in WRONG]
    assert [told.pop(told.index(line)) for line in list(told) if line.startswith("lesson")] == [
        'lesson.ipynb: "So a is 3, and its double 5" <!--= 2 * a-->: printed 5, computed 6 = 6',
        'lesson.ipynb: "It is odd" <!--? a % 2-->: is 1',
    ]
    assert len(lesson.cells) == 2  # the cell that asked is gone
    assert sorted(told) == [f"{n}.ipynb, code cell 2 ({first[n]}): {wrong}" for n, wrong in enumerate(WRONG.values())]
    printed, pid = [c.outputs[0] for c in good.cells]
    assert printed.text == "fine\n" and ended(int(pid.data["text/plain"]))
    assert list((tmp_path / "CONNECTIONS").iterdir()) == []


def test_links_that_lead_nowhere_are_found_in_pages_that_did_not_change(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "index.html").write_text(
        '<a href="a/b.html#here">1</a> <a href="#top">2</a> <a href="https://x.org/#y">3</a>'
    )
    (tmp_path / "a" / "b.html").write_text(
        '<h1 id="here"></h1><a href="../index.html?q=1">1</a><script>s = "<a href=\'x\' id=\'z\'>"</script>'
        '<a href="c.html">2</a> <a class="x" href="#gone">3</a> <a href="../../etc/passwd">4</a>'
    )
    assert links.broken(tmp_path) == ["a/b.html: #gone", "a/b.html: ../../etc/passwd", "a/b.html: c.html"]


REPORT = """<testsuites><testsuite>
<testcase classname="tests.test_a" name="test_good" file="tests/test_a.py" line="1" time="0.5"/>
<testcase classname="tests.test_a.TestB" name="test_bad[x y]" file="tests/test_a.py" line="9" time="2.5"><failure
 message="assert 1 == 2">def test_bad():
&gt;       assert 1 == 2
E       assert 1 == 2</failure></testcase>
<testcase classname="" name="Cell 3" file="chapters/classic/vgg.ipynb" line="0" time="1">
<failure message="differs"/></testcase>
<testcase classname="tests.test_a" name="test_skipped" file="tests/test_a.py" time="0">
<skipped message="no sandbox"/></testcase>
</testsuite></testsuites>"""


def test_a_report_counts_and_names_the_command_that_runs_a_failure_alone(tmp_path):
    (tmp_path / "r.xml").write_text(REPORT)
    report = reports.Report(tmp_path / "r.xml")
    assert (report.passed, report.failed, dict(report.skipped)) == (1, 2, {"no sandbox": 1})
    assert report.failures == [
        ("tests/test_a.py::TestB::test_bad[x y]", "assert 1 == 2"),
        ("chapters/classic/vgg.ipynb::Cell 3", "differs"),
    ]
    assert report.slow[0] == (2.5, "tests/test_a.py::TestB::test_bad[x y]")
    interpreter = (processes.BIN.relative_to(ROOT) / "python").as_posix()
    assert [reports.alone(test) for test, _ in report.failures] == [
        f"{interpreter} -m pytest 'tests/test_a.py::TestB::test_bad[x y]'",
        f"{interpreter} -m pytest --nbval --nbval-current-env chapters/classic/vgg.ipynb",
    ]


def test_the_parts_and_names_of_the_tests(monkeypatch):
    monkeypatch.setattr("fingerprint.built_from_this", lambda: True)
    assert book.test_options([]) == (["style", "library", "notebooks", "site"], None)
    assert book.test_options(["site", "library"]) == (["library", "site"], None)
    assert book.test_options(["-k", "vgg"]) == (["style", "library", "notebooks", "site"], "vgg")
    monkeypatch.setattr("fingerprint.built_from_this", lambda: False)  # a name is asked for to be quick
    assert book.test_options(["-k", "vgg"]) == (["style", "library", "notebooks"], "vgg")
    assert book.test_options(["site", "-k", "vgg"]) == (["site"], "vgg")
    for wrong in (["libary"], ["-k"]):
        with pytest.raises(Failed):
            book.test_options(wrong)


@pytest.mark.skipif(shutil.which("make") is None, reason="no make on this machine")
@pytest.mark.parametrize(
    "goals, arguments",
    [
        ("", "help"),
        ("book", "book"),
        ("test", "test"),
        ("test library", "test library"),
        ("test site notebooks", "test site notebooks"),
        ("test -k vgg", 'test -k "vgg"'),
        ("test library -k vgg", 'test library -k "vgg"'),
        ("execute chapters/classic/vgg.ipynb", "execute chapters/classic/vgg.ipynb"),
        ("-j4 test", "test"),
        ("-k book", "book"),
    ],
)
def test_make_passes_on_what_stands_behind_it(goals, arguments):
    done = subprocess.run(
        ["make", "-n", *goals.split()],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": os.environ["PATH"]},
    )
    (command,) = [line for line in done.stdout.splitlines() if "book.py" in line]
    assert " ".join(command.split()) == f"python3 tools/book.py {arguments}"


@pytest.mark.parametrize(
    "name, wrong",
    [
        ("nowhere.ipynb", "no notebook of chapters/ or solutions/: nowhere.ipynb"),
        ("README.md", "no notebook"),
        ("exercises/vgg.ipynb", "is made from its solution"),
        ("/etc/passwd", "no notebook"),
    ],
)
def test_a_file_that_cannot_be_executed_is_one_line(name, wrong):
    with pytest.raises(Failed, match=wrong):
        book.committed(name)
    assert book.committed("chapters/classic/vgg.ipynb") == ROOT / "chapters" / "classic" / "vgg.ipynb"


def test_a_work_may_be_cited_on_a_page_at_the_top(tmp_path):
    from textbook.ledger.naming import chapter

    assert (chapter("intro"), chapter("chapters/classic/vgg"), chapter("chapters/classic/summary")) == (
        "the introduction",
        "VGG",
        "the classic networks",
    )


def test_a_page_says_of_its_cells_what_myst_nb_overlooks(monkeypatch):
    from docutils import nodes
    from sphinx_ext import outputs

    def shown(source, count, *boxes):
        box = nodes.container("", nodes.literal_block(source, source), nb_element="cell_code_source")
        out = nodes.container("", *boxes, nb_element="cell_code_output")
        return nodes.container("", box, out, nb_element="cell_code", exec_count=count)

    traceback = nodes.literal_block("", "Traceback\n...\nValueError: no", classes=["output", "traceback"])
    page = nodes.container("", shown("a = 1", 1), shown("b = 2\nb", None), shown("c", 3, traceback))
    app = type(
        "App", (), {"env": type("Env", (), {"docname": "a", "doc2path": lambda self, name: str(ROOT / "a.ipynb")})()}
    )
    found = []
    monkeypatch.setattr(outputs.logger, "warning", lambda text, *arguments, **_: found.append(text % arguments))
    monkeypatch.setattr(outputs.NbMetadataCollector, "get_exec_data", lambda env, name: {"succeeded": True})
    outputs.check(app, page)
    assert found == ["a.ipynb, code cell 2 (b = 2): did not run", "a.ipynb, code cell 3 (c): ValueError: no"]
    monkeypatch.setattr(outputs.NbMetadataCollector, "get_exec_data", lambda env, name: None)
    found.clear()
    outputs.check(app, page)
    assert found == ["a.ipynb: its cells did not run; its metadata says so"]


def test_what_is_skipped_without_a_build_runs_when_there_is_one():
    """Else a test of the pages would be skipped for ever, and nobody would see it."""
    asks = {
        path.name for path in (ROOT / "tests").glob("test_*.py") if "book.py book" in path.read_text(encoding="utf-8")
    }
    asks |= {
        p.name for p in (ROOT / "tests").glob("test_*.py") if "chromium.with_python" in p.read_text(encoding="utf-8")
    }
    asks.discard(Path(__file__).name)
    assert asks == {Path(name).name for name in book.OF_THE_SITE}
