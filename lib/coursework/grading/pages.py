"""The frame of the HTML pages that this package writes: no script, nothing fetched, texts escaped."""

from html import escape
from importlib.resources import files
from string import Template


def page(title: str, body: str) -> str:
    """Return a whole page; `body` is HTML, `title` is not."""
    frame = Template(files(__package__).joinpath("page.html").read_text(encoding="utf-8"))
    return frame.substitute(title=text(title), body=body)


def text(value: object) -> str:
    """Return a text of unknown origin as harmless HTML."""
    return escape("".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in str(value)))


def points(value: float | None) -> str:
    """Return points as people write them: 3, 2.5, or a dash where there are none yet."""
    return "–" if value is None else f"{value:g}"
