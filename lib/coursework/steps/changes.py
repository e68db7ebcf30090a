"""Every change by one step that turns a solution into a plausible slip, and how it is told.

A change is told as a clause that completes "It is what comes out if ...": what somebody did, not what is right.
"""

import ast
from collections.abc import Iterator, Mapping
from functools import partial
from itertools import combinations
from math import isqrt

from .words import Words

PLAIN, VAGUE = 0, 1  # how much a clause says
SMALL = 16  # whole numbers up to here are changed by one
Kinds = Mapping[str, str]  # a name of the exercise -> what kind of value it has
Change = tuple[int, str]  # PLAIN or VAGUE, and the clause
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
                    yield from _statements(parent, value, words)
        yield from _fields(parent, words)
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
        last.value = ast.fix_missing_locations(ast.copy_location(_binary(value, kind, ast.Constant(other)), value))
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


def _binary(left, kind, right):
    return ast.BinOp(left, kind(), right)


def _is(node, *kinds):
    return isinstance(node, ast.BinOp) and isinstance(node.op, kinds)


def _expression(node, parent, words, known):
    """Yield (rank, clause, what stands there instead)."""
    if isinstance(node, ast.BinOp):
        yield from _brackets(node, words)
        yield from _OPERATIONS.get(type(node.op), lambda *_: ())(node, words)
    elif isinstance(node, ast.Constant) and type(node.value) in (int, float):
        yield from _number(node, parent)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and _is(node.operand, ast.FloorDiv):
        inner = node.operand.left
        top = inner.operand if isinstance(inner, ast.UnaryOp) else ast.UnaryOp(ast.USub(), inner)
        yield PLAIN, "a division is rounded down, not up", _binary(top, ast.FloorDiv, node.operand.right)
        down = _binary(top, ast.FloorDiv, node.operand.right)
        yield PLAIN, ONE_MORE, _binary(down, ast.Add, ast.Constant(1))
        yield PLAIN, "a division keeps its fraction", _binary(top, ast.Div, node.operand.right)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield PLAIN, "a condition is turned round", node.operand
    elif isinstance(node, ast.BoolOp):
        for i, condition in enumerate(node.values):
            others = [v for j, v in enumerate(node.values) if j != i]
            left = others[0] if len(others) == 1 else ast.BoolOp(node.op, others)
            yield PLAIN, f"{words.part(condition, 'condition')} is not asked", left
        yield PLAIN, "`and` and `or` are exchanged", ast.BoolOp(_other_word(node.op), node.values)
    elif isinstance(node, ast.Compare):
        yield from _comparison(node)
    elif isinstance(node, ast.IfExp):
        name = words.code(node.test) or "a condition"
        yield PLAIN, f"{name} is always taken as true", node.body
        yield PLAIN, f"{name} is always taken as false", node.orelse
        yield PLAIN, f"the two cases of {name} are exchanged", ast.IfExp(node.test, node.orelse, node.body)
    elif isinstance(node, ast.Call):
        yield from _call(node, words)
    if (own := words.name(node)) and not isinstance(getattr(node, "ctx", None), ast.Store):
        yield from _named(node, own, parent, words, known)


ONE_MORE = "a division is rounded down and one is added, which is one too many where it comes out even"


def _other_word(word):
    return ast.Or() if isinstance(word, ast.And) else ast.And()


def _product(node, words):
    left, right = node.left, node.right
    for part, rest in ((right, left), (left, right)):
        if not isinstance(part, ast.List):
            clause = f"the factor {part.value} is left out" if isinstance(part, ast.Constant) else ""
            clause = clause or f"{words.part(part, 'factor')} is left out of a product"
            yield (VAGUE if clause.startswith("a factor is") else PLAIN), clause, rest
    both = [words.code(left), words.code(right)]
    told = f"{both[0]} and {both[1]} are added, not multiplied" if all(both) else "a product is taken for a sum"
    yield (PLAIN if all(both) else VAGUE), told, _binary(left, ast.Add, right)
    if not isinstance(right, ast.Constant):
        yield PLAIN, f"it is divided by {words.part(right, 'factor')}, not multiplied", _binary(left, ast.Div, right)


