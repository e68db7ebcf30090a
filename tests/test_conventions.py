"""Conventions: what each one counts of a single layer, and the totals of the tools that they are named after."""

import csv
from functools import cache
from itertools import permutations
from pathlib import Path

import pytest
from checks import NOT_OFFERED, check_has_every_layer_kind
from convcost import (
    AdaptiveAvgPool2d,
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    ConvcostError,
    ConvTranspose2d,
    FeatureMap,
    Flatten,
    Linear,
    MaxPool2d,
    Multiply,
    Network,
    ReLU,
    explain,
    from_torch,
    models,
)
from convcost.conventions import CONVENTIONS, Convention, all_conventions, convention
from convcost.conventions.tools import TOOLS
from hypothesis import given
from hypothesis import strategies as st

DATA = Path(__file__).parent / "data" / "tool_totals.csv"
NINE = (
    "flop_counter_mode",
    "fvcore",
    "torchinfo",
    "ptflops",
    "thop",
    "ultralytics_thop",
    "calflops",
    "torchprofile",
    "torchscan",
)


def counts(layer, *names, shape=(8, 6, 6), written=None):
    """What a single layer counts under some conventions."""
    net = Network(layer(FeatureMap(*shape), written=written))
    return [int(net.count(name)) for name in names]


# One layer


def test_the_nine_tools_have_a_convention_each():
    assert set(NINE) < set(TOOLS)
    assert not set(TOOLS) & set(CONVENTIONS)
    assert list(all_conventions()) == [*CONVENTIONS, *TOOLS]


def test_all_tools_agree_on_a_convolution_without_bias_but_for_the_factor_two():
    macs = 16 * 8 * 3 * 3 * 6 * 6
    tools = [name for name in NINE if name != "flop_counter_mode"]
    assert counts(Conv2d(16, 3, padding=1, bias=False), *tools) == [macs] * len(tools)
    assert counts(Conv2d(16, 3, padding=1, bias=False), "flop_counter_mode") == [2 * macs]


def test_two_tools_count_the_bias_of_a_convolution():
    macs, biases = 16 * 8 * 3 * 3 * 6 * 6, 16 * 6 * 6
    with_bias = {name for name in NINE if counts(Conv2d(16, 3, padding=1), name) == [macs + biases]}
    assert with_bias == {"torchinfo", "ptflops"}


@pytest.mark.parametrize(
    "name, counted",
    [
        ("flop_counter_mode", 0),
        ("calflops", 0),
        ("torchprofile", 8 * 6 * 6),
        ("calflops_flops", 2 * 8 * 6 * 6),
        ("fvcore", 2 * 8 * 6 * 6),
        ("ptflops", 2 * 8 * 6 * 6),
        ("torchscan", 2 * 8 * 6 * 6),
        ("thop", 4 * 8 * 6 * 6),
        ("ultralytics_thop", 4 * 8 * 6 * 6),
        ("torchscan_flops", 4 * 8 * 6 * 6 + 2 * 8),
        ("torchinfo", 2 * 8),
    ],
)
def test_batch_norm_counts_0_1_2_or_4_a_value_or_2_a_channel(name, counted):
    assert counts(BatchNorm2d(), name) == [counted]


def test_ptflops_counts_a_relu_module_twice_and_nobody_else_counts_it():
    assert counts(ReLU(), "ptflops") == [2 * 8 * 6 * 6]
    assert counts(ReLU(), "ptflops", written="F.relu") == [8 * 6 * 6]
    assert counts(ReLU(), "ptflops", written="torch.relu") == [0]
    assert {counts(ReLU(), name)[0] for name in NINE if name != "ptflops"} == {0}


def test_average_pooling_is_counted_in_five_ways():
    outputs = 8 * 3 * 3
    pool = AvgPool2d(2)
    assert counts(pool, "thop", "torchprofile") == [outputs, outputs]
    assert counts(pool, "ultralytics_thop") == [(2 * 2 + 1) * outputs]
    assert counts(pool, "torchscan") == [(2 - 1 + 2) * outputs]  # the side for the window
    assert counts(pool, "ptflops") == [2 * 8 * 6 * 6]
    assert counts(pool, "fvcore") == [0]


