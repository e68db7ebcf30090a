"""One card per network, in HTML, written from the definitions: figures, variants, a picture, stages.

Pictures are small SVG drawings in the text colour of the page around them.
"""

from html import escape
from inspect import cleandoc
from math import log2, sqrt
from re import sub

from convcost import Network, models
from convcost.table import Markup, html_table

from .templates import filled

BLUE, ORANGE = "#0072B2", "#D55E00"  # as in `convcost.plots`
BYTES = 4  # of a float32


def families() -> dict[str, list[str]]:
    """Return {family: names of its networks}, in the order of the index."""
    groups = {}
    for name in models.names():
        groups.setdefault(models.get(name).family, []).append(name)
    return groups


def contents() -> Markup:
    """Return links to the families."""
    items = "".join(f'<li><a href="#{_anchor(family)}">{escape(family)}</a></li>' for family in families())
    return Markup(f'<nav aria-label="Families of networks"><ul style="columns: 9em">{items}</ul></nav>')


def summary() -> Markup:
    """Return a table of all networks, each in its paper's form and size, in millions."""
    header = [
        "network",
        "parameters, M",
        "MACs, M",
        "year",
        "depth",
        "receptive field",
        "activations, M",
        "peak memory, MB",
    ]
    rows = []
    for name in models.names():
        net = models.get(name)()
        rows.append(
            [
                Markup(f'<a href="#{name}">{name}</a>'),
                _millions(net.params),
                _millions(net.macs),
                models.get(name).year,
                net.depth,
                net.receptive_field,
                _millions(net.activations),
                _millions(BYTES * net.peak_activations),
            ]
        )
    return Markup(f'<div class="cc-networks">{html_table(header, rows)}</div>')


def all_cards() -> Markup:
    """Return the cards of all networks, family by family."""
    return Markup(
        "".join(
            f'<h2 id="{_anchor(family)}">{escape(family)}, {_years(names)}</h2>' + "".join(map(card, names))
            for family, names in families().items()
        )
    )


def card(name: str) -> Markup:
    """Return the card of one network: its totals; behind a click its variants, a picture and its stages."""
    build = models.get(name)
    networks = {variant: build(variant=variant) for variant in build.variants}
    net = networks[build.variants[0]]
    first, *rest = paragraphs(build.__wrapped__.__doc__)
    totals = f"{name}: {_millions(net.params)} M parameters, {_millions(net.macs)} M MACs"
    options = ", ".join(f"{key}={value!r}" for key, value in build.options.items())
    parts = {
        "name": name,
        "totals": totals,
        "first": first,
        "source": escape(build.source),
        "rest": "".join(f"<p>{text}</p>" for text in rest),
        "options": escape(options),
        "figures": _figures(networks),
        "picture": picture(net),
        "stages": html_table(*_stages(net)),
    }
    return Markup(filled(__package__, "card.html", **parts))


def paragraphs(text: str | None) -> list[str]:
    """Return the paragraphs of a docstring as HTML, words in `backquotes` as code."""
    parts = escape(cleandoc(text or "A network."), quote=False).split("\n\n")
    return [sub(r"`+([^`]+)`+", r"<code>\1</code>", " ".join(part.split())) for part in parts]


def stages(network: Network) -> list[tuple[str, tuple[int, ...], int, int]]:
    """Return (name, output shape, parameters, MACs) of each block; where there are only two or three, as in
    AlexNet, of each layer with weights.
    """
    blocks = network.blocks()
    if len(blocks) >= 4:
        return [(b.name.split("/")[-1], b.output_shape, b.params, b.macs) for b in blocks]
    return [(n.name.split(".")[-1], n.output.shape, n.params, n.macs) for n in network.layers if n.params]


