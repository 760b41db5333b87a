"""Tiles of the map as HTML. Made here and kept, not by a template: 96 of them are most of the page's time."""

from functools import lru_cache
from typing import Final

from markupsafe import Markup, escape

from alerts.messages import words
from alerts.messages.vocabulary import Language
from monitor.web.overview import Tile
from monitor.web.state_words import shown_word
from monitor.web.translating import translator
from monitor.web.view import Shown

_KEPT: Final = 4_096


def tile_html(tile: Tile, *, is_link: bool, language: Language) -> Markup:
    """Return the list item of a tile; `is_link`: it leads to the commune's page, else to its incident on this page."""
    href = f"/xa/{tile.unit.code}" if is_link else f"#{tile.incident_id}" if tile.incident_id else ""
    return _made(
        tile.unit.code,
        tile.unit.name,
        tile.unit.former_district,
        tile.name,
        tile.shown,
        tile.because,
        href,
        bool(tile.acknowledged_by),
        tile.is_worked,
        language,
    )


@lru_cache(maxsize=_KEPT)
def _made(  # noqa: PLR0913, PLR0917 (what a tile looks like, as a key)
    code: str,
    unit_name: str,
    district: str,
    name: str,
    shown: Shown,
    because: str,
    href: str,
    is_taken: bool,  # noqa: FBT001 (a key)
    is_worked: bool,  # noqa: FBT001 (a key)
    language: Language,
) -> Markup:
    _ = translator(language)
    word = shown_word(shown, language)
    former = f" ({words.former_area(district, language)})" if district else ""
    work = ", " + _("bảo trì") if is_worked else ""
    taken = ", " + _("đã có người nhận") if is_taken else ""
    title = f"{unit_name}{former}: {word}" + (f", {because}" if because else "") + work
    classes = (
        f"tile is-{shown.value}" + (" is-taken" if is_taken else "") + (" is-worked" if is_worked else "")
    )
    inside = (
        f'<svg class="icon" aria-hidden="true"><use href="#i-{shown.value}"/></svg>'
        f'<span class="name">{escape(name)}</span>'
        f'<span class="only-read">: {escape(word + taken + work)}</span>'
        + (f'<span class="because">{escape(because)}</span>' if because else "")
    )
    if href:
        inside = f'<a href="{escape(href)}">{inside}</a>'
    return Markup(  # noqa: S704 (every part is escaped) nosemgrep: markup-of-text
        f'<li data-part id="o-{escape(code)}" class="{classes}" title="{escape(title)}">{inside}</li>'
    )
