"""Meetings that were held over the conference system, and what the endpoints did meanwhile. Values only."""

from dataclasses import dataclass

READY_BEFORE_S = 1_800.0
"""An endpoint should be ready so long before the meeting begins."""
LOOKED_AT_BEFORE_S = 3_600.0
"""Endpoints are looked at from so long before the meeting on: until then they may be switched off."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting as people entered it. `[begins_at, ends_at)`, Unix seconds.

    `unit_codes`: who was to take part by endpoint; empty: every unit that has one. `registered`: how many points were
    registered in all, with those that join by software; None: as many as endpoints take part. `withdrawn_at`: it was
    entered by mistake, or was not held.
    """

    id: str
    """HOP-2026-0001"""
    title: str
    begins_at: float
    ends_at: float
    unit_codes: tuple[str, ...] = ()
    registered: int | None = None
    note: str = ""
    who: str = ""
    created_at: float = 0.0
    withdrawn_at: float | None = None


@dataclass(frozen=True, slots=True)
class Seat:
    """One endpoint in one meeting. None: nobody knows, or that moment has not come.

    Ready: its primary check is UP or DEGRADED at that moment. A calendar does not matter: somebody has to be there.
    """

    target_id: str
    unit_code: str
    was_ready_before: bool | None
    """READY_BEFORE_S before the beginning."""
    was_ready: bool | None
    """At the beginning."""
    was_mended: bool
    """Seen down within LOOKED_AT_BEFORE_S before the beginning, and ready at it."""
    lost_s: float
    """How long it was down between the beginning and the end."""


@dataclass(frozen=True, slots=True)
class Attendance:
    """A meeting with all its endpoints. `ports`: what the MCU carries at once; None: not known."""

    meeting: Meeting
    seats: tuple[Seat, ...]
    ports: int | None = None

    @property
    def registered(self) -> int:
        """How many points there were to be."""
        return len(self.seats) if self.meeting.registered is None else self.meeting.registered

    @property
    def exceeds_ports(self) -> bool:
        """Whether more points were registered than the MCU carries."""
        return self.ports is not None and self.registered > self.ports