def picture(network: Network) -> Markup:
    """Return an SVG of the network's stages. A box is a feature map: its face height x width, its thickness
    the channels, logarithmic. Two bars below it are its stage's shares of MACs and of parameters.
    """
    found = stages(network)
    parts = [("input", network.input_shape)] + [(name, shape) for name, shape, _, _ in found]
    params = [0] + [stage[2] / network.params for stage in found]
    macs = [0] + [stage[3] / network.macs for stage in found]
    highest = max(*macs, *params)
    x, boxes, bars, texts = 6, [], [], []
    for i, (name, shape) in enumerate(parts):
        side = 62 * sqrt(shape[1] / max(network.input_shape[1:])) if len(shape) == 3 else 4
        thickness = 3.2 * log2(1 + shape[0])
        size = [f"{shape[0]}", f"{shape[1]} x {shape[2]}"] if len(shape) == 3 else [f"{shape[0]}"]
        width = max(thickness + 0.3 * side, 6.4 * max(len(text) for text in (name, *size)), 48)
        middle = round(x + width / 2)
        boxes.append(_oblique_box(middle - (thickness + 0.3 * side) / 2, 60, thickness, side))
        texts.append(_text(middle, 12, name))
        texts += [_text(middle, 112 + 14 * line, text) for line, text in enumerate(size)]
        for left, colour, share in ((-22, BLUE, macs[i]), (2, ORANGE, params[i])) if i else ():
            height = round(56 * share / highest, 1)
            place = f'x="{middle + left}" y="{204 - height:.1f}" width="20" height="{height}"'
            bars.append(f'<rect {place} fill="{colour}"/>')
            texts.append(_text(middle + left + 10, round(200 - height), f"{100 * share:.0f}%"))
        x += width + 12
    legend = "".join(
        f'<rect x="6" y="{y - 8}" width="9" height="9" fill="{colour}"/><g text-anchor="start">{_text(19, y, cost)}</g>'
        for y, colour, cost in ((176, BLUE, "MACs"), (192, ORANGE, "params"))
    )
    drawn = {
        "description": escape(_described(network, [name for name, _ in parts], macs, params)),
        "width": f"{x:.0f}",
        "colour": BLUE,
        "boxes": "".join(boxes),
        "rest": "".join([legend, *bars, *texts]),
    }
    return Markup(filled(__package__, "card_picture.html", **drawn))


def _described(network, names, macs, params):
    """Return the picture in words; its sizes stand in the table below it."""

    def largest(shares):
        share = max(shares)
        return f"{names[shares.index(share)]} with {100 * share:.0f} percent"

    start, end = ["x".join(map(str, shape)) for shape in (network.input_shape, network.output_shape)]
    return (
        f"The feature maps of {network.name} in {len(names) - 1} stages, from {start} to {end}. "
        f"Most multiply-accumulates: {largest(macs)}; most parameters: {largest(params)}."
    )


def _text(x, y, text):
    return f'<text x="{x}" y="{y}">{escape(text)}</text>'


def _oblique_box(x, y, thickness, side):
    """A box in oblique view around the height y: front (thickness x side), top and right face."""
    high, dx, dy = y - side / 2, 0.3 * side, 0.12 * side
    start, corner = f"M{x:.1f} {high:.1f}", f"{x + thickness:.1f} {high:.1f}"
    return (
        f'<path opacity=".9" d="{start}h{thickness:.1f}v{side:.1f}h{-thickness:.1f}z"/>'
        f'<path opacity=".4" d="{start}l{dx:.1f} {-dy:.1f}h{thickness:.1f}L{corner}z"/>'
        f'<path opacity=".65" d="M{corner}l{dx:.1f} {-dy:.1f}v{side:.1f}l{-dx:.1f} {dy:.1f}z"/>'
    )


def _figures(networks):
    """A row per variant."""
    header = [
        "variant",
        "input",
        "parameters",
        "MACs",
        "activations",
        "peak memory, bytes",
        "receptive field",
        "depth",
    ]
    rows = []
    for variant, net in networks.items():
        exact = [net.params, net.macs, net.activations, BYTES * net.peak_activations]
        shape = "x".join(map(str, net.input_shape))
        rows.append([variant, shape, *[f"{value:,}" for value in exact], net.receptive_field, net.depth])
    return html_table(header, rows)


def _stages(network):
    """Header and rows of the stages: output, parameters, MACs and its share."""
    return ["stage", "output", "parameters", "MACs", "share of MACs"], [
        [name, "x".join(map(str, shape)), f"{params:,}", f"{macs:,}", f"{macs / network.macs:.1%}"]
        for name, shape, params, macs in stages(network)
    ]


def _years(names):
    return " and ".join(map(str, sorted({models.get(name).year for name in names})))


def _anchor(family):
    return "family-" + sub(r"[^a-z0-9]+", "-", family.lower())


def _millions(value):
    """Return a number in millions, three digits or more: 0.0600, 7.00, 15,470."""
    value /= 1e6
    return f"{value:,.0f}" if value >= 1000 else f"{value:#.3g}".rstrip(".")
