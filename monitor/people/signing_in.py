"""Signing in: name and password, then the second factor; guessing gets slower, and neither text nor time tells what was wrong."""

from collections import OrderedDict
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from typing import Final

from monitor.people import rows
from monitor.people.account import Account
from monitor.people.factor_desk import FactorDesk
from monitor.people.hashing import Hashing
from monitor.people.passwords import SHORTEST_ALONE, is_too_long, normal
from monitor.people.principal import By
from monitor.people.random_ids import digest, new_secret
from monitor.people.refusals import PeopleError, PeopleRefusal
from monitor.people.register import Register
from monitor.people.session_book import SessionBook
from monitor.people.throttling import ACCOUNT_RULE, ADDRESS_RULE, BEGUN_RULE, Attempts, network_of

TICKET_S: Final = 600.0
"""How long the second step may take: installing an app on a telephone included."""
MOST_TICKETS: Final = 500
KNOWN_S: Final = 30 * 86_400.0
"""How long an address somebody signed in from is theirs: others who guess do not slow them down there."""
MOST_KNOWN: Final = 5_000
_TOLD_EVERY_S: Final = 60.0
_NOBODY: Final = "tên không có"
_ELSEWHERE: Final = "đăng nhập tập trung"


class Stage(StrEnum):
    """What is left to do after the password."""

    CODE = "code"
    """Give a code of the second factor."""
    ENROL = "enrol"
    """Set up a second factor."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody is in: `secret` is what the browser is to hold. `recovery`: codes to be shown once."""

    secret: str = field(repr=False)
    account: Account
    recovery: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Ticket:
    """The password was right, something is left to do. `secret` is what the browser is to hold meanwhile."""

    secret: str = field(repr=False)
    stage: Stage


@dataclass(frozen=True, slots=True)
class _Waiting:
    account: str
    stage: Stage
    until_at: float
    password_at: float | None


