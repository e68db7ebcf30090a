"""Arithmetic intensity: reuse, batches, the ridge, and what fusion saves."""

from convcost import Conv2d, FeatureMap, Network, models

from ..exercise import exercise
from ..predictions import prediction


def _conv(c_in, c_out, kernel_size, side, groups=1, stride=1):
    x = FeatureMap(c_in, side, side)
    return Network(Conv2d(c_out, kernel_size, stride, padding=kernel_size // 2, groups=groups, bias=False)(x))


def _tensors(net):
    """(weights, input, output) of a network of one layer, in elements."""
    layer = net.layers[0]
    return int(net.weights), int(layer.input_elements), int(layer.output_elements)


@exercise
def reuses(c_in, c_out, kernel_size, side, groups=1, stride=1):
    net = _conv(c_in, c_out, kernel_size, side, groups, stride)
    return [int(net.macs) / elements for elements in _tensors(net)]


reuses.helps(
    explained="flops/intensity#what-is-used-how-often",
    worked=(
        {"c_in": 4, "c_out": 8, "kernel_size": 3, "side": 4, "groups": 2, "stride": 2},
        "a filter reads 4 / 2 = 2 channels, so there are 9 · 2 · 8 = 144 weights. The output is "
        "2x2: 144 · 4 = 576 MACs. Divide them by the weights, 576 / 144 = 4, by the 4 · 16 = 64 "
        "inputs, 576 / 64 = 9, and by the 8 · 4 = 32 outputs, 576 / 32 = 18.",
    ),
)


def _unequal(rng):
    c_in, c_out = rng.sample(range(8, 65, 4), 2)
    return {"c_in": c_in, "c_out": c_out, "kernel_size": rng.choice([3, 5, 7]), "side": 2 * rng.randint(4, 28)}


@reuses.skill(points=1)
def plain(rng):
    "a plain convolution"
    return _unequal(rng)


@reuses.skill(points=1)
def grouped(rng):
    "a convolution in groups"
    given = _unequal(rng)
    return {**given, "groups": 4}


@reuses.skill(points=1)
def strided(rng):
    "a stride of 2"
    while (given := _unequal(rng))["c_out"] % 16 == 0:  # or the input would serve a whole number of MACs
        pass
    return {**given, "groups": 4, "stride": 2}


@reuses.wrong
def ends_exchanged(c_in, c_out, kernel_size, side, groups=1, stride=1):
    "Input and output are exchanged: an input serves many output channels, an output reads many input channels."
    weight, x, y = reuses.reference(c_in, c_out, kernel_size, side, groups, stride)
    return [weight, y, x]


@reuses.wrong
def forgets_the_kernel(c_in, c_out, kernel_size, side, groups=1, stride=1):
    "An input lies in several windows, up to one for each cell of the kernel; an output reads a whole window."
    weight, x, y = reuses.reference(c_in, c_out, kernel_size, side, groups, stride)
    return [weight, x / kernel_size**2, y / kernel_size**2]


reuses.slips(
    "ignores_groups: "
    "With groups an input value serves only the output channels of its group, and an output reads only its group.",
    lambda c_in, c_out, kernel_size, side, stride: reuses.reference(c_in, c_out, kernel_size, side, 1, stride),
    "ignores_stride: "
    "With a stride there are fewer outputs: a weight is used less often, and most input values by fewer windows.",
    lambda c_in, c_out, kernel_size, side, groups: reuses.reference(c_in, c_out, kernel_size, side, groups, 1),
    "used_once: A weight is used at every position of the output, not once as in a fully connected layer.",
    lambda c_in, c_out, kernel_size, side, groups, stride: [
        1.0,
        *reuses.reference(c_in, c_out, kernel_size, side, groups, stride)[1:],
    ],
)


@exercise
def intensity(c_in, c_out, kernel_size, side, groups=1, batch=1):
    net = _conv(c_in, c_out, kernel_size, side, groups)
    weights, x, y = _tensors(net)
    assert weights + x + y == net.memory_access
    return batch * int(net.macs) / (weights + batch * (x + y))


intensity.helps(
    explained="flops/intensity#how-to-raise-it",
    worked=(
        {"c_in": 8, "c_out": 8, "kernel_size": 1, "side": 2, "batch": 4},
        "an image takes 8 · 8 · 4 = 256 MACs, four images 4 · 256 = 1024. The 8 · 8 = 64 weights "
        "move once for all of them. Each image moves 32 + 32 = 64 values of its maps. Together 64 "
        "+ 4 · 64 = 320, and 1024 / 320 = 3.2.",
    ),
)


def _equal(rng, sides):
    channels = 8 * rng.randint(2, 16)
    return {"c_in": channels, "c_out": channels, "kernel_size": 3, "side": rng.choice(sides)}


@intensity.skill(points=1)
def one_image(rng):
    "a plain convolution, one image"
    return {**_unequal(rng), "side": rng.choice([7, 14, 28])}


@intensity.skill(points=1)
def depthwise(rng):
    "a depthwise convolution"
    given = _equal(rng, [7, 14, 28])
    return {**given, "groups": given["c_in"]}


@intensity.skill(points=1)
def batched(rng):
    "a batch of images"
    return {**_unequal(rng), "side": rng.choice([3, 5, 7]), "batch": rng.randint(2, 64)}


def _elements(c_in, c_out, kernel_size, side, groups):
    """(MACs, weights, input, output) by arithmetic."""
    weights = kernel_size**2 * (c_in // groups) * c_out
    return weights * side**2, weights, c_in * side**2, c_out * side**2


def _of_elements(answer):
    return lambda batch, **sizes: answer(batch, *_elements(**sizes))


intensity.slips(
    "weights_only: Only the weights were counted as moved; then all convolutions tie. Input and output move too.",
    lambda side, batch: side**2 * batch,
    "without_weights: The weights move as well, once.",
    _of_elements(lambda batch, macs, weights, x, y: macs / (x + y)),
    "without_output: What is computed must be written: the output is missing.",
    _of_elements(lambda batch, macs, weights, x, y: batch * macs / (weights + batch * x)),
    "batch_ignored: The batch has no effect here. All images share the weights, which move once for all of them.",
    _of_elements(lambda batch, macs, weights, x, y: macs / (weights + x + y)),
    "batch_times: The MACs grow with the batch, but so do the input and the output. Only the weights are shared.",
    _of_elements(lambda batch, macs, weights, x, y: batch * macs / (weights + x + y)),
    "per_operation: Two operations were counted for each MAC; this chapter's intensity is MACs per element.",
    lambda **given: 2 * intensity.reference(**given),
)


@exercise
def channels_needed(ridge, side, kernel_size=1):
    def reached(channels):
        net = _conv(channels, channels, kernel_size, side)
        return net.macs >= ridge * net.memory_access

    low, high = 0, 1  # the intensity grows with the channels
    while not reached(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return high


channels_needed.helps(
    explained="flops/intensity#the-roofline",
    worked=(
        {"ridge": 2, "side": 2},
        "try it. With 7 channels there are 7 · 7 · 4 = 196 MACs, and 7 · 7 + 2 · 7 · 4 = 105 "
        "values move: 196 / 105 = 1.87 is too little. With 8 it is 8 · 8 · 4 = 256 and 8 · 8 + 2 "
        "· 8 · 4 = 128: 256 / 128 = 2 just reaches the ridge.",
    ),
)


@channels_needed.skill(points=1)
def pointwise(rng):
    "a pointwise layer"
    side = rng.choice([7, 14])
    return {"ridge": rng.randint(8, 30 if side == 7 else 60), "side": side}


@channels_needed.skill(points=1)
def with_a_kernel(rng):
    "a layer with a larger kernel"
    side, kernel_size = rng.choice([7, 14]), rng.choice([3, 5])
    return {
        "ridge": rng.randint(34, 44) if side == 7 else rng.randint(110, 170),
        "side": side,
        "kernel_size": kernel_size,
    }


# A ridge, a side and a kernel for which a whole number of channels is enough exactly, in floats as well.
EXACT = [
    *[(27, 6, 1), (35, 7, 1), (32, 8, 1), (50, 10, 1), (48, 12, 1), (63, 12, 1), (84, 14, 1), (128, 16, 1)],
    *[(27, 6, 3), (72, 12, 3), (128, 12, 3), (98, 28, 1)],
]


@channels_needed.skill(points=1)
def met_exactly(rng):
    "a ridge that is met exactly"
    ridge, side, kernel_size = rng.choice(EXACT)
    return {"ridge": ridge, "side": side, "kernel_size": kernel_size}


channels_needed.slips(
    "endless_map: "
    "That is right for an endless map. On yours the weights matter as well: 1 / (height x width) is not zero.",
    lambda ridge, kernel_size: -(-2 * ridge // kernel_size**2),
    "forgets_the_kernel_area: "
    "That many a 1x1 would need. A larger kernel multiplies the reuse of input and output by its area.",
    lambda ridge, side: channels_needed.reference(ridge, side),
    "one_map_only: "
    "Only the input was counted as moved, beside the weights. The output has as many elements, and they move too.",
    lambda ridge, side, kernel_size: -(-ridge * side**2 // (kernel_size**2 * (side**2 - ridge))),
    "kernel_not_squared: A kernel has kernel_size x kernel_size cells, not kernel_size.",
    lambda ridge, side, kernel_size: -(-2 * ridge * side**2 // (kernel_size * (side**2 - ridge))),
    "strictly_more: If the ridge is reached exactly, that is enough: at least, not more than.",
    lambda ridge, side, kernel_size: 2 * ridge * side**2 // (kernel_size**2 * (side**2 - ridge)) + 1,
    "just_below: One channel short: at that number the layer still waits for memory.",
    lambda ridge, side, kernel_size: channels_needed.reference(ridge, side, kernel_size) - 1,
)


def _machine(rng):
    """Six layers in any order, named with their channels, and a machine; every slip puts another set of them left of
    the ridge.
    """
    while True:
        c = 16 * rng.randint(2, 8)
        layers = {
            f"stem to {c}": [3, c, 3, 2 * rng.randint(24, 56), 1],
            f"depthwise {c}": [c, c, rng.choice([3, 5]), 28, c],
            f"early 1x1 to {2 * c}": [c // 2, 2 * c, 1, 28, 1],
            f"late 1x1 to {8 * c}": [4 * c, 8 * c, 1, 7, 1],
            f"grouped 1x1 to {4 * c}": [4 * c, 4 * c, 1, 14, 4],
            f"late 3x3 to {2 * c}": [2 * c, 2 * c, 3, 7, 1],
        }
        layers = dict(rng.sample(list(layers.items()), len(layers)))
        given = {"gmacs": 10 * rng.randint(6, 40), "gigabytes": 4 * rng.randint(3, 12), "layers": layers}
        found = [f(**given) for f in (_waiting, *LEFT)]
        if all(a != b for i, a in enumerate(found) for b in found[:i]) and 2 <= len(found[0]) <= 4:
            return given


def _waiting(gmacs, gigabytes, layers, per_element=4, count=None):
    """The layers whose intensity lies left of the ridge, in order."""
    ridge = gmacs / (gigabytes / per_element)
    count = count or (lambda macs, weights, x, y: macs / (weights + x + y))
    return [
        name
        for name, (c_in, c_out, k, side, groups) in layers.items()
        if count(*_elements(c_in, c_out, k, side, groups)) < ridge
    ]


def bytes_as_elements(**given):
    "The bandwidth is in bytes, four for each element, and intensity is per element: convert before you divide."
    return _waiting(**given, per_element=1)


def counted_by_weights(**given):
    "These layers lie left of the ridge if only the weights are counted. Input and output move too."
    return _waiting(**given, count=lambda macs, weights, x, y: macs / weights)


def maps_forgot_weights(**given):
    "The weights move as well. On small maps with many channels they are most of it."
    return _waiting(**given, count=lambda macs, weights, x, y: macs / (x + y))


def the_others(**given):
    "Those are the layers right of the ridge, where arithmetic decides. Memory decides where the intensity is low."
    waiting = _waiting(**given)
    return [name for name in given["layers"] if name not in waiting]


LEFT = (bytes_as_elements, counted_by_weights, maps_forgot_weights, the_others)


@exercise(variant=_machine)
def waiting_layers(*, gmacs, gigabytes, layers):
    ridge = gmacs / (gigabytes / 4)
    nets = {name: _conv(*sizes) for name, sizes in layers.items()}
    return [name for name, net in nets.items() if float(net.arithmetic_intensity) < ridge]


waiting_layers.helps(
    explained="flops/intensity#the-roofline",
    worked=(
        {"gmacs": 20, "gigabytes": 8, "layers": {"pointwise": [64, 64, 1, 8, 1], "depthwise": [64, 64, 3, 8, 64]}},
        "8 billion bytes a second are 8 / 4 = 2 billion values. With 20 billion MACs the ridge is "
        "20 / 2 = 10. On 8x8 with 64 channels a pointwise layer does 262144 MACs for 12288 "
        "values, 262144 / 12288 = 21.3; a depthwise 3x3 does 36864 for 8768, 36864 / 8768 = 4.2, "
        "less than the ridge.",
    ),
)


waiting_layers.asks(the_list=(3, "the layers that wait for memory"))
for _wrong in LEFT:
    waiting_layers.wrong(_wrong)


@exercise
def fused_block(channels, side, expand_ratio):
    inner = expand_ratio * channels
    parts = [
        _conv(channels, inner, 1, side),
        _conv(inner, inner, 3, side, groups=inner),
        _conv(inner, channels, 1, side),
    ]
    costs = "macs", "weights", "memory_access"
    macs, weights, moved = (sum(int(getattr(p, cost)) for p in parts) for cost in costs)
    return [macs / moved, macs / (weights + 2 * channels * side**2)]


fused_block.helps(
    explained="flops/intensity#how-to-raise-it",
    worked=(
        {"channels": 2, "side": 4, "expand_ratio": 2},
        "the three layers have 8 + 36 + 8 = 52 weights and take 52 · 16 = 832 MACs. The two "
        "narrow maps of 32 values move once each; the two wide ones of 64 are written and read "
        "again: 52 + 2 · 32 + 4 · 64 = 372, and 832 / 372 = 2.24. Fused, only 52 + 2 · 32 = 116 "
        "values move: 832 / 116 = 7.17.",
    ),
)


@fused_block.skill(points=1)
def early(rng):
    "an early block: few channels, a large map"
    return {"channels": 8 * rng.randint(2, 4), "side": rng.choice([56, 112]), "expand_ratio": rng.randint(3, 6)}


@fused_block.skill(points=1)
def late(rng):
    "a late block: many channels, a small map"
    return {"channels": 16 * rng.randint(6, 20), "side": rng.choice([7, 14]), "expand_ratio": rng.randint(3, 6)}


def _block(channels, side, expand_ratio):
    """(MACs, weights, elements of the narrow maps, elements of the wide maps, each once) by arithmetic."""
    inner = expand_ratio * channels
    weights = inner * (2 * channels + 9)
    return weights * side**2, weights, 2 * channels * side**2, 2 * inner * side**2


@fused_block.wrong
def written_not_read(channels, side, expand_ratio):
    "Between separate layers a map is written by the one and read by the next: it moves twice."
    macs, weights, ends, wide = _block(channels, side, expand_ratio)
    return [macs / (weights + ends + wide), macs / (weights + ends)]


@fused_block.wrong
def one_wide_map(channels, side, expand_ratio):
    "There are two wide maps: before the depthwise layer and behind it."
    macs, weights, ends, wide = _block(channels, side, expand_ratio)
    return [macs / (weights + ends + wide), macs / (weights + ends + wide / 2)]


@fused_block.wrong
def fused_without_weights(channels, side, expand_ratio):
    "Fusion removes maps, not weights. In late blocks these are most of what moves."
    macs, weights, ends, wide = _block(channels, side, expand_ratio)
    return [macs / (weights + ends + 2 * wide), macs / ends]


@fused_block.wrong
def depthwise_as_dense(channels, side, expand_ratio):
    "The 3x3 in the middle is depthwise: nine weights for each channel."
    inner = expand_ratio * channels
    _, _, ends, wide = _block(channels, side, expand_ratio)
    weights = 2 * channels * inner + 9 * inner**2
    return [weights * side**2 / (weights + ends + 2 * wide), weights * side**2 / (weights + ends)]


@fused_block.wrong
def mean_of_layers(channels, side, expand_ratio):
    "The first figure is the mean of three intensities. Add up MACs and elements first, then divide."
    inner = expand_ratio * channels
    parts = [
        _elements(channels, inner, 1, side, 1),
        _elements(inner, inner, 3, side, inner),
        _elements(inner, channels, 1, side, 1),
    ]
    macs, weights, ends, _ = _block(channels, side, expand_ratio)
    return [sum(m / (w + x + y) for m, w, x, y in parts) / 3, macs / (weights + ends)]


@prediction
def late_conventional():
    "the intensity of a 3x3 convolution from 512 to 512 channels on a 7x7 map, in MACs per element"
    return float(_conv(512, 512, 3, 7).arithmetic_intensity)


@prediction
def last_block():
    "how many times the intensity of the last bottleneck of MobileNet V2 grows when it is fused"
    block = [b for b in models.mobilenet_v2().blocks(2) if "stage" in b.name][-1]
    convs = block.select(lambda n: n.kind == "Conv2d")
    ends = sum(s[0] * s[1] * s[2] for s in (block.input_shape, block.output_shape))
    return float(convs.memory_access) / (ends + int(convs.weights))
