"""DenseNet: maps that are stacked instead of added, and what the stack costs in channels, weights and memory."""

from convcost import Conv2d, FeatureMap, Network, ReLU, models
from convcost.zoo.blocks import classifier
from convcost.zoo.densenet import dense_blocks, dense_layer

from ..design import design, from_to
from ..exercise import exercise
from ..predictions import prediction


@exercise
def channels_out(blocks, growth_rate):
    x = FeatureMap(2 * growth_rate, 64, 64)
    return int(dense_blocks(x, blocks, growth_rate).channels)


channels_out.helps(
    explained="classic/densenet#every-layer-reads-all-that-came-before",
    worked=(
        {"blocks": [2, 3], "growth_rate": 4},
        "the first block reads 2 · 4 = 8 maps, and its 2 layers add 4 each: 8 + 2 · 4 = 16. The "
        "transition leaves 16 / 2 = 8. The second block adds 3 · 4 = 12: 8 + 12 = 20. No "
        "transition follows.",
    ),
)


@channels_out.skill(points=1)
def one_block(rng):
    "a single dense block"
    return {"blocks": [rng.randint(2, 8)], "growth_rate": rng.randint(8, 40)}


@channels_out.skill(points=2)
def transitions(rng):
    "blocks with transitions between them"
    return {"blocks": [rng.randint(2, 5) for _ in range(rng.randint(2, 3))], "growth_rate": rng.randint(8, 40)}


def _channels(blocks, k, start=2, halve=True, last=False, layer=1):
    channels = start * k
    for number, layers in enumerate(blocks, start=1):
        channels += layer * layers * k
        if halve and (last or number < len(blocks)):
            channels //= 2
    return channels


channels_out.slips(
    "no_transitions: Between two blocks a transition halves the channels.",
    lambda blocks, growth_rate: _channels(blocks, growth_rate, halve=False),
    "transition_after_the_last: No transition follows the last block: its channels go to the classifier as they are.",
    lambda blocks, growth_rate: _channels(blocks, growth_rate, last=True),
    "starts_with_nothing: The first block reads 2k maps, and they stay in the stack.",
    lambda blocks, growth_rate: _channels(blocks, growth_rate, start=0),
    "bottlenecks_stay: Only the k new maps join the stack; the 4k of the 1x1 convolution are an intermediate step.",
    lambda blocks, growth_rate: _channels(blocks, growth_rate, layer=4),
    "last_layer_forgotten: That is what the last layer reads; it adds its own k maps.",
    lambda blocks, growth_rate: _channels(blocks, growth_rate) - growth_rate,
)


@exercise
def block_weights(c_in, growth_rate, layers):
    return int(Network(dense_blocks(FeatureMap(c_in, 8, 8), [layers], growth_rate)).weights)


block_weights.helps(
    explained="classic/densenet#every-layer-reads-all-that-came-before",
    worked=(
        {"c_in": 6, "growth_rate": 2, "layers": 2},
        "the 1x1 layers make 4 · 2 = 8 maps, the 3x3 layers 2 of these. The first layer reads 6 "
        "maps: 6 · 8 + 9 · 8 · 2 = 192. The second reads 6 + 2 = 8: 8 · 8 + 9 · 8 · 2 = 208. "
        "Together 192 + 208 = 400.",
    ),
)


@block_weights.skill(points=1)
def one_layer(rng):
    "a block of one layer"
    return {"c_in": rng.randint(20, 200), "growth_rate": rng.randint(4, 40), "layers": 1}


@block_weights.skill(points=2)
def many_layers(rng):
    "a block of several layers"
    return {"c_in": rng.randint(20, 200), "growth_rate": rng.randint(4, 40), "layers": rng.randint(2, 6)}


def _weights(c_in, k, layers, grows=1, first=0, reduce=4, three=True):
    return sum((c_in + grows * n * k) * reduce * k + three * 9 * reduce * k * k for n in range(first, first + layers))


block_weights.slips(
    "biases_added: The convolutions of DenseNet have no biases, and the question is for the weights.",
    lambda c_in, growth_rate, layers: _weights(c_in, growth_rate, layers) + 5 * growth_rate * layers,
    "never_wider: Every layer was given c_in channels; each one reads k more than the layer before.",
    lambda c_in, growth_rate, layers: _weights(c_in, growth_rate, layers, grows=0),
    "reads_its_own_output: Every layer reads k channels too many: the first one reads c_in, not c_in + k.",
    lambda c_in, growth_rate, layers: _weights(c_in, growth_rate, layers, first=1),
    "no_bottleneck: The 3x3 was given the whole stack; a 1x1 reduces it to 4k first.",
    lambda c_in, growth_rate, layers: sum(9 * (c_in + n * growth_rate) * growth_rate for n in range(layers)),
    "bottleneck_of_k: The 1x1 makes 4k maps, not k.",
    lambda c_in, growth_rate, layers: _weights(c_in, growth_rate, layers, reduce=1),
    "only_the_one_by_one: The 3x3 convolutions, from 4k to k maps, are missing.",
    lambda c_in, growth_rate, layers: _weights(c_in, growth_rate, layers, three=False),
    "kernel_makes_four_k: The 3x3 reads 4k maps but makes only k.",
    lambda c_in, growth_rate, layers: _weights(c_in, growth_rate, layers) + layers * 9 * (16 - 4) * growth_rate**2,
)


