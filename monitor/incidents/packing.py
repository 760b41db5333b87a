"""The evidence pack of one incident, put together beside the event loop from both databases."""

import sqlite3
from functools import partial
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from inventory.model import Inventory
from monitor.report.evidence.gathering import Told, evidence, read_measured, read_told
from monitor.report.evidence.packing import pack
from monitor.settings.settings import Settings
from monitor.storage.database import Database
from monitor.storage.versions import VersionStore

WITHIN_S: Final = 60.0


async def packed(
    state: Database,
    results: Database,
    inventory: Inventory,
    settings: Settings,
    *,
    incident_id: str,
    now: float,
) -> bytes | None:
    """Return the ZIP, None when there is no such incident. Takes seconds of a reader's thread. Raises StorageError."""
    told = await state.read(partial(read_told, inventory=inventory, incident_id=incident_id, now=now))
    if told is None:
        return None
    put_together = partial(_packed, told=told, inventory=inventory, settings=settings, now=now)
    return await results.read(put_together, within_s=WITHIN_S)


def _packed(
    results: sqlite3.Connection, *, told: Told, inventory: Inventory, settings: Settings, now: float
) -> bytes:
    """Runs in another thread."""
    measured = read_measured(results, told, inventory, zone=ZoneInfo(settings.timezone))
    found = evidence(
        told,
        measured,
        inventory,
        province=settings.province,
        zone=settings.timezone,
        now=now,
        digest_then=digest_at(settings.state_dir, told.incident.opened_at),
    )
    return pack(found)


def digest_at(state_dir: Path, at: float) -> str:
    """Return the digest of the inventory that was in force then; "" when it is not kept any more. Blocks."""
    versions = VersionStore(state_dir / "inventory").all()
    before = [version for version in versions if version.at <= at]
    return max(before, key=lambda version: version.at).digest if before else ""
