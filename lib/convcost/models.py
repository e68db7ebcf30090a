"""The index of the zoo: `convcost.models.NAME(...)` returns a network; the definitions stand in `convcost.zoo`.

>>> from convcost import models
>>> models.vgg16().params
138357544
>>> models.mobilenet_v2(width_mult=1.4, variant="torchvision").macs
582195824
"""

from importlib import import_module

from .errors import ConvcostError, unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .zoo.definition import Model

# File of the zoo -> the networks that it defines; files by the year of their first network.
INDEX = {
    "lenet": ("lenet5",),
    "alexnet": ("alexnet",),
    "zfnet": ("zfnet",),
    "vgg": ("vgg11", "vgg11_lrn", "vgg13", "vgg16_c", "vgg16", "vgg19"),
    "googlenet": ("googlenet",),
    "inception_v3": ("inception_v3",),
    "resnet": ("resnet18", "resnet34", "resnet50", "resnet101", "resnet152"),
    "resnet_cifar": ("resnet_cifar", "preact_resnet"),
    "light_cnn": ("light_cnn9", "light_cnn29"),
    "resnext": (
        "resnext50_32x4d",
        "resnext101_32x4d",
        "resnext101_32x8d",
        "resnext101_64x4d",
        "wide_resnet50_2",
        "wide_resnet101_2",
    ),
    "densenet": ("densenet121", "densenet161", "densenet169", "densenet201", "densenet264", "densenet_cifar"),
    "squeezenet": ("squeezenet1_0", "squeezenet1_1"),
    "xception": ("xception",),
    "capsnet": ("capsnet",),
    "mobilenet_v1": ("mobilenet_v1",),
    "shufflenet_v1": ("shufflenet_v1",),
    "shufflenet_structures": ("shufflenet_structure",),
    "nasnet": ("nasnet_a_mobile",),
    "condensenet": ("condensenet", "condensenet_cifar"),
    "squeezenext": ("squeezenext",),
    "mobilenet_v2": ("mobilenet_v2",),
    "shufflenet_v2": ("shufflenet_v2_x0_5", "shufflenet_v2_x1_0", "shufflenet_v2_x1_5", "shufflenet_v2_x2_0"),
    "igcv3": ("igcv3_d",),
    "mnasnet": ("mnasnet_a1", "mnasnet0_5", "mnasnet0_75", "mnasnet1_0", "mnasnet1_3"),
    "mobilenet_v3": ("mobilenet_v3_large", "mobilenet_v3_small"),
    "efficientnet": (
        "efficientnet_b0",
        "efficientnet_b1",
        "efficientnet_b2",
        "efficientnet_b3",
        "efficientnet_b4",
        "efficientnet_b5",
        "efficientnet_b6",
        "efficientnet_b7",
    ),
    "ghostnet": ("ghostnet",),
    "regnet": (
        "regnet_x_400mf",
        "regnet_x_800mf",
        "regnet_x_1_6gf",
        "regnet_x_3_2gf",
        "regnet_x_8gf",
        "regnet_x_16gf",
        "regnet_x_32gf",
        "regnet_y_400mf",
        "regnet_y_800mf",
        "regnet_y_1_6gf",
        "regnet_y_3_2gf",
        "regnet_y_8gf",
        "regnet_y_16gf",
        "regnet_y_32gf",
    ),
    "vit": ("vit_b_16",),
    "repvgg": (
        "repvgg_a0",
        "repvgg_a1",
        "repvgg_a2",
        "repvgg_b0",
        "repvgg_b1",
        "repvgg_b1g2",
        "repvgg_b1g4",
        "repvgg_b2",
        "repvgg_b2g4",
        "repvgg_b3",
        "repvgg_b3g4",
    ),
    "efficientnet_v2": ("efficientnet_v2_s", "efficientnet_v2_m", "efficientnet_v2_l"),
    "swin": ("swin_t",),
    "convnext": (
        "convnext_tiny",
        "convnext_small",
        "convnext_base",
        "convnext_large",
        *(f"convnext_v2_{size}" for size in ("atto", "femto", "pico", "nano", "tiny", "base", "large", "huge")),
    ),
    "mobileone": ("mobileone_s0", "mobileone_s1", "mobileone_s2", "mobileone_s3", "mobileone_s4"),
    "mobilenet_v4": ("mobilenet_v4_conv_small", "mobilenet_v4_conv_medium"),
}
FILES = {name: file for file, names in INDEX.items() for name in names}


def names() -> list[str]:
    """Return the name of every network, in the order of the index."""
    return list(FILES)


def get(name: str) -> "Model":
    """Return the function that builds the network called `name`; an unknown name is an error with the nearest."""
    if name not in FILES:
        raise unknown("model", name, FILES)
    file = import_module(f".zoo.{FILES[name]}", __package__)
    made = import_module(".zoo.definition", __package__).MODELS.get(name)
    if made is None:
        raise ConvcostError(f"{file.__file__} defines no {name}, which the index lists there")
    return made


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    try:
        return get(name)
    except ValueError as error:
        raise AttributeError(str(error)) from None


def __dir__():
    return [*globals(), *FILES]
