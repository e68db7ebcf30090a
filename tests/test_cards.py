"""The cards of the networks: every network has one, and it says what the network costs."""

import re
from html.parser import HTMLParser

import pytest
from convcost import AdaptiveAvgPool2d, Conv2d, FeatureMap, Flatten, Linear, Network, models
from textbook import cards


class Page(HTMLParser):
    """What the HTML holds: ids, links, text; an element that is closed in the wrong place is an error."""

    VOID = ("br", "img", "rect", "path")

    def __init__(self, html):
        super().__init__()
        self.open, self.ids, self.links, self.attributes = [], [], [], []
        self.text = ""
        self.feed(html)
        assert not self.open

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.attributes.append((tag, attributes))
        self.ids += [attributes["id"]] if "id" in attributes else []
        self.links += [attributes["href"]] if "href" in attributes else []
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


@pytest.fixture(scope="module")
def page():
    return Page(cards.contents() + cards.summary() + cards.all_cards())


def test_every_network_and_every_family_has_its_place_once(page):
    families = [i for i in page.ids if i.startswith("family-")]
    assert [i for i in page.ids if i not in families] == [n for names in cards.families().values() for n in names]
    assert sorted(n for names in cards.families().values() for n in names) == sorted(models.names())
    assert len(families) == len(set(families)) == len(cards.families())


def test_every_link_leads_to_a_place_on_the_page(page):
    assert {link.removeprefix("#") for link in page.links} == set(page.ids)


def test_nothing_is_loaded_from_elsewhere(page):
    assert not [a for _, a in page.attributes if "src" in a or "http" in str(a)]


def test_every_picture_says_what_it_shows(page):
    pictures = [a for tag, a in page.attributes if tag == "svg"]
    assert len(pictures) == len(models.names())
    assert all(a["role"] == "img" and len(a["aria-label"]) > 80 for a in pictures)


@pytest.mark.parametrize("name", ["vgg16", "alexnet", "mobilenet_v2", "capsnet"])
def test_a_card_states_every_variants_exact_costs(name):
    card = cards.card(name)
    for variant in models.get(name).variants:
        net = models.get(name)(variant=variant)
        for value in (net.params, net.macs, net.activations, 4 * net.peak_activations):
            assert f"<td>{value:,}</td>" in card
    assert models.get(name).source in card


@pytest.mark.parametrize("name", models.names())
def test_the_stages_are_the_whole_network(name):
    net = models.get(name)()
    found = cards.stages(net)
    assert len(found) >= 4
    assert sum(params for _, _, params, _ in found) == net.params
    assert sum(macs for _, _, _, macs in found) == net.macs


def test_the_docstring_becomes_paragraphs():
    assert cards.paragraphs("One `a<b`\n    line.\n\n    Two.\n    ") == ["One <code>a&lt;b</code> line.", "Two."]


def test_the_bars_are_shares_of_the_whole():
    """64 positions x 3 x 6 MACs beside 6 x 2: 1152 of 1164 are 99 percent; of parameters 18 of 32 are 56 percent."""
    x = Conv2d(6, 1, bias=False)(FeatureMap(3, 8, 8))
    picture = cards.picture(Network(Linear(2)(Flatten()(AdaptiveAvgPool2d(1)(x)))))
    assert re.findall(r">(\d+)%<", picture) == ["99", "56", "0", "0", "0", "0", "1", "44"]  # pooling, flattening: none
    assert "conv1 with 99 percent" in picture
