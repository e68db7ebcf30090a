"""What the atlas knows before anything is chosen: networks, options, totals, conventions, cited errors."""

from convcost import models
from convcost.conventions import CONVENTIONS, all_conventions

from ..ledger import row
from .details import figures
from .settings import Setting, default, offered, word

# Families that are built alike, in the order of the legend; what no group names is among the others.
GROUPS = {
    "plain chains": ("LeNet", "AlexNet", "ZFNet", "VGG", "RepVGG"),
    "branches side by side": ("GoogLeNet", "Inception-v3", "Xception", "NASNet"),
    "residual": (
        "ResNet",
        "ResNeXt",
        "Wide ResNet",
        "RegNet",
        "EfficientNet",
        "EfficientNet V2",
        "ConvNeXt",
        "ConvNeXt V2",
    ),
    "densely connected": ("DenseNet", "CondenseNet"),
    "light": (
        "SqueezeNet",
        "SqueezeNext",
        "MobileNet",
        "MobileNet V2",
        "ShuffleNet",
        "ShuffleNet V2",
        "IGCV3",
        "MnasNet",
        "MobileNet V3",
        "GhostNet",
        "MobileOne",
        "MobileNet V4",
    ),
    "attention": ("ViT", "Swin"),
    "others": (),
}
# Row of the ledger with a top-1 error or accuracy on ImageNet -> the setting. Who measured it, and how, differs.
MEASURED = {
    "compact-shufflenet_latency-alexnet-err": ("alexnet", {}),
    "lecture-squeezenet-vanilla-top1": ("squeezenet1_0", {}),
    "lecture-squeezenet-simple-bypass-top1": ("squeezenet1_0", {"bypass": "simple"}),
    "lecture-squeezenet-complex-bypass-top1": ("squeezenet1_0", {"bypass": "complex"}),
    "lecture-mobilenet_v1-table4-mobilenet-top1": ("mobilenet_v1", {}),
    "lecture-mobilenet_v1-table4-conv-mobilenet-top1": ("mobilenet_v1", {"variant": "full_convolution"}),
    "lecture-mobilenet_v1-table5-shallow-top1": ("mobilenet_v1", {"variant": "shallow"}),
    "lecture-mobilenet_v1-table6-a0.75-top1": ("mobilenet_v1", {"width_mult": 0.75}),
    "lecture-mobilenet_v1-table6-a0.5-top1": ("mobilenet_v1", {"width_mult": 0.5}),
    "lecture-mobilenet_v1-table6-a0.25-top1": ("mobilenet_v1", {"width_mult": 0.25}),
    "lecture-mobilenet_v1-table7-r192-top1": ("mobilenet_v1", {"resolution": 192}),
    "lecture-mobilenet_v1-table7-r160-top1": ("mobilenet_v1", {"resolution": 160}),
    "lecture-mobilenet_v1-table7-r128-top1": ("mobilenet_v1", {"resolution": 128}),
    "compact-shufflenet_latency-shufflenet_0.5x_g3-err": ("shufflenet_v1", {"width_mult": 0.5}),
    "compact-shufflenet_latency-shufflenet_1x_g3-err": ("shufflenet_v1", {}),
    "compact-shufflenet_results-shufflenet_1.5x_g3-err": ("shufflenet_v1", {"width_mult": 1.5}),
    "compact-shufflenet_latency-shufflenet_2x_g3-err": ("shufflenet_v1", {"width_mult": 2.0}),
    "compact-shufflenet_results-shufflenet_2x_se_g3-err": ("shufflenet_v1", {"width_mult": 2.0, "se": True}),
    "compact-shufflenet_results-shufflenet_0.5x_g4-err": ("shufflenet_v1", {"width_mult": 0.5, "groups": 4}),
    "compact-shufflenet_results-shufflenet_1x_g8-err": ("shufflenet_v1", {"groups": 8}),
    "compact-mobilenet_v2_results-nasnet_a-top1": ("nasnet_a_mobile", {}),
    "lecture-table8-condensenet-g8c8-top1err": ("condensenet", {"groups": 8}),
    "compact-mobilenet_v2_results-mobilenet_v2-top1": ("mobilenet_v2", {}),
    "compact-mobilenet_v2_results-mobilenet_v2_1.4-top1": ("mobilenet_v2", {"width_mult": 1.4}),
    "lecture-table8-shufflenet_v2-0.5x-top1err": ("shufflenet_v2_x0_5", {}),
    "lecture-table8-shufflenet_v2-1x-top1err": ("shufflenet_v2_x1_0", {}),
    "lecture-table8-shufflenet_v2-1.5x-top1err": ("shufflenet_v2_x1_5", {}),
    "lecture-table8-shufflenet_v2-2x-top1err": ("shufflenet_v2_x2_0", {}),
    "lecture-table8-igcv3_d-top1err": ("igcv3_d", {}),
    "lecture-table8-igcv3_d-0.7-top1err": ("igcv3_d", {"width_mult": 0.7}),
}
# Networks after the lectures: top-1 error in percent, and the lesson that says who measured it.
LATER = {
    "mnasnet_a1": (24.8, "searched"),
    "mobilenet_v3_large": (24.8, "searched"),
    "efficientnet_b0": (22.9, "scaled"),
    "regnet_y_400mf": (25.9, "scaled"),
    "mobileone_s0": (28.6, "folded"),
    "ghostnet": (26.1, "folded"),
    "convnext_tiny": (18.0, "rivals"),
    "convnext_v2_atto": (23.3, "rivals"),
    "swin_t": (18.7, "rivals"),
    "vit_b_16": (18.2, "rivals"),
}


def index() -> dict[str, object]:
    """Return what the page carries, ready for JSON.

    conventions: [name, meaning, is it a tool's]; groups: their names; networks: [name, family, number of its group,
    year, [[option, its values, the default first chosen's number], ...], totals as in `details.FIGURES`]; errors: id of
    a setting -> [top-1 error in percent, address of what cites it, its totals].
    """
    return {
        "conventions": [[rule.name, rule.meaning, rule.name not in CONVENTIONS] for rule in all_conventions().values()],
        "groups": list(GROUPS),
        "networks": [_network(name) for name in models.names()],
        "errors": errors(),
    }


def errors() -> dict[str, list]:
    """Return id of a setting -> [top-1 error in percent, address of the row or the lesson that cites it, totals]."""
    found = {}
    for id, (name, given) in MEASURED.items():
        cited, setting = row(id), Setting(name, {**default(name).options, **given})
        value = cited["value"] if cited["quantity"] == "top1_err" else 100 - cited["value"]
        found[setting.id] = [round(value, 2), f"ledger.html#{id}", figures(setting.build())]
    for name, (value, lesson) in LATER.items():
        found[name] = [value, f"../modern/{lesson}.html", figures(models.get(name)())]
    return found


def group(family: str) -> int:
    """Return the number of the group of a family; that of the others if no group names it."""
    for number, families in enumerate(GROUPS.values()):
        if family in families:
            return number
    return len(GROUPS) - 1


def _network(name):
    model, chosen = models.get(name), default(name).options
    options = [[key, [word(v) for v in values], values.index(chosen[key])] for key, values in offered(name).items()]
    return [name, model.family, group(model.family), model.year, options, figures(model())]
