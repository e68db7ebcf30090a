"""The bibliography: every entry of a BibTeX file, and the pages that cite it.

A page cites a work where its Sources name the title in italics, in full or up to a break (*MobileNets*, 2017), or
the name in the entry's own field `named`; software is cited wherever it is named; an arXiv number counts anywhere.
"""

import json
import re
from functools import cache
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import Directive, directives
from pybtex.database import parse_file
from sphinx import addnodes
from textbook.ledger.naming import chapter

ITALIC = re.compile(r"(?<![*\w])\*([^*\n]+)\*(?![*\w])")
OURS = ("Lecture *", "A lecture ")  # one of the five sources of the ledger: the page lists them apart


@cache
def entries(path):
    """{key: entry} of the file, in its order; fields as in BibTeX."""
    return dict(parse_file(str(path), bib_format="bibtex").entries)


@cache
def text_of(path):
    """The Markdown of a page or notebook."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        cells = json.loads(text)["cells"]
        return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    return text


def sources_of(text):
    """The lines of the section Sources."""
    return [line for line in text.partition("\n## Sources")[2].split("\n## ")[0].splitlines() if line]


def titles_cited(text):
    """The titles in italics in the section Sources, but for the five sources of the ledger."""
    lines = [line for line in sources_of(text) if not any(word in line for word in OURS)]
    return [title for line in lines for title in ITALIC.findall(line)]


def words(title):
    return re.findall(r"[\w<]+", re.sub(r"[{}]", "", title).lower())


def is_title_of(cited, title):
    """Is it the title, or its part before or behind the colon, or, if it has three words or more, its beginning?"""
    cited, full, parts = words(cited), words(title), title.partition(":")
    return cited in (full, words(parts[0]), words(parts[2])) or (len(cited) >= 3 and cited == full[: len(cited)])


def cites(text, entry):
    """Does the page cite the work?"""
    number = entry.fields.get("eprint")
    if number and re.search(r"\b%s\b" % re.escape(number), text):
        return True
    if any(is_title_of(cited, entry.fields["title"]) for cited in titles_cited(text)):
        return True
    where = text if entry.fields["keywords"] == "software" else "\n".join(sources_of(text))
    named = entry.fields.get("named")
    return bool(named and re.search(r"(?<![\w-])%s(?![\w-])" % re.escape(named), where))


def address(entry):
    """Where the work can be read: on arXiv, under its DOI, or at its own address."""
    fields = entry.fields
    if "eprint" in fields:
        return "https://arxiv.org/abs/" + fields["eprint"], "arXiv:" + fields["eprint"]
    if "doi" in fields:
        return "https://doi.org/" + fields["doi"], "doi:" + fields["doi"]
    return fields["url"], re.sub(r"^https?://(www\.)?|/$", "", fields["url"])


def authors(entry):
    people = [
        " ".join(p.first_names + p.middle_names + p.prelast_names + p.last_names + p.lineage_names)
        for p in entry.persons.get("author", [])
    ]
    return re.sub(r"[{}]", "", ", ".join(people))


def published(venue, year):
    """Venue and year; a venue with a year of its own came later than the preprint, of which `year` tells."""
    if venue and year and re.search(r"\b(19|20)\d\d$", venue):
        return "%s; %s" % (year, venue)
    return ", ".join(part for part in (venue, year) if part)


class References(Directive):
    """`:group:` takes the entries whose BibTeX field `keywords` is that word."""

    option_spec = {"group": directives.unchanged_required}
    required_arguments = 1

    def run(self):
        env = self.state.document.settings.env
        relative, path = env.relfn2path(self.arguments[0])
        env.note_dependency(relative)
        env.pages_that_read_others = getattr(env, "pages_that_read_others", set()) | {env.docname}
        pages = {name: Path(env.doc2path(name)) for name in env.found_docs if name != env.docname}
        chosen = [
            (key, entry)
            for key, entry in entries(Path(path)).items()
            if entry.fields["keywords"] == self.options["group"]
        ]
        order = sorted(
            chosen,
            key=lambda item: (
                words(
                    " ".join(item[1].persons["author"][0].last_names) if item[1].persons else item[1].fields["title"]
                ),
                item[1].fields.get("year", ""),
            ),
        )
        return [
            nodes.bullet_list("", *(self.item(env, key, entry, pages) for key, entry in order), classes=["references"])
        ]

    def item(self, env, key, entry, pages):
        fields, (url, shown) = entry.fields, address(entry)
        venue = fields.get("journal") or fields.get("booktitle") or fields.get("publisher") or fields.get("note")
        people = authors(entry)
        line = nodes.paragraph("", people + ". " if people else "")
        line += nodes.emphasis("", re.sub(r"[{}]", "", fields["title"]))
        line += nodes.Text(". %s. " % published(venue, fields.get("year")))
        line += nodes.reference("", shown, refuri=url, internal=False)
        citing = [name for name in sorted(pages) if cites(text_of(pages[name]), entry)]
        where = nodes.inline("", classes=["cited"])
        for number, name in enumerate(citing):
            link = addnodes.pending_xref(
                "",
                nodes.inline("", chapter(name)),
                refdomain="std",
                reftype="doc",
                reftarget="/" + name,
                refexplicit=True,
                refdoc=env.docname,
                refwarn=True,
            )
            where += [nodes.Text(", " if number else ". Cited in: "), link]
        line += [where, nodes.Text(".")]
        return nodes.list_item("", line, ids=["ref-" + key])


def setup(app):
    app.add_directive("references", References)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
