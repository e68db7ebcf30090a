"""A limit of computing time, the same in the sandbox and in the student's own notebook."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Late(BaseException):
    """A cell or a call took too long; not an `Exception`, so that an ordinary `except` does not swallow it."""


class Clock:
    """Stops what computes too long, where the system can; waiting, and a busy machine, are not the student's fault."""

    def __init__(self) -> None:
        self._before = None
        with suppress(AttributeError, ValueError):  # none on Windows, nor in a browser, nor off the main thread
            signal.setitimer(signal.ITIMER_PROF, 0)
            self._before = signal.signal(signal.SIGPROF, self._ring)

    @property
    def stops(self) -> bool:
        """Can it stop anything here?"""
        return self._before is not None

    def close(self) -> None:
        """Leave the signal as it was found."""
        if self.stops:
            signal.signal(signal.SIGPROF, self._before)

    def _ring(self, *_: object) -> None:
        raise Late

    @contextmanager
    def limit(self, seconds: float) -> Iterator[None]:
        """Raise `Late` within after so much computing."""
        self._set(seconds)
        try:
            yield
        finally:
            self._set(0)

    def _set(self, seconds):
        if self.stops:
            signal.setitimer(signal.ITIMER_PROF, seconds, seconds)  # again, where the first was swallowed
