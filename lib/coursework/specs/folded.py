"""Folded networks: batch norm and branches into one kernel, what cannot be folded, and in which form one counts."""

from convcost import BatchNorm2d, Conv2d, FeatureMap, Network, ReLU, models
from convcost.zoo.blocks import classifier
from convcost.zoo.ghostnet import ghost
from convcost.zoo.repvgg import rep_block

from ..design import design, from_to
from ..exercise import exercise
from ..predictions import prediction


@exercise
def fold_norm(weights, mean, variance, eps, scale, shift, bias=0):
    s = scale / (variance + eps) ** 0.5
    return [s * weight for weight in weights] + [s * (bias - mean) + shift]


fold_norm.helps(
    explained="modern/folded#a-sum-of-convolutions-is-a-convolution",
    worked=(
        {"weights": [4, -2], "mean": 5, "variance": 3, "eps": 1, "scale": 6, "shift": 1, "bias": 2},
        "the root of 3 + 1 is 2, so everything is multiplied by 6 / 2 = 3. The weights become 12 and -6. The bias "
        "loses the mean, is multiplied and shifted: 3 · (2 - 5) + 1 = -8. The answer is [12, -6, -8].",
    ),
)


def _channel(rng):
    root, eps = rng.randint(2, 5), rng.randint(1, 3)
    return {
        "weights": [rng.randint(1, 9) * rng.choice([-1, 1]) for _ in range(rng.randint(2, 5))],
        "mean": rng.randint(2, 9),
        "variance": root**2 - eps,
        "eps": eps,
        "scale": root * rng.randint(2, 4) + rng.choice([0, 1]),
        "shift": rng.randint(1, 9),
    }


fold_norm.asks(
    without_bias=(1, "a convolution without a bias", _channel),
    with_bias=(1, "a convolution that has a bias", lambda rng: {**_channel(rng), "bias": rng.randint(1, 9)}),
)


def _folded(weights, s, bias):
    return [s * weight for weight in weights] + [bias]


