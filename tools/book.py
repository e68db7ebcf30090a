#!/usr/bin/env python3
"""Build, test and run the book. Standard library only; `python3 tools/book.py help` lists the commands.

The first command makes `.venv` with the versions of constraints.txt; later ones find it ready.
"""

import sys

if sys.version_info < (3, 11):  # before any import that an older Python does not have
    sys.exit(
        "The book needs Python 3.11 or newer; this is Python %d.%d (%s)."
        % (sys.version_info[0], sys.version_info[1], sys.executable)
    )

import os

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # also where Python is told not to look there

import re
import shutil
import subprocess
import time
from pathlib import Path

import environment
import fingerprint
import links
import processes
import reports
import setup_cell
from browser import find_chromium
from environment import BUILD, ROOT, Failed, say
from processes import alone, clean_environment, end_on_signals

import exercises

HTML = BUILD / "html"
PAPER = HTML / "the-cost-of-a-convnet.pdf"
LOGS = BUILD / "logs"
USAGE = """\
python3 tools/book.py COMMAND        (with make: make COMMAND)

  book             build the site into _build/html, executing every notebook that changed; strict: any warning fails
  test [PART ...] [-k NAME]
                   run the tests; parts: style, library, notebooks, site (default: all; the site is built if need
                   be); -k runs those whose names have NAME in them, as pytest does
  style            bring all code, also that of notebooks, into its one form (ruff), and name what is left to you
  pdf              print the whole book into one PDF, which the home page then leads to (needs a Chromium)
  lab              open the notebooks in JupyterLab
  execute [FILE ...]  run notebooks again in place, and leave each as it is committed, whatever editor saved it
                   (default: every committed one)
  elsewhere [FILE ...]
                   run notebooks as other processors would round, and say which of their sentences do not hold there;
                   keeps nothing (default: the chapters, ten minutes)
  setup-cells      write the set-up cell of every notebook from its one text in tools/setup_cell.py
  exercises        make the students' notebooks in exercises/ from those in solutions/
  environment      make .venv, or find it ready, and nothing else
  clean            remove _build and .venv
  help             this text
"""
IN_CELL = re.compile(r"\.ipynb:(\d{5,}): ")
# The book runs as on a processor with AVX2 and one thread (`processes.ROUNDING`). These round in other ways, and a
# training that was rounded in another way ends in another network.
ELSEWHERE = {
    "without AVX": {"ATEN_CPU_CAPABILITY": "default", "ONEDNN_MAX_CPU_ISA": "SSE41"},
    "as this one is, with two threads": {**dict.fromkeys(processes.ROUNDING), "OMP_NUM_THREADS": "2"},
}
COMPLAINTS = ("WARNING", "ERROR", "CRITICAL", "Exception", "Error:")


def book():
    """Execute what changed, render what changed; a build that had something to complain about has failed."""
    environment.ensure()
    start = time.monotonic()
    if fingerprint.built_from_this() and (HTML / "index.html").is_file():
        say("Book: nothing changed since the last build")
        return finish_book(start)
    keys = forget_stale()
    if environment.python("tools/notebooks.py", "cache", "pages"):
        raise Failed("a notebook does not run; see above")
    PAPER.unlink(missing_ok=True)  # of other pages
    render()
    link_to_paper()
    lost = links.broken(HTML)
    if lost:
        fingerprint.save({})
        raise Failed("%d links lead nowhere\n%s" % (len(lost), "\n".join("    " + line for line in lost[:30])))
    if fingerprint.current() != keys:
        fingerprint.save({})
        raise Failed("files changed while the book was being built; run it again")
    fingerprint.save(keys, complete=True)
    finish_book(start)


def render():
    say("Book: rendering (strict: any warning fails)")
    if environment.temml() is None:
        say("Book: WITHOUT the formula converter: formulas come from MathJax, which needs the network")
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / "book.log"
    with open(log, "w", encoding="utf-8") as file:
        failed = environment.tool(
            "jupyter-book", "build", ".", "-W", "-n", "--keep-going", "-q", output=file, errors=subprocess.STDOUT
        )
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        if line.startswith("==> "):  # said on purpose
            print(line)
    if failed:
        fingerprint.save({})  # the next build reads every page: one that warned would not warn again
        raise Failed(
            "the book has warnings or errors; all of them: %s\n%s"
            % (log.relative_to(ROOT), "\n".join("    " + line for line in complaints(log)[:30]))
        )


