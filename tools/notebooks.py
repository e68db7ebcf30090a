"""Run notebooks, inside the book's environment: into the build's cache, or in place for their authors.

notebooks.py cache WHAT        run what the cache does not hold yet; WHAT is `pages` (of the book), `all` or files
notebooks.py execute FILE ...  run in place, and leave the file as it is committed
notebooks.py try FILE ...      run, keep nothing, and say which sentences do not hold
"""

import asyncio
import json
import os
import shutil
import sys
import tempfile
import time
import warnings
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

sys.path.insert(0, str(Path(__file__).resolve().parent))  # Python leaves it out under PYTHONSAFEPATH
import fingerprint
import lesson_text
import notebook_file
from environment import BUILD, ROOT, say
from warm_kernels import warm_kernels

warnings.simplefilter("ignore", nbformat.warnings.MissingIDFieldWarning)  # Colab's notebooks have none
CELL_SECONDS = 120
CACHE = BUILD / ".jupyter_cache"
CONNECTIONS = BUILD / "kernels"  # files that say where a kernel listens; a run that is killed leaves some
SECONDS = BUILD / "seconds.json"  # how long each notebook took, for the longest go first


def named(path):
    return path.relative_to(ROOT).as_posix()


async def run(notebook, path):
    """Execute in the notebook's folder, and ask for what its text derives; returns the lines of what went wrong."""
    with lesson_text.asked(notebook) as answers:
        wrong = await run_cells(notebook, path)
    return wrong or lesson_text.check(named(path), notebook, answers)


async def run_cells(notebook, path):
    codes, at = [cell for cell in notebook.cells if cell.cell_type == "code"], [0]
    for cell in codes:  # a cell that does not run must not look as if it had
        cell.execution_count, cell.outputs = None, []
    client = NotebookClient(
        notebook,
        timeout=CELL_SECONDS,
        startup_timeout=180,
        kernel_name="python3",
        record_timing=False,
        coalesce_streams=True,
        shutdown_kernel="immediate",
        on_cell_execute=lambda cell, cell_index: at.append(cell_index),
        resources={"metadata": {"path": str(path.parent)}},
    )
    try:
        await client.async_execute()
    except (CellTimeoutError, DeadKernelError) as error:
        cell = notebook.cells[at[-1]]
        wrong = (
            "takes more than %d seconds" % CELL_SECONDS if isinstance(error, CellTimeoutError) else "ends the kernel"
        )
        return [notebook_file.told(named(path), (codes.index(cell) + 1, cell.source.strip().split("\n")[0], wrong))]
    except CellExecutionError:  # stands among the outputs; cells after it did not run
        found = notebook_file.problems(notebook)
        return [notebook_file.told(named(path), next(p for p in found if p[2] != "did not run"))]
    return [notebook_file.told(named(path), problem) for problem in notebook_file.problems(notebook)]


async def run_many(jobs, use):
    """Execute (path, notebook) jobs, several at a time, and `use` those that ran; returns the lines of the others."""
    seconds = json.loads(SECONDS.read_text(encoding="utf-8")) if SECONDS.is_file() else {}
    jobs = sorted(jobs, key=lambda job: -seconds.get(named(job[0]), 1e9))
    room, wrong, done = asyncio.Semaphore(max(2, min(os.cpu_count() or 1, 8))), [], []

    async def one(path, notebook):
        async with room:
            start = time.monotonic()
            problems = await run(notebook, path)
        wrong.extend(problems)
        done.append(path)
        seconds[named(path)] = round(time.monotonic() - start, 1)
        say(
            "  %d/%d %s %s, %.1f s"
            % (len(done), len(jobs), "FAILED in" if problems else "executed", named(path), seconds[named(path)])
        )
        if not problems:
            use(path, notebook)

    await asyncio.gather(*(one(*job) for job in jobs))
    SECONDS.parent.mkdir(exist_ok=True)
    SECONDS.write_text(json.dumps(seconds), encoding="utf-8")
    return wrong


class Loop(asyncio.SelectorEventLoop):
    """nbclient would answer signals by ending kernels one by one; those end with this process anyway."""

    def add_signal_handler(self, *_):
        raise NotImplementedError


