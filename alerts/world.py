"""What the engine remembers: states, streaks, open incidents. Changed by the engine only; no clock, no I/O."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from alerts.incidents.common_cause import Failure
from alerts.incidents.neighbours import neighbours_of
from alerts.incidents.signs import Signs
from alerts.judging.lifecycle import NEVER, Progress, blind
from alerts.model.checks import Blindness, CheckState, Status, Transition
from alerts.model.decision import Decision, SavedState
from alerts.model.hold import Hold, Muting
from alerts.model.incident import CloseReason, Incident, IncidentEvent
from alerts.model.notification import Bulletin, Cancellation, HandOver, Notification, Recovery
from alerts.model.settings import AlertSettings
from alerts.muting.muted import mutings_by_target
from inventory.model import Check, Inventory


class World:
    """The engine's memory of one inventory.

    `incident_of` maps every check that is blamed or explained now to its open incident. `pending` maps a check that
    is down but not yet blamed nor explained to a monotonic time: since then it must have failed and its parents must
    have answered.
    `ignore_before_mono`: results that started earlier were measured while we were cut off.
    `incidents` are the open ones, groups included; `closed` those that ended lately and may be reopened, and the closed
    members of open groups. `standing`: root check -> open incident whose root is not down just now: it is degraded, or
    it flaps and is up (episodes.py). `end_told_at`: closed incident -> from when on people may have heard of its end.
    `hushed`: checks whose incident a person closed while they were down: not blamed until they came back.
    `holds`: open incident -> why and until when nobody is told of it, as seen last. `mutings`: what people muted, by
    id, that is not over (maintenance: for a day after), `muted`: target id -> those that are for it. `announced`: ids
    of the bulletins of maintenance that were told. `first_seen_at`, `back_at`: target id -> when it came into the inventory, and when it was
    last up again after it had been down. `neighbours`: who shares what with whom;
    `compared`: the failures whose common cause was sought last; `signs`: what devices said of their power.
    """

    def __init__(
        self, inventory: Inventory, settings: AlertSettings, saved: SavedState, *, mono: float
    ) -> None:
        self.inventory = inventory
        self.settings = settings
        self.states: dict[str, CheckState] = {state.check_id: state for state in saved.states}
        self.progress: dict[str, Progress] = {}
        self.incidents: dict[str, Incident] = {each.id: each for each in saved.incidents if each.is_open}
        self.closed: dict[str, Incident] = {each.id: each for each in saved.incidents if not each.is_open}
        self.end_told_at: dict[str, float] = {}
        self.incident_of: dict[str, str] = {}
        self.standing: dict[str, str] = {}
        self.pending: dict[str, float] = {}
        self.hushed: set[str] = set()
        self.last_number: dict[str, int] = dict(saved.last_number)
        self.isolated_since_at: float | None = None
        self.ignore_before_mono = NEVER
        self.holds: dict[str, Hold] = {}
        self.compared: Mapping[str, Failure] = {}
        self.signs = Signs()
        self.mutings: dict[str, Muting] = {muting.id: muting for muting in saved.mutings}
        self.announced: set[str] = set(saved.announced)
        self.first_seen_at: dict[str, float] = dict(saved.seen)
        self.back_at: dict[str, float] = dict(saved.back)
        self.adopt(inventory, mono)
        self._link_incidents()

    def adopt(self, inventory: Inventory, mono: float) -> None:
        """Take over a new inventory: new checks start unknown; what left is the engine's to close.

        A new check's time begins at `mono`: no result of an earlier life counts. So does that of a check which asks
        something else now: it keeps its status until new results say otherwise, but nothing that began before.
        """
        asked_before, self.inventory = self.inventory.checks, inventory
        self.neighbours = neighbours_of(inventory)
        self.muted = mutings_by_target(self.mutings.values(), inventory)
        self.states = {
            check_id: self.states.get(check_id, CheckState(check_id)) for check_id in inventory.checks
        }
        self.progress = {
            check_id: self._kept_progress(asked_before.get(check_id), check) or Progress(last_mono=mono)
            for check_id, check in inventory.checks.items()
        }
        self.pending = {
            check_id: mono for check_id, mono in self.pending.items() if check_id in inventory.checks
        }
        self.hushed &= inventory.checks.keys()
        self.anchors = [self.progress[check_id] for check_id in inventory.anchors]

    def _kept_progress(self, before: Check | None, check: Check) -> Progress | None:
        if before is None or _question(before) != _question(check):
            return None
        return self.progress.get(check.id)

    def _link_incidents(self) -> None:
        ordinary = [incident for incident in self.incidents.values() if not incident.is_group]
        for incident in ordinary:
            is_standing = incident.level is Status.DEGRADED or incident.up_at is not None
            (self.standing if is_standing else self.incident_of)[incident.root_check_id] = incident.id
        for incident in ordinary:
            for check_id in incident.affected:
                if self.is_down(check_id) and self.has_parent_down(check_id):
                    self.incident_of.setdefault(check_id, incident.id)
        for incident in self.closed.values():
            root = incident.root_check_id
            if (
                incident.close_reason is CloseReason.BY_HAND
                and self.is_bad(root)
                and root not in self.incident_of
                and root not in self.standing
            ):
                self.hushed.add(root)

    def evidence_mono(self, check_id: str, failing_since_mono: float) -> float:
        """Return from when on the answers of others say that failures are the check's own.

        What fails together is seen failing up to the group wait apart.
        """
        return failing_since_mono + self.inventory.checks[check_id].timeout_s + self.settings.group_wait_s

    def is_down(self, check_id: str) -> bool:
        """Whether the check is down, or was when last known."""
        state = self.states.get(check_id)
        return state is not None and Status.DOWN in {state.status, state.resume}

    def is_bad(self, check_id: str) -> bool:
        """Whether the check is down or degraded, or was when last known."""
        state = self.states.get(check_id)
        return state is not None and bool({Status.DOWN, Status.DEGRADED} & {state.status, state.resume})

    def has_parent_down(self, check_id: str) -> bool:
        """Whether one of the check's parents is down, or was when last known."""
        return any(self.is_down(parent_id) for parent_id in self.inventory.parents.get(check_id, ()))

    def explained_by(self, incident_id: str) -> list[str]:
        """Return the checks that this incident itself blames or explains now."""
        return [check_id for check_id, of in self.incident_of.items() if of == incident_id]

    def attached_to(self, incident_id: str) -> list[str]:
        """Return the checks that the incident blames or explains now, and those of its open parts."""
        ids = {incident_id, *(each.id for each in self.members_of(incident_id) if each.is_open)}
        return [check_id for check_id, of in self.incident_of.items() if of in ids]

    def members_of(self, incident_id: str) -> Iterator[Incident]:
        """Yield the incidents that are part of this one, open and closed."""
        for known in (self.incidents, self.closed):
            yield from (each for each in known.values() if each.part_of == incident_id)

    def teller_of(self, incident: Incident) -> Incident:
        """Return the open incident that tells of this one: the group it is part of, else itself."""
        while incident.part_of is not None and incident.part_of in self.incidents:
            incident = self.incidents[incident.part_of]
        return incident

    def next_id(self, prefix: str, now: float) -> str:
        """Return `<prefix>-<year>-<number>`, numbered within the UTC+7 year of `now`, and use it up."""
        key = f"{prefix}-{datetime.fromtimestamp(now + 7 * 3600, UTC).year}"
        self.last_number[key] = self.last_number.get(key, 0) + 1
        return f"{key}-{self.last_number[key]:04d}"

    @property
    def statuses(self) -> Mapping[str, Status]:
        """Status of every check (a copy)."""
        return {check_id: state.status for check_id, state in self.states.items()}


