"""Sections calendars, holidays and windows -> values, or every problem. Reads no files and no clock."""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import combinations
from typing import TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from inventory.files.folders import Sections
from inventory.files.source import YamlMap, problem_at
from inventory.graph import cycles
from inventory.model import ALWAYS, Calendar, DayTable, Repeat, Selector, Spans, Window
from inventory.problem import Problem, near_miss
from inventory.schema import Slug
from inventory.times.calendars import always
from inventory.times.day_table import is_known_country
from inventory.times.forms import ZONE, CalendarForm, HolidaysForm, SessionForm, WeeklyForm, WindowForm
from inventory.times.texts import (
    joined,
    read_day,
    read_minute,
    read_moment,
    read_span,
    read_spans,
    read_weekday,
    read_weekdays,
    write_spans,
)
from inventory.times.windows import NOTICE_DAYS, first_start, notice_days
from inventory.validation import no_mapping, parse, shown

Form = TypeVar("Form", bound=BaseModel)
_MINUTES = 1440
_CLOSED: Spans = ()
_RARE_NTH = 5
_BUILT_IN_COUNTRY = "VN"


@dataclass(slots=True)
class Times:
    """What is right in itself: calendars with their bases worked in (ALWAYS among them), and windows."""

    calendars: dict[str, Calendar]
    day_table: DayTable
    """The one that all calendars have, ALWAYS too."""
    windows: dict[str, Window] = field(default_factory=dict)


def read_times(sections: Sections, problems: list[Problem], warnings: list[Problem]) -> Times:
    """Validate the three sections; adds to `problems` and `warnings`. Names of targets and the like are not looked at."""
    table = _day_table(sections.maps["holidays"], problems)
    times = Times({ALWAYS: replace(always(), day_table=table)}, day_table=table)
    _read_calendars(sections.maps["calendars"], times, problems, warnings)
    _read_windows(sections.maps["windows"], times, problems, warnings)
    return times


def _forms(section: YamlMap, name: str, model: type[Form], problems: list[Problem]) -> dict[str, Form]:
    forms: dict[str, Form] = {}
    for key, data in section.items():
        wrong = _key_problem(key)
        if wrong:
            problems.append(problem_at(section, (key,), wrong, under=name))
        if not isinstance(data, YamlMap):
            message, hint = no_mapping(data)
            problems.append(problem_at(section, (key,), message, hint=hint, under=name))
            continue
        form = parse(model, data, under=f"{name}.{key}")
        if isinstance(form, list):
            problems += form
        elif not wrong:
            forms[key] = form
    return forms


def _key_problem(key: str) -> str:
    try:
        TypeAdapter(Slug).validate_python(key)
    except ValidationError as error:
        return error.errors()[0]["msg"]
    return ""


def _day_table(data: YamlMap, problems: list[Problem]) -> DayTable:
    form = parse(HolidaysForm, data, under="holidays")
    if isinstance(form, list):
        problems += form
        return DayTable()
    if form.country not in {"", _BUILT_IN_COUNTRY} and not is_known_country(form.country):
        message = f"không có ngày lễ của nước {shown(form.country)}"
        hint = "VN cho Việt Nam; bỏ khóa này nếu chỉ dùng các ngày trong off"
        problems.append(problem_at(data, ("country",), message, hint=hint, under="holidays"))
        return DayTable()
    problems += [
        problem_at(
            data, ("working", day), f"ngày {day} vừa nghỉ vừa làm", hint="xóa một trong hai", under="holidays"
        )
        for day in form.working
        if day in form.off
    ]
    return DayTable(
        country=form.country,
        off={read_day(day): name for day, name in form.off.items()},
        working={read_day(day): read_weekday(weekday) for day, weekday in form.working.items()},
    )


