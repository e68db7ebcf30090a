"""An exercise page is solved in the browser: checks, what is kept, the notebooks that go out and come in.

The parts that need the built page are skipped, with the reason, where there is no Chromium, no build of these
sources, or no Pyodide in it.
"""

import json
import subprocess
import sys

import chromium
import pytest
from coursework.exercise import exercises, notebooks
from coursework.grading.variants import personal
from environment import ROOT
from sphinx_ext import exercises as pages
from sphinx_ext import pyodide


def code(notebook):
    """The sources of a notebook's code cells."""
    return ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]


OUTPUT_SIZE = """def output_size(size, kernel_size, stride=1, padding=0):
    return (size + 2 * padding - kernel_size) // stride + 1
"""
NO_PADDING = OUTPUT_SIZE.replace(" + 2 * padding", "")
OWN_MACS = """g = my_layer_macs_given
out = (g["side"] - 1) // g["stride"] + 1
my_layer_macs = 9 * g["c_in"] // g["groups"] * g["c_out"] * out**2
"""
ASK = """
import json, sys
sys.path.insert(0, sys.argv[1])
from exercise_run import run
for line in json.loads(sys.argv[2]):
    print(run(json.dumps(line)))
"""


def asked(tmp_path, *cells):
    """What the page's Python answers to cells, with the standard library alone."""
    pyodide.archive(tmp_path / "library.zip")
    lines = [
        {"label": f"cell {i}"} | (cell if isinstance(cell, dict) else {"source": cell})
        for i, cell in enumerate(cells, 1)
    ]
    command = [sys.executable, "-I", "-S", "-X", "utf8", "-c", ASK, tmp_path / "library.zip", json.dumps(lines)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True, cwd=tmp_path)
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_cell_shows_what_it_prints_and_every_value_in_their_order(tmp_path):
    (answer,) = asked(tmp_path, "print('<b>')\n3 + 4\nNone\nx = 5\nx * 2")
    assert answer == {"html": "<pre>&lt;b&gt;\n7\n10\n</pre>", "failed": False, "kept": ""}


def test_every_exercise_is_known_to_the_pages_python(tmp_path):
    """What a specification imports has to be in the archive: MODULES of tools/sphinx_ext/pyodide.py."""
    cell = "from coursework.exercise import exercises, notebooks\n"
    cell += "for name in notebooks():\n    print(name, len(exercises(name)))"
    (answer,) = asked(tmp_path, cell)
    assert not answer["failed"] and answer["html"].count("\n") == len(notebooks())


@pytest.mark.parametrize(
    "source, error",
    [
        ("x = 1\nx = = 2", "line 2: invalid syntax"),
        ("\n\n1 / 0", "line 3: ZeroDivisionError: division by zero"),
        ("def f():\n    return y\n\nf()", "line 2: NameError: name &#x27;y&#x27; is not defined"),
        ("import numpy as np", "This page's Python has no NumPy. Solve what needs it in Colab"),
        ("y = np.zeros(3)", "This page's Python has no NumPy."),
        ("x = math.pi", "line 1: NameError: name 'math' is not defined. Add import math to the cell"),
        ("def f(x):\n    return 2(x)\n\nf(1)", "line 2: TypeError: 'int' object is not callable. Between a number and"),
        ("raise SystemExit", "line 1: SystemExit"),
        ("x = input()", "line 1: nothing can be typed in here"),
        ("while True:\n    print('again' * 99)", "line 2: more than 20,000 characters printed"),
    ],
)
def test_an_error_is_one_line_that_names_the_line_of_the_cell(source, error, tmp_path):
    (answer,) = asked(tmp_path, source)
    assert answer["failed"] and error.replace("'", "&#x27;") in answer["html"] and "Traceback" not in answer["html"]


def test_a_check_answers_as_in_a_notebook_and_what_is_kept_comes_back(tmp_path):
    start = "from coursework import check, progress"
    checked = 'check("start.output_size", output_size)'
    _, _, wrong, _, right = asked(tmp_path, start, NO_PADDING, checked, OUTPUT_SIZE, checked)
    assert "Partly right" in wrong["html"] and "attempts" in wrong["kept"]
    assert "<b>Right</b> (3 of 3 points, attempt 2)" in right["html"]
    _, after = asked(tmp_path, {"source": start, "kept": right["kept"]}, 'progress("start")')
    assert "start.output_size: right, 3 of 3 points, 2 attempts" in after["html"]


