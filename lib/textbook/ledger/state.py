"""The state of the whole ledger: which row is derived or cited where, and with what verdict."""

import json
from collections import Counter
from collections.abc import Iterable
from importlib.resources import files
from typing import Any, NamedTuple

from convcost.errors import ConvcostError

from .display import MIME
from .records import rows
from .verdicts import ERRORS, VERDICTS

TRACES = "traces.json"


def collect(notebooks: Iterable[tuple[str, dict[str, Any]]]) -> dict[str, dict[str, Any]]:
    """Return {row id: trace} from executed notebooks.

    notebooks: pairs of the name under which a notebook is listed and its parsed JSON. A row that two notebooks
    show belongs to the first; computing it differently in the second is an error.
    """
    traces = {}
    for name, notebook in notebooks:
        for cell in notebook["cells"]:
            for output in cell.get("outputs", ()):
                for trace in output.get("data", {}).get(MIME, {}).get("rows", ()):
                    known = traces.setdefault(trace["id"], {**trace, "notebook": name})
                    if known["computed"] != trace["computed"] or known["verdict"] != trace["verdict"]:
                        raise ConvcostError(
                            f"{trace['id']}: {known['notebook']} computes {known['computed']} ({known['verdict']}), "
                            f"{name} {trace['computed']} ({trace['verdict']})"
                        )
    return traces


def report() -> list[dict[str, Any]]:
    """Return every row of the ledger with its verdict, as plain dicts; None where no notebook shows it yet.

    Keys: id, source, printed, kind, computed, convention, verdict, reason, notebook.
    """
    traces = json.loads(files(__package__).joinpath("data", TRACES).read_text(encoding="utf-8"))
    result = []
    for record in rows():
        trace = traces.get(record["id"], {})
        result.append(
            {
                **{key: record[key] for key in ("id", "source", "printed", "kind")},
                "computed": trace.get("computed"),
                "convention": trace.get("convention") or record["convention"] or None,
                "verdict": trace.get("verdict"),
                "reason": record["reason"] or None,
                "notebook": trace.get("notebook"),
            }
        )
    return result


def summary(entries: Iterable[dict[str, Any]]) -> str:
    """Return a short text: how many rows of each kind have which verdict."""
    lines, entries = [], list(entries)
    for kind in ("derived", "spec", "measured", "history"):
        found = Counter(e["verdict"] or "open" for e in entries if e["kind"] == kind)
        parts = ", ".join(f"{found[name]} {name}" for name in (*VERDICTS, "open") if found[name])
        lines.append(f"{kind:9} {sum(found.values()):5}: {parts}")
    return "\n".join(lines)


class Audit(NamedTuple):
    """How the numbers and statements that a page goes through come out.

    printed: all of them; right: as printed, at the printed precision; partly: under a condition; wrong;
    cited: measured, told or chosen by a source.
    """

    printed: int
    right: int
    partly: int
    wrong: int
    cited: int


def audit(name: str) -> Audit:
    """Return how the rows of chapters/audit/NAME come out; raises ConvcostError where no row is."""
    found = Counter(entry["verdict"] for entry in report() if entry["notebook"] == f"chapters/audit/{name}")
    if not found:
        raise ConvcostError(f"no row of the ledger is accounted for in chapters/audit/{name}")
    wrong, cited = sum(found[verdict] for verdict in ERRORS), found["cited"] + found["told"]
    partly, printed = found["conditional"], found.total()
    return Audit(printed, printed - partly - wrong - cited, partly, wrong, cited)
