"""LeNet: small windows and shared weights, maps that read some maps, the pattern of the early networks."""

import re

from convcost import Concat, Conv2d, FeatureMap, Flatten, Linear, MaxPool2d, Network, ReLU, SelectChannels, models

from ..design import design, from_to
from ..exercise import exercise
from ..predictions import prediction


@exercise
def window_params(side, maps, kernel_size, shared):
    net = Network(Conv2d(maps, kernel_size)(FeatureMap(1, side, side)))
    places = net.output_shape[1] ** 2
    return int(net.params) * (1 if shared else places)


window_params.helps(
    explained="classic/lenet#two-ideas-in-one-layer",
    worked=(
        {"side": 5, "maps": 2, "kernel_size": 3, "shared": False},
        "a window has 3 · 3 = 9 weights and a bias, 10 parameters; 2 maps have 2 · 10 = 20. A "
        "window of 3 finds 5 - 3 + 1 = 3 places in a row, 3 · 3 = 9 in all. Not shared, each "
        "place has its own: 9 · 20 = 180. Shared, there would be 20.",
    ),
)


def _windows(rng, shared):
    kernel_size = rng.choice([3, 5, 7])
    return {
        "side": kernel_size + rng.randint(4, 30),
        "maps": rng.randint(3, 12),
        "kernel_size": kernel_size,
        "shared": shared,
    }


window_params.asks(
    convolution=(1, "a convolution, whose places share their weights", lambda rng: _windows(rng, True)),
    unshared=(2, "windows without sharing", lambda rng: _windows(rng, False)),
)
window_params.slips(
    "always_shared: Without sharing, each place of the output has weights and a bias of its own.",
    lambda maps, kernel_size: (kernel_size**2 + 1) * maps,
    "never_shared: With sharing, one window and one bias serve at every place of a map.",
    lambda side, maps, kernel_size: (kernel_size**2 + 1) * maps * (side - kernel_size + 1) ** 2,
    "as_many_places_as_pixels: A window of side k stops at side - k + 1 places along an axis, not at every pixel.",
    lambda side, maps, kernel_size, shared: (kernel_size**2 + 1) * maps * (1 if shared else side**2),
    "one_axis: There are places along both axes of the map.",
    lambda side, maps, kernel_size, shared: (kernel_size**2 + 1) * maps * (1 if shared else side - kernel_size + 1),
    "shared_bias: Without sharing, the biases are not shared either: one for each output.",
    lambda side, maps, kernel_size, shared: (
        maps * (kernel_size**2 * (1 if shared else (side - kernel_size + 1) ** 2) + 1)
    ),
    "fully_connected: An output reads its window only, not the whole image.",
    lambda side, maps, kernel_size, shared: (side**2 + 1) * maps * (1 if shared else (side - kernel_size + 1) ** 2),
)


@exercise
def partial_params(reads, kernel_size):
    x = FeatureMap(1 + max(map(max, reads)), kernel_size, kernel_size)
    maps = [Conv2d(1, kernel_size)(SelectChannels(tuple(some))(x)) for some in reads]
    return int(Network(Concat()(*maps)).params)


partial_params.helps(
    explained="classic/lenet#to-the-last-parameter",
    worked=(
        {"reads": [[0, 1], [1, 2], [0, 1, 2]], "kernel_size": 2},
        "the three output maps read 2, 2 and 3 maps, so there are 2 + 2 + 3 = 7 windows of 2 · 2 "
        "= 4 weights: 7 · 4 = 28. Each output map has one bias: 28 + 3 = 31.",
    ),
)


@partial_params.skill(points=1)
def full(rng):
    "a layer in which every map reads all maps below"
    below = list(range(rng.randint(3, 8)))
    return {"reads": [below] * rng.randint(4, 9), "kernel_size": rng.choice([2, 3, 5, 7])}


@partial_params.skill(points=2)
def partial(rng):
    "a layer in which some maps read only some"
    below = rng.randint(4, 8)
    reads = [sorted(rng.sample(range(below), rng.randint(2, below - 1))) for _ in range(rng.randint(4, 9))]
    return {"reads": [*reads, list(range(below))], "kernel_size": rng.choice([2, 3, 5, 7])}


