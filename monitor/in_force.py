"""What is known about the inventory in force: which one, since when, by whom, and what waits for a person. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class How(StrEnum):
    """Which way an inventory came into force."""

    START = "start"
    SIGNAL = "sighup"
    WATCH = "watch"
    APPLY = "apply"
    ROLLBACK = "rollback"


class Outcome(StrEnum):
    """What became of a reload."""

    SWAPPED = "swapped"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    WAITING = "waiting"
    """It would end the watch of many targets: a person decides."""


class Denial(StrEnum):
    """Why a person's command was not carried out, although the files are well."""

    FILES_CHANGED = "files_changed"
    UNKNOWN_VERSION = "unknown_version"


@dataclass(frozen=True, slots=True)
class InForce:
    """The inventory that is watched. `version` is None when it could not be stored."""

    digest: str
    version: int | None
    since_at: float
    who: str
    how: How
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Pending:
    """A change that waits for a person: it would end much; `text` says what, `unwatched` of how many targets."""

    digest: str
    at: float
    unwatched: int
    text: str
