"""The page where the library runs in the reader's browser: a form, Pyodide beside it, the library as an archive.

Pyodide comes from npm, by `environment.py`, and is copied into the built site; the page fetches it on the first
run, never before. Where npm was not at hand the page shows an example and its costs, and says why nothing runs.
"""

import gzip
import io
import json
import posixpath
import shutil
import zipfile
from html import escape
from pathlib import Path

import environment
from docutils import nodes
from docutils.parsers.rst import Directive
from environment import ROOT, say

from sphinx_ext.playground_files import run

FOLDER = "_static/pyodide"
PARTS = ("pyodide.js", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json")
FILES = Path(__file__).with_name("playground_files")
SECONDS = 10  # how long one run may take
WITHOUT = (
    "This copy of the book was built without Pyodide, the Python that runs in a browser, since npm could not "
    "fetch it: nothing runs here. Below stands the first example with its costs; any notebook of the book "
    "runs the same lines."
)


def examples():
    """Title -> source of the examples; a source starts with its title as a comment."""
    sources = [path.read_text(encoding="utf-8") for path in sorted((FILES / "examples").glob("*.py"))]
    return {source.partition("\n")[0].lstrip("# "): source for source in sources}


def archive(target):
    """Write the counter and the ledger (modules, and the tables they read) as a zip archive to a path or open file."""
    library = ROOT / "lib"
    folders = library / "convcost", library / "textbook" / "ledger"
    files = [f for folder in folders for kind in ("*.py", "*.csv", "*.json") for f in folder.rglob(kind)]
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out:
        for file in sorted([*files, library / "textbook" / "__init__.py"]):
            out.write(file, file.relative_to(library).as_posix())
        out.write(FILES / "run.py", "playground_run.py")


class Playground(Directive):
    def run(self):
        docname = self.state.document.settings.env.docname
        base = posixpath.relpath(FOLDER, posixpath.dirname(docname)) + "/"
        form = page(base) if environment.pyodide() else static(WITHOUT)
        return [nodes.raw("", form, format="html")]


def first_example():
    _title, source = next(iter(examples().items()))
    answer = json.loads(run.run(source))
    return source, answer["html"], answer["says"]


def sizes():
    """Megabytes that a first run fetches: compressed, and as they are."""
    archive(library := io.BytesIO())
    files = [library.getvalue(), *((environment.pyodide() / name).read_bytes() for name in PARTS)]
    return [sum(map(len, group)) / 1e6 for group in (map(gzip.compress, files), files)]


def static(note):
    """The first example and its costs, for reading."""
    source, html, _ = first_example()
    return f'<p>{note}</p><pre>{escape(source)}</pre><div class="cc-result">{html}</div>'


def page(base):
    """The form; without scripts it shows the first example and its costs, which the build has counted."""
    source, html, says = first_example()
    options = "".join(f"<option>{escape(title)}</option>" for title in examples())
    carried = json.dumps(examples()).replace("</", "<\\/")
    packed, whole = sizes()
    return f"""<div id="cc-playground" class="cc-live" data-base="{base}" data-seconds="{SECONDS}">
<noscript><p>Nothing can run here without scripts; this is an example, with its costs below.</p></noscript>
<div class="cc-controls" hidden><label>example <select autocomplete="off">{options}</select></label>
<button type="button">Run</button> <button type="button" disabled>Stop</button></div>
<p>The first run fetches {packed:.1f} MB ({whole:.1f} where the server does not compress); later ones nothing.</p>
<textarea aria-label="Definition, in Python" aria-describedby="cc-playground-says" rows="{source.count(chr(10)) + 1}"
 spellcheck="false" autocapitalize="off" autocomplete="off" wrap="off" readonly>{escape(source)}</textarea>
<output id="cc-playground-says" aria-live="polite">{says}</output>
<div class="cc-result" role="region" aria-label="Result">{html}</div>
<script type="application/json">{carried}</script></div><script src="{base}page.js" defer></script>"""


def finish(app, problem):
    """Bring what the page fetches, after the steps that work through every script of the site."""
    if problem is not None or app.builder.name != "html":
        return
    pyodide = environment.pyodide()
    if pyodide is None:
        return say("Book: WITHOUT Pyodide: the playground shows an example and runs nothing")
    target = Path(app.outdir) / FOLDER
    target.mkdir(parents=True, exist_ok=True)
    for path in [*(pyodide / name for name in PARTS), FILES / "page.js", FILES / "worker.js"]:
        shutil.copyfile(path, target / path.name)
    archive(target / "convcost.zip")


def setup(app):
    app.add_directive("playground", Playground)
    app.connect("build-finished", finish, priority=950)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