def complaints(log):
    """The lines of a build's log that say what is wrong, without the path of this folder; else its last lines."""
    text = log.read_text(encoding="utf-8", errors="replace").replace(str(ROOT) + os.sep, "")
    lines = re.sub(r"\x1b\[[\d;]*m", "", text).splitlines()
    found = [IN_CELL.sub(in_cell, line.strip()) for line in lines if any(word in line for word in COMPLAINTS)]
    return list(dict.fromkeys(found)) or lines[-10:]


def in_cell(match):
    """myst-nb counts the lines of a notebook from 10,000 times the number of their cell."""
    return ".ipynb, cell %d: " % (int(match[1]) // 10_000)


def forget_stale():
    """No page made in another frame or by another library survives; returns what is being built from."""
    old, new = fingerprint.saved(), fingerprint.current()
    if not old.get("complete") or any(old.get(key) != new[key] for key in ("results", "frame")):
        for folder in ("html", ".doctrees"):
            shutil.rmtree(BUILD / folder, ignore_errors=True)
    fingerprint.save(new)
    return new


def finish_book(start):
    say("Book: done in %.0f s. Open %s" % (time.monotonic() - start, (HTML / "index.html").as_uri()))


def test(arguments):
    """Run the asked parts, all of them even after a failure, and say what failed and where the time went."""
    parts, names = test_options(arguments)
    environment.ensure()
    LOGS.mkdir(parents=True, exist_ok=True)
    found, times, broken = {}, {}, []
    for part in parts:
        start = time.monotonic()
        try:
            found[part] = TESTS[part](names)
        except Failed as problem:
            broken.append("%s: %s" % (part, problem))
        times[part] = time.monotonic() - start
    conclude({part: report for part, report in found.items() if report}, times, broken, names)


def test_options(arguments):
    """(parts, the value of -k or None) of `test`."""
    arguments, names = list(arguments), None
    if "-k" in arguments:
        place = arguments.index("-k")
        if place + 1 == len(arguments):
            raise Failed("-k needs a name, as in: test -k vgg")
        names = arguments[place + 1]
        del arguments[place : place + 2]
    for part in arguments:
        if part not in TESTS:
            raise Failed("unknown part %r of the tests; there are: %s; and -k NAME" % (part, ", ".join(TESTS)))
    parts = [part for part in TESTS if part in arguments] or list(TESTS)
    if names and not arguments and not fingerprint.built_from_this():
        parts.remove("site")  # a name is asked for to be quick
    return parts, names


def conclude(found, times, broken, names):
    """The end of `test`: failures with the command for each, skips by reason, times; fails if anything did."""
    if names and not broken and not any(r.passed or r.failed for r in found.values()):
        raise Failed("no test has %r in its name" % names)
    failures = [failure for report in found.values() for failure in report.failures]
    if failures:
        say("What failed, and how to run it alone")
        for test, message in failures[:40]:
            print("    %s\n        %s\n        %s" % (test, message, reports.alone(test)))
        if len(failures) > 40:
            print("    and %d more: %s" % (len(failures) - 40, LOGS.relative_to(ROOT)))
    slow = sorted((item for report in found.values() for item in report.slow), reverse=True)[:5]
    say(
        "Time: %s; slowest: %s"
        % (
            ", ".join("%s %.0f s" % item for item in times.items()),
            ", ".join("%s %.0f s" % (test, seconds) for seconds, test in slow) or "none",
        )
    )
    if failures or broken:
        raise Failed("; ".join(broken + ["%d tests failed" % len(failures)] * bool(failures)))
    say("All tests passed")


def pytest(part, *arguments, names=None, counted="tests", env=None):
    """Run pytest, its words in a log; returns its report, and says in one line what it came to."""
    log, results = LOGS / ("%s.log" % part), LOGS / ("%s.xml" % part)
    results.unlink(missing_ok=True)
    if names:
        arguments = [*arguments, "-k", names]
    if sys.stdout.isatty():
        print("==> %s: running ..." % part.capitalize(), end="\r", flush=True)
    start = time.monotonic()
    with open(log, "w", encoding="utf-8") as file:
        code = environment.python(
            "-m",
            "pytest",
            "-q",
            "-rs",
            "-o",
            "junit_family=xunit1",
            "--junitxml",
            results,
            *arguments,
            output=file,
            errors=subprocess.STDOUT,
            env=env,
        )
    if code not in (0, 1, 5) or not results.is_file():
        tail = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-8:]
        raise Failed(
            "pytest ended with code %d; its words: %s\n%s"
            % (code, log.relative_to(ROOT), "\n".join("    " + line for line in tail))
        )
    report = reports.Report(results)
    counts = ["%d %s passed" % (report.passed, counted)]
    counts += ["%d FAILED" % report.failed] * bool(report.failed)
    counts += ["%d skipped (%s)" % (number, reason) for reason, number in report.skipped.most_common()]
    say("%s: %s, %.0f s" % (part.capitalize(), ", ".join(counts), time.monotonic() - start))
    return report


