"""Routing by agreement in the plane: the reader drags what three parts predict, and the votes are counted anew."""

import json
from collections.abc import Sequence
from math import exp, hypot
from typing import NamedTuple

from convcost.plots import BLUE, ORANGE

from ..templates import filled, source

WHOLES = ("face", "house")
ROUNDS, REACH = 5, 13  # rounds that are shown; the longest coordinate, in tenths
SCENES = {  # what the parts predict for each whole: tips of arrows, in tenths
    "two agree on the face": (((10, 3), (8, 7), (-6, -8)), ((10, 0), (-5, 9), (-5, -9))),
    "all agree on the face": (((10, 3), (8, 7), (10, 5)), ((10, 0), (-5, 9), (-5, -9))),
    "two agree on each": (((10, 3), (8, 7), (-6, -8)), ((-9, 5), (6, -8), (4, -9))),
    "nobody agrees": (((13, 3), (-7, 9), (3, -12)), ((10, -2), (-5, 12), (-10, -9))),
}
DEFAULT = "two agree on the face"
SHOWN = 3  # rounds, as in the paper

Tips = Sequence[Sequence[Sequence[int]]]  # [whole][part] -> (x, y) in tenths


class Round(NamedTuple):
    """One round: coupling[part][whole] and the squashed outcome[whole], (x, y) in ones."""

    coupling: list[list[float]]
    outcome: list[list[float]]


def route(tips: Tips, rounds: int = ROUNDS) -> list[Round]:
    """Return every round of routing by agreement between three parts and two wholes, as the library routes."""
    predictions = [[(x / 10, y / 10) for x, y in row] for row in tips]
    logits = [[0.0] * len(predictions) for _ in predictions[0]]
    found = []
    for _ in range(rounds):
        coupling = [softmax(row) for row in logits]
        outcome = [squash(weighted(row, [c[j] for c in coupling])) for j, row in enumerate(predictions)]
        found.append(Round(coupling, outcome))
        for j, row in enumerate(predictions):
            for i, (x, y) in enumerate(row):
                logits[i][j] += x * outcome[j][0] + y * outcome[j][1]
    return found


def softmax(logits: Sequence[float]) -> list[float]:
    """Return positive shares that add up to 1."""
    powers = [exp(logit) for logit in logits]
    return [power / sum(powers) for power in powers]


def weighted(arrows: Sequence[Sequence[float]], weights: Sequence[float]) -> list[float]:
    """Return the sum of arrows, each as often as its weight says."""
    return [sum(w * arrow[axis] for w, arrow in zip(weights, arrows)) for axis in (0, 1)]


def squash(arrow: Sequence[float]) -> list[float]:
    """Return an arrow of the same direction, of length n^2 / (1 + n^2) where it was n long."""
    length = hypot(*arrow)
    return [part * length / (1 + length**2) for part in arrow]


def cells(round_: Round) -> list[str]:
    """Return one row of the table: the vote of each part for the face, and the lengths of face and house."""
    votes = [f"{share[0]:.2f}" for share in round_.coupling]
    return votes + [f"{hypot(*arrow):.2f}" for arrow in round_.outcome]


def sentence(tips: Tips, number: int) -> str:
    """Return in words how a round, counted from 1, came out."""
    *votes, face, house = cells(route(tips)[number - 1])
    return (
        f"Round {number}: the parts give {votes[0]}, {votes[1]} and {votes[2]} of their votes to the face."
        f" The face is {face} long, the house {house}."
    )


class RoutingControl:
    """Two boards of arrows and a table of rounds; shows itself in a notebook."""

    def __repr__(self):
        rounds = route(SCENES[DEFAULT])
        lines = [f"{i}      {'   '.join(cells(round_))}" for i, round_ in enumerate(rounds, 1)]
        return "\n".join(["round  votes for the face   face   house", *lines])

    def _repr_html_(self):
        tips = SCENES[DEFAULT]
        rounds = route(tips)
        page = {"wholes": WHOLES, "rounds": ROUNDS, "reach": REACH, "scenes": SCENES, "scene": DEFAULT, "shown": SHOWN}
        return filled(
            __package__,
            "routing.html",
            boards="".join(_board(j, tips[j], rounds[SHOWN - 1]) for j in range(len(WHOLES))),
            rows="".join(_row(i, round_) for i, round_ in enumerate(rounds, 1)),
            sentence=sentence(tips, SHOWN),
            carried=json.dumps(page, separators=(",", ":")),
            style=source(__package__, "routing.css"),
            votes=source(__package__, "routing_votes.js"),
            page=source(__package__, "routing.js"),
        )


def _row(number, round_):
    body = "".join(f"<td>{cell}</td>" for cell in cells(round_))
    marked = ' class="cc-shown"' if number == SHOWN else ""
    return f'<tr{marked}><th scope="row">{number}</th>{body}</tr>'


def _board(j, tips, round_):
    """One board: the arrows of the parts, as thick as their votes, and the outcome, in units of 5 to a tenth."""
    lines, handles = "", ""
    for i, (x, y) in enumerate(tips):
        wide = 1 + 6 * round_.coupling[i][j]
        lines += f'<path class="cc-part" d="M0,0L{5 * x},{-5 * y}" stroke-width="{wide:.2f}"/>'
        handles += (
            f'<g class="cc-tip" transform="translate({5 * x} {-5 * y})">'
            f'<circle r="15" class="cc-room"/><circle r="9"/><text y="5">{i + 1}</text></g>'
        )
    x, y = (50 * part for part in round_.outcome[j])
    lines += f'<path class="cc-whole" d="M0,0L{x:.2f},{-y:.2f}" stroke="{(BLUE, ORANGE)[j]}"/>'
    return (
        f'<div><p class="cc-name">predictions for the {WHOLES[j]}</p>'
        f'<svg viewBox="-81 -81 162 162" aria-label="{WHOLES[j]}: three arrows and their outcome">'
        f'<circle class="cc-one" r="50"/>{lines}{handles}</svg></div>'
    )


def routing_control() -> RoutingControl:
    """Return the control for routing by agreement between three parts and two wholes."""
    return RoutingControl()
