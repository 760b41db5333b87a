"""What is known of one incident, for whoever disputes it. Values only."""

from dataclasses import dataclass
from typing import Final

from alerts.model.checks import Status, Transition
from alerts.model.incident import Incident, IncidentEvent
from inventory.model import Circuit
from monitor.accounting.model import Correction
from monitor.series.model import Gap
from monitor.series.smoke import Stretch
from monitor.storage.outbox_view import OutboxEntry

_THERE: Final = frozenset({Status.UP, Status.DEGRADED})


@dataclass(frozen=True, slots=True)
class Place:
    """A target that failed, as people know it. `incident_id`: the one it is the root of."""

    incident_id: str
    target_id: str
    check_id: str
    name: str
    unit: str
    address: str
    circuit: Circuit | None


@dataclass(frozen=True, slots=True)
class Dot:
    """One result in a drawing; `rtt_s` is the median of its round trips, None: nothing came back."""

    at: float
    ok: bool
    rtt_s: float | None


@dataclass(frozen=True, slots=True)
class Samples:
    """All results of one check, written down. `content` is the CSV file."""

    check_id: str
    results: int
    failed: int
    content: bytes
    dots: tuple[Dot, ...] = ()
    """Of the first check only."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Something else that was watched meanwhile: an anchor, or another unit's line.

    `why`: what it has in common with what failed, "" for an anchor. `at_begin`, `at_end`: its status when the incident
    began and when it was over (or now); None: it was not watched yet. `down_s`: how long it was down in between, `unknown_s`:
    how long nobody knew, or nobody watched it.
    `results`, `good`: how often it was measured in between, and how often it answered; None: not read.
    """

    check_id: str
    name: str
    unit: str
    is_anchor: bool
    why: str
    at_begin: Status | None
    at_end: Status | None
    down_s: float
    unknown_s: float = 0.0
    results: int | None = None
    good: int | None = None

    @property
    def was_up(self) -> bool:
        """Whether it is known to have been there all the time."""
        return self.at_begin in _THERE and self.down_s <= 0 and self.unknown_s <= 0


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything of one incident. `[from_at, until_at)` is what is told of; `spans` is of what single results are there.

    `parts` are the members of a group and what was merged into it; `told_by` is the group that people were told of.
    """

    incident: Incident
    parts: tuple[Incident, ...]
    told_by: Incident | None
    places: tuple[Place, ...]
    from_at: float
    until_at: float
    spans: tuple[tuple[float, float], ...]
    log: tuple[IncidentEvent, ...]
    transitions: tuple[Transition, ...]
    samples: tuple[Samples, ...]
    neighbours: tuple[Neighbour, ...]
    messages: tuple[OutboxEntry, ...]
    maintenance: tuple[Stretch, ...]
    corrections: tuple[Correction, ...]
    gaps: tuple[Gap, ...]
    """When this monitor lost results of its own fault."""
    province: str
    zone: str
    made_at: float
    inventory_digest: str
    """Of the inventory by which this was put together."""
    digest_then: str
    """Of the one in force when it began; "": not known any more."""
    program: str

    @property
    def anchors(self) -> tuple[Neighbour, ...]:
        """What tells whether the monitor itself was cut off."""
        return tuple(each for each in self.neighbours if each.is_anchor)

    @property
    def lines(self) -> tuple[Neighbour, ...]:
        """Other units' lines."""
        return tuple(each for each in self.neighbours if not each.is_anchor)