class SignInDesk:
    """One for the daemon. Raises PeopleError, with how long to wait where that helps."""

    def __init__(
        self,
        register: Register,
        hashing: Hashing,
        sessions: SessionBook,
        factors: FactorDesk,
    ) -> None:
        self._register = register
        self._hashing = hashing
        self._sessions = sessions
        self._factors = factors
        self._addresses = Attempts(ADDRESS_RULE)
        self._begun = Attempts(BEGUN_RULE)
        self._accounts = Attempts(ACCOUNT_RULE)
        self._tickets: OrderedDict[str, _Waiting] = OrderedDict()
        self._known: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._told: OrderedDict[str, float] = OrderedDict()

    def remember(self) -> None:
        """Take over what failed before a restart."""
        for subject, at in self._register.failed:
            self._accounts.note(subject, at)

    async def password(self, name: str, password: str, source: str, agent: str) -> SignedIn | Ticket:
        """Take name and password."""
        if is_too_long(password):
            raise PeopleError(PeopleRefusal.PASSWORD_TOO_LONG)
        now, account = self._register.clock.now(), self._register.accounts.get(name)
        subject = await self._admit(name, source, now)
        try:
            is_right = await self._hashing.is_right(
                password, None if account is None else account.credentials.password_hash
            )
        except PeopleError:
            self._take_back(subject, source, now)
            raise
        if account is None or not is_right:
            await self._failed(subject, account, source, now)
            raise PeopleError(PeopleRefusal.WRONG_SIGN_IN)
        self._take_back(subject, source, now)
        account = self._register.account(name)
        if account.is_disabled:
            raise PeopleError(PeopleRefusal.DISABLED)
        if account.has_second_factor:
            return self._ticket(account, Stage.CODE)
        if self._factors.is_required(account) or len(normal(password)) < SHORTEST_ALONE:
            await self._factors.start(name)
            return self._ticket(account, Stage.ENROL)
        return await self._let_in(account, source, agent)

    def waiting(self, ticket: str) -> tuple[Account, Stage]:
        """Return who is at the second step, and what is left to do. Raises PeopleError (TICKET_ENDED)."""
        found = self._tickets.get(digest(ticket))
        account = None if found is None else self._register.accounts.get(found.account)
        is_good = (
            found is not None
            and account is not None
            and not account.is_disabled
            and found.password_at == account.credentials.password_at
            and self._register.clock.now() < found.until_at
        )
        if not is_good or found is None or account is None:
            raise PeopleError(PeopleRefusal.TICKET_ENDED)
        return account, found.stage

    async def code(self, ticket: str, code: str, source: str, agent: str) -> SignedIn:
        """Take a code of the second factor; of one that is being set up, it confirms it."""
        account, stage = self.waiting(ticket)
        now = self._register.clock.now()
        subject = await self._admit(account.name, source, now)
        recovery: tuple[str, ...] = ()
        try:
            if stage is Stage.CODE:
                await self._factors.take(account.name, code, source)
            else:
                by = By(account.display_name, source)
                recovery = (await self._factors.confirm(account.name, code, by)).recovery
        except PeopleError:
            await self._failed(subject, account, source, now)
            raise
        self._take_back(subject, source, now)
        self._tickets.pop(digest(ticket), None)
        return await self._let_in(self._register.account(account.name), source, agent, recovery)

    async def begin_elsewhere(self, source: str) -> float:
        """Note that somebody goes to the central sign-on, or refuse it; return when, for `was_fine`."""
        return await self._admit_elsewhere(self._begun, source)

    async def back_from_elsewhere(self, source: str) -> float:
        """Note that somebody comes back from there, or refuse it; return when, for `was_fine`.

        Counted with the passwords that were tried from there: whoever guesses has no second share.
        """
        return await self._admit_elsewhere(self._addresses, source)

    def was_fine(self, source: str, *, begun_at: float | None, back_at: float) -> None:
        """Take back what was noted: somebody came in. `begun_at` None: nobody did, but that was our fault."""
        network = network_of(source)
        self._addresses.take_back(network, back_at)
        if begun_at is not None:
            self._begun.take_back(network, begun_at)

    async def came_otherwise(self, name: str, source: str, agent: str) -> SignedIn:
        """Let somebody in whom the province's central sign-on has proved. Raises PeopleError."""
        account = self._register.account(name)
        if account.is_disabled:
            raise PeopleError(PeopleRefusal.DISABLED)
        return await self._let_in(account, source, agent)

    async def forget_failures(self, name: str) -> None:
        """Let the owner try anew: an invitation was used."""
        self._accounts.forget(name)
        await self._register.try_write(None, partial(rows.delete_failed, account=name))

    async def _admit(self, name: str, source: str, now: float) -> str:
        """Note an attempt, or refuse it; return what it is counted for."""
        network = network_of(source)
        subject = self._subject(name, network, now)
        wait_s = max(self._addresses.wait_s(network, now), self._accounts.wait_s(subject, now))
        if wait_s > 0:
            detail = name if name in self._register.accounts else _NOBODY
            await self._tell_throttled(detail, network, source, now)
            raise PeopleError(PeopleRefusal.TOO_MANY, wait_s=wait_s)
        self._addresses.note(network, now)
        self._accounts.note(subject, now)
        return subject

    async def _admit_elsewhere(self, attempts: Attempts, source: str) -> float:
        now, network = self._register.clock.now(), network_of(source)
        wait_s = attempts.wait_s(network, now)
        if wait_s > 0:
            await self._tell_throttled(_ELSEWHERE, network, source, now)
            raise PeopleError(PeopleRefusal.TOO_MANY, wait_s=wait_s)
        attempts.note(network, now)
        return now

    def _subject(self, name: str, network: str, now: float) -> str:
        """Return what attempts are counted for: the account; where its owner sits, the account there."""
        is_theirs = now < self._known.get((name, network), 0.0) or any(
            network_of(session.source) == network for session in self._sessions.of(name)
        )
        return f"{name}@{network}" if is_theirs else name

    def _take_back(self, subject: str, source: str, at: float) -> None:
        self._addresses.take_back(network_of(source), at)
        self._accounts.take_back(subject, at)

    async def _failed(self, subject: str, account: Account | None, source: str, now: float) -> None:
        # Who it was is not proved; and what is typed into the wrong field is no name.
        detail = _NOBODY if account is None else account.name
        entry = self._register.entry(By("", source), "sign_in.failed", detail)
        if account is None:
            await self._register.try_write(entry)
            return
        note = partial(
            rows.add_failed, account=subject, at=now, keep_from_at=now - self._accounts.rule.window_s
        )
        await self._register.try_write(entry, note)

    async def _tell_throttled(self, detail: str, network: str, source: str, now: float) -> None:
        if now - self._told.get(network, 0.0) < _TOLD_EVERY_S:
            return
        self._told.pop(network, None)
        self._told[network] = now
        if len(self._told) > MOST_KNOWN:
            self._told.popitem(last=False)
        await self._register.try_write(self._register.entry(By("", source), "sign_in.throttled", detail))

    def _ticket(self, account: Account, stage: Stage) -> Ticket:
        secret = new_secret()
        until_at = self._register.clock.now() + TICKET_S
        self._tickets[digest(secret)] = _Waiting(
            account.name, stage, until_at, account.credentials.password_at
        )
        if len(self._tickets) > MOST_TICKETS:
            self._tickets.popitem(last=False)
        return Ticket(secret, stage)

    async def _let_in(
        self, account: Account, source: str, agent: str, recovery: tuple[str, ...] = ()
    ) -> SignedIn:
        network, now = network_of(source), self._register.clock.now()
        subjects = {account.name, self._subject(account.name, network, now)}
        for subject in subjects:
            self._accounts.forget(subject)
            await self._register.try_write(None, partial(rows.delete_failed, account=subject))
        self._known.pop((account.name, network), None)
        self._known[account.name, network] = now + KNOWN_S
        if len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)
        secret = await self._sessions.open(account, source, agent)
        return SignedIn(secret, account, recovery)
