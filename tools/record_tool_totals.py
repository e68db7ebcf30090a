"""Run the well-known counting tools and record the totals that `convcost`'s conventions must reproduce.

usage: python tools/record_tool_totals.py [--environments FOLDER] [--all] [NAME ...]

Writes tests/data/tool_totals.csv (tool, version, network, total) for the tools that are installed beside it, and for
the given names (default: all); keeps the other rows. The tools are no dependencies of the project. --environments:
make two environments in FOLDER (again only what is missing), with the versions of `TOOLS` below and the torch that
runs this, and record in both: `thop` and `ultralytics-thop` install one module under the same name.

Names are those of the modules of tests/written_modules.py, and those of networks that torchvision and
`convcost.models` both have, in evaluation mode, without pretrained weights, on an image of the size of the variant
torchvision. --all: also compare, without recording, all other networks of torchvision that `convcost.from_torch` can
read, on 1x3x224x224.
"""

import contextlib
import csv
import io
import logging
import os
import subprocess
import sys
import sysconfig
import venv
import warnings
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch

LIBRARY = torch.library.Library("torchvision", "FRAGMENT")
ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "lib"), str(ROOT / "tests")]
DATA = ROOT / "tests" / "data" / "tool_totals.csv"


def flop_counter_mode(module, image):
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter:
        module(image)
    return {"flop_counter_mode": counter.get_total_flops()}


def fvcore(module, image):
    from fvcore.nn import FlopCountAnalysis

    return {"fvcore": FlopCountAnalysis(module, image).total()}


def torchinfo(module, image):
    from torchinfo import summary

    return {"torchinfo": summary(module, input_size=tuple(image.shape), verbose=0).total_mult_adds}


def ptflops(module, image):
    from ptflops import get_model_complexity_info

    options = {"as_strings": False, "print_per_layer_stat": False}
    return {
        name: get_model_complexity_info(module, tuple(image.shape[1:]), backend=backend, **options)[0]
        for name, backend in (("ptflops", "pytorch"), ("ptflops_aten", "aten"))
    }


def thop(module, image):
    from thop import profile

    return {"thop": profile(module, (image,), verbose=False)[0]}


def ultralytics_thop(module, image):
    return {"ultralytics_thop": thop(module, image)["thop"]}


def calflops(module, image):
    from calflops import calculate_flops

    flops, macs, _ = calculate_flops(module, tuple(image.shape), print_results=False, output_as_string=False)
    return {"calflops": macs, "calflops_flops": flops}


def torchprofile(module, image):
    from torchprofile import profile_macs

    return {"torchprofile": profile_macs(module, image)}


def torchscan(module, image):
    from torchscan import crawl_module

    totals = crawl_module(module, tuple(image.shape[1:]))["totals"]
    keys = {"torchscan": "macs", "torchscan_flops": "module_flops"}
    return {name: totals[key]["known_value"] or 0 for name, key in keys.items()}  # None: no module that it knows


# Package -> how the version that the conventions describe begins, and f(module, image) -> {tool: total}.
TOOLS = {
    "torch": ("2.13.0", flop_counter_mode),
    "fvcore": ("0.1.5", fvcore),
    "torchinfo": ("1.8.0", torchinfo),
    "ptflops": ("0.7.5", ptflops),
    "thop": ("0.1.1", thop),
    "ultralytics-thop": ("2.2.3", ultralytics_thop),
    "calflops": ("0.3.2", calflops),
    "torchprofile": ("0.1.0", torchprofile),
    "torchscan": ("0.2.0", torchscan),
}

TORCHVISION = "torchvision==0.28.*"
UNDECLARED = ["transformers"]  # calflops imports it without asking for it


def installed():
    """Return {package: (version, function)} of the tools that can be run here."""
    found = {}
    for package, (wanted, function) in TOOLS.items():
        try:
            here = version(package).partition("+")[0]
        except PackageNotFoundError:
            continue
        if not here.startswith(wanted):
            print(f"{package} {here} left out: the conventions describe {wanted}")
        else:
            found[package] = (here, function)
    if "thop" in found and "ultralytics-thop" in found:
        sys.exit("thop and ultralytics-thop overwrite each other: install them in two environments")
    return found


