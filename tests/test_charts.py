"""The charts: real text in the page's colours, large enough for a phone, and no series told apart by colour alone."""

import re
from itertools import pairwise

import pytest
from convcost import ConvcostError, models, plots
from convcost.plots.bars import BAR
from convcost.plots.glyphs import width
from sphinx_ext.figures import numbered
from svg_words import assert_readable, panels_of, size_of, words_of

TWO = {"width": {1e6: [1, 2], 1e7: [3, 4]}, "image size": {1e6: 1, 1e8: 3}}
COSTS = {"late": {"fire2": 3e6, "fire3": 5e6}, "early": {"fire2": 3e6, "fire3": 1e6}}


def two_panels():
    left, right = plots.axes(2, sharey=True)
    for ax in (left, right):
        ax.plot([0, 1], [0, 1], "o-", label="one")
        ax.plot([0, 1], [1, 0], "s--", label="another with a longer name")
        ax.set(title="a title", xlabel="words below", ylabel="words beside")
    return plots.chart([left, right], caption="See how they cross.")


DOTS = {"small": {"a": (1, 2), "b": (2, 1)}, "large": {"b": (3, 4), "c": (4, 4)}}


def drawings():
    """One of each kind of chart, with captions."""
    vgg16 = models.vgg16()
    return {
        "lines": plots.lines(TWO, "MACs", "error", limit=2e7, caption="It grows.", xscale="log"),
        "points": plots.points(DOTS, "MACs", "time", named=["b"], limit=2, line=([1, 4], [1, 4]), caption="It rises."),
        "panels": two_panels(),
        "fields": plots.receptive_fields({"VGG-16": vgg16, "AlexNet": models.alexnet()}, caption="It grows."),
        "bars": plots.bars(COSTS, "MACs", caption="Late costs more."),
        "stacked": plots.bars(COSTS, "MACs", stacked=True, title="a title", caption="Late costs more."),
        "shares": plots.shares_by_block(vgg16, caption="Two bills."),
        "parts": plots.cost_by_part({"16": vgg16, "19": models.vgg19()}, ["stage1", "stage2"], caption="More."),
        "cells": plots.cells({"a": [[1, 0.5], [-1, 0]]}, rows="ab", columns=(1, None), xlabel="x", caption="Two."),
        "kernels": plots.kernels({"a": [[[1, -1], [0, 1]]] * 8}, caption="All alike."),
        "windows": plots.windows(6, 3, stride=2, padding=1, caption="It stops at every second cell."),
        "volume": plots.volume(6, 7, 3, caption="On every channel."),
    }


@pytest.fixture(scope="module")
def drawn():
    return drawings()


KINDS = (
    "lines", "points", "panels", "fields", "bars", "stacked", "shares", "parts", "cells", "kernels", "windows", "volume"
)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_chart_is_readable_on_a_phone(kind, drawn):
    for svg in panels_of(drawn[kind]._repr_html_()):
        assert_readable(svg)


@pytest.mark.parametrize("kind", KINDS)
def test_a_chart_that_stands_alone_has_a_form_for_a_phone_and_one_for_more_room(kind, drawn):
    sizes = [size_of(svg) for svg in panels_of(drawn[kind]._repr_html_())]
    alone = kind not in ("panels", "cells", "kernels", "windows", "volume")
    assert [wide for wide, _ in sizes] == ([330, 600] if alone else [panel.width for panel in drawn[kind].panels])
    both = panels_of((drawn[kind] + drawn[kind])._repr_html_())
    assert len(both) == 2 * len(drawn[kind].panels)  # beside another one a chart has no more room than on a phone


@pytest.mark.parametrize("kind", KINDS)
def test_a_chart_takes_the_page_s_colours_and_brings_nothing_that_changes_the_page(kind, drawn):
    html, on_white = drawn[kind]._repr_html_(), drawn[kind]._repr_svg_()
    assert "currentColor" in html and "currentColor" not in on_white and "INK" not in html + on_white
    assert not re.search(r"#000|black|#fff|white|<style|<script|DejaVu", html)
    assert "<text" in html or kind == "kernels"
    (svg,) = panels_of(on_white)
    assert svg.find("{http://www.w3.org/2000/svg}rect").get("fill") == "#ffffff"


