"""Where the words of an SVG stand, as far as can be told without a browser."""

import re
from xml.etree import ElementTree

from convcost.plots.glyphs import FONT, width

SVG = re.compile(r"<svg .*?</svg>", re.S)
ROTATED = re.compile(r"rotate\(-90 ")


def panels_of(html):
    """Return the SVGs in an output, parsed."""
    return [ElementTree.fromstring(svg) for svg in SVG.findall(html)]


def size_of(svg):
    """Return (width, height) in units."""
    return tuple(float(number) for number in svg.get("viewBox").split()[2:])


def words_of(svg):
    """Return (left, top, right, bottom, words) of each text, from letters that are rather too wide."""
    found = []
    for text in svg.iter("text"):
        words, bold = "".join(text.itertext()), text.get("font-weight") in ("bold", "700")
        assert not text.get("transform") or ROTATED.match(text.get("transform")), words
        x, y, long = float(text.get("x")), float(text.get("y")), width(words, bold)
        before = {"middle": long / 2, "end": long}.get(text.get("text-anchor"), 0)
        if text.get("transform"):
            found.append((x - 9.5, y + before - long, x + 3, y + before, words))
        else:
            found.append((x - before, y - 9.5, x - before + long, y + 3, words))
    return found


def assert_readable(svg, widest=330):
    """Letters are 11 units or more, no line of words lies over another one, and all are in the picture.

    widest: units; one of two that take turns, the other of which is for a phone, may have 600.
    """
    wide, high = size_of(svg)
    assert wide <= (600 if "grid-area" in svg.get("style", "") else widest) + 0.01
    for element in svg.iter():
        assert float((element.get("font-size") or str(FONT)).removesuffix("px")) >= 11
    words = words_of(svg)
    for one in words:
        over = (-1 - one[0], -1 - one[1], one[2] - wide - 1, one[3] - high - 1)
        assert max(over) <= 0.04 * (one[2] - one[0]), ("out of the picture", one, (wide, high))
    for number, one in enumerate(words):
        for other in words[:number]:
            across = min(one[2], other[2]) - max(one[0], other[0])
            down = min(one[3], other[3]) - max(one[1], other[1])
            narrow = min(one[2] - one[0], other[2] - other[0])
            assert across <= 0.08 * narrow + 1 or down <= 2, ("over each other", one, other)
