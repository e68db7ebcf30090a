"""Lessons in their new form: no number without its derivation, nothing of the proof, questions that stay questions."""

import ast
import itertools
import re

import lesson_text
import notebook_file
import pytest
from environment import ROOT
from sphinx_ext import chapter_map
from svg_words import assert_readable, panels_of
from textbook import ledger

LESSONS = sorted(
    path.relative_to(ROOT / "chapters").with_suffix("").as_posix()
    for pages in ("start/*", "classic/*", "light/*", "flops/*", "modern/*", "back/cases")
    for path in (ROOT / "chapters").glob(f"{pages}.ipynb")
)

PROOF = re.compile(r"\b(printed|printed_table|claim|evaluated|all_hold|roughly)\s*\(|\bassert\b|\bledger\b")
WIDEST, LONGEST = 76, 16  # a line of code; the lines of a cell


@pytest.fixture(params=LESSONS)
def lesson(request):
    return notebook_file.read(ROOT / "chapters" / (request.param + ".ipynb"))


def code(lesson):
    """The code cells behind the one that sets up."""
    return [cell for cell in lesson["cells"] if cell["cell_type"] == "code"][1:]


def text(cell):
    return notebook_file.joined(cell["source"])


def folded(cell):
    return cell["metadata"].get("cellView") == "form"


@pytest.mark.parametrize("name", LESSONS)
def test_every_number_is_derived_cited_given_or_printed_and_no_name_is_assigned_twice(name):
    assert lesson_text.missing(notebook_file.read(ROOT / "chapters" / (name + ".ipynb"))) == []


@pytest.mark.parametrize("name", LESSONS)
def test_nothing_of_the_proof_is_left_in_a_lesson(name):
    cells = code(notebook_file.read(ROOT / "chapters" / (name + ".ipynb")))
    assert [line for cell in cells for line in text(cell).splitlines() if PROOF.search(line)] == []


AUDITS = sorted(path.stem for path in (ROOT / "chapters" / "audit").glob("*.ipynb"))


def test_every_printed_number_is_accounted_for_in_an_audit():
    elsewhere = [e["id"] for e in ledger.report() if not str(e["notebook"]).startswith("chapters/audit/")]
    assert elsewhere == []


@pytest.mark.parametrize("audit", AUDITS)
def test_a_lesson_says_how_its_printed_numbers_come_out(audit):
    """In its last words, from the ledger, with a link to the audit; and the audit leads back to it."""
    page = f"chapters/audit/{audit}.html"
    telling = [name for name in LESSONS if page in all_text(name)]
    assert len(telling) == 1, f"{telling} link to {page}"
    last = all_text(telling[0]).rstrip().split("\n\n")[-1]
    assert page in last and f'audit("{audit}").printed' in last
    assert f"chapters/{telling[0]}.html" in all_text(f"audit/{audit}")


def all_text(name):
    cells = notebook_file.read(ROOT / "chapters" / (name + ".ipynb"))["cells"]
    return "\n\n".join(text(cell) for cell in cells if cell["cell_type"] == "markdown")


@pytest.mark.parametrize("name", [name for name in LESSONS if not name.startswith("back/")])
def test_a_lesson_opens_with_a_question_and_its_minutes(name):
    """The home page shows both."""
    title, question, minutes, before = chapter_map.opening(ROOT / "chapters" / f"{name}.ipynb")
    alone = [part.strip("*") for part in chapter_map.COMMENT.sub("", all_text(name)).split("\n\n")]
    assert question in alone  # the site sets it apart
    assert title and before and question.endswith("?") and 10 <= minutes <= 45


def test_the_map_of_chapters_has_every_lesson_once():
    mapped = [name.removeprefix("chapters/") for _, lessons in chapter_map.parts() for name in lessons]
    assert sorted(mapped) == sorted(name for name in LESSONS if not name.startswith("back/"))


def test_no_section_stands_twice(lesson):
    markdown = "\n\n".join(text(cell) for cell in lesson["cells"] if cell["cell_type"] == "markdown")
    heads = re.findall(r"^#+ .*$", markdown, re.M)
    assert sorted(set(heads)) == sorted(heads)


def test_every_question_has_a_field(lesson):
    markdown = "\n\n".join(text(cell) for cell in lesson["cells"] if cell["cell_type"] == "markdown")
    asked = [block for block in markdown.split("\n\n") if block.startswith("**Predict.**")]
    assert [block for block in asked if "<!--predict" not in block] == []


def test_code_is_short_and_narrow(lesson):
    for cell in code(lesson):
        lines = text(cell).splitlines()
        assert [line for line in lines if len(line) > WIDEST] == []
        assert folded(cell) or len(lines) <= LONGEST, lines[0]


def test_a_cell_that_only_draws_is_folded_under_a_title(lesson):
    for cell in code(lesson):
        assert folded(cell) == text(cell).startswith("# @title ") == ("hide-input" in cell["metadata"].get("tags", []))


def test_a_question_is_asked_right_above_the_cell_that_reveals_its_answer(lesson):
    cells = lesson["cells"]
    for above, cell in itertools.pairwise(cells):
        if not notebook_file.reveals(cell):
            continue
        last = text(above).rstrip().split("\n\n")[-1]
        assert last.startswith("**Predict.**") and re.search(r"<!--predict\s*=.*?-->$", last, re.S), text(cell)
        assert "nbval-ignore-output" in cell["metadata"]["tags"] and cell["outputs"] == []
        assert any(isinstance(n, ast.Name) and n.id == "print" for n in ast.walk(ast.parse(text(cell))))


def test_a_question_has_its_answer_below_it(lesson):
    """A cell that reveals it, an answer to unfold, or both in this order."""
    cells = lesson["cells"]
    for number, cell in enumerate(cells):
        if cell["cell_type"] != "markdown":
            continue
        blocks = text(cell).strip().split("\n\n")
        for place, block in enumerate(blocks):
            if "<!--predict" in block:
                last = place == len(blocks) - 1
                assert notebook_file.reveals(cells[number + 1]) if last else blocks[place + 1].startswith("<details>")


def test_a_lesson_asks_at_least_three_questions_and_draws(lesson):
    assert sum(text(cell).count("<!--predict") for cell in lesson["cells"]) >= 3
    assert any(folded(cell) for cell in code(lesson))


def shown(lesson, kind):
    """What the cells of a lesson show in a form, with the first line of the cell."""
    for cell in code(lesson):
        for output in cell["outputs"]:
            if kind in output.get("data", {}):
                yield text(cell).splitlines()[0], notebook_file.joined(output["data"][kind])


def test_a_lesson_shows_no_picture_of_dots(lesson):
    """A PNG has letters of one size for every screen, and of one colour for both themes."""
    assert [cell for cell, _ in shown(lesson, "image/png")] == []


def test_every_figure_says_what_to_see_and_can_be_read_on_a_phone(lesson):
    for cell, html in shown(lesson, "text/html"):
        if 'class="cc-drawing"' in html:
            assert re.search(r"<figcaption[^>]*>[^<]{15,}", html), f"no caption: {cell}"
            assert len(re.search(r'aria-label="([^"]*)"', html)[1]) > 40, f"no alternative text: {cell}"
            for svg in panels_of(html):
                assert_readable(svg)
