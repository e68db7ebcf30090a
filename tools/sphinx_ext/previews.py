"""A picture for each lesson, for links that people share: its question above a network's layers.

A bar up is what a layer computes, a bar down what it stores, each as a share of the largest.
"""

import textwrap
from pathlib import Path

from convcost import models
from environment import ROOT

from sphinx_ext.chapter_map import opening, parts
from sphinx_ext.skyline import COMPUTED, STORED, network_of, shares

SIZE = 1200, 630  # pixels
DARK, GREY = "#14202b", "#3c4a57"


def preview(name):
    """Where the picture of a lesson lies on the site."""
    return f"_static/previews/{name.replace('/', '-')}.png"


def draw(figure, path, name, caption):
    """Draw the picture of one lesson on an empty figure."""
    title, question, *_ = opening(ROOT / f"{name}.ipynb")
    network = network_of(name)
    found = shares(network)
    figure.text(0.05, 0.9, caption, fontsize=17, color=GREY)
    figure.text(0.05, 0.81, textwrap.shorten(title, 52, placeholder=" ..."), fontsize=32, weight="bold", color=DARK)
    figure.text(0.05, 0.755, textwrap.fill(question, 62), fontsize=23, color=DARK, va="top", linespacing=1.35)
    ax = figure.add_axes([0.02, 0.1, 0.96, 0.36])
    places = range(len(found))
    ax.bar(places, [macs for macs, _ in found], width=0.8, color=COMPUTED)
    ax.bar(places, [-0.6 * params for _, params in found], width=0.8, color=STORED)
    ax.axis("off")
    words = f"{models.get(network).family}, layer by layer: what it computes above, what it stores below"
    figure.text(0.05, 0.04, words, fontsize=14, color=GREY)
    figure.text(0.95, 0.9, "The Cost of a ConvNet", fontsize=17, color=GREY, ha="right")
    figure.savefig(path, metadata={"Software": None})
    figure.clear()


def finish(app, problem):
    if problem is not None or app.builder.name != "html":
        return
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    out = Path(app.outdir)
    (out / "_static" / "previews").mkdir(exist_ok=True)
    with plt.rc_context({"font.family": "DejaVu Sans", "text.parse_math": False}):
        figure = plt.figure(figsize=(SIZE[0] / 100, SIZE[1] / 100), dpi=100)
        for caption, lessons in parts():
            for name in lessons:
                path, source = out / preview(name), ROOT / f"{name}.ipynb"
                if not path.is_file() or path.stat().st_mtime < source.stat().st_mtime:
                    draw(figure, path, name, caption)
        plt.close(figure)


def setup(app):
    app.connect("build-finished", finish, priority=850)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
