"""What each block of a network chose: kernel, how much it widens, its gate, its activation; a row a block."""

from ..errors import ConvcostError
from ..network import Layers
from .colours import BLUE, FILLS, PURPLE
from .drawing import Drawing, Panel
from .spoken import listed, number, plain
from .words import by

WIDE, ROW, HEAD = 214, 19, 20  # units: a panel, a row, the height of a map's heading
KERNEL, BAR, OUT, GATE, ACTIVE = 21, 50, 160, 165, 189  # where words and bars begin; where the channels end
EACH, GLYPH = 9.5, 15  # the length of a bar per widening of 1; the side of a kernel's picture
SHORT = {"ReLU": "R", "ReLU6": "R", "Hardswish": "hs", "SiLU": "s", "GELU": "g"}


def choices(networks: dict[str, Layers], caption: str = "") -> Drawing:
    """Draw what the blocks with a depthwise convolution chose, a panel per network and a row per block.

    A row has the kernel, a bar for the widening (channels inside over channels that enter), the channels that leave,
    SE where a gate multiplies the map, and the activation: R for ReLU or ReLU6, hs for hard swish.

    networks: title -> network; caption: what to see in it. Raises ConvcostError where no block has a depthwise
    convolution.
    """
    panels, said = [], []
    for title, network in networks.items():
        rows = chosen(network)
        if not rows:
            raise ConvcostError(f"choices draws blocks with a depthwise convolution; {title} has none")
        panels.append(_panel(title, rows))
        said.append(_said(title, rows))
    return Drawing(panels, plain(" ".join(said)), caption)


def chosen(network: Layers) -> list[dict]:
    """Return what each block with a depthwise convolution chose, in forward order."""
    rows = []
    for node in network.layers:
        if node.kind != "Conv2d" or node.layer.groups == 1 or node.layer.groups != node.inputs[0].channels:
            continue
        home = node.name.rpartition(".")[0]
        mates = [n for n in network.layers if n.name.startswith(f"{home}.")]
        active = [SHORT[n.kind] for n in mates if n.kind in SHORT and ".se." not in n.name]
        size = node.layer.kernel_size
        rows.append(
            {
                "kernel": size if isinstance(size, int) else size[0],
                "widening": node.output.channels / mates[0].inputs[0].channels,
                "channels": mates[-1].output.channels,
                "gate": any(n.kind == "Multiply" for n in mates),
                "activation": active[0] if active else "",
                "map": by(node.output.shape[1:]),
            }
        )
    return rows


def _panel(title, rows):
    panel, size = Panel(WIDE), None
    panel.title(WIDE / 2, title)
    for x, words, anchor in ((0, "kernel", "start"), (BAR, "widens", "start"), (OUT, "out", "end")):
        panel.text(x, 34, words, anchor, faint=True)
    y = 40.0
    for row in rows:
        if row["map"] != size:
            size = row["map"]
            panel.line(f"M0,{y + 2:.5g}H{WIDE}", 0.8, 0.35)
            panel.text(0, y + 16, size, "start", bold=True)
            y += HEAD
        _row(panel, row, y)
        y += ROW
    return panel


def _row(panel, row, y):
    kernel, line, long = row["kernel"], y + 13, EACH * row["widening"]
    step, dot = GLYPH / kernel, GLYPH / kernel - 0.8
    squares = [
        f"M{1 + step * column:.4g},{y + 1.5 + step * place:.5g}h{dot:.3g}v{dot:.3g}h-{dot:.3g}z"
        for place in range(kernel)
        for column in range(kernel)
    ]
    opacity = 0.5 if kernel == 3 else 1
    panel.parts.append(f'<path d="{"".join(squares)}" fill="{FILLS["depthwise"]}" opacity="{opacity}"/>')
    panel.text(KERNEL, line, f"{kernel}×{kernel}", "start", bold=kernel > 3)
    panel.bar(BAR, y + 3, long, ROW - 7, FILLS["pointwise"], radius=0)
    panel.text(BAR + long + 3, line, f"×{row['widening']:.2g}", "start", faint=True)
    panel.text(OUT, line, str(row["channels"]), "end")
    if row["gate"]:
        panel.box(GATE, y + 1, 21, ROW - 3, PURPLE, 3)
        panel.text(GATE + 10.5, line, "SE")
    if row["activation"] == "hs":
        panel.box(ACTIVE, y + 1, 23, ROW - 3, BLUE, 3)
    if row["activation"]:
        panel.text(ACTIVE + 11.5, line, row["activation"], faint=row["activation"] != "hs")


def _said(title, rows):
    """The choices in words: how many blocks chose what."""
    wide = sorted({f"{row['widening']:.2g}" for row in rows}, key=float)
    counts = {
        "a kernel larger than 3×3": [row["kernel"] > 3 for row in rows],
        "squeeze and excitation": [row["gate"] for row in rows],
        "hard swish": [row["activation"] == "hs" for row in rows],
    }
    told = [f"{number(sum(found)) if any(found) else 'none'} with {what}" for what, found in counts.items()]
    return f"{title}: {number(len(rows))} blocks that widen by {listed(wide)}; {', '.join(told)}."
