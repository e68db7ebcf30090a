"""A figure of Matplotlib as a panel: real text, black as the colour of the page's letters, few and round numbers."""

import hashlib
import io
import re
from html import escape
from typing import Any
from xml.etree import ElementTree

from convcost.extras import matplotlib

from .drawing import INK, Panel

SETTINGS = {"svg.fonttype": "none", "svg.hashsalt": "convcost", "path.simplify_threshold": 0.2}
LEFT_OUT = {"metadata", "style", "title"}
STYLES = {
    "fill",
    "stroke",
    "opacity",
    "fill-opacity",
    "stroke-opacity",
    "stroke-width",
    "stroke-dasharray",
    "text-anchor",
    "font-weight",
    "font-size",
}
KEPT = {"d", "x", "y", "width", "height", "transform", "clip-path", "patternUnits", "href", "fill"}


def engraved(figure: Any, name: str = "") -> Panel:
    """Return a figure, one unit a point, as a panel that takes the page's colours: what it draws in black is ink.

    name: tells two pictures of a page apart that are alike.
    """
    with matplotlib.rc_context(SETTINGS), io.StringIO() as file:
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None})
        root = ElementTree.fromstring(file.getvalue())
    wide, high = [float(number) for number in root.get("viewBox").split()[2:]]
    panel = Panel(wide, grows=True)
    panel.height = high
    panel.parts.append(f'<g fill="{INK}" stroke-linejoin="round">{_own_names(_content(root), name)}</g>')
    return panel


def _content(element):
    return "".join([_written(child) for child in element])


def _written(element):
    """Return an element with what matters in it; a group that does nothing gives way to its content."""
    tag = element.tag.rpartition("}")[2]
    if tag in LEFT_OUT or (tag == "path" and _invisible(element)):
        return ""
    attributes = _attributes(element, tag)
    words = escape((element.text or "").strip(), quote=False) if tag in ("text", "tspan") else ""
    content = words + _content(element)
    if tag in ("g", "defs") and (not content or (tag == "g" and not attributes)):
        return content
    said = "".join([f' {key}="{value}"' for key, value in attributes.items()])
    return f"<{tag}{said}>{content}</{tag}>" if content else f"<{tag}{said}/>"


def _invisible(element):
    """Is it a path without a line and without a fill, such as a ground that lets the page through?"""
    style = element.get("style", "").replace(" ", "")
    return "opacity:0;" in style + ";" or style == "fill:none"


def _attributes(element, tag):
    found = {}
    if element.get("id") and tag in ("clipPath", "pattern", "path"):
        found["id"] = element.get("id")
    for key, value in element.attrib.items():
        key = key.rpartition("}")[2]
        if key in KEPT:
            found[key] = value if key in ("href", "fill") else _rounded(value, 2 if "id" in found else 1)
    for setting in filter(None, element.get("style", "").split(";")):
        key, value = [part.strip() for part in setting.split(":", 1)]
        if key in STYLES and not (tag == "text" and key == "font-size"):
            found[key] = _rounded(value, 2)
    moved = re.fullmatch(r"translate\(([-\d.]+) ([-\d.]+)\)", found.get("transform", ""))
    if moved and tag == "text":  # a line of several
        found["x"], found["y"] = moved.groups()
    if found.get("transform", "").startswith("rotate(-0") or (moved and tag == "text"):
        del found["transform"]
    return {key: INK if value == "#000000" else value for key, value in found.items()}


def _rounded(value, digits):
    short = re.sub(r"-?\d+\.\d+", lambda match: f"{round(float(match[0]), digits) + 0.0:g}", value)
    return re.sub(r"\s*([A-Za-z])\s*(?=[-\d])", r"\1", " ".join(short.split())) if short[:1] == "M" else short


def _own_names(svg, name):
    """Names that no other picture of a page has, from the content: Matplotlib's are those of the parts' shapes."""
    start = hashlib.sha1((name + svg).encode(), usedforsecurity=False).hexdigest()[:6]
    for number, old in enumerate(re.findall(r' id="(\w+)"', svg)):
        svg = svg.replace(f'"{old}"', f'"c{start}-{number}"').replace(f"#{old}", f"#c{start}-{number}")
    return svg
