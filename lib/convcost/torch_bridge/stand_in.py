"""A stand-in for a module: the same code over the same structure, and nothing in it that belongs to the user.

`from_torch` runs a user's module without touching it. Every object that can be reached from the module is met once
and answered by another one: a tensor by a tensor without data, a container or an instance by a copy, a function that
remembers something by one that remembers the copies, a lock by a fresh lock. Objects are read field by field, none of
their own methods runs. What cannot be copied becomes `Untouchable`: whoever uses it is told, and nothing happens.
"""

import _thread
import collections
import random
import sys
import threading
import types
import weakref
from copyreg import _slotnames
from enum import Enum

import torch

from ..errors import ConvcostError
from .stand_in_functions import FUNCTIONS
from .stand_in_tensors import TENSORS

# Cannot change, or is code that everybody shares: its own stand-in.
ATOMS = (
    type(None), bool, int, float, complex, str, bytes, range, slice, type, type(Ellipsis), type(NotImplemented),
    types.ModuleType, types.CodeType, property, staticmethod, classmethod, Enum, torch.dtype, torch.device,
    torch.layout, torch.memory_format, torch.Size, torch.fx.Graph, torch._ops.OpOverload, torch._ops.OpOverloadPacket,
)
WRAPPERS = {"DataParallel": "module", "DistributedDataParallel": "module", "OptimizedModule": "_orig_mod"}


class Untouchable:
    """In the place of an object that cannot be copied: any use of it is an error."""

    def __init__(self, what, errors):
        self.__dict__.update(what=what, errors=errors)

    def refuse(self, *args, **options):
        error = ConvcostError(f"from_torch: the module uses {self.__dict__['what']}, which cannot be copied")
        self.__dict__["errors"].append(error)
        raise error

    __getattr__ = __setattr__ = __call__ = __iter__ = __next__ = __len__ = __contains__ = __getitem__ = refuse
    __setitem__ = __bool__ = __enter__ = __exit__ = __int__ = __float__ = __add__ = __eq__ = __hash__ = refuse


class StandIns:
    """The stand-ins made so far, by the originals' ids. errors: filled by whoever uses what cannot be copied."""

    def __init__(self):
        self.made, self.originals, self.errors = {}, [], []
        self.storages, self.spaces, self.classes = {}, {}, set()  # of tensors; of functions' globals; of instances
        self.copiers = dict.fromkeys(ATOMS)

    def of(self, x):
        """Return the stand-in of any object."""
        cls = type(x)
        try:
            copier = self.copiers[cls]
        except KeyError:
            copier = self.copiers[cls] = _copier(cls)
        if copier is None:
            return x
        key = id(x)
        if key in self.made:
            return self.made[key]
        self.originals.append(x)  # so that its id stays its own
        try:
            return copier(self, x)
        except ConvcostError:
            raise
        except (TypeError, AttributeError, ValueError, RuntimeError):
            return self.untouchable(x)

    def keep(self, x, made):
        """Note a stand-in; before its parts are made, since they may lead back to it."""
        self.made[id(x)] = made
        return made

    def untouchable(self, x):
        return self.keep(x, Untouchable(f"a {type(x).__name__}", self.errors))


def _copier(cls):
    """Return f(stand-ins, object) for objects of a class; None where the object may stand for itself."""
    if issubclass(cls, ATOMS):
        return None
    for base, copier in (*TENSORS.items(), *FUNCTIONS.items(), *CONTAINERS.items()):
        if issubclass(cls, base):
            return copier
    return _instance


def _dict(all, x):
    new = all.keep(x, dict.__new__(type(x)))
    if x:
        dict.update(new, {all.of(key): all.of(value) for key, value in dict.items(x)})
    return _fields(all, x, new)


def _ordered(all, x):
    new = all.keep(x, collections.OrderedDict.__new__(type(x)))
    for key, value in collections.OrderedDict.items(x) if x else ():
        collections.OrderedDict.__setitem__(new, all.of(key), all.of(value))
    return _fields(all, x, new)


def _defaultdict(all, x):
    new = _dict(all, x)
    new.default_factory = all.of(x.default_factory)
    return new


def _list(all, x):
    new = all.keep(x, list.__new__(type(x)))
    list.extend(new, [all.of(item) for item in list.__iter__(x)])
    return _fields(all, x, new)


def _set(all, x):
    new = all.keep(x, set.__new__(type(x)))
    set.update(new, [all.of(item) for item in set.__iter__(x)])
    return _fields(all, x, new)


