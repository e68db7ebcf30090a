"""The whole book as one PDF, with a cover, contents with page numbers, bookmarks and working links: pdf.py OUT.pdf

Puts the built pages into one, which Chromium prints twice: after the first print it is known on which page each
chapter begins. Runs inside the book's environment, on a complete build of the site.
"""

import functools
import http.server
import re
import sys
import threading
from html import escape
from pathlib import Path
from posixpath import dirname, join, normpath

sys.path.insert(0, str(Path(__file__).resolve().parent))  # Python leaves it out under PYTHONSAFEPATH
import pikepdf
from browser import FLAGS, find_chromium
from environment import BUILD, ROOT
from sphinx_ext.skyline import svg
from sphinx_external_toc.parsing import parse_toc_yaml

HTML = BUILD / "html"
SHEET = "_static/paper.html"
# What is nothing without its scripts, or is far too long for paper: it stays on the site.
ON_THE_SITE = {
    "chapters/back/playground",
    "chapters/back/architectures",
    "chapters/back/ledger",
    "chapters/back/api",
}
COVER = ("alexnet", "vgg16", "googlenet", "resnet50", "densenet121", "squeezenet1_0", "mobilenet_v1", "mobilenet_v2")
OWN_STYLE = "cc-"  # ids of live parts, which their style sheets name and no link does
STYLE = Path(__file__).with_name("paper.css")
FIT = Path(__file__).with_name("paper.js")
ARTICLE = re.compile(r'<article class="bd-article"[^>]*>(.*)</article>', re.S)
UNSEEN = re.compile(r"<script\b.*?</script>|<style\b[^>]*>\s*</style>|<noscript>.*?</noscript>", re.S)
TITLE = re.compile(r"<h1>(.*?)(?:<a class=\"headerlink\".*?)?</h1>", re.S)
POINTER = re.compile(r'\b(id|for|headers|aria-labelledby|aria-describedby|aria-controls)="([^"]+)"')
ADDRESS = re.compile(r'\b(href|src|xlink:href)="([^"]*)"')
FOOT = '<div style="font-size: 8px; width: 100%; text-align: center"><span class="pageNumber"></span></div>'
MARGIN = {"top": "18mm", "bottom": "18mm", "left": "17mm", "right": "17mm"}


def parts():
    """The book as (its first page, [(Part, [page, ...]), ...]), as _toc.yml has it, without what stays on the site."""
    site = parse_toc_yaml(ROOT / "_toc.yml")

    def with_sections(name):
        return [
            name,
            *(found for tree in site[name].subtrees for item in tree.items for found in with_sections(str(item))),
        ]

    found = []
    for part in site.root.subtrees:
        names = [name for item in part.items for name in with_sections(str(item))]
        found.append((part.caption, [name for name in names if name not in ON_THE_SITE]))
    return site.root.docname, found


def leaf(name, known, site):
    """A page as a part of the one sheet: its names made unique, its links leading inside the sheet where they can."""
    page = (HTML / f"{name}.html").read_text(encoding="utf-8")
    body = UNSEEN.sub("", ARTICLE.search(page)[1])
    prefix = name.replace("/", "-")

    def point(match):
        parts = (part if part.startswith(OWN_STYLE) else f"{prefix}--{part}" for part in match[2].split())
        return '%s="%s"' % (match[1], " ".join(parts))

    def lead(match):
        attribute, address = match.groups()
        path, _, anchor = address.partition("#")
        if "://" in address or address.startswith(("mailto:", "data:")):
            return match[0]
        target = normpath(join(dirname(name), path)) if path else f"{name}.html"
        if attribute == "href" and target.endswith(".html"):
            page = target.removesuffix(".html")
            if page in known:
                place = page.replace("/", "-")
                return f'href="#{place}--{anchor}"' if anchor else f'href="#{place}"'
            return f'href="{site}{target}{"#" + anchor if anchor else ""}"'
        if attribute == "href" and path:
            return f'href="{site}{target}"'
        return f'{attribute}="/{target}"' if path else f'{attribute}="#{prefix}--{anchor}"'

    body = re.sub(r"url\(#([^)]+)\)", rf"url(#{prefix}--\1)", ADDRESS.sub(lead, POINTER.sub(point, body)))
    return f'<section class="cc-leaf" id="{prefix}">{body}</section>'


def title(name):
    page = (HTML / f"{name}.html").read_text(encoding="utf-8")
    return " ".join(re.sub(r"<[^>]*>", "", TITLE.search(page)[1]).split())


