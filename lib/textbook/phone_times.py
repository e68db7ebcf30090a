"""What phones were timed on: accuracies and times that the papers and their authors' code print.

A time belongs to a network, a phone and the software of its day. Compare times within one table alone.
"""

from typing import NamedTuple

from convcost import Network, models


class Timed(NamedTuple):
    """A row: top-1 accuracy on ImageNet in percent, milliseconds for one image, and the network in the library."""

    top1: float
    milliseconds: float
    name: str
    options: dict[str, float]

    @property
    def network(self) -> Network:
        return models.get(self.name)(**self.options)


# Howard et al. 2019, table 3: floating point, one large core of a Pixel 1, a batch of one. Two of its nine rows,
# Proxyless and Mnas-small, are not in the library.
PIXEL_1 = {
    "MobileNet V2": Timed(72.0, 64, "mobilenet_v2", {}),
    "V2, width 0.35": Timed(60.8, 16.6, "mobilenet_v2", {"width_mult": 0.35}),
    "MnasNet-A1": Timed(75.2, 71, "mnasnet_a1", {}),
    "V3-Large": Timed(75.2, 51, "mobilenet_v3_large", {}),
    "V3-Large, 0.75": Timed(73.3, 39, "mobilenet_v3_large", {"width_mult": 0.75}),
    "V3-Small": Timed(67.4, 15.8, "mobilenet_v3_small", {}),
    "V3-Small, 0.75": Timed(65.4, 12.8, "mobilenet_v3_small", {"width_mult": 0.75}),
}


def reward(top1: float, milliseconds: float, target: float = 75, within: float = -0.07, beyond: float = -0.07) -> float:
    """Return accuracy times (time / target) to the power w (Tan et al. 2018, equations 2 and 3).

    within, beyond: w up to the target and above it, which the paper calls alpha and beta.
    """
    return top1 * (milliseconds / target) ** (within if milliseconds <= target else beyond)
