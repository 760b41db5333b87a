"""How a message is written for one reader: language, whether it may name people, whether it can be answered. Pure."""

from dataclasses import dataclass
from typing import Final

from alerts.messages.vocabulary import Language
from alerts.oncall.model import Contact

ANSWERED: Final = frozenset({"zalo_bot", "zalo_oa"})
"""Channels whose messages can be answered with a command."""
THIRD_PARTY: Final = frozenset({"zalo_bot", "zalo_oa", "zbs", "apprise"})
"""Channels that are somebody else's service: only who is known to be of the duty team sees people there."""


@dataclass(frozen=True, slots=True)
class Style:
    """For whom a message is written.

    `sees_contacts`: it may carry names and phone numbers of people. `takes_replies`: the reader can answer it.
    """

    language: Language = Language.VI
    sees_contacts: bool = True
    takes_replies: bool = False


def style_of(channel: str, contact: Contact | None, *, has_left: bool = False) -> Style:
    """Return how `contact` (None: a bare address, or of somebody who left the on-call file) is written to here."""
    if contact is None:
        sees_contacts = channel not in THIRD_PARTY and not has_left
        return Style(sees_contacts=sees_contacts, takes_replies=channel in ANSWERED)
    language = Language.EN if contact.language == Language.EN else Language.VI
    return Style(language, contact.sees_contacts, channel in ANSWERED)
