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


file_size.helps(
    explained="flops/memory#stored-mb-mib-and-rounding-too-early",
    worked=(
        {"weights": 1000000, "norms": 50000, "bits": 16},
        "a batch norm stores 4 numbers for each channel: 4 · 50000 = 200000. With the weights "
        "that is 1.2 million numbers of 16 / 8 = 2 bytes, 2 · 1.2 = 2.4 million bytes. A MB is a "
        "million of them; for MiB you would divide by 2²⁰ instead.",
    ),
)


def _network(rng, norms=0):
    weights = rng.randint(1_000_000, 30_000_000)
    return {"weights": weights, "norms": norms and weights // rng.randint(80, 200)}


file_size.asks(
    megabytes=(1, "a size in MB", lambda rng: {**_network(rng), "unit": "MB", "bits": rng.choice([8, 16, 32])}),
    mebibytes=(1, "a size in MiB", lambda rng: {**_network(rng), "unit": "MiB", "bits": rng.choice([8, 16, 32])}),
    statistics=(
        1,
        "all that batch norm stores",
        lambda rng: {**_network(rng, 1), "unit": rng.choice(["MB", "MiB"]), "bits": rng.choice([8, 16, 32])},
    ),
)
file_size.slips(
    "one_megabyte_for_all: MB and MiB are not the same: 10^6 and 2^20 bytes.",
    lambda weights, norms, bits: (weights + 4 * norms) * bits / 8 / 10**6,
    "units_exchanged: The two units are exchanged: the one with the i is the binary one.",
    lambda weights, norms, unit, bits: (weights + 4 * norms) * bits / 8 / {"MiB": 10**6, "MB": 2**20}[unit],
    "trained_only: Scale and shift are there. A batch norm also stores a mean and a variance for each channel.",
    lambda weights, norms, unit, bits: (weights + 2 * norms) * bits / 8 / UNITS[unit],
    "weights_only: The batch norms are missing from the file.",
    lambda weights, unit, bits: weights * bits / 8 / UNITS[unit],
    "counts_bits: Those are bits; 8 of them make a byte.",
    lambda weights, norms, unit, bits: (weights + 4 * norms) * bits / UNITS[unit],
    "always_four_bytes: Not every number takes 4 bytes here: `bits` says how many bits it has.",
    lambda weights, norms, unit: 4 * (weights + 4 * norms) / UNITS[unit],
)


@exercise
def peak(sizes, reads):
    maps = [FeatureMap(size, 1, 1) for size in sizes]
    new_map = SimpleNamespace(is_view=False, in_place=False)
    layers = [
        SimpleNamespace(inputs=[maps[i] for i in read], output=maps[number], layer=new_map)
        for number, read in enumerate(reads, start=1)
    ]
    return int(peak_activations(layers, [maps[-1]]))


peak.helps(
    explained="flops/memory#alive-the-peak",
    worked=(
        {"sizes": [4, 8, 6, 3], "reads": [[0], [1], [0, 2]]},
        "the image is read again by layer 3, so it stays. Layer 1: image and map 1, 4 + 8 = 12. "
        "Layer 2: the image as well, 4 + 8 + 6 = 18. Layer 3: map 1 is gone, 4 + 6 + 3 = 13. The "
        "largest counts.",
    ),
)


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


peak.slips(
    "everything: That is the sum of all maps. The room of a map is free after the last layer that reads it.",
    lambda sizes: sum(sizes),
    "largest_map: That is the largest map. While a layer runs, its input and its output are there at once.",
    lambda sizes: max(sizes),
    "inputs_and_output: "
    "Input and output of the running layer are there. But what a later layer will read stays in memory meanwhile.",
    lambda sizes, reads: max(sizes[number] + sum(sizes[i] for i in read) for number, read in enumerate(reads, start=1)),
    "neighbours: "
    "Only maps that follow each other were added. A map that is read again later lies beside them until then.",
    lambda sizes: max(a + b for a, b in itertools.pairwise(sizes)),
    "image_stays: The image was kept to the end. It too goes when its last reader has run.",
    lambda sizes, reads: _alive(sizes, reads, lambda i: len(sizes) if i == 0 else _last(i, reads)),
)


@peak.wrong
def freed_too_early(sizes, reads):
    "A layer needs its input until its output is complete; the input cannot make room for it."

    def needed(i):
        return max(number for number, read in enumerate(reads, start=1) if i in read) - 1

    return _alive(sizes, reads, lambda i: needed(i) if i < len(sizes) - 1 else len(sizes))


def _last(i, reads):
    return max((number for number, read in enumerate(reads, start=1) if i in read), default=0)


@exercise
def maps_kept(kinds):
    x = FeatureMap(8, 4, 4)
    size = x.elements
    for kind in kinds:
        x = {"conv": Conv2d(8, 3, padding=1), "norm": BatchNorm2d(), "relu": ReLU(), "relu6": ReLU6()}[kind](x)
    return int(saved_for_backward(Network(x).layers)[0] // size)


maps_kept.helps(
    explained="flops/memory#kept-training",
    worked=(
        {"kinds": ["conv", "norm", "relu", "conv"]},
        "number the maps: the image is 0, then come 1, 2, 3 and 4. The first convolution keeps "
        "its input, 0. The norm keeps its input, 1. ReLU keeps its output, 3. The last "
        "convolution keeps its input, 3 again, which is there already. So the maps 0, 1 and 3 are "
        "kept.",
    ),
)


def _chain(rng, *relus):
    """A chain of three to six convolutions, some with batch norm, most with an activation, the last without."""
    kinds = ["conv", "norm", *relus[1:]] if len(relus) > 1 else []
    for _ in range(rng.randint(3, 6)):
        relu = rng.choice(relus)
        kinds += ["conv", *rng.choice([[relu], ["norm", relu], ["norm", relu], ["norm"]])]
    relu = relus[0]
    return {"kinds": [*kinds, "conv", "norm", relu, "conv"]}


maps_kept.asks(
    with_relu=(1, "a chain with ReLU", lambda rng: _chain(rng, "relu")),
    with_both=(1, "a chain with ReLU and ReLU6", lambda rng: _chain(rng, "relu", "relu6")),
)


@maps_kept.skill(points=1)
def ends_otherwise(rng):
    "a chain that ends with an activation"
    relu = rng.choice(["relu", "relu6"])
    return {"kinds": _chain(rng, relu)["kinds"][:-1]}


maps_kept.slips(
    "every_map: "
    "Not every map is needed again. What a layer computed can be thrown away if no layer wants it for its gradient.",
    lambda kinds: len(kinds) + 1,
    "relu6_as_relu: ReLU6 must know both ends where it is flat. PyTorch keeps its input, which nobody else wants.",
    lambda kinds: maps_kept.reference(["relu" if k == "relu6" else k for k in kinds]),
    "relu_as_relu6: One map a layer is too many. ReLU keeps its output, which is the next layer's input: kept once.",
    lambda kinds: maps_kept.reference(["relu6" if k == "relu" else k for k in kinds]),
    "activations_keep_nothing: "
    "An activation wants something back too: it must know where it was flat. What ends the chain shows it.",
    lambda kinds: kinds.count("conv") + kinds.count("norm"),
    "convolutions_only: "
    "Those are the inputs of the convolutions. Batch norm wants its input back too, and so may the activation.",
    lambda kinds: kinds.count("conv"),
)


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


my_batch.helps(
    explained="flops/memory#kept-training",
    worked=(
        {"params": 1000000, "kept": 2000000, "gigabytes": 1, "optimiser": "momentum"},
        "1 million parameters, 2 million kept numbers for an image, a card of 1 GB, momentum. "
        "Parameters, gradients and state are 3 million numbers, 3 · 4 = 12 million bytes, so 1000 "
        "- 12 = 988 million are left. An image takes 2 · 4 = 8 million: 988 / 8 = 123.5, rounded "
        "down.",
    ),
)


my_batch.asks(the_batch=(3, "the largest batch that fits"))
for _slip in SLIPS:
    my_batch.wrong(_slip)


@exercise
def break_even(bits, index_bits=0):
    """The density at which a sparse format and a dense matrix take equally many bits per weight."""
    return bits / (bits + index_bits) if index_bits else (bits - 1) / bits


break_even.helps(
    explained="flops/memory#does-a-zero-take-no-room",
    worked=(
        {"bits": 6, "index_bits": 18},
        "the dense matrix takes 6 bits for each place. The list takes 6 + 18 = 24 bits, but only "
        "for each kept value. Both are equal where the kept share times 24 makes 6: 6 / 24 = "
        "0.25.",
    ),
)


break_even.asks(
    list_format=(
        1,
        "a list of values and places",
        lambda rng: {"bits": rng.choice([4, 8, 16, 32]), "index_bits": rng.choice([5, 12, 20, 24, 64])},
    ),
    bitmap=(1, "a bitmap", lambda rng: {"bits": rng.randint(2, 32)}),
)
break_even.slips(
    "index_against_value: "
    "A kept weight takes both, its value and its index; a weight of the whole table takes a value alone.",
    lambda bits, index_bits: min(1.0, bits / index_bits) if index_bits else 1 / bits,
    "saved_share: That is the share of zeros that it takes. The density is the share of weights that are kept.",
    lambda bits, index_bits: 1 - break_even.reference(bits, index_bits),
    "zeros_are_free: "
    "Without any price for the places every zero would save something. A file must say which weights were kept.",
    lambda: 1.0,
    "bit_per_kept_weight: A bitmap has one bit for every place, also for those that hold a zero.",
    lambda bits, index_bits: bits / (bits + (index_bits or 1)),
)


@prediction
def kept_more():
    "how many times its parameters MobileNet V2 keeps of one image for the backward pass"
    net = models.mobilenet_v2()
    return int(saved_for_backward(net.layers)[0]) / int(net.params)
