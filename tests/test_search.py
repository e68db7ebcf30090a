"""Whoever searches for a word of the field finds the lesson that teaches it among the first two links."""

import json
import re

import chromium
import environment
import fingerprint
import pytest
from sphinx_ext import search
from textbook import glossary

TAUGHT = {  # query -> the lessons that teach it
    "depthwise": "light/mobilenet_v1",
    "depthwise convolution": "light/mobilenet_v1",
    "depthwize convolution": "light/mobilenet_v1",  # typing errors are forgiven
    "receptive field": "start/building_blocks classic/vgg",
    "recptive feild": "start/building_blocks classic/vgg",
    "感受野": "start/building_blocks classic/vgg",
    "수용 영역": "start/building_blocks classic/vgg",
    "padding": "start/building_blocks",
    "stride": "start/building_blocks",
    "dilation": "start/building_blocks",
    "pooling": "start/building_blocks",
    "池化": "start/building_blocks",
    "batch norm": "start/learning",
    "批归一化": "start/learning",
    "배치 정규화": "start/learning",
    "dropout": "start/learning",
    "softmax": "start/learning",
    "learning rate": "start/learning",
    "overfitting": "start/learning",
    "group convolution": "light/shufflenet_v1",
    "groups": "light/shufflenet_v1 start/building_blocks",
    "channel shuffle": "light/shufflenet_v1",
    "inverted residual": "light/mobilenet_v2",
    "linear bottleneck": "light/mobilenet_v2",
    "fire module": "light/squeezenet",
    "dense block": "classic/densenet",
    "growth rate": "classic/densenet",
    "shortcut": "classic/resnet",
    "残差连接": "classic/resnet",
    "bottleneck": "classic/resnet",
    "inception": "classic/googlenet",
    "1x1 convolution": "classic/googlenet",
    "global average pooling": "classic/googlenet",
    "capsule": "classic/capsnet",
    "routing": "classic/capsnet",
    "width multiplier": "light/mobilenet_v1",
    "roofline": "flops/intensity start/three_costs",
    "arithmetic intensity": "flops/intensity",
    "FLOPS": "flops/definitions",
    "MAC": "start/layer_bill flops/definitions",
    "MiB": "flops/memory",
    "peak memory": "flops/memory",
    "quantisation": "flops/memory",
    "fvcore": "flops/disagreeing_counters",
    "why is my network slow": "flops/from_flops_to_time",  # questions in everyday words
    "how much memory does a network need": "flops/memory",
    "thop": "flops/disagreeing_counters",
}


@pytest.fixture(scope="module")
def site():
    if chromium.find() is None:
        pytest.skip(chromium.MISSING)
    if not fingerprint.built_from_this():
        pytest.skip("no build of these sources: python3 tools/book.py book")
    with chromium.serving() as found:
        yield found


def links(page, root, query):
    """Where the links lead that the search shows, in their order."""
    with page.expect_response("**/terms.json"):
        page.goto(f"{root}search.html?q={query}")
    page.wait_for_selector("#search-results .search-summary:not(:empty)", timeout=10_000)
    page.wait_for_selector(".cc-term p a, #search-results li a", timeout=10_000)
    shown = page.locator(".cc-term p a, #search-results li a").all()
    return [link.get_attribute("href").partition("#")[0] for link in shown[:8]]


def test_the_lesson_that_teaches_a_word_is_first_or_second(site):
    browser, root = site
    page = browser.new_page()
    wrong = {}
    for query, lessons in TAUGHT.items():
        found = links(page, root, query)[:2]
        if not {f"chapters/{lesson}.html" for lesson in lessons.split()} & set(found):
            wrong[query] = found
    page.close()
    assert wrong == {}


def test_a_summary_has_neither_code_nor_words_of_buttons(site):
    browser, root = site
    page = browser.new_page()
    page.goto(f"{root}search.html?q=convolution", wait_until="networkidle")
    text = page.locator("#search-results").inner_text()
    assert "convolution" in text and not re.search(r"(Show|Hide) code cell|from \w+ import", text)
    page.close()


def test_a_term_is_told_in_three_languages_with_its_chapters(site):
    browser, root = site
    page = browser.new_page()
    page.goto(f"{root}search.html?q=感受野", wait_until="networkidle")
    term = page.locator(".cc-term").first
    term.wait_for()
    assert term.locator("h2 a").inner_text() == "receptive field"
    assert "感受野" in term.locator("[lang=zh-Hans]").inner_text()
    assert term.locator("p a").count() >= 2
    page.close()


def test_everyday_words_belong_to_terms_of_the_glossary():
    assert set(search.EVERYDAY) <= {entry["term"] for entry in glossary.terms()}


def test_terms_are_those_of_the_glossary():
    known = json.loads(search.answers())
    assert [entry["term"] for entry in known] == [entry["term"] for entry in glossary.terms()]
    pages = {where["href"].partition(".html")[0] for entry in known for where in entry["where"]}
    assert [p for p in pages if not any((environment.ROOT / f"{p}.{kind}").is_file() for kind in ("ipynb", "md"))] == []
