"""What networks of tokens are built of: attention, and the two fully connected layers behind it.

An image of tokens is a feature map: a token is a position, its values are the channels there. A fully connected layer
at every token is therefore a 1x1 convolution.
"""

from ..errors import ConvcostError
from ..feature_map import FeatureMap
from ..layers import GELU, Add, Conv2d, IndexSelect, LayerNorm, MatMul, Rearrange, Scale, Shift, Softmax, Stored, View


def attention(
    x: FeatureMap,
    heads: int,
    window: tuple[int, int] | None = None,
    relative: bool = False,
    masked: bool = False,
    written: str | None = None,
) -> FeatureMap:
    """Multi-head self-attention (Vaswani et al. 2017): each token becomes a mean of tokens, weighted by how well its
    query fits their keys.

    heads: parts of the channels that attend by themselves; window: rows and columns of the tokens that see one
    another, all of them where it is None; relative: a trained number for each head and each way from one token of a
    window to another is added to its weight; masked: so is a fixed one for each window and pair, which forbids some;
    written: how the code spells its fully connected layers.
    """
    channels, height, width = x.shape
    rows, columns = window or (height, width)
    if channels % heads or height % rows or width % columns:
        raise ConvcostError(f"{heads} heads and windows of {rows}x{columns} tokens do not divide a map of {x.shape}")
    size, tokens, places = channels // heads, rows * columns, height * width
    windows = places // tokens
    # Sizes and strides of a map of heads x windows x rows and columns of a window x values of a head.
    head, value = (heads, size * places), (size, places)
    across, inside = [(height // rows, rows * width), (width // columns, columns)], [(rows, width), (columns, 1)]
    matrices = heads * windows

    made = Conv2d(3 * channels, 1)(x, name="qkv", written=written)
    queries = Rearrange((matrices, tokens, size), (head, *across, *inside, value))(made, name="queries")
    keys = Rearrange((matrices, size, tokens), (head, *across, value, *inside), channels * places)(made, name="keys")
    values = Rearrange((matrices, tokens, size), (head, *across, *inside, value), 2 * channels * places)(
        made, name="values"
    )
    product = written and "torch.matmul"
    weights = MatMul()(Scale(trained=False)(queries), keys, name="pairs", written=product)  # over the root of `size`
    if relative:
        weights = View((heads, windows, tokens**2))(weights)
        weights = Add()(weights, _of_ways(weights, heads, rows, columns))
        if masked:
            weights = Shift((1, windows, tokens**2), trained=False)(weights, name="mask")
        weights = View((matrices, tokens, tokens))(weights)
    weights = Softmax(axes=(2,))(weights, written=written and "F.softmax")
    y = MatMul()(weights, values, name="means", written=product)

    step = tokens * size  # of one matrix
    back = [
        (height // rows, width // columns * step),
        (rows, columns * size),
        (width // columns, step),
        (columns, size),
    ]
    y = Rearrange(x.shape, ((heads, windows * step), (size, 1), *back))(y)
    return Conv2d(channels, 1)(y, name="out", written=written)


def _of_ways(x, heads, rows, columns):
    """A trained number for each head and way (down, right), laid out for each pair of tokens of a window."""
    ways = [
        (down - row + rows - 1) * (2 * columns - 1) + right - column + columns - 1
        for down in range(rows)
        for right in range(columns)
        for row in range(rows)
        for column in range(columns)
    ]
    bias = Stored((heads, (2 * rows - 1) * (2 * columns - 1), 1))(x, name="relative")
    return View((heads, 1, len(ways)))(IndexSelect(axis=1, indices=tuple(ways))(bias))


def mlp(x: FeatureMap, expand_ratio: int, written: str | None = None) -> FeatureMap:
    """At each token two fully connected layers with GELU between them.

    expand_ratio: of the channels between them; written: how the code spells both.
    """
    y = GELU()(Conv2d(expand_ratio * x.channels, 1)(x, name="expand", written=written))
    return Conv2d(x.channels, 1)(y, name="project", written=written)


def encoder_block(x: FeatureMap, heads: int, expand_ratio: int = 4) -> FeatureMap:
    """Attention over all tokens, then `mlp`, each behind a layer norm and beside a shortcut."""
    with x.block("attention"):
        y = attention(LayerNorm()(x), heads)
    x = x + y
    with x.block("mlp"):
        y = mlp(LayerNorm()(x), expand_ratio)
    return x + y
