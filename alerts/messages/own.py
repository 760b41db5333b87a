"""What the messages of the monitor's own troubles say: which part it is, what is wrong with it, what to do. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from alerts.messages.plain import clause
from alerts.messages.vocabulary import Language, OwnPart
from alerts.messages.words import cause_phrase, own_part, phrase
from alerts.model.incident import Incident
from inventory.model import Check, Inventory
from probes.self import COMMON_METRICS, SelfOptions

_CLAUSE = 240


@dataclass(frozen=True, slots=True)
class OwnFacts:
    """A part of the monitor and what is wrong with it, one clause."""

    part: OwnPart
    symptom: str


def own_facts(
    incident: Incident, inventory: Inventory, texts: Mapping[str, str], language: Language
) -> OwnFacts | None:
    """Return what is said of one of the monitor's own parts; None when the incident is about anything else.

    `texts`: check id -> what is wrong with it now, in Vietnamese, as the page of the monitor's own health says it.
    """
    part = part_of(inventory.checks.get(incident.root_check_id), language)
    if part is None:
        return None
    if not incident.is_open:
        return OwnFacts(part, phrase("own_over", language, part=part.name))
    text = texts.get(incident.root_check_id, "") if language is Language.VI else ""
    is_listed = incident.cause.partition(" ")[0] in COMMON_METRICS
    if is_listed:
        text = text or phrase("own_listed", language)
    return OwnFacts(part, clause(text or cause_phrase(incident.cause, language), _CLAUSE))


def part_of(check: Check | None, language: Language) -> OwnPart | None:
    """Return the part of the monitor that a check looks at, None when it looks at something else."""
    if check is None or not isinstance(check.options, SelfOptions):
        return None
    return own_part(check.options.sign, language)
