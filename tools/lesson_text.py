"""What the text of a lesson derives: asked for when its notebook runs, kept for the site, told where it is wrong.

lesson_text.py FILE ...        list the numbers that have no derivation yet
"""

import contextlib
import json
import re
import sys
from pathlib import Path

import nbformat

sys.path.insert(0, str(Path(__file__).resolve().parent))  # Python leaves it out under PYTHONSAFEPATH
import notebook_file
from environment import BUILD, ROOT

sys.path.insert(0, str(ROOT / "lib"))
from textbook import derivations

ANSWERS = BUILD / "derivations"  # {expression: answer} of each notebook that has run
REFERENCES = ROOT / "chapters" / "back" / "references.bib"


def texts(notebook):
    return [notebook_file.joined(c["source"]) for c in notebook["cells"] if c["cell_type"] == "markdown"]


def codes(notebook):
    return [notebook_file.joined(c["source"]) for c in notebook["cells"] if c["cell_type"] == "code"]


@contextlib.contextmanager
def asked(notebook):
    """While the notebook runs, a last cell asks; yields the answers, filled in when it has run."""
    answers, wanted = {}, derivations.expressions(texts(notebook))
    if not wanted:
        yield answers
        return
    cell = nbformat.v4.new_code_cell(derivations.asking_cell(wanted))
    notebook.cells.append(cell)
    try:
        yield answers
    finally:
        notebook.cells.remove(cell)
        for output in cell.outputs:
            answers.update(output.get("data", {}).get(derivations.MIME, {}))


def references():
    """The keys of the book's references."""
    return set(re.findall(r"^@\w+\{([^,\s]+)", REFERENCES.read_text(encoding="utf-8"), flags=re.M))


def check(name, notebook, answers):
    """Keep the answers of a notebook that has run; returns a line for each derivation that does not hold."""
    file = ANSWERS / (name + ".json")
    file.unlink(missing_ok=True)
    wrong = [
        "%s: %s" % (name, line)
        for text in texts(notebook)
        for line in derivations.problems(text, answers, references())
    ]
    if answers and not wrong:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(answers), encoding="utf-8")
    return wrong


def answers_of(name):
    """{expression: answer} of a notebook's last run."""
    file = ANSWERS / (name + ".json")
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}


def known(name, notebook):
    """Has every expression of this text been answered, and held, in the last run?"""
    answers = answers_of(name)
    if not set(derivations.expressions(texts(notebook))) <= set(answers):
        return False
    return not any(derivations.problems(text, answers, references()) for text in texts(notebook))


def printed(notebook):
    """What the cells of a notebook print, as texts."""
    found = []
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            found += [notebook_file.joined(data[kind]) for kind in ("text/plain", "text/html") if kind in data]
            found += [notebook_file.joined(output["text"])] if "text" in output else []
    return found


def missing(notebook):
    """Lines about a committed lesson: numbers without a derivation, and names that are assigned in several cells."""
    outputs = printed(notebook)
    lines = [line for text in texts(notebook) for line in derivations.missing(text, outputs)]
    return lines + [
        "%s is assigned in several cells, and a derivation uses it" % name
        for name in derivations.assigned_twice(codes(notebook), texts(notebook))
    ]


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        for line in missing(notebook_file.read(Path(argument))):
            print(line)
