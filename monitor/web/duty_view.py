"""Rotas as a page shows them: who is on duty, the week day by day, what is wrong with it. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from alerts.oncall.model import Contact, Directory, Leave, Rota, Swap
from alerts.oncall.rota import Duty, duties, gaps, next_hand_over
from alerts.oncall.routing import people_on_duty, swaps_that_count

AHEAD_S: Final = 14 * 86_400.0
"""Gaps and overlaps are looked for so long ahead."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A part of a shift, worked by one person. `instead_of`: whose turn it was by the plan, "" when it is theirs."""

    shift: str
    from_at: float
    until_at: float
    person: str
    name: str
    instead_of: str = ""
    is_swap: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """A time in which nobody is on duty (`names` empty), or in which two shifts have different people."""

    from_at: float
    until_at: float
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RotaView:
    """One rota. `week`: a tuple of turns for each of seven days, by the day on which they begin."""

    rota: Rota
    people: tuple[Contact, ...]
    shift: str
    is_swapped: bool
    hand_over_at: float | None
    week: tuple[tuple[float, tuple[Turn, ...]], ...]
    faults: tuple[Fault, ...]
    swaps: tuple[Swap, ...]
    leave: tuple[Leave, ...]


def rota_view(directory: Directory, rota: Rota, monday_at: float, now: float, zone: ZoneInfo) -> RotaView:
    """Return one rota as it is now, and in the week that begins at `monday_at`."""
    swaps = [each for each in swaps_that_count(directory) if each.rota == rota.id]
    people = people_on_duty(directory, rota, now)
    return RotaView(
        rota=rota,
        people=tuple(directory.contacts[each] for each in people if each in directory.contacts),
        shift=next((each.shift for each in duties(rota, now, now + 1)), ""),
        is_swapped=any(each.from_at <= now < each.until_at for each in swaps),
        hand_over_at=next_hand_over(rota, now),
        week=tuple(_week(directory, rota, swaps, monday_at, zone)),
        faults=tuple(_faults(directory, rota, swaps, now)),
        swaps=tuple(each for each in directory.swaps if each.rota == rota.id and now < each.until_at),
        leave=tuple(each for each in rota.leave if datetime.fromtimestamp(now, zone).date() <= each.to_day),
    )


def turns_of(directory: Directory, rota: Rota, from_at: float, to_at: float) -> tuple[Turn, ...]:
    """Return who works when, swaps laid over the plan, in order."""
    swaps = [each for each in swaps_that_count(directory) if each.rota == rota.id]
    return tuple(turn for duty in duties(rota, from_at, to_at) for turn in _turns(directory, duty, swaps))


def name_of_contact(directory: Directory, contact_id: str) -> str:
    """Return somebody's name; of who left the file, the id."""
    contact = directory.contacts.get(contact_id)
    return contact_id if contact is None else contact.name


def _week(
    directory: Directory, rota: Rota, swaps: list[Swap], monday_at: float, zone: ZoneInfo
) -> Iterator[tuple[float, tuple[Turn, ...]]]:
    monday = datetime.fromtimestamp(monday_at, zone)
    for number in range(7):
        from_at = (monday + timedelta(days=number)).timestamp()
        to_at = (monday + timedelta(days=number + 1)).timestamp()
        begun = [each for each in duties(rota, from_at, to_at) if from_at <= each.from_at < to_at]
        yield from_at, tuple(turn for duty in begun for turn in _turns(directory, duty, swaps))


def _turns(directory: Directory, duty: Duty, swaps: list[Swap]) -> Iterator[Turn]:
    """Cut a shift where swaps begin and end; the latest arrangement counts."""
    edges = {duty.from_at, duty.until_at}
    for swap in swaps:
        edges |= {at for at in (swap.from_at, swap.until_at) if duty.from_at < at < duty.until_at}
    for from_at, until_at in pairwise(sorted(edges)):
        standing_in = [each for each in swaps if each.from_at <= from_at < each.until_at]
        person = standing_in[-1].person if standing_in else duty.person
        planned = duty.person if standing_in else duty.turn_of
        yield Turn(
            shift=duty.shift,
            from_at=from_at,
            until_at=until_at,
            person=person,
            name=name_of_contact(directory, person) if person else "",
            instead_of=name_of_contact(directory, planned) if planned not in {person, ""} else "",
            is_swap=bool(standing_in),
        )


def _faults(directory: Directory, rota: Rota, swaps: list[Swap], now: float) -> Iterator[Fault]:
    for from_at, until_at in gaps(rota, now, now + AHEAD_S, swaps):
        yield Fault(from_at, until_at)
    planned = [each for each in duties(rota, now, now + AHEAD_S) if each.person]
    for first, second in pairwise(sorted(planned, key=lambda each: each.from_at)):
        if second.from_at < first.until_at and first.person != second.person:
            names = tuple(name_of_contact(directory, each) for each in (first.person, second.person))
            yield Fault(second.from_at, min(first.until_at, second.until_at), names)
