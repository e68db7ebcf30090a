"""Hypothesis: the same examples on every machine, and no limit on time, which would fail on a slow one."""
from hypothesis import settings

settings.register_profile("book", deadline=None, derandomize=True)
settings.load_profile("book")
