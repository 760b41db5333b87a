"""What pages and the API show: one frozen snapshot of the daemon, and what a check, target or unit looks like in it.

Pure: no clock, no I/O, no HTML. Built on the event loop between two events, so it never sees half a decision.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from operator import attrgetter
from typing import Self

from alerts.channels.base import ChannelHealth
from alerts.messages import words
from alerts.model.checks import CheckState, Status
from alerts.model.hold import Hold, Muting, MutingKind
from alerts.model.incident import Incident
from alerts.oncall.model import Directory
from alerts.world import World
from inventory.model import Inventory, Target
from inventory.times.windows import occurrences
from monitor.backup.facts import BackupFacts
from monitor.own.news import News
from monitor.series.progress import CompactorFacts
from monitor.web.inventory_index import index_of

STALE_S = 60.0
"""Without any new result for this long, what we show is the past (ux: hatched, "Chưa rõ")."""

STALE_INTERVALS = 2
"""... but never sooner than this many of the shortest interval: a slow inventory is not a dead one."""


class Shown(StrEnum):
    """What a person sees of a check, target or unit, the most urgent first."""

    urgency: int
    """0 is the most urgent. An attribute: it is looked up thousands of times for a page."""

    def __new__(cls, value: str) -> Self:
        """Number the members in their order."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.urgency = len(cls.__members__)
        return member

    DOWN = "down"
    AFFECTED = "affected"
    """Down because something it depends on is."""
    DEGRADED = "degraded"
    UNKNOWN = "unknown"
    UP = "up"
    UNWATCHED = "unwatched"
    """Nothing of it is measured (not equipped, or switched off)."""

    @property
    def word(self) -> str:
        """The Vietnamese word of pages, messages and the command line."""
        return _WORDS[self]


_WORDS: Mapping[Shown, str] = {
    Shown.DOWN: words.status_word(Status.DOWN),
    Shown.AFFECTED: words.AFFECTED,
    Shown.DEGRADED: words.status_word(Status.DEGRADED),
    Shown.UNKNOWN: words.status_word(Status.UNKNOWN),
    Shown.UP: words.status_word(Status.UP),
    Shown.UNWATCHED: "Chưa giám sát",
}
_SHOWN = {
    Status.DOWN: Shown.DOWN,
    Status.DEGRADED: Shown.DEGRADED,
    Status.UNKNOWN: Shown.UNKNOWN,
    Status.UP: Shown.UP,
}


_urgency = attrgetter("urgency")


def worst(states: Iterable[Shown]) -> Shown:
    """Return the most urgent of `states`; of none, UNWATCHED."""
    return min(states, key=_urgency, default=Shown.UNWATCHED)


@dataclass(frozen=True, slots=True)
class ForwarderFacts:
    """How far InfluxDB is behind the result log."""

    lag_rows: int = 0
    """Results behind the cursor."""
    last_success_at: float | None = None
    last_error: str = ""
    """Why the last write failed; "" when it did not."""
    late_chunks: int = 0
    """Hours of checks that wait besides, the oldest first."""
    oldest_unsent_at: float | None = None
    """When the oldest result that waits started; None: none waits."""
    dead_letters: int = 0
    """Lines that the server refused for good."""
    skipped: int = 0
    """Results that retention dropped before they were sent."""


@dataclass(frozen=True, slots=True)
class InventoryFacts:
    """What is to be known about the inventory in force. Texts are one line for people, "" when there is nothing to say."""

    version: int | None = None
    """Number of the stored version; None: it is not stored."""
    loaded_at: float | None = None
    reload_error: str = ""
    """Why the last reload kept the old inventory."""
    started_from: str = ""
    """Why the daemon had to start from a stored version."""
    store_fault: str = ""
    """Why the version in force could not be stored."""
    pending: str = ""
    """The change that waits for a person."""
    pinned_at: float | None = None
    """Since when a person stays on this version; None: the folders are followed."""
    pinned_by: str = ""
    oncall_fault: str = ""
    """Why the people are those of an earlier on-call file."""
    needs_restart: str = ""
    """Settings that were changed and take effect at the next start only."""
    lost_pin: str = ""
    """The version that a person wanted to stay on and that could not be used at the start."""


