"""Every change by one step that turns a solution into a plausible slip, and how it is told.

A change is told as a clause that completes "It is what comes out if ...": what somebody did, not what is right.
"""

import ast
from collections.abc import Iterator, Mapping
from functools import partial
from itertools import combinations

from .arithmetic import OPERATIONS, PLAIN, binary, brackets, is_binary, number
from .calls import call, comparison
from .statements import Change, fields, statements
from .words import Words

Kinds = Mapping[str, str]  # a name of the exercise -> what kind of value it has


def changes(tree: ast.Module, words: Words, known: Kinds, options: Mapping[str, object]) -> Iterator[Change]:
    """Change the tree in place, a step at a time; each step is undone when the next one is asked for.

    known: the exercise's names, each with the kind of its value: those of one kind may be taken for each other;
    options: arguments with their defaults.
    """
    yield from _whole(tree, known, options)
    yield from _ends(tree)
    sites = {}  # what is done at more than one place -> how it is done, and undone, at each
    for parent in list(ast.walk(tree)):
        for field, value in list(ast.iter_fields(parent)):
            if isinstance(value, ast.expr):
                put = partial(setattr, parent, field)
                yield from _at(value, put, parent, words, known, sites)
            elif isinstance(value, list) and not isinstance(parent, ast.arguments):
                for place, item in enumerate(value):
                    if isinstance(item, ast.expr):
                        yield from _at(item, partial(value.__setitem__, place), parent, words, known, sites)
                if value and isinstance(value[0], ast.stmt):
                    yield from statements(parent, value, words)
        yield from fields(parent)
    yield from _everywhere(sites)


def _at(node, put, parent, words, known, sites):
    for rank, clause, new in _expression(node, parent, words, known):
        new = ast.fix_missing_locations(ast.copy_location(new, node)) if new is not node else new
        put(new)
        yield rank, clause
        what = next((told for sign, told in REPEATED.items() if sign in clause), None)
        if what is not None:
            sites.setdefault(what or clause, []).append((put, new, node))
    put(node)


# What is often done at every place -> how it is told, "" where it is told as at a single place.
REPEATED = {
    " is not squared": "",
    " doubled, not squared": "",
    " squared is left out": "",
    "the factor ": "",
    "is left out of a product": "",
    " belongs, squared": "of every kernel the side stands where its cells belong",
    "a division keeps its fraction": "divisions keep their fractions (`/` for `//`)",
    "a division is rounded down (": "divisions are rounded down (`//` for `/`)",
}


def _everywhere(sites):
    """The same step at every place where it can be done."""
    for clause, places in sites.items():
        if len(places) > 1:
            for put, new, _ in places:
                put(new)
            yield PLAIN, clause if clause in REPEATED.values() else f"{clause}, at every place"
            for put, _, node in reversed(places):
                put(node)


def _ends(tree):
    """An answer that is right but for what was done to it at its end."""
    last = tree.body[-1].body[-1] if isinstance(tree.body[-1], ast.FunctionDef) else tree.body[-1]
    lists = (ast.List, ast.Tuple, ast.ListComp, ast.Constant)
    if not isinstance(last, (ast.Return, ast.Assign)) or isinstance(last.value, lists):
        return
    value = last.value
    for kind, other, clause in (
        (ast.Mult, 2, "everything is doubled at the end"),
        (ast.Div, 2, "everything is halved at the end"),
        (ast.FloorDiv, 1, "it is rounded down at the end"),
    ):
        last.value = ast.fix_missing_locations(ast.copy_location(binary(value, kind, ast.Constant(other)), value))
        yield PLAIN, clause
    last.value = value


