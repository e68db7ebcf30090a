"""AlexNet and ZFNet: what dropout leaves of a sum, halves, units of size, and strides that see too little."""

from math import lcm

from convcost import Conv2d, FeatureMap, MaxPool2d, Network, models

from ..exercise import exercise
from ..predictions import prediction


@exercise
def unit_mean(weights, values, drop, scaled):
    total = sum(weight * value for weight, value in zip(weights, values))
    return total if scaled else total * (1 - drop)


unit_mean.helps(
    explained="classic/alexnet#too-many-parameters-two-remedies",
    worked=(
        {"weights": [2, 5], "values": [3, 1], "drop": 0.25, "scaled": False},
        "with nothing dropped the sum is 2 · 3 + 5 · 1 = 11. Each value is there with a chance of "
        "1 - 0.25 = 0.75, so on average 0.75 · 11 = 8.25 is left. If the kept values were scaled "
        "up, each product would be divided by 0.75.",
    ),
)


def _unit(rng, scaled):
    count = rng.randint(2, 6)
    return {
        "weights": [rng.choice([-3, -2, -1, 1, 2, 3, 4]) for _ in range(count - 1)] + [5],
        "values": [rng.randint(1, 9) for _ in range(count)],
        "drop": rng.choice([0.1, 0.2, 0.25, 0.4, 0.6, 0.75]),
        "scaled": scaled,
    }


unit_mean.asks(
    plain=(1, "values that are dropped and nothing else", lambda rng: _unit(rng, False)),
    scaled=(1, "values of which the kept ones are scaled up", lambda rng: _unit(rng, True)),
)
unit_mean.slips(
    "nothing_dropped: Without scaling, dropped values are missing from the sum: its mean is smaller.",
    lambda weights, values: float(sum(w * v for w, v in zip(weights, values))),
    "keeps_what_is_dropped: `drop` is the probability that a value is switched off, not that it stays.",
    lambda weights, values, drop, scaled: sum(w * v for w, v in zip(weights, values)) * (1 if scaled else drop),
    "forgets_scaling: The kept values were divided by the probability to be kept, which makes up for the others.",
    lambda weights, values, drop: sum(w * v for w, v in zip(weights, values)) * (1 - drop),
    "scales_twice: Some values are dropped and the others scaled up: the two cancel on average.",
    lambda weights, values, drop, scaled: (
        sum(w * v for w, v in zip(weights, values)) / (1 - drop)
        if scaled
        else sum(w * v for w, v in zip(weights, values)) * (1 - drop)
    ),
    "always_half: AlexNet dropped half of the units; here it is the share `drop`.",
    lambda weights, values, scaled: sum(w * v for w, v in zip(weights, values)) * (1 if scaled else 0.5),
)


def _own_alexnet(rng):
    groups = rng.choice([2, 4])
    channels = [8 * rng.randint(low, high) for low, high in ((4, 12), (13, 24), (25, 40), (20, 36), (14, 24))]
    side = 4 * rng.randint(8, 15) + 2  # of the first map: even, and so is the next, so that both poolings leave a rest
    return {"channels": channels, "groups": groups, "side": 11 + 4 * (side - 1) + rng.randint(1, 3)}


def _alexnet_macs(channels, groups, side, grouped=(2, 4, 5), pooled=(2, 3), both_sides=False, window=3):
    """Return the MACs of the convolutions by arithmetic: what the wrong answers are made of."""
    total, c_in, side = 0, 3, (side - 11) // 4 + 1
    for number, (c_out, kernel) in enumerate(zip(channels, (11, 5, 3, 3, 3)), start=1):
        if number in pooled:
            side = (side - window) // 2 + 1
        cut = groups if number in grouped else 1
        total += kernel**2 * c_in * c_out * side**2 // (cut**2 if both_sides else cut)
        c_in = c_out
    return total


