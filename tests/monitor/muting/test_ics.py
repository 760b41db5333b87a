"""Calendars as carriers send them."""

import pytest

from monitor.muting.ics import Event, IcsError, read_events


def calendar(*lines: str) -> str:
    return "\r\n".join(("BEGIN:VCALENDAR", "VERSION:2.0", *lines, "END:VCALENDAR", ""))


def event(*lines: str) -> str:
    return calendar("BEGIN:VEVENT", *lines, "END:VEVENT")


def test_an_event_is_read_with_its_folded_and_escaped_texts() -> None:
    text = event(
        "UID:1",
        "SUMMARY:Thay thiết",
        "  bị nút\\, Đăk Tô",
        'LOCATION;X="a:b;c":Đăk Tô',
        "DESCRIPTION:dòng một\\ndòng hai",
        "DTSTART;TZID=Asia/Ho_Chi_Minh:20261123T220000",
        "DTEND:20261123T170000Z",
        "BEGIN:VALARM",
        "DESCRIPTION:chuông",
        "END:VALARM",
    )

    assert read_events(text) == (
        Event(
            "Thay thiết bị nút, Đăk Tô",
            "dòng một dòng hai",
            "Đăk Tô",
            "2026-11-23T22:00:00+07:00",
            "2026-11-23T17:00:00+00:00",
        ),
    )


@pytest.mark.parametrize(
    ("times", "start", "end"),
    [
        (("DTSTART:20261123T220000", "DURATION:PT1H30M"), "2026-11-23 22:00", "2026-11-23 23:30"),
        (("DTSTART;VALUE=DATE:20261123",), "2026-11-23 00:00", "2026-11-24 00:00"),
        (
            ("DTSTART;TZID=SE Asia Standard Time:20261123T220000", "DURATION:P1D"),
            "2026-11-23 22:00",
            "2026-11-24 22:00",
        ),
    ],
)
def test_times_without_a_zone_that_is_known_are_wall_times(
    times: tuple[str, ...], start: str, end: str
) -> None:
    (found,) = read_events(event(*times))

    assert (found.from_text, found.until_text) == (start, end)


def test_an_event_that_was_called_off_is_left_out() -> None:
    assert read_events(event("STATUS:CANCELLED", "DTSTART:20261123T220000")) == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "không phải tệp lịch"),
        ("<html>", "không phải tệp lịch"),
        (event("SUMMARY:A", "DTSTART:20261123T220000"), "'A' không có giờ kết thúc"),
        (event("SUMMARY:A", "DTEND:20261123T220000"), "'A' không có giờ bắt đầu"),
        (event("RRULE:FREQ=DAILY", "DTSTART:20261123"), "lặp lại"),
        (event("DTSTART:2026-11-23"), "không hiểu thời điểm"),
        (event("DTSTART:20261323T220000"), "không có thời điểm"),
        (event("DTSTART:20261123T220000", "DURATION:P"), "không hiểu thời lượng"),
        (calendar(*("BEGIN:VEVENT", "DTSTART:20261123", "END:VEVENT") * 501), "quá 500 sự kiện"),
    ],
)
def test_what_cannot_be_understood_is_said(text: str, said: str) -> None:
    with pytest.raises(IcsError, match=said):
        read_events(text)
