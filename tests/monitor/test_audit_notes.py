"""Notes for the audit log under a store that takes its time."""

import asyncio
from collections.abc import Sequence

from monitor.audit_notes import AuditNotes
from monitor.storage.audit import AuditEntry


class SlowLog:
    """Takes entries a moment after they are given, as a disk does."""

    def __init__(self) -> None:
        self.actions: list[str] = []

    async def note_audit(self, entries: Sequence[AuditEntry]) -> None:
        for _ in range(3):
            await asyncio.sleep(0)
        self.actions += [entry.action for entry in entries]

    async def audit_log(self, limit: int) -> list[AuditEntry]:
        raise NotImplementedError


async def test_notes_and_retries_at_the_same_time_lose_and_double_nothing() -> None:
    store = SlowLog()
    notes = AuditNotes(store)

    async def late(action: str, rounds: int) -> None:
        for _ in range(rounds):
            await asyncio.sleep(0)
        await notes.note(AuditEntry(1.0, "Chị Hoa", action))

    await asyncio.gather(late("apply", 0), notes.save(), late("rollback", 1), notes.save(), notes.save())
    await notes.save()

    assert store.actions == ["apply", "rollback"]
