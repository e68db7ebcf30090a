"""Facts about the built site, found by opening every page in a real browser, on a phone and on a laptop.

A page is opened once, and every fact about it is read from that visit. Skipped, with the reason, where there is no
Chromium or no build of these sources; `make test` builds first.
"""

import contextlib
import functools
import http.server
import json
import re
import struct
import threading
from html import unescape
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import chromium
import environment
import fingerprint
import links
import matplotlib
import pytest
import rehome
import setup_cell
from convcost import models
from fontTools.ttLib import TTFont
from sphinx_ext import orientation
from textbook import atlas, ledger

HTML = environment.BUILD / "html"
# All but the one for an address that leads nowhere: its own links are those of the published site.
PAGES = sorted(p.relative_to(HTML).as_posix() for p in HTML.rglob("*.html") if "_static" not in p.parts)
PAGES.remove(links.ELSEWHERE)
PHONE = {"width": 360, "height": 780}
DESKTOP = {"width": 1280, "height": 900}
LESSON = "chapters/start/layer_bill.html"
AXE = environment.NPM / "node_modules" / "axe-core" / "axe.min.js"
# A reader's fonts are unknown, and so are this machine's. Matplotlib brings a wide one and a narrow one.
FONTS = {"wide": "DejaVuSans.ttf", "narrow": "STIXGeneral.ttf"}
ALIKE = ".cc-table tbody tr:nth-child(n + 16)"  # rows like the ones before them, over a thousand in the ledger


if not fingerprint.built_from_this():
    pytest.skip("no build of these sources: python3 tools/book.py book", allow_module_level=True)
