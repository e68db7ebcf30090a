"""A torch module named in a shell: `convcost count --torch package.module:function --input 3x224x224`."""

import importlib
import sys
from typing import Any

from convcost.extras import torch

from ..errors import ConvcostError
from ..network import Network
from .tracing import from_torch


def network_of(place: str, size: str, options: dict[str, Any]) -> Network:
    """Return the network of the module that a function makes, from the options; place: "package.module:function",
    also a class or a module; looked for in the working directory too. size: "3x224x224".
    """
    module = made(place, options)
    sizes = size.lower().split("x")
    if not all(n.isdigit() for n in sizes):
        raise ConvcostError(f"--input {size}: write it as 3x224x224, channels x height x width")
    network = from_torch(module.eval(), tuple([int(n) for n in sizes]))
    network.info.update(variant="torch", options=options)
    return network


def made(place: str, options: dict[str, Any]) -> torch.nn.Module:
    """Return the torch module that stands at a place, or that a function there makes."""
    path, colon, name = place.partition(":")
    if not colon or not name:
        raise ConvcostError(f"--torch {place}: write it as package.module:function")
    sys.path.insert(0, "")
    try:
        found = importlib.import_module(path)
        for part in name.split("."):
            found = getattr(found, part)
        with torch.random.fork_rng():
            found = found if isinstance(found, torch.nn.Module) else found(**options)
    except Exception as error:
        reason = next(iter(str(error).strip().splitlines()), "")
        raise ConvcostError(f"--torch {place}: {type(error).__name__}: {reason}") from error
    finally:
        sys.path.remove("")
    if not isinstance(found, torch.nn.Module):
        raise ConvcostError(f"--torch {place}: gives a {type(found).__name__}, not a torch.nn.Module")
    return found
