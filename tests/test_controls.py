"""The controls compute what the library computes, on every setting that a reader can reach."""

import itertools
import json
import random
import re
import shutil
import subprocess

import chromium
import numpy as np
import pytest
from convcost import Conv2d, FeatureMap, Network, Routing, models, reference
from convcost.numpy_run import run
from textbook.controls import (
    CurveSwitch,
    SortTable,
    dense,
    dense_control,
    inception,
    inception_control,
    layer_control,
    multiplier_control,
    reward,
    reward_control,
    routing,
    routing_control,
    scaling,
    scaling_control,
    stack_control,
    window,
    window_control,
)
from textbook.controls.convolution import CHOICES, DEFAULT, convolution_bill
from textbook.controls.curves import rounded
from textbook.controls.multipliers import DEFAULT as MULTIPLIERS
from textbook.controls.multipliers import NETWORKS, PUBLISHED, SIDES, WIDTHS, multiplier_bill
from textbook.controls.stack import DEFAULT as STACK
from textbook.controls.stack import DILATIONS, KERNELS, MOST, STRIDES, cells, growth, sentence
from textbook.templates import source

NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="needs node to run the page's script")
needs_chromium = pytest.mark.skipif(chromium.find() is None, reason=chromium.MISSING)
SETTINGS = [dict(zip(CHOICES, values)) for values in itertools.product(*CHOICES.values())]