def test_adaptive_pooling_to_a_size_that_does_not_divide():
    pool = AdaptiveAvgPool2d(4)  # from 6: windows of 2, 3, 3, 2 by the rule, of 1.5 by thop's, 6 % 4 + 1 by torchscan's
    outputs, cells = 8 * 4 * 4, 8 * (2 + 2 + 2 + 2) ** 2
    assert counts(pool, "ultralytics_thop") == [cells + outputs]
    assert counts(pool, "thop") == [int((1.5 * 1.5 + 1) * outputs)]
    assert counts(pool, "torchscan") == [(3 * 3 - 1 + 2) * outputs]


def test_a_transposed_convolution_shows_who_looks_at_the_output():
    layer = ConvTranspose2d(16, 2, stride=2, bias=False)
    spread, gathered = 16 * 8 * 2 * 2 * 6 * 6, 16 * 8 * 2 * 2 * 12 * 12
    assert counts(layer, "fvcore", "ptflops", "calflops", "ultralytics_thop") == [spread] * 4
    assert counts(layer, "torchinfo", "thop", "torchprofile") == [gathered] * 3
    assert counts(layer, "torchscan") == [gathered + 8]
    assert counts(ConvTranspose2d(8, 2, stride=2, groups=8, bias=False), "calflops") == [0]


def test_torchscan_takes_the_side_of_a_window_for_its_cells():
    assert counts(MaxPool2d(3, 2, 1), "torchscan") == [(3 - 1) * 8 * 3 * 3]


def test_a_gate_counts_in_torchprofile_and_as_a_function_in_ptflops():
    def gated(written):
        x = FeatureMap(8, 6, 6)
        return Network(Multiply()(x, AdaptiveAvgPool2d(1)(x, written="torch.mean"), written=written))

    assert gated("*").count("torchprofile") == 8 * 6 * 6 + 8
    assert gated("*").count("ptflops") == 0
    assert gated("torch.mul").count("ptflops") == 8 * 6 * 6


def test_hooks_do_not_see_a_convolution_that_is_a_function():
    seen = {name for name in NINE if counts(Conv2d(16, 3, bias=False), name, written="F.conv2d") != [0]}
    assert seen == {"flop_counter_mode", "fvcore", "calflops", "torchprofile"}


def test_what_a_layer_is_written_as_goes_before_its_kind():
    rule = Convention("r", "", {"ReLU": {"outputs": 1}, "F.relu": {}, "*": {"inputs": 3}})
    assert counts(ReLU(), rule) == [8 * 6 * 6]
    assert counts(ReLU(), rule, written="F.relu") == [0]
    assert counts(MaxPool2d(2), rule) == [3 * 8 * 6 * 6]


def test_an_unknown_convention_names_those_of_the_tools_too():
    with pytest.raises(ConvcostError, match=r"did you mean 'fvcore'.*torchscan"):
        convention("fvcor")


# Whole networks: what the tools themselves gave, see tools/record_tool_totals.py


def recorded():
    with DATA.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


ROWS = recorded()
ZOO = sorted({r["network"] for r in ROWS if r["network"].removesuffix("_bn") in models.FILES})
WRITTEN = sorted({r["network"] for r in ROWS} - set(ZOO))
DROPOUT = {
    "alexnet": 9216 + 4096,
    "vgg": 4096 + 4096,
    "googlenet": 1024,
    "inception_v3": 2048,
    "mobilenet_v2": 1280,
    "mobilenet_v3_large": 1280,
    "mobilenet_v3_small": 1024,
    "efficientnet_b0": 1280,
    "efficientnet_b1": 1280,
    "efficientnet_b2": 1408,
    "efficientnet_b3": 1536,
    "efficientnet_b4": 1792,
    "efficientnet_b5": 2048,
    "efficientnet_b6": 2304,
    "efficientnet_b7": 2560,
    "efficientnet_v2": 1280,
    "mnasnet": 1280,
}
SIZES = {("torchprofile", "swin_t"): 12 * 2}  # products of two sizes, not of the image's values: two in each block
FAMILIES = ("vgg", "mnasnet", "efficientnet_v2")  # whose members are alike in this


@cache
def zoo(name):
    options = {"batch_norm": True} if name.endswith("_bn") else {}
    return models.get(name.removesuffix("_bn"))(variant="torchvision", **options)


RECORD = 'run: .venv/bin/python tools/record_tool_totals.py --environments FOLDER "%s"'


