"""Cut a font to the characters that a site uses, and pack it for the web."""

import logging

from fontTools import subset

logging.getLogger("fontTools").setLevel(logging.ERROR)


def cut(source, target, codes, features=()):
    """Write to `target` the glyphs of these code points and their variants, such as larger braces."""
    options = subset.Options(flavor="woff2", hinting=False, layout_features=list(features))
    font = subset.load_font(str(source), options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=codes)
    cutter.subset(font)
    subset.save_font(font, str(target), options)
