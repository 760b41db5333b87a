"""Heartbeats that arrived: the last one of each asset. Filled by monitor.inputs, read by the `heartbeat` probe. No I/O.

Kept in memory only: after a start nothing is known of an asset until it beats again, or until it has had the time to.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Beat:
    """One sign of life that an asset sent by itself. `received_mono` is monotonic seconds."""

    received_mono: float
    metrics: Mapping[str, float] = field(default_factory=dict)
    """What it said of itself: `uptime_s`, `disk_free_ratio`, `app_alive` (1 or 0). Never a user's name."""


class BeatBook:
    """The last beat of each asset. `opened_mono`: since when beats could have arrived."""

    def __init__(self, *, opened_mono: float) -> None:
        self.opened_mono = opened_mono
        self._beats: dict[str, Beat] = {}

    def record(self, asset: str, beat: Beat) -> None:
        """Keep the asset's newest beat."""
        self._beats[asset] = beat

    def last(self, asset: str) -> Beat | None:
        """Return the asset's newest beat, or None when there was none since `opened_mono`."""
        return self._beats.get(asset)
