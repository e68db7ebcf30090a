"""The back of the book: glossary, bibliography and API reference agree with the chapters and with the library."""

import csv
import inspect
import json
import re
from pathlib import Path

import convcost
import pytest
from convcost import models, reference
from convcost.conventions import convention
from docutils.nodes import make_id
from sphinx_ext import api, references
from sphinx_ext.ledger_links import NAME, shown
from textbook import glossary, ledger

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = ROOT / "chapters"
BIBLIOGRAPHY = references.entries(CHAPTERS / "back" / "references.bib")
PAGES = sorted(p for p in CHAPTERS.rglob("*") if p.suffix in (".md", ".ipynb") and "checkpoint" not in p.stem)


def page(name):
    """The text of a page given as in the glossary: classic/vgg."""
    path = CHAPTERS / f"{name}.ipynb"
    return references.text_of(path if path.is_file() else path.with_suffix(".md"))


# Glossary


def test_the_glossary_has_each_term_once_in_the_order_of_the_alphabet():
    names = [entry["term"] for entry in glossary.terms()]
    assert 80 <= len(names) <= 160
    assert names == sorted(names, key=str.lower) and len({glossary.anchor(n) for n in names}) == len(names)


@pytest.mark.parametrize("entry", glossary.terms(), ids=lambda entry: entry["term"])
def test_a_term_has_a_chinese_and_a_korean_name_a_meaning_and_a_place(entry):
    assert all(re.search("[\u4e00-\u9fff]", name) for name in entry["chinese"]) and entry["chinese"]
    assert any(re.search("[\uac00-\ud7a3]", name) for name in entry["korean"])
    assert not re.search("[\u4e00-\u9fff]", " ".join(entry["korean"])) and entry["meaning"].endswith(".")
    assert entry["where"]
    for where in entry["where"]:
        name, _, section = where.partition("#")
        headings = re.findall(r"^##+ (.+)$", page(name), re.M)
        assert not section or section in map(make_id, headings), where


def test_the_file_of_the_glossary_is_what_spreadsheets_write():
    text = (ROOT / "lib" / "textbook" / "data" / "glossary.csv").read_bytes()
    assert b"\r" not in text and all(len(line) == 6 for line in csv.reader(text.decode("utf-8").splitlines()))


def test_the_page_of_the_glossary_names_the_language_of_each_name():
    html = glossary.glossary_page()
    terms = glossary.terms()
    for part in ('<tr id="term-', '<td lang="zh-Hans">', '<td lang="ko">'):
        assert html.count(part) == len(terms)
    assert f"{len(terms)} of {len(terms)} terms</output>" in html


# References


