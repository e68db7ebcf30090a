"""Links within a built site that lead nowhere. A page that did not change may lead to one that did."""

import html
import re
from urllib.parse import unquote, urldefrag

ELSEWHERE = "404.html"  # stands in for a page of any folder: its links are those of the published site
ID = re.compile(r'<[^<>]*?\b(?:id|name)="([^"]+)"')
LINK = re.compile(r'<a\b[^<>]*?\bhref="([^"]*)"')
SCRIPT = re.compile(r"<(script|textarea)\b.*?</\1>", re.S)


def broken(folder):
    """One line for each link of a page that names a page, a file or a place which is not there."""
    pages = {
        path.relative_to(folder).as_posix(): SCRIPT.sub("", path.read_text(encoding="utf-8"))
        for path in sorted(folder.rglob("*.html"))
        if "_static" not in path.parts and path.name != ELSEWHERE
    }
    ids = {name: {html.unescape(id) for id in ID.findall(text)} for name, text in pages.items()}
    lost = []
    for name, text in pages.items():
        for link in sorted({html.unescape(link) for link in LINK.findall(text)}):
            if not re.match(r"[a-z]+:|//", link) and not stands(folder, ids, name, link):
                lost.append("%s: %s" % (name, link))
    return lost


def stands(folder, ids, name, link):
    address, place = urldefrag(link)
    target = (folder / name).parent / unquote(address.split("?")[0]) if address else folder / name
    if target.is_dir():
        target = target / "index.html"
    target = target.resolve()
    if not target.is_relative_to(folder.resolve()) or not target.is_file():
        return False
    known = ids.get(target.relative_to(folder.resolve()).as_posix())
    return known is None or place in ("", "top") or unquote(place) in known
