"""Periods as people ask for them: months and quarters of the calendar and of the administration, weeks, days. Pure.

Every period begins and ends at a local midnight. An administrative month is named by the month it ends in and begins
on a set day, "hc-2026-11" on 15/10 (NĐ 09/2019 Điều 12); quarters, halves and years are made of such months.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from monitor.accounting.model import Period

FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 2999
WORDS: Final = ("today", "yesterday", "this-month", "last-month")

_MONTHS_A_YEAR: Final = 12
_WEEK: Final = 7
_WIDTHS: Final = {"": 1, "q": 3, "h": 6, "y": 12}
_ADMINISTRATIVE: Final = "hc-"
_MONTHS: Final = re.compile(
    r"(?P<hc>hc-)?(?P<year>\d{4})(?:-(?:(?P<kind>[qh])(?P<part>\d)|(?P<month>\d{2})))?", re.ASCII
)
_WEEKS: Final = re.compile(r"(?P<year>\d{4})-w(?P<week>\d{2})", re.ASCII)
_DAYS: Final = re.compile(r"(?P<first>\d{4}-\d{2}-\d{2})(?:\.\.(?P<last>\d{4}-\d{2}-\d{2}))?", re.ASCII)
_POSSIBLE: Final = (
    "kỳ có thể là tháng 2026-11, quý 2026-q4, nửa năm 2026-h1, năm 2026 (thêm hc- ở trước để tính theo kỳ hành chính: "
    "hc-2026-11), tuần 2026-w47, ngày 2026-11-22, khoảng ngày 2026-11-01..2026-11-15, "
    "hoặc today, yesterday, this-month, last-month"
)


class PeriodError(ValueError):
    """These words name no period; the message is a Vietnamese sentence that says what is possible."""


@dataclass(frozen=True, slots=True)
class _Months:
    """The `number`th stretch of `width` months since year 0, of the calendar or of the administration."""

    number: int
    width: int
    is_administrative: bool = False

    @property
    def id(self) -> str:
        """How people ask for it."""
        year, part = divmod(self.number, _MONTHS_A_YEAR // self.width)
        part_of_year = {1: f"-{part + 1:02}", 3: f"-q{part + 1}", 6: f"-h{part + 1}", 12: ""}[self.width]
        return f"{_ADMINISTRATIVE if self.is_administrative else ''}{year:04}{part_of_year}"

    def days(self, month_begins_on: int) -> tuple[date, date]:
        """Return its first day and the first day after it."""
        day = month_begins_on if self.is_administrative else 1
        # A month that begins on the 1st begins in the month it ends in.
        earlier = 0 if day == 1 else 1
        first, after = (
            divmod((self.number + more) * self.width - earlier, _MONTHS_A_YEAR) for more in (0, 1)
        )
        return date(first[0], first[1] + 1, day), date(after[0], after[1] + 1, day)

    def previous(self) -> "_Months":
        """Return the one before."""
        return _Months(self.number - 1, self.width, self.is_administrative)


@dataclass(frozen=True, slots=True)
class _Days:
    """So many days from `first` on; `is_week` when it was asked for as a week."""

    first: date
    count: int
    is_week: bool = False

    @property
    def id(self) -> str:
        """How people ask for it."""
        if self.is_week:
            year, week, _ = self.first.isocalendar()
            return f"{year:04}-w{week:02}"
        if self.count == 1:
            return self.first.isoformat()
        return f"{self.first}..{self.first + timedelta(days=self.count - 1)}"

    def days(self, month_begins_on: int) -> tuple[date, date]:  # noqa: ARG002 (as of _Months)
        """Return its first day and the first day after it."""
        return self.first, self.first + timedelta(days=self.count)

    def previous(self) -> "_Days":
        """Return as many days that end where it begins."""
        return _Days(self.first - timedelta(days=self.count), self.count, self.is_week)


def period(text: str, *, zone: str, month_begins_on: int, now: float) -> Period:
    """Return the period that people ask for by `text`, in local time of `zone`.

    Raises PeriodError. `month_begins_on`: first day of an administrative month. `now` is for words like "today".
    """
    return _placed(_read(text.strip().casefold(), zone, now), zone, month_begins_on)


def previous(of: Period, *, zone: str, month_begins_on: int) -> Period:
    """Return the period of the same kind that ends where this one begins: what it is compared with.

    Raises PeriodError when it lies before FIRST_YEAR, or `of` was not made by `period`.
    """
    return _placed(_read(of.id, zone, of.from_at).previous(), zone, month_begins_on)


def days_of(of: Period, *, zone: str) -> tuple[tuple[date, float, float], ...]:
    """Return the local days that a period touches with the part of each that lies in it: (day, from_at, until_at)."""
    if of.length_s <= 0:
        return ()
    first = datetime.fromtimestamp(of.from_at, ZoneInfo(zone)).date()
    last = datetime.fromtimestamp(of.until_at, ZoneInfo(zone)).date()
    days = [first + timedelta(days=number) for number in range((last - first).days + 2)]
    edges = [(day, min(max(midnight_at(day, zone), of.from_at), of.until_at)) for day in days]
    # A zone may leave out a whole day: nothing of it is there.
    return tuple((day, start, end) for (day, start), (_, end) in pairwise(edges) if start < end)


def midnight_at(day: date, zone: str) -> float:
    """Return the first moment of a local day."""
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).timestamp()


def _placed(named: _Months | _Days, zone: str, month_begins_on: int) -> Period:
    try:
        first, after = named.days(month_begins_on)
    except (ValueError, OverflowError):  # before the year 1, or after 9999
        first = after = date.min
    # An administrative year begins in the year before.
    if first < date(FIRST_YEAR - 1, 12, 1) or after > date(LAST_YEAR + 1, 1, 1):
        msg = f"kỳ nằm ngoài các năm {FIRST_YEAR} đến {LAST_YEAR}: {_POSSIBLE}"
        raise PeriodError(msg)
    return Period(named.id, midnight_at(first, zone), midnight_at(after, zone))


def _read(text: str, zone: str, now: float) -> _Months | _Days:
    if text in WORDS:
        return _of_word(text, datetime.fromtimestamp(now, ZoneInfo(zone)).date())
    if months := _MONTHS.fullmatch(text):
        return _of_months(months)
    try:
        if week := _WEEKS.fullmatch(text):
            return _Days(date.fromisocalendar(int(week["year"]), int(week["week"]), 1), _WEEK, is_week=True)
        days = _DAYS.fullmatch(text)
        first = date.fromisoformat(days["first"]) if days else date.min
        last = date.fromisoformat(days["last"] or days["first"]) if days else date.min
    except ValueError:
        msg = f"không có kỳ '{text}' trong lịch: {_POSSIBLE}"
        raise PeriodError(msg) from None
    if days is None:
        msg = f"không hiểu kỳ '{text}': {_POSSIBLE}"
        raise PeriodError(msg)
    if last < first:
        msg = f"khoảng ngày '{text}' bị ngược: viết ngày đầu trước, ngày cuối sau ({last}..{first})"
        raise PeriodError(msg)
    return _Days(first, (last - first).days + 1)


def _of_word(word: str, today: date) -> _Months | _Days:
    this_month = _Months(today.year * _MONTHS_A_YEAR + today.month - 1, 1)
    match word:
        case "today":
            return _Days(today, 1)
        case "yesterday":
            return _Days(today - timedelta(days=1), 1)
        case "this-month":
            return this_month
        case _:
            return this_month.previous()


def _of_months(found: re.Match[str]) -> _Months:
    kind = found["kind"] or ("" if found["month"] else "y")
    width = _WIDTHS[kind]
    part = int(found["part"] or found["month"] or 1)
    a_year = _MONTHS_A_YEAR // width
    if not 1 <= part <= a_year:
        msg = f"không có kỳ '{found[0]}' trong lịch: {_POSSIBLE}"
        raise PeriodError(msg)
    return _Months(int(found["year"]) * a_year + part - 1, width, found["hc"] is not None)
