"""The command line: JSON and nothing else on standard output; bad input is one line and exit code 2."""

import errno
import json
import os
import subprocess
import sys

import pytest
from convcost import models
from convcost.__main__ import main
from convcost.conventions import all_conventions
from textbook.__main__ import main as book


def run(capsys, *arguments):
    """Return (exit code, standard output, standard error)."""
    code = main(list(arguments))
    return code, *capsys.readouterr()


def as_json(capsys, *arguments):
    code, out, err = run(capsys, *arguments, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


def test_models_are_listed_with_variants_and_options(capsys):
    listed = {row["name"]: row for row in as_json(capsys, "models")}
    assert list(listed) == models.names()
    assert set(listed["mobilenet_v2"]) == {"name", "family", "year", "variants", "options"}
    assert listed["mobilenet_v2"]["options"]["width_mult"] == 1.0
    assert listed["resnet50"]["variants"] == ["paper", "torchvision"]


def test_count_gives_the_fields_of_the_contract(capsys):
    counted = as_json(capsys, "count", "vgg16")
    assert list(counted) == [
        "name",
        "variant",
        "options",
        "convention",
        "params",
        "macs",
        "flops",
        "count",
        "activations",
        "receptive_field",
        "peak_activations",
        "memory_access",
        "layers",
    ]
    assert (counted["name"], counted["variant"], counted["convention"]) == ("vgg16", "paper", "macs")
    assert counted["params"] == 138357544 and counted["macs"] == counted["count"] == 15470264320
    assert counted["flops"] == 2 * 15470264320  # every layer has a bias: n multiplications, n additions
    assert counted["layers"][0] == {
        "name": "stage1.conv1",
        "kind": "Conv2d",
        "output_shape": [64, 224, 224],
        "params": 3 * 3 * 3 * 64 + 64,
        "macs": 3 * 3 * 3 * 64 * 224 * 224,
    }
    assert sum(layer["params"] for layer in counted["layers"]) == counted["params"]
    assert sum(layer["macs"] for layer in counted["layers"]) == counted["macs"]


def test_macs_stay_the_default_convention_whatever_is_asked(capsys):
    counted = as_json(capsys, "count", "vgg16", "--convention", "two_per_mac")
    assert counted["macs"] == 15470264320 and counted["count"] == 2 * 15470264320


def test_options_are_set_from_the_shell(capsys):
    counted = as_json(capsys, "count", "mobilenet_v1", "--set", "width_mult=0.25", "--set", "resolution=128")
    assert counted["options"] == {"width_mult": 0.25, "num_classes": 1000, "resolution": 128}
    assert counted["params"] == 470072
    assert as_json(capsys, "count", "vgg11", "--set", "batch_norm=true")["params"] == 132868840
    oblong = as_json(capsys, "count", "resnet18", "--set", "resolution=224x112")
    assert oblong["layers"][0]["output_shape"] == [64, 112, 56]


def test_text_ends_with_the_same_totals(capsys):
    code, out, err = run(capsys, "count", "resnet50", "--variant", "torchvision")
    assert code == 0 and err == ""
    assert out.splitlines()[0].split() == ["layer", "kind", "output", "parameters", "MACs", "share"]
    assert "4,089,184,256" in out and "25,557,032" in out


def test_conventions_and_ledger_are_whole(capsys):
    assert [c["name"] for c in as_json(capsys, "conventions")] == list(all_conventions())
    entries = as_json(capsys, "ledger")
    assert len(entries) == 1167
    assert {"id", "printed", "kind", "computed", "convention", "verdict", "reason", "notebook"} <= set(entries[0])
    assert "derived" in run(capsys, "ledger")[1]


def test_the_ledger_is_a_command_of_the_book_too(capsys):
    assert run(capsys, "ledger") == (book(["ledger"]), *capsys.readouterr())
    assert book(["lodger"]) == 2
    assert capsys.readouterr().err.startswith("python -m textbook: argument COMMAND: invalid choice: 'lodger'")


def test_explain_gives_terms_that_add_up(capsys):
    given = as_json(capsys, "explain", "resnet50", "macs", "fvcore", "--variant", "torchvision")
    assert set(given) == {"name", "variant", "options", "a", "b", "difference", "terms"}
    assert (given["a"], given["b"], given["variant"]) == ("macs", "fvcore", "torchvision")
    assert set(given["terms"][0]) == {"kind", "written", "measure", "a", "b", "number", "difference"}
    assert sum(term["difference"] for term in given["terms"]) == given["difference"]
    counted = [
        as_json(capsys, "count", "resnet50", "--variant", "torchvision", "--convention", rule)["count"]
        for rule in ("macs", "fvcore")
    ]
    assert counted[1] - counted[0] == given["difference"]
    assert "BatchNorm2d" in run(capsys, "explain", "resnet50", "macs", "fvcore")[1]


@pytest.mark.parametrize(
    "arguments, says",
    [
        ("", "COMMAND"),
        ("explain resnet50 macs", "B"),
        ("explain resnet50 macs thopp", "did you mean 'thop'?"),
        ("counts vgg16", "counts"),
        ("count", "NAME"),
        ("count vgg61", "unknown model 'vgg61': did you mean 'vgg1"),
        ("count vgg16 --variant torchvison", "did you mean 'torchvision'?"),
        ("count vgg16 --set num_class=10", "did you mean 'num_classes'?"),
        ("count vgg16 --set resolution", "write it as option=value"),
        ("count vgg16 --set variant=paper", "use --variant paper"),
        ("count vgg16 --convention mac", "did you mean 'macs'?"),
        (
            "count vgg16 --set resolution=224.5",
            "resolution must be a whole number of at least 1 or a pair of them, not 224.5",
        ),
        ("count vgg16 --set resolution=16", "stage5.pool1 (MaxPool2d): kernel 2x2 is larger than its input 512x1x1"),
        ("count alexnet --set resolution=0", "resolution must be a whole number of at least 1"),
        ("count mobilenet_v2 --set width_mult=wide", "width_mult must be a positive number, not 'wide'"),
        ("count mobilenet_v2 --set width_mult=nan", "width_mult must be a positive number, not nan"),
        ("count resnet50 --set shortcut=D", "unknown shortcut of resnet50 'D'"),
        ("count shufflenet_v1 --set groups=5", "groups"),
    ],
)
def test_bad_input_is_one_line_and_nothing_on_standard_output(capsys, arguments, says):
    code, out, err = run(capsys, *arguments.split())
    assert (code, out) == (2, "")
    assert err.startswith("convcost: ") and err.count("\n") == 1
    assert says in err


def test_the_module_runs_as_a_program():
    done = subprocess.run([sys.executable, "-m", "convcost", "count", "nosuch"], capture_output=True, text=True)
    assert done.returncode == 2 and done.stdout == "" and "unknown model 'nosuch'" in done.stderr


COMMANDS = (
    "convcost count vgg16",
    "convcost conventions",
    "convcost --help",
    "coursework exercises",
    "coursework --help",
)


def shell(command, **options):
    """Run a command as a shell does; its output is kept back until it ends, as it is in a pipe."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    command = [sys.executable, "-m", *command.split()]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=env, **options)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full, the disk that is always full")
@pytest.mark.parametrize("command", COMMANDS)
def test_a_full_disk_is_one_line_and_exit_code_1(command):
    with open("/dev/full", "w") as full:
        process = shell(command, stdout=full)
    said = process.communicate()[1]
    assert said == f"{command.split()[0]}: cannot write the output: {os.strerror(errno.ENOSPC)}\n"
    assert process.returncode == 1


@pytest.mark.skipif(os.name == "nt", reason="Windows has another error for it")
@pytest.mark.parametrize("command", COMMANDS)
def test_a_reader_who_has_seen_enough_of_a_pipe_is_no_error(command):
    reading, writing = os.pipe()
    os.close(reading)
    process = shell(command, stdout=writing)
    os.close(writing)
    assert process.communicate()[1] == ""
    assert process.returncode == 0


# A torch module of the user's

MODULE = """
import torch
from torch import nn

def small(channels=4):
    return nn.Sequential(nn.Conv2d(3, channels, 3), nn.ReLU(), nn.Flatten(), nn.Linear(channels * 36, 5))

whole = small(2)

def broken():
    raise RuntimeError("no weights here")

def up():
    return nn.Sequential(nn.Conv2d(3, 4, 1), nn.PixelShuffle(2), nn.Upsample(scale_factor=2))
"""


@pytest.fixture
def own_module(tmp_path, monkeypatch):
    pytest.importorskip("torch")
    (tmp_path / "own_nets.py").write_text(MODULE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    yield
    sys.modules.pop("own_nets", None)


def test_a_torch_module_is_counted_from_the_shell(capsys, own_module):
    counted = as_json(capsys, "count", "--torch", "own_nets:small", "--input", "3x8x8", "--set", "channels=6")
    assert (counted["name"], counted["variant"], counted["options"]) == ("Sequential", "torch", {"channels": 6})
    assert counted["macs"] == 36 * 6 * 27 + 6 * 36 * 5
    assert [layer["kind"] for layer in counted["layers"]] == ["Conv2d", "ReLU", "Flatten", "Linear"]
    counted = as_json(capsys, "count", "--torch", "own_nets:whole", "--input", "3X8X8", "--convention", "fvcore")
    assert counted["params"] == 2 * 27 + 2 + 72 * 5 + 5
    assert as_json(capsys, "count", "--torch", "own_nets:up", "--input", "3x8x8")["receptive_field"] is None
    code, out, err = run(capsys, "count", "--torch", "own_nets:small", "--input", "3x8x8")
    assert code == 0 and "Sequential (torch; )" in out and not err


@pytest.mark.parametrize(
    "arguments, text",
    [
        (("--torch", "own_nets:small"), "--torch package.module:function goes with --input 3x224x224, without NAME"),
        (("--torch", "own_nets", "--input", "3x8x8"), "--torch own_nets: write it as package.module:function"),
        (
            ("--torch", "own_nets:small", "--input", "3,8,8"),
            "--input 3,8,8: write it as 3x224x224, channels x height x width",
        ),
        (
            ("--torch", "own_nets:large", "--input", "3x8x8"),
            "AttributeError: module 'own_nets' has no attribute 'large'",
        ),
        (("--torch", "no_such:thing", "--input", "3x8x8"), "ModuleNotFoundError: No module named 'no_such'"),
        (("--torch", "own_nets:broken", "--input", "3x8x8"), "RuntimeError: no weights here"),
        (("--torch", "own_nets:torch.ones", "--input", "3x8x8"), "--torch own_nets:torch.ones: "),
        (("--torch", "own_nets:small", "--input", "3x2x2"), "0 (Conv2d): cannot run on an image of 3x2x2: "),
        ((), "count needs the NAME of a network, or --torch package.module:function --input 3x224x224"),
    ],
)
def test_a_torch_module_that_cannot_be_counted_is_one_line(capsys, own_module, arguments, text):
    code, out, err = run(capsys, "count", *arguments)
    assert (code, out) == (2, "")
    assert text in err and err.count("\n") == 1
