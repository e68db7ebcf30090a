"""Tables that a phone and a screen reader can read: each has a caption, headings know what they head, and a wide one
becomes a card for each row where the page is narrow."""

import html
import re

HEADING = re.compile(r"<h[1-6][^>]*>(.*?)(?:<a class=\"headerlink\".*?)?</h[1-6]>", re.S)
TABLE = re.compile(r"<table\b.*?</table>", re.S)
HEAD = re.compile(r"<thead.*?</thead>", re.S)
ROW = re.compile(r"<tr\b[^>]*>.*?</tr>", re.S)
CELL = re.compile(r"<(t[hd])\b([^>]*)>(.*?)</\1>", re.S)
KEPT = re.compile(r'<table class="[^"]*\bcc-kept\b')
NARROW = 34  # characters of a line that fit on a phone, with what lies between columns


def words(markup):
    """The text of a piece of HTML."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", markup)).split())


def room(text):
    """How many characters wide a column must be for a cell: a text breaks between its words, a number nowhere."""
    return max(map(len, text.split()), default=0) if re.search(r"[^\W\d_]{3}", text) else len(text)


def width(rows):
    """How many characters wide a table must be: what its columns need, and the room between them."""
    columns = zip(*([room(words(cell[2])) for cell in CELL.findall(row)] for row in rows))
    return sum(max(column) + 2 for column in columns)


def plain(table):
    """Has it one row of headings, and in every row one cell below each?"""
    head = HEAD.search(table)
    return bool(head) and len(ROW.findall(head[0])) == 1 and not re.search(r"<t[hd][^>]*(?:col|row)span", table)


def labelled(row, names):
    """A row whose cells carry their heading, for where they no longer stand below it."""
    numbers = iter(range(len(names) + 1))

    def label(cell):
        number = next(numbers)
        name = names[number] if 0 < number < len(names) else ""
        empty = "" if cell[3].strip() else " data-empty"
        mark = f' data-label="{html.escape(name)}"' if name else ""
        return f"<{cell[1]}{cell[2]}{mark}{empty}>{cell[3]}</{cell[1]}>"

    return CELL.sub(label, row)


def as_cards(table):
    """A table that becomes a card for each row on a phone, if it is too wide to be one there.

    Not the table of a control (class cc-kept): it is made for a phone, and its script writes rows without labels.
    """
    if KEPT.match(table):
        return table
    notes = re.compile(r'<tr class="cc-note">.*?</tr>', re.S)
    if not plain(notes.sub("", table)):
        return table
    head = HEAD.search(table)
    rows = ROW.findall(notes.sub("", table))
    if width(rows) <= NARROW:
        return table
    names = [words(cell[2]) for cell in CELL.findall(head[0])]
    start = head.end()
    body = ROW.sub(lambda row: row[0] if "cc-note" in row[0][:30] else labelled(row[0], names), table[start:])
    return re.sub(r'^<table class="', '<table class="cc-cards ', table[:start]) + body


def named(table, heading, number):
    """A table with a caption, which is heard but not seen where the page itself has none."""
    if "<caption" in table:
        return table
    title = html.escape(f"{heading}, table {number}" if number > 1 else heading)
    return re.sub(r"^(<table\b[^>]*>)", rf'\1<caption class="visually-hidden">{title}</caption>', table)


def readable(body):
    """The HTML of a page, its tables made readable."""
    headings = [(match.start(), words(match[1])) for match in HEADING.finditer(body)]
    seen = {}

    def mend(match):
        above = [heading for heading in headings if heading[0] < match.start()]
        place = above[-1] if above else (0, "Table")
        seen[place] = seen.get(place, 0) + 1
        table = re.sub(
            r"<thead.*?</thead>",
            lambda head: re.sub(r"<th(?![^>]*scope=)(?=[ >])", '<th scope="col"', head[0]),
            match[0],
            flags=re.S,
        )
        return named(as_cards(table), place[1], seen[place])

    return TABLE.sub(mend, body)


def mend_tables(app, pagename, templatename, context, doctree):
    if app.builder.name == "html" and "<table" in (context.get("body") or ""):
        context["body"] = readable(context["body"])


def setup(app):
    app.connect("html-page-context", mend_tables, priority=800)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
