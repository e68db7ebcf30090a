"""Exercise pages: a notebook of `exercises/` is a page of the book on which it can be solved.

The page carries its notebook as data; a script turns the cells into editors, Pyodide runs them, the browser keeps
the answers, and the notebook goes out as a file that the grader takes. Without scripts, or without Pyodide, there is
the text and a link to the notebook.
"""

import json
import random
import re
from html import escape
from pathlib import Path

import environment
import notebook_file
import setup_cell
from coursework.exercise import exercises, specification
from coursework.panel import TRIES
from coursework.predictions import Prediction
from docutils import nodes
from environment import ROOT
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective
from sphinx_external_toc.parsing import parse_toc_yaml

FOLDER = "exercises/"
FILES = Path(__file__).with_name("exercise_files") / "static"
NPM = (
    "@webcoder49/code-input/code-input.min.css",
    "@webcoder49/code-input/plugins/autogrow.min.css",
    "prismjs/components/prism-core.min.js",
    "prismjs/components/prism-clike.min.js",
    "prismjs/components/prism-python.min.js",
    "@webcoder49/code-input/code-input.min.js",
    "@webcoder49/code-input/plugins/indent.min.js",
)
TIME = re.compile(r"\bAbout ([^.]+)\.")
CHECK = re.compile(r'^check\("([\w.]+)"')
IMPORT = re.compile(r"from coursework import [\w, ]+\n?")
MARK = re.compile(r"^ *### (?:BEGIN|END) SOLUTION\n?|  # SOLUTION$", re.M)
BAR = """<div class="cc-exercise-bar" role="region" aria-label="Your notebook" hidden>
<span class="cc-standing"></span>
<button type="button">Save as a file</button> <button type="button">Open a file</button>
<button type="button">Start over</button> <button type="button" disabled>Stop</button>
<input type="file" accept=".ipynb,application/json" hidden aria-label="A notebook of your own">
<output aria-live="polite"></output></div>"""
LINKS = 'open it <a href="{colab}">in Colab</a>, or save <a href="{file}">the notebook</a>'
INTRO = """<div class="cc-intro" hidden>
<p>Solve this page right here. Your answers stay in this browser; nothing is sent anywhere.</p>
<details><summary>Saving, handing in, Colab, keys</summary>
<p>What you save as a file is the notebook with your answers, to go on elsewhere or to hand in. If your course gave you
a notebook of your own, open it first: its numbers differ. Or {links}.</p>
<p id="cc-keys">In an editor, <kbd>Tab</kbd> indents, <kbd>Ctrl</kbd>+<kbd>Enter</kbd> runs, <kbd>Esc</kbd> and then
<kbd>Tab</kbd> leads out.</p></details></div>"""
# Shown before the page is first painted, so that nothing moves when its scripts have come.
AT_ONCE = """<script>document.querySelectorAll(".cc-intro, .cc-exercise-bar").forEach(e => { e.hidden = false; });
document.documentElement.classList.add("cc-js");</script>"""
SILENT = "<p>On this page nothing runs without scripts: {links}.</p>"


def is_exercise(docname):
    return docname.startswith(FOLDER) and not docname.endswith("/index")


def solutions(name):
    """Exercise -> the code that solves it, from the solution notebook: what stands since the check before."""
    found, before = {}, []
    for cell in notebook_file.read(ROOT / "solutions" / f"{name}.ipynb")["cells"]:
        source, tags = notebook_file.joined(cell["source"]), cell["metadata"].get("tags", [])
        if cell["cell_type"] != "code" or source.startswith("predict("):
            continue
        check = CHECK.match(source)
        if check:
            function = check[1].partition(".")[2]
            solved = [text for text, marked in before if marked or re.search(rf"^def {function}\b", text, re.M)]
            found[check[1]], before = "\n\n\n".join(solved), []
        else:
            before.append((MARK.sub("", source).strip(), "SOLUTION" in source or "solution" in tags))
    return found


def carried(name, root, site):
    """What the script needs to know, as JSON."""
    notebook = notebook_file.read(ROOT / FOLDER / f"{name}.ipynb")
    points = {one.name: one.maximum for one in exercises(name).values()}
    data = {"name": name, "points": points, "notebook": notebook, "solutions": solutions(name), "root": root}
    data["tries"] = TRIES
    asked = vars(specification(name)).values()
    data |= {"questions": {one.name: one.question for one in asked if isinstance(one, Prediction)}}
    data |= {"arrays": [one.name for one in exercises(name).values() if takes_arrays(one)], "site": site}
    data["editor"] = [f"editor/{Path(file).name}" for file in NPM if file.endswith(".js")]
    return json.dumps(data, ensure_ascii=False).replace("</", "<\\/")


