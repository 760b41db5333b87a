"""Times as people send them to the API."""

from zoneinfo import ZoneInfo

from alerts.messages.plain import clean
from monitor.muting.texts import read_time
from monitor.web.refusing import RefusedError

_SHOWN = 40


def moment(text: str, zone: ZoneInfo, now: float, *, field: str) -> float:
    """Return Unix seconds of "2026-11-23 06:00", ISO 8601 with an offset, or the next "06:00". Raises RefusedError."""
    try:
        return read_time(text, zone, now)
    except (ValueError, OverflowError) as error:
        raise RefusedError(
            400,
            f"{field}: '{clean(text, _SHOWN)}': {error}",
            "viết như '2026-11-23 06:00' hoặc 06:00",
            field=field,
        ) from error


def moment_or_none(text: str, zone: ZoneInfo, now: float, *, field: str) -> float | None:
    """Return the same, None for no text. Raises RefusedError."""
    return moment(text, zone, now, field=field) if text else None
