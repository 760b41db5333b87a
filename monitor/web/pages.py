"""HTML from values: the Jinja2 environment, its filters, the static files. Autoescape everywhere; no I/O after start."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from alerts.messages import words
from inventory.model import Layer
from monitor.settings.settings import Settings
from monitor.web.api import iso
from monitor.web.health import Grade, grade, troubles
from monitor.web.overview import Overview
from monitor.web.view import Shown

REFRESH_S = 5
"""The page reloads itself; a later issue streams changes instead."""

SYSTEMS_SHOWN = 60
"""Provincial systems of a layer that are shown one by one even though they are well."""

_MINUTE_S = 60
_HERE = Path(__file__).parent
_CONTENT_TYPES = {".css": "text/css", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file served as it is; `version` changes with its content."""

    content: bytes
    content_type: str
    version: str


def load_static() -> Mapping[str, StaticFile]:
    """Read all static files, by name. Nothing else can ever be served from the disk."""
    files = {}
    for path in sorted((_HERE / "static").iterdir()):
        content = path.read_bytes()
        version = hashlib.sha256(content).hexdigest()[:12]
        files[path.name] = StaticFile(content, _CONTENT_TYPES[path.suffix], version)
    return files


class Pages:
    """Renders pages for one province."""

    def __init__(self, settings: Settings, static: Mapping[str, StaticFile]) -> None:
        self.zone = ZoneInfo(settings.timezone)
        self._province = settings.province
        self._environment = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.filters.update(
            number=words.number,
            duration=words.duration,
            cause=words.cause_phrase,
            held=words.held_word,
            milliseconds=words.milliseconds,
            layer_name=words.layer_name,
            former_area=words.former_area,
            iso=lambda at: iso(at, self.zone),
            time=lambda at: words.clock_time(at, self.zone),
            moment=self._moment,
            clock=self._clock,
            age=_age,
        )
        self._environment.globals.update(
            Shown=Shown,
            Layer=Layer,
            province=self._province,
            static={name: f"/static/{name}?v={file.version}" for name, file in static.items()},
        )

    def overview(self, overview: Overview) -> str:
        """Render the overview page."""
        found = troubles(overview.snapshot, self.zone)
        return self._environment.get_template("overview.html").render(
            overview=overview,
            snapshot=overview.snapshot,
            health=overview.snapshot.health,
            troubles=found,
            is_failing=grade(found) is Grade.FAILING,
            refresh_s=REFRESH_S,
            systems_shown=SYSTEMS_SHOWN,
        )

    def error(self, title: str, text: str) -> str:
        """Render a page that says what went wrong and what to do."""
        return self._environment.get_template("error.html").render(title=title, text=text)

    def _clock(self, at: float) -> str:
        """Write the time of day with seconds."""
        return (iso(at, self.zone) or "")[11:19]

    def _moment(self, at: float, now: float) -> str:
        """Write when something began: the time, and the day unless it is today."""
        today = (iso(at, self.zone) or "")[:10] == (iso(now, self.zone) or "")[:10]
        return words.clock_time(at, self.zone) if today else words.short_date_time(at, self.zone)


def _age(seconds: float) -> str:
    """Write how old the data is: plain seconds while it is fresh."""
    if seconds < 1:
        return "vừa xong"
    return f"{int(seconds)} giây" if seconds < _MINUTE_S else words.duration(seconds)