def workers():
    return max(2, min(os.cpu_count() or 1, 8))


def style():
    """Mend Python files; a notebook is mended when it is executed, for ruff also rounds its outputs."""
    environment.ensure()
    in_one_form(".", "--extend-exclude", "*.ipynb")
    test_style()


def in_one_form(*paths):
    """Let ruff mend what it can, in Python files and in the code of notebooks."""
    for step in (("check", "--fix"), ("format",)):
        if environment.tool("ruff", *step, "--quiet", *paths):
            raise Failed("what is listed above is yours to mend")


def test_style(names=None):
    """All code has its one form."""
    if names:
        return None
    log = LOGS / "style.log"
    with open(log, "w", encoding="utf-8") as file:
        failed = [
            environment.tool("ruff", *step, ".", output=file, errors=subprocess.STDOUT)
            for step in (("check", "--quiet", "--output-format", "concise"), ("format", "--check", "--quiet"))
        ]
    if any(failed):
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
        listed = "\n".join("    " + line for line in lines[:30])
        raise Failed("not in the one form; to mend it: python3 tools/book.py style, or execute NOTEBOOK\n%s" % listed)
    say("Style: one form")
    return None


# What looks at the built pages, and is skipped where they are not built.
OF_THE_SITE = [f"tests/test_{name}.py" for name in ("site", "playground", "exercise_pages", "search")]


def test_library(names=None):
    """The library, the coursework, the tools and the committed notebooks as files."""
    few = 0 if names else workers()
    return pytest(
        "library",
        "tests",
        *(f"--ignore={path}" for path in OF_THE_SITE),
        "-n",
        few,
        "-p",
        "no:nbval",
        names=names,
    )


def test_notebooks(names=None):
    """Run every committed notebook and compare what it prints with what is committed."""
    notebooks = [path.relative_to(ROOT).as_posix() for path in fingerprint.notebooks("chapters", "solutions")]
    if names:
        notebooks = [name for name in notebooks if any(word in name for word in names.split())]
    if not notebooks:
        return None
    with open(LOGS / "runs.log", "w", encoding="utf-8") as log:
        if environment.python("tools/notebooks.py", "cache", *(notebooks if names else ["all"]), output=log):
            raise Failed("a notebook does not run; see above")
    env = environment.clean_environment() | {"PYTHONPATH": str(ROOT / "tools")}
    return pytest(
        "notebooks",
        "--nbval",
        "--nbval-current-env",
        "-p",
        "recorded_runs",
        "--color=no",
        *notebooks,
        counted="cells of %d notebooks" % len(notebooks),
        env=env,
    )


def test_site(names=None):
    """Open every built page in a browser."""
    book()
    return pytest(
        "site",
        *OF_THE_SITE,
        "-n",
        workers(),
        "--dist",
        "loadscope",
        "-p",
        "no:nbval",
        names=names,
    )


TESTS = {"style": test_style, "library": test_library, "notebooks": test_notebooks, "site": test_site}


def pdf():
    if find_chromium() is None:
        raise Failed("no Chromium on this machine, which prints the PDF (or name one in the variable CHROMIUM)")
    book()
    start = time.monotonic()
    say("PDF: printing (some minutes)")
    if environment.python("tools/pdf.py", PAPER):
        raise Failed("the PDF is not whole; see above")
    link_to_paper()
    size = PAPER.stat().st_size / 1e6
    say("PDF: %s, %.0f MB, in %.0f s" % (PAPER.relative_to(ROOT), size, time.monotonic() - start))


