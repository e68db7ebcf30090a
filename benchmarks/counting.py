"""How long counting takes: `python benchmarks/counting.py` (needs nothing but Python).

Milliseconds depend on the machine; ratios to a fixed plain-Python loop, and of the imports to a Python that
does nothing, compare runs on different ones. Every figure is the best of several, taken in turns.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

from convcost import models

LIBRARY = Path(__file__).resolve().parents[1] / "lib"
METRICS = (
    "params",
    "macs",
    "flops",
    "activations",
    "depth",
    "receptive_field",
    "memory_access",
    "peak_activations",
    "arithmetic_intensity",
)


def fixed_loop():
    """The yardstick: 10,000 steps of plain Python that touch a dictionary and an integer."""
    counts = {}
    for i in range(10_000):
        counts[i % 97] = counts.get(i % 97, 0) + i * i
    return counts


def all_metrics(network):
    return [getattr(network, metric) for metric in METRICS]


def best(actions, repetitions):
    """Return {name: best milliseconds} of some actions, in turns so that a busy moment hits all."""
    times = {name: [] for name in actions}
    for _ in range(repetitions):
        for name, action in actions.items():
            start = time.perf_counter()
            action()
            times[name].append(1000 * (time.perf_counter() - start))
    return {name: min(each) for name, each in times.items()}


def python(code):
    """Run code in a fresh Python that sees the library and no site packages."""
    environment = {**os.environ, "PYTHONPATH": str(LIBRARY)}
    return lambda: subprocess.run([sys.executable, "-S", "-c", code], env=environment, check=True)


def show(times, yardstick):
    for name, milliseconds in times.items():
        print(f"{name:42} {milliseconds:9.3f} ms {milliseconds / times[yardstick]:8.2f} x {yardstick}")
    print()


def main():
    net = models.resnet50()
    rows = [{"name": n.name, "params": n.params, "macs": n.macs, "shape": n.output.shape} for n in net.layers]
    print(f"{net!r}\n")
    show(
        best(
            {
                "fixed loop": fixed_loop,
                "build ResNet-50": models.resnet50,
                "all metrics of ResNet-50": lambda: all_metrics(net),
                "build it and read all metrics": lambda: all_metrics(models.resnet50()),
                "json.dumps of a row per layer": lambda: json.dumps(rows),
                **{f"  {metric}": lambda metric=metric: getattr(net, metric) for metric in METRICS},
            },
            repetitions=100,
        ),
        "fixed loop",
    )
    bare, importing = "python -c pass", "python -c 'import convcost'"
    times = best(
        {
            bare: python("pass"),
            importing: python("import convcost"),
            "import, build ResNet-50, count MACs": python("import convcost.models as m; m.resnet50().macs"),
        },
        repetitions=15,
    )
    show(times, bare)
    print(f"the import alone: {times[importing] - times[bare]:.1f} ms")


if __name__ == "__main__":
    main()