def _read_calendars(section: YamlMap, times: Times, problems: list[Problem], warnings: list[Problem]) -> None:
    forms = _forms(section, "calendars", CalendarForm, problems)
    if ALWAYS in forms:
        message = f"lịch {ALWAYS} có sẵn, không đặt lại được"
        problems.append(problem_at(section, (ALWAYS,), message, hint="đặt mã khác", under="calendars"))
        del forms[ALWAYS]
    bases = {key: form.base for key, form in forms.items() if form.base is not None}
    for ring in cycles({key: [base] for key, base in bases.items()}):
        message = (
            "base vòng tròn: " + " → ".join(ring) if ring[0] != ring[1] else "lịch lấy chính nó làm base"
        )
        problems.append(
            problem_at(section, (ring[0], "base"), message, hint="bỏ một base", under="calendars")
        )
        for key in ring:
            forms.pop(key, None)
    names = {*section, ALWAYS}
    for key, base in bases.items():
        if base not in names:
            message = f"không có lịch {shown(base)}"
            problems.append(
                problem_at(section, (key, "base"), message, hint=near_miss(base, names), under="calendars")
            )
    waiting = dict(forms)
    while waiting:
        ready = [key for key, form in waiting.items() if form.base is None or form.base in times.calendars]
        if not ready:  # what is left stands on a calendar that is wrong, which is told already
            return
        for key in ready:
            form = waiting.pop(key)
            calendar = _calendar(key, form, section[key], times, problems)
            times.calendars[key] = calendar
            warnings += _calendar_warnings(calendar, section, key)


def _calendar(key: str, form: CalendarForm, data: YamlMap, times: Times, problems: list[Problem]) -> Calendar:
    base = Calendar("", "", week=(_CLOSED,) * 7) if form.base is None else times.calendars[form.base]
    days = dict(base.days)
    days.update({read_day(day): read_spans(hours) for day, hours in form.days.items()})
    calendar = Calendar(
        id=key,
        name=form.name,
        week=_week(form, base.week, data, f"calendars.{key}", problems),
        closed_on_holidays=(
            base.closed_on_holidays if form.closed_on_holidays is None else form.closed_on_holidays
        ),
        days=days,
        opening_grace_s=(
            base.opening_grace_s if form.opening_grace_minutes is None else form.opening_grace_minutes * 60
        ),
        zone=ZONE,
        day_table=times.day_table,
    )
    if form.sessions and any(calendar.week):
        message = f"sessions cần lịch không có giờ cố định, mà {shown(form.base)} có"
        problems.append(problem_at(data, ("sessions",), message, hint="bỏ base", under=f"calendars.{key}"))
    for session in form.sessions:
        _add_session(session, days)
    return calendar


def _week(
    form: CalendarForm, base: tuple[Spans, ...], data: YamlMap, under: str, problems: list[Problem]
) -> tuple[Spans, ...]:
    """Return the hours by weekday: the narrower key wins, of two as wide the one of a later file."""
    keys = {key: read_weekdays(key) for key in form.hours}
    places: dict[str, object] = {key: data["hours"].places[key].file for key in keys}
    for one, other in combinations(keys, 2):
        is_tie = len(keys[one]) == len(keys[other]) and places[one] == places[other]
        if is_tie and set(keys[one]) & set(keys[other]):
            message = f"trùng ngày với '{one}'"
            problems.append(
                problem_at(data, ("hours", other), message, hint="xóa một trong hai", under=under)
            )
    week = list(base)
    for key in sorted(keys, key=lambda key: -len(keys[key])):
        for weekday in keys[key]:
            week[weekday] = read_spans(form.hours[key])
    return tuple(week)


def _add_session(session: SessionForm, days: dict[date, Spans]) -> None:
    day = read_day(session.day)
    for text in session.hours:
        start, end = read_span(text)
        begin = start - session.prepare_minutes
        days[day] = joined([*days.get(day, ()), (max(0, begin), end)])
        if begin < 0:
            eve = day - timedelta(days=1)
            days[eve] = joined([*days.get(eve, ()), (_MINUTES + begin, _MINUTES)])


