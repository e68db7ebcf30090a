"""A layer and its bill: shape, parameters, multiply-accumulates."""

from convcost import Conv2d, FeatureMap

from ..design import design, from_to
from ..exercise import exercise
from ..predictions import prediction


def _conv(c_in, c_out, kernel_size, h_out, w_out, groups=1, bias=True):
    """Return the convolution that the library counts; without padding its input is kernel_size - 1 larger."""
    x = FeatureMap(c_in, h_out + kernel_size - 1, w_out + kernel_size - 1)
    return Conv2d(c_out, kernel_size, groups=groups, bias=bias)(x).node


def _sizes(rng):
    return {"c_in": rng.randint(1, 32), "c_out": rng.randint(2, 32), "kernel_size": rng.choice([3, 5, 7])}


def _grouped_sizes(rng):
    groups = rng.choice([2, 3, 4])
    return {
        "c_in": groups * rng.randint(2, 8),
        "c_out": groups * rng.randint(2, 8),
        "kernel_size": rng.choice([1, 3, 5]),
        "groups": groups,
    }


@exercise
def output_size(size, kernel_size, stride=1, padding=0):
    x = FeatureMap(1, size, size)
    return int(Conv2d(1, kernel_size, stride=stride, padding=padding)(x).height)


output_size.helps(
    explained="start/layer_bill#how-many-positions",
    worked=(
        {"size": 8, "kernel_size": 3, "stride": 2, "padding": 1},
        "with its padding the map is 8 + 2 · 1 = 10 wide; the window starts at 0, 2, 4 and 6, and at 8 it would "
        "stick out: 4 stops, the whole part of (10 - 3) / 2, and one more.",
    ),
)


@output_size.skill(points=1)
def sliding(rng):
    "a window that moves by one"
    return {"size": rng.randint(8, 64), "kernel_size": rng.choice([2, 3, 5, 7])}


@output_size.skill(points=1)
def padded(rng):
    "padding"
    return {
        "size": rng.randint(8, 64),
        "kernel_size": rng.choice([3, 5, 7]),
        "stride": 1,
        "padding": rng.randint(1, 3),
    }


@output_size.skill(points=1)
def strided(rng):
    "a stride that does not divide evenly"
    stride, rest = rng.choice([(2, 1), (3, 1), (3, 2), (4, 1), (4, 2), (4, 3)])
    kernel_size, steps = rng.choice([3, 5, 7]), rng.randint(3, 20)
    return {"size": kernel_size + steps * stride + rest, "kernel_size": kernel_size, "stride": stride}


