"""Figures drawn from networks. Each function draws on its own figure and returns the axes; end the cell with
`plt.show()`.

Colours are those of Okabe and Ito, which colour-blind readers tell apart; figures are white, for Colab and print.
"""

from collections.abc import Mapping, Sequence
from math import log2
from typing import Any

from convcost.extras import matplotlib  # noqa: F401
from matplotlib import pyplot as plt
from matplotlib.patches import Polygon, Rectangle
from matplotlib.ticker import MaxNLocator

from ..network import Layers, Network
from .colours import BLUE, COLOURS, GREEN, GREY, ORANGE
from .words import engineering


def axes(width: float = 7.0, height: float = 3.4, **options: Any) -> Any:
    """Return new axes in the book's style: open to the right and top, a light grid, sharp on any screen."""
    _figure, made = plt.subplots(figsize=(width, height), dpi=144, layout="constrained", **options)
    for ax in made.flat if hasattr(made, "flat") else [made]:
        ax.spines[["top", "right"]].set_visible(False)
        ax.grid(True, alpha=0.25, linewidth=0.6)
        ax.set_axisbelow(True)
    return made


def feature_maps(network: Network, level: int = 1) -> Any:
    """Draw the network as its feature maps, a box per block: the face is height x width of the map, the thickness
    its channels (logarithmic, or thin maps would vanish).
    """
    parts = [("input", network.input_shape)] + [(b.name.split("/")[-1], b.output_shape) for b in network.blocks(level)]
    ax = axes(height=2.9)
    ax.grid(False)
    ax.axis("off")
    x, largest = 0.0, parts[0][1][1]
    for name, shape in parts:
        side = 2.6 * (shape[1] / largest) ** 0.5 if len(shape) == 3 else 0.15
        _box(ax, x, thickness=0.14 * log2(1 + shape[0]), side=side)
        middle = x + (0.14 * log2(1 + shape[0]) + 0.3 * side) / 2
        ax.text(middle, 0.62 * side + 0.12, name, ha="center", va="bottom", fontsize=9)
        size = f"{shape[0]}\n{shape[1]}×{shape[2]}" if len(shape) == 3 else f"{shape[0]}"
        ax.text(middle, -0.5 * side - 0.1, size, ha="center", va="top", fontsize=8, color="#444444")
        x += 0.14 * log2(1 + shape[0]) + 0.3 * side + 0.42
    ax.set_xlim(-0.2, x - 0.2)
    ax.set_ylim(-2.1, 2.1)
    return ax


def _box(ax, x, thickness, side):
    """A box in oblique view: front (thickness x side), top and right face."""
    low, high, dx, dy = -side / 2, side / 2, 0.3 * side, 0.12 * side
    right = x + thickness
    for corners, shade in (
        ([(x, low), (right, low), (right, high), (x, high)], 0.85),
        ([(x, high), (right, high), (right + dx, high + dy), (x + dx, high + dy)], 0.35),
        ([(right, low), (right + dx, low + dy), (right + dx, high + dy), (right, high)], 0.6),
    ):
        ax.add_patch(Polygon(corners, facecolor=BLUE, alpha=shade, edgecolor="white", linewidth=0.6))


def shares_by_block(network: Network, level: int = 1) -> Any:
    """Draw where multiply-accumulates and where parameters sit: two bars per block, in percent of the network."""
    return shares({block.name.split("/")[-1]: block for block in network.blocks(level)})


