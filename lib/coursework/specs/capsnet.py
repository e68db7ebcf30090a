"""CapsNet: squash, margin loss, routing, and what capsules cost in weights and in memory."""

from convcost import (
    AdaptiveAvgPool2d,
    CapsuleLengths,
    CapsulesToChannels,
    Conv2d,
    FeatureMap,
    Network,
    ReLU,
    Routing,
    Squash,
    models,
)

from ..design import design, from_to
from ..exercise import exercise
from ..predictions import prediction


@exercise
def squash(s):
    from convcost.numpy_run.functions import squash as library

    return library(s.reshape(1, -1, 1, 1), s.shape[1]).reshape(s.shape)


def _pair():
    from convcost.extras import numpy as np

    return {"s": np.array([[3.0, 4.0]])}


squash.helps(
    explained="classic/capsnet#the-idea-a-vector-instead-of-a-number",
    worked=(
        _pair,
        "the capsule (3, 4) has the squared length 3 · 3 + 4 · 4 = 25, so its length is 5 and "
        "becomes 25 / (1 + 25) = 0.96. Its direction, 3 / 5 = 0.6 and 4 / 5 = 0.8, stays: "
        "multiply both by the new length.",
    ),
)


def _capsules(rng, count):
    from convcost.extras import numpy as np

    dim = rng.randint(2, 4)
    return {"s": np.array([[rng.choice([-3, -2, -1, 1, 2, 3]) / 2.0 for _ in range(dim)] for _ in range(count)])}


squash.asks(
    one_capsule=(1, "a single capsule", lambda rng: _capsules(rng, 1)),
    each_by_itself=(1, "several capsules at once", lambda rng: _capsules(rng, rng.randint(2, 5))),
)


def _length(s, **along):
    from convcost.extras import numpy as np

    return np.sqrt(np.square(s).sum(keepdims=True, **along))


squash.slips(
    "unit_length: That makes every capsule 1 long; its length should still tell how sure it is, between 0 and 1.",
    lambda s: s / _length(s, axis=1),
    "lengths_not_squared: The first factor is made of the squared length: it makes short capsules nearly disappear.",
    lambda s: s / (1 + _length(s, axis=1)),
)


@squash.wrong
def one_length_for_all(s):
    "Each row is a capsule with a length of its own: add the squares up along axis 1 only, keepdims=True."
    length = _length(s)
    return s * length / (1 + length**2)


@squash.wrong
def direction_not_normalised(s):
    "The second factor is the direction, s divided by its length; without it long capsules stay long."
    squared = _length(s, axis=1) ** 2
    return s * squared / (1 + squared)


@squash.wrong
def across_the_capsules(s):
    "The squares were added up over the capsules, along axis 0; a capsule is a row."
    length = _length(s, axis=0)
    return s * length / (1 + length**2)


@exercise
def margin_loss(lengths, present):
    total = 0.0
    for number, length in enumerate(lengths):
        if number in present:
            total += max(0.0, 0.9 - length) ** 2
        else:
            total += 0.5 * max(0.0, length - 0.1) ** 2
    return total


margin_loss.helps(
    explained="classic/capsnet#the-idea-a-vector-instead-of-a-number",
    worked=(
        {"lengths": [0.8, 0.4, 0.05], "present": [0]},
        "class 0 is there and too short: 0.9 - 0.8 = 0.1, and 0.1 · 0.1 = 0.01. Class 1 is not "
        "there and too long: 0.4 - 0.1 = 0.3, and 0.5 · 0.3 · 0.3 = 0.045. Class 2 is not there "
        "and below 0.1: it costs nothing.",
    ),
)


def _lengths(rng, classes):
    """Return lengths among which some cost nothing: beyond either margin."""
    return [rng.choice([rng.randint(2, 8), rng.randint(20, 80), rng.randint(93, 98)]) / 100 for _ in range(classes)]


@margin_loss.skill(points=1)
def one_present(rng):
    "one class that is there"
    return {"lengths": _lengths(rng, rng.randint(4, 8)), "present": [rng.randint(0, 3)]}


@margin_loss.skill(points=1)
def several_present(rng):
    "several classes that are there, or none"
    return {"lengths": _lengths(rng, 6), "present": sorted(rng.sample(range(6), rng.choice([0, 2, 3])))}


def _margins(lengths, present, weight=0.5, power=2, cut=True):
    gaps = [0.9 - n if i in present else n - 0.1 for i, n in enumerate(lengths)]
    gaps = [max(0.0, g) if cut else g for g in gaps]
    return sum((1 if i in present else weight) * g**power for i, g in enumerate(gaps))


