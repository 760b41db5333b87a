"""The API's times for people: they carry the province's zone already. Pure."""

from datetime import datetime

from alerts.messages import words


def moment(iso: str | None, *, as_of: str | None = None) -> str:
    """Write an ISO time as "02:47", with the day unless it is that of `as_of`; "–" for none."""
    if iso is None:
        return "–"
    at = datetime.fromisoformat(iso)
    is_today = as_of is not None and datetime.fromisoformat(as_of).date() == at.date()
    return f"{at:%H:%M}" if is_today else f"{at:%H:%M %d/%m/%Y}"


def exact(iso: str | None) -> str:
    """Write an ISO time with seconds and day, for a log; "–" for none."""
    return "–" if iso is None else f"{datetime.fromisoformat(iso):%H:%M:%S %d/%m/%Y}"


def clock(iso: str) -> str:
    """Write the time of day with seconds."""
    return f"{datetime.fromisoformat(iso):%H:%M:%S}"


def since(iso: str | None, as_of: str) -> str:
    """Write since when, and for how long: "02:47 (13 phút)"; "–" for none."""
    if iso is None:
        return "–"
    lasted_s = (datetime.fromisoformat(as_of) - datetime.fromisoformat(iso)).total_seconds()
    return f"{moment(iso, as_of=as_of)} ({words.duration(lasted_s)})"
