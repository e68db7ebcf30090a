"""What classes and their code share, out of the way for the time of a run.

A class may keep a cache for all of its instances, and its methods may write into a dictionary of their file. For
the run, such attributes and methods give way to stand-ins; afterwards the class has its own again.
"""

import sys
import types
from contextlib import suppress

import torch

SKIPPED = {"torch", "numpy", *sys.stdlib_module_names} - {"__main__"}

GLOBAL_HOOKS = [
    hooks
    for name, hooks in vars(torch.nn.modules.module).items()
    if name.startswith("_global_") and isinstance(hooks, dict) and "forward" in name
]


class ClassState:
    """`with ClassState(stand-ins):` the classes of all objects met so far use stand-ins of what they share."""

    def __init__(self, all):
        self.all, self.saved, self.hooks = all, [], []

    def __enter__(self):
        classes = {base for cls in self.all.classes for base in cls.__mro__ if not is_known(base)}
        used = _used(classes)
        for cls in classes:
            self.saved.append((cls, dict(vars(cls))))
        for cls, attributes in self.saved:
            for name in used & set(attributes):
                new = _stand_in(self.all, attributes[name])
                if new is not attributes[name]:
                    with suppress(AttributeError, TypeError):  # a class that may not be changed shares nothing
                        setattr(cls, name, new)
        for hooks in GLOBAL_HOOKS:
            self.hooks.append((hooks, dict(hooks)))
            hooks.update({key: self.all.of(hook) for key, hook in hooks.items()})
        return self

    def __exit__(self, *error):
        for hooks, before in self.hooks:
            hooks.clear()
            hooks.update(before)
        for cls, attributes in self.saved:
            for name, now in dict(vars(cls)).items():
                if name in attributes and now is not attributes[name]:
                    setattr(cls, name, attributes[name])
                elif name not in attributes and not name.startswith("__"):
                    delattr(cls, name)


def is_known(cls):
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