@dataclass(frozen=True, slots=True)
class HealthFacts:
    """The monitor's own state at one moment. Counts are since start; absent (None) is not zero.

    `results_*`: the result log's writer; `state_*`: state.db; `outbox_*`: messages to people. `forwarder` is None
    when no InfluxDB is configured. `*_fault` and `*_error` are one line for people, "" when all is well.
    """

    version: str
    started_at: float
    last_result_at: float | None = None
    """When the newest result arrived."""
    checks: int = 0
    running: int = 0
    lag_p50_s: float | None = None
    lag_p99_s: float | None = None
    missed_slots: int = 0
    overruns: int = 0
    results_queued: int = 0
    results_dropped: int = 0
    results_fault: str = ""
    wal_bytes: Mapping[str, int] = field(default_factory=dict)
    """Database -> size of its write-ahead log."""
    has_ballast: bool = True
    """Whether there is room to give up when the disk is full."""
    compaction: CompactorFacts = field(default_factory=CompactorFacts)
    state_unsaved: int = 0
    """Decisions that wait for the disk."""
    state_fault: str = ""
    state_failing_for_s: float | None = None
    outbox_pending: int = 0
    outbox_oldest_age_s: float | None = None
    """How long the oldest message that should have gone out has been waiting."""
    outbox_dead: int = 0
    notifications: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """(channel, "sent" or why not) -> attempts."""
    messages_in_doubt: Mapping[str, int] = field(default_factory=dict)
    """Channel -> messages that count as sent though no answer came."""
    messages_elsewhere: Mapping[str, int] = field(default_factory=dict)
    """Channel -> messages told on another one in its place."""
    our_faults: int = 0
    """Checks whose latest run failed on our side, and so say nothing about their targets."""
    our_fault: str = ""
    """Why one of them did, one line for people."""
    conclusion_bugs: int = 0
    """Results or ticks from which a bug let nothing be concluded; the log has the first of each minute."""
    decisions_refused: int = 0
    """Decisions that state.db could not take because of a bug; each is in the log."""
    forwarder: ForwarderFacts | None = None
    inventory: InventoryFacts = InventoryFacts()
    channels: Mapping[str, ChannelHealth] = field(default_factory=dict)
    """What channels know of themselves, by name; those that know nothing are missing."""
    hearing_fault: str = ""
    """Why what people write to us cannot be heard."""
    certificate_fault: str = ""
    """Why a renewed certificate of the web is not used."""
    listener_faults: Mapping[str, str] = field(default_factory=dict)
    """Listener of ours (web, traps, beats ...) -> why it is closed, and what to do; "": it is open."""
    news: News = field(default_factory=News)
    """How much of what can go wrong by a bug or a refusal did lately."""
    backup: BackupFacts | None = None
    """None: copies are switched off."""


