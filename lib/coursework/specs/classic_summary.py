"""The classic networks side by side: fronts, budgets, slogans, and the two bills."""

import itertools

from convcost import Conv2d, FeatureMap, Flatten, Linear, Network, ReLU, models
from convcost.zoo.blocks import classifier, conv_bn
from convcost.zoo.resnet import basic, residual_stages

from ..design import design, from_to
from ..exercise import exercise
from ..predictions import prediction


@exercise
def uses_per_weight(layers):
    weights = macs = 0
    for c_in, c_out, kernel_size, side in layers:
        x = FeatureMap(c_in, side, side)
        net = Network(Conv2d(c_out, kernel_size, padding=kernel_size // 2, bias=False)(x))
        weights, macs = weights + net.weights, macs + net.macs
    return macs / weights


uses_per_weight.helps(
    explained="classic/vgg#who-pays-which-bill",
    worked=(
        {"layers": [[1, 2, 3, 4], [2, 4, 1, 2]]},
        "the first layer has 9 · 1 · 2 = 18 weights, each used at 4 · 4 = 16 positions: 18 · 16 = "
        "288 MACs. The second has 2 · 4 = 8 weights at 4 positions: 8 · 4 = 32. Add up first, "
        "then divide: (288 + 32) / (18 + 8) = 12.3.",
    ),
)


def _layer(rng):
    return [rng.randint(3, 64), rng.randint(3, 64), rng.choice([1, 3, 5]), rng.choice([7, 14, 28, 56])]


@uses_per_weight.skill(points=1)
def one_layer(rng):
    "a single layer"
    return {"layers": [_layer(rng)]}


@uses_per_weight.skill(points=2)
def whole_network(rng):
    "several layers, large and small"
    first, last = [3, rng.randint(4, 12), 3, 56], [rng.randint(40, 64), rng.randint(40, 64), 3, 7]
    return {"layers": [first, *(_layer(rng) for _ in range(rng.randint(1, 4))), last]}


def _weights(layer):
    return layer[0] * layer[1] * layer[2] ** 2


uses_per_weight.slips(
    "side_not_squared: A weight is used at every position, and a map has side x side of them.",
    lambda layers: sum(_weights(layer) * layer[3] for layer in layers) / sum(map(_weights, layers)),
    "mean_of_layers: Layers with many weights count more: divide all MACs by all weights, not layer by layer.",
    lambda layers: sum(layer[3] ** 2 for layer in layers) / len(layers),
    "weights_per_mac: Upside down: that is weights per MAC.",
    lambda layers: 1 / uses_per_weight.reference(layers),
    "two_per_mac: A multiply-accumulate is one use of a weight; the factor 2 belongs to operations (FLOPs).",
    lambda layers: 2 * uses_per_weight.reference(layers),
)


@exercise
def front(networks):
    return [name for name, cost, error in networks if not any(c < cost and e < error for _, c, e in networks)]


front.helps(
    explained="classic/summary#what-the-money-buys",
    worked=(
        {"networks": [["A", 1.0, 30.0], ["B", 2.0, 20.0], ["C", 3.0, 25.0]]},
        "A costs least, so nothing can be better in both. B errs least, the same. C costs more "
        "than B and errs more, so B dominates it.",
    ),
)


def _networks(rng, count):
    costs, errors = rng.sample(range(5, 160), count), sorted(rng.sample(range(200, 450), count), reverse=True)
    for _ in range(count):  # stir the order a little: what costs more is better, but not always
        i, j = rng.randrange(count), rng.randrange(count)
        errors[i], errors[j] = errors[j], errors[i]
    return [[name, c / 10, e / 10] for name, c, e in zip("ABCDEFGH", rng.sample(sorted(costs), count), errors)]


@front.skill(points=2)
def distinct(rng):
    "networks that all differ"
    while True:
        networks = _networks(rng, rng.randint(5, 8))
        if 3 <= len(front.reference(networks)) < len(networks):  # with one that two others beat, each in one thing
            return {"networks": networks}


@front.skill(points=1)
def tied(rng):
    "two networks of the same cost"
    networks = _networks(rng, 6)
    cheapest = min(networks, key=lambda n: n[1])
    other = next(n for n in networks if n is not cheapest)
    other[1] = cheapest[1]
    return {"networks": networks}


@front.wrong
def beaten_in_either(networks):
    "To be dominated, a network must lose in both, to one and the same other network."
    beaten = [(any(x < c for _, x, _ in networks), any(x < e for _, _, x in networks)) for _, c, e in networks]
    return [n[0] for n, b in zip(networks, beaten) if not any(b)]


@front.wrong
def beaten_by_different_ones(networks):
    "One and the same network must have both the lower cost and the lower error."
    beaten = [(any(x < c for _, x, _ in networks), any(x < e for _, _, x in networks)) for _, c, e in networks]
    return [n[0] for n, b in zip(networks, beaten) if not all(b)]


front.slips(
    "the_dominated_ones: Those are the networks to strike out.",
    lambda networks: [name for name, cost, error in networks if any(c < cost and e < error for _, c, e in networks)],
    "ties_dominate: At equal cost neither has the lower one, so neither dominates the other, by the rule given here.",
    lambda networks: [n for n, c, e in networks if not any(x <= c and y < e for _, x, y in networks)],
)


@exercise
def choose(networks, megabytes, giga_macs):
    return _best(networks, megabytes, giga_macs)


choose.helps(
    explained="classic/summary#does-one-fit-our-phone",
    worked=(
        {"networks": [["A", 10, 1, 30], ["B", 20, 2, 25], ["C", 60, 1, 20]], "megabytes": 100, "giga_macs": 3},
        "they take 4 · 10 = 40, 4 · 20 = 80 and 4 · 60 = 240 megabytes, so C is too large. All "
        "are within the MACs. Of A and B, the one with the lower error counts.",
    ),
)


def _best(networks, megabytes, giga_macs, unit=1, by=3):
    fits = [n for n in networks if 4 * n[1] <= megabytes * unit and n[2] <= giga_macs]
    return min(fits, key=lambda n: n[by])[0] if fits else "none"


def _device(rng):
    errors = rng.sample(range(200, 330), 8)  # no two alike, or two answers would be right
    networks = [
        [name, rng.randint(30, 1400) / 10, rng.randint(5, 120) / 10, error / 10]
        for name, error in zip("ABCDEFGH", errors)
    ]
    return {"networks": networks, "megabytes": rng.randint(80, 250), "giga_macs": rng.randint(3, 8)}


@choose.skill(points=1)
def roomy(rng):
    "a device with room for some networks"
    while True:
        case = _device(rng)
        answers = [
            _best(**case),
            _best(**{**case, "megabytes": 1e9}),
            _best(**{**case, "giga_macs": 1e9}),
            _best(**case, by=1),
        ]
        if answers[0] not in ("none", *answers[1:]):
            return case


@choose.skill(points=1)
def exact(rng):
    "a device on which the best network just fits"
    networks = _device(rng)["networks"]
    million, giga, lowest = rng.randint(20, 50), rng.randint(3, 8), min(n[3] for n in networks)
    best, heavy, slow = rng.sample(networks, 3)
    best[1:] = [million, giga, lowest - 1]
    heavy[1:] = [million + 0.2, giga, lowest - 2]  # better, and too large by less than a megabyte
    slow[1:] = [million, giga + 0.1, lowest - 3]
    return {"networks": networks, "megabytes": 4 * million, "giga_macs": giga}


@choose.skill(points=1)
def tight(rng):
    "a device on which the unit decides"
    while True:
        case = _device(rng)
        wanted = rng.choice(case["networks"])
        case["megabytes"] = int(4 * wanted[1] * 0.985)
        if _best(**case) != _best(**case, unit=2**20 / 1e6):
            return case


choose.slips(
    "mebibytes: Here a megabyte is a million bytes; with 2**20 a network passes that does not fit.",
    lambda networks, megabytes, giga_macs: _best(networks, megabytes, giga_macs, unit=2**20 / 1e6),
    "macs_only: The parameters must fit as well.",
    lambda networks, giga_macs: _best(networks, 1e9, giga_macs),
    "memory_only: The MACs must stay within the budget as well.",
    lambda networks, megabytes: _best(networks, megabytes, 1e9),
    "smallest: Of the networks that fit, the one with the lowest error is asked for, not the smallest.",
    lambda networks, megabytes, giga_macs: _best(networks, megabytes, giga_macs, by=1),
)


def _own_head(rng):
    hidden = [256 * rng.randint(4, 12) for _ in range(2)]
    return {
        "channels": 32 * rng.randint(6, 24),
        "side": rng.randint(4, 9),
        "hidden": hidden,
        "classes": rng.randint(30, 300),
    }


@exercise(variant=_own_head)
def my_saving(*, channels, side, hidden, classes):
    x, y = (FeatureMap(channels, side, side) for _ in range(2))
    x = Flatten()(x)
    for width in hidden:
        x = ReLU()(Linear(width)(x))
    flat, mean = Network(Linear(classes)(x)), Network(classifier(y, classes))
    return int(flat.params - mean.params)


my_saving.helps(
    explained="classic/googlenet#the-second-bill-average-instead-of-flatten",
    worked=(
        {"channels": 10, "side": 2, "hidden": [6, 6], "classes": 3},
        "10 channels of 2x2, hidden widths 6 and 6, 3 classes. The old head reads 10 · 4 = 40 "
        "values: 40 · 6 + 6 = 246, then 6 · 6 + 6 = 42, then 6 · 3 + 3 = 21. The new one reads 10 "
        "averages: 10 · 3 + 3 = 33. It saves 246 + 42 + 21 - 33 = 276.",
    ),
)


my_saving.asks(the_number=(2, "the parameters that your own network saves"))


def _flat(channels, side, hidden, classes, bias=1):
    widths = [channels * side**2, *hidden, classes]
    return sum((a + bias) * b for a, b in itertools.pairwise(widths))


my_saving.slips(
    "old_head_only: That is the old head; the new one has parameters too, from the averages to the classes.",
    lambda **given: _flat(**given),
    "only_first_layer: All three old layers go, not only the one that reads the map.",
    lambda channels, side, hidden, classes: (channels * side**2 + 1) * hidden[0] - (channels + 1) * classes,
    "not_flattened: The old head reads every value of the map: channels x side x side.",
    lambda **given: _flat(**{**given, "side": 1}) - (given["channels"] + 1) * given["classes"],
    "new_head_flattens: The new layer reads one average for each channel, whatever the side of the map.",
    lambda **given: _flat(**given) - (given["channels"] * given["side"] ** 2 + 1) * given["classes"],
    "without_biases: All these layers have biases, one for each output.",
    lambda **given: _flat(**given, bias=0) - given["channels"] * given["classes"],
    "hidden_layers_stay: The hidden layers go as well: a single layer leads from the averages to the classes.",
    lambda **given: _flat(**given) - _flat(**{**given, "side": 1}),
)


def _small(repeats, width, shortcut=True, hidden=None):
    x = ReLU()(conv_bn(FeatureMap(3, 64, 64), width, 3, stride=2))
    if shortcut:
        x = residual_stages(x, repeats, width, basic, "B", first_name=2)
    else:
        for stage, n in enumerate(repeats):
            for number in range(n):
                x = ReLU()(basic(x, width << stage, 2 if stage and not number else 1))
    if hidden:
        return Linear(100)(ReLU()(Linear(hidden)(Flatten()(x))))
    return classifier(x, 100)


@design
def end_of_a_decade():
    return _small((3, 3, 3), 16)


end_of_a_decade.helps(
    explained="classic/summary#what-each-idea-bought",
    worked=(
        {},
        "a 3x3 layer from 16 to 16 channels has 9 · 16 · 16 = 2304 weights, one from 64 to 64 has "
        "9 · 64 · 64 = 36864. On 8x8 each weight works 64 times, on 32x32 it works 1024 times. So "
        "which layers pay with parameters, and which with MACs? Many thin layers behind an early "
        "stride leave room for both.",
    ),
)


@end_of_a_decade.constraint(points=1)
def deep(network):
    "from 3x64x64 to 100 outputs, at least 20 layers deep"
    ends = network.input_shape == (3, 64, 64) and network.output_shape == (100,)
    return ends and network.depth >= 20, f"{from_to(network)}, depth {network.depth}"


@end_of_a_decade.constraint(points=1)
def joined(network):
    "at least 5 places where a map joins what was made from it, by a sum or a concatenation"
    found = sum(n.kind in ("Add", "Concat") and len({id(x) for x in n.inputs}) > 1 for n in network.layers)
    return found >= 5, f"it has {found}"


@end_of_a_decade.constraint(points=1)
def light(network):
    "at most 300,000 parameters, in at least 10 convolutions"
    found = sum(n.kind == "Conv2d" for n in network.layers)
    return found >= 10 and network.params <= 300_000, f"it has {network.params:,} parameters, {found} convolutions"


@end_of_a_decade.constraint(points=1)
def shared(network):
    "at most 60 M MACs, and each parameter used at least 100 times on average"
    uses = network.macs / network.params if network.params else 0
    return network.macs <= 60e6 and uses >= 100, f"it takes {network.macs:,} MACs, {uses:.0f} for each parameter"


end_of_a_decade.slips(
    "no_shortcuts: The bills are in order, but it is a plain chain: at such a depth it would be hard to train.",
    lambda: _small((3, 3, 3), 16, shortcut=False),
    "head_of_2014: "
    "The fully connected layers hold most parameters, each used once: average the map before the last layer.",
    lambda: _small((3, 3, 3), 16, hidden=512),
    "too_wide: Both bills grow with the square of the width: fewer channels, and depth instead.",
    lambda: _small((3, 3, 3), 32),
)


@prediction
def uses_in_alexnet():
    "how many times AlexNet uses a parameter for one image, on average (MACs by parameters)"
    net = models.alexnet()
    return net.macs / net.params


@prediction
def beaten_by_densenet():
    "how many times more parameters VGG-16 has than DenseNet-121, which makes fewer errors"
    return models.vgg16().params / models.densenet121().params
