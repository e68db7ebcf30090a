"""Search: chapters that teach come first, and a term of the glossary is answered at once, in any of three languages."""

import json
from pathlib import Path

from textbook.glossary import anchor, terms
from textbook.ledger.naming import chapter

EVERYDAY = {  # a term -> words of a question that it answers
    "latency": ["slow", "slower", "fast", "faster", "speed", "seconds"],
    "peak memory": ["memory", "ram"],
    "parameter": ["big", "bigger", "large", "larger", "size", "weigh", "heavy"],
    "overfitting": ["overfit"],
}
FILES = Path(__file__).with_name("search_files")


def answers():
    """The terms as the search page needs them, as JSON."""
    return json.dumps([answer(entry) for entry in terms()], ensure_ascii=False, separators=(",", ":"))


def answer(entry):
    where = [
        {"href": f"chapters/{page}.html{mark}{section}", "title": chapter(page)}
        for page, mark, section in (place.partition("#") for place in entry["where"])
    ]
    return {
        "term": entry["term"],
        "names": [entry["term"], *entry["also"], *entry["chinese"], *entry["korean"]],
        "chinese": "、".join(entry["chinese"]),
        "korean": ", ".join(entry["korean"]),
        "meaning": entry["meaning"],
        "where": where,
        "everyday": EVERYDAY.get(entry["term"], []),
        "anchor": anchor(entry["term"]),
    }


def serve(app, config):
    config.html_static_path.append(str(FILES / "static"))
    config.html_search_scorer = str(FILES / "scorer.js")


def load(app, pagename, templatename, context, doctree):
    if pagename == "search":
        app.add_js_file("search_terms.js", loading_method="defer")


def finish(app, problem):
    if problem is None and app.builder.name == "html":
        (Path(app.outdir) / "_static" / "terms.json").write_text(answers(), encoding="utf-8")


def setup(app):
    app.connect("config-inited", serve)
    app.connect("html-page-context", load)
    app.connect("build-finished", finish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