def answers(file, ask, questions, page="null"):
    """Run `ask`, which names a function of one argument, on each question, with a file of the page's script before it.

    page: what the page carries, as JSON.
    """
    script = f"{source('textbook.controls', file)}\nconst page = {page};\n"
    ask = f"process.stdout.write(JSON.stringify(JSON.parse(require('fs').readFileSync(0)).map({ask})))"
    done = subprocess.run(
        [NODE, "-e", script + ask],
        input=json.dumps(questions),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    return json.loads(done.stdout)


def first_difference(questions, there, here):
    return next(((q, a, b) for q, a, b in zip(questions, there, here, strict=True) if a != b), None)


def test_the_default_bill_is_hand_made():
    assert convolution_bill(DEFAULT) == {
        "output map": "64 × 56 × 56",
        "parameters": f"{3 * 3 * 64 * 64:,}",
        "MACs": f"{3 * 3 * 64 * 64 * 56 * 56:,}",
        "values moved": f"{64 * 56 * 56 + 3 * 3 * 64 * 64 + 64 * 56 * 56:,}",
        "MACs per value": f"{3 * 3 * 64 * 64 * 56 * 56 / (2 * 64 * 56 * 56 + 3 * 3 * 64 * 64):.2f}",
    }


def test_the_page_shows_the_default_without_scripts():
    html = layer_control()._repr_html_().split("<script>")[0]
    for text in convolution_bill(DEFAULT).values():
        assert f"<td>{text}</td>" in html
    assert html.count('type="range"') == html.count("<label>") == len(CHOICES)


@needs_node
def test_the_script_agrees_with_the_library_on_every_setting():
    assert len(SETTINGS) == 5 * 7 * 6 * 6 * 3 * 5
    bills = answers("convolution_bill.js", "bill", SETTINGS)
    assert first_difference(SETTINGS, bills, map(convolution_bill, SETTINGS)) is None


def test_the_multipliers_are_those_of_the_library():
    bill = multiplier_bill("mobilenet_v1", 0.75, 192)
    thin, full = models.mobilenet_v1(width_mult=0.75, resolution=192), models.mobilenet_v1()
    assert bill["MACs"] == (f"{thin.macs:,}", f"{100 * thin.macs / full.macs:.1f} %")
    assert bill["bytes of parameters"][0] == f"{4 * thin.params:,}"
    assert bill["bytes of maps, at most"][0] == f"{4 * thin.peak_activations:,}"
    assert bill["α² × ρ²"] == ("", f"{100 * (3 / 4 * 6 / 7) ** 2:.1f} %")
    assert bill["published top-1"] == ("not in our sources", "")
    assert multiplier_bill("mobilenet_v2", 1.4, 224)["published top-1"][0] == "74.7 %"
    assert {key[0] for key in PUBLISHED} == set(NETWORKS) and len(PUBLISHED) == 4 + 3 + 2


@needs_node
def test_the_page_looks_up_every_setting_of_the_multipliers_rightly():
    every = list(itertools.product(NETWORKS, range(len(WIDTHS)), range(len(SIDES))))
    assert len(every) == 2 * 24 * 5
    page = re.search(r'<script type="application/json">(.*?)</script>', multiplier_control()._repr_html_())[1]
    found = answers("multipliers_bill.js", "setting => bill(page, ...setting)", every, page)
    here = [[list(row) for row in multiplier_bill(name, WIDTHS[w], SIDES[s]).values()] for name, w, s in every]
    assert first_difference(every, found, here) is None


def test_the_multipliers_are_readable_without_scripts():
    html = multiplier_control()._repr_html_().split("<script")[0]
    for value, share in multiplier_bill(*MULTIPLIERS).values():
        assert f"<td>{value}</td><td>{share}</td>" in html
    assert '<div class="cc-sliders" hidden>' in html


REWARDED = [dict(zip(reward.CHOICES, values)) for values in itertools.product(*reward.CHOICES.values())]


def test_the_rewards_are_hand_made():
    """Twice the time at w = -0.07 takes five percent; where both weights are equal the target changes no order."""
    found = reward.rewards({**reward.DEFAULT, reward.TARGET: 30})
    assert found["V3-Large"] == ["75.2 %", "51 ms", f"{75.2 * (51 / 30) ** -0.07:.2f}"]
    assert found["V3-Small"] == ["67.4 %", "15.8 ms", f"{67.4 * (30 / 15.8) ** 0.07:.2f}"]
    assert round(2**-0.07, 2) == 0.95
    same = [{**reward.DEFAULT, reward.TARGET: target} for target in reward.CHOICES[reward.TARGET]]
    assert len({tuple(reward.rewards(setting)) for setting in same}) == 1
    hard = [{reward.WITHIN: 0, reward.BEYOND: -1, reward.TARGET: target} for target in (15, 20, 40, 60)]
    assert [next(iter(reward.rewards(setting))) for setting in hard] == [
        "V3-Small, 0.75",
        "V3-Small",
        "V3-Large, 0.75",
        "V3-Large",
    ]


@needs_node
def test_the_page_rewards_as_the_library_does_in_every_setting():
    assert len(REWARDED) == 8 * 9 * 8
    page = re.search(r'<script type="application/json">(.*?)</script>', reward_control()._repr_html_())[1]
    found = answers("reward_bill.js", "setting => rewards(page, setting)", REWARDED, page)
    here = [[[name, *texts] for name, texts in reward.rewards(setting).items()] for setting in REWARDED]
    assert first_difference(REWARDED, found, here) is None


def test_doubled_images_cost_four_times_the_work_and_no_parameters():
    bill, net = scaling.scaling_bill(scaling.DEFAULT), models.efficientnet_b0(resolution=448)
    assert bill["MACs"] == (f"{net.macs / 1e6:,.0f} M", f"× {net.macs / models.efficientnet_b0().macs:.2f}", "× 4.00")
    assert bill["parameters"] == ("5.3 M", "× 1.00", "× 1.00")  # 5,288,548
    assert bill["values kept"][2] == "× 4.00" and bill["values kept"][0].endswith(" MB")
    wide = scaling.scaling_bill({"depth": 3, "width": 2, "side of the image": 224})
    assert [row[2] for row in wide.values()] == ["× 12.00", "× 12.00", "× 6.00"]  # 3 * 2 * 2 and 3 * 2


@needs_node
def test_the_page_looks_up_every_scaling_rightly():
    values = list(itertools.product(*scaling.CHOICES.values()))
    places = list(itertools.product(*[range(len(choices)) for choices in scaling.CHOICES.values()]))
    every = [[place, *setting] for place, setting in zip(places, values)]
    assert len(every) == 6 * 5 * 5
    page = re.search(r'<script type="application/json">(.*?)</script>', scaling_control()._repr_html_())[1]
    found = answers("scaling_bill.js", "setting => bill(page, ...setting)", every, page)
    bills = (scaling.scaling_bill(dict(zip(scaling.CHOICES, setting))) for setting in values)
    assert first_difference(every, found, ([list(row) for row in bill.values()] for bill in bills)) is None


@needs_chromium
def test_scaling_works_by_keyboard_and_is_readable_without_scripts(page):
    html = scaling_control()._repr_html_()
    for row in scaling.scaling_bill(scaling.DEFAULT).values():
        assert "".join(f"<td>{text}</td>" for text in row) in html.split("<script")[0]
    page.set_content(html)
    page.get_by_label("depth").focus()
    page.keyboard.press("End")
    page.get_by_label("side of the image").focus()
    page.keyboard.press("Home")
    setting = {"depth": 4, "width": 1, "side of the image": 224}
    shown = [text for row in scaling.scaling_bill(setting).values() for text in row]
    assert page.locator("#cc-scaling td").all_inner_texts() == shown
    title = "EfficientNet-B0, depth × 4, width × 1, images of 224 × 224"
    assert page.locator("#cc-scaling caption").inner_text() == title


LAYERS = list(itertools.product(KERNELS, STRIDES, DILATIONS))


def stacks():
    """Every stack of one to three layers, and three thousand deeper ones."""
    rng = random.Random(0)
    shallow = [stack for depth in (1, 2, 3) for stack in itertools.product(LAYERS, repeat=depth)]
    return shallow + [tuple(rng.choices(LAYERS, k=depth)) for depth in range(4, MOST + 1) for _ in range(1000)]


@needs_node
def test_the_page_sees_what_the_library_sees():
    every = stacks()
    assert len(every) == 16 + 16**2 + 16**3 + 3 * 1000
    found = answers("stack_growth.js", "stack => [growth(stack), sentence(stack)]", every)
    here = ([[list(step) for step in growth(stack)], sentence(stack)] for stack in every)
    assert first_difference(every, found, here) is None


@pytest.mark.parametrize(
    "stack",
    [
        ((3, 1, 1), (3, 1, 1), (3, 1, 1)),
        ((3, 1, 2),),
        ((3, 2, 2), (5, 2, 1)),
        ((1, 2, 1), (7, 1, 2), (3, 1, 2)),
    ],
)
def test_the_cells_are_those_that_change_the_output(stack):
    _jump, field, reached = growth(stack)[-1]
    x = np.zeros((field, 1, 1, field))  # one image for each input cell of a row, only that cell is 1
    x[np.arange(field), 0, 0, np.arange(field)] = 1
    for kernel, stride, dilation in stack:
        x = reference.conv2d(x, np.ones((1, 1, 1, kernel)), stride=(1, stride), dilation=(1, dilation))
    assert x.shape == (field, 1, 1, 1)
    assert list(np.flatnonzero(x)) == cells(stack) and len(cells(stack)) == reached


def test_the_stack_of_the_page_is_the_stack_of_the_library():
    x = FeatureMap(1, 64, 64)
    for kernel_size, stride, _ in STACK:
        x = Conv2d(1, kernel_size, stride, kernel_size // 2)(x)
    assert growth(STACK)[-1] == (1, Network(x).receptive_field, 7)
    assert sentence(STACK) in stack_control()._repr_html_().split("<script>")[0]
    assert growth(((3, 1, 2),)) == [(1, 5, 3)]  # a dilated kernel reaches both ends and the middle


def windows():
    """Every setting of the window's choices, with every kernel in each output."""
    for values in itertools.product(*window.CHOICES.values()):
        setting = dict(zip(window.CHOICES, values))
        if setting["groups"] <= setting["channels"]:
            for kernels in itertools.product(window.KERNELS, repeat=setting["channels"]):
                yield {**setting, "kernels": kernels}


def told(setting, at):
    """What the page says of a setting, and of the stop that is `at` of the way through the last output."""
    found = window.maps(setting)
    stop = (setting["channels"] - 1, *divmod(int(at * (len(found[0]) ** 2 - 1)), len(found[0])))
    texts = [say(setting, *stop) for say in (window.sum_text, window.sentence)]
    return [found, window.size_text(setting), window.work_text(setting), *texts]


@needs_node
def test_the_window_computes_what_the_library_computes_in_every_setting():
    every = list(windows())
    assert len(every) == 3 * 3 * 2 * (6 + 2 * 6 * 6)
    ask = """([s, at]) => {
        s.weights = weights(s);
        const n = side(s), k = Math.floor(at * (n * n - 1)), stop = [s.channels - 1, Math.floor(k / n), k % n];
        return [maps(s), sizeText(s), workText(s), sumText(s, ...stop), sentence(s, ...stop)];
    }"""
    page = json.dumps({"image": window.IMAGE, "kernels": window.KERNELS})
    questions = [(setting, i % 7 / 6) for i, setting in enumerate(every)]
    found = answers("window_sums.js", ask, questions, page)
    assert first_difference(questions, found, (told(*question) for question in questions)) is None


def test_the_sums_of_the_window_are_the_output_of_the_convolution():
    for setting in itertools.islice(windows(), 0, None, 17):
        for output, rows in enumerate(window.maps(setting)):
            for i, row in enumerate(rows):
                for j, value in enumerate(row):
                    assert value == sum(x * w for x, w in window.taps(setting, output, i, j))


def test_the_window_at_its_first_stop_is_hand_made():
    upper_left = window.IMAGE[0][0][:3] + window.IMAGE[0][1][:3] + window.IMAGE[0][2][:3]
    assert upper_left == [0, 0, 0, 0, 2, 2, 0, 0, 0]
    assert window.sum_text(window.DEFAULT, 0, 0, 0).endswith("2·0 + 2·1 + 0·(−1) + 0·0 + 0·1 = 2")
    assert window.size_text(window.DEFAULT).endswith("= 5") and len(window.maps(window.DEFAULT)[0]) == 7 - 3 + 1
    assert window.work_text(window.DEFAULT).endswith(f"= {3 * 3 * 1 * 5 * 5 * 1}")
    html = window_control()._repr_html_().split("<script")[0]
    for row in window.maps(window.DEFAULT)[0]:  # without scripts the whole map stands there
        for value in row:
            assert f">{window.number(value)}</td>" in html
    assert html.count("<td") == 7 * 7 + 3 * 3 + 3 * 3 + 5 * 5


@pytest.fixture(scope="module")
def page():
    with chromium.running() as browser:
        yield browser.new_page()


@needs_chromium
def test_the_bill_of_a_layer_follows_its_sliders(page):
    page.set_content(layer_control()._repr_html_())
    page.get_by_label("kernel size").focus()
    page.keyboard.press("ArrowRight")
    page.get_by_label("groups").focus()
    page.keyboard.press("End")
    setting = {**DEFAULT, "kernel size": 5, "groups": "depthwise"}
    assert page.get_by_label("groups").get_attribute("aria-valuetext") == "depthwise"
    assert page.locator("#cc-layer td").all_inner_texts() == list(convolution_bill(setting).values())


@needs_chromium
def test_the_multipliers_work_by_keyboard(page):
    page.set_content(multiplier_control()._repr_html_())
    values = page.locator("#cc-multipliers td")
    width, side = page.get_by_label("width"), page.get_by_label("side")
    width.focus()
    page.keyboard.press("ArrowRight")
    side.focus()
    page.keyboard.press("Home")
    assert (width.get_attribute("aria-valuetext"), side.get_attribute("aria-valuetext")) == ("0.55", "96")
    page.get_by_label("network").select_option("mobilenet_v2")
    expected = [text for pair in multiplier_bill("mobilenet_v2", 0.55, 96).values() for text in pair]
    assert values.all_inner_texts() == expected
    assert page.locator("#cc-multipliers caption").inner_text() == "MobileNet V2, width 0.55, image of 96 × 96"


@needs_chromium
def test_the_winner_changes_with_the_weights(page):
    page.set_content(reward_control()._repr_html_())
    rows = page.locator("#cc-reward tbody tr")
    assert rows.all_inner_texts()[0].split("\t")[0] == next(iter(reward.rewards(reward.DEFAULT))) == "V3-Large"
    for name in (reward.WITHIN, reward.BEYOND):
        page.get_by_label(name).focus()
        for _ in range(2):  # to -0.15
            page.keyboard.press("ArrowRight")
    expected = reward.rewards({**reward.DEFAULT, reward.WITHIN: -0.15, reward.BEYOND: -0.15})
    assert [text.split("\t") for text in rows.all_inner_texts()] == [[name, *texts] for name, texts in expected.items()]
    assert next(iter(expected)) == "V3-Small, 0.75"


@needs_chromium
def test_a_stack_is_built_and_drawn_by_keyboard(page):
    page.set_content(stack_control()._repr_html_())
    assert page.locator("#cc-stack output").inner_text() == sentence(STACK)
    add, remove = page.get_by_role("button", name="add a layer"), page.get_by_role("button", name="remove the last")
    for button, times in ((add, 1), (remove, 2)):
        button.focus()
        for _ in range(times):
            page.keyboard.press("Enter")
    page.get_by_label("stride of layer 1").select_option("2")
    page.get_by_label("kernel of layer 2").select_option("5")
    page.get_by_label("dilation of layer 2").select_option("2")
    stack = ((3, 2, 1), (5, 1, 2))
    assert page.locator("#cc-stack output").inner_text() == sentence(stack)
    rows = page.locator("#cc-stack tbody tr")
    assert rows.locator("td:nth-child(n + 5)").all_inner_texts() == [str(n) for step in growth(stack) for n in step[:2]]
    reached = 1 + sum(step[2] for step in growth(stack))
    assert page.locator("#cc-stack svg rect[fill]").count() == reached
    assert page.locator("#cc-stack svg").get_attribute("aria-label").endswith("3 after layer 1, 19 after layer 2")
    for _ in range(MOST):
        if add.is_enabled():
            add.click()
    assert rows.count() == MOST and add.is_disabled()


# ---- curves ----

SWITCHES = {"block": ("plain", "residual"), "start": ("small", "large")}
CURVES = {
    ("plain", "small"): [1e-20, 1e-10, 1],
    ("plain", "large"): [0.5, 0.7, 1],
    ("residual", "small"): [65, 8, 1],
    ("residual", "large"): [4600, 68, 1],
}


def curve_switch():
    return CurveSwitch(SWITCHES, CURVES, "block", "gradient", "it is {first} at first, {last} at last")


@pytest.mark.parametrize(
    "value, text",
    [
        (0.523, "0.52"),
        (1, "1"),
        (0.001, "0.001"),
        (3.14, "3.1"),
        (65, "65"),
        (4612, "4,600"),
        (3.2e-20, "3×10⁻²⁰"),
        (9.96, "10"),
        (1e-5, "10⁻⁵"),
        (123456, "10⁵"),
        (0.0495, "0.05"),
    ],
)
def test_numbers_of_a_curve_are_rounded_as_people_write_them(value, text):
    assert rounded(value) == text


def test_a_curve_is_told_for_every_setting():
    assert repr(curve_switch()).splitlines() == [
        "plain, small: it is 10⁻²⁰ at first, 1 at last",
        "plain, large: it is 0.5 at first, 1 at last",
        "residual, small: it is 65 at first, 1 at last",
        "residual, large: it is 4,600 at first, 1 at last",
    ]
    with pytest.raises(ValueError, match="there is none for residual, small"):
        CurveSwitch(SWITCHES, {k: v for k, v in CURVES.items() if k != ("residual", "small")}, "x", "y", "")
    with pytest.raises(ValueError, match="positive"):
        CurveSwitch(SWITCHES, CURVES | {("plain", "small"): [0, 1, 1]}, "x", "y", "")


@needs_chromium
def test_the_chosen_curve_stands_out_and_is_told(page):
    page.set_content(curve_switch()._repr_html_())
    for setting in CURVES:
        for choice in setting:
            page.get_by_role("radio", name=choice).check()
        assert page.get_by_role("status").inner_text() == curve_switch().sentence(setting)
        seen = "[...document.querySelectorAll('.cc-curve')].map(e => getComputedStyle(e).opacity == 1)"
        assert page.evaluate(seen) == [setting == other for other in CURVES]


def in_words(page):
    return page.locator("#cc-window > output").inner_text()


@needs_chromium
def test_the_window_moves_by_keyboard_pointer_and_button(page):
    page.emulate_media(reduced_motion="reduce")
    page.set_content(window_control()._repr_html_())
    setting, out = {**window.DEFAULT, "stride": 2, "padding": 1}, page.locator("#cc-window .cc-output td")
    page.get_by_label("stride").select_option("2")
    page.get_by_label("padding").select_option("1")
    page.get_by_role("grid").focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowUp", "ArrowUp"):  # the last one would leave the map
        page.keyboard.press(key)
    assert in_words(page) == window.sentence(setting, 0, 0, 1)
    assert out.all_inner_texts()[:2] == [window.number(n) for n in window.maps(setting)[0][0][:2]]
    page.locator("#cc-window-0-1-1").hover()
    page.mouse.down()
    page.locator("#cc-window-0-3-1").hover()
    assert in_words(page) == window.sentence(setting, 0, 1, 0)
    page.mouse.up()
    page.locator("#cc-window-0-8-8").click()
    assert in_words(page) == window.sentence(setting, 0, 3, 3)
    assert page.locator("#cc-window dd").all_inner_texts()[:2] == [
        window.sum_text(setting, 0, 3, 3),
        window.size_text(setting),
    ]
    page.get_by_role("button", name="run through").click()
    assert out.all_inner_texts() == [window.number(n) for row in window.maps(setting)[0] for n in row]
    assert page.locator("#cc-window dd").nth(2).inner_text() == window.work_text(setting) + f"; so far {9 * 4 * 4}"


@needs_chromium
def test_the_window_runs_by_itself_until_it_is_stopped(page):
    page.emulate_media(reduced_motion="no-preference")
    page.set_content(window_control()._repr_html_())
    page.get_by_role("button", name="run through").click()
    page.wait_for_function("[...document.querySelectorAll('.cc-output td')].filter(c => c.textContent).length === 3")
    page.get_by_role("button", name="stop").click()
    assert in_words(page) == window.sentence(window.DEFAULT, 0, 0, 2)
    assert page.get_by_role("button", name="run through").count() == 1


@needs_chromium
def test_groups_and_an_edited_weight_change_what_an_output_reads(page):
    page.set_content(window_control()._repr_html_())
    page.get_by_text("more: dilation, channels, groups").click()
    page.get_by_label("channels").select_option("2")
    assert page.locator("#cc-window .cc-products").count() == 2
    page.get_by_label("groups").select_option("2")
    page.get_by_label("output").select_option("2")
    setting = {**window.DEFAULT, "channels": 2, "groups": 2}
    assert in_words(page) == window.sentence(setting, 1, 0, 0)
    assert page.locator("#cc-window .cc-products").count() == page.locator("#cc-window .cc-unread").count() == 1
    page.locator("#cc-window-1-4-3").click()  # the dash of the seven under the middle of the kernel
    middle = page.get_by_label("weight in row 2, column 2, input 2")
    middle.fill("5")
    assert window.IMAGE[1][4][3] == 2 and page.locator("#cc-window .cc-output .cc-tap").inner_text() == str(5 * 2)
    assert page.get_by_label("kernel").input_value() == "your own numbers"
    page.get_by_label("channels").select_option("1")
    assert in_words(page) == window.sentence(window.DEFAULT, 0, 3, 2)


@needs_chromium
@pytest.mark.parametrize("typed", ["0.5", "12", ""])
def test_a_weight_that_the_window_cannot_take_is_refused_in_words(page, typed):
    page.set_content(window_control()._repr_html_())
    corner = page.get_by_label("weight in row 1, column 1, input 1")
    corner.fill(typed)
    corner.press("Tab")
    assert corner.input_value() == "-1" and page.get_by_label("kernel").input_value() == "vertical edges"
    assert in_words(page) == "A weight here is a whole number from −9 to 9; this one is −1."


@needs_chromium
def test_the_window_has_one_tab_stop_for_its_grid_and_room_for_a_finger(page):
    page.set_content(window_control()._repr_html_())
    page.get_by_text("more: dilation, channels, groups").click()
    page.get_by_label("channels").select_option("2")
    assert page.locator("#cc-window table[tabindex='0']").count() == 1
    touched = page.locator("#cc-window :is(td, select, button, input)")
    sizes = touched.evaluate_all("all => all.map(one => [one.offsetWidth, one.offsetHeight])")
    assert len(sizes) > 2 * 49 and min(map(min, sizes)) >= 24
    active = page.get_by_role("grid").get_attribute("aria-activedescendant")
    assert page.locator(f"#{active}").count() == 1 and page.locator("#cc-window output[aria-live=polite]").count() == 1


# ---- the budget of an Inception module, and a DenseNet ----


def settings(control, number):
    """The default, every setting that differs from it in one slider, and `number` others drawn at random."""
    rng = random.Random(0)
    alone = [{**control.DEFAULT, name: value} for name, values in control.CHOICES.items() for value in values]
    drawn = [{name: rng.choice(values) for name, values in control.CHOICES.items()} for _ in range(number)]
    return [control.DEFAULT, *alone, *drawn]


def carried(html):
    return re.search(r'<script type="application/json">(.*?)</script>', html)[1]


def set_slider(page, name, value, control):
    """Move a slider by keyboard: to its first value, then a step for each value before the wanted one."""
    slider = page.locator(f"[data-name='{name}']")
    slider.focus()
    page.keyboard.press("Home")
    for _ in range(list(control.CHOICES[name]).index(value)):
        page.keyboard.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") == str(value)


def test_the_module_of_the_control_is_googlenets_first():
    default = inception.module(inception.DEFAULT)
    assert default.params == models.googlenet()["inception3a"].params
    assert inception.inception_bill(inception.DEFAULT)["MACs"] == [
        [192 * 64 * 28**2] * 2,
        [(192 * 96 + 9 * 96 * 128) * 28**2, 9 * 192 * 128 * 28**2],
        [(192 * 16 + 25 * 16 * 32) * 28**2, 25 * 192 * 32 * 28**2],
        [192 * 32 * 28**2, 0],
        [default.macs, inception.module(inception.DEFAULT, reduced=False).macs],
    ]
    assert inception.module(inception.DEFAULT, reduced=False).output_shape == (64 + 128 + 32 + 192, 28, 28)


def test_the_budget_of_a_module_is_met_by_stronger_reductions_alone():
    assert inception.verdict(inception.DEFAULT).endswith("Still 48.0 M over the budget of 80 M.")
    thrifty = {**inception.DEFAULT, "reduce to 3×3": 48}
    assert inception.verdict(thrifty).endswith("The budget is met.")
    thin = {**thrifty, "1×1": 48, "5×5": 16}
    assert inception.verdict(thin).endswith(f"Too few: {256 - 224} channels, 16 from the 5×5 missing.")


@needs_node
def test_the_page_prices_every_module_as_the_library_does():
    every = settings(inception, 1500)
    page = carried(inception_control()._repr_html_())
    ask = "s => [bill(s), verdict(s), lengths(bill(s).MACs)]"
    found = answers("inception_bill.js", ask, every, page)
    here = (
        [inception.inception_bill(s), inception.verdict(s), inception.lengths(inception.inception_bill(s)["MACs"])]
        for s in every
    )
    assert first_difference(every, found, here) is None


@needs_chromium
def test_a_module_is_brought_within_its_budget_by_keyboard(page):
    page.set_content(inception_control()._repr_html_())
    said = page.locator("#cc-inception output[aria-live]")
    assert said.inner_text() == inception.verdict(inception.DEFAULT)
    set_slider(page, "reduce to 3×3", 48, inception)
    setting = {**inception.DEFAULT, "reduce to 3×3": 48}
    assert said.inner_text() == inception.verdict(setting)
    pairs = inception.inception_bill(setting)["MACs"]
    counts = page.locator("#cc-inception svg[data-measure=MACs] .cc-count").all_text_contents()
    assert counts == [inception.millions(n) for pair in pairs for n in pair]
    wide = "all => all.map(bar => Number(bar.getAttribute('width')))"
    bars = page.locator("#cc-inception svg[data-measure=MACs] .cc-bar").evaluate_all(wide)
    assert bars == [end for pair in inception.lengths(pairs) for end in pair]


def test_the_network_of_the_control_is_densenet_121():
    net, ours = models.densenet121(), dense.network(dense.DEFAULT)
    assert (ours.params, ours.macs) == (net.params, net.macs)
    assert dense.sentence(dense.DEFAULT).startswith(f"{net.depth} layers with weights, at most 1,024 channels")
    assert dense.stacks(dense.DEFAULT)[0] == [64 + 32 * layer for layer in range(6 + 1)]
    assert [block[-1] for block in dense.stacks(dense.DEFAULT)] == [256, 512, 1024, 1024]
    small = {**dense.DEFAULT, "growth rate k": 8}
    assert dense.sentence(small).endswith("It fits our app.")


@needs_node
def test_the_page_computes_every_densenet_as_the_library_does():
    every = settings(dense, 60)
    page = carried(dense_control()._repr_html_())
    found = answers("dense_bill.js", "s => [stacks(s), costs(s), curve(s), sentence(s)]", every, page)
    here = ([dense.stacks(s), dense.costs(dense.network(s)), list(dense.curve(s)), dense.sentence(s)] for s in every)
    assert first_difference(every, found, here) is None


@needs_chromium
def test_the_growth_rate_moves_the_curve_and_the_bars(page):
    page.set_content(dense_control()._repr_html_())
    said = page.locator("#cc-dense output[aria-live]")
    assert said.inner_text() == dense.sentence(dense.DEFAULT)
    set_slider(page, "growth rate k", 12, dense)
    set_slider(page, "layers in block 3", 8, dense)
    setting = {**dense.DEFAULT, "growth rate k": 12, "layers in block 3": 8}
    assert said.inner_text() == dense.sentence(setting)
    assert page.locator("#cc-dense .cc-curve").get_attribute("d") == dense.curve(setting)[0]
    costs = dense.costs(dense.network(setting))
    assert page.locator("#cc-dense .cc-count").all_text_contents() == [dense.short(n) for n in costs]
    wide = "all => all.map(bar => Number(bar.getAttribute('width')))"
    bars = page.locator("#cc-dense .cc-bar").evaluate_all(wide)
    assert bars == [dense.ends(*pair)[0] for pair in zip(costs, dense.rival())]


@pytest.mark.parametrize("html", [inception_control()._repr_html_(), dense_control()._repr_html_()])
def test_the_budgets_stand_without_scripts(html):
    readable = html.split("<script")[0]
    assert '<div class="cc-sliders" hidden>' in readable and readable.count("<svg") == 2
    assert any(said in readable for said in (inception.verdict(inception.DEFAULT), dense.sentence(dense.DEFAULT)))


def sort_table(**options):
    rows = [("thin", "V2", 1200, 9.5), ("wide", "V1", 90, None), ("old", "V1", 300, 10.0)]
    headings = ("network", "family", "MACs", "error")
    return SortTable("networks", [dict(zip(headings, row)) for row in rows], ["family"], "networks", **options)


def test_a_table_to_sort_is_told_in_its_given_order():
    assert repr(sort_table()).splitlines() == [
        "network  family   MACs  error",
        "thin     V2      1,200    9.5",
        "wide     V1         90      –",
        "old      V1        300   10.0",
    ]
    with pytest.raises(ValueError, match="all rows have the headings network, MACs"):
        SortTable("x", [{"network": "a", "MACs": 1}, {"network": "b"}])
    with pytest.raises(ValueError, match="MACs: a column has words or numbers"):
        SortTable("x", [{"network": "a", "MACs": 1}, {"network": "b", "MACs": "many"}])


@needs_chromium
def test_a_table_is_sorted_by_numbers_and_narrowed_by_a_choice(page):
    page.set_content(sort_table()._repr_html_())
    names = "[...document.querySelectorAll('tbody tr:not([hidden]) th')].map(e => e.textContent)"
    page.get_by_role("button", name="MACs").focus()
    page.keyboard.press("Enter")
    assert page.evaluate(names) == ["wide", "old", "thin"]  # 90, 300, 1,200
    page.get_by_role("button", name="error").click()
    page.get_by_role("button", name="error").click()
    assert page.evaluate(names) == ["old", "thin", "wide"]  # 10.0, 9.5, none
    page.get_by_label("family").select_option("V1")
    assert page.evaluate(names) == ["old", "wide"] and page.get_by_role("status").inner_text() == "2 of 3 networks"


@needs_chromium
def test_a_table_opens_with_a_choice_that_shows_all_again_on_demand(page):
    page.set_content(sort_table(first={"family": "V1"})._repr_html_())
    names = "[...document.querySelectorAll('tbody tr:not([hidden]) th')].map(e => e.textContent)"
    assert page.evaluate(names) == ["wide", "old"] and page.get_by_label("family").input_value() == "v1"
    page.get_by_role("button", name="show all").click()
    page.wait_for_function("document.querySelector('output').textContent === '3 of 3 networks'")
    assert page.evaluate(names) == ["thin", "wide", "old"] and page.get_by_label("family").input_value() == ""


def test_what_a_table_opens_with_can_be_chosen():
    for first in ({"family": "V3"}, {"network": "thin"}):
        with pytest.raises(ValueError, match="no row to choose has"):
            sort_table(first=first)


# ---- routing ----


def arrows(count):
    """The scenes of the page, and as many drawings of a reader as asked for."""
    rng = random.Random(0)
    places = range(-routing.REACH, routing.REACH + 1)
    drawn = ([[rng.choices(places, k=2) for _part in range(3)] for _whole in range(2)] for _ in range(count))
    return [*routing.SCENES.values(), *drawn]


@pytest.mark.parametrize("rounds", range(1, routing.ROUNDS + 1))
def test_the_page_routes_as_the_library_does(rounds):
    parts, wholes, dim = 3, len(routing.WHOLES), 2
    net = Network(Routing(wholes, dim, iterations=rounds)(FeatureMap(parts * wholes * dim, 1, 1)))
    for tips in arrows(200):
        predictions = np.array(tips).transpose(1, 0, 2).reshape(1, -1, 1, 1) / 10  # part, whole, axis
        there = run(net, predictions, {}).reshape(wholes, dim)
        assert np.allclose(there, routing.route(tips)[rounds - 1].outcome, rtol=0, atol=1e-12)


def test_two_rounds_of_routing_are_hand_made():
    """Three equal arrows of length 1 for the face, none for the house."""
    first, second = routing.route([[(10, 0)] * 3, [(0, 0)] * 3], rounds=2)
    length = 3 / 2  # half a vote each
    squashed = length**2 / (1 + length**2)
    assert first.coupling == [[0.5, 0.5]] * 3 and first.outcome[0] == pytest.approx([squashed, 0])
    share = np.exp(squashed) / (np.exp(squashed) + 1)  # the agreement is 1 x squashed with the face, 0 with the house
    assert np.allclose(second.coupling, [[share, 1 - share]] * 3)
    length = 3 * share
    assert second.outcome[0] == pytest.approx([length**2 / (1 + length**2), 0])


@needs_node
def test_the_script_routes_as_the_page_without_scripts():
    every = arrows(2000)
    found = answers("routing_votes.js", "tips => route(tips, 5)", every)
    for tips, there in zip(every, found, strict=True):
        here = routing.route(tips)
        assert np.allclose([r["coupling"] for r in there], [r.coupling for r in here], rtol=0, atol=1e-12)
        assert np.allclose([r["outcome"] for r in there], [r.outcome for r in here], rtol=0, atol=1e-12)
    spoken = answers("routing_votes.js", "tips => route(tips, 5).map((round, i) => sentence(round, i + 1))", every)
    here = [[routing.sentence(tips, number) for number in range(1, routing.ROUNDS + 1)] for tips in every]
    assert first_difference(every, spoken, here) is None


def test_the_rounds_are_readable_without_scripts():
    html = routing_control()._repr_html_().split("<script")[0]
    tips = routing.SCENES[routing.DEFAULT]
    for round_ in routing.route(tips):
        assert "".join(f"<td>{text}</td>" for text in routing.cells(round_)) in html
    assert routing.sentence(tips, routing.SHOWN) in html and '<div class="cc-choices" hidden>' in html


@needs_chromium
def test_an_arrow_is_moved_by_keyboard_and_by_pointer(page):
    page.set_content(routing_control()._repr_html_())
    spoken, tips = (
        page.locator("#cc-routing output"),
        [[list(tip) for tip in row] for row in routing.SCENES[routing.DEFAULT]],
    )
    assert spoken.inner_text() == routing.sentence(tips, routing.SHOWN)
    third = page.get_by_label("what part 3 predicts for the face")
    third.focus()
    for key in ("ArrowUp", "ArrowUp", "ArrowRight"):
        page.keyboard.press(key)
    tips[0][2] = [tips[0][2][0] + 1, tips[0][2][1] + 2]
    assert third.get_attribute("aria-valuetext") == "−0.5 across, −0.6 up"
    assert page.get_by_label("predictions").input_value() == ""
    page.get_by_label("rounds").fill("5")
    assert spoken.inner_text() == routing.sentence(tips, 5)

    box = third.locator("circle").first.bounding_box()
    middle = [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]
    tenth = page.locator("#cc-routing svg").first.bounding_box()["width"] / 162 * 5
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0] + 8 * tenth, middle[1] - 10 * tenth, steps=4)
    page.mouse.up()
    page.mouse.move(*middle)
    tips[0][2] = [tips[0][2][0] + 8, tips[0][2][1] + 10]
    assert spoken.inner_text() == routing.sentence(tips, 5)
    rows = page.locator("#cc-routing tbody tr")
    assert rows.last.locator("td").all_inner_texts() == routing.cells(routing.route(tips)[4])
    page.get_by_label("predictions").select_option("nobody agrees")
    assert spoken.inner_text() == routing.sentence(routing.SCENES["nobody agrees"], 5)


