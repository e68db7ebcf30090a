"""Memory: what is stored, what is alive at once, what training keeps, and what a zero costs."""

import itertools
from types import SimpleNamespace

from convcost import BatchNorm2d, Conv2d, FeatureMap, Network, ReLU, ReLU6, models
from convcost.memory import peak_activations, saved_for_backward

from ..exercise import exercise
from ..predictions import prediction

UNITS = {"MB": 10**6, "MiB": 2**20}
STATE = {"SGD": 0, "momentum": 1, "Adam": 2}


@exercise
def file_size(weights, norms, unit="MB", bits=32):
    """By the library, on a stand-in: a 1x1 convolution of so many weights, and batch norms of so many channels."""
    stored = int(Network(Conv2d(weights, 1, bias=False)(FeatureMap(1, 1, 1))).stored)
    stored += int(Network(BatchNorm2d()(FeatureMap(norms, 1, 1))).stored) if norms else 0
    return stored * bits / 8 / UNITS[unit]


def _network(rng, norms=0):
    weights = rng.randint(1_000_000, 30_000_000)
    return {"weights": weights, "norms": norms and weights // rng.randint(80, 200)}


@file_size.skill(points=1)
def megabytes(rng):
    "a size in MB"
    return {**_network(rng), "unit": "MB", "bits": rng.choice([8, 16, 32])}


@file_size.skill(points=1)
def mebibytes(rng):
    "a size in MiB"
    return {**_network(rng), "unit": "MiB", "bits": rng.choice([8, 16, 32])}


@file_size.skill(points=1)
def statistics(rng):
    "all that batch norm stores"
    return {**_network(rng, 1), "unit": rng.choice(["MB", "MiB"]), "bits": rng.choice([8, 16, 32])}


@file_size.wrong
def one_megabyte_for_all(weights, norms, unit="MB", bits=32):
    "MB and MiB are not the same: 10^6 and 2^20 bytes."
    return (weights + 4 * norms) * bits / 8 / 10**6


@file_size.wrong
def units_exchanged(weights, norms, unit="MB", bits=32):
    "The two units are exchanged: the one with the i is the binary one."
    return (weights + 4 * norms) * bits / 8 / {"MiB": 10**6, "MB": 2**20}[unit]


@file_size.wrong
def trained_only(weights, norms, unit="MB", bits=32):
    "Scale and shift are there. A batch norm also stores a mean and a variance for each channel."
    return (weights + 2 * norms) * bits / 8 / UNITS[unit]


@file_size.wrong
def weights_only(weights, norms, unit="MB", bits=32):
    "The batch norms are missing from the file."
    return weights * bits / 8 / UNITS[unit]


@file_size.wrong
def counts_bits(weights, norms, unit="MB", bits=32):
    "Those are bits; 8 of them make a byte."
    return (weights + 4 * norms) * bits / UNITS[unit]


@file_size.wrong
def always_four_bytes(weights, norms, unit="MB", bits=32):
    "Not every number takes 4 bytes here: `bits` says how many bits it has."
    return 4 * (weights + 4 * norms) / UNITS[unit]


@exercise
def peak(sizes, reads):
    maps = [FeatureMap(size, 1, 1) for size in sizes]
    new_map = SimpleNamespace(is_view=False, in_place=False)
    layers = [
        SimpleNamespace(inputs=[maps[i] for i in read], output=maps[number], layer=new_map)
        for number, read in enumerate(reads, start=1)
    ]
    return int(peak_activations(layers, [maps[-1]]))


def _sizes(rng, n):
    return [rng.randint(10, 99) for _ in range(n)]


@peak.skill(points=1)
def chain(rng):
    "a chain of layers"
    n = rng.randint(4, 7)
    sizes = _sizes(rng, n)
    at = rng.randint(1, n - 3)  # the peak: neither at the largest map's first use nor at an end
    sizes[at], sizes[at + 1] = rng.randint(100, 150), rng.randint(151, 199)
    return {"sizes": sizes, "reads": [[i] for i in range(n - 1)]}


@peak.skill(points=2)
def shortcuts(rng):
    "maps that are read again later"
    n = rng.randint(7, 9)
    sizes, reads = _sizes(rng, n), [[i] for i in range(n - 1)]
    early = rng.randint(0, 1)
    late = rng.randint(early + 3, n - 3)
    reads[late] = [early, late]
    sizes[early], sizes[late + 1] = rng.randint(80, 99), rng.randint(120, 149)
    sizes[late - 1], sizes[late] = rng.randint(151, 199), rng.randint(151, 199)
    return {"sizes": sizes, "reads": reads}


def _alive(sizes, reads, needed):
    """The most that is alive if map i is needed by layer number `needed(i)` for the last time."""
    return max(
        sum(sizes[i] for i in range(number + 1) if i == number or needed(i) >= number)
        for number in range(1, len(sizes))
    )


@peak.wrong
def everything(sizes, reads):
    "That is the sum of all maps. The room of a map is free after the last layer that reads it."
    return sum(sizes)


@peak.wrong
def largest_map(sizes, reads):
    "That is the largest map. While a layer runs, its input and its output are there at once."
    return max(sizes)


@peak.wrong
def inputs_and_output(sizes, reads):
    "Input and output of the running layer are there. But what a later layer will read stays in memory meanwhile."
    return max(sizes[number] + sum(sizes[i] for i in read) for number, read in enumerate(reads, start=1))


@peak.wrong
def neighbours(sizes, reads):
    "Only maps that follow each other were added. A map that is read again later lies beside them until then."
    return max(a + b for a, b in itertools.pairwise(sizes))


@peak.wrong
def freed_too_early(sizes, reads):
    "A layer needs its input until its output is complete; the input cannot make room for it."

    def needed(i):
        return max(number for number, read in enumerate(reads, start=1) if i in read) - 1

    return _alive(sizes, reads, lambda i: needed(i) if i < len(sizes) - 1 else len(sizes))


@peak.wrong
def image_stays(sizes, reads):
    "The image was kept to the end. It too goes when its last reader has run."
    return _alive(sizes, reads, lambda i: len(sizes) if i == 0 else _last(i, reads))


def _last(i, reads):
    return max((number for number, read in enumerate(reads, start=1) if i in read), default=0)


@exercise
def maps_kept(kinds):
    x = FeatureMap(8, 4, 4)
    size = x.elements
    for kind in kinds:
        x = {"conv": Conv2d(8, 3, padding=1), "norm": BatchNorm2d(), "relu": ReLU(), "relu6": ReLU6()}[kind](x)
    return int(saved_for_backward(Network(x).layers)[0] // size)


def _chain(rng, relu):
    """A chain of three to six convolutions, some with batch norm, most with an activation, the last without."""
    kinds = []
    for _ in range(rng.randint(3, 6)):
        kinds += ["conv", *rng.choice([[relu], ["norm", relu], ["norm", relu], ["norm"]])]
    return {"kinds": [*kinds, "conv", "norm", relu, "conv"]}


@maps_kept.skill(points=1)
def with_relu(rng):
    "a chain with ReLU"
    return _chain(rng, "relu")


@maps_kept.skill(points=1)
def with_relu6(rng):
    "a chain with ReLU6"
    return _chain(rng, "relu6")


@maps_kept.skill(points=1)
def ends_otherwise(rng):
    "a chain that ends with an activation"
    relu = rng.choice(["relu", "relu6"])
    return {"kinds": _chain(rng, relu)["kinds"][:-1]}


@maps_kept.wrong
def every_map(kinds):
    "Not every map is needed again. What a layer computed can be thrown away if no layer wants it for its gradient."
    return len(kinds) + 1


@maps_kept.wrong
def relu6_as_relu(kinds):
    "ReLU6 must know both ends where it is flat. PyTorch keeps its input, which nobody else wants."
    return maps_kept.reference(["relu" if k == "relu6" else k for k in kinds])


@maps_kept.wrong
def relu_as_relu6(kinds):
    "One map a layer is too many. ReLU keeps its output, which is the next layer's input: kept once."
    return maps_kept.reference(["relu6" if k == "relu" else k for k in kinds])


@maps_kept.wrong
def activations_keep_nothing(kinds):
    "An activation wants something back too: it must know where it was flat. What ends the chain shows it."
    return kinds.count("conv") + kinds.count("norm")


@maps_kept.wrong
def convolutions_only(kinds):
    "Those are the inputs of the convolutions. Batch norm wants its input back too, and so may the activation."
    return kinds.count("conv")


def _training(rng):
    """A network and a graphics card for which every slip leads to another batch."""
    while True:
        given = {
            "params": rng.randint(2_000_000, 60_000_000),
            "kept": rng.randint(4_000_000, 24_000_000),
            "gigabytes": rng.choice([6, 8, 10, 11, 12, 16]),
            "optimiser": rng.choice(["momentum", "Adam"]),
        }
        values = [f(**given) for f in (_largest, *SLIPS)]
        if len(set(values)) == len(values) and min(values) > 1:
            return given


def _largest(params, kept, gigabytes, optimiser, room=10**9, copies=None, width=4, up=0):
    copies = 2 + STATE[optimiser] if copies is None else copies
    return (gigabytes * room - width * copies * params) // (width * kept) + up


def no_gradients(params, kept, gigabytes, optimiser):
    "The gradients are missing: one number for each parameter, beside the parameter and the optimiser's state."
    return _largest(params, kept, gigabytes, optimiser, copies=1 + STATE[optimiser])


def no_state(params, kept, gigabytes, optimiser):
    "The optimiser's state is missing: one number per parameter with momentum, two with Adam."
    return _largest(params, kept, gigabytes, optimiser, copies=2)


def no_parameters(params, kept, gigabytes, optimiser):
    "Only the kept maps were counted. Parameters, gradients and the optimiser's state need room too."
    return _largest(params, kept, gigabytes, optimiser, copies=0)


def gibibytes(params, kept, gigabytes, optimiser):
    "The card was given in GB, 10^9 bytes each, not in GiB of 2^30."
    return _largest(params, kept, gigabytes, optimiser, room=2**30)


def one_too_many(params, kept, gigabytes, optimiser):
    "That many images no longer fit: round down."
    return _largest(params, kept, gigabytes, optimiser, up=1)


def grows_with_batch(params, kept, gigabytes, optimiser):
    "Only the maps grow with the batch. Parameters, gradients and state are there once, however many images."
    return gigabytes * 10**9 // (4 * (kept + (2 + STATE[optimiser]) * params))


SLIPS = (no_gradients, no_state, no_parameters, gibibytes, one_too_many, grows_with_batch)


@exercise(variant=_training)
def my_batch(*, params, kept, gigabytes, optimiser):
    return _largest(params, kept, gigabytes, optimiser)


@my_batch.skill(points=3)
def the_batch(rng, **given):
    "the largest batch that fits"
    return {}


for _slip in SLIPS:
    my_batch.wrong(_slip)


@exercise
def break_even(bits, index_bits=0):
    """The density at which a sparse format and a dense matrix take equally many bits per weight."""
    return bits / (bits + index_bits) if index_bits else (bits - 1) / bits


@break_even.skill(points=1)
def list_format(rng):
    "a list of values and places"
    return {"bits": rng.choice([4, 8, 16, 32]), "index_bits": rng.choice([5, 12, 20, 24, 64])}


@break_even.skill(points=1)
def bitmap(rng):
    "a bitmap"
    return {"bits": rng.randint(2, 32)}


@break_even.wrong
def index_against_value(bits, index_bits=0):
    "The index was held against the value. A kept weight takes both, value and index, in place of one value."
    return min(1.0, bits / index_bits) if index_bits else 1 / bits


@break_even.wrong
def saved_share(bits, index_bits=0):
    "That is the share of zeros that it takes. The density is the share of weights that are kept."
    return 1 - break_even.reference(bits, index_bits)


@break_even.wrong
def zeros_are_free(bits, index_bits=0):
    "Without any price for the places every zero would save something. A file must say which weights were kept."
    return 1.0


@break_even.wrong
def bit_per_kept_weight(bits, index_bits=0):
    "A bitmap has one bit for every place, also for those that hold a zero."
    return bits / (bits + (index_bits or 1))


@prediction
def kept_more():
    "how many times its parameters MobileNet V2 keeps of one image for the backward pass"
    net = models.mobilenet_v2()
    return int(saved_for_backward(net.layers)[0]) / int(net.params)
