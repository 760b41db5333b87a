"""What the daemon knows of copies, as a value for pages, metrics and alarms. Pure."""

from dataclasses import dataclass
from typing import Final

LATE_S: Final = 48 * 3_600.0
"""Without a good copy for this long, somebody is told."""

CLOCK_SET_S: Final = 3_600.0
"""After the clock was set the agenda gets this long to make up for nights that nobody lived through."""


@dataclass(frozen=True, slots=True)
class BackupFacts:
    """What is known of copies. `watched_from_at`: since when one could have been made by us."""

    watched_from_at: float
    last_good_at: float | None = None
    size_bytes: int = 0
    """Of the last good one."""
    error: str = ""
    """Why the latest attempt made none, one line for people."""
    failed_at: float | None = None
    """Since when attempts fail."""
    clock_set_at: float | None = None
    """When the clock was set last, as it shows since."""

    def late_since_at(self, now: float) -> float | None:
        """Return since when there has been no good copy, when that is too long; else None."""
        if self.clock_set_at is not None and now - self.clock_set_at < CLOCK_SET_S:
            return None
        since_at = self.watched_from_at if self.last_good_at is None else self.last_good_at
        return since_at if now - since_at > LATE_S else None

    def troubled_since_at(self, now: float) -> float | None:
        """Return since when something is wrong that people should hear of; None when all is well."""
        return self.failed_at if self.failed_at is not None else self.late_since_at(now)

    def has_copy_since(self, at: float) -> bool:
        """Whether a good copy was made after `at` (rounded to seconds), and nothing failed since."""
        return self.failed_at is None and self.last_good_at is not None and self.last_good_at > at + 1
