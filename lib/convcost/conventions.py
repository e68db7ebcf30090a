"""Counting conventions as data: which raw operations count, in which kinds of layer, and as how much."""

from .errors import unknown


class Convention:
    """A rule that turns raw operations into one number.

    name: as in a table's caption or on the command line; meaning: one sentence; terms: what counts and as how much,
    {operation of `Layer.operations`, or measure of `convcost.measures`: weight}, for each layer kind ("ReLU"; "*":
    every kind) or for each way in which code spells a layer ("nn.ReLU", "F.relu": `Node.written`), which goes
    first. What is not named counts nothing.
    """

    def __init__(self, name, meaning, terms):
        self.name, self.meaning, self.terms = name, meaning, terms

    def weights(self, node):
        """Return what counts in a layer, {operation or measure: weight}."""
        terms = self.terms
        for key in (node.written, node.kind, "*"):
            if key in terms:
                return terms[key]
        return {}

    def of(self, node):
        """Return what one layer counts under this convention."""
        weights, operations = self.weights(node), node.operations
        return sum([
            weight * (operations[name] if name in operations else node.measure(name))
            for name, weight in weights.items()
        ])

    def __repr__(self):
        return f"<Convention {self.name}: {self.meaning}>"


def _both(terms):
    """The same terms for convolutions and fully connected layers; a product of two maps has no bias."""
    product = {name: times for name, times in terms.items() if name == "macs"}
    return {"Conv2d": terms, "ConvTranspose2d": terms, "Linear": terms, "MatMul": product}


MACS = Convention(
    "macs",
    "multiply-accumulates of convolution and fully connected layers, no bias, one image; "
    "what papers print as MACs, mult-adds and usually as FLOPs",
    _both({"macs": 1}),
)
MACS_BIAS = Convention(
    "macs_bias",
    "as macs, and one addition per output of each of these layers for its bias or for the batch norm's shift that "
    "takes its place: parameters x height x width",
    _both({"macs": 1, "outputs": 1}),
)
MACS_CONV = Convention(
    "macs_conv", "as macs, without the fully connected layers",
    {"Conv2d": {"macs": 1}, "ConvTranspose2d": {"macs": 1}},
)
TWO_PER_MAC = Convention(
    "two_per_mac", "two operations for each multiply-accumulate of macs: one multiplication, one addition",
    _both({"macs": 2}),
)
FLOPS = Convention(
    "flops",
    "exact multiplications plus additions of every layer: n products need n - 1 additions, a bias one more",
    {"*": {"multiplications": 1, "additions": 1}},
)
CONVNET_BURDEN = Convention(
    "convnet_burden",
    "as the public tool convnet-burden: macs_bias, two per output of a ReLU, and two for each input value that the "
    "steps of a pooling cover; batch norm is merged into the convolutions",
    {**_both({"macs": 1, "outputs": 1}), "ReLU": {"outputs": 2}, "MaxPool2d": {"covered": 2}, "AvgPool2d": {"covered": 2}},
)

CONVENTIONS = {c.name: c for c in (MACS, MACS_BIAS, MACS_CONV, TWO_PER_MAC, FLOPS, CONVNET_BURDEN)}


def all_conventions():
    """Return {name: convention}: those of `CONVENTIONS`, then those of the tools."""
    from .tool_conventions import TOOLS

    return {**CONVENTIONS, **TOOLS}


def convention(name):
    """Return the convention of that name; a `Convention` is returned as it is."""
    if isinstance(name, Convention):
        return name
    if name in CONVENTIONS:
        return CONVENTIONS[name]
    known = all_conventions()
    if name not in known:
        raise unknown("convention", name, known)
    return known[name]