def _sum(node, words):
    added = isinstance(node.op, ast.Add)
    verb = "added" if added else "subtracted"
    part = words.part(node.right, "part of the sum")
    to = ""
    if isinstance(node.right, ast.Constant):  # which of the numbers of the formula is it?
        names = [f"`{n}`" for n in sorted(words.of(node.left))]
        beside = words.code(node.left) or (f"what is made of {' and '.join(names)}" if 1 <= len(names) <= 2 else "")
        part, to = (part, f" {'to' if added else 'from'} {beside}") if beside else (_one_of(part), "")
    yield (VAGUE if part == "a part of the sum" else PLAIN), f"{part} is not {verb}{to}", node.left
    if added:
        part = words.part(node.left, "part of the sum")
        yield (VAGUE if part == "a part of the sum" else PLAIN), f"{part} is not added", node.right
        both = [words.code(node.left), words.code(node.right)]
        if all(both):
            yield PLAIN, f"{both[0]} and {both[1]} are multiplied, not added", _binary(node.left, ast.Mult, node.right)
    else:
        yield PLAIN, "a difference is taken the wrong way round", _binary(node.right, ast.Sub, node.left)
    part = words.part(node.right, "part of the sum")
    other = ast.Sub if added else ast.Add
    clause = f"{part} is {'subtracted, not added' if added else 'added, not subtracted'}"
    yield (VAGUE if part == "a part of the sum" else PLAIN), clause, _binary(node.left, other, node.right)


def _one_of(part):
    """A 1 that is told alone is any of those in a formula."""
    return "a 1" if part == "the 1" else part


def _quotient(node, words):
    left, right = node.left, node.right
    by = words.part(right, "factor")
    vague = VAGUE if by == "a factor" else PLAIN
    yield vague, f"it is not divided by {by}", left
    yield vague, f"it is multiplied by {by}, not divided", _binary(left, ast.Mult, right)
    if isinstance(node.op, ast.FloorDiv):
        yield PLAIN, "a division keeps its fraction (`/` for `//`)", _binary(left, ast.Div, right)
        yield PLAIN, "a division is rounded up, not down", _upward(left, right)
        half = _binary(_binary(left, ast.Div, right), ast.Add, ast.Constant(0.5))
        yield PLAIN, "a division is rounded to the nearest, not down", _binary(half, ast.FloorDiv, ast.Constant(1))
    else:
        yield PLAIN, "a division is rounded down (`//` for `/`)", _binary(left, ast.FloorDiv, right)
        yield PLAIN, "a division is upside down", _binary(right, ast.Div, left)
        if not isinstance(left, ast.Constant):
            yield VAGUE, "only what it is divided by is left, as one over it", _binary(ast.Constant(1), ast.Div, right)


def _upward(left, right):
    return ast.UnaryOp(ast.USub(), _binary(ast.UnaryOp(ast.USub(), left), ast.FloorDiv, right))


def _power(node, words):
    left, right = node.left, node.right
    what = words.code(left) or "something"
    exponent = right.value if isinstance(right, ast.Constant) else None
    if exponent == 2:
        names = sorted(words.of(left))
        if what == "something" and 1 <= len(names) <= 2:
            what = f"what is made of {' and '.join(f'`{n}`' for n in names)}"
        yield PLAIN, f"{what} is not squared", left
        yield PLAIN, f"{what} is doubled, not squared", _binary(left, ast.Mult, right)
        yield PLAIN, f"{what} squared is left out", ast.Constant(1)
        yield PLAIN, f"{what} is cubed, not squared", _binary(left, ast.Pow, ast.Constant(3))
        if _is(left, ast.Add, ast.Sub):
            squares = [_binary(part, ast.Pow, ast.Constant(2)) for part in (left.left, left.right)]
            yield PLAIN, "a sum is squared part by part", ast.BinOp(squares[0], left.op, squares[1])
    elif exponent == 0.5:
        yield PLAIN, "no root is taken", left
        yield PLAIN, "it is halved where a root belongs", _binary(left, ast.Div, ast.Constant(2))
    else:
        power = words.code(right) or "the exponent"
        yield PLAIN, f"{power} is a factor, not a power", _binary(left, ast.Mult, right)
        yield PLAIN, f"{power} is left out as a power", left
        yield PLAIN, "base and exponent are exchanged", _binary(right, ast.Pow, left)


