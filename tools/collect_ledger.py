"""Write what the committed notebooks compute for the ledger into the package, where `convcost ledger` reads it."""

import json
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))  # Python leaves it out under PYTHONSAFEPATH
import fingerprint
from environment import ROOT

sys.path.insert(0, str(ROOT / "lib"))
from textbook.ledger import collect

TRACES = ROOT / "lib" / "textbook" / "ledger" / "data" / "traces.json"


def collected():
    """Return the traces of all notebooks, as the text of the data file; the first page of the book keeps a row."""
    pages = re.findall(r"file: (\S+)", (ROOT / "_toc.yml").read_text(encoding="utf-8"))
    order = {ROOT / f"{page}.ipynb": number for number, page in enumerate(pages)}
    notebooks = [
        (path.relative_to(ROOT).with_suffix("").as_posix(), json.loads(path.read_text(encoding="utf-8")))
        for path in sorted(fingerprint.notebooks("chapters"), key=lambda path: (order.get(path, len(order)), path))
    ]
    return json.dumps(dict(sorted(collect(notebooks).items())), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    TRACES.write_text(collected(), encoding="utf-8", newline="\n")
