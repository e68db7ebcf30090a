"""The page where the library runs in the browser shows what the library says here.

The parts that need the built page are skipped, with the reason, where there is no Chromium, no build of these
sources, or no Pyodide in it.
"""

import json
import subprocess
import sys

import chromium
import environment
import pytest
from convcost import Conv2d, ConvcostError, FeatureMap, Network, models
from sphinx_ext import playground, pyodide
from sphinx_ext.playground_files.run import MOST, NOTHING, run

EXAMPLES = playground.examples()
PAGE = "chapters/back/playground.html"
DEFINITION = """from convcost import Conv2d, FeatureMap, Network
x = FeatureMap(3, 224, 224)
Network(Conv2d(64, kernel_size=3, padding=1)(x))
"""


def answer(source):
    return json.loads(run(source))


def test_a_definition_is_shown_as_the_library_shows_it():
    net = Network(Conv2d(64, kernel_size=3, padding=1)(FeatureMap(3, 224, 224)))
    says = "1 layer, 1,792 parameters, 86,704,128 MACs"
    assert answer(DEFINITION) == {"html": net.table()._repr_html_(), "says": says}
    assert answer(DEFINITION.replace("Network(", "(")) == answer(DEFINITION)  # a feature map will do
    assert answer("from convcost import models\nmodels.resnet50().table(level=1)")["html"] == (
        models.resnet50().table(level=1)._repr_html_()
    )


@pytest.mark.parametrize("title", EXAMPLES)
def test_every_example_runs(title):
    result = answer(EXAMPLES[title])
    if "mistake" not in title:
        assert "error" not in result and result["html"]
        return
    with pytest.raises(ConvcostError) as problem:
        Conv2d(60, kernel_size=3, padding=1, groups=5)(FeatureMap(24, 56, 56))
    assert result == {"error": f"line 5: {problem.value}"} and "\n" not in result["error"]


@pytest.mark.parametrize(
    "source, error",
    [
        ("", NOTHING),
        ("x = 1", NOTHING),
        ("x = 1\nx = = 2", "line 2: invalid syntax"),
        ("\n\n1 / 0", "line 3: ZeroDivisionError: division by zero"),
        ("def f():\n    return y\n\nf()", "line 2: NameError: name 'y' is not defined"),
        ("raise SystemExit", "line 1: SystemExit"),
        ("from convcost import models\nmodels.get('vgg61')", None),
        ("while True:\n    print('again' * 99)", f"line 2: more than {MOST:,} characters printed"),
    ],
)
def test_an_error_is_one_line_that_names_the_line_of_the_definition(source, error):
    if error is None:
        with pytest.raises(ConvcostError) as problem:
            models.get("vgg61")
        error = f"line 2: {problem.value}"
    assert answer(source) == {"error": error}


def test_what_is_printed_cannot_become_part_of_the_page():
    assert answer("print('<b>')")["html"] == "<pre>&lt;b&gt;\n</pre>"
    assert answer("'<b>'")["html"] == "<pre>&#x27;&lt;b&gt;&#x27;</pre>"


def test_the_archive_holds_the_whole_library_and_needs_the_standard_library_alone(tmp_path):
    pyodide.archive(tmp_path / "library.zip")
    ask = "import sys; sys.path.insert(0, sys.argv[1])\nfrom playground_run import run\nprint(run(sys.argv[2]))"
    for source in EXAMPLES.values():
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-X", "utf8", "-c", ask, tmp_path / "library.zip", source],
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=True,
        )
        assert json.loads(done.stdout) == answer(source)


def test_without_pyodide_the_page_still_shows_an_example_and_its_costs(monkeypatch):
    monkeypatch.setattr(environment, "pyodide", lambda: None)
    first = next(iter(EXAMPLES.values()))
    page = playground.static(playground.WITHOUT)
    assert answer(first)["html"] in page and "npm" in page and "<button" not in page


@pytest.fixture(scope="module")
def site():
    """A new browser and the address of a local server of the built site."""
    with chromium.with_python() as found:
        yield found


@pytest.fixture(scope="module")
def page(site):
    """The page after its first run, and all that was asked for on the way: before the click, and after it."""
    browser, root = site
    page, asked = browser.new_page(), []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(root + PAGE, wait_until="networkidle")
    page.asked_before = len(asked)
    page.get_by_role("button", name="Run").click()
    finished(page, 60_000)
    page.asked, page.root = asked, root
    return page


def finished(page, timeout=20_000):
    """Wait until what stands in the editor has run; returns the line that is announced."""
    page.wait_for_function(
        """() => {
        const says = document.querySelector("#cc-playground output");
        return / ms\\)$/.test(says.textContent) || says.matches(".cc-wrong");
    }""",
        timeout=timeout,
    )
    return page.locator("#cc-playground output").inner_text()


def edit(page, source):
    """Change the text and wait for the run that follows by itself."""
    page.evaluate("document.querySelector('#cc-playground output').textContent = ''")
    page.evaluate("document.querySelector('#cc-playground output').className = ''")
    page.locator("#cc-playground textarea").fill(source)
    return finished(page)


