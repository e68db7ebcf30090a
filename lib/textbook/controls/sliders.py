"""Sliders over lists of choices, for the controls that have several."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any


def sliders(choices: Mapping[str, Sequence[Any]], setting: Mapping[str, Any]) -> str:
    """Return a labelled slider for each name -> values, set to `setting[name]`; `sliders.js` reads them.

    Raises ValueError where a setting is not among its values.
    """
    return "".join(
        f'<label>{escape(name)}<input type="range" min="0" max="{len(values) - 1}" '
        f'value="{list(values).index(setting[name])}" step="1" data-name="{escape(name)}" '
        f'data-values="{"|".join(map(str, values))}" aria-valuetext="{setting[name]}">'
        f"<output>{setting[name]}</output></label>"
        for name, values in choices.items()
    )
