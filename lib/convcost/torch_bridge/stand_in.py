"""A stand-in for a module: the same code over the same structure, and nothing in it that belongs to the user.

`from_torch` runs a user's module without touching it. Every object that can be reached from the module is met once
and answered by another one: a tensor by a tensor without data, a container or an instance by a copy, a function
that remembers something by one that remembers the copies, a lock by a fresh lock. Objects are read field by field,
none of their own methods runs. What cannot be copied becomes `Untouchable`: whoever uses it is told, and nothing
happens.
"""

import types
from enum import Enum
from typing import NoReturn

from convcost.extras import torch

from ..errors import ConvcostError
from .stand_in_containers import CONTAINERS
from .stand_in_functions import FUNCTIONS
from .stand_in_objects import OBJECTS, instance
from .stand_in_tensors import TENSORS

# Cannot change, or is code that everybody shares: its own stand-in.
ATOMS = (
    *(type(None), bool, int, float, complex, str, bytes, range, slice, type, type(Ellipsis), type(NotImplemented)),
    *(types.ModuleType, types.CodeType, property, staticmethod, classmethod, Enum, torch.dtype, torch.device),
    *(torch.layout, torch.memory_format, torch.Size, torch.fx.Graph, torch.jit.ScriptFunction),
    *(torch._ops.OpOverload, torch._ops.OpOverloadPacket),
)


class Untouchable:
    """In the place of an object that cannot be copied: any use of it is an error."""

    def __init__(self, what: str, errors: list[ConvcostError]):
        self.__dict__.update(what=what, errors=errors)

    def refuse(self, *args: object, **options: object) -> NoReturn:
        error = ConvcostError(f"from_torch: the module uses {self.__dict__['what']}, which cannot be copied")
        self.__dict__["errors"].append(error)
        raise error

    __getattr__ = __setattr__ = __call__ = __iter__ = __next__ = __len__ = __contains__ = __getitem__ = refuse
    __setitem__ = __bool__ = __enter__ = __exit__ = __int__ = __float__ = __add__ = refuse


class StandIns:
    """The stand-ins made so far, by the originals' ids. errors: filled by whoever uses what cannot be copied."""

    def __init__(self):
        self.made, self.originals, self.errors = {}, [], []
        self.storages, self.spaces, self.classes = {}, {}, set()  # of tensors; of functions' globals; of instances
        self.copiers = dict.fromkeys(ATOMS)

    def of(self, x: object) -> object:
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
        except Exception:  # whatever its class makes of being copied
            return self.untouchable(x)

    def keep(self, x: object, made: object) -> object:
        """Note a stand-in; before its parts are made, since they may lead back to it."""
        self.made[id(x)] = made
        return made

    def untouchable(self, x: object) -> object:
        return self.keep(x, Untouchable(f"a {type(x).__name__}", self.errors))


def _copier(cls):
    """Return f(stand-ins, object) for objects of a class; None where the object may stand for itself."""
    if issubclass(cls, ATOMS):
        return None
    for base, copier in (*TENSORS.items(), *FUNCTIONS.items(), *OBJECTS.items(), *CONTAINERS.items()):
        if issubclass(cls, base):
            return copier
    return instance