@exercise
def dense_forward(x, weights):
    from convcost.extras import numpy as np
    from convcost.reference import pointwise_conv2d, relu

    x = x[None, :, :, None]  # pixels as rows of one column
    for w in weights:
        x = np.concatenate([x, relu(pointwise_conv2d(x, w[:, :, None, None]))], axis=1)
    return x[0, :, :, 0]


def _two_pixels():
    from convcost.extras import numpy as np

    return {"x": np.array([[1.0, 2.0], [3.0, 1.0]]), "weights": [np.array([[1.0, -1.0]])]}


dense_forward.helps(
    explained="classic/densenet#every-layer-reads-all-that-came-before",
    worked=(
        _two_pixels,
        "two maps of two pixels, one layer that makes one map. At the first pixel it takes 1 · 1 "
        "- 1 · 3 = -2, which ReLU sets to 0; at the second 1 · 2 - 1 · 1 = 1. The new map, 0 and "
        "1, is put under the two old ones. A next layer would read all three.",
    ),
)


def _forward_case(rng, layers):
    from convcost.extras import numpy as np

    channels, pixels, k = rng.randint(2, 3), rng.randint(3, 4), 2

    def values(*shape):  # both signs, so that a ReLU makes a difference
        signs = [1, -1] + [rng.choice([-1, 1]) for _ in range(shape[0] * shape[1] - 2)]
        return np.array([float(s * rng.randint(1, 5)) for s in signs]).reshape(shape)

    return {"x": values(channels, pixels), "weights": [values(k, channels + n * k) for n in range(layers)]}


dense_forward.asks(
    one_dense_layer=(1, "one layer", lambda rng: _forward_case(rng, 1)),
    several_dense_layers=(1, "several layers", lambda rng: _forward_case(rng, rng.randint(2, 3))),
)


def _forward(x, weights, join=None, act=lambda y: y.clip(0)):
    from convcost.extras import numpy as np

    for w in weights:
        y = act(w @ x)
        x = join(x, y) if join else np.concatenate([x, y])
    return x


@dense_forward.wrong
def new_maps_first(x, weights):
    "The new maps come behind the old ones."
    from convcost.extras import numpy as np

    return _forward(x, weights, join=lambda x, y: np.concatenate([y, x]))


dense_forward.slips(
    "without_relu: The ReLU is missing: negative new values become 0.",
    lambda x, weights: _forward(x, weights, act=lambda y: y),
    "relu_on_the_stack: The ReLU acts on the new maps only; the old ones stay as they are.",
    lambda x, weights: _forward(x, weights).clip(0),
    "new_maps_only: All maps leave the block, the input's too, not only those of the last layer.",
    lambda x, weights: _forward(x, weights)[-len(weights[-1]) :],
)


def _own_block(rng):
    return {
        "c_in": 16 * rng.randint(3, 12),
        "growth_rate": 4 * rng.randint(3, 10),
        "layers": rng.randint(8, 24),
        "side": 7 * rng.choice([1, 2, 4]),
    }


def _kept(c_in, growth_rate, layers, side, norms=True, stacks=True, new_norms=True):
    k, total = growth_rate, 0
    for n in range(layers):
        reads = c_in + n * k
        total += 5 * k + norms * reads + norms * new_norms * 4 * k + stacks * (reads + k)
    return total * side**2


@exercise(variant=_own_block)
def my_kept_values(*, c_in, growth_rate, layers, side):
    x = FeatureMap(c_in, side, side)
    for _ in range(layers):
        x = dense_layer(x, growth_rate)
    return int(Network(x).select(lambda n: n.kind != "ReLU").written)


my_kept_values.helps(
    explained="classic/densenet#the-other-bill-memory-for-training",
    worked=(
        {"c_in": 6, "growth_rate": 2, "layers": 2, "side": 2},
        "6 maps of 2x2, growth rate 2, two layers. The first keeps 6 maps of its norm, 8 of the "
        "1x1, 8 of the second norm, 2 new ones, and a stack of 6 + 2 = 8: 6 + 8 + 8 + 2 + 8 = 32 "
        "maps. The second reads 8: 8 + 8 + 8 + 2 + 10 = 36. A map has 4 values: 4 · (32 + 36) = "
        "272.",
    ),
)


my_kept_values.asks(the_number=(3, "the values that your own block keeps for training"))


