"""The width and the resolution multiplier of the MobileNets under the reader's hands.

The page carries what the library computed for every setting; its script looks up and formats, no more.
"""

import json
from typing import Any

from convcost import models

from ..ledger import row
from ..templates import filled, source

NETWORKS = {"mobilenet_v1": "MobileNet V1", "mobilenet_v2": "MobileNet V2"}
WIDTHS = [n / 20 for n in range(5, 29)]  # 0.25, 0.30, ... 1.40
SIDES = [96, 128, 160, 192, 224]
DEFAULT = ("mobilenet_v1", 0.5, 224)
# Top-1 accuracies that the sources print; the other settings are not in them.
PUBLISHED = {
    **{("mobilenet_v1", w, 224): f"lecture-mobilenet_v1-table6-a{w}-top1" for w in (0.25, 0.5, 0.75, 1.0)},
    **{("mobilenet_v1", 1.0, s): f"lecture-mobilenet_v1-table7-r{s}-top1" for s in (128, 160, 192, 224)},
    ("mobilenet_v2", 1.0, 224): "compact-mobilenet_v2_results-mobilenet_v2-top1",
    ("mobilenet_v2", 1.4, 224): "compact-mobilenet_v2_results-mobilenet_v2_1.4-top1",
}


def costs(network: str, width: float, side: int) -> tuple[int, int, int]:
    """Return (parameters, MACs, most activation elements alive at once) of one setting."""
    net = models.get(network)(width_mult=width, resolution=side)
    return int(net.params), int(net.macs), int(net.peak_activations)


def accuracy(network: str, width: float, side: int) -> str:
    """Return the printed top-1 accuracy as text, or that there is none."""
    id = PUBLISHED.get((network, width, side))
    return f"{row(id)['value']:.1f} %" if id else "not in our sources"


def multiplier_bill(network: str, width: float, side: int) -> dict[str, tuple[str, str]]:
    """Return name -> (value, share of width 1 at 224 pixels) as text; bytes are those of float32."""

    def share(mine, whole):
        return f"{int(1000 * mine / whole + 0.5) / 10:.1f} %"

    (params, macs, peak), whole = costs(network, width, side), costs(network, 1.0, 224)
    shares = [share(a, b) for a, b in zip((params, macs, peak), whole)]
    return {
        "parameters": (f"{params:,}", shares[0]),
        "MACs": (f"{macs:,}", shares[1]),
        "α² × ρ²": ("", share((width * side) ** 2, 224**2)),
        "bytes of parameters": (f"{4 * params:,}", shares[0]),
        "bytes of maps, at most": (f"{4 * peak:,}", shares[2]),
        "published top-1": (accuracy(network, width, side), ""),
    }


def carried() -> dict[str, Any]:
    """Return what the page carries: network -> [[costs at each side] at each width], and the accuracies."""
    table = {name: [[costs(name, w, s) for s in SIDES] for w in WIDTHS] for name in NETWORKS}
    top1 = {f"{name} {width:.2f} {side}": accuracy(name, width, side) for name, width, side in PUBLISHED}
    return {"widths": WIDTHS, "sides": SIDES, "costs": table, "top1": top1}


class MultiplierControl:
    """A choice of network, two sliders and the bill; shows itself in a notebook."""

    def __repr__(self):
        bill = multiplier_bill(*DEFAULT)
        rows = (f"{name:22} {value:>18} {share:>8}".rstrip() for name, (value, share) in bill.items())
        return "\n".join([_title(*DEFAULT), *rows])

    def _repr_html_(self):
        _network, width, side = DEFAULT
        options = "".join(f'<option value="{name}">{title}</option>' for name, title in NETWORKS.items())
        sliders = "".join(
            f'<label>{title}<input type="range" name="{name}" min="0" max="{len(values) - 1}" '
            f'value="{values.index(value)}" aria-valuetext="{text}"><output>{text}</output></label>'
            for name, title, values, value, text in (
                ("width", "width α", WIDTHS, width, f"{width:.2f}"),
                ("side", "side of the image", SIDES, side, side),
            )
        )
        rows = "".join(
            f'<tr><th scope="row">{name}</th><td>{value}</td><td>{share}</td></tr>'
            for name, (value, share) in multiplier_bill(*DEFAULT).items()
        )
        return filled(
            __package__,
            "multipliers.html",
            options=options,
            sliders=sliders,
            title=_title(*DEFAULT),
            rows=rows,
            carried=json.dumps(carried(), separators=(",", ":")),
            bill=source(__package__, "multipliers_bill.js"),
            page=source(__package__, "multipliers.js"),
        )


def _title(network, width, side):
    return f"{NETWORKS[network]}, width {width:.2f}, image of {side} × {side}"


def multiplier_control() -> MultiplierControl:
    """Return the control for the multipliers of MobileNet V1 and V2."""
    return MultiplierControl()
