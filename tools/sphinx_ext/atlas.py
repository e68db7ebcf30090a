"""The atlas on the page of the networks: a frame with what it knows at once, and a file of details for each setting.

The details are scripts that call a function, since a page that is opened as a file may load scripts and nothing else.
"""

import json
import posixpath
import shutil
from html import escape
from pathlib import Path
from string import Template

import environment
import fingerprint
from docutils import nodes
from docutils.parsers.rst import Directive
from textbook import atlas

FOLDER = "_static/atlas"
FILES = Path(__file__).with_name("atlas_files")
SCRIPTS = [f"atlas{part}.js" for part in ("_state", "_words", "_scales", "_plot", "_side", "")]  # in this order
MADE = environment.BUILD / "generated" / "atlas"  # for the next build


def compact(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


class Atlas(Directive):
    def run(self):
        docname = self.state.document.settings.env.docname
        base = posixpath.relpath(FOLDER, posixpath.dirname(docname)) + "/"
        return [nodes.raw("", frame(base), format="html")]


def frame(base):
    """The page's part, hidden until its scripts run; base: the folder of the details, seen from the page."""
    known = atlas.index()
    conventions = {False: "", True: ""}
    for name, _, is_tool in known["conventions"]:
        conventions[is_tool] += f"<option>{escape(name)}</option>"
    return Template((FILES / "atlas.html").read_text(encoding="utf-8")).substitute(
        base=base,
        networks=len(known["networks"]),
        papers=conventions[False],
        tools=conventions[True],
        index=compact(known).replace("</", "<\\/"),
    )


def write(folder):
    """Write the details of every setting."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for setting in atlas.settings():
        text = f"ccAtlas.take({compact(atlas.details(setting))});\n"
        (folder / setting.file).write_text(text, encoding="utf-8", newline="\n")


def finish(app, problem):
    """Bring the details, after the steps that work through every script of the site."""
    if problem is not None or app.builder.name != "html":
        return
    stamp, made_from = MADE.with_suffix(".made-from"), fingerprint.digest([Path(__file__)], fingerprint.results())
    if not stamp.is_file() or stamp.read_text(encoding="utf-8") != made_from:
        write(MADE)
        stamp.write_text(made_from, encoding="utf-8")
    shutil.copytree(MADE, Path(app.outdir) / FOLDER, dirs_exist_ok=True)


def load(app, pagename, templatename, context, doctree):
    """The scripts and the style, on the page that has it."""
    if 'id="cc-atlas"' in (context.get("body") or ""):
        app.add_css_file("atlas.css")
        for number, name in enumerate(SCRIPTS):
            app.add_js_file(name, priority=600 + number, loading_method="defer")


def serve(app, config):
    config.html_static_path.append(str(FILES))


def setup(app):
    app.add_directive("atlas", Atlas)
    app.connect("config-inited", serve)
    app.connect("html-page-context", load)
    app.connect("build-finished", finish, priority=950)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
