"""`inventory windows`: maintenance that runs or comes, whom it hits, whether the public was told in time."""

from argparse import Namespace
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import Final
from zoneinfo import ZoneInfo

from alerts.messages import words
from inventory.model import ALWAYS, Inventory, Repeat, Window
from inventory.times.intervals import Interval
from inventory.times.windows import NOTICE_DAYS, affected, next_occurrence, notice_days, occurrences, selected
from monitor.cli.config import read_inventory
from monitor.cli.exits import Exit
from monitor.cli.output import Cell, Output
from monitor.clock import SystemClock

_DAY_S: Final = 86_400
_REPEATS: Final = {Repeat.ONCE: "một lần", Repeat.WEEKLY: "hàng tuần", Repeat.MONTHLY: "hàng tháng"}


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom a window hits. `targets` are those it is for and those behind them; `own` only the former."""

    own: tuple[str, ...]
    targets: tuple[str, ...]
    units: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Coming:
    """One occurrence of a window."""

    window: Window
    interval: Interval
    is_running: bool
    notice_days: int | None


def run(arguments: Namespace, out: Output) -> int:
    """Print the occurrences, where they overlap, and when each window comes next."""
    settings, inventory = read_inventory(arguments)
    zone = ZoneInfo(settings.timezone)
    now = SystemClock().now()
    if arguments.from_day is not None:
        day = arguments.from_day
        now = datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()
    coming = coming_windows(inventory, now, now + arguments.days * _DAY_S)
    reaches = {window.id: reach(inventory, window) for window in inventory.windows.values()}
    overlaps = overlapping(coming, reaches)
    if out.is_json:
        out.json(_json(inventory, coming, reaches, overlaps, now=now, zone=zone))
        return Exit.OK
    if not coming:
        out.note(f"Không có đợt bảo trì nào trong {arguments.days} ngày tới.")
    _print_coming(coming, reaches, inventory, out, zone)
    for one, other, shared in overlaps:
        start, end = max(one.interval[0], other.interval[0]), min(one.interval[1], other.interval[1])
        out.note(
            f"Trùng nhau: {one.window.id} và {other.window.id}, {_when((start, end), zone)}, "
            f"{words.number(len(shared))} đối tượng chung"
        )
    seen = {each.window.id for each in coming}
    for window in inventory.windows.values():
        if window.id not in seen:
            found = next_occurrence(window, now)
            when = f"lần tới {_when(found, zone)}" if found else "không còn lần nào"
            out.note(f"Ngoài {arguments.days} ngày: {window.id} ({window.title}): {when}")
    return Exit.OK


def coming_windows(inventory: Inventory, from_at: float, to_at: float) -> list[Coming]:
    """Return what runs or begins within [from_at, to_at), in the order of beginning."""
    table = inventory.calendars[ALWAYS].day_table
    found = [
        Coming(window, interval, interval[0] <= from_at, notice_days(window, table, starts_at=interval[0]))
        for window in inventory.windows.values()
        for interval in occurrences(window, from_at, to_at)
    ]
    return sorted(found, key=lambda coming: (coming.interval, coming.window.id))


def reach(inventory: Inventory, window: Window) -> Reach:
    """Return whom a window hits."""
    own = selected(window.selector, inventory)
    targets = affected(inventory, own)
    units = dict.fromkeys(inventory.targets[target_id].unit_code for target_id in targets)
    return Reach(own, targets, tuple(units))


def overlapping(coming: list[Coming], reaches: dict[str, Reach]) -> list[tuple[Coming, Coming, set[str]]]:
    """Return the pairs of occurrences of two windows that share time and targets, with the targets."""
    found = []
    for one, other in combinations(coming, 2):
        if one.window.id == other.window.id or other.interval[0] >= one.interval[1]:
            continue
        shared = set(reaches[one.window.id].targets) & set(reaches[other.window.id].targets)
        if shared:
            found.append((one, other, shared))
    return found


def _print_coming(
    coming: list[Coming], reaches: dict[str, Reach], inventory: Inventory, out: Output, zone: ZoneInfo
) -> None:
    rows = []
    for each in coming:
        window, hit = each.window, reaches[each.window.id]
        names = [inventory.units[code].name for code in hit.units if code in inventory.units]
        people = f"{words.number(len(hit.units))} đơn vị, {words.number(len(hit.targets))} đối tượng"
        length = words.duration(each.interval[1] - each.interval[0])
        until = ", kết thúc sớm khi đã có kết nối lại" if window.until_up else ""
        rows.append(
            [
                Cell(
                    _when(each.interval, zone),
                    below=f"{'đang diễn ra, ' if each.is_running else ''}{length}, {_REPEATS[window.repeat]}{until}",
                ),
                Cell(window.title, below=f"{window.id}: {window.reason}"),
                Cell(people, below=", ".join(names) if out.is_extended else ""),
                Cell(window.owner, below=window.document or "–"),
                Cell(*_notice(each)),
            ]
        )
    out.table(("KHI NÀO", "ĐỢT BẢO TRÌ", "ẢNH HƯỞNG", "AI LÀM", "BÁO TRƯỚC"), rows)


def _notice(coming: Coming) -> tuple[str, str]:
    """Return how long before the public was told, and the state that colours it."""
    if coming.window.urgent:
        return "không báo trước (gấp)", ""
    if coming.notice_days is None:
        return "chưa báo", "degraded"
    text = f"{coming.notice_days} ngày làm việc"
    return (text, "") if coming.notice_days >= NOTICE_DAYS else (f"{text}, thiếu", "degraded")


def _when(interval: Interval, zone: ZoneInfo) -> str:
    """Write "22:00 02/12/2026 – 04:00 03/12", the day of the end where it is another."""
    start, end = (datetime.fromtimestamp(at, zone) for at in interval)
    return f"{start:%H:%M %d/%m/%Y} – {end:%H:%M}" + ("" if start.date() == end.date() else f" {end:%d/%m}")


def _json(
    inventory: Inventory,
    coming: list[Coming],
    reaches: dict[str, Reach],
    overlaps: list[tuple[Coming, Coming, set[str]]],
    *,
    now: float,
    zone: ZoneInfo,
) -> dict[str, object]:
    def iso(at: float | None) -> str | None:
        return None if at is None else datetime.fromtimestamp(at, zone).isoformat()

    def window_json(window: Window) -> dict[str, object]:
        hit = reaches[window.id]
        found = next_occurrence(window, now)
        return {
            "id": window.id,
            "title": window.title,
            "reason": window.reason,
            "owner": window.owner,
            "document": window.document,
            "repeat": window.repeat.value,
            "untilUp": window.until_up,
            "urgent": window.urgent,
            "announcedAt": iso(window.announced_at),
            "targets": list(hit.own),
            "affectedTargets": len(hit.targets),
            "affectedUnits": list(hit.units),
            "nextStart": iso(found[0] if found else None),
            "nextEnd": iso(found[1] if found else None),
        }

    return {
        "schema": "inventory-windows/1",
        "asOf": iso(now),
        "windows": [window_json(window) for window in inventory.windows.values()],
        "items": [
            {
                "window": each.window.id,
                "start": iso(each.interval[0]),
                "end": iso(each.interval[1]),
                "running": each.is_running,
                "noticeWorkingDays": each.notice_days,
            }
            for each in coming
        ],
        "overlaps": [
            {
                "windows": [one.window.id, other.window.id],
                "start": iso(max(one.interval[0], other.interval[0])),
                "end": iso(min(one.interval[1], other.interval[1])),
                "targets": sorted(shared),
            }
            for one, other, shared in overlaps
        ],
    }