def read(name):
    """Return the network of a module of tests/written_modules.py."""
    from convcost import from_torch
    from written_modules import MODULES, SHAPE

    try:
        return from_torch(MODULES[name]().eval(), SHAPE)
    except ConvcostError as error:
        place = "lib/convcost/torch_bridge/operations/ needs a function that makes a layer of it"
        pytest.fail(f"tests/written_modules.py, {name!r}: {error}; {place}")


def test_every_tool_was_run_on_every_network():
    totals = {(r["tool"], r["network"]) for r in ROWS}
    for name in (*ZOO, *WRITTEN):
        lacking = [tool for tool in TOOLS if (tool, name) not in totals]
        assert not lacking, (
            f"tests/data/tool_totals.csv has no total of {name} by {', '.join(lacking)}; {RECORD % name}"
        )
    assert len(ROWS) == len(totals) == len(TOOLS) * (len(ZOO) + len(WRITTEN))
    offered = {name for name in models.names() if "torchvision" in models.get(name).variants} - NOT_OFFERED
    for name in sorted(offered - set(ZOO)):
        pytest.fail(f"tests/data/tool_totals.csv has no totals of {name}, variant torchvision; {RECORD % name}")


def test_every_written_module_was_recorded():
    pytest.importorskip("torch")
    from written_modules import MODULES

    for name in sorted(MODULES.keys() - set(WRITTEN)):
        pytest.fail(f"tests/data/tool_totals.csv has no totals of {name!r} of written_modules.py; {RECORD % name}")
    gone = set(WRITTEN) - MODULES.keys()
    assert not gone, f"tests/data/tool_totals.csv: delete the rows of {gone}, which written_modules.py no longer has"


@pytest.mark.parametrize("name", ZOO)
def test_conventions_give_the_tools_totals_of_torchvision_s_networks(name):
    for row in (r for r in ROWS if r["network"] == name and r["tool"] != "torchscan_flops"):
        beside = SIZES.get((row["tool"], name), 0)
        assert zoo(name).count(row["tool"]) + beside == int(row["total"]), row["tool"]


@pytest.mark.parametrize("name", ZOO)
def test_torchscan_s_flops_lack_its_dropout(name):
    total = next(int(r["total"]) for r in ROWS if (r["network"], r["tool"]) == (name, "torchscan_flops"))
    if name.startswith("squeezenet"):
        dropout = 512 * 13 * 13
    else:
        dropout = DROPOUT.get(next(filter(name.startswith, FAMILIES), name), 0)
    assert total - zoo(name).count("torchscan_flops") == dropout


@pytest.mark.parametrize("name", WRITTEN)
def test_conventions_give_the_tools_totals_of_modules_as_people_write_them(name):
    pytest.importorskip("torch")
    net = read(name)
    for row in (r for r in ROWS if r["network"] == name):
        assert net.count(row["tool"]) == int(row["total"]), f"{row['tool']}: see lib/convcost/conventions/tools.py"


# Kinds that no module of torch is, and no code that people write: of LeNet-5 and of capsules.
OUR_OWN = {
    "CapsuleLengths",
    "CapsulesToChannels",
    "KeepLongest",
    "RadialBasis",
    "Routing",
    "ScaleShift",
    "Squash",
}


def test_every_layer_kind_was_held_against_the_tools():
    """So that a new kind cannot count nothing in silence."""
    pytest.importorskip("torch")
    from written_modules import MODULES

    seen = {n.kind for name in MODULES for n in read(name).layers}
    seen |= {n.kind for name in ZOO for n in zoo(name).layers}
    place = "tests/written_modules.py (or tests/test_conventions.py, OUR_OWN, if no code in torch is read as it)"
    check_has_every_layer_kind(seen | OUR_OWN, place, "a module that from_torch reads as it")


def test_no_layer_kind_is_said_to_be_our_own_that_torch_code_gives():
    pytest.importorskip("torch")
    from written_modules import MODULES

    assert not OUR_OWN & {n.kind for name in MODULES for n in read(name).layers}


def test_a_layer_remembers_how_it_is_written():
    pytest.importorskip("torch")

    def last(name):
        return read(name).layers[-1].written

    assert last("ReLU") == "nn.ReLU"
    assert last("F.relu inplace") == "F.relu"
    assert last("x.relu") == "torch.relu"
    assert last("class MyReLU(nn.ReLU)") == "subclass of nn.ReLU"
    assert last("class MyConv(nn.Conv2d)") == "Conv subclass of nn.Conv2d"
    assert last("F.max_pool2d") == "F.max_pool2d"
    assert last("x + y") == "+"