fold_norm.slips(
    "root_of_eps_alone: The root is taken of the whole sum: put variance + eps into brackets.",
    lambda weights, mean, variance, eps, scale, shift, bias: _folded(
        weights,
        scale / variance + eps**0.5,
        (scale / variance + eps**0.5) * (bias - mean) + shift,
    ),
    "squared_for_root: `** 2` is the square. The root is `** 0.5`.",
    lambda weights, mean, variance, eps, scale, shift, bias: _folded(
        weights, scale / (variance + eps) ** 2, scale / (variance + eps) ** 2 * (bias - mean) + shift
    ),
    "shift_on_every_weight: The shift belongs to the bias alone; it was added to the weights as well.",
    lambda weights, mean, variance, eps, scale, shift, bias: _folded(
        [weight + shift * (variance + eps) ** 0.5 / scale for weight in weights],
        scale / (variance + eps) ** 0.5,
        scale / (variance + eps) ** 0.5 * (bias - mean) + shift,
    ),
    "variance_without_root: Batch norm divides by the root of variance + eps, not by the variance.",
    lambda weights, mean, variance, eps, scale, shift, bias: _folded(
        weights, scale / (variance + eps), scale / (variance + eps) * (bias - mean) + shift
    ),
    "eps_forgotten: The eps under the root is missing. It is small in a real network, but there, and not small here.",
    lambda weights, mean, variance, scale, shift, bias: _folded(
        weights, scale / variance**0.5, scale / variance**0.5 * (bias - mean) + shift
    ),
    "mean_not_scaled: The mean is subtracted before the multiplication: in the new bias it is multiplied, too.",
    lambda weights, mean, variance, eps, scale, shift, bias: _folded(
        weights, scale / (variance + eps) ** 0.5, scale / (variance + eps) ** 0.5 * bias - mean + shift
    ),
    "mean_added: The mean is subtracted, not added.",
    lambda weights, mean, variance, eps, scale, shift, bias: _folded(
        weights, scale / (variance + eps) ** 0.5, scale / (variance + eps) ** 0.5 * (bias + mean) + shift
    ),
    "bias_not_scaled: The bias of the convolution passes through batch norm like every value: it is multiplied, too.",
    lambda weights, mean, variance, eps, scale, shift, bias: _folded(
        weights, scale / (variance + eps) ** 0.5, bias - scale / (variance + eps) ** 0.5 * mean + shift
    ),
    "bias_forgotten: The bias that the convolution already had is lost.",
    lambda weights, mean, variance, eps, scale, shift: _folded(
        weights, scale / (variance + eps) ** 0.5, -scale / (variance + eps) ** 0.5 * mean + shift
    ),
    "shift_scaled: The shift is added last: nothing multiplies it.",
    lambda weights, mean, variance, eps, scale, shift, bias: _folded(
        weights, scale / (variance + eps) ** 0.5, scale / (variance + eps) ** 0.5 * (bias - mean + shift)
    ),
    "shift_forgotten: The shift is missing: batch norm adds it at the end, to the bias.",
    lambda weights, mean, variance, eps, scale, bias: _folded(
        weights, scale / (variance + eps) ** 0.5, scale / (variance + eps) ** 0.5 * (bias - mean)
    ),
    "scale_forgotten: Batch norm divides by the root *and* multiplies by its scale.",
    lambda weights, mean, variance, eps, shift, bias: _folded(
        weights, 1 / (variance + eps) ** 0.5, 1 / (variance + eps) ** 0.5 * (bias - mean) + shift
    ),
    "eps_outside: The eps stands under the root, beside the variance.",
    lambda weights, mean, variance, eps, scale, shift, bias: _folded(
        weights, scale / (variance**0.5 + eps), scale / (variance**0.5 + eps) * (bias - mean) + shift
    ),
    "weights_normed: The weights are only multiplied. Mean and shift are no part of what an input is multiplied by: "
    "they go into the bias, once.",
    lambda weights, mean, variance, eps, scale, shift, bias: [
        scale / (variance + eps) ** 0.5 * (value - mean) + shift for value in (*weights, bias)
    ],
    "nested: One flat list is asked for, the weights and then the bias, not a list in a list.",
    lambda weights, mean, variance, eps, scale, shift, bias: [
        [scale / (variance + eps) ** 0.5 * weight for weight in weights],
        scale / (variance + eps) ** 0.5 * (bias - mean) + shift,
    ],
    "weights_unchanged: The weights have to be multiplied as well, or the map keeps its old size.",
    lambda weights, mean, variance, eps, scale, shift, bias: _folded(
        weights, 1, scale / (variance + eps) ** 0.5 * (bias - mean) + shift
    ),
)


def _summed(three, cell):
    """The kernels of three, to which `cell` adds something at (row, column) of output o and input i."""
    return [
        [
            [[value + cell(o, i, row, column) for column, value in enumerate(line)] for row, line in enumerate(kernel)]
            for i, kernel in enumerate(kernels)
        ]
        for o, kernels in enumerate(three)
    ]


@exercise
def fold_branches(three, one, scales=None):
    kernels = [[[list(line) for line in kernel] for kernel in row] for row in three]
    for o, row in enumerate(one):
        for i, weight in enumerate(row):
            kernels[o][i][1][1] += weight
        if scales:
            kernels[o][o][1][1] += scales[o]
    return kernels


fold_branches.helps(
    explained="modern/folded#fold-it",
    worked=(
        {
            "three": [[[[0, 1, 0], [0, 2, 0], [0, 0, 0]], [[0, 0, 0], [3, 0, 0], [0, 0, 0]]]],
            "one": [[4, 5]],
        },
        "one output that reads two channels. The first kernel has 2 in its middle and gets 4: 6. The second has 0 "
        "there and gets 5. All other cells stay. An identity with scale 7 would add 7 in the middle where output 0 "
        "reads its own channel, 0, and nothing where it reads channel 1.",
    ),
)


