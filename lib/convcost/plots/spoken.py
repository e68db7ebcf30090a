"""What a drawing shows, in the words of a person who describes it."""

from .arrangement import Fork
from .words import FOLDED, JOINTS, kind_of, pieces, shape_words

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
SAID = {
    "Add": "a shortcut adds {}",
    "Concat": "a shortcut sets {} beside it",
    "Multiply": "the result multiplies {}",
    "Subtract": "a shortcut brings {} to subtract",
}


def block_in_words(title, inlets, boxes, items, price) -> str:
    """Return one or two sentences: "basic: two 3x3 convolutions with 64 channels; a shortcut adds the input."."""
    reads = " and ".join([shape_words(inlet.output.shape) for inlet in inlets])
    if items is None:
        joints = sum([box.joins for box in boxes])
        layers = listed(_counted([_noun(box) for box in boxes if not box.joins]))
        times = {1: "once", 2: "twice"}.get(joints, f"{number(joints)} times")
        said = f"{layers}, joined {times}" if joints else layers
    else:
        said = _series(items, "the input")
    paid = f" It costs {listed(price)}." if price else ""
    return plain(f"{title}: {said}, on {reads} to {shape_words(boxes[-1].output.shape)}.{paid}")


def plain(words: str) -> str:
    """Return words without signs that voices stumble over."""
    return words.replace("×", "x")


def number(count: int) -> str:
    """Return a small number as a word."""
    return NUMBERS[count] if count < len(NUMBERS) else str(count)


def listed(words) -> str:
    """Return words as a list: a, b and c."""
    words = list(words)
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def _counted(nouns):
    """Return "two 3×3 convolutions" for nouns that repeat."""
    return [_many(nouns.count(noun), noun) for noun in dict.fromkeys(nouns)]


def _many(count, noun):
    """Return a noun and what follows it, ("3×3 convolution", " of stride 2"), once or several times."""
    head, rest = noun
    if count == 1:
        words = set(filter(None, FOLDED.values()))
        if head.split(" ")[0] in words | {"zeros"} or " of " in head:
            return head + rest
        article = "the" if head.startswith(("first", "last", "next")) else "an" if head[0] in "aeiou8" else "a"
        return f"{article} {head}{rest}"
    return f"{number(count)} {head if head.endswith('s') else head + 's'}{rest}"


def _noun(box):
    """Return a box as a noun and what follows it: ("3×3 depthwise convolution", " of stride 2")."""
    first, *rest = pieces(box.node)
    kind = kind_of(box.node)
    if kind in ("depthwise", "pointwise"):
        first += " convolution"
    elif kind == "group":
        first += "olution"
    elif kind == "dense":
        first += " layer"
    elif box.node.kind in FOLDED:
        first, rest = " and ".join([first, *box.after]), []
    return first, "".join([f" in {words}" if "groups" in words else f" of {words}" for words in rest])


def _series(items, source):
    """Return what boxes and forks in series do to `source`."""
    said, run = [], []

    def end_of_run():
        if len(run) > 1:
            said.append(f"{_many(len(run), _noun(run[0]))} with {run[0].output.shape[0]} channels")
        elif run:
            said.append(_one(run[0]))
        run.clear()

    for item in items:
        if isinstance(item, Fork):
            end_of_run()
            said.append(_fork(item, source))
        else:
            if run and (_noun(item), item.output.shape[0]) != (_noun(run[-1]), run[-1].output.shape[0]):
                end_of_run()
            run.append(item)
        last = item.joint if isinstance(item, Fork) else item
        source = f"the earlier {shape_words(last.output.shape)} map"
    end_of_run()
    return ", then ".join(said)


def _one(box):
    moved = box.kind in ("move", "other", "pool")
    return _many(1, _noun(box)) + ("" if moved else f" to {box.output.shape[0]} channels")


def _fork(fork, source):
    kind, ways = fork.joint.node.kind, [_series(branch, source) for branch in fork.branches]
    after = f", then {' and '.join(fork.joint.after)}" if fork.joint.after else ""
    if fork.shortcuts and len(ways) == 1:
        done = SAID.get(kind, "a shortcut brings {}").format(source)
        return f"{ways[0]}; {done}{after}"
    many = f"{number(len(ways))} branches side by side ({'; '.join(ways)})"
    if fork.shortcuts:
        many += f" and a shortcut from {source}"
    joined = {"Add": "added", "Concat": f"concatenated to {fork.joint.output.shape[0]} channels"}
    return f"{many}, {joined.get(kind, 'joined by ' + JOINTS.get(kind, kind.lower()))}{after}"
