"""The ledger as a page: every row, and a link to a cell that is there."""

import json
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest
from textbook import ledger
from textbook.ledger import page
from textbook.ledger.naming import value_text

ROOT = Path(__file__).resolve().parent.parent
ANCHOR = re.compile(r'<span id="([^"]+)"')


class Table(HTMLParser):
    """The tags with their attributes; one that is closed in the wrong place is an error."""

    def __init__(self, html):
        super().__init__()
        self.open, self.tags = [], []
        self.feed(html)
        assert not self.open

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag != "input":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def html():
    return page.ledger_page()


@pytest.fixture(scope="module")
def tags(html):
    return Table(html).tags


def test_every_row_is_there_once_in_the_order_of_the_sources(tags):
    ids = [a["id"] for tag, a in tags if tag == "tr" and "id" in a]
    assert len(ids) == 1167 and ids == [r["id"] for r in ledger.rows()]


def test_every_row_leads_to_a_cell_that_shows_it(tags):
    links = [a["href"] for tag, a in tags if tag == "a"]
    assert len(links) == 1167
    known = {}
    for link in links:
        name, anchor = re.fullmatch(r"\.\./(\w+/\w+)\.html#(.+)", link).groups()
        if name not in known:
            notebook = json.loads((ROOT / "chapters" / f"{name}.ipynb").read_text(encoding="utf-8"))
            known[name] = {
                found
                for cell in notebook["cells"]
                for output in cell.get("outputs", ())
                for found in ANCHOR.findall("".join(output.get("data", {}).get("text/html", ())))
            }
        assert anchor in known[name]


def test_what_needs_a_reason_is_followed_by_it_and_nothing_else_is(html):
    note = r'<tr id="([^"]+)"[^\n]*<tr class="cc-note"><td colspan="5"><div>(.*?)</div>'
    found = dict(re.findall(note, html))
    assert set(found) == {e["id"] for e in ledger.report() if e["reason"]}
    assert all(found.values())


def test_the_lists_offer_what_the_rows_have(tags):
    facts = Counter(f for tag, a in tags if tag == "tr" for f in a.get("data-facts", "").split())
    assert {a["value"] for tag, a in tags if tag == "option" and a["value"]} == set(facts)
    assert sum(facts.values()) == 4 * 1167  # source, verdict, kind, notebook
    assert facts["derived"] == 618 and facts["measured"] == 311 < facts["cited"]


def test_texts_are_escaped_and_formulas_are_plain(html):
    table = html.split("<script>")[0]
    printed = [r["printed"] for r in ledger.rows()]
    assert "S_1 < E_1 = E_3" in printed and "<td>S_1 &lt; E_1 = E_3</td>" in table
    assert any("\\" in text for text in printed) and "\\" not in table
    assert any("$" in text for text in printed) and "$" not in table


@pytest.mark.parametrize(
    "tex, text",
    [
        (r"$3 \times 5 \times 5 = 75$", "3 × 5 × 5 = 75"),
        (r"\approx 9", "≈ 9"),
        (r"\frac{1}{N} + \frac{1}{D_k^2}", "1/N + 1/D_k^2"),
        (r"\cong t \times \left(\frac{\text{input size}}{s}\right)^2", "≅ t × (input size/s)^2"),
        (r"input\_channels", "input_channels"),
        ("**Width multiplier**", "Width multiplier"),
        ("1.94 G", "1.94 G"),
    ],
)
def test_a_formula_becomes_plain_text(tex, text):
    assert page.plain(tex) == text


def test_what_is_computed_reads_as_elsewhere():
    assert [value_text(v) for v in (None, True, False, 1936392192, 0.1189236)] == [
        "",
        "holds",
        "does not hold",
        "1,936,392,192",
        "0.118924",
    ]
    assert value_text(False, "conditional") == "holds in part"


def test_a_verdict_has_one_colour_in_charts_and_in_words():
    style = (ROOT / "_static" / "book.css").read_text(encoding="utf-8")
    assert dict(re.findall(r"\.cc-(\w+) \{ --cc-hue: (#\w+); \}", style)) == ledger.COLOURS
    assert list(ledger.COLOURS) == list(ledger.VERDICTS) and len(set(ledger.COLOURS.values())) == len(ledger.VERDICTS)