def shares(parts: Mapping[str, Layers]) -> Any:
    """Draw where multiply-accumulates and where parameters sit: two bars per part, in percent of all parts.

    parts: label -> part of a network, such as `network["stage1"]` or a selection of its layers (`Layers`).
    """
    ax = axes(height=0.45 * len(parts) + 1.0)
    totals = {name: sum(getattr(part, name) for part in parts.values()) for name in ("macs", "params")}
    largest = 0
    for offset, colour, name in ((-0.19, BLUE, "macs"), (0.19, ORANGE, "params")):
        values = [getattr(part, name) for part in parts.values()]
        percents = [100 * value / totals[name] for value in values]
        largest = max(largest, *percents)
        places = [i + offset for i in range(len(parts))]
        ax.barh(places, percents, height=0.36, color=colour, label={"macs": "MACs", "params": "parameters"}[name])
        for place, percent, value in zip(places, percents, values):
            ax.text(percent + 0.8, place, engineering(value), va="center", fontsize=8.5)
    ax.set_yticks(range(len(parts)), list(parts))
    ax.invert_yaxis()
    ax.set_xlabel(f"percent of {engineering(totals['macs'])} MACs and of {engineering(totals['params'])} parameters")
    ax.set_xlim(0, 1.15 * largest)
    ax.figure.legend(frameon=False, loc="outside upper right", ncols=2)
    ax.grid(False, axis="y")
    return ax


def receptive_fields(stacks: Mapping[str, Network], until: int | None = None) -> Any:
    """Draw how the receptive field grows layer by layer: a line per named network; `until` ends the axis."""
    from ..receptive_field import receptive_fields as fields

    ax = axes()
    for colour, (label, network) in zip(COLOURS, stacks.items()):
        sides = [1] + [
            f[0][2] - f[0][1] + 1 for node, f in fields(network.layers).items() if f and node.layer.has_window
        ]
        ax.plot(range(len(sides)), sides, marker="o", markersize=4, color=colour, label=label)
    ax.set_xlabel("layers with a window (convolution, pooling)")
    ax.set_ylabel("receptive field, pixels")
    ax.set_xlim(0, until)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.legend(frameon=False)
    return ax


