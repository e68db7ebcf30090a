"""Steps beside the right one where values are compared, and where functions are called.

Each function yields (rank, clause, what stands there instead).
"""

import ast
from collections.abc import Iterator

from .arithmetic import PLAIN, VAGUE, Instead, binary
from .words import Words

TURNED = {ast.Lt: ast.Gt, ast.LtE: ast.GtE, ast.Gt: ast.Lt, ast.GtE: ast.LtE, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq}
EDGE = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}
SIGNS = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
OTHER = {  # a function -> what is called in its place
    "max": ("min", "sum"),
    "min": ("max",),
    "sum": ("max",),
    "any": ("all",),
    "all": ("any",),
    "ceil": ("floor", "round"),
    "floor": ("ceil", "round"),
    "round": ("int",),
    "int": ("round",),
    "maximum": ("minimum",),
    "sqrt": ("abs",),
}
LEFT_OUT = {"exp", "sqrt", "abs", "log", "round", "int", "ceil", "floor"}


def comparison(node: ast.Compare) -> Iterator[Instead]:
    """A comparison with its edge on the other side, turned round, or with one side only."""
    for i, op in enumerate(node.ops):
        others = list(node.ops)
        if type(op) in EDGE:
            others[i] = EDGE[type(op)]()
            signs = SIGNS[type(others[i])], SIGNS[type(op)]
            clause = f"the case of equality goes the other way (`{signs[0]}` for `{signs[1]}`)"
            yield PLAIN, clause, ast.Compare(node.left, others, node.comparators)
        if type(op) in TURNED:
            turned = [TURNED[type(op)]() if j == i else o for j, o in enumerate(node.ops)]
            yield PLAIN, "a comparison is turned round", ast.Compare(node.left, turned, node.comparators)
    if len(node.ops) == 2:
        yield PLAIN, "only one side of a range is asked", ast.Compare(node.left, node.ops[:1], node.comparators[:1])
        middle = node.comparators[0]
        yield PLAIN, "only one side of a range is asked", ast.Compare(middle, node.ops[1:], node.comparators[1:])


def call(node: ast.Call, words: Words) -> Iterator[Instead]:
    """Another function, none, or one of other arguments."""
    name = getattr(node.func, "id", None) or getattr(node.func, "attr", "")
    arguments = node.args
    for other in OTHER.get(name, ()):
        if isinstance(node.func, ast.Name) and not (other == "floor" and len(arguments) != 1):
            function = ast.Attribute(ast.Call(ast.Name("__import__", ast.Load()), [ast.Constant("math")], []), "floor")
            function.ctx = ast.Load()
            new = ast.Name(other, ast.Load()) if other != "floor" else function
            yield PLAIN, f"`{other}` stands where `{name}` belongs", ast.Call(new, arguments, node.keywords)
        elif name == "maximum":
            new = ast.Attribute(node.func.value, other, ast.Load())
            yield PLAIN, f"`{other}` stands where `{name}` belongs", ast.Call(new, arguments, [])
    if name in LEFT_OUT and len(arguments) == 1:
        what = words.code(arguments[0])
        told = f"`{name}` is left out" if what is None else f"{what} is taken without `{name}`"
        yield PLAIN, told, arguments[0]
    if name in ("max", "min", "maximum") and len(arguments) == 2:
        for one, other in (arguments, arguments[::-1]):
            told = words.part(other, "value")
            yield PLAIN, f"{told} is left out of `{name}`", one
    if name == "range":
        yield from _range(node)
    if name == "len" and len(arguments) == 1:
        yield VAGUE, "a length is one too small", binary(node, ast.Sub, ast.Constant(1))


def _range(node):
    """A loop that starts or ends elsewhere."""
    start, stop = ([ast.Constant(0), *node.args] if len(node.args) == 1 else node.args)[:2]

    def loop(start, stop):
        return ast.Call(node.func, [start, stop, *node.args[2:]], [])

    one = ast.Constant(1)
    yield PLAIN, "a loop makes one turn too few at its end", loop(start, binary(stop, ast.Sub, one))
    yield PLAIN, "a loop makes one turn too many at its end", loop(start, binary(stop, ast.Add, one))
    zero = isinstance(start, ast.Constant) and start.value == 0
    told = "a loop starts at 1, not at 0" if zero else "a loop starts one later"
    yield PLAIN, told, loop(binary(start, ast.Add, one), stop)
    if zero:
        later = loop(binary(start, ast.Add, one), binary(stop, ast.Add, one))
        yield PLAIN, "a loop counts from 1, not from 0", later
    else:
        yield PLAIN, "a loop starts one earlier", loop(binary(start, ast.Sub, one), stop)