margin_loss.slips(
    "absent_at_full_weight: A class that is not there counts half.",
    lambda lengths, present: _margins(lengths, present, weight=1),
    "not_squared: The distance to the margin is squared.",
    lambda lengths, present: _margins(lengths, present, power=1),
    "beyond_the_margin_too: Beyond its margin a capsule costs nothing: max(0, ...) comes before the square.",
    lambda lengths, present: _margins(lengths, present, cut=False),
    "mean_of_classes: The loss is the sum over the classes, not their mean.",
    lambda lengths, present: _margins(lengths, present) / len(lengths),
    "present_only: The absent classes are missing: they should be short, and cost something if they are not.",
    lambda lengths, present: _margins(lengths, present, weight=0),
)


@exercise
def route(predictions, rounds):
    from convcost.numpy_run.functions import routing

    return routing(predictions.reshape(1, -1, 1, 1), *predictions.shape[1:], rounds).reshape(predictions.shape[1:])


def _votes():
    from convcost.extras import numpy as np

    return {"predictions": np.array([[[2.0], [1.0]], [[4.0], [3.0]]]), "rounds": 1}


route.helps(
    explained="classic/capsnet#routing-by-agreement",
    worked=(
        _votes,
        "two capsules below, two above, one value each, one round. All logits are zero, so every "
        "vote is split in halves. First capsule above: 0.5 · 2 + 0.5 · 4 = 3, squashed 9 / (1 + "
        "9) = 0.9. Second: 0.5 · 1 + 0.5 · 3 = 2, squashed 4 / (1 + 4) = 0.8. In a next round the "
        "first logit would be 2 · 0.9 = 1.8.",
    ),
)


def _predictions(rng):
    from convcost.extras import numpy as np

    shape = rng.randint(4, 5), *rng.choice([(2, 3), (3, 2)])
    values = [rng.choice([-2, -1, 1, 2, 3]) / 2.0 for _ in range(shape[0] * shape[1] * shape[2])]
    return np.array(values).reshape(shape)


route.asks(
    first_round=(
        1,
        "a single round, in which every vote is split evenly",
        lambda rng: {"predictions": _predictions(rng), "rounds": 1},
    ),
    more_rounds=(2, "several rounds", lambda rng: {"predictions": _predictions(rng), "rounds": rng.randint(2, 4)}),
)


def _route(predictions, rounds, axis=1, final_squash=True, agree_squashed=True, keep_logits=True):
    from convcost.extras import numpy as np

    logits = np.zeros(predictions.shape[:2])
    for _ in range(rounds):
        votes = np.exp(logits)
        votes = votes / votes.sum(axis=axis, keepdims=True)
        total = (votes[:, :, None] * predictions).sum(axis=0)
        above = squash.reference(total)
        agreement = (predictions * (above if agree_squashed else total)).sum(axis=-1)
        logits = logits * keep_logits + agreement
    return above if final_squash else total


route.slips(
    "softmax_over_the_lower: "
    "Each capsule below has one vote to share out: its softmax runs over the capsules above, axis 1.",
    lambda predictions, rounds: _route(predictions, rounds, axis=0),
    "one_round_too_many: That is one round more: in the first round all logits are still zero.",
    lambda predictions, rounds: _route(predictions, rounds + 1),
    "sums_not_squashed: A capsule above is the weighted sum, squashed; its length must stay below 1.",
    lambda predictions, rounds: _route(predictions, rounds, final_squash=False),
    "agrees_with_the_sum: The agreement is that of the predictions with the squashed capsule, not with the sum before.",
    lambda predictions, rounds: _route(predictions, rounds, agree_squashed=False),
    "forgets_earlier_rounds: The logits grow: the agreement of each round is added to that of the rounds before.",
    lambda predictions, rounds: _route(predictions, rounds, keep_logits=False),
)


def _own_capsnet(rng):
    return {
        "resolution": 2 * rng.randint(14, 24),
        "width": 32 * rng.randint(2, 6),
        "types": rng.randint(6, 24),
        "dim": rng.choice([4, 6, 8]),
        "classes": rng.randint(11, 40),
        "class_dim": rng.choice([10, 12, 16]),
    }


