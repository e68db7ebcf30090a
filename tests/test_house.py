"""The house: which room may call which, what each may import, and no circle anywhere, read from the source of lib/."""

import ast
import re
import sys
from functools import cache
from pathlib import Path

import pytest

LIB = Path(__file__).resolve().parent.parent / "lib"

# Package -> the packages beside it that it may import.
PACKAGES = {
    "convcost": set(),
    "textbook": {"convcost"},
    "coursework": {"convcost"},
    "coursework.specs": {"convcost", "textbook"},  # the book's exercises, which its machinery does not know
    "convcost_commands": {"textbook"},  # the door by which the book adds a command to the counter
}
# Room or file -> the rooms and files of its own package that it may import; those of `EVERYBODYS` besides.
EVERYBODYS = {"errors", "extras", "shell"}
ROOMS = {
    "convcost": {
        "__init__": {"conventions", "explanation", "feature_map", "layers", "network", "quantity", "torch_bridge"},
        "__main__": {"command_line", "conventions", "explanation", "models", "table", "torch_bridge"},
        "command_line": set(),
        "conventions": set(),
        "explanation": {"conventions", "table"},
        "feature_map": set(),
        "layers": {"conventions", "feature_map"},
        "memory": set(),
        "models": set(),  # finds the zoo by name, a definition at a time
        "network": {"conventions", "feature_map", "memory", "quantity", "receptive_field", "table"},
        "numpy_run": {"feature_map", "layers", "reference", "schedule"},
        "plots": {"feature_map", "layers", "network", "receptive_field"},
        "quantity": set(),
        "receptive_field": set(),
        "reference": set(),
        "schedule": set(),
        "table": {"conventions"},
        "torch_bridge": {"conventions", "feature_map", "layers", "network", "numpy_run", "schedule"},
        "zoo": {"feature_map", "layers", "network"},
    },
    "coursework": {
        "__init__": {"attempts", "predictions"},
        "__main__": {"exercise", "grading", "sandbox"},
        "advice": {"sandbox", "values"},
        "attempts": {"diagnosis", "exercise", "keeping", "panel", "sandbox", "values", "written"},
        "design": {"exercise", "sandbox", "values"},
        "diagnosis": {"sandbox", "values"},
        "exercise": {"advice", "diagnosis", "likeness", "sandbox", "steps", "values"},
        "grading": {"exercise", "sandbox", "values", "written"},
        "keeping": set(),
        "likeness": {"sandbox", "values"},
        "links": set(),
        "panel": {"exercise", "links"},
        "predictions": {"diagnosis", "exercise", "keeping"},
        "sandbox": set(),
        "solved": set(),
        "specs": {"design", "exercise", "predictions", "written"},
        "steps": {"sandbox", "solved", "values"},
        "values": {"sandbox"},
        "written": set(),
    },
}
# What may be imported beyond the standard library, and where; everything else runs on Python alone.
FOREIGN = {
    "numpy": {
        "convcost.numpy_run",
        "convcost.reference",
        "coursework.sandbox",
        "coursework.specs",
        "textbook.couples",
        "textbook.datasets",
    },
    "torch": {
        "convcost.torch_bridge",
        "textbook.couples",
        "textbook.experiments",
        "textbook.pushed_digits",
        "textbook.shifted_digits",
        "textbook.small_search",
        "textbook.timing",
        "textbook.weighing",
    },
    "matplotlib": {"convcost.plots"},
}


def module_in(path):
    """Return the module in a file: lib/convcost/layers/__init__.py is convcost.layers."""
    return ".".join(path.relative_to(LIB).with_suffix("").parts).removesuffix(".__init__")


FILES = {module_in(path): path for path in sorted(LIB.rglob("*.py"))}
TOPS = {name.split(".")[0] for name in FILES}


@cache
def tree(path):
    """Return the parsed source of a file."""
    return ast.parse(path.read_text(encoding="utf-8"))


def within_walls(module):
    """Is it copied into the sandbox, where its neighbours are found by their bare names?"""
    return module.startswith("coursework.sandbox.inside.")


def running(node):
    """Yield the nodes of a source but those that only readers of its annotations see."""
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"):
            yield child
            yield from running(child)


