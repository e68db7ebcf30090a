"""Steps beside the right one in arithmetic: sums, products, quotients, powers, brackets, numbers.

Each function yields (rank, clause, what stands there instead).
"""

import ast
from collections.abc import Iterator
from math import isqrt

from .words import Words

PLAIN, VAGUE = 0, 1  # how much a clause says
Instead = tuple[int, str, ast.expr]  # PLAIN or VAGUE, the clause, what stands there instead
SMALL = 16  # whole numbers up to here are changed by one


def binary(left: ast.expr, kind: type[ast.operator], right: ast.expr) -> ast.BinOp:
    """Return `left kind right`."""
    return ast.BinOp(left, kind(), right)


def is_binary(node: ast.AST, *kinds: type[ast.operator]) -> bool:
    """Is it one of these operations?"""
    return isinstance(node, ast.BinOp) and isinstance(node.op, kinds)


def _product(node, words):
    left, right = node.left, node.right
    for part, rest in ((right, left), (left, right)):
        if not isinstance(part, ast.List):
            clause = f"the factor {part.value} is left out" if isinstance(part, ast.Constant) else ""
            clause = clause or f"{words.part(part, 'factor')} is left out of a product"
            yield (VAGUE if clause.startswith("a factor is") else PLAIN), clause, rest
    both = [words.code(left), words.code(right)]
    told = f"{both[0]} and {both[1]} are added, not multiplied" if all(both) else "a product is taken for a sum"
    yield (PLAIN if all(both) else VAGUE), told, binary(left, ast.Add, right)
    if not isinstance(right, ast.Constant):
        yield PLAIN, f"it is divided by {words.part(right, 'factor')}, not multiplied", binary(left, ast.Div, right)


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
            yield PLAIN, f"{both[0]} and {both[1]} are multiplied, not added", binary(node.left, ast.Mult, node.right)
    else:
        yield PLAIN, "a difference is taken the wrong way round", binary(node.right, ast.Sub, node.left)
    part = words.part(node.right, "part of the sum")
    other = ast.Sub if added else ast.Add
    clause = f"{part} is {'subtracted, not added' if added else 'added, not subtracted'}"
    yield (VAGUE if part == "a part of the sum" else PLAIN), clause, binary(node.left, other, node.right)


def _one_of(part):
    """A 1 that is told alone is any of those in a formula."""
    return "a 1" if part == "the 1" else part


def _quotient(node, words):
    left, right = node.left, node.right
    by = words.part(right, "factor")
    vague = VAGUE if by == "a factor" else PLAIN
    yield vague, f"it is not divided by {by}", left
    yield vague, f"it is multiplied by {by}, not divided", binary(left, ast.Mult, right)
    if isinstance(node.op, ast.FloorDiv):
        yield PLAIN, "a division keeps its fraction (`/` for `//`)", binary(left, ast.Div, right)
        yield PLAIN, "a division is rounded up, not down", _upward(left, right)
        half = binary(binary(left, ast.Div, right), ast.Add, ast.Constant(0.5))
        yield PLAIN, "a division is rounded to the nearest, not down", binary(half, ast.FloorDiv, ast.Constant(1))
    else:
        yield PLAIN, "a division is rounded down (`//` for `/`)", binary(left, ast.FloorDiv, right)
        yield PLAIN, "a division is upside down", binary(right, ast.Div, left)
        if not isinstance(left, ast.Constant):
            yield VAGUE, "only what it is divided by is left, as one over it", binary(ast.Constant(1), ast.Div, right)


def _upward(left, right):
    return ast.UnaryOp(ast.USub(), binary(ast.UnaryOp(ast.USub(), left), ast.FloorDiv, right))


def _power(node, words):
    left, right = node.left, node.right
    what = words.code(left) or "something"
    exponent = right.value if isinstance(right, ast.Constant) else None
    if exponent == 2:
        names = sorted(words.of(left))
        if what == "something" and 1 <= len(names) <= 2:
            what = f"what is made of {' and '.join(f'`{n}`' for n in names)}"
        yield PLAIN, f"{what} is not squared", left
        yield PLAIN, f"{what} is doubled, not squared", binary(left, ast.Mult, right)
        yield PLAIN, f"{what} squared is left out", ast.Constant(1)
        yield PLAIN, f"{what} is cubed, not squared", binary(left, ast.Pow, ast.Constant(3))
        if is_binary(left, ast.Add, ast.Sub):
            squares = [binary(part, ast.Pow, ast.Constant(2)) for part in (left.left, left.right)]
            yield PLAIN, "a sum is squared part by part", ast.BinOp(squares[0], left.op, squares[1])
    elif exponent == 0.5:
        yield PLAIN, "no root is taken", left
        yield PLAIN, "it is halved where a root belongs", binary(left, ast.Div, ast.Constant(2))
    else:
        power = words.code(right) or "the exponent"
        yield PLAIN, f"{power} is a factor, not a power", binary(left, ast.Mult, right)
        yield PLAIN, f"{power} is left out as a power", left
        yield PLAIN, "base and exponent are exchanged", binary(right, ast.Pow, left)


def brackets(node: ast.BinOp, words: Words) -> Iterator[Instead]:
    """A bracket that is missing, or that encloses too much."""
    left, right, op = node.left, node.right, node.op
    if isinstance(op, (ast.Mult, ast.Div, ast.FloorDiv)):
        for inner, first in ((left, False), (right, True)):
            if is_binary(inner, ast.Add, ast.Sub):
                clause = f"the brackets around {words.code(inner) or 'a sum'} are missing"
                if first:
                    new = ast.BinOp(ast.BinOp(left, op, inner.left), inner.op, inner.right)
                else:
                    new = ast.BinOp(inner.left, inner.op, ast.BinOp(inner.right, op, right))
                yield PLAIN, clause, new
        if isinstance(op, (ast.Div, ast.FloorDiv)) and is_binary(right, ast.Mult):
            new = binary(ast.BinOp(left, op, right.left), ast.Mult, right.right)
            yield PLAIN, "the brackets around what it is divided by are missing", new
    if isinstance(op, (ast.Add, ast.Sub)):
        for inner, first in ((right, True), (left, False)):
            if is_binary(inner, ast.Mult, ast.FloorDiv, ast.Div):
                whole = ast.BinOp(left, op, inner.left) if first else ast.BinOp(inner.right, op, right)
                new = ast.BinOp(whole, inner.op, inner.right) if first else ast.BinOp(inner.left, inner.op, whole)
                does = "multiplied" if isinstance(inner.op, ast.Mult) else "divided"
                yield PLAIN, f"a sum is {does} as a whole where only one part of it should be", new
    one = isinstance(left, ast.BinOp) and isinstance(left.right, ast.Constant) and left.right.value == 1
    if isinstance(op, ast.Pow) and is_binary(left, ast.Add, ast.Sub, ast.Mult, ast.Div) and not one:
        new = ast.BinOp(left.left, left.op, ast.BinOp(left.right, op, right))
        yield PLAIN, f"the brackets around {words.code(left) or 'what is squared'} are missing", new


def number(node: ast.Constant, parent: ast.AST) -> Iterator[Instead]:
    """A number beside the right one: its root, one more or less, another unit."""
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


OPERATIONS = {
    ast.Mult: _product,
    ast.Add: _sum,
    ast.Sub: _sum,
    ast.Div: _quotient,
    ast.FloorDiv: _quotient,
    ast.Pow: _power,
}