@pytest.mark.parametrize("kind", KINDS)
def test_a_chart_says_what_to_see_and_what_stands_in_its_place(kind, drawn):
    drawing, html = drawn[kind], drawn[kind]._repr_html_()
    assert html.startswith("<figure") and f">{drawing.caption}</figcaption>" in html
    assert repr(drawing) == drawing.alt and drawing.alt.strip()
    assert f"<title>{drawing.alt}</title>" in drawing._repr_svg_()


def test_charts_are_the_same_every_time(drawn):
    again = drawings()
    for kind in KINDS:
        assert drawn[kind]._repr_html_() == again[kind]._repr_html_(), kind
        assert drawn[kind]._repr_svg_() == again[kind]._repr_svg_(), kind


def test_no_two_charts_of_a_page_share_a_name_and_every_name_that_is_used_is_there(drawn):
    html = "".join(drawing._repr_html_() for drawing in drawn.values())
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids)) > 0
    assert set(re.findall(r'(?:href="|url\()#([\w-]+)', html)) <= set(ids)


def test_a_caption_is_written_below_the_picture_on_white(drawn):
    (svg,) = panels_of(drawn["panels"]._repr_svg_().replace(' xmlns="http://www.w3.org/2000/svg"', ""))
    texts = [(float(text.get("y")), "".join(text.itertext())) for text in svg.findall("text")]
    assert [words for _, words in texts] == ["See how they cross."]
    assert max(float(g.get("transform")[10:-1].split(",")[1]) for g in svg.findall("g")) < texts[0][0] < size_of(svg)[1]


def test_a_drawing_without_a_caption_is_no_figure():
    assert "<fig" not in plots.windows(6, 3)._repr_html_()
    marked = plots.windows(6, 3, caption="a < b & c")._repr_html_()
    assert ">a &lt; b &amp; c</figcaption>" in marked


def test_drawings_side_by_side_keep_the_words_of_both():
    both = plots.windows(6, 3, caption="One.") + plots.bars(COSTS, caption="Two.")
    assert len(both.panels) == 2 + 1 and both.caption == "One. Two." and "late 3 M" in repr(both)


def test_what_is_not_described_is_described_by_its_ends():
    assert repr(plots.lines(TWO, "MACs", "error")) == (
        "error against MACs: width goes from 1.5 at 1 M to 3.5 at 10 M; image size goes from 1 at 1 M to 3 at 100 M."
    )


def test_a_name_keeps_off_a_line_where_it_is_told_to():
    """A point on a level line: beside it the line is in the way, above and below it is not."""
    places = {}
    for off in (False, True):
        drawing = plots.points(
            {"a": {"half way": (5, 5)}}, "x", "y", named=["half way"], line=([0, 10], [5, 5]), off_lines=off
        )
        svg, _ = panels_of(drawing._repr_html_())
        (words,) = [word for word in words_of(svg) if word[4] == "half way"]
        places[off] = words[1]
    assert places[True] != places[False]  # beside the point it would lie on the line


def test_points_of_a_line_can_be_named():
    drawing = plots.lines(TWO, "MACs", "error", named={"half as wide": (1e6, 1.5)}, xscale="log")
    words = [word[4] for svg in panels_of(drawing._repr_html_()) for word in words_of(svg)]
    assert "half as wide" in words and "half as wide" not in str(plots.lines(TWO, "MACs", "error")._repr_html_())


def test_logarithmic_axes_say_numbers_in_letters_of_one_size(drawn):
    words = [word[4] for svg in panels_of(drawn["lines"]._repr_html_()) for word in words_of(svg)]
    assert {"1 M", "10 M", "100 M"} <= set(words)


@pytest.mark.parametrize("styles, apart", [(("o-", "o-"), False), (("o-", "s-"), True), (("-", "--"), True)])
def test_lines_are_not_told_apart_by_colour_alone(styles, apart):
    ax = plots.axes()
    for number, style in enumerate(styles):
        ax.plot([0, 1], [0, 1], style, color=plots.COLOURS[number], label=f"line {number}")
    if apart:
        plots.chart(ax)
    else:
        with pytest.raises(ConvcostError, match="'line 0' and 'line 1' are told apart by colour alone"):
            plots.chart(ax)


