"""The drawings: nothing lies over anything else, lines are what the layers read, words say what a person would say."""

import inspect
import re
import subprocess
import sys
from itertools import combinations
from xml.etree import ElementTree

import pytest
import torch
from convcost import Add, BatchNorm2d, Conv2d, ConvcostError, FeatureMap, Network, ReLU, from_torch, models, plots
from convcost.plots.boxes import boxes_of
from convcost.plots.choice_panels import chosen
from convcost.plots.colours import FILLS, TINT
from convcost.plots.drawing import PANEL
from convcost.plots.glyphs import fitted, width
from convcost.plots.joints import shortcuts
from convcost.plots.reading_panels import IDEAS
from convcost.plots.rows import folded, rows_of
from convcost.plots.taps import back_to
from convcost.torch_bridge import to_torch

NAMES = models.names()
BLOCKS = {
    "basic": ("resnet18", "conv2_x.block1"),
    "projection": ("resnet18", "conv3_x.block1"),
    "bottleneck": ("resnet50", "conv2_x.block2"),
    "pre-activation": ("preact_resnet", "conv2_x.block2"),
    "pre-activation, first": ("preact_resnet", "conv2_x.block1"),
    "ResNeXt": ("resnext50_32x4d", "conv2_x.block2"),
    "Inception": ("googlenet", "inception3b"),
    "Inception v3, 5": ("inception_v3", "mixed5"),
    "Inception v3, 10": ("inception_v3", "mixed10"),
    "Fire": ("squeezenet1_0", "fire3"),
    "DenseNet": ("densenet121", "block1.layer2"),
    "MobileNet V1": ("mobilenet_v1", "sep2"),
    "MobileNet V2": ("mobilenet_v2", "stage2.block2"),
    "ShuffleNet V1": ("shufflenet_v1", "stage3.unit2"),
    "ShuffleNet V1, stride 2": ("shufflenet_v1", "stage3.unit1"),
    "ShuffleNet V2": ("shufflenet_v2_x1_0", "stage3.unit2"),
    "ShuffleNet V2, stride 2": ("shufflenet_v2_x1_0", "stage3.unit1"),
    "NASNet": ("nasnet_a_mobile", "cell2"),
    "NASNet, reduction": ("nasnet_a_mobile", "reduction1"),
}


def block(title):
    name, place = BLOCKS[title]
    return models.get(name)()[place]


def basic(x):
    y = ReLU()(BatchNorm2d()(Conv2d(64, 3, padding=1, bias=False)(x)))
    return ReLU()(Add()(BatchNorm2d()(Conv2d(64, 3, padding=1, bias=False)(y)), x))


def meet(a, b):
    """Do two rectangles share an area?"""
    return min(a[2], b[2]) - max(a[0], b[0]) > 0.01 and min(a[3], b[3]) - max(a[1], b[1]) > 0.01


def inside(a, b):
    return b[0] - 0.01 <= a[0] and b[1] - 0.01 <= a[1] and a[2] <= b[2] + 0.01 and a[3] <= b[3] + 0.01


def assert_tidy(drawing):
    """No box over another, no word over another, over an edge of a box or of the panel; the SVG is well formed."""
    for panel in drawing.panels:
        assert panel.width <= PANEL
        whole = (0, 0, panel.width, panel.height)
        for place in (*panel.boxes, *[word[:4] for word in panel.words]):
            assert inside(place, whole), (place, whole, [w for w in panel.words if w[:4] == place])
        for one, other in combinations(panel.boxes, 2):
            assert not meet(one, other), (one, other)
        for one, other in combinations(panel.words, 2):
            assert not meet(one, other), (one, other)
        for word in panel.words:
            for box in panel.boxes:
                assert not meet(word, box) or inside(word[:4], box), (word, box)
    ElementTree.fromstring(drawing._repr_svg_())
    ElementTree.fromstring(drawing._repr_html_())


# ---- all of them ----


@pytest.mark.parametrize("name", NAMES)
def test_every_network_of_the_zoo_draws_without_overlap(name):
    network = models.get(name)()
    for level in (None, 1):
        assert_tidy(plots.architecture(network, level))


@pytest.mark.parametrize("title", BLOCKS)
def test_every_block_draws_without_overlap(title):
    assert_tidy(plots.blocks({title: block(title)}))
    assert_tidy(plots.blocks({title: block(title), "basic": basic}, price=()))


