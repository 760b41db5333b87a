"""Links in messages: made for one contact and one incident, read, and used up."""

import secrets
from collections.abc import Callable

from alerts.oncall.model import Contact
from alerts.world import World
from monitor.clock import Clock
from monitor.replies.once import Once
from monitor.replies.tokens import (
    FOLLOW_UP_S,
    LIFE_S,
    NONCE_BYTES,
    Grant,
    TokenRefusal,
    make_token,
    read_token,
)

PATH = "/a/"
LinkFor = Callable[[str, str], str]
"""(incident id, contact id) -> URL, "" when there is none to give."""


class Links:
    """Makes links and knows what they allow. `public_url` is the base of all."""

    def __init__(self, world: World, key: bytes, once: Once, public_url: str, *, clock: Clock) -> None:
        self._world = world
        self._key = key
        self._once = once
        self._base = public_url.rstrip("/") + PATH
        self._clock = clock

    def link_for(self, incident_id: str, contact_id: str) -> str:
        """Return a link for a person or group of the on-call file, "" for anybody else."""
        if contact_id not in self._contacts:
            return ""
        try:
            return self._base + self._token(incident_id, contact_id, LIFE_S)
        except ValueError:  # a message without a link is better than none
            return ""

    def follow_up(self, grant: Grant) -> str:
        """Return a token for whoever has just acted, so that they can do one thing more within the hour."""
        return self._token(grant.incident_id, grant.contact_id, FOLLOW_UP_S)

    async def read(self, token: str) -> Grant | TokenRefusal:
        """Return what a token allows now; changes nothing. Raises StorageError."""
        grant = read_token(self._key, token, self._contacts, self._clock.now())
        if isinstance(grant, Grant) and await self._once.is_claimed(name_of(token)):
            return TokenRefusal.USED
        return grant

    async def use(self, token: str) -> Grant | TokenRefusal:
        """Use a token up for this process, and return what it allowed. Raises StorageError.

        It is used up for ever with the decision that has `name_of(token)` in `used`.
        """
        grant = read_token(self._key, token, self._contacts, self._clock.now())
        if isinstance(grant, Grant) and not await self._once.claim(name_of(token)):
            return TokenRefusal.USED
        return grant

    def contact(self, grant: Grant) -> Contact:
        """Return whom a link was made for."""
        return self._contacts[grant.contact_id]

    @property
    def _contacts(self) -> dict[str, Contact]:
        return dict(self._world.settings.directory.contacts)

    def _token(self, incident_id: str, contact_id: str, life_s: float) -> str:
        return make_token(
            self._key,
            incident_id,
            contact_id,
            until_at=self._clock.now() + life_s,
            nonce=secrets.token_bytes(NONCE_BYTES),
        )


def name_of(token: str) -> str:
    """Return the name under which it is noted that a link was used."""
    return f"link:{token}"
