"""The way back: in the book, the name of a ledger row beside its computed value leads to that row of the ledger.

Outputs carry the row's id, to which the ledger leads; the link is added here, since a notebook in Colab or on
GitHub has no ledger beside it. The texts that the sources print keep their marks in the ledger; the book shows
what is meant by them.
"""

import posixpath
import re

from docutils import nodes

LEDGER = "chapters/back/ledger.html"
NAME = re.compile(r'(<span id="([\w.-]+)" title="[^"]*">)([^<]*)</span>')
MARKS = [
    (re.compile(r"\*\*(\w[^*]*)\*\*"), r"<b>\1</b>"),
    (re.compile(r"(?<![\\\w])rac(?=\{)"), r"\\frac"),  # a source lost the backslash and the f
]


def shown(table):
    """An HTML table with the marks in its texts, not in its tags, as a reader should see them."""
    parts = re.split(r"(<script>.*?</script>|<[^>]*>)", table, flags=re.S)  # text, tag, text, ...
    for mark, meaning in MARKS:
        parts[::2] = [mark.sub(meaning, text) for text in parts[::2]]
    return "".join(parts)


def add_links(app, doctree):
    page = posixpath.relpath(LEDGER, posixpath.dirname(app.env.docname))
    for node in doctree.findall(nodes.raw):
        if node.get("format") == "html" and 'class="cc-table"' in node.astext():
            linked = NAME.sub(rf'\1<a class="cc-row" href="{page}#\2">\3</a></span>', node.astext())
            node[:] = [nodes.Text(shown(linked))]


def setup(app):
    app.connect("doctree-read", add_links, priority=400)  # before formulas put tags into the texts
    return {"parallel_read_safe": True, "parallel_write_safe": True}
