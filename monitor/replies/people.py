"""Who is speaking in a chat: only people of the on-call file, and in a group only when the group is in it too. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from alerts.oncall.model import Contact, Directory

HEARS_EVERY_WORD: Final = frozenset({"zalo_oa"})
"""Channels on which a group's whole talk comes to us; elsewhere only what is said to us."""


@dataclass(frozen=True, slots=True)
class Said:
    """A text from a chat. `chat` and `user` are addresses as the on-call file writes them for this channel.

    In a chat with one person both may be the same. `message_id` is the service's own and unique on the channel.
    """

    channel: str
    chat: str = field(repr=False)
    user: str = field(repr=False)
    message_id: str
    text: str = field(repr=False)


class People:
    """The on-call file by address."""

    def __init__(self, directory: Directory) -> None:
        self.directory = directory
        self._by_address: Mapping[tuple[str, str], Contact] = {
            (address.channel, address.address): contact
            for contact in directory.contacts.values()
            for address in contact.addresses
        }

    def speaker(self, said: Said) -> Contact | None:
        """Return the person who said it, None when we do not know them, or not that chat."""
        chat = self._by_address.get((said.channel, said.chat))
        person = self._by_address.get((said.channel, said.user))
        if person is not None and person.is_group:
            return None
        if chat is None:
            return None
        if chat.is_group:
            return person
        # A chat with one person: nobody else writes there, whatever their id in groups is.
        return chat if person in {None, chat} else None

    def is_among_others(self, said: Said) -> bool:
        """Whether it was said in a group whose every word we hear: most of it is meant for the others there."""
        return said.channel in HEARS_EVERY_WORD and said.chat != said.user
