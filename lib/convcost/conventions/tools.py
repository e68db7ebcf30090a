"""How the well-known tools count, each as a record that gives the tool's own total for a network run on one image.

A tool sees a network in one of three ways, and that decides what it can miss. Those that watch operations
(FlopCounterMode, fvcore, torchprofile) have terms for layer kinds. Those that watch modules (torchinfo, thop,
torchscan) have terms for "nn.ReLU" and none for "F.relu". Those that put themselves in the place of functions
(calflops, and ptflops beside watching modules) have terms for "F.relu" and "torch.add", and not for "+".
"""

from .base import Convention, Terms


def named(weights: dict[str, int], *names: str) -> Terms:
    """{name: weights} for each of some kinds or spellings."""
    return dict.fromkeys(names, weights)


def modules(weights: dict[str, int], *kinds: str, prefixes: tuple[str, ...] = ("",)) -> Terms:
    """Terms of a tool that looks modules up by their very class, or by the given prefixes of it."""
    names = list(kinds)
    for kind in ("Conv2d", "ConvTranspose2d"):  # over a row: counted as over a map of one column
        names += [kind.replace("2d", "1d")] if kind in kinds else []
    names += [f"Conv2d{SAME}"] if "Conv2d" in kinds else []
    names += [f"Linear{APART}"] if "Linear" in kinds else []
    return {f"{prefix}nn.{name}": weights for name in names for prefix in prefixes}


def instances(weights: dict[str, int], *kinds: str) -> Terms:
    """Terms of a tool that also knows the classes derived from one of torch."""
    return modules(weights, *kinds, prefixes=("", DERIVED, CONV_DERIVED))


# Spellings of a module whose class is derived from one of torch (torchinfo looks for "Conv" in its name), and of a
# convolution whose padding is a word: it is an operation of its own, for which two tools have no formula.
DERIVED, CONV_DERIVED, SAME = "subclass of ", "Conv subclass of ", "(padding='same')"
APART = "(bias apart)"  # a fully connected layer over a map in another order: torch adds the bias by itself
UNKNOWN = {f"{prefix}Conv2d{SAME}": {} for prefix in ("nn.", f"{DERIVED}nn.", f"{CONV_DERIVED}nn.")}
UNKNOWN[f"F.conv2d{SAME}"] = {}

ATTENTION = "F.scaled_dot_product_attention"
NORMS = "BatchNorm1d", "BatchNorm2d"
CONVS = "Conv2d", "ConvTranspose2d"

