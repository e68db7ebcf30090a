"""The conventions that papers and lectures count by."""

from .base import Convention


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
    "macs_conv",
    "as macs, without the fully connected layers",
    {"Conv2d": {"macs": 1}, "ConvTranspose2d": {"macs": 1}},
)
TWO_PER_MAC = Convention(
    "two_per_mac",
    "two operations for each multiply-accumulate of macs: one multiplication, one addition",
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
    {
        **_both({"macs": 1, "outputs": 1}),
        "ReLU": {"outputs": 2},
        "MaxPool2d": {"covered": 2},
        "AvgPool2d": {"covered": 2},
    },
)

CONVENTIONS = {c.name: c for c in (MACS, MACS_BIAS, MACS_CONV, TWO_PER_MAC, FLOPS, CONVNET_BURDEN)}
