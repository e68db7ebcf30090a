"""What the theme leaves open on every page: addresses, a description, names that a screen reader reads."""

import hashlib
import html
import posixpath
import re
import shutil
import textwrap
from pathlib import Path
from urllib.parse import urlsplit

import rehome
import setup_cell
from docutils import nodes

from sphinx_ext import cover, orientation, previews

# The theme's labels hide what stands on the button, its sidebar is no landmark, its scroll spy misses its list.
LABELS = [
    (r'(<button class="btn search-button-field[^>]*?) aria-label="[^"]*"', r"\1"),
    (r'<summary aria-label="[^"]*">', "<summary>"),
    (r'<summary>(<span class="toctree-toggle")', r'<summary aria-label="Pages below it">\1'),
    (r'<div id="pst-primary-sidebar"(?! role)', r'\g<0> role="region" aria-label="Chapters"'),
    (r'<th(?: scope="col")? class="head"><p></p></th>', "<td></td>"),  # a corner heads nothing
    (r'data-bs-target="\.bd-toc-nav"', 'data-bs-target="#pst-page-toc-nav"'),  # no such class: every link was watched
    (r"<div class=[\"']cc-scroll[\"'](?! tabindex)", r'\g<0> tabindex="0"'),
]


def set_addresses(app, config):
    """The repository's address stands in pyproject.toml alone; buttons and links come from it."""
    url = setup_cell.repository()
    config.html_theme_options.update(
        repository_url=url, repository_branch="main", use_repository_button=True, use_issues_button=True
    )
    config.html_baseurl = "https://%s/" % rehome.site(*rehome.parse(url))
    config.notfound_urls_prefix = urlsplit(config.html_baseurl).path  # that page may stand in for one of any folder


def stay_here(app, doctree):
    """A notebook links to the site, since a relative link leads nowhere in Colab; on the site it stays in this copy."""
    site, folder = app.config.html_baseurl, posixpath.dirname(app.env.docname)
    for link in doctree.findall(nodes.reference):
        if link.get("refuri", "").startswith((site + "chapters/", site + "exercises/")):
            link["refuri"] = posixpath.relpath(link["refuri"].removeprefix(site), folder)


def stay_here_in_outputs(app, pagename, templatename, context, doctree):
    """The same for what cells have shown, such as the answer of a check."""
    root = posixpath.relpath(".", posixpath.dirname(pagename) or ".")
    for folder in ("chapters", "exercises"):
        away, here = f'href="{app.config.html_baseurl}{folder}/', f'href="{root}/{folder}/'
        context["body"] = (context.get("body") or "").replace(away, here)


def describe(app, pagename, templatename, context, doctree):
    """A description for search engines and shared links: the page's first paragraph, or the book's own."""
    text = context["description"]
    if doctree is not None and pagename != app.config.root_doc:
        paragraphs = (p for p in doctree.findall(nodes.paragraph) if isinstance(p.parent, nodes.section))
        first = next(paragraphs, None)
        if first is not None and not list(first.findall(nodes.math)):  # no raw LaTeX
            text = first.astext()
    text = textwrap.shorten(text, 300, placeholder=" ...")
    picture, alt = cover.COVER, "Eleven networks by parameters and multiply-accumulates, both logarithmic"
    if pagename in orientation.places():
        picture, alt = previews.preview(pagename), orientation.question(pagename)
    tags = {
        "og:title": context.get("title") or app.config.html_title,
        "og:type": "website",
        "og:site_name": app.config.html_title,
        "og:url": context.get("pageurl"),
        "og:description": text,
        "og:image": app.config.html_baseurl + picture,
        "og:image:width": "1200",
        "og:image:height": "630",
        "og:image:alt": alt,
    }
    rows = [
        ("name", "description", text),
        ("name", "twitter:card", "summary_large_image"),
        *(("property", *tag) for tag in tags.items() if tag[1]),
    ]
    context["metatags"] = context.get("metatags", "") + "".join(
        '<meta %s="%s" content="%s" />\n' % (kind, name, html.escape(re.sub("<[^>]*>", "", value)))
        for kind, name, value in rows
    )


def drop_unused(app, pagename, templatename, context, doctree):
    """sphinx-thebe's script is loaded even when it is off, and fails; others are loaded where nothing needs them."""
    body = context.get("body") or ""
    unused = ["thebe", "THEBE"]
    unused += ["sphinx-design", "design-tabs"] if 'class="sd-' not in body else []
    unused += ["togglebutton", "toggleHintShow"] if "toggle" not in body else []

    def needed(file):
        text = f"{getattr(file, 'filename', '') or ''} {getattr(file, 'attributes', {}).get('body', '')}"
        return not any(name in text for name in unused)

    context["script_files"] = [script for script in context["script_files"] if needed(script)]
    context["css_files"] = [style for style in context["css_files"] if needed(style)]


def launch_notebooks_alone(app, pagename, templatename, context, doctree):
    """A page written in Markdown runs its cells as well, but Colab cannot open it, and Binder shows its source."""
    if Path(app.env.doc2path(pagename)).suffix != ".ipynb":
        buttons = context.get("header_buttons") or []
        context["header_buttons"] = [b for b in buttons if b.get("label") != "launch-buttons"]


def outdated(app, env, added, changed, removed):
    """The pages whose text is another one, whatever the clock of their file says, and those that read them."""
    old = getattr(env, "page_digests", {})
    env.page_digests = {
        name: hashlib.sha256(Path(env.doc2path(name)).read_bytes()).hexdigest() for name in env.found_docs
    }
    new = [name for name, digest in env.page_digests.items() if old.get(name) != digest]
    return new + [name for name in getattr(env, "pages_that_read_others", ()) if new and name in env.found_docs]


def finish(app, problem):
    if problem is not None or app.builder.name != "html":
        return
    for path in Path(app.outdir).rglob("*.html"):
        page = path.read_text(encoding="utf-8")
        for pattern, replacement in LABELS:
            page = re.sub(pattern, replacement, page)
        path.write_text(page, encoding="utf-8", newline="\n")
    first = Path(app.outdir) / (app.config.root_doc + ".html")  # the site's address shows it without a detour
    shutil.copy(first, first.with_name("index.html"))


def setup(app):
    app.connect("config-inited", set_addresses, priority=400)
    app.connect("env-get-outdated", outdated)
    app.connect("doctree-read", stay_here)
    app.connect("html-page-context", drop_unused, priority=900)
    app.connect("html-page-context", describe, priority=900)
    app.connect("html-page-context", stay_here_in_outputs, priority=850)
    app.connect("html-page-context", launch_notebooks_alone, priority=900)
    app.connect("build-finished", finish, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
