"""HTML from values: a Jinja2 environment for each language, its filters. Autoescape everywhere; no I/O after start."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from jinja2 import BytecodeCache, Environment, FunctionLoader, StrictUndefined
from jinja2.bccache import Bucket

from alerts.messages import words
from alerts.messages.vocabulary import Language
from inventory.model import Layer
from monitor.people.rights import Right, Role
from monitor.settings.settings import Settings
from monitor.web.api.shapes import iso
from monitor.web.figure_words import shown_ratio, shown_span
from monitor.web.framing import Frame
from monitor.web.paging import Page, admits
from monitor.web.state_words import shown_word
from monitor.web.static_files import StaticFile
from monitor.web.tiles import tile_html
from monitor.web.translating import translated, translations, translator
from monitor.web.view import Shown
from monitor.web.visiting import Theme, Visit

Framed = Callable[[Page | None, Visit], Frame]
"""Returns what stands around a page (None: one that is in no table) for who looks at it."""

_MINUTE_S: Final = 60
_LANGUAGE_NAMES: Final = {Language.VI: "Tiếng Việt", Language.EN: "English"}
"""Each in itself: whoever looks for theirs reads no other."""
_LAYOUT_PIECES: Final = ("bars",)
"""Blocks of the layout that are live on every page."""
_ERROR: Final = "error.html"
_TEMPLATES: Final = Path(__file__).parent / "templates"


class Compiled(BytecodeCache):
    """Templates as they were compiled: once for all languages, and for every application of a process."""

    def __init__(self) -> None:
        self._code: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give back what was compiled from the same text."""
        if bucket.key in self._code:
            bucket.bytecode_from_string(self._code[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it."""
        self._code[bucket.key] = bucket.bytecode_to_string()


@cache
def _compiled() -> Compiled:
    return Compiled()


@cache
def _sources() -> Mapping[str, tuple[str, str, Callable[[], bool]]]:
    """Return every template, as a loader gives it: text, file, whether it is still that.

    Read at the start: a page that is opened for the first time needs no descriptor then, and an upgrade that has put
    its own files there, but has not restarted us yet, is not shown with our values.
    """
    return {
        file.relative_to(_TEMPLATES).as_posix(): (file.read_text(encoding="utf-8"), str(file), lambda: True)
        for file in sorted(_TEMPLATES.rglob("*.html"))
    }


class Renderer:
    """Renders pages for one province. `nav` is what menus offer, each to those who may see it."""

    def __init__(
        self, settings: Settings, static: Mapping[str, StaticFile], nav: tuple[Page, ...], framed: Framed
    ) -> None:
        self.zone = ZoneInfo(settings.timezone)
        self._nav = nav
        self._framed = framed
        self._environments = {
            language: self._environment(settings.province, static, language) for language in Language
        }
        # Compiling loads codecs of Python's: whatever is missing later, it can at least be said that something is.
        self._environments[Language.VI].get_template(_ERROR)

    def page(self, page: Page, visit: Visit, values: Mapping[str, Any]) -> str:
        """Render a whole page."""
        template = self._environments[visit.language].get_template(page.template)
        return template.render(self._context(page, visit, values))

    def pieces(self, page: Page, visit: Visit, values: Mapping[str, Any]) -> dict[str, str]:
        """Render the page's changing elements: id -> HTML."""
        template = self._environments[visit.language].get_template(page.template)
        context = template.new_context(self._context(page, visit, values))
        # What a template imports and defines beside its blocks is there once it began; the rest is not rendered.
        next(template.root_render_func(context), "")
        return {
            name.replace("_", "-"): "".join(context.blocks[name][0](context)).strip()
            for name in (*_LAYOUT_PIECES, *page.pieces)
            if name in context.blocks
        }

    def words(self, template: str, visit: Visit, values: Mapping[str, Any]) -> str:
        """Render a page that is in no table: an error, the sign-in."""
        return (
            self._environments[visit.language]
            .get_template(template)
            .render(self._context(None, visit, values))
        )

    def _context(self, page: Page | None, visit: Visit, values: Mapping[str, Any]) -> dict[str, Any]:
        nav = [each for each in self._nav if admits(visit.principal, each)]
        return {
            "page": page,
            "visit": visit,
            "me": visit.principal,
            "nav": nav,
            "frame": self._framed(page, visit),
            **values,
        }

    def _environment(
        self, province: str, static: Mapping[str, StaticFile], language: Language
    ) -> Environment:
        environment = Environment(
            loader=FunctionLoader(_sources().get),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            extensions=["jinja2.ext.i18n"],
            bytecode_cache=_compiled(),
        )
        environment.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
        said = partial(partial, language=language)
        environment.filters.update(
            number=said(words.number),
            count=said(words.count),
            duration=said(words.duration),
            cause=said(words.cause_phrase),
            held=said(words.held_word),
            figure=said(words.figure),
            milliseconds=said(words.milliseconds),
            layer_name=said(words.layer_name),
            layer_short=said(words.layer_short_name),
            status_word=said(words.status_word),
            shown_word=said(shown_word),
            translated=said(translated),
            former_area=said(words.former_area),
            percent=said(words.percent),
            ratio=said(shown_ratio),
            span=said(shown_span),
            iso=lambda at: iso(at, self.zone),
            time=lambda at: words.clock_time(at, self.zone),
            full_time=lambda at: f"{datetime.fromtimestamp(at, self.zone):%H:%M %d/%m/%Y}",
            day_time=lambda at: words.short_date_time(at, self.zone),
            moment=self._moment,
            clock=self._clock,
            age=said(_age),
        )
        environment.globals.update(
            Shown=Shown,
            Layer=Layer,
            Right=Right,
            Role=Role,
            Theme=Theme,
            Language=Language,
            LANGUAGE_NAMES=_LANGUAGE_NAMES,
            province=province,
            tile_html=partial(tile_html, language=language),
            static={name: f"/static/{name}?v={file.version}" for name, file in static.items()},
        )
        return environment

    def _clock(self, at: float) -> str:
        """Write the time of day with seconds."""
        return (iso(at, self.zone) or "")[11:19]

    def _moment(self, at: float, now: float) -> str:
        """Write when something began: the time, and the day unless it is today."""
        today = (iso(at, self.zone) or "")[:10] == (iso(now, self.zone) or "")[:10]
        return words.clock_time(at, self.zone) if today else words.short_date_time(at, self.zone)


def _age(seconds: float, language: Language = Language.VI) -> str:
    """Write how old the data is: plain seconds while it is fresh."""
    _ = translator(language)
    if seconds < 1:
        return _("vừa xong")
    if seconds < _MINUTE_S:
        return _("%(n)s giây") % {"n": int(seconds)}
    return words.duration(seconds, language)
