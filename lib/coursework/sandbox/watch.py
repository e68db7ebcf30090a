"""How a process that runs apart spends its time: computing, or waiting. Read from /proc, where there is one."""

import os
import time
from pathlib import Path

EVERY = 0.5  # seconds between two looks
TICK = 1 / os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 0.01
LITTLE = 0.02  # part of the time that a waiting process may compute


class Watch:
    """Looks at a process and what it has started. computed: seconds of computing; waited: seconds of the clock in which
    it neither computed nor asked to: a busy machine does not count against it.
    """

    def __init__(self, pid: int) -> None:
        self.pid, self.computed, self.waited, self.looked = pid, 0.0, 0.0, time.monotonic()

    def look(self) -> None:
        """Look again, if the last look is some time ago."""
        now = time.monotonic()
        if now - self.looked < EVERY:
            return
        computed, wants = _used(self.pid)
        if computed is None:  # no /proc: all that is known is the clock, which is given ten times as long
            self.waited += (now - self.looked) / 10
        elif not wants and computed - self.computed < LITTLE * (now - self.looked):
            self.waited += now - self.looked
        self.computed, self.looked = max(self.computed, computed or 0), now


def _used(pid):
    """Return (seconds that a process and its children have computed, whether one of them wants to)."""
    try:
        facts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (OSError, ValueError):
        return (None, False) if not Path("/proc/self/stat").exists() else (0.0, False)
    used, wants = TICK * (int(facts[11]) + int(facts[12])), facts[0] in "RD"
    for child in children:
        more, too = _used(child)
        used, wants = used + (more or 0), wants or too
    return used, wants
