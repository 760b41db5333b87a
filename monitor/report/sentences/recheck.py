"""Every figure of a sentence worked out again from what it rests on. Pure; shares no arithmetic with the facts."""

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from types import MappingProxyType
from typing import Final

from alerts.model.checks import Status
from inventory.model import Layer
from monitor import official
from monitor.report.figures.model import Figures, SystemFigures
from monitor.report.sentences.evidence import INCIDENTS, OUTAGES, TARGETS, UNITS
from monitor.report.sentences.model import Basis, How, Sentence


def recheck(sentence: Sentence, figures: Figures) -> tuple[str, ...]:
    """Return what does not add up, in Vietnamese; nothing when every figure is right.

    Of each figure of the automatic text: its ids are among the evidence and in the figures, each is there once, it is
    written in the text, and it comes out the same again. A writer's own text is not looked at.
    """
    wrong: list[str] = []
    for basis in sentence.bases:
        known = _known(basis.how, figures)
        missing = [id_ for id_ in basis.ids if id_ not in known]
        if missing:
            wrong.append(f"'{basis.text}' dựa vào {', '.join(missing)}, không có trong số liệu")
            continue
        if len(set(basis.ids)) != len(basis.ids):
            wrong.append(f"'{basis.text}' kể một đối tượng hai lần")
        if not set(basis.ids) <= set(_evidence(basis, sentence)):
            wrong.append(f"'{basis.text}' dựa vào đối tượng không có trong căn cứ của câu")
        again = _WORK[basis.how](frozenset(basis.ids), figures)
        if again != basis.text.partition("/")[0]:
            wrong.append(f"câu viết '{basis.text}', tính lại được '{again}'")
        if basis.text not in sentence.auto_text:
            wrong.append(f"'{basis.text}' không có trong câu")
    return tuple(wrong)


def _known(how: How, figures: Figures) -> frozenset[str]:
    """Return the ids that figures of this kind may rest on."""
    if how in OUTAGES:
        return frozenset(outage.id for outage in figures.outages)
    if how in INCIDENTS:
        return frozenset(incident.id for incident in figures.incidents)
    if how in UNITS:
        return frozenset(figures.places) | {commune.place.code for commune in figures.communes}
    if how in TARGETS:
        named = {id_ for incident in figures.incidents for id_ in incident.target_ids}
        return frozenset(_systems(figures)) | named | {outage.target_id for outage in figures.outages}
    return frozenset(attendance.meeting.id for attendance in figures.meetings)


def _evidence(basis: Basis, sentence: Sentence) -> tuple[str, ...]:
    known = sentence.evidence
    if basis.how in OUTAGES:
        return known.outage_ids
    if basis.how in INCIDENTS:
        return known.incident_ids
    if basis.how in UNITS:
        return known.unit_codes
    return known.target_ids if basis.how in TARGETS else known.meeting_ids


def _systems(figures: Figures) -> dict[str, SystemFigures]:
    return {system.target_id: system for system in (*figures.shared, *figures.central)}


def _number(ids: AbstractSet[str], figures: Figures) -> str:  # noqa: ARG001 (as all of them)
    return official.count(len(ids))


def _down(ids: AbstractSet[str], figures: Figures) -> str:
    return official.span(sum(outage.down_s for outage in figures.outages if outage.id in ids))


def _longest(ids: AbstractSet[str], figures: Figures) -> str:
    return official.span(max((o.length_s for o in figures.outages if o.id in ids), default=0.0))


def _share(ids: AbstractSet[str], figures: Figures) -> str:
    lines = {commune.place.code for commune in figures.communes}
    began = [
        outage
        for outage in figures.outages
        if outage.layer is Layer.TSLCD and outage.unit_code in lines and not outage.is_carried
    ]
    return official.ratio(len(ids) / len(began)) if began else ""


def _incident_time(ids: AbstractSet[str], figures: Figures) -> str:
    return official.span(sum(one.length_s for one in figures.incidents if one.id in ids))


def _unknown_share(ids: AbstractSet[str], figures: Figures) -> str:
    down = sum(incident.level is Status.DOWN for incident in figures.incidents)
    return official.ratio(len(ids) / down) if down else ""


def _in_time_share(ids: AbstractSet[str], figures: Figures) -> str:
    due = [i for i in figures.incidents if i.level is Status.DOWN and i.is_in_time is not None]
    return official.ratio(len(ids) / len(due)) if due else ""


def _degraded(ids: AbstractSet[str], figures: Figures) -> str:
    return official.span(sum(one.degraded_s for one in figures.communes if one.place.code in ids))


def _slow(ids: AbstractSet[str], figures: Figures) -> str:
    return official.count(sum(one.slow_count for id_, one in _systems(figures).items() if id_ in ids))


def _slow_time(ids: AbstractSet[str], figures: Figures) -> str:
    return official.span(sum(one.degraded_s for id_, one in _systems(figures).items() if id_ in ids))


def _registered(ids: AbstractSet[str], figures: Figures) -> str:
    return official.count(sum(one.registered for one in figures.meetings if one.meeting.id in ids))


def _most_registered(ids: AbstractSet[str], figures: Figures) -> str:
    return official.count(
        max((one.registered for one in figures.meetings if one.meeting.id in ids), default=0)
    )


def _seats(ids: AbstractSet[str], figures: Figures) -> str:
    return official.count(len(_readiness(ids, figures)))


def _ready_share(ids: AbstractSet[str], figures: Figures) -> str:
    found = _readiness(ids, figures)
    return official.ratio(found.count(True) / len(found)) if found else ""


def _readiness(ids: AbstractSet[str], figures: Figures) -> list[bool]:
    return [
        seat.was_ready_before
        for one in figures.meetings
        if one.meeting.id in ids
        for seat in one.seats
        if seat.was_ready_before is not None
    ]


def _mended(ids: AbstractSet[str], figures: Figures) -> str:
    held = [one for one in figures.meetings if one.meeting.id in ids]
    return official.count(sum(seat.was_mended for one in held for seat in one.seats))


def _late(ids: AbstractSet[str], figures: Figures) -> str:
    held = [one for one in figures.meetings if one.meeting.id in ids]
    return official.count(sum(seat.was_ready is False for one in held for seat in one.seats))


_WORK: Final[Mapping[How, Callable[[AbstractSet[str], Figures], str]]] = MappingProxyType(
    {
        How.OUTAGES: _number,
        How.DOWN_S: _down,
        How.LONGEST_S: _longest,
        How.SHARE: _share,
        How.INCIDENTS: _number,
        How.INCIDENT_S: _incident_time,
        How.UNKNOWN_SHARE: _unknown_share,
        How.IN_TIME_SHARE: _in_time_share,
        How.UNITS: _number,
        How.DEGRADED_S: _degraded,
        How.TARGETS: _number,
        How.SLOW: _slow,
        How.SLOW_S: _slow_time,
        How.MEETINGS: _number,
        How.REGISTERED: _registered,
        How.MOST_REGISTERED: _most_registered,
        How.SEATS: _seats,
        How.READY_SHARE: _ready_share,
        How.MENDED: _mended,
        How.LATE: _late,
    }
)
