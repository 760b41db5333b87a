"""Read the events of an iCalendar file (RFC 5545): only what maintenance needs. Pure.

Not understood, and said so: repeated events (RRULE, RDATE), events without an end. What a calendar program knows by a
name of its own as time zone counts as the province's.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

MOST_EVENTS: Final = 500
_STAMP: Final = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?")
_LENGTH: Final = re.compile(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
_ESCAPES: Final = {"\\n": "\n", "\\N": "\n", "\\,": ",", "\\;": ";", "\\\\": "\\"}


class IcsError(ValueError):
    """The file is no calendar, or has an event that cannot be understood; the text is Vietnamese."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event. Times are ISO 8601, with an offset where the file has one, else wall time of the province."""

    summary: str
    description: str
    location: str
    from_text: str
    until_text: str


def read_events(text: str) -> tuple[Event, ...]:
    """Return the events in the file's order, without those that were called off. Raises IcsError."""
    lines = list(_unfolded(text))
    if not lines or lines[0].strip().upper() != "BEGIN:VCALENDAR":
        raise IcsError("không phải tệp lịch iCalendar (.ics)")
    found: list[Event] = []
    fields: dict[str, tuple[dict[str, str], str]] | None = None
    nested = 0
    for line in lines:
        name, parameters, value = _content(line)
        if name == "BEGIN" and value.upper() == "VEVENT":
            fields = {}
        elif name in {"BEGIN", "END"} and value.upper() != "VEVENT":
            nested += 1 if name == "BEGIN" else -1
        elif name == "END" and fields is not None:
            if fields.get("STATUS", ({}, ""))[1].upper() != "CANCELLED":
                found.append(_event(fields))
            fields = None
        elif fields is not None and nested == 1:  # not those of an alarm within
            fields.setdefault(name, (parameters, value))
        if len(found) > MOST_EVENTS:
            raise IcsError(f"quá {MOST_EVENTS} sự kiện")
    return tuple(found)


def _unfolded(text: str) -> Iterator[str]:
    """Yield the lines, each with those that go on after it."""
    whole = ""
    for line in text.splitlines():
        if line[:1] in {" ", "\t"}:
            whole += line[1:]
            continue
        if whole.strip():
            yield whole
        whole = line
    if whole.strip():
        yield whole


def _content(line: str) -> tuple[str, dict[str, str], str]:
    """Split `NAME;PARAMETER=x;OTHER="a:b":value`."""
    quoted = False
    for at, character in enumerate(line):
        if character == '"':
            quoted = not quoted
        elif character == ":" and not quoted:
            name, *pairs = line[:at].split(";")
            parameters = {
                key.upper(): value.strip('"') for key, _, value in (pair.partition("=") for pair in pairs)
            }
            return name.upper(), parameters, line[at + 1 :]
    return "", {}, ""


def _event(fields: dict[str, tuple[dict[str, str], str]]) -> Event:
    summary = _text(fields, "SUMMARY")
    if "RRULE" in fields or "RDATE" in fields:
        raise IcsError(f"sự kiện lặp lại '{summary}': khai trong danh mục (maintenance)")
    if "DTSTART" not in fields:
        raise IcsError(f"sự kiện '{summary}' không có giờ bắt đầu")
    start = _moment(*fields["DTSTART"], summary)
    if "DTEND" in fields:
        end = _moment(*fields["DTEND"], summary)
    elif "DURATION" in fields:
        end = start + _lasting(fields["DURATION"][1], summary)
    elif len(fields["DTSTART"][1].strip()) == len("20261123"):  # a whole day
        end = start + timedelta(days=1)
    else:
        raise IcsError(f"sự kiện '{summary}' không có giờ kết thúc")
    return Event(
        summary=summary,
        description=_text(fields, "DESCRIPTION"),
        location=_text(fields, "LOCATION"),
        from_text=_written(start),
        until_text=_written(end),
    )


def _text(fields: dict[str, tuple[dict[str, str], str]], name: str) -> str:
    text = re.sub(r"\\[nN,;\\]", lambda found: _ESCAPES[found[0]], fields.get(name, ({}, ""))[1])
    return " ".join(text.split())


def _moment(parameters: dict[str, str], value: str, summary: str) -> datetime:
    found = _STAMP.fullmatch(value.strip())
    if not found:
        raise IcsError(f"sự kiện '{summary}': không hiểu thời điểm '{value[:40]}'")
    year, month, day, hour, minute = (int(part or 0) for part in found.groups()[:5])
    try:
        return datetime(
            year, month, day, hour, minute, tzinfo=UTC if found[7] else _zone(parameters.get("TZID", ""))
        )
    except ValueError:
        raise IcsError(f"sự kiện '{summary}': không có thời điểm '{value[:40]}'") from None


def _zone(name: str) -> ZoneInfo | None:
    """Return the time zone of a name; None for none, or for one that only the calendar program knows."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def _lasting(value: str, summary: str) -> timedelta:
    found = _LENGTH.fullmatch(value.strip())
    if not found or not any(found.groups()):
        raise IcsError(f"sự kiện '{summary}': không hiểu thời lượng '{value[:40]}'")
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)


def _written(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}" if at.tzinfo is None else at.isoformat(timespec="seconds")
