"""`inventory calendar`: which calendars there are and who uses them, or one month of one as people read it."""

from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Final
from zoneinfo import ZoneInfo

from alerts.messages import words
from inventory.model import ALWAYS, Calendar, Inventory, Spans
from inventory.problem import near_miss
from inventory.times.calendars import day_spans, told_from
from inventory.times.day_table import holiday_name, is_working_swap, weekday_of
from inventory.times.texts import WEEKDAY_WORDS, WEEKDAYS, write_minute, write_spans
from monitor.cli.config import read_inventory
from monitor.cli.exits import CommandError, Exit
from monitor.cli.output import Cell, Output, Row
from monitor.clock import SystemClock

_SHORT: Final = ("T2", "T3", "T4", "T5", "T6", "T7", "CN")
_CLOSED: Final = "nghỉ"
_DAY_AND_NIGHT: Final[Spans] = ((0, 1440),)


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a calendar, with why it is not like its weekday."""

    day: date
    hours: Spans
    holiday: str | None
    worked_as: int | None
    """The weekday whose hours it has, on a day that is worked instead."""
    is_exception: bool

    @property
    def note(self) -> str:
        """Say why it is not like its weekday, "" when it is."""
        notes = []
        if self.holiday is not None:
            notes.append(self.holiday)
        if self.worked_as is not None:
            notes.append(f"làm bù, giờ như {WEEKDAY_WORDS[self.worked_as]}")
        if self.is_exception:
            notes.append("giờ ghi riêng cho ngày này")
        return "; ".join(notes)


def run(arguments: Namespace, out: Output) -> int:
    """Print all calendars, or a month of one."""
    settings, inventory = read_inventory(arguments)
    if arguments.id is None:
        if arguments.month is not None:
            raise CommandError(
                Exit.USAGE,
                "xem một tháng thì cần mã lịch",
                f"một trong: {', '.join(inventory.calendars)}; ví dụ inventory calendar mot-cua --month 2026-09",
            )
        _print_list(inventory, out)
        _warn_of_ended(inventory, SystemClock().now(), out)
        return Exit.OK
    calendar = inventory.calendars.get(arguments.id)
    if calendar is None:
        hint = near_miss(arguments.id, inventory.calendars) or "các lịch: " + ", ".join(inventory.calendars)
        raise CommandError(Exit.USAGE, f"không có lịch '{arguments.id}'", hint)
    today = datetime.fromtimestamp(SystemClock().now(), ZoneInfo(settings.timezone)).date()
    _print_month(calendar, month_of(calendar, arguments.month or today), _users(inventory), out)
    return Exit.OK


def month_of(calendar: Calendar, day: date) -> list[Day]:
    """Return the days of the month that `day` is in."""
    first = day.replace(day=1)
    days = [first + timedelta(days=number) for number in range(31)]
    table = calendar.day_table
    keeps = calendar.closed_on_holidays
    return [
        Day(
            day=each,
            hours=day_spans(calendar, each),
            holiday=holiday_name(table, each) if keeps else None,
            worked_as=weekday_of(table, each) if keeps and is_working_swap(table, each) else None,
            is_exception=each in calendar.days,
        )
        for each in days
        if each.month == first.month
    ]


def write_week(week: Sequence[Spans]) -> str:
    """Write the hours by weekday, equal neighbours together: "T2–T6 07:00–11:30, 13:30–17:00"."""
    if all(hours == _DAY_AND_NIGHT for hours in week):
        return "ngày đêm"
    parts = []
    for hours, group in groupby(range(7), key=lambda number: week[number]):
        numbers = list(group)
        if hours:
            first, last = _SHORT[numbers[0]], _SHORT[numbers[-1]]
            parts.append(f"{first if first == last else f'{first}–{last}'} {write_spans(hours)}")
    return "; ".join(parts) or "chỉ các ngày ghi riêng"


def _users(inventory: Inventory) -> dict[str, set[str]]:
    """Return calendar id -> ids of the watched targets that have a check by it."""
    users: dict[str, set[str]] = {calendar_id: set() for calendar_id in inventory.calendars}
    for check in inventory.checks.values():
        users[check.calendar].add(check.target_id)
    return users


def _print_list(inventory: Inventory, out: Output) -> None:
    users = _users(inventory)
    table = inventory.calendars[ALWAYS].day_table
    if out.is_json:
        out.json(
            {
                "schema": "inventory-calendars/1",
                "items": [_as_json(calendar, users) for calendar in inventory.calendars.values()],
                "holidays": {
                    "country": table.country,
                    "off": {day.isoformat(): name for day, name in sorted(table.off.items())},
                    "working": {day.isoformat(): weekday for day, weekday in sorted(table.working.items())},
                },
            }
        )
        return
    rows: list[Row] = [
        [
            calendar.id,
            calendar.name,
            write_week(calendar.week),
            "nghỉ" if calendar.closed_on_holidays else "không nghỉ",
            words.number(calendar.opening_grace_s / 60) + " phút" if calendar.opening_grace_s else "–",
            words.number(len(calendar.days)) if calendar.days else "–",
            words.number(len(users[calendar.id])),
        ]
        for calendar in inventory.calendars.values()
    ]
    headers = ("MÃ", "TÊN", "GIỜ PHỤC VỤ", "NGÀY LỄ", "CHỜ BẬT MÁY", "NGÀY RIÊNG", "ĐỐI TƯỢNG")
    out.table(headers, rows)
    listed = [f"nghỉ thêm {day:%d/%m/%Y} ({name})" for day, name in sorted(table.off.items())]
    listed += [
        f"làm bù {day:%d/%m/%Y} (giờ {WEEKDAY_WORDS[weekday]})"
        for day, weekday in sorted(table.working.items())
    ]
    country = f"lễ theo luật của {table.country}" if table.country else "không tính lễ theo luật"
    out.note(f"Ngày lễ: {'; '.join([country, *listed])}")


def _warn_of_ended(inventory: Inventory, now: float, out: Output) -> None:
    """Say which calendars in use have no hours in the two years to come, usually for want of new sessions."""
    for calendar_id, users in _users(inventory).items():
        if users and told_from(inventory.calendars[calendar_id], now) is None:
            out.note(
                f"Lịch {calendar_id} hai năm tới không có giờ mở nào: {words.number(len(users))} đối tượng dùng lịch này, hỏng cũng "
                "không ai được báo; thêm phiên họp vào sessions, hoặc dùng lịch khác"
            )


def _as_json(calendar: Calendar, users: dict[str, set[str]]) -> dict[str, object]:
    return {
        "id": calendar.id,
        "name": calendar.name,
        "hours": {key: _spans_json(hours) for key, hours in zip(WEEKDAYS, calendar.week, strict=True)},
        "closedOnHolidays": calendar.closed_on_holidays,
        "openingGraceS": calendar.opening_grace_s,
        "days": {day.isoformat(): _spans_json(hours) for day, hours in sorted(calendar.days.items())},
        "targets": len(users[calendar.id]),
    }


def _spans_json(hours: Spans) -> list[str]:
    return [f"{write_minute(start)}-{write_minute(end)}" for start, end in hours]


def _print_month(calendar: Calendar, days: list[Day], users: dict[str, set[str]], out: Output) -> None:
    minutes = sum(end - start for day in days for start, end in day.hours)
    if out.is_json:
        out.json(
            {
                "schema": "inventory-calendar/1",
                **_as_json(calendar, users),
                "month": f"{days[0].day:%Y-%m}",
                "openHours": minutes / 60,
                "dates": [
                    {
                        "date": day.day.isoformat(),
                        "hours": _spans_json(day.hours),
                        "holiday": day.holiday,
                        "workedAs": None if day.worked_as is None else WEEKDAYS[day.worked_as],
                        "exception": day.is_exception,
                    }
                    for day in days
                ],
            }
        )
        return
    out.note(f"{calendar.name} ({calendar.id}), tháng {days[0].day:%m/%Y}")
    rows: list[Row] = [
        [
            f"{_SHORT[day.day.weekday()]} {day.day:%d/%m}",
            Cell(_hours(day.hours), "unknown" if not day.hours else ""),
            day.note,
        ]
        for day in days
    ]
    out.table(("NGÀY", "GIỜ PHỤC VỤ", "GHI CHÚ"), rows)
    is_open = sum(bool(day.hours) for day in days)
    out.note(
        f"{words.number(is_open)} ngày mở, {words.number(minutes / 60, 1).removesuffix(',0')} giờ; "
        f"{words.number(len(users[calendar.id]))} đối tượng dùng lịch này"
    )


def _hours(hours: Spans) -> str:
    if not hours:
        return _CLOSED
    return "ngày đêm" if hours == _DAY_AND_NIGHT else write_spans(hours)
