"""The audit log."""

from pathlib import Path

from monitor.storage.audit import AuditEntry
from monitor.storage.state import StateStore


async def test_the_audit_log_keeps_what_was_done_the_latest_first_over_restarts(tmp_path: Path) -> None:
    entries = [
        AuditEntry(float(n), "Chị Hoa", "apply", f"digest{n}", f"lần {n}", f"10.0.0.{n}") for n in range(3)
    ]
    async with StateStore.open(tmp_path / "state.db", now=1.0) as store:
        await store.note_audit(entries[:2])
    async with StateStore.open(tmp_path / "state.db", now=2.0) as store:
        await store.note_audit(entries[2:])

        assert await store.audit_log(10) == entries[::-1]
        assert await store.audit_log(1) == entries[2:]
