"""Calling a student's function: the same in the sandbox and in the student's own notebook."""

from collections.abc import Callable, Sequence

LONGEST = 300  # characters of an error's text
TOO_LONG = "took too long"  # how a call is reported that had to be stopped
ANY_NUMBER = 0x04 | 0x08  # flags of code that takes *args, **options


def call(thing: Callable[..., object], args: list, kwargs: dict[str, object], names: Sequence[str] = ()) -> object:
    """Call a student's function, whatever it calls its arguments; in another order if they have the exercise's names.

    args, kwargs: required arguments in the exercise's order, and those optional ones that are given by name; names:
    what the exercise calls all of them, required ones first.
    """
    given = dict(zip(names, args)) | kwargs
    own = _parameters(thing)
    if own is not None and len(given) == len(args) + len(kwargs):
        theirs = dict(zip(own, own)) if set(own) <= set(names) else dict(zip(names, own))
        if set(given) <= set(theirs):
            return thing(**{theirs[name]: value for name, value in given.items()})
    return thing(*args, **kwargs)


def _parameters(thing):
    """Return the names of a plain function's arguments, or None if it is none, or takes any number of them."""
    code = getattr(thing, "__code__", None)
    if code is None or hasattr(thing, "__self__") or code.co_flags & ANY_NUMBER or code.co_posonlyargcount:
        return None
    return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]


def one_line(error: BaseException) -> str:
    """Return an exception in one line."""
    text = " ".join(str(error).split())[:LONGEST]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
