"""The window of a convolution, moved by hand over a small image: its products, their sum, the map that they fill."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from convcost import Conv2d, FeatureMap, Network
from convcost.reference import loops

from ..templates import filled, source

# A seven in two colours: its stroke in the first channel, its dash in the second.
IMAGE = [
    [
        [0, 0, 0, 0, 0, 0, 0],
        [0, 2, 2, 2, 2, 2, 0],
        [0, 0, 0, 0, 1, 2, 0],
        [0, 0, 0, 0, 2, 1, 0],
        [0, 0, 0, 1, 2, 0, 0],
        [0, 0, 0, 2, 1, 0, 0],
        [0, 0, 0, 2, 0, 0, 0],
    ],
    [
        [0, 0, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 0],
        [0, 1, 2, 2, 2, 1, 0],
        [0, 0, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 0],
    ],
]
SIDE, KERNEL = 7, 3
KERNELS = {
    "vertical edges": [[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]],
    "horizontal edges": [[-1, -1, -1], [0, 0, 0], [1, 1, 1]],
    "outline": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
    "blur (times nine)": [[1, 1, 1], [1, 1, 1], [1, 1, 1]],
    "copy": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
    "shift to the left": [[0, 0, 0], [0, 0, 1], [0, 0, 0]],
}
CHOICES = {"stride": (1, 2, 3), "padding": (0, 1, 2), "dilation": (1, 2), "channels": (1, 2), "groups": (1, 2)}
DEFAULT = {"kernels": ("vertical edges", "horizontal edges"), **{name: values[0] for name, values in CHOICES.items()}}

Setting = Mapping[str, Any]  # kernels: a name for each output; and one of `CHOICES` each, as many channels out as in


def read(setting: Setting, output: int) -> range:
    """Return the input channels that an output channel reads: those of its group."""
    share = setting["channels"] // setting["groups"]
    first = output // share * share
    return range(first, first + share)


def weights(setting: Setting) -> list[list[Sequence[Sequence[int]]]]:
    """Return weights[output][c]: the chosen kernel once for each channel that the output reads."""
    return [
        [KERNELS[setting["kernels"][output]] for _ in read(setting, output)] for output in range(setting["channels"])
    ]


def layer(setting: Setting) -> Network:
    """Return the convolution as the library counts it."""
    channels = setting["channels"]
    return Network(Conv2d(channels, KERNEL, bias=False, **_options(setting))(FeatureMap(channels, SIDE, SIDE)))


def maps(setting: Setting) -> list[list[list[int]]]:
    """Return the output maps, [channel][row][column], as the library's convolution computes them."""
    return loops.conv2d([IMAGE[: setting["channels"]]], weights(setting), **_options(setting))[0]


def _options(setting):
    return {name: setting[name] for name in ("stride", "padding", "dilation", "groups")}


def taps(setting: Setting, output: int, row: int, column: int) -> list[tuple[int, int]]:
    """Return (value, weight) of each product behind one output value, a channel after the other."""
    stride, padding, dilation = (setting[name] for name in ("stride", "padding", "dilation"))
    found = []
    for c, kernel in zip(read(setting, output), weights(setting)[output]):
        for u, line in enumerate(kernel):
            for v, weight in enumerate(line):
                i, j = (at * stride + tap * dilation - padding for at, tap in ((row, u), (column, v)))
                inside = 0 <= i < SIDE and 0 <= j < SIDE
                found.append((IMAGE[c][i][j] if inside else 0, weight))
    return found


def number(n: int) -> str:
    """Return a number with a minus sign that is as wide as a plus."""
    return str(n).replace("-", "−")


def sum_text(setting: Setting, output: int, row: int, column: int) -> str:
    """Return the sum behind one output value with its numbers: 2·1 + 0·(−1) = 2."""
    terms = taps(setting, output, row, column)
    products = (f"{x}·({number(w)})" if w < 0 else f"{x}·{w}" for x, w in terms)
    return f"{' + '.join(products)} = {number(sum(x * w for x, w in terms))}"