output_size.slips(
    "size_over_stride: "
    "The kernel is missing: it must fit inside, so a window of k cells leaves size - k further places.",
    lambda size, stride: size // stride,
    "rounds_up: A last step that does not fit is dropped: round down.",
    lambda size, kernel_size, stride, padding: -(-(size + 2 * padding - kernel_size) // stride) + 1,
    "rounds_to_the_nearest: `round` takes the nearest whole number; a last step that does not fit is dropped: `//`.",
    lambda size, kernel_size, stride, padding: round((size + 2 * padding - kernel_size) / stride) + 1,
    "forgets_the_first_place: Count the places, not the steps between them: one more.",
    lambda size, kernel_size, stride, padding: (size + 2 * padding - kernel_size) // stride,
    "pads_one_side: Padding is added on both sides: 2 x padding.",
    lambda size, kernel_size, stride, padding: (size + padding - kernel_size) // stride + 1,
    "ignores_stride: The stride is missing: the window moves by `stride` cells at a time.",
    lambda size, kernel_size, padding: size + 2 * padding - kernel_size + 1,
)


@exercise
def conv_params(c_in, c_out, kernel_size, groups=1, bias=True):
    return int(_conv(c_in, c_out, kernel_size, 1, 1, groups, bias).params)


conv_params.helps(
    explained="start/layer_bill#what-it-weighs",
    worked=(
        {"c_in": 8, "c_out": 4, "kernel_size": 3, "groups": 2},
        "each of the 4 filters reads 8 / 2 = 4 channels, so it has 3 · 3 · 4 = 36 weights; 4 · 36 = 144 weights and "
        "4 biases.",
    ),
)
conv_params.asks(
    weights=(1, "the weights of a plain convolution", lambda rng: {**_sizes(rng), "bias": False}),
    biases=(1, "the biases", _sizes),
    groups=(2, "a grouped convolution", lambda rng: {**_grouped_sizes(rng), "bias": rng.choice([True, False])}),
)
conv_params.slips(
    "ignores_groups: Every filter was given all c_in input channels; with groups it sees only c_in / groups of them.",
    lambda c_in, c_out, kernel_size, bias: kernel_size**2 * c_in * c_out + bias * c_out,
    "divides_both_by_groups: One group was counted: c_in / groups times c_out / groups. There are `groups` of them.",
    lambda c_in, c_out, kernel_size, groups, bias: kernel_size**2 * (c_in // groups) * (c_out // groups) + bias * c_out,
    "divides_the_biases_too: The groups share out the weights; each output channel keeps its bias.",
    lambda c_in, c_out, kernel_size, groups, bias: (kernel_size**2 * c_in * c_out + bias * c_out) // groups,
    "multiplies_by_groups: Groups make a layer cheaper, not more expensive: divide by the number of groups.",
    lambda c_in, c_out, kernel_size, groups, bias: kernel_size**2 * c_in * c_out * groups + bias * c_out,
    "kernel_not_squared: The kernel has kernel_size x kernel_size cells, not kernel_size.",
    lambda c_in, c_out, kernel_size, groups, bias: kernel_size * (c_in // groups) * c_out + bias * c_out,
    "forgets_bias: The biases are missing: one number for each output channel.",
    lambda c_in, c_out, kernel_size, groups: kernel_size**2 * (c_in // groups) * c_out,
    "always_adds_bias: A bias was added although bias=False asks for none.",
    lambda c_in, c_out, kernel_size, groups: kernel_size**2 * (c_in // groups) * c_out + c_out,
    "inverts_bias: The biases were added where bias=False asks for none, and left out where they belong.",
    lambda c_in, c_out, kernel_size, groups, bias: kernel_size**2 * (c_in // groups) * c_out + (not bias) * c_out,
    "one_bias_in_all: One bias was added for the whole layer; each output channel has its own.",
    lambda c_in, c_out, kernel_size, groups, bias: kernel_size**2 * (c_in // groups) * c_out + bias,
    "kernel_doubled: A square of side kernel_size has kernel_size x kernel_size cells, not 2 x kernel_size.",
    lambda c_in, c_out, kernel_size, groups, bias: 2 * kernel_size * (c_in // groups) * c_out + bias * c_out,
    "bias_per_input_channel: There is one bias for each output channel, not for each input channel.",
    lambda c_in, c_out, kernel_size, groups, bias: kernel_size**2 * (c_in // groups) * c_out + bias * c_in,
    "bias_per_filter_slice: "
    "One bias per output channel is enough: its filter adds up all its input channels before the bias.",
    lambda c_in, c_out, kernel_size, groups, bias: (kernel_size**2 + bias) * (c_in // groups) * c_out,
    "one_filter: That is a single filter; there is one for each of the c_out output channels.",
    lambda c_in, kernel_size, groups, bias: kernel_size**2 * (c_in // groups) + bias,
)


@exercise
def conv_macs(c_in, c_out, kernel_size, h_out, w_out, groups=1):
    return int(_conv(c_in, c_out, kernel_size, h_out, w_out, groups, False).macs)


conv_macs.helps(
    explained="start/layer_bill#what-it-computes",
    worked=(
        {"c_in": 8, "c_out": 4, "kernel_size": 3, "h_out": 5, "w_out": 6, "groups": 2},
        "one output value takes 3 · 3 · 4 = 36 multiply-accumulates, since it reads 8 / 2 = 4 channels; there are "
        "4 · 5 · 6 = 120 of them: 36 · 120 = 4320.",
    ),
)


@conv_macs.skill(points=1)
def square(rng):
    "a square output"
    side = rng.randint(2, 28)
    return {**_sizes(rng), "h_out": side, "w_out": side}


@conv_macs.skill(points=1)
def oblong(rng):
    "an output that is not square"
    height, width = rng.sample(range(2, 28), 2)
    return {**_sizes(rng), "h_out": height, "w_out": width}


@conv_macs.skill(points=2)
def grouped(rng):
    "a grouped convolution"
    side = rng.randint(2, 28)
    return {**_grouped_sizes(rng), "h_out": side, "w_out": side}


conv_macs.slips(
    "parameters_only: Those are the weights. Each of them is used once for every output pixel: times h_out x w_out.",
    lambda c_in, c_out, kernel_size, groups: kernel_size**2 * (c_in // groups) * c_out,
    "counts_two_per_mac: One multiply-accumulate is one MAC; the factor 2 belongs to operations (FLOPs).",
    lambda c_in, c_out, kernel_size, h_out, w_out, groups: (
        2 * kernel_size**2 * (c_in // groups) * c_out * h_out * w_out
    ),
    "height_squared: The output is h_out x w_out; it need not be square.",
    lambda c_in, c_out, kernel_size, h_out, groups: kernel_size**2 * (c_in // groups) * c_out * h_out**2,
    "macs_ignore_groups: "
    "Every filter was given all c_in input channels; with groups it sees only c_in / groups of them.",
    lambda c_in, c_out, kernel_size, h_out, w_out: kernel_size**2 * c_in * c_out * h_out * w_out,
    "macs_of_one_group: One group was counted: c_in / groups times c_out / groups. There are `groups` of them.",
    lambda c_in, c_out, kernel_size, h_out, w_out, groups: (
        kernel_size**2 * (c_in // groups) * (c_out // groups) * h_out * w_out
    ),
    "adds_the_bias: A bias is an addition without a multiplication: it is no MAC.",
    lambda c_in, c_out, kernel_size, h_out, w_out, groups: (
        kernel_size**2 * (c_in // groups) * c_out * h_out * w_out + c_out * h_out * w_out
    ),
    "macs_without_kernel: The kernel is missing: a filter has kernel_size x kernel_size cells over each channel.",
    lambda c_in, c_out, h_out, w_out, groups: (c_in // groups) * c_out * h_out * w_out,
    "macs_kernel_not_squared: The kernel has kernel_size x kernel_size cells, not kernel_size.",
    lambda c_in, c_out, kernel_size, h_out, w_out, groups: kernel_size * (c_in // groups) * c_out * h_out * w_out,
    "macs_of_one_filter: That is a single filter; there is one for each of the c_out output channels.",
    lambda c_in, kernel_size, h_out, w_out, groups: kernel_size**2 * (c_in // groups) * h_out * w_out,
    "input_resolution: The filter stops once for each output pixel, not for each pixel of its input.",
    lambda c_in, c_out, kernel_size, h_out, w_out, groups: (
        kernel_size**2 * (c_in // groups) * c_out * (h_out + kernel_size - 1) * (w_out + kernel_size - 1)
    ),
)


def _own_layer(rng):
    stride = rng.choice([2, 3])  # the last step ends at the border only thanks to the padding
    return {
        "c_in": 4 * rng.randint(4, 16),
        "c_out": 4 * rng.randint(4, 16),
        "groups": rng.choice([2, 4]),
        "side": 1 + stride * rng.randint(4, 20),
        "stride": stride,
    }


@exercise(variant=_own_layer)
def my_layer_macs(*, c_in, c_out, groups, side, stride):
    layer = Conv2d(c_out, 3, stride=stride, padding=1, groups=groups, bias=False)
    return int(layer(FeatureMap(c_in, side, side)).node.macs)


my_layer_macs.helps(
    explained="start/layer_bill#what-it-computes",
    worked=(
        {"c_in": 8, "c_out": 4, "groups": 2, "side": 9, "stride": 2},
        "a layer from 8 to 4 channels in 2 groups at stride 2 makes of a 9x9 map one of 5x5; each of its "
        "4 · 5 · 5 = 100 values takes 3 · 3 · 4 = 36 multiply-accumulates: 36 · 100 = 3600.",
    ),
)
my_layer_macs.asks(the_number=(2, "the MACs of your own layer"))
my_layer_macs.slips(
    "at_stride_one: That is the layer at stride 1: the stride makes the output smaller.",
    lambda c_in, c_out, groups, side: 9 * (c_in // groups) * c_out * side**2,
    "without_groups: That is the layer without groups: each filter sees c_in / groups channels.",
    lambda c_in, c_out, side, stride: 9 * c_in * c_out * ((side - 1) // stride + 1) ** 2,
    "without_padding: That is the layer without its padding of 1.",
    lambda c_in, c_out, groups, side, stride: 9 * (c_in // groups) * c_out * ((side - 3) // stride + 1) ** 2,
    "its_weights: Those are its weights; each is used once per output pixel.",
    lambda c_in, c_out, groups: 9 * (c_in // groups) * c_out,
)


@design
def cheap_stem():
    x = FeatureMap(3, 64, 64)
    x = Conv2d(16, kernel_size=3, stride=2, padding=1, bias=False)(x)
    x = Conv2d(16, kernel_size=3, stride=1, padding=1, groups=16, bias=False)(x)
    return Conv2d(64, kernel_size=1, stride=2, bias=False)(x)


cheap_stem.helps(
    explained="start/layer_bill#what-it-computes",
    worked=(
        {},
        "a 3x3 convolution from 3 to 64 channels takes 3 · 3 · 3 = 27 multiply-accumulates a value, a 1x1 from 16 only "
        "16: let the last layer be a 1x1, and let few channels do the looking before it.",
    ),
)


@cheap_stem.constraint(points=1)
def shapes(network):
    "from 3x64x64 to 64x16x16"
    found = network.input_shape, network.output_shape
    return found == ((3, 64, 64), (64, 16, 16)), f"it leads from {from_to(network)}"


@cheap_stem.constraint(points=1)
def cost(network):
    "at most 1 M MACs, and at least one convolution"
    return 0 < network.macs <= 1_000_000, f"it takes {network.macs:,} MACs"


@cheap_stem.constraint(points=1)
def sight(network):
    "a receptive field of at least 7 pixels"
    return network.receptive_field >= 7, f"its receptive field is {network.receptive_field}"


@cheap_stem.wrong
def one_large_convolution():
    "One 7x7 convolution sees enough but costs nine times a cheap stem."
    return Conv2d(64, kernel_size=7, stride=4, padding=3, bias=False)(FeatureMap(3, 64, 64))


@cheap_stem.wrong
def too_blind():
    "Strides alone make it cheap but see little: the receptive field grows with the kernels."
    return Conv2d(64, kernel_size=4, stride=4, bias=False)(FeatureMap(3, 64, 64))


@prediction
def stem_params():
    "the parameters of a 7x7 convolution from 3 to 64 channels, with biases"
    return int(_conv(3, 64, 7, 112, 112).params)