partial_params.slips(
    "connects_everything: Each output map was given all maps below; count only those in its list.",
    lambda reads, kernel_size: (kernel_size**2 * (1 + max(map(max, reads))) + 1) * len(reads),
    "always_six: Six maps lie below LeNet's C3; here each list says how many are read.",
    lambda reads, kernel_size: (6 * kernel_size**2 + 1) * len(reads),
    "forgets_biases: The biases are missing: one for each output map.",
    lambda reads, kernel_size: kernel_size**2 * sum(map(len, reads)),
    "bias_for_each_pair: One bias per output map is enough, however many maps it reads.",
    lambda reads, kernel_size: (kernel_size**2 + 1) * sum(map(len, reads)),
    "one_bias_in_all: Each output map has a bias of its own; one for the whole layer is too few.",
    lambda reads, kernel_size: kernel_size**2 * sum(map(len, reads)) + 1,
    "kernel_not_squared: The window has kernel_size x kernel_size cells, not kernel_size.",
    lambda reads, kernel_size: kernel_size * sum(map(len, reads)) + len(reads),
    "shares_across_maps: "
    "One window for each output map was counted; it has a window of its own for every map that it reads.",
    lambda reads, kernel_size: (kernel_size**2 + 1) * len(reads),
)


@exercise
def pattern_params(n, side, channels, hidden, classes):
    x = FeatureMap(3, side, side)
    for stage in range(n):
        x = MaxPool2d(2)(ReLU()(Conv2d(channels * 2**stage, kernel_size=3, padding=1)(x)))
    return int(Network(Linear(classes)(ReLU()(Linear(hidden)(Flatten()(x))))).params)


pattern_params.helps(
    explained="classic/lenet#the-pattern-of-the-early-networks",
    worked=(
        {"n": 2, "side": 8, "channels": 2, "hidden": 10, "classes": 3},
        "the first convolution leads from 3 to 2 channels: 9 · 3 · 2 + 2 = 56. The second leads "
        "from 2 to 4: 9 · 2 · 4 + 4 = 76. Two poolings leave 2x2, so 4 · 4 = 16 values are "
        "connected with 10: 16 · 10 + 10 = 170. The last layer has 10 · 3 + 3 = 33. Together 56 + "
        "76 + 170 + 33 = 335.",
    ),
)


def _pattern(rng, n):
    return {
        "n": n,
        "side": 16 * rng.randint(2, 6) + rng.choice([0, 1, 7, 15]),  # a pooling drops an odd row
        "channels": rng.choice([4, 6, 8, 12]),
        "hidden": rng.choice([40, 64, 100, 120]),
        "classes": rng.randint(5, 50),
    }


def _by_hand(n, side, channels, hidden, classes, doubles=True, halves=2, biases=True, inputs=3, whole=True):
    """Return the parameters by arithmetic: what the wrong answers are made of."""
    total, c_in = 0, inputs
    for stage in range(n):
        c_out = channels * 2**stage if doubles else channels
        total += 9 * c_in * c_out + biases * c_out
        c_in, side = c_out, side // halves if whole else side / halves
    return total + (c_in * side**2 + biases) * hidden + (hidden + biases) * classes


