"""How wide a line of words is, without a browser: the advance of each letter in DejaVu Sans, the widest of the usual
fonts of systems, so that what fits here fits everywhere.
"""

FONT, LINE = 12, 15  # height of letters and of a line, in the units of a drawing
ADVANCES = {  # hundredths of the letters' height -> letters
    20: "\N{THIN SPACE}",
    28: "ijl'",
    32: "IJ ,.·",
    36: "/:;\\|f-",
    41: "()[]tr!",
    52: '"*_`–‖szc?',
    58: "LFkvxyPTYaoe",
    64: "ESbdghnpqu$0123456789{}",
    70: "KAVBRXZC",
    75: "UHNDG",
    80: "&OQw",
    87: "#+<=>^~×→MW",
}
ADVANCE = {letter: advance / 100 for advance, letters in ADVANCES.items() for letter in letters}
WIDEST, BOLD = 1.0, 1.14  # of an unknown letter; of a bold line, in relation to a plain one


def width(words: str, bold: bool = False) -> float:
    """Return how many units a line of words takes, rather too many than too few."""
    return sum([ADVANCE.get(letter, WIDEST) for letter in words]) * FONT * (BOLD if bold else 1)


def fitted(pieces: list[str], room: float) -> list[str]:
    """Return pieces ("3×3 convolution", "BN", "ReLU") as lines no wider than `room`, as few as can be and about equally
    long: broken between pieces where that is enough, else between words; a word that is too wide alone stays whole.
    """
    for parts, glue in ((pieces, ", "), (", ".join(pieces).split(" "), " ")):
        lines = _filled(parts, glue, room)
        if all(width(line) <= room for line in lines):
            break
    for narrower in range(int(room) - 4, 20, -4):
        tried = _filled(parts, glue, narrower)
        if len(tried) > len(lines) or any(width(line) > narrower for line in tried):
            break
        lines = tried
    return lines


def _filled(parts, glue, room):
    end, lines = glue.rstrip(), [parts[0]]
    for number, part in enumerate(parts[1:], start=2):
        longer = lines[-1] + glue + part
        if width(longer + end * (number < len(parts))) > room:
            lines[-1] += end
            lines.append(part)
        else:
            lines[-1] = longer
    return lines


def cut(words: str, room: float) -> str:
    """Return words that fit, the end left out where they do not."""
    if width(words) <= room:
        return words
    while words and width(words + "…") > room:
        words = words[:-1]
    return words.rstrip(" ,") + "…"
