"""When a result counts as started: in the log one check's time never runs backwards, whatever the wall clock does. Pure."""

from collections.abc import Mapping
from typing import Final

BELIEVED_BACK_MS: Final = 86_400_000
"""A wall clock that is farther than this behind the log is believed again: not it is wrong, but the log's end is."""


class Stamps:
    """Gives each result of a check a later time than the one before, in Unix milliseconds: the wall's, or 1 ms more.

    A clock set back by an hour costs nothing but that its hour is told within milliseconds. By more than a day: the
    clock had been in the future (2038, a dead battery), and holding on to that would squeeze years into milliseconds.
    Then the wall counts, and only the order of arrival (`seq`) tells what was measured first; the ticker's step is in
    the journal and in the audit log.
    """

    def __init__(self, last_ms: Mapping[str, int], floor_ms: int | None) -> None:
        """Go on behind `last_ms` (check id -> its last stamp) and, for every check, behind `floor_ms` (None: no floor)."""
        self._last_ms = dict(last_ms)
        self._floor_ms = floor_ms

    def stamp(self, check_id: str, started_at: float) -> int:
        """Return the time of the check's next result, which started at `started_at` by the wall."""
        wall_ms = round(started_at * 1_000)
        known = (self._floor_ms, self._last_ms.get(check_id, self._floor_ms))
        behind = [ms + 1 for ms in known if ms is not None and ms - wall_ms <= BELIEVED_BACK_MS]
        stamp_ms = max([wall_ms, *behind])
        self._last_ms[check_id] = stamp_ms
        return stamp_ms
