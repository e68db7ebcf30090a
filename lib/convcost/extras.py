"""Packages that only some parts need: `from convcost.extras import numpy as np` brings one, or says what does.

Everywhere written alike, so that a part without its package fails in one line that is a command.
"""

import sys
from importlib import import_module, metadata
from pathlib import Path

CPU = "pip install torch --index-url https://download.pytorch.org/whl/cpu"
EXTRAS = {"numpy": "numpy", "torch": "torch", "matplotlib": "plots"}  # package -> the extra that brings it


class MissingPackage(ModuleNotFoundError):
    """A package is not installed that a part of the library needs; the message is the command that brings it."""


def command(extra: str) -> str:
    """Return what to type. pip knows an installed library by name; a checkout that is not, by its folder."""
    checkout = Path(__file__).resolve().parent.parent.parent
    try:
        metadata.distribution("convcost")
    except metadata.PackageNotFoundError:
        if (checkout / "pyproject.toml").is_file():
            return f'pip install "convcost[{extra}] @ {checkout.as_uri()}"'
    return f'pip install "convcost[{extra}]"'


def __getattr__(name):
    if name not in EXTRAS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:  # it is there, and broken
            raise
        message = f"{name} is not installed, which this needs: {command(EXTRAS[name])}"
        if name == "torch" and sys.platform == "linux":
            message += f" (without a graphics card first, or gigabytes come along: {CPU})"
        raise MissingPackage(message, name=name) from None