@pytest.mark.parametrize(
    "title", [*IDEAS, "depthwise, then pointwise", "pointwise group, then shuffle, then depthwise"]
)
def test_every_idea_draws_without_overlap(title):
    assert_tidy(plots.reads(title))


def test_every_kind_of_block_in_the_zoo_draws_without_overlap():
    """One of each sequence of kinds of layers."""
    seen = {}
    for name in NAMES:
        network = models.get(name)()
        for part in (*network.blocks(1), *network.blocks(2)):
            if len(part.layers) < 150:
                seen.setdefault(tuple([(node.kind, len(node.inputs)) for node in part.layers]), part)
    assert len(seen) > 100
    for part in seen.values():
        assert_tidy(plots.blocks(part))


def test_networks_that_came_from_torch_draw_too():
    for name in ("resnet18", "mobilenet_v2", "shufflenet_v2_x0_5"):
        network = models.get(name)()
        assert_tidy(plots.architecture(from_torch(to_torch(network), network.input_shape)))


def test_rows_hold_all_costs_at_every_level():
    """What is folded into a row counts there: sums are those of the network."""
    for name in ("resnet50", "densenet121", "lenet5", "nasnet_a_mobile", "shufflenet_v2_x1_0"):
        network = models.get(name)()
        for level in ("layer", 1, 2, None):
            drawn = [row for run, _ in folded(rows_of(network, level)) for row in run]
            assert sum(row.total(0) for row in drawn) == network.macs
            assert sum(row.total(1) for row in drawn) == network.params


def test_letters_on_fills_and_bars_on_the_page_stand_out():
    """WCAG: 4.5 for words on a box, 3 for bars, on the page in light and in dark."""

    def luminance(colour):
        parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
        return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), parts))

    def contrast(one, other):
        high, low = sorted([luminance(one), luminance(other)], reverse=True)
        return (high + 0.05) / (low + 0.05)

    def rgb(colour):
        return [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]

    for letters, page in (("#323232", "#ffffff"), ("#ced6dd", "#121212"), ("#222222", "#ffffff")):
        for fill in filter(None, FILLS.values()):
            box = [TINT * a + (1 - TINT) * b for a, b in zip(rgb(fill), rgb(page))]
            assert contrast(rgb(letters), box) >= 4.5 and contrast(rgb(fill), rgb(page)) >= 3, fill


def test_drawings_are_the_same_every_time_and_bring_their_own_style():
    one, other = plots.blocks({"basic": basic}), plots.blocks({"basic": basic})
    assert one._repr_html_() == other._repr_html_() and one._repr_svg_() == other._repr_svg_()
    assert "currentColor" in one._repr_html_() and "INK" not in one._repr_html_() + one._repr_svg_()
    assert "currentColor" not in one._repr_svg_() and 'fill="#ffffff"' in one._repr_svg_()
    assert "var(--" not in one._repr_html_() and "<text" in one._repr_html_()
    assert repr(one) == one.alt and "<" not in repr(one)


