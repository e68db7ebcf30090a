"""Calling a student's function: the same in the sandbox and in the student's own notebook."""

from collections.abc import Callable

LONGEST = 300  # characters of an error's text
TOO_LONG = "took too long"  # how a call is reported that had to be stopped


def call(thing: Callable[..., object], args: list, kwargs: dict[str, object]) -> object:
    """Call with optional arguments by name, or by place where the function has other names for them."""
    try:
        return thing(*args, **kwargs)
    except TypeError as error:
        inside = error.__traceback__.tb_next
        if not kwargs or inside is not None:
            raise
    return thing(*args, *kwargs.values())


def one_line(error: BaseException) -> str:
    """Return an exception in one line."""
    text = " ".join(str(error).split())[:LONGEST]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
