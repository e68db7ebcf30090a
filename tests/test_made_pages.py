"""What the build makes of pages: tables for phones, one style sheet, pictures of networks, a sheet to print."""

import re

import pdf
import pytest
from convcost import models
from sphinx_ext import previews, sheets, skyline, tables

HEADING = '<h2>What it costs<a class="headerlink" href="#x">#</a></h2>'
WIDE = ["layer", "kind", "output", "parameters", "MACs"], ["conv1", "Conv2d", "64x224x224", "1,792", "86,704,128"]
NARROW = ["layer", "MACs"], ["conv1", "86,704,128"]


def table(head, *rows):
    cells = ["".join(f"<th><p>{word}</p></th>" for word in head)]
    cells += ["".join(f"<td>{word}</td>" for word in row) for row in rows]
    head, body = f"<thead><tr>{cells[0]}</tr></thead>", "".join(f"<tr>{row}</tr>" for row in cells[1:])
    return f'<table class="table">{head}<tbody>{body}</tbody></table>'


def test_a_wide_table_becomes_cards_whose_values_carry_their_headings():
    found = tables.readable(HEADING + table(*WIDE))
    assert '<table class="cc-cards table">' in found
    assert '<td>conv1</td><td data-label="kind">Conv2d</td>' in found
    assert '<td data-label="MACs">86,704,128</td>' in found


def test_a_narrow_table_stays_a_table_and_so_does_one_with_cells_that_span():
    assert "cc-cards" not in tables.readable(table(*NARROW))
    assert "cc-cards" not in tables.readable(table(*WIDE).replace("<td>conv1", '<td colspan="2">conv1'))
    kept = table(*WIDE).replace('class="', 'class="cc-kept ', 1)
    assert "cc-kept" in kept and "cc-cards" not in tables.readable(kept)  # a control's: its script fills it anew


def test_a_number_breaks_nowhere_and_a_text_between_its_words():
    assert tables.room("86,704,128") == len("86,704,128")
    assert tables.room("a convolution and a pooling") == len("convolution")


def test_every_table_is_named_after_its_section_and_told_apart_from_others_there():
    found = tables.readable(HEADING + table(*NARROW) + table(*NARROW))
    captions = re.findall(r'<caption class="visually-hidden">(.*?)</caption>', found)
    assert captions == ["What it costs", "What it costs, table 2"]
    assert found.count('<th scope="col">') == 4
    own = "<table><caption>Mine</caption><thead><tr><th>a</th></tr></thead></table>"
    assert tables.readable(HEADING + own).count("<caption") == 1


def test_a_style_sheet_is_joined_with_what_it_imports_and_its_addresses_still_lead_there(tmp_path):
    (tmp_path / "styles").mkdir()
    (tmp_path / "basic.css").write_text('b { background: url("file.png") }')
    (tmp_path / "styles" / "theme.css").write_text('@import "../basic.css"; a { src: url(../vendor/f.woff2) }')
    found = sheets.whole(tmp_path, "styles/theme.css")
    assert found == 'b { background: url("../file.png") } a { src: url("../vendor/f.woff2") }'


def test_a_style_sheet_keeps_its_licence_and_no_other_comment():
    found = sheets.spoken("/*! MIT */ a { b: c } /* why\n */\nd { e: f }")
    assert found == "/*! MIT */ a { b: c } d { e: f }"


def test_addresses_inside_a_style_sheet_are_left_alone(tmp_path):
    (tmp_path / "own.css").write_text("a { fill: url(#dots); src: url(data:font/woff2;base64,AA) }")
    assert sheets.whole(tmp_path, "own.css") == (tmp_path / "own.css").read_text()


@pytest.mark.parametrize("network", skyline.NETWORKS.values())
def test_a_picture_of_a_network_has_a_bar_for_each_layer_that_multiplies(network):
    layers = [node for node in models.get(network)().layers if node.macs]
    layers = layers[15:] if network == "lenet5" else layers  # C3's sixteen convolutions are one layer
    found = skyline.shares(network)
    assert len(found) == len(layers) and max(macs for macs, _ in found) == max(params for _, params in found) == 1
    assert skyline.svg(network).count("M") == 2 * len(layers)


def test_alexnets_picture_by_hand():
    """Five convolutions, the second of which computes most; three fully connected layers, the first stores most."""
    macs, params = zip(*skyline.shares("alexnet"))
    assert len(macs) == 8 and macs.index(1) == 1 and params.index(1) == 5


def test_lenets_picture_has_one_bar_for_c3():
    """C1, C3, C5 and F6: C3 computes most, C5 stores most."""
    assert skyline.shares("lenet5")[1][0] == 1 and [params for _, params in skyline.shares("lenet5")].index(1) == 2


def test_a_lesson_without_a_network_of_its_own_shows_one_that_its_part_speaks_of():
    assert previews.network_of("chapters/flops/memory") == "resnet50"
    assert previews.preview("chapters/flops/memory") == "_static/previews/chapters-flops-memory.png"


PAGE = """<article class="bd-article"><h1>Two<a class="headerlink" href="#two">#</a></h1>
<p id="here">x<a href="#here">a</a> <a href="../one.html#there">b</a> <a href="../gone.html">c</a>
<a href="https://example.org/">d</a> <img src="../_images/p.png"><svg><path id="dot" fill="url(#dot)"/></svg>
<div id="cc-live"></div></p><script>alert(1)</script></article>"""


def test_a_page_on_paper_has_names_of_its_own_and_links_that_stay_inside_where_they_can(tmp_path, monkeypatch):
    monkeypatch.setattr(pdf, "HTML", tmp_path)
    (tmp_path / "chapters").mkdir()
    (tmp_path / "chapters" / "two.html").write_text(PAGE)
    found = pdf.leaf("chapters/two", {"one", "chapters/two"}, "https://book.example/")
    assert found.startswith('<section class="cc-leaf" id="chapters-two">') and "alert" not in found
    assert 'id="chapters-two--here"' in found and 'href="#chapters-two--here"' in found
    assert 'href="#one--there"' in found and 'href="https://book.example/gone.html"' in found
    assert 'href="https://example.org/"' in found and 'src="/_images/p.png"' in found
    assert 'fill="url(#chapters-two--dot)"' in found and 'id="cc-live"' in found
    assert pdf.title("chapters/two") == "Two"


def test_the_book_on_paper_has_every_page_but_those_that_live_on_the_site():
    root, book = pdf.parts()
    names = [name for _, pages in book for name in pages]
    assert root == "intro" and "chapters/modern/rivals" in names and "chapters/audit/vgg" in names
    assert pdf.ON_THE_SITE.isdisjoint(names)
