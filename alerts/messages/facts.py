"""What the messages of one incident may say: plain words and numbers, cleaned of anything unsafe. Pure.

Every text is one safe line or "" when nothing is known: a line of a message vanishes rather than saying that something
is not known. Addresses, host names and raw errors never enter.
"""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from alerts.messages.own import OwnFacts
from alerts.messages.reach import UnitTargets
from alerts.messages.vocabulary import Language
from alerts.model.checks import Status
from alerts.model.incident import CloseReason


@dataclass(frozen=True, slots=True)
class NamedUnits:
    """The members of a group that share a former district, area or carrier: `count` of the `total` there are."""

    name: str
    count: int
    total: int
    units: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GroupFacts:
    """What a group says. Counts are of `noun` (communes, units, systems): `down` of `total`; `devices` are targets.

    `common` is what they have in common, found by a rule and confirmed by nobody; `basis` what that rests on.
    `back`: how many of the `size` that ever belonged to it are up again; `not_back` names the others. `working` says
    what still works. `storm`: they share nothing but the time.
    """

    common: str
    basis: str
    noun: str
    down: int
    total: int
    size: int
    devices: int
    back: int
    not_back: tuple[str, ...]
    first_at: float
    last_at: float
    storm: bool
    by_district: tuple[NamedUnits, ...]
    by_area: tuple[NamedUnits, ...]
    by_provider: tuple[NamedUnits, ...]
    working: tuple[NamedUnits, ...]
    members: tuple[str, ...]
    """One line a member, for mails."""


@dataclass(frozen=True, slots=True)
class LadderFacts:
    """How far the telling has come.

    `step` counts from 1; `told` names who was told before and when; `role` says why this reader is; `next` who is told
    at `next_at` unless somebody takes it; `duty` and `duty_phones` name who is on duty now.
    """

    step: int
    told: str
    role: str
    next: str
    next_at: float | None
    duty: str
    duty_phones: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentFacts:
    """What a message may say. Times are Unix seconds; `failed_tests` is the least number of failures in a row.

    `place` and `label` (each also short) name what is down: a unit and its layer or target, or a system and its
    layer; `service` is set when not the target's reachability failed but that, so that nobody takes one service for
    the whole link (`answers`: the target itself answers). `central`: a system of a ministry, seen from one place only.
    `target` is "" when `place` or `label` says it already. `behind`: what cannot be reached because of it;
    `remaining`: what was explained by the incident and has not answered since its end; `all_back`: something was, and
    everything has. `again`: how often within a day, "" the first time. `longest_s`: the longest time of flapping.
    `url` shows the incident, `link` takes it.
    """

    code: str
    composed_at: float
    zone: ZoneInfo
    language: Language
    system: str
    level: Status
    place: str
    short_place: str
    label: str
    short_label: str
    service: str
    answers: bool
    central: bool
    unit: str
    area: str
    target: str
    opened_at: float
    resolved_at: float | None
    close: CloseReason | None
    removed_check: str
    failed_tests: int | None
    cause: str
    impact: str
    first_action: str
    provider: str
    contacts: str = ""
    planned: str = ""
    acknowledged_by: str = ""
    acknowledged_until: float | None = None
    guess: str = ""
    choice: str = ""
    ticket: str = ""
    history: str = ""
    again: str = ""
    episodes: int = 1
    longest_s: float | None = None
    stable_s: float
    lost_s: float
    repeat_s: float
    url: str
    link: str
    held: str = ""
    behind: tuple[UnitTargets, ...]
    remaining: tuple[UnitTargets, ...]
    all_back: bool
    group: GroupFacts | None
    ladder: LadderFacts
    own: OwnFacts | None = None
    """Set when it is about the monitor itself."""

    @property
    def lasted_s(self) -> float:
        """How long it lasted, or has lasted so far."""
        return max(0.0, (self.composed_at if self.resolved_at is None else self.resolved_at) - self.opened_at)

    @property
    def was_removed(self) -> bool:
        """Whether it ended because it left the inventory."""
        return self.close is CloseReason.REMOVED
