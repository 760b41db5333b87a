"""Sessions: opened at sign-in, found by the hash of what the browser holds, ended by time and by the server."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Final

from monitor.people import rows
from monitor.people.account import Account, Session
from monitor.people.principal import By
from monitor.people.random_ids import digest, new_secret
from monitor.people.refusals import PeopleError, PeopleRefusal
from monitor.people.register import Register
from monitor.people.rights import Role
from monitor.settings.web import SessionSettings
from probes.wording import one_line

MOST_SESSIONS: Final = 20
"""Of one account; the one that was not seen for longest ends."""
SAVED_EVERY_S: Final = 60.0
_AGENT_LIMIT: Final = 120


class SessionBook:
    """The sessions of all accounts."""

    def __init__(self, register: Register, settings: Callable[[], SessionSettings]) -> None:
        self._register = register
        self._settings = settings

    async def open(self, account: Account, source: str, agent: str) -> str:
        """Open a session; return what the browser is to hold."""
        now = self._register.clock.now()
        secret = new_secret()
        session = Session(
            id=digest(secret),
            account=account.name,
            created_at=now,
            seen_at=now,
            source=source,
            agent=one_line(agent, _AGENT_LIMIT),
        )
        gone = [each.id for each in self.of(account.name)[MOST_SESSIONS - 1 :]]
        for session_id in gone:
            del self._register.sessions[session_id]
        self._register.sessions[session.id] = session
        used = self._register.note_used(account.name)
        entry = self._register.entry(By(account.display_name, source), "session.opened", account.name)
        await self._register.try_write(
            entry, partial(rows.delete_sessions, ids=gone), partial(rows.put_session, session=session), used
        )
        return secret

    async def find(self, secret: str, source: str, *, is_active: bool) -> tuple[Session, Account] | None:
        """Return the session and its account, None when there is none or its time is over.

        `is_active`: somebody did something; else (a stream, a refresh) it does not last longer for it.
        """
        session = self._register.sessions.get(digest(secret))
        found = None if session is None else self._live(session)
        if session is None or found is None:
            return None
        if not is_active:
            return found
        now = self._register.clock.now()
        # Memory knows the second; the disk is told once a minute.
        is_noted = now // SAVED_EVERY_S == session.seen_at // SAVED_EVERY_S and session.source == source
        seen = self._register.sessions[session.id] = replace(session, seen_at=now, source=source)
        if not is_noted:
            used = self._register.note_used(session.account)
            await self._register.try_write(None, partial(rows.put_session, session=seen), used)
        return seen, found[1]

    def of(self, name: str) -> list[Session]:
        """Return the live sessions of an account, the one seen last first."""
        own = [each for each in self._register.sessions.values() if each.account == name and self._live(each)]
        return sorted(own, key=lambda session: -session.seen_at)

    def ends(self, session: Session, account: Account) -> tuple[float | None, float]:
        """Return when it ends unless something is done (None: never for that), and when whatever is done."""
        settings = self._settings()
        if account.role is Role.SCREEN:
            return None, session.created_at + settings.screen_s
        idle_s = settings.admin_idle_s if account.role is Role.ADMIN else settings.idle_s
        ends_at = session.created_at + settings.absolute_s
        return min(session.seen_at + idle_s, ends_at), ends_at

    async def close(self, session_id: str, by: By) -> None:
        """End one session. Raises PeopleError."""
        session = self._register.sessions.pop(session_id, None)
        if session is None:
            raise PeopleError(PeopleRefusal.UNKNOWN_SESSION)
        entry = self._register.entry(by, "session.closed", session.account)
        await self._register.try_write(entry, partial(rows.delete_sessions, ids=[session_id]))

    async def close_others(self, name: str, but: str, by: By) -> None:
        """End all sessions of an account but one."""
        await self._register.end_sessions(name, but=but)
        await self._register.try_write(self._register.entry(by, "session.others_closed", name))

    async def sweep(self) -> None:
        """Forget the sessions whose time is over."""
        over = [each.id for each in self._register.sessions.values() if self._live(each) is None]
        for session_id in over:
            del self._register.sessions[session_id]
        if over:
            await self._register.try_write(None, partial(rows.delete_sessions, ids=over))

    def _live(self, session: Session) -> tuple[Session, Account] | None:
        account = self._register.accounts.get(session.account)
        if account is None or account.is_disabled:
            return None
        idle_ends_at, ends_at = self.ends(session, account)
        now = self._register.clock.now()
        is_over = now >= ends_at or (idle_ends_at is not None and now >= idle_ends_at)
        return None if is_over else (session, account)