def test_to_torch_and_back_keeps_every_count():
    pytest.importorskip("torch")
    from convcost.torch_bridge import from_torch, to_torch

    net = zoo("resnet18")
    again = from_torch(to_torch(net).eval(), net.input_shape)
    assert {name: again.count(name) for name in TOOLS} == {name: net.count(name) for name in TOOLS}


# explain

EXPLAINED = ("resnet50", "mobilenet_v2", "googlenet", "alexnet", "shufflenet_v2_x1_0")


@pytest.mark.parametrize("name", EXPLAINED)
def test_the_terms_add_up_for_every_pair_of_conventions(name):
    net, names = zoo(name), list(all_conventions())
    totals = {rule: int(net.count(rule)) for rule in names}
    for a, b in permutations(names, 2):
        explanation = explain(net, a, b)
        assert explanation.difference == totals[b] - totals[a], (a, b)
        assert all(type(t["difference"]) is int and t["difference"] for t in explanation.terms)


@given(
    st.lists(
        st.sampled_from(
            [
                Conv2d(4, 3, padding=1),
                Conv2d(6, 1, bias=False),
                BatchNorm2d(),
                BatchNorm2d(affine=False),
                ReLU(),
                MaxPool2d(2),
                AvgPool2d(3, 2, 1),
                ConvTranspose2d(4, 2, 2),
            ]
        ),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from(sorted(all_conventions())),
    st.sampled_from(sorted(all_conventions())),
)
def test_the_terms_add_up_for_any_network(layers, a, b):
    x = FeatureMap(4, 32, 32)
    for layer in layers:
        x = layer(x)
    net = Network(Linear(5)(Flatten()(x)))
    assert explain(net, a, b).difference == net.count(b) - net.count(a)


def test_an_explanation_names_its_terms():
    x = FeatureMap(8, 6, 6)
    net = Network(ReLU()(BatchNorm2d()(Conv2d(16, 3, padding=1)(x)), written="F.relu"), name="block")
    terms = explain(net, "thop", "ptflops").terms
    assert [(t["kind"], t["measure"], t["number"], t["a"], t["b"], t["difference"]) for t in terms] == [
        ("BatchNorm2d", "values", 16 * 6 * 6, 4, 2, -2 * 16 * 6 * 6),
        ("Conv2d", "biases", 16 * 6 * 6, 0, 1, 16 * 6 * 6),
        ("ReLU", "values", 16 * 6 * 6, 0, 1, 16 * 6 * 6),
    ]
    text = str(explain(net, "thop", "ptflops")).splitlines()
    assert text[0].split() == ["layers", "what", "they", "have", "number", "in", "thop", "in", "ptflops", "difference"]
    assert "ReLU as F.relu" in text[4]
    assert text[-1].split()[-1] == "+0"  # here two terms cancel the third
    assert "<table" in explain(net, "thop", "ptflops")._repr_html_()


def test_multiplications_and_multiply_accumulates_are_one_term():
    net = Network(Conv2d(16, 3, padding=1)(FeatureMap(8, 6, 6)))
    macs, outputs = 16 * 8 * 3 * 3 * 6 * 6, 16 * 6 * 6
    assert {t["measure"]: t["difference"] for t in explain(net, "macs", "flops").terms} == {
        "macs": macs,
        "outputs": -outputs,
        "biases": outputs,
    }
    assert explain(net, "macs", "calflops").terms == []


def test_what_a_tool_makes_of_torchs_attention_is_an_error_not_a_guess():
    torch = pytest.importorskip("torch")
    layer = torch.nn.TransformerEncoderLayer(64, 4, 64, batch_first=True)
    net = from_torch(torch.nn.Sequential(torch.nn.Flatten(2), layer).eval(), (64, 8, 8))
    assert net.macs == 8 * 64**3  # queries, keys, values, two products of maps, one after them, two feed forward
    for tool in TOOLS:
        with pytest.raises(ConvcostError, match=f"^what {tool} counts for nn.MultiheadAttention is not recorded here"):
            net.count(tool)
