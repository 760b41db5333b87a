"""What answering needs of the daemon."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from alerts.model.decision import Decision
from alerts.model.incident import Incident
from monitor.storage.audit import AuditEntry


class Once(Protocol):
    """What happens once; both raise StorageError."""

    def take(self, token: str, now: float) -> Awaitable[bool]:
        """Take a token, durably; False when it was taken before."""
        ...

    def is_taken(self, token: str) -> Awaitable[bool]:
        """Whether it was taken."""
        ...


@dataclass(frozen=True, slots=True)
class Deeds:
    """`carry_out` saves a decision some time soon; `do` as well, and returns when it is on the disk.

    `find` returns an incident that the store knows, also one that ended long ago. `do`, `find` and `once` raise
    StorageError; `note` never does.
    """

    carry_out: Callable[[Decision], None]
    do: Callable[[Decision], Awaitable[None]]
    find: Callable[[str], Awaitable[Incident | None]]
    note: Callable[[AuditEntry], Awaitable[None]]
    once: Once
