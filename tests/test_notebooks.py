"""Facts about every committed notebook that running it does not show."""

import json
import re

import fingerprint
import notebook_file
import pytest
import setup_cell
from environment import ROOT

COMMITTED = fingerprint.notebooks("chapters", "solutions")
ALL = fingerprint.notebooks("chapters", "solutions", "exercises")


def each(notebooks):
    return pytest.mark.parametrize("path", notebooks, ids=lambda p: p.relative_to(ROOT).as_posix())


def cells(path, kind):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    return [cell for cell in notebook["cells"] if cell["cell_type"] == kind]


def source(cell):
    return "".join(cell["source"])


def remedy(path):
    """The command that makes a notebook as it should be."""
    name = path.relative_to(ROOT).as_posix()
    return "python3 tools/book.py exercises" if name.startswith("exercises/") else notebook_file.REMEDY % name


@each(ALL)
def test_the_first_code_cell_is_the_set_up_cell(path):
    first = cells(path, "code")[0]
    assert source(first) == setup_cell.text(), "python3 tools/book.py setup-cells writes it"
    assert "hide-cell" in first["metadata"].get("tags", [])


@each(COMMITTED)
def test_every_code_cell_was_executed_in_order(path):
    ran = [cell for cell in cells(path, "code") if source(cell).strip()]
    for number, cell in enumerate(ran, 1):
        assert cell.get("execution_count") == (None if notebook_file.reveals(cell) else number), remedy(path)


@each(COMMITTED)
def test_no_cell_ends_in_an_error_or_complains(path):
    for cell in cells(path, "code"):
        bad = [o for o in cell["outputs"] if o["output_type"] == "error" or o.get("name") == "stderr"]
        assert not bad, source(cell)
        assert "raises-exception" not in cell["metadata"].get("tags", []), source(cell)


@each(COMMITTED)
def test_every_figure_has_alternative_text(path):
    for cell in cells(path, "code"):
        if any(kind.startswith("image/") for o in cell["outputs"] for kind in o.get("data", {})):
            alt = cell["metadata"].get("mystnb", {}).get("image", {}).get("alt", "")
            if "cc-drawing" in json.dumps(cell["outputs"]):  # a drawing of ours says itself what it shows
                assert not alt, "the description in the metadata reaches nobody: " + source(cell)
                continue
            assert len(alt) > 15, "no mystnb.image.alt that says what the figure shows: " + source(cell)


@each(ALL)
def test_text_cells_are_plain_markdown(path):
    """Colab and GitHub show MyST's directives and roles raw."""
    for cell in cells(path, "markdown"):
        text = re.sub(r"\$\$.*?\$\$|\$[^$\n]*\$|`[^`\n]*\{`", "", source(cell), flags=re.S)
        found = re.search(r"^\s*(```+|:::+)\s*\{.*|\{[a-z:-]+\}`.*?`|^\([\w-]+\)=$", text, flags=re.M)
        assert not found, found.group()


@each(ALL)
def test_the_file_has_the_form_in_which_notebooks_are_committed(path):
    """An editor leaves marks of its own, and an author's run leaves counts and outputs."""
    as_committed = notebook_file.canonical(notebook_file.read(path)) == path.read_text(encoding="utf-8")
    assert as_committed, remedy(path)


def saved_by_jupyterlab(notebook):
    notebook["metadata"]["language_info"]["version"] = "3.12.1"
    notebook["metadata"]["toc-autonumbering"] = True
    for cell in notebook["cells"]:
        cell["metadata"] |= {"editable": True, "slideshow": {"slide_type": ""}}
        if cell["cell_type"] == "code":
            cell["metadata"] |= {
                "scrolled": True,
                "execution": {"iopub.execute_input": "2026-01-01T00:00:00Z"},
                "jupyter": {"source_hidden": True, "outputs_hidden": False},
                "collapsed": False,
            }


def saved_by_vs_code(notebook):
    notebook["metadata"]["orig_nbformat"] = 4
    for number, cell in enumerate(notebook["cells"]):
        cell["id"] = f"{number:08x}"
        cell["metadata"]["vscode"] = {"languageId": "python"}
        cell["source"] = "".join(cell["source"])


def saved_by_colab(notebook):
    notebook |= {"nbformat_minor": 0, "metadata": {"colab": {"provenance": []}, "kernelspec": {"name": "python3"}}}
    for cell in notebook["cells"]:
        cell["metadata"] |= {"id": cell.pop("id"), "colab": {"base_uri": "https://localhost:8080/"}}
        for output in cell.get("outputs", []):
            if output["output_type"] == "execute_result":
                output["data"]["application/vnd.google.colaboratory.intrinsic+json"] = {"type": "string"}
            if output["output_type"] == "stream":
                output["text"] = "".join(output["text"])
            for kind, data in output.get("data", {}).items():
                if kind == "image/png":
                    output["data"][kind] = data + "\n"


@pytest.mark.parametrize("save", [saved_by_jupyterlab, saved_by_vs_code, saved_by_colab])
@pytest.mark.parametrize("name", ["chapters/classic/vgg.ipynb", "solutions/start.ipynb"])
def test_what_an_editor_leaves_does_not_reach_the_file(save, name):
    notebook = notebook_file.read(ROOT / name)
    save(notebook)
    as_saved = json.dumps(notebook, indent=2)
    assert notebook_file.canonical(json.loads(as_saved)) == (ROOT / name).read_text(encoding="utf-8") != as_saved


def test_a_write_that_is_cut_short_leaves_the_notebook_as_it_was(tmp_path):
    path = tmp_path / "a.ipynb"
    path.write_text("{}")
    with pytest.raises(KeyError):
        notebook_file.write(path, {})
    assert path.read_text() == "{}" and list(tmp_path.iterdir()) == [path]


def test_what_went_wrong_in_a_run_is_found_and_told_in_one_line():
    def cell(source, count=1, **output):
        return {"cell_type": "code", "source": source, "execution_count": count, "outputs": [output] if output else []}

    drawn = cell(
        "plt.title(r'$\\frac{1$')\nplt.show()",
        output_type="error",
        ename="ValueError",
        evalue="\n$\\frac{1$\n^\nParseFatalException",
        traceback=[],
    )
    told = cell("warn()", output_type="stream", name="stderr", text=["one\n", "UserWarning: two\n"])
    notebook = {
        "cells": [
            cell("x = 1"),
            {"cell_type": "markdown", "source": ["text"]},
            drawn,
            cell("y", None),
            cell("", None),
            told,
        ]
    }
    assert [notebook_file.told("a.ipynb", problem) for problem in notebook_file.problems(notebook)] == [
        "a.ipynb, code cell 2 (plt.title(r'$\\frac{1$')): ValueError: $\\frac{1$",
        "a.ipynb, code cell 3 (y): did not run",
        "a.ipynb, code cell 5 (warn()): writes to standard error: UserWarning: two",
    ]


def test_every_chapter_leads_to_an_exercise_notebook_and_every_one_is_led_to():
    known = {p.stem for p in fingerprint.notebooks("exercises")}
    texts = {p: p.read_text(encoding="utf-8") for p in fingerprint.files("chapters") if p.suffix in (".ipynb", ".md")}
    linked = {p: set(re.findall(r"/exercises/(\w+)\.(?:html|ipynb)", text)) for p, text in texts.items()}
    assert set().union(*linked.values()) == known
    for path in fingerprint.notebooks("chapters"):
        asks_itself = path.parent.name == "audit" or path.stem == "cases"  # what a reader does there is on the page
        assert len(linked[path]) == (not asks_itself), path