def test_an_answer_that_is_gone_from_its_cell_is_not_judged(tmp_path):
    start, cell = "from coursework import check", "the answer's cell"
    checked = 'check("start.output_size", output_size)'
    sources = [start, {"source": OUTPUT_SIZE, "label": cell}, checked, {"source": "# later", "label": cell}, checked]
    *_, right, _, gone = asked(tmp_path, *sources)
    assert "Right" in right["html"] and "NameError: name &#x27;output_size&#x27; is not defined" in gone["html"]


def test_a_caret_for_a_power_is_found_in_a_cell_of_the_page(tmp_path):
    head = "def conv_params(c_in, c_out, kernel_size, groups=1, bias=True):"
    source = f"from coursework import check\n{head}\n    return kernel_size^2"
    _, answer = asked(tmp_path, source, 'check("start.conv_params", conv_params)')
    assert "In Python ^ is not a power" in answer["html"]


def test_what_needs_no_numpy_is_checked_on_a_page_whose_notebook_imports_it(tmp_path):
    first = "import numpy as np\n\nfrom coursework import check"
    answers = asked(tmp_path, first, 'check("shufflenet_v1.layers_needed", len)', 'check("shufflenet_v1.shuffle", len)')
    assert [answer["failed"] for answer in answers] == [True, False, True]
    assert "cc-panel" in answers[1]["html"] and "has no NumPy" in answers[2]["html"]


@pytest.mark.parametrize("name", notebooks())
def test_the_page_offers_a_solution_of_every_exercise(name):
    offered, known = pages.solutions(name), exercises(name)
    assert set(offered) == set(known)
    for text in offered.values():
        assert text and "SOLUTION" not in text and compile(text, name, "exec")


@pytest.fixture(scope="module")
def site():
    with chromium.with_python() as found:
        yield found


@pytest.fixture
def page(site):
    """An exercise page in a browser that keeps nothing of the test before."""
    browser, root = site
    context = browser.new_context()
    page = context.new_page()
    page.wrong = []
    page.on("pageerror", lambda error: page.wrong.append(str(error)))
    page.goto(root + "exercises/start.html", wait_until="networkidle")
    yield page
    assert page.wrong == []
    context.close()


FIND = """starts => {
    const begins = text => text.startsWith(starts);
    const plain = [...document.querySelectorAll(".cc-plain")].find(box => begins(box.textContent));
    if (plain) plain.focus();
    const field = [...document.querySelectorAll("code-input textarea")].find(box => begins(box.value));
    return field && (field.dataset.found ||= `${Math.random()}`);
}"""


def editor(page, starts):
    """The editor whose text starts so; a text that is none yet becomes one when it takes the focus."""
    found = page.wait_for_function(FIND, arg=starts).json_value()
    return page.locator(f'textarea[data-found="{found}"]')


@pytest.mark.parametrize("width", [360, 1280])
def test_a_text_becomes_an_editor_when_it_is_wanted_and_nothing_moves(page, width):
    page.set_viewport_size({"width": width, "height": 780})
    page.reload(wait_until="networkidle")
    last = page.locator(".cc-plain").last
    assert last.inner_text().startswith("from convcost import") and page.locator("code-input").count() < 7
    high, long = last.evaluate("e => [e.offsetHeight, document.documentElement.scrollHeight]")
    last.click()
    page.keyboard.type("# here\n")  # what is written at once is not lost
    written = page.locator("code-input textarea").last
    assert "# here" in written.input_value()
    page.keyboard.press("Control+Z")
    while "# here" in written.input_value():
        page.keyboard.press("Control+Z")
    page.wait_for_timeout(300)
    editor = page.locator("code-input").last
    assert abs(editor.evaluate("e => e.offsetHeight") - high) <= 1
    assert abs(page.evaluate("document.documentElement.scrollHeight") - long) <= 1


def test_what_was_written_before_shows_before_there_is_an_editor(page):
    page.set_viewport_size({"width": 360, "height": 780})
    editor(page, "from convcost").fill("def cheap_stem():\n    return 1\n")
    page.reload(wait_until="networkidle")
    text = page.locator(".cc-plain").last
    assert text.inner_text().startswith("def cheap_stem")
    text.press("Control+Enter")  # the first key that it gets
    page.locator("code-input textarea").last.wait_for()
    assert page.locator("code-input textarea").last.input_value().startswith("def cheap_stem")


