"""Stand-ins of lists, dictionaries and their relatives: the same class, with stand-ins of what is in them."""

import collections
from collections.abc import Iterable
from functools import cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .stand_in import StandIns


def fields(all: "StandIns", x: object, new: object) -> object:
    """Give a stand-in its own attributes."""
    own = getattr(x, "__dict__", None)
    if own:
        new.__dict__.update({key: all.of(value) for key, value in own.items()})
    for name in _slots(type(x)):
        try:
            value = object.__getattribute__(x, name)
        except AttributeError:  # never set
            continue
        object.__setattr__(new, name, all.of(value))
    return new


@cache
def _slots(cls):
    """Return the names of the fields that a class and its bases declare as slots."""
    names = []
    for base in cls.__mro__:
        declared = base.__dict__.get("__slots__", ())
        for name in (declared,) if isinstance(declared, str) else declared:
            hidden = name.startswith("__") and not name.endswith("__")
            names.append(f"_{base.__name__.lstrip('_')}{name}" if hidden else name)
    return [name for name in names if name not in ("__dict__", "__weakref__")]


def _dict(all, x):
    new = all.keep(x, dict.__new__(type(x)))
    if x:
        dict.update(new, {all.of(key): all.of(value) for key, value in dict.items(x)})
    return fields(all, x, new)


def _ordered(all, x):
    new = all.keep(x, collections.OrderedDict.__new__(type(x)))
    for key, value in collections.OrderedDict.items(x) if x else ():
        collections.OrderedDict.__setitem__(new, all.of(key), all.of(value))
    return fields(all, x, new)


def _defaultdict(all, x):
    new = _dict(all, x)
    new.default_factory = all.of(x.default_factory)
    return new


def _list(all, x):
    new = all.keep(x, list.__new__(type(x)))
    list.extend(new, [all.of(item) for item in list.__iter__(x)])
    return fields(all, x, new)


def _set(all, x):
    new = all.keep(x, set.__new__(type(x)))
    set.update(new, [all.of(item) for item in set.__iter__(x)])
    return fields(all, x, new)


def _deque(all, x):
    new = all.keep(x, collections.deque.__new__(type(x)))
    collections.deque.__init__(new, [all.of(item) for item in collections.deque.__iter__(x)], x.maxlen)
    return fields(all, x, new)


def _frozen(base):
    def copy(all, x):
        parts = [all.of(item) for item in base.__iter__(x)]
        if type(x) is base and all_same(parts, base.__iter__(x)):
            return all.keep(x, x)
        return all.made.get(id(x)) or fields(all, x, all.keep(x, base.__new__(type(x), parts)))

    return copy


def all_same(parts: Iterable, originals: Iterable) -> bool:
    return all(a is b for a, b in zip(parts, originals))


CONTAINERS = {
    collections.OrderedDict: _ordered,
    collections.defaultdict: _defaultdict,
    dict: _dict,
    list: _list,
    set: _set,
    collections.deque: _deque,
    tuple: _frozen(tuple),
    frozenset: _frozen(frozenset),
}
