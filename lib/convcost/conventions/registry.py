"""Every convention by its name."""

from ..errors import unknown
from .base import Convention
from .standard import CONVENTIONS


def all_conventions() -> dict[str, Convention]:
    """Return {name: convention}: those of `CONVENTIONS`, then those of the tools."""
    from .tools import TOOLS  # a network is counted without them, and their tables take time to build

    return {**CONVENTIONS, **TOOLS}


def convention(name: str | Convention) -> Convention:
    """Return the convention of that name; a `Convention` is returned as it is."""
    if isinstance(name, Convention):
        return name
    if name in CONVENTIONS:
        return CONVENTIONS[name]
    known = all_conventions()
    if name not in known:
        raise unknown("convention", name, known)
    return known[name]
