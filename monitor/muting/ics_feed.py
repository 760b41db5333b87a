"""Maintenance as a calendar for office programs: writes iCalendar (RFC 5545). Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from alerts.messages.plain import clean

LINE_BYTES: Final = 75
"""RFC 5545 3.1: lines are folded at 75 octets."""
TEXT_LIMIT: Final = 1_000


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """One time of maintenance. One that never took place (`until_at` not after `from_at`) was called off."""

    id: str
    title: str
    place: str
    text: str
    from_at: float
    until_at: float


def calendar_text(entries: Iterable[CalendarEntry], *, name: str, now: float) -> str:
    """Return a whole calendar. `now` is Unix seconds."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//tslcd-monitor//bao tri//VI",
        f"X-WR-CALNAME:{_text(name)}",
    ]
    for entry in entries:
        lines += _event(entry, now)
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line))


def _event(entry: CalendarEntry, now: float) -> Iterator[str]:
    is_off = entry.until_at <= entry.from_at
    yield "BEGIN:VEVENT"
    yield f"UID:{_text(entry.id)}-{entry.from_at:.0f}@tslcd-monitor"
    yield f"DTSTAMP:{_stamp(now)}"
    yield f"DTSTART:{_stamp(entry.from_at)}"
    yield f"DTEND:{_stamp(entry.until_at if not is_off else entry.from_at + 60)}"
    yield f"SUMMARY:{_text(entry.title)}"
    yield f"LOCATION:{_text(entry.place)}"
    yield f"DESCRIPTION:{_text(entry.text)}"
    yield f"STATUS:{'CANCELLED' if is_off else 'CONFIRMED'}"
    yield "END:VEVENT"


def _stamp(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y%m%dT%H%M%SZ}"


def _text(text: str) -> str:
    """Return a text value: one clean line, with what has a meaning in the format marked."""
    cleaned = clean(text, TEXT_LIMIT)
    return cleaned.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")


def _folded(line: str) -> Iterator[str]:
    """Yield the line in parts of at most LINE_BYTES, no character cut; those that go on begin with a blank."""
    part, size = "", 0
    for character in line:
        length = len(character.encode(errors="replace"))
        if size + length > LINE_BYTES:
            yield part
            part, size = " ", 1
        part, size = part + character, size + length
    yield part