def _whole(tree, known, options):
    """Arguments that are ignored or exchanged."""
    function = tree.body[-1]
    if not isinstance(function, ast.FunctionDef):
        yield from _numbers_exchanged(tree, known)
        return
    lines = [(f"`{name}` is always {value!r}", f"{name} = {value!r}") for name, value in options.items()]
    lines += [
        (f"`{one}` and `{other}` are exchanged", f"{one}, {other} = {other}, {one}")
        for one, other in combinations(known, 2)
        if known[one] == known[other]
    ]
    for clause, line in lines:
        function.body[:0] = ast.parse(line).body
        yield PLAIN, clause
        del function.body[0]


def _numbers_exchanged(tree, known):
    """Two of the numbers of a student's own that are exchanged."""
    given = f"{tree.body[-1].targets[0].id}_given"
    for one, other in combinations(known, 2):
        if known[one] == known[other] == "number":
            line = f"{given} = {{**{given}, {one!r}: {given}[{other!r}], {other!r}: {given}[{one!r}]}}"
            tree.body[:0] = ast.parse(line).body
            yield PLAIN, f"`{one}` and `{other}` are exchanged"
            del tree.body[0]


def _expression(node, parent, words, known):
    """Yield (rank, clause, what stands there instead)."""
    if isinstance(node, ast.BinOp):
        yield from brackets(node, words)
        yield from OPERATIONS.get(type(node.op), lambda *_: ())(node, words)
    elif isinstance(node, ast.Constant) and type(node.value) in (int, float):
        yield from number(node, parent)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and is_binary(node.operand, ast.FloorDiv):
        inner = node.operand.left
        top = inner.operand if isinstance(inner, ast.UnaryOp) else ast.UnaryOp(ast.USub(), inner)
        yield PLAIN, "a division is rounded down, not up", binary(top, ast.FloorDiv, node.operand.right)
        down = binary(top, ast.FloorDiv, node.operand.right)
        yield PLAIN, ONE_MORE, binary(down, ast.Add, ast.Constant(1))
        yield PLAIN, "a division keeps its fraction", binary(top, ast.Div, node.operand.right)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield PLAIN, "a condition is turned round", node.operand
    elif isinstance(node, ast.BoolOp):
        for i, condition in enumerate(node.values):
            others = [v for j, v in enumerate(node.values) if j != i]
            left = others[0] if len(others) == 1 else ast.BoolOp(node.op, others)
            yield PLAIN, f"{words.part(condition, 'condition')} is not asked", left
        yield PLAIN, "`and` and `or` are exchanged", ast.BoolOp(_other_word(node.op), node.values)
    elif isinstance(node, ast.Compare):
        yield from comparison(node)
    elif isinstance(node, ast.IfExp):
        name = words.code(node.test) or "a condition"
        yield PLAIN, f"{name} is always taken as true", node.body
        yield PLAIN, f"{name} is always taken as false", node.orelse
        yield PLAIN, f"the two cases of {name} are exchanged", ast.IfExp(node.test, node.orelse, node.body)
    elif isinstance(node, ast.Call):
        yield from call(node, words)
    if (own := words.name(node)) and not isinstance(getattr(node, "ctx", None), ast.Store):
        yield from _named(node, own, parent, words, known)


ONE_MORE = "a division is rounded down and one is added, which is one too many where it comes out even"


def _other_word(word):
    return ast.Or() if isinstance(word, ast.And) else ast.And()


def _named(node, own, parent, words, known):
    """A name for which another is taken, or that is squared."""
    for other in known:
        if other != own and known[other] == known.get(own, "number"):
            if isinstance(node, ast.Subscript):
                new = ast.Subscript(node.value, ast.Constant(other), ast.Load())
            else:
                new = ast.Name(other, ast.Load())
            yield PLAIN, f"`{other}` stands at one place where `{own}` belongs", new
    if isinstance(parent, ast.BinOp) and isinstance(parent.op, (ast.Mult, ast.Div, ast.FloorDiv)):
        yield PLAIN, f"`{own}` is squared", binary(node, ast.Pow, ast.Constant(2))
        yield PLAIN, f"`{own}` is doubled", binary(node, ast.Mult, ast.Constant(2))
