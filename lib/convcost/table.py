"""The cost table of a network: as text, as HTML in a notebook, as JSON."""

from html import escape

from .conventions import Convention
from .conventions import convention as find_convention
from .errors import ConvcostError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .network import Layers, Network


class CostTable:
    """A row per layer, or per block `level` names deep, and a row of totals.

    part: a `Network` or a part of one; level: None for layers; convention: what the last columns count.
    """

    def __init__(self, part: "Layers", level: int | None = None, convention: str | Convention = "macs"):
        self.part, self.level, self.convention = part, level, find_convention(convention)

    def rows(self) -> list[dict[str, object]]:
        """Return one dict per row: name, kind (None for a block), output_shape, params, count, share (0 to 1)."""
        total = self.part.count(self.convention)
        if self.level is None:
            parts = [(n.name, n.kind, n.output.shape, n.params, self.convention.count(n)) for n in self.part.layers]
        else:
            parts = [
                (b.name.split("/")[-1], None, b.output_shape, b.params, b.count(self.convention))
                for b in self.part.blocks(self.level)
            ]
        return [
            {
                "name": name,
                "kind": kind,
                "output_shape": shape,
                "params": params,
                "count": count,
                "share": count / total if total else 0.0,
            }
            for name, kind, shape, params, count in parts
        ]

    def _cells(self):
        """Return header, rows and totals as strings."""
        kinds = self.level is None
        header = ["layer", "kind"] if kinds else ["block"]
        header += ["output", "parameters", "MACs" if self.convention.name == "macs" else self.convention.name, "share"]
        rows = [
            [r["name"]]
            + ([r["kind"]] if kinds else [])
            + ["x".join(map(str, r["output_shape"])), f"{r['params']:,}", f"{r['count']:,}", f"{r['share']:.1%}"]
            for r in self.rows()
        ]
        total = [self.part.name] + ([""] if kinds else [])
        total += [
            "x".join(map(str, self.part.output_shape)),
            f"{self.part.params:,}",
            f"{self.part.count(self.convention):,}",
            "100.0%",
        ]
        return header, rows, total

    def __str__(self):
        header, rows, total = self._cells()
        return text_table(header, rows, total, words=len(header) - 4)

    __repr__ = __str__

    def _repr_html_(self):
        header, rows, total = self._cells()
        return html_table(header, rows, foot=total, words=len(header) - 4)


def text_table(header: list[str], rows: list[list[str]], foot: list[str], words: int = 1) -> str:
    """Return a table of strings as text. words: how many of the first columns are set left; numbers are set right."""
    lines = [header, *rows, foot]
    widths = [max(len(line[i]) for line in lines) for i in range(len(header))]
    text = [
        "  ".join(c.ljust(w) if i < words else c.rjust(w) for i, (c, w) in enumerate(zip(line, widths))).rstrip()
        for line in lines
    ]
    rule = "-" * (sum(widths) + 2 * (len(widths) - 1))
    return "\n".join([text[0], rule, *text[1:-1], rule, text[-1]])


def html_table(
    header: list,
    rows: list[list],
    foot: list | None = None,
    caption: str | None = None,
    words: int = 1,
    notes: list[str] | None = None,
) -> str:
    """Return a scrollable HTML table with the first column as row headings; cells are escaped unless `Markup`.

    words: how many of the first columns hold text, which is set left; notes: for each row, a text that gets a line
    of its own below it, or "".
    """
    kinds = [' class="cc-text"' if i < words else "" for i in range(len(header))]

    def row(cells):
        first = f'<th scope="row">{_cell(cells[0])}</th>'
        return "<tr>" + first + "".join(f"<td{k}>{_cell(c)}</td>" for k, c in zip(kinds[1:], cells[1:])) + "</tr>"

    def note(text):
        return f'<tr class="cc-note"><td colspan="{len(header)}">{_cell(text)}</td></tr>' if text else ""

    head = "".join(f'<th scope="col"{k}>{_cell(c)}</th>' for k, c in zip(kinds, header))
    body = "".join(row(cells) + note(text) for cells, text in zip(rows, notes or [""] * len(rows)))
    parts = ['<div class="cc-scroll" tabindex="0"><table class="cc-table">']
    parts.append(f"<caption>{_cell(caption)}</caption>" if caption else "")
    parts.append(f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>")
    parts.append(f"<tfoot>{row(foot)}</tfoot>" if foot else "")
    parts.append("</table></div>")
    return "".join(parts)


class Markup(str):
    """Text that is HTML already."""


def _cell(value):
    return value if isinstance(value, Markup) else escape(str(value))


def _receptive_field(network):
    """Return it, or None of a network that has none: without windows, or with maps made larger."""
    try:
        return network.receptive_field
    except ConvcostError:
        return None


def described(network: "Network", convention: str | Convention = "macs") -> dict[str, object]:
    """Return everything about a network that the command line gives as JSON, as a dict of plain values."""
    rule = find_convention(convention)
    return {
        "name": network.name,
        "variant": network.info.get("variant"),
        "options": network.info.get("options", {}),
        "convention": rule.name,
        "params": network.params,
        "macs": network.macs,
        "flops": network.flops,
        "count": network.count(rule),
        "activations": network.activations,
        "receptive_field": _receptive_field(network),
        "peak_activations": network.peak_activations,
        "memory_access": network.memory_access,
        "layers": [
            {"name": n.name, "kind": n.kind, "output_shape": list(n.output.shape), "params": n.params, "macs": n.macs}
            for n in network.layers
        ],
    }
