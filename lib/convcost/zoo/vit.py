"""Vision transformer: an image as a sequence of patches, each of which reads all others."""

from ..errors import ConvcostError
from ..layers import ConcatStored, Conv2d, Flatten, IndexSelect, LayerNorm, Linear, Shift, View
from .definition import model
from .tokens import encoder_block

PATCH, CHANNELS, BLOCKS, HEADS = 16, 768, 12, 12  # table 1, Base


@model("ViT", 2020, "Dosovitskiy et al. 2020, section 3.1 and table 1")
def vit_b_16(x, num_classes=1000):
    """ViT-B/16: patches of 16 x 16 pixels, 768 channels, 12 blocks of attention with 12 heads.

    As it is after fine-tuning, with one fully connected layer behind the class token; torchvision's vit_b_16 has the
    same layers. The receptive field is that of a patch: from the first attention on, each token sees the whole image.
    """
    if x.height % PATCH or x.width % PATCH:
        raise ConvcostError(f"an image of {x.height}x{x.width} pixels is not made of {PATCH}x{PATCH} patches")
    with x.block("patches"):
        x = Conv2d(CHANNELS, PATCH, stride=PATCH)(x)
        x = View((CHANNELS, x.height * x.width, 1))(x)
        x = ConcatStored(before=1, axis=1)(x, name="class_token")
        x = Shift(x.shape)(x, name="positions")
    for number in range(1, BLOCKS + 1):
        with x.block(f"block{number}"):
            x = encoder_block(x, HEADS)
    with x.block("head"):
        x = IndexSelect(axis=1, indices=(0,))(LayerNorm()(x))
        return Linear(num_classes)(Flatten()(x))