@pytest.mark.parametrize("path", PAGES, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_every_work_among_the_sources_of_a_page_is_in_the_bibliography(path):
    text = references.text_of(path)
    for cited in references.titles_cited(text):
        found = [key for key, entry in BIBLIOGRAPHY.items() if references.is_title_of(cited, entry.fields["title"])]
        assert len(found) == 1, f"{cited}: {found}"
    numbers = set(re.findall(r"\b\d{4}\.\d{4,5}\b", "\n".join(re.findall(r"arXiv[^)]{0,30}", text))))
    assert numbers <= {entry.fields.get("eprint") for entry in BIBLIOGRAPHY.values()}


@pytest.mark.parametrize("key", BIBLIOGRAPHY)
def test_every_entry_of_the_bibliography_is_complete_and_cited(key):
    entry = BIBLIOGRAPHY[key]
    assert entry.fields["keywords"] in ("paper", "course", "software")
    assert entry.persons or entry.fields["keywords"] != "paper"
    url, shown = references.address(entry)
    assert url.startswith("https://") and shown
    assert re.fullmatch(r"\d{4}\.\d{4,5}", entry.fields.get("eprint", "0000.0000"))
    assert any(references.cites(references.text_of(path), entry) for path in PAGES), (
        f"no page cites {key}: name its title in italics in the Sources of the chapter that treats it, or of "
        "chapters/back/architectures.md"
    )


@pytest.mark.parametrize("name", models.names())
def test_the_source_of_a_network_is_in_the_bibliography(name):
    """The source begins with the paper's authors and year, "Lin et al. 2013, figure 2", and the paper's key is both."""
    file = f"lib/convcost/zoo/{models.FILES[name]}.py"
    source, year = models.get(name).source, models.get(name).year
    began = re.match(r"([A-Z][\w-]+)\b[^\d]*? (\d{4}),? [a-z]", source)
    assert began and int(began[2]) == year, (
        f"{file}: the source of {name} must be the paper with its table or figure, 'Lin et al. {year}, figure 2', "
        f"not {source!r}"
    )
    key = f"{began[1].lower()}{year}"
    assert any(re.fullmatch(f"{key}[a-z]*", entry) for entry in BIBLIOGRAPHY), (
        f"chapters/back/references.bib: add the paper of {name} ({source}) as {key}; and cite its title in the Sources "
        "of the chapter that treats it, or of chapters/back/architectures.md"
    )


def test_no_work_stands_in_the_bibliography_twice():
    for field in ("title", "eprint", "doi", "url"):
        values = [entry.fields[field] for entry in BIBLIOGRAPHY.values() if field in entry.fields]
        assert len(values) == len(set(values))


@pytest.mark.parametrize(
    "cited, title, same",
    [
        ("MobileNets", "MobileNets: Efficient Convolutional Neural Networks", True),
        ("Learning Transferable Architectures", "Learning Transferable Architectures for Scalable Images", True),
        ("ShuffleNet", "ShuffleNet V2: Practical Guidelines", False),
        ("Deep", "Deep Learning for Coders", False),
        ("Roofline: an insightful visual", "Roofline: An Insightful Visual Performance Model", True),
    ],
)
def test_a_title_is_known_by_its_part_before_the_colon_or_by_a_long_beginning(cited, title, same):
    assert references.is_title_of(cited, title) == same


# API reference

BLOCKS = re.findall(r"```\{api\}\n(.*?)```", (CHAPTERS / "back" / "api.md").read_text(encoding="utf-8"), re.S)
LISTED = [name for block in BLOCKS for line in block.split() for name in api.expanded(line.rstrip(":"))]


def test_everything_that_the_library_offers_is_in_the_reference_once():
    constants = {name for name in convcost.__all__ if not callable(getattr(convcost, name))} | {"Quantity"}
    offered = {getattr(convcost, name) for name in set(convcost.__all__) - constants}
    offered |= {getattr(ledger, name) for name in ledger.__all__ if callable(getattr(ledger, name))}
    offered |= {getattr(reference, name) for name in reference.__all__ if callable(getattr(reference, name))}
    offered |= {models.get(name) for name in models.names()}
    assert offered <= {api.found(name) for name in LISTED}
    assert len(LISTED) == len(set(LISTED))


@pytest.mark.parametrize("name", LISTED)
def test_what_is_in_the_reference_says_what_it_is(name):
    assert inspect.getdoc(api.found(name))


@pytest.mark.parametrize(
    "plain, rst",
    [
        ("A `map` of\nC*H*W values_.", "A \\ ``map``\\  of C\\*H\\*W values\\_.\n"),
        ("Use:\n\n    a = 1\n      b\n\nThen.", "Use:\n\n::\n\n    a = 1\n      b\n\nThen.\n"),
        (">>> 1 + 1\n2", ">>> 1 + 1\n2\n"),
        ("- one\n  more\n- two", "- one more\n- two\n"),
    ],
)
def test_a_docstring_becomes_restructured_text_that_cannot_be_misread(plain, rst):
    text = api.restructured(plain)
    assert text.replace("- - ", "- ") == rst


def test_descriptions_of_arguments_are_set_apart():
    assert api.quoted("x and y: maps; name: a text, x: no.", ["x", "y", "name"]) == (
        "`x` and `y`: maps; `name`: a text, `x`: no."
    )


@pytest.mark.parametrize("name", LISTED)
def test_every_docstring_can_be_prepared(name):
    lines = inspect.getdoc(api.found(name)).split("\n")
    api.plain_docstring(None, "function", name, api.found(name), None, lines)
    assert lines and "`" not in re.sub("``[^`]+``", "", "\n".join(lines))


def test_signatures_show_the_options_of_a_layer_kind_and_of_a_network():
    kind, _ = api.signature(None, "class", "", convcost.Conv2d, None, "(*args, **options)", None)
    assert kind == "(out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=True)"
    network, _ = api.signature(None, "function", "", models.get("resnet50"), None, "(**given)", None)
    assert network.startswith("(*, variant='paper', num_classes=1000") and "resolution=224" in network
    shown_as, _ = api.signature(None, "method", "", len, None, f"(level=None, convention={convention('macs')!r})", None)
    assert shown_as == "(level=None, convention='macs')"


# Pages


@pytest.mark.parametrize("path", sorted((CHAPTERS / "back").glob("*.md")), ids=lambda p: p.stem)
def test_every_page_at_the_back_is_in_the_table_of_contents(path):
    assert f"file: chapters/back/{path.stem}\n" in (ROOT / "_toc.yml").read_text(encoding="utf-8")


def test_links_back_to_the_ledger_are_added_to_names_of_rows_and_to_nothing_else():
    id = "lecture-vgg16-stage2-macs"
    html = ledger.printed(id, models.vgg16().stage(2).count("macs_bias"))._repr_html_()
    assert [match[1] for match in NAME.findall(html)] == [id]
    assert not NAME.findall('<span class="x">5</span><span id="a b" title="">c</span>')
    notebook = json.loads((CHAPTERS / "flops" / "real_networks.ipynb").read_text(encoding="utf-8"))
    assert "cc-row" not in json.dumps(notebook)  # Colab and GitHub have no ledger beside the notebook


def test_marks_in_a_printed_text_are_shown_as_what_they_mean_and_tags_are_left_alone():
    assert shown('<td title="**a**">is **deeper** than</td>') == '<td title="**a**">is <b>deeper</b> than</td>'
    assert shown("<td>$rac{1}{N} + \\frac{1}{K^2}$</td>") == "<td>$\\frac{1}{N} + \\frac{1}{K^2}$</td>"
    for untouched in ("<td>(our impl.)**, MACs</td><td>**</td>", "<td>trac{e}</td>", "<script>a ** b ** c</script>"):
        assert shown(untouched) == untouched
