"""Boxes in series and in parallel, as a person would lay them out; or the news that they do not lie so."""

from .doors import doors


class Fork:
    """Branches from one map to one joint: lists of boxes and forks, an empty one for a shortcut."""

    def __init__(self, branches, joint):
        ways = [branch for branch in branches if branch]
        self.shortcuts = len(branches) - len(ways)
        if joint.node.kind != "Concat":  # a sum does not mind: the longer way first, the projection beside it
            ways.sort(key=lambda branch: -len(branch))
        self.branches, self.joint = ways, joint


def columns(items) -> int:
    """Return how many boxes stand side by side."""
    found = [sum([columns(branch) for branch in item.branches]) for item in items if isinstance(item, Fork)]
    return max([1, *found])


def lanes(items) -> int:
    """Return how many shortcuts run to the right of the boxes at one height."""
    return max([outside(item) for item in items if isinstance(item, Fork)], default=0)


def outside(fork) -> int:
    """Return how many shortcuts run to the right of a fork, its own included: those of several branches run between
    them.
    """
    inner = lanes(fork.branches[0]) if len(fork.branches) == 1 else 0
    return inner + bool(fork.shortcuts)


def between(fork) -> int:
    """Return how many shortcuts run between the branches of a fork."""
    return sum([lanes(branch) for branch in fork.branches]) if len(fork.branches) > 1 else 0


def needed(items, column, beside, lane) -> float:
    """Return the least width of items: boxes of width `column`, `beside` from each other, and their lanes within."""
    widths = [column]
    for item in items:
        if isinstance(item, Fork) and item.branches:
            parts = [needed(branch, column, beside, lane) for branch in item.branches]
            widths.append(sum(parts) + beside * (len(parts) - 1) + lane * between(item))
    return max(widths)


def arranged(inlets, boxes):
    """Return the boxes as a list of boxes and forks, from the only map that is read to the only one that is made.

    None where there are several of them, or where ways cross.
    """
    ends = [box for box in boxes if not box.readers]
    if len(inlets) != 1 or len(ends) != 1:
        return None
    door_of, seen = doors(boxes, lambda box: box.sources, inlets[0]), []

    def way(stop, box):
        items = []
        while box is not stop:
            if box is inlets[0] or len(seen) > len(boxes):
                return None  # it entered from elsewhere
            seen.append(box)
            if box.joins:
                door = door_of[box]
                branches = [way(door, source) for source in box.sources]
                if None in branches:
                    return None
                items.append(Fork(branches, box))
                box = door
            else:
                items.append(box)
                box = box.sources[0]
        return items[::-1]

    items = way(inlets[0], ends[0])
    return items if items is not None and len(seen) == len(boxes) == len(set(seen)) else None