def connections(patterns: Mapping[str, Sequence[tuple[int, int, int]]]) -> Any:
    """Draw which input channels each output channel reads: a panel per pattern.

    patterns: title -> list of (groups of the layer, channels in, channels out), one entry per layer, first at the
    bottom; groups colour the lines.
    """
    made = axes(height=2.6, ncols=len(patterns), squeeze=False)[0]
    for ax, (title, layers) in zip(made, patterns.items()):
        ax.grid(False)
        ax.axis("off")
        ax.set_title(title, fontsize=10)
        for level, (groups, inputs, outputs) in enumerate(layers):
            for out in range(outputs):
                group = out * groups // outputs
                for i in range(group * inputs // groups, (group + 1) * inputs // groups):
                    ends = [(i + 0.5) / inputs, (out + 0.5) / outputs]
                    ax.plot(ends, [level, level + 1], color=COLOURS[group % 4], linewidth=1.1, alpha=0.8, zorder=1)
            for count, y in ((inputs, level), (outputs, level + 1)):
                ax.scatter([(i + 0.5) / count for i in range(count)], [y] * count, s=46, color="#222222", zorder=2)
        ax.set_xlim(0, 1)
        ax.set_ylim(-0.2, len(layers) + 0.2)
    return made


def sliding_window(side: int, kernel_size: int, stride: int = 1, padding: int = 0) -> Any:
    """Draw how a window slides over a map of side x side: padded cells pale, the first two positions framed, and
    the output cells that they make in the same colours.
    """
    padded = side + 2 * padding
    outputs = (padded - kernel_size) // stride + 1
    made = axes(height=3.0, ncols=2, gridspec_kw={"width_ratios": [padded, outputs]})
    for ax, cells, title in zip(made, (padded, outputs), (f"input {side} x {side}", f"output {outputs} x {outputs}")):
        ax.grid(False)
        ax.axis("off")
        ax.set_aspect("equal")
        ax.set_title(title + (f", padding {padding}" if padding and cells == padded else ""), fontsize=10)
        ax.set_xlim(-0.1, cells + 0.1)
        ax.set_ylim(cells + 0.1, -0.1)
    for row in range(padded):
        for column in range(padded):
            inside = padding <= row < side + padding and padding <= column < side + padding
            made[0].add_patch(
                Rectangle((column, row), 1, 1, facecolor=GREY, alpha=0.35 if inside else 0.08, edgecolor="white")
            )
    for row in range(outputs):
        for column in range(outputs):
            colour = (BLUE, ORANGE)[column] if row == 0 and column < 2 else GREY
            made[1].add_patch(
                Rectangle(
                    (column, row), 1, 1, facecolor=colour, alpha=0.85 if colour != GREY else 0.35, edgecolor="white"
                )
            )
    for column, colour in zip(range(min(2, outputs)), (BLUE, ORANGE)):
        made[0].add_patch(
            Rectangle(
                (column * stride + 0.05, 0.05),
                kernel_size - 0.1,
                kernel_size - 0.1,
                fill=False,
                edgecolor=colour,
                linewidth=2.5,
            )
        )
    return made


def branches(module: Layers) -> Any:
    """Draw a module whose last layer joins branches: a column per branch, the input below, the joined map on top;
    the wider a line, the more channels flow through it. Layers that all branches share are drawn once, below them.

    module: a network, or a part of one, that ends in the joining layer; convolutions and poolings are drawn.
    """
    join = module.layers[-1]
    chains = [_chain(x, module.layers) for x in join.inputs]
    shared = [nodes[0] for nodes in zip(*chains) if all(node is nodes[0] for node in nodes)]
    middle = (len(chains) - 1) / 2
    forked = len(shared) + 0.6 if shared else 0
    top = forked + max(len(chain) for chain in chains) - len(shared) + 1
    ax = axes(height=0.75 * top + 0.8)
    ax.grid(False)
    ax.axis("off")
    if shared:
        _column(ax, middle, (0, forked), shared, module.input_shape[0], join)
        ax.plot([0, 2 * middle], [forked, forked], color=GREY, alpha=0.4, linewidth=2)
    entering = shared[-1].output.channels if shared else module.input_shape[0]
    for column, chain in enumerate(chains):
        _column(ax, column, (forked, top), chain[len(shared) :], entering, join)
    below, above = "×".join(map(str, module.input_shape)), f"{join.kind}: {join.output.channels} channels"
    for y, text in ((0, below), (top, above)):
        ax.plot([-0.45, 2 * middle + 0.45], [y, y], color=GREY, linewidth=1.5)
        _box_of_text(ax, middle, y, text, GREY)
    ax.set_xlim(-0.55, 2 * middle + 0.55)
    ax.set_ylim(-0.35, top + 0.35)
    return ax


def _column(ax, column, ends, chain, entering, join):
    """Layers one above the other between two heights, on a line as wide as the channels that they pass on."""
    low, high = ends
    heights = [low + k * (high - low) / (len(chain) + 1) for k in range(len(chain) + 2)]
    carried = [entering] + [node.output.channels for node in chain]
    for bottom, above, channels in zip(heights, heights[1:], carried):
        wide = 1 + 29 * channels / join.output.channels
        ax.plot([column, column], [bottom, above], color=GREY, alpha=0.4, linewidth=wide, solid_capstyle="butt")
    for y, node in zip(heights[1:], chain):
        size = node.layer.kernel_size
        text, colour = f"{size}×{size} pool", GREEN
        if node.macs:
            text = f"{size}×{size} conv, {node.output.channels}\n{engineering(node.macs)} MACs"
            colour = ORANGE if size == 1 else BLUE
        _box_of_text(ax, column, y, text, colour)


def _box_of_text(ax, x, y, text, colour):
    box = {"boxstyle": "round,pad=0.4", "facecolor": "white", "edgecolor": colour, "linewidth": 2}
    ax.text(x, y, text, ha="center", va="center", fontsize=8.5, bbox=box)


def _chain(x, layers):
    """The layers with a window behind one input of a joining layer, first layer first."""
    chain = []
    while x.node in layers:
        chain = [x.node] * x.node.layer.has_window + chain
        x = x.node.inputs[0]
    return chain
