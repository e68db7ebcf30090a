"""The students' notebooks, made from the solutions.

exercises.py given   write the published variants' numbers into the solutions (before they are executed)
exercises.py write   make the exercise notebooks; without an argument: only say which are stale

In solutions/NAME.ipynb
- what stands between `### BEGIN SOLUTION` and `### END SOLUTION`, and the right side (or, in `predict`, the guess) of
  a line that ends in `# SOLUTION`, becomes `...`, a guess under its question;
- cells tagged `solution` are left out;
- a text cell that starts with `**Answer to NAME.QUESTION:**` is emptied for the student's answer;
- a cell that starts with `QUESTION_given =` holds the numbers of the published variant, from the specification.

`write` also puts the code of the solutions into lib/coursework/solved, where feedback reads it.
"""

import ast
import json
import re
import sys
import textwrap
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))  # Python leaves it out under PYTHONSAFEPATH
import notebook_file
from environment import ROOT

sys.path.insert(0, str(ROOT / "lib"))
from coursework.design import Design
from coursework.exercise import exercises, specification
from coursework.grading.variants import asked_in, given_cell

SOLVED = ROOT / "lib/coursework/solved"
SOLUTION = re.compile(r"^( *)### BEGIN SOLUTION\n.*?^ *### END SOLUTION\n?", re.S | re.M)
LINE = re.compile(r"^( *)(.*?=) .*  # SOLUTION$", re.M)
GUESS = re.compile(r"^predict\(\"([\w.]+)\", .*\)  # SOLUTION$", re.M)
WIDE = 60  # letters of a line that a phone shows


def unsolved(source):
    """A code cell without its solution."""

    def blank(match):
        indent = match.group(1)
        return indent + ("return ...  # your code in place of the dots\n" if indent else "# your code\n")

    source = GUESS.sub(asked, SOLUTION.sub(blank, source))
    return LINE.sub(r"\1\2 ...  # your code in place of the dots", source).rstrip("\n")


def asked(match):
    """The line of a guess under its question: in a notebook it is read before anything has run."""
    chapter, _, name = match[1].partition(".")
    lines = textwrap.wrap(f"Guess {getattr(specification(chapter), name).question}.", WIDE - 2)
    return "".join(f"# {line}\n" for line in lines) + f'predict("{match[1]}", ...)'


def student_cell(cell, variants):
    """The student's version of one cell, or None."""
    if "solution" in cell["metadata"].get("tags", []):
        return None
    source = "".join(cell["source"])
    if cell["cell_type"] == "markdown":
        match = re.match(r"\*\*Answer to [\w.]+:\*\*", source)
        source = match.group() + "\n\n*Write here.*" if match else source
        return {"cell_type": "markdown", "metadata": {}, "source": source}
    source = variants.get(asked_in(source)) or unsolved(source)
    tags = [t for t in cell["metadata"].get("tags", []) if t == "hide-cell"]
    return {"cell_type": "code", "execution_count": None, "metadata": {"tags": tags}, "outputs": [], "source": source}


def variants_of(name):
    """function -> the cell with the numbers of the published variant, for the exercises that have variants."""
    known = [e for e in exercises(name).values() if e.make_variant]
    return {e.function: given_cell(e.function, e.variant()) for e in known}


def write_given():
    """Write the published variants into the solutions."""
    for path, _ in targets():
        notebook, variants = notebook_file.read(path), variants_of(path.stem)
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                source = "".join(cell["source"])
                cell["source"] = variants.get(asked_in(source), source).splitlines(keepends=True)
        notebook_file.write(path, notebook)


def student_notebook(path):
    """The exercise notebook of a solution notebook, as text."""
    solution, variants = notebook_file.read(path), variants_of(path.stem)
    cells = [c for c in (student_cell(cell, variants) for cell in solution["cells"]) if c]
    return notebook_file.canonical({"cells": cells})


LIBRARY = ("convcost", "textbook", "coursework")


def solved(path):
    """The code of a solution notebook's exercises, as lib/coursework/solved describes it, as text."""
    functions = {e.function for e in exercises(path.stem).values() if not isinstance(e, Design)}
    found = {"": ""}
    for cell in notebook_file.read(path)["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] != "code" or cell["metadata"].get("tags") or asked_in(source):
            continue
        imports, others, foreign = [], [], False
        for statement in ast.parse(source).body:
            if isinstance(statement, (ast.Import, ast.ImportFrom)):
                ours = ast.unparse(statement).split()[1].partition(".")[0] in LIBRARY
                foreign |= ours and "check" not in ast.unparse(statement)
                imports += [] if ours else [ast.unparse(statement)]
            else:
                others.append(statement)
        found[""] += "".join(f"{line}\n" for line in imports if line not in found[""])
        last = others[-1] if others else None
        name = last.name if isinstance(last, ast.FunctionDef) else ""
        if isinstance(last, ast.Assign) and isinstance(last.targets[0], ast.Name):
            name = last.targets[0].id
        if name in functions and not foreign and "SOLUTION" in source:
            text = "\n".join(ast.get_source_segment(source, statement) for statement in others)
            found[name] = re.sub(r" *### (BEGIN|END) SOLUTION\n?|  # SOLUTION$", "", text, flags=re.M)
    return json.dumps(found, indent=1, ensure_ascii=False) + "\n"


def targets():
    """(solution, exercise notebook) of every exercise notebook."""
    return [(p, ROOT / "exercises" / p.name) for p in sorted((ROOT / "solutions").glob("*.ipynb"))]


def stale():
    """Exercise notebooks that are not what their solution gives, and those that have no solution."""
    found = [t for p, t in targets() if not t.is_file() or t.read_text(encoding="utf-8") != student_notebook(p)]
    kept = [(p, SOLVED / f"{p.stem}.json") for p, _ in targets()]
    found += [t for p, t in kept if not t.is_file() or t.read_text(encoding="utf-8") != solved(p)]
    found += [t for t in sorted(SOLVED.glob("*.json")) if t not in {t for _, t in kept}]
    known = {t for _, t in targets()}
    return found + [t for t in sorted((ROOT / "exercises").glob("*.ipynb")) if t not in known]


def write():
    for path, target in targets():
        target.parent.mkdir(exist_ok=True)
        target.write_text(student_notebook(path), encoding="utf-8", newline="\n")
        (SOLVED / f"{path.stem}.json").write_text(solved(path), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    if sys.argv[1:] == ["given"]:
        write_given()
        sys.exit()
    if sys.argv[1:] == ["write"]:
        write()
    for target in stale():
        print("stale: %s (tools/exercises.py write makes it)" % target.relative_to(ROOT))
    sys.exit(bool(stale()))
