"""The whole ledger as one page: a plain table that reads without scripts.

A script searches, filters and sorts it.
"""

import re
from html import escape

from .records import SOURCES, rows
from .report import report
from .verdicts import VERDICTS
from .words import KINDS, chapter, shown, what

# The columns, and what each is sorted by.
COLUMNS = {"what": "text", "verdict": "text", "printed": "number", "computed": "number", "source": "order"}
SIGNS = {
    "times": "×", "approx": "≈", "cong": "≅", "alpha": "α", "beta": "β", "sum": "Σ", "sim": "∼", "ge": "≥",
    "to": "→",
}


def ledger_page():
    """Return the HTML of the controls and of the table of all rows, for a page in a folder of `chapters`."""
    entries = [{**record, **entry} for record, entry in zip(rows(), report())]
    head = "".join(f'<th scope="col" data-by="{by}">{name}</th>' for name, by in COLUMNS.items())
    return (
        f'<div id="cc-ledger">{_controls(entries)}'
        '<div class="cc-scroll" role="region" aria-label="The ledger" tabindex="0"><table class="cc-table">'
        f'<thead><tr>{head}</tr></thead>\n<tbody>{"".join(map(_row, entries))}</tbody></table></div></div>'
        f"<script>{SCRIPT}</script>"
    )


def plain(text):
    """Return a printed text with its LaTeX, if it has any, as ordinary characters."""
    text = re.sub(r"\\(?:text|hat)\{(.*?)\}", r"\1", text.replace("$", "").replace("**", ""))
    text = re.sub(r"\\?\bf?rac\{(.*?)\}\{(.*?)\}", r"\1/\2", re.sub(r"\\(left|right)", "", text))
    return re.sub(r"\\([a-z]+|_)", lambda m: SIGNS.get(m[1], m[1]), text).strip()


def _row(entry):
    name, label = entry["verdict"] or "open", escape(what(entry))
    if entry["notebook"]:
        path = entry["notebook"].removeprefix("chapters/")
        label = f'<a href="../{path}.html#{entry["id"]}">{label}</a>'
    facts = f'{entry["source"]} {name} {entry["kind"]} {entry["notebook"] or ""}'
    cells = [
        f'<td><span class="cc-verdict cc-{name}">{name}</span></td>',
        _number(entry["value"], plain(entry["printed"])),
        _number(entry["computed"], shown(entry["computed"])),
        f'<td>{entry["source"]}: {escape(entry["where"])}</td>',
    ]
    reason = escape(entry["reason"] or "") if name == "differs" else ""
    note = f'<tr class="cc-note"><td colspan="{len(COLUMNS)}"><div>{reason}</div></td></tr>' if reason else ""
    return (f'<tr id="{entry["id"]}" data-facts="{facts}"><th scope="row">{label}</th>{"".join(cells)}</tr>'
            + note + "\n")


def _number(value, text):
    known = value is not None and not isinstance(value, bool)
    return f'<td data-v="{value}">{escape(text)}</td>' if known else f"<td>{escape(text)}</td>"


def _controls(entries):
    chapters = dict.fromkeys(e["notebook"] for e in entries if e["notebook"])
    choices = {
        "source": SOURCES,
        "verdict": {name: f"{name}: {meaning}" for name, meaning in VERDICTS.items()},
        "kind": KINDS,
        "chapter": {name: chapter(name) for name in sorted(chapters, key=lambda n: chapter(n).lower())},
    }
    fields = "".join(
        f'<label>{name}<select name="{name}"><option value="">all</option>'
        + "".join(f'<option value="{value}">{escape(text)}</option>' for value, text in options.items())
        + "</select></label>"
        for name, options in choices.items()
    )
    return (
        '<form class="cc-live" role="search" aria-label="The ledger" hidden>'
        '<label>words<input name="words" type="search" autocomplete="off" placeholder="vgg memory"></label>'
        f'{fields}<button type="reset">show all</button>'
        f'<output aria-live="polite">{len(entries):,} of {len(entries):,} rows</output></form>'
    )


# The page's address may set the fields: ledger.html?verdict=differs&words=vgg
# Its first line: the theme would follow the links of the table as if they were the contents of the page, and
# stumble over the dots in their names.
SCRIPT = """
(() => {
  document.body.dataset.bsTarget = "#pst-page-toc-nav";
  const root = document.getElementById("cc-ledger"), form = root.querySelector("form");
  const body = root.querySelector("tbody"), heads = [...root.querySelectorAll("thead th")];
  const fold = text => text.toLowerCase().replace(/,(?=[0-9])/g, "").replace(/ ?× ?/g, "x");
  const rows = [...body.querySelectorAll("tr[id]")].map((tr, order) => {
    const next = tr.nextElementSibling, note = next && next.className === "cc-note" ? [next] : [];
    const facts = tr.dataset.facts, texts = [...tr.cells, ...note].map(part => part.textContent);
    const text = fold([...texts, tr.id, facts].join(" "));
    return {tr, order, lines: [tr, ...note], text, facts: facts.split(" ")};
  });
  const filter = () => {
    const {words, ...chosen} = Object.fromEntries(new FormData(form));
    const wanted = fold(words).split(/\\s+/), facts = Object.values(chosen).filter(value => value);
    let shown = 0;
    for (const row of rows) {
      const fits = facts.every(f => row.facts.includes(f)) && wanted.every(w => row.text.includes(w));
      row.lines.forEach(line => line.hidden = !fits);
      shown += fits;
    }
    const count = n => n.toLocaleString("en-US");
    form.querySelector("output").textContent = count(shown) + " of " + count(rows.length) + " rows";
  };
  const names = new Intl.Collator("en", {numeric: true});
  const sort = (head, column) => {
    const down = head.getAttribute("aria-sort") === "ascending", by = head.dataset.by, sign = down ? -1 : 1;
    heads.forEach(other => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const value = row => by === "order" ? row.order : by === "text" ? row.tr.cells[column].textContent
      : row.tr.cells[column].dataset.v === undefined ? null : Number(row.tr.cells[column].dataset.v);
    const pairs = rows.map(row => [value(row), row]);
    pairs.sort(([a, p], [b, q]) => (a === null) - (b === null)  // rows without a number stay at the end
      || sign * (by === "text" ? names.compare(a, b) : a - b) || p.order - q.order);
    body.append(...pairs.flatMap(([, row]) => row.lines));
  };
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", () => sort(head, column));
    head.append(button);
    if (head.dataset.by === "order") head.setAttribute("aria-sort", "ascending");
  });
  for (const [name, value] of new URLSearchParams(location.search))
    if (form.elements[name]) form.elements[name].value = value;
  form.addEventListener("input", filter);
  form.addEventListener("reset", () => setTimeout(filter));
  form.addEventListener("submit", event => event.preventDefault());
  form.hidden = false;
  filter();
})();
"""