def _question(check: Check) -> tuple[object, ...]:
    """Return what makes the results of a check comparable with each other."""
    return check.kind, check.address, check.options, check.thresholds


@dataclass(slots=True)
class Changes:
    """Collects one event's changes into a Decision. `explained`: incident id -> checks newly affected by it."""

    states: dict[str, CheckState] = field(default_factory=dict)
    transitions: list[Transition] = field(default_factory=list)
    incidents: dict[str, Incident] = field(default_factory=dict)
    log: list[IncidentEvent] = field(default_factory=list)
    mutings: dict[str, Muting] = field(default_factory=dict)
    bulletins: list[Bulletin] = field(default_factory=list)
    notifications: list[Notification] = field(default_factory=list)
    cancellations: list[Cancellation] = field(default_factory=list)
    hand_overs: list[HandOver] = field(default_factory=list)
    recoveries: list[Recovery] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    seen: list[tuple[str, float]] = field(default_factory=list)
    back: list[tuple[str, float]] = field(default_factory=list)
    recheck: set[str] = field(default_factory=set)
    retry: set[str] = field(default_factory=set)
    explained: dict[str, set[str]] = field(default_factory=dict)

    def decision(self) -> Decision:
        """Freeze what was collected."""
        return Decision(
            states=tuple(self.states.values()),
            transitions=tuple(self.transitions),
            incidents=tuple(self.incidents.values()),
            explained=tuple((of, check_id) for of, ids in self.explained.items() for check_id in sorted(ids)),
            log=tuple(self.log),
            mutings=tuple(self.mutings.values()),
            bulletins=tuple(self.bulletins),
            notifications=tuple(self.notifications),
            hand_overs=tuple(self.hand_overs),
            cancellations=tuple(self.cancellations),
            recoveries=tuple(self.recoveries),
            forgotten=tuple(self.forgotten),
            seen=tuple(self.seen),
            back=tuple(self.back),
            recheck=frozenset(self.recheck),
            retry=frozenset(self.retry),
        )


def make_unknown(
    world: World, changes: Changes, state: CheckState, why: Blindness, *, at: float, now: float
) -> None:
    """Make a status unknown from `at` on; an unknown check is neither blamed nor explained anew."""
    store(world, changes, blind(state, why, at=at, declared_at=now))
    world.pending.pop(state.check_id, None)


def store(world: World, changes: Changes, changed: tuple[CheckState, Transition] | None) -> None:
    """Put a changed state into the world and into the Decision, if it changed."""
    if changed is not None:
        state, transition = changed
        world.states[state.check_id] = state
        changes.states[state.check_id] = state
        changes.transitions.append(transition)


def keep(world: World, changes: Changes, incident: Incident) -> None:
    """Put a new or changed incident into the world and into the Decision."""
    changes.incidents[incident.id] = incident
    here, there = (world.incidents, world.closed) if incident.is_open else (world.closed, world.incidents)
    here[incident.id] = incident
    there.pop(incident.id, None)