@dataclass(frozen=True)
class Snapshot:
    """Everything the overview needs. `incidents` holds the open ones; `incident_of` explains who is blamed for a check.

    `isolated_since_at`: since when our own anchors do not answer, None while they do.
    """

    inventory: Inventory
    states: Mapping[str, CheckState]
    incident_of: Mapping[str, str]
    incidents: Mapping[str, Incident]
    isolated_since_at: float | None
    health: HealthFacts
    now: float
    holds: Mapping[str, Hold] = field(default_factory=dict)
    """Open incident -> why nobody is told of it."""
    directory: Directory = field(default_factory=Directory)
    """Who can be told, and who is on duty."""
    muted: Mapping[str, tuple[Muting, ...]] = field(default_factory=dict)
    """Target id -> what people muted of it."""

    @property
    def stale_after_s(self) -> float:
        """How old the newest result may be before nothing is certain any more."""
        shortest_s = index_of(self.inventory).shortest_interval_s
        return max(STALE_S, STALE_INTERVALS * shortest_s)

    @property
    def data_age_s(self) -> float | None:
        """Seconds since the newest result; None before the first."""
        at = self.health.last_result_at
        return None if at is None else max(0.0, self.now - at)

    @cached_property
    def is_stale(self) -> bool:
        """Whether results have stopped coming, so that every state is what it was, not what it is."""
        age_s = self.data_age_s
        return age_s is not None and age_s > self.stale_after_s and self.watches_others

    @property
    def watches_others(self) -> bool:
        """Whether anything but the monitor itself is measured."""
        return len(self.inventory.checks) > len(self.own_checks)

    @property
    def own_checks(self) -> tuple[str, ...]:
        """Ids of the checks by which the monitor watches itself."""
        return index_of(self.inventory).own_checks

    @property
    def checks_of(self) -> Mapping[str, tuple[str, ...]]:
        """Check ids by target id, the primary first."""
        return index_of(self.inventory).checks_of

    @property
    def targets_of(self) -> Mapping[str, tuple[Target, ...]]:
        """Watched targets by unit code."""
        return index_of(self.inventory).targets_of

    @cached_property
    def maintained(self) -> frozenset[str]:
        """Targets on which work is being done now: declared by people, or by a window of the inventory."""
        open_windows = {
            window.id
            for window in self.inventory.windows.values()
            if occurrences(window, self.now, self.now + 1)
        }
        declared = (
            target_id
            for target_id, mutings in self.muted.items()
            if any(each.kind is MutingKind.MAINTENANCE and each.is_in_force(self.now) for each in mutings)
        )
        planned = (
            target_id
            for target_id, windows in (self.inventory.windows_of.items() if open_windows else ())
            if not open_windows.isdisjoint(windows)
        )
        return frozenset((*declared, *planned))

    def hold(self, incident_id: str) -> Hold | None:
        """Return why nobody is told of an open incident now."""
        found = self.holds.get(incident_id)
        return found if found is not None and found.until_at > self.now else None

    def check(self, check_id: str) -> Shown:
        """Return what a check looks like now."""
        state = self.states.get(check_id)
        if state is None or self.is_stale:
            return Shown.UNKNOWN
        if state.status is Status.DOWN:
            incident = self.incidents.get(self.incident_of.get(check_id, ""))
            return Shown.DOWN if incident is None or incident.root_check_id == check_id else Shown.AFFECTED
        return _SHOWN[state.status]

    @cached_property
    def shown_targets(self) -> Mapping[str, Shown]:
        """Every watched target's worst check."""
        if self.is_stale:
            return dict.fromkeys(self.checks_of, Shown.UNKNOWN)
        check = self.check
        return {
            target_id: check(ids[0]) if len(ids) == 1 else worst(map(check, ids))
            for target_id, ids in self.checks_of.items()
        }

    def since_at(self, target: Target) -> float | None:
        """Return since when the target has looked as it does; None when that is not known."""
        looks, states, check = self.shown_targets.get(target.id), self.states, self.check
        found: float | None = None
        for check_id in self.checks_of.get(target.id, ()):
            state = states.get(check_id)
            if state is not None and state.since_at > 0 and check(check_id) is looks:
                found = state.since_at if found is None else min(found, state.since_at)
        return found

    def cause(self, target: Target) -> str:
        """Return why the target looks as it does, "" when it is well or nobody knows (words.cause_phrase says it)."""
        looks = self.shown_targets.get(target.id)
        if looks not in {Shown.DEGRADED, Shown.DOWN}:
            return ""
        guilty = (check_id for check_id in self.checks_of.get(target.id, ()) if self.check(check_id) is looks)
        return next((self.states[check_id].cause for check_id in guilty if check_id in self.states), "")


def build_snapshot(world: World, health: HealthFacts, now: float) -> Snapshot:
    """Copy what pages need out of the engine's memory. `now` is Unix seconds."""
    return Snapshot(
        inventory=world.inventory,
        states=dict(world.states),
        incident_of=dict(world.incident_of),
        incidents=dict(world.incidents),
        isolated_since_at=world.isolated_since_at,
        health=health,
        now=now,
        holds=dict(world.holds),
        directory=world.settings.directory,
        muted=world.muted,
    )
