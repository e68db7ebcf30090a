"""One style sheet for a page in place of a dozen, which a phone would wait for one after the other.

Rules of the theme and of the notebooks' sheet that no page and no script of the site uses are left out, by PurgeCSS,
where it could be installed; so are comments, but for licences.
"""

import hashlib
import json
import posixpath
import re
import subprocess
from pathlib import Path

import environment
from sphinx.util import logging

logger = logging.getLogger(__name__)
SHEET = re.compile(r'<link\b(?=[^>]*rel="stylesheet")[^>]*href="([^"]*?)_static/([^"?]+\.css)[^"]*"[^>]*>\n?')
IMPORT = re.compile(r'@import (?:url\()?"([^"]+)"\)?;')
URL = re.compile(r"""url\((["']?)(?!data:|https?:|#|/)([^)"']+)\1\)""")
OPTIONS = re.compile(r'<script src="[^"]*documentation_options\.js[^"]*"></script>')
FOLDER = "_static/styles"
COMMENT = re.compile(r"/\*(?!!).*?\*/\s*", re.S)
THEME = ("styles/", "mystnb.")  # most of whose rules no page uses; the other sheets have nothing to spare


def whole(static, name):
    """A style sheet with those that it imports, its addresses as seen from the folder of the joined ones."""
    text = (static / name).read_text(encoding="utf-8").replace('@charset "UTF-8";', "")
    here = posixpath.dirname(posixpath.join("_static", name))

    def imported(match):
        return whole(static, posixpath.relpath(posixpath.normpath(posixpath.join(here, match[1])), "_static"))

    def address(match):
        path = posixpath.relpath(posixpath.normpath(posixpath.join(here, match[2])), FOLDER)
        return f'url("{path}")'

    return IMPORT.sub(imported, URL.sub(address, text))


def without_unused(out, texts):
    """The style sheets without the rules that nothing on the site could use; name -> text."""
    node, purgecss = environment.program("node"), environment.NPM / "node_modules" / "purgecss"
    if node is None or not purgecss.is_dir():
        return texts
    script = Path(__file__).with_name("purge.js")
    asked = json.dumps({"out": out.as_posix(), "texts": texts})
    done = subprocess.run([node, script, purgecss], input=asked, capture_output=True, encoding="utf-8")
    if done.returncode:
        logger.warning("style sheets: %s", done.stderr.strip().splitlines()[-1:], type="sheets")
        return texts
    return json.loads(done.stdout)


def spoken(text):
    """A style sheet without its comments, which only its writers read."""
    return COMMENT.sub("", text)


def join_sheets(app, problem):
    if problem is not None or app.builder.name != "html":
        return
    out = Path(app.outdir)
    options = (out / "_static" / "documentation_options.js").read_text(encoding="utf-8")
    pages, wanted = {}, {}
    for path in sorted(out.rglob("*.html")):
        text = path.read_text(encoding="utf-8")
        names = tuple(name for _, name in SHEET.findall(text))
        if len(names) > 1 and "</head>" in text:
            pages[path] = text, names
            wanted[names] = f"{hashlib.sha256(' '.join(names).encode()).hexdigest()[:8]}.css"
    texts = {name: whole(out / "_static", name) for names in wanted for name in names}
    texts |= without_unused(out, {name: text for name, text in texts.items() if name.startswith(THEME)})
    joined = {file: spoken("\n".join(texts[name] for name in names)) for names, file in wanted.items()}
    for file, text in joined.items():
        (out / FOLDER / file).write_text(text, encoding="utf-8", newline="\n")
    for path, (text, names) in pages.items():
        file, before = wanted[names], SHEET.search(text)[1]
        version = hashlib.sha256(joined[file].encode()).hexdigest()[:8]
        link = f'<link rel="stylesheet" href="{before}{FOLDER}/{file}?v={version}" />\n'
        page = SHEET.sub("", SHEET.sub(lambda _, link=link: link.replace("<link", "<LINK"), text, count=1))
        page = OPTIONS.sub(lambda _: f"<script>{options}</script>", page.replace("<LINK", "<link"))
        path.write_text(page, encoding="utf-8", newline="\n")


def setup(app):
    app.connect("build-finished", join_sheets, priority=980)  # after all that writes style sheets or pages
    return {"parallel_read_safe": True, "parallel_write_safe": True}