@exercise(variant=_own_alexnet)
def my_alexnet_macs(*, channels, groups, side):
    one, two, three, four, five = channels
    x = Conv2d(one, kernel_size=11, stride=4)(FeatureMap(3, side, side))
    x = Conv2d(two, kernel_size=5, padding=2, groups=groups)(MaxPool2d(3, stride=2)(x))
    x = Conv2d(three, kernel_size=3, padding=1)(MaxPool2d(3, stride=2)(x))
    x = Conv2d(four, kernel_size=3, padding=1, groups=groups)(x)
    return int(Network(Conv2d(five, kernel_size=3, padding=1, groups=groups)(x)).macs)


my_alexnet_macs.helps(
    explained="classic/alexnet#build-it",
    worked=(
        {"channels": [2, 4, 4, 4, 4], "groups": 2, "side": 67},
        "67 pixels, 2, 4, 4, 4 and 4 channels, 2 groups. The sides are (67 - 11) / 4 + 1 = 15, "
        "then (15 - 3) / 2 + 1 = 7, then 3. First layer: 121 · 3 · 2 · 225 = 163350. Second, in "
        "groups: 25 · 2 · 4 · 49 / 2 = 4900. Third: 9 · 4 · 4 · 9 = 1296. Fourth and fifth: 1296 "
        "/ 2 = 648 each. Together 163350 + 4900 + 1296 + 2 · 648 = 170842.",
    ),
)


my_alexnet_macs.asks(the_number=(3, "the MACs of your own AlexNet's convolutions"))
my_alexnet_macs.slips(
    "one_tower: That is the network on one card. In a grouped layer each filter reads only its part of the channels.",
    lambda **given: _alexnet_macs(**given, grouped=()),
    "conv3_in_groups_too: The third convolution reads all channels: it is the one place where the cards exchange maps.",
    lambda **given: _alexnet_macs(**given, grouped=(2, 3, 4, 5)),
    "all_in_groups: "
    "Only conv2, conv4 and conv5 are grouped; the image's three channels are read by all filters of conv1.",
    lambda **given: _alexnet_macs(**given, grouped=(1, 2, 3, 4, 5)),
    "without_pooling: The two poolings are missing: conv2 and conv3 read maps of half the side.",
    lambda **given: _alexnet_macs(**given, pooled=()),
    "one_pooling: There are two poolings, behind conv1 and behind conv2.",
    lambda **given: _alexnet_macs(**given, pooled=(2,)),
    "halves_the_side: A window of 3 with stride 2 finds (n - 3) // 2 + 1 places, for an even n less than half.",
    lambda **given: _alexnet_macs(**given, window=2),
    "one_card_only: In the grouped layers one group was counted; all of them compute.",
    lambda **given: _alexnet_macs(**given, both_sides=True),
)


@exercise
def explain_size(params, printed):
    fits = {"MB": 10**6, "MiB": 2**20}
    return next((unit for unit, size in fits.items() if round(4 * params / size) == printed), "neither")


explain_size.helps(
    explained="classic/alexnet#a-slip-worth-knowing",
    worked=(
        {"params": 10000000, "printed": 38},
        "the parameters take 4 · 10 = 40 million bytes: rounded, that is 40 in megabytes. In "
        "mebibytes of 1048576 bytes it is 40000000 / 1048576 = 38.1, rounded 38.",
    ),
)


@explain_size.skill(points=2)
def any_table(rng):
    "printed sizes of all kinds"
    unit = rng.choice([10**6, 2**20, None])
    while True:
        params = rng.randint(60_000, 180_000) * 1000 + rng.randint(1, 999)
        if unit:
            return {"params": params, "printed": round(4 * params / unit)}
        rounded_first = 40 * round(params / 1e7)
        if not any(abs(4 * params / unit - rounded_first) < 2 for unit in (10**6, 2**20)):
            return {"params": params, "printed": rounded_first}


@explain_size.skill(points=1)
def close_call(rng):
    "a size that only rounding brings about"
    printed, (_, size) = rng.randint(250, 700), rng.choice([("MB", 10**6), ("MiB", 2**20)])
    return {"params": int((printed - rng.choice([0.4, 0.3, -0.3, -0.45])) * size / 4), "printed": printed}


