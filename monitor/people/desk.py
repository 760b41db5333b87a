"""Where accounts are managed: every change is on the disk together with its entry in the audit log (who, when, from where)."""

import re
import unicodedata
from collections.abc import Callable, Collection
from dataclasses import replace
from functools import partial
from typing import Final

from monitor.clock import Clock
from monitor.people import rows
from monitor.people.account import Account, Link, Token
from monitor.people.common_passwords import common_passwords
from monitor.people.factor_desk import FactorDesk
from monitor.people.hashing import Hashing
from monitor.people.passwords import KEPT_HASHES, weakness
from monitor.people.principal import By
from monitor.people.random_ids import digest, new_secret
from monitor.people.refusals import PeopleError, PeopleRefusal
from monitor.people.register import Register
from monitor.people.rights import Right, Role
from monitor.people.session_book import SessionBook
from monitor.people.signing_in import SignInDesk
from monitor.people.token_book import TokenBook
from monitor.plan import Plan
from monitor.storage.database import Database
from probes.wording import one_line

INVITATION_S: Final = 72 * 3_600.0
DISPLAY_NAME_LIMIT: Final = 80
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")


class PeopleDesk:
    """Accounts, and the desks for what proves them. What changes something raises PeopleError and StorageError.

    Looking (`accounts`, `account`, `tokens`) is from memory. `plan`: settings and inventory in force.
    """

    def __init__(
        self, database: Database, *, clock: Clock, plan: Callable[[], Plan], hashing: Hashing | None = None
    ) -> None:
        self._register = Register(database, clock=clock)
        self._clock = clock
        self._plan = plan
        self._common = common_passwords()
        self.hashing = hashing or Hashing()
        self.sessions = SessionBook(self._register, lambda: plan().settings.web.sessions)
        self.factors = FactorDesk(self._register, self.hashing, lambda: plan().settings.web.second_factor)
        self.sign_in = SignInDesk(self._register, self.hashing, self.sessions, self.factors)
        self._tokens = TokenBook(self._register)

    async def load(self) -> None:
        """Read what is kept; before anybody is let in. StorageError."""
        await self._register.load()
        self.sign_in.remember()

    def close(self) -> None:
        """End the threads."""
        self.hashing.close()

    def accounts(self) -> tuple[Account, ...]:
        """Return all accounts by name."""
        return tuple(sorted(self._register.accounts.values(), key=lambda account: account.name))

    def account(self, name: str) -> Account | None:
        """Return one account."""
        return self._register.accounts.get(account_name(name))

    async def add(self, name: str, display_name: str, role: Role, unit_code: str, by: By) -> Account:
        """Add an account; without a password, until an invitation is used."""
        name = account_name(name)
        if not _NAME.fullmatch(name):
            raise PeopleError(PeopleRefusal.BAD_NAME)
        display_name = one_line(display_name, DISPLAY_NAME_LIMIT)
        if not display_name:
            raise PeopleError(PeopleRefusal.NO_DISPLAY_NAME)
        self._require_unit(role, unit_code)
        account = Account(
            name=name,
            display_name=display_name,
            role=role,
            unit_code=unit_code,
            created_at=self._clock.now(),
        )
        detail = f"{name}: {display_name}, {role.word}" + (f", đơn vị {unit_code}" if unit_code else "")
        return await self._register.add(account, self._register.entry(by, "account.added", detail))

    async def invite(self, name: str, by: By) -> Link:
        """Return a one-time link to set a password; an earlier one ends. It opens nothing by itself."""
        account = self._register.account(account_name(name))
        if account.is_disabled:
            raise PeopleError(PeopleRefusal.DISABLED)
        link = Link(new_secret(), self._clock.now() + INVITATION_S)
        put = partial(
            rows.put_invitation, account=account.name, token_hash=digest(link.token), ends_at=link.ends_at
        )
        await self._register.write(self._register.entry(by, "account.invited", account.name), put)
        return link

    async def invited(self, token: str) -> Account:
        """Return whose invitation this is. Changes nothing. Raises PeopleError (BAD_INVITATION)."""
        select = partial(rows.select_invited, token_hash=digest(token), now=self._clock.now())
        name = await self._register.database.read(select)
        account = None if name is None else self._register.accounts.get(name)
        if account is None or account.is_disabled:
            raise PeopleError(PeopleRefusal.BAD_INVITATION)
        return account

    async def accept(self, token: str, password: str, source: str) -> Account:
        """Use an invitation: set the password. The invitation ends, and so do all sessions."""
        account = await self.invited(token)
        changed = await self.set_password(account.name, password, By(account.display_name, source))
        await self.sign_in.forget_failures(account.name)
        return changed

    async def set_role(self, name: str, role: Role, unit_code: str, by: By) -> Account:
        """Change what somebody is here; they have to sign in again."""
        before = self._register.account(account_name(name))
        self._require_unit(role, unit_code)

        def change(account: Account) -> Account:
            if role is not Role.ADMIN and self._register.is_last_admin(account):
                raise PeopleError(PeopleRefusal.LAST_ADMIN)
            return replace(account, role=role, unit_code=unit_code)

        detail = f"{before.name}: {before.role.word} -> {role.word}" + (f" {unit_code}" if unit_code else "")
        return await self._keep(before.name, change, by, "account.role", detail)

    async def set_unit(self, name: str, unit_code: str, by: By) -> Account:
        """Change the commune of an account; they have to sign in again."""
        before = self._register.account(account_name(name))
        self._require_unit(before.role, unit_code)

        def change(account: Account) -> Account:
            return replace(account, unit_code=unit_code)

        detail = f"{before.name}: {before.unit_code} -> {unit_code}"
        return await self._keep(before.name, change, by, "account.unit", detail)

    async def disable(self, name: str, by: By, why: str = "") -> Account:
        """Let nobody in with it any more: sessions and invitation end, tokens rest."""
        name, why, now = account_name(name), one_line(why, DISPLAY_NAME_LIMIT), self._clock.now()

        def change(account: Account) -> Account:
            if account.is_disabled:
                raise PeopleError(PeopleRefusal.DISABLED)
            if self._register.is_last_admin(account):
                raise PeopleError(PeopleRefusal.LAST_ADMIN)
            return replace(account, disabled_at=now, disabled_why=why)

        return await self._keep(name, change, by, "account.disabled", f"{name}: {why}" if why else name)

    async def enable(self, name: str, by: By) -> Account:
        """Let them in again; the time of idleness begins anew."""
        name, now = account_name(name), self._clock.now()

        def change(account: Account) -> Account:
            if not account.is_disabled:
                raise PeopleError(PeopleRefusal.ENABLED_ALREADY)
            return replace(account, disabled_at=None, disabled_why="", used_at=now)

        entry = self._register.entry(by, "account.enabled", name)
        return await self._register.keep(name, change, entry)

    async def set_password(self, name: str, password: str, by: By) -> Account:
        """Set a password that passes the rules; every session of the account ends, its invitation too."""
        before = self._register.account(account_name(name))
        if before.is_disabled:
            raise PeopleError(PeopleRefusal.DISABLED)
        weak = weakness(
            password,
            name=before.name,
            common=self._common,
            has_second_factor=before.has_second_factor or self.factors.is_required(before),
        )
        if weak is not None:
            raise PeopleError(weak)
        kept = before.credentials
        earlier = tuple(h for h in (kept.password_hash, *kept.earlier_hashes) if h is not None)[:KEPT_HASHES]
        if before.role is Role.ADMIN and await self.hashing.is_any(password, earlier):
            raise PeopleError(PeopleRefusal.PASSWORD_USED_BEFORE)
        hashed, now = await self.hashing.hash(password), self._clock.now()

        def change(account: Account) -> Account:
            credentials = replace(
                account.credentials,
                password_hash=hashed,
                password_at=now,
                earlier_hashes=earlier[: KEPT_HASHES - 1],
            )
            return replace(account, credentials=credentials)

        return await self._keep(before.name, change, by, "account.password", before.name)

    async def change_password(self, name: str, current: str, password: str, by: By) -> Account:
        """Let somebody change their own password, who knows the present one."""
        await self.factors.require_password(self._register.account(name), current)
        return await self.set_password(name, password, by)

    def tokens(self, name: str) -> tuple[Token, ...]:
        """Return the tokens of an account, the latest first, ended ones too."""
        return self._tokens.of(account_name(name))

    async def make_token(
        self, name: str, scopes: Collection[Right], days: int, by: By, label: str = ""
    ) -> tuple[Token, str]:
        """Return a new token, and its secret, which is shown once and kept nowhere."""
        return await self._tokens.make(account_name(name), scopes, days, by, label)

    async def revoke_token(self, name: str, token_id: str, by: By) -> None:
        """Take a token back."""
        await self._tokens.revoke(account_name(name), token_id, by)

    async def token(self, secret: str, source: str) -> tuple[Token, Account] | None:
        """Return whose token this is, None when it is none that holds; notes that it was used."""
        return await self._tokens.find(secret, source)

    def _require_unit(self, role: Role, unit_code: str) -> None:
        if role is not Role.COMMUNE:
            if unit_code:
                raise PeopleError(PeopleRefusal.UNIT_NOT_WANTED)
            return
        if not unit_code:
            raise PeopleError(PeopleRefusal.UNIT_MISSING)
        if unit_code not in self._plan().inventory.units:
            raise PeopleError(PeopleRefusal.UNIT_UNKNOWN)

    async def _keep(
        self, name: str, change: Callable[[Account], Account], by: By, action: str, detail: str
    ) -> Account:
        """Change what an account can do: invitation and sessions from before it end."""
        entry = self._register.entry(by, action, detail)
        gone = partial(rows.delete_invitation, account=name)
        account = await self._register.keep(name, change, entry, gone)
        await self._register.end_sessions(name)
        return account


def account_name(typed: str) -> str:
    """Return the name as it is kept: people write it in any case, with a space after it."""
    return unicodedata.normalize("NFC", typed).strip().casefold()
