"""What can be allowed, and which role may do what. Pure; the one table that pages, API, command line and tests share."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Right(StrEnum):
    """One thing that somebody may be allowed to do. Also the scopes of API tokens."""

    STATUS = "status"
    """See the status page: names and words, no addresses."""
    OWN = "own"
    """See the page of one's own commune; note, say that power is back, ask for a new measurement there."""
    OVERVIEW = "overview"
    """See the overview, the leaders' page, the list of incidents, and read reports."""
    SEE = "see"
    """See everything that is watched: targets, incidents with their logs, rotas, maintenance, coverage."""
    ADDRESSES = "addresses"
    """See network addresses, options of checks, and who was told where."""
    ACT = "act"
    """Take, give back, annotate, merge and close incidents; ask for a new measurement."""
    MUTE = "mute"
    """Silence, announce maintenance."""
    CAUSE = "cause"
    """Confirm causes, write tickets, correct the accounts."""
    REPORT = "report"
    """Write reports, enter meetings, freeze."""
    DUTY = "duty"
    """Change who is on duty."""
    INVENTORY = "inventory"
    """Apply and roll back inventories."""
    OPERATE = "operate"
    """See how the monitor itself is, its queue of messages and its chats; retry, drop and test messages."""
    METRICS = "metrics"
    """Read /metrics."""
    PEOPLE = "people"
    """Manage accounts and tokens, read the audit log."""


class Role(StrEnum):
    """What somebody is here."""

    COMMUNE = "commune"
    SCREEN = "screen"
    """A wall screen: sees the overview, nothing else; its session does not end by idleness."""
    LEADER = "leader"
    DUTY = "duty"
    REPORTER = "reporter"
    ADMIN = "admin"

    @property
    def word(self) -> str:
        """Return the Vietnamese name."""
        return _WORDS[self]


_WORDS: Final[Mapping[Role, str]] = {
    Role.COMMUNE: "cấp xã",
    Role.SCREEN: "màn hình",
    Role.LEADER: "lãnh đạo",
    Role.DUTY: "trực",
    Role.REPORTER: "báo cáo",
    Role.ADMIN: "quản trị",
}

GUEST_RIGHTS: Final = frozenset({Right.STATUS})
"""What whoever reaches the page may see without signing in."""

_LOOKING: Final = frozenset({Right.STATUS, Right.OVERVIEW, Right.SEE})

RIGHTS: Final[Mapping[Role, frozenset[Right]]] = MappingProxyType(
    {
        Role.COMMUNE: frozenset({Right.STATUS, Right.OWN}),
        Role.SCREEN: frozenset({Right.STATUS, Right.OVERVIEW}),
        Role.LEADER: frozenset({Right.STATUS, Right.OVERVIEW}),
        Role.DUTY: _LOOKING
        | {Right.ADDRESSES, Right.ACT, Right.MUTE, Right.CAUSE, Right.DUTY, Right.OPERATE, Right.METRICS},
        Role.REPORTER: _LOOKING | {Right.CAUSE, Right.REPORT},
        Role.ADMIN: frozenset(Right) - {Right.OWN},
    }
)
