"""Where a second factor is set up, asked for and taken off."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace

from monitor.people.account import Account
from monitor.people.hashing import Hashing
from monitor.people.passwords import SHORTEST_ALONE, is_too_long, normal
from monitor.people.principal import By
from monitor.people.refusals import PeopleError, PeopleRefusal
from monitor.people.register import Register
from monitor.people.rights import Role
from monitor.people.second_factor import (
    looks_like_recovery,
    new_recovery_codes,
    new_totp_secret,
    recovery_hash,
    step_of,
)
from monitor.people.throttling import ACCOUNT_RULE, Attempts


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A second factor was set up: the recovery codes are shown once."""

    account: Account
    recovery: tuple[str, ...] = field(repr=False)


class FactorDesk:
    """Second factors of all accounts. Whatever changes one raises PeopleError and StorageError."""

    def __init__(
        self, register: Register, hashing: Hashing, required: Callable[[], Collection[Role]]
    ) -> None:
        self._register = register
        self._hashing = hashing
        self._required = required
        self._asked = Attempts(ACCOUNT_RULE)

    def is_required(self, account: Account) -> bool:
        """Whether the settings want one for this role."""
        return account.role in self._required()

    async def require_password(self, account: Account, password: str) -> None:
        """Make sure that it is the owner who sits there. Raises PeopleError (WRONG_PASSWORD, TOO_MANY, BUSY).

        Counted apart from signing in: who found a browser open guesses slowly, and locks nobody out.
        """
        now = self._register.clock.now()
        wait_s = self._asked.wait_s(account.name, now)
        if wait_s > 0:
            raise PeopleError(PeopleRefusal.TOO_MANY, wait_s=wait_s)
        if is_too_long(password):
            raise PeopleError(PeopleRefusal.WRONG_PASSWORD)
        self._asked.note(account.name, now)
        if not await self._hashing.is_right(password, account.credentials.password_hash):
            raise PeopleError(PeopleRefusal.WRONG_PASSWORD)
        self._asked.forget(account.name)

    async def start(self, name: str) -> None:
        """Make a secret for the telephone, a new one each time: whoever saw one before it was confirmed has nothing."""
        secret = new_totp_secret()

        def change(account: Account) -> Account:
            if account.has_second_factor:
                raise PeopleError(PeopleRefusal.FACTOR_ALREADY)
            return replace(account, credentials=replace(account.credentials, totp_pending=secret))

        await self._register.keep(name, change, None)

    async def confirm(self, name: str, code: str, by: By) -> Confirmed:
        """Take the secret into use: the telephone shows its codes. Returns the recovery codes."""
        recovery, now = new_recovery_codes(), self._register.clock.now()

        def change(account: Account) -> Account:
            kept = account.credentials
            if account.has_second_factor:
                raise PeopleError(PeopleRefusal.FACTOR_ALREADY)
            if kept.totp_pending is None:
                raise PeopleError(PeopleRefusal.FACTOR_NOT_BEGUN)
            step = step_of(kept.totp_pending, code, now=now, last_step=0)
            if isinstance(step, PeopleRefusal):
                raise PeopleError(step)
            credentials = replace(
                kept,
                totp_secret=kept.totp_pending,
                totp_pending=None,
                totp_step=step,
                recovery=tuple(recovery_hash(each) for each in recovery),
            )
            return replace(account, credentials=credentials)

        entry = self._register.entry(by, "factor.added", name)
        return Confirmed(await self._register.keep(name, change, entry), recovery)

    async def take(self, name: str, code: str, source: str) -> None:
        """Take a code at sign-in; none counts twice. Raises PeopleError (WRONG_CODE, CODE_USED, NO_FACTOR)."""
        account = self._register.account(name)
        if looks_like_recovery(code):
            entry = self._register.entry(By(account.display_name, source), "factor.recovery_used", name)
            await self._register.keep(
                name, lambda found: _without_recovery(found, code), entry, is_urgent=True
            )
            return
        now = self._register.clock.now()

        def change(account: Account) -> Account:
            kept = account.credentials
            if kept.totp_secret is None:
                raise PeopleError(PeopleRefusal.NO_FACTOR)
            step = step_of(kept.totp_secret, code, now=now, last_step=kept.totp_step)
            if isinstance(step, PeopleRefusal):
                raise PeopleError(step)
            return replace(account, credentials=replace(kept, totp_step=step))

        await self._register.keep(name, change, None, is_urgent=True)

    async def renew_recovery(self, name: str, password: str, by: By) -> tuple[str, ...]:
        """Return new recovery codes; the old ones end."""
        await self.require_password(self._register.account(name), password)
        recovery = new_recovery_codes()

        def change(account: Account) -> Account:
            if not account.has_second_factor:
                raise PeopleError(PeopleRefusal.NO_FACTOR)
            hashes = tuple(recovery_hash(each) for each in recovery)
            return replace(account, credentials=replace(account.credentials, recovery=hashes))

        await self._register.keep(name, change, self._register.entry(by, "factor.recovery_renewed", name))
        return recovery

    async def remove_own(self, name: str, password: str, by: By) -> Account:
        """Let somebody take off their own: where the role needs none and the password is long enough alone."""
        account = self._register.account(name)
        if self.is_required(account):
            raise PeopleError(PeopleRefusal.FACTOR_REQUIRED)
        await self.require_password(account, password)
        if len(normal(password)) < SHORTEST_ALONE:
            raise PeopleError(PeopleRefusal.PASSWORD_TOO_SHORT_ALONE)
        return await self.remove(name, by)

    async def remove(self, name: str, by: By) -> Account:
        """Take it off (a lost telephone); sessions end, and where it is needed the next sign-in sets up another."""

        def change(account: Account) -> Account:
            if not account.has_second_factor:
                raise PeopleError(PeopleRefusal.NO_FACTOR)
            credentials = replace(account.credentials, totp_secret=None, totp_pending=None, recovery=())
            return replace(account, credentials=credentials)

        account = await self._register.keep(name, change, self._register.entry(by, "factor.removed", name))
        await self._register.end_sessions(name)
        return account


def _without_recovery(account: Account, code: str) -> Account:
    hashed, kept = recovery_hash(code), account.credentials
    if hashed not in kept.recovery:
        raise PeopleError(PeopleRefusal.WRONG_CODE)
    left = tuple(each for each in kept.recovery if each != hashed)
    return replace(account, credentials=replace(kept, recovery=left))
