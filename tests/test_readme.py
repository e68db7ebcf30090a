"""What the README shows is what happens."""

import contextlib
import io
import re
import shlex
from pathlib import Path

from convcost.__main__ import main

README = (Path(__file__).resolve().parent.parent / "README.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.S)


def test_the_python_example_prints_what_its_comments_say():
    (code,) = blocks("python")
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(code, {})
    (values,) = re.findall(r"batch norm's ([\d,]+) values", code)
    assert re.search(rf"BatchNorm2d +values +{values} ", printed.getvalue())
    promised = re.findall(r"print\(.*\)\s+# (\d+)", code)
    assert promised and printed.getvalue().splitlines()[: len(promised)] == promised


def test_the_shell_examples_run(capsys):
    commands = re.findall(r"^convcost (.*)$", "\n".join(blocks("sh")), flags=re.M)
    assert len(commands) == 2
    for command in commands:
        assert main(shlex.split(command)) == 0
        assert capsys.readouterr().err == ""


def test_every_folder_it_names_exists():
    root = Path(__file__).resolve().parent.parent
    for name in re.findall(r"`([\w/]+/)`", README):
        assert (root / name).is_dir() or (root / "lib" / "convcost" / name).is_dir(), name
