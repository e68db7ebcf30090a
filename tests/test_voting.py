"""The drawing of capsules that vote."""

import re

from convcost.plots import BLUE, ORANGE
from svg_words import assert_readable, panels_of
from textbook.voting import voting


def test_every_part_speaks_to_every_class_and_one_class_is_heard():
    drawing = voting("Who agrees?")
    (panel,) = drawing.panels
    votes = [part for part in panel.parts if "C" in part.split('"')[1]]
    assert len(votes) == 4 * 10 and sum(ORANGE in vote for vote in votes) == 4
    arrows = [part for part in panel.parts if part.startswith("<path") and part not in votes]
    assert len(arrows) == 36 + 10
    lengths = []
    for arrow in arrows[36:]:
        assert BLUE in arrow
        (start, _), (end, _) = re.findall(r"[ML]([\d.]+),([\d.]+)", arrow)[:2]
        lengths.append(float(end) - float(start))
    assert lengths.index(max(lengths)) == 3 and max(lengths) > 5 * sorted(lengths)[-2]
    assert_readable(panels_of(drawing._repr_html_())[0])
    assert drawing.caption == "Who agrees?" and "thick ones to the 3" in repr(drawing)