def _parts(resolution, width, types, dim, classes, class_dim, stride=2):
    """Return (two convolutions, matrices, capsules below) by arithmetic."""
    convolutions = 81 * width + width + (81 * width + 1) * types * dim
    below = types * ((resolution - 8 - 9) // stride + 1) ** 2
    return convolutions, below * classes * dim * class_dim, below


@exercise(variant=_own_capsnet)
def my_capsnet_params(*, resolution, width, types, dim, classes, class_dim):
    x = ReLU()(Conv2d(width, kernel_size=9)(FeatureMap(1, resolution, resolution)))
    x = CapsulesToChannels(dim)(Squash(dim)(Conv2d(types * dim, kernel_size=9, stride=2)(x)))
    below = x.channels // dim
    x = Conv2d(below * classes * class_dim, kernel_size=1, groups=below, bias=False)(x)
    return int(Network(Routing(classes, class_dim)(x)).params)


my_capsnet_params.helps(
    explained="classic/capsnet#why-it-stayed-small",
    worked=(
        {"resolution": 19, "width": 2, "types": 3, "dim": 2, "classes": 4, "class_dim": 5},
        "19 pixels, width 2, 3 types of 2 values, 4 classes of 5 values. The sides are 19 - 8 = "
        "11 and (11 - 9) / 2 + 1 = 2. The convolutions have 81 · 2 + 2 = 164 and 81 · 2 · 6 + 6 = "
        "978 parameters. There are 3 · 4 = 12 capsules, each with 4 matrices of 2 · 5 = 10: 12 · "
        "4 · 10 = 480. Together 164 + 978 + 480 = 1622.",
    ),
)


my_capsnet_params.asks(the_number=(3, "the parameters of your own CapsNet"))


@my_capsnet_params.wrong
def couplings_too(**given):
    "The coupling coefficients are computed for each image and stored nowhere: they are no parameters."
    convolutions, matrices, below = _parts(**given)
    return convolutions + matrices + below * given["classes"]


@my_capsnet_params.wrong
def matrices_shared(**given):
    "Every place has matrices of its own: the capsules of one type do not share them."
    convolutions, matrices, below = _parts(**given)
    return convolutions + matrices * given["types"] // below


@my_capsnet_params.wrong
def one_class_only(**given):
    "A capsule below predicts every class, with a matrix for each."
    convolutions, matrices, _ = _parts(**given)
    return convolutions + matrices // given["classes"]


@my_capsnet_params.wrong
def without_biases(**given):
    "The two convolutions have biases, one for each channel that they make."
    convolutions, matrices, _ = _parts(**given)
    return convolutions - given["width"] - given["types"] * given["dim"] + matrices


my_capsnet_params.slips(
    "stride_forgotten: The second convolution has stride 2: it leaves a quarter of the places, and so of the capsules.",
    lambda **given: sum(_parts(**given, stride=1)[:2]),
    "matrices_forgotten: Those are the two convolutions. Every capsule below has a matrix for every class, too.",
    lambda **given: _parts(**given)[0],
)


@exercise
def routing_bytes(below, above, dim, rounds, batch=1):
    x = FeatureMap(below * above * dim, 1, 1)
    values = 0
    for number in range(1, rounds + 1):
        values += x.elements  # added up
        values += x.elements if number < rounds else 0  # compared with the outcome
    return 4 * values * batch


routing_bytes.helps(
    explained="classic/capsnet#routing-by-agreement",
    worked=(
        {"below": 10, "above": 5, "dim": 8, "rounds": 3, "batch": 2},
        "there are 10 · 5 = 50 predictions of 8 values for each of 2 images, 50 · 8 · 2 = 800 "
        "values of 4 bytes. Three rounds add them up, and the first two compare them as well: 3 + "
        "2 = 5 readings. So 4 · 800 · 5 = 16000.",
    ),
)


@routing_bytes.skill(points=1)
def one_round(rng):
    "a single round, which only adds up"
    return {"below": rng.randint(20, 1200), "above": rng.randint(5, 20), "dim": rng.choice([8, 16]), "rounds": 1}


@routing_bytes.skill(points=1)
def rounds_and_batches(rng):
    "several rounds, and a batch"
    return {**one_round(rng), "rounds": rng.randint(2, 6), "batch": rng.choice([1, 8, 32, 128])}


routing_bytes.slips(
    "twice_a_round: The last round only adds up: nobody reads the logits that its agreement would change.",
    lambda below, above, dim, rounds, batch: 4 * 2 * rounds * below * above * dim * batch,
    "once_a_round: "
    "Every round but the last reads the predictions twice: to add them up, and to compare them with the outcome.",
    lambda below, above, dim, rounds, batch: 4 * rounds * below * above * dim * batch,
    "values_not_bytes: Those are values; each takes 4 bytes.",
    lambda below, above, dim, rounds, batch: (2 * rounds - 1) * below * above * dim * batch,
    "one_image: That is one image; routing runs for every image of the batch by itself.",
    lambda below, above, dim, rounds: 4 * (2 * rounds - 1) * below * above * dim,
    "couplings_only: A prediction is a vector of `dim` values, not one number for each pair of capsules.",
    lambda below, above, rounds, batch: 4 * (2 * rounds - 1) * below * above * batch,
)


def _capsnet_64(*convolutions, types, dim=8, rounds=3):
    x = FeatureMap(3, 64, 64)
    for width, kernel, stride in convolutions:
        x = ReLU()(Conv2d(width, kernel, stride=stride)(x))
    x = CapsulesToChannels(dim)(Squash(dim)(Conv2d(types * dim, convolutions[-1][1], stride=2)(x)))
    below = x.channels // dim
    x = Conv2d(below * 160, kernel_size=1, groups=below, bias=False)(x)
    return CapsuleLengths(16)(Routing(10, 16, iterations=rounds)(x))


@design
def capsules_for_64():
    return _capsnet_64((32, 5, 2), (64, 5, 2), types=8)


capsules_for_64.helps(
    explained="classic/capsnet#why-it-stayed-small",
    worked=(
        {},
        "each capsule below predicts 10 · 16 = 160 values from its 8, so it brings 8 · 160 = 1280 "
        "weights. A million parameters are enough for 1000000 / 1280 = 781.25 such capsules, and "
        "the convolutions want some of them. So how small must the map be before the capsules "
        "begin?",
    ),
)


@capsules_for_64.constraint(points=1)
def ends(network):
    "from 3x64x64 to the lengths of 10 class capsules (10x1x1)"
    found = network.input_shape, network.output_shape
    met = found == ((3, 64, 64), (10, 1, 1)) and network.layers[-1].kind == "CapsuleLengths"
    return met, f"{from_to(network)}, last layer {network.layers[-1].kind}"


@capsules_for_64.constraint(points=1)
def voted(network):
    "routing from at least 100 capsules to 10 of 16 values, in at least 3 rounds"
    found = [n for n in network.layers if n.kind == "Routing"]
    met = any(
        (n.layer.capsules, n.layer.dim) == (10, 16) and n.layer.iterations >= 3 and n.inputs[0].channels >= 100 * 160
        for n in found
    )
    told = [f"{n.inputs[0].channels // n.output.channels} capsules, {n.layer!r}" for n in found]
    return met, "; ".join(told) or "it has no Routing"


@capsules_for_64.constraint(points=2)
def light(network):
    "at most 1 M parameters and 30 M MACs, routing included"
    kinds = {n.kind for n in network.layers}
    met = network.params <= 1e6 and network.macs <= 30e6 and {"Conv2d", "Routing"} <= kinds
    return met, f"it has {network.params:,} parameters and takes {network.macs:,} MACs; kinds: {sorted(kinds)}"


@capsules_for_64.wrong
def averaged_instead():
    "Averaging the places leaves one capsule of each type: cheap, but too few capsules are left to vote."
    x = ReLU()(Conv2d(32, kernel_size=5, stride=2)(FeatureMap(3, 64, 64)))
    x = AdaptiveAvgPool2d(1)(Conv2d(64, kernel_size=5, stride=2)(x))
    x = Conv2d(8 * 160, kernel_size=1, groups=8, bias=False)(CapsulesToChannels(8)(Squash(8)(x)))
    return CapsuleLengths(16)(Routing(10, 16)(x))


capsules_for_64.slips(
    "papers_recipe: That is the recipe for 28 pixels: at 64 it has 24 x 24 places, and each has matrices of its own.",
    lambda: _capsnet_64((256, 9, 1), types=32),
    "one_round_only: One round is a plain average of the votes: agreement first counts in the second.",
    lambda: _capsnet_64((32, 5, 2), (64, 5, 2), types=8, rounds=1),
)


@prediction
def primary_share():
    "the percentage of CapsNet's MACs in its second convolution, the primary capsules"
    net = models.capsnet()
    return 100 * net["primary_capsules"].macs / net.macs


@prediction
def predictions_megabytes():
    "the megabytes (10**6 bytes) of one batch of 128 images' predictions in CapsNet, 4 bytes a value"
    return 4 * models.capsnet()["class_capsules.conv1"].activations * 128 / 1e6
