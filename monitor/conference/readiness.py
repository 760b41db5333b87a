"""Whether endpoints were ready for their meetings, from what is known of their checks. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Final

from inventory.model import Check, Inventory, Layer, Target
from monitor.accounting.model import History, Part
from monitor.accounting.stretches import Stretches
from monitor.accounting.timeline import timeline
from monitor.conference.model import LOOKED_AT_BEFORE_S, READY_BEFORE_S, Attendance, Meeting, Seat

_BRIDGES: Final = "mcu"
"""What profiles of conference bridges begin with: they carry a meeting, and take no part in it."""
_READY: Final = frozenset({Part.UP, Part.DEGRADED})


def attendances(
    meetings: Iterable[Meeting],
    histories: Mapping[str, History],
    inventory: Inventory,
    *,
    ports: int | None,
    known_until_at: float,
) -> tuple[Attendance, ...]:
    """Return the meetings that were not withdrawn, by time, each with the endpoints that were to take part.

    `histories`: check id -> its history, known from LOOKED_AT_BEFORE_S before the first meeting on. From
    `known_until_at` on nobody knows. An endpoint is a watched target of the layer CONFERENCE that is no bridge.
    """
    endpoints = endpoints_of(inventory)
    return tuple(
        Attendance(meeting, tuple(_seats(meeting, endpoints, histories, known_until_at)), ports)
        for meeting in sorted(meetings, key=attrgetter("begins_at", "id"))
        if meeting.withdrawn_at is None
    )


def endpoints_of(inventory: Inventory) -> Mapping[str, Sequence[tuple[Target, Check]]]:
    """Return unit code -> its watched endpoints with their primary checks."""
    found: defaultdict[str, list[tuple[Target, Check]]] = defaultdict(list)
    passed: set[str] = set()
    for check in inventory.checks.values():
        target = inventory.targets[check.target_id]
        if target.id in passed:
            continue
        passed.add(target.id)
        if target.layer is Layer.CONFERENCE and not target.profile.startswith(_BRIDGES):
            found[target.unit_code].append((target, check))
    return found


def _seats(
    meeting: Meeting,
    endpoints: Mapping[str, Sequence[tuple[Target, Check]]],
    histories: Mapping[str, History],
    known_until_at: float,
) -> Iterable[Seat]:
    for code in meeting.unit_codes or endpoints:
        for target, check in endpoints.get(code, ()):
            history = histories.get(check.id) or History(check.id, None)
            yield _seat(meeting, target, history, known_until_at)


def _seat(meeting: Meeting, target: Target, history: History, known_until_at: float) -> Seat:
    looked_at, until_at = meeting.begins_at - LOOKED_AT_BEFORE_S, meeting.ends_at
    course = timeline(history, looked_at, until_at, known_until_at=known_until_at, now=until_at)
    was_ready = _is_ready(course, meeting.begins_at)
    down = [(start, end) for start, end, part in course if part is Part.DOWN]
    return Seat(
        target_id=target.id,
        unit_code=target.unit_code,
        was_ready_before=_is_ready(course, meeting.begins_at - READY_BEFORE_S),
        was_ready=was_ready,
        was_mended=was_ready is True and any(start < meeting.begins_at for start, _ in down),
        lost_s=sum(end - max(start, meeting.begins_at) for start, end in down if end > meeting.begins_at),
    )


def _is_ready(course: Stretches, at: float) -> bool | None:
    part = next(part for start, end, part in course if start <= at < end)
    if part in _READY:
        return True
    return False if part is Part.DOWN else None
