"""Gather what the messages of one incident say from what is known. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from alerts.messages.card import SHORT, carriers_line, people_line, planned_line, provider_line
from alerts.messages.facts import GroupFacts, IncidentFacts, LadderFacts
from alerts.messages.group_facts import first_action, group_facts, most_said
from alerts.messages.ladder import ladder_of
from alerts.messages.letterhead import Letterhead, safe_url
from alerts.messages.naming import Names, answers, names_of
from alerts.messages.own import own_facts
from alerts.messages.plain import clause, clean
from alerts.messages.reach import NAME_LIMIT, Reach, reach_of
from alerts.messages.vocabulary import Language
from alerts.messages.words import (
    VOCABULARIES,
    cause_phrase,
    count,
    date_time,
    duration,
    former_area,
    held_clause,
    layer_name,
    layer_short_name,
    phrase,
)
from alerts.model.checks import Status
from alerts.model.hold import SuppressionReason
from alerts.model.incident import Choice, CloseReason, Guess, Incident, IncidentEvent, LogKind, Ticket
from alerts.model.settings import AlertSettings
from alerts.oncall.model import Policy
from inventory.contacts import PersonForm
from inventory.model import Inventory, Layer, Target, Unit

HISTORY_S: Final = 30 * 86_400
"""How far back "gần đây" looks."""

_DAY_S: Final = 86_400
_CLAUSE: Final = 240


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known besides the incident.

    `statuses` and `answered_at` (start of the last good result) are per check. A status lags behind by some failures in
    a row, so a check counts as answering only if it is up *and* has answered since the incident began. `people`: unit
    code -> who is to be asked there. `own_texts`: check of the monitor itself -> what is wrong there now.
    """

    inventory: Inventory
    letterhead: Letterhead
    settings: AlertSettings = field(default_factory=AlertSettings)
    statuses: Mapping[str, Status] = field(default_factory=dict)
    answered_at: Mapping[str, float] = field(default_factory=dict)
    people: Mapping[str, tuple[PersonForm, ...]] = field(default_factory=dict, repr=False)
    own_texts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Story:
    """An incident, its log, earlier incidents of the same check (any order), a group's members, who is told of it."""

    incident: Incident
    log: Sequence[IncidentEvent] = ()
    history: Sequence[Incident] = ()
    members: Sequence[Incident] = ()
    policy: Policy = field(default_factory=lambda: Policy(""))
    unreached: Collection[tuple[int, str]] = ()
    """Steps and contacts to whom nothing could be sent so far."""


def gather_facts(
    story: Story,
    known: Surroundings,
    *,
    now: float,
    language: Language = Language.VI,
    person: str = "",
    step: int = 0,
    link: str = "",
) -> IncidentFacts:
    """Say what is known of the incident at `now`, for `person` (a contact's id) who is told at `step` (from 0).

    `link`: where this reader can take it. The incident's check may have left the
    inventory: its unit and id are then all that is known of it.
    """
    incident, inventory, head = story.incident, known.inventory, known.letterhead
    target = inventory.targets.get(incident.root_check_id.partition("/")[0])
    check, unit = inventory.checks.get(incident.root_check_id), _unit(incident, inventory)
    reach = reach_of(incident, inventory, known.statuses, known.answered_at, now=now, language=language)
    group = _group(story, known, language)
    names = _names(incident, inventory, reach, group, language)
    impact, action, provider = _card(story, target, known, language, is_line=not names.service)
    facts = IncidentFacts(
        code=clean(incident.id, SHORT),
        composed_at=now,
        zone=head.zone,
        language=language,
        system=head.system(language),
        level=incident.level,
        place=names.place,
        short_place=names.short_place,
        label=names.label,
        short_label=names.short_label,
        service=names.service,
        answers=answers(incident, inventory, known.statuses),
        central=_is_central(incident, target),
        unit=clean(unit.name, NAME_LIMIT) if unit else "",
        area=clean(former_area(unit.former_district, language), SHORT) if unit else "",
        target=names.target,
        opened_at=incident.began_at,
        resolved_at=incident.resolved_at,
        close=incident.close_reason,
        removed_check=_removed_check(incident, inventory),
        failed_tests=check.failures_to_down if check else None,
        cause=cause_phrase(incident.cause, language),
        impact=impact,
        first_action=action,
        provider=provider,
        stable_s=known.settings.flaps.stable_s,
        lost_s=known.settings.flaps.lost_s,
        repeat_s=_repeat_s(group, story, known),
        url=head.page_of(incident.id),
        link=safe_url(link),
        behind=reach.behind,
        remaining=reach.remaining,
        all_back=reach.all_back,
        group=group,
        ladder=_ladder(story, known, language, person=person, step=step, now=now),
    )
    return _with_story(facts, story, known, target)