def _calendar_warnings(calendar: Calendar, section: YamlMap, key: str) -> list[Problem]:
    if not any(calendar.week) and not any(calendar.days.values()):
        message = "lịch không có giờ mở nào: đối tượng dùng lịch này không bao giờ được báo"
        hint = "thêm phiên họp vào sessions, hoặc dùng lịch khác"
        return [problem_at(section, (key,), message, hint=hint, under="calendars")]
    short = min(
        (span for spans in (*calendar.week, *calendar.days.values()) for span in spans),
        key=lambda span: span[1] - span[0],
    )
    # Hours that end at midnight may go on the next day.
    if (short[1] - short[0]) * 60 > calendar.opening_grace_s or short[0] == 0 or short[1] == _MINUTES:
        return []
    message = (
        f"trong khoảng {write_spans((short,))} không bao giờ báo: opening_grace_minutes dài bằng hoặc hơn"
    )
    hint = "giảm opening_grace_minutes"
    return [problem_at(section, (key, "opening_grace_minutes"), message, hint=hint, under="calendars")]


def _read_windows(section: YamlMap, times: Times, problems: list[Problem], warnings: list[Problem]) -> None:
    for key, form in _forms(section, "windows", WindowForm, problems).items():
        window = _window(key, form)
        times.windows[key] = window
        if form.monthly is not None and form.monthly.nth == _RARE_NTH:
            message = "không phải tháng nào cũng có lần thứ 5"
            hint = "đặt nth: -1 nếu muốn lần cuối của mỗi tháng"
            path = (key, "monthly", "nth")
            warnings.append(problem_at(section, path, message, hint=hint, under="windows"))
        problem = notice_problem(window, times.day_table, section)
        if problem is not None:
            warnings.append(problem)


def notice_problem(window: Window, table: DayTable, section: YamlMap) -> Problem | None:
    """Return what is wrong with the notice given to the public: none, or less than the decree asks for."""
    if window.urgent:
        return None
    if window.announced_at is None:
        message = "chưa ghi ngày thông báo cho người dân (announced_at)"
        hint = f"phải báo trước {NOTICE_DAYS} ngày làm việc (NĐ 224/2026 Điều 13); việc gấp không báo trước được thì đặt urgent: true"
        return problem_at(section, (window.id,), message, hint=hint, under="windows")
    days = notice_days(window, table)
    if days is None or days >= NOTICE_DAYS:
        return None
    start = first_start(window)
    if start is not None and window.announced_at > start:
        message = "thông báo sau khi đã bắt đầu"
    else:
        message = f"thông báo trước {days} ngày làm việc, phải ít nhất {NOTICE_DAYS} (NĐ 224/2026 Điều 13)"
    hint = "dời ngày thực hiện; việc gấp không báo trước được thì đặt urgent: true"
    return problem_at(section, (window.id, "announced_at"), message, hint=hint, under="windows")


def _window(key: str, form: WindowForm) -> Window:
    select = form.select
    window = Window(
        id=key,
        title=form.title,
        reason=form.reason,
        owner=form.owner,
        selector=Selector(
            targets=tuple(select.targets),
            units=tuple(select.units),
            areas=tuple(select.areas),
            former_districts=tuple(select.former_districts),
            layers=tuple(layer.value for layer in select.layers),
            circuits=tuple(select.circuits),
            providers=tuple(select.providers),
            tags=tuple(select.tags),
        ),
        until_up=form.until_up,
        urgent=form.urgent,
        announced_at=None if form.announced_at is None else read_moment(form.announced_at, ZONE),
        document=form.document,
        zone=ZONE,
    )
    if form.once is not None:
        starts_at, ends_at = read_moment(form.once.from_, ZONE), read_moment(form.once.to, ZONE)
        return replace(window, starts_at=starts_at, ends_at=ends_at)
    if form.monthly is not None:
        return replace(_repeating(window, form.monthly), repeat=Repeat.MONTHLY, nth=form.monthly.nth)
    return window if form.weekly is None else replace(_repeating(window, form.weekly), repeat=Repeat.WEEKLY)


def _repeating(window: Window, form: WeeklyForm) -> Window:
    return replace(
        window,
        weekday=read_weekday(form.weekday),
        from_minute=read_minute(form.at),
        duration_s=form.hours * 3600,
        first_day=None if form.from_ is None else read_day(form.from_),
        last_day=None if form.until is None else read_day(form.until),
    )
