"""Move the book to another repository: rehome.py https://github.com/OWNER/NAME

Writes the new address wherever the old one stands: set-up cells, Colab and Binder links, the site's address, the
README, CITATION. pyproject.toml holds the address and is written last: a run that was cut short can be repeated.
"""

import fnmatch
import os
import re
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))  # Python leaves it out under PYTHONSAFEPATH

import setup_cell
from environment import ROOT, say

ADDRESS = re.compile(
    r"(?:(?:https?://)?(?:www\.)?github\.com/|(?:ssh://)?git@github\.com[:/])"
    r"([a-z0-9][\w-]*)/([\w.-]+?)(?:\.git)?/?",
    re.ASCII | re.IGNORECASE,
)
LAST = "pyproject.toml"
BESIDE = ".rehome"  # ends the name of a file that is about to take another's place
# What stands before OWNER/NAME in a link or a command. A bare OWNER/NAME may be a path of the book: it stays.
HOSTS = (
    r"github\.com[:/]|github\.com/repos/|githubusercontent\.com/|(?:ghcr\.io|github\.dev|codespaces\.new)/"
    r"|/github/|/gh/|\b(?:gh|github):|shields\.io/github/[\w./-]+/|\bgh repo (?:clone|fork) "
)
END = r"(?=\.git(?![\w-])|(?![\w-]|\.[\w-]))"  # of a name: `book` ends in `book.`, not in `book-2` or `book.old`
FAR = 300  # characters between `git clone` and the `cd` that belongs to it


def parse(address):
    """(owner, name) of a repository on GitHub; None if that is no address of one."""
    match = ADDRESS.fullmatch(address)
    return match.groups() if match and match.group(2) not in (".", "..") else None


def site(owner, name):
    """Where Pages shows the repository, without https://; one named like the owner's site is that site."""
    host = "%s.github.io" % owner.lower()
    return host if name.lower() == host else "%s/%s" % (host, name)


def rules(old, new):
    """For every way of writing the address: what stands before, the old text, what must follow, the new text."""
    (owner, name), pair = old, "/".join(old)
    host, alone = "%s.github.io" % owner.lower(), r"(?<![\w.-])"
    yield r"git clone [^\n]*%s%s.*\bcd " % (re.escape(pair), END), name, "", new[1]
    yield "(?:%s)" % HOSTS, pair, "", "/".join(new)
    yield alone, site(*old), "", site(*new)
    yield alone, host, r"(?!/\w)", "%s.github.io" % new[0].lower()
    yield r"github\.com/", owner, r"(?!/[\w.])", new[0]


def rewritten(text, old, new):
    """The text with every form of the old address replaced, in lower case where it was: registries want that."""
    for before, was, after, becomes in rules(old, new):
        before = re.compile(before + r"\Z", re.DOTALL | re.IGNORECASE)

        def replace(match):
            if not before.search(match.string[max(0, match.start() - FAR) : match.start()]):
                return match[0]
            return becomes if match[0] == was else becomes.lower()

        text = re.sub(re.escape(was) + END + after, replace, text, flags=re.IGNORECASE)
    return text


def ignored(folder):
    """A function of a path in the folder: is it named by .gitignore? Reads what one needs there, without `!`."""
    file = folder / ".gitignore"
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    patterns = [line.strip() for line in lines if line.strip() and line[0] not in "#!"]

    def named(path):
        inside = path.relative_to(folder).as_posix()
        return any(
            fnmatch.fnmatch(inside if "/" in p.rstrip("/") else path.name, p.strip("/"))
            for p in patterns
            if path.is_dir() or not p.endswith("/")
        )

    return named


def files(folder):
    """Every file of the checkout or of an unpacked archive, whether or not git is there."""
    named = ignored(folder)
    for where, folders, names in os.walk(folder):
        here = Path(where)
        folders[:] = sorted(
            f for f in folders if f != ".git" and not named(here / f) and not (here / f / "pyvenv.cfg").is_file()
        )
        yield from (
            here / n for n in sorted(names) if n != ".git" and not (here / n).is_symlink() and not named(here / n)
        )


def rehome(old, new, folder):
    """Rewrite every text file of the folder; returns those that changed. All are written beside, then replaced."""
    old, new, waiting = parse(old), parse(new), []
    for path in files(folder):
        if path.name.endswith(BESIDE):
            path.unlink()  # of a run that was cut short
    try:
        for path in list(files(folder)):
            content = path.read_bytes()
            try:
                written = rewritten(content.decode("utf-8"), old, new).encode("utf-8")
            except UnicodeDecodeError:
                continue  # a picture
            if written != content:
                beside = path.with_name(path.name + BESIDE)
                waiting.append((beside, path))
                beside.write_bytes(written)
                shutil.copymode(path, beside)
        waiting.sort(key=lambda pair: pair[1] == folder / LAST)
        for beside, path in waiting:
            os.replace(beside, path)
    finally:
        for beside, _ in waiting:
            beside.unlink(missing_ok=True)
    return sorted(path.relative_to(folder).as_posix() for _, path in waiting)


def main(arguments):
    old, new = setup_cell.repository(), parse(arguments[0]) if len(arguments) == 1 else None
    if new is None or parse(old) is None:
        give, names = "give the new address, https://github.com/OWNER/NAME", "pyproject.toml names %s" % old
        print("rehome: " + (give if new is None else names), file=sys.stderr)
        return 2
    try:
        changed = rehome(old, "https://github.com/%s/%s" % new, ROOT)
    except OSError as error:
        print("rehome: %s" % error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("rehome: interrupted; nothing is lost, and the same command goes on", file=sys.stderr)
        return 130
    say("%d files changed; the book's address is %s" % (len(changed), setup_cell.repository()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