def _kernels(rng, outputs, inputs):
    def kernel():
        return [[rng.randint(-9, 9) for _ in range(3)] for _ in range(3)]

    return {
        "three": [[kernel() for _ in range(inputs)] for _ in range(outputs)],
        "one": [rng.sample(range(1, 20), inputs) for _ in range(outputs)],
    }


def _square(rng):
    channels = rng.choice([2, 2, 3])
    given = _kernels(rng, channels, channels)
    given["one"][0][1] = given["one"][1][0] + rng.randint(1, 5)  # no matrix that is its own transpose
    return {**given, "scales": rng.sample(range(2, 10), channels)}


fold_branches.asks(
    two_branches=(1, "a 3x3 and a 1x1", lambda rng: _kernels(rng, rng.choice([1, 1, 2]), rng.choice([2, 3]))),
    with_identity=(2, "the identity, too", _square),
)


def _middle(row, column):
    return row == column == 1


def _multiplied(three, one, scales, o, i):
    """What is added to a middle that is then multiplied by the identity's scale."""
    return (three + one) * scales[o] - three if scales and o == i else one


fold_branches.slips(
    "everywhere: A 1x1 looks at one cell: it is a 3x3 with zeros around, so only the middle of the sum changes.",
    lambda three, one, scales: _summed(
        three, lambda o, i, r, c: one[o][i] + (scales[o] if scales and o == i and _middle(r, c) else 0)
    ),
    "corner: The 1x1 stands in the middle of the 3x3, not in its corner: padding of 1 puts the window around a pixel.",
    lambda three, one, scales: _summed(
        three,
        lambda o, i, r, c: one[o][i] * (r == c == 0) + (scales[o] if scales and o == i and _middle(r, c) else 0),
    ),
    "last_cell: Rows and columns are counted from 0: the middle of a 3x3 is [1][1].",
    lambda three, one, scales: _summed(
        three, lambda o, i, r, c: (r == c == 2) * (one[o][i] + (scales[o] if scales and o == i else 0))
    ),
    "replaced: The branches are added to what stands in the middle; they do not take its place.",
    lambda three, one, scales: _summed(
        three,
        lambda o, i, r, c: _middle(r, c) * (one[o][i] + (scales[o] if scales and o == i else 0) - three[o][i][1][1]),
    ),
    "transposed: `one[o][i]`: first the output, then the input that it reads.",
    lambda three, one, scales: _summed(
        three,
        lambda o, i, r, c: (
            _middle(r, c) * (one[i % len(one)][o % len(one[0])] + (scales[o] if scales and o == i else 0))
        ),
    ),
    "identity_everywhere: The identity hands channel 0 to output 0, channel 1 to output 1; it mixes none.",
    lambda three, one, scales: _summed(
        three, lambda o, i, r, c: _middle(r, c) * (one[o][i] + (scales[o] if scales else 0))
    ),
    "identity_of_ones: The batch norm of the identity has been forgotten: its scale stands there, not a one.",
    lambda three, one, scales: _summed(
        three, lambda o, i, r, c: _middle(r, c) * (one[o][i] + (1 if scales and o == i else 0))
    ),
    "identity_forgotten: The identity is a branch of its own, and is added as well.",
    lambda three, one, scales: _summed(three, lambda o, i, r, c: _middle(r, c) * one[o][i]),
    "identity_multiplies: Branches are added: the identity adds its scale to the middle, it does not multiply it.",
    lambda three, one, scales: _summed(
        three, lambda o, i, r, c: _multiplied(three[o][i][1][1], one[o][i], scales, o, i) * _middle(r, c)
    ),
)


def _own_net(rng):
    width = rng.sample(range(16, 61, 4), 2)
    rows = [[channels, rng.randint(2, 5)] for channels in (width[0], width[1], width[1])]
    return {"rows": rows, "classes": 10 * rng.randint(2, 20)}


