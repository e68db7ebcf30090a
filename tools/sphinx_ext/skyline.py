"""The layers of a network as one small picture: a bar up is what a layer computes, a bar down what it stores."""

from functools import cache

from convcost import models

COMPUTED, STORED = "#0072B2", "#D55E00"
NETWORKS = {  # the last part of a lesson's name -> the network that it is about
    "lenet": "lenet5",
    "alexnet": "alexnet",
    "vgg": "vgg16",
    "googlenet": "googlenet",
    "resnet": "resnet50",
    "densenet": "densenet121",
    "capsnet": "capsnet",
    "squeezenet": "squeezenet1_0",
    "mobilenet_v1": "mobilenet_v1",
    "mobilenet_v2": "mobilenet_v2",
    "mobilenet_v2_homework": "mobilenet_v2",
    "shufflenet_v1": "shufflenet_v1",
    "shufflenet_v2": "shufflenet_v2_x1_0",
    "searched": "mobilenet_v3_large",
    "scaled": "efficientnet_b0",
    "folded": "ghostnet",
    "rivals": "convnext_tiny",
}
ELSEWHERE = {"start": "alexnet", "classic": "vgg16", "light": "mobilenet_v1", "flops": "resnet50", "modern": "resnet50"}


def network_of(name):
    """The name of the network that a lesson is about, or of one that its part speaks of."""
    _, part, last = name.split("/")
    return NETWORKS.get(last, ELSEWHERE[part])


def _layers(net):
    """Lists of what makes a layer: itself, or side by side, as LeNet's C3, its convolutions of some maps of a block."""
    found = {}
    for n in net.layers:
        if n.macs:
            picks = any(x.node is not None and x.node.kind == "SelectChannels" for x in n.inputs)
            found.setdefault(n.name.rpartition(".")[0] if picks else n.name, []).append(n)
    return list(found.values())


@cache
def shares(network):
    """(MACs, parameters) of each layer that multiplies, as shares of the largest."""
    layers = [(sum(n.macs for n in part), sum(n.params for n in part)) for part in _layers(models.get(network)())]
    most = [max(column) for column in zip(*layers)]
    return [(macs / most[0], params / most[1]) for macs, params in layers]


def svg(network, width=240, height=44):
    """The picture for a page, in the colours of the book; it says nothing that the page does not."""
    found, ground = shares(network), round(height * 0.62)
    step = width / len(found)
    up = "".join(f"M{(i + 0.5) * step:.0f} {ground}v-{m * ground:.0f}" for i, (m, _) in enumerate(found))
    down = "".join(f"M{(i + 0.5) * step:.0f} {ground}v{p * (height - ground):.0f}" for i, (_, p) in enumerate(found))
    return (
        f'<svg class="cc-skyline" viewBox="0 0 {width} {height}" aria-hidden="true" fill="none" '
        f'stroke-width="{max(1, min(6, 0.7 * step)):.1f}">'
        f'<path stroke="{COMPUTED}" d="{up}"/><path stroke="{STORED}" d="{down}"/></svg>'
    )
