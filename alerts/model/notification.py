"""Somebody must know: the rows of the outbox, and what is told besides incidents."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final


class NotificationKind(StrEnum):
    """What a notification tells."""

    OPENED = "opened"
    """It began, began again, or got worse (`round`)."""
    ESCALATED = "escalated"
    """Nobody took it: the next step of the policy."""
    REMINDED = "reminded"
    """It goes on and nobody took it."""
    UPDATED = "updated"
    """A group is larger or smaller, or what it has in common is known better."""
    FLAPPING = "flapping"
    """It goes down and comes back; the single times are not told any more."""
    RESOLVED = "resolved"
    """It is over. Goes exactly to those who were told of it."""
    BULLETIN = "bulletin"
    """Not about an incident: `about_id` is a Bulletin's id."""


TELLING: Final = frozenset(
    {
        NotificationKind.OPENED,
        NotificationKind.ESCALATED,
        NotificationKind.REMINDED,
        NotificationKind.UPDATED,
        NotificationKind.FLAPPING,
    }
)
"""Kinds that tell of an incident that goes on: whoever got one hears of the end."""


@dataclass(frozen=True, slots=True)
class Notification:
    """One row of the outbox: what is told, to whom, from when on.

    `severity` 1 (wakes people) to 3. `person` is the id of a person or group of the on-call file, "" for a bare
    address. `instead_of`: dedup_key of the row that this one replaces because its channel failed, "" for none.
    """

    about_id: str
    kind: NotificationKind
    channel: str
    recipient: str
    due_at: float
    round: int = 0
    step: int = 0
    severity: int = 1
    person: str = ""
    instead_of: str = ""

    @property
    def dedup_key(self) -> str:
        """The unique key: the same thing is never told twice to the same person."""
        return f"{self.about_id}:{self.kind}:{self.round}:{self.step}:{self.channel}:{self.recipient}"


class CancelReason(StrEnum):
    """Why a notification was not sent."""

    RESOLVED_BEFORE_DUE = "resolved_before_due"
    ABSORBED = "absorbed"
    """Its incident became part of a larger one."""
    NEVER_TOLD = "never_told"
    """A recovery of something this recipient was not told of."""
    REMOVED = "removed"
    ACKNOWLEDGED = "acknowledged"
    """Somebody took the incident before the step was told."""
    CAME_BACK_DOWN = "came_back_down"
    """A recovery that was over before it was told."""
    TOLD_OTHERWISE = "told_otherwise"
    """The same person got it on another channel."""
    DROPPED = "dropped"
    """A person dropped it."""
    RESTORED = "restored"
    """It waited in a copy that was restored, for too long to be sent after it."""


@dataclass(frozen=True, slots=True)
class Cancellation:
    """Cancel the incident's waiting rows of `kinds` that nobody tried to send and that are due after `due_after`."""

    about_id: str
    reason: CancelReason
    due_after: float = float("-inf")
    kinds: frozenset[NotificationKind] = TELLING


@dataclass(frozen=True, slots=True)
class Recovery:
    """Tell the end of an incident at `due_at` to exactly those who got, or will get, a telling message of it."""

    incident_id: str
    due_at: float
    round: int = 0
    severity: int = 1


@dataclass(frozen=True, slots=True)
class HandOver:
    """Whoever was told of `from_id` counts as told of `to_id`: the end of `to_id` reaches them too."""

    from_id: str
    to_id: str


class BulletinKind(StrEnum):
    """What is told besides incidents."""

    SELF = "self"
    """The monitor itself is in trouble."""
    BRIEF = "brief"
    """The morning's one line."""
    SHIFT = "shift"
    """A shift is handed over."""
    MAINTENANCE = "maintenance"
    """Maintenance is about to begin, began, is overdue, ended or was called off."""
    SILENCES = "silences"
    """The week's list of silences."""
    REPLY = "reply"
    """The answer to a command from a chat."""
    TEST = "test"
    PREFLIGHT = "preflight"
    """What is not ready for a meeting that is about to begin."""
    REPORT = "report"
    """A report was drafted, or still waits for something."""


@dataclass(frozen=True, slots=True)
class Bulletin:
    """Something to tell that is no incident. `id` is what makes it unique ("brief:2026-11-22"); saved once.

    It begins with the kind and a colon: delivery knows by it what goes alone.

    `facts` is plain JSON: what the template of `kind` shows.
    """

    id: str
    kind: BulletinKind
    at: float
    facts: Mapping[str, Any]
