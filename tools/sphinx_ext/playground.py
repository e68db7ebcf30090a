"""The page where the library runs in the reader's browser: a form, and Python beside it (see `pyodide.py`).

Where there is no Pyodide the page shows an example and its costs, and says why nothing runs.
"""

import json
import posixpath
from html import escape
from pathlib import Path

import environment
from docutils import nodes
from docutils.parsers.rst import Directive

from sphinx_ext import pyodide
from sphinx_ext.playground_files import run

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


class Playground(Directive):
    def run(self):
        docname = self.state.document.settings.env.docname
        base = posixpath.relpath(pyodide.FOLDER, posixpath.dirname(docname)) + "/"
        form = page(base) if environment.pyodide() else static(WITHOUT)
        return [nodes.raw("", form, format="html")]


def first_example():
    _title, source = next(iter(examples().items()))
    answer = json.loads(run.run(source))
    return source, answer["html"], answer["says"]


def static(note):
    """The first example and its costs, for reading."""
    source, html, _ = first_example()
    return f'<p>{note}</p><pre>{escape(source)}</pre><div class="cc-result">{html}</div>'


def page(base):
    """The form; without scripts it shows the first example and its costs, which the build has counted."""
    source, html, says = first_example()
    options = "".join(f"<option>{escape(title)}</option>" for title in examples())
    carried = json.dumps(examples()).replace("</", "<\\/")
    packed, whole = pyodide.sizes()
    scripts = "".join(f'<script src="{base}{name}.js" defer></script>' for name in ("python", "playground"))
    return f"""<div id="cc-playground" class="cc-live" data-base="{base}" data-seconds="{SECONDS}">
<noscript><p>Nothing can run here without scripts; this is an example, with its costs below.</p></noscript>
<div class="cc-controls" hidden><label>example <select autocomplete="off">{options}</select></label>
<button type="button">Run</button> <button type="button" disabled>Stop</button>
<button type="button">Link</button></div>
<p>The first run fetches {packed:.1f} MB ({whole:.1f} where the server does not compress); later ones nothing.</p>
<textarea aria-label="Definition, in Python" aria-describedby="cc-playground-says" rows="{source.count(chr(10)) + 1}"
 spellcheck="false" autocapitalize="off" autocomplete="off" wrap="off" readonly>{escape(source)}</textarea>
<output id="cc-playground-says" aria-live="polite">{says}</output>
<div class="cc-result" role="region" aria-label="Result">{html}</div>
<script type="application/json">{carried}</script></div>{scripts}"""


def setup(app):
    app.add_directive("playground", Playground)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
