"""A unit's page: how each layer is, since when, what hangs on what, whom to call; and its sticker for the rack."""

import math
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from markupsafe import Markup

from alerts.incidents.commands import Refusal
from alerts.messages.plain import clean
from inventory.contacts import PersonForm
from inventory.model import Unit
from monitor import official
from monitor.accounting.calendar import CalendarMonth, read_months
from monitor.people.rights import Right
from monitor.web.commune import Commune, code_of, commune, open_incidents
from monitor.web.paging import Deed, Done, Page, Table
from monitor.web.pictures.qr import qr_svg
from monitor.web.pictures.year import ratio_class
from monitor.web.port import DaemonPort
from monitor.web.refusing import RefusedError
from monitor.web.state_words import shown_word
from monitor.web.target import read_incidents_of
from monitor.web.translating import translator
from monitor.web.view import Snapshot
from monitor.web.visiting import Visit
from monitor.web.voices import POWER_BACK

INCIDENTS_SHOWN: Final = 5
NOTE_LIMIT: Final = 500


async def read(daemon: DaemonPort, visit: Visit) -> Mapping[str, Any]:
    """Read the latest months and incidents; the rest is in memory."""
    snapshot = daemon.snapshot()
    unit = unit_of(snapshot, visit)
    seen = commune(snapshot, unit.code)
    months = await _months(daemon, unit.code, snapshot)
    latest = await daemon.state.database.read(
        partial(read_incidents_of, check_ids=seen.check_ids, limit=INCIDENTS_SHOWN)
    )
    return {
        "snapshot": snapshot,
        "unit": unit,
        "seen": seen,
        "months": [(month, ratio_class(month.availability_ratio)) for month in months],
        "latest": latest,
        "people": people_of(daemon, visit, unit.code),
        "address": address_of(daemon, unit.code),
        "qr": _qr(daemon, unit.code),
    }


async def _months(daemon: DaemonPort, code: str, snapshot: Snapshot) -> tuple[CalendarMonth, ...]:
    settings = daemon.settings
    return await daemon.state.database.read(
        partial(
            read_months,
            inventory=snapshot.inventory,
            unit_code=code,
            zone=settings.timezone,
            least_coverage_ratio=settings.accounting.least_coverage_ratio,
            now=snapshot.now,
        )
    )


async def read_sticker(daemon: DaemonPort, visit: Visit) -> Mapping[str, Any]:
    """Read what stands on the sticker."""
    unit = unit_of(daemon.snapshot(), visit)
    return {"unit": unit, "address": address_of(daemon, unit.code), "qr": _qr(daemon, unit.code)}


def unit_of(snapshot: Snapshot, visit: Visit) -> Unit:
    """Return the unit that the path names, if the visitor may see it. Raises RefusedError: it tells nobody what exists."""
    unit = snapshot.inventory.units.get(code_of(visit.params["id"]))
    if unit is None or not visit.principal.may_see_unit(unit.code):
        _ = translator(visit.language)
        raise RefusedError(
            404,
            _("không có đơn vị này, hoặc tài khoản này không xem được"),
            _("tìm theo tên ở ô tìm kiếm"),
        )
    return unit


def people_of(daemon: DaemonPort, visit: Visit, code: str) -> tuple[PersonForm, ...]:
    """Return whom to call, as far as the visitor may know: who sees addresses, and the unit itself."""
    principal = visit.principal
    if not principal.may(Right.ADDRESSES) and not (principal.may(Right.OWN) and principal.unit_code == code):
        return ()
    return daemon.plan.contacts.contacts_of(code)


def address_of(daemon: DaemonPort, code: str) -> str:
    """Return the whole address of a unit's page, "" when nobody said what people type."""
    url = daemon.settings.web.url
    return "" if url is None else f"{url.rstrip('/')}/xa/{code}"


def _qr(daemon: DaemonPort, code: str) -> Markup | None:
    address = address_of(daemon, code)
    return Markup(qr_svg(address).decode()) if address else None  # noqa: S704 (our own writer's, from our own settings)


