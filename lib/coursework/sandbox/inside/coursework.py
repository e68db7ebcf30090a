"""In the sandbox this file is `coursework`: a notebook's own `check` and `predict` calls do nothing there."""


def check(*_: object, **__: object) -> None:
    """Do nothing."""


predict = predictions = progress = check
CourseworkError = ValueError
