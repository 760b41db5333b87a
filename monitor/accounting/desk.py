"""Where corrections are carried out: looked at, on the disk together with their entry in the audit log."""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from inventory.model import Inventory
from monitor.accounting.correcting import CorrectionRefusal, CorrectionWish, planned, withdrawal
from monitor.accounting.model import Correction
from monitor.clock import Clock
from monitor.settings.storage import AccountingSettings
from monitor.storage import audit, corrections
from monitor.storage.audit import AuditEntry
from monitor.storage.database import Database
from probes.wording import one_line

_DETAIL_LIMIT: Final = 400
_MOST_IDS: Final = 3


class CorrectionDesk:
    """Makes corrections and takes them back. Whatever changes something is on the disk when it returns (StorageError)."""

    def __init__(
        self,
        database: Database,
        *,
        clock: Clock,
        inventory: Callable[[], Inventory],
        settings: Callable[[], AccountingSettings],
    ) -> None:
        self._database = database
        self._clock = clock
        self._inventory = inventory
        self._settings = settings

    @property
    def now(self) -> float:
        """Unix seconds."""
        return self._clock.now()

    async def try_out(self, wish: CorrectionWish) -> Correction | CorrectionRefusal:
        """Return the entry as it would be kept; it changes nothing."""
        known = frozenset(wish.check_ids) & self._inventory().checks.keys()
        if not known >= set(wish.check_ids):
            known |= await self._database.read(partial(corrections.checks_ever_known, asked=wish.check_ids))
        second_person = self._settings().second_person
        return planned(wish, known=known, second_person=second_person, now=self._clock.now())

    async def correct(self, wish: CorrectionWish) -> Correction | CorrectionRefusal:
        """Count a stretch of time as something else from now on."""
        entry = await self.try_out(wish)
        if isinstance(entry, CorrectionRefusal):
            return entry
        return await self._keep(entry, "correction.made")

    async def withdraw(
        self, correction_id: int, *, reason: str, who: str, approver: str
    ) -> Correction | CorrectionRefusal:
        """Take an entry back by another."""
        earlier, is_withdrawn = await self._database.read(
            partial(corrections.select_one, correction_id=correction_id)
        )
        entry = withdrawal(
            earlier,
            is_withdrawn=is_withdrawn,
            reason=reason,
            who=who,
            approver=approver,
            second_person=self._settings().second_person,
            now=self._clock.now(),
        )
        if isinstance(entry, CorrectionRefusal):
            return entry
        return await self._keep(entry, "correction.withdrawn")

    async def list(self, from_at: float, until_at: float) -> Sequence[Correction]:
        """Return the entries about a part of [from_at, until_at), with those that withdraw some of them."""
        return await self._database.read(
            partial(corrections.select_touching, from_at=from_at, until_at=until_at)
        )

    async def _keep(self, entry: Correction, action: str) -> Correction:
        def save(connection: sqlite3.Connection) -> int:
            number = corrections.append(connection, entry)
            audit.insert_entries(
                connection,
                [AuditEntry(entry.at, entry.who, action, self._inventory().digest, _detail(entry, number))],
            )
            return number

        return replace(entry, id=await self._database.write(save))


def _detail(entry: Correction, number: int) -> str:
    more = len(entry.check_ids) - _MOST_IDS
    ids = ", ".join(entry.check_ids[:_MOST_IDS]) + (f" (+{more})" if more > 0 else "")
    what = f"withdraws {entry.withdraws}" if entry.withdraws is not None else f"counts as {entry.counts_as}"
    detail = f"{number}: {what}, {ids}, [{entry.from_at:.0f}, {entry.until_at:.0f}), {entry.approver}: {entry.reason}"
    return one_line(detail, _DETAIL_LIMIT).encode(errors="replace").decode()
