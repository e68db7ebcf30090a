"""The one form in which a notebook is committed, whatever editor saved it: `canonical(notebook)` as text.

Kept are the cells, the metadata that the book uses, and the outputs. What an editor adds (folds, scroll positions,
languages, sessions), leaves out or words in its own way does not reach the file; ids of cells follow from their text.
"""

import hashlib
import json
import re

CELL_METADATA = ("cellView", "mystnb", "tags")
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {  # or % lines make warnings
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "nbconvert_exporter": "python",
        "pygments_lexer": "ipython3",
    },
}
REMEDY = "python3 tools/book.py execute %s"
TEXT = ("application/javascript", "image/svg+xml")  # kept as lines, as everything under text/ is


def joined(text):
    """A text of a notebook file, which may be a list of lines."""
    return text if isinstance(text, str) else "".join(text)


def lines(text):
    return joined(text).splitlines(keepends=True)


def read(path):
    """The notebook in a file, as plain dictionaries."""
    return json.loads(path.read_text(encoding="utf-8"))


def write(path, notebook):
    """Replace a file by the canonical form of a notebook, at once or not at all."""
    text = canonical(notebook)
    beside = path.with_name("." + path.name + ".new")
    beside.write_text(text, encoding="utf-8", newline="\n")
    beside.replace(path)


def canonical(notebook):
    taken = set()
    cells = [_cell(cell, taken) for cell in notebook["cells"]]
    whole = {"cells": cells, "metadata": METADATA, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _cell(cell, taken):
    source = lines(cell["source"])
    metadata = {key: cell["metadata"][key] for key in CELL_METADATA if cell.get("metadata", {}).get(key)}
    id = hashlib.sha256("".join([cell["cell_type"], *source]).encode()).hexdigest()[:8]
    while id in taken:
        id = hashlib.sha256(id.encode()).hexdigest()[:8]
    taken.add(id)
    kept = {"cell_type": cell["cell_type"], "id": id, "metadata": metadata, "source": source}
    if cell["cell_type"] != "code":
        return kept
    if reveals(cell):
        return kept | {"execution_count": None, "outputs": []}
    return kept | {"execution_count": cell.get("execution_count"), "outputs": _outputs(cell.get("outputs", []))}


def reveals(cell):
    """Does a cell show the answer to a question? It is committed without it, so that no page gives it away."""
    return "reveal" in cell.get("metadata", {}).get("tags", [])


def _outputs(outputs):
    """Outputs in one wording; pieces of one stream in a row are one output."""
    found = []
    for output in outputs:
        kind = output["output_type"]
        if kind == "stream":
            if found and found[-1]["output_type"] == "stream" and found[-1]["name"] == output["name"]:
                found[-1]["text"] = lines("".join(found[-1]["text"]) + joined(output["text"]))
            else:
                found.append({"output_type": kind, "name": output["name"], "text": lines(output["text"])})
        elif kind == "error":
            found.append({key: output[key] for key in ("output_type", "ename", "evalue", "traceback")})
        else:
            kept = {
                "output_type": kind,
                "metadata": output.get("metadata", {}),
                "data": {
                    kind: _data(kind, data)
                    for kind, data in output["data"].items()
                    if not kind.startswith("application/vnd.google")
                },
            }
            if kind == "execute_result":
                kept["execution_count"] = output.get("execution_count")
            found.append(kept)
    return found


def _data(kind, data):
    if kind.startswith("text/") or kind in TEXT:
        return lines(data)
    if kind.startswith("image/"):
        return "".join(joined(data).split())  # base64
    return data


def problems(notebook):
    """What keeps a run from being shown: (number of the code cell, its first line, what is wrong), in their order."""
    found = []
    for number, cell in enumerate((c for c in notebook["cells"] if c["cell_type"] == "code"), 1):
        source = joined(cell["source"])
        if not source.strip():
            continue
        first = next(line.strip() for line in source.splitlines() if line.strip())
        if cell.get("execution_count") is None:
            found.append((number, first, "did not run"))
        for output in cell.get("outputs", []):
            if output["output_type"] == "error":
                message = (joined(output["evalue"]).strip().splitlines() or [""])[0]
                found.append((number, first, "%s: %s" % (output["ename"], message)))
            elif output.get("name") == "stderr":
                text = joined(output["text"]).strip().splitlines() or [""]
                line = next((line for line in text if "Warning: " in line or "Error: " in line), text[-1]).strip()
                found.append((number, first, "writes to standard error: %s" % re.sub(r"^\S+:\d+: ", "", line)))
    return found


def told(name, problem):
    """One line for a problem: the page, the cell as its reader counts, and what is wrong."""
    number, first, wrong = problem
    return "%s, code cell %d (%s): %s" % (name, number, first if len(first) < 50 else first[:47] + "...", wrong)
