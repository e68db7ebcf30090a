"""Small changes of the reference solutions, such as students make: other operators, bounds, roundings, arguments."""

import ast
import copy
import inspect
import textwrap
from collections.abc import Callable, Iterator
from itertools import pairwise
from types import ModuleType

OPERATORS = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Add,),
    ast.FloorDiv: (ast.Div,),
    ast.Div: (ast.FloorDiv,),
    ast.Pow: (ast.Mult,),
    ast.Mod: (ast.FloorDiv,),
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.And: (ast.Or,),
    ast.Or: (ast.And,),
}
CALLS = {"ceil": "floor", "floor": "ceil", "max": "min", "min": "max", "round": "int"}
LARGEST = 16  # of the whole numbers that are changed by one


def mutants(reference: Callable, module: ModuleType) -> Iterator[tuple[str, Callable]]:
    """Yield (what was changed, the changed function) for a reference that stands in a module."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(reference)))
    tree.body[0].decorator_list = []
    for what, changed in _changes(tree):
        names = dict(vars(module))
        exec(compile(ast.fix_missing_locations(changed), "<changed>", "exec"), names)
        yield what, names[reference.__name__]


def _changes(tree):
    for number, node in enumerate(ast.walk(tree)):

        def changed(place, value, number=number):
            copied = copy.deepcopy(tree)
            place(list(ast.walk(copied))[number], value)
            return copied

        if isinstance(node, (ast.BinOp, ast.BoolOp)):
            for kind in OPERATORS.get(type(node.op), ()):
                yield f"{kind.__name__} in {ast.unparse(node)}", changed(_operator, kind())
        elif isinstance(node, ast.Compare):
            for kind in OPERATORS.get(type(node.ops[0]), ()):
                yield f"{kind.__name__} in {ast.unparse(node)}", changed(_comparison, kind())
        elif isinstance(node, ast.Constant) and type(node.value) is int and abs(node.value) <= LARGEST:
            for value in (node.value - 1, node.value + 1):
                yield f"{value} for {node.value}", changed(_constant, value)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
            yield f"{CALLS[node.func.id]} for {node.func.id}", changed(_function, CALLS[node.func.id])
    arguments = tree.body[0].args
    optional = arguments.args[len(arguments.args) - len(arguments.defaults) :]
    for argument, default in zip(optional, arguments.defaults):
        yield f"ignores {argument.arg}", _before(tree, f"{argument.arg} = {ast.unparse(default)}")
    required = [a.arg for a in arguments.args[: len(arguments.args) - len(arguments.defaults)]]
    for one, other in pairwise(required):
        yield f"exchanges {one} and {other}", _before(tree, f"{one}, {other} = {other}, {one}")


def _operator(node, value):
    node.op = value


def _comparison(node, value):
    node.ops[0] = value


def _constant(node, value):
    node.value = value


def _function(node, value):
    node.func.id = value


def _before(tree, line):
    copied = copy.deepcopy(tree)
    copied.body[0].body[:0] = ast.parse(line).body
    return copied