def test_a_page_begins_with_its_first_exercise(page):
    """What fetches the checks runs unseen, unless the reader has changed it."""
    assert page.locator(".cc-plain:visible, code-input:visible").first.inner_text().startswith("def output_size")
    key = "cost-of-a-convnet/exercises/start"
    place = page.evaluate(
        "JSON.parse(document.getElementById('cc-notebook').textContent).notebook.cells"
        ".findIndex(cell => [cell.source].flat().join('').startsWith('from coursework'))"
    )
    kept = {"cells": {place: "import math\n"}, "kept": "", "own": None}
    page.evaluate("([key, kept]) => localStorage.setItem(key, kept)", [key, json.dumps(kept)])
    page.reload(wait_until="networkidle")
    assert page.locator(".cc-plain:visible, code-input:visible").first.inner_text().startswith("import math")


def check(page, name, button="Check"):
    """Press a button and return what is shown."""
    press = page.get_by_role("button", name=f"{button} {name}", exact=True)
    cell = page.locator(".cc-cell").filter(has=press)
    press.click()
    cell.locator(".cc-out :is(.cc-panel, .cc-wrong, pre)").first.wait_for(timeout=60_000)
    return cell.locator(".cc-out").inner_text()


def test_control_and_enter_run_a_cell_and_leave_its_text_alone(page):
    place = editor(page, "def output_size")
    place.fill(OUTPUT_SIZE)
    place.evaluate("box => box.setSelectionRange(20, 20)")
    place.press("Control+Enter")
    page.get_by_text("Running").or_(page.get_by_text("Fetching")).first.wait_for()
    assert place.input_value() == OUTPUT_SIZE


def test_a_long_line_is_read_on_a_phone_without_scrolling_and_what_is_written_lies_on_what_is_coloured(page):
    page.set_viewport_size({"width": 360, "height": 780})
    place = editor(page, "def output_size")
    place.fill("x = 1")
    page.wait_for_timeout(300)
    one = place.evaluate("box => box.clientHeight")
    place.fill("def f(size, kernel_size, stride=1, padding=0): return (size + 2 * padding - kernel_size) // stride + 1")
    page.wait_for_timeout(300)
    wide, high, inner = place.evaluate("box => [box.clientWidth, box.clientHeight, box.scrollWidth]")
    coloured = place.evaluate("box => box.closest('code-input').querySelector('pre').clientWidth")
    assert inner <= wide <= 340 and abs(wide - coloured) <= 2 and high > one


def test_an_answer_is_checked_kept_and_handed_out(page):
    assert page.locator(".cc-standing").inner_text() == "0 of 16 points"
    editor(page, "def output_size").fill(NO_PADDING)
    text = check(page, "start.output_size")
    assert "Partly right" in text and "Where it is explained" in text
    assert (
        page.get_by_role("link", name="Where it is explained")
        .get_attribute("href")
        .endswith("/chapters/start/layer_bill.html#how-many-positions")
    )
    assert not page.locator(".cc-solution summary").first.is_visible()
    editor(page, "def output_size").fill(OUTPUT_SIZE)
    assert "Right (3 of 3 points, attempt 2)" in check(page, "start.output_size")
    assert page.locator(".cc-solution summary").first.is_visible()
    assert page.locator(".cc-standing").inner_text() == "3 of 16 points"
    page.reload(wait_until="networkidle")  # the browser was closed
    assert editor(page, "def output_size").input_value() == OUTPUT_SIZE
    assert page.locator(".cc-standing").inner_text() == "3 of 16 points"
    assert page.get_by_text("Last time: 3 of 3 points.").is_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as a file").click()
    assert download.value.suggested_filename == "start.ipynb"
    whole = json.loads(download.value.path().read_text(encoding="utf-8"))
    published = json.loads((ROOT / "exercises/start.ipynb").read_text(encoding="utf-8"))
    assert OUTPUT_SIZE in code(whole) and len(whole["cells"]) == len(published["cells"])
    assert sum(a != b for a, b in zip(code(whole), code(published))) == 1


