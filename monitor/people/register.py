"""Accounts, sessions and tokens: in memory, so that nobody waits for a disk to look; on the disk before a change counts."""

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from monitor.audit_notes import DETAIL_LIMIT
from monitor.clock import Clock
from monitor.people import rows
from monitor.people.account import Account, Session, Token
from monitor.people.principal import By
from monitor.people.refusals import PeopleError, PeopleRefusal
from monitor.people.rights import Role
from monitor.storage import audit
from monitor.storage.audit import AuditEntry
from monitor.storage.database import Database
from monitor.storage.errors import StorageError
from probes.wording import one_line

log = logging.getLogger(__name__)

Change = Callable[[sqlite3.Connection], None]
_NAME_LIMIT: Final = 100


class Register:
    """The one writer of these tables. Belongs to one event loop."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self.database = database
        self.clock = clock
        self.accounts: dict[str, Account] = {}
        self.sessions: dict[str, Session] = {}
        self.tokens: dict[str, Token] = {}
        """By the hash of the secret."""
        self._changing = asyncio.Lock()
        self.failed: Sequence[tuple[str, float]] = ()
        """What earlier lives of the daemon saw fail."""

    async def load(self) -> None:
        """Read everything; before anybody is let in. StorageError."""
        saved = await self.database.read(rows.select_all)
        self.accounts = {account.name: account for account in saved.accounts}
        self.sessions = {session.id: session for session in saved.sessions}
        self.tokens = {token.hash: token for token in saved.tokens}
        self.failed = saved.failed

    def account(self, name: str) -> Account:
        """Return an account. Raises PeopleError."""
        found = self.accounts.get(name)
        if found is None:
            raise PeopleError(PeopleRefusal.UNKNOWN_ACCOUNT)
        return found

    def entry(self, by: By, action: str, detail: str) -> AuditEntry:
        """Return an entry for the audit log."""
        who, source = one_line(by.who, _NAME_LIMIT), one_line(by.source, _NAME_LIMIT)
        return AuditEntry(self.clock.now(), who, action, detail=one_line(detail, DETAIL_LIMIT), source=source)

    async def add(self, account: Account, entry: AuditEntry) -> Account:
        """Save a new account, together with its entry in the audit log. Raises PeopleError and StorageError."""
        async with self._changing:
            if account.name in self.accounts:
                raise PeopleError(PeopleRefusal.NAME_TAKEN)
            await self.write(entry, lambda connection: rows.put_account(connection, account))
            self.accounts[account.name] = account
        return account

    async def keep(
        self,
        name: str,
        change: Callable[[Account], Account],
        entry: AuditEntry | None,
        *also: Change,
        is_urgent: bool = False,
    ) -> Account:
        """Change an account as it is when its turn comes, together with its entry in the audit log and what else changes.

        `is_urgent`: it counts even when the disk refuses, or the owner could not get in at night. Raises PeopleError
        and StorageError.
        """
        async with self._changing:
            account = change(self.account(name))
            write = self.try_write if is_urgent else self.write
            await write(entry, lambda connection: rows.put_account(connection, account), *also)
            self.accounts[name] = account
        return account

    async def write(self, entry: AuditEntry | None, *changes: Change) -> None:
        """Make changes, together with their entry in the audit log. StorageError."""

        def save(connection: sqlite3.Connection) -> None:
            for change in changes:
                change(connection)
            if entry is not None:
                audit.insert_entries(connection, [entry])

        await self.database.write(save)

    async def try_write(self, entry: AuditEntry | None, *changes: Change) -> None:
        """Do the same for what must not stop when the disk refuses: who signs in at night, what is only noted."""
        try:
            await self.write(entry, *changes)
        except StorageError as error:
            log.warning("people_not_saved action=%s fault=%s", entry and entry.action, error.fault)

    async def end_sessions(self, account_name: str, *, but: str = "") -> None:
        """End the sessions of an account, in memory at once, on the disk as soon as it can."""
        ended = [s.id for s in self.sessions.values() if s.account == account_name and s.id != but]
        for session_id in ended:
            del self.sessions[session_id]
        if ended:
            await self.try_write(None, lambda connection: rows.delete_sessions(connection, ended))

    def note_used(self, name: str) -> Change:
        """Note in memory that an account is used now; return what notes it on the disk."""
        now = self.clock.now()
        if name in self.accounts:
            self.accounts[name] = replace(self.accounts[name], used_at=now)
        return lambda connection: rows.put_used(connection, name, now)

    def is_last_admin(self, account: Account) -> bool:
        """Whether nobody would be left to manage accounts without it."""
        admins = [a.name for a in self.accounts.values() if a.role is Role.ADMIN and not a.is_disabled]
        return admins == [account.name]
