"""Steps beside the right one in the course of a program: what is left out, exchanged, or stands in the wrong place.

Each function changes the tree in place, and undoes the change when the next one is asked for.
"""

import ast
from collections.abc import Iterator

from .arithmetic import PLAIN
from .words import Words

Change = tuple[int, str]  # PLAIN or VAGUE, and the clause


def fields(parent: ast.AST) -> Iterator[Change]:
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


def statements(parent: ast.AST, body: list[ast.stmt], words: Words) -> Iterator[Change]:
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
