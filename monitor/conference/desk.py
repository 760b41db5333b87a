"""Where meetings are entered and withdrawn: on the disk together with their entry in the audit log."""

import sqlite3
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from inventory.model import Inventory
from monitor.conference import store
from monitor.conference.entering import MeetingRefusal, MeetingWish, entered
from monitor.conference.model import Meeting
from monitor.storage import audit
from monitor.storage.audit import AuditEntry
from monitor.storage.database import Database
from probes.wording import one_line

_DETAIL_LIMIT: Final = 200


class MeetingDesk:
    """Enters meetings and takes them back. Whatever changes something is on the disk when it returns (StorageError)."""

    def __init__(
        self, database: Database, *, inventory: Callable[[], Inventory], now: Callable[[], float]
    ) -> None:
        self._database = database
        self._inventory = inventory
        self._now = now

    async def enter(self, wish: MeetingWish) -> Meeting | MeetingRefusal:
        """Keep a meeting; it gets its id here."""
        meeting = entered(wish, self._inventory(), self._now())
        if isinstance(meeting, MeetingRefusal):
            return meeting

        def save(connection: sqlite3.Connection) -> Meeting | MeetingRefusal:
            if store.is_entered(connection, meeting):
                return MeetingRefusal.ENTERED_ALREADY
            kept = store.insert_meeting(connection, meeting)
            self._note(connection, kept, kept.who, "meeting.entered")
            return kept

        return await self._database.write(save)

    async def withdraw(self, meeting_id: str, *, who: str) -> Meeting | MeetingRefusal:
        """Note that a meeting was not held, or entered by mistake."""
        if not who:
            return MeetingRefusal.NOBODY

        def save(connection: sqlite3.Connection) -> Meeting | None:
            if store.withdraw(connection, meeting_id, self._now()):
                gone = store.select_one(connection, meeting_id)
                if gone is not None:
                    self._note(connection, gone, who, "meeting.withdrawn")
                return gone
            return None

        gone = await self._database.write(save)
        if gone is not None:
            return gone
        there = await self._database.read(partial(store.select_one, meeting_id=meeting_id))
        return MeetingRefusal.UNKNOWN_ID if there is None else MeetingRefusal.WITHDRAWN_ALREADY

    async def list(self, from_at: float, until_at: float) -> Sequence[Meeting]:
        """Return the meetings that begin in [from_at, until_at), withdrawn ones too."""
        return await self._database.read(partial(store.select_within, from_at=from_at, until_at=until_at))

    def _note(self, connection: sqlite3.Connection, meeting: Meeting, who: str, action: str) -> None:
        detail = one_line(f"{meeting.id}: {meeting.title}, {meeting.begins_at:.0f}", _DETAIL_LIMIT)
        entry = AuditEntry(self._now(), who, action, self._inventory().digest, detail)
        audit.insert_entries(connection, [entry])
