"""Why light: budgets, savings and the share that they touch, Winograd's tiles, shrinking against restructuring."""

from itertools import pairwise
from math import prod

from convcost import Conv2d, FeatureMap, Network, models

from ..design import design, from_to
from ..exercise import exercise
from ..predictions import prediction

NAMES = ("Ada", "Bob", "Cleo", "Dora", "Emil", "Fay", "Gus", "Hal")


@exercise
def fitting(networks, megabytes, bytes_per_parameter, macs_per_second, images_per_second):
    return _fitting(networks, megabytes, bytes_per_parameter, macs_per_second, images_per_second)


fitting.helps(
    explained="light/why_light#two-limits",
    worked=(
        {
            "networks": [["Ada", 2000000, 100], ["Bob", 3000000, 50], ["Cleo", 1000000, 300]],
            "megabytes": 10,
            "bytes_per_parameter": 4,
            "macs_per_second": 2000,
            "images_per_second": 10,
        },
        "in megabytes they need 2 · 4 = 8, 3 · 4 = 12 and 1 · 4 = 4, of 10. In a second they need "
        "10 · 100 = 1000, 10 · 50 = 500 and 10 · 300 = 3000 MACs, of 2000. Bob is too large, Cleo "
        "too slow.",
    ),
)


def _fitting(networks, megabytes, bytes_per_parameter, macs_per_second, images_per_second, million=10**6):
    return [
        name
        for name, params, macs in networks
        if params * bytes_per_parameter <= megabytes * million and macs * images_per_second <= macs_per_second
    ]