def test_an_assigned_notebook_with_numbers_and_cells_of_its_own_is_worked_on_and_handed_out(page, tmp_path):
    published = json.loads((ROOT / "exercises/start.ipynb").read_text(encoding="utf-8"))
    own = personal(published, "start", "ada", b"a class's secret")
    at = next(i for i, cell in enumerate(own["cells"]) if "def output_size" in "".join(cell["source"]))
    own["cells"].insert(
        at, {"cell_type": "code", "metadata": {}, "source": "TWO = 2\n", "outputs": [], "execution_count": 1}
    )
    own["cells"].insert(at, {"cell_type": "markdown", "metadata": {}, "source": "A thought <b>of mine</b>."})
    for cell in own["cells"]:
        cell.pop("id", None)  # some systems drop it
    (tmp_path / "mine.ipynb").write_text(json.dumps(own), encoding="utf-8")
    page.locator("input[type=file]").set_input_files(tmp_path / "mine.ipynb")
    page.get_by_text("This is the notebook that you opened").wait_for()
    assert page.get_by_text("A thought <b>of mine</b>.").is_visible()
    assert page.locator("code-input, .cc-plain").count() == 8  # seven of the page, and one more
    editor(page, "def output_size").fill(OUTPUT_SIZE.replace("2 * padding", "TWO * padding"))
    assert "Right (3 of 3 points" in check(page, "start.output_size")
    editor(page, "# your code").fill(OWN_MACS)
    assert "Right (2 of 2 points" in check(page, "start.my_layer_macs")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as a file").click()
    whole = json.loads(download.value.path().read_text(encoding="utf-8"))
    assert OWN_MACS in code(whole) and "TWO = 2\n" in code(whole)
    given = [source for source in code(whole) if source.startswith("my_layer_macs_given")]
    assert (
        given
        == [s for s in code(own) if s.startswith("my_layer_macs_given")]
        != [s for s in code(published) if s.startswith("my_layer_macs_given")]
    )


@pytest.mark.parametrize(
    "name, text, told",
    [
        ("a.txt", "hello", "a.txt is no notebook (.ipynb)."),
        ("b.ipynb", "{}", "b.ipynb is no notebook (.ipynb)."),
        ("c.ipynb", '{"cells": []}', "c.ipynb holds no exercises of this book; this page takes exercises start."),
        (
            "d.ipynb",
            '{"cells": [{"cell_type": "code", "source": ["check(\\"vgg.kernel_params\\", f)"]}]}',
            "d.ipynb holds exercises vgg; this page takes exercises start.",
        ),
    ],
)
def test_a_file_that_is_not_for_this_page_is_told_and_changes_nothing(page, tmp_path, name, text, told):
    editor(page, "def output_size").fill(NO_PADDING)
    (tmp_path / name).write_text(text)
    page.locator("input[type=file]").set_input_files(tmp_path / name)
    page.get_by_text(told).wait_for()
    assert editor(page, "def output_size").input_value() == NO_PADDING


def test_a_cell_that_never_ends_is_stopped_and_the_page_goes_on(page):
    editor(page, "def conv_macs").fill("while True:\n    pass")
    editor(page, "def output_size").fill(OUTPUT_SIZE)
    assert "Right" in check(page, "start.output_size")
    cell = page.locator(".cc-cell").filter(has=page.get_by_role("button", name="Check start.conv_macs"))
    cell.locator(".cc-run").click()
    page.get_by_text("Running ...").wait_for()
    page.get_by_role("button", name="Stop").click()
    assert cell.locator(".cc-out").inner_text() == "A cell above did not end."
    assert page.get_by_text("Stopped.", exact=True).count() == 1
    assert "A cell above was stopped, so its names are not there" in check(page, "start.conv_macs")
    assert "Right" in check(page, "start.output_size")  # in a new Python, which runs the cells above again


def test_a_broken_cell_is_not_judged_by_the_answer_before(page):
    editor(page, "def output_size").fill(OUTPUT_SIZE)
    assert "Right" in check(page, "start.output_size")
    editor(page, "def output_size").fill(OUTPUT_SIZE.replace("return", "return return"))
    cell = page.locator(".cc-cell").filter(has=page.get_by_role("button", name="Check start.output_size"))
    cell.locator(".cc-run").click()
    cell.get_by_text("The cell above stopped with an error: nothing was checked.").wait_for()
    assert page.locator(".cc-standing").inner_text() == "3 of 16 points"


