"""The atlas: its data are what the command line counts, in every setting; its page and script agree with them."""

import gzip
import itertools
import json
import re
import shutil
import subprocess
from functools import cache

import chromium
import environment
import notebook_file
import pytest
from checks import one_of_each
from convcost import CONVENTIONS, models, plots
from convcost.__main__ import main
from convcost.conventions import all_conventions
from sphinx_ext import atlas as page
from textbook import atlas, ledger
from textbook.atlas.details import FIGURES
from textbook.atlas.index import GROUPS, LATER, MEASURED, group
from textbook.atlas.settings import word

NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="needs node to run the page's script")
needs_chromium = pytest.mark.skipif(chromium.find() is None, reason=chromium.MISSING)
RULES = list(all_conventions())
every_network = pytest.mark.parametrize("name", models.names())
one_of_each_kind = pytest.mark.parametrize("name", sorted({name for name, _ in one_of_each()}))


@cache
def index():
    return json.loads(page.compact(atlas.index()))


@cache
def details(id):
    name = id.split("+")[0]
    (setting,) = [setting for setting in atlas.settings_of(name) if setting.id == id]
    return json.loads(page.compact(atlas.details(setting)))


def counted(capsys, id, convention="macs"):
    """What the command line counts for the id of a setting."""
    name, *options = id.split("+")
    given = [part for option in options for part in ("--set", option) if not option.startswith("variant=")]
    given += [part for option in options if option.startswith("variant=") for part in ("--variant", option[8:])]
    assert main(["count", name, *given, "--convention", convention, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@every_network
def test_a_setting_is_what_the_command_line_counts(capsys, name):
    """The first, the last, and every seventh between, each by another convention."""
    settings = atlas.settings_of(name)
    for setting, rule in zip(dict.fromkeys([*settings[::7], settings[-1]]), itertools.cycle(RULES)):
        found, there = details(setting.id), counted(capsys, setting.id, rule)
        figures = dict(zip(FIGURES, found["figures"], strict=True))
        for measure in ("params", "macs", "activations", "receptive_field"):
            assert figures[measure] == there[measure], (setting.id, measure)
        assert figures["peak"] == 4 * there["peak_activations"]
        assert found["counts"][RULES.index(rule)] == there["count"], (setting.id, rule)
        assert found["counts"][RULES.index("flops")] == there["flops"]


@one_of_each_kind
def test_every_layer_is_what_the_command_line_counts(capsys, name):
    found, there = details(name), counted(capsys, name)
    layers = [(own, found["costs"][cost]) for own, cost in found["layers"]]
    macs = 3 + RULES.index("macs")
    assert [(own, cost[2], cost[macs]) for own, cost in layers] == [
        (layer["name"], layer["params"], layer["macs"]) for layer in there["layers"]
    ]
    for number in range(len(RULES)):
        assert sum(cost[3 + number] for _, cost in layers) == found["counts"][number]


@one_of_each_kind
def test_the_blocks_are_the_whole_network_and_every_drawn_row_belongs_to_one(name):
    found = details(name)
    assert sorted(n for block in found["blocks"] for n in block[3]) == list(range(len(found["layers"])))
    assert sum(block[2] for block in found["blocks"]) == found["figures"][0]
    assert {row for block in found["blocks"] for row in block[4]} == set(range(len(found["rows"])))
    for title, output, params, layers, _ in found["blocks"]:
        costs = [found["costs"][found["layers"][n][1]] for n in layers]
        assert (output, params) == (costs[-1][1], sum(cost[2] for cost in costs)), title


@one_of_each_kind
def test_the_drawn_rows_count_everything_and_lie_where_their_words_are(name):
    found, (panel,) = details(name), plots.architecture(models.get(name)()).panels
    macs = [sum(found["costs"][found["layers"][n][1]][4 - 1] for n in row[2]) for row in found["rows"]]
    assert RULES[0] == "macs" and sum(m * row[1] for m, row in zip(macs, found["rows"])) == found["figures"][1]
    tops = [(top, bottom) for _, _, _, top, bottom in found["rows"]]
    assert tops == sorted(tops) and all(low <= high for (_, low), (high, _) in itertools.pairwise(tops))
    for words, _, _, top, bottom in found["rows"]:
        inside = [text for _, high, _, low, text in panel.words if top <= (high + low) / 2 <= bottom]
        plain = words.replace(",", "")  # commas go first where words are long
        assert any(text.replace(",", "")[:4] == plain[:4] for text in inside), (words, inside)


def test_a_bill_by_hand():
    """VGG-16's first layer: 3 x 3 x 3 weights and a bias for each of 64 channels, at 224 x 224 positions."""
    found = details("vgg16")
    name, number = found["layers"][0]
    words, output, params, *counts = found["costs"][number]
    assert (name, words, output) == ("stage1.conv1", "3×3 convolution", "224×224×64")
    assert params == (3 * 3 * 3 + 1) * 64
    assert counts[RULES.index("macs")] == 3 * 3 * 3 * 64 * 224 * 224
    assert counts[RULES.index("two_per_mac")] == 2 * 3 * 3 * 3 * 64 * 224 * 224
    assert counts[RULES.index("macs_bias")] == (3 * 3 * 3 + 1) * 64 * 224 * 224


def test_every_setting_has_a_name_and_a_file_of_its_own():
    every = list(atlas.settings())
    assert len({setting.id for setting in every}) == len({s.file.lower() for s in every}) == len(every)
    assert [s.id for s in every if "+" not in s.id] == models.names()  # the default of each, under its bare name
    for setting in every:
        assert re.fullmatch(r"[A-Za-z0-9_.-]+\.js", setting.file)


def test_every_variant_choice_and_switch_is_on_offer():
    for name in models.names():
        model, options = models.get(name), {key: values for key, values, _ in network(name)[4]}
        assert options.get("variant", [model.variants[0]]) == list(model.variants)
        for option, values in model.choices.items():
            assert options[option] == [word(value) for value in values]
        switches = [option for option, default in model.options.items() if isinstance(default, bool)]
        assert all(options[option] == ["false", "true"] for option in switches)


def network(name):
    (found,) = [network for network in index()["networks"] if network[0] == name]
    return found


def test_the_index_tells_every_network_and_convention():
    assert [n[0] for n in index()["networks"]] == models.names()
    assert [(name, meaning) for name, meaning, _ in index()["conventions"]] == [
        (rule.name, rule.meaning) for rule in all_conventions().values()
    ]
    assert [name for name, _, is_tool in index()["conventions"] if not is_tool] == list(CONVENTIONS)
    for name, family, _, year, _, figures in index()["networks"]:
        assert (family, year) == (models.get(name).family, models.get(name).year)
        assert figures == details(name)["figures"]


def test_every_family_belongs_to_one_group_and_a_new_one_to_the_others():
    named = [family for families in GROUPS.values() for family in families]
    assert len(named) == len(set(named)) and set(named) <= {models.get(name).family for name in models.names()}
    assert group("VGG") == 0 and group("no such family") == len(GROUPS) - 1 == list(GROUPS).index("others")


def test_errors_are_those_that_the_ledger_cites():
    rows = {row["id"]: row for row in ledger.rows()}
    there = {id: error for id, error in index()["errors"].items() if id not in LATER}
    assert len(there) == len(MEASURED)
    for id, (error, cited, figures) in there.items():
        cited = cited.removeprefix("ledger.html#")
        assert rows[cited]["kind"] == "measured"
        printed = rows[cited]["value"]
        assert error == pytest.approx(printed if rows[cited]["quantity"] == "top1_err" else 100 - printed)
        assert figures == details(id)["figures"]
    assert index()["errors"]["mobilenet_v1"][0] == 29.4  # 100 - 70.6


@pytest.mark.parametrize("name", LATER)
def test_the_error_of_a_later_network_stands_in_its_lesson(name):
    error, address, figures = index()["errors"][name]
    cells = notebook_file.read(environment.ROOT / "chapters" / address.removeprefix("../").replace(".html", ".ipynb"))[
        "cells"
    ]
    text = "".join(notebook_file.joined(cell["source"]) for cell in cells)
    assert re.search(rf"(?<![\d.])(?:{error:.1f}|{100 - error:.1f})(?!\d)[^<]{{0,12}}<!--[@?]", text), name
    assert figures == details(name)["figures"]


def test_the_page_is_light_and_asks_nobody_else():
    files = [page.FILES / name for name in (*page.SCRIPTS, "atlas.css")]
    sent = page.frame("atlas/") + "".join(path.read_text(encoding="utf-8") for path in files)
    assert len(gzip.compress(sent.encode())) < 30_000
    assert re.findall(r"https?://(?!www\.w3\.org/2000/svg)[^\"' ]*", sent) == []
    assert max(len(gzip.compress(json.dumps(details(name)).encode())) for name in models.names()) < 60_000


def answers(ask, questions):
    """Run `ask`, a function of (index, question), after the script that keeps the state."""
    script = "".join((page.FILES / name).read_text(encoding="utf-8") for name in page.SCRIPTS[:3])
    script += f"\nconst {{index, questions}} = JSON.parse(require('fs').readFileSync(0)), ask = {ask};"
    script += "process.stdout.write(JSON.stringify(questions.map((question) => ask(index, question))))"
    given = json.dumps({"index": index(), "questions": questions})
    done = subprocess.run([NODE, "-e", script], input=given, capture_output=True, encoding="utf-8", check=True)
    return json.loads(done.stdout)


@needs_node
def test_the_script_knows_every_setting_by_the_same_name_and_file():
    ask = """(index, id) => {
        const {network, options} = ccAtlasState.parse(index, id);
        return [ccAtlasState.id(network, options), ccAtlasState.file(id), options];
    }"""
    every = list(atlas.settings())
    found = answers(ask, [setting.id for setting in every])
    told = [[s.id, s.file, {key: word(value) for key, value in s.options.items()}] for s in every]
    assert found == told


@needs_node
def test_an_address_restores_what_was_chosen_and_nonsense_changes_nothing():
    start = {"vs": ["vgg16", "mobilenet_v1"], "convention": "macs", "x": "macs", "y": "params", "log": True}
    chosen = {"vs": ["resnet50+resolution=288"], "convention": "thop", "x": "year", "y": "error", "log": False}
    read = "(index, fragment) => ccAtlasState.read(index, fragment, ccAtlasState.START)"
    (written,) = answers("(index, state) => ccAtlasState.write(state)", [chosen])
    assert written == "#vs=resnet50+resolution=288;convention=thop;x=year;y=error;scale=linear"
    fragments = [
        written,
        "#vs=resnet50%2Bresolution=288;convention=thop;x=year;y=error;scale=linear",
        "#vs=resnet50,mobilenet_v1;convention=thop",
        "#vs=nosuch,vgg16+width_mult=2;convention=nosuch;x=%;y=",
        "#resnet50",
        "",
    ]
    two = {**start, "vs": ["resnet50", "mobilenet_v1"], "convention": "thop"}
    assert answers(read, fragments) == [chosen, chosen, two, start, None, None]


@needs_node
def test_ticks_are_round_and_as_many_as_fit():
    ask = "(index, [values, room, log]) => ccAtlasScales.scale(values, 0, room, log).ticks"
    wide, narrow, years = answers(ask, [[[2e6, 2e9], 700, True], [[2e6, 2e9], 200, True], [[1998, 2018], 700, False]])
    assert wide == [2e6, 5e6, 1e7, 2e7, 5e7, 1e8, 2e8, 5e8, 1e9, 2e9] and narrow == [1e7, 1e8, 1e9]
    assert years == [2000, 2005, 2010, 2015]


# The page in a browser, opened as a file.
SHOWN = ("vgg16", "mobilenet_v1", "resnet50", "mobilenet_v1+width_mult=0.5", "lenet5", "lenet5+variant=plain")


@pytest.fixture(scope="module")
def browser():
    with chromium.running() as browser:
        yield browser


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A page with the atlas and the details of a few settings."""
    folder = tmp_path_factory.mktemp("atlas")
    for file in page.FILES.iterdir():
        shutil.copy(file, folder)
    (folder / "data").mkdir()
    for id in SHOWN:
        name = id.replace("+", "-").replace("=", "-")
        text = f"ccAtlas.take({page.compact(details(id))});"
        (folder / "data" / f"{name}.js").write_text(text, encoding="utf-8")
    head = '<link rel="stylesheet" href="atlas.css">' + "".join(
        f'<script defer src="{name}"></script>' for name in page.SCRIPTS
    )
    style = environment.ROOT / "_static" / "book.css"
    shutil.copy(style, folder)
    head += '<link rel="stylesheet" href="book.css"><meta name="viewport" content="width=device-width">'
    text = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Networks</title>{head}'
    (folder / "index.html").write_text(f"{text}<h1>Networks</h1><h2>Atlas</h2>{page.frame('data/')}", encoding="utf-8")
    return (folder / "index.html").as_uri()


@pytest.fixture
def opened(browser, address):
    """Open the page at an address and wait until the details are there; no script may fail."""
    errors = []

    def at(fragment="", width=1280):
        tab = browser.new_page(viewport={"width": width, "height": 800})
        tab.on("pageerror", lambda error: errors.append(str(error)))
        tab.goto(address + fragment)
        tab.wait_for_function("document.querySelector('.cc-says').textContent")
        return tab

    yield at
    assert errors == []
    for context in browser.contexts:
        context.close()


def totals(tab):
    """Title of a row -> its cells."""
    rows = tab.locator(".cc-figures tbody tr").all()
    return {row.locator("th").inner_text(): row.locator("td").all_inner_texts() for row in rows}


@needs_chromium
def test_the_page_starts_with_two_networks_and_the_numbers_of_the_library(opened):
    tab, vgg, mobile = opened(), models.vgg16(), models.mobilenet_v1()
    found = totals(tab)
    assert found["parameters"][:2] == [f"{vgg.params:,}", f"{mobile.params:,}"]
    assert found["macs"] == [f"{vgg.macs:,}", f"{mobile.macs:,}", f"{vgg.macs / mobile.macs:.1f} ×"]
    assert found["peak memory, bytes"][:2] == [f"{4 * net.peak_activations:,}" for net in (vgg, mobile)]
    blocks = tab.locator("section.cc-side").first.locator(".cc-bill tbody tr")
    assert blocks.count() == len(vgg.blocks())
    for row, block in zip(blocks.all(), vgg.blocks()):
        assert row.locator("td").first.inner_text() == f"{block.params:,}"
        share = f"{100 * block.macs / vgg.macs:.1f} %"
        assert row.locator("td").last.inner_text().split("\n") == [f"{block.macs:,}", share]


@needs_chromium
def test_a_network_is_walked_to_and_chosen_by_keyboard(opened):
    tab = opened()
    tab.locator("[name=log]").focus()
    tab.keyboard.press("Tab")  # the choice which network a point becomes
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.dataset.id") == "lenet5"
    tab.keyboard.press("ArrowLeft")  # the first of its axis: nothing further left
    tab.keyboard.press("Enter")
    tab.wait_for_function("document.querySelector('.cc-says').textContent.startsWith('Shown: lenet5')")
    net = models.lenet5()
    assert totals(tab)["macs"][0] == f"{net.macs:,}" and "vs=lenet5,mobilenet_v1" in tab.url
    assert tab.evaluate("document.activeElement.getAttribute('aria-selected')") == "true"
    order = sorted(index()["networks"], key=lambda n: n[5][1])
    tab.keyboard.press("ArrowRight")
    assert tab.evaluate("document.activeElement.dataset.id") == order[1][0]
    assert tab.locator(".cc-readout").inner_text().startswith(f"{order[1][0]}, ")
    tab.keyboard.press("End")
    assert tab.evaluate("document.activeElement.dataset.id") == order[-1][0]
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.name") == "first"  # the plane is one stop


@needs_chromium
def test_a_convention_and_an_option_change_the_bill(opened):
    tab = opened()
    for rule in ("thop", "flops"):
        tab.locator("select[name=convention]").select_option(rule)
        tab.wait_for_function(f"document.querySelector('.cc-says').textContent.endsWith('counted as {rule}.')")
        assert totals(tab)[rule][:2] == [f"{models.get(n)().count(rule):,}" for n in ("vgg16", "mobilenet_v1")]
    width = tab.locator("fieldset.cc-side").nth(1).locator("[name=width_mult]")
    width.focus()
    width.select_option("0.5")
    tab.wait_for_function("document.querySelector('.cc-says').textContent.includes('width_mult=0.5')")
    net = models.mobilenet_v1(width_mult=0.5)
    assert totals(tab)["parameters"][1] == f"{net.params:,}" and totals(tab)["flops"][1] == f"{net.flops:,}"
    assert tab.evaluate("document.activeElement.name") == "width_mult"
    tab.locator("select[name=second]").select_option("")
    tab.wait_for_function("document.querySelector('.cc-says').textContent.startsWith('Shown: vgg16, ')")
    assert len(totals(tab)["flops"]) == 1 and tab.locator(".cc-bill").count() == 1


@needs_chromium
def test_a_block_shows_its_layers_by_keyboard_and_a_drawn_row_by_pointing(opened):
    tab, net = opened("#vs=resnet50"), models.resnet50()
    button = tab.get_by_role("button", name="conv2_x")
    button.focus()
    marked = tab.locator("rect.cc-on").count()
    assert marked == len(next(b for b in details("resnet50")["blocks"] if b[0] == "conv2_x")[4]) > 1
    tab.keyboard.press("Enter")
    layers = net["conv2_x"].layers
    shown = tab.locator(".cc-layer")
    assert shown.count() == len(layers) and button.get_attribute("aria-expanded") == "true"
    cells = shown.evaluate_all("rows => rows.map((row) => [...row.querySelectorAll('td')].map((c) => c.textContent))")
    assert cells == [[f"{n.params:,}", f"{n.macs:,}"] for n in layers]
    tab.locator("select[name=convention]").select_option("flops")  # an open block stays open
    tab.wait_for_function("document.querySelector('.cc-says').textContent.endsWith('counted as flops.')")
    assert shown.locator("td:last-child").all_inner_texts() == [f"{net[n.name].flops:,}" for n in layers]
    button.press("Enter")
    assert shown.count() == 0
    strip = tab.locator("rect[data-row='0']")
    strip.scroll_into_view_if_needed()
    strip.hover()
    bubble = tab.locator(".cc-bubble")
    assert "conv1.conv1" in bubble.inner_text() and f"{net['conv1.conv1'].flops:,} flops" in bubble.inner_text()
    assert "conv1" in tab.locator("tr.cc-on").inner_text()
    tab.keyboard.press("Escape")
    assert bubble.is_hidden()


@needs_chromium
def test_an_address_opens_what_it_says_and_the_page_writes_it(opened):
    tab = opened("#vs=resnet50,mobilenet_v1+width_mult=0.5;convention=thop;x=year;y=error")
    assert tab.locator("select[name=first]").input_value() == "resnet50"
    assert tab.locator("fieldset.cc-side").nth(1).locator("[name=width_mult]").input_value() == "0.5"
    assert totals(tab)["thop"][1] == f"{models.mobilenet_v1(width_mult=0.5).count('thop'):,}"
    assert totals(tab)["top-1 error, percent"][:2] == ["not in our sources", "36.3"]
    assert tab.locator("[role=option]").count() == len(index()["errors"])
    tab.locator("select[name=y]").select_option("macs")
    assert "x=year;y=macs" in tab.url


@needs_chromium
def test_a_view_that_nobody_has_changed_can_be_linked_to(opened):
    tab = opened()
    assert "#" not in tab.url
    tab.get_by_role("button", name="Copy a link to this view").click()
    tab.wait_for_function("location.hash")
    assert tab.url.endswith("#vs=vgg16,mobilenet_v1;convention=macs")
    says = tab.locator(".cc-says").inner_text()
    assert says in ("Copied.", "The address of this page is now the link.")


@needs_chromium
def test_a_point_is_chosen_by_touch_and_shown(browser, address):
    context = browser.new_context(viewport={"width": 360, "height": 780}, has_touch=True, is_mobile=True)
    tab = context.new_page()
    tab.goto(address)
    tab.wait_for_function("document.querySelector('.cc-says').textContent")
    tab.locator("[data-id=lenet5] path").tap()
    tab.wait_for_function("document.querySelector('.cc-says').textContent.startsWith('Shown: lenet5')")
    assert tab.locator(".cc-readout").inner_text().startswith("lenet5, LeNet: ")
    context.close()


@needs_chromium
def test_on_a_phone_nothing_scrolls_sideways_and_a_finger_has_room(opened):
    tab = opened(width=360)
    tab.locator("section.cc-side").first.get_by_role("button").first.click()
    assert tab.evaluate("document.documentElement.scrollWidth") == 360
    boxes = tab.evaluate(
        "[...document.querySelectorAll('#cc-atlas :is(select, button, a, label)')].map((e) =>"
        " [e.outerHTML.slice(0, 60), e.getBoundingClientRect().width, e.getBoundingClientRect().height])"
    )
    assert [box for box in boxes if min(box[1:]) < 24] == []
    letters = "[...document.querySelectorAll('.cc-drawn text')].map((e) => 12 * e.getScreenCTM().a)"
    assert min(tab.evaluate(letters)) >= 11


@needs_chromium
def test_details_that_do_not_arrive_are_said(opened):
    tab = opened("#vs=zfnet")  # which this page has no file for
    assert tab.locator(".cc-says").inner_text() == "The details of zfnet did not arrive; choose it again."
