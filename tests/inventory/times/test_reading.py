"""Calendars, holidays and windows as files say them; mistakes are in bad/3*."""

from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from inventory.loader import Loaded, load_with_warnings
from inventory.model import Calendar, Repeat, Window
from inventory.times.calendars import covers, day_spans
from inventory.times.day_table import holiday_name
from tests.inventory.conftest import WriteFiles

BASE = Path(__file__).parents[1] / "base.yaml"
MORNING, AFTERNOON = (420, 690), (810, 1020)


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Ho_Chi_Minh")).timestamp()


def loaded(write: WriteFiles, *contents: str) -> Loaded:
    return load_with_warnings([BASE, *(write(f"f{n}", a=content) for n, content in enumerate(contents))])


def calendar(write: WriteFiles, fields: str) -> Calendar:
    return loaded(write, f"calendars:\n  rieng: {{name: Giờ riêng, {fields}}}\n").inventory.calendars["rieng"]


def window(write: WriteFiles, fields: str) -> tuple[Window, list[str]]:
    text = f"windows:\n  nut: {{title: Thay nút, reason: hỏng, owner: VNPT, select: {{targets: [gw]}}, {fields}}}\n"
    found = loaded(write, text)
    return found.inventory.windows["nut"], [problem.message for problem in found.warnings]


class TestShippedCalendars:
    calendars = load_with_warnings([BASE]).inventory.calendars

    @pytest.mark.parametrize("name", ["mot-cua", "hanh-chinh"])
    def test_are_working_hours_with_half_an_hour_to_switch_on(self, name: str) -> None:
        found = self.calendars[name]

        assert found.week == ((MORNING, AFTERNOON),) * 5 + ((), ())
        assert found.closed_on_holidays
        assert found.opening_grace_s == 1800

    def test_keep_the_swap_of_january_2026(self) -> None:
        found = self.calendars["mot-cua"]

        assert day_spans(found, date(2026, 1, 2)) == ()
        assert day_spans(found, date(2026, 1, 10)) == (MORNING, AFTERNOON)

    def test_know_the_one_that_has_no_closing_time(self) -> None:
        assert covers(self.calendars["24x7"], at("2026-02-17 03:00"))


class TestCalendars:
    def test_take_from_their_base_what_they_do_not_say(self, write: WriteFiles) -> None:
        found = calendar(
            write,
            'base: mot-cua, hours: {sat: ["07:00-11:30"], fri: []}, days: {2026-12-27: ["07:00-11:30"]}',
        )

        assert found.week == ((MORNING, AFTERNOON),) * 4 + ((), (MORNING,), ())
        assert (found.closed_on_holidays, found.opening_grace_s) == (True, 1800)
        assert found.days == {date(2026, 12, 27): (MORNING,)}

    def test_are_closed_on_the_days_of_an_exception_without_hours(self, write: WriteFiles) -> None:
        found = calendar(write, "base: mot-cua, days: {2026-12-25: []}, opening_grace_minutes: 0")

        assert day_spans(found, date(2026, 12, 25)) == ()
        assert found.opening_grace_s == 0

    def test_understand_vietnamese_weekdays(self, write: WriteFiles) -> None:
        found = calendar(write, 'hours: {T2-T6: ["07:00-11:30"], "T7, CN": ["08:00-09:00"]}')

        assert found.week == ((MORNING,),) * 5 + (((480, 540),),) * 2

    def test_take_the_narrower_of_two_keys(self, write: WriteFiles) -> None:
        found = calendar(write, 'hours: {fri: ["13:30-17:00"], mon-fri: ["07:00-11:30"]}')

        assert found.week[3:5] == ((MORNING,), (AFTERNOON,))

    def test_join_hours_that_touch(self, write: WriteFiles) -> None:
        assert calendar(write, 'hours: {mon: ["12:00-24:00", "00:00-12:00"]}').week[0] == ((0, 1440),)

    def test_change_by_a_later_folder_key_by_key(self, write: WriteFiles) -> None:
        later = 'calendars: {mot-cua: {hours: {T2-T6: ["07:30-11:30"]}, opening_grace_minutes: 15}}\n'
        found = loaded(write, later).inventory.calendars["mot-cua"]

        assert found.week[:5] == (((450, 690),),) * 5
        assert (found.name, found.opening_grace_s) == ("Giờ một cửa", 900)

    def test_open_for_sessions_and_while_they_are_prepared(self, write: WriteFiles) -> None:
        found = calendar(
            write,
            'sessions: [{day: 2026-12-01, hours: ["08:00-11:30", "13:30-17:00"]}, '
            '{day: 2026-12-03, hours: ["00:15-01:00"], prepare_minutes: 30}]',
        )

        assert found.days == {
            date(2026, 12, 1): (MORNING, (750, 1020)),
            date(2026, 12, 2): ((1425, 1440),),
            date(2026, 12, 3): ((0, 60),),
        }

    def test_that_never_open_are_warned_about(self, write: WriteFiles) -> None:
        warnings = loaded(write, "calendars: {hop: {name: Họp, sessions: []}}\n").warnings

        assert [problem.message for problem in warnings] == [
            "lịch không có giờ mở nào: đối tượng dùng lịch này không bao giờ được báo"
        ]

    def test_with_hours_shorter_than_the_grace_are_warned_about(self, write: WriteFiles) -> None:
        text = 'calendars: {a: {name: A, base: mot-cua, days: {2026-12-25: ["08:00-08:30"]}}}\n'

        assert [problem.message for problem in loaded(write, text).warnings] == [
            "trong khoảng 08:00–08:30 không bao giờ báo: opening_grace_minutes dài bằng hoặc hơn"
        ]


