"""The status page for communes: no sign-in, names and words, no addresses; and what a commune may say from there."""

import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

from markupsafe import Markup

from alerts.incidents.commands import Refusal
from alerts.messages.vocabulary import Language
from alerts.model.incident import Incident
from inventory.model import Layer
from inventory.names import fold, sort_key
from monitor.accounting.calendar import CalendarDay, read_latest_days
from monitor.people.rights import Right
from monitor.storage.errors import StorageError
from monitor.web.api.standing import public_now
from monitor.web.commune import code_of, commune, open_incidents
from monitor.web.paging import Deed, Done, Page
from monitor.web.pictures.year import day_words, ratio_class
from monitor.web.port import DaemonPort
from monitor.web.public_status import PublicCommune, PublicStatus
from monitor.web.refusing import RefusedError
from monitor.web.translating import translator
from monitor.web.view import Snapshot
from monitor.web.visiting import Visit
from monitor.web.voices import FROM_STATUS_PAGE, UNVERIFIED

HISTORY_DAYS: Final = 30
BAR: Final = 3
BAR_STEP: Final = 4
BAR_HEIGHT: Final = 26


async def read(daemon: DaemonPort, visit: Visit) -> Mapping[str, Any]:
    """Read what everybody may know, narrowed to what was sought."""
    return values_of(await public_now(daemon, visit.language), visit)


def values_of(status: PublicStatus, visit: Visit) -> dict[str, Any]:
    """Return what the template shows of a status. Pure."""
    asked = visit.query.get("xa", "")[:60]
    found = [each for each in status.communes if not asked or _is_meant(each, asked)]
    return {
        "status": status,
        "asked": asked,
        "communes": sorted(found, key=lambda each: (each.shown.urgency, sort_key(each.name))),
        "bars": {each.id: bars_svg(each.days, visit.language) for each in status.systems},
        "is_copy": False,
    }


def _is_meant(unit: PublicCommune, asked: str) -> bool:
    return fold(asked) in fold(f"{unit.name} {unit.former_district}")


def bars_svg(days: Sequence[CalendarDay], language: Language) -> Markup:
    """Return a strip with a place for each day, coloured by its availability; neighbours of one colour are one bar.

    Only days on which something was down say so when pointed at: a hundred systems with ninety days are many.
    """
    bars: list[Markup] = []
    runs: list[tuple[str, int, int, str]] = []
    for number, day in enumerate(days):
        class_ = ratio_class(day.availability_ratio) if day.is_watched else "day-out"
        note = day_words(day, language) if day.down_s > 0 else ""
        if runs and runs[-1][0] == class_ and not note and not runs[-1][3]:
            runs[-1] = (class_, runs[-1][1], number + 1, "")
        else:
            runs.append((class_, number, number + 1, note))
    for class_, start, end, note in runs:
        title = Markup("<title>{}</title>").format(note) if note else ""
        bars.append(
            Markup('<rect class="{}" x="{}" width="{}" height="{}">{}</rect>').format(
                class_, start * BAR_STEP, (end - start) * BAR_STEP - (BAR_STEP - BAR), BAR_HEIGHT, title
            )
        )
    frame = Markup(
        '<svg class="days" viewBox="0 0 {} {}" preserveAspectRatio="none" aria-hidden="true">{}</svg>'
    )
    return (
        frame.format(max(1, len(days) * BAR_STEP), BAR_HEIGHT, Markup("").join(bars)) if bars else Markup("")
    )


async def read_commune(daemon: DaemonPort, visit: Visit) -> Mapping[str, Any]:
    """Read one commune's state, what is open there, and its latest days."""
    snapshot = daemon.snapshot()
    status = await public_now(daemon, visit.language)
    unit = _unit(status, visit)
    days: Sequence[CalendarDay] = ()
    line = _line_of(snapshot, unit.id)
    if line:
        try:
            found = await daemon.state.database.read(
                partial(
                    read_latest_days,
                    inventory=snapshot.inventory,
                    target_ids=(line,),
                    days=HISTORY_DAYS,
                    zone=daemon.settings.timezone,
                    least_coverage_ratio=daemon.settings.accounting.least_coverage_ratio,
                    now=snapshot.now,
                )
            )
            days = found.get(line, ())
        except StorageError:
            days = ()  # the rest is known all the same
    return commune_values(status, unit, snapshot, visit, days)


