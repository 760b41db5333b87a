"""Maintenance windows: when they are, and for which targets. Pure: the moment is an argument.

A repeated window begins at wall time of its zone and lasts so many seconds, whatever the clock does meanwhile.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from inventory.model import Circuit, DayTable, Inventory, Layer, Repeat, Selector, Target, Unit, Window
from inventory.times.day_table import working_days_between
from inventory.times.intervals import Interval, Intervals

NOTICE_DAYS = 7
"""Working days between telling the public and the interruption, NĐ 224/2026 Điều 13."""
_HORIZON_DAYS = 800
_WEEK = 7


def occurrences(window: Window, from_at: float, to_at: float) -> Intervals:
    """Return the occurrences that have a part within [from_at, to_at), whole, in order."""
    if window.repeat is Repeat.ONCE:
        all_of_them: Iterator[Interval] = iter(((window.starts_at, window.ends_at),))
    elif to_at <= from_at:
        return ()
    else:
        zone = ZoneInfo(window.zone)
        first = datetime.fromtimestamp(from_at - window.duration_s, zone).date() - timedelta(days=1)
        last = datetime.fromtimestamp(to_at, zone).date()
        all_of_them = _repeated(window, first, last)
    return tuple((start, end) for start, end in all_of_them if start < to_at and from_at < end)


def next_occurrence(window: Window, at: float) -> Interval | None:
    """Return the occurrence that runs at this moment, else the next one; None when there is none (in two years)."""
    if window.repeat is Repeat.ONCE:
        return (window.starts_at, window.ends_at) if at < window.ends_at else None
    zone = ZoneInfo(window.zone)
    today = datetime.fromtimestamp(at, zone).date()
    first = datetime.fromtimestamp(at - window.duration_s, zone).date() - timedelta(days=1)
    first = max(first, window.first_day or first)
    coming = _repeated(window, first, max(first, today) + timedelta(days=_HORIZON_DAYS))
    return next((interval for interval in coming if at < interval[1]), None)


def selected(selector: Selector, inventory: Inventory) -> tuple[str, ...]:
    """Return the ids of the targets a selector means, in the inventory's order."""
    return matching(selector, inventory.targets, inventory.units, inventory.circuits)


def matching(
    selector: Selector,
    targets: Mapping[str, Target],
    units: Mapping[str, Unit],
    circuits: Mapping[str, Circuit],
) -> tuple[str, ...]:
    """Return the ids of the targets a selector means, in the order of `targets`."""
    found = list(targets.values())
    if selector.targets:
        ids = frozenset(selector.targets)
        found = [target for target in found if target.id in ids]
    codes = _codes(selector, units)
    if codes is not None:
        found = [target for target in found if target.unit_code in codes]
    if selector.circuits or selector.providers:
        lines = _lines(selector, circuits)
        found = [target for target in found if target.circuit_id in lines]
    if selector.layers:
        layers = frozenset(layer for layer in Layer if layer.value in selector.layers)
        found = [target for target in found if target.layer in layers]
    if selector.tags:
        tags = frozenset(selector.tags)
        found = [target for target in found if not tags.isdisjoint(target.tags)]
    return tuple(target.id for target in found)


def _codes(selector: Selector, units: Mapping[str, Unit]) -> frozenset[str] | None:
    """Return the codes of the units that a selector means; None when it asks nothing of them."""
    if selector.areas or selector.former_districts:
        return frozenset(
            unit.code
            for unit in units.values()
            if (not selector.units or unit.code in selector.units)
            and (not selector.areas or unit.area in selector.areas)
            and (not selector.former_districts or unit.former_district in selector.former_districts)
        )
    return frozenset(selector.units) if selector.units else None


def _lines(selector: Selector, circuits: Mapping[str, Circuit]) -> frozenset[str]:
    """Return the ids of the circuits that a selector means."""
    if not selector.providers:
        return frozenset(selector.circuits)
    return frozenset(
        circuit.id
        for circuit in circuits.values()
        if circuit.provider in selector.providers
        and (not selector.circuits or circuit.id in selector.circuits)
    )


def affected(inventory: Inventory, target_ids: Iterable[str]) -> tuple[str, ...]:
    """Return these targets and all that need one of them to be reachable, in the inventory's order."""
    needed_by: dict[str, list[str]] = {}
    for target in inventory.targets.values():
        for need in target.depends_on:
            needed_by.setdefault(need, []).append(target.id)
    found = set(target_ids)
    waiting = list(found)
    while waiting:
        for target_id in needed_by.get(waiting.pop(), ()):
            if target_id not in found:
                found.add(target_id)
                waiting.append(target_id)
    return tuple(target_id for target_id in inventory.targets if target_id in found)


def windows_by_target(windows: Mapping[str, Window], inventory: Inventory) -> dict[str, tuple[str, ...]]:
    """Return target id -> ids of the windows that are for it, the value of Inventory.windows_of."""
    found: dict[str, tuple[str, ...]] = {}
    for window in windows.values():
        for target_id in selected(window.selector, inventory):
            found[target_id] = (*found.get(target_id, ()), window.id)
    return found


def first_start(window: Window) -> float | None:
    """Return when it begins for the first time; None for one that repeats without a first day, or never comes."""
    if window.repeat is Repeat.ONCE:
        return window.starts_at
    if window.first_day is None:
        return None
    last = window.first_day + timedelta(days=_HORIZON_DAYS)
    return next((start for start, _ in _repeated(window, window.first_day, last)), None)


def notice_days(window: Window, table: DayTable, *, starts_at: float | None = None) -> int | None:
    """Return the working days between the announcement and the start; None when either is not known.

    `starts_at`: of another occurrence than the first.
    """
    start = first_start(window) if starts_at is None else starts_at
    if window.announced_at is None or start is None:
        return None
    zone = ZoneInfo(window.zone)
    told, begins = (datetime.fromtimestamp(at, zone).date() for at in (window.announced_at, start))
    return working_days_between(table, told, begins)


def _repeated(window: Window, first: date, last: date) -> Iterator[Interval]:
    """Yield the occurrences that begin on the days from `first` to `last`, both included."""
    first = max(first, window.first_day or first)
    last = min(last, window.last_day or last)
    day = first + timedelta(days=(window.weekday - first.weekday()) % _WEEK)
    while day <= last:
        if window.repeat is Repeat.WEEKLY or _is_nth(day, window.nth):
            start = _wall(day, window.from_minute, window.zone)
            yield start, start + window.duration_s
        day += timedelta(days=_WEEK)


def _is_nth(day: date, nth: int) -> bool:
    """Return whether it is the nth of its weekday in the month, -1 the last."""
    if nth == -1:
        return (day + timedelta(days=_WEEK)).month != day.month
    return (day.day - 1) // _WEEK + 1 == nth


def _wall(day: date, minute: int, zone: str) -> float:
    """Return the moment of a wall time: the first of two, the hour later of one that is left out."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    return (midnight + timedelta(minutes=minute)).timestamp()
