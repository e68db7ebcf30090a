"""Operations that only move elements: what becomes of the layout of a tensor."""

from .registry import movement

# Give all elements in their order where they were in their order.
KEEP_ORDER = {
    "alias",
    "clone",
    "contiguous",
    "detach",
    "flatten",
    "lift_fresh",
    "reshape",
    "squeeze",
    "to",
    "unflatten",
    "unsqueeze",
    "view",
    "_reshape_alias",
    "_to_copy",
    "_unsafe_view",
}


@movement("alias(x)", "detach(x)", "clone(x)", "_to_copy(x)", "lift_fresh(x)", "contiguous(x)", "to(x)")
def stay(layout, shapes, *args, **options):
    return layout


@movement(
    "view(x, size)",
    "_unsafe_view(x, size)",
    "reshape(x, shape)",
    "_reshape_alias(x, size, stride)",
    "squeeze(x, dim)",
    "unsqueeze(x, dim)",
    "flatten(x, start_dim, end_dim)",
    "unflatten(x, dim, sizes)",
)
def view(layout, shapes, *args, **options):
    return layout.view(shapes[1])


@movement("permute(x, dims)")
def permute(layout, shapes, dims):
    return layout.permute([axis % len(shapes[0]) for axis in dims])


@movement("transpose(x, dim0, dim1)")
def transpose(layout, shapes, first, second):
    order = list(range(len(shapes[0])))
    order[first], order[second] = order[second], order[first]
    return layout.permute(order)


@movement("t(x)")
def t(layout, shapes):
    return layout.permute(range(len(shapes[0]))[::-1])


@movement("channel_shuffle(x, groups)", "native_channel_shuffle(x, groups)")
def channel_shuffle(layout, shapes, groups):
    pieces, channels, *rest = shapes[0]
    split = layout.view((pieces, groups, channels // groups, *rest))
    return split and split.permute([0, 2, 1, *range(3, len(rest) + 3)]).view(shapes[0])


@movement("select(x, dim, index)")
def select(layout, shapes, dim, index):
    size, axis = shapes[0][dim], dim % len(shapes[0])
    part = layout.slice(axis, index % size, 1, 1)
    return part and part.without(axis)


@movement("slice(x, dim, start, end, step)")
def slice_(layout, shapes, dim=0, start=None, end=None, step=1):
    first, _, step = slice(start, end, step).indices(shapes[0][dim])
    return layout.slice(dim % len(shapes[0]), first, shapes[1][dim], step)


@movement("split(x, split_size, dim)", "unsafe_split(x, split_size, dim)")
def split(layout, shapes, size, dim=0):
    whole = shapes[0][dim]
    sizes = [min(size, whole - start) for start in range(0, whole, size)]
    return split_with_sizes(layout, shapes, sizes, dim)


@movement("split_with_sizes(x, split_sizes, dim)", "unsafe_split_with_sizes(x, split_sizes, dim)")
def split_with_sizes(layout, shapes, sizes, dim=0):
    axis, starts = dim % len(shapes[0]), [sum(sizes[:i]) for i in range(len(sizes))]
    return _all([layout.slice(axis, start, size, 1) for start, size in zip(starts, sizes)])


@movement("unbind(x, dim)")
def unbind(layout, shapes, dim=0):
    return _all([select(layout, shapes, dim, i) for i in range(shapes[0][dim])])


@movement("expand(x, size)")
def expand(layout, shapes, size, **options):
    return layout.expand(shapes[1])


@movement("repeat(x, repeats)")
def repeat(layout, shapes, repeats):
    return layout.repeat(repeats)


@movement("flip(x, dims)")
def flip(layout, shapes, dims):
    return layout.flip([axis % len(shapes[0]) for axis in dims])


@movement("rot90(x, k, dims)")
def rot90(layout, shapes, k=1, dims=(0, 1)):
    """A turn is a flip and a transpose."""
    first, second = [axis % len(shapes[0]) for axis in dims]
    flipped = {0: (), 1: (second,), 2: (first, second), 3: (first,)}[k % 4]
    layout = layout.flip(flipped)
    return transpose(layout, shapes, first, second) if k % 2 else layout


@movement("unfold(x, dimension, size, step)")
def unfold(layout, shapes, dim, size, step):
    axis = dim % len(shapes[0])
    if len(layout.dims[axis]) != 1:
        return None
    ((_, stride),) = layout.dims[axis]
    return layout.windows(axis, shapes[1][axis], size, step, stride)


def _all(parts):
    return None if any(part is None for part in parts) else parts
