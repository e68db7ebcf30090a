"""HTML, styles and scripts of the book's own parts: files beside the modules that fill them, read on use."""

from importlib.resources import files
from string import Template


def source(package: str, name: str) -> str:
    """Return the text of a file that lies in a package."""
    return files(package).joinpath(name).read_text(encoding="utf-8")


def filled(package: str, name: str, /, **parts: object) -> str:
    """Return such a file with each `$part` replaced; a part that is not given is a `KeyError`."""
    return Template(source(package, name)).substitute(parts)
