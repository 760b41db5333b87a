"""What answering needs of the daemon."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from alerts.model.decision import Decision
from alerts.model.incident import Incident
from monitor.replies.once import IsUsed
from monitor.storage.audit import AuditEntry


@dataclass(frozen=True, slots=True)
class Deeds:
    """`do` carries out a decision at once and returns when it is on the disk.

    `find` returns an incident that the store knows, also one that ended long ago; `is_used`: whether the store knows
    that a token was used. StorageError of `do`: it is done, and saved as soon as the disk allows. `find` and `is_used`
    raise StorageError too; `note` never does.
    """

    do: Callable[[Decision], Awaitable[None]]
    find: Callable[[str], Awaitable[Incident | None]]
    note: Callable[[AuditEntry], Awaitable[None]]
    is_used: IsUsed
