"""Notes for the audit log under a store that takes its time."""

import asyncio
from collections.abc import Sequence

from monitor.audit_notes import AuditNotes, clock_step_entry
from monitor.storage.audit import AuditEntry


class SlowLog:
    """Takes entries a moment after they are given, as a disk does."""

    def __init__(self) -> None:
        self.entries: list[AuditEntry] = []

    @property
    def actions(self) -> list[str]:
        return [entry.action for entry in self.entries]

    async def note_audit(self, entries: Sequence[AuditEntry]) -> None:
        for _ in range(3):
            await asyncio.sleep(0)
        self.entries += entries

    async def audit_log(self, limit: int) -> list[AuditEntry]:
        return self.entries[::-1][:limit]


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


def test_a_stepped_clock_is_on_record_with_the_old_and_the_new_time() -> None:
    entry = clock_step_entry(-86_400.0 * 365, 0.0)

    assert (entry.at, entry.action) == (0.0, "clock_step")
    assert entry.detail == "1971-01-01T00:00:00Z -> 1970-01-01T00:00:00Z (-31536000.0 s)"
