"""Who is on duty when: shifts in turn, leave, swaps. Pure: the moment is an argument."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from alerts.oncall.model import Rota, Shift, Swap
from inventory.times.intervals import Intervals, subtract, union

_DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class Duty:
    """A shift as it is worked: from `from_at` to `until_at` (Unix seconds) by `person`.

    `person` is "" when everybody in turn is away; `turn_of` is whose turn it was by the plan.
    """

    shift: str
    from_at: float
    until_at: float
    person: str
    turn_of: str


def on_duty(rota: Rota, at: float, swaps: Iterable[Swap] = ()) -> tuple[str, ...]:
    """Return who is on duty at this moment, each once: by swap, else in turn."""
    swapped = [swap.person for swap in swaps if swap.rota == rota.id and swap.from_at <= at < swap.until_at]
    if swapped:
        return (swapped[-1],)  # the latest arrangement counts
    people = (duty.person for duty in duties(rota, at, at + 1) if duty.person)
    return tuple(dict.fromkeys(people))


def duties(rota: Rota, from_at: float, to_at: float) -> tuple[Duty, ...]:
    """Return the shifts that have a part within [from_at, to_at), whole, in order; without swaps."""
    zone = ZoneInfo(rota.zone)
    first = datetime.fromtimestamp(from_at, zone).date() - timedelta(days=1)
    last = datetime.fromtimestamp(to_at, zone).date()
    found = [
        duty
        for shift in rota.shifts
        for duty in _worked(rota, shift, first, last, zone)
        if duty.from_at < to_at and from_at < duty.until_at
    ]
    return tuple(sorted(found, key=lambda duty: (duty.from_at, duty.until_at)))


def gaps(rota: Rota, from_at: float, to_at: float, swaps: Iterable[Swap] = ()) -> Intervals:
    """Return the times within [from_at, to_at) in which nobody is on duty."""
    worked = ((duty.from_at, duty.until_at) for duty in duties(rota, from_at, to_at) if duty.person)
    swapped = ((swap.from_at, swap.until_at) for swap in swaps if swap.rota == rota.id)
    return subtract(((from_at, to_at),), union(worked, swapped))


def next_hand_over(rota: Rota, at: float) -> float | None:
    """Return when a shift next begins after `at`; None when none does within two weeks."""
    begins = (duty.from_at for duty in duties(rota, at, at + 14 * 86_400))
    return min((each for each in begins if each > at), default=None)


def _worked(rota: Rota, shift: Shift, first: date, last: date, zone: ZoneInfo) -> Iterator[Duty]:
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        if day < shift.since or day.weekday() not in shift.weekdays:
            continue
        ends_on = day + timedelta(days=shift.to_minute <= shift.from_minute)
        in_turn = _in_turn(shift, day)
        present = [person for person in in_turn if not _is_away(rota, person, day)]
        yield Duty(
            shift=shift.name,
            from_at=_moment(day, shift.from_minute, zone),
            until_at=_moment(ends_on, shift.to_minute, zone),
            person=present[0] if present else "",
            turn_of=in_turn[0],
        )


def _in_turn(shift: Shift, day: date) -> Sequence[str]:
    """Return the people in the order in which they would be asked on this day."""
    turn = (day - shift.since).days // shift.turn_days % len(shift.people)
    return (*shift.people[turn:], *shift.people[:turn])


def _is_away(rota: Rota, person: str, day: date) -> bool:
    return any(leave.person == person and leave.from_day <= day <= leave.to_day for leave in rota.leave)


def _moment(day: date, minute: int, zone: ZoneInfo) -> float:
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
    if minute == _DAY_MINUTES:
        return (midnight + timedelta(days=1)).timestamp()
    return midnight.replace(hour=minute // 60, minute=minute % 60).timestamp()
