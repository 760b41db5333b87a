"""Who was told, why this reader is, who is next. Pure."""

from collections.abc import Collection, Iterable, Sequence
from typing import Final
from zoneinfo import ZoneInfo

from alerts.messages.card import SHORT
from alerts.messages.facts import LadderFacts
from alerts.messages.plain import clause
from alerts.messages.vocabulary import Language
from alerts.messages.words import clock_time, phrase
from alerts.model.incident import Incident, IncidentEvent, LogKind
from alerts.oncall.model import Contact, Directory, Policy
from alerts.oncall.rota import on_duty
from alerts.oncall.routing import ROTA, applies, contacts_of
from inventory.model import Inventory

_NAMED: Final = 4


def ladder_of(  # noqa: PLR0913 (everything that the ladder rests on)
    incident: Incident,
    log: Sequence[IncidentEvent],
    policy: Policy,
    directory: Directory,
    inventory: Inventory,
    *,
    person: str,
    step: int,
    now: float,
    zone: ZoneInfo,
    language: Language,
    unreached: Collection[tuple[int, str]] = (),
) -> LadderFacts:
    """Say how far the telling has come at `step` (from 0) for the contact `person`, "" for a bare address.

    `unreached`: steps and contacts to whom nothing could be sent so far.
    """
    on_shift = _on_shift(policy, directory, now)
    following = _next(incident, policy, directory, inventory, step=step, now=now)
    return LadderFacts(
        step=step + 1,
        told=_told(log, policy, directory, zone, language, before=step, unreached=unreached),
        role=_role(policy, directory, person, step),
        next=following[0],
        next_at=following[1],
        duty=_names(on_shift),
        duty_phones=", ".join(
            f"{clause(one.name, SHORT)} {clause(one.phone, SHORT)}" for one in on_shift[:_NAMED] if one.phone
        ),
    )


def _told(
    log: Sequence[IncidentEvent],
    policy: Policy,
    directory: Directory,
    zone: ZoneInfo,
    language: Language,
    *,
    before: int,
    unreached: Collection[tuple[int, str]],
) -> str:
    """Return who was told at the steps before this one, as the rota was at that time."""
    found: dict[str, str] = {}
    for event in log:
        number = int(event.text) if event.kind is LogKind.STEP and event.text.isdecimal() else -1
        if not 0 <= number < min(before, len(policy.steps)):
            continue
        asked = contacts_of(directory, policy.steps[number], event.at)
        names = _names(each for each in asked if (number, each.id) not in unreached)
        if names:
            time = clock_time(event.at, zone)
            found.setdefault(names, phrase("told_at", language, names=names, time=time))
    return "; ".join(list(found.values())[:_NAMED])


def _role(policy: Policy, directory: Directory, person: str, step: int) -> str:
    """Return what the reader is told for: the role in the on-call file, else the rota that named them."""
    contact = directory.contacts.get(person)
    if contact is None:
        return ""
    if contact.role:
        return clause(contact.role, SHORT)
    steps = policy.steps[step : step + 1]
    rotas = (directory.rotas.get(name.removeprefix(ROTA)) for each in steps for name in each.to)
    return next((clause(rota.name, SHORT) for rota in rotas if rota is not None), "")


def _next(
    incident: Incident, policy: Policy, directory: Directory, inventory: Inventory, *, step: int, now: float
) -> tuple[str, float | None]:
    """Return who is told next unless somebody takes it, and when."""
    begun_at = incident.told.begun_at
    if begun_at is None or incident.acknowledged_at is not None or not incident.is_open:
        return "", None
    for each in policy.steps[step + 1 :]:
        at = begun_at + each.after_s
        names = _names(contacts_of(directory, each, at))
        if at > now and names and applies(each, policy, inventory, at):
            return names, at
    return "", None


def _on_shift(policy: Policy, directory: Directory, now: float) -> list[Contact]:
    found: dict[str, Contact] = {}
    for step in policy.steps:
        for name in step.to:
            rota = directory.rotas.get(name.removeprefix(ROTA)) if name.startswith(ROTA) else None
            for person in on_duty(rota, now, directory.swaps) if rota is not None else ():
                if person in directory.contacts:
                    found.setdefault(person, directory.contacts[person])
    return list(found.values())


def _names(contacts: Iterable[Contact]) -> str:
    return ", ".join([clause(one.name, SHORT) for one in contacts][:_NAMED])