def run_all(jobs, use):
    """Execute jobs as `run_many` does; says what went wrong and ends the process if anything did."""
    shutil.rmtree(CONNECTIONS, ignore_errors=True)
    CONNECTIONS.mkdir(parents=True)
    tempfile.tempdir = str(CONNECTIONS)
    try:
        with warm_kernels(), asyncio.Runner(loop_factory=Loop) as runner:
            wrong = runner.run(run_many(jobs, use))
    except KeyboardInterrupt:
        sys.unraisablehook = lambda _: None  # nbclient ends its kernels once more
        sys.exit(130)
    for line in wrong:
        print("    " + line, file=sys.stderr, flush=True)
    sys.exit(bool(wrong))


def pages():
    """The pages of the book whose code is run for them; the exercises are for the reader."""
    from sphinx_external_toc.parsing import parse_toc_yaml

    names = [name for name in parse_toc_yaml(ROOT / "_toc.yml") if not name.startswith("exercises/")]
    found = [ROOT / (name + kind) for name in names for kind in (".ipynb", ".md")]
    return [p for p in found if p.is_file() and (p.suffix == ".ipynb" or has_code(p))]


def has_code(path):
    return path.read_text(encoding="utf-8").startswith("---\nfile_format: mystnb")


def cached(path):
    """(where the build looks for the executed notebook, the notebook; its outputs are there only if it has run)."""
    from jupyter_cache import get_cache

    cache = get_cache(CACHE)
    kind = "myst_nb_md" if path.suffix == ".md" else "nbformat"
    record = cache.add_nb_to_project(str(path), read_data={"type": "plugin", "name": kind})
    notebook = cache.get_project_notebook(record.pk).nb
    try:
        return cache, cache.merge_match_into_notebook(notebook)[1], lesson_text.known(named(path), notebook)
    except KeyError:
        return cache, notebook, False


def forget_stale():
    """No output of another library survives."""
    stamp, now = CACHE / "made-from", fingerprint.results()
    if not stamp.is_file() or stamp.read_text(encoding="utf-8") != now:
        shutil.rmtree(CACHE, ignore_errors=True)
        shutil.rmtree(lesson_text.ANSWERS, ignore_errors=True)
        CACHE.mkdir(parents=True)
        stamp.write_text(now, encoding="utf-8")


def fill_cache(paths):
    """Leave every notebook, executed, where the build looks for it."""
    from jupyter_cache.base import CacheBundleIn

    forget_stale()
    jobs = [(path, notebook) for path in paths for cache, notebook, has_run in [cached(path)] if not has_run]
    if not jobs:
        return
    say("Executing %d notebooks" % len(jobs))

    def keep(path, notebook):
        cached(path)[0].cache_notebook_bundle(CacheBundleIn(notebook, str(path)), check_validity=False, overwrite=True)

    run_all(jobs, keep)


def execute(paths):
    """Run notebooks in place; says which cells print something else than before."""

    def write(path, notebook):
        before = notebook_file.read(path)
        notebook_file.write(path, notebook)
        for line in differences(before, notebook_file.read(path)):
            say("    " + line)

    jobs = [(path, nbformat.read(path, as_version=4)) for path in paths]
    run_all(jobs, write)


def differences(before, after):
    """Which code cells show something else than before, as lines; those that always will are named as such."""
    pairs = list(zip(*([c for c in n["cells"] if c["cell_type"] == "code"] for n in (before, after))))
    changed = [
        (number, new)
        for number, (old, new) in enumerate(pairs, 1)
        if json.loads(notebook_file.canonical({"cells": [old]}))
        != json.loads(notebook_file.canonical({"cells": [new]}))
    ]
    for varies, words in ((False, "shows something new"), (True, "shows time or chance, another one at each run")):
        numbers = [
            str(number)
            for number, cell in changed
            if varies == ("nbval-ignore-output" in cell["metadata"].get("tags", []))
        ]
        if numbers:
            yield "code cell%s %s %s" % ("s" * (len(numbers) > 1), ", ".join(numbers), words)


def files():
    return [Path(name).resolve() for name in sys.argv[2:]]


if __name__ == "__main__":
    if sys.argv[1] == "execute":
        execute(files())
    elif sys.argv[1] == "try":
        run_all([(path, nbformat.read(path, as_version=4)) for path in files()], lambda *_: None)
    elif sys.argv[2:] == ["pages"]:
        fill_cache(pages())
    elif sys.argv[2:] == ["all"]:
        fill_cache(list(dict.fromkeys([*pages(), *fingerprint.notebooks("chapters", "solutions")])))
    else:
        fill_cache(files())
