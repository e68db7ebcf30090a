"""Calling a student's function: the same in the sandbox and in the student's own notebook."""


def call(thing, args, kwargs):
    """Call with optional arguments by name, or by place where the function has other names for them."""
    try:
        return thing(*args, **kwargs)
    except TypeError as error:
        inside = error.__traceback__.tb_next
        if not kwargs or inside is not None:
            raise
    return thing(*args, *kwargs.values())