def _blocks(rows):
    """(channels in, channels out, stride) of each block."""
    c_in = 3
    for channels, count in rows:
        for number in range(count):
            yield c_in, channels, 1 if number else 2
            c_in = channels


@exercise(variant=_own_net)
def my_forms(*, rows, classes):
    def params(deployed):
        x = FeatureMap(3, 64, 64)
        for number, (_, channels, stride) in enumerate(_blocks(rows)):
            with x.block(f"block{number}"):
                x = rep_block(x, channels, stride, 1, deployed)
        return int(Network(classifier(x, classes)).params)

    return [params(False), params(True)]


my_forms.helps(
    explained="modern/folded#what-folding-saves",
    worked=(
        {"rows": [[4, 2]], "classes": 10},
        "one stage of two blocks with 4 channels, 10 classes. The first block reads 3 channels: 3 · 4 = 12 pairs, so "
        "9 · 12 + 12 = 120 weights, and two batch norms with 2 · 4 numbers each: 136. The second has 16 pairs, 160 "
        "weights, and three batch norms: 184. The classifier has (4 + 1) · 10 = 50 parameters: together 370. Folded: "
        "108 + 4, 144 + 4 and 50, together 310.",
    ),
)
my_forms.asks(both_forms=(3, "the two forms of your network"))


def _identity(c_in, c_out, stride):
    return c_in == c_out and stride == 1


def _forms(rows, classes, identity=_identity, per_channel=2, bias=1, head=True, head_bias=1, cells=10, image=3):
    """Both forms, and what is misunderstood."""
    learns = runs = (rows[-1][0] + head_bias) * classes * head
    for number, (c_in, c_out, stride) in enumerate(_blocks(rows)):
        c_in = c_in if number else image
        learns += cells * c_in * c_out + (2 + identity(c_in, c_out, stride)) * per_channel * c_out
        runs += 9 * c_in * c_out + bias * c_out
    return [learns, runs]


my_forms.slips(
    "identity_always: Where the map is halved or the channels change there is no identity, and no batch norm on it.",
    lambda rows, classes: _forms(rows, classes, lambda *_: True),
    "identity_by_channels: Equal channels are not enough: where the map is halved it cannot be added either.",
    lambda rows, classes: _forms(rows, classes, lambda c_in, c_out, stride: c_in == c_out),
    "identity_without_norm: The identity has no weights, but it has a batch norm.",
    lambda rows, classes: _forms(rows, classes, lambda *_: False),
    "bias_forgotten: What batch norm subtracts and adds must go somewhere: the folded convolution has a bias.",
    lambda rows, classes: _forms(rows, classes, bias=0),
    "norm_of_one: Batch norm learns two numbers for each channel, scale and shift.",
    lambda rows, classes: _forms(rows, classes, per_channel=1),
    "statistics_counted: Mean and variance are remembered, not learned: they are no parameters.",
    lambda rows, classes: _forms(rows, classes, per_channel=4),
    "classifier_without_bias: The classifier has a bias for each class, too.",
    lambda rows, classes: _forms(rows, classes, head_bias=0),
    "one_by_one_forgotten: While it learns, every block has the weights of its 1x1 as well.",
    lambda rows, classes: _forms(rows, classes, cells=9),
    "image_of_many_channels: The first block reads the image, which has 3 channels.",
    lambda rows, classes: _forms(rows, classes, image=rows[0][0]),
    "classifier_forgotten: The classifier is missing: a weight for each channel and class, a bias for each class.",
    lambda rows, classes: _forms(rows, classes, head=False),
    "other_order: These are the right two numbers, in the other order.",
    lambda rows, classes: _forms(rows, classes)[::-1],
)


def _left(chain, relu=True, norm_folds=True, pairs=True, trap=True, frames_fold=True):
    """The layers left of a chain; what is False is a misconception."""
    left, before = 0, "relu"
    for layer in chain:
        if layer == "relu" and not relu:
            continue
        bordered = layer == "framed 3x3" and before != "1x1" and trap
        stays = layer == "relu" or before == "relu" or bordered
        stays = stays or (layer == "norm" and not norm_folds)
        stays = stays or (not pairs and layer != "norm")
        stays = stays or (not frames_fold and layer == "framed 3x3")
        left += stays
        before = layer if stays or before == layer == "1x1" else "folded"
    return left


