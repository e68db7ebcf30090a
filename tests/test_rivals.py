"""ConvNeXt's steps as the paper prints them, the staircase that is drawn of them, and what one place of a map reads."""

from itertools import pairwise

import pytest
from convcost import ConvcostError, models
from svg_words import assert_readable, panels_of
from textbook import rivals


def test_the_ends_of_the_way_are_networks_of_the_zoo():
    steps = list(rivals.STEPS.values())
    assert round(models.resnet50(variant="torchvision").macs / 1e9, 2) == steps[0].gflops
    # The last two rows: our ConvNeXt-T has the number of the row before its own.
    assert round(models.convnext_tiny().macs / 1e9, 2) == rivals.STEPS["layer norm"].gflops != steps[-1].gflops


def test_the_recipe_is_the_longest_step():
    accuracies = [step.top1 for step in rivals.STEPS.values()]
    rises = [later - earlier for earlier, later in pairwise(accuracies)]
    assert max(rises) == rises[0] == pytest.approx(78.82 - 76.13)


def test_the_staircase_has_a_row_for_each_step_and_repeats_a_cost_that_is_not_named():
    drawing = rivals.staircase({"ResNet-50": 4e9, "width 96": 5e9})
    words = [line[4] for line in drawing.panels[0].words]
    steps = list(rivals.STEPS)
    before = steps.index("width 96")
    assert [words.count(name) for name in steps] == [1] * len(steps)
    assert (words.count("4.00"), words.count("5.00")) == (before, len(steps) - before)
    assert f"ResNet-50 4.00 G, {rivals.STEPS['ResNet-50'].top1:.1f} percent" in drawing.alt
    for svg in panels_of(drawing._repr_html_()):
        assert_readable(svg)


@pytest.mark.parametrize("macs", [{"patches": 1e9}, {"ResNet-50": 1e9, "deeper": 1e9}])
def test_a_staircase_begins_at_its_first_step_and_has_no_others(macs):
    with pytest.raises(ConvcostError, match="steps are ResNet-50, new recipe"):
        rivals.staircase(macs)


def test_a_place_reads_all_of_the_map_its_window_or_what_is_around_it():
    tables = rivals.readers(14, 7)
    assert list(tables) == ["attention: 196", "in windows: 49", "depthwise 7×7: 49"]
    places = [
        {(y, x) for y, line in enumerate(table) for x, value in enumerate(line) if value} for table in tables.values()
    ]
    chosen = [
        [(y, x) for y, line in enumerate(table) for x, value in enumerate(line) if value == 1]
        for table in tables.values()
    ]
    ((row, column),) = chosen[0]
    assert chosen == [[(row, column)]] * 3
    assert places[0] == {(y, x) for y in range(14) for x in range(14)}
    assert places[1] == {(y, x) for y in range(7) for x in range(7, 14)}  # one of four windows
    assert places[2] == {(y, x) for y in range(row - 3, row + 4) for x in range(column - 3, column + 4)}
