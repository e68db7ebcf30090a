"""MnasNet's objective under the reader's hands: two weights and a target, and which published network wins."""

import json
from collections.abc import Mapping

from ..phone_times import PIXEL_1
from ..phone_times import reward as objective
from ..templates import filled, source
from .sliders import sliders

WITHIN, BEYOND, TARGET = "w up to the target", "w above the target", "target, ms"
WEIGHTS = (0, -0.02, -0.04, -0.07, -0.1, -0.15, -0.2, -0.3)
CHOICES = {WITHIN: WEIGHTS, BEYOND: (*WEIGHTS, -1), TARGET: (15, 20, 30, 40, 50, 60, 75, 90)}
DEFAULT = {WITHIN: -0.07, BEYOND: -0.07, TARGET: 75}  # the paper's
Setting = Mapping[str, float]


def rewards(setting: Setting) -> dict[str, list[str]]:
    """Return name -> [accuracy, time, reward] as text, the best reward first."""
    found = [
        (objective(row.top1, row.milliseconds, setting[TARGET], setting[WITHIN], setting[BEYOND]), name, row)
        for name, row in PIXEL_1.items()
    ]
    return {
        name: [f"{row.top1:.1f} %", f"{row.milliseconds:g} ms", f"{int(100 * value + 0.5) / 100:.2f}"]
        for value, name, row in sorted(found, key=lambda entry: -entry[0])
    }


class RewardControl:
    """Three sliders and the networks in the order of their rewards; shows itself in a notebook."""

    def __repr__(self):
        rows = [f"{name:15} {top1:>7} {time:>8} {value:>7}" for name, (top1, time, value) in rewards(DEFAULT).items()]
        return "\n".join([", ".join(f"{name} {value}" for name, value in DEFAULT.items()), *rows])

    def _repr_html_(self):
        rows = "".join(
            f'<tr><th scope="row">{name}</th>{"".join(f"<td>{text}</td>" for text in texts)}</tr>'
            for name, texts in rewards(DEFAULT).items()
        )
        carried = {"networks": [[name, row.top1, row.milliseconds] for name, row in PIXEL_1.items()]}
        return filled(
            __package__,
            "reward.html",
            sliders=sliders(CHOICES, DEFAULT),
            rows=rows,
            carried=json.dumps(carried, separators=(",", ":")),
            bill=source(__package__, "reward_bill.js"),
            chosen=source(__package__, "sliders.js"),
            page=source(__package__, "reward.js"),
        )


def reward_control() -> RewardControl:
    """Return the control for MnasNet's objective."""
    return RewardControl()