_OPERATIONS = {
    ast.Mult: _product,
    ast.Add: _sum,
    ast.Sub: _sum,
    ast.Div: _quotient,
    ast.FloorDiv: _quotient,
    ast.Pow: _power,
}


def _brackets(node, words):
    """A bracket that is missing, or that encloses too much."""
    left, right, op = node.left, node.right, node.op
    if isinstance(op, (ast.Mult, ast.Div, ast.FloorDiv)):
        for inner, first in ((left, False), (right, True)):
            if _is(inner, ast.Add, ast.Sub):
                clause = f"the brackets around {words.code(inner) or 'a sum'} are missing"
                if first:
                    new = ast.BinOp(ast.BinOp(left, op, inner.left), inner.op, inner.right)
                else:
                    new = ast.BinOp(inner.left, inner.op, ast.BinOp(inner.right, op, right))
                yield PLAIN, clause, new
        if isinstance(op, (ast.Div, ast.FloorDiv)) and _is(right, ast.Mult):
            new = _binary(ast.BinOp(left, op, right.left), ast.Mult, right.right)
            yield PLAIN, "the brackets around what it is divided by are missing", new
    if isinstance(op, (ast.Add, ast.Sub)):
        for inner, first in ((right, True), (left, False)):
            if _is(inner, ast.Mult, ast.FloorDiv, ast.Div):
                whole = ast.BinOp(left, op, inner.left) if first else ast.BinOp(inner.right, op, right)
                new = ast.BinOp(whole, inner.op, inner.right) if first else ast.BinOp(inner.left, inner.op, whole)
                does = "multiplied" if isinstance(inner.op, ast.Mult) else "divided"
                yield PLAIN, f"a sum is {does} as a whole where only one part of it should be", new
    one = isinstance(left, ast.BinOp) and isinstance(left.right, ast.Constant) and left.right.value == 1
    if isinstance(op, ast.Pow) and _is(left, ast.Add, ast.Sub, ast.Mult, ast.Div) and not one:
        new = ast.BinOp(left.left, left.op, ast.BinOp(left.right, op, right))
        yield PLAIN, f"the brackets around {words.code(left) or 'what is squared'} are missing", new


def _number(node, parent):
    value = node.value
    beside = isinstance(parent, ast.BinOp) and not isinstance(parent.op, ast.Pow)
    if type(value) is int and value > 3 and isqrt(value) ** 2 == value and beside:
        yield (
            PLAIN,
            f"{isqrt(value)} stands where {value} belongs, squared",
            ast.Constant(isqrt(value)),
        )
    if type(value) is int and abs(value) <= SMALL:
        factor = isinstance(parent, ast.BinOp) and isinstance(parent.op, (ast.Mult, ast.Div, ast.FloorDiv))
        for other in (value + 1, value - 1, *((2 * value,) if factor and value > 1 else ())):
            yield VAGUE, f"{_a(other)} stands where {_a(value)} belongs", ast.Constant(other)
    if type(value) is float and value < 1:
        yield VAGUE, f"one less {value} is taken for {value}", ast.Constant(1 - value)
    if value in (6, 9) and isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Pow) and node is parent.right:
        for other in (3, 6, 9):
            if other != value:
                yield PLAIN, f"a unit is off: 10 to the power {other} for {value}", ast.Constant(other)
    if value in (1e9, 1e6):
        for other in (1e3, 1e6, 1e9):
            if other != value:
                yield PLAIN, f"a unit is off: {other:,.0f} for {value:,.0f}", ast.Constant(other)


def _a(value):
    return f"{'an' if abs(value) in (8, 11, 18) else 'a'} {value}"


def _comparison(node):
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


def _call(node, words):
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
        yield VAGUE, "a length is one too small", _binary(node, ast.Sub, ast.Constant(1))


