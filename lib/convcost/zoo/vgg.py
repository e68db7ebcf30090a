"""VGG: nothing but 3x3 convolutions, in six configurations."""

from ..layers import AdaptiveAvgPool2d, BatchNorm2d, Conv2d, Flatten, Linear, LocalResponseNorm, MaxPool2d, ReLU
from .definition import family

# Table 1 of the paper, a column per configuration: the kernel size of each convolution, stage by stage.
CONFIGURATIONS = {
    "A": ([3], [3], [3, 3], [3, 3], [3, 3]),
    "A-LRN": ([3], [3], [3, 3], [3, 3], [3, 3]),
    "B": ([3, 3], [3, 3], [3, 3], [3, 3], [3, 3]),
    "C": ([3, 3], [3, 3], [3, 3, 1], [3, 3, 1], [3, 3, 1]),
    "D": ([3, 3], [3, 3], [3, 3, 3], [3, 3, 3], [3, 3, 3]),
    "E": ([3, 3], [3, 3], [3, 3, 3, 3], [3, 3, 3, 3], [3, 3, 3, 3]),
}
CHANNELS = (64, 128, 256, 512, 512)


@family(
    "VGG",
    2014,
    "Simonyan and Zisserman 2014, table 1",
    members={
        "vgg11": {"configuration": "A"},
        "vgg11_lrn": {"configuration": "A-LRN", "variants": ("paper",)},
        "vgg13": {"configuration": "B"},
        "vgg16_c": {"configuration": "C", "variants": ("paper",)},
        "vgg16": {"configuration": "D"},
        "vgg19": {"configuration": "E"},
    },
    variants=("paper", "torchvision"),
)
def vgg(x, configuration, num_classes=1000, batch_norm=False, variant="paper"):
    """VGG configuration {configuration}.

    paper: the first fully connected layer reads the last map as it is, so that its parameters follow the
    resolution. torchvision: pooled to 7 x 7 first, so that they do not; at 224 the two are equal.
    batch_norm: torchvision's `_bn` form, which the paper does not have. Dropout is left out.
    """
    for number, (channels, kernels) in enumerate(zip(CHANNELS, CONFIGURATIONS[configuration]), start=1):
        with x.block(f"stage{number}"):
            for kernel_size in kernels:
                x = Conv2d(channels, kernel_size, padding=kernel_size // 2)(x)
                x = ReLU()(BatchNorm2d()(x) if batch_norm else x)
                if configuration == "A-LRN" and number == 1:
                    x = LocalResponseNorm(5, alpha=5e-4, k=2.0)(x)
            x = MaxPool2d(2)(x)
    with x.block("classifier"):
        x = Flatten()(AdaptiveAvgPool2d(7)(x) if variant == "torchvision" else x)
        x = ReLU()(Linear(4096)(x))
        x = ReLU()(Linear(4096)(x))
        return Linear(num_classes)(x)
