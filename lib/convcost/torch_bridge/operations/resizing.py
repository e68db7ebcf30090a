"""Maps at another size, and movements that are layers by themselves."""

from ...layers import (
    Fold,
    IndexSelect,
    PixelShuffle,
    PixelUnshuffle,
    Roll,
    SelectChannels,
    Unfold,
    Upsample,
)
from ..layout import Value, following, shape_text
from .orientation import oriented, short
from .registry import operation


def _upsample(mode, antialias):
    def upsample(recorder, output, x, *_, **__):
        return recorder.add(Upsample(short(output.shape[2:]), mode, antialias), recorder.image(x))

    return upsample


for name, mode in {
    "upsample_nearest2d": "nearest",
    "_upsample_nearest_exact2d": "nearest",
    "upsample_bilinear2d": "bilinear",
    "upsample_bicubic2d": "bicubic",
    "_upsample_bilinear2d_aa": "bilinear",
    "_upsample_bicubic2d_aa": "bicubic",
}.items():
    operation(f"{name}(x, output_size)")(_upsample(mode, name.endswith("_aa")))


@operation("pixel_shuffle(x, upscale_factor)")
def pixel_shuffle(recorder, output, x, factor):
    return recorder.add(PixelShuffle(factor), recorder.image(x))


@operation("pixel_unshuffle(x, downscale_factor)")
def pixel_unshuffle(recorder, output, x, factor):
    return recorder.add(PixelUnshuffle(factor), recorder.image(x))


@operation("im2col(x, kernel_size, dilation, padding, stride)")
def unfold(recorder, output, x, kernel, dilation, padding, stride):
    return recorder.add(Unfold(short(kernel), short(stride), short(padding), short(dilation)), recorder.image(x))


@operation("col2im(x, output_size, kernel_size, dilation, padding, stride)")
def fold(recorder, output, x, size, kernel, dilation, padding, stride):
    if x.dim() != 3 or x.shape[0] != 1:
        raise recorder.error(f"fold reads {shape_text(x.shape)}: the first axis must be one image")
    return recorder.add(
        Fold(short(size), short(kernel), short(stride), short(padding), short(dilation)), recorder.map(x)
    )


@operation("roll(x, shifts, dims)")
def roll(recorder, output, x, shifts, dims=()):
    shifts, dims = [[n] if isinstance(n, int) else list(n) for n in (shifts, dims)]
    made, groups = oriented(recorder, x, [dim % x.dim() for dim in dims])
    if not dims or any(len(groups[dim]) != 1 for dim in dims):
        raise recorder.error(f"no layer kind for the operation roll of {shape_text(x.shape)} over axes {dims}")
    moved = [0] * len(made.shape)
    for shift, dim in zip(shifts, dims):
        moved[groups[dim][0]] += shift
    made = recorder.add(Roll(tuple(moved)), made)
    return Value(made, following(groups, made.shape), recorder.stack[-1])


@operation("as_strided(x, size, stride, storage_offset)")
def as_strided(recorder, output, x, size, stride, *_):
    """What torch does to a mean over a map laid out channels last: its one position is marked as laid out so."""
    value = recorder.values[id(x)]
    if tuple(size) != (1, value.map.elements, 1, 1):
        raise recorder.error(
            f"no layer kind for the operation as_strided of {shape_text(x.shape)} to {shape_text(size)}"
        )
    return Value(value.map, value.layout, value.place)


@operation("index(x, indices)")
def index(recorder, output, x, indices):
    """Some of the channels, by a list of their numbers."""
    listed = [(axis, i) for axis, i in enumerate(indices) if i is not None]
    if len(listed) != 1:
        raise recorder.error("no layer kind for the operation index with computed indices")
    return index_select(recorder, output, x, *listed[0])


@operation("index_select(x, dim, index)")
def index_select(recorder, output, x, axis, numbers):
    known = id(x) in recorder.values and id(numbers) not in recorder.values and not numbers.is_floating_point()
    if not known or (numbers.is_meta and numbers.dtype.itemsize == 1):
        raise recorder.error("no layer kind for the operation index with computed indices")
    axis, size = axis % x.dim(), x.shape[axis]
    if numbers.is_meta:  # a model without numbers: any place costs the same
        chosen = [0] * numbers.numel()
    else:
        chosen = numbers.nonzero() if numbers.dtype.itemsize == 1 else numbers
        chosen = [n % size for n in chosen.flatten().tolist()]
    single = numbers.dim() == 1
    made, groups = oriented(recorder, x)
    if len(made.shape) == 3 and groups[axis] == (0,) and single and len(set(chosen)) == len(chosen):
        return Value(
            _channels(recorder, made, chosen), following(groups, (len(chosen), *made.shape[1:])), recorder.stack[-1]
        )
    made = recorder.map(x)
    lead = x.dim() - len(made.shape)
    if axis < lead:
        raise recorder.error(f"no layer kind for the operation index of axis {axis} of {shape_text(x.shape)} by a list")
    return recorder.add(IndexSelect(axis - lead, tuple(chosen)), made, place=recorder.stack[-1])


def _channels(recorder, made, chosen):
    """Select channels; a choice among chosen ones is one choice."""
    if chosen == list(range(made.channels)):
        return made
    node = made.node
    if node and node.kind == "SelectChannels":
        made, chosen = node.inputs[0], [node.layer.channels[n] for n in chosen]
    run = range(chosen[0], chosen[0] + len(chosen))
    return recorder.add(SelectChannels(run if chosen == list(run) else tuple(chosen)), made, place=recorder.stack[-1])
