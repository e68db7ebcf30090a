"""Code cells as plain Python. Runs in the sandbox too: compiling what a stranger wrote can end a process."""

import re
from ast import PyCF_ALLOW_TOP_LEVEL_AWAIT


def plain_python(source: str) -> str:
    """Return a code cell as Python: where it cannot be compiled, IPython's own syntax is taken out (cell magics,
    `%magic`, `!command`, `x = !command`, `name?`, prompts).
    """
    source = source.removeprefix("\ufeff")
    if re.match(r"\s*%%(time|capture|timeit|prun|memit)\b", source):
        return plain_python(source.partition("\n")[2])
    if re.match(r"\s*%%", source):
        return ""
    try:
        compile(source, "cell", "exec", PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
        return source
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        lines, going_on = [], False
        for line in _without_prompts(source):
            plain = "" if going_on else _plain_line(line)
            going_on = plain != line and line.endswith("\\")
            lines.append(plain)
        return "\n".join(lines)


def undented(source: str) -> str:
    """Return a cell that is indented as a whole without that indent, as IPython runs it."""
    lines = source.split("\n")
    outer = _indent(next((line for line in lines if line.strip()), ""))
    return "\n".join(line.removeprefix(outer) for line in lines)


def _without_prompts(source):
    """Return the lines of a cell without the prompts of a session that was copied."""
    lines = source.split("\n")
    first = next((line for line in lines if line.strip()), "")
    if not re.match(r">>> |In \[\d+\]: ", first):
        return lines
    return [re.sub(r"^(?:>>>|\.\.\.|In \[\d+\]:| *\.\.\.:) ?", "", line) for line in lines]


def _indent(line):
    return line[: len(line) - len(line.lstrip(" \t"))]


def _plain_line(line):
    rest = line.strip()
    if run := re.match(r"%(?:time|prun|memit)\s+(?![-\s])(.+)", rest):
        return _indent(line) + run[1]
    if re.match(r"%[A-Za-z]|!|\?", rest) or re.fullmatch(r"[\w.]+\?{1,2}", rest):
        return _indent(line) + "pass"
    return re.sub(r"^(\s*\w+ ?= ?)[%!].*", r"\1None", line)
