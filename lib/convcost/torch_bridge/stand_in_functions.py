"""Stand-ins of functions: those that remember something remember its stand-in."""

import contextlib
import types
from functools import _lru_cache_wrapper, lru_cache, partial
from opcode import opmap

from .class_state import is_known

METHOD_WRAPPER = type([].__len__)
STORE_GLOBAL = opmap["STORE_GLOBAL"]
CONTAINERS = (dict, list, set, bytearray)


def _function(all, f):
    """The same code, with stand-ins of what it closes over, of its defaults and attributes, and of the globals that
    it names: hooks like to keep what they see in a dictionary of the notebook. The function itself if all are the
    same.
    """
    if (f.__module__ or "").partition(".")[0] == "torch":
        return all.keep(f, f)
    cells = tuple([types.CellType() for _ in f.__closure__ or ()])
    space = all.spaces.setdefault(id(f.__globals__), {})
    if not space:
        space.update(f.__globals__)
    new = all.keep(f, types.FunctionType(f.__code__, space, f.__name__, None, cells or None))
    new.__qualname__, new.__module__ = f.__qualname__, f.__module__
    new.__defaults__, new.__kwdefaults__ = all.of(f.__defaults__), all.of(f.__kwdefaults__)
    new.__dict__.update({key: all.of(value) for key, value in f.__dict__.items()})
    same = new.__defaults__ is f.__defaults__ and not new.__kwdefaults__ and _same(new.__dict__, f.__dict__)
    for name, value in _globals(f):
        space[name] = all.of(value)
        same = same and space[name] is value
    for cell, old in zip(cells, f.__closure__ or ()):
        try:
            cell.cell_contents = all.of(old.cell_contents)
            same = same and cell.cell_contents is old.cell_contents
        except ValueError:  # not filled yet
            pass
    return all.keep(f, f) if same and not _rebinds(f.__code__) else new


def _same(a, b):
    return all(a[key] is b[key] for key in b)


def _globals(f):
    """Yield the globals that a function's code names and that may remember something."""
    todo, seen = [f.__code__], set()
    while todo:
        code = todo.pop()
        todo += [c for c in code.co_consts if isinstance(c, types.CodeType)]
        for name in code.co_names:
            if name in f.__globals__ and name not in seen:
                seen.add(name)
                value = f.__globals__[name]
                if isinstance(value, types.FunctionType):
                    remembers = value.__module__ == f.__module__
                elif isinstance(value, _lru_cache_wrapper):
                    remembers = True
                elif isinstance(value, (type, types.ModuleType)):
                    remembers = False
                else:
                    remembers = isinstance(value, CONTAINERS) or not is_known(type(value)) or _is_tensor(value)
                if remembers:
                    yield name, value


def _is_tensor(x):
    return (type(x).__module__.partition(".")[0] in ("torch", "numpy") and not callable(x)) or hasattr(x, "_parameters")


def _rebinds(code):
    """Whether code says `global x` and gives x another value."""
    inner = [c for c in code.co_consts if isinstance(c, types.CodeType)]
    return STORE_GLOBAL in code.co_code[::2] or any(_rebinds(c) for c in inner)


def _method(all, x):
    new = types.MethodType(all.of(x.__func__), all.of(x.__self__))
    return all.keep(x, new)


def _builtin(all, x):
    """A method of an object in C, `names.append`, belongs to the stand-in of the object."""
    owner = getattr(x, "__self__", None)
    if owner is None or isinstance(owner, (types.ModuleType, type)):
        return all.keep(x, x)
    return all.keep(x, getattr(all.of(owner), x.__name__))


def _partial(all, x):
    new = type(x)(all.of(x.func), *[all.of(a) for a in x.args], **{k: all.of(v) for k, v in x.keywords.items()})
    new = all.keep(x, new)
    new.__dict__.update({key: all.of(value) for key, value in x.__dict__.items()})
    return new


def _cached(all, x):
    """A function that remembers its results begins anew."""
    return all.keep(x, lru_cache(**x.cache_parameters())(all.of(x.__wrapped__)))


def _cell(all, x):
    new = all.keep(x, types.CellType())
    with contextlib.suppress(ValueError):
        new.cell_contents = all.of(x.cell_contents)
    return new


FUNCTIONS = {
    types.FunctionType: _function,
    types.MethodType: _method,
    types.BuiltinFunctionType: _builtin,
    METHOD_WRAPPER: _builtin,
    partial: _partial,
    _lru_cache_wrapper: _cached,
    types.CellType: _cell,
}
