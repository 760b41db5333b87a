"""Notes for the audit log that outlive a disk that refuses for a while."""

import asyncio
import datetime as dt
import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Protocol

from monitor.storage.audit import AuditEntry
from monitor.storage.errors import StorageError
from probes.wording import one_line

log = logging.getLogger(__name__)

DETAIL_LIMIT: Final = 1_000
"""Characters of an entry's detail."""


def clock_step_entry(step_s: float, now: float) -> AuditEntry:
    """Return the entry of a wall clock that was set by `step_s` and shows `now` since."""
    old, new = (f"{dt.datetime.fromtimestamp(at, dt.UTC):%Y-%m-%dT%H:%M:%SZ}" for at in (now - step_s, now))
    return AuditEntry(now, "", "clock_step", detail=f"{old} -> {new} ({step_s:+.1f} s)")


class AuditLog(Protocol):
    """Where deeds are noted. Both raise StorageError."""

    async def note_audit(self, entries: Sequence[AuditEntry]) -> None:
        """Append."""
        ...

    async def audit_log(self, limit: int) -> list[AuditEntry]:
        """Return the latest first."""
        ...


class AuditNotes:
    """Writes entries in order; what the store refuses waits here and is tried again by `save`."""

    def __init__(self, store: AuditLog) -> None:
        self._store = store
        self._unsaved: list[AuditEntry] = []
        self._saving = asyncio.Lock()

    async def note(self, entry: AuditEntry) -> None:
        """Append one entry; its detail becomes one line that the store can take (names of files may be any bytes)."""
        detail = one_line(entry.detail, DETAIL_LIMIT).encode(errors="replace").decode()
        entry = replace(entry, detail=detail)
        log.info(
            "audit who=%s source=%s action=%s inventory=%s detail=%s",
            entry.who,
            entry.source,
            entry.action,
            entry.digest[:12],
            entry.detail,
        )
        self._unsaved.append(entry)
        await self.save()

    async def save(self) -> None:
        """Try again what could not be written."""
        async with (
            self._saving
        ):  # or what two save at once is written twice, and what came between them never
            entries = tuple(self._unsaved)
            if not entries:
                return
            try:
                await self._store.note_audit(entries)
            except StorageError as error:
                log.warning("audit_not_saved waiting=%d error=%s", len(entries), error)
            else:
                del self._unsaved[: len(entries)]
