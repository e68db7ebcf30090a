"""The picture on the home page: networks by parameters and multiply-accumulates; each is a link to its chapter.

Pointing at a network, or reaching it by keyboard, shows its costs. No script is needed.
"""

from html import escape
from math import log10

from convcost import models
from docutils import nodes
from docutils.parsers.rst import Directive

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 340, 318, 42, 34, 58
X, Y = (5.4, 8.6), (7.3, 10.6)  # powers of ten of parameters and of MACs
SHOWN = {  # name -> (words, chapter, where they stand beside the dot: dx, dy, anchor)
    "vgg16": ("VGG-16", "classic/vgg", 0, 17, "middle"),
    "alexnet": ("AlexNet", "classic/alexnet", 0, 17, "middle"),
    "googlenet": ("GoogLeNet", "classic/googlenet", -8, 4, "end"),
    "resnet50": ("ResNet-50", "classic/resnet", 9, 7, "start"),
    "resnet152": ("ResNet-152", "classic/resnet", -4, -9, "end"),
    "densenet121": ("DenseNet-121", "classic/densenet", -8, -6, "end"),
    "squeezenet1_0": ("SqueezeNet", "light/squeezenet", 0, 17, "middle"),
    "mobilenet_v1": ("MobileNet", "light/mobilenet_v1", 9, 0, "start"),
    "mobilenet_v2": ("MobileNet V2", "light/mobilenet_v2", 9, 1, "start"),
    "mobilenet_v3_large": ("MobileNet V3", "modern/searched", 9, 9, "start"),
    "shufflenet_v1": ("ShuffleNet", "light/shufflenet_v1", -8, 8, "end"),
    "shufflenet_v2_x0_5": ("ShuffleNet V2, half", "light/shufflenet_v2", -2, 17, "middle"),
}
KINDS = {"classic": "classic networks", "light": "light networks"}
TICKS = {6: "1 M", 7: "10 M", 8: "100 M", 9: "1 G", 10: "10 G"}


def at(params, macs):
    """Where a network stands."""
    x = LEFT + (log10(params) - X[0]) / (X[1] - X[0]) * (WIDTH - LEFT - 6)
    y = HEIGHT - BOTTOM - (log10(macs) - Y[0]) / (Y[1] - Y[0]) * (HEIGHT - BOTTOM - TOP)
    return round(x, 1), round(y, 1)


def bill(words, net):
    return f"{words}: {net.params / 1e6:.1f} M parameters, {net.macs / 1e9:.2f} G MACs"


def dot(name):
    """A network as a link that shows its bill."""
    words, chapter, dx, dy, anchor = SHOWN[name]
    net = models.get(name)()
    x, y = at(net.params, net.macs)
    kind = "classic" if chapter.startswith("classic") else "light"
    told = escape(bill(words, net))
    return (
        f'<a class="cc-dot cc-dot-{kind}" href="chapters/{chapter}.html" aria-label="{told}">'
        f'<circle cx="{x}" cy="{y}" r="13" fill="transparent"/><circle class="cc-disc" cx="{x}" cy="{y}" r="5.5"/>'
        f'<text x="{x + dx}" y="{y + dy}" text-anchor="{anchor}">{escape(words)}</text>'
        f'<text class="cc-bill" x="{WIDTH / 2}" y="15" text-anchor="middle">{told}</text></a>'
    )


def key():
    """What the two colours mean."""
    places = zip(KINDS, (LEFT + 6, WIDTH / 2 + 20))
    return "".join(
        f'<g class="cc-dot-{kind}"><circle class="cc-disc" cx="{x}" cy="34" r="5.5"/>'
        f'<text x="{x + 11}" y="38">{KINDS[kind]}</text></g>'
        for kind, x in places
    )


def picture():
    lines = []
    for power, label in TICKS.items():
        if X[0] < power < X[1]:
            x, _ = at(10**power, 10 ** Y[0])
            lines.append(
                f'<path d="M{x},{TOP}V{HEIGHT - BOTTOM}"/><text x="{x}" y="{HEIGHT - BOTTOM + 13}">{label}</text>'
            )
        if Y[0] < power < Y[1]:
            _, y = at(10 ** X[0], 10**power)
            lines.append(
                f'<path d="M{LEFT},{y}H{WIDTH - 6}"/><text x="{LEFT - 2}" y="{y + 4}" class="cc-end">{label}</text>'
            )
    return (
        f'<div class="cc-opening"><svg viewBox="0 0 {WIDTH} {HEIGHT}" font-size="12" role="group" '
        'aria-label="Networks by parameters and multiply-accumulates, both logarithmic">'
        f'<g class="cc-grid">{"".join(lines)}</g>'
        f'<text x="{WIDTH - 6}" y="{HEIGHT - 5}" class="cc-end">parameters stored →</text>'
        f'<text x="2" y="{TOP}">↑ multiply-accumulates for one image</text>{key()}'
        f'<text class="cc-hint" x="{WIDTH / 2}" y="15" text-anchor="middle">'
        '<tspan class="cc-mouse">Point at a network to see its costs.</tspan>'
        '<tspan class="cc-touch">Touch a network to open its chapter.</tspan></text>'
        f"{''.join(map(dot, SHOWN))}</svg></div>"
    )


class Opening(Directive):
    def run(self):
        return [nodes.raw("", picture(), format="html")]


def setup(app):
    app.add_directive("opening", Opening)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
