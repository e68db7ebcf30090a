"""What a build is made from, as hashes: equal hashes mean that nothing has to be done again."""
import hashlib
import json

import environment
from environment import BUILD, ROOT

SKIP = {"__pycache__", ".ipynb_checkpoints"}
RESULTS = ("lib", "constraints.txt", "requirements.in")  # what the numbers in the notebooks depend on
PAGES = ("intro.md", "chapters", "tools", "_static", "_config.yml", "_toc.yml", "references.bib",
         "pyproject.toml")
FILE = BUILD / "made-from.json"


def files(*names):
    """Every file under the named files and folders, in a fixed order."""
    found = []
    for name in names:
        path = ROOT / name
        found += path.rglob("*") if path.is_dir() else [path]
    return sorted(p for p in found if p.is_file() and not SKIP & set(p.parts) and ".egg-info" not in str(p))


def notebooks(*folders):
    return [p for p in files(*folders) if p.suffix == ".ipynb"]


def digest(paths, salt=""):
    total = hashlib.sha256(salt.encode())
    for path in paths:
        content = path.read_bytes()
        total.update(b"%s %d\n" % (path.relative_to(ROOT).as_posix().encode(), len(content)))
        total.update(content)
    return total.hexdigest()


def current():
    """`results`: when it changes every notebook runs again; `pages`: every page is written again."""
    data = [p for p in files("chapters") if p.suffix not in (".ipynb", ".md")]  # a notebook may read it
    return {
        "results": digest(files(*RESULTS) + data, environment.stamp()),
        "pages": digest(files(*PAGES), "formulas by %s" % environment.temml()),
    }


def saved():
    """What the last build was made from, {} if there was none."""
    return json.loads(FILE.read_text(encoding="utf-8")) if FILE.is_file() else {}


def save(keys, complete=False):
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(json.dumps(keys | {"complete": complete}), encoding="utf-8")


def built_from_this():
    """Is there a complete build of exactly these sources?"""
    return saved() == current() | {"complete": True}
