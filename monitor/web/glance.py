"""What the overview shows besides this moment: the last 24 hours, who recovered, who loses packets, the next meeting.

Read from the disk at most once a minute, beside the page: whoever asks gets at once what was known last.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from alerts.model.checks import Status, Transition
from alerts.model.incident import Incident
from inventory.model import Check, Inventory, Layer, Unit
from monitor.conference.model import Meeting
from monitor.conference.store import select_within
from monitor.series import rollup_rows
from monitor.series.log import ResultLog
from monitor.series.model import RTT, Level
from monitor.settings.settings import Settings
from monitor.storage.duty import select_ended
from monitor.storage.errors import StorageError
from monitor.storage.state import StateStore
from monitor.web.live.changes import Changes
from monitor.web.view import Snapshot

log = logging.getLogger(__name__)

FRESH_S: Final = 60.0
DAY_S: Final = 86_400.0
CELL_S: Final = 900.0
CELLS: Final = int(DAY_S / CELL_S)
RECOVERED_S: Final = 6 * 3_600.0
RECOVERED_SHOWN: Final = 12
MEETINGS_AHEAD_S: Final = 14 * DAY_S
LOSSES_SHOWN: Final = 10
LOSSES_FRESH_S: Final = 900.0
_URGENCY: Final[Mapping[Status, int]] = {Status.UP: 0, Status.UNKNOWN: 1, Status.DEGRADED: 2, Status.DOWN: 3}
_BY_URGENCY: Final = (Status.UP, Status.UNKNOWN, Status.DEGRADED, Status.DOWN)


class GlancePort(Protocol):
    """What a glance needs of the running daemon."""

    @property
    def settings(self) -> Settings:
        """The time zone."""
        ...

    @property
    def changes(self) -> Changes:
        """Where it is told that more is known."""
        ...

    @property
    def state(self) -> StateStore:
        """Transitions, incidents, meetings."""
        ...

    @property
    def results(self) -> ResultLog:
        """Hours of what was measured."""
        ...


@dataclass(frozen=True, slots=True)
class Loss:
    """How much of what was asked over a commune's line in the last 24 hours was lost."""

    unit: Unit
    ratio: float


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of cells of the strip that look the same: from cell `at`, so many of them."""

    at: int
    cells: int
    status: Status


@dataclass(frozen=True, slots=True)
class Glance:
    """All of it. `read_at` None: nothing was read yet; Unix seconds."""

    read_at: float | None = None
    from_at: float = 0.0
    """When the strip begins."""
    strip: Mapping[Layer, tuple[Run, ...]] = field(default_factory=dict)
    recovered: tuple[Incident, ...] = ()
    """The latest first."""
    losses: tuple[Loss, ...] = ()
    """The most first; only those that lost something."""
    meeting: Meeting | None = None
    """The one that is held, or the next."""


class Glances:
    """Keeps the latest glance. Belongs to one event loop."""

    def __init__(self) -> None:
        self._found = Glance()
        self._asked_at = float("-inf")
        self._losses_at = float("-inf")
        self._reading: asyncio.Task[None] | None = None

    def look(self, daemon: GlancePort, snapshot: Snapshot) -> Glance:
        """Return what is known, at once; what is older than a minute is read anew, and `changes` tells when it is there."""
        is_reading = self._reading is not None and not self._reading.done()
        if not is_reading and not 0 <= snapshot.now - self._asked_at < FRESH_S:
            self._asked_at = snapshot.now
            self._reading = asyncio.create_task(self._read(daemon, snapshot), name="glance")
        return self._found

    async def _read(self, daemon: GlancePort, snapshot: Snapshot) -> None:
        now = snapshot.now
        try:
            state, database = daemon.state, daemon.state.database
            from_at = (now // CELL_S + 1) * CELL_S - DAY_S
            transitions = await state.transitions(None, from_at, now)
            ended = await database.read(partial(select_ended, since_at=now - RECOVERED_S))
            meetings = await database.read(
                partial(select_within, from_at=now - DAY_S, until_at=now + MEETINGS_AHEAD_S)
            )
            losses = self._found.losses
            if not 0 <= now - self._losses_at < LOSSES_FRESH_S:
                self._losses_at = now
                losses = await _losses(daemon, snapshot.inventory, now)
        except StorageError as error:
            log.warning("glance_unreadable fault=%s", error.fault)
            return
        self._found = Glance(
            read_at=now,
            from_at=from_at,
            strip=strip_of(snapshot, transitions, from_at),
            recovered=tuple(reversed(ended))[:RECOVERED_SHOWN],
            losses=losses,
            meeting=next_meeting(meetings, now),
        )
        daemon.changes.note()


def next_meeting(meetings: Iterable[Meeting], now: float) -> Meeting | None:
    """Return the meeting that is held now, else the next; withdrawn ones do not count."""
    coming = (each for each in meetings if each.withdrawn_at is None and each.ends_at > now)
    return min(coming, key=lambda meeting: (meeting.begins_at, meeting.id), default=None)


def strip_of(
    snapshot: Snapshot, transitions: Sequence[Transition], from_at: float
) -> Mapping[Layer, tuple[Run, ...]]:
    """Return for each layer its worst state in each quarter of an hour since `from_at`, as runs of the same."""
    inventory = snapshot.inventory
    of_check: dict[str, list[Transition]] = {}
    for each in transitions:
        of_check.setdefault(each.check_id, []).append(each)
    cells: dict[Layer, list[int]] = {}
    last = min(CELLS, int((snapshot.now - from_at) // CELL_S) + 1)
    for check in inventory.checks.values():
        layer = inventory.targets[check.target_id].layer
        row = cells.setdefault(layer, [0] * last)
        for status, begin_at, end_at in _course(check, of_check.get(check.id, ()), snapshot, from_at):
            weight = _URGENCY[status]
            if weight:
                first = max(0, int((begin_at - from_at) // CELL_S))
                for cell in range(first, min(last, int((end_at - from_at) // CELL_S) + 1)):
                    row[cell] = max(row[cell], weight)
    return {layer: tuple(_runs(cells[layer])) for layer in Layer if layer in cells}


def _course(
    check: Check, transitions: Sequence[Transition], snapshot: Snapshot, from_at: float
) -> Iterable[tuple[Status, float, float]]:
    state = snapshot.states.get(check.id)
    if not transitions:
        yield (state.status if state is not None else Status.UNKNOWN), from_at, snapshot.now
        return
    times = [from_at, *(each.at for each in transitions), snapshot.now]
    statuses = [transitions[0].old, *(each.new for each in transitions)]
    yield from ((status, begin, end) for status, (begin, end) in zip(statuses, pairwise(times), strict=True))


def _runs(cells: Sequence[int]) -> Iterable[Run]:
    at = 0
    for cell in range(1, len(cells) + 1):
        if cell == len(cells) or cells[cell] != cells[at]:
            yield Run(at, cell - at, _BY_URGENCY[cells[at]])
            at = cell


async def _losses(daemon: GlancePort, inventory: Inventory, now: float) -> tuple[Loss, ...]:
    """Return the communes that lost most, from whole hours. One read for each line: others come between."""
    zone = ZoneInfo(daemon.settings.timezone)
    found = []
    for check in inventory.checks.values():
        target = inventory.targets[check.target_id]
        unit = inventory.units.get(target.unit_code)
        if target.layer is not Layer.TSLCD or check.kind != "icmp" or unit is None or not unit.is_commune:
            continue
        series = await daemon.results.database.read(
            partial(
                rollup_rows.read,
                level=Level.HOUR,
                check_id=check.id,
                from_at=now - DAY_S,
                until_at=now,
                zone=zone,
                names=(RTT,),
            )
        )
        sent = sum(bucket.sent for bucket in series.get(RTT, ()))
        lost = sum(bucket.lost for bucket in series.get(RTT, ()))
        if lost and sent:
            found.append(Loss(unit, lost / sent))
    found.sort(key=lambda loss: (-loss.ratio, loss.unit.code))
    return tuple(found[:LOSSES_SHOWN])
