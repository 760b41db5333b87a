"""Somebody who looks at a page: who, in which language and theme, and what they asked. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo

from alerts.messages.vocabulary import Language
from monitor.people.principal import Principal
from monitor.web.refusing import RefusedError


class Theme(StrEnum):
    """How a page looks; AUTO follows the device."""

    AUTO = "auto"
    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One look at a page. `path` is the page's own address without parameters, `params` the places in it."""

    principal: Principal
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    language: Language = Language.VI
    theme: Theme = Theme.AUTO
    zone: ZoneInfo
    now: float
    said: str = ""
    """What the deed before this look did, one line."""
    form: Mapping[str, str] = field(default_factory=dict)
    """What was typed into the form that was refused, to be shown again."""
    refused: RefusedError | None = None
    """Why it was refused."""
    is_wall: bool = False
    """A wall screen: large, without controls (`?tv=1`)."""
    revision: str = ""
    """The state of everything when the look began, as streams name it."""

    def midnight(self, text: str) -> datetime:
        """Return when the local day begins that `2026-11-23` names. ValueError when it names none.

        Not by strptime: that loads a module when it is first called, for which there may be no descriptor then.
        """
        return datetime.combine(date.fromisoformat(text), time.min, self.zone)