@exercise
def layers_left(chain):
    left, before = 0, "relu"
    for layer in chain:
        if "relu" in (layer, before) or (layer == "framed 3x3" and before != "1x1"):
            left += 1
            before = layer
        elif layer != before:
            before = "folded"
    return left


layers_left.helps(
    explained="modern/folded#what-cannot-be-folded",
    worked=(
        {"chain": ["1x1", "framed 3x3", "norm", "relu", "1x1", "norm", "framed 3x3"]},
        "the 1x1 has no bias, so an empty border stays empty: it folds into the 3x3, and so does the batch norm: one "
        "layer. The ReLU stays: two. The next 1x1 and its batch norm become one: three. That one has a bias, and the "
        "zeros around it would be wrong: the last 3x3 stays, four.",
    ),
)


def _after_relu(rng, *parts):
    parts = list(parts)
    rng.shuffle(parts)
    return {"chain": [layer for part in parts for layer in (*part, "relu")]}


def _convolution(rng):
    return rng.choice(["1x1", "3x3", "framed 3x3"])


layers_left.asks(
    norms=(
        1,
        "convolutions with batch norm and ReLU",
        lambda rng: _after_relu(rng, *[[_convolution(rng), "norm"] for _ in range(rng.randint(2, 4))], ["1x1"]),
    ),
    in_a_row=(
        1,
        "convolutions in a row",
        lambda rng: _after_relu(
            rng,
            ["1x1", "3x3", "norm"],
            *[[_convolution(rng), "3x3", "1x1", "norm"] for _ in range(rng.randint(1, 3))],
        ),
    ),
    borders=(
        2,
        "borders of zeros",
        lambda rng: _after_relu(
            rng,
            *[["1x1", "framed 3x3", "norm"]] * rng.randint(1, 2),
            *[["1x1", "norm", "framed 3x3", "norm"]] * rng.randint(1, 2),
            *[["3x3", "framed 3x3"]] * rng.randint(1, 2),
            ["1x1", "1x1", "framed 3x3"],
            ["3x3", "1x1", "framed 3x3"],
        ),
    ),
)
layers_left.slips(
    "relu_folds: A ReLU does more than multiply and add: nothing folds through it, and it stays a layer.",
    lambda chain: _left(chain, relu=False),
    "norm_stays: When the network runs, batch norm is a multiplication and an addition: it folds into what is before.",
    lambda chain: _left(chain, norm_folds=False),
    "pairs_stay: Two convolutions with nothing but batch norm between them are one, with a larger kernel.",
    lambda chain: _left(chain, pairs=False),
    "border_trap: Zeros that are put around a map with a bias are not what the folded convolution would read there.",
    lambda chain: _left(chain, trap=False),
    "frames_never_fold: Behind a 1x1 without a bias an empty border stays empty: these two fold.",
    lambda chain: _left(chain, frames_fold=False),
    "relu_not_counted: A ReLU is a layer as well: it stays, and is counted.",
    lambda chain: layers_left.reference(chain) - chain.count("relu"),
    "norm_between: The 1x1 has no bias, but the batch norm behind it leaves one, and that stands before the border.",
    lambda chain: _left([layer for layer in chain if layer != "norm"]),
    "nothing_folds: Those are all layers of the chain; ask of each whether it only multiplies and adds.",
    lambda chain: len(chain),
)


@design
def foldable_block():
    x = FeatureMap(32, 28, 28)
    y = BatchNorm2d()(Conv2d(32, 3, padding=1, bias=False)(x))
    y = y + BatchNorm2d()(Conv2d(32, 1, bias=False)(x))
    return ReLU()(y + BatchNorm2d()(x))