@needs_chromium
def test_an_arrow_has_room_for_a_finger_on_a_phone_and_stays_on_its_board(page):
    page.set_viewport_size({"width": 360, "height": 700})
    page.set_content(routing_control()._repr_html_())
    rooms = page.locator("#cc-routing .cc-room").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().width)"
    )
    assert len(rooms) == 6 and min(rooms) >= 24
    first = page.get_by_label("what part 1 predicts for the house")
    first.focus()
    for _ in range(2 * routing.REACH):
        page.keyboard.press("ArrowRight")
    assert first.get_attribute("aria-valuetext") == "1.3 across, 0.0 up"
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.set_viewport_size({"width": 1280, "height": 720})


@needs_chromium
@pytest.mark.parametrize(
    "control",
    [
        dense_control,
        inception_control,
        layer_control,
        multiplier_control,
        reward_control,
        routing_control,
        scaling_control,
        stack_control,
        window_control,
    ],
)
def test_without_scripts_nothing_can_be_pressed_that_does_nothing(page, control):
    """Choices in a table's cells, which stand for its setting, cannot be changed either."""
    context = page.context.browser.new_context(java_script_enabled=False)
    silent = context.new_page()
    silent.set_content(control()._repr_html_())
    offered = silent.locator("input:visible:enabled, select:visible:enabled, button:visible:enabled")
    assert offered.count() == 0
    context.close()
