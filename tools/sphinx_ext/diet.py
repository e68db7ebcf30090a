"""Lighter pages: the theme loads every icon there is twice, as a script of 1.5 MB and as fonts.

The script goes; the fonts and their style sheet keep the icons that the site uses; no script blocks the page. And a
page has the reader's colours at once: the theme would paint it light, and again when its scripts have come.
"""

import re
from pathlib import Path

from sphinx_ext import font

ICON_RULE = re.compile(r'((?:\.fa-[\w-]+:before,?)+)\{content:"(\\[0-9a-f]+ ?|[^"]*)"\}')
PRIVATE = re.compile(r"[\ue000-\uf8ff]|\\[ef][0-9a-f]{3}(?![0-9a-f])")  # an icon, as itself or escaped
LATE = 'document.documentElement.dataset.theme = localStorage.getItem("theme") || "auto";'
AT_ONCE = """document.documentElement.dataset.theme =
      {light: "light", dark: "dark"}[document.documentElement.dataset.mode]
      || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");"""
BLOCKING = re.compile(r"<script (?=[^>]*src=)(?![^>]*(?:defer|async|documentation_options))")


def finish(app, problem):
    if problem is not None or app.builder.name != "html":
        return
    out = Path(app.outdir)
    static = out / "_static"
    (static / "scripts" / "fontawesome.js").unlink(missing_ok=True)
    for path in static.rglob("*.map"):
        path.unlink()
    for path in out.rglob("*.html"):
        page = path.read_text(encoding="utf-8")
        page = page.replace(LATE, AT_ONCE)
        page = re.sub(r"<script [^>]*fontawesome\.js[^>]*></script>", "", page)
        if path.name != "search.html":  # its own inline script needs the others
            page = BLOCKING.sub("<script defer ", page)
        path.write_text(page, encoding="utf-8", newline="\n")
    cut_icons(out, static)


def cut_icons(out, static):
    """Keep of the icon fonts and their style sheet what some page or script of the site names."""
    users = [p for kind in ("*.html", "*.js") for p in out.rglob(kind)]
    names = {name for p in users for name in re.findall(r"\bfa-[\w-]+", p.read_text(encoding="utf-8"))}
    keep = set()

    def choose(rule):
        if names.isdisjoint(re.findall(r"fa-[\w-]+", rule[1])):
            return ""
        keep.add(rule[2])
        return rule[0]

    theme = static / "styles" / "pydata-sphinx-theme.css"
    theme.write_text(ICON_RULE.sub(choose, theme.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
    for path in static.rglob("*.css"):
        keep.update(PRIVATE.findall(path.read_text(encoding="utf-8")))
    codes = {int(c.strip("\\ "), 16) if c.startswith("\\") else ord(c) for c in keep if c}
    for path in (static / "vendor" / "fontawesome" / "webfonts").iterdir():
        if path.suffix == ".woff2":
            font.cut(path, path, codes)
        else:
            path.unlink()


def setup(app):
    app.connect("build-finished", finish, priority=800)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
