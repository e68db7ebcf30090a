"""The one error that bad input gives: a single line that says what was wrong and what is allowed."""

from collections.abc import Iterable


class ConvcostError(ValueError):
    """Bad input: a shape that does not fit, an option that does not exist, a name that is not known."""


MOST_LISTED = 100  # names that one line of an error can hold


def unknown(what: str, name: object, known: Iterable[object]) -> ConvcostError:
    """Return the error for a name that does not exist, naming the nearest that does.

    what: the kind of thing ("model", "option of vgg16"); name: as given; known: the names that exist.
    """
    from difflib import get_close_matches

    known = [str(k) for k in known]
    near = get_close_matches(str(name), known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}? " if near else ""
    listed = ", ".join(known[:MOST_LISTED]) or "none"
    more = f", ... ({len(known):,} in all)" if len(known) > MOST_LISTED else ""
    return ConvcostError(f"unknown {what} {name!r}: {hint}allowed: {listed}{more}")