def test_lines_with_bars_of_error_are_told_apart_too():
    ax = plots.axes()
    for number in range(2):
        ax.errorbar([0, 1], [0, 1], [0.1, 0.1], fmt="o-", color=plots.COLOURS[number], label=f"line {number}")
    with pytest.raises(ConvcostError, match="told apart by colour alone"):
        plots.chart(ax)


def test_axes_that_are_shown_twice_look_the_same():
    ax = plots.axes()
    ax.plot([0, 1], [0, 1], label="a line")
    ax.set(title="a title", xlabel="x", ylabel="y")
    first = plots.chart(ax, "See.", "a line")
    assert first._repr_html_() == plots.chart(ax, "See.", "a line")._repr_html_()


def without_colours(svg):
    """Return the look of a swatch but for its colour."""
    return re.sub(r'#[0-9A-Fa-f]{6}|x="[^"]*"|\by="[^"]*"|M[^"]*', "", svg)


def test_bars_are_not_told_apart_by_colour_alone():
    drawing = plots.bars({name: {"a": 40.0} for name in ("one", "two", "three", "four", "five")})
    rows = [part for part in drawing.panels[0].parts if not part.startswith("<text")]
    looks = "\n".join(without_colours(part) for part in rows[: len(rows) // 2]).split("<rect")[1:]
    assert len(set(looks)) == 5, looks


def lengths(drawing):
    """Return the lengths of the bars behind the key."""
    found = re.findall(rf'width="([\d.]+)" height="(?:{BAR}|{BAR - 1})"', "".join(drawing.panels[0].parts))
    return [float(length) for length in found]


def test_bars_are_as_long_as_their_numbers():
    found = lengths(plots.bars({"one": {"a": 100, "b": 25, "c": 50}}))
    assert found[0] == pytest.approx(4 * found[1], rel=1e-3) and found[2] == pytest.approx(2 * found[1], rel=1e-3)
    words = [word[4] for word in plots.bars(COSTS, stacked=True).panels[0].words]
    assert "6 M" in words  # 3 M + 3 M, and 5 M + 1 M


def test_panels_with_one_scale_can_be_compared():
    one, other = (lengths(plots.bars({"x": {"a": value}}, most=10, written="{:.0f}".format)) for value in (8, 2))
    assert one[0] == pytest.approx(4 * other[0], rel=1e-3)


def test_shares_are_percents_of_all_parts():
    vgg16 = models.vgg16()
    first, last = vgg16["stage1"], vgg16["classifier"]
    macs, params = first.macs + last.macs, first.params + last.params
    assert repr(plots.shares({"first stage": first, "classifier": last})) == (
        f"first stage: {100 * first.macs / macs:.0f} percent of the MACs and "
        f"{100 * first.params / params:.0f} percent of the parameters; "
        f"classifier: {100 * last.macs / macs:.0f} percent of the MACs and "
        f"{100 * last.params / params:.0f} percent of the parameters."
    )


def test_a_name_stands_beside_the_highest_point_that_has_it():
    assert repr(plots.points(DOTS, "MACs", "time", named=["b"])) == ("time against MACs: 2 small; 2 large; b 4 at 3.")


def test_cells_are_as_strong_as_their_numbers():
    parts = "".join(plots.cells({"a": [[2, 1], [-2, float("nan")]]}).panels[0].parts)
    seen = re.findall(r'd="([^"]*)" fill="([^"]+)" fill-opacity="([\d.]+)"', parts)
    assert [(colour, float(strength)) for _, colour, strength in seen] == [
        (plots.ORANGE, 1), (plots.BLUE, 0.5), (plots.BLUE, 1),
    ]  # fmt: skip
    assert sum(path.count("M") for path, _, _ in seen) == 3  # nothing for what is not a number
    joined = "".join(plots.cells({"a": [[1, 1, 1, 0]]}).panels[0].parts)
    assert "h36v12h-36z" in joined  # three neighbours alike are one piece


def test_a_number_written_in_a_cell_stands_on_half_the_colour():
    panel = plots.cells({"a": [[4, 2]]}, side=30, written="{:.0f}".format).panels[0]
    assert [words for *_, words in panel.words] == ["a", "4", "2"]
    assert re.findall(r'fill-opacity="([\d.]+)"', "".join(panel.parts)) == ["0.25", "0.5"]


def test_a_window_makes_as_many_cells_as_the_formula_says():
    for side, kernel, stride, padding in ((6, 3, 2, 1), (7, 3, 1, 0), (5, 5, 1, 0), (8, 3, 2, 0)):
        count = (side + 2 * padding - kernel) // stride + 1
        before, after = plots.windows(side, kernel, stride, padding).panels
        cells = [sum(part.startswith("<rect") for part in panel.parts) for panel in (before, after)]
        frames = [sum(part.startswith("<path") for part in panel.parts) for panel in (before, after)]
        assert cells == [(side + 2 * padding) ** 2, count**2] and frames == [min(2, count)] * 2


@pytest.mark.parametrize("channels, side, kernel", [(1, 1, 1), (6, 7, 3), (8, 9, 9), (8, 9, 1), (3, 5, 3)])
def test_a_volume_has_its_window_on_every_channel_and_on_one_output(channels, side, kernel):
    drawing = plots.volume(channels, side, kernel)
    (panel,) = drawing.panels
    assert sum(f'fill="{plots.BLUE}"' in part for part in panel.parts) == channels + 1
    assert f"{kernel}·{kernel}·{channels} = {kernel * kernel * channels} products" in "".join(panel.parts)
    assert_readable(panels_of(drawing._repr_html_())[0])
    places = [float(x) for part in panel.parts for x in re.findall(r"[ML]([\d.]+),", part)]
    assert max(places) <= 330


def test_names_find_room_beside_their_points():
    ax = plots.axes(height=260)
    points = {f"a long name {i}": (1 + 0.03 * i, 1 + 0.02 * (i % 3)) for i in range(9)}
    for x, y in points.values():
        ax.plot(x, y, "o")
    ax.set(xlim=(0.5, 2), ylim=(0.5, 1.5))
    plots.names(ax, points)
    for svg in panels_of(plots.chart(ax, alt="nine points")._repr_html_()):
        assert_readable(svg)
        assert {word[4] for word in words_of(svg)} >= set(points)


def test_keys_take_more_lines_where_their_names_are_long():
    heights = []
    for name in ("a", "a name that takes half of the panel"):
        ax = plots.axes()
        for i, style in enumerate(("o-", "s--", "^:")):
            ax.plot([0, 1], [i, 1], style, label=f"{name} {i}")
        drawing = plots.chart(ax)
        assert_readable(panels_of(drawing._repr_html_())[0])
        heights.append(drawing.panels[0].height)
    assert all(low < high for low, high in pairwise(heights))


@pytest.mark.parametrize(
    "action, said",
    [
        (lambda: plots.bars({"a": {"x": 1}, "b": {"y": 1}}), "b: bars have the labels x"),
        (lambda: plots.bars({"a": {"x": -1}}), "values of at least 0"),
        (lambda: plots.cells({"wide": [[0] * 40]}), "wide: 40 cells of 12 units are wider than 330"),
        (lambda: plots.axes(height=3.4), "at least 60 high; got 330 by 3.4"),  # inches
        (lambda: plots.axes(wide=460), "a panel is 60 to 330 units wide"),
        (lambda: plots.volume(9), "volume draws 1 to 8 channels and sides of 1 to 9"),
        (lambda: plots.volume(6, 3, 5), "a window of 5 does not fit on a map of 3"),
        (lambda: plots.windows(3, 5), "a window of 5 does not fit on a padded map of 3"),
    ],
)
def test_what_cannot_be_drawn_is_told_in_one_line(action, said):
    with pytest.raises(ConvcostError) as caught:
        action()
    assert said in str(caught.value) and "\n" not in str(caught.value)


def test_captions_are_numbered_in_the_order_of_a_page():
    html = plots.windows(6, 3, caption="One.")._repr_html_()
    first, number = numbered(html, 3)
    second, after = numbered(html + html, number)
    assert "Figure 3.</span> One.</figcaption>" in first and (number, after) == (4, 6)
    assert second.index("Figure 4.") < second.index("Figure 5.")
    assert numbered("<p>no figure</p>", 1) == ("<p>no figure</p>", 1)


def test_the_widest_letters_are_counted_for_labels():
    assert width("subscripts ₁₂₃") > width("subscripts ")
