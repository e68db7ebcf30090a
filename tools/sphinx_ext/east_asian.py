"""Chinese and Korean: a `lang` for every word, and glyphs for a machine without such fonts.

The glyphs are Noto's for the characters in use, cut at build time. The fonts come from npm, by `environment.py`;
without them the pages look for a font on the reader's machine.
"""

import hashlib
import html
import re
import shutil
from pathlib import Path

import environment

from sphinx_ext import font

FONTS = {  # family -> (file of npm, characters, as code points)
    "Book Chinese": ("@embedpdf/fonts-sc/fonts/NotoSansHans-Regular.otf", "\u3000-\u303f\u4e00-\u9fff\uff00-\uffef"),
    "Book Korean": ("@embedpdf/fonts-kr/fonts/NotoSansKR-Regular.otf", "\uac00-\ud7af"),
}
RULE = (
    '@font-face {{ font-family: "{family}"; src: url("{file}") format("woff2"); unicode-range: {ranges}; '
    "font-display: swap; }}\n"
)
STACK = "html:root {{ --pst-font-family-base: {families}, var(--pst-font-family-base-system); }}\n"
STYLE = "east.css"
# What is no text of a page, or may hold no element; then every tag.
TAGS = re.compile(r"(<(script|style|title|textarea|select|svg|math)\b.*?</\2>|<[^>]*>)", re.S)
LANGUAGES = {
    "ko": "[\uac00-\ud7af][\uac00-\ud7af ]*",
    "zh-Hans": "[\u4e00-\u9fff][\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]*",
}


def source(file):
    """The font of npm, or None."""
    path = environment.NPM / "node_modules" / file
    return path if path.is_file() else None


def ranges(characters):
    """Ranges of characters as CSS writes them."""
    return ", ".join("U+%X-%X" % (ord(first), ord(last)) for first, last in re.findall("(.)-(.)", characters))


def file_of(family):
    return family.lower().replace(" ", "-") + ".woff2"


def style():
    known = [family for family, (file, _) in FONTS.items() if source(file)]
    rules = [RULE.format(family=f, file=file_of(f), ranges=ranges(FONTS[f][1])) for f in known]
    return "".join([*rules, STACK.format(families=", ".join(f'"{f}"' for f in known)) if known else ""])


def with_languages(page):
    """Return a page whose Chinese and Korean words say what they are, where the element around them does not."""
    if not re.search("|".join(LANGUAGES.values()), page):
        return page
    parts, tag = [], ""
    for number, part in enumerate(TAGS.split(page)):  # text, tag, its name, text, ...
        if number % 3 == 1:
            tag = part
        elif number % 3 == 0 and " lang=" not in tag:
            for language, words in LANGUAGES.items():
                part = re.sub(words, lambda found, code=language: _span(code, found[0]), part)
        parts.append(part if number % 3 != 2 else "")
    return "".join(parts)


def _span(language, words):
    end = len(words.rstrip())
    return f'<span lang="{language}">{words[:end]}</span>{words[end:]}'


def load(app):
    if app.builder.format == "html" and style():
        app.add_css_file(STYLE)


def finish(app, problem):
    """Cut the fonts to the characters of all pages, the search's terms among them."""
    if problem is not None or app.builder.format != "html":
        return
    static, pages = Path(app.outdir) / "_static", list(Path(app.outdir).rglob("*.html"))
    for page in pages:
        text = page.read_text(encoding="utf-8")
        if (told := with_languages(text)) != text:
            page.write_text(told, encoding="utf-8", newline="\n")
    if not style():
        return
    pages += static.rglob("*.json")
    used = set(html.unescape("".join(page.read_text(encoding="utf-8") for page in pages)))
    for family, (file, characters) in FONTS.items():
        if source(file):
            wanted = sorted(ord(c) for c in used if re.match(f"[{characters}]", c))
            shutil.copyfile(cut(source(file), wanted), static / file_of(family))
    (static / STYLE).write_text(style(), encoding="utf-8")


def cut(path, wanted):
    """Return a font cut to these code points, made once."""
    key = hashlib.sha256(f"{path.name} {wanted}".encode()).hexdigest()[:16]
    target = environment.BUILD / "fonts" / f"{key}.woff2"
    if not target.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        font.cut(path, target, wanted)
    return target


def setup(app):
    app.connect("builder-inited", load)
    app.connect("build-finished", finish, priority=970)  # after what writes text for scripts
    return {"parallel_read_safe": True, "parallel_write_safe": True}
