"""The first code cell of every notebook: one text, with the address of the site, which serves the library."""

import tomllib

import fingerprint
import notebook_file
import wheel
from environment import ROOT, say

TEXT = """\
try:
    import convcost
except ImportError:  # in Colab: one quiet install, some seconds
    import sys

    site = "{site}"
    {line}
    !{{sys.executable}} -m pip install -q {{wheel}} 2>/dev/null || echo "{sorry}\""""
SORRY = "Could not fetch the library: is there a network?"
FOLDER = "_static/wheel/"  # of the site


def repository():
    with open(ROOT / "pyproject.toml", "rb") as file:
        return tomllib.load(file)["project"]["urls"]["Repository"]


def site():
    """The address of the published book, without a slash at its end."""
    import rehome  # which asks this module for the repository

    return f"https://{rehome.site(*rehome.parse(repository()))}"


def line():
    """The line that says where the site serves the library as a wheel."""
    return f'wheel = f"{{site}}/{FOLDER}{wheel.name()}"'


def text():
    return TEXT.format(site=site(), line=line(), sorry=SORRY)


def rewrite_all():
    """Write the set-up cell into every notebook; adds one after the opening text where there is none."""
    for path in fingerprint.notebooks("chapters", "solutions", "exercises"):
        notebook = notebook_file.read(path)
        if rewrite(notebook["cells"]):
            notebook_file.write(path, notebook)
            say("set-up cell written: %s" % path.relative_to(ROOT))


def rewrite(cells):
    """Make the first code cell the set-up cell; True if that changed anything."""
    code = [c for c in cells if c["cell_type"] == "code"]
    first = "".join(code[0]["source"]) if code else ""
    if first == text():
        return False
    if not first.startswith("try:\n    import convcost"):
        after = 1 if cells and cells[0]["cell_type"] == "markdown" else 0
        cells.insert(
            after, {"cell_type": "code", "execution_count": None, "outputs": [], "metadata": {"tags": ["hide-cell"]}}
        )
        code = [cells[after]]
    code[0]["source"] = text().splitlines(keepends=True)
    code[0]["metadata"].setdefault("tags", ["hide-cell"])
    return True