def link_to_paper():
    """The home page leads to the PDF where it has been printed from these pages, and says how large it is."""
    words = ""
    if PAPER.is_file():
        size = PAPER.stat().st_size / 1e6
        words = '<a href="%s">The whole book on paper</a> (PDF, %.0f MB)' % (PAPER.name, size)
    for page in (HTML / "intro.html", HTML / "index.html"):
        text = page.read_text(encoding="utf-8")
        new = re.sub(
            r'<p id="cc-paper"[^>]*>.*?</p>', '<p id="cc-paper"%s>%s</p>' % ("" if words else " hidden", words), text
        )
        page.write_text(new, encoding="utf-8", newline="\n")


def lab():
    """JupyterLab with the reader's own settings, in front: it asks, and Ctrl-C is for it."""
    own = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")
    foreign = {n: v for n, v in os.environ.items() if not n.startswith(("PYTHON", "MPL", "MATPLOTLIB"))}
    env = foreign | {n: v for n, v in environment.clean_environment().items() if n not in own}
    root = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []  # containers
    command = [environment.PYTHON, "-m", "jupyterlab", "--notebook-dir", ROOT, *root]
    if subprocess.run([str(part) for part in command], cwd=ROOT, env=env).returncode:
        raise Failed("JupyterLab ended with an error")


def execute(files):
    environment.ensure()
    paths = [committed(name) for name in files] or fingerprint.notebooks("chapters", "solutions")
    in_one_form(*paths)
    if environment.python("tools/notebooks.py", "execute", *paths):
        raise Failed("a notebook does not run; see above")
    if environment.python("tools/collect_ledger.py"):
        raise Failed("the notebooks disagree about the ledger; see above")


def elsewhere(files):
    environment.ensure()
    paths = [committed(name) for name in files] or fingerprint.notebooks("chapters")
    wrong = []
    for processor, settings in ELSEWHERE.items():
        say("As on a processor %s" % processor)
        env = {name: value for name, value in (clean_environment() | settings).items() if value is not None}
        if environment.python("tools/notebooks.py", "try", *paths, env=env):
            wrong.append(processor)
    if wrong:
        raise Failed("a sentence depends on the processor; see above")


def committed(name):
    """The notebook that a name means, seen from where the command is given or from the book's folder."""
    for path in (Path(STARTED_IN, name).resolve(), (ROOT / name).resolve()):
        if path.is_file() and path.suffix == ".ipynb" and path.is_relative_to(ROOT):
            folder = path.relative_to(ROOT).parts[0]
            if folder == "exercises":
                raise Failed("%s is made from its solution: python3 tools/book.py exercises" % path.relative_to(ROOT))
            if folder in ("chapters", "solutions"):
                return path
    raise Failed("no notebook of chapters/ or solutions/: %s" % name)


def clean():
    environment.remove(BUILD)
    if environment.VENV.is_symlink() and environment.ours(environment.VENV.resolve()):
        environment.VENV.unlink()
    environment.remove(environment.VENV)
    environment.sweep()
    say("Removed _build and .venv")


STARTED_IN = os.getcwd()


def main(arguments):
    command, rest = (arguments or ["help"])[0], arguments[1:]
    takes_rest = {"test": test, "execute": execute, "elsewhere": elsewhere}
    plain = {
        "book": book,
        "pdf": pdf,
        "clean": clean,
        "style": style,
        "setup-cells": setup_cell.rewrite_all,
        "exercises": exercises.write,
        "environment": environment.ensure,
        "lab": environment.ensure,
    }
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")  # a path may have letters that this terminal lacks
        sys.stderr.reconfigure(errors="backslashreplace")
    os.chdir(ROOT)
    if command in ("help", "-h", "--help"):
        print(USAGE, end="")
        return 0
    if command not in takes_rest and (command not in plain or rest):
        print("book.py: cannot do %r\n\n%s" % (" ".join(arguments), USAGE), end="", file=sys.stderr)
        return 2
    end_on_signals()
    try:
        with alone():
            takes_rest[command](rest) if command in takes_rest else plain[command]()
        if command == "lab":  # others may work beside it
            lab()
    except Failed as problem:
        say("FAILED: %s" % problem)
        return 1
    except OSError as problem:  # a full disk, a folder that cannot be written to
        say("FAILED: %s%s" % (problem.strerror or problem, ": %s" % problem.filename if problem.filename else ""))
        return 1
    except KeyboardInterrupt:
        say("Interrupted; the next command goes on from here")
        return 130
    return 0


if __name__ == "__main__":
    try:
        code = main(sys.argv[1:])
        sys.stdout.flush()
    except OSError:  # the output has no room, or a reader who has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    sys.exit(code)
