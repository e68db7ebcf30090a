"""Facts about the built site, found by opening every page in a real browser, on the width of a phone.

Skipped, with the reason, where there is no Chromium or no build of these sources; `make test` builds first.
"""
import functools
import http.server
import os
import re
import shutil
import threading
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin

import pytest

import environment
import fingerprint

HTML = environment.BUILD / "html"
PAGES = sorted(p.relative_to(HTML).as_posix() for p in HTML.rglob("*.html") if "_static" not in p.parts)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
         "--disable-background-networking", "--disable-component-update"]
PHONE = {"width": 390, "height": 844}
FACTS = """() => {
    const maths = [...document.querySelectorAll(".math")];
    const text = document.querySelector("article")?.cloneNode(true);
    text?.querySelectorAll("pre, code, math, script").forEach((e) => e.remove());
    return {
        maths: maths.length,
        drawn: maths.filter((e) => e.querySelector("math")?.getBoundingClientRect().width > 0).length,
        bad_maths: document.querySelectorAll("merror, .temml-error, .math code").length,
        fonts: [...document.fonts].filter((f) => f.status == "loaded").map((f) => f.family),
        text: text?.textContent ?? "",
        width: document.documentElement.scrollWidth,
        images: [...document.images].filter((i) => i.complete && !i.naturalWidth).map((i) => i.src),
        no_alt: [...document.querySelectorAll("article img")].filter((i) => !i.alt).map((i) => i.src),
        links: [...document.querySelectorAll("a[href]")].map((a) => a.href),
        ids: [...document.querySelectorAll("[id]")].map((e) => e.id),
    };
}"""


def find_chromium():
    """A Chromium or Chrome of this machine; the environment variable CHROMIUM goes first."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
    places = ["/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
              r"C:\Program Files\Google\Chrome\Application\chrome.exe",
              r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe"]
    found = [os.environ.get("CHROMIUM"), *map(shutil.which, names), *(p for p in places if Path(p).is_file())]
    return next(filter(None, found), None)


if not fingerprint.built_from_this():
    pytest.skip("no build of these sources: python3 tools/book.py book", allow_module_level=True)
if find_chromium() is None:
    pytest.skip("no Chromium on this machine (or name one in CHROMIUM)", allow_module_level=True)


@pytest.fixture(scope="module")
def root():
    """The address of a local server of the built site."""
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    handler = functools.partial(Quiet, directory=str(HTML))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield "http://127.0.0.1:%d/" % server.server_port
        server.shutdown()


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def visit(browser, root):
    """Open a page once on a phone; returns what was seen, the console's errors, the addresses asked for."""
    context = browser.new_context(viewport=PHONE, locale="en")

    @functools.cache
    def visited(name):
        errors, asked, failed = [], [], []
        page = context.new_page()
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.on("response", lambda r: failed.append("%d %s" % (r.status, r.url)) if r.status >= 400 else None)
        page.goto(root + name, wait_until="networkidle")
        page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true })")
        page.evaluate("new Promise(requestAnimationFrame).then(() => document.fonts.ready)")
        facts = page.evaluate(FACTS)
        page.close()
        return facts | {"errors": errors, "asked": asked, "failed": failed}

    return visited


every_page = pytest.mark.parametrize("name", PAGES)


@every_page
def test_no_script_error_and_nothing_missing(visit, name):
    facts = visit(name)
    assert (facts["errors"], facts["failed"], facts["images"]) == ([], [], [])


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


@every_page
def test_nothing_scrolls_sideways_on_a_phone(visit, name):
    assert visit(name)["width"] <= PHONE["width"]


@every_page
def test_every_image_says_what_it_shows(visit, name):
    assert visit(name)["no_alt"] == []


@every_page
def test_every_internal_link_leads_somewhere(visit, root, name):
    for link in visit(name)["links"]:
        url, anchor = urldefrag(urljoin(root + name, link))
        if not url.startswith(root):
            continue
        target = unquote(url[len(root):]) or "index.html"
        assert (HTML / target).is_file(), link
        if anchor and target in PAGES:
            assert unquote(anchor) in visit(target)["ids"], link


def test_search_finds_the_word_on_the_first_page(browser, root):
    page = browser.new_page()
    page.goto(root + "search.html?q=network", wait_until="networkidle")
    page.wait_for_selector("#search-results li a", timeout=10_000)
    assert page.locator("#search-results li a").count() > 0
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
