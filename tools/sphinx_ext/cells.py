"""Cells that a reader of the site need not read first: what sets up Colab is left out, imports and the code of drawings
are folded, and a drawing stands above its code.

In a notebook they stand as they run.
"""

from docutils import nodes

from .lessons import raw
from .outputs import code_cells


def fold(cell, source, words):
    """Put the code behind a line that opens it; below what it shows, where it shows something."""
    opening = raw(f'<details class="cc-hide"><summary>{words}</summary>')
    rest = [box for box in cell.children if box is not source]
    cell.children = []
    cell.extend([*rest, opening, source, raw("</details>")])
    cell["hide_mode"] = None


def calm(app, doctree):
    if not app.env.docname.startswith("chapters/"):
        return  # cells of an exercise are the reader's
    seen, folds = 0, app.env.docname != "chapters/back/count_your_own"  # which is about what to import
    for cell, source, output in list(code_cells(doctree)):
        first = source.astext().lstrip() if source is not None else ""
        seen += cell.get("hide_mode") != "all"
        if cell.get("hide_mode") == "all":
            cell.parent.remove(cell)
        elif not folds:
            continue
        elif cell.get("hide_mode") == "input" and source is not None:
            drawn = output is not None and any("<svg" in part.astext() for part in output.findall(nodes.raw))
            fold(cell, source, "Code of this drawing" if drawn else "Code")
        elif seen == 1 and output is None and first.startswith(("import ", "from ")):
            cell["classes"].append("tag_hide-input")
            fold(cell, source, "Imports and set-up")


def setup(app):
    app.connect("doctree-read", calm, priority=370)  # outputs stand where they are read
    return {"parallel_read_safe": True, "parallel_write_safe": True}