@my_kept_values.wrong
def one_stack_at_the_end(**given):
    "The stack is not written once at the end: every layer writes a longer one, which is why memory grows so fast."
    c_in, k, layers, side = given["c_in"], given["growth_rate"], given["layers"], given["side"]
    return _kept(**given, stacks=False) + (c_in + layers * k) * side**2


my_kept_values.slips(
    "convolutions_only: "
    "That is what remains if stacks and norms are shared and computed again: only the convolutions' outputs.",
    lambda **given: _kept(**given, norms=False, stacks=False),
    "stacks_for_free: A concatenation copies: its output, old maps and new ones, is written once more for every layer.",
    lambda **given: _kept(**given, stacks=False),
    "norms_forgotten: The batch normalisations are missing: each writes a second version of the map that it reads.",
    lambda **given: _kept(**given, norms=False),
    "one_norm_a_layer: A layer has two batch normalisations: one on the stack, one on the 4k maps behind the 1x1.",
    lambda **given: _kept(**given, new_norms=False),
    "bytes: Those are bytes, 4 for each value. The question is how many values it keeps.",
    lambda **given: 4 * _kept(**given),
    "one_pixel: That is one position; the map has side x side of them.",
    lambda **given: _kept(**given) // given["side"] ** 2,
)


def _cifar(layers, growth_rate, bottleneck=True):
    x = Conv2d(2 * growth_rate, kernel_size=3, padding=1, bias=False)(FeatureMap(3, 32, 32))
    return classifier(dense_blocks(x, layers, growth_rate, bottleneck), 10)


@design
def slim_densenet():
    return _cifar([5, 5, 5], 8)


slim_densenet.helps(
    explained="classic/densenet#play-let-it-grow",
    worked=(
        {},
        "with growth rate 8 a layer has 9 · 32 · 8 = 2304 weights in its 3x3 and, if it reads 40 "
        "maps, 40 · 32 = 1280 in its 1x1; with growth rate 16 it has 9 · 64 · 16 = 9216 in its "
        "3x3 alone. So the number of layers is cheap and the growth rate is not. And where do the "
        "MACs sit: on which map?",
    ),
)


@slim_densenet.constraint(points=1)
def shapes(network):
    "from 3x32x32 to 10 outputs"
    found = network.input_shape, network.output_shape
    return found == ((3, 32, 32), (10,)), f"it leads from {from_to(network)}"


@slim_densenet.constraint(points=1)
def stacked(network):
    "at least 12 concatenations of a map with new ones made from it"
    found = sum(n.kind == "Concat" and _is_dense(n) for n in network.layers)
    return found >= 12, f"it has {found}"


def _is_dense(node):
    """Is one of the maps that are joined made, through other layers, from another one of them?"""
    for made in node.inputs:
        behind, todo = set(), [*made.node.inputs] if made.node else []
        while todo:
            reached = todo.pop()
            if reached not in behind:
                behind.add(reached)
                todo += reached.node.inputs if reached.node else ()
        if any(x in behind for x in node.inputs):
            return True
    return False


@slim_densenet.constraint(points=1)
def deep(network):
    "a depth of at least 30 layers with weights"
    return network.depth >= 30, f"its depth is {network.depth}"


@slim_densenet.constraint(points=2)
def light(network):
    "at most 65,000 parameters and 30 M MACs, in at least 12 convolutions"
    found = sum(n.kind == "Conv2d" for n in network.layers)
    met = found >= 12 and network.params <= 65_000 and network.macs <= 30e6
    return met, f"it has {network.params:,} parameters and takes {network.macs:,} MACs, in {found} convolutions"


@slim_densenet.wrong
def added_instead():
    "That adds new maps to old ones: a residual network. A dense one keeps both, side by side."
    x = Conv2d(16, kernel_size=3, padding=1, bias=False)(FeatureMap(3, 32, 32))
    for _ in range(15):
        x = x + Conv2d(16, kernel_size=3, padding=1, bias=False)(ReLU()(x))
    return classifier(x, 10)


slim_densenet.slips(
    "wide_layers: It is deep enough, but too wide: parameters grow with the square of the growth rate.",
    lambda: _cifar([5, 5, 5], 24),
    "one_convolution_a_layer: "
    "Without the 1x1 a layer counts once, so that the network is too shallow; and its kernels read the whole stack.",
    lambda: _cifar([5, 5, 5], 8, bottleneck=False),
)


@prediction
def one_by_one_share():
    "the percentage of the convolutions' weights in DenseNet-121's dense blocks that are in 1x1 kernels"
    net = models.densenet121()
    convs = [n for n in net.layers if n.kind == "Conv2d" and n.name.startswith("block")]
    return 100 * sum(n.params for n in convs if n.layer.kernel_size == 1) / sum(n.params for n in convs)


@prediction
def against_resnet101():
    "DenseNet-201's parameters, as a percentage of ResNet-101's"
    return 100 * models.densenet201().params / models.resnet101().params
