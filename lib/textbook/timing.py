"""Time: measured with its spread, on a machine that is named, for the networks whose costs are counted.

Only the standard library, but for what runs a network in torch (`ready`, `limits`, `milliseconds_by_kind`).
"""

import csv
import os
import platform
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from importlib.resources import files
from statistics import median, quantiles
from time import perf_counter, process_time
from typing import Any, NamedTuple

from convcost import ConvcostError, FeatureMap, Network, ReLU


class Timing(NamedTuple):
    """Seconds of one call: the lower quartile, the median and the upper quartile of the repeats."""

    lower: float
    median: float
    upper: float


def times(
    functions: Mapping[str, Callable[[], Any]],
    repeats: int = 7,
    number: int = 1,
    wait: Callable[[], Any] | None = None,
) -> dict[str, Timing]:
    """Return name -> `Timing` for a dictionary of functions without arguments.

    All are called once to warm up, then in turns, so that a busy moment hits all alike. number: calls in one
    repeat, for what is too short to be timed alone; wait: called before each reading of the clock, for devices that
    run on while Python goes on (`torch.cuda.synchronize`).
    """
    if repeats < 2:
        raise ConvcostError(f"times: quartiles need at least 2 repeats, not {repeats}")
    wait = wait or (lambda: None)
    for function in functions.values():
        function()
    seconds = {name: [] for name in functions}
    for _ in range(repeats):
        for name, function in functions.items():
            wait()
            start = perf_counter()
            for _ in range(number):
                function()
            wait()
            seconds[name].append((perf_counter() - start) / number)
    return {name: Timing(*quantiles(each, n=4, method="inclusive")) for name, each in seconds.items()}