FLOP_COUNTER_MODE = Convention(
    "flop_counter_mode",
    "torch.utils.flop_counter.FlopCounterMode (torch 2.13.0), get_total_flops(): two for each multiply-accumulate of "
    "convolution and matrix product, and nothing else",
    named({"macs": 2}, *CONVS, "Linear", "MatMul"),
)
FVCORE = Convention(
    "fvcore",
    "FlopCountAnalysis(...).total() of fvcore 0.1.5: what it calls flops are multiply-accumulates, and besides them "
    "batch norm (2 a value), layer and group norm (5), adaptive average pooling (1 an input) and enlarging",
    {
        **named({"macs": 1}, *CONVS, "Linear", "MatMul"),
        ATTENTION: {},
        **named({"outputs": 1, "scaled": 1}, *NORMS),
        **named({"outputs": 4, "scaled": 1}, "LayerNorm", "GroupNorm", "InstanceNorm2d"),
        "AdaptiveAvgPool2d": {"inputs": 1},
        "torch.mean": {},
        "Upsample": {"nearest": 1, "bilinear": 4},
        **UNKNOWN,
    },
)
TORCHINFO = Convention(
    "torchinfo",
    "total_mult_adds of torchinfo 1.8.0: parameters, biases too, times output positions for modules with Conv in "
    "their class name, and times 1 for all others that have parameters: 2 per channel of a batch norm",
    {
        **modules({"gathered": 1, "biases": 1}, *CONVS, prefixes=("", CONV_DERIVED)),
        **modules({"own_params": 1}, *CONVS, prefixes=(DERIVED,)),
        **instances(
            {"own_params": 1}, "Linear", *NORMS, "LayerNorm", "GroupNorm", "PReLU", "InstanceNorm2d", "RMSNorm"
        ),
    },
)
PTFLOPS = Convention(
    "ptflops",
    "get_model_complexity_info of ptflops 0.7.5 (its default backend): multiply-accumulates with biases, batch norm, "
    "ReLU and pooling; a module that calls a function which is watched too (nn.ReLU, the poolings) counts twice",
    {
        **modules({"macs": 1, "biases": 1}, *CONVS, "Linear"),
        **modules({"outputs": 1, "scaled": 1}, *NORMS, "GroupNorm", "InstanceNorm2d"),
        **modules({"outputs": 1}, "LayerNorm", "LeakyReLU", "ReLU6"),
        **modules(
            {"inputs": 2},
            "ReLU",
            "PReLU",
            "GELU",
            "ELU",
            "MaxPool2d",
            "AvgPool2d",
            "AdaptiveAvgPool2d",
            "AdaptiveMaxPool2d",
        ),
        **modules({"outputs": 2}, "Upsample"),
        **modules({"inputs": 1}, "SiLU", "Softmax", "Softmax2d"),
        **modules(
            {"inputs": 1},
            "ReLU",
            "PReLU",
            "GELU",
            "SiLU",
            "ELU",
            "MaxPool2d",
            "AvgPool2d",
            "AdaptiveAvgPool2d",
            "AdaptiveMaxPool2d",
            "Softmax",
            prefixes=(DERIVED, CONV_DERIVED),
        ),
        **named(
            {"inputs": 1},
            "F.relu",
            "F.relu6",
            "F.prelu",
            "F.elu",
            "F.gelu",
            "F.silu",
            "F.softmax",
            "F.avg_pool2d",
            "F.max_pool2d",
            "F.adaptive_avg_pool2d",
            "F.adaptive_max_pool2d",
        ),
        **named({"outputs": 1}, "F.interpolate", "torch.add", "torch.mul"),
        **named({"macs": 1}, "torch.matmul", "torch.mm", "torch.bmm"),
        "torch.addmm": {"macs": 1, "biases": 1},
        "LocalResponseNorm": {"inputs": 3, "padded_channels": 1},
    },
)
PTFLOPS_ATEN = Convention(
    "ptflops_aten",
    'as ptflops with backend="aten": multiply-accumulates of convolution and matrix product, with biases',
    {
        **named({"macs": 1, "biases": 1}, *CONVS, "Linear"),
        "MatMul": {"macs": 1},
        f"F.linear{APART}": {"macs": 1},
        **{f"{prefix}nn.Linear{APART}": {"macs": 1} for prefix in ("", DERIVED, CONV_DERIVED)},
    },
)
THOP = Convention(
    "thop",
    "profile(...) of thop 0.1.1 (what it calls MACs): multiply-accumulates, batch and layer norm (4 a value), average "
    "pooling; modules alone, by their very class, and a transposed convolution on its output positions",
    {
        **modules({"macs": 1}, "Conv2d", "Linear"),
        **modules({"gathered": 1}, "ConvTranspose2d"),
        **modules({"outputs": 2, "scaled": 2}, *NORMS, "LayerNorm", "InstanceNorm2d"),
        **modules({"inputs": 1}, "PReLU"),
        **modules({"outputs": 3, "vectors": -1}, "Softmax"),
        **modules({"outputs": 1}, "AvgPool2d"),
        **modules({"mean_windows": 1}, "AdaptiveAvgPool2d"),
        **modules({"nearest": 1, "bilinear": 11, "bicubic": 259}, "Upsample"),
    },
)
ULTRALYTICS_THOP = Convention(
    "ultralytics_thop",
    "profile(...) of ultralytics-thop 2.2.3: as thop, for derived classes and matrix products without a module too; "
    "an average pooling counts its windows' cells, a transposed convolution its input positions",
    {
        **instances({"macs": 1}, *CONVS, "Linear"),
        **named(
            {"macs": 1}, "F.linear", f"F.linear{APART}", "torch.matmul", "torch.einsum", "@", "torch.bmm", ATTENTION
        ),
        **instances({"outputs": 2, "scaled": 2}, *NORMS, "LayerNorm", "GroupNorm", "InstanceNorm2d", "RMSNorm"),
        **instances({"inputs": 1}, "PReLU"),
        **instances({"outputs": 3, "vectors": -1}, "Softmax", "Softmax2d"),
        **instances({"outputs": 2, "vectors": -1}, "Softmin"),  # two layers: the sign, and the softmax
        **instances({"outputs": 3}, "LogSoftmax"),
        **instances({"window_cells": 1, "outputs": 1}, "AvgPool2d"),
        **instances({"additions": 1, "divisions": 2}, "AdaptiveAvgPool2d"),
        **instances({"bilinear": 11, "bicubic": 259}, "Upsample"),
    },
)
CALFLOPS = Convention(
    "calflops",
    "the MACs that calculate_flops of calflops 0.3.2 gives: multiply-accumulates of the functions that convolve and "
    "multiply matrices; those of a transposed convolution are divided by its groups once too often",
    {
        **named({"macs": 1}, "Conv2d", "Linear"),
        "ConvTranspose2d": {"regrouped": 1},
        "@": {},
        "torch.mm": {},
        "torch.einsum": {},
        "torch.matmul": {"macs": 1},
    },
)
CALFLOPS_FLOPS = Convention(
    "calflops_flops",
    "the FLOPs that calculate_flops of calflops 0.3.2 gives: two for each of its MACs, the biases of convolutions, "
    "batch norm (2 a value), layer and group norm (5), ReLU, SiLU, GELU, softmax and pooling (1 an input); "
    "not nn.ReLU6",
    {
        "Conv2d": {"macs": 2, "biases": 1},
        "ConvTranspose2d": {"regrouped": 2, "misplaced_biases": 1},
        **named({"macs": 2}, "Linear", "nn.Linear", f"{DERIVED}nn.Linear", "F.linear", "torch.matmul"),
        **named({"macs": 2}, f"nn.Linear{APART}", f"{DERIVED}nn.Linear{APART}", f"F.linear{APART}"),
        "torch.addmm": {"macs": 2, "biases": 1},
        "@": {},
        "torch.mm": {},
        "torch.einsum": {"einsum_steps": 1},
        **named({"outputs": 1, "scaled": 1}, *NORMS),
        **named({"outputs": 4, "scaled": 1}, "LayerNorm", "GroupNorm", "InstanceNorm2d"),
        **named(
            {"inputs": 1},
            "ReLU",
            "ELU",
            "PReLU",
            "LeakyReLU",
            "SiLU",
            "GELU",
            "Softmax",
            "MaxPool2d",
            "AvgPool2d",
            "AdaptiveAvgPool2d",
            "AdaptiveMaxPool2d",
            "F.relu6",
        ),
        **named(
            {},
            "torch.relu",
            "torch.softmax",
            "torch.mean",
            "torch.clamp",
            "torch.amax",
            "F.softmin",
            "F.rrelu",
            "nn.Softmin",
            ATTENTION,
        ),
        **named({"outputs": 1}, "torch.add", "torch.mul"),
        "Upsample": {"positions": 1},
        "LocalResponseNorm": {"inputs": 3, "padded_channels": 1},
    },
)
TORCHPROFILE = Convention(
    "torchprofile",
    "profile_macs of torchprofile 0.1.0: multiply-accumulates, and 1 an output of batch, layer and group norm with a "
    "scale, of average pooling and means, of products of two maps; 4 of enlarging",
    {
        **named({"macs": 1}, "Conv2d", "Linear", "MatMul", ATTENTION),
        "ConvTranspose2d": {"gathered_by_shape": 1},
        **named({"scaled": 1}, *NORMS, "LayerNorm", "GroupNorm", "InstanceNorm2d"),
        "F.rrelu": {},
        **named({"outputs": 1}, "AvgPool2d", "AdaptiveAvgPool2d", "Mean", "LeakyReLU", "Multiply", "Scale"),
        "Upsample": {"bilinear": 4},
        "LocalResponseNorm": {"outputs": 3},
        **UNKNOWN,
    },
)
TORCHSCAN = Convention(
    "torchscan",
    "the multiply-accumulations of torchscan 0.2.0: those of convolution and fully connected modules, batch norm (2 "
    "a value) and pooling, where it takes the side of a square window for its cells",
    {
        **instances({"macs": 1}, "Conv2d", "Linear"),
        **instances({"gathered": 1, "once": 8}, "ConvTranspose2d"),
        **{key: {"gathered": 1, "once": 4} for key in instances({}, "ConvTranspose1d")},
        **instances({"outputs": 1, "scaled": 1}, *NORMS),
        **instances({"kernel_number": 1, "outputs": -1}, "MaxPool2d"),
        **instances({"kernel_number": 1, "outputs": 1}, "AvgPool2d"),
        **instances({"even_windows": 1, "outputs": -1}, "AdaptiveMaxPool2d"),
        **instances({"even_windows": 1, "outputs": 1}, "AdaptiveAvgPool2d"),
    },
)
TORCHSCAN_FLOPS = Convention(
    "torchscan_flops",
    "the module-formula FLOPs of torchscan 0.2.0: n products and n - 1 additions of convolution and fully connected "
    "modules, biases, batch norm (4 a value), activations and pooling as in torchscan; without its dropout",
    {
        **instances({"macs": 2, "outputs": -1, "biases": 1}, "Conv2d", "Linear"),
        **instances({"gathered": 2, "outputs": -1, "biases": 1, "once": 16}, "ConvTranspose2d"),
        **instances({"gathered": 2, "outputs": -1, "biases": 1, "once": 8}, "ConvTranspose1d"),
        **instances({"outputs": 2, "scaled": 2, "channels": 2}, *NORMS),
        **instances({"outputs": 6, "vectors": 2, "scaled": 1, "shifted": 1}, "LayerNorm"),
        **instances({"outputs": 1}, "ReLU"),
        **instances({"outputs": 2}, "ReLU6"),
        **instances({"outputs": 4}, "LeakyReLU", "Sigmoid"),
        **instances({"outputs": 6}, "Tanh", "ELU"),
        **{key: weights for key, weights in TORCHSCAN.terms.items() if "Pool" in key},
    },
)

# Tools have rules of their own for this module, and torch runs it in other ways without gradients.
UNRECORDED = {"F.multi_head_attention_forward": "nn.MultiheadAttention"}

TOOLS = {
    c.name: c
    for c in (
        FLOP_COUNTER_MODE,
        FVCORE,
        TORCHINFO,
        PTFLOPS,
        PTFLOPS_ATEN,
        THOP,
        ULTRALYTICS_THOP,
        CALFLOPS,
        CALFLOPS_FLOPS,
        TORCHPROFILE,
        TORCHSCAN,
        TORCHSCAN_FLOPS,
    )
}
for _tool in TOOLS.values():
    _tool.unrecorded.update(UNRECORDED)
