"""One thread per process; Hypothesis: the same examples on every machine, and no limit on time, which would fail on a slow one."""
import os

from hypothesis import settings

for library in ("OMP", "OPENBLAS", "MKL"):  # before NumPy and torch: on two cores their threads wait for each other
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")

settings.register_profile("book", deadline=None, derandomize=True)
settings.load_profile("book")
