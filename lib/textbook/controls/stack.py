"""The receptive field of a stack of layers that the reader builds, drawn over a row of input cells."""

import json
from collections.abc import Sequence

from convcost import Conv2d, FeatureMap, Network
from convcost.receptive_field import receptive_fields

from ..templates import filled, source

KERNELS, STRIDES, DILATIONS = (1, 3, 5, 7), (1, 2), (1, 2)
MOST = 6
Stack = Sequence[Sequence[int]]  # kernel, stride, dilation of each layer
DEFAULT = ((3, 1, 1), (3, 1, 1), (3, 1, 1))


def growth(stack: Stack) -> list[tuple[int, int, int]]:
    """Return (jump, field, reached) after each layer of a stack of (kernel, stride, dilation).

    jump: input pixels between neighbouring units; field: pixels from the first to the last that one unit sees;
    reached: how many of these can change it: fewer, where a dilated kernel leaves holes.
    """
    x = FeatureMap(1, 1024, 1024)
    for kernel_size, stride, dilation in stack:
        x = Conv2d(1, kernel_size, stride, dilation * (kernel_size // 2), dilation, bias=False)(x)
    fields = receptive_fields(Network(x).layers).values()
    return [
        (jump, last - first + 1, len(cells(stack[:depth])))
        for depth, ((jump, first, last), _) in enumerate(fields, start=1)
    ]


def cells(stack: Stack) -> list[int]:
    """Return the input cells, counted from the first, that can change one unit behind the stack."""
    seen = {0}
    for kernel_size, stride, dilation in reversed(stack):
        seen = {i * stride + tap * dilation for i in seen for tap in range(kernel_size)}
    return sorted(seen)


def sentence(stack: Stack) -> str:
    """Return in words what one unit behind the stack sees."""
    jump, field, reached = growth(stack)[-1]
    layers = "1 layer" if len(stack) == 1 else f"{len(stack)} layers"
    pixels = "1 pixel" if jump == 1 else f"{jump} pixels"
    seen = f"After {layers} one output sees {field} × {field} pixels; its neighbour sits {pixels} further."
    if reached == field:
        return seen
    return f"{seen} Of {field} pixels in a row it reaches {reached}; the others cannot change it."


class StackControl:
    """A table of layers to choose, what they see, and a drawing of it; shows itself in a notebook."""

    def __repr__(self):
        return sentence(DEFAULT)

    def _repr_html_(self):
        names = ("layer", "kernel", "stride", "dilation", "jump", "field")
        head = "".join(f'<th scope="col">{name}</th>' for name in names)
        rows = "".join(
            f'<tr><th scope="row">{i}</th>' + "".join(f"<td>{n}</td>" for n in (*layer, jump, field)) + "</tr>"
            for i, (layer, (jump, field, _)) in enumerate(zip(DEFAULT, growth(DEFAULT)), start=1)
        )
        choices = {"most": MOST, "kernel": KERNELS, "stride": STRIDES, "dilation": DILATIONS}
        return filled(
            __package__,
            "stack.html",
            head=head,
            rows=rows,
            sentence=sentence(DEFAULT),
            choices=json.dumps(choices),
            growth=source(__package__, "stack_growth.js"),
            page=source(__package__, "stack.js"),
        )


def stack_control() -> StackControl:
    """Return the control for the receptive field of up to six layers."""
    return StackControl()