def size_text(setting: Setting) -> str:
    """Return the formula of the output's side with its numbers."""
    stride, padding, dilation = (setting[name] for name in ("stride", "padding", "dilation"))
    steps = SIDE + 2 * padding - dilation * (KERNEL - 1) - 1
    reach = KERNEL if dilation == 1 else f"({dilation}·({KERNEL} − 1) + 1)"
    side = layer(setting).output_shape[1]
    return f"⌊({SIDE} + 2·{padding} − {reach}) / {stride}⌋ + 1 = ⌊{steps} / {stride}⌋ + 1 = {side}"


def work_text(setting: Setting) -> str:
    """Return the multiply-accumulates of the whole layer as a product, and the library's count."""
    channels, share = setting["channels"], len(read(setting, 0))
    net = layer(setting)
    side = net.output_shape[1]
    reads = f"{KERNEL}·{KERNEL} cells × {share} {'channel' if share == 1 else 'channels'} read"
    outputs = f"{channels} {'output' if channels == 1 else 'outputs'}"
    return f"{reads} × {side}·{side} stops × {outputs} = {net.macs:,}"


def sentence(setting: Setting, output: int, row: int, column: int) -> str:
    """Return in words where the window stands, and its sum."""
    side = layer(setting).output_shape[1]
    whose = f" of output {output + 1}" if setting["channels"] > 1 else ""
    total = sum(x * w for x, w in taps(setting, output, row, column))
    stop = row * side + column + 1
    return f"Row {row + 1}, column {column + 1}{whose}: the sum is {number(total)} (stop {stop} of {side * side})."


class WindowControl:
    """The image, the window at its first stop, and the whole output map; shows itself in a notebook."""

    def __repr__(self):
        lines = [" ".join(f"{number(n):>3}" for n in row) for row in maps(DEFAULT)[0]]
        name = DEFAULT["kernels"][0]
        return "\n".join([f"{name}: {sum_text(DEFAULT, 0, 0, 0)}", size_text(DEFAULT), *lines])

    def _repr_html_(self):
        products = [x * w for x, w in taps(DEFAULT, 0, 0, 0)]
        under = [(u, v) for u in range(KERNEL) for v in range(KERNEL)]
        parts = {
            "image": _table(IMAGE[0], "input", under),
            "kernel": _table(KERNELS[DEFAULT["kernels"][0]], "kernel"),
            "products": _table([products[u * KERNEL : (u + 1) * KERNEL] for u in range(KERNEL)], "products"),
            "output": _table(maps(DEFAULT)[0], "output", [(0, 0)]),
        }
        page = {"image": IMAGE, "kernels": KERNELS, "choices": CHOICES, "setting": DEFAULT}
        return filled(
            __package__,
            "window.html",
            **parts,
            sentence=sentence(DEFAULT, 0, 0, 0),
            sum=sum_text(DEFAULT, 0, 0, 0),
            size=size_text(DEFAULT),
            work=work_text(DEFAULT),
            carried=json.dumps(page, separators=(",", ":")),
            style=source(__package__, "window.css"),
            sums=source(__package__, "window_sums.js"),
            page=source(__package__, "window.js"),
        )


def _table(rows, name, marked=()):
    """Return a table of small numbers, the cells at `marked` (row, column) as those under the window."""
    body = ""
    for i, row in enumerate(rows):
        cells = []
        for j, n in enumerate(row):
            classes = " ".join([_shade(name, n)] + ["cc-tap"] * ((i, j) in marked)).strip()
            cells.append(f'<td class="{classes}">{number(n)}</td>')
        body += f"<tr>{''.join(cells)}</tr>"
    return f'<table class="cc-{name}"><caption>{name}</caption><tbody>{body}</tbody></table>'


def _shade(name, n):
    if name == "input":
        return f"cc-ink{n}"
    return ("cc-zero", "cc-plus", "cc-minus")[(n > 0) - (n < 0)] if name == "output" else ""


def window_control() -> WindowControl:
    """Return the control for the window of a convolution over an image of 7 x 7 numbers."""
    return WindowControl()
