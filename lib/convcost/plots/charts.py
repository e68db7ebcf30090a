"""Charts of results: lines of means with every run as a dot, bars of costs by part, kernels as pictures."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import mean
from typing import Any

from ..network import Network
from .colours import COLOURS, GREY
from .figures import axes

MARKS = ("o-", "s-", "D-", "^-", "v-")


def lines(
    series: Mapping[str, Mapping[float, float | Sequence[float]]],
    xlabel: str,
    ylabel: str,
    limit: float | None = None,
    height: float = 3.0,
    **options: Any,
) -> Any:
    """Draw a line per series, name -> {x: y, or the ys of several runs}: the mean as a line, every run as a dot.

    limit: where a dotted line stands across; options: as for the axes' `set`. Returns the axes.
    """
    ax = axes(width=4.2, height=height)  # letters of 11 px on a phone
    for (name, points), colour, mark in zip(series.items(), COLOURS, MARKS):
        runs = {x: list(y) if isinstance(y, Sequence) else [y] for x, y in sorted(points.items())}
        ax.plot(list(runs), [mean(ys) for ys in runs.values()], mark, color=colour, label=name)
        dots = [(x, y) for x, ys in runs.items() for y in ys if len(ys) > 1]
        ax.plot([x for x, _ in dots], [y for _, y in dots], mark[0], color=colour, alpha=0.4)
    if limit is not None:
        ax.axvline(limit, color=GREY, linestyle=":")
    ax.set(xlabel=xlabel, ylabel=ylabel, **options)
    ax.legend(frameon=False)
    return ax


def cost_by_part(networks: Mapping[str, Network], parts: Iterable[str]) -> Any:
    """Draw the MACs of named networks as bars, split by these blocks of each. Returns the axes."""
    ax, left = axes(width=4.6, height=2.6), dict.fromkeys(networks, 0.0)
    for part, colour in zip(parts, (GREY, *COLOURS)):
        for name, network in networks.items():
            cost = network[part].macs / 1e9
            ax.barh(str(name), cost, left=left[name], color=colour, label=part if not left[name] else None)
            left[name] += cost
    handles = {label: handle for handle, label in zip(*ax.get_legend_handles_labels())}
    ax.invert_yaxis()
    ax.set(xlabel="G MACs")
    ax.legend(handles.values(), handles.keys(), frameon=False, fontsize=9)
    return ax


def kernels(rows: Mapping[str, Sequence[Sequence[Sequence[float]]]]) -> Any:
    """Draw kernels as pictures, a row per name: blue is positive, orange negative, white nothing. Returns the axes.

    rows: name -> kernels, each k x k numbers; all on one scale.
    """
    count = max(len(kernels) for kernels in rows.values())
    grid = axes(width=4.2, height=0.3 + 0.75 * len(rows), nrows=len(rows), ncols=count, squeeze=False)
    most = max(abs(value) for kernels in rows.values() for kernel in kernels for line in kernel for value in line)
    for (name, kernels), line in zip(rows.items(), grid):
        for ax in line:
            ax.axis("off")
        for kernel, ax in zip(kernels, line):
            ax.imshow(kernel, cmap="PuOr_r", vmin=-most, vmax=most)
        line[0].set_title(name, loc="left", fontsize=9)
    return grid
