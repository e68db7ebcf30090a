"""The solutions of the exercises as code, from which feedback learns what lies one step away from a right answer.

NAME.json is made from solutions/NAME.ipynb by `tools/exercises.py write`: name of an exercise -> the code of its cell,
in the order of the notebook, and under "" what the notebook imports. Designs are left out, and what needs more than
Python and NumPy.
"""

import json
from functools import cache
from importlib.resources import files


@cache
def code(notebook: str) -> dict[str, str]:
    """Return the code of the exercises of one notebook by their names, in their order; {} if there is none."""
    file = files(__package__).joinpath(f"{notebook}.json")
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