def test_drawings_need_nothing_but_python():
    code = (
        "import sys; from convcost import models, plots; plots.blocks({'a': models.resnet18()['conv2_x.block1']});"
        "plots.architecture(models.resnet18()); plots.reads('standard'); plots.windows(6, 3);"
        "plots.cells({'a': [[1]]}); plots.kernels({'a': [[[1]]]}); plots.bars({'a': {'b': 1}});"
        "plots.choices({'a': models.mnasnet_a1()});"
        "plots.shares_by_block(models.resnet18());"
        "sys.exit(bool({'matplotlib', 'numpy', 'torch'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_drawings_take_a_caption():
    for drawing in (
        plots.blocks({"basic": basic}, caption="Look here."),
        plots.architecture(models.lenet5(), caption="Look here."),
        plots.reads("standard", caption="Look here."),
    ):
        assert ">Look here.</figcaption>" in drawing._repr_html_() and ">Look here.</text>" in drawing._repr_svg_()


# ---- blocks ----


def test_norms_and_activations_stand_in_the_box_of_their_convolution():
    def pieces(title):
        return [box.pieces for box in boxes_of(block(title))[1]]

    assert pieces("basic") == [["3×3 convolution", "BN", "ReLU"], ["3×3 convolution", "BN"], ["+", "ReLU"]]
    before = [["BN", "ReLU", f"{k} {name}"] for k, name in (("1×1", "pointwise"), ("3×3", "convolution"))]
    assert pieces("pre-activation") == [*before, before[0], ["+"]]
    assert pieces("projection")[0] == ["3×3 convolution", "stride 2", "BN", "ReLU"]


def test_branches_of_two_columns_keep_their_batch_norm():
    words = [word[4] for word in plots.blocks({"a": block("ShuffleNet V2, stride 2")}).panels[0].words]
    assert sum("BN" in word for word in words) == 5


def test_a_block_is_described_as_a_person_would():
    assert repr(plots.blocks({"basic": basic}, price="macs")) == (
        "basic: two 3x3 convolutions with 64 channels; a shortcut adds the input, then ReLU, on 56x56x64 to 56x56x64. "
        "It costs 231 M MACs."
    )
    assert "a shortcut sets the input beside it" in repr(plots.blocks({"dense": block("DenseNet")}))
    assert "four branches side by side" in repr(plots.blocks({"inception": block("Inception")}))


def test_bars_are_as_wide_as_channels_on_one_scale():
    drawing = plots.blocks({"bottleneck": block("bottleneck"), "basic": block("basic")})
    bars = [
        [float(w) for w in re.findall(r'width="([\d.]+)" height="7"', "".join(panel.parts))] for panel in drawing.panels
    ]
    assert bars[0][2] == pytest.approx(4 * bars[0][0], rel=1e-3) and bars[0][0] == bars[1][0]


def test_a_shortcut_is_an_arc_and_a_sum_a_joint():
    panel = plots.blocks({"basic": basic}).panels[0]
    assert len([part for part in panel.parts if 'stroke-width="2.2"' in part]) == 1
    assert (len([part for part in panel.parts if 'rx="11"' in part]), len(panel.boxes)) == (1, 4)  # and one for ReLU


def test_a_gate_hands_a_single_position_to_the_product():
    drawing = plots.blocks({"gated": models.mobilenet_v3_large()["bneck14"]})
    words = [word[4] for word in drawing.panels[0].words]
    gated = words.index("1×1 pointwise, h-sigmoid")
    assert words[gated + 1 : gated + 3] == ["1×1×960", "7×7×960"]  # what the gate makes, and the gated map


def test_blocks_draws_a_module_of_the_reader():
    class Residual(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.body = torch.nn.Sequential(
                torch.nn.Conv2d(8, 8, 3, padding=1), torch.nn.BatchNorm2d(8), torch.nn.ReLU(), torch.nn.Conv2d(8, 8, 1)
            )

        def forward(self, x):
            return x + self.body(x)

    network = from_torch(Residual(), (8, 16, 16))
    drawing = plots.blocks({"mine": network})
    assert_tidy(drawing)
    assert "a shortcut adds the input" in repr(drawing)
    assert_tidy(plots.architecture({"mine": network, "again": network}))


# ---- whole networks ----


def test_what_repeats_is_drawn_once():
    groups = folded(rows_of(models.mobilenet_v1(), "layer"))
    assert [([row.words for row in run], times) for run, times in groups if times > 1] == [
        (["3×3 depthwise", "1×1 pointwise"], 5)
    ]
    times = [times for _, times in folded(rows_of(models.resnet50(), "layer")) if times > 1]
    assert times == [2, 3, 5, 2]


def test_shortcuts_run_past_the_rows_of_their_block():
    network = models.resnet18()
    rows = rows_of(network, "layer")
    spans = shortcuts(network, rows)
    assert len(spans) == 8 and all(last - first == 1 for first, last in spans)
    assert [row.words for row in rows].count("1×1 on shortcut") == 3
    assert shortcuts(models.vgg16(), rows_of(models.vgg16())) == []


def test_a_network_is_described():
    said = repr(plots.architecture(models.vgg16()))
    assert "15.5 G MACs and 138 M parameters" in said and "fully connected to 4096 with 74 percent" in said


# ---- what reads what ----


@pytest.mark.parametrize(
    "layer",
    [
        Conv2d(6, 3, padding=1),
        Conv2d(6, 3, padding=1, groups=6),
        Conv2d(6, 1, groups=2),
        Conv2d(4, 3, padding=2, dilation=2, groups=2),
        Conv2d(6, (3, 1), stride=2, padding=(1, 0)),
    ],
    ids=repr,
)
def test_lines_are_what_gradients_flow_through(layer):
    network = Network(layer(FeatureMap(6, 7, 7)))
    options = {key: getattr(layer, key) for key in ("stride", "padding", "dilation", "groups")}
    conv = torch.nn.Conv2d(6, layer.out_channels, layer.kernel_size, **options)
    torch.nn.init.ones_(conv.weight)
    _, height, wide = network.output_shape
    for cell in ((0, 0, 0), (layer.out_channels - 1, height // 2, wide // 2), (1, height - 1, wide - 1)):
        x = torch.ones(1, 6, 7, 7, requires_grad=True)
        conv(x)[(0, *cell)].backward()
        assert set(back_to(None, network.layers[-1], cell)) == {tuple(at) for at in x.grad[0].nonzero().tolist()}


def captions(title, **options):
    return [word[4] for word in plots.reads(title, **options).panels[0].words if "MACs" in word[4]]


def test_the_price_of_one_output_and_of_all_that_share():
    assert captions("standard") == ["one output alone: 3·3·6 = 54 MACs", "all 6 at this position: 324 MACs"]
    assert captions("depthwise, then pointwise") == [
        "one output alone: 6·9 + 6 = 60 MACs",
        "all 6 at this position: 6·9 + 6·6 = 90 MACs",
    ]
    assert captions("shuffle") == ["no MACs"]
    assert captions("standard", prices=False) == []
    assert captions("channel split")[0] == "one output alone: 3·3·3 = 27 MACs, or none"


def test_reads_has_room_for_nine_channels():
    for channels, positions in ((9, 6), (8, 7), (6, 9), (9, 3)):
        assert_tidy(
            plots.reads(
                "standard", "shuffle" if channels % 2 == 0 else "depthwise", channels=channels, positions=positions
            )
        )


def test_reads_draws_layers_lists_functions_and_networks():
    x = FeatureMap(4, 5, 5)
    drawing = plots.reads(
        {"five": Conv2d(6, 5, padding=2), "two": [Conv2d(6, 3, padding=1), ReLU(), Conv2d(3, 3, padding=1)]},
        mine=Network(Conv2d(4, 3, groups=2)(x)),
        basic=lambda x: x + Conv2d(x.channels, 3, padding=1)(x),
    )
    assert_tidy(drawing)
    assert "five: 5x5 positions of every channel" in repr(drawing)


# ---- words ----


def test_every_way_through_residual_blocks_is_drawn_once():
    """2 x 2 x 2 = 8 ways cross or bypass three blocks; half of them avoid one of these, the only plain way does not."""
    said = repr(plots.paths(3, deleted=2))
    assert "plain: 1 way, 0 left without 2" in said and "residual: 8 ways, 4 left without 2" in said
    plain, residual = plots.paths(3).panels
    assert [word[4] for word in residual.words][1:-1] == list("01112223")  # 1, 3, 3 and 1 ways cross 0, 1, 2 and 3
    cut = plots.paths(3, deleted=2).panels[1].words
    assert [word[4] for word in cut] == [
        "residual: 8 ways",
        "4 left without 2",
    ]
    assert plain.inside("").count("<rect") == 3 and residual.inside("").count("<rect") == 12  # 3 * 1 + 3 * 2 + 3
    for blocks in range(1, 5):
        assert_tidy(plots.paths(blocks))
        assert_tidy(plots.paths(blocks, deleted=blocks))


def test_a_dense_block_of_n_layers_reads_as_many_maps_as_n_numbers_add_up_to():
    for layers in range(2, 6):
        plain, added, stacked = plots.stacks(layers).panels
        assert len(plain.boxes) == len(added.boxes) == layers
        assert len(stacked.boxes) == layers * (layers + 1) / 2  # 1 + 2 + ... + layers
        assert_tidy(plots.stacks(layers, caption="Look here."))
    assert "stacked: 15 maps read, the last layer reads 0, 1, 2, 3, 4" in repr(plots.stacks(5))
    with pytest.raises(ConvcostError, match="2 to 5 layers"):
        plots.stacks(6)


def test_a_chain_grows_in_three_ways_to_the_same_work():
    """Four times the MACs: 4 times the layers, or 2 * 2 = 4 times the weights, or 2 * 2 = 4 times the positions."""
    drawing = plots.scalings(times=4, layers=3, caption="Look here.")
    base, depth, width, side = (panel.inside("").count("<rect") for panel in drawing.panels)
    assert (base, depth, width, side) == (3, 3 * 4, 3, 3)
    told = repr(drawing)
    assert "depth ×4: MACs ×4, parameters ×4, values kept ×4" in told
    assert "width ×2: MACs ×4, parameters ×4, values kept ×2" in told
    assert "side ×2: MACs ×4, parameters ×1, values kept ×4" in told
    assert_tidy(drawing)
    assert "width ×1.4: MACs ×2, parameters ×2, values kept ×1.4" in repr(plots.scalings(2))
    with pytest.raises(ConvcostError, match="2 to 4 times"):
        plots.scalings(5)


def test_lines_of_words_are_broken_between_pieces():
    assert fitted(["3×3 convolution", "BN", "ReLU"], 300) == ["3×3 convolution, BN, ReLU"]
    assert fitted(["3×3 convolution", "stride 2", "BN", "ReLU"], 150) == ["3×3 convolution,", "stride 2, BN, ReLU"]
    assert all(width(line) <= 68 for line in fitted(["3×3 depthwise", "BN", "ReLU"], 68))


@pytest.mark.parametrize(
    "action, said",
    [
        (lambda: plots.blocks([]), "title -> network"),
        (lambda: plots.blocks({"a": 3}), "a: a network, a part of one or a function over a feature map, not 3"),
        (lambda: plots.blocks({"a": torch.nn.ReLU()}), "use convcost.from_torch first"),
        (lambda: plots.blocks({"a": basic}, price="euros"), "price is made of"),
        (lambda: plots.blocks({"a": models.nasnet_a_mobile()}), "at most 150 boxes"),
        (lambda: plots.choices({"a": models.vgg16()}), "a has none"),
        (lambda: plots.architecture("vgg16"), "draws a network"),
        (lambda: plots.architecture(models.vgg16(), 0), 'level is "layer"'),
        (lambda: plots.reads("standrad"), "did you mean 'standard'?"),
        (lambda: plots.reads(), "titles: standard, depthwise"),
        (lambda: plots.reads(mine=models.vgg16()), "at most 9 channels and 9 positions"),
        (lambda: plots.paths(5), "1 to 4 blocks, not 5"),
        (lambda: plots.paths(3, 4), "a block from 1 to 3, not 4"),
        (lambda: plots.reads("standard", channels=8, positions=8), "15 together, not a map of 8x8x8"),
        (lambda: plots.reads(mine=3), "a layer, a list of layers, a function or a network, not 3"),
    ],
)
def test_bad_input_is_answered_in_one_line(action, said):
    with pytest.raises(ConvcostError) as caught:
        action()
    assert said in str(caught.value) and "\n" not in str(caught.value)


CHOSEN = ("mobilenet_v1", "mobilenet_v2", "mnasnet_a1", "mnasnet1_0", "mobilenet_v3_large", "mobilenet_v3_small")


@pytest.mark.parametrize("name", CHOSEN)
def test_choices_of_blocks_draw_without_overlap(name):
    assert_tidy(plots.choices({name: models.get(name)()}))


def test_the_choices_are_those_of_the_papers_tables():
    """Howard et al. 2019, table 1; Tan et al. 2018, figure 7."""
    large = chosen(models.mobilenet_v3_large())
    assert [row["kernel"] for row in large] == [3] * 3 + [5] * 3 + [3] * 6 + [5] * 3
    assert [row["gate"] for row in large] == [False] * 3 + [True] * 3 + [False] * 4 + [True] * 5
    assert [row["activation"] for row in large] == ["R"] * 6 + ["hs"] * 9
    assert [large[i]["widening"] for i in (0, 1, 7, 14)] == [16 / 16, 64 / 16, 200 / 80, 960 / 160]
    a1 = chosen(models.mnasnet_a1())
    assert [row["widening"] for row in a1] == [1] + [6] * 2 + [3] * 3 + [6] * 10
    assert [row["kernel"] for row in a1] == [3] * 3 + [5] * 3 + [3] * 6 + [5] * 3 + [3]
    assert {row["activation"] for row in a1} == {"R"}
    said = repr(plots.choices({"it": models.mnasnet_a1()}))
    assert said.startswith("it: 16 blocks that widen by 1, 3 and 6; six with a kernel larger than 3x3, eight with")


def test_deep_stacks_are_followed_in_no_time():
    drawing = plots.reads(four=[Conv2d(6, 3, padding=1)] * 4)
    assert "9x9 positions" not in repr(drawing) and "7x7 positions of every channel" in repr(drawing)
    assert_tidy(drawing)


def test_what_the_room_offers_has_type_hints():
    for name in plots.__all__:
        offered = getattr(plots, name)
        if inspect.isfunction(offered):
            signature = inspect.signature(offered)
            bare = [p.name for p in signature.parameters.values() if p.annotation is p.empty]
            assert not bare and signature.return_annotation is not signature.empty, f"{name}: {bare}"
