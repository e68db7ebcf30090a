"""The doors of a graph: the last thing through which every way from the input to another thing leads."""


def doors(things, sources, entry=None) -> dict:
    """Return the door of each thing (its nearest dominator): the one before it where it has one source, and where ways
    meet, the place from which they parted.

    things: in forward order; sources: a function, thing -> what it reads, things or `entry`.
    """
    found, depth = {entry: None}, {entry: 0}
    for thing in things:
        nearest, *others = sources(thing)
        for other in others:
            while nearest is not other:
                if depth[nearest] < depth[other]:
                    other = found[other]
                else:
                    nearest = found[nearest]
        found[thing], depth[thing] = nearest, depth[nearest] + 1
    return found


def doors_of_layers(layers) -> dict:
    """Return the door of each layer of a network, or of a part of one; None stands for all that comes from outside."""
    within = set(layers)
    return doors(layers, lambda node: [x.node if x.node in within else None for x in node.inputs])
