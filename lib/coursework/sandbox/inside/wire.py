"""Values as plain JSON: how answers leave the sandbox and how cases enter it.

Nothing that is decoded is ever executed: what is not a number, a text, a container of these, a NumPy array or the
description of a network arrives as the mere name of its type. Standard library only, since the sandbox runs it.
"""

LARGEST = 200_000  # elements of one answer
SEQUENCES = (list, tuple, range, type({}.keys()), type({}.values()), type({}.items()))
Encoded = bool | int | float | str | list | dict | None  # plain data, as `encode` describes it


def encode(value: object) -> Encoded:
    """Return `value` as JSON-ready plain data.

    None, bool, int, float and str stand for themselves; lists and tuples become lists; everything else is a dict
    with the key "$": `float` (no number JSON knows), `dict`, `array`, `network`, `open` (the `...` of an
    exercise that is not yet solved) or `other` (anything else: only its type's name).
    """
    return _encode(value, [LARGEST], 0)


def _encode(value, room, depth):
    room[0] -= 1
    if room[0] < 0 or depth > 20:
        return {"$": "other", "type": "too large"}
    kind = type(value)
    if value is None or kind is bool or kind is str:
        return value
    if value is ...:
        return {"$": "open"}
    if isinstance(value, int):
        value = int.__add__(value, 0)
        return value if value.bit_length() < 1_000 else {"$": "other", "type": "a number of hundreds of digits"}
    if isinstance(value, str):  # of a kind of its own, as NumPy's
        return str.__str__(value)
    if isinstance(value, float):
        value = float.__add__(value, 0.0)
        return value if value - value == 0 else {"$": "float", "value": float.__repr__(value)}
    if isinstance(value, SEQUENCES):
        return [_encode(v, room, depth + 1) for v in value]
    if isinstance(value, dict):
        items = [[_encode(k, room, depth + 1), _encode(v, room, depth + 1)] for k, v in value.items()]
        return {"$": "dict", "items": items}
    module = str(kind.__module__)
    if module in ("fractions", "decimal"):
        return int(value) if value == int(value) else float(value)
    if module == "numpy" or module == "torch":
        return _array(value, room)
    if module.startswith("convcost.") and kind.__name__ in ("FeatureMap", "Network"):
        return _network(value, room)
    return {"$": "other", "type": str(kind.__name__)[:80]}


def _array(value, room):
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    if value.dtype.kind in "UO" and all(isinstance(v, str) for v in value.ravel().tolist()):
        return _encode(value.tolist(), room, 0)  # names
    if value.dtype.kind not in "biuf":
        return {"$": "other", "type": f"array of {value.dtype}"}
    if not value.shape:
        plain = value.item()
        return _encode(float(plain) if type(plain) not in (bool, int, float) else plain, room, 0)
    room[0] -= value.size
    if room[0] < 0:
        return {"$": "other", "type": "too large"}
    values = (value.astype(float) if value.dtype.kind == "f" else value).ravel().tolist()
    if value.dtype.kind == "f":
        values = [v if v - v == 0 else repr(v) for v in values]
    return {"$": "array", "shape": list(value.shape), "values": values}


def _network(value, room):
    """Describe the graph behind a map: each layer as [kind, options, indices of its inputs]; -1 is the input."""
    outputs = value.outputs if type(value).__name__ == "Network" else (value,)
    graph, places, layers, source = outputs[0].graph, {}, [], None
    for node in graph.nodes:
        if any(x.node is not None and id(x.node) not in places for x in node.inputs):
            continue
        options = {k: _encode(list(v) if type(v) is range else v, room, 0) for k, v in node.layer.options().items()}
        inputs = [places[id(x.node)] if x.node is not None else -1 for x in node.inputs]
        source = next((x for x in node.inputs if x.node is None), source)
        places[id(node)] = len(layers)
        layers.append([node.kind, options, inputs])
    output = places.get(id(outputs[0].node), -1)
    return {"$": "network", "input": list((source or outputs[0]).shape), "layers": layers, "output": output}


def arrays(value: Encoded) -> object:
    """Return a decoded case for use: every array as a NumPy array. Only for data of our own making."""
    if isinstance(value, list):
        return [arrays(v) for v in value]
    if isinstance(value, dict) and value.get("$") == "array":
        from convcost.extras import numpy

        return numpy.array(value["values"], dtype=float).reshape(value["shape"])
    if isinstance(value, dict) and value.get("$") == "dict":
        return {arrays(k): arrays(v) for k, v in value["items"]}
    return value


def checked(value: object, depth: int = 0) -> Encoded:
    """Return what came out of a sandbox, whatever it is, as `encode` could have written it."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and not abs(value) < 1e300:
        return {"$": "float", "value": "a number beyond all bounds"}
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    bad = {"$": "other", "type": "malformed"}
    if depth > 20:
        return bad
    if isinstance(value, list):
        return [checked(v, depth + 1) for v in value]
    kind = value.get("$")
    if kind == "dict" and isinstance(value.get("items"), list):
        items = value["items"]
        if all(isinstance(item, list) and len(item) == 2 for item in items):
            return {"$": "dict", "items": [[checked(k, depth + 1), checked(v, depth + 1)] for k, v in items]}
    if kind == "array" and all(isinstance(value.get(k), list) for k in ("shape", "values")):
        numbers = all(type(v) in (int, float, bool, str) for v in value["shape"] + value["values"])
        if numbers and len(value["shape"]) <= 8:
            return {"$": "array", "shape": value["shape"], "values": value["values"]}
    if kind == "network" and all(isinstance(value.get(k), list) for k in ("input", "layers")):
        return {k: value.get(k) for k in ("$", "input", "layers", "output")}
    if kind in ("float", "other", "open"):
        return {k: str(value[k])[:80] for k in ("$", "type", "value") if k in value}
    return bad


def is_kind(value: Encoded, kind: str) -> bool:
    """Is this encoded value of that `$` kind?"""
    return isinstance(value, dict) and value.get("$") == kind


def is_open(value: Encoded) -> bool:
    """Is this encoded answer still the dots of an unsolved exercise, or a list of nothing else?"""
    return bool(value) and all(map(is_open, value)) if isinstance(value, list) else is_kind(value, "open")
