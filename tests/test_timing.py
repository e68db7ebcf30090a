"""What is measured is what it says: which functions run, how often, equal MACs in each race.

No test looks at a time.
"""

import importlib.util
from pathlib import Path

import pytest
from convcost import Conv2d, ConvcostError, FeatureMap, Flatten, Network
from textbook import races, timing

SCRIPT = Path(__file__).resolve().parents[1] / "benchmarks" / "record_times.py"


def test_each_function_warms_up_once_and_then_they_take_turns():
    calls = []
    timing.times({"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, repeats=2, number=3)
    assert "".join(calls) == "ab" + 2 * ("aaa" + "bbb")


def test_quartiles_of_a_clock_that_we_set(monkeypatch):
    clock = iter([0, 1, 10, 12, 20, 23, 30, 34, 40, 45])  # repeats of 1, 2, 3, 4 and 5 seconds
    monkeypatch.setattr(timing, "perf_counter", lambda: next(clock))
    assert timing.times({"a": lambda: None}, repeats=5) == {"a": (2, 3, 4)}


def test_the_time_is_that_of_one_call(monkeypatch):
    clock = iter([0, 8, 10, 18])
    monkeypatch.setattr(timing, "perf_counter", lambda: next(clock))
    assert timing.times({"a": lambda: None}, repeats=2, number=4)["a"].median == 2


def test_it_waits_for_the_device_before_both_readings_of_the_clock():
    events = []
    timing.times({"a": lambda: events.append("run")}, repeats=2, wait=lambda: events.append("wait"))
    assert events == ["run"] + 2 * ["wait", "run", "wait"]


def test_one_repeat_is_an_error():
    with pytest.raises(ConvcostError, match="at least 2 repeats, not 1"):
        timing.times({}, repeats=1)


def test_the_machine_is_one_line_with_its_cores():
    assert "\n" not in timing.machine() and " core" in timing.machine()


@pytest.mark.parametrize("name", races.GUIDELINES)
@pytest.mark.parametrize("side", [56, 7])
def test_the_networks_of_a_race_have_equal_macs(name, side):
    assert len({net.macs for net in races.GUIDELINES[name](side=side).values()}) == 1


@pytest.mark.parametrize("name", races.GUIDELINES)
def test_a_race_names_its_first_and_its_last_design(name):
    first, *_, last = races.GUIDELINES[name]()
    assert races.ENDS[name] == (first, last)


def test_sixteen_groups_move_four_times_as_many_values():
    """64 channels in one group, 4 * 64 in sixteen: the map is four times as wide, the weights are as many."""
    assert races.traffic("G2", 56) == (2 * 256 * 56**2 + 64**2) / (2 * 64 * 56**2 + 64**2)


def test_how_much_slower_is_the_last_time_over_the_first(monkeypatch):
    recorded = {"G2 7": {"1 group": 2.0, "4 groups": 3.0, "16 groups": 5.0}}
    monkeypatch.setattr(timing, "recorded_seconds", recorded.get)
    assert races.slower("G2", 7) == 5 / 2


def test_a_race_here_is_told_in_medians_of_the_first_design(monkeypatch):
    timed = {0: timing.Timing(1.0, 2.0, 3.0), 1: timing.Timing(3.0, 4.0, 8.0)}
    monkeypatch.setattr(timing, "times", lambda runs, repeats, number: timed)
    assert races.slower_here("G3", 7) == (3 / 2, 4 / 2, 8 / 2)


def test_the_first_of_a_race_moves_least():
    for make in races.GUIDELINES.values():
        moved = [net.memory_access for net in make().values()]
        assert moved[0] == min(moved) and len(set(moved)) > 1


def test_equal_width_by_hand():
    nets = races.equal_width(width=128, side=56)
    for (name, net), (inputs, outputs) in zip(nets.items(), [(128, 128), (64, 256), (32, 512), (16, 1024)]):
        assert name == f"1:{outputs // inputs}"
        assert net.memory_access == 56 * 56 * (inputs + outputs) + inputs * outputs


def test_only_the_bottleneck_with_both_has_both():
    kinds = {name: [n.kind for n in net.layers] for name, net in races.element_wise().items()}
    convs = ["Conv2d"] * 3
    assert kinds["neither"] == convs and kinds["shortcut"] == [*convs, "Add"]
    assert kinds["ReLU"] == ["Conv2d", "ReLU"] * 3
    assert kinds["both"] == ["Conv2d", "ReLU"] * 2 + ["Conv2d", "Add", "ReLU"]


def test_the_roofline_of_two_layers():
    x = FeatureMap(4, 8, 8)
    net = Network(Flatten()(Conv2d(2, 1, bias=False)(Conv2d(8, 3, padding=1, bias=False)(x))))
    computing = 9 * 4 * 8 * 64 / 1000  # more MACs than 10 times its elements
    moving = ((8 + 2) * 64 + 8 * 2) / 100  # fewer; to flatten is nothing
    limits = {"peak": 1000, "bandwidth": 100, "layer": 10}
    assert timing.roofline(net, limits) == pytest.approx(computing + moving + 2 / 10)


def test_a_device_without_a_recording_has_none():
    assert timing.recorded("abacus") == []


def test_the_recorded_run_covers_every_case():
    found = timing.recorded("cpu")
    assert len({row["machine"] for row in found}) == 1
    cases = {(row["experiment"], row["case"]) for row in found}
    assert len(cases) == len(found)
    for name, make in races.GUIDELINES.items():
        for side in (56, 28, 14, 7):
            assert {(f"{name} {side}", case) for case in make()} <= cases
    assert {("zoo", title) for title in races.ZOO} | {("limits", n) for n in ("peak", "bandwidth", "layer")} <= cases
    assert all(0 < row["timing"].lower <= row["timing"].median <= row["timing"].upper for row in found)


def test_a_network_that_is_ready_runs_in_torch():
    torch = pytest.importorskip("torch")
    output = timing.ready(races.fragments(side=7)["4 in parallel"], batch=2)()
    assert output.shape == (2, 64, 7, 7) and torch.isfinite(output).all() and not output.requires_grad


def test_the_profile_has_every_kind_of_layer_once():
    pytest.importorskip("torch")
    found = timing.milliseconds_by_kind(races.element_wise(side=7)["both"], runs=1)
    assert set(found) == {"Conv2d", "ReLU", "Add"} and min(found.values()) > 0


def test_what_is_recorded_can_be_asked_by_experiment():
    rows = {(row["experiment"], row["case"]): row for row in timing.recorded("cpu")}
    assert timing.recorded_seconds()["MobileNet"] == rows["zoo", "MobileNet"]["timing"].median
    product = rows["limits", "peak"]
    assert timing.recorded_speeds()["peak"] == product["done"] / product["timing"].median
    assert timing.recorded_seconds(device="abacus") == timing.recorded_speeds("abacus") == {}


def test_a_machine_is_measured_in_the_words_of_the_recording():
    found = timing.measured_speeds(repeats=2)
    assert list(found) == list(timing.recorded_speeds()) and min(found.values()) > 0


def test_the_script_writes_what_recorded_reads(tmp_path, monkeypatch):
    torch = pytest.importorskip("torch")
    threads = torch.get_num_threads()
    spec = importlib.util.spec_from_file_location("record_times", SCRIPT)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    data = tmp_path / "data"
    data.mkdir()
    try:
        script.main(["--device", "cpu", "--repeats", "2", "--no-networks", "--out", str(data / "times_gpu.csv")])
    finally:
        torch.set_num_threads(threads)
    monkeypatch.setattr(timing, "files", lambda package: tmp_path)
    found = timing.recorded("gpu")
    assert [row["case"] for row in found if row["experiment"] == "G3 7"] == ["one", "4 in series", "4 in parallel"]
    assert {row["case"]: row["done"] for row in found if row["experiment"] == "limits"} == {
        "peak": 768**3,
        "bandwidth": 2**25,
        "layer": 100,
    }
    assert {row["batch"] for row in found} == {1}


def test_recorded_seconds_are_those_of_the_networks_of_the_book():
    assert set(races.zoo()) == set(timing.recorded_seconds())
    assert timing.recorded_seconds("G1 56")["1:1"] == pytest.approx(1.5991e-3)


def test_the_median_of_a_clock_that_we_set(monkeypatch):
    clock = iter([0, 1, 10, 15, 20, 22])
    monkeypatch.setattr(timing, "perf_counter", lambda: next(clock))
    assert timing.median_seconds(lambda: None, repeats=3) == 2


def test_the_processor_s_time_is_the_median_without_the_first_call(monkeypatch):
    clock, calls = iter([0, 90, 100, 101, 110, 117, 120, 122]), []  # 90 seconds to warm up, then 1, 7 and 2
    monkeypatch.setattr(timing, "process_time", lambda: next(clock))
    assert timing.processor_seconds(lambda: calls.append("run"), repeats=3) == 2
    assert len(calls) == 3 + 1
