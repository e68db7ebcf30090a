"""One convolution under the reader's hands: six sliders and what the layer costs."""

from collections.abc import Mapping

from convcost import Conv2d, ConvcostError, FeatureMap, Network

from ..templates import filled, source
from .sliders import sliders

# The choices of each slider; the default is the middle one unless named.
CHOICES = {
    "kernel size": (1, 3, 5, 7, 11),
    "input channels": (3, 16, 32, 64, 128, 256, 512),
    "output channels": (16, 32, 64, 128, 256, 512),
    "side of the map": (7, 14, 28, 56, 112, 224),
    "stride": (1, 2, 4),
    "groups": (1, 2, 4, 8, "depthwise"),
}
DEFAULT = {
    "kernel size": 3,
    "input channels": 64,
    "output channels": 64,
    "side of the map": 56,
    "stride": 1,
    "groups": 1,
}


def convolution_bill(setting: Mapping[str, int | str]) -> dict[str, str]:
    """Return what a convolution costs, name -> text, for a setting of `CHOICES`; "same" padding, no bias.

    Values moved are input, weights and output, each once; a setting that is not allowed gives one entry, `error`.
    """
    inputs, outputs = setting["input channels"], setting["output channels"]
    kernel_size, side = setting["kernel size"], setting["side of the map"]
    groups = inputs if setting["groups"] == "depthwise" else setting["groups"]
    layer = Conv2d(outputs, kernel_size, setting["stride"], kernel_size // 2, groups=groups, bias=False)
    try:
        net = Network(layer(FeatureMap(inputs, side, side)))
    except ConvcostError:
        return {"error": f"{groups} groups must divide both {inputs} input and {outputs} output channels"}
    return {
        "output map": f"{outputs} × {net.output_shape[1]} × {net.output_shape[2]}",
        "parameters": f"{net.params:,}",
        "MACs": f"{net.macs:,}",
        "values moved": f"{net.memory_access:,}",
        "MACs per value": f"{int(100 * net.macs / net.memory_access + 0.5) / 100:.2f}",
    }


class LayerControl:
    """Six sliders and the bill of one convolution; shows itself in a notebook."""

    def __repr__(self):
        bill = convolution_bill(DEFAULT)
        return "\n".join(f"{name:16} {value}" for name, value in {**DEFAULT, **bill}.items())

    def _repr_html_(self):
        rows = "".join(f'<tr><th scope="row">{k}</th><td>{v}</td></tr>' for k, v in convolution_bill(DEFAULT).items())
        return filled(
            __package__,
            "convolution.html",
            sliders=sliders(CHOICES, DEFAULT),
            rows=rows,
            bill=source(__package__, "convolution_bill.js"),
            chosen=source(__package__, "sliders.js"),
            page=source(__package__, "convolution.js"),
        )


def layer_control() -> LayerControl:
    """Return the control for the cost of one convolution."""
    return LayerControl()
