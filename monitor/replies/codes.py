"""Codes of incidents as people write them: SC-2026-1187, sc2026-1187, #1187, 1187. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_WRITTEN: Final = re.compile(r"#?(?:([a-z]{2})-?)?(?:(20\d\d)-)?(\d{1,7})[:,.;!]?")
_ID: Final = re.compile(r"([A-Z]{2})-(\d{4})-(\d+)")


@dataclass(frozen=True, slots=True)
class WrittenCode:
    """What was written; parts that were left out are "" and 0."""

    prefix: str
    year: int
    number: int

    def means(self, incident_id: str) -> bool:
        """Whether it may stand for this incident."""
        found = _ID.fullmatch(incident_id)
        if found is None:
            return False
        return (
            self.prefix in {"", found[1]} and self.year in {0, int(found[2])} and self.number == int(found[3])
        )

    def __str__(self) -> str:
        year = f"{self.year}-" if self.year else ""
        return f"{self.prefix}-{year}{self.number}" if self.prefix else f"{year}{self.number}"


def read_code(word: str) -> WrittenCode | None:
    """Read one word in small letters; None when it is no code."""
    found = _WRITTEN.fullmatch(word)
    if found is None:
        return None
    return WrittenCode((found[1] or "").upper(), int(found[2] or 0), int(found[3]))


def meant(code: WrittenCode, incident_ids: Iterable[str]) -> list[str]:
    """Return the incidents that a code may stand for, in their order."""
    return sorted(each for each in incident_ids if code.means(each))