def test_a_later_folder_adds_days_off_to_those_shipped(write: WriteFiles) -> None:
    table = (
        loaded(write, "holidays: {off: {2026-05-04: Nghỉ bão}, working: {2026-05-09: mon}}\n")
        .inventory.calendars["mot-cua"]
        .day_table
    )

    assert holiday_name(table, date(2026, 5, 4)) == "Nghỉ bão"
    assert holiday_name(table, date(2026, 1, 2)) == "Nghỉ Tết Dương lịch (làm bù thứ Bảy 10/01/2026)"
    assert table.working == {date(2026, 1, 10): 4, date(2026, 5, 9): 0}
    assert table.country == "VN"


class TestWindows:
    def test_come_once(self, write: WriteFiles) -> None:
        found, _ = window(
            write, "once: {from: 2026-12-01 22:00, to: 2026-12-02T04:00}, until_up: true, document: 12/TB"
        )

        assert (found.repeat, found.starts_at, found.ends_at) == (
            Repeat.ONCE,
            at("2026-12-01 22:00"),
            at("2026-12-02 04:00"),
        )
        assert (found.until_up, found.document, found.owner) == (True, "12/TB", "VNPT")

    def test_come_weekly(self, write: WriteFiles) -> None:
        found, _ = window(write, 'weekly: {weekday: CN, at: "23:30", hours: 1.5, until: 2026-12-31}')

        assert (found.repeat, found.weekday, found.from_minute, found.duration_s) == (
            Repeat.WEEKLY,
            6,
            1410,
            5400,
        )
        assert (found.first_day, found.last_day) == (None, date(2026, 12, 31))

    def test_come_monthly(self, write: WriteFiles) -> None:
        found, _ = window(write, "monthly: {nth: -1, weekday: sat, at: 1:00, hours: 3, from: 2026-01-01}")

        assert (found.repeat, found.nth, found.weekday, found.from_minute) == (Repeat.MONTHLY, -1, 5, 60)
        assert found.first_day == date(2026, 1, 1)

    def test_are_known_by_target(self, write: WriteFiles) -> None:
        text = (
            "windows:\n"
            "  nut: {title: A, reason: B, owner: C, select: {units: [21484]}, once: {from: 2026-12-01, to: 2026-12-02}}\n"
            "  gw: {title: A, reason: B, owner: C, select: {targets: [gw]}, once: {from: 2026-12-01, to: 2026-12-02}}\n"
        )

        assert loaded(write, text).inventory.windows_of == {"gw": ("nut", "gw"), "bien": ("nut",)}

    @pytest.mark.parametrize(
        ("fields", "warnings"),
        [
            ("announced_at: 2026-11-18, once: {from: 2026-12-01 22:00, to: 2026-12-02 04:00}", []),
            (
                "announced_at: 2026-11-20 08:00, once: {from: 2026-12-01 22:00, to: 2026-12-02 04:00}",
                ["thông báo trước 5 ngày làm việc, phải ít nhất 7 (NĐ 224/2026 Điều 13)"],
            ),
            (
                "announced_at: 2026-12-03, once: {from: 2026-12-01 22:00, to: 2026-12-02 04:00}",
                ["thông báo sau khi đã bắt đầu"],
            ),
            (
                "once: {from: 2026-12-01 22:00, to: 2026-12-02 04:00}",
                ["chưa ghi ngày thông báo cho người dân (announced_at)"],
            ),
            ("urgent: true, once: {from: 2026-12-01 22:00, to: 2026-12-02 04:00}", []),
            ("announced_at: 2026-11-20, weekly: {weekday: CN, at: 01:00, hours: 1}", []),
            (
                "urgent: true, monthly: {nth: 5, weekday: CN, at: 01:00, hours: 1}",
                ["không phải tháng nào cũng có lần thứ 5"],
            ),
        ],
    )
    def test_warn_of_less_notice_than_the_decree_asks_for(
        self, write: WriteFiles, fields: str, warnings: list[str]
    ) -> None:
        assert window(write, fields)[1] == warnings
