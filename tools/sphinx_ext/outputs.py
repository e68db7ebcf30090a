"""A page shows what ran: an error among its outputs, or a cell without a run, is a warning, which fails the build.

jupyter_cache and myst-nb take a cell for done that drew a figure with an error, and a page may tell them not to run.
"""

from pathlib import Path

import notebook_file
from docutils import nodes
from environment import ROOT
from myst_nb.sphinx_ import NbMetadataCollector
from sphinx.util import logging

logger = logging.getLogger(__name__)


def code_cells(doctree):
    """The cells of a page as a notebook has them, as far as they are shown."""
    for node in doctree.findall(nodes.container):
        if node.get("nb_element") == "cell_code":
            boxes = {box.get("nb_element"): box for box in node.children if isinstance(box, nodes.container)}
            yield node, boxes.get("cell_code_source"), boxes.get("cell_code_output")


def check(app, doctree):
    name = Path(app.env.doc2path(app.env.docname)).relative_to(ROOT).as_posix()
    cells = list(code_cells(doctree))
    if not cells or name.startswith("exercises/"):  # theirs run on the page
        return
    if NbMetadataCollector.get_exec_data(app.env, app.env.docname) is None:
        logger.warning("%s: its cells did not run; its metadata says so", name, type="outputs")
        return
    for number, (cell, source, output) in enumerate(cells, 1):
        first = (source.astext().strip().splitlines() or [""])[0] if source is not None else ""
        if cell.get("exec_count") is None and first:
            logger.warning("%s", notebook_file.told(name, (number, first, "did not run")), type="outputs")
        for box in output.findall(nodes.literal_block) if output is not None else []:
            if "traceback" in box.get("classes", []):
                logger.warning(
                    "%s",
                    notebook_file.told(name, (number, first, box.astext().strip().splitlines()[-1])),
                    type="outputs",
                )


def setup(app):
    app.connect("doctree-read", check, priority=300)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
