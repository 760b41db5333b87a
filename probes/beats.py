"""Heartbeats that arrived: the last one of each asset. Filled by monitor.inputs, read by the `heartbeat` probe. No I/O.

Kept in memory only: after a start nothing is known of an asset until it beats again, or until it has had the time to.
The same holds after each time in which beats could not have arrived: that they are missing then is no asset's fault.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

INATTENTIVE_S = 10.0
"""Longer than this without a look at the clock: the process was stopped, or the machine slept."""


@dataclass(frozen=True, slots=True)
class Beat:
    """One sign of life that an asset sent by itself. `received_mono` is monotonic seconds."""

    received_mono: float
    metrics: Mapping[str, float] = field(default_factory=dict)
    """What it said of itself: `uptime_s`, `disk_free_ratio`, `app_alive` (1 or 0). Never a user's name."""
    way: str = ""
    """How it came: `http` or `mqtt`."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way for beats to arrive: open since `open_since_mono`, or closed (None) because of `trouble` (Vietnamese)."""

    open_since_mono: float | None
    trouble: str = ""


class BeatBook:
    """The last beat of each asset, and since when beats could have arrived."""

    def __init__(self, *, opened_mono: float) -> None:
        self.opened_mono = opened_mono
        self.ways: dict[str, Way] = {}
        """None: nobody takes beats here."""
        self._beats: dict[str, Beat] = {}
        self._attended_mono: float | None = None

    def record(self, asset: str, beat: Beat) -> None:
        """Keep the asset's newest beat."""
        self._beats[asset] = beat

    def last(self, asset: str) -> Beat | None:
        """Return the asset's newest beat, or None when there was none since the start."""
        return self._beats.get(asset)

    def keep_only(self, assets: Mapping[str, object]) -> None:
        """Forget the beats of all other assets."""
        self._beats = {asset: beat for asset, beat in self._beats.items() if asset in assets}

    def open_way(self, name: str, *, now_mono: float) -> None:
        """From now on beats can arrive by this way."""
        self.ways[name] = Way(now_mono)

    def close_way(self, name: str, trouble: str) -> None:
        """No beat can arrive by this way; `trouble` says why."""
        self.ways[name] = Way(None, trouble)

    def begin_attending(self, now_mono: float) -> None:
        """From now on somebody calls `attend` every second."""
        self._attended_mono = now_mono

    def attend(self, now_mono: float) -> None:
        """Note that this process runs. After a pause the waiting starts anew: what was sent meanwhile may be lost."""
        if self._attended_mono is None:
            return
        if now_mono - self._attended_mono > INATTENTIVE_S:
            self.opened_mono = now_mono
        self._attended_mono = now_mono
