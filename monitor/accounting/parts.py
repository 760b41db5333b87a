"""From a check's history to what each moment of a stretch of time counts as. Pure.

In this order: what was not watched, the hours of the calendar, people's corrections, maintenance, the status.
"""

from bisect import bisect_left
from operator import attrgetter
from typing import Final

from alerts.model.checks import Status
from inventory.model import ALWAYS
from inventory.times.calendars import spans
from inventory.times.intervals import Intervals, subtract
from monitor.accounting.corrected import by_check, corrected, in_force
from monitor.accounting.maintenance import Maintenance
from monitor.accounting.model import Books, History, Part
from monitor.accounting.stretches import Stretches, paint, painted
from monitor.accounting.timeline import timeline

_AT_WORK: Final = paint(Part.MAINTENANCE, Part.UNKNOWN, Part.DOWN, Part.DEGRADED, Part.UP)
_BEHIND_WORK: Final = paint(Part.MAINTENANCE, Part.UNKNOWN, Part.DOWN, Part.DEGRADED)
"""What is up behind a target under maintenance is up."""
_CLOSED: Final = paint(Part.OFF_HOURS, Part.MAINTENANCE, Part.UNKNOWN, Part.DOWN, Part.DEGRADED, Part.UP)
_FEW: Final = 3
"""So few stretches are the lot of very many checks: calendars are laid over them once for all."""


class Course:
    """What [from_at, until_at) counts as for each check of the books; what many checks share is worked out once."""

    def __init__(self, books: Books, from_at: float, until_at: float) -> None:
        self._books = books
        self.from_at = from_at
        self.until_at = until_at
        self._maintenance = Maintenance(books, from_at, until_at)
        self._corrections = by_check(in_force(books.corrections))
        self._closed: dict[str, Intervals] = {}
        self._closed_over: dict[tuple[object, ...], Stretches] = {}

    def stretches(self, check_id: str) -> Stretches:
        """Return what each moment counts as; a check without a history was not watched. KeyError: no such check."""
        books = self._books
        check = books.inventory.checks[check_id]
        found = timeline(
            books.histories.get(check_id) or History(check_id, None),
            self.from_at,
            self.until_at,
            known_until_at=books.known_until_at,
            now=books.now,
        )
        if not self._maintenance.is_empty:
            found = painted(found, self._maintenance.own(check.target_id), _AT_WORK)
            found = painted(found, self._maintenance.behind(check.target_id), _BEHIND_WORK)
        if self._corrections:
            found = corrected(found, self._corrections.get(check_id, ()))
        if check.calendar == ALWAYS:
            return found
        if len(found) > _FEW:
            return painted(found, self._closed_times(check.calendar), _CLOSED)
        key = (check.calendar, *found)
        if key not in self._closed_over:
            self._closed_over[key] = painted(found, self._closed_times(check.calendar), _CLOSED)
        return self._closed_over[key]

    def may_end_down(self, check_id: str) -> bool:
        """Whether DOWN may be the last thing known when these stretches end; no is certain, and found at once."""
        history = self._books.histories.get(check_id)
        if check_id in self._corrections:
            return True
        if history is None:
            return False
        passed = bisect_left(history.transitions, self.until_at, key=attrgetter("at"))
        is_always = self._books.inventory.checks[check_id].calendar == ALWAYS
        for transition in reversed(history.transitions[:passed]):
            if transition.new is Status.DOWN:
                return True
            # Out of hours nobody sees it back.
            if is_always and transition.new is not Status.UNKNOWN:
                return False
        return history.status is Status.DOWN

    def _closed_times(self, calendar_id: str) -> Intervals:
        if calendar_id not in self._closed:
            whole = ((self.from_at, self.until_at),)
            calendar = self._books.inventory.calendars[calendar_id]
            self._closed[calendar_id] = subtract(whole, spans(calendar, self.from_at, self.until_at))
        return self._closed[calendar_id]
