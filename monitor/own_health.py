"""What the page of the monitor's own health shows besides /healthz: lanes, files, signs of life. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from monitor.own.machine import Machine


@dataclass(frozen=True, slots=True)
class LaneFacts:
    """One kind of check: at most `width` run at once."""

    kind: str
    width: int
    running: int
    waiting: int


@dataclass(frozen=True, slots=True)
class OwnHealth:
    """Everything from memory, but for two sizes that the file system knows at once.

    `signs_sent_at`: way -> when a sign of life last went out; None: nobody outside listens for one.
    """

    lanes: tuple[LaneFacts, ...] = ()
    file_bytes: Mapping[str, int] = field(default_factory=dict)
    """Database -> size without its write-ahead log."""
    signs_sent_at: Mapping[str, float | None] | None = None
    signs_failed: Mapping[str, int] = field(default_factory=dict)
    machine: Machine | None = None
    """What the machine said of this process last."""
    loop_lag_s: float | None = None
    """How late the event loop came to its work at most in the last minute."""
    is_copying: bool = False
    """Whether a backup is being made now."""
