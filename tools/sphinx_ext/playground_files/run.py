"""Runs what the reader of the playground wrote: inside the browser, by Pyodide, and in the tests, by any Python."""

import ast
import contextlib
import io
import json
from html import escape

from convcost import ConvcostError, FeatureMap, Layers, Network
from convcost.table import CostTable

NAME = "<the definition>"
MOST = 20_000  # characters that a run may print
NOTHING = "nothing to show: let the last line be a network, a table, or a print"


class Printed(io.StringIO):
    """Standard output that ends a run which prints for ever."""

    def write(self, text):
        if self.tell() + len(text) > MOST:
            raise ConvcostError(f"more than {MOST:,} characters printed")
        return super().write(text)


def run(source):
    """Return JSON with `html`, what was printed and the last line's value, and `says`, one line; or with `error`."""
    printed = Printed()
    try:
        body = ast.parse(source, NAME).body
        last = body.pop().value if body and isinstance(body[-1], ast.Expr) else ast.Constant(None)
        names = {"__name__": "__main__"}
        with contextlib.redirect_stdout(printed):
            exec(compile(ast.Module(body, []), NAME, "exec"), names)
            value = eval(compile(ast.fix_missing_locations(ast.Expression(last)), NAME, "eval"), names)
            html, says = shown(value)
    except BaseException as error:  # an exit, too, ends this run only
        return json.dumps({"error": one_line(error)})
    if printed.getvalue():
        html = f"<pre>{escape(printed.getvalue())}</pre>{html}"
    return json.dumps({"html": html, "says": says} if html else {"error": NOTHING})


def shown(value):
    """Return a value as HTML, and one line about it."""
    if isinstance(value, FeatureMap) and value.node:
        value = Network(value)
    part = value.part if isinstance(value, CostTable) else value
    says = "done"
    if isinstance(part, Layers):
        layers = "1 layer" if len(part.layers) == 1 else f"{len(part.layers)} layers"
        says = f"{layers}, {part.params:,} parameters, {part.macs:,} MACs"
        value = value if value is not part else part.table()
    if value is None:
        return "", says
    return value._repr_html_() if hasattr(value, "_repr_html_") else f"<pre>{escape(repr(value))}</pre>", says


def one_line(error):
    """Return an error as one line: the library's own as it stands, behind the line of the definition."""
    text = " ".join(str(error).split())
    if isinstance(error, ModuleNotFoundError):
        text = f"{text}: in the browser there is the standard library and what convcost counts with"
    elif isinstance(error, SyntaxError):
        return f"line {error.lineno}: {error.msg}"
    elif not isinstance(error, ConvcostError):
        text = f"{type(error).__name__}: {text}".removesuffix(": ")
    lines, step = [], error.__traceback__
    while step:
        lines += [step.tb_lineno] if step.tb_frame.f_code.co_filename == NAME else []
        step = step.tb_next
    return f"line {lines[-1]}: {text}" if lines else text