SHOWS = """html => {
    const wanted = document.createElement("div");
    wanted.innerHTML = html;
    const shown = document.querySelector(".cc-result").cloneNode(true);
    shown.querySelectorAll("pre").forEach((e) => e.removeAttribute("tabindex"));  // the theme's, whenever it resizes
    return shown.innerHTML === wanted.innerHTML;
}"""


def test_nothing_is_fetched_before_it_is_asked_for_and_nothing_from_elsewhere(page):
    before, after = page.asked[: page.asked_before], page.asked[page.asked_before :]
    scripts = [f"{page.root}_static/pyodide/{name}.js" for name in ("python", "playground")]
    assert [url for url in before if "pyodide/" in url] == scripts
    assert any(url.endswith("pyodide.asm.wasm") for url in after)
    assert [url for url in page.asked if not url.startswith((page.root, "data:", "blob:"))] == []


def test_an_edit_shows_what_the_library_says_here(page):
    first = next(iter(EXAMPLES.values()))
    for source in (first.replace("expand_ratio=6", "expand_ratio=4"), DEFINITION):
        expected = answer(source)
        assert edit(page, source).startswith(expected["says"] + " (")
        assert page.evaluate(SHOWS, expected["html"])


@pytest.mark.parametrize("number, title", list(enumerate(EXAMPLES)))
def test_every_example_shows_what_the_library_says_here(page, number, title):
    edit(page, DEFINITION)
    page.evaluate("document.querySelector('#cc-playground output').textContent = ''")
    page.locator("#cc-playground select").select_option(index=number)
    expected, says = answer(EXAMPLES[title]), finished(page)
    if "error" in expected:
        assert says == expected["error"]
    else:
        assert says.startswith(expected["says"] + " (") and page.evaluate(SHOWS, expected["html"])


def test_an_error_is_announced_and_the_last_result_stays(page):
    edit(page, DEFINITION)
    wrong = DEFINITION.replace("kernel_size=3", "kernel_size=0")
    assert edit(page, wrong) == answer(wrong)["error"]
    assert page.evaluate(SHOWS, answer(DEFINITION)["html"])
    assert page.locator("#cc-playground textarea").get_attribute("aria-invalid") == "true"


def test_the_keyboard_is_enough(page):
    edit(page, DEFINITION)
    page.locator("#cc-playground textarea").focus()
    page.evaluate("document.querySelector('#cc-playground output').textContent = ''")
    page.keyboard.press("Control+Enter")
    assert finished(page).startswith("1 layer, ")
    page.keyboard.press("Tab")  # the editor does not keep it
    assert not page.evaluate("document.activeElement.matches('#cc-playground textarea')")


def test_the_readers_text_outlives_an_example_a_visit_and_travels_in_the_address(site):
    browser, root = site
    context = browser.new_context()
    page = context.new_page()
    page.goto(root + PAGE, wait_until="networkidle")
    editor, select = page.locator("#cc-playground textarea"), page.locator("#cc-playground select")
    editor.fill(DEFINITION)
    select.select_option(index=1)
    assert editor.input_value() == list(EXAMPLES.values())[1]
    select.select_option(label="your own")
    assert editor.input_value() == DEFINITION
    page.reload(wait_until="networkidle")
    assert editor.input_value() == DEFINITION
    page.get_by_role("button", name="Link").click()
    page.wait_for_function("location.hash.startsWith('#definition=')")
    address = page.url
    context.close()
    elsewhere = browser.new_context()
    page = elsewhere.new_page()
    page.goto(address, wait_until="networkidle")
    assert page.locator("#cc-playground textarea").input_value() == DEFINITION
    elsewhere.close()


def test_a_definition_that_never_ends_is_stopped_by_the_button_and_by_the_clock(site):
    browser, root = site
    page = browser.new_page()
    page.route(
        "**/" + PAGE,
        lambda route: route.fulfill(
            content_type="text/html", body=route.fetch().text().replace('data-seconds="10"', 'data-seconds="2"')
        ),
    )
    page.goto(root + PAGE)
    output, stop = page.locator("#cc-playground output"), page.get_by_role("button", name="Stop")
    for button, says in ((True, "Stopped."), (False, "Stopped after 2 seconds: does it ever end?")):
        page.locator("#cc-playground textarea").fill(DEFINITION)
        page.get_by_role("button", name="Run").click()
        assert finished(page, 60_000).startswith("1 layer, ")  # it starts again after a stop
        page.locator("#cc-playground textarea").fill("while True: pass")
        page.wait_for_function("!document.querySelectorAll('.cc-controls button')[1].disabled")
        if button:
            stop.click()
        page.wait_for_function("document.querySelector('#cc-playground output').matches('.cc-wrong')", timeout=20_000)
        assert output.inner_text() == says and stop.is_disabled()
    page.close()


def test_without_scripts_the_first_example_stands_with_its_costs(site):
    browser, root = site
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(root + PAGE)
    first = next(iter(EXAMPLES.values()))
    assert page.locator("#cc-playground textarea").input_value() == first
    assert page.locator("#cc-playground output").inner_text() == answer(first)["says"]
    assert page.locator(".cc-result tbody tr").count() == answer(first)["html"].count('<th scope="row">') - 1
    assert not page.get_by_role("button", name="Run").is_visible()
    context.close()