foldable_block.helps(
    explained="modern/folded#a-sum-of-convolutions-is-a-convolution",
    worked=(
        {},
        "a 3x3 from 32 to 32 channels takes 9 · 32 · 32 · 784 = 7225344 MACs, so there is room for one, and for what "
        "costs a ninth of it. What costs nothing at all, and is a branch too?",
    ),
)

ACTIVATIONS = ("ReLU", "ReLU6", "Sigmoid", "Tanh", "SiLU", "Hardswish", "Hardsigmoid", "GELU")


@foldable_block.constraint(points=1)
def shapes_and_sight(network):
    "32x28x28 to the same, a receptive field of 3"
    found = network.input_shape, network.output_shape
    return set(found) == {(32, 28, 28)} and network.receptive_field == 3, (
        f"{from_to(network)}, receptive field {network.receptive_field}"
    )


@foldable_block.constraint(points=1)
def three_branches(network):
    "at least three branches that are added, each of one layer at most, two of them convolutions"
    sums = sum(n.kind == "Add" for n in network.layers)
    first = [n for n in network.layers if n.kind == "Conv2d" and n.inputs[0].node is None]
    others = sum(n.kind == "Conv2d" for n in network.layers) - len(first)
    seen = f"sums: {sums}; convolutions that read the input: {len(first)}, that read something else: {others}"
    return sums >= 2 and len(first) >= 2 and not others, seen


@foldable_block.constraint(points=2)
def folds(network):
    "nothing but convolutions, batch norms and sums before one activation at the end"
    *before, last = network.layers
    strange = [n.kind for n in before if n.kind not in ("Conv2d", "BatchNorm2d", "Add")]
    return (
        not strange and last.kind in ACTIVATIONS,
        f"{', '.join(strange) or 'nothing else'} before, {last.kind} at the end",
    )


@foldable_block.constraint(points=1)
def budget(network):
    "between 7 and 9 M MACs while it learns"
    return 7e6 <= network.macs <= 9e6, f"it takes {network.macs:,} MACs"


@foldable_block.wrong
def active_branches():
    "Each branch has a ReLU of its own, and then nothing can be folded: one ReLU, behind the sum."
    x = FeatureMap(32, 28, 28)
    y = ReLU()(BatchNorm2d()(Conv2d(32, 3, padding=1, bias=False)(x)))
    y = y + ReLU()(BatchNorm2d()(Conv2d(32, 1, bias=False)(x)))
    return ReLU()(y + BatchNorm2d()(x))


@foldable_block.wrong
def in_a_row():
    "The 1x1 reads what the 3x3 made: layers in a row, and not branches of one input."
    x = FeatureMap(32, 28, 28)
    y = BatchNorm2d()(Conv2d(32, 3, padding=1, bias=False)(x))
    return ReLU()(BatchNorm2d()(Conv2d(32, 1, bias=False)(y)) + x)


@foldable_block.wrong
def two_kernels():
    "It folds, but two 3x3 are over the budget; a 1x1 is a branch at a ninth of the price."
    x = FeatureMap(32, 28, 28)
    y = BatchNorm2d()(Conv2d(32, 3, padding=1, bias=False)(x))
    y = y + BatchNorm2d()(Conv2d(32, 3, padding=1, bias=False)(x))
    return ReLU()(y + BatchNorm2d()(x))


@prediction
def ghost_in_four():
    "how many times fewer MACs a ghost module takes than a 1x1 from 45 channels, if one map of four is real"
    half = Network(ghost(FeatureMap(45, 8, 8), 64, activated=False))
    cheap = half.select(lambda n: n.kind == "Conv2d" and n.layer.groups > 1)
    real = half.macs - cheap.macs
    return float(2 * real) / float(real / 2 + cheap.macs * 3 / 2)


@prediction
def mobileone_left():
    "how many percent of MobileOne-S0's MACs are left when it has been folded"
    return 100 * float(models.mobileone_s0().macs) / float(models.mobileone_s0(deployed=False).macs)