def contents(book, pages):
    """The table of contents; pages: prefix of a page -> number of the sheet where it begins."""
    lines = []
    for caption, names in book:
        lines.append(f"<h2>{escape(caption)}</h2><ol>")
        for name in names:
            prefix = name.replace("/", "-")
            lines.append(
                f'<li><a href="#{prefix}"><span>{title(name)}</span><span>{pages.get(prefix, "000")}</span></a></li>'
            )
        lines.append("</ol>")
    return "".join(lines)


def sheet(book, root, pages, leaves):
    """The HTML of the whole book."""
    page = (HTML / f"{root}.html").read_text(encoding="utf-8")
    styles = "".join(re.findall(r'<link rel="stylesheet"[^>]*>|<link [^>]*rel="stylesheet"[^>]*>', page))
    styles = re.sub(r'href="(?!/|https?:)', 'href="/', styles)
    name = re.search(r'<meta property="og:site_name" content="([^"]*)"', page)[1]
    shown = "".join(f"<figure>{svg(network, 300, 40)}</figure>" for network in COVER)
    lead = re.search(r'<meta name="description" content="([^"]*)"', page)[1]
    left = ", ".join(title(name) for name in sorted(ON_THE_SITE) if (HTML / f"{name}.html").is_file())
    return (
        f'<!doctype html><html lang="en" data-theme="light"><head><meta charset="utf-8"><title>{name}</title>{styles}'
        f'<style>{STYLE.read_text(encoding="utf-8")}</style></head><body><main class="bd-main bd-article">'
        f'<section class="cc-front"><h1>{name}</h1><p>{lead}</p>{shown}</section>'
        f'<nav class="cc-contents"><h1>Contents</h1>{contents(book, pages)}'
        f"<p>On the site only: {escape(left)}.</p></nav>{leaves}</main></body></html>"
    )


def print_to(path, browser, address):
    page = browser.new_page(color_scheme="light", viewport={"width": 665, "height": 1000})
    page.emulate_media(media="print")
    page.goto(address, wait_until="load", timeout=180_000)
    page.evaluate(FIT.read_text(encoding="utf-8"))
    page.pdf(
        path=path,
        outline=True,
        tagged=True,
        print_background=True,
        prefer_css_page_size=True,
        format="A4",
        margin=MARGIN,
        display_header_footer=True,
        header_template="<span></span>",
        footer_template=FOOT,
    )
    page.close()


def beginnings(path, prefixes):
    """prefix of a page -> number of the sheet where it begins, as the links of the contents lead."""
    with pikepdf.open(path) as pdf:
        numbers = {sheet.objgen: number for number, sheet in enumerate(pdf.pages, 1)}
        places = {name.removeprefix("/"): place[0].objgen for name, place in pdf.Root.Dests.items()}
        return {prefix: numbers[places[prefix]] for prefix in prefixes if prefix in places}


def pack(path):
    """Write the file smaller by half: Chromium leaves its many small objects as they are."""
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.save(path, object_stream_mode=pikepdf.ObjectStreamMode.generate)


def make(path):
    """Print the book; returns the pages for which the contents name no sheet, or a wrong one."""
    from playwright.sync_api import sync_playwright

    root, book = parts()
    names = [root, *(name for _, names in book for name in names)]
    index = (HTML / f"{root}.html").read_text(encoding="utf-8")
    site = re.search(r'<link rel="canonical" href="([^"]*)"', index)[1].rsplit("/", 1)[0] + "/"
    leaves = "".join(leaf(name, set(names), site) for name in names)
    prefixes = [name.replace("/", "-") for name in names]

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    handler = functools.partial(Quiet, directory=str(HTML))
    file = HTML / SHEET
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server, sync_playwright() as playwright:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        pages = {}
        try:
            for _ in range(2):
                named = pages
                file.write_text(sheet(book, root, named, leaves), encoding="utf-8")
                print_to(path, browser, "http://127.0.0.1:%d/%s" % (server.server_port, SHEET))
                pages = beginnings(path, prefixes)
        finally:
            file.unlink(missing_ok=True)
            browser.close()
            server.shutdown()
    pack(path)
    return [p for p in prefixes if p != root and named.get(p) != pages.get(p, "nowhere")]


if __name__ == "__main__":
    lost = make(sys.argv[1])
    for name in lost:
        print("the contents name a wrong page, or none, for %s" % name, file=sys.stderr)
    sys.exit(bool(lost))