def _with_story(
    facts: IncidentFacts, story: Story, known: Surroundings, target: Target | None
) -> IncidentFacts:
    """Add what happened to the incident so far, to others of the same check before, and whom to call on site."""
    incident, language, head = story.incident, facts.language, known.letterhead
    if target is not None:
        people = people_line(known.people, target.unit_code)
        planned = planned_line(target, known.inventory, facts.composed_at, head, language)
        facts = replace(facts, contacts=people, planned=planned)
    return replace(
        facts,
        acknowledged_by=clean(incident.acknowledged_by, SHORT),
        acknowledged_until=incident.acknowledged_until,
        guess=_guess(incident.guess, language),
        choice=_choice(incident.choice, language),
        ticket=_ticket(incident.ticket, head, language),
        history=_history(incident, story.history, language),
        again=_again(incident, story.history, language),
        held=_held(story.log, head, facts.composed_at, language),
        episodes=incident.episodes,
        longest_s=incident.longest_s or None,
        own=own_facts(incident, known.inventory, known.own_texts, language),
    )


def _ladder(
    story: Story, known: Surroundings, language: Language, *, person: str, step: int, now: float
) -> LadderFacts:
    return ladder_of(
        story.incident,
        story.log,
        story.policy,
        known.settings.directory,
        known.inventory,
        person=person,
        step=step,
        now=now,
        zone=known.letterhead.zone,
        language=language,
        unreached=story.unreached,
    )


def _unit(incident: Incident, inventory: Inventory) -> Unit | None:
    """Return the unit of the root, by its target or else by the code that the target's id begins with."""
    target_id = incident.root_check_id.partition("/")[0]
    target = inventory.targets.get(target_id)
    return inventory.units.get(target.unit_code if target else target_id.partition(".")[0])


def _is_central(incident: Incident, target: Target | None) -> bool:
    layer = incident.common.layer if incident.common else target.layer if target else ""
    return layer == Layer.CENTRAL


def _names(
    incident: Incident, inventory: Inventory, reach: Reach, group: GroupFacts | None, language: Language
) -> Names:
    if group is not None:
        return _group_names(incident, group, language)
    return names_of(incident, inventory, reach.ids, language)


def _group(story: Story, known: Surroundings, language: Language) -> GroupFacts | None:
    common = story.incident.common
    if common is None:
        return None
    return group_facts(
        story.members, common, known.inventory, known.statuses, zone=known.letterhead.zone, language=language
    )


def _group_names(incident: Incident, group: GroupFacts, language: Language) -> Names:
    counted = phrase("counted", language, count=count(group.down or group.size, language), noun=group.noun)
    layer = incident.common.layer if incident.common else ""
    if layer not in set(Layer):
        return Names(counted, counted, group.common, group.noun)
    return Names(
        counted, counted, layer_name(Layer(layer), language), layer_short_name(Layer(layer), language)
    )


def _repeat_s(group: GroupFacts | None, story: Story, known: Surroundings) -> float:
    groups = known.settings.groups
    if group is None:
        return story.policy.repeat_s
    return groups.digest_s if group.storm else groups.update_s


