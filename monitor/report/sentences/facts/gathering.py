"""All facts of one sentence: the period's own, those of its subject, those of what its rule selects. Pure."""

from collections.abc import Mapping
from enum import StrEnum

from monitor.report.figures.model import Figures
from monitor.report.sentences import query
from monitor.report.sentences.facts import equipment, lines, meetings, overall, period, systems
from monitor.report.sentences.facts.fact import Fact, Facts, plain
from monitor.report.sentences.facts.selected import selected
from monitor.report.sentences.query import Query, Subject
from monitor.settings.report import ReportSettings


class Each(StrEnum):
    """What a rule makes one sentence of each of."""

    SHARED = "shared"
    CENTRAL = "central"
    CAUSES = "causes"
    """Of each confirmed cause on each side."""


def general(figures: Figures, settings: ReportSettings, fields: Mapping[str, str]) -> Facts:
    """Return the facts that every rule may use."""
    own = period.of_period(figures, settings, fields)
    before = str(own["ky_truoc"].value)
    return {
        **own,
        **lines.of_lines(figures, before),
        **meetings.of_meetings(figures),
        **systems.of_systems(figures, before),
        **equipment.of_equipment(figures),
        **overall.of_all(figures),
    }


def subjects(each: Each | None, figures: Figures) -> tuple[Subject, ...]:
    """Return what the sentences of a rule are about."""
    match each:
        case Each.SHARED:
            return systems.subjects(figures.shared)
        case Each.CENTRAL:
            return systems.subjects(figures.central)
        case Each.CAUSES:
            return query.subjects_of_causes(figures.incidents)
        case _:
            return (Subject(),)


def special(
    each: Each | None,
    asked: Mapping[str, Query],
    figures: Figures,
    settings: ReportSettings,
    subject: Subject,
) -> Facts:
    """Return the facts of one subject and of what the rule's queries select for it."""
    found: dict[str, Fact] = {}
    match each:
        case Each.SHARED | Each.CENTRAL:
            every = {system.target_id: system for system in (*figures.shared, *figures.central)}
            found |= systems.of_one(every.get(subject.target_id))
        case Each.CAUSES:
            found |= plain(loai=str(subject.cause or ""), phia=str(subject.side or ""))
        case _:
            pass
    for name, wanted in asked.items():
        found |= selected(name, wanted, figures, settings, subject)
    return found
