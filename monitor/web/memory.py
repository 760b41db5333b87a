"""What the web remembers from one request to the next: who asked for measurements lately, the latest days of systems.

Belongs to one event loop. Nothing here survives a restart, and nothing needs to.
"""

import asyncio
from collections import deque
from collections.abc import Mapping
from functools import partial
from typing import Final

from inventory.model import Inventory
from monitor.accounting.calendar import CalendarDay, read_latest_days
from monitor.settings.settings import Settings
from monitor.storage.database import Database
from monitor.web.cut_days import CutDays
from monitor.web.glance import Glances
from monitor.web.outlooks import OutlookBook
from monitor.web.pictures.png import PngPress
from monitor.web.public_status import DAYS, public_systems
from monitor.web.shown_once import ShownOnce
from monitor.web.summary import Summaries
from monitor.web.voices import Voices

TARGET_GAP_S: Final = 10.0
"""One target is not looked at again for somebody within this time."""
PERSON_LIMIT: Final = 20
"""So many measurements a person may ask for within WITHIN_S."""
WITHIN_S: Final = 60.0
_MOST_KEPT: Final = 4_096
DAYS_FRESH_S: Final = 600.0


class Rechecks:
    """Limits how often people may ask for a new measurement, of one target and each person."""

    def __init__(self) -> None:
        self._target_at: dict[str, float] = {}
        self._person_at: dict[str, deque[float]] = {}

    def wait_s(self, target_id: str, person: str, now: float) -> float:
        """Return how long to wait, 0.0 when it may be done: then it counts as done. `now` is Unix seconds."""
        asked = self._person_at.get(person) or deque(maxlen=PERSON_LIMIT)
        waits = [_left_s(self._target_at.get(target_id), TARGET_GAP_S, now)]
        if len(asked) == PERSON_LIMIT:
            waits.append(_left_s(asked[0], WITHIN_S, now))
        if (wait_s := max(waits)) > 0:
            return wait_s
        self._target_at[target_id] = now
        asked.append(now)
        self._person_at[person] = asked
        self._forget(now)
        return 0.0

    def _forget(self, now: float) -> None:
        if len(self._target_at) > _MOST_KEPT:
            self._target_at = {
                key: at for key, at in self._target_at.items() if _left_s(at, TARGET_GAP_S, now) > 0
            }
        if len(self._person_at) > _MOST_KEPT:
            self._person_at = {
                key: times for key, times in self._person_at.items() if _left_s(times[-1], WITHIN_S, now) > 0
            }


def _left_s(at: float | None, gap_s: float, now: float) -> float:
    """Return what is left of a gap; a clock that was set back does not make it longer."""
    if at is None or now < at:
        return 0.0
    return max(0.0, at + gap_s - now)


class PublicDays:
    """The latest days of the systems that everybody may know of, read anew at most every few minutes."""

    def __init__(self) -> None:
        self._found: Mapping[str, tuple[CalendarDay, ...]] = {}
        self._read_at = float("-inf")
        self._of = ""

    async def read(
        self, database: Database, inventory: Inventory, settings: Settings, now: float
    ) -> Mapping[str, tuple[CalendarDay, ...]]:
        """Return them, today last. Raises StorageError."""
        if self._of != inventory.digest or not 0 <= now - self._read_at < DAYS_FRESH_S:
            # Before it is known: whoever asks meanwhile gets what was known last.
            self._of, self._read_at = inventory.digest, now
            self._found = await database.read(
                partial(
                    read_latest_days,
                    inventory=inventory,
                    target_ids=public_systems(inventory),
                    days=DAYS,
                    zone=settings.timezone,
                    least_coverage_ratio=settings.accounting.least_coverage_ratio,
                    now=now,
                )
            )
        return self._found


class WebMemory:
    """All of it."""

    def __init__(self) -> None:
        self.rechecks = Rechecks()
        self.glances = Glances()
        self.cut_days = CutDays()
        self.public_days = PublicDays()
        self.summaries = Summaries()
        self.press = PngPress()
        self.once = ShownOnce()
        self.voices = Voices()
        self.outlooks = OutlookBook()
        self.packing = asyncio.Lock()
        """Held while the evidence of an incident is put together: one at a time."""
