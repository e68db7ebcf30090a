"""Lighter pictures that do not push the text around: fewer colours, sizes in the page, loaded when they come near."""

import hashlib
import re
import shutil
from pathlib import Path

from environment import BUILD
from PIL import Image, ImageChops, ImageStat

IMAGE = re.compile(r"<img (?![^>]*\b(?:width|loading)=)([^>]*?src=\"([^\"]+\.png)\"[^>]*?) ?/?>")
SHRUNK = BUILD / "generated" / "pictures"  # by the hash of the original, for the next build
MOST_ERROR = 0.3  # of 255, the mean of a channel over all pixels


def shrink(path):
    """Write a PNG with a palette of 256 colours, where nobody can tell; returns (width, height)."""
    with Image.open(path) as image:
        size = image.size
        if image.mode == "P":
            return size
        plain = Image.new("RGB", size, "white")
        plain.paste(image.convert("RGB"), mask=image.convert("RGBA").getchannel("A"))
    few = plain.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    error = max(ImageStat.Stat(ImageChops.difference(plain, few.convert("RGB"))).mean)
    if error <= MOST_ERROR:
        before = path.stat().st_size
        new = path.with_suffix(".new")
        few.save(new, format="PNG", optimize=True)
        (new.replace if new.stat().st_size < before else lambda _: new.unlink())(path)
    return size


def shrink_once(path):
    """As `shrink`; a picture that some build has shrunk is taken from there."""
    known = SHRUNK / hashlib.sha256(path.read_bytes()).hexdigest()[:32]
    if known.is_file():
        shutil.copyfile(known, path)
        with Image.open(path) as image:
            return image.size
    size = shrink(path)
    SHRUNK.mkdir(parents=True, exist_ok=True)
    for copy in (known, SHRUNK / hashlib.sha256(path.read_bytes()).hexdigest()[:32]):
        shutil.copyfile(path, copy)
    return size


def finish(app, problem):
    if problem is not None or app.builder.name != "html":
        return
    out = Path(app.outdir)
    sizes = {path.name: shrink_once(path) for path in (out / "_images").glob("*.png")}

    def sized(match):
        name = match[2].rsplit("/", 1)[-1]
        if name not in sizes:
            return match[0]
        return '<img %s width="%d" height="%d" loading="lazy" decoding="async" />' % (match[1].rstrip(), *sizes[name])

    for path in out.rglob("*.html"):
        page = path.read_text(encoding="utf-8")
        path.write_text(IMAGE.sub(sized, page), encoding="utf-8", newline="\n")


def setup(app):
    app.connect("build-finished", finish, priority=820)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