def _deque(all, x):
    new = all.keep(x, collections.deque.__new__(type(x)))
    collections.deque.__init__(new, [all.of(item) for item in collections.deque.__iter__(x)], x.maxlen)
    return _fields(all, x, new)


def _frozen(base):
    def copy(all, x):
        parts = [all.of(item) for item in base.__iter__(x)]
        if type(x) is base and all_same(parts, base.__iter__(x)):
            return all.keep(x, x)
        return all.made.get(id(x)) or _fields(all, x, all.keep(x, base.__new__(type(x), parts)))

    return copy


def all_same(parts, originals):
    return all(a is b for a, b in zip(parts, originals))


def _weak(all, x):
    target = x()
    return all.keep(x, x if target is None else weakref.ref(all.of(target)))


def _lock(all, x):
    return all.keep(x, _thread.RLock() if isinstance(x, _thread.RLock) else _thread.allocate_lock())


def _local(all, x):
    """What this thread sees of it."""
    if type(x) is not threading.local:
        return all.untouchable(x)
    new = all.keep(x, threading.local())
    new.__dict__.update({key: all.of(value) for key, value in x.__dict__.items()})
    return new


def _generator(all, x):
    return all.keep(x, x.clone_state())


def _random(all, x):
    new = all.keep(x, type(x).__new__(type(x)))
    new.setstate(x.getstate())
    return _fields(all, x, new)


def unwrapped(module):
    """Return the module that a wrapper for several devices, or of `torch.compile`, hands its image to."""
    while type(module).__name__ in WRAPPERS and type(module).__module__.startswith("torch."):
        module = getattr(module, WRAPPERS[type(module).__name__])
    return module


def _module(all, x):
    inner = unwrapped(x)
    return _instance(all, x) if inner is x else all.keep(x, all.of(inner))


def _without_end(cls):
    """Return a class like this one whose objects may go without `__del__`: what that ends belongs to the user."""
    attributes = {"__del__": lambda self: None, "__module__": cls.__module__, "__qualname__": cls.__qualname__}
    return type(cls)(cls.__name__, (cls,), attributes)


def _scripted(all, x):
    raise ConvcostError("from_torch: a compiled module hides its layers; give it the one that was compiled")


CONTAINERS = {
    torch.jit.ScriptModule: _scripted, torch.nn.Module: _module,
    collections.OrderedDict: _ordered, collections.defaultdict: _defaultdict, dict: _dict, list: _list, set: _set,
    collections.deque: _deque, tuple: _frozen(tuple), frozenset: _frozen(frozenset), weakref.ref: _weak,
    _thread.LockType: _lock, _thread.RLock: _lock, threading.local: _local, threading.Thread: StandIns.untouchable,
    torch.Generator: _generator, random.Random: _random,
}


def _fields(all, x, new):
    """Give a stand-in its own attributes."""
    fields = getattr(x, "__dict__", None)
    if fields:
        new.__dict__.update({key: all.of(value) for key, value in fields.items()})
    for name in _slotnames(type(x)) if not isinstance(x, (dict, list)) else ():
        try:
            value = object.__getattribute__(x, name)
        except AttributeError:  # never set
            continue
        object.__setattr__(new, name, all.of(value))
    return new


def _instance(all, x):
    """An instance of a class written in Python; else as `copy.deepcopy` would make it, if it can be."""
    numpy = sys.modules.get("numpy")
    if numpy and isinstance(x, (numpy.ndarray, numpy.generic)):
        return all.keep(x, x.copy())
    cls = type(x)
    if hasattr(cls, "__del__"):
        if not isinstance(x, torch.nn.Module):
            return all.untouchable(x)
        cls = _without_end(cls)
    try:
        new = object.__new__(cls)
    except TypeError:
        return _rebuilt(all, x)
    all.classes.add(type(x))
    return _fields(all, x, all.keep(x, new))


def _rebuilt(all, x):
    try:
        rule = x.__reduce_ex__(4)
    except Exception:
        return all.untouchable(x)
    if isinstance(rule, str):  # a name by which everybody knows it
        return all.keep(x, x)
    make, args, state, items, pairs = (*rule, None, None, None)[:5]
    new = all.keep(x, make(*all.of(tuple(args))))
    if state is not None:
        state = all.of(state)
        if hasattr(new, "__setstate__"):
            new.__setstate__(state)
        else:
            new.__dict__.update(state)
    for item in items or ():
        new.append(all.of(item))
    for key, value in pairs or ():
        new[all.of(key)] = all.of(value)
    return new