def _phone(rng, small, quick):
    """Networks around a budget; small, quick: does all of them fit into the memory, the time?"""
    size, width, images = rng.randint(3, 40), rng.choice([1, 2, 4]), rng.randint(2, 30)
    most, macs = size * 10**6 // width, rng.randint(100, 900) * 10**6
    params = [most * 4 // 5, most, most * 102 // 100, most * 3 // 2, most * 3]
    costs = [macs * 4 // 5, macs, macs * 3 // 2, macs * images * 2]
    networks = []
    for name in rng.sample(NAMES, 6):
        own = rng.choice(params[:2] if small else params), rng.choice(costs[:2] if quick else costs)
        networks.append([name, *own])
    networks[rng.randrange(2)][1:] = [rng.choice(params[:2]), rng.choice(costs[:2])]
    networks[2 + rng.randrange(2)][1:] = [params[0], costs[2]] if small else [params[2], costs[0]]
    if not quick:
        networks[4][1:] = [params[0], costs[2]]
    return {
        "networks": networks,
        "megabytes": size,
        "bytes_per_parameter": width,
        "macs_per_second": macs * images,
        "images_per_second": images,
    }


fitting.asks(
    by_size=(1, "a budget of memory", lambda rng: _phone(rng, False, True)),
    by_time=(1, "a budget of time", lambda rng: _phone(rng, True, False)),
    by_both=(1, "both budgets", lambda rng: _phone(rng, False, False)),
)


@fitting.wrong
def strictly_within(networks, megabytes, bytes_per_parameter, macs_per_second, images_per_second):
    "A network that uses up the budget exactly is within it."
    return [
        name
        for name, params, macs in networks
        if params * bytes_per_parameter < megabytes * 10**6 and macs * images_per_second < macs_per_second
    ]


fitting.slips(
    "counts_mebibytes: A megabyte has 10^6 bytes; 2^20 bytes are a mebibyte, 4.9% more.",
    lambda networks, megabytes, bytes_per_parameter, macs_per_second, images_per_second: _fitting(
        networks, megabytes, bytes_per_parameter, macs_per_second, images_per_second, 2**20
    ),
    "one_image_a_second: The MACs per second are shared by all images of that second.",
    lambda networks, megabytes, bytes_per_parameter, macs_per_second: _fitting(
        networks, megabytes, bytes_per_parameter, macs_per_second, 1
    ),
    "memory_only: The memory was checked, the time was not.",
    lambda networks, megabytes, bytes_per_parameter, macs_per_second: _fitting(
        networks, megabytes, bytes_per_parameter, macs_per_second, 0
    ),
    "time_only: The time was checked, the memory was not.",
    lambda networks, megabytes, macs_per_second, images_per_second: _fitting(
        networks, megabytes, 0, macs_per_second, images_per_second
    ),
)


@exercise
def saving(shares, factors):
    return 1 / (1 - sum(shares) + sum(s / f for s, f in zip(shares, factors)))


saving.helps(
    explained="light/why_light#what-changes-one-bill-only",
    worked=(
        {"shares": [0.5, 0.25], "factors": [5, 2.5]},
        "the rest is 1 - 0.5 - 0.25 = 0.25 of the cost and stays. The two parts shrink to 0.5 / 5 "
        "= 0.1 and 0.25 / 2.5 = 0.1. So 0.25 + 0.1 + 0.1 = 0.45 is left, and 1 / 0.45 = 2.22.",
    ),
)


@saving.skill(points=1)
def one_part(rng):
    "one part that becomes cheaper"
    return {"shares": [rng.randint(10, 95) / 100], "factors": [rng.choice([2, 3, 5, 9, 40, 241])]}


@saving.skill(points=2)
def several_parts(rng):
    "several parts"
    shares = [rng.randint(10, 30) / 100 for _ in range(rng.randint(2, 3))]
    return {"shares": shares, "factors": [rng.choice([2, 3, 5, 9, 40]) for _ in shares]}


saving.slips(
    "best_factor: A part that became that many times cheaper is not the network: the rest costs what it did.",
    lambda factors: float(max(factors)),
    "weighted_mean: Factors cannot be averaged. Add up what is left of the cost, then divide.",
    lambda shares, factors: 1 - sum(shares) + sum(s * f for s, f in zip(shares, factors)),
    "rest_forgotten: The part that nothing was done about still costs what it did.",
    lambda shares, factors: 1 / sum(s / f for s, f in zip(shares, factors)),
    "what_is_left: That is the share of the cost that is left; the question is how many times fewer it is.",
    lambda shares, factors: 1 - sum(shares) + sum(s / f for s, f in zip(shares, factors)),
    "parts_vanish: As if the parts now cost nothing: a factor leaves share / factor of them.",
    lambda shares: 1 / (1 - sum(shares)),
)


@exercise
def winograd(side, c_in, c_out, tile=2, kernel_size=3):
    tiles = -(-side // tile)
    x = FeatureMap(c_in, tiles, tiles)
    # each position of the transformed tile is a 1x1 convolution over all tiles
    return int((tile + kernel_size - 1) ** 2 * Conv2d(c_out, 1, bias=False)(x).node.macs)


winograd.helps(
    explained="classic/vgg#friendly-to-winograd",
    worked=(
        {"side": 5, "c_in": 2, "c_out": 3},
        "tiles of 2 along a side of 5: two are not enough, so 3, and 3 · 3 = 9 in all. A tile "
        "takes (2 + 3 - 1) · (2 + 3 - 1) = 16 multiplications for each pair of channels, and "
        "there are 2 · 3 = 6 pairs: 9 · 16 · 6 = 864.",
    ),
)


def _layer(rng, tile, rest):
    c_in, c_out = rng.sample(range(2, 40), 2)
    return {"side": tile * rng.randint(2, 12) + rest, "c_in": c_in, "c_out": c_out}


@winograd.skill(points=1)
def whole_tiles(rng):
    "a map of whole tiles of 2 x 2"
    return _layer(rng, 2, 0)


@winograd.skill(points=1)
def larger_tiles(rng):
    "larger tiles and kernels"
    tile = rng.choice([3, 4, 6])
    return {**_layer(rng, tile, 0), "tile": tile, "kernel_size": rng.choice([3, 5])}


@winograd.skill(points=1)
def cut_tiles(rng):
    "a map that the tiles overlap"
    tile = rng.choice([3, 4, 6])
    return {**_layer(rng, tile, rng.randint(1, tile - 1)), "tile": tile, "kernel_size": 3}


winograd.slips(
    "output_of_the_output: `side` is the side of the output already, on which the tiles lie: nothing is taken off it.",
    lambda side, c_in, c_out, tile, kernel_size: (
        (tile + kernel_size - 1) ** 2 * (-((kernel_size - 1 - side) // tile)) ** 2 * c_in * c_out
    ),
    "direct: That is the direct convolution, without Winograd.",
    lambda side, c_in, c_out, kernel_size: kernel_size**2 * side**2 * c_in * c_out,
    "one_pair_of_channels: That is one input and one output channel; every pair of channels has its products.",
    lambda side, tile, kernel_size: (tile + kernel_size - 1) ** 2 * (-(-side // tile)) ** 2,
    "per_output_pixel: The products are for a whole tile of outputs, not for each output.",
    lambda side, c_in, c_out, tile, kernel_size: (tile + kernel_size - 1) ** 2 * side**2 * c_in * c_out,
    "drops_the_rest: A tile that sticks out over the border is computed as a whole all the same: round up.",
    lambda side, c_in, c_out, tile, kernel_size: (tile + kernel_size - 1) ** 2 * (side // tile) ** 2 * c_in * c_out,
    "always_two_and_three: "
    "The 16 belongs to tiles of 2 x 2 and kernels of 3 x 3. In general it is (tile + kernel_size - 1) squared.",
    lambda side, c_in, c_out, tile: 16 * (-(-side // tile)) ** 2 * c_in * c_out,
    "fraction_of_a_tile: There is no fraction of a tile: count whole tiles along each side, then square.",
    lambda side, c_in, c_out, tile, kernel_size: round(
        (tile + kernel_size - 1) ** 2 * (side / tile) ** 2 * c_in * c_out
    ),
)


def _own_net(rng):
    while True:
        channels, side = [], 16 * rng.randint(3, 12)
        for _ in range(rng.randint(4, 6)):
            channels.append((channels[-1] if channels else 16) + 8 * rng.randint(1, 6))
        given = {"side": side, "channels": channels, "factor": rng.randint(3, 12)}
        values = [answer(**given)[0] for answer in (_left, in_step, square_law, image_too, one_more)]
        if len(set(values)) == len(values):
            return given


def _macs(side, channels, percent=100, image=3):
    """Return the MACs with every number of channels cut to `percent`; each layer after the first halves the map."""
    total, c_in = 0, image
    for c in channels:
        c = c * percent // 100
        total += 9 * c_in * c * side**2
        c_in, side = c, (side + 1) // 2
    return total


def _left(side, channels, factor, shrinking_image=False):
    """Return [percent, MACs] of the shrunk network, by arithmetic."""
    whole = _macs(side, channels)
    found = []
    for percent in range(5, 101):
        macs = _macs(side, channels, percent, image=3 * percent / 100 if shrinking_image else 3)
        if factor * macs <= whole:
            found = [percent, round(macs)]
    return found


def in_step(side, channels, factor):
    "The MACs do not shrink in step with the channels: nearly every layer has them on both sides."
    return [100 // factor, _macs(side, channels, 100 // factor)]


def square_law(side, channels, factor):
    "Near, but the first layer reads the image's 3 channels, which do not shrink, and channels are whole numbers."
    percent = int(100 / factor**0.5)
    return [percent, _macs(side, channels, percent)]


def image_too(side, channels, factor):
    "The image keeps its three channels."
    return _left(side, channels, factor, shrinking_image=True)


def one_more(side, channels, factor):
    "With that percentage the budget is just exceeded."
    percent = _left(side, channels, factor)[0] + 1
    return [percent, _macs(side, channels, percent)]


@exercise(variant=_own_net)
def my_percent(*, side, channels, factor):
    def macs(percent):
        x = FeatureMap(3, side, side)
        for number, c in enumerate(channels):
            x = Conv2d(c * percent // 100, 3, stride=2 if number else 1, padding=1, bias=False)(x)
        return Network(x).macs

    whole, low, high = macs(100), 5, 100
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if factor * macs(middle) <= whole else (low, middle)
    return [low, int(macs(low))]


my_percent.helps(
    explained="light/why_light#smaller-or-different",
    worked=(
        {"side": 8, "channels": [100, 200], "factor": 4},
        "100 and 200 channels, 8x8 pixels, 4 times fewer. A channel of the first layer takes 27 · "
        "64 = 1728 MACs, a pair of the second, on 4x4, 9 · 16 = 144. Before: 1728 · 100 + 144 · "
        "100 · 200 = 3052800, a quarter is 763200. With 48 percent it is 1728 · 48 + 144 · 48 · "
        "96 = 746496; with 49 it is 1728 · 49 + 144 · 49 · 98 = 776160, too much.",
    ),
)


def without_strides(side, channels, factor):
    "Every layer was counted on the map of the first. Each later one has a stride of 2, which halves its sides."
    whole = _on_one_map(side, channels, 100)
    percent = next(p for p in range(100, -1, -1) if factor * _on_one_map(side, channels, p) <= whole)
    return [percent, _on_one_map(side, channels, percent)]


def _on_one_map(side, channels, percent):
    widths = [3, *(c * percent // 100 for c in channels)]
    return 9 * side**2 * sum(a * b for a, b in pairwise(widths))


my_percent.asks(the_width=(3, "the width that is left"))
for _wrong in (in_step, square_law, image_too, one_more):
    my_percent.wrong(_wrong)
my_percent.wrong(without_strides)


@design
def restructured():
    x = FeatureMap(64, 56, 56)
    x = Conv2d(64, kernel_size=3, padding=1, groups=64, bias=False)(x)
    return Conv2d(128, kernel_size=1, bias=False)(x)


restructured.helps(
    explained="light/why_light#what-can-be-changed-in-a-layer",
    worked=(
        {},
        "the layer does two jobs at once. To look around takes 9 weights for a channel, to "
        "combine takes 64 for an output. Done at once they multiply: 9 · 64 · 128 = 73728. What "
        "do you get if they are done one after the other?",
    ),
)


@restructured.constraint(points=1)
def shapes_and_sight(network):
    "64x56x56 to 128x56x56, a receptive field of at least 3"
    found = network.input_shape, network.output_shape
    return found == ((64, 56, 56), (128, 56, 56)) and network.receptive_field >= 3, (
        f"{from_to(network)}, receptive field {network.receptive_field}"
    )


@restructured.constraint(points=1)
def mixing(network):
    "a last convolution without groups, so that every output can draw on every channel before"
    found = [n for n in network.layers if n.kind == "Conv2d"]
    wide = bool(found) and found[-1].layer.groups == 1 and found[-1].inputs[0].channels >= 64
    return wide, f"its last convolution reads {found[-1].inputs[0].channels}" if found else "it has no convolution"


@restructured.constraint(points=2)
def light(network):
    "at most an eighth of the MACs and of the parameters of one 3x3 convolution, and some of both"
    whole = Network(Conv2d(128, 3, padding=1, bias=False)(FeatureMap(64, 56, 56)))
    met = 0 < 8 * network.macs <= whole.macs and 0 < 8 * network.params <= whole.params
    factors = [large / max(own, 1) for large, own in ((whole.macs, network.macs), (whole.params, network.params))]
    return met, "{:.2f} times fewer MACs, {:.2f} times fewer parameters".format(*factors)


restructured.slips(
    "one_convolution: That is the convolution that should become lighter.",
    lambda: Conv2d(128, kernel_size=3, padding=1, bias=False)(FeatureMap(64, 56, 56)),
    "in_groups: Eight groups are light enough, but each output now sees eight channels only.",
    lambda: Conv2d(128, kernel_size=3, padding=1, groups=8, bias=False)(FeatureMap(64, 56, 56)),
    "blind: A 1x1 convolution is light, but it sees a single pixel.",
    lambda: Conv2d(128, kernel_size=1, bias=False)(FeatureMap(64, 56, 56)),
)


@prediction
def lighter_vgg():
    "how many times fewer parameters VGG-16 has if its fully connected layers become 241 times smaller"
    net = models.vgg16()
    share = net["classifier"].params / net.params
    return saving.reference([share], [241])


@prediction
def tiles_of_four():
    "how many times fewer multiplications Winograd's tiles of 4 x 4 outputs need for a 3x3 kernel (2 x 2: 2.25)"
    return prod((9, 16)) / (4 + 3 - 1) ** 2
