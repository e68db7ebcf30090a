"""Where a reader stands: the place of a lesson in its part, its question and aims, what the next one asks, the page's
name on a phone.
"""

import posixpath
import re
from functools import cache
from html import escape

from environment import ROOT

from sphinx_ext.chapter_map import opening, parts

CASE = re.compile(r"<p>(?=<strong>(?:(?!</?p>).)*\?</strong></p>)", re.S)  # the question of a lesson, alone in bold
GOALS = re.compile(r"<p>After this page you can</p>.*?<p><strong>Before you start:</strong>.*?</p>", re.S)


@cache
def places():
    """Name of a lesson -> (its part, its number there, how many there are)."""
    return {
        name: (caption, number, len(lessons)) for caption, lessons in parts() for number, name in enumerate(lessons, 1)
    }


def question(name):
    return opening(ROOT / f"{name}.ipynb")[1]


def orient(app, pagename, templatename, context, doctree):
    """Say where a lesson stands, below its title, and what the neighbours ask, at the end."""
    known = places()
    if pagename in known and "body" in context:
        caption, number, all_ = known[pagename]
        line = f'<p class="cc-standing-in">{escape(caption)}, chapter {number} of {all_}</p>'
        body = context["body"].replace("</h1>", "</h1>" + line, 1)
        body = CASE.sub('<p class="cc-case">', body, count=1)
        context["body"] = GOALS.sub(lambda found: f'<div class="cc-goals">{found[0]}</div>', body, count=1)
    for side in ("prev", "next"):
        neighbour = context.get(side)
        name = neighbour and docname(pagename, neighbour["link"])
        if name in known:
            asks = f'<span class="cc-neighbour">{escape(question(name))}</span>'
            context[f"{side}_title"] = f"{neighbour['title']}{asks}"


def docname(pagename, link):
    """The page to which a link of the theme leads."""
    path = posixpath.normpath(posixpath.join(posixpath.dirname(pagename), link.partition("#")[0]))
    return path.removesuffix(".html")


def name_on_phones(app, config):
    config.templates_path.append(str(ROOT / "tools/sphinx_ext/templates"))
    config.html_theme_options["article_header_start"] = ["toggle-primary-sidebar.html", "page-title.html"]


def setup(app):
    app.connect("config-inited", name_on_phones, priority=400)
    app.connect("html-page-context", orient)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