def _card(
    story: Story, target: Target | None, known: Surroundings, language: Language, *, is_line: bool
) -> tuple[str, str, str]:
    """Return effect, first action and carrier; those of the line say nothing of one service of a device."""
    inventory, common = known.inventory, story.incident.common
    if story.incident.is_group:
        open_members = [each for each in story.members if each.is_open] or list(story.members)
        roots = [inventory.targets.get(each.root_check_id.partition("/")[0]) for each in open_members]
        targets = [each for each in roots if each is not None]
        circuits = [inventory.circuits.get(each.circuit_id or "") for each in targets]
        return (
            clause(most_said(each.impact for each in targets), _CLAUSE),
            "" if common is None else clause(first_action(common, inventory, language), _CLAUSE),
            carriers_line((each for each in circuits if each is not None), language),
        )
    if target is None or not is_line:
        return "", "", ""
    is_own = target.layer is not Layer.CENTRAL
    circuit = inventory.circuits.get(target.circuit_id or "") if is_own else None
    return (
        clause(target.impact, _CLAUSE),
        clause(target.first_action, _CLAUSE),
        provider_line(circuit, language),
    )


def _held(log: Sequence[IncidentEvent], letterhead: Letterhead, now: float, language: Language) -> str:
    """Say what kept the first news of it until it was told, "" if nothing did."""
    said = ""
    for event in log:
        if event.kind is LogKind.STEP:
            break
        reason, _, until = event.text.partition(" ")
        if event.kind is LogKind.HELD and reason in set(SuppressionReason) and until.isdecimal():
            until_at = min(float(until), now)
            said = held_clause(SuppressionReason(reason), until_at, letterhead.zone, language)
    return said


def _removed_check(incident: Incident, inventory: Inventory) -> str:
    """Return the label of the check that left the inventory while its target is still measured, "" otherwise."""
    target_id, _, label = incident.root_check_id.partition("/")
    if not target_id or incident.root_check_id in inventory.checks:
        return ""
    is_measured = any(check.target_id == target_id for check in inventory.checks.values())
    return clean(label, SHORT) if is_measured else ""


def _guess(guess: Guess | None, language: Language) -> str:
    if guess is None:
        return ""
    kind, basis = VOCABULARIES[language].cause_kinds[guess.kind], clause(guess.basis, _CLAUSE)
    return phrase("guess", language, kind=kind, basis=basis) if basis and language is Language.VI else kind


def _choice(choice: Choice | None, language: Language) -> str:
    if choice is None:
        return ""
    known = VOCABULARIES[language]
    return f"{known.cause_kinds[choice.kind]} ({known.sides[choice.side]})"


def _ticket(ticket: Ticket | None, letterhead: Letterhead, language: Language) -> str:
    if ticket is None:
        return ""
    return phrase(
        "ticket" if ticket.closed_at is None else "ticket_done",
        language,
        number=clean(ticket.number, SHORT),
        time=date_time(ticket.reported_at, letterhead.zone, language),
        closed="" if ticket.closed_at is None else date_time(ticket.closed_at, letterhead.zone, language),
    )


def _history(incident: Incident, others: Sequence[Incident], language: Language) -> str:
    """Say how often the same happened in the thirty days before, how long at most, and of what the last time."""
    same = [
        other
        for other in others
        if other.id != incident.id
        and other.root_check_id == incident.root_check_id
        and other.close_reason is CloseReason.RECOVERED
        and other.resolved_at is not None
        and incident.opened_at - HISTORY_S <= other.opened_at < incident.opened_at
    ]
    if not same or incident.is_group:
        return ""
    longest = max((other.resolved_at or other.opened_at) - other.opened_at for other in same)
    said = phrase(
        "history_many" if len(same) > 1 else "history_one",
        language,
        count=count(len(same), language),
        longest=duration(longest, language),
    )
    last = max(same, key=lambda other: other.opened_at)
    if last.choice is None:
        return said
    cause = VOCABULARIES[language].cause_kinds[last.choice.kind]
    return phrase("last_cause", language, history=said, cause=cause)


def _again(incident: Incident, others: Sequence[Incident], language: Language) -> str:
    """Say that it is not the first time within a day, "" if it is."""
    before = [
        other
        for other in others
        if other.id != incident.id
        and other.root_check_id == incident.root_check_id
        and incident.opened_at - _DAY_S <= other.opened_at < incident.opened_at
    ]
    times = incident.episodes + sum(other.episodes for other in before)
    is_said = times > 1 and not incident.is_group
    return phrase("again", language, count=count(times, language)) if is_said else ""
