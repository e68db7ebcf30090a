"""One curve for every setting of a few switches: the reader chooses, and that curve stands out from the others."""

from collections.abc import Mapping, Sequence
from html import escape
from itertools import product
from math import ceil, floor, log10
from re import sub

from convcost.plots import BLUE
from convcost.plots.drawing import Panel

from ..templates import filled, source

LEFT, RIGHT, TOP, HIGH = 50, 318, 32, 190  # units of the drawing: its plot
APART = 22  # units between the starts of curves that both have their names written
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


class CurveSwitch:
    """Curves on a logarithmic scale, one for each setting; style sheets do the switching, no script.

    switches: name of a switch -> its choices; the first of each is set at the start. curves: one choice of each
    switch, in this order -> positive values at 1, 2, 3, ..., or a list of such runs; every setting has one. said: what
    is told of the chosen curve, with its `{first}` and `{last}` value, from the smallest to the largest of the runs.
    """

    def __init__(
        self,
        switches: Mapping[str, Sequence[str]],
        curves: Mapping[tuple[str, ...], Sequence[float] | Sequence[Sequence[float]]],
        xlabel: str,
        ylabel: str,
        said: str,
    ) -> None:
        missing = [setting for setting in product(*switches.values()) if setting not in curves]
        if missing:
            raise ValueError(f"a curve for every setting; there is none for {', '.join(missing[0])}")
        self.switches, self.xlabel, self.ylabel, self.said = switches, xlabel, ylabel, said
        self.curves = {setting: _runs(curves[setting]) for setting in product(*switches.values())}
        if not all(value > 0 for runs in self.curves.values() for curve in runs for value in curve):
            raise ValueError("values on a logarithmic scale are positive")

    def sentence(self, setting: tuple[str, ...]) -> str:
        """Return in words where the curve of a setting begins and ends."""
        runs = self.curves[setting]
        told = self.said.format(first=_span([run[0] for run in runs]), last=_span([run[-1] for run in runs]))
        return f"{', '.join(setting)}: {told}"

    def __repr__(self):
        return "\n".join(map(self.sentence, self.curves))

    def _repr_html_(self):
        root = "cc-curves-" + sub(r"\W+", "-", self.ylabel.lower())
        groups, chosen = "", {}
        for i, (name, choices) in enumerate(self.switches.items()):
            labels = ""
            for j, choice in enumerate(choices):
                chosen[name, choice] = f"#{root}-{i}-{j}:checked"
                checked = " checked" if j == 0 else ""
                box = f'<input type="radio" name="{root}-{i}" id="{root}-{i}-{j}"{checked}>'
                labels += f"<label>{box} {escape(choice)}</label> "
            groups += f"<fieldset><legend>{escape(name)}</legend>{labels}</fieldset>"
        rules = said = ""
        for number, setting in enumerate(self.curves):
            asked = "):has(".join([chosen[key] for key in zip(self.switches, setting)])
            rules += filled(__package__, "curves_rule.css", root=root, chosen=asked, number=number, colour=BLUE)
            said += f'<p class="cc-curve-said cc-curve-said-{number}">{escape(self.sentence(setting))}</p>'
        return filled(
            __package__,
            "curves.html",
            root=root,
            label=escape(f"{self.ylabel}, by {', '.join(self.switches)}"),
            alt=escape(f"{self.ylabel} against {self.xlabel}. {'. '.join(map(self.sentence, self.curves))}."),
            style=source(__package__, "curves.css"),
            rules=rules,
            groups=groups,
            height=TOP + HIGH + 42,
            drawn=self._drawn(),
            said=said,
        )

    def _drawn(self):
        """Axes and curves, inside an SVG."""
        values = [value for runs in self.curves.values() for curve in runs for value in curve]
        low, high = floor(log10(min(values))), max(ceil(log10(max(values))), 1)
        step = max(1, ceil((high - low) / 6))
        most = max(len(curve) for runs in self.curves.values() for curve in runs)
        panel = Panel(330)

        def x(place):
            return LEFT + (RIGHT - LEFT) * place / (most - 1)

        def y(value):
            return TOP + HIGH * (high - log10(value)) / (high - low)

        for power in range(-step * (-low // step), high + 1, step):
            panel.line(f"M{LEFT},{y(10**power):.5g}H{RIGHT}", 0.8, 0.45 if power == 0 else 0.15)
            panel.text(LEFT - 6, y(10**power) + 4, _tick(power, low < -3 or high > 4), "end")
        for place in sorted({0, (most - 1) // 2, most - 1}):
            panel.text(x(place), TOP + HIGH + 18, str(place + 1))
        panel.text((LEFT + RIGHT) / 2, TOP + HIGH + 36, self.xlabel)
        panel.text(2, 14, self.ylabel, "start")
        starts = {setting: y(sorted([run[0] for run in runs])[len(runs) // 2]) for setting, runs in self.curves.items()}
        behind, place = [], len(panel.parts)
        for number, (setting, runs) in enumerate(self.curves.items()):
            for curve in runs:
                path = "L".join([f"{x(i):.5g},{y(value):.5g}" for i, value in enumerate(curve)])
                drawn = f'd="M{path}" fill="none" stroke="currentColor"'
                behind.append(f'<path class="cc-curve-pale" {drawn}/>')
                panel.parts.append(f'<path class="cc-curve cc-curve-{number}" {drawn}/>')
            here = starts[setting]
            alone = all(abs(here - other) > APART for name, other in starts.items() if name != setting)
            below = here > y(1)  # a curve that rises from here leaves room under its start
            panel.parts.append(
                f'<text class="cc-curve-name cc-curve-name-{number}{" cc-curve-alone" * alone}" x="{LEFT + 8}" '
                f'y="{here + (16 if below else -8):.5g}" fill="currentColor">{escape(", ".join(setting))}</text>'
            )
        panel.parts[place:place] = behind
        return panel.inside("currentColor")


def _runs(curve):
    """Return a curve as a list of runs."""
    return [list(run) for run in curve] if isinstance(curve[0], Sequence) else [list(curve)]


def _tick(power, far):
    """Return a power of ten in words; far: as a power, as all others on an axis that spans many."""
    return f"10{str(power).translate(SUPERSCRIPTS)}" if far and power else rounded(float(10**power))


def _span(values):
    """Return the smallest and the largest of some values in words, as one where they are written alike."""
    return " to ".join(dict.fromkeys([rounded(min(values)), rounded(max(values))]))


def rounded(value: float) -> str:
    """Return two digits of a positive number as people write it: 0.52, 3.1, 65, 4,600, 3×10⁻²⁰."""
    power = floor(log10(value))
    if -3 <= power < 5:
        text = f"{float(f'{value:.2g}'):,.{max(0, 1 - power)}f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    digits, power = f"{value:.0e}".split("e")
    return f"{'' if digits == '1' else digits + '×'}10" + str(int(power)).translate(SUPERSCRIPTS)
