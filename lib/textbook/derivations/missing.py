"""Which numbers of a text have no derivation, and which names of its expressions could be mistaken."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable

from .annotations import ARITHMETIC, COMMENT, DIGITS, PRINTED, annotations, start_of_part

NAMES = re.compile(
    r"""```.*?```|`[^`]*`|\]\([^)]*\)|https?://\S+|arXiv:\S+|<(?!!--)[^>]*>|^\s*\d+\.(?=\s)  # code, addresses, tags
    |\b(?:VGG|ResNet|DenseNet|Inception|NASNet|LeNet|CIFAR|ILSVRC|ImageNet|GoogLeNet|ResNeXt|AlexNet)-?\d+(?:[-.]\w+)*
    |\b[Tt]op-[15]\b|\b\d+[ ]?[x×][ ]?\d+(?:[ ]?[x×][ ]?\d+)*                          # top-5, a kernel of 3x3
    |\b(?:[Tt]ables?|[Ff]igures?|[Ss]ections?|[Ee]xercises?|[Pp]arts?|[Ee]quations?|[Ss]teps?|[Cc]hapters?|[Gg]uidelines?)
      [ ]\d+(?:\.\d+)?(?:(?:,|[ ]to|[ ]and)[ ]\d+)*
    |\b(?:19|20)\d\d\b|\b\d+[ ]minutes\b|\*\*Time:\*\*[^\n]*""",
    re.S | re.M | re.X,
)
NUMBER = re.compile(rf"(?<![\w,.\\]){DIGITS}(?![\w])")
LARGE = 100  # numbers below it in a formula are factors, which the formula explains


def missing(text: str, printed: Iterable[str] = ()) -> list[str]:
    """Return the numbers of a Markdown text without derivation, each with the words around it.

    printed: what the cells of the page print; a number of three digits or more that stands there is derived.
    """
    outputs = set(re.findall(DIGITS, "\n".join(printed)))
    text = re.split(r"^## Sources", text, flags=re.M)[0]
    bare = list(text)
    for comment in COMMENT.finditer(text):
        start = _covered_from(text, comment)
        bare[start : comment.end()] = " " * (comment.end() - start)
    hidden = re.sub(r"<!--.*?-->", _blank, "".join(bare), flags=re.S)
    hidden = re.sub(r"\$\$.*?\$\$|\$[^$\n]+\$", _formula, hidden, flags=re.S)
    hidden = NAMES.sub(_blank, hidden)
    return [
        f"{number[0]} in: ...{' '.join(text[max(0, number.start() - 40) : number.end() + 20].split())}..."
        for number in NUMBER.finditer(hidden)
        if not (len(re.sub(r"\D", "", number[0])) >= 3 and number[0] in outputs)
    ]


def _blank(match):
    return " " * len(match[0])


def _formula(match):
    """A formula, of which only large numbers are left."""

    def kept(number):
        digits = re.sub(r"\D", "", number[0].partition(".")[0])
        return number[0] if digits and int(digits) >= LARGE else " " * len(number[0])

    inner = re.sub(DIGITS, kept, match[0])
    return re.sub(r"[^\d\\,.\s]|\\(?!,)", " ", inner)


def _covered_from(text, comment):
    """Where the part of the text begins that a comment covers: its number, or the part of the sentence before it."""
    before = text[: comment.start()]
    if comment[1] in ("=", "@"):
        printed = PRINTED.search(re.sub(r"(?:<!--[^>]*-->)+$", "", before))
        if not printed:
            return comment.start()
        total = ARITHMETIC.search(before[: printed.start()])
        return total.start() if total else printed.start()
    if comment[1] in ("?", "#"):
        return start_of_part(COMMENT.sub(_blank, before))
    return comment.start()


def assigned_twice(sources: Iterable[str], texts: Iterable[str]) -> list[str]:
    """Return the names in derivations that are assigned in several cells, so that their value depends on the place."""
    cells = Counter(name for source in sources for name in _assigned(source))
    used = set()
    for text in texts:
        for note in annotations(text):
            for expression in note.expressions:
                used |= {node.id for node in ast.walk(ast.parse(expression)) if isinstance(node, ast.Name)}
    return sorted(name for name in used if cells[name] > 1)


def _assigned(source):
    """The names that a cell assigns at its top level."""
    plain = re.sub(r"^(\s*)[%!].*", r"\1pass", source, flags=re.M)
    found, stack = set(), list(ast.parse(plain).body)
    while stack:
        node = stack.pop()
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
            continue
        else:
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                found.add(node.id)
            stack += ast.iter_child_nodes(node)
    return found