def torchvision_models():
    """Return torchvision.models; beside a torch built for the CPU alone, two operators must be declared first."""
    for name in ("nms", "qnms"):
        with contextlib.suppress(RuntimeError):  # declared already, by a torchvision that fits
            LIBRARY.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    import torchvision

    return torchvision.models


def shape_of(name):
    """Return the shape of torchvision's images for a network of the zoo; of 224 x 224 ones for any other."""
    from convcost import models

    plain = name.removesuffix("_bn")
    side = models.get(plain).sides.get("torchvision", 224) if plain in models.FILES else 224
    return (3, side, side)


def measured(make, shape, tools):
    """Return {tool: (version, total)}; each tool gets a fresh module, since some leave traces in it."""
    found = {}
    for here, function in tools.values():
        with contextlib.redirect_stdout(io.StringIO()), torch.no_grad():
            totals = function(make().eval(), torch.rand(1, *shape))
        for tool, total in totals.items():
            if total != int(total):
                raise ValueError(f"{tool}: {total} is no whole number")
            found[tool] = (here, int(total))
    return found


def record_in_environments(folder, arguments):
    """Run this file in two environments that have all tools between them."""
    beside = {"thop": [], "ultralytics-thop": []}
    for package, (wanted, _) in TOOLS.items():
        for name, packages in beside.items():
            if package not in (*beside, "torch") or package == name:
                packages.append(f"{package}=={wanted}.*")
    for name, packages in beside.items():
        place = Path(folder).resolve() / name
        python = place / ("Scripts" if os.name == "nt" else "bin") / "python"
        if not python.exists():
            venv.create(place, with_pip=True)
        purelib = [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
        inside = subprocess.run(purelib, check=True, capture_output=True, text=True).stdout.strip()
        Path(inside, "torch_of_this_project.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
        subprocess.run([python, "-m", "pip", "install", "--quiet", *packages, *UNDECLARED], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-deps", TORCHVISION], check=True)
        subprocess.run([python, __file__, *arguments], check=True)


def main(arguments):
    import written_modules
    from convcost import ConvcostError, from_torch, models

    if "--environments" in arguments:
        place = arguments.index("--environments")
        record_in_environments(arguments[place + 1], [*arguments[:place], *arguments[place + 2 :]])
        return
    warnings.filterwarnings("ignore")
    logging.disable(logging.CRITICAL)
    wanted, written = [name for name in arguments if name != "--all"], written_modules.MODULES
    tools, vision = installed(), torchvision_models()
    names = vision.list_models(module=vision)
    both = {name for name in models.names() if "torchvision" in models.get(name).variants}
    zoo = [name for name in names if name.removesuffix("_bn") in both]
    jobs = {name: (lambda name=name: vision.get_model(name, weights=None), shape_of(name)) for name in zoo}
    jobs.update({name: (make, written_modules.SHAPE) for name, make in written.items()})
    unknown = [name for name in wanted if name not in jobs]
    if unknown:
        sys.exit(f"neither in tests/written_modules.py nor in torchvision and the zoo: {', '.join(unknown)}")
    rows = {}
    for name, (make, shape) in jobs.items():
        if wanted and name not in wanted:
            continue
        for tool, (here, total) in measured(make, shape, tools).items():
            rows[tool, name] = (here, total)
        print(name, flush=True)
    kept = {}
    if DATA.exists():
        with DATA.open(newline="", encoding="utf-8") as file:
            kept = {(r["tool"], r["network"]): (r["version"], r["total"]) for r in csv.DictReader(file)}
    DATA.parent.mkdir(exist_ok=True)
    with DATA.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("tool", "version", "network", "total"))
        writer.writerows((tool, here, name, total) for (tool, name), (here, total) in sorted({**kept, **rows}.items()))
    if "--all" not in arguments:
        return
    checked = wrong = 0
    for name in [name for name in names if name not in zoo]:
        module = vision.get_model(name, weights=None).eval()
        try:
            network = from_torch(module, shape_of(name))
        except ConvcostError as error:
            print(f"{name} is not read: {error}")
            continue
        for tool, (_, total) in measured(lambda: module, shape_of(name), tools).items():
            checked += 1
            if network.count(tool) != total:
                wrong += 1
                print(f"{name}: {tool} gives {total:,}, the convention {network.count(tool):,}")
    print(f"{checked - wrong} of {checked} totals of networks outside the zoo reproduced")


if __name__ == "__main__":
    main(sys.argv[1:])
