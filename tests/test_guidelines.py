"""What the ShuffleNet V2 paper timed, and the networks in it."""

from convcost import Add, BatchNorm2d, Conv2d, FeatureMap, Network, ReLU
from textbook import guidelines


def test_the_timed_ratios_have_nearly_the_same_macs():
    for timed in guidelines.ratio_speeds().values():
        macs = [inputs * outputs for inputs, outputs in timed]
        assert max(macs) / min(macs) < 1.07
        assert list(timed.values()) == sorted(timed.values(), reverse=True)


def test_the_fragments_have_nearly_the_same_macs():
    macs = [network.macs for network in guidelines.fragments().values()]
    assert max(macs) / min(macs) < 1.02


def test_the_speeds_of_fragments_are_those_of_the_ledger():
    speeds = guidelines.fragment_speeds()
    assert speeds["GPU, narrow"] == {"a": 2446, "b": 1790, "c": 752, "d": 1537, "e": 691}
    assert speeds["phone, wide"] == {"a": 2.3, "b": 2.2, "c": 2.3, "d": 2.2, "e": 2.1}


def test_the_comparison_has_27_networks_with_their_class_and_who_trained_them():
    rows = {(row["network"], row["error is"]): row for row in guidelines.comparison()}
    assert len(rows) == 27
    assert rows["IGCV3 0.7", "cited"]["class"] == "140"
    assert rows["MobileNet V2 1.0", "trained here"]["error, %"] == 28.3
    assert rows["ShuffleNet 1.5x", "cited"]["GPU, batches/s"] == 164
    assert rows["ShuffleNet 1.5x", "cited"]["phone, images/s"] == 10.3
    assert rows["MobileNet V2 0.4, 160 px", "trained here"]["error, %"] == 43.4  # the paper's star: a smaller image
    assert rows["MobileNet V2 0.75, 192 px", "trained here"]["error, %"] == 32.1


def test_built_networks_stand_in_the_comparison_with_nearly_their_macs():
    printed = {row["network"]: row["M MACs"] for row in guidelines.comparison()}
    assert len(guidelines.compared_networks()) == 17
    for name, network in guidelines.compared_networks().items():
        assert abs(network.macs / 1e6 / printed[name] - 1) < 0.25, name


def test_a_network_is_held_against_the_guidelines():
    x = FeatureMap(4, 2, 2)
    y = Conv2d(4, 1, groups=2, bias=False)(x)
    net = Network(Add()(x, ReLU()(BatchNorm2d()(Conv2d(4, 1, bias=False)(Conv2d(8, 1, bias=False)(y))))))
    found = guidelines.kept(net)
    assert (found["equal"], found["groups"], found["pieces"]) == (1 / 3, 2, 3)
    assert guidelines.moved(net, "ReLU") == 2 * 16
    convolutions = (16 + 16 + 8) + (16 + 32 + 32) + (32 + 16 + 32)  # in, out, weights; batch norm is merged
    assert found["moved"] == convolutions + 2 * 16 + 3 * 16


def test_the_best_of_a_class_errs_least_or_does_most_in_a_second():
    assert guidelines.best("300", "error, %") == "ShuffleNet V2 1.5x"
    assert guidelines.best("300", "GPU, batches/s") == "MobileNet 0.75"