def commune_values(
    status: PublicStatus,
    unit: PublicCommune,
    snapshot: Snapshot,
    visit: Visit,
    days: Sequence[CalendarDay] = (),
) -> dict[str, Any]:
    """Return what the template shows of a commune. Pure."""
    seen = commune(snapshot, unit.id)
    return {
        "status": status,
        "unit": unit,
        "notices": [each for each in status.notices if unit.id in each.affects],
        "works": [each for each in status.works if unit.id in each.affects],
        "layers": [each for each in seen.layers if each.layer is not Layer.INFRA],
        "is_open": bool(seen.incidents),
        "carriers": tuple(dict.fromkeys((each.provider, each.hotline) for each in seen.circuits)),
        "days": days,
        "bars": bars_svg(days, visit.language),
        "is_copy": False,
    }


def _unit(status: PublicStatus, visit: Visit) -> PublicCommune:
    code = code_of(visit.params["id"])
    for unit in status.communes:
        if unit.id == code:
            return unit
    _ = translator(visit.language)
    raise RefusedError(404, _("không có xã này"), _("tìm tên xã ở trang trạng thái: /tt"))


def _line_of(snapshot: Snapshot, code: str) -> str:
    """Return the id of the commune's own line, of its first device when it has none; "" of nothing."""
    targets = snapshot.targets_of.get(code, ())
    line = next((each.id for each in targets if each.layer is Layer.TSLCD), "")
    return line or next((each.id for each in targets), "")


async def tell(daemon: DaemonPort, visit: Visit, form: Mapping[str, str]) -> Done:
    """Write what a commune says into its open incident: one tap, once an hour from one source."""
    _ = translator(visit.language)
    snapshot = daemon.snapshot()
    unit = snapshot.inventory.units.get(code_of(visit.params["id"]))
    text = UNVERIFIED.get(form.get("bao", ""))
    if unit is None or not unit.is_commune:
        raise RefusedError(404, _("không có xã này"), _("tìm tên xã ở trang trạng thái: /tt"))
    if text is None:
        raise RefusedError(400, _("chưa chọn điều muốn báo"), _("bấm một trong hai nút"), field="bao")
    incident = _open_at(snapshot, unit.code)
    if incident is None:
        raise RefusedError(
            409, _("không có sự cố nào đang mở ở xã này"), _("gọi người trực nếu vẫn không dùng được")
        )
    wait_s = daemon.web.voices.wait_s(unit.code, visit.principal.source, snapshot.now)
    if wait_s > 0:
        hint = _("báo lại sau %(n)s phút, hoặc gọi người trực") % {"n": math.ceil(wait_s / 60)}
        raise RefusedError(429, _("vừa có người báo từ máy này"), hint)
    who = f"{unit.name} ({FROM_STATUS_PAGE})"
    found = await daemon.incident_desk.note(incident.id, who=who, text=text)
    if isinstance(found, Refusal):
        raise RefusedError(409, _("sự cố vừa đóng"), _("xem lại trạng thái"))
    return Done(f"/tt/xa/{unit.code}", _("Đã chuyển tới người trực. Cảm ơn anh/chị."))


def _open_at(snapshot: Snapshot, code: str) -> Incident | None:
    """Return the incident that a note from a commune belongs to: the oldest one that blames something there, else any."""
    check_ids = commune(snapshot, code).check_ids
    found = open_incidents(snapshot, check_ids)
    own = [each for each in found if each.root_check_id in check_ids]
    return next(iter(own or found), None)


STATUS: Final = Page(path="/tt", needs=Right.STATUS, template="status.html", read=read)
COMMUNE_STATUS: Final = Page(
    path="/tt/xa/{id}", needs=Right.STATUS, template="status_commune.html", read=read_commune
)
PAGES: Final = (STATUS, COMMUNE_STATUS)
DEEDS: Final = (Deed(path="/tt/xa/{id}/bao", needs=Right.STATUS, act=tell, page=COMMUNE_STATUS),)