explain_size.slips(
    "near_enough: Five percent is the very difference between the two units: ask for the printed number exactly.",
    lambda params, printed: "MB" if abs(4 * params / 1e6 / printed - 1) < 0.06 else "neither",
    "swaps_the_units: The units are swapped: a MiB has 2**20 bytes, so that a size in MiB is the smaller number.",
    lambda params, printed: {"MB": "MiB", "MiB": "MB", "neither": "neither"}[explain_size.reference(params, printed)],
)


@explain_size.wrong
def cuts_off(params, printed):
    "The printed number was rounded; cutting the decimals off gives another."
    fits = {"MB": 10**6, "MiB": 2**20}
    return next((unit for unit, size in fits.items() if int(4 * params / size) == printed), "neither")


@explain_size.wrong
def a_million_kibi(params, printed):
    "A MiB has 1024 x 1024 bytes, not 1024 x 1000."
    fits = {"MB": 10**6, "MiB": 1024 * 1000}
    return next((unit for unit, size in fits.items() if round(4 * params / size) == printed), "neither")


@explain_size.wrong
def never_neither(params, printed):
    "What is not the one unit need not be the other: a printed number may fit neither."
    return "MB" if round(4 * params / 10**6) == printed else "MiB"


@explain_size.wrong
def neither_is_mb(params, printed):
    "A number that counts no MiB need not count MB: it may fit neither."
    return "MiB" if round(4 * params / 2**20) == printed else "MB"


@explain_size.wrong
def finds_no_unit(params, printed):
    "It finds no unit in any case: does it count 4 bytes for each parameter, and round before it compares?"
    return "neither"


def _length(period, stride):
    return lcm(period, stride)


@exercise
def apparent_period(period, stride):
    from convcost.extras import numpy as np

    length = _length(period, stride) * 8
    samples = np.cos(2 * np.pi * np.arange(0, length, stride) / period)
    return length / int(np.abs(np.fft.rfft(samples)).argmax())


apparent_period.helps(
    explained="classic/alexnet#zfnet-a-finer-first-look",
    worked=(
        {"period": 5, "stride": 4},
        "from sample to sample the wave makes 4 / 5 = 0.8 turns. Whole turns are not seen, so it "
        "looks like 1 - 0.8 = 0.2 turns backwards. One whole turn takes 1 / 0.2 = 5 samples, and "
        "these are 4 pixels apart: 5 · 4 = 20.",
    ),
)


@apparent_period.skill(points=1)
def either_side(rng):
    "strides below and above half the period"
    if rng.choice([True, True, False]):  # seldom does the wave that is there also show in every case
        return too_coarse(rng)
    stride = rng.choice([1, 2, 3, 4])
    return {"period": 2 * stride + rng.randint(1, 20), "stride": stride}


@apparent_period.skill(points=2)
def too_coarse(rng):
    "a stride above half the period"
    low, high = rng.choice([(0.5, 1), (1, 1.5), (1.5, 2), (2, 3)])  # turns of the wave from sample to sample
    pairs = [(p, s) for s in range(3, 15) for p in range(3, 2 * s) if low < s / p < high and p != 2 * (s % p)]
    period, stride = rng.choice(pairs)
    return {"period": period, "stride": stride}


apparent_period.slips(
    "sees_everything: "
    "A coarse sampling cannot show every wave: with less than two samples a period it shows a slower one.",
    lambda period: float(period),
    "one_turn_only: One whole turn was taken off. Take off all whole turns that the wave makes in a stride.",
    lambda period, stride: stride * period / (abs(stride - period) if 2 * stride > period else stride),
    "in_samples: That is the period in samples; each step of the sampled row is `stride` pixels wide.",
    lambda period, stride: apparent_period.reference(period, stride) / stride,
    "stretched: A larger stride does not stretch a wave: neighbouring samples come from places `stride` pixels apart.",
    lambda period, stride: float(period * stride),
    "twice_the_stride: "
    "Two strides is the shortest period that can be seen, not the one that a too fine wave turns into.",
    lambda period, stride: float(max(period, 2 * stride)),
)


@prediction
def halves_save():
    "the percentage of AlexNet's parameters that are left if its first fully connected layer has half of its outputs"
    net = models.alexnet()
    one, two, _ = (net[n.name] for n in net.layers if n.kind == "Linear")
    return 100 * (1 - (one.params + two.weights) / 2 / net.params)
