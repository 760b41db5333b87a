"""API tokens: made with an end, shown once, found by their hash."""

from collections.abc import Collection
from dataclasses import replace
from functools import partial
from typing import Final

from monitor.people import rows
from monitor.people.account import Account, Token
from monitor.people.principal import By
from monitor.people.random_ids import TOKEN_PREFIX, digest, new_short_id, new_token
from monitor.people.refusals import PeopleError, PeopleRefusal
from monitor.people.register import Register
from monitor.people.rights import Right
from probes.wording import one_line

LONGEST_DAYS: Final = 366
MOST_TOKENS: Final = 20
"""Of one account."""
_LABEL_LIMIT: Final = 60
_NOTED_EVERY_S: Final = 600.0
_DAY_S: Final = 86_400.0


class TokenBook:
    """The tokens of all accounts."""

    def __init__(self, register: Register) -> None:
        self._register = register

    def of(self, name: str) -> tuple[Token, ...]:
        """Return an account's tokens, the latest first."""
        own = (token for token in self._register.tokens.values() if token.account == name)
        return tuple(sorted(own, key=lambda token: (-token.created_at, token.id)))

    async def make(
        self, name: str, scopes: Collection[Right], days: int, by: By, label: str
    ) -> tuple[Token, str]:
        """Return a token and its secret. Raises PeopleError and StorageError."""
        account, now = self._register.account(name), self._register.clock.now()
        reasons = {
            PeopleRefusal.DISABLED: account.is_disabled,
            PeopleRefusal.SCOPE_MISSING: not scopes,
            PeopleRefusal.SCOPE_TOO_WIDE: not account.rights >= set(scopes),
            PeopleRefusal.BAD_DAYS: not 1 <= days <= LONGEST_DAYS,
            PeopleRefusal.TOO_MANY_TOKENS: sum(now < token.ends_at for token in self.of(name)) >= MOST_TOKENS,
        }
        for reason, holds in reasons.items():
            if holds:
                raise PeopleError(reason)
        secret = new_token()
        token = Token(
            id=new_short_id(),
            hash=digest(secret),
            account=name,
            label=one_line(label, _LABEL_LIMIT),
            scopes=frozenset(scopes),
            created_at=now,
            ends_at=now + days * _DAY_S,
        )
        words = ", ".join(sorted(scope.value for scope in token.scopes))
        entry = self._register.entry(
            by, "token.made", f"{name}: {token.id} {token.label} ({words}; {days} ngày)"
        )
        await self._register.write(entry, partial(rows.put_token, token=token))
        self._register.tokens[token.hash] = token
        return token, secret

    async def revoke(self, name: str, token_id: str, by: By) -> None:
        """Take a token back: at once, even when the disk refuses. Raises PeopleError and StorageError."""
        token = next((each for each in self.of(name) if each.id == token_id), None)
        if token is None:
            raise PeopleError(PeopleRefusal.UNKNOWN_TOKEN)
        del self._register.tokens[token.hash]
        entry = self._register.entry(by, "token.revoked", f"{name}: {token.id} {token.label}")
        await self._register.write(entry, partial(rows.delete_token, token_id=token.id))

    async def find(self, secret: str, source: str) -> tuple[Token, Account] | None:
        """Return the token that holds, and its account."""
        token = self._register.tokens.get(digest(secret)) if secret.startswith(TOKEN_PREFIX) else None
        now = self._register.clock.now()
        if token is None or now >= token.ends_at:
            return None
        account = self._register.accounts.get(token.account)
        if account is None or account.is_disabled:
            return None
        if token.used_at is None or abs(now - token.used_at) >= _NOTED_EVERY_S or token.used_from != source:
            token = self._register.tokens[token.hash] = replace(token, used_at=now, used_from=source)
            used = self._register.note_used(account.name)
            await self._register.try_write(None, partial(rows.put_token, token=token), used)
        return token, account