pattern_params.asks(
    one_stage=(1, "a single stage", lambda rng: _pattern(rng, 1)),
    more_stages=(2, "two to four stages", lambda rng: _pattern(rng, rng.randint(2, 4))),
)
pattern_params.slips(
    "no_pooling: Each pooling halves the side of the map, and the first fully connected layer reads the last one.",
    lambda **given: _by_hand(**given, halves=1),
    "quarter_side: A pooling halves each side; the map keeps a quarter of its positions.",
    lambda **given: _by_hand(**given, halves=4),
    "forgets_biases: The biases are missing: one for each output channel, hidden output and class.",
    lambda **given: _by_hand(**given, biases=False),
    "biases_of_convolutions_only: Both fully connected layers have biases, too: one for each hidden output and class.",
    lambda hidden, classes, **given: _by_hand(hidden=hidden, classes=classes, **given) - hidden - classes,
    "biases_of_the_end_only: The convolutions have biases, too: one for each output channel.",
    lambda n, channels, **given: _by_hand(n=n, channels=channels, **given) - channels * (2**n - 1),
    "no_hidden_layer: Between the last map and the classes stands a fully connected layer with `hidden` outputs.",
    lambda n, side, channels, classes: (
        _by_hand(n, side, channels, 0, 0) + (channels * 2 ** (n - 1) * (side // 2**n) ** 2 + 1) * classes
    ),
    "grey_image: The image has three channels.",
    lambda **given: _by_hand(**given, inputs=1),
    "same_channels: The channels double from stage to stage.",
    lambda **given: _by_hand(**given, doubles=False),
    "half_pixels: A pooling of an odd side leaves its last row out: 7 becomes 3, not 3.5. Divide with `//`.",
    lambda n, side, channels, hidden, classes: _by_hand(n, side, channels, hidden, classes, whole=False),
    "convolutions_only: The two fully connected layers have parameters, too, and mostly many more.",
    lambda n, side, channels: _by_hand(n, side, channels, 0, 0),
)


LETTERS = {"Conv2d": "C", "ReLU": "R", "MaxPool2d": "M", "Linear": "F"}
WORDS = {"C": "convolution", "R": "ReLU", "M": "max pooling", "F": "fully connected layer"}
BEGUN = re.compile("(CRM)*(C|CR|(?<=M)FR?|(?<=M)FR?FR?|(?<=M)FR?FR?F)?")  # what may still become the formula


def _spelled(network):
    """Return a letter for each layer; a window as large as its map is a fully connected layer, as in LeNet's C5."""
    letters = ""
    for node in network.layers:
        whole = node.kind == "Conv2d" and tuple(node.output.shape[1:]) == (1, 1)
        letters += "F" if whole else LETTERS.get(node.kind, "" if node.kind == "Flatten" else "?")
    return letters


def _where_it_breaks(network):
    """Return in words where a network leaves the formula, or that it ends too soon; "" if it follows it."""
    spelled = _spelled(network)
    if re.fullmatch("(CRM)+(FR?){1,2}F", spelled):
        return ""
    end = next(i for i in range(len(spelled), -1, -1) if BEGUN.fullmatch(spelled[:i]))
    if end == len(spelled):
        return "it ends before its output, a fully connected layer behind one or two others"
    kinds = [node.kind for node in network.layers if node.kind != "Flatten"]
    strange = WORDS.get(spelled[end], kinds[end])
    return f"a {strange} stands behind {f'a {WORDS[spelled[end - 1]]}' if end else 'the image'} (layer {end + 1})"


@design
def small_lenet():
    x = FeatureMap(1, 32, 32)
    for channels in (6, 12, 24):
        x = MaxPool2d(2)(ReLU()(Conv2d(channels, kernel_size=3, padding=1)(x)))
    return Linear(10)(ReLU()(Linear(32)(Flatten()(x))))


small_lenet.helps(
    explained="classic/lenet#the-pattern-of-the-early-networks",
    worked=(
        {},
        "behind two poolings 12 channels of 8x8 are 12 · 64 = 768 values; behind a third, 24 "
        "channels of 4x4 are 24 · 16 = 384. The fully connected layer that reads them has half "
        "the weights then. And on 32x32 a 5x5 kernel takes 25 · 1024 = 25600 MACs for each output "
        "channel, a 3x3 only 9 · 1024 = 9216.",
    ),
)


@small_lenet.constraint(points=1)
def the_formula(network):
    "the formula from 1x32x32 to 10 outputs: n x (convolution, ReLU, max pooling), 1 or 2 x fully connected, output"
    if network.input_shape != (1, 32, 32) or network.output_shape != (10,):
        return False, f"it leads from {from_to(network)}"
    broken = _where_it_breaks(network)
    return not broken, broken


@small_lenet.constraint(points=2)
def light(network):
    "at most 20,000 parameters, a third of LeNet-5's, in at least one convolution and a classifier"
    kinds = {n.kind for n in network.layers}
    return network.params <= 20_000 and {"Conv2d", "Linear"} <= kinds, f"it has {network.params:,} parameters"


@small_lenet.constraint(points=1)
def quick(network):
    "at most 400,000 MACs, about as many as LeNet-5, in at least one convolution and a classifier"
    kinds = {n.kind for n in network.layers}
    return network.macs <= 400_000 and {"Conv2d", "Linear"} <= kinds, f"it takes {network.macs:,} MACs"


@small_lenet.wrong
def one_stage():
    "After a single stage the map is still large, and its first fully connected layer holds nearly all parameters."
    x = MaxPool2d(2)(ReLU()(Conv2d(6, kernel_size=5)(FeatureMap(1, 32, 32))))
    return Linear(10)(ReLU()(Linear(84)(Flatten()(x))))


@small_lenet.wrong
def lenet_as_taught():
    "That is LeNet-5 itself. Another stage, or fewer hidden units, makes it lighter."
    x = MaxPool2d(2)(ReLU()(Conv2d(6, kernel_size=5)(FeatureMap(1, 32, 32))))
    x = MaxPool2d(2)(ReLU()(Conv2d(16, kernel_size=5)(x)))
    return Linear(10)(ReLU()(Linear(84)(ReLU()(Linear(120)(Flatten()(x))))))


@prediction
def c5_share():
    "by what factor the parameters of LeNet-5's layer C5 grow if the image is 40x40 in place of 32x32 pixels"
    large = Conv2d(120, kernel_size=7)(FeatureMap(16, 7, 7))  # its window is as large as the map: (40 - 4) / 2, ...
    return Network(large).params / models.lenet5()["C5"].params
