"""Runs the cells of an exercise page: inside the browser, by Pyodide, and in the tests, by any Python.

A request is JSON: `source`, a cell; `label`, what it is called in an error; `kept`, the text of the student's file of
progress, with the first cell. The answer: `html`, what the cell showed; `failed`, whether it stopped with an error;
`kept`, that file's text now.
"""

import ast
import contextlib
import io
import json
import linecache
import os
import sys
from html import escape
from pathlib import Path

from convcost import ConvcostError
from coursework.advice import about_error
from coursework.keeping import VARIABLE
from coursework.sandbox.inside.ipython import plain_python

FILE = Path("coursework_progress.json")
MOST = 20_000  # characters that a cell may print
MISSING = {"numpy": "NumPy", "torch": "PyTorch"}  # what no page can bring
WITHOUT = "This page's Python has no {}. Solve what needs it in Colab or on your own machine; the rest works here."


def no_input(*_):
    raise ConvcostError("nothing can be typed in here: write the value into the cell")


names = {"__name__": "__main__", "input": no_input}
made = {}  # cell -> the names that it made when it last ran


class Shown(io.StringIO):
    """What a cell prints and shows, as HTML; ends a cell that prints for ever."""

    def write(self, text):
        if self.tell() + len(text) > MOST:
            raise ConvcostError(f"more than {MOST:,} characters printed")
        return super().write(escape(text))

    def show(self, value):
        """Show a value as a notebook would, between what is printed before and after it."""
        if value is not None:
            html = value._repr_html_() if hasattr(value, "_repr_html_") else escape(repr(value))
            super().write(f"</pre>{html}<pre>" if hasattr(value, "_repr_html_") else f"{html}\n")

    def html(self):
        return f"<pre>{self.getvalue()}</pre>".replace("<pre></pre>", "")


def run(request):
    asked = json.loads(request)
    os.environ[VARIABLE] = str(FILE)
    if asked.get("kept"):
        FILE.write_text(asked["kept"], encoding="utf-8")
    shown, failed, file = Shown(), "", f"<{asked['label']}>"
    source = plain_python(asked["source"].replace("\u00a0", " "))  # as pasted from other pages
    linecache.cache[file] = len(source), None, source.splitlines(keepends=True), file
    for name in made.pop(file, ()):  # an answer that is no longer in its cell is not judged
        names.pop(name, None)
    known, before, sys.displayhook = dict(names), sys.displayhook, shown.show
    try:
        with contextlib.redirect_stdout(shown):
            for statement in ast.parse(source, file).body:
                failed = execute(statement, file) or failed
    except BaseException as error:  # an exit, too, ends this cell only
        failed = told(error, file)
    finally:
        sys.displayhook = before
        made[file] = [name for name, value in names.items() if value is not known.get(name, made)]
    kept = FILE.read_text(encoding="utf-8") if FILE.is_file() else ""
    html = shown.html() + (f'<p class="cc-wrong">{escape(failed)}</p>' if failed else "")
    return json.dumps({"html": html, "failed": bool(failed), "kept": kept})


def execute(statement, file):
    """Run a statement; returns what an import misses that no page has, so that the others of the cell still run."""
    shows = isinstance(statement, ast.Expr)
    tree = ast.Interactive([statement]) if shows else ast.Module([statement], [])
    try:
        exec(compile(tree, file, "single" if shows else "exec"), names)
    except ModuleNotFoundError as error:
        if not isinstance(statement, (ast.Import, ast.ImportFrom)) or not missing(error):
            raise
        return told(error, file)
    return ""


def missing(error):
    """Return the name of the package that no page can bring, if that is what an error is about."""
    if isinstance(error, NameError) and error.name == "np":
        return MISSING["numpy"]
    return isinstance(error, ModuleNotFoundError) and MISSING.get((error.name or "").partition(".")[0])


def told(error, file):
    """Return an error as one line, with the line of the cell and what to do about it."""
    if isinstance(error, SyntaxError) and error.filename == file:
        return f"line {error.lineno}: {error.msg}"
    if missing(error):
        return WITHOUT.format(missing(error))
    lines, step = [], error.__traceback__
    while step:
        lines += [step.tb_lineno] if step.tb_frame.f_code.co_filename == file else []
        step = step.tb_next
    text = " ".join(str(error).split())
    said = text if isinstance(error, ConvcostError) else f"{type(error).__name__}: {text}".removesuffix(": ")
    advice = about_error(said).replace("`", "")
    said = f"{said}. {advice}" if advice else said
    return f"line {lines[-1]}: {said}" if lines else said
