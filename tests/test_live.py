"""The live parts compute what the library computes, on every setting that a reader can reach."""
import itertools
import json
import shutil
import subprocess

import pytest

from convcost.live import CHOICES, DEFAULT, SCRIPT, convolution_bill, layer_control

NODE = shutil.which("node")
SETTINGS = [dict(zip(CHOICES, values)) for values in itertools.product(*CHOICES.values())]


def test_the_default_bill_is_hand_made():
    assert convolution_bill(DEFAULT) == {
        "output map": "64 × 56 × 56",
        "parameters": f"{3 * 3 * 64 * 64:,}",
        "MACs": f"{3 * 3 * 64 * 64 * 56 * 56:,}",
        "bytes moved": f"{4 * (64 * 56 * 56 + 3 * 3 * 64 * 64 + 64 * 56 * 56):,}",
        "MACs per byte": f"{3 * 3 * 64 * 64 * 56 * 56 / (4 * (2 * 64 * 56 * 56 + 3 * 3 * 64 * 64)):.2f}",
    }


def test_the_page_shows_the_default_without_scripts():
    html = layer_control()._repr_html_().split("<script>")[0]
    for text in convolution_bill(DEFAULT).values():
        assert f"<td>{text}</td>" in html
    assert html.count('type="range"') == html.count("<label>") == len(CHOICES)


@pytest.mark.skipif(NODE is None, reason="needs node to run the page's script")
def test_the_script_agrees_with_the_library_on_every_setting():
    page = """
      const inputs = [], body = {replaceChildren() {}};
      const root = {querySelectorAll: () => inputs, querySelector: () => body, addEventListener() {}};
      const document = {getElementById: () => root};
    """
    ask = "process.stdout.write(JSON.stringify(JSON.parse(require('fs').readFileSync(0)).map(root.bill)))"
    done = subprocess.run([NODE, "-e", page + SCRIPT + ask], input=json.dumps(SETTINGS), capture_output=True,
                          text=True, encoding="utf-8", check=True)
    bills = json.loads(done.stdout)
    assert len(bills) == len(SETTINGS) == 5 * 7 * 6 * 6 * 3 * 5
    wrong = [(s, bill, convolution_bill(s)) for s, bill in zip(SETTINGS, bills) if bill != convolution_bill(s)]
    assert wrong[:1] == []
