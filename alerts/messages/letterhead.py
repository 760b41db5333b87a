"""Who writes, and where links lead. Pure."""

import ipaddress
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from alerts.messages.plain import clean
from alerts.messages.vocabulary import Language
from alerts.messages.words import phrase

_URL: Final = 200
_SYSTEM: Final = 160
_INCIDENTS: Final = "/su-co/"


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who writes, and how: the province, its time zone, where its pages are (None: no links to them)."""

    province: str
    zone: ZoneInfo
    pages_url: str | None = None

    def system(self, language: Language) -> str:
        """Return the name that messages are signed with."""
        return clean(phrase("system", language, province=self.province), _SYSTEM)

    def page_of(self, code: str) -> str:
        """Return the link to an incident's own page, "" when it would not be safe."""
        return safe_url(f"{self.pages_url.rstrip('/')}{_INCIDENTS}{code}" if self.pages_url else "")

    @property
    def page(self) -> str:
        """The link to the overview page, "" when there is none."""
        return safe_url(self.pages_url or "")


def base_for(url: str | None, *, is_third_party: bool) -> str | None:
    """Return the base of links on a channel: a service of others is shown no address of ours, so it gets no such link."""
    try:
        address = ipaddress.ip_address(urlsplit(url or "").hostname or "")
    except ValueError:
        return url
    return url if address.is_global or not is_third_party else None


def overview_around(url: str) -> str:
    """Return the link to the overview of the pages that a link leads to; of the overview's own link, that."""
    return url.rpartition(_INCIDENTS)[0] + "/" if _INCIDENTS in url else url


def safe_url(url: str) -> str:
    """Return the link, or "" if it is not safe or does not fit: it is left out, never cut."""
    is_safe = (
        url.isascii() and url.isprintable() and " " not in url and url.startswith(("https://", "http://"))
    )
    return url if is_safe and len(url) <= _URL else ""
