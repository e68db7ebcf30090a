"""Record what `textbook.timing` can measure, for the chapter on time:

    python benchmarks/record_times.py --device cuda --batch 8 --out lib/textbook/data/times_gpu.csv
    python benchmarks/record_times.py --device cpu --out lib/textbook/data/times_cpu.csv

Needs torch. One row per case: machine, batch, experiment, case, what one run does (images; for the limits of the
machine MACs, elements, layers), repeats, and the quartiles in milliseconds. The guidelines are measured on maps of
56x56, 28x28, 14x14 and 7x7 (`G1 56`, ...), the networks at their own resolution (`zoo`).
"""

import argparse
import csv
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

import torch
from textbook import races, timing

COLUMNS = ("machine", "batch", "experiment", "case", "done", "repeats", "lower_ms", "median_ms", "upper_ms")
SIDES = (56, 28, 14, 7)


def cases(networks):
    """Yield experiment, its networks, and how often each runs in one repeat."""
    for name, make in races.GUIDELINES.items():
        for side in SIDES:
            yield f"{name} {side}", make(side=side), max(1, 56 // side)
    if networks:
        yield "zoo", races.zoo(), 1


def record_limits(device, repeats, wait):
    """Yield case, what one call does, and its timing; a fast device gets more to do."""
    sizes = {} if device == "cpu" else {"size": 8192, "elements": 2**28}
    found = timing.limits(device, **sizes)
    for case, each in timing.times({case: f for case, (f, _) in found.items()}, repeats, wait=wait).items():
        yield case, found[case][1], each


def record(device, batch, repeats, networks=True):
    """Return the rows, each a tuple of COLUMNS."""
    gpu = device != "cpu"
    machine = timing.machine()
    if gpu:
        card = torch.cuda.get_device_name(device)
        machine = f"{card}; PyTorch {torch.__version__}, CUDA {torch.version.cuda}, float32"
    wait = torch.cuda.synchronize if gpu else None
    rows = []

    def write(experiment, case, done, each):
        rows.append((machine, batch, experiment, case, done, repeats, *[f"{1000 * t:.5g}" for t in each]))
        print(experiment, case, *rows[-1][-3:], flush=True)

    for case, done, each in record_limits(device, repeats, wait):
        write("limits", case, done, each)
    for experiment, nets, number in cases(networks):
        functions = {case: timing.ready(net, device, batch) for case, net in nets.items()}
        for case, each in timing.times(functions, repeats, number, wait).items():
            write(experiment, case, batch, each)
    return rows


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Record the times of guidelines and networks.")
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=21)
    parser.add_argument("--threads", type=int, default=1, help="of the CPU")
    parser.add_argument("--no-networks", action="store_true", help="the guidelines alone")
    parser.add_argument("--out", type=Path, required=True, help="the CSV file to write")
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    torch.backends.cudnn.benchmark = True
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    rows = record(options.device, options.batch, options.repeats, not options.no_networks)
    with options.out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows)
    print(f"{len(rows)} rows written to {options.out}")


if __name__ == "__main__":
    main()
