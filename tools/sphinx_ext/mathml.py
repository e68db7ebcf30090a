"""Formulas as MathML, made while building: no script draws them, and a bad formula fails the build.

The converter is Temml, run by Node.js; where it could not be installed the formulas are left to MathJax. The
font is STIX Two Math, cut to what the formulas use: without a font made for them browsers draw small braces.
"""

import html
import importlib.util
import json
import re
import shutil
import subprocess
from pathlib import Path

import environment
from docutils import nodes
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

from sphinx_ext import font

logger = logging.getLogger(__name__)
# A browser draws <mi>x</mi> with the mathematical italic x, a character of its own; h is missing in that row.
ROOT = {ord("√")}  # `<msqrt>` and `<mroot>` draw it, and no formula writes it
ITALIC = {*range(0x1D434, 0x1D468), 0x210E, *range(0x1D6E2, 0x1D71C)}
FEATURES = ["ss01", "ss04", "ssty", "dtls", "kern", "mark", "mkmk"]  # those that Temml's style sheet asks for
FORMULA = re.compile(r"<math\b.*?</math>", re.S)
STATIC = environment.BUILD / "generated" / "math"


class Converter:
    """One Node.js process that turns LaTeX into MathML, a line at a time."""

    def __init__(self):
        self.process = None
        self.known = {}

    def convert(self, tex, display):
        """Returns {"mathml": ...} or {"error": ...}."""
        key = (tex, display)
        if key not in self.known:
            if self.process is None:
                script = Path(__file__).with_name("tex_to_mathml.js")
                command = [environment.program("node"), script, environment.temml()]
                self.process = subprocess.Popen(
                    command, encoding="utf-8", stdin=subprocess.PIPE, stdout=subprocess.PIPE
                )
            self.process.stdin.write(json.dumps({"tex": tex, "display": display}) + "\n")
            self.process.stdin.flush()
            self.known[key] = json.loads(self.process.stdout.readline())
        return self.known[key]

    def close(self):
        if self.process:
            self.process.communicate()
            self.process = None


converter = Converter()


def mathml(node, tex, display):
    answer = converter.convert(tex, display)
    if "error" in answer:
        problem = " ".join(answer["error"].split())
        logger.warning("formula: %s in: %s", problem, tex, location=node, type="math")
        return "<code>%s</code>" % html.escape(tex)
    return answer["mathml"]


def display_tex(node):
    """The formula of a block as one environment; Sphinx numbers blocks, so `align` must not number lines."""
    tex = re.sub(r"\\(begin|end)\{(align|gather|equation|alignat)\}", r"\\\1{\2*}", node.astext().strip())
    parts = [part for part in re.split(r"\n\s*\n", tex) if part.strip()]
    if len(parts) > 1:
        return r"\begin{gather*}%s\end{gather*}" % r"\\".join(parts)
    if r"\\" in tex and not tex.startswith(r"\begin"):
        return r"\begin{split}%s\end{split}" % tex
    return tex


def visit_math(self, node):
    self.body.append(self.starttag(node, "span", "", CLASS="math notranslate nohighlight"))
    self.body.append(mathml(node, node.astext(), False) + "</span>")
    raise nodes.SkipNode


def visit_math_block(self, node):
    self.body.append(self.starttag(node, "div", "", CLASS="math notranslate nohighlight"))
    self.body.append('<div class="math-scroll" tabindex="0">%s</div>' % mathml(node, display_tex(node), True))
    if node["number"]:
        self.body.append('<span class="eqno">(%s)' % get_node_equation_number(self, node))
        self.add_permalink_ref(node, "Link to this equation")
        self.body.append("</span>")
    self.body.append("</div>\n")
    raise nodes.SkipNode


def convert_tables(app, doctree):
    """Formulas in the HTML tables of the library, which quote what a source prints; Jupyter draws them too."""
    if app.config.html_math_renderer != "mathml":
        return
    for node in doctree.findall(nodes.raw):
        if node.get("format") == "html" and 'class="cc-table"' in node.astext():

            def formula(match, node=node):
                return mathml(node, html.unescape(match[1]), False)

            parts = re.split(r"(<script>.*?</script>|<[^>]*>)", node.astext(), flags=re.S)  # text, tag, text, ...
            parts[::2] = [re.sub(r"\$([^$]+)\$", formula, text) for text in parts[::2]]
            node[:] = [nodes.Text("".join(parts))]


def choose_renderer(app, config):
    if environment.temml() and environment.program("node"):
        config.html_math_renderer = "mathml"
    else:
        config.html_math_renderer = "mathjax"


def add_style(app):
    """Temml's style sheet, for alignment; it asks for the font that is cut below."""
    if app.config.html_math_renderer == "mathml" and app.builder.format == "html":
        STATIC.mkdir(parents=True, exist_ok=True)
        shutil.copy(environment.temml().parent / "Temml-STIX2.css", STATIC / "math.css")
        app.config.html_static_path.append(str(STATIC))
        app.add_css_file("math.css")


def finish(app, problem):
    converter.close()
    if problem is None and app.config.html_math_renderer == "mathml" and app.builder.format == "html":
        pages = Path(app.outdir).rglob("*.html")  # all, also those that were not written anew
        formulas = [formula for page in pages for formula in FORMULA.findall(page.read_text(encoding="utf-8"))]
        cut_font(formulas, Path(app.outdir) / "_static" / "STIXTwoMath.woff2")


def cut_font(formulas, target):
    text = html.unescape(re.sub(r"<[^>]*>", "", "".join(formulas)))
    source = Path(importlib.util.find_spec("ziamath").origin).parent / "fonts" / "STIXTwoMath-Regular.ttf"
    font.cut(source, target, {*map(ord, text), *range(0x20, 0x7F), *ITALIC, *ROOT}, FEATURES)


def setup(app):
    app.add_html_math_renderer("mathml", (visit_math, None), (visit_math_block, None))
    app.connect("config-inited", choose_renderer)
    app.connect("builder-inited", add_style)
    app.connect("doctree-read", convert_tables)
    app.connect("build-finished", finish)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
