"""How somebody wants to see pages: language and theme, remembered in a cookie."""

from collections.abc import Mapping
from typing import Final

from alerts.messages.vocabulary import Language
from monitor.people.rights import Right
from monitor.web.pages.overview import OVERVIEW
from monitor.web.paging import Deed, Done
from monitor.web.port import DaemonPort
from monitor.web.refusing import RefusedError
from monitor.web.showing import LANGUAGE_COOKIE, THEME_COOKIE
from monitor.web.visiting import Theme, Visit


async def choose_theme(_daemon: DaemonPort, _visit: Visit, form: Mapping[str, str]) -> Done:
    """Remember the theme."""
    return _chosen(form, THEME_COOKIE, {theme.value for theme in Theme})


async def choose_language(_daemon: DaemonPort, _visit: Visit, form: Mapping[str, str]) -> Done:
    """Remember the language."""
    return _chosen(form, LANGUAGE_COOKIE, {language.value for language in Language})


def _chosen(form: Mapping[str, str], cookie: str, known: set[str]) -> Done:
    chosen = form.get("chon", "")
    if chosen not in known:
        raise RefusedError(400, "không có lựa chọn này", "chọn một trong các nút", field="chon")
    return Done(form.get("tiep", "/"), remembers={cookie: chosen})


DEEDS: Final = (
    Deed(path="/giao-dien", needs=Right.STATUS, act=choose_theme, page=OVERVIEW),
    Deed(path="/ngon-ngu", needs=Right.STATUS, act=choose_language, page=OVERVIEW),
)
