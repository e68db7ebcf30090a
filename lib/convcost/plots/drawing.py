"""What a drawing is made of: panels of SVG with real text, in the colours of the page around them."""

from html import escape

from .colours import TINT
from .glyphs import BOLD, FONT, LINE, cut, fitted, width

PANEL = 330  # units: the widest panel, which a phone shows at its own size
WIDE = 600  # units: the same chart, alone where there is room for it
GAP = 28  # between panels
GROWN, ALONE = 1.08, 1.25  # times its width: how wide a chart may become, and one that stands alone in too little room
SHRUNK = 0.92  # times its width: how narrow a panel may become before those beside it begin a new row
ROOM = 720  # units: where a picture of several panels begins a new row
INK = "INK"  # in place of the colour of the page's letters, until it is known
ON_WHITE = "#222222"
AROUND = (
    "display:flex;flex-wrap:wrap;gap:1.4em 1.2em;align-items:flex-start;max-width:100%;margin:.6em 0;"
    "font-family:system-ui,sans-serif;line-height:1.2"
)
BELOW = "margin:.2em 0 1em;text-align:left;font-size:.9em;line-height:1.4"  # the caption's style


class Panel:
    """A canvas of at most 330 units, 600 if it stands alone; shapes lie in the order in which they are drawn.

    boxes, words: what a test measures: (left, top, right, bottom) of each box, and with its text of each line; rows:
    (words, top, bottom) of each row of a network, for pages where a reader can point at one; grows: is it shown larger
    where there is room? wider: the same chart laid out anew for more room, if there is one.
    """

    def __init__(self, wide: float, grows: bool = False):
        self.width, self.height, self.parts, self.grows = wide, 0.0, [], grows
        self.wider: Panel | None = None
        self.boxes, self.words, self.rows = [], [], []

    def text(self, x, y, words, anchor="middle", bold=False, faint=False):
        """Write a line whose baseline is y."""
        style = ' font-weight="bold"' * bold + ' opacity="0.75"' * faint
        long = width(words, bold)
        left = x - {"start": 0, "middle": long / 2, "end": long}[anchor]
        self.words.append((left, y - 9.5, left + long, y + 3, words))
        self.parts.append(
            f'<text x="{x:.5g}" y="{y:.5g}" text-anchor="{anchor}" fill="{INK}"{style}>{escape(words)}</text>'
        )
        self.height = max(self.height, y + 5)

    def bar(self, x, y, wide, high, fill, opacity=1.0, radius=2.0):
        """Draw a filled bar; fill: a colour, None for that of the letters."""
        seen = f' opacity="{opacity}"' if opacity < 1 else ""
        self.parts.append(
            f'<rect x="{x:.5g}" y="{y:.5g}" width="{wide:.5g}" height="{high:.5g}" rx="{radius:g}" '
            f'fill="{fill or INK}"{seen}/>'
        )
        self.height = max(self.height, y + high + 1)

    def box(self, x, y, wide, high, fill, radius=5.0):
        """Draw a box for words: an outline and a tint of the colour within."""
        self.boxes.append((x, y, x + wide, y + high))
        self.parts.append(
            f'<rect x="{x:.5g}" y="{y:.5g}" width="{wide:.5g}" height="{high:.5g}" rx="{radius:g}" '
            f'fill="{fill or INK}" fill-opacity="{TINT if fill else TINT / 3:.2g}" stroke="{fill or INK}" '
            f'stroke-width="1.2" stroke-opacity="{1 if fill else 0.6}"/>'
        )
        self.height = max(self.height, y + high + 1)

    def line(self, path, thick=1.4, opacity=0.8, stroke=None, dashes=None):
        """Draw a line along an SVG path."""
        dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
        self.parts.append(
            f'<path d="{path}" fill="none" stroke="{stroke or INK}" stroke-width="{thick:g}" '
            f'opacity="{opacity:g}"{dashed}/>'
        )

    def head(self, x, y, way="down", size=1.0):
        """Draw the head of an arrow whose point is (x, y)."""
        long, half = 6 * size, 4 * size
        shape = {
            "down": f"l{-half:g},{-long:g}h{2 * half:g}z",
            "left": f"l{long:g},{-half:g}v{2 * half:g}z",
            "right": f"l{-long:g},{-half:g}v{2 * half:g}z",
        }[way]
        self.parts.append(f'<path d="M{x:.5g},{y:.5g}{shape}" fill="{INK}"/>')

    def dot(self, x, y, radius=4.0, opacity=1.0):
        self.parts.append(f'<circle cx="{x:.5g}" cy="{y:.5g}" r="{radius:g}" fill="{INK}" opacity="{opacity:g}"/>')
        self.height = max(self.height, y + radius + 1)

    def title(self, x, words):
        """Write the title above x, or as near to it as its length allows; its end is left out if it is too long."""
        words = cut(words, (self.width - 2) / BOLD)
        half = width(words, True) / 2
        self.text(max(half, min(x, self.width - half)), 14, words, bold=True)

    def joint(self, x, y, words) -> float:
        """Draw the circle in which maps are added, and return half its width: it grows with longer words."""
        half = 11 if len(words) == 1 else width(words) / 2 + 7
        self.boxes.append((x - half, y - 11, x + half, y + 11))
        self.parts.append(
            f'<rect x="{x - half:.5g}" y="{y - 11:.5g}" width="{2 * half:.5g}" height="22" rx="11" fill="{INK}" '
            f'fill-opacity="0.05" stroke="{INK}" stroke-width="1.5"/>'
        )
        if words == "+":
            self.line(f"M{x - 5:.5g},{y:.5g}h10M{x:.5g},{y - 5:.5g}v10", 1.8, 1)
        elif words == "×":
            self.line(f"M{x - 4:.5g},{y - 4:.5g}l8,8m0,-8l-8,8", 1.8, 1)
        else:
            self.text(x, y + 4, words)
        return half

    def inside(self, ink: str) -> str:
        """Return the SVG of the shapes, letters in the colour `ink`."""
        return "".join(self.parts).replace(f'"{INK}"', f'"{ink}"')