def test_python_that_was_stopped_while_it_came_comes_again(page):
    editor(page, "def output_size").fill(OUTPUT_SIZE)
    cell = page.locator(".cc-cell").filter(has=page.get_by_role("button", name="Check start.output_size"))
    cell.locator(".cc-run").click()
    page.get_by_role("button", name="Stop").click()
    page.get_by_text("Stopped.", exact=True).wait_for()
    assert "Right" in check(page, "start.output_size")


def test_an_exercise_that_needs_numpy_says_so_before_it_is_solved(site):
    browser, root = site
    page = browser.new_page()
    page.goto(root + "exercises/mobilenet_v1.html", wait_until="networkidle")
    assert page.get_by_text("This exercise needs NumPy").count() == 1
    guesses = page.locator(".cc-guess .cc-question").all_inner_texts()
    assert "Guess the width multiplier that leaves half of MobileNet's MACs." in guesses
    page.close()


def test_a_guess_stands_under_its_question_and_keeps_what_the_reader_wrote_beside_it(page):
    """On the page the question wraps above the cell; in the file it is a comment, as in the notebook."""
    place = editor(page, 'predict("start.stem_params"')
    place.fill('# 64 windows, I think\npredict("start.stem_params", 9000)')
    page.reload(wait_until="networkidle")
    assert editor(page, "# 64 windows").input_value().endswith("9000)")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as a file").click()
    cells = json.loads(download.value.path().read_text(encoding="utf-8"))["cells"]
    (guess,) = ["".join(c["source"]) for c in cells if "start.stem_params" in "".join(c["source"])]
    assert guess.startswith("# Guess the parameters of a 7x7 convolution") and "\n# 64 windows, I think\n" in guess


def test_the_keyboard_is_enough(page):
    place = editor(page, "def output_size")
    place.focus()
    page.keyboard.press("Control+A")
    page.keyboard.type(OUTPUT_SIZE.strip().replace("    return", "return"))
    assert place.input_value().rstrip() == OUTPUT_SIZE.rstrip()  # a new line is indented
    page.keyboard.press("Control+Z")
    assert place.input_value().rstrip() != OUTPUT_SIZE.rstrip()
    page.keyboard.press("Control+Shift+Z")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Run"
    while page.evaluate("document.activeElement.textContent") != "Check":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.locator(".cc-check .cc-panel").first.wait_for(timeout=60_000)


def test_a_written_answer_is_kept_and_goes_into_the_notebook(site):
    browser, root = site
    page = browser.new_page()
    page.goto(root + "exercises/mobilenet_v2_homework.html", wait_until="networkidle")
    box = page.locator(".cc-answer-box textarea").first
    box.fill("Because the expanded maps never leave the block.")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as a file").click()
    cells = json.loads(download.value.path().read_text(encoding="utf-8"))["cells"]
    answers = ["".join(c["source"]) for c in cells if "**Answer to" in "".join(c["source"])]
    assert sum("Because the expanded maps" in answer for answer in answers) == 1
    page.reload(wait_until="networkidle")
    assert page.locator(".cc-answer-box textarea").first.input_value().startswith("Because the expanded")
    page.close()


def test_without_scripts_there_is_the_text_and_a_way_to_the_notebook(site):
    browser, root = site
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(root + "exercises/start.html")
    assert page.locator("noscript p", has_text="On this page nothing runs without scripts").is_visible()
    link = page.locator("noscript a").last.get_attribute("href")
    assert page.request.get(root + "exercises/" + link).ok and link.endswith("start.ipynb")
    assert page.locator("pre", has_text="def output_size").count() == 1
    assert not page.locator(".cc-exercise-bar").is_visible() and not page.locator(".cc-intro").is_visible()
    context.close()


def test_nothing_is_fetched_before_it_is_asked_for_and_nothing_from_elsewhere(site):
    browser, root = site
    page, asked = browser.new_page(), []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(root + "exercises/vgg.html", wait_until="networkidle")
    assert not [url for url in asked if url.endswith((".wasm", ".zip"))]
    check(page, "vgg.kernel_params")
    assert [url for url in asked if url.endswith(".wasm")]
    assert [url for url in asked if not url.startswith((root, "data:", "blob:"))] == []
    page.close()