if chromium.find() is None:
    pytest.skip(chromium.MISSING, allow_module_level=True)


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves the built site and, under /fonts/, those of `FONTS`; a browser that hangs up is no news."""

    def translate_path(self, path):
        if path.startswith("/fonts/"):
            return str(Path(matplotlib.get_data_path(), "fonts", "ttf", Path(path).name))
        return super().translate_path(path)

    def log_message(self, *_):
        pass

    def copyfile(self, source, outputfile):
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            super().copyfile(source, outputfile)


@pytest.fixture(scope="module")
def root():
    """The address of a local server of the built site."""
    handler = functools.partial(Quiet, directory=str(HTML))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield "http://127.0.0.1:%d/" % server.server_port
        server.shutdown()


@pytest.fixture(scope="module")
def browser():
    with chromium.running() as browser:
        yield browser


QUESTIONS = Path(__file__).with_name("page_facts.js").read_text(encoding="utf-8")


def ask(page, question, argument=None):
    """Ask a function of page_facts.js in the page."""
    return page.evaluate("argument => {%s\nreturn %s(argument)}" % (QUESTIONS, question), argument)


def axe(page, colours, rules):
    """What axe complains about in light or dark."""
    if not AXE.is_file():
        return None
    page.emulate_media(color_scheme=colours)
    return ask(page, "complaints", {"rest": ALIKE, "rules": rules})


@pytest.fixture(scope="module")
def visit(browser, root):
    """Open a page once; return what was seen: on a laptop in light and dark, on a phone with everything unfolded."""
    context = browser.new_context(viewport=DESKTOP, locale="en", color_scheme="light", reduced_motion="reduce")

    @functools.cache
    def visited(name):
        errors, asked, failed = [], [], []
        page = context.new_page()
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.on("response", lambda r: failed.append("%d %s" % (r.status, r.url)) if r.status >= 400 else None)
        page.goto(root + name)
        page.add_style_tag(content="* { transition: none !important }")  # or colours are measured half-way
        if AXE.is_file():
            page.evaluate(AXE.read_text(encoding="utf-8"))
        light = axe(page, "light", {})
        dark = axe(page, "dark", {"runOnly": ["color-contrast"]})
        page.emulate_media(color_scheme="light")
        page.set_viewport_size(PHONE)
        page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true })")
        page.evaluate("new Promise(requestAnimationFrame).then(() => document.fonts.ready)")
        page.wait_for_load_state("networkidle")
        facts = ask(page, "facts")
        widths = {kind: ask(page, "widthWith", root + "fonts/" + file) for kind, file in FONTS.items()}
        page.close()
        return facts | {"errors": errors, "asked": asked, "failed": failed, "light": light, "dark": dark, **widths}

    return visited


every_page = pytest.mark.parametrize("name", PAGES)


@every_page
def test_no_script_error_and_nothing_missing(visit, name):
    facts = visit(name)
    assert (facts["errors"], facts["failed"], facts["images"]) == ([], [], [])


@every_page
def test_no_column_of_a_table_is_squeezed(visit, name):
    assert visit(name)["squeezed"] == []


@every_page
def test_no_other_host_is_asked_for_anything(visit, root, name):
    if environment.temml() is None:
        pytest.skip("built without the formula converter: MathJax comes from the network")
    assert [url for url in visit(name)["asked"] if not url.startswith((root, "data:", "blob:"))] == []


@every_page
def test_every_formula_is_drawn_in_the_font_for_formulas(visit, name):
    if environment.temml() is None:
        pytest.skip("built without the formula converter")
    facts = visit(name)
    assert (facts["drawn"], facts["bad_maths"]) == (facts["maths"], 0)
    assert not facts["maths"] or "STIX2" in facts["fonts"]
    raw = re.findall(r"\$[^$\n]{1,80}\$|\\(?:frac|text|cdot|times|sum|begin)\b.{0,40}", facts["text"])
    assert raw == []


def test_the_font_for_formulas_can_draw_a_root():
    """`<msqrt>` draws a sign that no formula writes; without it a root reads as what stands under it."""
    fonts = list(HTML.rglob("STIXTwoMath*.woff2"))
    if not fonts:
        pytest.skip("built without the formula converter")
    assert all({ord("√"), ord("∑")} <= set(TTFont(font).getBestCmap()) for font in fonts)


@pytest.mark.parametrize("font", FONTS)
@every_page
def test_nothing_scrolls_sideways_on_a_phone(visit, name, font):
    assert visit(name)[font]["widths"] == [PHONE["width"]]


@pytest.mark.parametrize("font", FONTS)
@every_page
def test_no_cell_of_a_table_is_cut_on_a_phone(visit, name, font):
    """Neither a computed value nor a verdict nor a cost lies beyond the edge: wide tables become cards."""
    assert visit(name)[font]["cut"] == []


@every_page
def test_every_table_has_a_caption_and_headings(visit, name):
    facts = visit(name)
    assert (facts["no_caption"], facts["no_heading"]) == ([], [])


@every_page
def test_the_preview_of_a_page_is_there_in_the_size_that_it_says(name):
    text = (HTML / name).read_text(encoding="utf-8")
    tags = dict(re.findall(r'<meta property="og:(image[^"]*)" content="([^"]*)"', text))
    picture = HTML / tags["image"].removeprefix("https://%s/" % rehome.site(*rehome.parse(setup_cell.repository())))
    data = picture.read_bytes()
    assert data[:4] == b"\x89PNG"
    assert [tags["image:width"], tags["image:height"]] == [str(n) for n in struct.unpack(">II", data[16:24])]
    lesson = name.removesuffix(".html") in orientation.places()
    assert (picture.parent.name == "previews") == lesson and tags["image:alt"]


@every_page
def test_every_image_says_what_it_shows(visit, name):
    assert visit(name)["no_alt"] == []


@every_page
def test_letters_of_drawings_can_be_read_on_a_phone(visit, name):
    """11 px or more, as wide as the column leaves them."""
    assert visit(name)["small_letters"] == []


@every_page
def test_figures_are_numbered_in_their_order(name):
    page = (HTML / name).read_text(encoding="utf-8")
    numbers = [int(number) for number in re.findall(r'<span class="cc-figure-number">Figure (\d+)\.</span>', page)]
    assert numbers == list(range(1, page.count("</figcaption>") + 1))


@every_page
def test_the_rocket_launches_notebooks_and_nothing_else(name):
    page = (HTML / name).read_text(encoding="utf-8")
    launched = set(
        re.findall(r'href="https://(colab|mybinder)\.[^"]*/((?:chapters|exercises)/[^"]*|intro\.\w+)"', page)
    )
    own = name.replace(".html", ".ipynb")
    assert launched == ({("colab", own), ("mybinder", own)} if (environment.ROOT / own).is_file() else set())


@every_page
def test_a_page_does_not_set_up_colab_and_a_drawing_stands_above_its_code(name):
    page = (HTML / name).read_text(encoding="utf-8")
    if name.startswith("chapters/"):
        assert "Could not fetch the library" not in page
    for cell in re.split(r'<div class="cell[ "]', page)[1:]:
        code = cell.find("Code of this drawing")
        assert code < 0 or 0 < cell.find("<svg") < code


@functools.cache
def ids(name):
    return set(re.findall(r'\bid="([^"]+)"', (HTML / name).read_text(encoding="utf-8")))


@every_page
def test_every_internal_link_leads_somewhere(visit, root, name):
    for link in visit(name)["links"]:
        url, anchor = urldefrag(urljoin(root + name, link))
        if not url.startswith(root):
            continue
        target = unquote(url[len(root) :]) or "index.html"
        assert (HTML / target).is_file(), link
        if anchor and target in PAGES:
            assert unquote(anchor) in ids(target), link


@every_page
def test_no_link_to_a_chapter_leaves_this_copy(visit, name):
    """A notebook names the published site, for Colab; its links and those in its outputs lead into this copy."""
    site = "https://%s/" % rehome.site(*rehome.parse(setup_cell.repository()))
    away = (site + "chapters/", site + "exercises/")
    assert [link for link in visit(name)["links"] if link.startswith(away)] == []


@pytest.mark.skipif(not AXE.is_file(), reason="axe could not be installed with npm")
@pytest.mark.parametrize("colours", ["light", "dark"])
@every_page
def test_axe_finds_nothing_to_complain_about(visit, name, colours):
    assert visit(name)[colours] == []


@pytest.mark.skipif(not AXE.is_file(), reason="axe could not be installed with npm")
def test_axe_would_find_one_faint_word_in_a_page(browser, root):
    """Of words that look alike axe measures one; a faint word looks like no other."""
    page = browser.new_page(viewport=DESKTOP)
    page.goto(root + "index.html")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    page.evaluate(
        "document.querySelector('article p').innerHTML += ' <span id=faint style=\"color: #bbb\">faint</span>'"
    )
    (found,) = axe(page, "light", {})
    assert found[:2] == ["color-contrast", 1] and "faint" in found[2]
    page.close()


def test_the_site_is_served_as_it_is_from_a_branch():
    """Without this file GitHub leaves out every folder whose name starts with an underscore."""
    assert (HTML / ".nojekyll").is_file()


def test_the_page_for_an_address_that_leads_nowhere_finds_its_way_from_any_folder():
    prefix, page = (
        urlsplit(setup_cell.site()).path + "/",
        (HTML / "404.html").read_text(encoding="utf-8"),
    )
    addresses = [found for found in re.findall(r'(?:href|src)="([^"#]+)', page) if "://" not in found]
    assert addresses and [address for address in addresses if not address.startswith(prefix)] == []
    assert [a for a in addresses if not (HTML / urlsplit(a).path.removeprefix(prefix)).exists()] == []


def test_search_finds_the_word_on_the_first_page(browser, root):
    page = browser.new_page()
    page.goto(root + "search.html?q=network", wait_until="networkidle")
    page.wait_for_selector("#search-results li a", timeout=10_000)
    assert page.locator("#search-results li a").count() > 0
    page.close()


@pytest.mark.parametrize("size, shown", [(PHONE, [True, False]), (DESKTOP, [False, True])])
def test_a_chart_shows_the_one_of_its_forms_that_fits(browser, root, size, shown):
    page = browser.new_page(viewport=size)
    page.goto(root + "chapters/modern/rivals.html")
    forms = page.evaluate(
        "[...document.querySelectorAll('article .cc-drawing > div')].map("
        "(pair) => [...pair.children].map((svg) => svg.getBoundingClientRect().width > 0))"
    )
    assert len(forms) >= 2 and all(seen == shown for seen in forms)
    page.close()


@pytest.mark.parametrize("name", ["index.html", "chapters/back/ledger.html", "exercises/start.html"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP])
def test_whatever_has_the_keyboards_focus_shows_it(browser, root, name, size):
    page = browser.new_page(viewport=size)
    page.goto(root + name)
    dull, seen = [], set()
    for _ in range(40):
        page.keyboard.press("Tab")
        what, line = page.evaluate(
            "() => { const e = document.activeElement, s = getComputedStyle(e);"
            " return [e.outerHTML.slice(0, 80), s.outlineStyle + s.outlineWidth]; }"
        )
        seen.add(what)
        if "none" in line or line.endswith("0px"):
            dull.append(what)
    assert dull == [] and len(seen) > 12
    page.close()


def test_the_theme_button_reaches_dark_and_light(browser, root):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(root + "index.html", wait_until="networkidle")
    seen = set()
    for _ in range(3):
        page.locator("button.theme-switch-button:visible").first.click()
        seen.add(page.evaluate("document.documentElement.dataset.theme"))
    assert seen == {"dark", "light"}
    page.close()


@pytest.mark.parametrize(
    "mode, colours, theme", [("auto", "dark", "dark"), ("light", "dark", "light"), ("dark", "light", "dark")]
)
def test_a_page_has_the_readers_colours_before_any_script_of_the_theme(browser, root, mode, colours, theme):
    context = browser.new_context(color_scheme=colours)
    context.add_init_script(f"localStorage.setItem('mode', '{mode}')")
    page = context.new_page()
    page.route("**/*.js*", lambda route: route.abort())
    page.goto(root + "index.html")
    assert page.evaluate("document.documentElement.dataset.theme") == theme
    context.close()


@pytest.mark.parametrize("width", [360, 768, 1280])
@pytest.mark.parametrize("name", ["index.html", "search.html", LESSON])
def test_every_button_of_the_header_is_whole(browser, root, name, width):
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.goto(root + name)
    boxes = page.locator(".bd-header-article button:visible").evaluate_all(
        "all => all.map(e => [e.getBoundingClientRect().top, e.getBoundingClientRect().right])"
    )
    assert len(boxes) > 3 and min(top for top, _ in boxes) >= 0 and max(right for _, right in boxes) <= width
    page.close()


@pytest.mark.parametrize("font", [None, *FONTS])
@pytest.mark.parametrize("width", [360, 800, 1200, 1280, 1920])
def test_nothing_at_the_top_of_the_home_page_lies_on_anything_else(browser, root, width, font):
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto(root + "index.html")
    if font:
        style = "@font-face { font-family: only; src: url(%s) } body * { font-family: only !important }"
        page.add_style_tag(content=style % (root + "fonts/" + FONTS[font]))
        page.evaluate("document.fonts.load('16px only').then(() => document.fonts.ready)")
    title, words, picture = (
        page.evaluate(
            "selector => { const range = document.createRange();"
            " range.selectNodeContents(document.querySelector(selector));"
            " const b = range.getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom]; }",
            selector,
        )
        for selector in ("article h1", ".cc-hero-words", ".cc-opening")
    )
    for one in (title, words):
        assert one[2] <= picture[0] or one[3] <= picture[1] or picture[3] <= one[1]
    assert title[3] <= words[1] + 1
    page.close()


def test_what_is_searched_stands_beside_the_glass(browser, root):
    page = browser.new_page(viewport=DESKTOP)
    page.goto(root + "search.html?q=depthwise")
    field, glass = page.locator("main form.bd-search input"), page.locator("main form.bd-search i")
    text = field.evaluate("e => e.getBoundingClientRect().left + parseFloat(getComputedStyle(e).paddingLeft)")
    assert glass.evaluate("e => e.getBoundingClientRect().right") < text
    page.close()


def test_a_chapter_opens_from_anywhere_on_its_card(browser, root):
    page = browser.new_page(viewport=DESKTOP)
    page.goto(root + "index.html")
    page.locator(".cc-map li").filter(has_text="VGG: one kernel").click(position={"x": 8, "y": 8})
    page.wait_for_url("**/chapters/classic/vgg.html")
    page.close()


LEDGER = "chapters/back/ledger.html"
# Nothing, neither a folded output nor the page's own bar, hides the first line of what an address leads to.
IN_VIEW = """selector => {
    const e = document.querySelector(selector), [box] = e.getClientRects();
    if (!box) return false;
    const top = document.elementFromPoint(box.left + Math.min(box.width / 2, 40), (box.top + box.bottom) / 2);
    return top !== null && e.contains(top);
}"""


@pytest.mark.parametrize(
    "id",
    [
        "lecture-vgg16-stage2-macs",  # in a visible output
        "lecture-table8-mobilenet_v2-0.4-ourimpl-mflops",  # in a folded one, and with a dot in its name
        "compact-squeezenet-fire8-params_pruned",
        "homework-mobilenet_v2-layer2-ops",
        "korean-formula-reduction",
        "chinese-shufflenet-complexity",
    ],
)
def test_a_row_of_the_ledger_leads_to_its_cell_and_the_cell_back_to_the_row(browser, root, id):
    page = browser.new_page(viewport=DESKTOP)
    page.goto(root + LEDGER)
    page.get_by_role("button", name="Show all 1,167 rows").click()
    page.locator(f'[id="{id}"] a').click()
    page.wait_for_url(f"**/chapters/*/*.html#{id}")
    assert not page.url.startswith(root + LEDGER)
    page.wait_for_function(IN_VIEW, arg=f'.cell_output [id="{id}"]', polling=100)
    page.locator(f'.cell_output [id="{id}"] a').click()
    page.wait_for_url(f"**/{LEDGER}#{id}")
    page.wait_for_function(IN_VIEW, arg=f'tr[id="{id}"]', polling=100)
    page.close()


@pytest.mark.parametrize(
    "name", [p.removesuffix(".html") for p in PAGES if (environment.ROOT / p).with_suffix(".ipynb").is_file()]
)
def test_every_derivation_leads_back_to_its_row(name):
    notebook = json.loads((environment.ROOT / f"{name}.ipynb").read_text(encoding="utf-8"))
    traces = ledger.collect([(name, notebook)])
    page = (HTML / f"{name}.html").read_text(encoding="utf-8")
    links = re.findall(r'<span id="([^"]+)" title="[^"]*"><a class="cc-row" href="([^"]+)">', page)
    assert dict(links) == {id: f"../back/ledger.html#{id}" for id in traces}
    assert len(links) == len(traces)


@pytest.fixture
def ledger_page(browser, root):
    """The page of the ledger, and a function that lists the ids of the rows that are shown."""
    page = browser.new_page(viewport=DESKTOP)
    page.goto(root + LEDGER)
    yield page, lambda: page.locator("#cc-ledger tr[id]:visible").evaluate_all("all => all.map(e => e.id)")
    page.close()


def test_several_words_narrow_the_ledger_to_the_rows_that_have_them_all(ledger_page):
    page, shown = ledger_page
    entries = {record["id"]: {**record, **entry} for record, entry in zip(ledger.rows(), ledger.report())}
    assert shown() == list(entries)[:100]
    assert page.evaluate("document.querySelectorAll('*').length") < 3000
    page.locator("input[name=words]").fill("googlenet  299")
    found = shown()
    assert "compact-googlenet_299-macs" in found and "lecture-vgg16-stage2-macs" not in found
    assert 0 < len(found) < 20
    for id in found:
        text = " ".join(str(value) for value in entries[id].values()).lower().replace(",", "")
        assert "googlenet" in text and "299" in text
    assert page.locator("#cc-ledger output").inner_text() == f"{len(found)} of 1,167 rows"
    page.locator("input[name=words]").fill("googlenet nosuchword")
    assert shown() == [] and page.locator("#cc-ledger output").inner_text() == "0 of 1,167 rows"
    page.get_by_role("button", name="show all").click()
    page.wait_for_function("document.querySelector('#cc-ledger output').textContent == '1,167 of 1,167 rows'")
    assert shown() == list(entries)


def test_a_verdict_a_source_and_a_word_narrow_the_ledger_together(ledger_page):
    page, shown = ledger_page
    differs = [e["id"] for e in ledger.report() if e["verdict"] == "differs"]
    page.locator("select[name=verdict]").select_option("differs")
    assert shown() == differs
    assert page.locator("#cc-ledger output").inner_text() == f"{len(differs)} of 1,167 rows"
    assert page.locator("#cc-ledger .cc-note:visible").count() == len(differs)
    page.locator("select[name=source]").select_option("homework")
    of_homework = [id for id in differs if id.startswith("homework-")]
    assert shown() == of_homework and of_homework
    page.locator("input[name=words]").fill("total")
    assert shown() == [id for id in of_homework if "-total-" in id]


def test_the_address_of_the_ledger_sets_its_fields(browser, root):
    page = browser.new_page(viewport=DESKTOP)
    page.goto(root + LEDGER + "?verdict=truncated&words=mobilenet")
    assert page.locator("select[name=verdict]").input_value() == "truncated"
    found = set(page.locator("#cc-ledger tr[id]:visible").evaluate_all("all => all.map(e => e.id)"))
    truncated = {e["id"] for e in ledger.report() if e["verdict"] == "truncated"}
    assert {id for id in truncated if "mobilenet" in id} <= found < truncated
    page.close()


def test_a_heading_sorts_the_ledger_and_a_second_press_turns_it_round(ledger_page):
    page, shown = ledger_page
    computed = {e["id"]: e["computed"] for e in ledger.report()}
    numbers = {id for id, value in computed.items() if value is not None and not isinstance(value, bool)}
    heading = page.locator("#cc-ledger thead th", has_text="computed")
    for press, direction in enumerate(("ascending", "descending")):
        heading.get_by_role("button").click()
        assert heading.get_attribute("aria-sort") == direction
        order = shown()
        assert len(order) == 1167 and set(order[: len(numbers)]) == numbers  # what has no number stays at the end
        values = [computed[id] for id in order[: len(numbers)]]
        assert values == sorted(values, reverse=bool(press))
    page.locator("#cc-ledger thead th", has_text="verdict").get_by_role("button").click()
    verdicts = {e["id"]: e["verdict"] for e in ledger.report()}
    order = [verdicts[id] for id in shown()]
    assert order == sorted(order)
    note = page.locator("#cc-ledger .cc-note").first
    assert verdicts[note.evaluate("e => e.previousElementSibling.id")] in (
        "cited",
        "conditional",
        "differs",
        "false",
    )  # reasons follow their rows


def test_without_scripts_every_row_of_the_ledger_is_there(browser, root):
    context = browser.new_context(java_script_enabled=False, viewport=DESKTOP)
    page = context.new_page()
    page.goto(root + LEDGER)
    assert page.locator("#cc-ledger tr[id]:visible").count() == 1167
    assert page.locator("#cc-ledger tr[id] a[href*='#']").count() == 1167
    assert not page.locator("#cc-ledger form").is_visible()
    context.close()


def test_the_glossary_is_searched_in_three_languages_and_leads_to_the_chapters(browser, root):
    page = browser.new_page(viewport=DESKTOP)
    page.goto(root + "chapters/back/glossary.html")
    row = page.locator("#term-receptive-field")
    for word in ("感受野", "수용 영역", "Receptive"):
        page.locator("input[name=words]").fill(word)
        assert row.is_visible() and not page.locator("#term-bottleneck").is_visible()
    link = row.locator("a").first
    place = link.get_attribute("href").removeprefix("..")
    link.click()
    page.wait_for_url(f"**/chapters{place}")
    assert page.locator(":target").count() == 1
    page.close()


# Lessons: numbers that can be asked, questions with a field.


@pytest.fixture
def lesson(browser, root):
    page = browser.new_page(viewport=DESKTOP)
    page.goto(root + LESSON)
    yield page
    page.close()


def test_no_comment_reaches_a_page():
    for name in PAGES:
        page = unescape((HTML / name).read_text(encoding="utf-8"))  # as a comment, or as words
        assert not re.search(r"<!(?:--|–)\s*(?:[=?@#]|predict)", page), name


def test_a_number_tells_how_it_was_derived_by_mouse_and_by_touch(lesson):
    number, bubble = lesson.locator(".cc-number").first, lesson.locator(".cc-why")
    assert bubble.is_hidden()
    number.hover()
    assert bubble.inner_text() == number.get_attribute("data-why") == "1,849,688,064 = conv.macs"
    lesson.keyboard.press("Escape")
    assert bubble.is_hidden()
    number.click()
    assert bubble.is_visible() and number.evaluate("e => e.tabIndex") == -1
    lesson.locator("article h1").click()
    assert bubble.is_hidden()


def test_one_switch_tells_all_derivations_as_text(lesson):
    switch = lesson.get_by_role("button", name="how the numbers were derived")
    marks, told = lesson.locator("[data-why]:not([data-why=given])").count(), lesson.locator(".cc-told")
    plain = lesson.locator("article").inner_text()
    assert switch.inner_text().startswith("Show")
    switch.focus()
    lesson.keyboard.press("Enter")
    assert switch.inner_text().startswith("Hide")
    assert told.count() == marks and "(1,849,688,064 = conv.macs)" in lesson.locator("article").inner_text()
    lesson.keyboard.press("Enter")
    assert told.count() == 0 and lesson.locator("article").inner_text() == plain


@pytest.mark.parametrize(
    "guess, says",
    [
        ("73856", "Exactly."),
        ("74000", "Nearly: less than 1 percent too high. This one can be counted exactly."),
        ("73800", "Nearly: less than 1 percent too low. This one can be counted exactly."),
        ("66000", "Not quite: 11 percent too low."),
        ("147712,", "Not quite: 100 percent too high."),
        ("7913", "Too low: the answer is 9.3 times as much."),
        ("738,560", "Too high: 10 times the answer."),
        ("73,856,000", "The right digits, but too high by a factor of 1,000: look at the unit."),
        ("-3", "Too low."),
        ("many", "A number, such as 12.5."),
    ],
)
def test_a_prediction_is_told_how_far_off_it_is(lesson, guess, says):
    form, answer = lesson.locator(".cc-guess").first, lesson.locator(".cc-answer").first
    assert answer.get_attribute("open") is None
    form.locator("input").fill(guess)
    form.locator("input").press("Enter")
    assert form.locator("output").inner_text() == says
    assert (answer.get_attribute("open") is None) == (guess == "many")


def test_a_share_typed_as_a_fraction_is_told_so_and_not_counted(browser, root):
    page = browser.new_page(viewport=DESKTOP)
    page.goto(root + "chapters/start/three_costs.html")
    form = page.locator(".cc-guess").filter(has=page.get_by_label("Your prediction, percent")).first
    for guess, says in (("0.06", "As a fraction, yes. Write it in percent."), ("0.6", "Too low: the answer is")):
        form.locator("input").fill(guess)
        form.locator("input").press("Enter")
        assert form.locator("output").inner_text().startswith(says)
        assert page.locator(".cc-tally").is_hidden() == (guess == "0.06")
    page.close()


def test_a_choice_is_judged_and_the_page_counts(browser, root):
    page = browser.new_page(viewport=DESKTOP)
    page.goto(root + "chapters/start/three_costs.html")
    tally, guesses = page.locator(".cc-tally"), page.locator(".cc-guess")
    number = guesses.count()
    assert tally.is_hidden()
    choice = guesses.filter(has=page.get_by_role("button", name="traffic"))
    choice.get_by_role("button", name="compute").click()
    assert choice.locator("output").inner_text() == "No: traffic."
    choice.get_by_role("button", name="traffic").click()
    assert choice.locator("output").inner_text() == "Right."
    others = guesses.filter(has_not=page.get_by_role("button", name="traffic"))
    others.first.get_by_role("button", name="Show me").click()  # which is no answer
    assert tally.inner_text() == f"Predictions on this page: 1 of {number} answered, 0 right or close enough."
    page.close()


def test_without_scripts_every_answer_is_open(browser, root):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(root + LESSON)
    answers = page.locator(".cc-answer")
    assert answers.count() == page.locator(".cc-answer[open]").count() > 3
    assert "73,856" in answers.first.inner_text() and page.locator(".cc-guess").count() == 0
    context.close()


# The atlas: more of it in tests/test_atlas.py, without a build.
ATLAS = "chapters/back/architectures.html"


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_a_link_opens_the_atlas_as_it_was_and_axe_finds_nothing(browser, root, size, colours):
    tab = browser.new_page(viewport=size, color_scheme=colours, reduced_motion="reduce")
    tab.goto(root + ATLAS + "#vs=resnet50,mobilenet_v1+width_mult=0.5;convention=thop")
    tab.wait_for_function("document.querySelector('.cc-says').textContent.startsWith('Shown: resnet50 and mobilenet')")
    cells = tab.locator(".cc-figures tr", has_text="thop").locator("td").all_inner_texts()
    found = [models.resnet50().count("thop"), models.mobilenet_v1(width_mult=0.5).count("thop")]
    assert cells[:2] == [f"{count:,}" for count in found]
    assert tab.evaluate("document.documentElement.scrollWidth") == size["width"]
    tab.locator("section.cc-side").first.get_by_role("button").first.click()
    tab.locator("rect[data-row]").first.hover()
    if AXE.is_file():
        tab.add_style_tag(content="* { transition: none !important }")
        tab.evaluate(AXE.read_text(encoding="utf-8"))
        assert ask(tab, "complaints", {"rest": "#pst-back-to-top", "rules": {}}) == []
    tab.close()


@pytest.mark.parametrize("name", models.names())
def test_the_details_of_every_network_are_on_the_site(name):
    for setting in atlas.settings_of(name):
        text = (HTML / "_static" / "atlas" / setting.file).read_text(encoding="utf-8")
        assert text.startswith(f'ccAtlas.take({{"id":"{setting.id}"')


def test_an_old_address_still_leads_to_its_card(browser, root):
    tab = browser.new_page(viewport=DESKTOP)
    tab.goto(root + ATLAS + "#resnet18")
    tab.wait_for_function("document.querySelector('.cc-says').textContent")
    tab.wait_for_function(IN_VIEW, arg="#resnet18", polling=100)
    tab.close()


def test_without_scripts_the_networks_have_their_cards(browser, root):
    context = browser.new_context(java_script_enabled=False, viewport=DESKTOP)
    page = context.new_page()
    page.goto(root + ATLAS)
    assert page.locator("details[id]").count() == len(models.names())
    assert page.locator("#cc-atlas").is_hidden() and page.locator("noscript p").first.is_visible()
    context.close()