def names(module):
    """Yield the dotted names that a file imports, anywhere in it: modules, or what stands in them."""
    path = FILES[module]
    for node in running(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = path.relative_to(LIB).parts[: -node.level] if node.level else ()
            found = [".".join([*base, *filter(None, [node.module]), alias.name]) for alias in node.names]
            yield from (
                name.removeprefix("convcost.extras.") if name.split(".")[-1] in FOREIGN else name for name in found
            )
            yield from [node.module] if node.module == "convcost.extras" else []


def imported(module):
    """Return the modules of the library that a file imports, with the packages that are entered on the way."""
    found = set()
    for name in names(module):
        parts = name.split(".")
        *outer, last = [place for n in range(len(parts)) if (place := ".".join(parts[: n + 1])) in FILES] or [None]
        found.update(place for place in outer if not f"{module}.".startswith(f"{place}."))
        found.add(last)
    return found - {module, None}


def room(module):
    """Return (package, room or file) of a module."""
    package, _, rest = module.partition(".")
    name = rest.split(".")[0] or "__init__"
    return package, name


def reached(start, graph):
    """Return the modules to which arrows lead from one, itself if it stands in a circle."""
    seen, todo = set(), [start]
    while todo:
        todo += graph[todo.pop()] - seen
        seen.update(todo)
    return seen


def test_the_source_is_read_rightly():
    assert imported("convcost.layers.lenet") == {
        "convcost.errors",
        "convcost.layers.base",
        "convcost.layers.normalization",
    }
    assert imported("convcost_commands.ledger") == {"textbook", "textbook.ledger", "textbook.ledger.command"}
    assert "convcost.reference.loops" in imported("convcost.reference")
    assert reached(1, {1: {2}, 2: {3}, 3: {2}}) == {2, 3} and reached(2, {2: {3}, 3: {2}}) == {2, 3}


def test_there_is_no_circle_of_imports():
    """Imports inside functions count: they may spare time, but hide no circle."""
    graph = {module: imported(module) for module in FILES}
    assert [module for module in graph if module in reached(module, graph)] == []


def test_rooms_call_whom_they_may():
    strays = []
    for module in FILES:
        package, name = room(module)
        others = PACKAGES.get(f"{package}.{name}", PACKAGES[package])
        for there, place in map(room, imported(module)):
            if there != package:
                strays += [f"{module} imports from {there}: see PACKAGES"] * (there not in others)
            elif package in ROOMS and place not in EVERYBODYS | {name} and name not in EVERYBODYS:
                strays += [f"{module} imports {place}: see ROOMS"] * (place not in ROOMS[package].get(name, ()))
    assert strays == []


def test_python_alone_will_do_but_where_it_is_stated():
    strays = []
    for module, path in FILES.items():
        beside = {other.stem for other in path.parent.glob("*.py")} if within_walls(module) else set()
        for name in {name.split(".")[0] for name in names(module)} - TOPS - set(sys.stdlib_module_names) - beside:
            if ".".join(room(module)) not in FOREIGN.get(name, ()):
                strays.append(f"{module} imports {name}: see FOREIGN")
    assert strays == []


def test_every_room_that_is_stated_stands():
    stated = {(package, name) for package, rooms in ROOMS.items() for name in rooms}
    assert stated == {room(module) for module in FILES if room(module)[0] in ROOMS} - {
        (package, name) for package in ROOMS for name in EVERYBODYS
    }


def test_what_lies_within_the_walls_needs_nothing_of_this_package_but_itself():
    """Neighbours are there, and the counter; a relative import, or the rest of coursework, is not."""
    found = {module: imported(module) for module in FILES if within_walls(module)}
    assert len(found) == 7 and {place for places in found.values() for place, _ in map(room, places)} <= {"convcost"}


def test_few_files_lie_outside_any_room_of_the_counter():
    assert len(list((LIB / "convcost").glob("*.py"))) <= 20


FOREIGN_CODE = re.compile(
    r"<script|<style|=> *[{(]|\bfunction *\([^)]*\) *\{|\bdocument\.|addEventListener|[;{] *(display|color|font): "
)


def test_scripts_and_styles_stand_in_files_of_their_own():
    for path in FILES.values():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found = FOREIGN_CODE.search(node.value)
                assert not found, f"{path}, line {node.lineno}: {found[0]!r} in a string"


# Packages whose public functions and methods say what they take and give, and the rooms and files in them that need
# not: definitions read like forward passes, and torch calls handlers and modules with what it has.
HINTED = {
    "convcost": {
        "convcost.plots",  # but for what the room offers: tests/test_drawings.py
        "convcost.torch_bridge.operations",
        "convcost.torch_bridge.own_modules",
        "convcost.zoo",
    },
    "coursework": {"coursework.specs"},
    "textbook": set(),
}


def public_functions(nodes, prefix=""):
    """Yield (name, function, whether it is a method) of what has no underscore in front, in classes without one."""
    for node in nodes:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from public_functions(node.body, f"{prefix}{node.name}.")
        elif isinstance(node, ast.FunctionDef) and (node.name == "__init__" or not node.name.startswith("_")):
            yield f"{prefix}{node.name}", node, bool(prefix)


def unhinted(function, is_method):
    """Return the arguments of a function without a type, and "return"."""
    arguments = function.args
    named = [*arguments.posonlyargs, *arguments.args][is_method:] + arguments.kwonlyargs
    named += [argument for argument in (arguments.vararg, arguments.kwarg) if argument]
    lacking = [argument.arg for argument in named if argument.annotation is None]
    return lacking + ["return"] * (function.returns is None and function.name != "__init__")


@pytest.mark.parametrize("module", [module for module in FILES if module.split(".")[0] in HINTED])
def test_public_functions_have_type_hints(module):
    exempt = any(f"{module}.".startswith(f"{place}.") for place in HINTED[module.split(".")[0]])
    if exempt and module != "convcost.zoo.definition":
        return
    for name, function, is_method in public_functions(tree(FILES[module]).body):
        lacking = unhinted(function, is_method)
        assert not lacking, f"{FILES[module]}, line {function.lineno}: {name} has no type for {', '.join(lacking)}"


def test_a_missing_type_hint_is_found():
    source = "class A:\n def f(self, a: int, *b, c=1) -> int: pass\n def _g(self, x): pass\ndef h(x): pass"
    found = {name: unhinted(node, is_method) for name, node, is_method in public_functions(ast.parse(source).body)}
    assert found == {"A.f": ["c", "b"], "h": ["x", "return"]}
