"""One thread per process, and for Hypothesis the same examples on every machine.

It has no limit on time either, which would fail on a slow machine.
With `--dist loadscope` the tests of one page run in one process, where the page has been opened.
"""

import os
import re

import pytest
from hypothesis import settings

for library in ("OMP", "OPENBLAS", "MKL"):  # before NumPy and torch: on two cores their threads wait for each other
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")

os.environ.setdefault("COURSEWORK_PROGRESS", "")  # no test leaves a student's file behind

settings.register_profile("book", deadline=None, derandomize=True)
settings.load_profile("book")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    if config.getoption("dist") != "loadscope":
        return None
    from xdist.scheduler import LoadScopeScheduling

    class ByPage(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            page = re.search(r"\[([\w/.]+\.html)", nodeid)
            return page[1] if page else nodeid if "test_site.py" in nodeid else nodeid.split("::")[0]

    return ByPage(config, log)
