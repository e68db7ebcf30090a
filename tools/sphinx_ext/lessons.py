"""Lessons on the site: numbers that can be asked how they were derived, and predictions with a field.

The comments of a notebook's text (`textbook.derivations`) become marks around its numbers; a question, the output of
the cell below it and the paragraph that reads it become one form with its answer. Without scripts all is open.
"""

import html
from pathlib import Path

import lesson_text
from docutils import nodes
from environment import ROOT
from sphinx.util import logging
from textbook import derivations
from textbook.derivations.annotations import COMMENT, PRINTED

logger = logging.getLogger(__name__)
FILES = Path(__file__).with_name("lesson_files")


def raw(text):
    return nodes.raw("", text, format="html")


def tag(name, attributes, text=None):
    """An opening tag, or a whole element around a text."""
    inside = "".join(f' {key}="{html.escape(str(value))}"' for key, value in attributes.items())
    return f"<{name}{inside}>" + ("" if text is None else f"{html.escape(text)}</{name}>")


def why(note, answers):
    """How a number was derived, as its reader is told."""
    if note.mark == "=":
        return f"{derivations.shown(answers[note.body]['value'])} = {note.body}"
    return {"?": "checked: ", "@": "cited: ", "#": "given"}[note.mark] + note.body


def mark(node, note, answers):
    """Put what a comment says where it stands, around the number before it where there is one."""
    said = [part for part in node.parent[: node.parent.index(node)] if part.astext()]  # an empty text ends emphasis
    before = said[-1] if said else None
    told = why(note, answers)
    if note.mark not in "=@":
        node.replace_self(raw(tag("span", {"class": "cc-check", "data-why": told}, "")))
        return
    opening, closing = tag("span", {"class": "cc-number", "data-why": told}), raw("</span>")
    if isinstance(before, nodes.Text):
        printed = PRINTED.search(str(before))
        place = printed.start() if printed else len(before)
        pieces = [nodes.Text(before[:place]), raw(opening), nodes.Text(before[place:]), closing]
        before.parent.replace(before, pieces)
    elif before is not None:  # emphasised, or a formula
        before.parent.insert(before.parent.index(before), raw(opening))
        node.parent.insert(node.parent.index(node), closing)
    node.parent.remove(node)


def ask(node, note, answers):
    """Make a question and the parts that answer it one form; returns what is wrong with their order."""
    value = answers[note.answer]["value"]
    asked = {
        "class": "cc-predict",
        "data-answer": derivations.shown(value) if isinstance(value, (bool, str)) else value,
        "data-tolerance": float(note.tolerance),
        "data-unit": note.unit,
        "data-choices": "/".join(note.choices),
    }
    paragraph = node.parent
    paragraph.remove(node)
    paragraph["classes"].append("cc-asked")
    block, place = paragraph.parent, paragraph.parent.index(paragraph)
    rest = block.children[place + 1 :]
    taken = int(bool(rest) and _is_cell(rest[0]))
    outputs = [box for box in rest[0].children if box.get("nb_element") == "cell_code_output"] if taken else []
    reading = []
    if taken < len(rest) and _opens(rest[taken]):
        end = next((i for i in range(taken, len(rest)) if _closes(rest[i])), None)
        if end is None:
            return "its <details> does not end in the same section"
        reading = rest[taken + 1 : end]
        for part in rest[taken : end + 1]:
            block.remove(part)
    if not outputs and not reading:
        return "no cell and no <details> follows it"
    for box in outputs:
        box.parent.remove(box)
    answer = [raw('<details class="cc-answer" open><summary>Answer</summary>'), *outputs, *reading, raw("</details>")]
    block.insert(place + 1, raw(tag("div", asked, "")))
    block[place + 2 + taken : place + 2 + taken] = answer
    return None


def _is_cell(node):
    return isinstance(node, nodes.container) and node.get("nb_element") == "cell_code"


def _opens(node):
    return isinstance(node, nodes.raw) and node.astext().lstrip().startswith("<details")


def _closes(node):
    return isinstance(node, nodes.raw) and node.astext().strip() == "</details>"


def speak(app, doctree):
    """Replace the comments of a page; none reaches the site."""
    name = Path(app.env.doc2path(app.env.docname)).relative_to(ROOT).as_posix()
    answers = lesson_text.answers_of(name)
    for node in list(doctree.findall(nodes.raw)):
        if node.get("format") != "html" or not COMMENT.fullmatch(node.astext().strip()):
            continue
        before = node.parent[: node.parent.index(node)]
        words = "".join(part.astext() for part in before) + node.astext()
        note = derivations.annotations(words)[-1]
        if any(expression not in answers for expression in note.expressions):
            logger.warning("%s: %s was not asked when the notebook ran", name, note.body, type="lessons")
        elif note.mark == "predict":
            wrong = ask(node, note, answers)
            if wrong:
                logger.warning("%s: %s: %s", name, note.text, wrong, type="lessons")
        else:
            mark(node, note, answers)


# Its place is kept until the script has come, so that the text does not jump.
SWITCH = (
    '<button type="button" class="cc-switch cc-waiting">Show how the numbers were derived</button>'
    "<noscript><style>.cc-waiting { display: none; }</style></noscript>"
)


def load(app, pagename, templatename, context, doctree):
    """The script and the style, on pages that have something for them."""
    body = context.get("body") or ""
    if "data-why=" in body or "cc-predict" in body:
        if "data-why=" in body:
            context["body"] = body.replace("</h1>", "</h1>" + SWITCH, 1)
        app.add_css_file("lesson.css")
        app.add_js_file("lesson.js", loading_method="defer")


def serve(app, config):
    config.html_static_path.append(str(FILES))


def setup(app):
    app.connect("config-inited", serve)
    app.connect("doctree-read", speak, priority=350)  # after the outputs were checked, before formulas are converted
    app.connect("html-page-context", load)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
