"""The colours of Okabe and Ito, which colour-blind readers tell apart, and darker ones of the same hues, which stand
out from a white page and from a dark one.
"""

BLUE, ORANGE, GREEN, PURPLE, GREY = "#0072B2", "#D55E00", "#009E73", "#AA4499", "#6E6E6E"
COLOURS = (BLUE, ORANGE, GREEN, PURPLE, GREY)

TINT = 0.18  # opacity of a box behind words: letters stay readable on it
FILLS = {  # what a layer does -> the colour of its box and bars; None: the colour of the page's letters
    "conv": "#0072B2",
    "depthwise": "#C85200",
    "pointwise": "#008560",
    "group": "#A94A92",
    "pool": "#8F7200",
    "dense": "#767676",
    "other": None,
    "move": None,
    "join": None,
}
NAMES = {
    "conv": "convolution",
    "depthwise": "depthwise",
    "pointwise": "pointwise",
    "group": "group convolution",
    "pool": "pooling",
    "dense": "fully connected",
    "other": "other layers",
}
