"""Captions of drawings begin with a number on the site: Figure 1, 2, ... in the order of the page."""

from docutils import nodes

CAPTION = '<figcaption class="cc-caption"'  # as `convcost.plots` writes it


def numbered(html, number):
    """Put the number before each caption of an output; return it and the number of the next."""
    first, *rest = html.split(CAPTION)
    for part in rest:
        opening, _, words = part.partition(">")
        first += f'{CAPTION}{opening}><span class="cc-figure-number">Figure {number}.</span> {words}'
        number += 1
    return first, number


def number_captions(app, doctree):
    number = 1
    for node in list(doctree.findall(nodes.raw)):
        if node.get("format") == "html" and CAPTION in node.astext():
            html, number = numbered(node.astext(), number)
            node.replace_self(nodes.raw("", html, format="html", classes=node["classes"]))


def setup(app):
    app.connect("doctree-read", number_captions, priority=360)  # lessons have put outputs where they are read
    return {"parallel_read_safe": True, "parallel_write_safe": True}
