"""The API reference: signatures and docstrings of the library, by Sphinx's autodoc.

Docstrings here are plain text: `code` in single backticks, examples behind >>> or indented. They are turned into
reStructuredText that cannot be misread, so that no docstring has to be written for Sphinx.
"""

import inspect
import re
from importlib import import_module

from convcost.layers.base import Layer
from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.statemachine import StringList


def found(name):
    """The object of a dotted name."""
    module, _, last = name.rpartition(".")
    return getattr(import_module(module), last)


def expanded(name):
    """`package.*` as the names of its `__all__`, or of its `names()`; any other name as it is."""
    if not name.endswith(".*"):
        return [name]
    module = import_module(name[:-2])
    listed = module.names() if hasattr(module, "names") else module.__all__
    return [f"{name[:-2]}.{last}" for last in listed if callable(getattr(module, last))]


class Api(Directive):
    """Each line is a dotted name, or `package.*`; a class that ends with a colon is shown with its members."""

    has_content = True

    def run(self):
        lines = []
        for line in self.content:
            members = line.endswith(":")
            for name in expanded(line.rstrip(":")):
                kind = "class" if inspect.isclass(found(name)) else "function"
                options = ["   :members:", "   :exclude-members: made_by"] if members else []
                lines += [f".. auto{kind}:: {name}", *options, ""]
        box = nodes.container(classes=["api"])
        self.state.nested_parse(StringList(["```{eval-rst}", *lines, "```"]), self.content_offset, box)
        return [box]


def plain_docstring(app, what, name, obj, options, lines):
    text = "\n".join(lines)
    if is_network(obj):  # the rest stands on its card
        variants = "variant%s %s" % ("s" * (len(obj.variants) > 1), ", ".join(f"`{name}`" for name in obj.variants))
        text = "%s\n\n%s; %s." % (text.strip().split("\n\n")[0], obj.source, variants)
    lines[:] = restructured(quoted(text, parameters(obj))).split("\n")


def is_network(obj):
    return hasattr(obj, "variants") and hasattr(obj, "options")


def parameters(obj):
    """The names of the arguments of a function or a class."""
    try:
        return list(inspect.signature(obj).parameters)
    except (TypeError, ValueError):  # a property; an exception of Python's own making
        return []


def quoted(text, names):
    """Put backticks around each argument where its description starts: `name: what it is; name: what it is`."""
    for name in names:
        text = re.sub(
            rf"(^ *|[;.]\s+|, | and )({re.escape(name)})(?=:|(?:, \w+)*(?: and \w+)?:)", r"\1`\2`", text, flags=re.M
        )
    return text


def restructured(text):
    """Return plain text as reStructuredText: paragraphs, examples, code in backticks, and nothing else."""
    blocks = []
    for block in re.split(r"\n\s*\n", text.strip("\n")):
        if block.lstrip().startswith(">>>"):
            blocks.append(inspect.cleandoc(block))
        elif block.startswith("    ") and blocks:
            blocks.append("::\n\n" + block)
        else:
            items = re.split(r"\n(?=- )", "\n".join(line.strip() for line in block.splitlines()))
            blocks.append("\n".join(map(_escaped, items)))
    return "\n\n".join(blocks) + "\n"


def _escaped(text):
    """One line of reStructuredText; an escaped blank, which is not shown, sets code apart from what touches it."""
    parts = re.split(r"`([^`]+)`", " ".join(text.split()))
    parts[::2] = [re.sub(r"([\\*|_`])", r"\\\1", part) for part in parts[::2]]
    parts[1::2] = [rf"\ ``{part}``\ " for part in parts[1::2]]
    return re.sub(r"\\ $", "", "".join(parts))


def signature(app, what, name, obj, options, arguments, returned):
    """Layer kinds and networks list their options without types; a convention is its name."""
    if is_network(obj) or (inspect.isclass(obj) and issubclass(obj, Layer)):
        options = inspect.signature(obj).parameters.values()
        return str(inspect.Signature([p.replace(annotation=p.empty) for p in options])), returned
    return re.sub(r"<Convention (\w+):[^>]*>", r"'\1'", arguments or "") or arguments, returned


def setup(app):
    app.setup_extension("sphinx.ext.autodoc")
    app.add_directive("api", Api)
    app.connect("autodoc-process-docstring", plain_docstring)
    app.connect("autodoc-process-signature", signature)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
