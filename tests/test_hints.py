"""What the book's own parts offer says the types of its arguments and of what it returns."""

import inspect
import pkgutil
from importlib import import_module

import pytest
import textbook

MODULES = [m.name for m in pkgutil.walk_packages(textbook.__path__, "textbook.") if not m.name.endswith("__main__")]


def offered(module):
    """Every function, and every method of a class, that is defined there and has no leading underscore."""
    for name, value in vars(module).items():
        if name.startswith("_") or getattr(value, "__module__", None) != module.__name__:
            continue
        if inspect.isfunction(value):
            yield f"{module.__name__}.{name}", value
        elif inspect.isclass(value):
            for own, method in vars(value).items():
                if inspect.isfunction(method) and (own == "__init__" or not own.startswith("_")):
                    yield f"{module.__name__}.{name}.{own}", method


@pytest.mark.parametrize("module", MODULES)
def test_every_argument_and_every_result_has_a_type(module):
    for name, function in offered(import_module(module)):
        signature = inspect.signature(function)
        parameters = [p for p in signature.parameters.values() if p.name != "self"]
        assert [p.name for p in parameters if p.annotation is p.empty] == [], name
        assert signature.return_annotation is not signature.empty, name
