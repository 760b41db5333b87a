"""What a sentence rests on, as data: which outages, incidents or communes of the figures. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from alerts.model.checks import Status
from alerts.model.incident import CauseKind, Side
from inventory.model import Layer
from monitor.report.figures.model import CommuneFigures, Figures, IncidentRecord, OutageRecord
from monitor.report.sentences.naming import commune_codes
from monitor.settings.report import ReportSettings

HOUR_S: Final = 3_600.0


class Of(StrEnum):
    """What is asked for."""

    OUTAGES = "outages"
    INCIDENTS = "incidents"
    COMMUNES = "communes"


class At(StrEnum):
    """Whose it is."""

    COMMUNES = "communes"
    OTHERS = "others"
    """Bodies of the province."""


@dataclass(frozen=True, slots=True)
class Query:
    """Conditions, all of which hold; an empty or None one does not count.

    Of outages: `layers`, `at`, `is_long` (beyond the settings' `long_hours`), `is_repeated` (of a target with at least
    `repeated_at_least` that began in the period), `is_lasting` (of a target that was down for longer than `long_hours`
    in all), `is_own` (no other target took it away). Of incidents: `layers`, `level`, `sides`, `causes`, `is_confirmed`,
    `is_in_time`, `is_taken` (somebody acknowledged it), `is_open` (at the end of what the figures are of). Of communes:
    `is_degraded` (beyond the settings' `degraded_hours`). `of_each`: only of the system or cause that the rule makes this
    sentence about.
    """

    of: Of
    layers: tuple[Layer, ...] = ()
    at: At | None = None
    is_long: bool | None = None
    is_repeated: bool | None = None
    is_lasting: bool | None = None
    is_own: bool | None = None
    level: Status | None = None
    sides: tuple[Side, ...] = ()
    causes: tuple[CauseKind, ...] = ()
    is_confirmed: bool | None = None
    is_in_time: bool | None = None
    is_taken: bool | None = None
    is_open: bool | None = None
    is_degraded: bool | None = None
    of_each: bool = False


@dataclass(frozen=True, slots=True)
class Subject:
    """What one of several sentences of a rule is about; `key` tells their ids apart, "" when there is only one."""

    key: str = ""
    target_id: str = ""
    side: Side | None = None
    cause: CauseKind | None = None


def outages(
    query: Query, figures: Figures, settings: ReportSettings, subject: Subject
) -> tuple[OutageRecord, ...]:
    """Return the outages a query asks for, by time."""
    communes = frozenset(commune_codes(figures))
    long_s = settings.long_hours * HOUR_S

    def is_wanted(outage: OutageRecord) -> bool:
        return (
            (not query.layers or outage.layer in query.layers)
            and _is(query.at, None if query.at is None else _where(outage.unit_code, communes))
            and _is(query.is_long, outage.length_s > long_s)
            and _is(query.is_own, not outage.is_behind)
            and (not query.of_each or outage.target_id == subject.target_id)
        )

    found = [outage for outage in figures.outages if is_wanted(outage)]
    if query.is_repeated is not None:
        often = Counter(outage.target_id for outage in found if not outage.is_carried)
        found = [
            outage
            for outage in found
            if (often[outage.target_id] >= settings.repeated_at_least) is query.is_repeated
        ]
    if query.is_lasting is not None:
        times = down_by_target(found)
        found = [outage for outage in found if (times[outage.target_id] > long_s) is query.is_lasting]
    return tuple(found)


def incidents(query: Query, figures: Figures, subject: Subject) -> tuple[IncidentRecord, ...]:
    """Return the incidents a query asks for, by time."""

    def is_wanted(incident: IncidentRecord) -> bool:
        return (
            (not query.layers or incident.layer in query.layers)
            and _is(query.level, incident.level)
            and (not query.sides or incident.side in query.sides)
            and (not query.causes or incident.cause in query.causes)
            and _is(query.is_confirmed, incident.cause is not None)
            and (query.is_in_time is None or incident.is_in_time is query.is_in_time)
            and _is(query.is_taken, incident.acknowledged_at is not None)
            and _is(query.is_open, _went_on(incident, figures))
            and (not query.of_each or (incident.side, incident.cause) == (subject.side, subject.cause))
            and (not query.of_each or not subject.target_id or subject.target_id in incident.target_ids)
        )

    return tuple(incident for incident in figures.incidents if is_wanted(incident))


def communes(query: Query, figures: Figures, settings: ReportSettings) -> tuple[CommuneFigures, ...]:
    """Return the communes a query asks for, in the official order."""
    limit_s = settings.degraded_hours * HOUR_S
    return tuple(
        commune for commune in figures.communes if _is(query.is_degraded, commune.degraded_s > limit_s)
    )


def down_by_target(found: Iterable[OutageRecord]) -> dict[str, float]:
    """Return the whole DOWN seconds of each target."""
    times: dict[str, float] = {}
    for outage in found:
        times[outage.target_id] = times.get(outage.target_id, 0.0) + outage.down_s
    return times


def subjects_of_causes(found: Sequence[IncidentRecord]) -> tuple[Subject, ...]:
    """Return the confirmed causes of incidents of level DOWN by side: those of most incidents first."""
    often = Counter(
        (incident.side, incident.cause)
        for incident in found
        if incident.level is Status.DOWN and incident.cause is not None
    )
    ordered = sorted(often.items(), key=lambda item: (-item[1], str(item[0])))
    return tuple(Subject(str(cause), side=side, cause=cause) for (side, cause), _ in ordered)


def _is(wanted: object, found: object) -> bool:
    return wanted is None or wanted == found


def _went_on(incident: IncidentRecord, figures: Figures) -> bool:
    return incident.resolved_at is None or incident.resolved_at > figures.known_until_at


def _where(unit_code: str, communes: frozenset[str]) -> At:
    return At.COMMUNES if unit_code in communes else At.OTHERS
