"""Printed formulas as functions, so that a formula is held against the counter just as it stands in its source."""

import re
from collections.abc import Callable
from typing import Any

from convcost.errors import ConvcostError

from .records import row

# What the sources write, in the order of replacement -> Python.
SPELLINGS = (
    (r"\$|\\left|\\right|\\cong|\bMACs\b|\bparameters\b", ""),
    (r"\\text\{([^}]*)\}", lambda m: m[1].replace(" ", "_")),
    (r"(\w)_\{(\w+)\}", r"\1_\2"),
    (r"\\?f?rac\{(.*?)\}\{(.*?)\}", r"(\1)/(\2)"),  # one source has lost its \f in scanning
    (r"\\(alpha|beta|rho)\s*", r"\1*"),
    (r"\\times|×|·", "*"),
    (r"\^", "**"),
    (r"\[", "("),
    (r"\]", ")"),
)


def formula(id: str) -> Callable[..., Any]:
    """Return the formula that a source prints, as a function of its variables, given by name.

    Of `left = right` the last side is taken, before any `≡` that names it or `~` that approximates it. Names are
    those of the source (`D_K`, `C_out`, `input_size`); values that a formula does not use are ignored.

        formula("korean-formula-reduction")(N=128, D_k=3)
    """
    text = re.split(r"≡|\\sim", row(id)["printed"])[0].split("=")[-1]
    for pattern, python in SPELLINGS:
        text = re.sub(pattern, python, text)
    text = text.strip()
    names = sorted(set(re.findall(r"[A-Za-z]\w*", text)))
    try:
        if re.search(r"[^\w\s+*/().-]|\w\s*\(", text):  # nothing but arithmetic
            raise SyntaxError
        code = compile(text, id, "eval")
    except SyntaxError:
        raise ConvcostError(f"{id}: cannot be read as a formula: {row(id)['printed']}") from None

    def function(**values):
        missing = [name for name in names if name not in values]
        if missing:
            raise ConvcostError(f"{id}: needs a value for {', '.join(missing)}")
        return eval(code, {"__builtins__": {}}, values)

    function.__name__, function.names, function.text = id, names, text
    return function
