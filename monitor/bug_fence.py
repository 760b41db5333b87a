"""A fence around conclusions: a bug of ours in one of them does not end the watch over everything else."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from monitor.clock import Clock

log = logging.getLogger(__name__)

LOG_S = 60.0
"""A bug is logged at most this often: the same may come with every result."""


class Fence:
    """Keeps what is raised within it. `bugs` counts."""

    def __init__(self, clock: Clock) -> None:
        self.bugs = 0
        self._clock = clock
        self._logged_mono = float("-inf")

    @contextmanager
    def around(self, about: str) -> Iterator[None]:
        """Keep, count and log a bug in the block; `about` says in the log what it was at."""
        try:
            yield
        except Exception:
            self.bugs += 1
            if self._clock.monotonic() - self._logged_mono > LOG_S:
                self._logged_mono = self._clock.monotonic()
                log.exception("conclusion_bug about=%s", about)
