"""Secrets that are made for somebody to copy: kept in memory until the page after the deed has shown them, once."""

from typing import Final

from monitor.people.principal import Principal

KEPT_S: Final = 60.0
MOST: Final = 100


class ShownOnce:
    """One text for each session. Belongs to one event loop."""

    def __init__(self) -> None:
        self._texts: dict[tuple[str, str, str], tuple[str, float]] = {}

    def put(self, principal: Principal, about: str, text: str, now: float) -> None:
        """Keep a text for whoever is signed in so, and for one page (`about`)."""
        self._texts = {key: kept for key, kept in self._texts.items() if 0 <= now - kept[1] < KEPT_S}
        while len(self._texts) >= MOST:
            del self._texts[next(iter(self._texts))]
        self._texts[_key(principal, about)] = text, now

    def take(self, principal: Principal, about: str, now: float) -> str:
        """Return the text, "" when there is none; it is gone then."""
        text, at = self._texts.pop(_key(principal, about), ("", now))
        return text if 0 <= now - at < KEPT_S else ""


def _key(principal: Principal, about: str) -> tuple[str, str, str]:
    return principal.session, principal.name, about
