"""What other sites want of this one: a sitemap, a cover picture for shared links, drawn from the definitions, and an
empty file that keeps GitHub Pages from running Jekyll, which drops folders that begin with an underscore."""

from pathlib import Path
from xml.sax.saxutils import escape

COVER = "_static/cover.png"
LIGHT, CLASSIC = "#D55E00", "#0072B2"
SHOWN = {  # name -> (words, side on which they stand, colour)
    "vgg16": ("VGG-16", "below", CLASSIC),
    "alexnet": ("AlexNet", "right", CLASSIC),
    "googlenet": ("GoogLeNet", "right", CLASSIC),
    "resnet50": ("ResNet-50", "below", CLASSIC),
    "resnet152": ("ResNet-152", "above", CLASSIC),
    "densenet121": ("DenseNet-121", "above", CLASSIC),
    "squeezenet1_0": ("SqueezeNet", "left", LIGHT),
    "mobilenet_v1": ("MobileNet", "right", LIGHT),
    "mobilenet_v2": ("MobileNet V2", "right", LIGHT),
    "shufflenet_v1": ("ShuffleNet", "left", LIGHT),
    "shufflenet_v2_x0_5": ("ShuffleNet V2, 0.5x", "left", LIGHT),
}
SIDES = {
    "above": (0, 1, "center", "bottom"),
    "below": (0, -1, "center", "top"),
    "left": (-1, 0, "right", "center"),
    "right": (1, 0, "left", "center"),
}


def draw(path, title):
    """Draw 1200 x 630 pixels: the zoo by parameters and MACs, each network a disc as large as its memory."""
    import matplotlib

    matplotlib.use("Agg")
    from convcost import models
    from matplotlib import pyplot as plt

    with plt.rc_context({"font.family": "DejaVu Sans"}):
        figure, ax = plt.subplots(figsize=(12, 6.3), dpi=100)
        figure.subplots_adjust(left=0.05, right=0.97, top=0.74, bottom=0.09)
        figure.text(0.05, 0.88, title, fontsize=34, weight="bold", color="#14202b")
        figure.text(
            0.05,
            0.80,
            "A textbook you can run: every number is computed before your eyes",
            fontsize=17,
            color="#3c4a57",
        )
        for name, (words, side, colour) in SHOWN.items():
            net = models.get(name)()
            size = net.peak_activations / 2000 + 40
            ax.scatter(net.params, net.macs, s=size, color=colour, alpha=0.7, linewidths=0)
            right, up, ha, va = SIDES[side]
            gap = size**0.5 / 2 + 5
            ax.annotate(
                words,
                (net.params, net.macs),
                (right * gap, up * gap),
                textcoords="offset points",
                fontsize=15,
                color="#14202b",
                ha=ha,
                va=va,
            )
        ax.set(xscale="log", yscale="log", xlim=(3e5, 3e8), ylim=(2e7, 4e10))
        ax.set_xlabel("parameters", fontsize=15)
        ax.set_ylabel("multiply-accumulates", fontsize=15)
        ax.spines[["top", "right"]].set_visible(False)
        ax.minorticks_off()
        ax.set_xticks([])
        ax.set_yticks([])
        figure.savefig(path, metadata={"Software": None})
        plt.close(figure)


def finish(app, problem):
    if problem is not None or app.builder.name != "html":
        return
    out = Path(app.outdir)
    if not (out / COVER).is_file():  # a site of other networks starts empty
        draw(out / COVER, app.config.html_title)
    pages = sorted(name for name in app.env.found_docs if (out / f"{name}.html").is_file())
    rows = "".join(f"<url><loc>{escape(app.config.html_baseurl)}{escape(name)}.html</loc></url>\n" for name in pages)
    (out / "sitemap.xml").write_text(
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{rows}</urlset>\n',
        encoding="utf-8",
    )
    (out / ".nojekyll").touch()
    robots = f"User-agent: *\nAllow: /\nSitemap: {app.config.html_baseurl}sitemap.xml\n"
    (out / "robots.txt").write_text(robots, encoding="utf-8")


def setup(app):
    app.connect("build-finished", finish, priority=850)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
