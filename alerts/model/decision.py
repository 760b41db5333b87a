"""What one event changes, and what the store gives back at start."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from alerts.model.checks import CheckState, Transition
from alerts.model.hold import Muting
from alerts.model.incident import Incident, IncidentEvent
from alerts.model.notification import Bulletin, Cancellation, HandOver, Notification, Recovery


@dataclass(frozen=True, slots=True)
class Decision:
    """Everything one event changes, saved in one transaction.

    `states`, `incidents`, `mutings`: new values (upsert; of an incident's `affected` only the new ones are written,
    which are in `explained` as (incident id, check id)). `transitions`, `log`: appended. `notifications`, `bulletins`:
    inserted unless the key exists. `cancellations` before `recoveries`. `hand_overs`: who counts as told.
    `forgotten`: check ids whose state is dropped (left the inventory). `seen`: (target id, when it was first seen).
    `back`: (target id, since when it is up again). `used`: (token, when), what brought this about and may only once.
    Not saved: `recheck`, check ids to probe at once; `retry`, check ids whose streak is under way, to probe again
    after their retry interval.
    """

    states: tuple[CheckState, ...] = ()
    transitions: tuple[Transition, ...] = ()
    incidents: tuple[Incident, ...] = ()
    explained: tuple[tuple[str, str], ...] = ()
    log: tuple[IncidentEvent, ...] = ()
    mutings: tuple[Muting, ...] = ()
    bulletins: tuple[Bulletin, ...] = ()
    cancellations: tuple[Cancellation, ...] = ()
    hand_overs: tuple[HandOver, ...] = ()
    notifications: tuple[Notification, ...] = ()
    recoveries: tuple[Recovery, ...] = ()
    forgotten: tuple[str, ...] = ()
    seen: tuple[tuple[str, float], ...] = ()
    back: tuple[tuple[str, float], ...] = ()
    used: tuple[tuple[str, float], ...] = ()
    recheck: frozenset[str] = frozenset()
    retry: frozenset[str] = frozenset()

    @property
    def is_worth_saving(self) -> bool:
        """Whether anything must be stored."""
        return bool(
            self.states
            or self.transitions
            or self.incidents
            or self.explained
            or self.log
            or self.mutings
            or self.bulletins
            or self.cancellations
            or self.hand_overs
            or self.notifications
            or self.recoveries
            or self.forgotten
            or self.seen
            or self.back
            or self.used
        )


@dataclass(frozen=True, slots=True)
class SavedState:
    """What the store gives back at start. `alive_at`: last time the daemon was known to run, None on the first start.

    `incidents` holds the open ones, the closed members of open groups, and those that ended recently enough to be
    reopened. `last_number` maps a prefix and year ("SC-2026") to the highest number used. `mutings`: those that are
    not over, or were over less than a day before. `announced`: ids of the bulletins of maintenance of the last weeks. `seen`: target id -> when it was first seen, targets that left included; `back`: target id -> when it was
    last up again.
    """

    states: tuple[CheckState, ...] = ()
    incidents: tuple[Incident, ...] = ()
    mutings: tuple[Muting, ...] = ()
    announced: frozenset[str] = frozenset()
    alive_at: float | None = None
    last_number: Mapping[str, int] = field(default_factory=dict)
    seen: Mapping[str, float] = field(default_factory=dict)
    back: Mapping[str, float] = field(default_factory=dict)