def _range(node):
    """A loop that starts or ends elsewhere."""
    start, stop = ([ast.Constant(0), *node.args] if len(node.args) == 1 else node.args)[:2]

    def loop(start, stop):
        return ast.Call(node.func, [start, stop, *node.args[2:]], [])

    one = ast.Constant(1)
    yield PLAIN, "a loop makes one turn too few at its end", loop(start, _binary(stop, ast.Sub, one))
    yield PLAIN, "a loop makes one turn too many at its end", loop(start, _binary(stop, ast.Add, one))
    zero = isinstance(start, ast.Constant) and start.value == 0
    told = "a loop starts at 1, not at 0" if zero else "a loop starts one later"
    yield PLAIN, told, loop(_binary(start, ast.Add, one), stop)
    if zero:
        later = loop(_binary(start, ast.Add, one), _binary(stop, ast.Add, one))
        yield PLAIN, "a loop counts from 1, not from 0", later
    else:
        yield PLAIN, "a loop starts one earlier", loop(_binary(start, ast.Sub, one), stop)


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
        yield PLAIN, f"`{own}` is squared", _binary(node, ast.Pow, ast.Constant(2))
        yield PLAIN, f"`{own}` is doubled", _binary(node, ast.Mult, ast.Constant(2))


def _fields(parent, words):
    """Changes of whole nodes: what a comprehension leaves out, a slice or an index, the way of sorting."""
    if isinstance(parent, ast.comprehension) and parent.ifs:
        kept, parent.ifs = parent.ifs, []
        yield PLAIN, "nothing is left out: a condition is not asked"
        parent.ifs = kept
    if isinstance(parent, ast.AugAssign):
        kept = parent.op
        if isinstance(kept, ast.Add):
            parent.op = ast.Sub()
            yield PLAIN, "something is subtracted from the sum, not added"
        elif isinstance(kept, ast.FloorDiv):
            parent.op = ast.Div()
            yield PLAIN, "a division keeps its fraction (`/=` for `//=`)"
            parent.op = ast.Mult()
            yield PLAIN, "something is multiplied, not divided, from turn to turn"
        elif isinstance(kept, ast.Mult):
            parent.op = ast.Add()
            yield PLAIN, "something grows by a sum, not by a product, from turn to turn"
        parent.op = kept
    if isinstance(parent, ast.Call):
        for word in parent.keywords:
            if word.arg == "reverse":
                kept, word.value = word.value, ast.copy_location(ast.Constant(False), word.value)
                yield PLAIN, "it is sorted the other way round"
                word.value = kept


def _statements(parent, body, words):
    """Statements that are left out, exchanged, or stand in the wrong place."""
    looped = isinstance(parent, (ast.For, ast.While))
    for i, statement in enumerate(body):
        if looped and i == 0:
            continue  # the turns are counted there
        if isinstance(statement, ast.AugAssign) or (looped and isinstance(statement, ast.Assign) and i > 0):
            target = getattr(statement, "target", None) or statement.targets[0]
            told = words.code(target) if isinstance(target, ast.Name) else None
            parts = sorted(words.of(statement.value))
            clause = f"{told} stays as it is" if told else "a step is left out"
            if not told and isinstance(statement, ast.AugAssign) and 1 <= len(parts) <= 3:
                clause = f"the step with {', '.join(f'`{p}`' for p in parts)} is left out"
            elif not told and looped:
                clause = "a value that changes from turn to turn stays as it is"
            body[i] = ast.copy_location(ast.Pass(), statement)
            yield PLAIN, clause
            if looped and isinstance(statement, ast.AugAssign):
                body[i] = ast.copy_location(ast.Assign([target], statement.value), statement)
                yield PLAIN, "only the last turn of a loop counts (`=` for `+=`)"
            body[i] = statement
        if isinstance(statement, ast.If):
            kept = statement.test
            told = words.code(kept) or "a condition"
            for value, clause in ((True, f"{told} is always taken as true"), (False, f"{told} is never taken as true")):
                statement.test = ast.copy_location(ast.Constant(value), kept)
                yield PLAIN, clause
            statement.test = kept
        if looped and i + 1 < len(body):
            body[i], body[i + 1] = body[i + 1], body[i]
            yield PLAIN, "two steps of a loop come in the other order"
            body[i], body[i + 1] = body[i + 1], body[i]
        if isinstance(statement, (ast.For, ast.While)) and isinstance(body[-1], ast.Return) and i == len(body) - 2:
            statement.body.append(body[-1])
            yield PLAIN, "`return` stands inside the loop, which ends after one turn"
            statement.body.pop()
