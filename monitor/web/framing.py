"""What stands around every page: how old its data is, and the bars that tell of what is wrong with the monitor. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import quote, urlencode

from alerts.oncall.model import Rota
from alerts.oncall.routing import people_on_duty
from monitor.people.principal import Principal
from monitor.people.rights import Right
from monitor.web.health import Trouble, troubles
from monitor.web.paging import Page
from monitor.web.translating import translator
from monitor.web.view import Snapshot
from monitor.web.visiting import Visit

_OF_STATES: Final = frozenset({"isolated", "results_stopped", "results_late"})
"""Troubles that make every state unknown."""
_OF_MONITOR: Final = _OF_STATES | {"state_store"}
_OF_INVENTORY: Final = frozenset({"reload_refused", "started_from_version", "reload_waits", "oncall_broken"})


@dataclass(frozen=True, slots=True)
class Bar:
    """One line above a page. `path`: where to look further, "" when nowhere."""

    title: str
    text: str
    path: str = ""
    is_grave: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What a page carries besides its content. `address` is its own path with parameters; times are Unix seconds."""

    address: str
    build: str
    revision: str = ""
    """Which state of the pieces the page shows, for the stream."""
    is_live: bool = False
    is_told: bool = False
    """Whether the visitor is told how old the data is."""
    reloads: bool = False
    """Whether a browser without scripts reads the page again each minute."""
    as_of: float | None = None
    age_s: float | None = None
    is_stale: bool = False
    stale_after_s: float = 60.0
    bars: tuple[Bar, ...] = ()
    texts: tuple[tuple[str, str], ...] = ()
    """What app.js says, by its key."""


def frame(snapshot: Snapshot, page: Page | None, visit: Visit) -> Frame:
    """Return the frame of a page (None: an error page) for whoever looks."""
    is_told = visit.principal.may(Right.OVERVIEW)
    asked = {key: value for key, value in visit.query.items() if key != "tu"}
    return Frame(
        address=_path(page, visit) + (f"?{urlencode(asked)}" if asked else ""),
        build=snapshot.health.version,
        revision=visit.revision,
        is_live=page is not None and (bool(page.pieces) or is_told),
        is_told=is_told,
        reloads=page is not None and page.reloads and visit.refused is None,
        as_of=snapshot.health.last_result_at,
        age_s=snapshot.data_age_s,
        is_stale=snapshot.is_stale,
        stale_after_s=snapshot.stale_after_s,
        bars=tuple(_bars(snapshot, visit)) if is_told else (),
        texts=texts(visit),
    )


def _path(page: Page | None, visit: Visit) -> str:
    """Return the page's own path, also when it answers a form that was refused: nobody can open a form's address."""
    if page is None or visit.refused is None:
        return visit.path
    return page.path.format_map({name: quote(value, safe="") for name, value in visit.params.items()})


def nameless(principal: Principal) -> Principal:
    """Return who looks without name and session: pieces are rendered once for all who may see the same."""
    return replace(
        principal, name="", display_name="", csrf="", source="", session="", idle_ends_at=None, ends_at=None
    )


def _bars(snapshot: Snapshot, visit: Visit) -> Iterator[Bar]:
    _ = translator(visit.language)
    found = troubles(snapshot, visit.zone, visit.language)
    path = "/may-giam-sat" if visit.principal.may(Right.OPERATE) else ""
    for trouble in found:
        if trouble.code in _OF_MONITOR:
            yield Bar(_("Máy giám sát:"), _monitor_text(trouble, visit), path, is_grave=True)
    if visit.principal.may(Right.SEE):
        without = [rota.name for rota in _deserted(snapshot)]
        if without:
            text = _("không có ai trong %(rotas)s; tin chưa ai nhận sẽ chuyển cấp ngay.") % {
                "rotas": ", ".join(without)
            }
            yield Bar(_("Không có người trực:"), text, "/truc")
        for trouble in found:
            if trouble.code in _OF_INVENTORY:
                yield Bar(_("Danh mục:"), f"{trouble.text}.", "/danh-muc")


def _monitor_text(trouble: Trouble, visit: Visit) -> str:
    _ = translator(visit.language)
    if trouble.code not in _OF_STATES:
        return f"{trouble.text}."
    rest = _("Mọi trạng thái bên dưới là chưa rõ, không phải các xã mất kết nối.")
    return f"{trouble.text}. {rest}"


def _deserted(snapshot: Snapshot) -> Iterator[Rota]:
    for rota in snapshot.directory.rotas.values():
        if not people_on_duty(snapshot.directory, rota, snapshot.now):
            yield rota


def texts(visit: Visit) -> tuple[tuple[str, str], ...]:
    """Return what app.js says, in the visitor's language. `%n` and `%t` are its places."""
    _ = translator(visit.language)
    return (
        ("lost", _("Mất liên lạc với máy chủ giám sát lúc %t, đang thử lại…")),
        ("changes", _("Có %n thay đổi – Cập nhật")),
        ("seconds", _("%n giây")),
        ("minutes", _("%n phút")),
        ("hours", _("%n giờ")),
        ("changed", _("Trang vừa được cập nhật: %n thay đổi.")),
        ("failed", _("Chưa gửi được. Kiểm tra mạng rồi thử lại; những gì đã nhập vẫn còn.")),
        (
            "signin",
            _("Phiên làm việc đã hết. Đăng nhập lại ở cửa sổ mới rồi gửi lại; những gì đã nhập vẫn còn."),
        ),
        ("signinlink", _("Đăng nhập lại")),
        ("close", _("Đóng")),
        ("ending", _("Phiên làm việc sẽ hết sau 2 phút. Bấm để làm việc tiếp.")),
        ("stay", _("Làm việc tiếp")),
        ("updated", _("Máy chủ giám sát đã có phiên bản mới. Tải lại trang.")),
        ("keys", _("Phím tắt")),
        (
            "keyhelp",
            _(
                "/ hoặc Ctrl K: tìm · g rồi một chữ: mở trang · j, k: xuống, lên · Enter: mở · a: nhận xử lý · n: ghi chú · x: chọn · ?: bảng này"
            ),
        ),
    )
