"""What classes and their code share, out of the way for the time of a run.

A class may keep a cache for all of its instances, and its methods may write into a dictionary of their file. For
the run, such attributes and methods give way to stand-ins; afterwards the class has its own again.
"""

import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from convcost.extras import torch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .stand_in import StandIns

SKIPPED = {"torch", "numpy", *sys.stdlib_module_names} - {"__main__"}

GLOBAL_HOOKS = [
    hooks
    for name, hooks in vars(torch.nn.modules.module).items()
    if name.startswith("_global_") and isinstance(hooks, dict) and "forward" in name
]


@contextmanager
def class_state(all: "StandIns") -> Iterator[None]:
    """The classes of all objects met so far, and the hooks for all modules, use stand-ins of what they share."""
    classes = {base for cls in all.classes for base in cls.__mro__ if not is_known(base)}
    before = [(cls, dict(vars(cls))) for cls in classes]
    hooks_before = [(hooks, dict(hooks)) for hooks in GLOBAL_HOOKS]
    try:
        used = _used(classes)
        for cls, attributes in before:
            for name in used & set(attributes):
                new = _stand_in(all, attributes[name])
                if new is not attributes[name]:
                    with suppress(AttributeError, TypeError):  # a class that may not be changed shares nothing
                        setattr(cls, name, new)
        for hooks, own in hooks_before:
            hooks.update({key: all.of(hook) for key, hook in own.items()})
        yield
    finally:
        for hooks, own in hooks_before:
            hooks.clear()
            hooks.update(own)
        for cls, attributes in before:
            _restore(cls, attributes)


def _restore(cls, attributes):
    """Give a class back what it had, and take what it has got."""
    now = dict(vars(cls))
    for name, value in attributes.items():
        if now.get(name) is not value:
            with suppress(AttributeError, TypeError):
                setattr(cls, name, value)
    for name in now.keys() - attributes.keys():
        if not name.startswith("__"):
            delattr(cls, name)


def is_known(cls: type) -> bool:
    """Whether a class comes with Python, torch or NumPy, which keep nothing of a run."""
    return cls.__module__.partition(".")[0] in SKIPPED


def _used(classes):
    """Return the names that code may use, beginning with `forward`."""
    used, todo = set(), ["forward", "__call__", "__getattr__", "train", "eval"]
    while todo:
        name = todo.pop()
        if name in used:
            continue
        used.add(name)
        for cls in classes:
            codes = [f.__code__ for f in _functions(vars(cls).get(name))]
            while codes:
                code = codes.pop()
                todo += code.co_names
                codes += [c for c in code.co_consts if isinstance(c, types.CodeType)]
    return used


def _functions(x):
    if isinstance(x, (staticmethod, classmethod)):
        x = x.__func__
    parts = (x.fget, x.fset) if isinstance(x, property) else (x, getattr(x, "__wrapped__", None))
    return [f for f in parts if isinstance(f, types.FunctionType)]


def _stand_in(all, x):
    if isinstance(x, (staticmethod, classmethod)):
        new = all.of(x.__func__)
        return x if new is x.__func__ else type(x)(new)
    if isinstance(x, property):
        parts = [all.of(f) for f in (x.fget, x.fset, x.fdel)]
        return x if parts == [x.fget, x.fset, x.fdel] else property(*parts)
    return all.of(x)
