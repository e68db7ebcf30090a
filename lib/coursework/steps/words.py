"""How a piece of a solution is told to a student, who knows the names of the exercise but not those of the solution."""

import ast
from collections.abc import Iterable

LONGEST = 26  # characters of code that a sentence takes


class Words:
    """What the names in a solution mean to a student.

    tree: the solution; known: the names that the exercise itself uses: arguments of the function, or what the
    student's numbers are called.
    """

    def __init__(self, tree: ast.AST, known: Iterable[str]) -> None:
        self.known, self.made_of = set(known), {}
        self.called = {}  # a name of the solution -> what the exercise calls it
        for node in ast.walk(tree):
            if isinstance(node, (ast.For, ast.comprehension)):
                self._rows(node)
        for _ in range(3):  # a name may be made of one that is made of another
            for node in ast.walk(tree):
                self._made(node)

    def _rows(self, node):
        """The columns of a table that the exercise describes have names that the student knows."""
        names = [n for n in ast.walk(node.target) if isinstance(n, ast.Name) and n.id != "_"]
        if len(names) > 1 and not isinstance(node.iter, ast.Call) and self.of(node.iter):
            self.known.update(n.id for n in names)

    def _made(self, node):
        if isinstance(node, (ast.For, ast.comprehension)):
            targets, value = [node.target], node.iter
        elif isinstance(node, (ast.Assign, ast.AugAssign)):
            targets, value = getattr(node, "targets", None) or [node.target], node.value
        else:
            return
        for target in targets:
            if isinstance(target, ast.Name) and self._key(value):
                self.called[target.id] = self._key(value)
            pairs = [(target, value)]
            if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
                pairs = list(zip(target.elts, value.elts))
            for one, what in pairs:
                for name in ast.walk(one):
                    if isinstance(name, ast.Name):
                        self.made_of.setdefault(name.id, set()).update(self.of(what))

    def _key(self, node):
        """The name of a student's number: `width` for `given["width"]`."""
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and node.slice.value in self.known:
            return node.slice.value
        return None

    def name(self, node: ast.AST) -> str | None:
        """Return what a student calls a single name, or None."""
        if isinstance(node, ast.Name):
            return self.called.get(node.id, node.id if node.id in self.known else None)
        return self._key(node)

    def of(self, node: ast.AST) -> set[str]:
        """Return the student's names on which a value depends."""
        found = set()
        for part in ast.walk(node):
            if own := self.name(part):
                found.add(own)
            elif isinstance(part, ast.Name):
                found |= self.made_of.get(part.id, set())
        return found

    def code(self, node: ast.AST) -> str | None:
        """Return a piece of code as the student would write it, between backticks; None if it cannot be told."""
        if isinstance(node, ast.Constant):
            return str(node.value) if isinstance(node.value, (int, float)) else None
        spoken = _Spoken(self)
        text = ast.unparse(spoken.visit(ast.fix_missing_locations(ast.parse(ast.unparse(node), mode="eval").body)))
        return f"`{text}`" if spoken.told and len(text) <= LONGEST else None

    def part(self, node: ast.AST, what: str) -> str:
        """Return a name for a part of a sum or of a product: its code, or on what it depends; `a part` if that is all
        that can be said of it; what: part, factor.
        """
        if isinstance(node, ast.Constant):
            return f"the {node.value}"
        if own := self.code(node):
            return own
        names = " and ".join(f"`{n}`" for n in sorted(self.of(node)))
        return f"a {what} that depends on {names}" if 1 <= len(self.of(node)) <= 2 else f"a {what}"


class _Spoken(ast.NodeTransformer):
    """Puts the student's names in place of the solution's; `told`: are there no others?"""

    def __init__(self, words):
        self.words, self.told = words, True

    def visit_Name(self, node):
        own = self.words.name(node)
        self.told &= own is not None or node.id in ("len", "sum", "max", "min", "range", "round", "abs")
        return ast.Name(own or node.id)

    def visit_Subscript(self, node):
        own = self.words.name(node)
        return ast.Name(own) if own else self.generic_visit(node)
