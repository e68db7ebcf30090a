"""coursework: answers to the book's exercises, checked at once for students and marked safely for instructors.

    from coursework import check, predict

    check("start.conv_params", conv_params)     # tries a function on fresh cases, says what is wrong
    predict("vgg.total_macs", 10e9)             # records a guess, says how far it was

`python -m coursework` lists what instructors do with it: `assign`, `collect`, `grade`, `export`, `merge`, `key`.
"""

from .attempts import check, progress
from .errors import CourseworkError
from .predictions import predict, predictions

__all__ = ["CourseworkError", "check", "predict", "predictions", "progress"]