def processor() -> str:
    """Return the processor's name where the system tells it, else its architecture."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            return next(line.split(":")[1].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def machine() -> str:
    """Return one line that says what was measured on: processor, cores, and torch with its threads once imported."""
    torch = sys.modules.get("torch")
    used = f"; PyTorch {torch.__version__}, {_plural(torch.get_num_threads(), 'thread')}, float32" if torch else ""
    return f"{processor()}, {_plural(os.cpu_count() or 1, 'core')}{used}"


def _plural(n, what):
    return f"{n} {what}{'' if n == 1 else 's'}"


def ready(network: Network, device: str = "cpu", batch: int = 1) -> Callable[[], Any]:
    """Return a function without arguments that runs the network in torch once, without gradients.

    The weights are constants, which takes far less time than drawing them; no network stops early on any value.
    """
    from convcost.extras import torch
    from convcost.torch_bridge import to_torch

    with torch.device("meta"):
        module = to_torch(network)
    module = module.to_empty(device=device).eval()
    with torch.no_grad():
        for tensor in module.state_dict().values():
            tensor.fill_(len(tensor) / tensor.numel() if tensor.dim() > 1 else 1)
    images = torch.full((batch, *network.input_shape), 0.5, device=device)

    def run():
        with torch.inference_mode():
            return module(images)

    return run


def limits(device: str = "cpu", size: int = 768, elements: int = 2**24) -> dict[str, tuple[Callable[[], Any], int]]:
    """Return what shows three limits of a machine: name -> (function, what it does in one call).

    "peak": a matrix product, MACs; "bandwidth": a copy too large for the caches, elements read and written;
    "layer": a hundred layers that have nothing to do, layers. What it does over the time it takes is the limit.
    """
    from convcost.extras import torch

    square, source, target = (torch.ones(n, device=device) for n in (size * size, elements, elements))
    square = square.view(size, size)
    idle = FeatureMap(1, 1, 1)
    for _ in range(100):
        idle = ReLU()(idle)
    return {
        "peak": (lambda: square @ square, size**3),
        "bandwidth": (lambda: target.copy_(source), 2 * elements),
        "layer": (ready(Network(idle), device), 100),
    }


def roofline(network: Network, limits: Mapping[str, float]) -> float:
    """Return the seconds that a network takes at least, by the limits of a machine (a second each, see `limits`).

    Every layer takes the longer of two times, to compute its MACs and to move its inputs, parameters and output
    once, and the time that any layer takes.
    """
    layers = [n for n in network.layers if not n.layer.is_view]
    work = sum(
        max(n.macs / limits["peak"], (n.input_elements + n.params + n.output_elements) / limits["bandwidth"])
        for n in layers
    )
    return work + len(layers) / limits["layer"]


def milliseconds_by_kind(network: Network, runs: int = 5) -> dict[str, float]:
    """Profile the network in torch, one image, on the processor; return layer kind -> milliseconds in one run."""
    from convcost.extras import torch

    os.environ.setdefault("KINETO_LOG_LEVEL", "99")  # the profiler announces itself otherwise
    from convcost.torch_bridge import to_torch
    from torch.profiler import ProfilerActivity, profile, record_function

    module, label = to_torch(network).eval(), ExitStack()  # layers run one after the other: one label at a time

    def enter(kind, layer, inputs):
        label.enter_context(record_function(f"kind {kind}"))

    def leave(layer, inputs, output):
        label.close()

    for node in network.layers:
        layer = module.get_submodule(node.name)
        layer.register_forward_pre_hook(partial(enter, node.kind))
        layer.register_forward_hook(leave)
    image = torch.rand(1, *network.input_shape)
    with torch.inference_mode():
        module(image)
        with profile(activities=[ProfilerActivity.CPU]) as watched:
            for _ in range(runs):
                module(image)
    found = [event for event in watched.key_averages() if event.key.startswith("kind ")]
    return {event.key.removeprefix("kind "): event.cpu_time_total / 1000 / runs for event in found}


def recorded(device: str) -> list[dict[str, Any]]:
    """Return a recorded run that the library carries, as a list of dictionaries, or [] if it has none.

    device: `cpu` or `gpu`; each entry has `machine`, `batch`, `experiment`, `case`, `done` and `timing`: see
    `benchmarks/record_times.py`, which makes them.
    """
    file = files(__package__).joinpath("data", f"times_{device}.csv")
    if not file.is_file():
        return []
    with file.open(encoding="utf-8", newline="") as lines:
        return [
            {
                **{name: row[name] for name in ("machine", "experiment", "case")},
                "batch": int(row["batch"]),
                "done": int(row["done"]),
                "timing": Timing(*[float(row[f"{name}_ms"]) / 1000 for name in Timing._fields]),
            }
            for row in csv.DictReader(lines)
        ]


def recorded_seconds(experiment: str = "zoo", device: str = "cpu") -> dict[str, float]:
    """Return case -> median seconds of one experiment of a recorded run ("zoo": a network for one image, "G1 56")."""
    return {row["case"]: row["timing"].median for row in recorded(device) if row["experiment"] == experiment}


def recorded_speeds(device: str = "cpu") -> dict[str, float]:
    """Return what a recorded machine does in a second of each of its `limits`: MACs, values moved, layers started."""
    rows = [row for row in recorded(device) if row["experiment"] == "limits"]
    return {row["case"]: row["done"] / row["timing"].median for row in rows}


def measured_speeds(device: str = "cpu", repeats: int = 7) -> dict[str, float]:
    """Measure `limits` now; return what this machine does in a second of each: MACs, values moved, layers started."""
    work = limits(device)
    found = times({name: run for name, (run, _) in work.items()}, repeats)
    return {name: done / found[name].median for name, (_, done) in work.items()}


def median_seconds(function: Callable[[], Any], repeats: int = 15) -> float:
    """Return the median time of one call."""
    return times({"it": function}, repeats)["it"].median


def processor_seconds(function: Callable[[], Any], repeats: int = 7) -> float:
    """Return the median of the processor's time for one call, to which other programs add little; one call warms up.

    With several threads the times of all of them add up.
    """
    took = []
    for _ in range(repeats + 1):
        began = process_time()
        function()
        took.append(process_time() - began)
    return median(took[1:])
