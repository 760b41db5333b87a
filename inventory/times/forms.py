"""The YAML form of calendars, holidays and maintenance windows. What refers to another entry is checked by times.py.

Field descriptions are for people who edit the files. Texts stay texts here; time_texts.py turns them into numbers.
"""

from collections.abc import Callable
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from inventory.model import Layer
from inventory.schema import Code, Form, OptionalText, Slug, Text
from inventory.times.texts import (
    read_day,
    read_minute,
    read_moment,
    read_span,
    read_spans,
    read_weekday,
    read_weekdays,
)

ZONE = "Asia/Ho_Chi_Minh"
MOST_DAYS = 30
_DAY_S = 86_400


def _readable(read: Callable[[str], object]) -> AfterValidator:
    def check(text: str) -> str:
        read(text)
        return text

    return AfterValidator(check)


def _apart(texts: list[str]) -> list[str]:
    read_spans(texts)
    return texts


DayText = Annotated[str, _readable(read_day)]
"""2026-12-01"""
MomentText = Annotated[str, _readable(lambda text: read_moment(text, ZONE))]
"""2026-12-01 22:00"""
MinuteText = Annotated[str, _readable(read_minute)]
"""01:30"""
WeekdayText = Annotated[str, _readable(read_weekday)]
"""mon ... sun, or T2 ... T7, CN."""
WeekdaysText = Annotated[str, _readable(read_weekdays)]
"""mon-fri, sat, or T2-T6."""
Hours = Annotated[list[Annotated[str, _readable(read_span)]], AfterValidator(_apart)]
"""["07:00-11:30", "13:30-17:00"]; [] is closed."""
DurationHours = Annotated[float, Field(gt=0, le=144)]
Names = list[Code]


class SessionForm(Form):
    """One item of a calendar's `sessions`: a meeting, with the time to prepare the room."""

    day: DayText
    hours: Annotated[Hours, Field(min_length=1)]
    prepare_minutes: Annotated[int, Field(ge=0, le=720)] = 60
    """The room is to be ready this long before."""


class CalendarForm(Form):
    """`calendars: {id: ...}`: when a service is offered; outside of it nobody is told."""

    name: Text
    base: Slug | None = None
    """Another calendar: what is not given here is as there."""
    hours: dict[WeekdaysText, Hours] = Field(default_factory=dict)
    """Weekdays -> hours; a weekday that is not given is closed, with `base` as there. The narrower key wins."""
    closed_on_holidays: bool | None = None
    """Closed on public holidays, and open on days that are worked instead. Without base: false."""
    opening_grace_minutes: Annotated[float, Field(ge=0, le=720)] | None = None
    """After each opening this long nobody is told of what was not switched on yet. Without base: 0."""
    days: dict[DayText, Hours] = Field(default_factory=dict)
    """Exceptions: the hours of single days, [] for closed."""
    sessions: list[SessionForm] = Field(default_factory=list)
    """Meetings: it is open only then, and while they are prepared."""

    @model_validator(mode="after")
    def _says_when(self) -> Self:
        if self.base is None and not (self.hours or self.days or "sessions" in self.model_fields_set):
            raise PydanticCustomError("rule", "lịch không có giờ nào: cần hours, days, sessions hoặc base")
        if self.sessions and self.hours:
            raise PydanticCustomError("rule", "chỉ dùng một trong hours, sessions")
        return self


class HolidaysForm(Form):
    """`holidays`: the public holidays that calendars with closed_on_holidays keep."""

    country: Annotated[str, Field(max_length=2)] = ""
    """VN: the public holidays that the law gives. Empty: only those listed in `off`."""
    off: dict[DayText, Text] = Field(default_factory=dict)
    """Further days off -> their names."""
    working: dict[DayText, WeekdayText] = Field(default_factory=dict)
    """Days that are worked although they would be free -> the weekday whose hours they have."""


class SelectorForm(Form):
    """`select` of a window: all of the given conditions, any of the values of each."""

    targets: Names = Field(default_factory=list)
    units: Names = Field(default_factory=list)
    areas: Names = Field(default_factory=list)
    former_districts: Names = Field(default_factory=list)
    layers: list[Layer] = Field(default_factory=list)
    circuits: Names = Field(default_factory=list)
    providers: Names = Field(default_factory=list)
    tags: Names = Field(default_factory=list)

    @model_validator(mode="after")
    def _is_given(self) -> Self:
        if not any(getattr(self, name) for name in type(self).model_fields):
            names = ", ".join(type(self).model_fields)
            raise PydanticCustomError("rule", "{rule}", {"rule": f"cần ít nhất một trong {names}"})
        return self


class OnceForm(Form):
    """`once` of a window."""

    from_: Annotated[MomentText, Field(alias="from")]
    to: MomentText

    @model_validator(mode="after")
    def _is_ordered(self) -> Self:
        lasts_s = read_moment(self.to, ZONE) - read_moment(self.from_, ZONE)
        if lasts_s <= 0:
            raise PydanticCustomError("rule", "kết thúc (to) phải sau khi bắt đầu (from)")
        if lasts_s > MOST_DAYS * _DAY_S:
            rule = f"dài {lasts_s / _DAY_S:.0f} ngày, nhiều nhất {MOST_DAYS}; nghỉ lâu hơn thì đặt enabled: false"
            raise PydanticCustomError("rule", "{rule}", {"rule": rule})
        return self


class WeeklyForm(Form):
    """`weekly` of a window."""

    weekday: WeekdayText
    at: MinuteText
    hours: DurationHours
    from_: Annotated[DayText | None, Field(alias="from")] = None
    """The first day it may begin on."""
    until: DayText | None = None
    """The last day it may begin on."""

    @model_validator(mode="after")
    def _is_ordered(self) -> Self:
        if self.from_ is not None and self.until is not None and read_day(self.until) < read_day(self.from_):
            raise PydanticCustomError("rule", "ngày cuối (until) phải không trước ngày đầu (from)")
        return self


class MonthlyForm(WeeklyForm):
    """`monthly` of a window."""

    nth: Annotated[int, Field(ge=-1, le=5)]
    """1: the first such weekday of the month, to 5; -1: the last."""

    @model_validator(mode="after")
    def _is_some(self) -> Self:
        if self.nth == 0:
            raise PydanticCustomError("rule", "nth là 1, 2, 3, 4, 5, hoặc -1 cho lần cuối trong tháng")
        return self


class WindowForm(Form):
    """`windows: {id: ...}`: a maintenance window. Measuring goes on; nobody is told of what fails within."""

    title: Text
    reason: Text
    owner: Text
    """Who does the work."""
    document: OptionalText = ""
    """Number of the letter that tells of it."""
    select: SelectorForm
    announced_at: MomentText | None = None
    """When the public was told: 2026-11-10, or with the time."""
    urgent: bool = False
    """Force majeure: no notice is owed to the public."""
    until_up: bool = False
    """It is over for a target as soon as that has been down and is up again."""
    once: OnceForm | None = None
    weekly: WeeklyForm | None = None
    monthly: MonthlyForm | None = None

    @model_validator(mode="after")
    def _comes_in_one_way(self) -> Self:
        if sum(part is not None for part in (self.once, self.weekly, self.monthly)) != 1:
            raise PydanticCustomError("rule", "cần đúng một trong once, weekly, monthly")
        return self
