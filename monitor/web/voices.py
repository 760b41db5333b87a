"""Who said something from the status page lately: nobody signs in there, so each source may speak once an hour.

Belongs to one event loop. Nothing here survives a restart, and nothing needs to.
"""

from collections import deque
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

POWER_BACK: Final = "Xã báo: đã có điện."
"""What an account of a commune writes with one tap; the log of an incident is Vietnamese, whoever writes."""
FROM_STATUS_PAGE: Final = "trang trạng thái"
"""Under what a note's author is known that came from there."""
UNVERIFIED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "co-dien": "Xã báo: đã có điện (chưa xác minh người báo).",
        "chua-duoc": "Xã báo: vẫn chưa dùng được (chưa xác minh người báo).",
    }
)
"""What can be said from the status page, by the value of its button."""

EACH_S: Final = 3_600.0
"""One source says one thing of one unit within this time."""
MOST_PER_HOUR: Final = 20
"""So many reports of one unit are written down within an hour, whoever they come from: a log is for reading."""
_MOST_KEPT: Final = 4_096


class Voices:
    """Limits what is said without signing in, of each source and of each unit."""

    def __init__(self) -> None:
        self._source_at: dict[tuple[str, str], float] = {}
        self._of_unit: dict[str, deque[float]] = {}

    def wait_s(self, unit_code: str, source: str, now: float) -> float:
        """Return how long to wait, 0.0 when it may be said: then it counts as said. `now` is Unix seconds."""
        said = self._of_unit.setdefault(unit_code, deque(maxlen=MOST_PER_HOUR))
        waits = [_left_s(self._source_at.get((unit_code, source)), now)]
        if len(said) == MOST_PER_HOUR:
            waits.append(_left_s(said[0], now))
        if (wait_s := max(waits)) > 0:
            return wait_s
        said.append(now)
        self._source_at[unit_code, source] = now
        if len(self._source_at) > _MOST_KEPT:
            self._source_at = {key: at for key, at in self._source_at.items() if _left_s(at, now) > 0}
        return 0.0


def _left_s(at: float | None, now: float) -> float:
    """Return what is left of the hour; a clock that was set back does not make it longer."""
    return 0.0 if at is None or now < at else max(0.0, at + EACH_S - now)