def table(values: Mapping[str, Any], visit: Visit) -> Table:
    """Return the devices as they stand on the page."""
    _ = translator(visit.language)
    seen: Commune = values["seen"]
    return Table(
        name=f"xa-{seen.unit.code}",
        columns=(_("Mã"), _("Tên"), _("Lớp"), _("Trạng thái"), _("Từ lúc"), _("Phụ thuộc")),
        rows=tuple(
            (
                each.target.id,
                each.name,
                each.target.layer.value,
                shown_word(each.shown, visit.language),
                None if each.since_at is None else official.moment(each.since_at, visit.zone),
                ", ".join(each.target.depends_on),
            )
            for each in seen.devices
        ),
    )


async def look_again(daemon: DaemonPort, visit: Visit, form: Mapping[str, str]) -> Done:
    """Ask for a measurement of everything of the unit."""
    del form
    _ = translator(visit.language)
    snapshot = daemon.snapshot()
    unit = unit_of(snapshot, visit)
    check_ids = commune(snapshot, unit.code).check_ids
    may_look(daemon, visit, f"unit:{unit.code}", check_ids)
    return Done(f"/xa/{unit.code}", _("Đang đo lại; kết quả hiện sau vài giây."))


def may_look(daemon: DaemonPort, visit: Visit, what: str, check_ids: tuple[str, ...]) -> None:
    """Ask for measurements, unless somebody just did. Raises RefusedError."""
    _ = translator(visit.language)
    if not check_ids:
        raise RefusedError(422, _("không có gì được giám sát ở đây"), _("chỉ đo lại được thứ đang giám sát"))
    principal = visit.principal
    wait_s = daemon.web.rechecks.wait_s(what, f"{principal.way}:{principal.name}", daemon.snapshot().now)
    if wait_s > 0:
        hint = _("thử lại sau %(n)s giây") % {"n": math.ceil(wait_s)}
        raise RefusedError(429, _("vừa đo lại xong"), hint)
    daemon.look(frozenset(check_ids))


async def power_back(daemon: DaemonPort, visit: Visit, form: Mapping[str, str]) -> Done:
    """Note in the open incident that power is back."""
    del form
    return await _noted(daemon, visit, POWER_BACK)


async def note(daemon: DaemonPort, visit: Visit, form: Mapping[str, str]) -> Done:
    """Note in the open incident what the unit has to say."""
    text = clean(form.get("noi_dung", ""), NOTE_LIMIT)
    if not text:
        _ = translator(visit.language)
        raise RefusedError(
            400, _("chưa viết gì"), _("viết một câu, ví dụ: điện lưới mất từ 2 giờ sáng"), field="noi_dung"
        )
    return await _noted(daemon, visit, text)


async def _noted(daemon: DaemonPort, visit: Visit, text: str) -> Done:
    _ = translator(visit.language)
    snapshot = daemon.snapshot()
    unit = unit_of(snapshot, visit)
    open_ = open_incidents(snapshot, commune(snapshot, unit.code).check_ids)
    if not open_:
        raise RefusedError(
            409, _("không có sự cố nào đang mở ở đơn vị này"), _("xem lại trạng thái trên trang")
        )
    found = await daemon.incident_desk.note(open_[0].id, who=visit.principal.signs(), text=text)
    if isinstance(found, Refusal):
        raise RefusedError(409, _("sự cố vừa đóng"), _("xem lại trạng thái trên trang"))
    return Done(f"/xa/{unit.code}", _("Đã ghi vào sự cố %(id)s.") % {"id": open_[0].id})


COMMUNE: Final = Page(
    path="/xa/{id}",
    needs=Right.SEE,
    or_needs=Right.OWN,
    template="commune.html",
    read=read,
    pieces=("commune_state", "commune_devices"),
    table=table,
)
STICKER: Final = Page(
    path="/xa/{id}/tem", needs=Right.SEE, or_needs=Right.OWN, template="sticker.html", read=read_sticker
)
PAGES: Final = (COMMUNE, STICKER)
DEEDS: Final = (
    Deed(path="/xa/{id}/kiem-tra", needs=Right.ACT, or_needs=Right.OWN, act=look_again, page=COMMUNE),
    Deed(path="/xa/{id}/co-dien", needs=Right.ACT, or_needs=Right.OWN, act=power_back, page=COMMUNE),
    Deed(path="/xa/{id}/ghi-chu", needs=Right.ACT, or_needs=Right.OWN, act=note, page=COMMUNE),
)
