"""What a build is made from, as hashes: equal hashes mean that nothing has to be done again."""

import hashlib
import json
import re

import environment
from environment import BUILD, ROOT

SKIP = {"__pycache__", ".ipynb_checkpoints", ".ruff_cache"}
RESULTS = ("lib", "constraints.txt", "requirements.in")  # what the numbers in the notebooks depend on
FRAME = ("tools", "_static", "_config.yml", "_toc.yml", "pyproject.toml")  # what every page shows
PAGES = ("intro.md", "chapters")
FILE = BUILD / "made-from.json"
TITLE = re.compile(r'^\s*(?:"|source": \["?)?# .*', re.M)


def files(*names):
    """Every file under the named files and folders, in a fixed order."""
    found = []
    for name in names:
        path = ROOT / name
        found += path.rglob("*") if path.is_dir() else [path]
    return sorted(p for p in found if p.is_file() and not SKIP & set(p.parts) and ".egg-info" not in str(p))


def notebooks(*folders):
    return [p for p in files(*folders) if p.suffix == ".ipynb" and not p.name.startswith(".")]


def digest(paths, salt=""):
    total = hashlib.sha256(salt.encode())
    for path in paths:
        content = path.read_bytes()
        total.update(b"%s %d\n" % (path.relative_to(ROOT).as_posix().encode(), len(content)))
        total.update(content)
    return total.hexdigest()


def results():
    """When it changes every notebook runs again."""
    data = [p for p in files("chapters") if p.suffix not in (".ipynb", ".md", ".bib")]  # a notebook may read it
    return digest(files(*RESULTS) + data, environment.stamp())


def titles():
    """The first heading of every page: menus and links to the next page name it."""
    found = []
    for path in files(*PAGES):
        if path.suffix in (".md", ".ipynb"):
            title = TITLE.search(path.read_text(encoding="utf-8"))
            found.append("%s: %s" % (path.relative_to(ROOT).as_posix(), title and title[0].strip()))
    return "\n".join(found)


def current():
    """`results`, `frame`: when one changes every page is written again; `pages`: when it changes, those that did."""
    return {
        "results": results(),
        "frame": digest(files(*FRAME), "formulas by %s\n%s" % (environment.temml(), titles())),
        "pages": digest(files(*PAGES)),
    }


def saved():
    """What the last build was made from, {} if there was none."""
    try:
        return json.loads(FILE.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}


def save(keys, complete=False):
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(json.dumps(keys | {"complete": complete}), encoding="utf-8")


def built_from_this():
    """Is there a complete build of exactly these sources?"""
    return saved() == current() | {"complete": True}