class Drawing:
    """Panels side by side, one under another where there is no room, and below them a caption.

    In a page it takes the page's colours; printed as text it says in words what it shows.

    panels: list of `Panel`; alt: what stands in place of the picture for who does not see it; caption: what to see in
    it.
    """

    def __init__(self, panels: list[Panel], alt: str, caption: str = ""):
        self.panels, self.alt, self.caption = panels, alt, caption

    def __add__(self, other: "Drawing") -> "Drawing":
        """Return both side by side, with the words of both."""
        said = " ".join(filter(None, [self.caption, other.caption]))
        return Drawing([*self.panels, *other.panels], f"{self.alt} {other.alt}", said)

    def _repr_html_(self) -> str:
        if len(self.panels) == 1 and self.panels[0].wider:
            shown = _either(self.panels[0], self.panels[0].wider)
        else:
            shown = "".join([_svg(panel, self._size(panel)) for panel in self.panels])
        drawn = f'<div class="cc-drawing" role="img" aria-label="{escape(self.alt)}" style="{AROUND}">{shown}</div>'
        if not self.caption:
            return drawn
        said = f'<figcaption class="cc-caption" style="{BELOW}">{escape(self.caption, quote=False)}</figcaption>'
        return f'<figure class="cc-figure" style="margin:0">{drawn}{said}</figure>'

    def _size(self, panel):
        alone = len(self.panels) == 1
        most = panel.width * (1 if not panel.grows else ALONE if alone else GROWN)
        least = panel.width * (1 if alone else SHRUNK)
        return f"flex:1 1 {least:.0f}px;min-width:0;max-width:min(100%,{most:.0f}px);height:auto"

    def _repr_svg_(self) -> str:
        """Return one picture on white, for places that show no HTML."""
        rows = [[]]
        for panel in [self.panels[0].wider or self.panels[0]] if len(self.panels) == 1 else self.panels:
            if rows[-1] and sum([p.width + GAP for p in rows[-1]]) + panel.width > ROOM:
                rows.append([])
            rows[-1].append(panel)
        parts, y, widest = [], 10.0, 0.0
        for row in rows:
            x = 10.0
            for panel in row:
                parts.append(f'<g transform="translate({x:.5g},{y:.5g})">{panel.inside(ON_WHITE)}</g>')
                x += panel.width + GAP
            y += max([p.height for p in row]) + GAP
            widest = max(widest, x)
        lines = fitted([self.caption], widest - GAP - 10) if self.caption else []
        for number, line in enumerate(lines):
            baseline = y + LINE * number
            parts.append(f'<text x="10" y="{baseline:.5g}" fill="{ON_WHITE}">{escape(line)}</text>')
        y = baseline + GAP if lines else y
        wide, high = f"{widest - GAP + 10:.5g}", f"{y - GAP + 10:.5g}"
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" width="{wide}" height="{high}" '
            f'font-family="sans-serif" font-size="{FONT}" role="img"><title>{escape(self.alt)}</title>'
            f'<rect width="100%" height="100%" fill="#ffffff"/>{"".join(parts)}</svg>'
        )

    def __repr__(self) -> str:
        return self.alt


def _svg(panel, style):
    return (
        f'<svg viewBox="0 0 {panel.width:g} {panel.height:.5g}" width="{panel.width:g}" height="{panel.height:.5g}" '
        f'font-size="{FONT}" aria-hidden="true" style="{style}">{panel.inside("currentColor")}</svg>'
    )


def _either(panel, wider):
    """Both, of which the room shows one: the other's greatest width is less than nothing. (A notebook's output cannot
    count on style sheets, and a style attribute knows no media queries.)
    """
    room = f"(100% - {wider.width:g}px)"
    small = f"width:min(100%,{panel.width * ALONE:.0f}px);max-width:calc(-9999*{room})"
    large = f"width:min(100%,{wider.width * GROWN:.0f}px);max-width:calc(9999*({room} + 1px))"
    pair = "".join([_svg(p, f"grid-area:1/1;height:auto;{size}") for p, size in ((panel, small), (wider, large))])
    return f'<div style="display:grid;flex:1 1 100%;min-width:0">{pair}</div>'
