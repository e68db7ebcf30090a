"""What Ma et al. 2018 (ShuffleNet V2) timed for their four guidelines and their comparison, and the networks in it.

All speeds are theirs: tables 1 and 8, and the appendix on fragments. What the ledger has comes from the ledger.
"""

from typing import Any

from convcost import Conv2d, FeatureMap, Network, models

from .ledger import rows

Speeds = dict[str, float]

RATIOS = (1, 2, 6, 12)
FAMILIES = {
    "shufflenet_v2": "ShuffleNet V2",
    "mobilenet_v1": "MobileNet",
    "mobilenet_v2": "MobileNet V2",
    "shufflenet_v1": "ShuffleNet",
    "densenet": "DenseNet",
    "xception": "Xception",
    "igcv2": "IGCV2",
    "igcv3_d": "IGCV3",
}
SMALLER_IMAGES = {"0.4": 160, "0.75": 192}  # MobileNet V2's, by width: the paper's stars; all others read 224 pixels
CUTS = {"a": "1-fragment", "b": "2-fragment-series", "c": "4-fragment-series"}
CUTS |= {"d": "2-fragment-parallel", "e": "4-fragment-parallel"}


def ratio_speeds() -> dict[str, dict[tuple[int, int], float]]:
    """Table 1: device and width -> channels in and out of a 1x1 convolution on 56 x 56 -> what was done in a second."""
    timed = {
        "GPU ×1": (128, (1480, 1296, 876, 748)),
        "GPU ×2": (128, (723, 586, 489, 392)),
        "GPU ×4": (128, (232, 206, 189, 163)),
        "ARM ×1": (32, (76.2, 72.9, 69.1, 57.6)),
        "ARM ×2": (32, (21.7, 20.5, 17.9, 15.1)),
        "ARM ×4": (32, (5.3, 5.1, 4.6, 4.4)),
    }
    narrow = {128: (128, 90, 52, 36), 32: (32, 22, 13, 9)}  # channels in, at the four ratios
    return {
        name: {(int(name[-1]) * c, int(name[-1]) * c * r): v for c, r, v in zip(narrow[first], RATIOS, speeds)}
        for name, (first, speeds) in timed.items()
    }


def fragments() -> dict[str, Network]:
    """Nearly the same MACs in one piece, or cut into two or four, in a row or side by side: title -> network."""
    return {
        "a: one": _in_a_row(1, 128),
        "b: two in a row": _in_a_row(2, 90),
        "c: four in a row": _in_a_row(4, 64),
        "d: two side by side": _side_by_side(2, 90),
        "e: four side by side": _side_by_side(4, 64),
    }


def _in_a_row(count, width):
    x = FeatureMap(width, 56, 56)
    for _ in range(count):
        x = Conv2d(width, 1, bias=False)(x)
    return Network(x)


def _side_by_side(count, width):
    x = FeatureMap(width, 56, 56)
    total = Conv2d(width, 1, bias=False)(x)
    for _ in range(count - 1):
        total = total + Conv2d(width, 1, bias=False)(x)
    return Network(total)


def fragment_speeds() -> dict[str, Speeds]:
    """The appendix: device and width -> cut, a to e as in `fragments` -> what was done in a second.

    Its "CPU" is the ARM processor of the paper's phone.
    """
    columns = {
        "GPU, narrow": "gpu-c128",
        "GPU, middle": "gpu-c256",
        "GPU, wide": "gpu-c512",
        "phone, narrow": "cpu-c64",
        "phone, middle": "cpu-c128",
        "phone, wide": "cpu-c256",
    }
    known = {row["id"]: row["value"] for row in rows()}
    return {
        title: {cut: known[f"lecture-g3-{name}-{column}"] for cut, name in CUTS.items()}
        for title, column in columns.items()
    }


def comparison() -> list[dict[str, Any]]:
    """Table 8, its networks with a time: headings -> words or numbers, a dictionary a row, in the paper's order."""
    start, found = "lecture-table8-", {}
    for row in rows():
        if row["id"].startswith(start):
            name, _, column = row["id"].removeprefix(start).rpartition("-")
            found.setdefault(name, {})[column] = row["value"]
    return [_compared(name, values) for name, values in found.items() if "gpu" in values]


def _compared(name, values):
    family, _, rest = name.partition("-")
    width = rest.removesuffix("ourimpl").rstrip("-").removesuffix("-g3") or "1.0"
    macs = values["mflops"] // 10**6
    own = name.endswith("ourimpl") or family == "shufflenet_v2"
    return {
        "network": f"{FAMILIES[family]} {width}{_smaller(family, width)}",
        "error, %": float(values["top1err"]),
        "GPU, batches/s": values["gpu"],
        "phone, images/s": float(values["arm"]),
        "M MACs": macs,
        "class": "40" if macs < 100 else "140" if macs < 250 else "300" if macs < 400 else "500",
        "error is": "trained here" if own else "cited",
    }


def _smaller(family, width):
    side = SMALLER_IMAGES.get(width) if family == "mobilenet_v2" else None
    return f", {side} px" if side else ""


def compared_networks() -> dict[str, Network]:
    """Those of the comparison that the library can build: name, as there -> network."""
    sizes = {"0.5x": "0_5", "1x": "1_0", "1.5x": "1_5", "2x": "2_0"}
    thin = {f"{w}{_smaller('mobilenet_v2', w)}": w for w in ("0.4", "0.15", "0.75", "0.6", "1.0")}
    v1, v2, shuffle = models.mobilenet_v1, models.mobilenet_v2, models.shufflenet_v1
    return {
        **{f"ShuffleNet V2 {size}": models.get(f"shufflenet_v2_x{end}")() for size, end in sizes.items()},
        **{f"MobileNet {width}": v1(width_mult=width) for width in (0.25, 0.5, 0.75, 1.0)},
        **{
            f"MobileNet V2 {name}": v2(width_mult=float(w), resolution=SMALLER_IMAGES.get(w, 224))
            for name, w in thin.items()
        },
        **{f"ShuffleNet {width}x": shuffle(width_mult=width) for width in (0.5, 1, 1.5)},
        "IGCV3 1.0": models.igcv3_d(),
    }


def moved(network: Network, *kinds: str) -> Any:
    """Values moved by the layers of these kinds, or by all but batch norm, which can be merged into the weights."""
    return network.select(lambda n: n.kind in kinds if kinds else n.kind != "BatchNorm2d").memory_access


def kept(network: Network) -> dict[str, float]:
    """How well a network keeps the four guidelines.

    equal: share of its 1x1 convolutions with as many channels out as in; groups: most groups of one; pieces: layers
    with a window; moved: all values moved, by ReLUs, sums, stacking and shuffling as well.
    """
    pointwise = [n for n in network.layers if n.kind == "Conv2d" and n.layer.kernel_size in (1, (1, 1))]
    equal = [n.inputs[0].channels == n.output.channels for n in pointwise]
    return {
        "equal": sum(equal) / len(equal),
        "groups": max(n.layer.groups for n in pointwise),
        "pieces": sum(n.layer.has_window for n in network.layers),
        "moved": moved(network),
    }


def best(size: str, column: str) -> str:
    """Which network of a class of the comparison ("40" to "500") errs least, or is the fastest, by that column."""
    mine = [row for row in comparison() if row["class"] == size]
    pick = min if column == "error, %" else max
    return pick(mine, key=lambda row: row[column])["network"]
