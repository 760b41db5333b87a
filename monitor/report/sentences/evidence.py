"""What a sentence rests on: the ids that its rule's queries select, and those its figures come from. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from monitor.report.figures.model import Figures
from monitor.report.sentences import query
from monitor.report.sentences.model import Basis, Evidence, How
from monitor.report.sentences.query import Of, Query, Subject
from monitor.settings.report import ReportSettings

OUTAGES: Final = frozenset({How.OUTAGES, How.DOWN_S, How.LONGEST_S, How.SHARE})
"""Figures whose ids are those of outages; of the other sets of incidents and so on."""
INCIDENTS: Final = frozenset({How.INCIDENTS, How.INCIDENT_S, How.UNKNOWN_SHARE, How.IN_TIME_SHARE})
UNITS: Final = frozenset({How.UNITS, How.DEGRADED_S})
TARGETS: Final = frozenset({How.TARGETS, How.SLOW, How.SLOW_S})
MEETINGS: Final = frozenset(How) - OUTAGES - INCIDENTS - UNITS - TARGETS


def evidence(
    asked: Mapping[str, Query],
    bases: Sequence[Basis],
    figures: Figures,
    settings: ReportSettings,
    subject: Subject,
) -> Evidence:
    """Return all ids, each once: first those of the queries in the order of the figures, then those of single figures."""
    outage_ids, incident_ids, unit_codes, target_ids = [], [], [], []
    for wanted in asked.values():
        match wanted.of:
            case Of.OUTAGES:
                for outage in query.outages(wanted, figures, settings, subject):
                    outage_ids.append(outage.id)
                    unit_codes.append(outage.unit_code)
                    target_ids.append(outage.target_id)
                    incident_ids.extend([outage.incident_id] if outage.incident_id else [])
            case Of.INCIDENTS:
                for incident in query.incidents(wanted, figures, subject):
                    incident_ids.append(incident.id)
                    unit_codes.extend(incident.unit_codes)
                    target_ids.extend(incident.target_ids)
            case Of.COMMUNES:
                unit_codes.extend(commune.place.code for commune in query.communes(wanted, figures, settings))
    target_ids.extend([subject.target_id] if subject.target_id else [])
    found = Evidence(*map(tuple, (incident_ids, outage_ids, unit_codes, target_ids)))
    return with_bases(found, bases)


def with_bases(found: Evidence, bases: Sequence[Basis]) -> Evidence:
    """Return evidence, each id once, with the ids that figures come from."""
    return Evidence(
        incident_ids=_once(found.incident_ids, bases, INCIDENTS),
        outage_ids=_once(found.outage_ids, bases, OUTAGES),
        unit_codes=_once(found.unit_codes, bases, UNITS),
        target_ids=_once(found.target_ids, bases, TARGETS),
        meeting_ids=_once(found.meeting_ids, bases, MEETINGS),
    )


def _once(ids: Iterable[str], bases: Sequence[Basis], hows: frozenset[How]) -> tuple[str, ...]:
    more = (id_ for basis in bases if basis.how in hows for id_ in basis.ids)
    return tuple(dict.fromkeys((*ids, *more)))
