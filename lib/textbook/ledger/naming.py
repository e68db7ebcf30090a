"""How rows, values and chapters of the ledger are called on pages."""

from typing import Any

from convcost.quantity import Claim

from .verdicts import Conditional

# A quantity of the ledger, where its own name would not do.
QUANTITIES = {
    "batches_per_s": "batches per second",
    "expression_value": "value of the expression",
    "flops": "FLOPs",
    "images_per_s": "images per second",
    "latency_ms": "latency",
    "mac_bytes": "memory access cost",
    "macs": "MACs",
    "map": "mAP",
    "memory_mb": "memory",
    "num_layers": "depth",
    "ops": "operations",
    "output_size": "map size",
    "param_memory_mb": "parameter memory",
    "params": "parameters",
    "receptive_field": "receptive field",
    "top1_acc": "top-1 accuracy",
    "top1_err": "top-1 error",
    "top5_acc": "top-5 accuracy",
}
KINDS = {"derived": "derivable", "spec": "specified", "measured": "measured", "history": "dates and names"}  # of rows
# A chapter, where the name of its notebook would not do.
CHAPTERS = {
    "alexnet": "AlexNet",
    "architectures": "the networks",
    "capsnet": "CapsNet",
    "classic/summary": "the classic networks",
    "definitions": "FLOPs, MACs",
    "densenet": "DenseNet",
    "folded": "folded networks",
    "from_flops_to_time": "from FLOPs to time",
    "googlenet": "GoogLeNet",
    "how_to_use": "how to use this book",
    "intensity": "arithmetic intensity",
    "intro": "the introduction",
    "layer_bill": "what one layer costs",
    "lenet": "LeNet",
    "lenet_alexnet_zfnet": "LeNet, AlexNet, ZFNet",
    "light/summary": "the light networks",
    "mobilenet_v1": "MobileNet",
    "mobilenet_v2": "MobileNet V2",
    "mobilenet_v2_homework": "homework on MobileNet V2",
    "resnet": "ResNet",
    "scaled": "scaled networks",
    "searched": "searched networks",
    "shufflenet_v1": "ShuffleNet",
    "shufflenet_v2": "ShuffleNet V2",
    "squeezenet": "SqueezeNet",
    "vgg": "VGG",
}


def what(record: dict[str, Any]) -> str:
    """Return what a row is about: its subject, and its quantity if that says more."""
    quantity = record["quantity"]
    return record["subject"] + ("" if quantity == "other" else f", {QUANTITIES.get(quantity, quantity)}")


def value_text(value: Any, verdict: str | None = None) -> str:
    """Return a computed value as text: digits in groups, a ratio to six places, a claim in words, None empty."""
    if value is None:
        return ""
    if verdict == "conditional":
        return "holds in part"
    if isinstance(value, (bool, Claim, Conditional)):
        return "holds" if value else "does not hold"
    return f"{value:,.6g}" if isinstance(value, float) else f"{int(value):,}"


def chapter(notebook: str) -> str:
    """Return the name of the chapter in a notebook, given as in a report: chapters/classic/vgg."""
    part, stem = ("/" + notebook).split("/")[-2:]
    return CHAPTERS.get(f"{part}/{stem}") or CHAPTERS.get(stem) or stem.replace("_", " ")
