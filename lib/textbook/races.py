"""What is raced against the clock (see `textbook.timing`): networks small and large, for four guidelines and a zoo.

The guidelines are those of Ma et al. 2018 (ShuffleNet V2). Each race has networks of equal MACs, the first of them as
the guideline wants it, and is a dictionary, case -> network.
"""

from collections.abc import Sequence

from convcost import Conv2d, FeatureMap, Network, ReLU, models

from . import timing

Race = dict[str, Network]


def equal_width(width: int = 128, side: int = 56, ratios: Sequence[int] = (1, 4, 16, 64)) -> Race:
    """Guideline 1: one 1x1 convolution with `width` squared weights, input to output channels 1 : ratio."""
    return {f"1:{r}": _pointwise(width // round(r**0.5), width * round(r**0.5), side) for r in ratios}


def groups(width: int = 64, side: int = 56, groups: Sequence[int] = (1, 4, 16)) -> Race:
    """Guideline 2: one 1x1 convolution in groups, wider by the root of their number."""
    return {f"{g} groups" if g > 1 else "1 group": _pointwise(*[width * round(g**0.5)] * 2, side, g) for g in groups}


def fragments(width: int = 128, side: int = 56) -> Race:
    """Guideline 3: one 1x1 convolution, or four of half the width, one after the other or side by side and added."""
    half = FeatureMap(width // 2, side, side)
    series = half
    for _ in range(4):
        series = Conv2d(width // 2, 1, bias=False)(series)
    half = FeatureMap(width // 2, side, side)
    parallel = [Conv2d(width // 2, 1, bias=False)(half) for _ in range(4)]
    joined = parallel[0] + parallel[1] + parallel[2] + parallel[3]
    return {"one": _pointwise(width, width, side), "4 in series": Network(series), "4 in parallel": Network(joined)}


def element_wise(width: int = 64, side: int = 56) -> Race:
    """Guideline 4: a bottleneck without and with ReLU and shortcut."""
    return {
        "neither": _bottleneck(width, side),
        "shortcut": _bottleneck(width, side, shortcut=True),
        "ReLU": _bottleneck(width, side, relu=True),
        "both": _bottleneck(width, side, relu=True, shortcut=True),
    }


def _pointwise(inputs, outputs, side, groups=1):
    return Network(Conv2d(outputs, 1, groups=groups, bias=False)(FeatureMap(inputs, side, side)))


def _bottleneck(width, side, relu=False, shortcut=False):
    x = y = FeatureMap(width, side, side)
    for out_channels, kernel_size in ((width // 4, 1), (width // 4, 3), (width, 1)):
        y = Conv2d(out_channels, kernel_size, padding=kernel_size // 2, bias=False)(y)
        if kernel_size == 1 and out_channels == width and shortcut:
            y = x + y
        if relu:
            y = ReLU()(y)
    return Network(y)


GUIDELINES = {"G1": equal_width, "G2": groups, "G3": fragments, "G4": element_wise}

# The first and the last design of each race.
ENDS = {
    "G1": ("1:1", "1:64"),
    "G2": ("1 group", "16 groups"),
    "G3": ("one", "4 in parallel"),
    "G4": ("neither", "both"),
}

# Networks from 40 million to 4 billion MACs that run in a moment: title -> name in the zoo and options.
ZOO = {
    "AlexNet": ("alexnet", {}),
    "GoogLeNet": ("googlenet", {}),
    "ResNet-18": ("resnet18", {}),
    "ResNet-50": ("resnet50", {}),
    "DenseNet-121": ("densenet121", {}),
    "SqueezeNet": ("squeezenet1_0", {}),
    "SqueezeNet 1.1": ("squeezenet1_1", {}),
    "MobileNet": ("mobilenet_v1", {}),
    "MobileNet 0.5": ("mobilenet_v1", {"width_mult": 0.5}),
    "MobileNet V2": ("mobilenet_v2", {}),
    "MobileNet V2 1.4": ("mobilenet_v2", {"width_mult": 1.4}),
    "IGCV3-D": ("igcv3_d", {}),
    "ShuffleNet g=1": ("shufflenet_v1", {"groups": 1}),
    "ShuffleNet g=3": ("shufflenet_v1", {"groups": 3}),
    "ShuffleNet g=8": ("shufflenet_v1", {"groups": 8}),
    "ShuffleNet V2 0.5": ("shufflenet_v2_x0_5", {}),
    "ShuffleNet V2": ("shufflenet_v2_x1_0", {}),
    "ShuffleNet V2 2.0": ("shufflenet_v2_x2_0", {}),
    "CondenseNet": ("condensenet", {"groups": 8}),
    "NASNet-A mobile": ("nasnet_a_mobile", {}),
}


def zoo() -> Race:
    """Return the networks of `ZOO`, title -> network."""
    return {title: models.get(name)(**options) for title, (name, options) in ZOO.items()}


def traffic(guideline: str, side: int) -> float:
    """Return how many times as many values the last design of a race moves as the first. side: of its map."""
    race = GUIDELINES[guideline](side=side)
    first, last = (race[case].memory_access for case in ENDS[guideline])
    return float(last / first)


def slower(guideline: str, side: int) -> float:
    """Return how many times as long the last design of a race took as the first, on the recorded machine."""
    race = timing.recorded_seconds(f"{guideline} {side}")
    first, last = (race[case] for case in ENDS[guideline])
    return last / first


def slower_here(guideline: str, side: int, repeats: int = 15) -> timing.Timing:
    """Race the first and the last design in turns, on this machine; return the last's times in medians of the first."""
    race = GUIDELINES[guideline](side=side)
    runs = [timing.ready(race[case]) for case in ENDS[guideline]]
    first, last = timing.times(dict(enumerate(runs)), repeats, number=max(1, 28 // side)).values()
    return timing.Timing(*(seconds / first.median for seconds in last))