def only_imports(name):
    """Does the first cell after the set-up only fetch the checks?"""
    cells = notebook_file.read(ROOT / FOLDER / f"{name}.ipynb")["cells"]
    codes = [notebook_file.joined(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    return bool(IMPORT.fullmatch(codes[1]))


def takes_arrays(exercise):
    """Is a student's function called with NumPy arrays, which no page has?"""
    calls = exercise.calls(random.Random(0), exercise.variant())
    values = [value for call in calls for value in (*call.args, *call.kwargs.values())]
    return any(hasattr(part, "tolist") for value in values for part in (value if isinstance(value, list) else [value]))


def complete(app, pagename, templatename, context, doctree):
    """Put the bar below the title, the data at the end, and the scripts into the head."""
    if pagename == FOLDER + "index":
        app.add_js_file("exercise_list.js", loading_method="defer")
    if not is_exercise(pagename) or "body" not in context:
        return
    name = pagename.removeprefix(FOLDER)
    colab = setup_cell.repository().replace("https://github.com/", "https://colab.research.google.com/github/")
    links = LINKS.format(colab=f"{colab}/blob/main/{pagename}.ipynb", file=f"../_sources/{pagename}.ipynb")
    if environment.pyodide() is None:
        context["body"] = context["body"].replace("</h1>", "</h1>" + SILENT.format(links=links), 1)
        return
    start = INTRO.format(links=links) + "<noscript>" + SILENT.format(links=links) + "</noscript>" + BAR + AT_ONCE
    data = carried(name, "../", app.config.html_baseurl)
    data = f'<script type="application/json" id="cc-notebook">{data}</script>'
    body = context["body"].replace('<div class="cell ', '<div class="cc-set-up cell ', 1)
    if only_imports(name):  # it runs before the first check, unseen
        body = body.replace('<div class="cell ', '<div class="cc-import cell ', 1)
    context["body"] = body.replace("</h1>", "</h1>" + start, 1) + data
    for file in NPM:
        if file.endswith(".css"):  # the scripts come when the first editor is wanted
            app.add_css_file(f"editor/{Path(file).name}")
    app.add_css_file("exercise.css")
    app.add_js_file("pyodide/python.js", loading_method="defer")
    app.add_js_file("exercise.js", loading_method="defer")


class ExerciseList(SphinxDirective):
    """All exercise pages in the order of the book: time, points, what this browser has of them."""

    def run(self):
        rows = []
        for docname in filter(is_exercise, parse_toc_yaml(ROOT / "_toc.yml")):
            self.env.note_dependency(str(ROOT / f"{docname}.ipynb"))
            rows.append(self.row(docname))
        head = nodes.row("", *(nodes.entry("", nodes.paragraph("", word)) for word in ("Exercises", "Time", "Points")))
        group = nodes.tgroup("", *(nodes.colspec(colwidth=width) for width in (5, 2, 2)), cols=3)
        group += [nodes.thead("", head), nodes.tbody("", *rows)]
        return [nodes.table("", group)]

    def row(self, docname):
        name, text = docname.removeprefix(FOLDER), opening(docname)
        points = sum(one.maximum for one in exercises(name).values())
        link = addnodes.pending_xref("", refdomain="std", reftype="doc", reftarget=f"/{docname}", refexplicit=True)
        link["refdoc"], link["refwarn"] = self.env.docname, True
        link += nodes.inline("", re.search(r"^# (?:Exercises: )?(.+)$", text, re.M)[1])
        reached = nodes.raw("", f'<span data-exercises="{escape(name)}"></span>{points}', format="html")
        cells = nodes.paragraph("", "", link), nodes.paragraph("", TIME.search(text)[1]), reached
        return nodes.row("", *(nodes.entry("", cell) for cell in cells))


def opening(docname):
    """The first text of a notebook."""
    return notebook_file.joined(notebook_file.read(ROOT / f"{docname}.ipynb")["cells"][0]["source"])


def serve(app, config):
    config.html_static_path.append(str(FILES))


def bring(app, problem):
    """Copy the editor, which comes from npm, beside the scripts."""
    if problem is not None or app.builder.name != "html" or environment.pyodide() is None:
        return
    target = Path(app.outdir) / "_static" / "editor"
    target.mkdir(parents=True, exist_ok=True)
    for file in NPM:
        (target / Path(file).name).write_bytes((environment.NPM / "node_modules" / file).read_bytes())


def setup(app):
    app.add_directive("exercise-list", ExerciseList)
    app.connect("config-inited", serve)
    app.connect("html-page-context", complete)
    app.connect("build-finished", bring, priority=840)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
