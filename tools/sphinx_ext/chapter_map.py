"""The map on the home page: every lesson with the question that it opens with and the minutes that it takes.

All of it is read from the lessons and the networks themselves, in the order of the table of contents.
"""

import re

import notebook_file
from convcost import models
from docutils import nodes
from environment import ROOT
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective
from sphinx_external_toc.parsing import parse_toc_yaml

from sphinx_ext import skyline

COMMENT = re.compile(r"<!--.*?-->", re.S)
QUESTION = re.compile(r"\*\*([^*]+\?)\*\*")
MINUTES = re.compile(r"(\d+) minutes")
BEFORE = re.compile(r"\*\*Before you start:\*\* (.*?)\.? \*\*Time")
LINK = re.compile(r"\[([^]]*)\]\([^)]*\)")
ABOUT = {  # what a part is about, in a sentence
    "Start": "What a convolution is, how a network learns, and the three costs that this book counts.",
    "Classic networks": "Seven networks, and the idea that each of them brought.",
    "Light networks": "How a network gets small enough for a phone, and what is lost on the way.",
    "FLOPs": "What is counted, why tools disagree, and why fewer operations need not take less time.",
    "After the lectures": "Newer networks: searched by machines, scaled by rules, folded, and rivalled by attention.",
}
LESSONS = ("start", "classic", "light", "flops", "modern")  # folders under chapters/


def opening(path):
    """(title, question, minutes, what to know before) of a lesson, from its first cell.

    Raises ValueError where one of them is missing.
    """
    text = COMMENT.sub("", notebook_file.joined(notebook_file.read(path)["cells"][0]["source"]))
    title, question, minutes = re.search(r"^# (.+)$", text, re.M), QUESTION.search(text), MINUTES.search(text)
    before = BEFORE.search(text)
    if not (title and question and minutes and before):
        raise ValueError(
            f"{path.name}: a lesson opens with a title, a question in bold, what to know before, its minutes"
        )
    return title[1], question[1], int(minutes[1]), LINK.sub(r"\1", before[1])


def parts():
    """(caption, names of its lessons) of each part that has any."""
    for part in parse_toc_yaml(ROOT / "_toc.yml").root.subtrees:
        names = [str(item) for item in part.items]
        lessons = [n for n in names if n.split("/")[1] in LESSONS and (ROOT / f"{n}.ipynb").is_file()]
        if lessons:
            yield part.caption, lessons


def facts(name, minutes):
    """The minutes that a lesson takes, and the year of the network that it is about, where it is about one."""
    network = skyline.NETWORKS.get(name.rsplit("/", 1)[1])
    return f"{models.get(network).year} · {minutes} min" if network else f"{minutes} min"


class ChapterMap(SphinxDirective):
    """`{chapter-map}`, without options."""

    def run(self):
        found = nodes.container(classes=["cc-map"])
        for caption, lessons in parts():
            found += nodes.rubric("", caption)
            found += nodes.paragraph("", ABOUT[caption], classes=["cc-map-about"])
            found += (listed := nodes.bullet_list())
            for name in lessons:
                path = ROOT / f"{name}.ipynb"
                self.env.note_dependency(str(path))
                listed += self.item(name, *opening(path))
        return [found]

    def item(self, name, title, question, minutes, before):
        link = addnodes.pending_xref("", refdomain="std", reftype="doc", reftarget=f"/{name}", refexplicit=True)
        link["refdoc"], link["refwarn"] = self.env.docname, True
        link += nodes.inline("", title)
        item = nodes.list_item("", nodes.paragraph("", "", link), nodes.paragraph("", question))
        if network := skyline.NETWORKS.get(name.rsplit("/", 1)[1]):
            item += nodes.raw("", skyline.svg(network), format="html")
        item += nodes.paragraph("", facts(name, minutes), classes=["cc-map-minutes"])
        item += nodes.paragraph("", f"Know before: {before}.", classes=["cc-map-before"])
        return item


def setup(app):
    app.add_directive("chapter-map", ChapterMap)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
