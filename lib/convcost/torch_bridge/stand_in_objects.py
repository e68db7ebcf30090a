"""Stand-ins of instances: modules, whatever else is written in Python, and a few that are not."""

import _thread
import random
import sys
import threading
import weakref

from convcost.extras import torch

from ..errors import ConvcostError
from .stand_in_containers import fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .stand_in import StandIns

COMPILED = "a compiled module hides its layers; give from_torch the one that was compiled"
WRAPPERS = {"DataParallel": "module", "DistributedDataParallel": "module", "OptimizedModule": "_orig_mod"}


def unwrapped(module: object) -> object:
    """Return the module that a wrapper for several devices, or of `torch.compile`, hands its image to."""
    while type(module).__name__ in WRAPPERS and type(module).__module__.startswith("torch."):
        module = getattr(module, WRAPPERS[type(module).__name__])
    return module


def _module(all, x):
    inner = unwrapped(x)
    return instance(all, x) if inner is x else all.keep(x, all.of(inner))


def _without_end(cls):
    """Return a class like this one whose objects may go without `__del__`: what that ends belongs to the user."""
    attributes = {"__del__": lambda self: None, "__module__": cls.__module__, "__qualname__": cls.__qualname__}
    return type(cls)(cls.__name__, (cls,), attributes)


def _scripted(all, x):
    raise ConvcostError(f"from_torch: {COMPILED}")


def instance(all: "StandIns", x: object) -> object:
    """An instance of a class written in Python; else as `copy.deepcopy` would make it, if it can be."""
    numpy = sys.modules.get("numpy")
    if numpy and isinstance(x, (numpy.ndarray, numpy.generic)):
        return all.untouchable(x) if x.dtype.hasobject else all.keep(x, x.copy())
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
    return fields(all, x, all.keep(x, new))


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
    return fields(all, x, new)


def _proxy(all, x):
    """Its methods belong to the object that it stands for."""
    return all.keep(x, weakref.proxy(all.of(x.__repr__.__self__)))


def _untouchable(all, x):
    return all.untouchable(x)


OBJECTS = {
    torch.jit.ScriptModule: _scripted,
    torch.nn.Module: _module,
    torch.Generator: _generator,
    weakref.ref: _weak,
    weakref.ProxyType: _proxy,
    weakref.CallableProxyType: _proxy,
    random.Random: _random,
    threading.local: _local,
    threading.Thread: _untouchable,
    _thread.LockType: _lock,
    _thread.RLock: _lock,
}
